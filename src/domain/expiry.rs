//! When an invite ends.

use chrono::{DateTime, Duration, NaiveDateTime, Utc};

use super::field::Rejected;
use super::time::{Timestamp, truncated};

/// The longest that an end can be away.
pub const MOST_DAYS: i64 = 3_650;

/// The end of an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// It does not end.
    Never,
    /// From this moment on it is dead.
    At(Timestamp),
}

impl Expiry {
    /// The end, if there is one.
    #[must_use]
    pub const fn at(self) -> Option<Timestamp> {
        match self {
            Self::Never => None,
            Self::At(at) => Some(at),
        }
    }

    /// Whether it is over. The moment of the end belongs to what is over.
    #[must_use]
    pub fn is_over(self, now: Timestamp) -> bool {
        self.at().is_some_and(|at| at <= now)
    }

    /// *Expires In (Days)*: nothing typed means never.
    ///
    /// # Errors
    /// [`Rejected`] in the words for the field.
    pub fn in_days(text: &str, now: Timestamp) -> Result<Self, Rejected> {
        if text.trim().is_empty() {
            return Ok(Self::Never);
        }
        Ok(Self::At(now + days(text)?))
    }

    /// An exact date and time as a browser sends it, in UTC: `2026-12-31T23:59`.
    ///
    /// # Errors
    /// [`Rejected`] in the words for the field.
    pub fn exact(text: &str, now: Timestamp) -> Result<Self, Rejected> {
        let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
        let at = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text.trim(), format).ok());
        let at = at.ok_or(Rejected::because("Enter a date and a time."))?;
        within_bounds(at.and_utc(), now)
    }

    /// What a program sends: `never`, a time in RFC 3339, or a duration from now like `30m`, `1h`, `7d`, `2w`.
    ///
    /// # Errors
    /// [`Rejected`] for anything else; it is never read as "never".
    pub fn from_api(text: &str, now: Timestamp) -> Result<Self, Rejected> {
        if text == "never" {
            return Ok(Self::Never);
        }
        let at = match DateTime::parse_from_rfc3339(text) {
            Ok(at) => at.with_timezone(&Utc),
            Err(_) => {
                duration(text).and_then(|length| now.checked_add_signed(length)).ok_or(Rejected::because(
                    "Use \"never\", a time like 2026-12-31T23:59:59Z, or a duration like 30m, 1h, 7d or 2w.",
                ))?
            }
        };
        within_bounds(at, now)
    }

    /// Some days more, counted from the present end, or from now if there is none or it has passed.
    ///
    /// # Errors
    /// [`Rejected`] in the words for the field.
    pub fn extended(self, text: &str, now: Timestamp) -> Result<Self, Rejected> {
        let from = self.at().filter(|at| *at > now).unwrap_or(now);
        within_bounds(from + days(text)?, now)
    }
}

fn days(text: &str) -> Result<Duration, Rejected> {
    let days = text.trim().parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
    days.map(Duration::days).ok_or(Rejected::because("Enter a number from 1 to 3650."))
}

/// A length of time like `30m`, `1h`, `7d` or `2w`.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let (amount, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !amount.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount: i64 = amount.parse().ok()?;
    match unit {
        "m" => Duration::try_minutes(amount),
        "h" => Duration::try_hours(amount),
        "d" => Duration::try_days(amount),
        "w" => Duration::try_weeks(amount),
        _ => None,
    }
}

fn within_bounds(at: DateTime<Utc>, now: Timestamp) -> Result<Expiry, Rejected> {
    if at <= now {
        return Err(Rejected::because("Choose a time in the future."));
    }
    if at > now + Duration::days(MOST_DAYS) {
        return Err(Rejected::because("Choose a time within the next 10 years."));
    }
    Ok(Expiry::At(truncated(at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    fn now() -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 20, 10, 24, 0).unwrap()
    }

    #[test]
    fn the_moment_of_the_end_is_over() {
        let end = Expiry::At(now());
        let second = Duration::seconds(1);
        assert_eq!(
            [end.is_over(now() - second), end.is_over(now()), end.is_over(now() + second)],
            [false, true, true]
        );
        assert!(!Expiry::Never.is_over(now()));
    }

    #[test]
    fn days_are_counted_from_now_and_bounded() {
        assert_eq!(Expiry::in_days("7", now()), Ok(Expiry::At(now() + Duration::days(7))));
        assert_eq!(Expiry::in_days(" ", now()), Ok(Expiry::Never));
        assert!(Expiry::in_days("3650", now()).is_ok());
        for wrong in ["0", "-1", "1.5", "3651", "soon", "1e3", "99999999999999999999"] {
            assert!(Expiry::in_days(wrong, now()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn exact_times_lie_ahead() {
        assert_eq!(Expiry::exact("2026-11-20T10:25", now()), Ok(Expiry::At(now() + Duration::minutes(1))));
        for wrong in
            ["2026-11-20T10:24", "2020-01-01T00:00", "2037-01-01T00:00", "tomorrow", "", "2026-13-01T00:00"]
        {
            assert!(Expiry::exact(wrong, now()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn programs_say_never_a_time_or_a_duration() {
        let after = |length| Ok(Expiry::At(now() + length));
        assert_eq!(Expiry::from_api("never", now()), Ok(Expiry::Never));
        assert_eq!(Expiry::from_api("30m", now()), after(Duration::minutes(30)));
        assert_eq!(Expiry::from_api("1h", now()), after(Duration::hours(1)));
        assert_eq!(Expiry::from_api("7d", now()), after(Duration::days(7)));
        assert_eq!(Expiry::from_api("2w", now()), after(Duration::weeks(2)));
        assert_eq!(Expiry::from_api("2026-11-20T12:24:00+01:00", now()), after(Duration::hours(1)));
        for wrong in [
            "tomorrow",
            "",
            "7",
            "-1d",
            "0d",
            "+7d",
            "7 d",
            "1.5h",
            "999999999d",
            "Never",
            "2020-01-01T00:00:00Z",
            "é",
        ] {
            assert!(Expiry::from_api(wrong, now()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_extension_is_counted_from_the_present_end_or_from_now() {
        let week = Duration::days(7);
        let of = |expiry: Expiry| expiry.extended("7", now());
        assert_eq!(of(Expiry::At(now() + week)), Ok(Expiry::At(now() + week + week)));
        assert_eq!(of(Expiry::At(now() - week)), Ok(Expiry::At(now() + week)));
        assert_eq!(of(Expiry::At(now())), Ok(Expiry::At(now() + week)));
        assert_eq!(of(Expiry::Never), Ok(Expiry::At(now() + week)));
        assert!(Expiry::At(now() + Duration::days(3_645)).extended("7", now()).is_err());
        assert!(Expiry::Never.extended("0", now()).is_err());
    }
}
