//! What was read a moment ago, for whoever asks the same while nothing has changed since.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::Duration;

use super::State;
use super::delegation::Origin;
use super::invite_lists::{self, Creators, Tabs};
use super::overview::{Glance, PastJoins};
use super::people;
use super::sessions::Surroundings;
use crate::domain::audit::{Entry, Filter, Sight};
use crate::domain::id::{AuditId, InviteId, UserId};
use crate::domain::invite::Invite;
use crate::domain::time::Timestamp;

/// What pages are made of, as the tables have it: what of it somebody may see is decided each time.
#[derive(Debug, Default)]
pub struct Memory {
    /// What stands on every page.
    pub surroundings: Remembered<(), Surroundings>,
    /// Pages of people.
    pub people: Remembered<(people::Filter, Option<UserId>), PeoplePage>,
    /// How many of them are here, and how many were removed.
    pub people_tabs: Remembered<(), [i64; 2]>,
    /// Pages of invites.
    pub invites: Remembered<(invite_lists::Filter, Option<InviteId>), InvitesPage>,
    /// How their tabs stand.
    pub invite_tabs: Remembered<(), Tabs>,
    /// Who made any.
    pub creators: Remembered<(), Creators>,
    /// Pages of the log.
    pub log: Remembered<(Sight, Filter, Option<AuditId>), LogPage>,
    /// The overview.
    pub glance: Remembered<Sight, Glance>,
    pub(super) past_joins: PastJoins,
}

/// A page of people.
#[derive(Debug)]
pub struct PeoplePage {
    /// Its rows.
    pub rows: Vec<people::Listed>,
    /// Where the next page begins, if there is one.
    pub next: Option<UserId>,
    /// Whether more matches what was typed than is looked at.
    pub cut: bool,
    /// The ways they came in.
    pub origins: Vec<Origin>,
    /// How many are here, and how many were removed.
    pub tabs: [i64; 2],
    /// The invite that the list is narrowed down to.
    pub narrowed: Option<Invite>,
}

/// A page of invites.
#[derive(Debug)]
pub struct InvitesPage {
    /// Its rows.
    pub rows: Vec<invite_lists::Listed>,
    /// Where the next page begins, if there is one.
    pub next: Option<InviteId>,
    /// Whether more matches what was typed than is looked at.
    pub cut: bool,
    /// How the tabs stand.
    pub tabs: Tabs,
    /// Who made invites.
    pub creators: Creators,
}

/// A page of the log.
#[derive(Debug)]
pub struct LogPage {
    /// Its rows.
    pub rows: Arc<Vec<Entry>>,
    /// Where the next page begins, if there is one.
    pub next: Option<AuditId>,
}

/// The state of the database that a request found, if it may be shown what was read in it, and the time.
#[derive(Debug, Clone)]
pub struct Moment {
    /// The state.
    pub state: Option<State>,
    /// The time.
    pub now: Timestamp,
}

impl Moment {
    /// For whoever may have changed something: all of it is read anew.
    #[must_use]
    pub const fn anew(now: Timestamp) -> Self {
        Self { state: None, now }
    }
}

/// Values that were read from the database. Each holds while the database is in the state that it was in before it was read,
/// which every request finds out, and no longer than [`Remembered::FRESH`]: some of them also depend on the time.
#[derive(Debug)]
pub struct Remembered<K, T>(Mutex<Vec<Known<K, T>>>);

#[derive(Debug)]
struct Known<K, T> {
    key: K,
    value: Arc<T>,
    state: State,
    at: Timestamp,
}

impl<K, T> Default for Remembered<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: PartialEq, T> Remembered<K, T> {
    const FRESH: Duration = Duration::seconds(1);
    /// So many, the latest: they are for many who ask the same, and memory is dear.
    const MOST: usize = 4;

    /// What is known of a key at a moment.
    #[must_use]
    pub fn get(&self, key: &K, moment: &Moment) -> Option<Arc<T>> {
        let state = moment.state.as_ref()?;
        let holds =
            |known: &Known<K, T>| known.state == *state && (moment.now - known.at).abs() < Self::FRESH;
        self.known()
            .iter()
            .find(|known| known.key == *key && holds(known))
            .map(|known| Arc::clone(&known.value))
    }

    /// Remembers what was read since that moment.
    pub fn put(&self, key: K, moment: Moment, value: T) -> Arc<T> {
        let value = Arc::new(value);
        if let Some(state) = moment.state {
            let mut known = self.known();
            known.retain(|known| known.key != key);
            known.truncate(Self::MOST - 1);
            known.insert(0, Known { key, value: Arc::clone(&value), state, at: moment.now });
        }
        value
    }

    fn known(&self) -> MutexGuard<'_, Vec<Known<K, T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Remembered<(), T> {
    /// What is known at a moment, or is read now.
    ///
    /// # Errors
    /// Whatever reading says.
    pub fn or_read<E>(&self, moment: &Moment, read: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        match self.get(&(), moment) {
            Some(known) => Ok(known),
            None => Ok(self.put((), moment.clone(), read()?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;

    fn moment(state: i64, millis: i64) -> Moment {
        let now = Timestamp::default() + Duration::milliseconds(millis);
        Moment { state: Some(State::Sqlite(1, state)), now }
    }

    #[test]
    fn it_holds_for_a_moment_and_while_nothing_changes() {
        let remembered = Remembered::default();
        let mut reads = 0;
        let mut read = |moment| {
            let counted = remembered.or_read(&moment, || {
                reads += 1;
                Ok::<_, ()>(reads)
            });
            *counted.unwrap()
        };
        for (state, millis, expected) in
            [(0, 0, 1), (0, 999, 1), (0, 1_000, 2), (1, 1_000, 3), (1, 500, 3), (1, -1, 4), (0, 0, 5)]
        {
            assert_eq!(read(moment(state, millis)), expected, "state {state}, {millis} ms");
        }
        let unknown = Moment { state: None, ..moment(0, 0) };
        assert_eq!([read(unknown.clone()), read(unknown), read(moment(0, 0))], [6, 7, 5]);
    }

    #[test]
    fn what_could_not_be_read_is_not_remembered() {
        let remembered = Remembered::default();
        assert!(remembered.or_read(&moment(0, 0), || Err(StoreError::Busy)).is_err());
        assert_eq!(*remembered.or_read(&moment(0, 0), || Ok::<_, StoreError>(1)).unwrap(), 1);
    }

    #[test]
    fn few_keys_are_known_and_the_latest_of_them() {
        let remembered = Remembered::default();
        for key in [1, 2, 3, 4, 5, 2] {
            remembered.put(key, moment(0, 0), key);
        }
        let known = |key: &i32| remembered.get(key, &moment(0, 0)).is_some();
        assert_eq!([1, 2, 3, 4, 5].iter().filter(|key| known(key)).count(), 4);
        assert!(!known(&1));
    }
}
