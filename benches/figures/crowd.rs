//! Believable people, codes and history in any number, written by the database itself: a million of each within
//! minutes. What the program keeps true is true here as well: a code's uses are those that are recorded, the name that
//! searches compare is the name folded, ids are in the order of time.

use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection};
use doorlist::domain::database::DatabaseAddress;
use doorlist::domain::id::{AuditId, InviteId, UserId};
use doorlist::domain::time::Timestamp;
use doorlist::sys::clock::{Clock, SystemClock};

use crate::Outcome;
use crate::place::Place;
use crate::span::Span;

/// How many of each.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// People, and as many invites: a multiple of 100.
    pub rows: i64,
    /// Rows of the audit log.
    pub audit: i64,
}

/// What a page can be asked for.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// The code that one in twenty came with.
    pub open_house: InviteId,
    /// One of those who made codes.
    pub creator: UserId,
    /// An invite in the middle of all, and its code's first symbols.
    pub middle: InviteId,
    /// A person in the middle of all.
    pub person: UserId,
    /// A row in the middle of the log, and the day on which it was written.
    pub entry: AuditId,
    pub day: NaiveDate,
    /// When people came and codes were made, and when the log was written.
    pub came: Span,
    pub logged: Span,
}

#[derive(QueryableByName)]
struct Unsettled {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    tables: i64,
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    made: String,
}

/// Over how long they came.
const DAYS: i64 = 1_000;
/// How far back the log goes.
const LOG_DAYS: i64 = 390;
const DAY: i64 = 86_400_000;
/// An id has its time and nothing else: nothing here happens twice in a millisecond.
const REST: &str = "0000000000000000";
const SYMBOLS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const FIRST: [&str; 16] = [
    "Mara", "Jonas", "Sofie", "Amir", "Lena", "Tomas", "Priya", "Oskar", "Yuki", "Clara", "Bruno", "Ines",
    "Milan", "Freya", "Hugo", "Aisha",
];
const LAST: [&str; 17] = [
    "Lindqvist",
    "Dahl",
    "Okafor",
    "Moreau",
    "Tanaka",
    "Berger",
    "Novak",
    "Keller",
    "Ferreira",
    "Haddad",
    "Sorensen",
    "Petrov",
    "Romano",
    "Whitfield",
    "Anand",
    "Castro",
    "Jung",
];
const OCCASION: [&str; 9] = [
    "Spring meeting",
    "Neighbours",
    "Band practice",
    "Repair evening",
    "Book club",
    "Open house",
    "Garden days",
    "Film night",
    "Chess circle",
];

/// Fills a database that has its tables and an owner.
pub fn fill(place: &Place, size: Size) -> Outcome<Known> {
    let now = SystemClock.now();
    let (begin, step) = (now.timestamp_millis() - DAYS * DAY, DAYS * DAY / (size.rows + 1));
    let statements = |moment: fn(&str) -> String| {
        let text = Text { moment, now: now.timestamp_millis(), begin, step };
        [text.numbers(size.rows), text.people(), text.invites(), text.uses(), text.history(size)].join(";\n")
    };
    match DatabaseAddress::parse(&place.url())? {
        DatabaseAddress::Sqlite(path) => {
            let mut c = SqliteConnection::establish(&path.to_string_lossy())?;
            c.batch_execute(
                "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA temp_store = MEMORY; BEGIN",
            )?;
            let moment =
                |millis: &str| format!("strftime('%Y-%m-%d %H:%M:%f', ({millis}) / 1000.0, 'unixepoch')");
            c.batch_execute(&statements(moment))?;
            c.batch_execute("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")?;
        }
        DatabaseAddress::Postgres(url) => {
            let mut c = PgConnection::establish(url.reveal())?;
            let moment = |millis: &str| format!("to_timestamp(({millis}) / 1000.0) AT TIME ZONE 'UTC'");
            // An index of every three characters is made in a fraction of the time when its rows are there.
            let made: Vec<Index> = diesel::sql_query(
                "SELECT indexname::text AS name, indexdef AS made FROM pg_indexes WHERE indexname LIKE 'search\\_%'",
            )
            .load(&mut c)?;
            c.batch_execute("SET synchronous_commit = off; SET maintenance_work_mem = '256MB'; BEGIN")?;
            made.iter().try_for_each(|index| c.batch_execute(&format!("DROP INDEX {}", index.name)))?;
            c.batch_execute(&statements(moment))?;
            // An index cannot be made while deferred checks of its table wait.
            c.batch_execute("SET CONSTRAINTS ALL IMMEDIATE")?;
            made.iter().try_for_each(|index| c.batch_execute(&index.made))?;
            c.batch_execute("COMMIT")?;
            settle(&mut c)?;
        }
    }
    let at = |number: i64| Timestamp::from_timestamp_millis(begin + number * step).ok_or("no such moment");
    let middle = at(size.rows / 2)?;
    let logged = log_span(now.timestamp_millis(), size);
    let entry = logged.begin + size.audit / 2 * logged.step;
    let written = Timestamp::from_timestamp_millis(entry).ok_or("no such moment")?;
    Ok(Known {
        came: Span { begin, step, count: size.rows },
        logged,
        open_house: InviteId::new(at(1)?, [0; 10]),
        creator: UserId::new(at(3)?, [0; 10]),
        middle: InviteId::new(middle, [0; 10]),
        person: UserId::new(middle, [0; 10]),
        entry: AuditId::new(written, [0; 10]),
        day: written.date_naive(),
    })
}

