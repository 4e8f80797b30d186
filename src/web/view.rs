//! Values as templates show them.

use serde::{Deserialize, Serialize};

use super::moment::Moment;
use crate::domain::access::{Permissions, Role};
use crate::domain::id::SessionId;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::domain::user::Account;
use crate::ops::CAP;
use crate::ops::sessions::MOST_WAITING;

/// A short word about the last change.
#[derive(Debug, Clone)]
pub struct Toast {
    /// The icon before it.
    pub icon: &'static str,
    /// The word.
    pub text: String,
    /// Whether it stays until it is dismissed.
    pub error: bool,
    /// The way back.
    pub undo: Option<Undo>,
}

/// A button that takes the last change back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Undo {
    /// Where its form goes.
    pub action: String,
    /// The field that its button sends along.
    pub value: Option<(String, String)>,
    /// What it says.
    pub label: String,
    /// How long it is offered.
    pub seconds: u32,
}

impl Toast {
    /// Something went as it should.
    #[must_use]
    pub fn done(text: impl Into<String>) -> Self {
        Self { icon: "check", text: text.into(), error: false, undo: None }
    }

    /// The same, with a way back.
    #[must_use]
    pub fn with_undo(mut self, undo: Option<Undo>) -> Self {
        self.undo = undo;
        self
    }
}

/// Who is looking.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Display name, or username.
    pub name: String,
    /// Username.
    pub username: String,
    /// The name of the role.
    pub role: &'static str,
    /// Whether the role's badge is outlined.
    pub raised: bool,
    /// Up to two letters.
    pub initials: String,
    /// Whether the Admin Panel is offered.
    pub enters_panel: bool,
    /// What they may do.
    pub permissions: Permissions,
}

impl Viewer {
    /// The person of an account.
    #[must_use]
    pub fn of(account: &Account) -> Self {
        let permissions = account.role.permissions();
        Self {
            name: account.name().to_owned(),
            username: account.username.to_string(),
            role: account.role.label(),
            raised: account.role >= Role::Manager,
            initials: initials(account.name()),
            enters_panel: permissions.contains(Permissions::ENTER_PANEL),
            permissions,
        }
    }
}

/// The first letters of the first and the last word.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name
        .split(|c: char| c.is_whitespace() || matches!(c, '.' | '_' | '-'))
        .filter(|word| !word.is_empty());
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// A count as it is shown; past the cap nobody counted on.
#[must_use]
pub fn capped(count: i64) -> String {
    match count {
        CAP.. => "1,000+".to_owned(),
        1_000 => "1,000".to_owned(),
        fewer => fewer.to_string(),
    }
}

/// A number beside a link: none for nobody, and nobody counts on past 99.
#[must_use]
pub fn badge(count: i64) -> String {
    match count {
        ..=0 => String::new(),
        1..MOST_WAITING => count.to_string(),
        _ => "99+".to_owned(),
    }
}

/// A link of the side navigation.
#[derive(Debug, Clone)]
pub struct NavLink {
    /// What it says.
    pub label: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// The icon before it.
    pub icon: &'static str,
    /// Whether it leads to this page.
    pub current: bool,
    /// How many wait behind it, where somebody can.
    pub waiting: Option<String>,
    /// The links below it.
    pub children: Vec<NavLink>,
}

/// A session in a list.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// Its id.
    pub id: String,
    /// The browser.
    pub agent: String,
    /// Where from.
    pub address: String,
    /// When last.
    pub seen: Moment,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl SessionRow {
    /// The sessions of a list, as seen from one of them.
    #[must_use]
    pub fn list(sessions: Vec<Session>, current: SessionId, now: Timestamp) -> Vec<Self> {
        let row = |session: Session| Self {
            id: session.id.to_string(),
            agent: session.agent,
            address: session.address,
            seen: Moment::new(session.last_seen_at, now),
            current: session.id == current,
        };
        sessions.into_iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_exact_up_to_a_thousand() {
        let shown = [0, 999, 1_000, 1_001, 5_000].map(capped);
        assert_eq!(shown, ["0", "999", "1,000", "1,000+", "1,000+"]);
    }

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        for (name, expected) in [
            ("Mara Lindqvist", "ML"),
            ("mara", "M"),
            ("luca.m", "LM"),
            ("Ada B. C. Lovelace", "AL"),
            ("", ""),
            ("éa ß", "ÉSS"),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }
}
