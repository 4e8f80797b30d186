//! The page of one person.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::dialogs::parse;
use super::rows::UserRow;
use crate::app::App;
use crate::domain::access::{Permissions, Role, SeePeople};
use crate::domain::audit::Entry;
use crate::domain::id::UserId;
use crate::domain::person::{Person, Reviewed};
use crate::domain::review::Review;
use crate::domain::time::Timestamp;
use crate::domain::user::Status;
use crate::ops::people::{self, Detail};
use crate::web::chrome::Chrome;
use crate::web::moment::Moment;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::sentence::{Change, Sentence, Told};
use crate::web::view::{SessionRow, initials};
use crate::web::who::Signed;

/// What the review box shows.
#[derive(Debug)]
struct ReviewBox {
    state: Review,
    note: String,
    by: Option<String>,
    at: Option<Moment>,
}

/// Somebody who came with a code of theirs.
#[derive(Debug)]
struct Invited {
    id: String,
    name: String,
    username: String,
    initials: String,
    role: &'static str,
    joined: Moment,
    removed: bool,
}

#[derive(Debug, Template)]
#[template(path = "users/detail.html")]
struct UserPage {
    chrome: Chrome,
    row: UserRow<'static>,
    reason: Option<String>,
    suspended: Option<Moment>,
    kept: bool,
    /// Why the end of their code leaves them here anyway.
    exempt: Option<&'static str>,
    joined_from: Option<String>,
    role_changed: Option<Moment>,
    review: Option<ReviewBox>,
    may_review: bool,
    sessions: Vec<SessionRow>,
    invited: Vec<Invited>,
    more_invited: Option<String>,
    history: Vec<Entry>,
    now: Timestamp,
}

impl UserPage {
    fn history(&self) -> impl Iterator<Item = Told<'_>> {
        self.history.iter().map(|entry| {
            let changes = entry.changes.iter().map(Change::of).collect();
            Told::new(Sentence::of(entry), changes, Moment::new(entry.at, self.now))
        })
    }
}

/// Where those whom the person invited begin.
#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    before: String,
}

/// Shows it.
///
/// # Errors
/// [`Problem::NotFound`] when there is nobody, or no more.
pub async fn show(
    app: web::Data<App>,
    me: Signed<SeePeople>,
    id: web::Path<String>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let id = parse(&id)?;
    let before: Option<UserId> = query.before.parse().ok();
    let detail = people::show(&app, me.permit, id, before).await?;
    reply::html(StatusCode::OK, &page(&me, me.chrome(&app)?, detail, app.clock.now()))
}

fn page(me: &Signed<SeePeople>, chrome: Chrome, detail: Detail, now: Timestamp) -> UserPage {
    let Detail { seen, reviewer, sessions, invited, more, history } = detail;
    let actor = me.present.account.actor();
    let row = UserRow::new(seen.clone(), actor, me.present.settings.removal_grace_days, now);
    let person = seen.person.into_owned();
    let moment = |at: Option<Timestamp>| at.map(|at| Moment::new(at, now));
    UserPage {
        suspended: moment(person.suspended_at),
        kept: person.kept,
        exempt: exempt(&person),
        role_changed: moment(person.role_changed_at),
        review: person.review.map(|review| review_box(review, reviewer, now)),
        may_review: actor.permissions().contains(Permissions::REVIEW_PEOPLE)
            && person.account.status != Status::Removed,
        reason: person.account.status_reason,
        joined_from: person.joined_from,
        sessions: SessionRow::list(sessions, me.present.session.id, now),
        invited: invited.into_iter().map(|person| invited_row(&person, now)).collect(),
        more_invited: more.map(|id| format!("/admin/users/{}?before={id}", row.id)),
        history,
        now,
        row,
        chrome,
    }
}

fn exempt(person: &Person) -> Option<&'static str> {
    match person {
        person if person.account.role == Role::Owner => Some("Owners stay when their code ends."),
        person if person.role_changed_at.is_some() => {
            Some("Stays, because the role was changed after joining.")
        }
        _ => None,
    }
}

fn review_box(review: Reviewed, by: Option<String>, now: Timestamp) -> ReviewBox {
    let at = review.at.map(|at| Moment::new(at, now));
    ReviewBox { state: review.state, note: review.note.unwrap_or_default(), by, at }
}

fn invited_row(person: &Person, now: Timestamp) -> Invited {
    let account = &person.account;
    Invited {
        id: account.id.to_string(),
        name: account.name().to_owned(),
        username: account.username.to_string(),
        initials: initials(account.name()),
        role: account.role.label(),
        joined: Moment::new(account.created_at, now),
        removed: account.status == Status::Removed,
    }
}
