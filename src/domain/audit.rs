//! What the audit log says of a change.

mod entry;

use std::net::IpAddr;

use super::access::{Actor, Role, Through};
use super::id::{InviteId, RequestId, SessionId, TokenId, UserId};
pub use entry::{About, By, Changed, Entry, Filter, InviteName, PersonName, Sight, Who};

/// Where a change was asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin {
    /// The address of the person, as far as proxies can be trusted.
    pub address: Option<IpAddr>,
    /// The request in the log.
    pub request: Option<RequestId>,
    /// What keeps the request from being done twice, if whoever made it wants that.
    pub once: Option<Once>,
}

/// A request that must not be done twice: whose it is, and the hashes of its key and of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Once {
    /// The token that it was made with.
    pub token: TokenId,
    /// The key that was given to it.
    pub key: [u8; 32],
    /// What it asks for.
    pub request: [u8; 32],
}

/// Whose doing it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doer {
    /// Somebody with an account, in the role they had.
    Person(UserId, Role),
    /// A program with a token of theirs.
    Token(TokenId, UserId, Role),
    /// Whoever can run the program on its machine.
    CommandLine,
    /// A job of the program itself.
    Job,
    /// Somebody who is not signed in.
    Nobody,
}

impl Doer {
    /// Whose doing it is when this one does it.
    #[must_use]
    pub const fn of(actor: Actor) -> Self {
        match actor.way() {
            Through::Session => Self::Person(actor.id(), actor.role()),
            Through::Token(token, _) => Self::Token(token, actor.id(), actor.role()),
            Through::CommandLine => Self::CommandLine,
        }
    }

    /// The word in the database.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Person(..) => "person",
            Self::Token(..) => "token",
            Self::CommandLine => "command_line",
            Self::Job => "job",
            Self::Nobody => "nobody",
        }
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $key:literal;)*) => {
        /// What was done. The keys are for programs: never rename one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action {
            $($(#[$doc])* $name,)*
        }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable name.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)* }
            }

            /// Reads a stable name.
            #[must_use]
            pub fn parse(key: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|action| action.key() == key)
            }
        }
    };
}

actions! {
    /// The owner was created and the server named.
    SetUp = "instance.set_up";
    /// A one-time set-up link was made.
    SetupLinkMade = "instance.setup_link_made";
    /// Somebody signed in.
    SignedIn = "session.signed_in";
    /// A sign-in was refused.
    SignInFailed = "session.sign_in_failed";
    /// Somebody signed out.
    SignedOut = "session.signed_out";
    /// One of a person's sessions was ended from another.
    SessionEnded = "session.ended";
    /// All of a person's other sessions were ended.
    OtherSessionsEnded = "session.others_ended";
    /// Display name or e-mail changed.
    ProfileChanged = "account.profile_changed";
    /// The password changed.
    PasswordChanged = "account.password_changed";
    /// A wrong present password stopped a change of password.
    PasswordChangeFailed = "account.password_change_failed";
    /// Somebody was refused a page or a change for want of a permission.
    PermissionRefused = "access.refused";
    /// An invite was made.
    InviteCreated = "invite.created";
    /// An invite was edited.
    InviteEdited = "invite.edited";
    /// The end of an invite was put off.
    InviteExtended = "invite.extended";
    /// An invite was stopped for a while.
    InvitePaused = "invite.paused";
    /// A stopped invite goes on.
    InviteResumed = "invite.resumed";
    /// An invite was deleted.
    InviteDeleted = "invite.deleted";
    /// The deletion of an invite was taken back.
    InviteRestored = "invite.restored";
    /// Somebody registered.
    Registered = "account.registered";
    /// The people who joined with an ended code were removed with it.
    InviteUsersRemoved = "invite.users_removed";
    /// A registration was refused for its code.
    RegistrationRefused = "registration.refused";
    /// A change of somebody's role.
    RoleChanged = "user.role_changed";
    /// Somebody was kept from signing in.
    UserSuspended = "user.suspended";
    /// Somebody may sign in again.
    UserUnsuspended = "user.unsuspended";
    /// All of somebody's sessions were ended.
    SessionsEnded = "user.sessions_ended";
    /// A link to choose a new password was made.
    ResetLinkMade = "user.reset_link_made";
    /// A password was chosen with such a link.
    PasswordReset = "account.password_reset";
    /// Somebody was removed.
    UserRemoved = "user.removed";
    /// Somebody who was removed is back.
    UserRestored = "user.restored";
    /// The personal data of somebody who was removed was erased.
    UserPurged = "user.purged";
    /// Somebody stays when their code ends.
    UserKept = "user.kept";
    /// Somebody goes when their code ends.
    UserUnkept = "user.unkept";
    /// Staff looked at somebody and all is well.
    ReviewApproved = "review.approved";
    /// Staff want somebody looked at again.
    ReviewFlagged = "review.flagged";
    /// Somebody waits to be looked at again.
    ReviewReopened = "review.reopened";
    /// The settings were changed.
    SettingsChanged = "settings.changed";
    /// A job stopped by itself and waits for an owner.
    JobStopped = "job.stopped";
    /// An owner let a stopped job go on.
    JobResumed = "job.resumed";
    /// A token for programs was made.
    TokenCreated = "token.created";
    /// A token for programs was ended.
    TokenRevoked = "token.revoked";
    /// An account was made without registering.
    UserCreated = "user.created";
    /// Old rows of the audit log were dropped.
    AuditTrimmed = "audit.trimmed";
    /// Very many wrong codes came in a minute.
    WrongCodeAlarm = "registration.alarm";
    /// A backup was read into this database.
    Restored = "instance.restored";
}

