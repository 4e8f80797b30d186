//! `/admin`: the overview.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use crate::app::App;
use crate::domain::access::{EnterPanel, Permissions};
use crate::domain::audit::Entry;
use crate::domain::time::Timestamp;
use crate::ops::overview::{self, Overview};
use crate::web::chrome::Chrome;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::sentence::Sentence;
use crate::web::view::{Moment, capped, initials};
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
    let overview = overview::overview(&app, me.permit).await?;
    let now = app.clock.now();
    let page = OverviewPage {
        may_create: me.present.account.role.permissions().contains(Permissions::CREATE_INVITES),
        figures: figures(&overview),
        chart: chart(&overview.joins),
        attention: attention(&app, &me, &overview),
        recent: overview.recent.iter().map(|entry| activity(entry, now)).collect(),
        chrome: me.chrome(&app)?,
    };
    reply::html(StatusCode::OK, &page)
}

fn figures(overview: &Overview) -> Vec<Figure> {
    let figure =
        |label, count, note: &str, href| Figure { label, value: capped(count), note: note.to_owned(), href };
    vec![
        figure("Users", overview.users, "Active accounts", Some("/admin/users")),
        figure(
            "Active invite codes",
            overview.active_codes,
            "People can join with them",
            Some("/admin/invites"),
        ),
        figure("Signed in", overview.signed_in, "Seen in the last hour", None),
        figure("Refused sign-ins", overview.refused, "Last 24 hours", None),
    ]
}

fn chart(joins: &[(Timestamp, i64)]) -> Option<Chart> {
    const HEIGHT: i64 = 120;
    const WIDTH: usize = 20;
    let busiest = joins.iter().map(|(_, n)| *n).max()?;
    // A round scale of three steps, at least up to three.
    let step = (busiest.max(3) + 2) / 3;
    let top = step * 3;
    let day = |(at, (start, n)): (usize, &(Timestamp, i64))| Day {
        label: start.format("%-d %b").to_string(),
        n: *n,
        x: at * WIDTH,
        y: HEIGHT - HEIGHT * n / top,
        h: HEIGHT * n / top,
        today: at + 1 == joins.len(),
    };
    let week = |days: &[(Timestamp, i64)]| Week {
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
    let ending = overview.ending.iter().map(|seen| {
        let id = seen.invite.id;
        Attention {
            icon: "clock",
            code: Some(seen.code()),
            title: seen.invite.label.clone().unwrap_or_default(),
            detail: format!(
                "Expires {}",
                seen.invite.expiry.at().map(|at| Moment::new(at, now).relative).unwrap_or_default()
            ),
            action: (seen.grantable && may_extend).then(|| ("Extend", format!("/admin/invites/{id}/extend"))),
        }
    });
    app.config.public_url.is_exposed().then_some(exposed).into_iter().chain(ending).collect()
}

fn activity(entry: &Entry, now: Timestamp) -> Activity {
    let sentence = Sentence::of(entry);
    Activity {
        initials: initials(&sentence.who),
        text: sentence.rest(),
        who: sentence.who,
        at: Moment::new(entry.at, now),
    }
}
