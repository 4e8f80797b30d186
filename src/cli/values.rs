//! What can stand behind an option. A wrong value is wrong usage, and said before anything is opened.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::domain::access::Role;
use crate::domain::expiry::Expiry;
use crate::domain::field::Rejected;
use crate::domain::invite::{self, GRANTED, Label, UseLimit};
use crate::domain::review::Note;
use crate::domain::user::{self, DisplayName, Email};
use crate::sys::clock::{Clock, SystemClock};

const NOTHING: Rejected = Rejected::because("Enter something, or leave the option out.");

/// Every role.
pub(super) fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::key)).try_map(|key| key.parse::<Role>())
}

/// The roles that a code can grant.
pub(super) fn granted_role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(GRANTED.map(Role::key)).try_map(|key| key.parse::<Role>())
}

/// The statuses of an invite.
pub(super) fn invite_status() -> impl TypedValueParser<Value = invite::Status> {
    PossibleValuesParser::new(invite::Status::ALL.map(invite::Status::key)).try_map(|key| {
        let found = invite::Status::ALL.into_iter().find(|status| status.key() == key);
        found.ok_or(Rejected::because("Not a status."))
    })
}

/// The statuses of an account.
pub(super) fn user_status() -> impl TypedValueParser<Value = user::Status> {
    PossibleValuesParser::new(user::Status::ALL.map(user::Status::key))
        .try_map(|key| key.parse::<user::Status>())
}

pub(super) fn name(text: &str) -> Result<DisplayName, Rejected> {
    DisplayName::parse(text)?.ok_or(NOTHING)
}

pub(super) fn email(text: &str) -> Result<Email, Rejected> {
    Email::parse(text)?.ok_or(Email::REFUSED)
}

pub(super) fn reason(text: &str) -> Result<Note, Rejected> {
    Note::parse(text)?.ok_or(NOTHING)
}

pub(super) fn label(text: &str) -> Result<Label, Rejected> {
    Label::parse(text)?.ok_or(NOTHING)
}

pub(super) fn limit(text: &str) -> Result<UseLimit, Rejected> {
    if text.trim().is_empty() { Err(NOTHING) } else { UseLimit::parse(text) }
}

/// "never", a time in RFC 3339, or a length of time from now.
pub(super) fn expiry(text: &str) -> Result<Expiry, Rejected> {
    Expiry::from_api(text, SystemClock.now())
}
