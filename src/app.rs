//! What every operation is handed. There are no globals.

use std::sync::Arc;

use std::path::PathBuf;

use crate::config::Config;
use crate::store::Store;
use crate::store::migrate::{self, Opened};
pub use crate::store::migrate::{IfMissing, OpenError};
use crate::sys::clock::{Clock, SystemClock};
use crate::sys::entropy::{Entropy, SystemEntropy};
use crate::sys::passwords::{Cost, HashError, Passwords};

/// The program's parts, each replaceable in a test.
#[derive(Debug, Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// The gate to password hashing.
    pub passwords: Passwords,
    /// What the environment says.
    pub config: Arc<Config>,
}

/// The program's parts cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// Passwords cannot be hashed.
    #[error(transparent)]
    Passwords(#[from] HashError),
}

impl App {
    /// The program as it runs: its database up to date, the machine's clock and entropy, and passwords hashed on that
    /// many threads. Also the database's file, if it was made just now.
    ///
    /// # Errors
    /// [`AssembleError`] in a sentence for whoever started the program.
    pub fn assemble(
        config: Config,
        missing: IfMissing,
        threads: usize,
    ) -> Result<(Self, Option<PathBuf>), AssembleError> {
        let Opened { store, created } = migrate::open(&config.database, missing)?;
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let passwords = Passwords::start(Cost::POLICY, threads, &entropy)?;
        let app = Self { store, clock: Arc::new(SystemClock), entropy, passwords, config: Arc::new(config) };
        Ok((app, created))
    }
}
