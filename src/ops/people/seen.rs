//! What one person may see of somebody.

use std::borrow::Cow;

use crate::domain::access::Actor;
use crate::domain::id::InviteId;
use crate::domain::person::Person;
use crate::ops::invites::Seen as SeenInvite;
use crate::store::delegation::{self, Origin};
use crate::store::invite_lists::Listed as ListedInvite;
use crate::store::people::Listed;
use crate::store::{Conn, StoreError};

/// Somebody, as one person may see them. Those of a list stay where the list has them.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    /// Who.
    pub person: Cow<'a, Person>,
    /// The way they came in, if it was a code.
    pub way: Option<Way<'a>>,
}

/// The code that somebody came in with.
#[derive(Debug, Clone)]
pub struct Way<'a> {
    /// Its invite, as the viewer may see it.
    pub invite: SeenInvite<'a>,
    /// Whether it was deleted since.
    pub deleted: bool,
}

impl<'a> Seen<'a> {
    /// Somebody of a list, whose way in is one of these.
    pub(super) fn of(actor: Actor, listed: &'a Listed, origins: &'a [Origin]) -> Self {
        let way = listed.with.and_then(|with| origin(origins, with));
        let way = way.map(|Origin { invite, creator, deleted }| Way {
            invite: SeenInvite::of(actor, invite, creator.as_ref()),
            deleted: *deleted,
        });
        Self { person: Cow::Borrowed(&listed.person), way }
    }
}

/// Adds to each of them what their way in is called, with one look for all.
pub(in crate::ops) fn with_ways(
    conn: &mut Conn,
    actor: Actor,
    found: Vec<Listed>,
) -> Result<Vec<Seen<'static>>, StoreError> {
    let origins = origins(conn, &found)?;
    let seen = |Listed { person, with }: Listed| {
        let way = with.and_then(|with| origin(&origins, with)).cloned();
        let way = way.map(|Origin { invite, creator, deleted }| Way {
            invite: SeenInvite::by(actor, ListedInvite { invite, creator }),
            deleted,
        });
        Seen { person: Cow::Owned(person), way }
    };
    Ok(found.into_iter().map(seen).collect())
}

/// The ways that they came in.
pub(super) fn origins(conn: &mut Conn, found: &[Listed]) -> Result<Vec<Origin>, StoreError> {
    let mut ids: Vec<_> = found.iter().filter_map(|listed| listed.with).collect();
    ids.sort_unstable();
    ids.dedup();
    delegation::origins(conn, &ids)
}

fn origin(origins: &[Origin], with: InviteId) -> Option<&Origin> {
    origins.iter().find(|origin| origin.invite.id == with)
}
