//! What the databases mean to do for a function: every statement that it really sends is recorded and explained, and
//! held against the indexes that it has to go through.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use diesel::connection::{Connection, InstrumentationEvent, SimpleConnection};
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use doorlist::store::{Conn, Store, StoreError};

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

/// How PostgreSQL chooses among its ways.
#[derive(Debug, Clone, Copy)]
pub enum Choice {
    /// As it does.
    Free,
    /// With so few rows all ways cost the same; what is switched off here is taken only where there is no other.
    ThroughIndexes,
}

/// Each statement of some work, behind what it is planned as, with the steps in one text.
pub async fn plans<T: 'static>(
    store: &Store,
    choice: Choice,
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
            Ok(seen.into_iter().map(|statement| (explain(conn, choice, &statement), statement)).collect())
        })
        .await;
    explained.unwrap()
}

fn explain(conn: &mut Conn, choice: Choice, statement: &str) -> String {
    let (sql, binds) = statement.split_once(" -- binds: ").unwrap();
    match conn {
        // SQLite is built so that it does not look at what is bound.
        Conn::Sqlite(c) => {
            let steps: Vec<SqliteStep> =
                sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(&mut **c).unwrap();
            steps.into_iter().map(|step| step.detail).collect::<Vec<_>>().join("\n")
        }
        Conn::Postgres(c) => {
            if matches!(choice, Choice::ThroughIndexes) {
                c.batch_execute("SET enable_seqscan = off; SET enable_sort = off").unwrap();
            }
            c.batch_execute(&format!("PREPARE explained AS {sql}")).unwrap();
            let execute = match arguments(binds) {
                none if none.is_empty() => "EXECUTE explained".to_owned(),
                some => format!("EXECUTE explained ({})", some.join(", ")),
            };
            let mut planned = |mode: &str| {
                c.batch_execute(&format!("SET plan_cache_mode = {mode}")).unwrap();
                let steps: Vec<PostgresStep> =
                    sql_query(format!("EXPLAIN {execute}")).load(&mut **c).unwrap();
                steps.into_iter().map(|step| step.line).collect::<Vec<_>>().join("\n")
            };
            // A number of rows that stands in the text has the server keep a plan for any values. What a search found in its
            // index is sorted.
            if sql.contains("LIMIT ") && !sql.contains("LIMIT $") && !sql.contains("OFFSET 0") {
                let kept = planned("force_generic_plan");
                assert!(!kept.contains("Seq Scan") && !kept.contains("Sort  ("), "{sql}\n{kept}");
            }
            let plan = planned("force_custom_plan");
            c.batch_execute("DEALLOCATE explained").unwrap();
            plan
        }
    }
}

/// `["active", 51, ["a", "b"]]` → `'active'`, `'51'`, `'{"a", "b"}'`: PostgreSQL knows the types by itself.
fn arguments(binds: &str) -> Vec<String> {
    let outer = binds.trim().strip_prefix('[').unwrap().strip_suffix(']').unwrap();
    let mut arguments = vec![String::new()];
    let (mut depth, mut quoted) = (0, false);
    for symbol in outer.chars() {
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
const OF_CONSTRAINTS: [(&str, &str); 8] = [
    ("sqlite_autoindex_users_1", "users_pkey"),
    ("sqlite_autoindex_users_2", "users_username_key"),
    ("sqlite_autoindex_users_3", "users_username_skeleton_key"),
    ("sqlite_autoindex_users_4", "users_email_folded_key"),
    ("sqlite_autoindex_invites_1", "invites_pkey"),
    ("sqlite_autoindex_invites_2", "invites_code_reading_key"),
    ("sqlite_autoindex_jobs_1", "jobs_pkey"),
    ("sqlite_autoindex_sessions_2", "sessions_token_hash_key"),
];

/// The indexes that a plan names, as PostgreSQL calls them.
fn indexes(plan: &str) -> BTreeSet<&str> {
    let named = plan.lines().filter_map(|line| {
        // SQLite's full text search is a table to it; without M there is nothing that it would be searched for.
        let words = if line.contains("VIRTUAL TABLE INDEX") && line.contains(":M") {
            ["SCAN "].as_slice()
        } else {
            &[" USING INDEX ", " USING COVERING INDEX ", "Bitmap Index Scan on ", " using "]
        };
        let (_, behind) = words.iter().find_map(|words| line.split_once(words))?;
        behind.split_whitespace().next()
    });
    let same = |name| {
        OF_CONSTRAINTS.iter().find(|(sqlite, _)| *sqlite == name).map_or(name, |(_, postgres)| *postgres)
    };
    named.map(same).collect()
}

/// The steps of a plan whose cost grows with a table.
fn faults(plan: &str) -> Vec<&str> {
    // What is sorted there was bounded before: the matches of a rare word, the latest of a month.
    const BOUNDED: [&str; 3] = ["search_people", "search_labels", "latest"];
    // What is sifted out there is little: what ended a moment ago, what was deleted or
    // erased, what a search looks at, the end of the creators.
    const LITTLE: [&str; 6] = ["expires_at", "deleted_at", "purged_at", "strpos", "ANY", "(id IS NOT NULL)"];
    let bounded = BOUNDED.iter().any(|word| plan.contains(word));
    // So are the pages that streams bring, which are merged.
    let merges = |before: &str| before == "SCAN stream" || before.contains("Merge Append");
    let is_fault = |(line, before): &(&str, &str)| {
        let words: Vec<_> = line.split_whitespace().collect();
        let reads_all =
            matches!(words.as_slice(), ["SCAN", "users" | "invites" | "invite_uses" | "sessions"])
                || line.contains("Seq Scan");
        let sorts = line.contains("TEMP B-TREE") || line.contains("Sort Key");
        let sifts =
            line.trim_start().starts_with("Filter:") && !LITTLE.iter().any(|word| line.contains(word));
        reads_all || sorts && !bounded && !merges(before) || sifts
    };
    let before = [""].into_iter().chain(plan.lines());
    plan.lines().zip(before).filter(is_fault).map(|(line, _)| line).collect()
}

/// Holds each statement of some work against the indexes that it has to go through. A statement without any is one that
/// gets only what a search found: little enough for every way.
pub async fn expect<T: 'static>(
    store: &Store,
    what: impl std::fmt::Debug,
    expected: &[&[&str]],
    work: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
) {
    let plans = plans(store, Choice::ThroughIndexes, work).await;
    let free = |at| expected.get(at).is_some_and(|names: &&[&str]| names.is_empty());
    let used = plans.iter().enumerate();
    let used: Vec<_> =
        used.map(|(at, (plan, _))| if free(at) { BTreeSet::new() } else { indexes(plan) }).collect();
    let expected: Vec<BTreeSet<_>> = expected.iter().map(|names| names.iter().copied().collect()).collect();
    assert_eq!(used, expected, "{what:?}: {plans:#?}");
    for (plan, statement) in &plans {
        assert_eq!(faults(plan), Vec::<&str>::new(), "{what:?}: {statement}\n{plan}");
    }
}
