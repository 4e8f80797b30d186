//! The dialogs of the page: each is a part of it for htmx, and the page with the open dialog without.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::list::{self, HERE, Query, TokenRow};
use crate::app::App;
use crate::domain::access::OwnTokens;
use crate::domain::field::Errors;
use crate::domain::id::TokenId;
use crate::domain::token::{ApiToken, DAYS, MOST_DAYS, Scopes, TokenRecord};
use crate::ops::tokens::{self, Form};
use crate::web::chrome::Chrome;
use crate::web::moment::Moment;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::who::Signed;

/// What stands before the list.
#[derive(Debug)]
pub enum Dialog {
    None,
    New(Box<NewDialog>),
    Created(Box<CreatedDialog>),
    Revoke(Box<RevokeDialog>),
}

/// A scope that can be ticked.
#[derive(Debug)]
pub struct ScopeChoice {
    pub key: &'static str,
    pub note: &'static str,
    pub chosen: bool,
}

/// *New token.*
#[derive(Debug)]
pub struct NewDialog {
    pub name: String,
    pub scopes: Vec<ScopeChoice>,
    pub days: String,
    pub most_days: i64,
    pub errors: Errors,
}

impl NewDialog {
    pub(super) fn new(form: Form, errors: Errors) -> Self {
        let choice = |(_, key, note)| ScopeChoice {
            key,
            note,
            chosen: form.scopes.iter().any(|chosen| chosen == key),
        };
        let scopes = Scopes::ALL.into_iter().map(choice).collect();
        Self { scopes, name: form.name, days: form.days, most_days: MOST_DAYS, errors }
    }
}

/// *Copy the token now*: the only time that it is shown.
#[derive(Debug)]
pub struct CreatedDialog {
    pub name: String,
    pub token: ApiToken,
    pub ends: Moment,
}

impl CreatedDialog {
    pub(super) fn new(app: &App, made: TokenRecord, token: ApiToken) -> Self {
        Self { ends: Moment::new(made.expires_at, app.clock.now()), name: made.name, token }
    }
}

/// *Revoke?*
#[derive(Debug)]
pub struct RevokeDialog {
    pub row: TokenRow,
    pub is_mine: bool,
}

/// A dialog alone.
#[derive(Debug, Template)]
#[template(path = "tokens/dialog.html")]
struct DialogPart {
    chrome: Chrome,
    dialog: Dialog,
}

/// Answers with a dialog: alone for htmx, before the list without.
pub(super) async fn answer(
    app: &App,
    me: &Signed<OwnTokens>,
    status: StatusCode,
    dialog: Dialog,
) -> Result<HttpResponse, Problem> {
    let chrome = Chrome { path: HERE.to_owned(), ..me.chrome(app)? };
    if chrome.fragment {
        return reply::html(status, &DialogPart { chrome, dialog });
    }
    reply::html(status, &list::page(app, me, chrome, &Query::default(), dialog).await?)
}

/// Reads an id of an address.
pub(super) fn parse(id: &str) -> Result<TokenId, Problem> {
    id.parse().map_err(|_| Problem::NotFound)
}

/// *New token*, as it begins.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn new(app: web::Data<App>, me: Signed<OwnTokens>) -> Result<HttpResponse, Problem> {
    let form = Form { days: DAYS.to_string(), ..Form::default() };
    let dialog = Dialog::New(Box::new(NewDialog::new(form, Errors::default())));
    answer(&app, &me, StatusCode::OK, dialog).await
}

/// *Revoke?*
///
/// # Errors
/// [`Problem::NotFound`] when there is no such token, or it is no business of theirs.
pub async fn revoke(
    app: web::Data<App>,
    me: Signed<OwnTokens>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let listed = tokens::one(&app, me.permit, parse(&id)?).await?;
    let is_mine = listed.owner.id == me.present.account.id;
    let dialog = RevokeDialog { row: TokenRow::new(&listed, app.clock.now()), is_mine };
    answer(&app, &me, StatusCode::OK, Dialog::Revoke(Box::new(dialog))).await
}
