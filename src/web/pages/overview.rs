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
    text: &'static str,
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
        recent: overview.recent.into_iter().map(|entry| activity(entry, now)).collect(),
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

fn activity(entry: Entry, now: Timestamp) -> Activity {
    let who = match (entry.who, entry.kind.as_str()) {
        (Some((name, _)), _) => name,
        (None, "command_line") => "Command line".to_owned(),
        (None, _) => "Somebody".to_owned(),
    };
    Activity { initials: initials(&who), who, text: sentence(&entry.action), at: Moment::new(entry.at, now) }
}

/// What was done, as the end of a sentence that begins with who did it.
pub(super) fn sentence(action: &str) -> &'static str {
    match action {
        "instance.set_up" => "set up the server",
        "instance.setup_link_made" => "made a set-up link",
        "instance.restored" => "restored a backup",
        "session.signed_in" => "signed in",
        "session.sign_in_failed" => "was refused at sign-in",
        "session.signed_out" => "signed out",
        "session.ended" => "ended one of their sessions",
        "session.others_ended" => "signed out everywhere else",
        "account.profile_changed" => "changed their profile",
        "account.password_changed" => "changed their password",
        "account.password_change_failed" => "gave a wrong present password",
        "access.refused" => "was refused a page",
        "account.registered" => "joined",
        "invite.created" => "generated a code",
        "invite.edited" => "edited a code",
        "invite.extended" => "extended a code",
        "invite.paused" => "paused a code",
        "invite.resumed" => "resumed a code",
        "invite.deleted" => "deleted a code",
        "invite.users_removed" => "removed the people of an ended code",
        "invite.restored" => "brought a deleted code back",
        "user.role_changed" => "changed a role",
        "user.suspended" => "suspended somebody",
        "user.unsuspended" => "let somebody sign in again",
        "user.sessions_ended" => "signed somebody out everywhere",
        "user.reset_link_made" => "made a reset link",
        "account.password_reset" => "chose a new password",
        "user.removed" => "removed somebody",
        "user.restored" => "brought somebody back",
        "user.purged" => "erased somebody's data",
        "user.kept" => "kept somebody beyond the end of their code",
        "user.unkept" => "stopped keeping somebody",
        "review.approved" => "approved somebody",
        "review.flagged" => "flagged somebody",
        "review.reopened" => "put somebody back in review",
        "settings.changed" => "changed the settings",
        "job.stopped" => "stopped the cleanup",
        "job.resumed" => "let the cleanup go on",
        "audit.trimmed" => "dropped old rows of the audit log",
        "registration.alarm" => "saw very many wrong codes",
        "registration.refused" => "brought a code that cannot be used",
        _ => "did something that this version has no words for",
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;
    use crate::domain::audit::Action;

    #[test]
    fn every_action_has_its_words() {
        for action in Action::ALL {
            assert!(!sentence(action.key()).contains("no words"), "{action:?}");
        }
    }
}
