//! Who is signed in, and where.

use diesel::prelude::*;

use super::kept::Kept;
use super::people::{Filter, number_of};
use super::rows::{AccountRow, SessionRow, SettingsRow};
use super::schema::{sessions, settings as settings_table, users};
use super::state::{ReadState, State};
use super::{Conn, StoreError, Tx, on, settings, users::account};
use crate::domain::access::Role;
use crate::domain::id::{SessionId, UserId};
use crate::domain::review::Review;
use crate::domain::secret::TokenHash;
use crate::domain::session::{Lifetime, MOST_SESSIONS, Session, TOUCH_EVERY};
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::domain::user::{Account, Status};

fn session(row: SessionRow) -> Result<Session, StoreError> {
    Ok(Session {
        id: SessionId::from_key(&row.id).map_err(|_| StoreError::Corrupt("sessions.id".to_owned()))?,
        agent: row.agent,
        address: row.address,
        created_at: row.created_at.and_utc(),
        last_seen_at: row.last_seen_at.and_utc(),
    })
}

/// Who is signed in.
#[derive(Debug)]
pub struct Found {
    /// The session of the browser.
    pub session: Session,
    /// Whose it is.
    pub account: Account,
    /// The state of the database in which this was read, if that is known.
    pub state: Option<State>,
}

