//! Invites: the record behind a code.

use super::access::Role;
use super::code::InviteCode;
use super::expiry::Expiry;
use super::field::Rejected;
use super::id::{BatchId, InviteId, UserId};
use super::time::Timestamp;
use super::user::{Account, has_forbidden_mark};

/// The most uses that a limit can allow.
const MOST_USES: u32 = 1_000_000;
/// The most codes of one batch.
const MOST_CODES: usize = 100;
/// The roles that a code can grant: all but Owner.
pub const GRANTED: [Role; 4] = [Role::Member, Role::Support, Role::Manager, Role::Admin];

/// How many people can join with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UseLimit(Option<u32>);

impl UseLimit {
    /// As many as come.
    pub const UNLIMITED: Self = Self(None);

    /// Reads what somebody typed: nothing means unlimited.
    ///
    /// # Errors
    /// [`Rejected`] in the words for the field.
    pub fn parse(text: &str) -> Result<Self, Rejected> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::UNLIMITED);
        }
        let uses = text.parse().ok().filter(|uses| (1..=MOST_USES).contains(uses));
        uses.map(|uses| Self(Some(uses)))
            .ok_or(Rejected::because("Enter 1 or more, or leave empty for unlimited."))
    }

    /// Reads back what the database keeps.
    #[must_use]
    pub const fn stored(uses: Option<u32>) -> Self {
        Self(uses)
    }

    /// The number, if there is one.
    #[must_use]
    pub const fn most(self) -> Option<u32> {
        self.0
    }

    /// Whether that many uses leave none.
    #[must_use]
    pub fn is_reached(self, uses: u32) -> bool {
        self.0.is_some_and(|most| uses >= most)
    }
}

/// Whether somebody can join with a code, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Somebody can.
    Active,
    /// Staff stopped it for a while.
    Paused,
    /// Its end has come.
    Expired,
    /// As many joined as may.
    UsedUp,
}

impl Status {
    /// Every status, in the order of the tabs.
    pub const ALL: [Self; 4] = [Self::Active, Self::Paused, Self::Expired, Self::UsedUp];

    /// The name for programs and in addresses.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Expired => "expired",
            Self::UsedUp => "used_up",
        }
    }

    /// The name on the screen.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Paused => "Paused",
            Self::Expired => "Expired",
            Self::UsedUp => "Used up",
        }
    }

    /// The first of the reasons that applies. The guarded statement in `store::invites` is its twin.
    #[must_use]
    pub fn of(expiry: Expiry, limit: UseLimit, uses: u32, paused: bool, now: Timestamp) -> Self {
        if expiry.is_over(now) {
            Self::Expired
        } else if limit.is_reached(uses) {
            Self::UsedUp
        } else if paused {
            Self::Paused
        } else {
            Self::Active
        }
    }
}

/// A note for staff: up to 100 characters, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(String);

impl Label {
    /// Reads what somebody typed. Nothing typed means no label.
    ///
    /// # Errors
    /// [`Rejected`] in the words for the field.
    pub fn parse(text: &str) -> Result<Option<Self>, Rejected> {
        let label = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if label.chars().count() > 100 {
            return Err(Rejected::because("Use 100 characters or fewer."));
        }
        if has_forbidden_mark(&label) {
            return Err(Rejected::because("Use letters, digits, spaces and common signs only."));
        }
        Ok((!label.is_empty()).then_some(Self(label)))
    }

    /// The label itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How many codes to make: 1 to 100.
///
/// # Errors
/// [`Rejected`] in the words for the field.
pub fn parse_count(text: &str) -> Result<usize, Rejected> {
    let count = text.trim().parse().ok().filter(|count| (1..=MOST_CODES).contains(count));
    count.ok_or(Rejected::because("Enter 1 to 100."))
}

/// The record behind a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Its id.
    pub id: InviteId,
    /// The code. Who may see it in clear is a question of [`super::access::Actor::grantable`].
    pub code: InviteCode,
    /// What staff call it.
    pub label: Option<String>,
    /// What whoever joins with it becomes.
    pub role: Role,
    /// How many can join.
    pub limit: UseLimit,
    /// How many have.
    pub uses: u32,
    /// Until when.
    pub expiry: Expiry,
    /// Whether the accounts go when it ends.
    pub delete_users_on_expiry: bool,
    /// Whether staff stopped it.
    pub paused: bool,
    /// Those that were made together.
    pub batch: Option<BatchId>,
    /// Who made it; none for the command line.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When somebody last joined with it.
    pub last_used_at: Option<Timestamp>,
    /// When the people who joined were removed with it; none while that waits.
    pub users_removed_at: Option<Timestamp>,
}

