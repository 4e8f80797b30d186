//! No list reads a table from end to end, nor sorts or sifts what it does not show: every statement that its function
//! really sends is recorded and explained, and goes through exactly the indexes that are named here.
//!
//! To see it fail, leave out any `CREATE INDEX` of `migrations/*/0009_search` or `0007_invites`.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use diesel::connection::{Connection, InstrumentationEvent, SimpleConnection};
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use doorlist::domain::access::Role;
use doorlist::domain::id::{InviteId, UserId};
use doorlist::domain::invite::Status;
use doorlist::domain::review::Review;
use doorlist::domain::user::Status as Standing;
use doorlist::store::people::Came;
use doorlist::store::{Conn, Store, StoreError, invite_lists, invites, people, sessions, users};

use crate::database::{Database, Kind, both};
use crate::people::{noon, open};

both![
    people_are_listed_through_an_index_for_every_filter,
    invites_are_listed_through_an_index_for_every_filter,
    searches_go_through_indexes,
    counts_and_details_go_through_indexes,
];

#[derive(QueryableByName)]
struct SqliteStep {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct PostgresStep {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

/// Some thousand people and invites, in every state.
async fn crowded(kind: Kind) -> (Database, Store) {
    let database = Database::new(kind);
    let store = open(&database);
    let numbers =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000), \
         k (i, id) AS (SELECT i, '01JZ000000000000' || substr(CAST(10000000000 + i AS TEXT), 2) FROM n)";
    database.execute(&format!(
        "INSERT INTO users (id, username, username_skeleton, email, email_folded, password_hash, role, status, created_at, \
         review, display_name, name_folded) \
         {numbers} SELECT id, 'anna' || i, 'anna' || i, i || '@a.example', i || '@a.example', 'a hash', \
         CASE WHEN i % 50 = 0 THEN 'admin' ELSE 'member' END, \
         CASE WHEN i % 40 = 0 THEN 'suspended' WHEN i % 30 = 0 THEN 'removed' ELSE 'active' END, \
         '2026-11-20 11:00:00', CASE WHEN i % 20 = 0 THEN 'flagged' ELSE 'approved' END, 'Anna ' || i, 'anna ' || i FROM k; \
         INSERT INTO invites (id, code, code_reading, label, label_folded, role, uses, max_uses, expires_at, lapsed, \
         delete_users_on_expiry, paused, created_by, created_at, updated_at) \
         {numbers} SELECT id, 'C0DE' || i, 'C0DE' || i, 'Friends ' || i, 'friends ' || i, \
         CASE WHEN i % 50 = 0 THEN 'admin' ELSE 'member' END, 0, 1 + i % 9, '2026-11-25 12:00:00', i % 3 = 0, FALSE, \
         i % 7 = 0, (SELECT min(id) FROM users WHERE users.id >= k.id), '2026-11-20 11:00:00', '2026-11-20 11:00:00' FROM k; \
         INSERT INTO invite_uses (user_id, invite_id, used_at) \
         {numbers} SELECT id, (SELECT max(id) FROM invites), '2026-11-20 11:00:00' FROM k WHERE i % 4 > 0; \
         INSERT INTO sessions (id, token_hash, user_id, agent, address, created_at, last_seen_at) \
         {numbers} SELECT id, id, id, '', '', '2026-11-20 11:00:00', '2026-11-20 11:00:00' FROM k; ANALYZE"
    ));
    (database, store)
}

/// What each statement of some work is planned as, its steps in one text.
async fn plans<T: 'static>(
    store: &Store,
    work: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
) -> Vec<(String, String)> {
    let explained: Result<_, StoreError> = store
        .read(move |conn| {
            let seen = Arc::new(Mutex::new(Vec::new()));
            let record = Arc::clone(&seen);
            let watch = move |event: InstrumentationEvent<'_>| {
                if let InstrumentationEvent::StartQuery { query, .. } = event {
                    record.lock().unwrap().push(query.to_string());
                }
            };
            match conn {
                Conn::Sqlite(c) => c.set_instrumentation(watch),
                Conn::Postgres(c) => c.set_instrumentation(watch),
            }
            drop(work(conn)?);
            let seen: Vec<String> = seen.lock().unwrap().drain(..).collect();
            Ok(seen.into_iter().map(|statement| (explain(conn, &statement), statement)).collect())
        })
        .await;
    explained.unwrap()
}

fn explain(conn: &mut Conn, statement: &str) -> String {
    let (sql, binds) = statement.split_once(" -- binds: ").unwrap();
    match conn {
        // SQLite is built so that it does not look at what is bound.
        Conn::Sqlite(c) => {
            let steps: Vec<SqliteStep> = sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(&mut **c).unwrap();
            steps.into_iter().map(|step| step.detail).collect::<Vec<_>>().join("\n")
        }
        // With so few rows all ways cost the same; switched off, these are taken only where there is no other.
        Conn::Postgres(c) => {
            c.batch_execute(&format!(
                "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; \
                 SET plan_cache_mode = force_custom_plan; PREPARE explained AS {sql}"
            ))
            .unwrap();
            let execute = match arguments(binds) {
                none if none.is_empty() => "EXECUTE explained".to_owned(),
                some => format!("EXECUTE explained ({})", some.join(", ")),
            };
            let steps: Vec<PostgresStep> = sql_query(format!("EXPLAIN {execute}")).load(&mut **c).unwrap();
            c.batch_execute("DEALLOCATE explained").unwrap();
            steps.into_iter().map(|step| step.line).collect::<Vec<_>>().join("\n")
        }
    }
}

