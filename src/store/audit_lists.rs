//! The log as it is read: newest first, by keyset, and never a row that its reader may not see.

use std::ops::Range;

use diesel::prelude::*;

use super::audit::read_changes;
use super::counted::Counted;
use super::kept::{Kept, padded};
use super::names::{self, InviteNameRow, NameRow};
use super::rows::AuditRow;
use super::schema::{audit, invites, tokens, users};
use super::up_to::usual;
use super::walk::{Walk, Walks, Way};
use super::word::Word;
use super::{Conn, StoreError, on};
use crate::domain::audit::{About, Action, By, Doer, Entry, Filter, Sight, Target, Who};
use crate::domain::id::{AuditId, InviteId, RequestId, UserId};
use crate::domain::time::Timestamp;

/// The rows of a filter that somebody may see, before a cursor, newest first.
pub fn page(
    conn: &mut Conn,
    sight: Sight,
    filter: &Filter,
    before: Option<AuditId>,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let ids = ids(conn, sight, filter, before, limit)?;
    entries(conn, &ids)
}

/// The latest rows.
pub fn latest(conn: &mut Conn, sight: Sight, limit: i64) -> Result<Vec<Entry>, StoreError> {
    page(conn, sight, &Filter::default(), None, limit)
}

/// The latest rows about one thing.
pub fn about(conn: &mut Conn, sight: Sight, target: Target, limit: i64) -> Result<Vec<Entry>, StoreError> {
    page(conn, sight, &Filter { target: Some(target), ..Filter::default() }, None, limit)
}

/// The latest rows about a person, and of what they did.
pub fn concerning(conn: &mut Conn, sight: Sight, id: UserId, limit: i64) -> Result<Vec<Entry>, StoreError> {
    let mut found = Vec::new();
    for filter in concerns(id) {
        found.extend(ids(conn, sight, &filter, None, limit)?);
    }
    entries(conn, &newest_of(found, limit))
}

/// The two ways in which a row can concern a person.
pub(super) fn concerns(id: UserId) -> [Filter; 2] {
    [
        Filter { target: Some(Target::User(id)), ..Filter::default() },
        Filter { by: Some(By::Person(id)), ..Filter::default() },
    ]
}

/// How often strangers did something since a moment, counted up to a cap.
pub fn count_of_strangers(
    conn: &mut Conn,
    action: Action,
    since: Timestamp,
    cap: i64,
) -> Result<i64, StoreError> {
    let count = by_strangers(conn, action, since, cap);
    Ok(on!(conn, c => diesel::select(count).get_result(c))?)
}

/// The same as a part of a statement.
pub(super) fn by_strangers(conn: &Conn, action: Action, since: Timestamp, cap: i64) -> Counted<Walk> {
    let ids = AuditId::new(since, [0; 10])..AuditId::LAST;
    let keys = keys(&format!("{} {} ", action.key(), Doer::Nobody.kind()), &ids);
    Counted(vec![Walk { way: way(conn, &["action", SHELF], None, cap), keys }])
}

/// When the newest row was written.
pub fn newest(conn: &mut Conn) -> Result<Option<Timestamp>, StoreError> {
    let at: Option<chrono::NaiveDateTime> =
        on!(conn, c => audit::table.order(audit::id.desc()).select(audit::at).first(c).optional())?;
    Ok(at.map(|at| at.and_utc()))
}

/// Walks each shelf, and takes the newest of what is found on all of them.
pub(super) fn ids(
    conn: &mut Conn,
    sight: Sight,
    filter: &Filter,
    before: Option<AuditId>,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let Some(walks) = walks(conn, sight, filter, before, usual(limit)) else { return Ok(Vec::new()) };
    let found: Vec<String> = match conn {
        Conn::Postgres(c) => walks.load(&mut **c)?,
        Conn::Sqlite(c) => {
            let each: Result<Vec<Vec<String>>, _> = walks.apart().map(|walk| walk.load(&mut **c)).collect();
            each?.concat()
        }
    };
    Ok(newest_of(found, limit))
}

fn newest_of(mut ids: Vec<String>, limit: i64) -> Vec<String> {
    ids.sort_unstable_by(|one, other| other.cmp(one));
    ids.dedup();
    ids.truncate(usize::try_from(limit).unwrap_or(0));
    ids
}

/// The shelf that a row stands on.
const SHELF: &str = "coalesce(actor_role, actor_kind)";

/// The way through the index that has these columns before the id.
fn way(conn: &Conn, columns: &[&str], only: Option<&'static str>, limit: i64) -> Way {
    let mut key = columns.iter().copied().chain(["id"]).collect::<Vec<_>>().join(" || ' ' || ");
    if let (Conn::Postgres(_), false) = (conn, columns.is_empty()) {
        key = format!("({key}) COLLATE \"C\"");
    }
    let within = match (columns.contains(&"target_id"), columns.contains(&"actor_id")) {
        (true, true) => " AND target_kind <> 'session' AND actor_id IS NOT NULL",
        (true, false) => " AND target_kind <> 'session'",
        (false, true) => " AND actor_id IS NOT NULL",
        (false, false) => "",
    };
    Way { key, within, only, limit }
}

/// The keys of rows with these ids, behind the values of the columns before them.
fn keys(values: &str, ids: &Range<AuditId>) -> Range<String> {
    format!("{values}{}", ids.start.key())..format!("{values}{}", ids.end.key())
}

