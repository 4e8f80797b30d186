//! The same for several invites at once: each is judged on its own.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::list;
use crate::app::App;
use crate::domain::access::ManageInvites;
use crate::domain::id::InviteId;
use crate::ops::OpError;
use crate::ops::invites as ops;
use crate::web::form::Form;
use crate::web::problem::Problem;
use crate::web::who::Signed;

/// What was selected, and what to do with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    #[serde(default)]
    invite: Vec<String>,
    action: String,
    #[serde(default)]
    days: String,
}

/// Does it, and says with how many.
///
/// # Errors
/// [`Problem`] for an action that does not exist, or when the database does not answer.
pub async fn apply(
    app: web::Data<App>,
    me: Signed<ManageInvites>,
    form: Form<Sent>,
) -> Result<HttpResponse, Problem> {
    let Sent { invite, action, days } = form.0;
    let ids: Result<Vec<InviteId>, _> = invite.iter().map(|id| id.parse()).collect();
    let (mut done, mut left, mut why) = (0_usize, 0_usize, None);
    for id in ids.map_err(|_| Problem::NotFound)? {
        let (permit, origin) = (me.permit, me.visit.origin);
        let result = match action.as_str() {
            "pause" => ops::set_paused(&app, permit, origin, id, true).await,
            "resume" => ops::set_paused(&app, permit, origin, id, false).await,
            "extend" => ops::extend(&app, permit, origin, id, days.clone()).await,
            "delete" => ops::delete(&app, permit, origin, id).await,
            _ => return Err(Problem::Unprocessable),
        };
        match result {
            Ok(_) => done += 1,
            // Somebody else deleted it, or it is not this person's to change.
            Err(OpError::NotFound | OpError::NotPermitted) => left += 1,
            // These days are none, or lead too far from the present end of this one.
            Err(OpError::Invalid(errors)) => {
                left += 1;
                why = errors.list().first().map(|(_, why)| why.clone());
            }
            Err(other) => return Err(other.into()),
        }
    }
    let mut text = said(&action, done, left);
    if let Some(why) = why {
        text = format!("{text}. {why}");
    }
    list::anew(&me, &text)
}

fn said(action: &str, done: usize, left: usize) -> String {
    let verb = match action {
        "pause" => "paused",
        "resume" => "resumed",
        "extend" => "extended",
        _ => "deleted",
    };
    let codes = |count: usize| if count == 1 { "1 code".to_owned() } else { format!("{count} codes") };
    match left {
        0 => format!("{} {verb}", codes(done)),
        left => format!("{} {verb}, {} left as before", codes(done), codes(left)),
    }
}

#[cfg(test)]
mod tests {
    use super::said;

    #[test]
    fn what_was_done_is_counted() {
        assert_eq!(said("pause", 1, 0), "1 code paused");
        assert_eq!(said("delete", 3, 1), "3 codes deleted, 1 code left as before");
    }
}
