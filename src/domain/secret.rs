//! Random tokens: 256 bits in the hands of a person, SHA-256 at rest.

use std::fmt;

use sha2::{Digest, Sha256};

/// A secret that can be shown once. Neither `Debug` nor a log line ever prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// What the database keeps of a [`Token`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHash(String);

impl Token {
    /// The token of 32 random bytes, in 64 hexadecimal digits.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        Self(hex(&random))
    }

    /// A token somebody brings. Anything that is not one is refused before a database is asked.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        fits.then(|| Self(text.to_owned()))
    }

    /// The token in what somebody typed or pasted: alone, or at the end of its link.
    #[must_use]
    pub fn pasted(text: &str) -> Option<Self> {
        Self::parse(text.trim().rsplit('#').next()?)
    }

    /// The text itself, for the one place that hands it out.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The form for the database. A fast hash is enough for 256 random bits.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(hex(&Sha256::digest(self.0.as_bytes())))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl TokenHash {
    /// The hash of another kind of token.
    #[must_use]
    pub(super) const fn stored(text: String) -> Self {
        Self(text)
    }

    /// The text kept in the database.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes behind hexadecimal digits of either case.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_prints_itself() {
        let token = Token::new([0xab; 32]);
        assert_eq!(format!("{token:?}"), "[secret]");
        assert!(token.reveal().starts_with("abab"));
    }

    #[test]
    fn only_a_whole_token_is_read() {
        let token = Token::new([0xab; 32]);
        assert_eq!(Token::parse(token.reveal()), Some(token.clone()));
        for wrong in ["", "ab", &token.reveal().to_uppercase(), &format!("{}0", token.reveal())] {
            assert_eq!(Token::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_token_is_read_alone_and_at_the_end_of_its_link() {
        let token = Token::new([7; 32]);
        let link = format!(" http://127.0.0.1:8080/setup#{} \n", token.reveal());
        assert_eq!(Token::pasted(&link), Some(token.clone()));
        assert_eq!(Token::pasted(token.reveal()), Some(token));
        assert_eq!(Token::pasted("http://127.0.0.1:8080/setup#"), None);
        assert_eq!(Token::pasted(""), None);
    }

    #[test]
    fn the_hash_is_sha_256_of_the_text() {
        let hash = Token::new([0; 32]).hash();
        assert_eq!(hash.as_str(), "60e05bd1b195af2f94112fa7197a5c88289058840ce7c6df9693756bc6250f55");
    }

    #[test]
    fn hexadecimal_goes_both_ways() {
        assert_eq!(unhex(&hex(&[0, 15, 255])), Some(vec![0, 15, 255]));
        assert_eq!(unhex("0F"), Some(vec![15]));
        assert_eq!((unhex("0"), unhex("0g"), unhex("é")), (None, None, None));
    }
}
