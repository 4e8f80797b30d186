//! The page: one's own tokens, and those of others that one may end.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::Duration;
use serde::Deserialize;

use super::dialogs::Dialog;
use crate::app::App;
use crate::domain::access::{OwnTokens, Permissions};
use crate::domain::id::TokenId;
use crate::domain::time::Timestamp;
use crate::ops::OpError;
use crate::ops::tokens::{self, Listed};
use crate::web::chrome::Chrome;
use crate::web::moment::Moment;
use crate::web::paging;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::who::Signed;

pub(super) const HERE: &str = "/admin/tokens";
/// An end this near is pointed out: a program has to be given another token in time.
const SOON: Duration = Duration::days(7);

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub struct Query {
    #[serde(default)]
    before: String,
}

impl Query {
    fn before(&self) -> Option<TokenId> {
        self.before.parse().ok()
    }

    /// What the address of a page says from which a part is asked for.
    pub(super) fn of(path: Option<&str>) -> Self {
        let query = path.and_then(|path| path.strip_prefix(HERE)?.strip_prefix('?'));
        query.and_then(|query| serde_html_form::from_str(query).ok()).unwrap_or_default()
    }
}

/// A token as it is shown: all that is known of it.
#[derive(Debug)]
pub struct TokenRow {
    pub id: String,
    pub name: String,
    pub hint: String,
    pub scopes: Vec<&'static str>,
    pub used: Option<Moment>,
    pub ends: Moment,
    /// Whether that has come.
    pub over: bool,
    /// Whether that is near.
    pub soon: bool,
    pub created: Moment,
    /// Whose it is: the name and the page.
    pub owner: (String, String),
    /// Whether it was made just now.
    pub is_new: bool,
}

impl TokenRow {
    pub(super) fn new(listed: &Listed, now: Timestamp) -> Self {
        let Listed { token, owner } = listed;
        Self {
            id: token.id.to_string(),
            name: token.name.clone(),
            hint: token.hint.clone(),
            scopes: token.scopes.keys(),
            used: token.last_used_at.map(|at| Moment::new(at, now)),
            ends: Moment::new(token.expires_at, now),
            over: token.expires_at <= now,
            soon: token.expires_at > now && token.expires_at - now <= SOON,
            created: Moment::new(token.created_at, now),
            owner: (owner.name().to_owned(), format!("/admin/users/{}", owner.id)),
            is_new: false,
        }
    }
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "tokens/page.html", blocks = ["list", "dialog"])]
pub struct TokensPage {
    pub chrome: Chrome,
    pub rows: Vec<TokenRow>,
    /// Whether there may be tokens of others among them.
    of_others: bool,
    first: Option<String>,
    next: Option<String>,
    total: String,
    pub dialog: Dialog,
    /// Whether the list takes its place beside another part of the page.
    pub beside: bool,
}

/// Shows it.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn show(
    app: web::Data<App>,
    me: Signed<OwnTokens>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let page = page(&app, &me, me.chrome(&app)?, &query, Dialog::None).await?;
    if page.chrome.fragment {
        reply::html(StatusCode::OK, &page.as_list())
    } else {
        reply::html(StatusCode::OK, &page)
    }
}

/// The page with a dialog before it.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub(super) async fn page(
    app: &App,
    me: &Signed<OwnTokens>,
    chrome: Chrome,
    query: &Query,
    dialog: Dialog,
) -> Result<TokensPage, OpError> {
    let list = tokens::list(app, me.permit, query.before()).await?;
    let now = app.clock.now();
    let next = list.next.map(|id| id.to_string());
    Ok(TokensPage {
        of_others: me.permit.actor().permissions().contains(Permissions::MANAGE_TOKENS),
        total: paging::total(list.rows.len(), next.is_some(), ("token", "tokens")),
        rows: list.rows.iter().map(|listed| TokenRow::new(listed, now)).collect(),
        first: query.before().map(|_| HERE.to_owned()),
        next: next.map(|id| paging::address(HERE, &[("before", &id)])),
        dialog,
        chrome,
        beside: false,
    })
}