/// What it was done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The instance as a whole, or somebody unknown.
    None,
    /// An account.
    User(UserId),
    /// A session.
    Session(SessionId),
    /// An invite.
    Invite(InviteId),
}

impl Target {
    /// Kind and key in the database.
    #[must_use]
    pub fn columns(self) -> Option<(&'static str, String)> {
        match self {
            Self::None => None,
            Self::User(id) => Some(("user", id.key())),
            Self::Session(id) => Some(("session", id.key())),
            Self::Invite(id) => Some(("invite", id.key())),
        }
    }
}

/// One field, before and after. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The name of the field.
    pub field: &'static str,
    /// Its old value.
    pub old: Option<String>,
    /// Its new value.
    pub new: Option<String>,
}

/// One row of the log, before it has a time and a doer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What was done.
    pub action: Action,
    /// To what.
    pub target: Target,
    /// Old → new.
    pub changes: Vec<Change>,
}

impl Event {
    /// An event without old and new values.
    #[must_use]
    pub const fn new(action: Action, target: Target) -> Self {
        Self { action, target, changes: Vec::new() }
    }

    /// Adds a field, unless it stayed as it was.
    #[must_use]
    pub fn with(mut self, field: &'static str, old: Option<&str>, new: Option<&str>) -> Self {
        if old != new {
            let (old, new) = (old.map(str::to_owned), new.map(str::to_owned));
            self.changes.push(Change { field, old, new });
        }
        self
    }

    /// The key of what it was done to.
    #[must_use]
    pub fn target_key(&self) -> Option<String> {
        self.target.columns().map(|(_, key)| key)
    }

    /// This event, and what it brought about.
    #[must_use]
    pub fn followed_by(self, others: Vec<Self>) -> Events {
        Events(self, others)
    }
}

/// The rows of one change: at least one.
#[derive(Debug, Clone)]
pub struct Events(Event, Vec<Event>);

impl Events {
    /// The rows of a change to several things, if there was any.
    #[must_use]
    pub fn of(events: Vec<Event>) -> Option<Self> {
        let mut events = events.into_iter();
        events.next().map(|first| Self(first, events.collect()))
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Event> {
        std::iter::once(&self.0).chain(&self.1)
    }
}

impl From<Event> for Events {
    fn from(event: Event) -> Self {
        Self(event, Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn action_keys_are_distinct() {
        let mut keys: Vec<_> = Action::ALL.iter().map(|a| a.key()).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), Action::ALL.len());
    }

    #[test]
    fn an_unchanged_field_is_not_a_change() {
        let event = Event::new(Action::ProfileChanged, Target::None)
            .with("email", Some("a@b.example"), Some("a@b.example"))
            .with("display_name", None, Some("Mara"));
        assert_eq!(event.changes.len(), 1);
    }
}
