//! A look at everything the program stands on.

use std::path::Path;

use chrono::Duration;

use crate::config::Config;
use crate::domain::database::DatabaseAddress;
use crate::domain::time::{TOLERANCE, Timestamp};
use crate::store::jobs::{self, Job};
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
        Ok(store) => examine_database(&store, config, clock).await,
        Err(error) => vec![finding("database", Health::Bad, error.to_string())],
    };
    findings.extend(examine_machine(config));
    findings
}

async fn examine_database(store: &Store, config: &Config, clock: &dyn Clock) -> Vec<Finding> {
    let (address, now) = (store.address(), clock.now());
    let seen: Result<_, StoreError> = store
        .read(|conn| {
            let schema = migrate::schema(conn)?;
            // A schema that is behind may not know of the job yet.
            let job = if schema == Schema::Current { Some(jobs::get(conn)?) } else { None };
            let (newest, told) = (store::audit_lists::newest(conn)?, jobs::clock(conn)?);
            Ok((schema, job, newest, told, store::users::owner_exists(conn)?))
        })
        .await;
    let (schema, job, newest, told, has_owner) = match seen {
        Ok(seen) => seen,
        Err(error) => {
            return vec![finding("database", Health::Bad, format!("{address} does not answer: {error}"))];
        }
    };
    let owner = if has_owner {
        finding("owner", Health::Good, "there is one")
    } else {
        finding("owner", Health::Warning, "none yet; `doorlist setup-link` makes a link to become one")
    };
    let mut findings = vec![
        finding("database", Health::Good, format!("{address} answers")),
        schema_stands(&schema),
        owner,
        clock_stands(now, newest, told.map(|told| clock.ahead_of(told))),
    ];
    findings.extend(job.map(|job| cleanup_stands(&job, config, now)));
    findings
}

fn schema_stands(schema: &Schema) -> Finding {
    const WHAT: &str = "schema";
    match schema {
        Schema::Current => {
            finding(WHAT, Health::Good, format!("{}, as this version needs", migrate::known_schema()))
        }
        Schema::Behind(steps) => finding(
            WHAT,
            Health::Warning,
            format!("{steps} steps behind; the next start brings it up to date"),
        ),
        Schema::Newer(found) => finding(WHAT, Health::Bad, format!("{found} was written by a newer version")),
    }
}

fn clock_stands(now: Timestamp, newest: Option<Timestamp>, ahead: Option<Duration>) -> Finding {
    const WHAT: &str = "clock";
    if let Some(ahead) = ahead.filter(|ahead| ahead.abs() > TOLERANCE) {
        let (seconds, way) =
            (ahead.num_seconds().abs(), if ahead > Duration::zero() { "ahead of" } else { "behind" });
        let says = format!("it is {now}, {seconds} seconds {way} the database's clock; no cleanup runs here");
        return finding(WHAT, Health::Bad, says);
    }
    match newest {
        Some(newest) if newest > now + Duration::minutes(1) => {
            let says =
                format!("it is {now}, but the newest audit row was written at {newest}; the clock went back");
            finding(WHAT, Health::Bad, says)
        }
        _ => finding(WHAT, Health::Good, now.to_string()),
    }
}

fn cleanup_stands(job: &Job, config: &Config, now: Timestamp) -> Finding {
    const WHAT: &str = "cleanup";
    if let Some((since, because)) = &job.stopped {
        let says = format!("stopped at {since}: {because} An owner can resume it in Settings");
        return finding(WHAT, Health::Bad, says);
    }
    let Some(interval) = config.cleanup_interval.and_then(|every| Duration::from_std(every).ok()) else {
        return finding(WHAT, Health::Warning, "turned off by DOORLIST_CLEANUP_INTERVAL=0");
    };
    match (&job.failure, job.finished_at) {
        (Some(failure), _) => finding(WHAT, Health::Bad, format!("the last run failed: {failure}")),
        (None, None) => finding(WHAT, Health::Warning, "has not run yet; the server runs it when it starts"),
        (None, Some(last)) if now - last > interval * 2 => finding(
            WHAT,
            Health::Warning,
            format!("last ran at {last}; it is overdue, or no server is running"),
        ),
        (None, Some(last)) => finding(WHAT, Health::Good, format!("last ran at {last}")),
    }
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
