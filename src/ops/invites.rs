//! Making invites and looking after them.

mod change;
mod create;
mod leaving;
mod look;
mod seen;

pub use crate::store::invite_lists::Filter;
pub use crate::store::invites::Joined;
pub use change::{Amendment, Edit, amend, delete, edit, extend, restore, set_paused};
pub use create::{NO_END, NewForm, ONLY_ONE, Preview, Wanted, create, grantable, make, preview};
pub use leaving::{Leaving, bring_back};
pub use look::{Counts, Detail, List, Name, PAGE, Part, export, list, one, part, people, show, tab_counts};
pub use seen::Seen;

use super::OpError;
use crate::domain::access::{Actor, Grantable};
use crate::domain::audit::{Action, Event, Target};
use crate::domain::invite::Invite;

/// The proof that somebody may hand out the role of an invite, and with it see its code and change it.
fn granting(actor: Actor, invite: &Invite) -> Result<Grantable, OpError> {
    actor.grantable(invite.role).ok_or(OpError::NotPermitted)
}

/// An event about an invite, with its code masked.
pub(super) fn about(action: Action, invite: &Invite) -> Event {
    Event::new(action, Target::Invite(invite.id)).with("code", None, Some(&invite.code.masked()))
}

/// What was changed about an invite, field by field.
fn difference(action: Action, old: &Invite, new: &Invite) -> Event {
    let limit =
        |invite: &Invite| invite.limit.most().map_or_else(|| "unlimited".to_owned(), |most| most.to_string());
    let end = |invite: &Invite| invite.expiry.at().map_or_else(|| "never".to_owned(), |at| at.to_rfc3339());
    let delete = |invite: &Invite| if invite.delete_users_on_expiry { "on" } else { "off" };
    Event::new(action, Target::Invite(new.id))
        .with("label", old.label.as_deref(), new.label.as_deref())
        .with("role", Some(old.role.key()), Some(new.role.key()))
        .with("max_uses", Some(&limit(old)), Some(&limit(new)))
        .with("expires_at", Some(&end(old)), Some(&end(new)))
        .with("delete_users_on_expiry", Some(delete(old)), Some(delete(new)))
}
