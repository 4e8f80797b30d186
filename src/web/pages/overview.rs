//! `/admin`: the overview.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use crate::app::App;
use crate::domain::access::EnterPanel;
use crate::domain::audit::Entry;
use crate::domain::time::Timestamp;
use crate::ops::overview::{self, CAP, Overview};
use crate::web::chrome::Chrome;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::view::{Moment, initials};
use crate::web::who::Signed;

#[derive(Debug)]
struct Figure {
    label: &'static str,
    value: String,
    note: String,
}

#[derive(Debug)]
struct Attention {
    icon: &'static str,
    title: String,
    detail: String,
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
    figures: Vec<Figure>,
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
        chrome: me.chrome(&app)?,
        figures: figures(&overview),
        attention: attention(&app),
        recent: overview.recent.into_iter().map(|entry| activity(entry, now)).collect(),
    };
    reply::html(StatusCode::OK, &page)
}

fn figures(overview: &Overview) -> Vec<Figure> {
    let figure = |label, count: i64, note: &str| {
        let value = if count < CAP { count.to_string() } else { "1,000+".to_owned() };
        Figure { label, value, note: note.to_owned() }
    };
    vec![
        figure("Users", overview.users, "Active accounts"),
        figure("Staff", overview.staff, "May open this panel"),
        figure("Signed in", overview.signed_in, "Seen in the last hour"),
        figure("Refused sign-ins", overview.refused, "Last 24 hours"),
    ]
}

fn attention(app: &App) -> Vec<Attention> {
    let exposed = Attention {
        icon: "alert",
        title: "Passwords cross the network in clear".to_owned(),
        detail: format!(
            "People reach the panel at {}, without https. Put a proxy with a certificate in front of it.",
            app.config.public_url.origin()
        ),
    };
    app.config.public_url.is_exposed().then_some(exposed).into_iter().collect()
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
fn sentence(action: &str) -> &'static str {
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
