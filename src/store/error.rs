//! What can go wrong with a database, in the few kinds that callers tell apart.

use diesel::result::{DatabaseErrorKind, Error};

/// Which uniqueness was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UniqueKey {
    /// The username, or one that looks like it.
    Username,
    /// The e-mail address.
    Email,
    /// The key of a request that must not be done twice.
    Repeat,
    /// Anything that is drawn at random.
    Other,
}

/// A failed access to the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A value that has to be unique is taken.
    #[error("{0:?} is taken")]
    Taken(UniqueKey),
    /// No connection or lock got free in time.
    #[error("the database is busy")]
    Busy,
    /// Nothing answers, the disk is full, or the file cannot be written.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A row holds what this program never writes.
    #[error("a row cannot be read: {0}")]
    Corrupt(String),
    /// A task ended before its answer.
    #[error("an access to the database crashed")]
    Crashed,
    /// A mistake in this program.
    #[error("a query failed: {0}")]
    Query(String),
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                Self::Taken(unique_key(info.constraint_name().unwrap_or_default(), info.message()))
            }
            Error::DatabaseError(
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
                _,
            )
            | Error::BrokenTransactionManager => Self::Unavailable(text),
            Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => Self::Busy,
            Error::DatabaseError(..) => by_message(text),
            Error::DeserializationError(_) => Self::Corrupt(text),
            _ => Self::Query(text),
        }
    }
}

impl From<diesel::r2d2::PoolError> for StoreError {
    fn from(error: diesel::r2d2::PoolError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// SQLite names the columns in its message, PostgreSQL the constraint.
fn unique_key(constraint: &str, message: &str) -> UniqueKey {
    let says = |word| constraint.contains(word) || message.contains(word);
    if says("email") {
        UniqueKey::Email
    } else if says("username") {
        UniqueKey::Username
    } else {
        UniqueKey::Other
    }
}

/// Neither database gives the program a code for these through diesel; the words have been stable for decades.
fn by_message(text: String) -> StoreError {
    const BUSY: [&str; 5] =
        ["database is locked", "lock timeout", "statement timeout", "too many clients", "deadlock detected"];
    const UNAVAILABLE: [&str; 11] = [
        "database or disk is full",
        "disk I/O error",
        "unable to open database file",
        "readonly database",
        "not a database",
        "is malformed",
        "terminating connection",
        "server closed the connection",
        "starting up",
        "shutting down",
        "No space left",
    ];
    if BUSY.iter().any(|words| text.contains(words)) {
        StoreError::Busy
    } else if UNAVAILABLE.iter().any(|words| text.contains(words)) {
        StoreError::Unavailable(text)
    } else {
        StoreError::Query(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_naming_a_constraint_lead_to_the_same_key() {
        let cases = [
            ("", "UNIQUE constraint failed: users.email_folded", UniqueKey::Email),
            ("users_email_folded_key", "duplicate key value", UniqueKey::Email),
            ("", "UNIQUE constraint failed: users.username_skeleton", UniqueKey::Username),
            ("users_username_key", "duplicate key value", UniqueKey::Username),
            ("sessions_token_hash_key", "duplicate key value", UniqueKey::Other),
        ];
        for (constraint, message, expected) in cases {
            assert_eq!(unique_key(constraint, message), expected, "{constraint} {message}");
        }
    }

    #[test]
    fn a_full_disk_is_not_a_mistake_of_ours() {
        assert!(matches!(by_message("database or disk is full".to_owned()), StoreError::Unavailable(_)));
        assert!(matches!(by_message("canceling statement due to lock timeout".to_owned()), StoreError::Busy));
        assert!(matches!(by_message("syntax error".to_owned()), StoreError::Query(_)));
    }
}
