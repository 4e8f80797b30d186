//! The page, with its filters and cursor in the address.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::query::{DOERS, Query};
use super::rows::{self, Day};
use crate::app::App;
use crate::domain::access::SeeAudit;
use crate::ops::audit;
use crate::web::chrome::Chrome;
use crate::web::paging;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::sentence::{self, KINDS};
use crate::web::who::Signed;

#[derive(Debug)]
struct Kind {
    name: &'static str,
    actions: Vec<Choice>,
}

#[derive(Debug)]
struct Choice {
    value: &'static str,
    label: &'static str,
    chosen: bool,
}

#[derive(Debug, Template)]
#[template(path = "audit/page.html", blocks = ["list"])]
struct AuditPage<'a> {
    chrome: Chrome,
    kept_days: Option<u32>,
    query: Query,
    is_narrowed: bool,
    kinds: Vec<Kind>,
    doers: [&'static str; 3],
    /// What it is narrowed down to: its name, its page, and the address of everything else.
    about: Option<(String, String)>,
    about_anything: String,
    days: Vec<Day<'a>>,
    total: String,
    unknown: bool,
    first: Option<String>,
    next: Option<String>,
    csv: String,
}

/// Shows it.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn show(
    app: web::Data<App>,
    me: Signed<SeeAudit>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let log = audit::page(&app, me.permit, me.present.state.clone(), query.asked(), query.before()).await?;
    let page = AuditPage {
        chrome: me.chrome(&app)?,
        kept_days: me.present.settings.audit_days,
        is_narrowed: query.is_set(),
        kinds: kinds(&query),
        doers: DOERS.map(|(word, _)| word),
        about: log.about.as_ref().and_then(rows::about),
        about_anything: query.about_anything(),
        days: rows::days(&log.rows, app.clock.now()),
        total: total(log.rows.len(), log.next.is_some()),
        unknown: log.nobody_of_that_name,
        first: query.before().map(|_| query.page(None)),
        next: log.next.map(|id| query.page(Some(id))),
        csv: query.address("/admin/audit.csv", None),
        query,
    };
    if page.chrome.fragment {
        reply::html(StatusCode::OK, &page.as_list())
    } else {
        reply::html(StatusCode::OK, &page)
    }
}

fn kinds(query: &Query) -> Vec<Kind> {
    let choice = |(value, label): &'static (&'static str, String)| Choice {
        value,
        label,
        chosen: *value == query.action,
    };
    let kind = |(name, actions): &'static sentence::Kind| Kind {
        name,
        actions: actions.iter().map(choice).collect(),
    };
    KINDS.iter().map(kind).collect()
}

fn total(rows: usize, more: bool) -> String {
    if rows == 0 { "No entries".to_owned() } else { paging::total(rows, more, ("entry", "entries")) }
}
