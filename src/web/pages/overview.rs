//! `/admin`: the overview.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;

use crate::app::App;
use crate::domain::access::{EnterPanel, Permissions};
use crate::domain::audit::Entry;
use crate::domain::time::Timestamp;
use crate::ops::overview::{self, Overview};
use crate::web::chrome::Chrome;
use crate::web::moment::Moment;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::sentence::Sentence;
use crate::web::view::{capped, initials};
use crate::web::who::Signed;

#[derive(Debug)]
struct Figure {
    label: &'static str,
    value: String,
    note: String,
    href: Option<&'static str>,
}

#[derive(Debug)]
struct Attention {
    icon: &'static str,
    code: Option<String>,
    title: String,
    detail: String,
    action: Option<(&'static str, String)>,
}

#[derive(Debug)]
struct Day {
    label: String,
    n: i64,
    x: usize,
    y: i64,
    h: i64,
    today: bool,
}

#[derive(Debug)]
struct Week {
    label: String,
    n: i64,
}

/// Joins per day, drawn on 600 by 120.
#[derive(Debug)]
struct Chart {
    days: Vec<Day>,
    total: i64,
    busiest: i64,
    today: i64,
    first: String,
    mid: String,
    scale: [i64; 4],
    weeks: Vec<Week>,
}

#[derive(Debug)]
struct Activity {
    initials: String,
    who: String,
    text: String,
    at: Moment,
}

#[derive(Debug, Template)]
#[template(path = "overview/page.html")]
struct OverviewPage {
    chrome: Chrome,
    may_create: bool,
    figures: Vec<Figure>,
    chart: Option<Chart>,
    attention: Vec<Attention>,
    recent: Vec<Activity>,
}

/// Shows it.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn show(app: web::Data<App>, me: Signed<EnterPanel>) -> Result<HttpResponse, Problem> {
    let overview = overview::overview(&app, me.permit, me.present.state.clone()).await?;
    let now = app.clock.now();
    let page = OverviewPage {
        may_create: me.present.account.role.permissions().contains(Permissions::CREATE_INVITES),
        figures: figures(&overview, me.present.waiting, now),
        chart: chart(&overview.joins),
        attention: attention(&app, &me, &overview),
        recent: overview.recent.iter().map(|entry| activity(entry, now)).collect(),
        chrome: me.chrome(&app)?,
    };
    reply::html(StatusCode::OK, &page)
}

fn figures(overview: &Overview, waiting: i64, now: Timestamp) -> Vec<Figure> {
    let figure = |label, count, note, href| Figure { label, value: capped(count), note, href };
    let joined = |days: usize| overview.joins.iter().rev().take(days).map(|(_, n)| n).sum::<i64>();
    let soon = i64::try_from(overview.ending.len()).unwrap_or(i64::MAX);
    let oldest =
        overview.figures.oldest_waiting.map(|at| format!("Oldest: {}", Moment::new(at, now).relative()));
    vec![
        figure(
            "Users",
            overview.figures.users,
            format!("{} joined in the last 7 days", joined(7)),
            Some("/admin/users"),
        ),
        figure(
            "Active invite codes",
            overview.figures.active_codes,
            match soon {
                0 => "None expires within 3 days".to_owned(),
                1 => "1 expires within 3 days".to_owned(),
                overview::MOST_ENDING.. => "At least 5 expire within 3 days".to_owned(),
                _ => format!("{soon} expire within 3 days"),
            },
            Some("/admin/invites"),
        ),
        figure("Joined, last 30 days", joined(30), format!("{} today", joined(1)), None),
        figure(
            "Waiting for review",
            waiting,
            oldest.unwrap_or_else(|| "Nobody waits for review".to_owned()),
            Some("/admin/review"),
        ),
    ]
}

fn chart(joins: &[(NaiveDate, i64)]) -> Option<Chart> {
    const HEIGHT: i64 = 120;
    const WIDTH: usize = 20;
    let busiest = joins.iter().map(|(_, n)| *n).max()?;
    // A round scale of three steps, at least up to three.
    let step = (busiest.max(3) + 2) / 3;
    let top = step * 3;
    let day = |(at, (start, n)): (usize, &(NaiveDate, i64))| Day {
        label: start.format("%-d %b").to_string(),
        n: *n,
        x: at * WIDTH,
        y: HEIGHT - HEIGHT * n / top,
        h: HEIGHT * n / top,
        today: at + 1 == joins.len(),
    };
    let week = |days: &[(NaiveDate, i64)]| Week {
        label: days.first().map(|(start, _)| start.format("from %-d %b").to_string()).unwrap_or_default(),
        n: days.iter().map(|(_, n)| n).sum(),
    };
    let label =
        |at: usize| joins.get(at).map(|(start, _)| start.format("%-d %b").to_string()).unwrap_or_default();
    Some(Chart {
        days: joins.iter().enumerate().map(day).collect(),
        total: joins.iter().map(|(_, n)| n).sum(),
        busiest,
        today: joins.last().map_or(0, |(_, n)| *n),
        first: label(0),
        mid: label(joins.len() / 2),
        scale: [top, step * 2, step, 0],
        weeks: joins.chunks(7).map(week).collect(),
    })
}

