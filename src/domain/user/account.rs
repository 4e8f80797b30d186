//! Somebody's account.

use super::{Status, Username};
use crate::domain::access::{Actor, Role};
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;

/// An account, without its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: UserId,
    /// The name to sign in with.
    pub username: Username,
    /// The name on the screen, if the person chose one.
    pub display_name: Option<String>,
    /// The address, if the person gave one.
    pub email: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Whether they may sign in.
    pub status: Status,
    /// Why not, in the words of staff.
    pub status_reason: Option<String>,
    /// When they joined.
    pub created_at: Timestamp,
}

impl Account {
    /// As whom the command line acts: an owner whom no table knows.
    #[must_use]
    pub fn of_the_command_line(now: Timestamp) -> Self {
        Self {
            id: UserId::NOBODY,
            username: Username("command-line".to_owned()),
            display_name: None,
            email: None,
            role: Role::Owner,
            status: Status::Active,
            status_reason: None,
            created_at: now,
        }
    }

    /// The account to name in a record; the command line has none.
    #[must_use]
    pub fn recorded(&self) -> Option<UserId> {
        Some(self.id).filter(|id| *id != UserId::NOBODY)
    }

    /// How to call the person.
    #[must_use]
    pub fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(self.username.as_str())
    }

    /// The person as somebody who does something.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        Actor::new(self.id, self.role)
    }
}
