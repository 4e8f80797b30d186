//! What the log says, in words. Every page that tells of a change tells it in these.

use std::borrow::Cow;
use std::sync::LazyLock;

use chrono::DateTime;

use super::moment::Moment;
use crate::domain::access::Role;
use crate::domain::audit::{About, Action, Changed, Entry, PersonName, Who};
use crate::domain::review::Review;

/// "Mara Lindqvist" "changed the role of Sofie Dahl" "from Member to Manager".
#[derive(Debug, Clone)]
pub struct Sentence<'a> {
    /// Who did it.
    pub who: Cow<'a, str>,
    /// Whether that is the name of somebody.
    pub is_person: bool,
    /// What was done.
    pub text: Cow<'a, str>,
    /// To which code, masked.
    pub code: Option<&'a str>,
    /// What else there is to say.
    pub tail: Cow<'a, str>,
}

impl<'a> Sentence<'a> {
    /// Tells of a row wherever it is read.
    #[must_use]
    pub fn of(entry: &'a Entry) -> Self {
        let action = Action::parse(&entry.action);
        let (phrase, alone) = action.map_or((UNKNOWN, UNKNOWN), phrases);
        let (text, code, tail): (Cow<'_, str>, _, Cow<'_, str>) =
            match (&entry.about, phrase.split_once("{}")) {
                (About::Nothing, _) | (_, None) => (alone.into(), None, "".into()),
                // Without a code, the account that was made is all there is.
                (About::User(..), _) if action == Some(Action::Registered) => (alone.into(), None, "".into()),
                (About::User(_, name), Some((text, tail))) => {
                    let name = name.as_ref().map_or(ERASED, |person| person.name.as_str());
                    (format!("{text}{name}").into(), None, tail.into())
                }
                (About::Invite(_, Some(invite)), Some((text, tail))) => {
                    let tail: Cow<'_, str> = match &invite.label {
                        Some(label) => format!(" ({label}){tail}").into(),
                        None => tail.into(),
                    };
                    (text.trim_end().into(), Some(invite.masked.as_str()), tail)
                }
                (About::Invite(_, None), Some((text, tail))) => {
                    (format!("{text}a code that is gone").into(), None, tail.into())
                }
            };
        let (who, is_person) = who(&entry.who);
        Self { who, is_person, text, code, tail: tail + outcome(entry) }
    }

    /// Tells of a row on the page of the code that it is about.
    #[must_use]
    pub fn on_its_page(entry: &'a Entry) -> Self {
        let sentence = Self::of(entry);
        match sentence.code {
            Some(_) => {
                let text = format!("{} this code", sentence.text).into();
                Self { text, code: None, tail: outcome(entry), ..sentence }
            }
            None => sentence,
        }
    }

    /// All but who did it, as plain text.
    #[must_use]
    pub fn rest(&self) -> String {
        let code = self.code.map(|code| format!(" {code}")).unwrap_or_default();
        format!("{}{code}{}", self.text, self.tail)
    }
}

/// A row of a history: of one code or one person.
#[derive(Debug)]
pub struct Told<'a> {
    /// Who did it.
    pub who: Cow<'a, str>,
    /// What was done.
    pub text: String,
    /// What that changed.
    pub changes: Vec<Change<'a>>,
    /// When.
    pub at: Moment,
}

impl<'a> Told<'a> {
    /// A sentence as a row.
    #[must_use]
    pub fn new(sentence: Sentence<'a>, changes: Vec<Change<'a>>, at: Moment) -> Self {
        Self { text: sentence.rest(), who: sentence.who, changes, at }
    }
}

const ERASED: &str = "somebody who was erased";
const UNKNOWN: &str = "did something that this version has no words for";

fn who(who: &Who) -> (Cow<'_, str>, bool) {
    let (name, is_person) = match who {
        Who::Person(_, Some(person)) => (person.name.as_str(), true),
        Who::Person(_, None) => ("Somebody who was erased", false),
        Who::Token(_, person, token) => return (by_token(person.as_ref(), token.as_deref()).into(), true),
        Who::CommandLine => ("Command line", false),
        Who::Job => ("System", false),
        Who::Nobody => ("Somebody", false),
    };
    (name.into(), is_person)
}