/// The session of a token and its person. A session past its end, or of somebody who may not sign in, is none. `watched` is
/// the state that SQLite was in before.
pub fn find(
    conn: &mut Conn,
    watched: Option<State>,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<Found>, StoreError> {
    let found: Option<(SessionRow, AccountRow, Option<String>)> = on!(conn, c => sessions::table
        .inner_join(users::table)
        .filter(sessions::token_hash.eq(token.as_str()))
        .select((SessionRow::as_select(), AccountRow::as_select(), ReadState))
        .get_result(c)
        .optional())?;
    let Some((row, user, state)) = found else { return Ok(None) };
    let (session, account) = (session(row)?, account(user)?);
    let holds = Lifetime::of(account.role).holds(session.created_at, session.last_seen_at, now);
    let state = watched.or(state.map(State::Postgres));
    Ok((account.status == Status::Active && holds).then_some(Found { session, account, state }))
}

/// What stands on every page, whoever looks.
#[derive(Debug)]
pub struct Surroundings {
    /// The settings.
    pub settings: Settings,
    /// How many people wait for review, counted up to a cap.
    pub waiting: i64,
}

/// What stands on every page, in one statement.
pub fn surroundings(conn: &mut Conn, most_waiting: i64) -> Result<Surroundings, StoreError> {
    let in_review = Filter { review: Some(Review::Waiting), ..Filter::default() };
    let (settings, waiting): (_, i64) = on!(conn, c => settings_table::table
        .find(1)
        .select((SettingsRow::as_select(), number_of!(&in_review, most_waiting)))
        .first(c))?;
    Ok(Surroundings { settings: settings::read(settings), waiting: most_waiting.min(waiting) })
}

/// Opens a session. Past the most that a person may have, the one unused for longest ends.
pub fn open(tx: &mut Tx<'_>, session: &Session, owner: UserId, token: &TokenHash) -> Result<(), StoreError> {
    open_first(tx, session, owner, token)?;
    seen(tx, owner, session.created_at)?;
    let surplus: Vec<String> = on!(&mut **tx, c => sessions::table
        .filter(sessions::user_id.eq(owner.key()))
        .order((sessions::last_seen_at.desc(), sessions::id.desc()))
        .offset(MOST_SESSIONS)
        .limit(1_000)
        .select(sessions::id)
        .load(c))?;
    if !surplus.is_empty() {
        on!(&mut **tx, c => diesel::delete(sessions::table.filter(sessions::id.eq_any(&surplus))).execute(c))?;
    }
    Ok(())
}

/// Opens the first session of somebody whose account was made as that of somebody who is here.
pub fn open_first(
    tx: &mut Tx<'_>,
    session: &Session,
    owner: UserId,
    token: &TokenHash,
) -> Result<(), StoreError> {
    let row = SessionRow {
        id: session.id.key(),
        token_hash: token.as_str().to_owned(),
        user_id: owner.key(),
        agent: session.agent.clone(),
        address: session.address.clone(),
        created_at: session.created_at.into(),
        last_seen_at: session.last_seen_at.into(),
    };
    on!(&mut **tx, c => diesel::insert_into(sessions::table).values(&row).execute(c))?;
    Ok(())
}

/// Notes that a person was here.
fn seen(tx: &mut Tx<'_>, person: UserId, now: Timestamp) -> Result<(), StoreError> {
    let row = users::table.find(person.key());
    let seen = users::last_seen_at.eq(now.naive_utc());
    let noted = diesel::update(row).set(seen).returning(users::id);
    on!(&mut **tx, c => Kept(noted).load::<String>(c))?;
    Ok(())
}

/// Notes that a session was just used, at most once a minute.
pub fn touch(
    tx: &mut Tx<'_>,
    id: SessionId,
    owner: UserId,
    address: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let stale =
        sessions::table.find(id.key()).filter(sessions::last_seen_at.le((now - TOUCH_EVERY).naive_utc()));
    let used = (sessions::last_seen_at.eq(now.naive_utc()), sessions::address.eq(address));
    // The person before their sessions, as everywhere, so that no two wait for each other.
    seen(tx, owner, now)?;
    on!(&mut **tx, c => diesel::update(stale).set(used).execute(c))?;
    Ok(())
}

/// Gives a session a new token; the old one is worth nothing from then on.
pub fn renew(tx: &mut Tx<'_>, id: SessionId, token: &TokenHash) -> Result<bool, StoreError> {
    let row = sessions::table.find(id.key());
    let changed =
        on!(&mut **tx, c => diesel::update(row).set(sessions::token_hash.eq(token.as_str())).execute(c))?;
    Ok(changed == 1)
}

/// A person's sessions, the latest used first.
pub fn of_user(conn: &mut Conn, owner: UserId) -> Result<Vec<Session>, StoreError> {
    let rows: Vec<SessionRow> = on!(conn, c => sessions::table
        .filter(sessions::user_id.eq(owner.key()))
        .order((sessions::last_seen_at.desc(), sessions::id.desc()))
        .limit(MOST_SESSIONS)
        .select(SessionRow::as_select())
        .load(c))?;
    rows.into_iter().map(session).collect()
}

/// Ends one session of a person. Says whether there was one.
pub fn end(tx: &mut Tx<'_>, owner: UserId, id: SessionId) -> Result<bool, StoreError> {
    let row = sessions::table.find(id.key()).filter(sessions::user_id.eq(owner.key()));
    Ok(on!(&mut **tx, c => diesel::delete(row).execute(c))? == 1)
}

/// Ends the session of a token, if there is one.
pub fn end_by_token(tx: &mut Tx<'_>, token: &TokenHash) -> Result<(), StoreError> {
    let row = sessions::table.filter(sessions::token_hash.eq(token.as_str()));
    on!(&mut **tx, c => diesel::delete(row).execute(c))?;
    Ok(())
}

/// Ends all sessions of a person but one, and says how many.
pub fn end_others(tx: &mut Tx<'_>, owner: UserId, kept: SessionId) -> Result<usize, StoreError> {
    let rows = sessions::table.filter(sessions::user_id.eq(owner.key())).filter(sessions::id.ne(kept.key()));
    Ok(on!(&mut **tx, c => diesel::delete(rows).execute(c))?)
}

/// Drops some that nobody could use any more, whoever they belong to. Says how many.
pub fn drop_dead(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<usize, StoreError> {
    let longest = Lifetime::of(Role::Member);
    let dead: Vec<String> = on!(&mut **tx, c => sessions::table
        .filter(sessions::last_seen_at.le((now - longest.idle).naive_utc()))
        .limit(limit)
        .select(sessions::id)
        .load(c))?;
    Ok(on!(&mut **tx, c => diesel::delete(sessions::table.filter(sessions::id.eq_any(&dead))).execute(c))?)
}

/// Ends all sessions of a person, and says how many.
pub fn end_all(tx: &mut Tx<'_>, owner: UserId) -> Result<usize, StoreError> {
    let rows = sessions::table.filter(sessions::user_id.eq(owner.key()));
    Ok(on!(&mut **tx, c => diesel::delete(rows).execute(c))?)
}
