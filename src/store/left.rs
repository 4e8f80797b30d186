//! Sessions that were left while nothing could be written, as on a full disk. They are over all the same: this process
//! serves them no more, and writes that they ended once it can. Whatever else it would serve is in the database.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Pools, Store};
use crate::domain::id::{SessionId, UserId};

/// Each with whose it is.
#[derive(Debug, Default)]
pub(super) struct Left(Mutex<BTreeMap<SessionId, UserId>>);

impl Store {
    fn left(&self) -> MutexGuard<'_, BTreeMap<SessionId, UserId>> {
        self.left.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers that somebody left. Says whether that is enough: where replicas may serve the session, it is not.
    #[must_use]
    pub fn remember_leaving(&self, session: SessionId, owner: UserId) -> bool {
        let alone = matches!(self.pools, Pools::Sqlite { .. });
        if alone {
            self.left().insert(session, owner);
        }
        alone
    }

    /// Whether a session was left and that is not written yet.
    #[must_use]
    pub fn was_left(&self, session: SessionId) -> bool {
        self.left().contains_key(&session)
    }

    /// All that were left and are not written yet.
    #[must_use]
    pub fn unwritten_leavings(&self) -> Vec<(SessionId, UserId)> {
        self.left().iter().map(|(session, owner)| (*session, *owner)).collect()
    }

    /// It is written now.
    pub fn forget_leaving(&self, session: SessionId) {
        self.left().remove(&session);
    }
}
