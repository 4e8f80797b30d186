//! The configuration: typed, with defaults, and with every fault told at once.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;

use crate::domain::database::DatabaseAddress;
use crate::domain::expiry;
use crate::domain::settings::RegistrationMode;
use crate::sys::key::{self, KeySource};

mod public_url;

pub use self::public_url::PublicUrl;

/// Every name that is read, so that a misspelt one is a fault and not a silence.
const KNOWN: [&str; 15] = [
    "DOORLIST_LISTEN",
    "DOORLIST_PUBLIC_URL",
    "DOORLIST_SECRET_KEY",
    "DOORLIST_SECRET_KEY_FILE",
    "DOORLIST_TRUSTED_PROXIES",
    "DOORLIST_METRICS_LISTEN",
    "DOORLIST_INSECURE_HTTP",
    "DOORLIST_CLEANUP_INTERVAL",
    "DOORLIST_LIMIT_SIGN_IN",
    "DOORLIST_LIMIT_WRONG_CODES",
    "DOORLIST_LIMIT_REGISTRATIONS",
    "DOORLIST_LIMIT_API",
    "DOORLIST_LIMIT_API_CREATIONS",
    "DOORLIST_LOG",
    "DOORLIST_LOG_FORMAT",
];

/// What the environment says, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the database is.
    pub database: DatabaseAddress,
    /// Where the panel listens.
    pub listen: SocketAddr,
    /// How people reach it.
    pub public_url: PublicUrl,
    /// Where the key for cookies comes from.
    pub secret_key: KeySource,
    /// Networks whose word on a client's address is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// Where metrics are served, if at all.
    pub metrics_listen: Option<SocketAddr>,
    /// Whether plain http away from this machine was allowed on purpose.
    pub insecure_http: bool,
    /// Sign-ins for each address.
    pub limit_sign_in: Limit,
    /// Wrong invite codes for each address.
    pub limit_wrong_codes: Limit,
    /// Registrations for each address.
    pub limit_registrations: Limit,
    /// Requests of programs for each token.
    pub limit_api: Limit,
    /// Requests among them that create invites.
    pub limit_api_creations: Limit,
    /// Who may register, if the environment says so.
    pub registration: Option<RegistrationMode>,
    /// How long the cleanup rests between two runs; none for never running at all.
    pub cleanup_interval: Option<Duration>,
    /// Which log lines are written.
    pub log: String,
    /// How they are written.
    pub log_format: LogFormat,
}

/// A way of writing log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// A token bucket: so many at once, then one in each interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many at once.
    pub burst: u32,
    /// The interval after which one more is allowed.
    pub every: Duration,
}

impl Limit {
    /// So many a minute, all of them at once if need be.
    fn a_minute(most: u32) -> Self {
        Self { burst: most, every: Duration::from_secs(60) / most.max(1) }
    }

    /// Reads `10/30s`.
    fn parse(text: &str) -> Option<Self> {
        let (burst, every) = text.split_once('/')?;
        let (amount, unit) = every.split_at_checked(every.len().checked_sub(1)?)?;
        let amount: u64 = amount.parse().ok()?;
        let seconds = match unit {
            "s" => amount,
            "m" => amount.checked_mul(60)?,
            _ => return None,
        };
        let burst = burst.parse().ok().filter(|burst| (1..=1_000_000).contains(burst))?;
        (1..=86_400).contains(&seconds).then_some(Self { burst, every: Duration::from_secs(seconds) })
    }
}

/// Everything that is wrong with the environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Faults(Vec<String>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thing = if self.0.len() == 1 { "one setting is" } else { "some settings are" };
        write!(f, "Doorlist cannot start, because {thing} wrong:")?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

/// The environment while it is read: values go out, faults come in.
struct Reader<'a> {
    variables: &'a BTreeMap<String, String>,
    faults: Vec<String>,
}

impl Reader<'_> {
    /// The value of a variable, or the default when it is not set. The default of a faulty one only serves to go on
    /// and find the other faults.
    fn read<T>(&mut self, name: &str, default: T, must: &str, parse: impl FnOnce(&str) -> Option<T>) -> T {
        match self.get(name).map(parse) {
            None => default,
            Some(Some(value)) => value,
            Some(None) => {
                self.faults.push(format!("{name} must be {must}"));
                default
            }
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }
}

