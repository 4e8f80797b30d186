//! The audit log: rows are added and read. Only two things ever change it: rows go when they are older than the log is
//! kept, and what identifies somebody goes when that person's data is erased.

use diesel::prelude::*;

use super::audit_lists::{self, concerns};
use super::rows::AuditRow;
use super::schema::audit;
use super::{StoreError, Tx, on};
use crate::domain::audit::{Changed, Doer, Event, Origin, Sight};
use crate::domain::id::{AuditId, UserId};
use crate::domain::time::Timestamp;

/// Rows of one statement.
const ERASED_AT_ONCE: i64 = 500;
/// Fields whose values are words of the program, numbers or times.
const IMPERSONAL: [&str; 8] =
    ["role", "status", "review", "kept", "sessions", "expires_at", "removed_at", "route"];

/// Adds a row in the transaction of the change.
pub fn append(
    tx: &mut Tx<'_>,
    id: AuditId,
    at: Timestamp,
    doer: Doer,
    origin: Origin,
    event: &Event,
) -> Result<(), StoreError> {
    let (actor, token) = match doer {
        Doer::Person(id, role) => (Some((id, role)), None),
        Doer::Token(token, id, role) => (Some((id, role)), Some(token.key())),
        Doer::CommandLine | Doer::Job | Doer::Nobody => (None, None),
    };
    let (actor_id, actor_role) = actor.map(|(id, role)| (id.key(), role.key().to_owned())).unzip();
    let (target_kind, target_id) = event.target.columns().unzip();
    let row = AuditRow {
        id: id.key(),
        at: at.into(),
        actor_kind: doer.kind().to_owned(),
        actor_id,
        actor_role,
        action: event.action.key().to_owned(),
        target_kind: target_kind.map(str::to_owned),
        target_id,
        changes: changes(event),
        address: origin.address.map(|address| address.to_string()),
        request_id: origin.request.map(|request| request.key()),
        token_id: token,
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
    written(serde_json::Map::from_iter(fields))
}

/// What [`changes`] wrote. A value that is something else is left out rather than shown wrongly.
pub(super) fn read_changes(text: &str) -> Vec<Changed> {
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    let pair =
        |value: serde_json::Value| serde_json::from_value::<(Option<String>, Option<String>)>(value).ok();
    fields
        .into_iter()
        .filter_map(|(field, value)| pair(value).map(|(old, new)| Changed { field, old, new }))
        .collect()
}

/// Drops rows older than a moment, the oldest first, up to a limit. Says how many there were.
pub fn drop_older(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<usize, StoreError> {
    let edge = AuditId::new(before, [0; 10]).key();
    let old: Vec<String> = on!(&mut **tx, c => audit::table
        .filter(audit::id.lt(&edge))
        .order(audit::id)
        .limit(limit)
        .select(audit::id)
        .load(c))?;
    let Some(last) = old.last() else { return Ok(0) };
    Ok(on!(&mut **tx, c => diesel::delete(audit::table.filter(audit::id.le(last))).execute(c))?)
}

/// Takes out of the log what it holds of somebody whose data is erased: where they acted from, and every value in rows
/// about them but those that are the same words for everybody. That something happened stays, and when, and by whom.
pub fn erase_person(tx: &mut Tx<'_>, person: UserId) -> Result<(), StoreError> {
    for filter in concerns(person) {
        let mut before = None;
        loop {
            let ids = audit_lists::ids(tx, Sight::Whole, &filter, before, ERASED_AT_ONCE)?;
            let Some(last) = ids.last() else { break };
            before = Some(AuditId::from_key(last).map_err(|_| StoreError::Corrupt("audit.id".to_owned()))?);
            erase(tx, person, &ids)?;
        }
    }
    Ok(())
}

fn erase(tx: &mut Tx<'_>, person: UserId, ids: &[String]) -> Result<(), StoreError> {
    let rows: Vec<AuditRow> = on!(&mut **tx, c => audit::table
        .filter(audit::id.eq_any(ids))
        .select(AuditRow::as_select())
        .load(c))?;
    let key = person.key();
    let is = |id: &Option<String>| id.as_deref() == Some(key.as_str());
    // Whoever failed to sign in as them most often was them.
    let from_there = |row: &&AuditRow| is(&row.actor_id) || row.actor_kind == Doer::Nobody.kind();
    let located: Vec<_> = rows.iter().filter(from_there).map(|row| row.id.clone()).collect();
    on!(&mut **tx, c => diesel::update(audit::table.filter(audit::id.eq_any(located)))
        .set(audit::address.eq(None::<String>))
        .execute(c))?;
    for row in rows {
        let is_target = row.target_kind.as_deref() == Some("user") && is(&row.target_id);
        let about_them = is_target || row.action.starts_with("account.");
        if let Some(text) = row.changes.filter(|_| about_them) {
            let kept = audit::changes.eq(impersonal(&text));
            on!(&mut **tx, c => diesel::update(audit::table.find(&row.id)).set(kept).execute(c))?;
        }
    }
    Ok(())
}

/// The fields whose values tell nobody apart.
fn impersonal(changes: &str) -> Option<String> {
    let fields: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(changes).unwrap_or_default();
    let kept = fields.into_iter().filter(|(field, _)| IMPERSONAL.contains(&field.as_str()));
    written(serde_json::Map::from_iter(kept))
}

fn written(object: serde_json::Map<String, serde_json::Value>) -> Option<String> {
    (!object.is_empty()).then(|| serde_json::Value::Object(object).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_words_outlive_a_person() {
        let changes =
            r#"{"display_name":["Luca","Luca M"],"reason":[null,"Luca again"],"role":["member","support"]}"#;
        assert_eq!(impersonal(changes).as_deref(), Some(r#"{"role":["member","support"]}"#));
        assert_eq!(impersonal(r#"{"username":[null,"luca.m"]}"#), None);
        assert_eq!(impersonal("not json"), None);
    }
}
