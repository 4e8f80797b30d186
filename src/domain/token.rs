//! What programs sign in with: a token of a person, for some of what that person may do.

use std::fmt;
use std::str::FromStr;

use bitflags::bitflags;
use chrono::Duration;
use sha2::{Digest, Sha256};

use super::access::Permissions;
use super::field::Rejected;
use super::id::{TokenId, UserId};
use super::secret::{TokenHash, hex};
use super::time::Timestamp;
use super::user::has_forbidden_mark;

const PREFIX: &str = "dl_";
const SYMBOLS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 256 bits.
const SECRET: usize = 43;
/// 32 bits.
const CHECKSUM: usize = 6;
/// A token ends after so many days unless somebody chooses, and at the latest after so many.
pub const DAYS: i64 = 90;
/// See [`DAYS`].
pub const MOST_DAYS: i64 = 365;
/// Nobody has more of them at a time.
pub const MOST_TOKENS: i64 = 50;

bitflags! {
    /// What a token is for. The database keeps the bits: never renumber them.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Scopes: u32 {
        /// List invites and see who joined with which.
        const INVITES_READ = 1;
        /// Create and change invites.
        const INVITES_WRITE = 1 << 1;
        /// List people.
        const USERS_READ = 1 << 2;
        /// Review, change and remove people.
        const USERS_WRITE = 1 << 3;
        /// Read the audit log.
        const AUDIT_READ = 1 << 4;
    }
}

impl Scopes {
    /// Every scope with its name, and what it is for in a few words.
    pub const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::INVITES_READ, "invites:read", "List invite codes and who joined with them"),
        (Self::INVITES_WRITE, "invites:write", "Generate, change, extend, pause and delete codes"),
        (Self::USERS_READ, "users:read", "List users and the code they joined with"),
        (
            Self::USERS_WRITE,
            "users:write",
            "Review, suspend, remove and restore users, and change their role",
        ),
        (Self::AUDIT_READ, "audit:read", "Read the audit log"),
    ];

    /// The most that these let a token do, whoever it belongs to.
    #[must_use]
    pub fn permissions(self) -> Permissions {
        let of = |scope: Self| match scope {
            Self::INVITES_READ | Self::USERS_READ => Permissions::SEE_PEOPLE,
            Self::INVITES_WRITE => Permissions::CREATE_INVITES.union(Permissions::MANAGE_INVITES),
            Self::USERS_WRITE => Permissions::REVIEW_PEOPLE.union(Permissions::MANAGE_PEOPLE),
            Self::AUDIT_READ => Permissions::SEE_AUDIT.union(Permissions::SEE_WHOLE_AUDIT),
            _ => Permissions::empty(),
        };
        self.iter().map(of).fold(Permissions::empty(), Permissions::union)
    }

    /// The names of these, in their order.
    #[must_use]
    pub fn keys(self) -> Vec<&'static str> {
        Self::ALL.into_iter().filter(|(scope, ..)| self.contains(*scope)).map(|(_, key, _)| key).collect()
    }

    /// Reads what somebody ticked: at least one.
    ///
    /// # Errors
    /// [`Rejected`] in the words for the field.
    pub fn parse<T: AsRef<str>>(keys: &[T]) -> Result<Self, Rejected> {
        let chosen =
            keys.iter().try_fold(Self::empty(), |chosen, key| Some(chosen | key.as_ref().parse().ok()?));
        chosen.filter(|chosen| !chosen.is_empty()).ok_or(Rejected::because("Choose what the token is for."))
    }
}

/// Not the name of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a scope")]
pub struct UnknownScope;

impl FromStr for Scopes {
    type Err = UnknownScope;
    fn from_str(key: &str) -> Result<Self, UnknownScope> {
        let found = Self::ALL.into_iter().find(|(_, known, _)| *known == key);
        found.map(|(scope, ..)| scope).ok_or(UnknownScope)
    }
}

/// The token itself, in the hands of a program. Neither `Debug` nor a log line ever prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiToken(String);

