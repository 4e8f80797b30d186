//! Approving, flagging, and taking either back.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::list::{self, HERE, ReviewPage, address, tabs};
use super::rows::ReviewRow;
use crate::app::App;
use crate::domain::access::ReviewPeople;
use crate::domain::field::Errors;
use crate::domain::id::UserId;
use crate::domain::review::Review;
use crate::ops::OpError;
use crate::ops::review::{self as ops, Counts, Stood};
use crate::web::chrome::Chrome;
use crate::web::form::Form;
use crate::web::pages::invites::list::Tab;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::who::Signed;

/// What became of somebody. `back` is the tab of the queue that it was sent from; without one it was their own page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    state: String,
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    back: String,
    /// Sent along by *Undo*: the row is to stand there as before.
    #[serde(default)]
    undo: Option<String>,
}

/// What was done, in place of the row, and the way back.
#[derive(Debug)]
struct Done {
    id: String,
    said: String,
    state: Review,
    note: String,
    tab: Review,
}

/// A row that changed, with the counts of the tabs and of the navigation.
#[derive(Debug, Template)]
#[template(path = "review/_row.html")]
struct ChangedRow {
    chrome: Chrome,
    done: Option<Done>,
    row: Option<ReviewRow>,
    tabs: Vec<Tab>,
}

/// Writes down what staff make of somebody.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn decide(
    app: web::Data<App>,
    me: Signed<ReviewPeople>,
    id: web::Path<String>,
    form: Form<Sent>,
) -> Result<HttpResponse, Problem> {
    let id: UserId = id.parse().map_err(|_| Problem::NotFound)?;
    let sent = form.0;
    let state = Review::parse(&sent.state).ok_or(Problem::Unprocessable)?;
    let result = ops::decide(&app, me.permit, me.visit.origin, id, (state, sent.note.clone())).await;
    let tab = Review::parse(&sent.back);
    match (result, tab) {
        (Ok(stood), Some(tab)) if me.visit.hx => {
            let done = Done {
                id: id.to_string(),
                said: said(&stood, state),
                state: stood.state,
                note: stood.note.unwrap_or_default(),
                tab,
            };
            changed(&app, &me, id, tab, sent.undo.is_none().then_some(done)).await
        }
        (Ok(stood), tab) => elsewhere(&me, id, tab, Some(&said(&stood, state))),
        // Somebody was faster, and it is as they want it.
        (Err(OpError::Unchanged), Some(tab)) if me.visit.hx => changed(&app, &me, id, tab, None).await,
        (Err(OpError::Unchanged), tab) => elsewhere(&me, id, tab, None),
        (Err(OpError::Invalid(errors)), tab) => {
            refused(&app, &me, id, tab.unwrap_or(Review::Waiting), (sent.note.unwrap_or_default(), errors))
                .await
        }
        (Err(other), _) => Err(other.into()),
    }
}

fn said(stood: &Stood, state: Review) -> String {
    let name = &stood.name;
    match state {
        Review::Approved => format!("{name} approved"),
        Review::Flagged => format!("{name} flagged"),
        Review::Waiting => format!("{name} waits for review again"),
    }
}

/// Without htmx, or from another page than the queue: the page that it was sent from, anew.
fn elsewhere(
    me: &Signed<ReviewPeople>,
    id: UserId,
    tab: Option<Review>,
    said: Option<&str>,
) -> Result<HttpResponse, Problem> {
    if let Some(said) = said {
        me.visit.jar.flash(said, None)?;
    }
    let page = tab.map_or_else(|| format!("/admin/users/{id}"), |tab| address(tab, None));
    Ok(if me.visit.hx { reply::hx_redirect(&page) } else { reply::see_other(&page) })
}

/// What was done in place of the row, or the row as it is now.
async fn changed(
    app: &App,
    me: &Signed<ReviewPeople>,
    id: UserId,
    tab: Review,
    done: Option<Done>,
) -> Result<HttpResponse, Problem> {
    let (newcomer, counts) = ops::one(app, me.permit, id).await?;
    let row = done.is_none().then(|| list::row(app, me, newcomer, tab));
    let chrome = Chrome { waiting: waiting(&counts), ..me.chrome(app)? };
    reply::html(StatusCode::OK, &ChangedRow { chrome, done, row, tabs: tabs(&counts, tab) })
}

fn waiting(counts: &Counts) -> i64 {
    counts.iter().find(|(state, _)| *state == Review::Waiting).map_or(0, |(_, count)| *count)
}

/// The form once more, with what was typed and why it cannot be taken: in the row, or as a page of that row alone.
async fn refused(
    app: &App,
    me: &Signed<ReviewPeople>,
    id: UserId,
    tab: Review,
    (note, errors): (String, Errors),
) -> Result<HttpResponse, Problem> {
    let (newcomer, counts) = ops::one(app, me.permit, id).await?;
    let row = ReviewRow { note, errors, ..list::row(app, me, newcomer, tab) };
    let chrome = Chrome { path: HERE.to_owned(), ..me.chrome(app)? };
    let tabs = tabs(&counts, tab);
    if chrome.fragment {
        let part = ChangedRow { chrome, done: None, row: Some(row), tabs };
        return reply::html(StatusCode::UNPROCESSABLE_ENTITY, &part);
    }
    let page = ReviewPage {
        total: "1 person".to_owned(),
        first: Some(address(tab, None)),
        next: None,
        rows: vec![row],
        chrome,
        tabs,
        tab,
    };
    reply::html(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// Who was selected.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentMany {
    #[serde(default)]
    user: Vec<String>,
    back: String,
}

/// Approves several people, each judged on their own.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn approve_many(
    app: web::Data<App>,
    me: Signed<ReviewPeople>,
    form: Form<SentMany>,
) -> Result<HttpResponse, Problem> {
    let SentMany { user, back } = form.0;
    let (mut done, mut left) = (0_usize, 0_usize);
    for id in &user {
        let id = id.parse().map_err(|_| Problem::NotFound)?;
        match ops::decide(&app, me.permit, me.visit.origin, id, (Review::Approved, None)).await {
            Ok(_) => done += 1,
            // Somebody else was faster, or it is themselves.
            Err(OpError::Unchanged | OpError::NotFound | OpError::NotPermitted) => left += 1,
            Err(other) => return Err(other.into()),
        }
    }
    me.visit.jar.flash(&said_of_many(done, left), None)?;
    let page = address(Review::parse(&back).unwrap_or(Review::Waiting), None);
    Ok(if me.visit.hx { reply::hx_redirect(&page) } else { reply::see_other(&page) })
}

fn said_of_many(done: usize, left: usize) -> String {
    let people = |count: usize| if count == 1 { "1 person".to_owned() } else { format!("{count} people") };
    match left {
        0 => format!("{} approved", people(done)),
        left => format!("{} approved, {} left as before", people(done), people(left)),
    }
}

#[cfg(test)]
mod tests {
    use super::said_of_many;

    #[test]
    fn what_was_done_is_counted() {
        assert_eq!(said_of_many(1, 0), "1 person approved");
        assert_eq!(said_of_many(3, 1), "3 people approved, 1 person left as before");
    }
}
