//! The address that people type.

use url::{Host, Url};

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