impl ApiToken {
    /// The token of 32 random bytes.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        let secret = base62(random, SECRET);
        let checksum = checksum(&secret);
        Self(format!("{PREFIX}{secret}{checksum}"))
    }

    /// A token somebody brings. One that was mistyped is refused before a database is asked.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (secret, claimed) = text.strip_prefix(PREFIX)?.split_at_checked(SECRET)?;
        let fits = claimed.len() == CHECKSUM && text.is_ascii() && checksum(secret) == claimed;
        fits.then(|| Self(text.to_owned()))
    }

    /// The text itself, for the one place that hands it out.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The form for the database. A fast hash is enough for 256 random bits.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::stored(hex(&Sha256::digest(self.0.as_bytes())))
    }

    /// Enough to tell it from others, and too little to guess it by.
    #[must_use]
    pub fn hint(&self) -> String {
        let last: String = self.0.chars().skip(PREFIX.len() + SECRET + CHECKSUM - 4).collect();
        format!("{PREFIX}…{last}")
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A large number, its highest byte first, in so many digits.
fn base62<const N: usize>(mut number: [u8; N], digits: usize) -> String {
    let mut text: Vec<char> = (0..digits)
        .map(|_| {
            let rest = number.iter_mut().fold(0_u16, |rest, byte| {
                let part = rest * 256 + u16::from(*byte);
                // A part is less than 62 times 256, so that this never cuts anything off.
                *byte = u8::try_from(part / 62).unwrap_or(u8::MAX);
                part % 62
            });
            SYMBOLS.get(usize::from(rest)).map_or('0', |symbol| char::from(*symbol))
        })
        .collect();
    text.reverse();
    text.into_iter().collect()
}

fn checksum(secret: &str) -> String {
    base62(crc32fast::hash(secret.as_bytes()).to_be_bytes(), CHECKSUM)
}

/// What is known of a token: all but itself.
#[derive(Debug, Clone)]
pub struct TokenRecord {
    /// Which.
    pub id: TokenId,
    /// Whose.
    pub owner: UserId,
    /// What its owner calls it.
    pub name: String,
    /// Its last characters.
    pub hint: String,
    /// What it is for.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// What somebody calls a token: up to 60 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenName(String);

impl TokenName {
    /// Reads what somebody typed; runs of blanks become one.
    ///
    /// # Errors
    /// [`Rejected`] in the words for the field.
    pub fn parse(text: &str) -> Result<Self, Rejected> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Err(Rejected::because("Say what uses it."));
        }
        if name.chars().count() > 60 {
            return Err(Rejected::because("Use 60 characters or fewer."));
        }
        if has_forbidden_mark(&name) {
            return Err(Rejected::because("Use letters, digits, spaces and common signs only."));
        }
        Ok(Self(name))
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How long a token is to live, in days.
///
/// # Errors
/// [`Rejected`] in the words for the field.
pub fn lifetime(days: &str) -> Result<Duration, Rejected> {
    let days = days.trim().parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
    days.map(Duration::days).ok_or(Rejected::because("Enter a number from 1 to 365."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_token_has_its_form_and_never_prints_itself() {
        let token = ApiToken::new([0xff; 32]);
        assert_eq!(token.reveal().len(), 3 + 43 + 6);
        assert_eq!(format!("{token:?}"), "[secret]");
        assert!(token.reveal().ends_with(token.hint().strip_prefix("dl_…").unwrap()));
    }

    #[test]
    fn numbers_are_written_in_base_62() {
        assert_eq!(base62([0, 61], 2), "0z");
        assert_eq!(base62([0, 62], 2), "10");
        assert_eq!(base62([0xff; 4], 6), "4gfFC3");
    }

    proptest! {
        #[test]
        fn a_token_reads_back_and_a_mistyped_one_does_not(random: [u8; 32], at in 0_usize..52, symbol in 0_usize..62) {
            let token = ApiToken::new(random);
            prop_assert_eq!(ApiToken::parse(token.reveal()), Some(token.clone()));
            let mut bytes = token.reveal().as_bytes().to_vec();
            bytes[at] = SYMBOLS[symbol];
            let typed = String::from_utf8(bytes).unwrap();
            prop_assert_eq!(ApiToken::parse(&typed).is_some(), typed == token.reveal());
        }

        #[test]
        fn nothing_typed_panics(text: String) {
            let _ = (ApiToken::parse(&text), TokenName::parse(&text), lifetime(&text), Scopes::parse(&[text]));
        }
    }

    #[test]
    fn scopes_are_cut_down_to_what_they_name() {
        assert_eq!(Scopes::parse(&["users:read"]).unwrap().permissions(), Permissions::SEE_PEOPLE);
        assert_eq!(Scopes::all().keys().len(), Scopes::ALL.len());
        assert!(!Scopes::all().permissions().intersects(
            Permissions::OWN_TOKENS
                | Permissions::CHANGE_SETTINGS
                | Permissions::ENTER_PANEL
                | Permissions::OWN_ACCOUNT
        ));
        for wrong in [&[][..], &["invites"], &["invites:read", "all"]] {
            assert!(Scopes::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn names_and_lifetimes_are_bounded() {
        assert_eq!(TokenName::parse(" Kiosk   sign-up ").unwrap().as_str(), "Kiosk sign-up");
        for wrong in ["", " ", "a\u{202e}b", &"é".repeat(61)] {
            assert!(TokenName::parse(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(lifetime("365"), Ok(Duration::days(365)));
        for wrong in ["", "0", "366", "-1", "1.5", "never"] {
            assert!(lifetime(wrong).is_err(), "{wrong:?}");
        }
    }
}
