//! Rows of the log as templates show them, day by day.

use chrono::{Datelike, Duration, NaiveDate};

use crate::domain::audit::{About, Entry, Who};
use crate::domain::time::Timestamp;
use crate::web::escaped::Escaped;
use crate::web::moment::Moment;
use crate::web::sentence::{Change, Sentence};

/// The rows of one day.
#[derive(Debug)]
pub struct Day<'a> {
    pub title: String,
    pub rows: Vec<Row<'a>>,
}

/// One row.
#[derive(Debug)]
pub struct Row<'a> {
    pub at: Moment,
    pub sentence: Sentence<'a>,
    pub address: Option<&'a str>,
    pub changes: Vec<Change<'a>>,
    /// "@mara, Owner", and the page of that person.
    pub by: Option<(String, String)>,
    /// What it was done to, and its page.
    pub about: Option<(String, String)>,
    pub request: Option<Escaped<'static>>,
}

/// Rows that stand newest first, under the days on which they were written.
pub(super) fn days(entries: &[Entry], now: Timestamp) -> Vec<Day<'_>> {
    let of_one_day = entries.chunk_by(|one, next| one.at.date_naive() == next.at.date_naive());
    of_one_day
        .map(|entries| Day {
            title: entries.first().map(|entry| title(entry.at.date_naive(), now)).unwrap_or_default(),
            rows: entries.iter().map(|entry| row(entry, now)).collect(),
        })
        .collect()
}

fn title(day: NaiveDate, now: Timestamp) -> String {
    let today = now.date_naive();
    match today - day {
        ago if ago == Duration::zero() => day.format("Today, %-d %B").to_string(),
        ago if ago == Duration::days(1) => day.format("Yesterday, %-d %B").to_string(),
        _ if day.year() == today.year() => day.format("%A, %-d %B").to_string(),
        _ => day.format("%A, %-d %B %Y").to_string(),
    }
}

fn row(entry: &Entry, now: Timestamp) -> Row<'_> {
    let role = entry.role.map(|role| format!(", {}", role.label())).unwrap_or_default();
    let by = match &entry.who {
        Who::Person(id, name) | Who::Token(id, name, _) => {
            let name = name.as_ref().map_or_else(|| id.to_string(), |person| format!("@{}", person.username));
            Some((format!("{name}{role}"), format!("/admin/users/{id}")))
        }
        Who::CommandLine | Who::Job | Who::Nobody => None,
    };
    Row {
        at: Moment::new(entry.at, now),
        sentence: Sentence::of(entry),
        address: entry.address.as_deref(),
        changes: entry.changes.iter().map(Change::of).collect(),
        by,
        about: about(&entry.about),
        request: entry.request.map(|id| Escaped::new(id.to_string())),
    }
}

/// What it was done to, and its page.
pub(super) fn about(about: &About) -> Option<(String, String)> {
    match about {
        About::Nothing => None,
        About::User(id, name) => {
            let name = name.as_ref().map(|person| format!("{} (@{})", person.name, person.username));
            Some((name.unwrap_or_else(|| id.to_string()), format!("/admin/users/{id}")))
        }
        About::Invite(id, name) => {
            let name = name.as_ref().map(|invite| match &invite.label {
                Some(label) => format!("{} ({label})", invite.masked),
                None => invite.masked.clone(),
            });
            Some((name.unwrap_or_else(|| id.to_string()), format!("/admin/invites/{id}")))
        }
    }
}
