//! What a code is before a test makes something else of it.

use doorlist::domain::access::Role;
use doorlist::domain::code::InviteCode;
use doorlist::domain::expiry::Expiry;
use doorlist::domain::id::InviteId;
use doorlist::domain::invite::{Invite, UseLimit};
use doorlist::domain::time::Timestamp;

/// A code of the command line that lets in any number of members.
pub fn invite(id: InviteId, code: &str, now: Timestamp) -> Invite {
    Invite {
        id,
        code: InviteCode::custom(code).unwrap(),
        label: None,
        role: Role::Member,
        limit: UseLimit::UNLIMITED,
        uses: 0,
        expiry: Expiry::Never,
        delete_users_on_expiry: false,
        paused: false,
        batch: None,
        created_by: None,
        created_at: now,
        updated_at: now,
        last_used_at: None,
        users_removed_at: None,
    }
}
