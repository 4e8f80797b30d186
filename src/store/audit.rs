//! The audit log: rows are added and read, never changed.

use diesel::prelude::*;

use super::counted::Counted;
use super::rows::AuditRow;
use super::schema::{audit, users};
use super::{Conn, StoreError, Tx, on};
use crate::domain::access::Role;
use crate::domain::audit::{Action, Doer, Entry, Event, Origin, Target};
use crate::domain::id::{AuditId, UserId};
use crate::domain::time::Timestamp;
use crate::domain::user::Username;

/// Adds a row in the transaction of the change.
pub fn append(
    tx: &mut Tx<'_>,
    id: AuditId,
    at: Timestamp,
    doer: Doer,
    origin: Origin,
    event: &Event,
) -> Result<(), StoreError> {
    let (actor_id, actor_role) = match doer {
        Doer::Person(id, role) => (Some(id.key()), Some(role.key().to_owned())),
        Doer::CommandLine | Doer::Job | Doer::Nobody => (None, None),
    };
    let (target_kind, target_id) = event.target.columns().unzip();
    let row = AuditRow {
        id: id.key(),
        at: at.naive_utc(),
        actor_kind: doer.kind().to_owned(),
        actor_id,
        actor_role,
        action: event.action.key().to_owned(),
        target_kind: target_kind.map(str::to_owned),
        target_id,
        changes: changes(event),
        address: origin.address.map(|address| address.to_string()),
        request_id: origin.request.map(|request| request.key()),
    };
    on!(&mut **tx, c => diesel::insert_into(audit::table).values(&row).execute(c))?;
    Ok(())
}

/// `{"field": [old, new]}`, or nothing when nothing has an old and a new value.
fn changes(event: &Event) -> Option<String> {
    let fields = event
        .changes
        .iter()
        .map(|change| (change.field.to_owned(), serde_json::json!([change.old, change.new])));
    let object = serde_json::Map::from_iter(fields);
    (!object.is_empty()).then(|| serde_json::Value::Object(object).to_string())
}

type Shown = (chrono::NaiveDateTime, String, String, Option<String>, Option<String>, Option<String>);

fn entry((at, kind, action, changes, name, username): Shown) -> Entry {
    let who = username.map(Username::stored).map(|username| {
        let name = name.unwrap_or_else(|| username.as_str().to_owned());
        (name, username)
    });
    Entry {
        at: at.and_utc(),
        who,
        kind,
        action,
        changes: changes.as_deref().map(read_changes).unwrap_or_default(),
    }
}

/// What [`changes`] wrote. A value that is something else is left out rather than shown wrongly.
fn read_changes(text: &str) -> Vec<(String, Option<String>, Option<String>)> {
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    let pair =
        |value: serde_json::Value| serde_json::from_value::<(Option<String>, Option<String>)>(value).ok();
    fields.into_iter().filter_map(|(field, value)| pair(value).map(|(old, new)| (field, old, new))).collect()
}

macro_rules! shown {
    ($conn:expr, $limit:expr, $filter:expr) => {
        on!($conn, c => audit::table
            .left_join(users::table.on(audit::actor_id.eq(users::id.nullable())))
            .filter($filter)
            .order(audit::id.desc())
            .limit($limit)
            .select((
                audit::at,
                audit::actor_kind,
                audit::action,
                audit::changes,
                users::display_name.nullable(),
                users::username.nullable(),
            ))
            .load::<Shown>(c))?
        .into_iter()
        .map(entry)
        .collect()
    };
}

/// The latest rows, newest first: all of them, or those that somebody who may see these actors' roles may see.
pub fn latest(conn: &mut Conn, actors: Option<&[Role]>, limit: i64) -> Result<Vec<Entry>, StoreError> {
    let Some(actors) = actors else { return Ok(shown!(conn, limit, audit::id.is_not_null())) };
    let keys: Vec<_> = actors.iter().map(|role| role.key()).collect();
    Ok(shown!(conn, limit, audit::actor_role.is_null().or(audit::actor_role.eq_any(&keys))))
}

/// The latest rows about one thing, newest first.
pub fn about(conn: &mut Conn, target: Target, limit: i64) -> Result<Vec<Entry>, StoreError> {
    let Some((kind, key)) = target.columns() else { return Ok(Vec::new()) };
    Ok(shown!(conn, limit, audit::target_kind.eq(kind).and(audit::target_id.eq(&key))))
}

/// The latest rows about somebody or of their doing, newest first, as far as somebody who may see these actors' roles may
/// see them; with whether they are about that person.
pub fn around(
    conn: &mut Conn,
    person: UserId,
    actors: Option<&[Role]>,
    limit: i64,
) -> Result<Vec<(Entry, bool)>, StoreError> {
    let key = person.key();
    let keys: Vec<_> = actors.unwrap_or(&Role::ALL).iter().map(|role| role.key()).collect();
    let visible = || audit::actor_role.is_null().or(audit::actor_role.eq_any(&keys));
    let about = audit::target_kind.eq("user").and(audit::target_id.eq(&key));
    // What somebody did to themselves is found by the first.
    let other = audit::target_id.is_null().or(audit::target_id.ne(&key));
    let about: Vec<Entry> = shown!(conn, limit, about.and(visible()));
    let own: Vec<Entry> = shown!(conn, limit, audit::actor_id.eq(&key).and(other).and(visible()));
    let about = about.into_iter().map(|entry| (entry, true));
    let mut rows: Vec<_> = about.chain(own.into_iter().map(|entry| (entry, false))).collect();
    rows.sort_by_key(|(entry, _)| std::cmp::Reverse(entry.at));
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(rows)
}

/// Rows of one kind since a moment, counted up to a cap.
pub fn count_since(conn: &mut Conn, action: Action, since: Timestamp, cap: i64) -> Result<i64, StoreError> {
    // Ids are in the order of time, and the index is on action and id.
    let from = AuditId::new(since, [0; 10]).key();
    let some = audit::table
        .filter(audit::action.eq(action.key()))
        .filter(audit::id.ge(from))
        .select(audit::id)
        .limit(cap);
    Ok(on!(conn, c => Counted(some).get_result(c))?)
}

/// When the newest row was written.
pub fn newest(conn: &mut Conn) -> Result<Option<Timestamp>, StoreError> {
    let at: Option<chrono::NaiveDateTime> =
        on!(conn, c => audit::table.order(audit::id.desc()).select(audit::at).first(c).optional())?;
    Ok(at.map(|at| at.and_utc()))
}
