//! Who does something, by which way, and the proofs of what they may.

use std::fmt;
use std::marker::PhantomData;

use super::{Permission, Permissions, Role};
use crate::domain::id::{TokenId, UserId};
use crate::domain::token::Scopes;

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
