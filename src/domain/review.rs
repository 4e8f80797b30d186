//! Whether staff have looked at somebody who joined with a code. It blocks nothing.

use super::field::Rejected;
use super::user::has_forbidden_mark;

/// How far the look has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    /// Nobody has looked yet.
    Waiting,
    /// Somebody should look again; a note says why.
    Flagged,
    /// All is well.
    Approved,
}

impl Review {
    /// Every state, in the order of the tabs.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Flagged, Self::Approved];

    /// The name in the database, in addresses and for programs.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Flagged => "flagged",
            Self::Approved => "approved",
        }
    }

    /// The name on the screen.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Flagged => "Flagged",
            Self::Approved => "Approved",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }
}

/// What staff write about somebody: a reason or a note of up to 500 characters, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note(String);

impl Note {
    /// Reads what somebody typed. Nothing typed means no note.
    ///
    /// # Errors
    /// [`Rejected`] in the words for the field.
    pub fn parse(text: &str) -> Result<Option<Self>, Rejected> {
        let note = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if note.chars().count() > 500 {
            return Err(Rejected::because("Use 500 characters or fewer."));
        }
        if has_forbidden_mark(&note) {
            return Err(Rejected::because("Use letters, digits, spaces and common signs only."));
        }
        Ok((!note.is_empty()).then_some(Self(note)))
    }

    /// The note itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_named() {
        for state in Review::ALL {
            assert_eq!(Review::parse(state.key()), Some(state));
        }
        assert_eq!(Review::parse("gone"), None);
    }

    #[test]
    fn notes_are_tidied_and_bounded() {
        assert_eq!(Note::parse(" asked  twice\n").unwrap().unwrap().as_str(), "asked twice");
        assert_eq!(Note::parse(" \n "), Ok(None));
        assert!(Note::parse(&"é".repeat(500)).is_ok());
        assert!(Note::parse(&"é".repeat(501)).is_err());
        assert!(Note::parse("a\u{202e}b").is_err());
    }
}
