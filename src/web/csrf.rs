//! Requests that change something must come from a page of ours.
//!
//! A browser says so itself (`Sec-Fetch-Site`, `Origin`); for one that does not, the form carries a token.

use actix_web::http::header::{HeaderMap, ORIGIN};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::secret::{hex, unhex};

const NONCE: usize = 16;

/// What the headers say about where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A page of ours.
    Own,
    /// Somewhere else.
    Foreign,
    /// They do not say; the form's token decides.
    Unknown,
}

/// Reads the headers, the more trustworthy first.
#[must_use]
pub fn source(headers: &HeaderMap, own_origin: &str) -> Source {
    let judge = |own: bool| if own { Source::Own } else { Source::Foreign };
    // A browser says each of them once; two that differ are somebody's doing.
    if ["sec-fetch-site", "origin"].iter().any(|name| headers.get_all(*name).count() > 1) {
        return Source::Foreign;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return judge(site == "same-origin");
    }
    match headers.get(ORIGIN) {
        Some(origin) if origin != "null" => judge(origin == own_origin),
        _ => Source::Unknown,
    }
}

/// A token for a form. Each is different, so that none can be guessed out of compressed answers.
#[must_use]
pub fn token(secret: &[u8], nonce: [u8; NONCE]) -> String {
    format!("{}{}", hex(&nonce), hex(&tag(secret, &nonce)))
}

/// Whether a token was made with this secret.
#[must_use]
pub fn is_good(secret: &[u8], token: &str) -> bool {
    let Some(bytes) = unhex(token) else { return false };
    let Some((nonce, tag)) = bytes.split_at_checked(NONCE) else { return false };
    keyed(secret, nonce).is_some_and(|mac| mac.verify_slice(tag).is_ok())
}

fn tag(secret: &[u8], nonce: &[u8]) -> Vec<u8> {
    keyed(secret, nonce).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default()
}

fn keyed(secret: &[u8], nonce: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(nonce);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    const OWN: &str = "https://door.example";

    fn from(headers: &[(&'static str, &'static str)]) -> Source {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        source(&map, OWN)
    }

    #[test]
    fn the_browser_is_believed_before_the_origin_and_the_origin_before_the_token() {
        for (headers, expected) in [
            (&[("sec-fetch-site", "same-origin")][..], Source::Own),
            (&[("sec-fetch-site", "same-site")], Source::Foreign),
            (&[("sec-fetch-site", "cross-site"), ("origin", OWN)], Source::Foreign),
            (&[("sec-fetch-site", "none")], Source::Foreign),
            (&[("origin", OWN)], Source::Own),
            (&[("origin", "https://evil.example")], Source::Foreign),
            (&[("origin", "https://door.example.evil.example")], Source::Foreign),
            (&[("origin", "http://door.example")], Source::Foreign),
            (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], Source::Foreign),
            (&[("origin", OWN), ("origin", "https://evil.example")], Source::Foreign),
            (&[("origin", "null")], Source::Unknown),
            (&[], Source::Unknown),
        ] {
            assert_eq!(from(headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn a_token_is_good_for_its_own_secret_only() {
        let made = token(&[1; 32], [2; NONCE]);
        assert!(is_good(&[1; 32], &made));
        assert!(!is_good(&[3; 32], &made));
        assert_ne!(made, token(&[1; 32], [4; NONCE]));
        let mut altered = made.clone();
        altered.replace_range(0..1, if made.starts_with('0') { "1" } else { "0" });
        for wrong in
            ["", "é", made.get(..32).unwrap_or_default(), made.get(..63).unwrap_or_default(), &altered]
        {
            assert!(!is_good(&[1; 32], wrong), "{wrong}");
        }
    }
}