/// The walks that a filter takes: along each shelf that somebody may see, or past all of them where there is no need to
/// tell them apart. None where no row can be meant.
fn walks(conn: &Conn, sight: Sight, filter: &Filter, before: Option<AuditId>, limit: i64) -> Option<Walks> {
    let edge = |at: Timestamp| AuditId::new(at, [0; 10]);
    let below = [before, filter.until.map(edge)].into_iter().flatten().min().unwrap_or(AuditId::LAST);
    let ids = filter.from.map_or(AuditId::NOBODY, edge)..below;
    let (columns, only) = columns(filter)?;
    let (mut names, values): (Vec<&str>, Vec<String>) = columns.into_iter().unzip();
    let values: String = values.iter().map(|value| format!("{value} ")).collect();
    let kind = filter.by.and_then(By::kind);
    let parts: Vec<_> = if sight == Sight::Whole && names.is_empty() && kind.is_none() {
        vec![keys(&values, &ids)]
    } else {
        names.push(SHELF);
        let shelves = sight.shelves().into_iter().filter(|shelf| kind.is_none_or(|kind| *shelf == kind));
        shelves.map(|shelf| keys(&format!("{values}{shelf} "), &ids)).collect()
    };
    let way = way(conn, &names, only, limit);
    (!parts.is_empty()).then_some(Walks { way, parts })
}

/// A column of the key of an index, and its value.
type Column = (&'static str, String);

/// The columns of the index that serves a filter, before the shelf, and the action that it does not serve: what one
/// person did to one thing is little, and has no index for each action.
fn columns(filter: &Filter) -> Option<(Vec<Column>, Option<&'static str>)> {
    let target = match filter.target {
        None => None,
        Some(target @ (Target::User(_) | Target::Invite(_))) => target.columns().map(|(_, key)| key),
        Some(Target::None | Target::Session(_)) => return None,
    };
    let actor = match filter.by {
        Some(By::Person(id)) => Some(id.key()),
        Some(By::CommandLine | By::Job | By::Nobody) | None => None,
    };
    let action = filter.action.map(Action::key);
    let (indexed, only) = if target.is_some() && actor.is_some() { (None, action) } else { (action, None) };
    let columns = [
        target.map(|key| ("target_id", key)),
        actor.map(|key| ("actor_id", key)),
        indexed.map(|key| ("action", key.to_owned())),
    ];
    Some((columns.into_iter().flatten().collect(), only))
}

/// A row of the log, what its doer, its person and its invite are called now, and what the token is called that did it.
type Row = (AuditRow, Option<NameRow>, Option<NameRow>, Option<InviteNameRow>, Option<String>);

/// The rows of these ids, newest first, with the names that people and invites have now. Whose data was erased has none.
fn entries(conn: &mut Conn, ids: &[String]) -> Result<Vec<Entry>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (doer, person) = diesel::alias!(users as doer, users as person);
    let is_about = |kind| audit::target_kind.eq(Word(kind).nullable());
    let ids = padded(ids);
    let rows: Vec<Row> = on!(conn, c => {
        let named = audit::table
            .left_join(doer.on(doer
                .field(users::id)
                .nullable()
                .eq(audit::actor_id)
                .and(doer.field(users::purged_at).is_null())))
            .left_join(person.on(person
                .field(users::id)
                .nullable()
                .eq(audit::target_id)
                .and(is_about("user"))
                .and(person.field(users::purged_at).is_null())))
            .left_join(invites::table.on(invites::id.nullable().eq(audit::target_id).and(is_about("invite"))))
            .left_join(tokens::table.on(tokens::id.nullable().eq(audit::token_id)))
            .filter(audit::id.eq_any(ids))
            .order(audit::id.desc())
            .select((
                AuditRow::as_select(),
                doer.fields((users::display_name, users::username)).nullable(),
                person.fields((users::display_name, users::username)).nullable(),
                (invites::code, invites::code_reading, invites::label).nullable(),
                tokens::name.nullable(),
            ));
        Kept(named).load(c)
    })?;
    rows.into_iter().map(entry).collect()
}

fn entry((row, doer, person, invite, token): Row) -> Result<Entry, StoreError> {
    let corrupt = |column: &str| StoreError::Corrupt(format!("audit.{column}"));
    let user = |key: &str| UserId::from_key(key).map_err(|_| corrupt("user"));
    let who = match (row.actor_kind.as_str(), row.actor_id.as_deref()) {
        ("token", Some(key)) => Who::Token(user(key)?, doer.map(names::person), token),
        (_, Some(key)) => Who::Person(user(key)?, doer.map(names::person)),
        ("command_line", None) => Who::CommandLine,
        ("job", None) => Who::Job,
        (_, None) => Who::Nobody,
    };
    let about = match (row.target_kind.as_deref(), row.target_id.as_deref()) {
        (Some("user"), Some(key)) => About::User(user(key)?, person.map(names::person)),
        (Some("invite"), Some(key)) => {
            let id = InviteId::from_key(key).map_err(|_| corrupt("target_id"))?;
            About::Invite(id, invite.map(names::invite))
        }
        _ => About::Nothing,
    };
    let role = row.actor_role.as_deref().map(str::parse).transpose().map_err(|_| corrupt("actor_role"))?;
    let request = row.request_id.as_deref().map(RequestId::from_key).transpose();
    Ok(Entry {
        id: AuditId::from_key(&row.id).map_err(|_| corrupt("id"))?,
        at: row.at.and_utc(),
        who,
        role,
        action: row.action,
        about,
        changes: row.changes.as_deref().map(read_changes).unwrap_or_default(),
        address: row.address,
        request: request.map_err(|_| corrupt("request_id"))?,
    })
}
