//! Making a token, and ending one.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::dialogs::{CreatedDialog, Dialog, NewDialog, answer, parse};
use super::list::{self, HERE, Query};
use crate::app::App;
use crate::domain::access::OwnTokens;
use crate::ops::OpError;
use crate::ops::tokens;
use crate::web::form::{Form, Nothing};
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::view::Toast;
use crate::web::who::Signed;

/// The form as it was sent. Boxes that nobody ticked are not in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentToken {
    name: String,
    #[serde(default)]
    scopes: Vec<String>,
    days: String,
}

/// *Create token.* The answer itself shows the token, so that it is kept nowhere for another page.
///
/// # Errors
/// [`Problem`] when none was made.
pub async fn create(
    app: web::Data<App>,
    me: Signed<OwnTokens>,
    form: Form<SentToken>,
) -> Result<HttpResponse, Problem> {
    let SentToken { name, scopes, days } = form.0;
    let form = tokens::Form { name, scopes, days };
    let (made, token) = match tokens::create(&app, me.permit, me.visit.origin, &form).await {
        Ok(made) => made,
        Err(OpError::Invalid(errors)) => {
            let dialog = Dialog::New(Box::new(NewDialog::new(form, errors)));
            return answer(&app, &me, StatusCode::UNPROCESSABLE_ENTITY, dialog).await;
        }
        Err(other) => return Err(other.into()),
    };
    let id = made.id.to_string();
    let dialog = Dialog::Created(Box::new(CreatedDialog::new(&app, made, token)));
    if !me.visit.hx {
        return answer(&app, &me, StatusCode::OK, dialog).await;
    }
    let mut page = list::page(&app, &me, me.chrome(&app)?, &Query::default(), dialog).await?;
    page.beside = true;
    for row in &mut page.rows {
        row.is_new = row.id == id;
    }
    reply::html_parts(StatusCode::OK, &page.as_dialog(), &page.as_list())
}

/// *Revoke token.* What uses it is turned away from its next request on.
///
/// # Errors
/// [`Problem::NotFound`] when there is no such token, or it is no business of theirs.
pub async fn revoke(
    app: web::Data<App>,
    me: Signed<OwnTokens>,
    id: web::Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Problem> {
    let gone = tokens::revoke(&app, me.permit, me.visit.origin, parse(&id)?).await?;
    let said = format!("{} revoked", gone.token.name);
    if !me.visit.hx {
        me.visit.jar.flash(&said, None)?;
        return Ok(reply::see_other(HERE));
    }
    let mut chrome = me.chrome(&app)?;
    chrome.toasts.push(Toast::done(said));
    let query = Query::of(me.visit.from.as_deref());
    let mut page = list::page(&app, &me, chrome, &query, Dialog::None).await?;
    page.beside = true;
    reply::html(StatusCode::OK, &page.as_list())
}
