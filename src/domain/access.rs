//! Who may do what: roles as sets of permission flags, and the proofs that an operation asks for.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use bitflags::bitflags;

use super::id::{TokenId, UserId};
use super::token::Scopes;

bitflags! {
    /// One flag for each thing a person may do. The bits are public through the API: never renumber them.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Permissions: u32 {
        /// Look after one's own account.
        const OWN_ACCOUNT = 1;
        /// Open the Admin Panel.
        const ENTER_PANEL = 1 << 1;
        /// See users, invites, and who joined with which code.
        const SEE_PEOPLE = 1 << 2;
        /// Approve or flag the people who joined.
        const REVIEW_PEOPLE = 1 << 3;
        /// Create invites.
        const CREATE_INVITES = 1 << 4;
        /// Edit, extend, pause, resume and delete invites whose role one may grant.
        const MANAGE_INVITES = 1 << 5;
        /// Suspend, remove, restore and change the role of people one outranks.
        const MANAGE_PEOPLE = 1 << 6;
        /// See the audit rows of one's own rank and below.
        const SEE_AUDIT = 1 << 7;
        /// See every audit row.
        const SEE_WHOLE_AUDIT = 1 << 8;
        /// Own API tokens.
        const OWN_TOKENS = 1 << 9;
        /// End API tokens of people one outranks.
        const MANAGE_TOKENS = 1 << 10;
        /// Change the settings of the instance.
        const CHANGE_SETTINGS = 1 << 11;
    }
}

/// A rank. The order of the variants is the order of the ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Uses the server.
    Member,
    /// Sees who came in and answers them.
    Support,
    /// Invites people and looks after them.
    Manager,
    /// Runs the instance.
    Admin,
    /// Cannot be removed by anybody but another owner.
    Owner,
}

const MEMBER: Permissions = Permissions::OWN_ACCOUNT;
const SUPPORT: Permissions = MEMBER
    .union(Permissions::ENTER_PANEL)
    .union(Permissions::SEE_PEOPLE)
    .union(Permissions::REVIEW_PEOPLE)
    .union(Permissions::SEE_AUDIT);
const MANAGER: Permissions = SUPPORT
    .union(Permissions::CREATE_INVITES)
    .union(Permissions::MANAGE_INVITES)
    .union(Permissions::MANAGE_PEOPLE)
    .union(Permissions::OWN_TOKENS);
const ADMIN: Permissions = MANAGER
    .union(Permissions::SEE_WHOLE_AUDIT)
    .union(Permissions::MANAGE_TOKENS)
    .union(Permissions::CHANGE_SETTINGS);

impl Role {
    /// Every role, lowest first.
    pub const ALL: [Self; 5] = [Self::Member, Self::Support, Self::Manager, Self::Admin, Self::Owner];

    /// What the role may do.
    #[must_use]
    pub const fn permissions(self) -> Permissions {
        match self {
            Self::Member => MEMBER,
            Self::Support => SUPPORT,
            Self::Manager => MANAGER,
            // An owner differs from an admin by rank, not by flags.
            Self::Admin | Self::Owner => ADMIN,
        }
    }

    /// The highest role that an invite of this person may grant.
    #[must_use]
    pub const fn grants_up_to(self) -> Option<Self> {
        match self {
            Self::Member | Self::Support => None,
            Self::Manager => Some(Self::Support),
            Self::Admin | Self::Owner => Some(Self::Admin),
        }
    }

    /// The highest role that this one may give to somebody it manages.
    #[must_use]
    pub const fn assigns_up_to(self) -> Option<Self> {
        match self {
            Self::Member | Self::Support => None,
            Self::Manager => Some(Self::Support),
            Self::Admin => Some(Self::Manager),
            Self::Owner => Some(Self::Owner),
        }
    }

    /// Whether this role may suspend, remove or change somebody of another.
    #[must_use]
    pub fn manages(self, other: Self) -> bool {
        match self {
            Self::Member | Self::Support => false,
            Self::Manager => other <= Self::Support,
            Self::Admin => other < Self::Admin,
            Self::Owner => true,
        }
    }

    /// The name on the screen.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Member => "Member",
            Self::Support => "Support",
            Self::Manager => "Manager",
            Self::Admin => "Admin",
            Self::Owner => "Owner",
        }
    }

    /// The name in the database and for programs.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Support => "support",
            Self::Manager => "manager",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

/// Not the name of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a role")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;
    fn from_str(key: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.key() == key).ok_or(UnknownRole)
    }
}