/// Has PostgreSQL do what it does by itself within minutes: look at all rows, and note that everybody sees them. Whatever else
/// looked at the database meanwhile, a worker of the server's own for example, keeps it from noting that.
fn settle(c: &mut PgConnection) -> Outcome<()> {
    const UNSETTLED: &str = "SELECT count(*) AS tables FROM pg_class WHERE relkind = 'r' \
                             AND relnamespace = 'public'::regnamespace AND relallvisible < relpages / 2";
    for _ in 0..10 {
        c.batch_execute("VACUUM ANALYZE")?;
        let left: Unsettled = diesel::sql_query(UNSETTLED).get_result(c)?;
        if left.tables == 0 {
            return Ok(());
        }
        c.batch_execute("SELECT pg_sleep(3)")?;
    }
    Err("PostgreSQL does not note that everybody sees the rows".into())
}

/// The log is as long as it is kept: rows past that would be dropped while the lists are measured.
const fn log_span(now: i64, size: Size) -> Span {
    Span { begin: now - LOG_DAYS * DAY, step: LOG_DAYS * DAY / (size.audit + 1), count: size.audit }
}

/// A number as symbols, the last of so many.
fn base32(number: &str, digits: u32) -> String {
    let symbol = |at: u32| {
        format!("substr('{SYMBOLS}', 1 + CAST(({number}) / {} % 32 AS INTEGER), 1)", 32_i64.pow(at))
    };
    (0..digits).rev().map(symbol).collect::<Vec<_>>().join(" || ")
}

/// One of some words, by a number.
fn pick(words: &[&str], number: &str) -> String {
    let cases = words.iter().enumerate().map(|(at, word)| format!("WHEN {at} THEN '{word}'"));
    format!("CASE ({number}) % {} {} END", words.len(), cases.collect::<Vec<_>>().join(" "))
}

/// The statements, for a database that makes a moment out of milliseconds in this way.
struct Text {
    moment: fn(&str) -> String,
    now: i64,
    begin: i64,
    step: i64,
}

impl Text {
    fn at(&self, millis: &str) -> String {
        (self.moment)(millis)
    }

    /// Everybody's and every code's number, with what is made of it: when, which id, and with which code they came. One
    /// in twenty came without, one through the open house, the others with one of four codes in ten. SQLite joins by an
    /// index only where both sides are said to be numbers.
    fn numbers(&self, rows: i64) -> String {
        let id = base32("ms", 10);
        let Self { begin, step, .. } = self;
        format!(
            "CREATE TEMP TABLE numbers AS WITH RECURSIVE n (i) AS \
             (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {rows}), \
             times AS (SELECT i, {begin} + i * {step} AS ms, CASE \
                 WHEN i % 20 = 0 THEN NULL WHEN i % 20 = 1 THEN 1 WHEN i % 10 < 6 THEN i - i % 10 + 2 \
                 WHEN i % 10 < 8 THEN i - i % 10 + 3 ELSE i - 4 END AS code FROM n) \
             SELECT i, ms, code, {id} || '{REST}' AS id FROM times; \
             CREATE UNIQUE INDEX numbers_i ON numbers (i); \
             CREATE TEMP TABLE used AS SELECT CAST(code AS BIGINT) AS code, count(*) AS uses, max(ms) AS latest FROM numbers \
                 WHERE code IS NOT NULL GROUP BY code; \
             CREATE UNIQUE INDEX used_code ON used (code); ANALYZE numbers; ANALYZE used"
        )
    }

