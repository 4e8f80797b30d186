//! The list as a file.

use actix_web::{HttpResponse, web};

use super::list::Query;
use crate::app::App;
use crate::domain::access::SeePeople;
use crate::domain::time::Timestamp;
use crate::ops::invites::{self, Seen};
use crate::web::problem::Problem;
use crate::web::spreadsheet;
use crate::web::who::Signed;

const HEAD: [&str; 11] = [
    "code",
    "link",
    "label",
    "status",
    "role",
    "uses",
    "max_uses",
    "expires_at",
    "created_at",
    "created_by",
    "delete_users_on_expiry",
];

/// Everything that the list would show, page after page.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn export(
    app: web::Data<App>,
    me: Signed<SeePeople>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let all = invites::export(&app, me.permit, query.filter()).await?;
    let now = app.clock.now();
    let rows = all.iter().map(|seen| cells(seen, &app, now));
    let body = spreadsheet::lines([HEAD.map(str::to_owned)].into_iter().chain(rows))?;
    Ok(spreadsheet::attachment("invite-codes.csv")?.body(body))
}

fn cells(seen: &Seen, app: &App, now: Timestamp) -> [String; 11] {
    let invite = &seen.invite;
    [
        seen.code().into_owned(),
        if seen.grantable { app.config.public_url.join_link(invite.code.reveal()) } else { String::new() },
        invite.label.clone().unwrap_or_default(),
        invite.status(now).key().to_owned(),
        invite.role.key().to_owned(),
        invite.uses.to_string(),
        invite.limit.most().map(|most| most.to_string()).unwrap_or_default(),
        invite.expiry.at().map(spreadsheet::time).unwrap_or_default(),
        spreadsheet::time(invite.created_at),
        seen.maker().unwrap_or_default().to_owned(),
        invite.delete_users_on_expiry.to_string(),
    ]
}
