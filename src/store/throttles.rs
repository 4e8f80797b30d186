//! Failed sign-ins in a row, shared by all replicas.

use chrono::Duration;
use diesel::prelude::*;
use diesel::upsert::excluded;

use super::kept::Kept;
use super::rows::ThrottleRow;
use super::schema::sign_in_throttles as throttles;
use super::{StoreError, Tx, on};
use crate::domain::throttle::{FORGOTTEN_AFTER, spacing};
use crate::domain::time::Timestamp;

/// Counts a try as failed before anybody knows, so that tries at the same time cannot slip past together; a
/// successful one takes it back with [`clear`]. Says how long to wait when it is too early for another.
pub fn charge(tx: &mut Tx<'_>, bucket: &str, now: Timestamp) -> Result<Option<Duration>, StoreError> {
    let forgotten = throttles::table.filter(throttles::charged_at.le((now - FORGOTTEN_AFTER).naive_utc()));
    on!(&mut **tx, c => diesel::delete(forgotten).execute(c))?;
    let first =
        ThrottleRow { bucket: bucket.to_owned(), failures: 1, open_at: now.into(), charged_at: now.into() };
    // The guard stands in the write: whoever comes while the bucket is shut changes nothing and gets no row back.
    let one_more = (
        throttles::failures.eq(throttles::failures + 1),
        throttles::charged_at.eq(excluded(throttles::charged_at)),
    );
    let upsert = diesel::insert_into(throttles::table)
        .values(&first)
        .on_conflict(throttles::bucket)
        .do_update()
        .set(one_more);
    let open = throttles::open_at.le(now.naive_utc());
    let charge = diesel::query_dsl::methods::FilterDsl::filter(upsert, open).returning(throttles::failures);
    let charged: Option<i32> = on!(&mut **tx, c => Kept(charge).get_result(c).optional())?;
    let bucket_row = throttles::table.find(bucket);
    let Some(failures) = charged else {
        let open_at: chrono::NaiveDateTime =
            on!(&mut **tx, c => bucket_row.select(throttles::open_at).first(c))?;
        return Ok(Some(open_at.and_utc() - now));
    };
    let wait = spacing(u32::try_from(failures).unwrap_or(u32::MAX));
    if !wait.is_zero() {
        let shut = throttles::open_at.eq((now + wait).naive_utc());
        on!(&mut **tx, c => diesel::update(bucket_row).set(shut).execute(c))?;
    }
    Ok(None)
}

/// Forgets the failures of every bucket whose name begins like this.
pub fn clear_all(tx: &mut Tx<'_>, beginning: &str) -> Result<(), StoreError> {
    let some = throttles::table.filter(throttles::bucket.like(format!("{beginning}%")));
    on!(&mut **tx, c => diesel::delete(some).execute(c))?;
    Ok(())
}

/// Forgets the failures.
pub fn clear(tx: &mut Tx<'_>, bucket: &str) -> Result<(), StoreError> {
    on!(&mut **tx, c => diesel::delete(throttles::table.find(bucket)).execute(c))?;
    Ok(())
}