/// Who made an invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maker {
    /// Their account.
    pub id: UserId,
    /// Username.
    pub username: String,
    /// Display name.
    pub display_name: Option<String>,
    /// The role they have now.
    pub role: Role,
}

impl Maker {
    /// Display name, or username.
    #[must_use]
    pub fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.username)
    }
}

impl From<&Account> for Maker {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id,
            username: account.username.to_string(),
            display_name: account.display_name.clone(),
            role: account.role,
        }
    }
}

impl Invite {
    /// Whether somebody can join with it.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        Status::of(self.expiry, self.limit, self.uses, self.paused, now)
    }
}

/// What the settings of an invite mean, in one sentence.
#[must_use]
pub fn in_words(limit: UseLimit, role: Role, expiry: Expiry, delete_users: bool) -> String {
    let who = match limit.most() {
        None => "Anyone with the code".to_owned(),
        Some(1) => "1 person".to_owned(),
        Some(most) => format!("Up to {most} people"),
    };
    let end = match expiry.at() {
        None => String::new(),
        Some(at) => {
            let then = if delete_users { "; their accounts are then deleted" } else { "" };
            format!(" until {}{then}", at.format("%-d %B %Y, %H:%M UTC"))
        }
    };
    format!("{who} can join as {}{end}.", role.label())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Duration, TimeZone, Utc};

    fn now() -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 20, 10, 24, 0).unwrap()
    }

    #[test]
    fn the_first_reason_that_applies_is_the_status() {
        let (past, future) = (Expiry::At(now()), Expiry::At(now() + Duration::seconds(1)));
        let two = UseLimit::stored(Some(2));
        for (expiry, uses, paused, expected) in [
            (past, 2, true, Status::Expired),
            (past, 0, false, Status::Expired),
            (future, 2, true, Status::UsedUp),
            (future, 3, false, Status::UsedUp),
            (future, 1, true, Status::Paused),
            (Expiry::Never, 0, true, Status::Paused),
            (future, 1, false, Status::Active),
            (Expiry::Never, 1, false, Status::Active),
        ] {
            assert_eq!(Status::of(expiry, two, uses, paused, now()), expected, "{expiry:?} {uses} {paused}");
        }
        assert_eq!(Status::of(Expiry::Never, UseLimit::UNLIMITED, u32::MAX, false, now()), Status::Active);
    }

    #[test]
    fn limits_and_counts_are_whole_and_bounded() {
        assert_eq!(UseLimit::parse(" "), Ok(UseLimit::UNLIMITED));
        assert_eq!(UseLimit::parse("1000000"), Ok(UseLimit::stored(Some(1_000_000))));
        for wrong in ["0", "-1", "1.5", "1000001", "ten", "1e3", "١"] {
            assert!(UseLimit::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!((parse_count("1"), parse_count("100")), (Ok(1), Ok(100)));
        for wrong in ["", "0", "101", "-1", "2.0"] {
            assert!(parse_count(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn labels_are_tidied() {
        assert_eq!(Label::parse("  Autumn   cohort ").unwrap().unwrap().as_str(), "Autumn cohort");
        assert_eq!(Label::parse("  "), Ok(None));
        assert!(Label::parse(&"é".repeat(101)).is_err());
        assert!(Label::parse("a\u{202e}b").is_err());
    }

    #[test]
    fn settings_are_said_in_words() {
        let end = Expiry::At(Utc.with_ymd_and_hms(2026, 11, 27, 18, 0, 0).unwrap());
        let words = |limit, role, expiry, delete| in_words(UseLimit::stored(limit), role, expiry, delete);
        assert_eq!(
            words(Some(10), Role::Member, end, true),
            "Up to 10 people can join as Member until 27 November 2026, 18:00 UTC; their accounts are then deleted."
        );
        assert_eq!(words(Some(1), Role::Admin, Expiry::Never, false), "1 person can join as Admin.");
        assert_eq!(
            words(None, Role::Support, Expiry::Never, false),
            "Anyone with the code can join as Support."
        );
    }
}