    fn people(&self) -> String {
        let (first, last) = (pick(&FIRST, "i * 7 / 3"), pick(&LAST, "i * 5 / 2"));
        let host = pick(&["harbour.example", "makers.example", "post.example"], "i");
        let (joined, later, seen) = (self.at("ms"), self.at("ms + 3600000"), self.at("ms + 7200000"));
        // Whose grace is over would be erased while the lists are measured.
        let yesterday = self.at(&(self.now - DAY).to_string());
        format!(
            "INSERT INTO users (id, username, username_skeleton, display_name, name_folded, email, email_folded, \
             password_hash, role, status, created_at, last_seen_at, joined_from, review, review_note, reviewed_at, \
             role_changed_at, suspended_at, removed_at, purged_at, came_with) \
             SELECT id, name, replace(replace(replace(replace(replace(replace(name, '.', ''), 'rn', 'm'), '0', 'o'), \
             '1', 'l'), 'i', 'l'), '5', 's'), shown, coalesce(lower(shown), ''), email, email, \
             '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b7dWRWJTmaaJObGDbvoWWWkOpU', \
             CASE WHEN i <= 8 THEN 'manager' WHEN i % 1000 = 7 THEN 'support' WHEN i % 5000 = 8 THEN 'manager' \
                 WHEN i % 20000 = 9 THEN 'admin' ELSE 'member' END, \
             CASE WHEN i % 100 = 33 THEN 'suspended' WHEN i % 100 = 34 THEN 'removed' ELSE 'active' END, \
             {joined}, {seen}, '10.' || (i / 65536 % 256) || '.' || (i / 256 % 256) || '.' || (i % 256), \
             CASE WHEN came = '' THEN NULL WHEN i % 200 = 51 THEN 'flagged' WHEN i % 40 = 2 THEN 'waiting' \
                 ELSE 'approved' END, \
             CASE WHEN came <> '' AND i % 200 = 51 THEN 'Ask who this is.' END, \
             CASE WHEN came <> '' AND i % 40 <> 2 THEN {later} END, \
             CASE WHEN i % 1000 = 7 OR i % 5000 = 8 OR i % 20000 = 9 THEN {later} END, \
             CASE WHEN i % 100 = 33 THEN {later} END, \
             CASE WHEN i % 200 = 34 THEN {later} WHEN i % 100 = 34 THEN {yesterday} END, \
             CASE WHEN i % 200 = 34 THEN {later} END, came \
             FROM (SELECT i, ms, id, lower({first} || '.' || {last}) || i AS name, \
                 CASE WHEN i % 200 <> 34 AND i % 7 > 0 THEN {first} || ' ' || {last} END AS shown, \
                 CASE WHEN i % 200 <> 34 AND i % 10 < 7 THEN lower({last}) || i || '@' || {host} END AS email, \
                 coalesce((SELECT codes.id FROM numbers AS codes WHERE codes.i = numbers.code), '') AS came \
                 FROM numbers) AS people ORDER BY i"
        )
    }

