//! The log as it is read.

use super::{Action, Doer, Target};
use crate::domain::access::{Actor, Permissions, Role};
use crate::domain::id::{AuditId, InviteId, RequestId, UserId};
use crate::domain::time::Timestamp;
use crate::domain::user::Username;

/// A row of the log as it is shown.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Which.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Whose doing it was.
    pub who: Who,
    /// The role they had.
    pub role: Option<Role>,
    /// The stable name of the action.
    pub action: String,
    /// What it was done to.
    pub about: About,
    /// Old → new.
    pub changes: Vec<Changed>,
    /// Where from.
    pub address: Option<String>,
    /// The request in the program's own log.
    pub request: Option<RequestId>,
}

/// Whose doing it was, with the name they have now.
#[derive(Debug, Clone)]
pub enum Who {
    /// Somebody with an account; without a name once their data was erased.
    Person(UserId, Option<PersonName>),
    /// A program with a token of somebody's; without a name once the token is gone.
    Token(UserId, Option<PersonName>, Option<String>),
    /// Whoever can run the program on its machine.
    CommandLine,
    /// A job of the program itself.
    Job,
    /// Somebody who is not signed in.
    Nobody,
}

/// What it was done to, with the name it has now.
#[derive(Debug, Clone)]
pub enum About {
    /// The instance as a whole, somebody unknown, or a session.
    Nothing,
    /// An account; without a name once its data was erased.
    User(UserId, Option<PersonName>),
    /// An invite; without a name once it was removed.
    Invite(InviteId, Option<InviteName>),
}

/// What somebody is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName {
    /// Display name, or username.
    pub name: String,
    /// Username.
    pub username: Username,
}

/// What an invite is called. The log never holds a code in clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteName {
    /// As much of its code as everybody may see.
    pub masked: String,
    /// What staff call it.
    pub label: Option<String>,
}

/// One field, before and after, as the database holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The name of the field.
    pub field: String,
    /// Its old value.
    pub old: Option<String>,
    /// Its new value.
    pub new: Option<String>,
}

/// What the log is narrowed down to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    /// One action.
    pub action: Option<Action>,
    /// One doer.
    pub by: Option<By>,
    /// What it was done to: an account or an invite. A session has no history.
    pub target: Option<Target>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

/// Whose doing the log is narrowed down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// One person.
    Person(UserId),
    /// Whoever can run the program on its machine.
    CommandLine,
    /// A job of the program itself.
    Job,
    /// Somebody who is not signed in.
    Nobody,
}

impl By {
    /// The word for them in the database; none for a person, who has an id.
    #[must_use]
    pub const fn kind(self) -> Option<&'static str> {
        match self {
            Self::Person(_) => None,
            Self::CommandLine => Some(Doer::CommandLine.kind()),
            Self::Job => Some(Doer::Job.kind()),
            Self::Nobody => Some(Doer::Nobody.kind()),
        }
    }
}

/// Whose rows somebody may see.
///
/// Each row stands on one shelf: that of the role its doer had, or of the kind of doer who has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// No row.
    Nothing,
    /// The rows of doers of this rank and below, and of those without a rank.
    UpTo(Role),
    /// Every row.
    Whole,
}

impl Sight {
    /// What this person may see at this moment.
    #[must_use]
    pub fn of(actor: Actor) -> Self {
        let may = actor.permissions();
        if may.contains(Permissions::SEE_WHOLE_AUDIT) {
            Self::Whole
        } else if may.contains(Permissions::SEE_AUDIT) {
            Self::UpTo(actor.role())
        } else {
            Self::Nothing
        }
    }

    /// The shelves that can be seen.
    #[must_use]
    pub fn shelves(self) -> Vec<&'static str> {
        let highest = match self {
            Self::Nothing => return Vec::new(),
            Self::UpTo(role) => role,
            Self::Whole => Role::Owner,
        };
        let ranks = Role::ALL.into_iter().filter(|role| *role <= highest).map(Role::key);
        ranks.chain([Doer::CommandLine, Doer::Job, Doer::Nobody].map(Doer::kind)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_sees_their_own_rank_and_below_and_admins_all() {
        let shelves = |role| Sight::of(Actor::new(UserId::NOBODY, role)).shelves().join(" ");
        let rankless = "command_line job nobody";
        assert_eq!(shelves(Role::Member), "");
        assert_eq!(shelves(Role::Support), format!("member support {rankless}"));
        assert_eq!(shelves(Role::Manager), format!("member support manager {rankless}"));
        let all = format!("member support manager admin owner {rankless}");
        assert_eq!((shelves(Role::Admin), shelves(Role::Owner)), (all.clone(), all));
    }
}
