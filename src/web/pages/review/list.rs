//! The queue, with its tabs and cursor in the address.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::rows::ReviewRow;
use crate::app::App;
use crate::domain::access::ReviewPeople;
use crate::domain::id::UserId;
use crate::domain::review::Review;
use crate::ops::review::{self, Counts, Newcomer};
use crate::web::chrome::Chrome;
use crate::web::pages::invites::list::Tab;
use crate::web::paging;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::view::capped;
use crate::web::who::Signed;

pub(super) const HERE: &str = "/admin/review";

/// What the address asks for. A state that does not exist is the first one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    state: String,
    before: String,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "review/page.html", blocks = ["list"])]
pub struct ReviewPage {
    pub(super) chrome: Chrome,
    pub(super) tabs: Vec<Tab>,
    pub(super) tab: Review,
    pub(super) rows: Vec<ReviewRow>,
    pub(super) first: Option<String>,
    pub(super) next: Option<String>,
    pub(super) total: String,
}

/// Shows it.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn show(
    app: web::Data<App>,
    me: Signed<ReviewPeople>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let tab = Review::parse(&query.state).unwrap_or(Review::Waiting);
    let before: Option<UserId> = query.before.parse().ok();
    let queue = review::queue(&app, me.permit, tab, before).await?;
    let page = ReviewPage {
        chrome: me.chrome(&app)?,
        tabs: tabs(&queue.counts, tab),
        total: total(tab, queue.rows.len(), queue.next.is_some()),
        rows: queue.rows.into_iter().map(|newcomer| row(&app, &me, newcomer, tab)).collect(),
        first: before.map(|_| address(tab, None)),
        next: queue.next.map(|id| address(tab, Some(id))),
        tab,
    };
    if page.chrome.fragment {
        reply::html(StatusCode::OK, &page.as_list())
    } else {
        reply::html(StatusCode::OK, &page)
    }
}

pub(super) fn row(app: &App, me: &Signed<ReviewPeople>, newcomer: Newcomer, tab: Review) -> ReviewRow {
    let (viewer, grace) = (me.permit.actor(), me.present.settings.removal_grace_days);
    ReviewRow::new(newcomer, tab, viewer, grace, app.clock.now())
}

/// A tab, or a later page of it.
pub(super) fn address(tab: Review, before: Option<UserId>) -> String {
    let state = if tab == Review::Waiting { "" } else { tab.key() };
    let before = before.map(|id| id.to_string()).unwrap_or_default();
    paging::address(HERE, &[("state", state), ("before", &before)])
}

pub(super) fn tabs(counts: &Counts, chosen: Review) -> Vec<Tab> {
    let tab = |(state, count): &(Review, i64)| Tab {
        label: state.label(),
        href: address(*state, None),
        count: capped(*count),
        current: *state == chosen,
    };
    counts.iter().map(tab).collect()
}

fn total(tab: Review, rows: usize, more: bool) -> String {
    let (one, many) = match tab {
        Review::Waiting => ("waits for review", "wait for review"),
        Review::Flagged => ("is flagged", "are flagged"),
        Review::Approved => ("is approved", "are approved"),
    };
    match (rows, more) {
        (0, _) => format!("Nobody {one}"),
        (1, false) => format!("1 person {one}"),
        (count, false) => format!("{count} people {many}"),
        (count, true) => format!("{count} people, and more on the next page"),
    }
}