/// A program is as good as whoever gave it the token.
fn by_token(person: Option<&PersonName>, token: Option<&str>) -> String {
    let person = person.map_or("Somebody who was erased", |person| person.name.as_str());
    let token = token.map_or_else(|| "a token that is gone".to_owned(), |name| format!("the token “{name}”"));
    format!("{person}, by {token},")
}

/// What came of it, for the few that are better told than listed.
fn outcome(entry: &Entry) -> Cow<'static, str> {
    let change = |field: &str| entry.changes.iter().find(|change| change.field == field).map(Change::of);
    match Action::parse(&entry.action) {
        Some(Action::RoleChanged) => change("role").map(|role| format!(" from {} to {}", role.old, role.new)),
        Some(Action::InviteExtended) => change("expires_at").map(|end| format!(" to {}", end.new)),
        _ => None,
    }
    .unwrap_or_default()
    .into()
}

/// A field, before and after, in words.
#[derive(Debug, Clone)]
pub struct Change<'a> {
    /// What the field is called.
    pub field: Cow<'static, str>,
    /// Its old value.
    pub old: Cow<'a, str>,
    /// Its new value.
    pub new: Cow<'a, str>,
    /// Whether there was no old value to change.
    pub is_first: bool,
}

impl<'a> Change<'a> {
    /// A change in words.
    #[must_use]
    pub fn of(change: &'a Changed) -> Self {
        let shown = |value: &'a Option<String>| {
            value.as_deref().map_or("none".into(), |value| in_words(&change.field, value))
        };
        Self {
            field: name_of(&change.field),
            old: shown(&change.old),
            new: shown(&change.new),
            is_first: change.old.is_none(),
        }
    }
}

fn name_of(field: &str) -> Cow<'static, str> {
    match field {
        "max_uses" => "Maximum Uses".into(),
        "expires_at" => "Expires".into(),
        "delete_users_on_expiry" => "Auto-delete users".into(),
        "display_name" => "Name".into(),
        other => capitalised(&other.replace('_', " ")).into(),
    }
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Names of roles and states as they stand on the screen, times as people write them, and all else as it is.
fn in_words<'a>(field: &str, value: &'a str) -> Cow<'a, str> {
    let named = match field {
        "role" => value.parse().ok().map(|role: Role| role.label().into()),
        "review" => Review::parse(value).map(|review| review.label().into()),
        _ => DateTime::parse_from_rfc3339(value)
            .ok()
            .map(|at| at.to_utc().format("%-d %b %Y, %H:%M UTC").to_string().into()),
    };
    named.unwrap_or(value.into())
}