    fn invites(&self) -> String {
        let Self { now, begin, step, .. } = self;
        let label = pick(&OCCASION, "i * 5 / 3");
        let code =
            [base32("i * 663608941 % 1073741824", 6), base32("i * 654435769 % 1073741824", 6)].join(" || ");
        let (made, used) = (self.at("ms"), self.at("latest"));
        let (ends, gone) = (self.at("ends"), self.at("ms + 86400000"));
        let batch = base32(&format!("({begin} + (i - i % 100) * {step})"), 10);
        format!(
            "INSERT INTO invites (id, code, code_reading, label, label_folded, role, max_uses, uses, expires_at, lapsed, \
             delete_users_on_expiry, paused, deleted_at, batch_id, created_by, created_at, updated_at, last_used_at) \
             SELECT id, substr(code, 1, 4) || '-' || substr(code, 5, 4) || '-' || substr(code, 9, 4), code, label, \
             coalesce(lower(label), ''), \
             CASE WHEN i % 1000 = 0 THEN 'admin' WHEN i % 100 = 10 THEN 'manager' WHEN i % 50 = 9 THEN 'support' \
                 ELSE 'member' END, \
             CASE WHEN i = 1 THEN NULL WHEN i % 10 = 2 THEN 10 WHEN i % 10 = 3 THEN 2 WHEN i % 10 IN (0, 4, 6) THEN 1 \
                 WHEN i % 10 = 7 THEN 5 WHEN i % 10 = 9 THEN 25 END, \
             coalesce(uses, 0), CASE WHEN ends IS NOT NULL THEN {ends} END, coalesce(ends <= {now}, FALSE), \
             coalesce(ends > {now}, FALSE) AND i % 50 = 11, i % 33 = 0, CASE WHEN i % 25 = 24 THEN {gone} END, \
             CASE WHEN i % 100 >= 60 AND i % 100 < 80 THEN {batch} || '{REST}' END, \
             (SELECT makers.id FROM numbers AS makers WHERE makers.i = 1 + made.i * 7 / 3 % 8 AND makers.ms < made.ms), \
             {made}, {made}, CASE WHEN latest IS NOT NULL THEN {used} END \
             FROM (SELECT i, ms, id, uses, latest, {code} AS code, \
                 CASE WHEN i % 2 = 0 THEN {label} || ', table ' || (i % 977) END AS label, \
                 CASE i % 3 WHEN 1 THEN ms + 2592000000 WHEN 2 THEN ms + 34560000000 END AS ends \
                 FROM numbers LEFT JOIN used ON used.code = numbers.i) AS made ORDER BY i"
        )
    }

    fn uses(&self) -> String {
        let (used, opened, seen) = (self.at("numbers.ms"), self.at("ms"), self.at("ms + 7200000"));
        format!(
            "INSERT INTO invite_uses (user_id, invite_id, used_at) SELECT numbers.id, codes.id, {used} \
             FROM numbers JOIN numbers AS codes ON codes.i = numbers.code ORDER BY numbers.i; \
             INSERT INTO sessions (id, token_hash, user_id, agent, address, created_at, last_seen_at) \
             SELECT id, id, id, 'Firefox on Linux', '10.0.0.1', {opened}, {seen} FROM numbers WHERE i % 50 = 3"
        )
    }

    /// Sign-ins, refused ones, and what was done to codes and accounts.
    fn history(&self, size: Size) -> String {
        let Span { begin, step, .. } = log_span(self.now, size);
        let (Size { rows, audit }, id, at) = (size, base32("happened", 10), self.at("happened"));
        format!(
            "INSERT INTO audit (id, at, actor_kind, actor_id, actor_role, action, target_kind, target_id, changes, address) \
             WITH RECURSIVE n (entry) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT entry + 1 FROM n WHERE entry < {audit}), \
             events AS (SELECT entry, entry % 10 AS kind, {begin} + entry * {step} AS happened FROM n) \
             SELECT {id} || '{REST}', {at}, CASE kind WHEN 3 THEN 'nobody' ELSE 'person' END, \
             CASE WHEN kind = 3 THEN NULL WHEN kind IN (4, 5) THEN makers.id ELSE numbers.id END, \
             CASE WHEN kind = 3 THEN NULL WHEN kind IN (4, 5) THEN 'manager' ELSE 'member' END, \
             CASE kind WHEN 3 THEN 'session.sign_in_failed' WHEN 4 THEN 'invite.created' WHEN 5 THEN 'invite.extended' \
                 WHEN 6 THEN 'account.profile_changed' ELSE 'session.signed_in' END, \
             CASE WHEN kind IN (4, 5) THEN 'invite' ELSE 'user' END, numbers.id, \
             CASE kind WHEN 5 THEN '{{\"expires_at\":[\"2026-01-01T00:00:00Z\",\"2026-02-01T00:00:00Z\"]}}' END, \
             '10.0.0.1' FROM events JOIN numbers ON numbers.i = 1 + entry * 7919 % {rows} \
             JOIN numbers AS makers ON makers.i = 1 + entry % 8 ORDER BY entry"
        )
    }
}