impl Config {
    /// Reads the configuration out of the environment's variables.
    ///
    /// # Errors
    /// [`Faults`], all of them at once.
    pub fn load(variables: &BTreeMap<String, String>) -> Result<Self, Faults> {
        let mut env = Reader { variables, faults: unknown(variables) };
        let database = env.database();
        let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        let listen =
            env.read("DOORLIST_LISTEN", listen, "an address like 127.0.0.1:8080", |v| v.parse().ok());
        let insecure_http = env.read("DOORLIST_INSECURE_HTTP", false, "1 or 0", |v| match v {
            "1" => Some(true),
            "0" => Some(false),
            _ => None,
        });
        let config = Self {
            public_url: env.public_url(listen, insecure_http),
            secret_key: env.secret_key(&database),
            trusted_proxies: env.read(
                "DOORLIST_TRUSTED_PROXIES",
                Vec::new(),
                "networks like 10.0.0.0/8, ::1",
                networks,
            ),
            metrics_listen: env.read(
                "DOORLIST_METRICS_LISTEN",
                None,
                "an address like 127.0.0.1:9090",
                |v| v.parse().ok().map(Some),
            ),
            limit_sign_in: env.limit("DOORLIST_LIMIT_SIGN_IN", 10, 30),
            limit_wrong_codes: env.limit("DOORLIST_LIMIT_WRONG_CODES", 10, 60),
            limit_registrations: env.limit("DOORLIST_LIMIT_REGISTRATIONS", 20, 60),
            limit_api: env.limit_a_minute("DOORLIST_LIMIT_API", 600),
            limit_api_creations: env.limit("DOORLIST_LIMIT_API_CREATIONS", 1, 1),
            registration: env.read("REGISTRATION_MODE", None, "invite_only, open or closed", |v| {
                RegistrationMode::parse(v).map(Some)
            }),
            cleanup_interval: env.read(
                "DOORLIST_CLEANUP_INTERVAL",
                Some(Duration::from_secs(30 * 60)),
                "an interval like 30m or 1h, up to a day, or 0 to turn it off",
                cleanup_interval,
            ),
            log: env.read(
                "DOORLIST_LOG",
                "info,actix_server=warn".to_owned(),
                "a filter like info or doorlist=debug",
                |v| v.parse::<tracing_subscriber::EnvFilter>().is_ok().then(|| v.to_owned()),
            ),
            log_format: env.read("DOORLIST_LOG_FORMAT", LogFormat::Text, "text or json", |v| match v {
                "text" => Some(LogFormat::Text),
                "json" => Some(LogFormat::Json),
                _ => None,
            }),
            database,
            listen,
            insecure_http,
        };
        if env.faults.is_empty() { Ok(config) } else { Err(Faults(env.faults)) }
    }
}

/// A fault for each name that looks like a setting and is none.
fn unknown(variables: &BTreeMap<String, String>) -> Vec<String> {
    let is_unknown = |name: &&String| name.starts_with("DOORLIST_") && !KNOWN.contains(&name.as_str());
    let fault = |name| format!("{name} is not a setting of Doorlist; see the table in the README");
    variables.keys().filter(is_unknown).map(fault).collect()
}

impl Reader<'_> {
    fn database(&mut self) -> DatabaseAddress {
        const DEFAULT: &str = "data/doorlist.db";
        match self.get("DATABASE_URL").map(DatabaseAddress::parse) {
            Some(Ok(address)) => address,
            Some(Err(error)) => {
                self.faults.push(format!("DATABASE_URL {error}"));
                DatabaseAddress::Sqlite(DEFAULT.into())
            }
            None => DatabaseAddress::Sqlite(DEFAULT.into()),
        }
    }

    fn limit(&mut self, name: &str, burst: u32, seconds: u64) -> Limit {
        let default = Limit { burst, every: Duration::from_secs(seconds) };
        self.read(name, default, "a number at once and an interval, like 10/30s", Limit::parse)
    }

    fn limit_a_minute(&mut self, name: &str, most: u32) -> Limit {
        self.read(name, Limit::a_minute(most), "how many requests a minute, like 600", |text| {
            text.parse().ok().filter(|most| (1..=1_000_000).contains(most)).map(Limit::a_minute)
        })
    }

    fn public_url(&mut self, listen: SocketAddr, insecure_http: bool) -> PublicUrl {
        let own = PublicUrl {
            origin: format!("http://{listen}"),
            https: false,
            loopback: listen.ip().is_loopback(),
        };
        if self.get("DOORLIST_PUBLIC_URL").is_none() && !own.loopback {
            self.faults.push(format!(
                "DOORLIST_PUBLIC_URL must say how people reach the panel, since DOORLIST_LISTEN ({listen}) is open to \
                 other machines"
            ));
            return own;
        }
        let url = self.read(
            "DOORLIST_PUBLIC_URL",
            own,
            "an address like https://door.example.org, without a path",
            PublicUrl::parse,
        );
        if url.is_exposed() && !insecure_http {
            self.faults.push(format!(
                "DOORLIST_PUBLIC_URL ({}) must start with https://, or passwords cross the network in clear; \
                 DOORLIST_INSECURE_HTTP=1 allows it all the same",
                url.origin
            ));
        }
        url
    }

    fn secret_key(&mut self, database: &DatabaseAddress) -> KeySource {
        let own = match database {
            DatabaseAddress::Sqlite(path) => path.with_file_name("secret.key"),
            DatabaseAddress::Postgres(_) => PathBuf::from("data/secret.key"),
        };
        match (self.get("DOORLIST_SECRET_KEY"), self.get("DOORLIST_SECRET_KEY_FILE")) {
            (Some(_), Some(_)) => {
                self.faults
                    .push("DOORLIST_SECRET_KEY and DOORLIST_SECRET_KEY_FILE exclude each other".to_owned());
                KeySource::Own(own)
            }
            (Some(text), None) if key::parse(text).is_some() => KeySource::Given(SecretString::from(text)),
            (Some(_), None) => {
                self.faults.push(
                    "DOORLIST_SECRET_KEY must be 64 hexadecimal digits (openssl rand -hex 32)".to_owned(),
                );
                KeySource::Own(own)
            }
            (None, Some(path)) => KeySource::File(path.into()),
            (None, None) => KeySource::Own(own),
        }
    }
}

/// `30m`, or nothing for `0`.
fn cleanup_interval(text: &str) -> Option<Option<Duration>> {
    if text == "0" {
        return Some(None);
    }
    let interval = expiry::duration(text)?.to_std().ok()?;
    (Duration::from_secs(60)..=Duration::from_secs(86_400)).contains(&interval).then_some(Some(interval))
}

/// Networks and single addresses, separated by commas.
fn networks(text: &str) -> Option<Vec<IpNet>> {
    text.split(',')
        .map(str::trim)
        .map(|part| part.parse().ok().or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from)))
        .collect()
}

#[cfg(test)]
mod tests;