/// What was done to `{}`, and what was done where there is nothing to name.
const fn phrases(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::SetUp => ("set up the server", "set up the server"),
        Action::SetupLinkMade => ("made a set-up link", "made a set-up link"),
        Action::SignedIn => ("signed in", "signed in"),
        Action::SignInFailed => ("was refused at sign-in as {}", "was refused at sign-in"),
        Action::SignedOut => ("signed out", "signed out"),
        Action::SessionEnded => ("ended one of their sessions", "ended one of their sessions"),
        Action::OtherSessionsEnded => ("signed out everywhere else", "signed out everywhere else"),
        Action::ProfileChanged => ("changed their profile", "changed their profile"),
        Action::PasswordChanged => ("changed their password", "changed their password"),
        Action::PasswordChangeFailed => ("gave a wrong present password", "gave a wrong present password"),
        Action::PermissionRefused => ("was refused a change of {}", "was refused a page"),
        Action::InviteCreated => ("generated {}", "generated a code"),
        Action::InviteEdited => ("edited {}", "edited a code"),
        Action::InviteExtended => ("extended {}", "extended a code"),
        Action::InvitePaused => ("paused {}", "paused a code"),
        Action::InviteResumed => ("resumed {}", "resumed a code"),
        Action::InviteDeleted => ("deleted {}", "deleted a code"),
        Action::InviteRestored => ("brought back {}", "brought back a code"),
        Action::InviteUsersRemoved => {
            ("removed everybody who joined with {} when it ended", "removed the people of an ended code")
        }
        Action::Registered => ("joined with {}", "joined"),
        Action::RegistrationRefused => {
            ("brought {}, which cannot be used", "brought a code that cannot be used")
        }
        Action::RoleChanged => ("changed the role of {}", "changed a role"),
        Action::UserSuspended => ("suspended {}", "suspended somebody"),
        Action::UserUnsuspended => ("let {} sign in again", "let somebody sign in again"),
        Action::SessionsEnded => ("ended the sessions of {}", "ended somebody's sessions"),
        Action::ResetLinkMade => ("made a reset link for {}", "made a reset link"),
        Action::PasswordReset => ("chose a new password for {} with a reset link", "used a reset link"),
        Action::UserRemoved => ("removed {}", "removed somebody"),
        Action::UserRestored => ("restored {}", "restored somebody"),
        Action::UserPurged => ("erased the data of {}", "erased somebody's data"),
        Action::UserKept => ("kept {} beyond the end of their code", "kept somebody"),
        Action::UserUnkept => ("stopped keeping {} beyond the end of their code", "stopped keeping somebody"),
        Action::ReviewApproved => ("approved {}", "approved somebody"),
        Action::ReviewFlagged => ("flagged {}", "flagged somebody"),
        Action::ReviewReopened => ("put {} back in review", "put somebody back in review"),
        Action::SettingsChanged => ("changed the settings", "changed the settings"),
        Action::JobStopped => ("stopped the cleanup", "stopped the cleanup"),
        Action::JobResumed => ("let the cleanup go on", "let the cleanup go on"),
        Action::TokenCreated => ("made an API token", "made an API token"),
        Action::TokenRevoked => ("revoked an API token of {}", "revoked an API token"),
        Action::UserCreated => ("made the account of {}", "made an account"),
        Action::AuditTrimmed => ("dropped old rows of the audit log", "dropped old rows of the audit log"),
        Action::WrongCodeAlarm => ("saw very many wrong codes", "saw very many wrong codes"),
        Action::Restored => ("restored a backup", "restored a backup"),
    }
}

/// A kind of actions in a filter, and the name of each action.
pub type Kind = (&'static str, Vec<(&'static str, String)>);

/// All of them.
pub static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let named = |kind: &str| {
        let within = Action::ALL.iter().filter(|action| kind_of(**action) == kind);
        within.map(|action| (action.key(), name(*action))).collect()
    };
    ["Invite codes", "Users", "Accounts", "Access", "Server"].map(|kind| (kind, named(kind))).into()
});

fn kind_of(action: Action) -> &'static str {
    match action.key().split('.').next() {
        Some("invite") => "Invite codes",
        Some("user" | "review") => "Users",
        Some("account") => "Accounts",
        Some("session" | "access" | "registration") => "Access",
        _ => "Server",
    }
}

/// "Changed a role", as a choice.
fn name(action: Action) -> String {
    capitalised(phrases(action).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_can_be_chosen_and_none_twice() {
        let chosen: Vec<_> = KINDS.iter().flat_map(|(_, actions)| actions).collect();
        assert_eq!(chosen.len(), Action::ALL.len());
        let mut names: Vec<_> = chosen.iter().map(|(_, name)| name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), chosen.len());
    }

    #[test]
    fn values_are_told_as_people_write_them() {
        let told = |field: &str, value: &str| {
            let (field, new) = (field.to_owned(), Some(value.to_owned()));
            let changed = Changed { field, old: None, new };
            let change = Change::of(&changed);
            format!("{}: {} → {}", change.field, change.old, change.new)
        };
        assert_eq!(told("role", "manager"), "Role: none → Manager");
        assert_eq!(told("label", "manager"), "Label: none → manager");
        assert_eq!(told("review", "flagged"), "Review: none → Flagged");
        assert_eq!(told("expires_at", "2026-11-25T18:00:00+00:00"), "Expires: none → 25 Nov 2026, 18:00 UTC");
        assert_eq!(told("server_name", "Harbour"), "Server name: none → Harbour");
    }
}
