//! The same for several people at once: each is judged on their own.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::dialogs::{answer, many, parse};
use super::list::anew;
use crate::app::App;
use crate::domain::access::{ManagePeople, Role};
use crate::domain::field::Errors;
use crate::domain::id::UserId;
use crate::ops::OpError;
use crate::ops::people::{self as ops, MemberCodes};
use crate::web::form::Form;
use crate::web::problem::Problem;
use crate::web::who::Signed;

/// Who was selected, and what to do with them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    #[serde(default)]
    user: Vec<String>,
    action: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    confirm: Option<String>,
}

/// What is done to each of them.
#[derive(Clone, Copy)]
enum Deed {
    Role(Role),
    Suspend,
    Remove,
}

/// Does it, and says with how many. Removing many asks first.
///
/// # Errors
/// [`Problem`] for an action that does not exist, or when the database does not answer.
pub async fn apply(
    app: web::Data<App>,
    me: Signed<ManagePeople>,
    form: Form<Sent>,
) -> Result<HttpResponse, Problem> {
    let Sent { user, action, role, confirm } = form.0;
    let ids = user.iter().map(|id| parse(id)).collect::<Result<Vec<_>, _>>()?;
    let deed = match action.as_str() {
        "role" => match role.parse() {
            Ok(role) => Deed::Role(role),
            Err(_) => return anew(&me, "Choose a role first"),
        },
        "suspend" => Deed::Suspend,
        "remove" => Deed::Remove,
        _ => return Err(Problem::Unprocessable),
    };
    if let Deed::Remove = deed
        && confirm.as_deref().map(str::trim) != Some(&ids.len().to_string())
    {
        let (status, errors) = match confirm {
            None => (StatusCode::OK, Errors::default()),
            Some(_) => {
                let told = Errors::one("confirm", format!("Type {} to confirm.", ids.len()));
                (StatusCode::UNPROCESSABLE_ENTITY, told)
            }
        };
        return answer(&app, &me, status, many(&app, &me, &ids, errors).await?).await;
    }
    let (mut done, mut left) = (0_usize, 0_usize);
    for id in ids {
        if is_done(&app, &me, id, deed).await? { done += 1 } else { left += 1 }
    }
    anew(&me, &said(deed, done, left))
}

/// Whether it could be done to one of them.
async fn is_done(app: &App, me: &Signed<ManagePeople>, id: UserId, deed: Deed) -> Result<bool, Problem> {
    if id == me.present.account.id {
        // Nobody leaves by a slip of the hand, and then does the rest as somebody who has left.
        return Ok(false);
    }
    let (permit, origin, codes) = (me.permit, me.visit.origin, MemberCodes::GoOn);
    let result = match deed {
        Deed::Role(role) => ops::change_role(app, permit, origin, id, role.key(), codes).await,
        Deed::Suspend => ops::suspend(app, permit, origin, id, "", codes).await,
        Deed::Remove => ops::remove(app, permit, origin, id, codes).await,
    };
    match result {
        Ok(_) => Ok(true),
        // It is so already, it is not this person's to do, or it would leave nobody in charge.
        Err(OpError::Unchanged | OpError::NotFound | OpError::NotPermitted | OpError::Invalid(_)) => {
            Ok(false)
        }
        Err(other) => Err(other.into()),
    }
}

fn said(deed: Deed, done: usize, left: usize) -> String {
    let users = |count: usize| if count == 1 { "1 user".to_owned() } else { format!("{count} users") };
    let did = match deed {
        Deed::Role(role) => format!("{} changed to {}", users(done), role.label()),
        Deed::Suspend => format!("{} suspended", users(done)),
        Deed::Remove => format!("{} removed", users(done)),
    };
    if left == 0 { did } else { format!("{did}, {} left as before", users(left)) }
}

#[cfg(test)]
mod tests {
    use super::{Deed, said};
    use crate::domain::access::Role;

    #[test]
    fn what_was_done_is_counted() {
        assert_eq!(said(Deed::Suspend, 1, 0), "1 user suspended");
        assert_eq!(
            said(Deed::Role(Role::Support), 3, 1),
            "3 users changed to Support, 1 user left as before"
        );
        assert_eq!(said(Deed::Remove, 0, 2), "0 users removed, 2 users left as before");
    }
}
