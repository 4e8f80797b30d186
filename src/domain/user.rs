//! People: the names they go by and the state their account is in.

use std::fmt;
use std::str::FromStr;

use email_address::{EmailAddress, Options};

use super::access::{Actor, Role};
use super::field::Rejected;
use super::id::UserId;
use super::time::Timestamp;

/// Names that would let somebody pass for the server or its staff.
const RESERVED: [&str; 24] = [
    "admin",
    "administrator",
    "anonymous",
    "api",
    "billing",
    "contact",
    "deleted",
    "doorlist",
    "everyone",
    "help",
    "info",
    "moderator",
    "nobody",
    "noreply",
    "null",
    "official",
    "owner",
    "removed",
    "root",
    "security",
    "staff",
    "support",
    "system",
    "undefined",
];

/// Whether a text carries control characters or marks that change the direction of what stands around it.
#[must_use]
pub fn has_forbidden_mark(text: &str) -> bool {
    text.chars().any(|c| {
        c.is_control()
            || matches!(c, '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    })
}

/// The name somebody signs in with: 3 to 32 of `a-z 0-9 . _ -`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Username(String);

impl Username {
    /// Reads what somebody typed; upper case is lowered.
    ///
    /// # Errors
    /// [`Rejected`] in the words for the field.
    pub fn parse(text: &str) -> Result<Self, Rejected> {
        let name = text.trim().to_ascii_lowercase();
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || is_mark(c);
        if !(3..=32).contains(&name.len()) || !name.chars().all(known) {
            return Err(Rejected::because(
                "Use 3 to 32 lowercase letters, digits, dots, dashes or underscores.",
            ));
        }
        if name.starts_with(is_mark) || name.ends_with(is_mark) {
            return Err(Rejected::because("Start and end with a letter or a digit."));
        }
        if name.chars().zip(name.chars().skip(1)).any(|(a, b)| is_mark(a) && is_mark(b)) {
            return Err(Rejected::because("Do not put two marks in a row."));
        }
        if RESERVED.contains(&name.as_str()) {
            return Err(Rejected::because("This name is reserved. Choose another."));
        }
        Ok(Self(name))
    }

    /// Reads back what the database keeps.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Names with the same skeleton look alike; only one of them can be taken.
    #[must_use]
    pub fn skeleton(&self) -> String {
        let plain: String = self.0.chars().filter(|c| !is_mark(*c)).collect();
        plain
            .replace("rn", "m")
            .replace("vv", "w")
            .replace('0', "o")
            .replace(['1', 'i'], "l")
            .replace('5', "s")
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const fn is_mark(c: char) -> bool {
    matches!(c, '.' | '_' | '-')
}

/// How somebody is called on the screen: up to 64 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// Reads what somebody typed. Nothing typed means no display name.
    ///
    /// # Errors
    /// [`Rejected`] in the words for the field.
    pub fn parse(text: &str) -> Result<Option<Self>, Rejected> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.chars().count() > 64 {
            return Err(Rejected::because("Use 64 characters or fewer."));
        }
        if has_forbidden_mark(&name) {
            return Err(Rejected::because("Use letters, digits, spaces and common signs only."));
        }
        Ok((!name.is_empty()).then_some(Self(name)))
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An e-mail address of at most 254 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// What is said of everything that is no address.
    pub const REFUSED: Rejected = Rejected::because("Enter an email address like name@example.org.");

    /// Reads what somebody typed. Nothing typed means no address.
    ///
    /// # Errors
    /// [`Rejected`] in the words for the field.
    pub fn parse(text: &str) -> Result<Option<Self>, Rejected> {
        let address = text.trim();
        if address.is_empty() {
            return Ok(None);
        }
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        let fits = address.len() <= 254
            && !has_forbidden_mark(address)
            && EmailAddress::parse_with_options(address, options).is_ok();
        if fits { Ok(Some(Self(address.to_owned()))) } else { Err(Self::REFUSED) }
    }

    /// The address as typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Two addresses that differ only in case are the same.
    #[must_use]
    pub fn folded(&self) -> String {
        fold_email(&self.0)
    }
}

/// Folds an address the way the database keeps it for look-ups.
#[must_use]
pub fn fold_email(address: &str) -> String {
    address.trim().to_lowercase()
}

/// An account, without its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: UserId,
    /// The name to sign in with.
    pub username: Username,
    /// The name on the screen, if the person chose one.
    pub display_name: Option<String>,
    /// The address, if the person gave one.
    pub email: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Whether they may sign in.
    pub status: Status,
    /// Why not, in the words of staff.
    pub status_reason: Option<String>,
    /// When they joined.
    pub created_at: Timestamp,
}

impl Account {
    /// As whom the command line acts: an owner whom no table knows.
    #[must_use]
    pub fn of_the_command_line(now: Timestamp) -> Self {
        Self {
            id: UserId::NOBODY,
            username: Username("command-line".to_owned()),
            display_name: None,
            email: None,
            role: Role::Owner,
            status: Status::Active,
            status_reason: None,
            created_at: now,
        }
    }

    /// The account to name in a record; the command line has none.
    #[must_use]
    pub fn recorded(&self) -> Option<UserId> {
        Some(self.id).filter(|id| *id != UserId::NOBODY)
    }

    /// How to call the person.
    #[must_use]
    pub fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(self.username.as_str())
    }

    /// The person as somebody who does something.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        Actor::new(self.id, self.role)
    }
}

/// The state of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// May sign in.
    Active,
    /// Kept out by staff.
    Suspended,
    /// Gone for everybody, but not yet erased.
    Removed,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Active, Self::Suspended, Self::Removed];

    /// The name in the database and for programs.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Removed => "removed",
        }
    }
}

