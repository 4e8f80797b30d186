//! Taking somebody away, and bringing them back.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::change::{Row, and_codes, changed, member_codes, signed_out, undo};
use super::dialogs::{self, parse};
use crate::app::App;
use crate::domain::access::ManagePeople;
use crate::ops::OpError;
use crate::ops::people as ops;
use crate::web::form::{Form, Nothing};
use crate::web::problem::Problem;
use crate::web::who::Signed;

/// What goes with a removal.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentRemoval {
    #[serde(default)]
    member_codes: String,
}

/// Takes somebody away.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn remove(
    app: web::Data<App>,
    me: Signed<ManagePeople>,
    id: web::Path<String>,
    form: Form<SentRemoval>,
) -> Result<HttpResponse, Problem> {
    let (id, codes) = (parse(&id)?, member_codes(&form.0.member_codes));
    match ops::remove(&app, me.permit, me.visit.origin, id, codes).await {
        Ok(_) if id == me.present.account.id => Ok(signed_out(&me)),
        Ok(done) => {
            let said = and_codes(format!("{} removed", done.before.account.name()), &done);
            changed(&app, &me, id, Row::Goes, &said, undo(id, "restore", None)).await
        }
        Err(OpError::Unchanged) => changed(&app, &me, id, Row::Goes, "Removed", None).await,
        Err(OpError::Invalid(errors)) => {
            let (person, whom) = dialogs::whom(&app, &me, id).await?;
            let refused = errors.of("person").map(str::to_owned);
            let dialog = dialogs::remove_dialog(&app, &me, &person, whom, refused);
            dialogs::answer(&app, &me, StatusCode::UNPROCESSABLE_ENTITY, dialog).await
        }
        Err(other) => Err(other.into()),
    }
}

/// Brings somebody back.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn restore(
    app: web::Data<App>,
    me: Signed<ManagePeople>,
    id: web::Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id = parse(&id)?;
    let (said, undo) = match ops::restore(&app, me.permit, me.visit.origin, id).await {
        Ok(done) => (format!("{} is back", done.before.account.name()), undo(id, "remove", None)),
        Err(OpError::Unchanged) => ("Back already".to_owned(), None),
        Err(other) => return Err(other.into()),
    };
    changed(&app, &me, id, Row::Goes, &said, undo).await
}
