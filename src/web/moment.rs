//! Points in time as templates show them.

use std::fmt;
use std::sync::LazyLock;

use askama::filters::HtmlSafe;
use askama::{FastWritable, Values};
use chrono::format::{Item, StrftimeItems};
use chrono::{Duration, SecondsFormat};

use crate::domain::time::Timestamp;

type Format = LazyLock<Vec<Item<'static>>>;

static EXACT: Format = LazyLock::new(|| format("%a %-d %b %Y, %H:%M UTC"));
static DATE: Format = LazyLock::new(|| format("%-d %b %Y"));
static DAY: Format = LazyLock::new(|| format("%-d %B %Y"));
static TIME: Format = LazyLock::new(|| format("%H:%M"));

fn format(text: &'static str) -> Vec<Item<'static>> {
    StrftimeItems::new(text).collect()
}

/// A point in time as seen from another, in the ways it is written.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    at: Timestamp,
    now: Timestamp,
}

impl Moment {
    /// A point in time as seen from another.
    #[must_use]
    pub const fn new(at: Timestamp, now: Timestamp) -> Self {
        Self { at, now }
    }

    /// For programs.
    #[must_use]
    pub fn iso(&self) -> Written {
        Written::Iso(self.at)
    }

    /// With day, time and zone.
    #[must_use]
    pub fn exact(&self) -> Written {
        self.written(&EXACT)
    }

    /// The day.
    #[must_use]
    pub fn date(&self) -> Written {
        self.written(&DATE)
    }

    /// The day, written out.
    #[must_use]
    pub fn day(&self) -> Written {
        self.written(&DAY)
    }

    /// The time of day.
    #[must_use]
    pub fn time(&self) -> Written {
        self.written(&TIME)
    }

    fn written(&self, format: &'static Format) -> Written {
        Written::As(format, self.at)
    }

    /// As seen from now.
    #[must_use]
    pub fn relative(&self) -> Written {
        Written::Relative(self.now - self.at)
    }
}

/// A point in time in one of the ways it is written. A list has hundreds: each goes straight into the page, and no letter of it
/// is looked at for what HTML would misread.
#[derive(Debug, Clone, Copy)]
pub enum Written {
    /// As chrono writes it by itself, in half the time.
    Iso(Timestamp),
    /// In parts.
    As(&'static [Item<'static>], Timestamp),
    /// How long ago it was.
    Relative(Duration),
}

impl Written {
    fn write_to(self, dest: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Self::Iso(at) => dest.write_str(&at.to_rfc3339_opts(SecondsFormat::Secs, true)),
            Self::As(items, at) => at.naive_utc().format_with_items(items.iter()).write_to(dest),
            Self::Relative(age) => write_relative(age, dest),
        }
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

impl HtmlSafe for Written {}

impl FastWritable for Written {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(self.write_to(dest)?)
    }
}

/// "5 minutes ago", "in 3 days". `static/js/times.js` writes the same words while the page is open.
fn write_relative(age: Duration, dest: &mut dyn fmt::Write) -> fmt::Result {
    const MINUTE: i64 = 60_000;
    const UNITS: [(&str, i64, i64); 4] = [
        ("minute", MINUTE, 60),
        ("hour", 60 * MINUTE, 48),
        ("day", 24 * 60 * MINUTE, 60),
        ("month", 24 * 60 * MINUTE * 304 / 10, i64::MAX),
    ];
    let millis = age.num_milliseconds().abs();
    let count = |length: i64| (millis / length + i64::from(millis % length * 2 >= length)).max(1);
    let (amount, unit) = UNITS
        .into_iter()
        .map(|(unit, length, limit)| (count(length), unit, limit))
        .find(|(amount, _, limit)| amount < limit)
        .map_or((0, "month"), |(amount, unit, _)| (amount, unit));
    let plural = if amount == 1 { "" } else { "s" };
    if age < Duration::zero() {
        write!(dest, "in {amount} {unit}{plural}")
    } else {
        write!(dest, "{amount} {unit}{plural} ago")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_for_programs_and_for_people() {
        let at = "2026-12-05T07:08:09.876Z".parse().unwrap();
        let moment = Moment::new(at, at);
        let written = [moment.iso(), moment.exact(), moment.date(), moment.day(), moment.time()];
        assert_eq!(
            written.map(|written| written.to_string()),
            ["2026-12-05T07:08:09Z", "Sat 5 Dec 2026, 07:08 UTC", "5 Dec 2026", "5 December 2026", "07:08"]
        );
    }

    #[test]
    fn time_is_told_as_seen_from_now() {
        for (seconds, expected) in [
            (0, "1 minute ago"),
            (89, "1 minute ago"),
            (90, "2 minutes ago"),
            (59 * 60 + 29, "59 minutes ago"),
            (59 * 60 + 30, "1 hour ago"),
            (47 * 3600, "47 hours ago"),
            (86_400 * 3, "3 days ago"),
            (-86_400 * 3, "in 3 days"),
            (86_400 * 61, "2 months ago"),
            (86_400 * 800, "26 months ago"),
        ] {
            assert_eq!(Written::Relative(Duration::seconds(seconds)).to_string(), expected, "{seconds}");
        }
    }
}
