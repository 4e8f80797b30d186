//! Where the database is. Only `sqlite:` and `postgres:` addresses are known, so that a typing error is never taken
//! for the name of a new file.

use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

/// The address of a database.
#[derive(Debug, Clone)]
pub enum DatabaseAddress {
    /// A file.
    Sqlite(PathBuf),
    /// A server.
    Postgres(PostgresUrl),
}

/// A PostgreSQL address. It may carry a password, so it does not print itself.
#[derive(Clone)]
pub struct PostgresUrl(SecretString);

impl PostgresUrl {
    /// The address itself, for the one place that connects.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_secrets(self.reveal()))
    }
}

/// Not an address of a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Another scheme, or none.
    #[error("must start with sqlite: or postgres://")]
    Scheme,
    /// `sqlite:` without a file.
    #[error("names no file; write sqlite:data/doorlist.db")]
    NoFile,
    /// A file name SQLite would read as something else.
    #[error("must be the name of a file, without ? and without file: or :memory:")]
    NotAFile,
    /// Not readable as an address.
    #[error("is not an address like postgres://user:password@host/database")]
    NotAnAddress,
    /// TLS was asked of a build that has none.
    #[error(
        "asks for TLS (sslmode), and this build of Doorlist has none; build it with --features postgres-tls"
    )]
    NoTls,
}

impl DatabaseAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// [`BadAddress`] with what is wrong about it.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" => Err(BadAddress::NoFile),
                _ if path.contains('?') || path.starts_with(':') || path.starts_with("file:") => {
                    Err(BadAddress::NotAFile)
                }
                _ => Ok(Self::Sqlite(PathBuf::from(path))),
            };
        }
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(BadAddress::Scheme);
        }
        let url = url::Url::parse(text).map_err(|_| BadAddress::NotAnAddress)?;
        let needs_tls = |(key, value): (_, std::borrow::Cow<'_, str>)| {
            key == "sslmode" && !matches!(&*value, "disable" | "allow" | "prefer")
        };
        if cfg!(not(feature = "postgres-tls")) && url.query_pairs().any(needs_tls) {
            return Err(BadAddress::NoTls);
        }
        Ok(Self::Postgres(PostgresUrl(SecretString::from(text))))
    }
}

impl fmt::Display for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_secrets(url.reveal())),
        }
    }
}

/// The address without its password and its parameters.
fn without_secrets(text: &str) -> String {
    let Ok(mut url) = url::Url::parse(text) else { return "[secret]".to_owned() };
    url.set_query(None);
    if url.password().is_some() && url.set_password(Some("[secret]")).is_err() {
        return "[secret]".to_owned();
    }
    url.to_string().replace("%5Bsecret%5D", "[secret]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_read_and_anything_else_is_refused() {
        let shown = |text| DatabaseAddress::parse(text).map(|address| address.to_string());
        assert_eq!(shown("sqlite:data/doorlist.db"), Ok("sqlite:data/doorlist.db".to_owned()));
        assert_eq!(shown("sqlite:///srv/doorlist.db"), Ok("sqlite:/srv/doorlist.db".to_owned()));
        assert_eq!(shown("data/doorlist.db"), Err(BadAddress::Scheme));
        assert_eq!(shown("postgre://h/d"), Err(BadAddress::Scheme));
        assert_eq!(shown("host=localhost dbname=doorlist"), Err(BadAddress::Scheme));
        assert_eq!(shown("sqlite:"), Err(BadAddress::NoFile));
        assert_eq!(shown("sqlite::memory:"), Err(BadAddress::NotAFile));
        assert_eq!(shown("sqlite:a.db?mode=ro"), Err(BadAddress::NotAFile));
    }

    #[test]
    fn a_password_is_never_shown() {
        let address = DatabaseAddress::parse("postgres://door:hunter2@db/doorlist?password=hunter2").unwrap();
        for shown in [address.to_string(), format!("{address:?}")] {
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains("door:[secret]@db/doorlist"), "{shown}");
        }
    }

    #[cfg(not(feature = "postgres-tls"))]
    #[test]
    fn tls_is_refused_where_there_is_none() {
        for mode in ["require", "verify-ca", "verify-full"] {
            let address = DatabaseAddress::parse(&format!("postgres://db/doorlist?sslmode={mode}"));
            assert_eq!(address.err(), Some(BadAddress::NoTls));
        }
        assert!(DatabaseAddress::parse("postgres://db/doorlist?sslmode=disable").is_ok());
    }
}
