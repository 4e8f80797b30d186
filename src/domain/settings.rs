//! The settings of the instance.

use std::ops::RangeInclusive;

use super::access::Role;
use super::field::Rejected;
use super::invite::UseLimit;
use super::user::{Email, has_forbidden_mark};

/// What every page needs to know of the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The name of the server.
    pub server_name: String,
    /// The least length of a new password.
    pub password_min: u32,
    /// Who may register.
    pub registration: RegistrationMode,
    /// Symbols of a new code.
    pub code_length: usize,
    /// Whether whoever registers has to give an e-mail address.
    pub email_required: bool,
    /// What the form for a new code begins with.
    pub defaults: InviteDefaults,
    /// Days between removing somebody and erasing their data.
    pub removal_grace_days: u32,
    /// Days that an ended code stays in the list; none keeps it.
    pub expired_codes_days: Option<u32>,
    /// Days that a row of the audit log is kept; none keeps it.
    pub audit_days: Option<u32>,
    /// Where whoever needs help can turn: an e-mail address or a page.
    pub support_address: Option<String>,
}

/// What the form for a new code begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteDefaults {
    /// What whoever joins becomes.
    pub role: Role,
    /// How many can.
    pub limit: UseLimit,
    /// For how many days; none for no end.
    pub expires_days: Option<u32>,
}

/// Who may register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationMode {
    /// Whoever brings a usable code.
    InviteOnly,
    /// Everybody; a code still sets the role and is counted.
    Open,
    /// Nobody.
    Closed,
}

impl RegistrationMode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::InviteOnly, Self::Open, Self::Closed];

    /// The name in the database and in the environment.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::InviteOnly => "invite_only",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.key() == key)
    }
}

impl Default for Settings {
    /// What the first migration writes; also what a problem page says when no database answers.
    fn default() -> Self {
        Self {
            server_name: "Doorlist".to_owned(),
            password_min: 12,
            registration: RegistrationMode::InviteOnly,
            code_length: 12,
            email_required: false,
            defaults: InviteDefaults { role: Role::Member, limit: UseLimit::UNLIMITED, expires_days: None },
            removal_grace_days: 7,
            expired_codes_days: None,
            audit_days: Some(400),
            support_address: None,
        }
    }
}

/// The name of the server: 1 to 60 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerName(String);

impl ServerName {
    /// Reads what somebody typed.
    ///
    /// # Errors
    /// [`Rejected`] in the words for the field.
    pub fn parse(text: &str) -> Result<Self, Rejected> {
        let name = text.trim();
        if name.is_empty() {
            return Err(Rejected::because("Enter a name for the server."));
        }
        if name.chars().count() > 60 {
            return Err(Rejected::because("Use 60 characters or fewer."));
        }
        if has_forbidden_mark(name) {
            return Err(Rejected::because("Use letters, digits, spaces and common signs only."));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where whoever needs help can turn: an e-mail address, or a page on the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportAddress(String);

impl SupportAddress {
    /// Reads what somebody typed. Nothing typed means that there is none.
    ///
    /// # Errors
    /// [`Rejected`] in the words for the field.
    pub fn parse(text: &str) -> Result<Option<Self>, Rejected> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let is_page = url::Url::parse(text)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host() && text.len() <= 254);
        if is_page || matches!(Email::parse(text), Ok(Some(_))) {
            return Ok(Some(Self(text.to_owned())));
        }
        Err(Rejected::because(
            "Enter an email address like help@example.org, or a link that starts with https://.",
        ))
    }

    /// The address as typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a link to it needs.
    #[must_use]
    pub fn href(address: &str) -> String {
        if address.contains("://") { address.to_owned() } else { format!("mailto:{address}") }
    }
}

/// A whole number within bounds.
///
/// # Errors
/// [`Rejected`] in the words for the field.
pub fn whole(text: &str, bounds: RangeInclusive<u32>) -> Result<u32, Rejected> {
    let number = text.trim().parse().ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| {
        Rejected(format!("Enter a number from {} to {}.", bounds.start(), bounds.end()).into())
    })
}

/// The same, or nothing.
///
/// # Errors
/// As [`whole`].
pub fn whole_or_none(text: &str, bounds: RangeInclusive<u32>) -> Result<Option<u32>, Rejected> {
    if text.trim().is_empty() { Ok(None) } else { whole(text, bounds).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_an_address_or_a_page() {
        let read = |text: &str| SupportAddress::parse(text).map(|read| read.map(|to| to.as_str().to_owned()));
        assert_eq!(read("  "), Ok(None));
        for good in ["help@harbour.example", "https://harbour.example/help", "http://127.0.0.1:8080/"] {
            assert_eq!(read(&format!(" {good} ")), Ok(Some(good.to_owned())));
        }
        for bad in
            ["help", "javascript:alert(1)", "mailto:help@harbour.example", "https://", "ftp://a.example"]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert_eq!(SupportAddress::href("help@harbour.example"), "mailto:help@harbour.example");
        assert_eq!(SupportAddress::href("https://harbour.example"), "https://harbour.example");
    }

    #[test]
    fn numbers_are_whole_and_within_their_bounds() {
        assert_eq!(whole(" 8 ", 8..=64), Ok(8));
        assert_eq!(whole_or_none(" ", 0..=90), Ok(None));
        for wrong in ["7", "65", "-8", "8.5", "", "eight", "99999999999"] {
            assert!(whole(wrong, 8..=64).is_err(), "{wrong}");
        }
    }
}
