//! The list, with its tabs, search, filters and cursor in the address.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::dialogs::Dialog;
use super::rows::InviteRow;
use crate::app::App;
use crate::config::PublicUrl;
use crate::domain::access::{Permissions, Permit, SeePeople};
use crate::domain::id::{BatchId, InviteId, UserId};
use crate::domain::invite::{GRANTED, Status};
use crate::domain::time::Timestamp;
use crate::ops::invites::{self, Counts, Filter, List};
use crate::ops::{OpError, State};
use crate::web::chrome::Chrome;
use crate::web::moment::Moment;
use crate::web::paging;
use crate::web::problem::Problem;
use crate::web::qr::Qr;
use crate::web::reply;
use crate::web::view::capped;
use crate::web::who::Signed;

const HERE: &str = "/admin/invites";

/// What the address asks for. What it asks for and does not exist, it does not ask for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    status: String,
    q: String,
    role: String,
    by: String,
    batch: String,
    before: String,
}

impl Query {
    /// The narrowing that it asks for. Without a status it is the active ones, but a batch is shown whole.
    #[must_use]
    pub fn filter(&self) -> Filter {
        let search = Some(self.q.trim().to_owned()).filter(|q| !q.is_empty());
        Filter {
            status: self.chosen_status(),
            role: self.role.parse().ok(),
            creator: self.by.parse::<UserId>().ok(),
            batch: self.batch.parse::<BatchId>().ok(),
            search,
            revealed: Vec::new(),
        }
    }

    fn chosen_status(&self) -> Option<Status> {
        match self.status.as_str() {
            "" if self.batch.is_empty() => Some(Status::Active),
            key => Status::ALL.into_iter().find(|status| status.key() == key),
        }
    }

    /// The invite before which the page begins.
    #[must_use]
    pub fn before(&self) -> Option<InviteId> {
        self.before.parse().ok()
    }

    /// The address of the same list with something else.
    fn with(&self, changes: &[(&str, &str)]) -> String {
        let fields = [
            ("status", self.status.as_str()),
            ("q", self.q.as_str()),
            ("role", self.role.as_str()),
            ("by", self.by.as_str()),
            ("batch", self.batch.as_str()),
        ];
        paging::address_with(HERE, &fields, changes)
    }
}

/// A tab above the list.
#[derive(Debug, Clone)]
pub struct Tab {
    pub label: &'static str,
    pub href: String,
    pub count: String,
    pub current: bool,
}

/// What the search and the filters show.
#[derive(Debug)]
pub struct Narrowed {
    status: &'static str,
    q: String,
    is_set: bool,
}

/// A choice of a filter.
#[derive(Debug)]
pub struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "invites/page.html", blocks = ["list", "dialog"])]
pub struct InvitesPage {
    pub chrome: Chrome,
    tabs: Vec<Tab>,
    filter: Narrowed,
    roles: Vec<Choice>,
    creators: Vec<Choice>,
    list: List,
    /// Those that were made just now.
    pub new: Vec<InviteId>,
    url: PublicUrl,
    now: Timestamp,
    first: Option<String>,
    next: Option<String>,
    clear: String,
    csv: String,
    may_create: bool,
    has_codes: bool,
    total: String,
    pub dialog: Dialog,
}

/// Shows it.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn show(
    app: web::Data<App>,
    me: Signed<SeePeople>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let page =
        page(&app, me.chrome(&app)?, me.permit, me.present.state.clone(), &query, Dialog::None).await?;
    if page.chrome.fragment {
        reply::html(StatusCode::OK, &page.as_list())
    } else {
        reply::html(StatusCode::OK, &page)
    }
}

/// The page with a dialog before it, in the state in which the database was found. Whoever may have changed it names none.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn page(
    app: &App,
    chrome: Chrome,
    permit: Permit<SeePeople>,
    state: Option<State>,
    query: &Query,
    dialog: Dialog,
) -> Result<InvitesPage, OpError> {
    let list = invites::list(app, permit, state, query.filter(), query.before()).await?;
    let (rows, counts) = (list.rows().len(), list.counts());
    let viewer = chrome.viewer.as_ref();
    let may_create = viewer.is_some_and(|viewer| viewer.permissions.contains(Permissions::CREATE_INVITES));
    Ok(InvitesPage {
        tabs: tabs(&counts, query),
        filter: Narrowed {
            status: query.chosen_status().map_or("all", Status::key),
            q: query.q.clone(),
            is_set: !(query.q.is_empty()
                && query.role.is_empty()
                && query.by.is_empty()
                && query.batch.is_empty()),
        },
        roles: roles(query),
        creators: creators(&list, query),
        first: query.before().map(|_| query.with(&[])),
        next: list.next().map(|id| query.with(&[("before", &id.to_string())])),
        clear: query.with(&[("q", ""), ("role", ""), ("by", ""), ("batch", "")]),
        csv: query.with(&[]).replacen(HERE, "/admin/invites.csv", 1),
        may_create,
        has_codes: counts.iter().any(|(_, count)| *count > 0),
        total: paging::total_found(
            paging::total(rows, list.next().is_some(), ("code", "codes")),
            list.is_cut(),
        ),
        new: Vec::new(),
        url: app.config.public_url.clone(),
        now: app.clock.now(),
        list,
        dialog,
        chrome,
    })
}

impl InvitesPage {
    fn rows(&self) -> impl Iterator<Item = InviteRow<'_>> {
        self.list.rows().map(|seen| {
            let is_new = self.new.contains(&seen.invite.id);
            let mut row = InviteRow::new(seen, self.chrome.viewer.as_ref(), &self.url, self.now);
            row.is_new = is_new;
            row
        })
    }
}

/// The tabs alone, for when a row changed.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn tabs_now(app: &App, permit: Permit<SeePeople>) -> Result<Vec<Tab>, OpError> {
    Ok(tabs(&invites::tab_counts(app, permit).await?, &Query::default()))
}

/// Says what was done, and loads the list anew: for changes that a single row cannot show.
pub(super) fn anew<P>(me: &Signed<P>, said: &str) -> Result<HttpResponse, Problem> {
    me.visit.jar.flash(said, None)?;
    Ok(if me.visit.hx { reply::hx_redirect(HERE) } else { reply::see_other(HERE) })
}

fn tabs(counts: &Counts, query: &Query) -> Vec<Tab> {
    let chosen = query.chosen_status();
    let tab = |(status, count): &(Option<Status>, i64)| {
        let key = status.map_or("all", Status::key);
        Tab {
            label: status.map_or("All", Status::label),
            href: query.with(&[("status", key)]),
            count: capped(*count),
            current: *status == chosen,
        }
    };
    counts.iter().map(tab).collect()
}

fn roles(query: &Query) -> Vec<Choice> {
    let choice = |role: crate::domain::access::Role| Choice {
        value: role.key().to_owned(),
        label: role.label().to_owned(),
        chosen: role.key() == query.role,
    };
    GRANTED.into_iter().map(choice).collect()
}

fn creators(list: &List, query: &Query) -> Vec<Choice> {
    let choice = |(id, name): &(UserId, String)| {
        let value = id.to_string();
        Choice { chosen: value == query.by, value, label: name.clone() }
    };
    list.creators().iter().map(choice).collect()
}
