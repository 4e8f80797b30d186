//! A database as an earlier version left it: filled table by table, as soon as each was there, by the statements of that
//! time. They are the same for both kinds of database.

use chrono::{Duration, NaiveDateTime};

/// With this migration the last table of those is there that have been kept ever since.
pub const LAST: &str = "0007";
/// Nothing of it may run out while the figure is taken.
const MONTH: Duration = Duration::days(30);
/// So many people for one code.
const EACH: usize = 10;

/// What is written after a migration: so many people, who came at this moment.
pub fn rows(migration: &str, people: usize, now: NaiveDateTime) -> String {
    match migration {
        "0001" => format!(
            "INSERT INTO users (id, username, username_skeleton, display_name, email, email_folded, password_hash, role, \
             status, status_reason, created_at) {} SELECT {}, 'early' || n, 'early' || n, \
             CASE WHEN n % 3 = 0 THEN NULL ELSE 'Żofia ' || n END, \
             CASE WHEN n % 2 = 0 THEN 'Early' || n || '@door.example' END, \
             CASE WHEN n % 2 = 0 THEN 'early' || n || '@door.example' END, 'none', \
             CASE WHEN n = 1 THEN 'owner' WHEN n % 40 = 0 THEN 'manager' ELSE 'member' END, \
             CASE WHEN n % 50 = 7 THEN 'suspended' WHEN n % 50 = 8 THEN 'removed' ELSE 'active' END, \
             CASE WHEN n % 50 = 7 THEN 'Noise' END, '{now}' FROM numbers",
            numbers(people),
            id("n")
        ),
        "0002" => format!(
            "INSERT INTO sessions (id, token_hash, user_id, agent, address, created_at, last_seen_at) \
             SELECT id, 'hash' || id, id, 'Firefox on Linux', '192.0.2.7', '{now}', '{now}' FROM users WHERE id LIKE '%5'"
        ),
        "0003" => "UPDATE settings SET server_name = 'Harbour Makers', password_min = 14".to_owned(),
        // The cleanup goes by the time in an id: these are as new as can be.
        "0004" => format!(
            "INSERT INTO audit (id, at, actor_kind, actor_id, actor_role, action, target_kind, target_id, changes) \
             SELECT '7ZZZZZZZZZ' || substr(id, 11), '{now}', 'person', id, role, 'account.registered', 'user', id, '{{}}' FROM users"
        ),
        "0005" => format!("INSERT INTO links VALUES ('early', 'reset', '{now}', '{}')", now + MONTH),
        "0006" => format!("INSERT INTO sign_in_throttles VALUES ('early', 3, '{now}', '{now}')"),
        LAST => codes(people, now),
        _ => String::new(),
    }
}

/// Codes that somebody made or nobody, with and without a limit and an end, and who came with them.
fn codes(people: usize, now: NaiveDateTime) -> String {
    let (codes, later) = ((people / EACH).max(1), now + MONTH);
    format!(
        "INSERT INTO invites (id, code, code_reading, label, label_folded, role, max_uses, uses, lapsed, \
         delete_users_on_expiry, paused, created_by, created_at, updated_at) {} SELECT {each}, 'MANY-' || n, 'MANY' || n, \
         'Table ' || n, 'table ' || n, 'member', CASE WHEN n % 2 = 0 THEN 1000 END, 0, FALSE, FALSE, n % 4 = 0, \
         CASE WHEN n % 2 = 1 THEN {} END, '{now}', '{now}' FROM numbers; \
         UPDATE invites SET expires_at = '{later}', delete_users_on_expiry = TRUE WHERE id LIKE '%3'; \
         INSERT INTO invite_uses (user_id, invite_id, used_at) {} SELECT {each}, {}, '{now}' FROM numbers WHERE n % 4 = 0; \
         UPDATE invites SET uses = (SELECT count(*) FROM invite_uses WHERE invite_id = invites.id); \
         UPDATE users SET attempt = 'attempt' || id WHERE id IN (SELECT user_id FROM invite_uses)",
        numbers(codes),
        id("1"),
        numbers(people),
        id(&format!("(n % {codes} + 1)")),
        each = id("n"),
    )
}

/// The numbers from 1 on, to select from.
fn numbers(many: usize) -> String {
    format!("WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {many})")
}

/// A number as an id.
fn id(number: &str) -> String {
    let zeros = "0".repeat(26);
    format!("substr('{zeros}', 1, 26 - length(CAST({number} AS TEXT))) || CAST({number} AS TEXT)")
}
