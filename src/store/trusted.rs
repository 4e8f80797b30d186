//! Connections to PostgreSQL that are trusted while there is reason to.
//!
//! A server that restarts leaves dead connections in the pool. To ask each of them before each use is a trip to the server
//! for every access, as long as many a query. So one that was used a moment ago is used again, unless anything failed
//! on any of them since it was last asked: then all of them are asked again.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::PgConnection;
use diesel::connection::{Connection, InstrumentationEvent};
use diesel::r2d2::{ConnectionManager, Error, ManageConnection, PooledConnection};

use crate::sys::clock::{Clock, SystemClock};

/// Unused for longer, a connection is asked whether it is still there.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// Opens connections, and knows how often one of them failed.
#[derive(Debug)]
pub(super) struct TrustedManager {
    inner: ConnectionManager<PgConnection>,
    failures: Arc<AtomicU64>,
}

impl TrustedManager {
    pub(super) fn new(url: &str) -> Self {
        Self { inner: ConnectionManager::new(url), failures: Arc::default() }
    }
}

/// A connection, when it was last used, and how many failures there had been when it was last asked.
pub(super) struct Trusted {
    connection: PgConnection,
    used: Duration,
    failures: u64,
}

impl Deref for Trusted {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Trusted {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl ManageConnection for TrustedManager {
    type Connection = Trusted;
    type Error = Error;

    fn connect(&self) -> Result<Trusted, Error> {
        let failures = self.failures.load(Ordering::Relaxed);
        let mut connection = self.inner.connect()?;
        let failed = Arc::clone(&self.failures);
        connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::FinishQuery { error: Some(_), .. } = event {
                failed.fetch_add(1, Ordering::Relaxed);
            }
        });
        Ok(Trusted { connection, used: SystemClock.monotonic(), failures })
    }

    fn is_valid(&self, trusted: &mut Trusted) -> Result<(), Error> {
        let failures = self.failures.load(Ordering::Relaxed);
        let idle = SystemClock.monotonic().saturating_sub(trusted.used);
        if trusted.failures != failures || idle > TRUSTED_FOR {
            self.inner.is_valid(&mut trusted.connection)?;
            trusted.failures = failures;
        }
        Ok(())
    }

    /// Asked of every connection that comes back.
    fn has_broken(&self, trusted: &mut Trusted) -> bool {
        trusted.used = SystemClock.monotonic();
        self.inner.has_broken(&mut trusted.connection)
    }
}

/// One of them, out of the pool.
pub struct TrustedConnection(pub(super) PooledConnection<TrustedManager>);

impl Deref for TrustedConnection {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.0
    }
}

impl DerefMut for TrustedConnection {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}
