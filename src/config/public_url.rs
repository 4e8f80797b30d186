//! The address that people type.

use url::{Host, Url};

use crate::domain::secret::Token;

/// The address that people type: scheme, host and port, nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    pub(super) origin: String,
    pub(super) https: bool,
    pub(super) loopback: bool,
}

impl PublicUrl {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none();
        let loopback = match url.host()? {
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => ip.is_loopback(),
        };
        let https = url.scheme() == "https";
        let fits = bare && anonymous && (https || url.scheme() == "http");
        fits.then(|| Self { origin: url.origin().ascii_serialization(), https, loopback })
    }

    /// As a browser writes it in `Origin`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Where somebody joins with a code. What is behind the `#` never reaches a server's log, a proxy or a Referer; that holds
    /// for all three.
    #[must_use]
    pub fn join_link(&self, code: &str) -> String {
        [self.origin.as_str(), "/join#", code].concat()
    }

    /// Where somebody chooses a new password.
    #[must_use]
    pub fn reset_link(&self, token: &Token) -> String {
        format!("{}/reset#{}", self.origin, token.reveal())
    }

    /// Where somebody becomes the owner.
    #[must_use]
    pub fn setup_link(&self, key: &Token) -> String {
        format!("{}/setup#{}", self.origin, key.reveal())
    }

    /// Whether browsers speak TLS with it.
    #[must_use]
    pub const fn is_https(&self) -> bool {
        self.https
    }

    /// Whether what is sent there can be read on the way.
    #[must_use]
    pub const fn is_exposed(&self) -> bool {
        !self.https && !self.loopback
    }
}
