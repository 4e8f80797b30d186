//! What came of *Generate Code*: the new code with its link, or a batch of them.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::dialogs::{Dialog, answer, seeing};
use crate::app::App;
use crate::domain::access::CreateInvites;
use crate::domain::id::{BatchId, InviteId};
use crate::domain::invite::{Invite, in_words};
use crate::ops::invites::{self, Filter, Seen};
use crate::web::problem::Problem;
use crate::web::qr::Qr;
use crate::web::who::Signed;

/// A code that was made just now.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) code: String,
    pub(super) link: String,
}

/// *Code generated.*
#[derive(Debug)]
pub struct CreatedDialog {
    pub(super) codes: Vec<Made>,
    pub(super) words: String,
    pub(super) qr: Option<Qr>,
    pub(super) again: String,
    pub(super) view: String,
    pub(super) all_codes: String,
    pub(super) all_links: String,
    pub(super) csv: String,
}

/// Where it can be looked at again.
pub(super) fn address(first: &Invite) -> String {
    match first.batch {
        Some(batch) => format!("/admin/invites/created?batch={batch}"),
        None => format!("/admin/invites/created?invite={}", first.id),
    }
}

pub(super) fn created(app: &App, made: &[Invite], words: String) -> CreatedDialog {
    let url = &app.config.public_url;
    let codes: Vec<Made> = made
        .iter()
        .map(|invite| Made {
            code: invite.code.reveal().to_owned(),
            link: url.join_link(invite.code.reveal()),
        })
        .collect();
    let lines = |text: fn(&Made) -> &str| codes.iter().map(text).collect::<Vec<_>>().join("\n");
    let first = made.first();
    let batch = first.and_then(|invite| invite.batch).map(|batch| batch.to_string());
    let id = first.map(|invite| invite.id.to_string()).unwrap_or_default();
    CreatedDialog {
        words,
        qr: codes.first().filter(|_| codes.len() == 1).and_then(|made| Qr::of(&made.link)),
        again: format!("/admin/invites/new?like={id}"),
        view: match &batch {
            Some(batch) => format!("/admin/invites?batch={batch}"),
            None => format!("/admin/invites/{id}"),
        },
        csv: batch.map(|batch| format!("/admin/invites.csv?batch={batch}")).unwrap_or_default(),
        all_codes: lines(|made| &made.code),
        all_links: lines(|made| &made.link),
        codes,
    }
}

/// What was made.
#[derive(Deserialize)]
pub struct MadeQuery {
    #[serde(default)]
    invite: String,
    #[serde(default)]
    batch: String,
}

/// The result of *Generate Code* as a page of its own.
///
/// # Errors
/// [`Problem::NotFound`] when there is no such code, or not for this person.
pub async fn show(
    app: web::Data<App>,
    me: Signed<CreateInvites>,
    query: web::Query<MadeQuery>,
) -> Result<HttpResponse, Problem> {
    let seeing = seeing(&me)?;
    let seen: Vec<Seen<'_>> = match (query.invite.parse::<InviteId>(), query.batch.parse::<BatchId>()) {
        (Ok(id), _) => vec![invites::show(&app, seeing, id, None).await?.seen],
        (_, Ok(batch)) => {
            let filter = Filter { batch: Some(batch), ..Filter::default() };
            invites::export(&app, seeing, filter).await?
        }
        _ => return Err(Problem::NotFound),
    };
    if seen.is_empty() || seen.iter().any(|seen| !seen.grantable) {
        return Err(Problem::NotFound);
    }
    let made: Vec<Invite> = seen.into_iter().map(|seen| seen.invite.into_owned()).collect();
    let words = made
        .first()
        .map(|invite| in_words(invite.limit, invite.role, invite.expiry, invite.delete_users_on_expiry));
    let dialog = Dialog::Created(Box::new(created(&app, &made, words.unwrap_or_default())));
    answer(&app, &me, StatusCode::OK, dialog).await
}
