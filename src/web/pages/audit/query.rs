//! What the address of the log asks for.

use chrono::{Datelike, NaiveDate, NaiveTime};
use serde::Deserialize;

use crate::domain::audit::{Action, By, Target};
use crate::domain::id::AuditId;
use crate::domain::time::Timestamp;
use crate::domain::user::Username;
use crate::ops::audit::{Asked, AskedBy};
use crate::web::paging;

const HERE: &str = "/admin/audit";

/// The words for doers that are nobody in particular. A person is asked for with an @ or by an id.
pub(super) const DOERS: [(&str, By); 3] =
    [("System", By::Job), ("Command line", By::CommandLine), ("Nobody", By::Nobody)];

/// What it asks for. An action, a thing or a day that does not exist is not asked for; a name that nobody has is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    pub(super) action: String,
    pub(super) actor: String,
    pub(super) target: String,
    pub(super) from: String,
    pub(super) to: String,
    before: String,
}

impl Query {
    pub(super) fn asked(&self) -> Asked {
        Asked {
            action: Action::parse(&self.action),
            by: self.by(),
            target: self.target(),
            from: day(&self.from).map(midnight),
            until: day(&self.to).and_then(|day| day.succ_opt()).map(midnight),
        }
    }

    fn by(&self) -> Option<AskedBy> {
        let typed = self.actor.trim();
        if typed.is_empty() {
            return None;
        }
        let doer = DOERS.into_iter().find(|(word, _)| word.eq_ignore_ascii_case(typed));
        let person = || typed.parse().ok().map(By::Person);
        let known = doer.map(|(_, by)| by).or_else(person).map(AskedBy::Known);
        let name = || Username::parse(typed.trim_start_matches('@')).map_or(AskedBy::NoName, AskedBy::Named);
        Some(known.unwrap_or_else(name))
    }

    fn target(&self) -> Option<Target> {
        let user = self.target.parse().map(Target::User);
        user.or_else(|_| self.target.parse().map(Target::Invite)).ok()
    }

    /// The row before which the page begins.
    pub(super) fn before(&self) -> Option<AuditId> {
        self.before.parse().ok()
    }

    /// Whether anything is left out.
    pub(super) fn is_set(&self) -> bool {
        [&self.action, &self.actor, &self.target, &self.from, &self.to].iter().any(|field| !field.is_empty())
    }

    /// The address of the same rows, from the first or from after one.
    pub(super) fn address(&self, here: &str, before: Option<AuditId>) -> String {
        let before = before.map(|id| id.to_string()).unwrap_or_default();
        let fields = [
            ("action", self.action.as_str()),
            ("actor", &self.actor),
            ("target", &self.target),
            ("from", &self.from),
            ("to", &self.to),
            ("before", &before),
        ];
        paging::address(here, &fields)
    }

    pub(super) fn page(&self, before: Option<AuditId>) -> String {
        self.address(HERE, before)
    }

    /// The same without the thing that it is about.
    pub(super) fn about_anything(&self) -> String {
        Self { target: String::new(), ..self.clone() }.page(None)
    }
}

/// A day within the years that ids can tell apart.
fn day(text: &str) -> Option<NaiveDate> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (1970..=9999).contains(&day.year()).then_some(day)
}

fn midnight(day: NaiveDate) -> Timestamp {
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(actor: &str) -> String {
        format!("{:?}", Query { actor: actor.to_owned(), ..Query::default() }.by())
    }

    #[test]
    fn a_word_is_a_kind_of_doer_and_a_name_with_its_sign_a_person() {
        assert_eq!(by(" "), "None");
        assert_eq!(by("system"), "Some(Known(Job))");
        assert_eq!(by("Command Line"), "Some(Known(CommandLine))");
        assert_eq!(by("nobody"), "Some(Known(Nobody))");
        assert_eq!(by("@Mara"), by("mara"));
        assert!(by("@mara").starts_with("Some(Named("));
        assert!(by("usr_00000000000000000000000000").starts_with("Some(Known(Person("));
        assert_eq!(by("a b"), "Some(NoName)");
    }

    #[test]
    fn days_are_whole_and_within_reason() {
        let asked = |from: &str, to: &str| {
            let query = Query { from: from.to_owned(), to: to.to_owned(), ..Query::default() };
            let asked = query.asked();
            [asked.from, asked.until].map(|at| at.map(|at| at.to_rfc3339()))
        };
        let at = |text: &str| Some(text.to_owned());
        assert_eq!(
            asked("2026-11-14", "2026-11-14"),
            [at("2026-11-14T00:00:00+00:00"), at("2026-11-15T00:00:00+00:00")]
        );
        assert_eq!(asked("2026-02-30", "yesterday"), [None, None]);
        assert_eq!(asked("12026-01-01", "1969-12-31"), [None, None]);
    }
}
