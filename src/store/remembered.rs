//! What many pages show alike beside their rows, read once for a moment.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::Duration;

use super::StoreError;
use super::invite_lists::{Creators, Tabs};
use super::overview::{Glance, PastJoins};
use crate::domain::time::Timestamp;

/// What pages show beside their rows.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// How many changes this process has made.
    changes: AtomicU64,
    pub(super) invite_tabs: Remembered<Tabs>,
    pub(super) creators: Remembered<Creators>,
    pub(super) people_tabs: Remembered<[i64; 2]>,
    pub(super) glance: Remembered<Glance>,
    pub(super) past_joins: PastJoins,
}

impl Beside {
    /// Something was changed: all of it is read again.
    pub(super) fn note_change(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// After which changes it is now.
    pub(super) fn moment(&self, now: Timestamp) -> Moment {
        (self.changes.load(Ordering::Acquire), now)
    }
}

/// How many changes there have been, and the time.
type Moment = (u64, Timestamp);

/// Something that was read from the database. It holds until this process changes anything, so that whoever does sees it at
/// once, and no longer than [`Remembered::FRESH`], for what other processes change.
#[derive(Debug)]
pub(super) struct Remembered<T>(Mutex<Option<Known<T>>>);

#[derive(Debug)]
struct Known<T> {
    value: T,
    /// How many changes there had been before it was read.
    changes: u64,
    /// When that was.
    at: Timestamp,
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Remembered<T> {
    const FRESH: Duration = Duration::seconds(1);

    /// What is known after so many changes, or is read now. Reading must see every change that is counted, so it cannot be in a
    /// snapshot that began before.
    pub(super) fn or_read(
        &self,
        (changes, now): Moment,
        read: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let holds = |known: &&Known<T>| known.changes == changes && (now - known.at).abs() < Self::FRESH;
        if let Some(known) = self.known().as_ref().filter(holds) {
            return Ok(known.value.clone());
        }
        let value = read()?;
        *self.known() = Some(Known { value: value.clone(), changes, at: now });
        Ok(value)
    }

    fn known(&self) -> MutexGuard<'_, Option<Known<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_for_a_moment_and_until_something_changes() {
        let start = Timestamp::default();
        let remembered = Remembered::default();
        let mut reads = 0;
        let mut read = |changes, millis| {
            let moment = (changes, start + Duration::milliseconds(millis));
            remembered.or_read(moment, || {
                reads += 1;
                Ok(reads)
            })
        };
        for (changes, millis, expected) in
            [(0, 0, 1), (0, 999, 1), (0, 1_000, 2), (1, 1_000, 3), (1, 500, 3), (1, -1, 4)]
        {
            assert_eq!(read(changes, millis).unwrap(), expected, "{changes} changes, {millis} ms");
        }
    }

    #[test]
    fn what_could_not_be_read_is_not_remembered() {
        let remembered = Remembered::default();
        let moment = (0, Timestamp::default());
        assert!(remembered.or_read(moment, || Err(StoreError::Busy)).is_err());
        assert_eq!(remembered.or_read(moment, || Ok(1)).unwrap(), 1);
    }
}
