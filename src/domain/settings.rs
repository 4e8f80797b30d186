//! The settings of the instance.

use super::access::Role;
use super::field::Rejected;
use super::invite::UseLimit;
use super::user::has_forbidden_mark;

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
