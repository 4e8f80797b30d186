//! What a look at the log costs: every walk that a page really sends, as both databases plan it.

use std::sync::{Arc, Mutex};

use diesel::connection::{Connection, InstrumentationEvent, SimpleConnection};
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use doorlist::domain::access::Role;
use doorlist::domain::audit::{By, Filter, Origin, Sight};
use doorlist::store::{Conn, Store, StoreError, audit_lists};

use crate::audit::{append, filters, invite, known, person};
use crate::database::{Database, Kind, both};
use crate::people::open;

both![no_filter_meets_a_row_that_it_does_not_show];

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

/// The plans of the walks that a page of a filter really sends.
async fn plans(store: &Store, sight: Sight, filter: Filter) -> Vec<String> {
    let plans: Result<Vec<String>, StoreError> = store
        .read(move |conn| {
            let sent = Arc::new(Mutex::new(Vec::new()));
            let record = Arc::clone(&sent);
            let watch = move |event: InstrumentationEvent<'_>| {
                if let InstrumentationEvent::StartQuery { query, .. } = event {
                    record.lock().unwrap().push(query.to_string());
                }
            };
            match conn {
                Conn::Sqlite(c) => c.set_instrumentation(watch),
                Conn::Postgres(c) => c.set_instrumentation(watch),
            }
            audit_lists::page(conn, sight, &filter, None, 51)?;
            let sent = std::mem::take(&mut *sent.lock().unwrap());
            let walks = sent.iter().filter(|statement| statement.starts_with("SELECT id FROM audit"));
            Ok(walks.map(|statement| explain(conn, statement)).collect())
        })
        .await;
    plans.unwrap()
}

fn explain(conn: &mut Conn, statement: &str) -> String {
    let (sql, binds) = statement.split_once(" -- binds: ").unwrap();
    match conn {
        Conn::Sqlite(c) => {
            let steps: Vec<SqliteStep> =
                sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(&mut **c).unwrap();
            steps.into_iter().map(|step| step.detail).collect::<Vec<_>>().join("\n")
        }
        Conn::Postgres(c) => {
            c.batch_execute(&format!("PREPARE walk AS {sql}")).unwrap();
            let values = binds.trim_matches(['[', ']']).replace('"', "'");
            let steps: Vec<PostgresStep> =
                sql_query(format!("EXPLAIN EXECUTE walk ({values})")).load(&mut **c).unwrap();
            c.batch_execute("DEALLOCATE walk").unwrap();
            steps.into_iter().map(|step| step.line).collect::<Vec<_>>().join("\n")
        }
    }
}

/// The index that a filter has to go through.
fn index(sight: Sight, filter: &Filter) -> &'static str {
    let person = matches!(filter.by, Some(By::Person(_)));
    match (filter.target.is_some(), person, filter.action.is_some()) {
        (true, true, _) => "audit_by_target_actor",
        (true, false, true) => "audit_by_target_action",
        (true, false, false) => "audit_by_target",
        (false, true, true) => "audit_by_actor_action",
        (false, true, false) => "audit_by_actor",
        (false, false, true) => "audit_by_action",
        (false, false, false) if sight == Sight::Whole && filter.by.is_none() => "its key",
        (false, false, false) => "audit_by_shelf",
    }
}

/// To see it fail, leave one of the indexes out of `migrations/*/0011_audit`, or give a walk in `store/walk.rs` a
/// condition for each column instead of one key.
async fn no_filter_meets_a_row_that_it_does_not_show(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    append(&store, known(), Origin::default()).await;
    // One action and one doer make up nearly all of the log: what is rare must not be looked for among it.
    let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)";
    database.execute(&format!(
        "{numbers} INSERT INTO audit (id, at, actor_kind, actor_id, actor_role, action, target_kind, target_id) \
         SELECT '01JZ000000000000' || substr(CAST(10000000000 + i AS TEXT), 2), '2026-11-20 11:00:00', 'person', \
         '{}', 'member', 'account.registered', 'invite', '{}' FROM n; ANALYZE",
        person(1).key(),
        invite(1).key(),
    ));
    for sight in [Sight::UpTo(Role::Support), Sight::Whole] {
        for filter in filters() {
            let (plans, index) = (plans(&store, sight, filter).await, index(sight, &filter));
            assert!(!plans.is_empty());
            for plan in plans {
                let case = format!("{sight:?} {filter:?}\n{plan}");
                let (key, sorts, scans) = match kind {
                    Kind::Sqlite => ("sqlite_autoindex_audit_1", "TEMP B-TREE", "SCAN"),
                    Kind::Postgres => ("audit_pkey", "Sort", "Seq Scan"),
                };
                let name = if index == "its key" { key } else { index };
                assert!(plan.split_whitespace().any(|word| word == name), "not through {name}: {case}");
                assert!(!plan.contains(sorts) && !plan.contains(scans), "{case}");
                let rest = plan.contains("Filter:") && index != "audit_by_target_actor";
                assert!(!rest, "looks at rows that it leaves out: {case}");
                assert_eq!(plan.matches("USING").count() + plan.matches(" using ").count(), 1, "{case}");
            }
        }
    }
}
