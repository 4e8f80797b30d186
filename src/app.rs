//! What every operation is handed. There are no globals.

use std::sync::Arc;

use crate::config::Config;
use crate::store::Store;
use crate::sys::clock::Clock;
use crate::sys::entropy::Entropy;
use crate::sys::passwords::Passwords;

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