/// Not the name of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a status")]
pub struct UnknownStatus;

impl FromStr for Status {
    type Err = UnknownStatus;
    fn from_str(key: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|status| status.key() == key).ok_or(UnknownStatus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_within_the_rules_are_read_and_lowered() {
        for (typed, expected) in
            [("mara", "mara"), (" Mara.L ", "mara.l"), ("a-b_c.9", "a-b_c.9"), ("007", "007")]
        {
            assert_eq!(Username::parse(typed).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn usernames_outside_the_rules_are_refused() {
        let long = "a".repeat(33);
        for typed in
            ["", "ab", &long, "-ab", "ab.", "a..b", "a.-b", "añb", "a b", "Admin", "root", "a\0b", "аbc"]
        {
            assert!(Username::parse(typed).is_err(), "{typed:?}");
        }
        assert!(Username::parse(&"a".repeat(32)).is_ok());
    }

    #[test]
    fn look_alikes_share_a_skeleton() {
        let skeleton = |name| Username::parse(name).unwrap().skeleton();
        for (one, other) in
            [("mara", "rnara"), ("bill", "b1ll"), ("bo-b", "b0b"), ("vvill", "wi11"), ("sam", "5am")]
        {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        assert_ne!(skeleton("mara"), skeleton("maro"));
    }

    #[test]
    fn display_names_are_tidied_and_kept_readable() {
        let read = |text: &str| DisplayName::parse(text).map(|name| name.map(|n| n.as_str().to_owned()));
        assert_eq!(read("  Mara   Lindqvist "), Ok(Some("Mara Lindqvist".to_owned())));
        assert_eq!(read("   "), Ok(None));
        assert_eq!(read("李小龍 👋"), Ok(Some("李小龍 👋".to_owned())));
        assert!(read(&"é".repeat(64)).is_ok());
        assert!(read(&"é".repeat(65)).is_err());
        for hidden in ["a\u{202e}b", "a\u{0}b", "a\u{200f}b", "a\u{2066}b", "\u{7}"] {
            assert!(read(hidden).is_err(), "{hidden:?}");
        }
    }

    #[test]
    fn email_addresses_are_checked_and_folded() {
        let email = Email::parse(" Mara@Harbour.Example ").unwrap().unwrap();
        assert_eq!(
            (email.as_str(), email.folded().as_str()),
            ("Mara@Harbour.Example", "mara@harbour.example")
        );
        assert_eq!(Email::parse("  "), Ok(None));
        let long = format!("{}@{}.example", "a".repeat(64), "b".repeat(190));
        for wrong in
            ["mara", "mara@", "@harbour.example", "a b@c.example", "Mara <a@b.example>", "a@[1.2.3.4]", &long]
        {
            assert!(Email::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn statuses_are_named() {
        for status in Status::ALL {
            assert_eq!(status.key().parse(), Ok(status));
        }
        assert_eq!("gone".parse::<Status>(), Err(UnknownStatus));
    }
}
