//! Ids: a ULID behind a prefix that says what it names. The prefix is for people and addresses; the database keeps
//! the bare ULID.

use std::fmt;
use std::str::FromStr;

use ulid::{ULID_LEN, Ulid};

use super::time::Timestamp;

/// Not an id of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id")]
pub struct BadId;

/// A ULID of the given moment. Ids made later sort later.
fn ulid_at(at: Timestamp, random: [u8; 10]) -> Ulid {
    let mut wide = [0_u8; 16];
    for (slot, byte) in wide.iter_mut().skip(6).zip(random) {
        *slot = byte;
    }
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    Ulid::from_parts(millis, u128::from_be_bytes(wide))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Ulid);

        impl $name {
            /// A new id. The caller brings the time and ten random bytes.
            #[must_use]
            pub fn new(at: Timestamp, random: [u8; 10]) -> Self {
                Self(ulid_at(at, random))
            }

            /// The id that nothing has.
            pub const NOBODY: Self = Self(Ulid::nil());

            /// No id is greater.
            pub const LAST: Self = Self(Ulid::max());

            /// The form kept in the database.
            #[must_use]
            pub fn key(&self) -> String {
                self.0.to_string()
            }

            /// Reads the form kept in the database.
            ///
            /// # Errors
            /// [`BadId`] when the text is not a ULID.
            pub fn from_key(key: &str) -> Result<Self, BadId> {
                Ulid::from_string(key).map(Self).map_err(|_| BadId)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut letters = [0; ULID_LEN];
                let key = self.0.array_to_str(&mut letters);
                key.make_ascii_lowercase();
                f.write_str(concat!($prefix, "_"))?;
                f.write_str(key)
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                let key = text.strip_prefix(concat!($prefix, "_")).ok_or(BadId)?;
                // One spelling for each id: what is shown, and nothing that merely reads the same.
                let id = Self::from_key(key)?;
                if id.to_string() == text { Ok(id) } else { Err(BadId) }
            }
        }
    )*};
}

ids! {
    /// A person's account.
    UserId = "usr";
    /// One signed-in browser.
    SessionId = "ses";
    /// The record behind a code.
    InviteId = "inv";
    /// Invites that were made together.
    BatchId = "bat";
    /// One row of the audit log.
    AuditId = "aud";
    /// What a program signs in with.
    TokenId = "tok";
    /// One request, as shown on problem pages and in the log.
    RequestId = "req";
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    fn at(millis: i64) -> Timestamp {
        chrono::Utc.timestamp_millis_opt(millis).unwrap()
    }

    #[test]
    fn an_id_reads_back_as_itself() {
        let id = UserId::new(at(1_790_000_000_000), [7; 10]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(UserId::from_key(&id.key()), Ok(id));
    }

    #[test]
    fn later_ids_sort_later() {
        let early = UserId::new(at(1_790_000_000_000), [255; 10]);
        let late = UserId::new(at(1_790_000_000_001), [0; 10]);
        assert!(early < late && early.key() < late.key());
    }

    #[test]
    fn another_kind_or_spelling_is_refused() {
        let id = UserId::new(at(1), [7; 10]).to_string();
        assert_eq!(id.parse::<SessionId>(), Err(BadId));
        assert_eq!(id.to_uppercase().parse::<UserId>(), Err(BadId));
        assert_eq!("usr_".parse::<UserId>(), Err(BadId));
        assert_eq!(id.replace("usr_", "usr_u").parse::<UserId>(), Err(BadId));
    }
}