/// `["active", 51, ["a", "b"]]` → `'active'`, `'51'`, `'{"a", "b"}'`: PostgreSQL knows the types by itself.
fn arguments(binds: &str) -> Vec<String> {
    let mut arguments = vec![String::new()];
    let (mut depth, mut quoted) = (0, false);
    for symbol in binds.trim().trim_start_matches('[').trim_end_matches(']').chars() {
        quoted ^= symbol == '"';
        depth += i32::from(symbol == '[' && !quoted) - i32::from(symbol == ']' && !quoted);
        if symbol == ',' && depth == 0 && !quoted {
            arguments.push(String::new());
        } else {
            arguments.last_mut().unwrap().push(symbol);
        }
    }
    let literal = |argument: &String| {
        let argument = argument.trim();
        let list = argument.strip_prefix('[').map(|list| format!("{{{}}}", list.trim_end_matches(']')));
        format!("'{}'", list.unwrap_or_else(|| argument.trim_matches('"').to_owned()))
    };
    arguments.iter().filter(|argument| !argument.is_empty()).map(literal).collect()
}

/// What SQLite calls the indexes of keys and unique columns.
const OF_CONSTRAINTS: [(&str, &str); 7] = [
    ("sqlite_autoindex_users_1", "users_pkey"),
    ("sqlite_autoindex_users_2", "users_username_key"),
    ("sqlite_autoindex_users_4", "users_email_folded_key"),
    ("sqlite_autoindex_invites_1", "invites_pkey"),
    ("sqlite_autoindex_invites_2", "invites_code_reading_key"),
    ("sqlite_autoindex_search_people_numbers_1", "search_people"),
    ("sqlite_autoindex_search_labels_numbers_1", "search_labels"),
];

/// The indexes that a plan names, as PostgreSQL calls them.
fn indexes(plan: &str) -> BTreeSet<String> {
    let words: Vec<&str> = plan.split_whitespace().collect();
    let after = |pair: &[&str]| match pair {
        ["INDEX" | "using" | "on", name] => Some((*name).to_owned()),
        _ => None,
    };
    let named = words.windows(2).filter_map(after).filter(|name| name.contains('_') && !name.ends_with(':'));
    let named = named.map(|name| {
        OF_CONSTRAINTS.iter().find(|(sqlite, _)| *sqlite == name).map_or(name, |(_, same)| (*same).to_owned())
    });
    named.collect()
}

async fn people_are_listed_through_an_index_for_every_filter(kind: Kind) {
    let (_database, store) = crowded(kind).await;
    let invite = InviteId::from_key("01JZ0000000000000000003000").unwrap();
    for filter in [people::Filter::default(), people::Filter{role: Some(Role::Admin), ..Default::default()}, people::Filter{role: Some(Role::Admin), review: Some(Review::Flagged), came: Some(Came::With(invite)), ..Default::default()}] {
        for (plan, sql) in plans(&store, move |c| people::page(c, &filter, None, 51)).await { println!("{sql}\n{plan}\n{:?}\n", indexes(&plan)); }
    }
}
async fn invites_are_listed_through_an_index_for_every_filter(kind: Kind) {
    let (_database, store) = crowded(kind).await;
    for status in [None, Some(Status::Active), Some(Status::Expired)] { for role in [None, Some(Role::Admin)] { for creator in [None, Some(UserId::LAST)] {
        let filter = invite_lists::Filter { status, role, creator, ..Default::default() };
        for (plan, sql) in plans(&store, move |c| invite_lists::page(c, &filter, None, noon(), 51)).await { println!("{sql}\n{plan}\n{:?}\n", indexes(&plan)); }
    }}}
}
async fn searches_go_through_indexes(kind: Kind) {
    let (_database, store) = crowded(kind).await;
    for q in ["an", "anna"] {
        let filter = people::Filter{search: Some(q.into()), ..Default::default()};
        for (plan, sql) in plans(&store, move |c| people::page(c, &filter, None, 51)).await { println!("{}\n{plan}\n{:?}\n", &sql[..sql.len().min(700)], indexes(&plan)); }
        let filter = invite_lists::Filter{search: Some(q.into()), revealed: vec![Role::Member, Role::Admin], status: Some(Status::Active), ..Default::default()};
        for (plan, sql) in plans(&store, move |c| invite_lists::page(c, &filter, None, noon(), 51)).await { println!("{}\n{plan}\n{:?}\n", &sql[..sql.len().min(700)], indexes(&plan)); }
    }
}
async fn counts_and_details_go_through_indexes(kind: Kind) {
    let (_database, store) = crowded(kind).await;
    let invite = InviteId::from_key("01JZ0000000000000000003000").unwrap();
    for (plan, sql) in plans(&store, move |c| {
        people::count(c, false, 1001)?; people::count(c, true, 1001)?; people::count_in_review(c, Review::Flagged, 1001)?;
        users::count_active(c, 1001)?; sessions::count_seen_since(c, noon(), 1001)?; invites::joined(c, invite, None, 51)?; invites::count_joined(c, invite, 1001)?;
        invite_lists::count(c, None, 1001)?; invite_lists::count(c, Some(Status::Active), 1001)?; invite_lists::any_due(c, noon())?; invite_lists::ending(c, noon(), noon(), 5)?;
        invite_lists::creators(c, 100)?; invite_lists::joins_per_day(c, noon())
    }).await { println!("{sql}\n{plan}\n{:?}\n", indexes(&plan)); }
    let _ = Standing::ALL;
}