fn attention(app: &App, me: &Signed<EnterPanel>, overview: &Overview) -> Vec<Attention> {
    let exposed = Attention {
        icon: "alert",
        code: None,
        title: "Passwords cross the network in clear".to_owned(),
        detail: format!(
            "People reach the panel at {}, without https. Put a proxy with a certificate in front of it.",
            app.config.public_url.origin()
        ),
        action: None,
    };
    let now = app.clock.now();
    let may_extend = me.present.account.role.permissions().contains(Permissions::MANAGE_INVITES);
    let ending = overview.ending.iter().map(|(seen, people)| {
        let id = seen.invite.id;
        let end = seen.invite.expiry.at().map(|at| Moment::new(at, now).relative().to_string());
        let end = end.unwrap_or_default();
        Attention {
            icon: "clock",
            code: Some(seen.code().into_owned()),
            title: seen.invite.label.clone().unwrap_or_default(),
            detail: match people {
                0 => format!("Expires {end}"),
                1 => format!("Expires {end} and removes 1 user"),
                _ => format!("Expires {end} and removes {} users", capped(*people)),
            },
            action: (seen.grantable && may_extend).then(|| ("Extend", format!("/admin/invites/{id}/extend"))),
        }
    });
    let exposed = app.config.public_url.is_exposed().then_some(exposed);
    let reviews = waiting(me.present.waiting, overview.figures.oldest_waiting, now);
    let first = exposed.into_iter().chain(cleanup(app, me, overview)).chain(alarm(overview.figures.alarm));
    first.chain(ending).chain(reviews).collect()
}

/// The cleanup, when it does not do its work.
fn cleanup(app: &App, me: &Signed<EnterPanel>, overview: &Overview) -> Option<Attention> {
    let may_open = me.present.account.role.permissions().contains(Permissions::CHANGE_SETTINGS);
    let (title, detail) = match (&overview.figures.cleanup.stopped, &overview.figures.cleanup.failure) {
        (Some((_, because)), _) => (
            "The cleanup is stopped",
            format!("{because} Nobody is removed or erased until an owner lets it go on."),
        ),
        (None, Some(failure)) => ("The last cleanup failed", failure.clone()),
        (None, None) if app.config.cleanup_interval.is_none() => (
            "The cleanup is turned off",
            "Nobody is removed when a code ends, and nothing is erased.".to_owned(),
        ),
        (None, None) => return None,
    };
    let action = may_open.then(|| ("Settings", "/admin/settings#cleanup".to_owned()));
    Some(Attention { icon: "alert", code: None, title: title.to_owned(), detail, action })
}

fn alarm(raised: bool) -> Option<Attention> {
    raised.then(|| Attention {
        icon: "alert",
        code: None,
        title: "Somebody tries very many codes".to_owned(),
        detail: "600 and more were refused in one minute of the last 24 hours. Each address is slowed down by itself."
            .to_owned(),
        action: Some(("View", "/admin/audit?action=registration.alarm".to_owned())),
    })
}

fn waiting(count: i64, oldest: Option<Timestamp>, now: Timestamp) -> Option<Attention> {
    let who = match count {
        0 => return None,
        1 => "1 person waits for review".to_owned(),
        _ => format!("{} people wait for review", capped(count)),
    };
    let since = oldest.map(|at| format!("The first of them joined {}", Moment::new(at, now).relative()));
    Some(Attention {
        icon: "user-check",
        code: None,
        title: who,
        detail: since.unwrap_or_default(),
        action: Some(("Review", "/admin/review".to_owned())),
    })
}

fn activity(entry: &Entry, now: Timestamp) -> Activity {
    let sentence = Sentence::of(entry);
    Activity {
        initials: initials(&sentence.who),
        text: sentence.rest(),
        who: sentence.who.into_owned(),
        at: Moment::new(entry.at, now),
    }
}
