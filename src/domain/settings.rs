//! The settings of the instance.

use super::field::Rejected;
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
