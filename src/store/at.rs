//! A point in time as a row holds it: UTC, with no zone written beside it.

use std::ops::Deref;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Timestamp as Column;
use diesel::sqlite::Sqlite;
use serde::{Deserialize, Serialize};

use crate::domain::time::Timestamp;

/// SQLite keeps it as text. Diesel tries that against one layout after another, each of which it takes apart first: for the
/// hundreds of a list, that cost as much as reading all else. So what this program wrote is read place by place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow, Serialize, Deserialize)]
#[diesel(sql_type = Column)]
#[serde(transparent)]
pub struct At(NaiveDateTime);

impl From<Timestamp> for At {
    fn from(at: Timestamp) -> Self {
        Self(at.naive_utc())
    }
}

impl Deref for At {
    type Target = NaiveDateTime;
    fn deref(&self) -> &NaiveDateTime {
        &self.0
    }
}

impl<DB> ToSql<Column, DB> for At
where
    DB: Backend,
    NaiveDateTime: ToSql<Column, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl FromSql<Column, Pg> for At {
    fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        FromSql::<Column, Pg>::from_sql(value).map(Self)
    }
}

impl FromSql<Column, Sqlite> for At {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        match as_written(value.read_text()) {
            Some(at) => Ok(Self(at)),
            None => FromSql::<Column, Sqlite>::from_sql(value).map(Self),
        }
    }
}

/// A time as diesel writes it: "2026-11-20 12:00:00", then nothing or the fraction of a second in 3, 6 or 9 digits.
fn as_written(text: &str) -> Option<NaiveDateTime> {
    let number = |places| text.get(places).filter(|digits: &&str| digits.bytes().all(|b| b.is_ascii_digit()));
    let number = |places| number(places)?.parse::<u32>().ok();
    let marks = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if marks.iter().any(|(place, mark)| text.as_bytes().get(*place) != Some(mark)) {
        return None;
    }
    let nanos = match (text.get(19..20), text.len()) {
        (None, 19) => 0,
        (Some("."), 23) => number(20..23)? * 1_000_000,
        (Some("."), 26) => number(20..26)? * 1_000,
        (Some("."), 29) => number(20..29)?,
        _ => return None,
    };
    NaiveDate::from_ymd_opt(number(0..4)?.try_into().ok()?, number(5..7)?, number(8..10)?)?.and_hms_nano_opt(
        number(11..13)?,
        number(14..16)?,
        number(17..19)?,
        nanos,
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_diesel_writes_is_read_as_it_was(seconds in -62_135_596_800_i64..253_402_300_800, nanos in 0_u32..1_000_000_000, unit in 0_usize..4) {
            let nanos = [0, nanos / 1_000_000 * 1_000_000, nanos / 1_000 * 1_000, nanos][unit];
            let at = chrono::DateTime::from_timestamp(seconds, nanos).unwrap().naive_utc();
            prop_assert_eq!(as_written(&at.format("%F %T%.f").to_string()), Some(at));
        }

        #[test]
        fn nothing_else_is_read_as_something_else(text in "[0-9+-]{4}[-:][0-9]{2}-[0-9]{2}[ T][0-9:.]{8}(\\.[0-9]{0,10}Z?)?") {
            if let Some(at) = as_written(&text) {
                prop_assert_eq!(NaiveDateTime::parse_from_str(&text, "%F %T%.f"), Ok(at));
            }
        }
    }
}