/// One permission as a type, so that a proof of it can stand in a signature.
pub trait Permission: 'static {
    /// The flag behind it.
    const FLAG: Permissions;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $flag:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $name {}
        impl Permission for $name {
            const FLAG: Permissions = Permissions::$flag;
        }
    )*};
}

permissions! {
    /// [`Permissions::OWN_ACCOUNT`]
    OwnAccount = OWN_ACCOUNT;
    /// [`Permissions::ENTER_PANEL`]
    EnterPanel = ENTER_PANEL;
    /// [`Permissions::SEE_PEOPLE`]
    SeePeople = SEE_PEOPLE;
    /// [`Permissions::CREATE_INVITES`]
    CreateInvites = CREATE_INVITES;
    /// [`Permissions::MANAGE_INVITES`]
    ManageInvites = MANAGE_INVITES;
    /// [`Permissions::REVIEW_PEOPLE`]
    ReviewPeople = REVIEW_PEOPLE;
    /// [`Permissions::MANAGE_PEOPLE`]
    ManagePeople = MANAGE_PEOPLE;
    /// [`Permissions::SEE_AUDIT`]
    SeeAudit = SEE_AUDIT;
    /// [`Permissions::OWN_TOKENS`]
    OwnTokens = OWN_TOKENS;
    /// [`Permissions::CHANGE_SETTINGS`]
    ChangeSettings = CHANGE_SETTINGS;
}

/// By which way somebody does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Through {
    /// Themselves, in the panel.
    Session,
    /// A program with a token of theirs, for no more than its scopes.
    Token(TokenId, Scopes),
    /// The command line, by whoever can run the program on its machine. They could change its database as well.
    CommandLine,
}

/// Who does something, with the rights they have right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    id: UserId,
    role: Role,
    through: Through,
}

impl Actor {
    /// The person of that id and role, as just read from the database.
    #[must_use]
    pub const fn new(id: UserId, role: Role) -> Self {
        Self { id, role, through: Through::Session }
    }

    /// Whoever runs the program on its machine.
    #[must_use]
    pub const fn command_line() -> Self {
        Self { id: UserId::NOBODY, role: Role::Owner, through: Through::CommandLine }
    }

    /// The same person by another way.
    #[must_use]
    pub const fn through(self, through: Through) -> Self {
        Self { through, ..self }
    }

    /// By which way they do it.
    #[must_use]
    pub const fn way(&self) -> Through {
        self.through
    }

    /// Whose doing it is.
    #[must_use]
    pub const fn id(&self) -> UserId {
        self.id
    }

    /// Their present role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Their present rights, by the way that they take.
    #[must_use]
    pub fn permissions(&self) -> Permissions {
        match self.through {
            Through::Session | Through::CommandLine => self.role.permissions(),
            Through::Token(_, scopes) => self.role.permissions() & scopes.permissions(),
        }
    }

    /// The proof that this person may do `P`.
    #[must_use]
    pub fn permit<P: Permission>(&self) -> Option<Permit<P>> {
        self.permissions().contains(P::FLAG).then_some(Permit { actor: *self, of: PhantomData })
    }

    /// The proof that this person may hand out `role`.
    #[must_use]
    pub fn grantable(&self, role: Role) -> Option<Grantable> {
        (Some(role) <= self.role.grants_up_to()).then_some(Grantable(role))
    }

    /// The proof that this person may give `role` to somebody they manage.
    #[must_use]
    pub fn assignable(&self, role: Role) -> Option<Assignable> {
        (Some(role) <= self.role.assigns_up_to()).then_some(Assignable(role))
    }
}

/// The proof that somebody may do `P`. It cannot be made but by asking [`Actor::permit`].
pub struct Permit<P> {
    actor: Actor,
    of: PhantomData<fn() -> P>,
}

impl<P> Permit<P> {
    /// Who holds it.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.actor
    }
}

impl<P> Clone for Permit<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Permit<P> {}

impl<P: Permission> fmt::Debug for Permit<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Permit({:?} to {:?})", P::FLAG, self.actor)
    }
}

/// The proof that somebody may hand out a role. It cannot be made but by asking [`Actor::grantable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grantable(Role);

impl Grantable {
    /// The role it is about.
    #[must_use]
    pub const fn role(self) -> Role {
        self.0
    }
}

/// The proof that somebody may give a role to a person. It cannot be made but by asking [`Actor::assignable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignable(Role);

impl Assignable {
    /// The role it is about.
    #[must_use]
    pub const fn role(self) -> Role {
        self.0
    }
}

#[cfg(test)]
mod tests;
