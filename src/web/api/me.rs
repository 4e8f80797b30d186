//! `/api/v1/me`

use actix_web::HttpResponse;

use super::access::Known;
use super::wire::Me;
use crate::web::problem::Problem;

/// Who calls
///
/// The owner of the token, and what it may do at this moment. Any good token may ask.
///
/// # Errors
/// [`Problem::SignedOut`] without a good token.
#[utoipa::path(get, path = "/me", tag = "Token", operation_id = "get_me",
    responses((status = 200, description = "The token and its owner", body = Me)), security(("token" = [])))]
pub async fn get(known: Known) -> Result<HttpResponse, Problem> {
    let actor = known.caller.actor();
    Ok(HttpResponse::Ok().json(Me::new(&known.caller, actor.permissions())))
}
