//! What one person may see of an invite.

use std::borrow::Cow;

use crate::domain::access::Actor;
use crate::domain::invite::{Invite, Maker};
use crate::domain::user::Account;
use crate::store::invite_lists::Listed;

/// An invite as one person may see it. Those of a list stay where the list has them.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    /// It.
    pub invite: Cow<'a, Invite>,
    /// Who made it, if it was not the command line.
    pub creator: Option<Cow<'a, Maker>>,
    /// Whether the person may see its code and, with the permission, change it.
    pub grantable: bool,
}

impl<'a> Seen<'a> {
    fn new(actor: Actor, invite: Cow<'a, Invite>, creator: Option<Cow<'a, Maker>>) -> Self {
        let grantable = actor.grantable(invite.role).is_some();
        Self { invite, creator, grantable }
    }

    /// An invite of a list as a person sees it.
    #[must_use]
    pub fn of(actor: Actor, invite: &'a Invite, creator: Option<&'a Maker>) -> Self {
        Self::new(actor, Cow::Borrowed(invite), creator.map(Cow::Borrowed))
    }

    /// The code, or as much of it as the person may see.
    #[must_use]
    pub fn code(&self) -> Cow<'_, str> {
        let code = &self.invite.code;
        if self.grantable { Cow::Borrowed(code.reveal()) } else { Cow::Owned(code.masked()) }
    }

    /// What staff call it.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.invite.label.as_deref()
    }

    /// What whoever made it is called, if it was not the command line.
    #[must_use]
    pub fn maker(&self) -> Option<&str> {
        self.creator.as_deref().map(Maker::name)
    }
}

impl Seen<'static> {
    /// An invite as a person sees it.
    #[must_use]
    pub fn by(actor: Actor, Listed { invite, creator }: Listed) -> Self {
        Self::new(actor, Cow::Owned(invite), creator.map(Cow::Owned))
    }

    /// An invite as whoever just made it sees it.
    #[must_use]
    pub fn by_maker(account: &Account, invite: Invite) -> Self {
        Self { invite: Cow::Owned(invite), creator: Some(Cow::Owned(Maker::from(account))), grantable: true }
    }
}
