//! A look at everything the program stands on.

use std::path::Path;

use chrono::Duration;

use crate::config::Config;
use crate::domain::database::DatabaseAddress;
use crate::domain::time::Timestamp;
use crate::store::migrate::{self, Schema};
use crate::store::{self, Store, StoreError};
use crate::sys::clock::Clock;
use crate::sys::disk;
use crate::sys::key::{self, KeySource};

/// How one thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Good,
    /// It works, but somebody should look.
    Warning,
    /// It does not work.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What.
    pub what: &'static str,
    /// How it stands.
    pub health: Health,
    /// In a sentence.
    pub says: String,
}

const LITTLE_DISK: u64 = 1024 * 1024 * 1024;
const NO_DISK: u64 = 64 * 1024 * 1024;

fn finding(what: &'static str, health: Health, says: impl Into<String>) -> Finding {
    Finding { what, health, says: says.into() }
}

/// Looks at everything and changes nothing.
pub async fn examine(config: &Config, clock: &dyn Clock) -> Vec<Finding> {
    let mut findings = match migrate::look(&config.database) {
        Ok(store) => examine_database(&store, clock.now()).await,
        Err(error) => vec![finding("database", Health::Bad, error.to_string())],
    };
    findings.extend(examine_machine(config));
    findings
}

async fn examine_database(store: &Store, now: Timestamp) -> Vec<Finding> {
    let address = store.address();
    let seen: Result<_, StoreError> = store
        .read(|conn| {
            Ok((migrate::schema(conn)?, store::audit_lists::newest(conn)?, store::users::owner_exists(conn)?))
        })
        .await;
    let (schema, newest, has_owner) = match seen {
        Ok(seen) => seen,
        Err(error) => {
            return vec![finding("database", Health::Bad, format!("{address} does not answer: {error}"))];
        }
    };
    let schema = match schema {
        Schema::Current => {
            finding("schema", Health::Good, format!("{}, as this version needs", migrate::known_schema()))
        }
        Schema::Behind(steps) => finding(
            "schema",
            Health::Warning,
            format!("{steps} steps behind; the next start brings it up to date"),
        ),
        Schema::Newer(found) => {
            finding("schema", Health::Bad, format!("{found} was written by a newer version"))
        }
    };
    let clock = match newest {
        Some(newest) if newest > now + Duration::minutes(1) => {
            let says =
                format!("it is {now}, but the newest audit row was written at {newest}; the clock went back");
            finding("clock", Health::Bad, says)
        }
        _ => finding("clock", Health::Good, now.to_string()),
    };
    let owner = if has_owner {
        finding("owner", Health::Good, "there is one")
    } else {
        finding("owner", Health::Warning, "none yet; `doorlist setup-link` makes a link to become one")
    };
    vec![finding("database", Health::Good, format!("{address} answers")), schema, owner, clock]
}

/// The key file, the disk, the public address.
fn examine_machine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![key_file(&config.secret_key)];
    if let DatabaseAddress::Sqlite(path) = &config.database {
        findings.push(free_disk(path));
    }
    let url = &config.public_url;
    findings.push(if url.is_exposed() {
        let says = format!("{} is not https: passwords cross the network in clear", url.origin());
        finding("public address", Health::Warning, says)
    } else {
        finding("public address", Health::Good, url.origin())
    });
    findings
}

fn key_file(source: &KeySource) -> Finding {
    const WHAT: &str = "key";
    let path = match source {
        KeySource::Given(_) => return finding(WHAT, Health::Good, "given by DOORLIST_SECRET_KEY"),
        KeySource::File(path) | KeySource::Own(path) => path,
    };
    match (source, key::read(path), key::is_open_to_others(path)) {
        (KeySource::Own(_), Err(_), Err(_)) => finding(WHAT, Health::Good, "the first start makes one"),
        (_, Err(error), _) => finding(WHAT, Health::Bad, error.to_string()),
        (_, Ok(_), Ok(true)) => {
            finding(WHAT, Health::Warning, format!("{} can be read by others; chmod 600 it", path.display()))
        }
        (_, Ok(_), _) => finding(WHAT, Health::Good, path.display().to_string()),
    }
}

fn free_disk(database: &Path) -> Finding {
    const WHAT: &str = "free disk";
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match disk::free_bytes(folder) {
        Ok(bytes) => {
            let health = match bytes {
                bytes if bytes < NO_DISK => Health::Bad,
                bytes if bytes < LITTLE_DISK => Health::Warning,
                _ => Health::Good,
            };
            finding(WHAT, health, format!("{} MiB where the database is", bytes / 1024 / 1024))
        }
        Err(error) => finding(WHAT, Health::Warning, format!("cannot be told: {error}")),
    }
}
