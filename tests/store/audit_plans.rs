//! What a look at the log costs: every walk that a page really sends, as both databases plan it.

use doorlist::domain::access::Role;
use doorlist::domain::audit::{By, Filter, Origin, Sight};
use doorlist::store::{Conn, Store, audit_lists};

use crate::audit::{append, filters, invite, known, person};
use crate::database::{Database, Kind, both};
use crate::explain::{Choice, plans};
use crate::people::open;

both![no_filter_meets_a_row_that_it_does_not_show];

/// The plans of the walks that a page of a filter really sends.
async fn walks(store: &Store, sight: Sight, filter: Filter) -> Vec<String> {
    let page = move |conn: &mut Conn| audit_lists::page(conn, sight, &filter, None, 51);
    let sent = plans(store, Choice::Free, page).await;
    let is_walk = |(_, statement): &(String, String)| {
        ["SELECT id FROM audit", "SELECT walk.id FROM"].iter().any(|begin| statement.starts_with(begin))
    };
    sent.into_iter().filter(is_walk).map(|(plan, _)| plan).collect()
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
            let (plans, index) = (walks(&store, sight, filter).await, index(sight, &filter));
            // For PostgreSQL, each would be a trip to the server.
            assert!(plans.len() == 1 || kind == Kind::Sqlite && !plans.is_empty(), "{filter:?}: {plans:#?}");
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
