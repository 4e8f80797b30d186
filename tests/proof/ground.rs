//! What every figure stands on: the program, where its database is, and dice that fall the same way in every run.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use crate::client::Addresses;
use crate::place::Engine;

/// For one kind of database.
#[derive(Debug)]
pub struct Ground {
    /// The program under proof.
    pub program: PathBuf,
    /// Where its databases are made.
    pub engine: Engine,
    /// The folder of PostgreSQL's tools.
    pub tools: PathBuf,
    /// The library that lets a program see another time.
    pub faketime: PathBuf,
    /// The proxy.
    pub nginx: PathBuf,
    /// Whether there are only seconds for it.
    pub short: bool,
    /// Chance.
    pub dice: Dice,
    /// Addresses of clients.
    pub addresses: Addresses,
}

impl Ground {
    /// A number of times, for the long and for the short form.
    pub const fn times(&self, long: usize, short: usize) -> usize {
        if self.short { short } else { long }
    }

    /// Replicas share a database; one in a file has one program.
    pub const fn replicas(&self) -> usize {
        match self.engine {
            Engine::Sqlite => 1,
            Engine::Postgres(_) => 2,
        }
    }

    /// Whether there is only one writer.
    pub const fn is_sqlite(&self) -> bool {
        matches!(self.engine, Engine::Sqlite)
    }
}

/// Chance, from a seed.
#[derive(Debug)]
pub struct Dice(Mutex<StdRng>);

impl Dice {
    /// The same seed, the same throws.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    /// Some bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }

    /// A number from 0 up to, but not including, another.
    pub fn below(&self, limit: u64) -> u64 {
        u64::from_le_bytes(self.bytes()) % limit.max(1)
    }

    /// A place among so many.
    pub fn index(&self, many: usize) -> usize {
        usize::try_from(self.below(many as u64)).unwrap_or_default()
    }

    /// Whether it is that time: once in so many.
    pub fn once_in(&self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of several.
    pub fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.index(from.len()))
    }

    /// Puts several into an order by chance.
    pub fn shuffle<T>(&self, items: &mut [T]) {
        items.shuffle(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// One of several, the later the likelier.
    pub fn late<T>(&self, mut from: impl ExactSizeIterator<Item = T>) -> Option<T> {
        let many = from.len();
        from.nth(self.index(many).max(self.index(many)))
    }

    /// Dice of their own for somebody who throws beside others.
    pub fn split(&self) -> Self {
        Self::new(u64::from_le_bytes(self.bytes()))
    }

    /// A while between two others.
    pub fn between(&self, least: Duration, most: Duration) -> Duration {
        let span = u64::try_from(most.saturating_sub(least).as_micros()).unwrap_or(u64::MAX);
        least + Duration::from_micros(self.below(span))
    }
}
