//! The log: who may see which rows, how it is narrowed down, and what leaves it. What a look costs is in `audit_plans`.

use chrono::Duration;
use doorlist::domain::access::Role;
use doorlist::domain::audit::{Action, By, Doer, Event, Filter, Origin, Sight, Target};
use doorlist::domain::id::{AuditId, InviteId, SessionId, UserId};
use doorlist::domain::time::Timestamp;
use doorlist::store::{Store, StoreError, audit, audit_lists};

use crate::database::{Database, Kind, both};
use crate::people::{account, insert, noon, open};

both![
    every_filter_shows_exactly_what_its_reader_may_see,
    a_page_ends_where_the_next_begins,
    old_rows_go_the_oldest_first,
    whoever_is_erased_leaves_no_trace_of_themselves,
];

const ROWS: u32 = 400;

/// One row of the log, as the tests know it.
#[derive(Debug, Clone)]
pub struct Known {
    id: AuditId,
    at: Timestamp,
    doer: Doer,
    event: Event,
}

pub fn person(number: u8) -> UserId {
    UserId::new(noon(), [number; 10])
}

pub fn invite(number: u8) -> InviteId {
    InviteId::new(noon(), [100 + number; 10])
}

fn doers() -> [Doer; 9] {
    [
        Doer::Person(person(1), Role::Member),
        Doer::Person(person(1), Role::Manager),
        Doer::Person(person(2), Role::Support),
        Doer::Person(person(3), Role::Admin),
        Doer::Person(person(4), Role::Owner),
        Doer::Person(person(2), Role::Member),
        Doer::CommandLine,
        Doer::Job,
        Doer::Nobody,
    ]
}

fn events() -> [Event; 7] {
    [
        Event::new(Action::SignedIn, Target::Session(SessionId::new(noon(), [1; 10]))),
        Event::new(Action::InvitePaused, Target::Invite(invite(1))),
        Event::new(Action::Registered, Target::Invite(invite(1))),
        Event::new(Action::Registered, Target::Invite(invite(2))),
        Event::new(Action::UserSuspended, Target::User(person(1))),
        Event::new(Action::SignInFailed, Target::User(person(1))),
        Event::new(Action::SettingsChanged, Target::None),
    ]
}

/// Every doer with every event, several times over eight days, newest first.
pub fn known() -> Vec<Known> {
    let row = |number: u32| {
        let at = noon() - Duration::minutes(i64::from(number) * 29);
        let doers = doers();
        let events = events();
        Known {
            id: AuditId::new(at, [0x55; 10]),
            at,
            doer: doers[number as usize % doers.len()],
            event: events[number as usize * 5 % events.len()].clone(),
        }
    };
    (0..ROWS).map(row).collect()
}

pub async fn append(store: &Store, rows: Vec<Known>, origin: Origin) {
    let added: Result<(), StoreError> = store
        .write(move |tx| {
            rows.iter().try_for_each(|row| audit::append(tx, row.id, row.at, row.doer, origin, &row.event))
        })
        .await;
    added.unwrap();
}

fn is_seen(sight: Sight, doer: Doer) -> bool {
    match (sight, doer) {
        (Sight::Nothing, _) => false,
        (Sight::UpTo(most), Doer::Person(_, role) | Doer::Token(_, _, role)) => role <= most,
        (Sight::UpTo(_), Doer::CommandLine | Doer::Job | Doer::Nobody) | (Sight::Whole, _) => true,
    }
}

fn is_by(by: By, doer: Doer) -> bool {
    match by {
        By::Person(id) => matches!(doer, Doer::Person(who, _) if who == id),
        By::CommandLine => doer == Doer::CommandLine,
        By::Job => doer == Doer::Job,
        By::Nobody => doer == Doer::Nobody,
    }
}

fn passes(filter: &Filter, row: &Known) -> bool {
    filter.action.is_none_or(|action| action == row.event.action)
        && filter.by.is_none_or(|by| is_by(by, row.doer))
        && filter.target.is_none_or(|target| target == row.event.target)
        && filter.from.is_none_or(|from| row.at >= from)
        && filter.until.is_none_or(|until| row.at < until)
}

/// Every way to narrow the log down, with every other.
pub fn filters() -> Vec<Filter> {
    let actions = [
        None,
        Some(Action::Registered),
        Some(Action::InvitePaused),
        Some(Action::SignInFailed),
        Some(Action::JobStopped),
    ];
    let doers = [
        None,
        Some(By::Person(person(1))),
        Some(By::Person(person(2))),
        Some(By::Person(person(9))),
        Some(By::CommandLine),
        Some(By::Job),
        Some(By::Nobody),
    ];
    let targets = [None, Some(Target::User(person(1))), Some(Target::Invite(invite(1)))];
    let days = [(None, None), (Some(noon() - Duration::days(6)), Some(noon() - Duration::days(2)))];
    let mut filters = Vec::new();
    for action in actions {
        for by in doers {
            for target in targets {
                filters.extend(days.map(|(from, until)| Filter { action, by, target, from, until }));
            }
        }
    }
    filters
}

const SIGHTS: [Sight; 4] =
    [Sight::Nothing, Sight::UpTo(Role::Support), Sight::UpTo(Role::Manager), Sight::Whole];

async fn page(
    store: &Store,
    sight: Sight,
    filter: Filter,
    before: Option<AuditId>,
    limit: i64,
) -> Vec<AuditId> {
    let found: Result<_, StoreError> =
        store.snapshot(move |conn| audit_lists::page(conn, sight, &filter, before, limit)).await;
    found.unwrap().into_iter().map(|entry| entry.id).collect()
}

async fn every_filter_shows_exactly_what_its_reader_may_see(kind: Kind) {
    let database = Database::new(kind);
    let (store, known) = (open(&database), known());
    append(&store, known.clone(), Origin::default()).await;
    for sight in SIGHTS {
        for filter in filters() {
            let expected: Vec<_> = known
                .iter()
                .filter(|row| is_seen(sight, row.doer) && passes(&filter, row))
                .map(|row| row.id)
                .collect();
            assert_eq!(page(&store, sight, filter, None, 1_000).await, expected, "{sight:?} {filter:?}");
        }
    }
    let session = Filter { target: Some(known[0].event.target), ..Filter::default() };
    assert!(matches!(session.target, Some(Target::Session(_))));
    assert!(page(&store, Sight::Whole, session, None, 10).await.is_empty(), "a session has no history");
}

async fn a_page_ends_where_the_next_begins(kind: Kind) {
    let database = Database::new(kind);
    let (store, known) = (open(&database), known());
    append(&store, known, Origin::default()).await;
    for filter in [
        Filter::default(),
        Filter { action: Some(Action::Registered), ..Filter::default() },
        Filter {
            by: Some(By::Person(person(1))),
            from: Some(noon() - Duration::days(5)),
            ..Filter::default()
        },
    ] {
        for sight in [Sight::UpTo(Role::Support), Sight::Whole] {
            let whole = page(&store, sight, filter, None, 1_000).await;
            let (mut pieced, mut before) = (Vec::new(), None);
            loop {
                let piece = page(&store, sight, filter, before, 7).await;
                let Some(last) = piece.last() else { break };
                before = Some(*last);
                pieced.extend(piece);
            }
            assert_eq!(pieced, whole, "{sight:?} {filter:?}");
            assert!(whole.len() > 7);
        }
    }
}

async fn old_rows_go_the_oldest_first(kind: Kind) {
    let database = Database::new(kind);
    let (store, known) = (open(&database), known());
    append(&store, known.clone(), Origin::default()).await;
    let edge = noon() - Duration::days(3);
    let old = known.iter().filter(|row| row.at < edge).count();
    let drop_some =
        |limit: i64| store.write::<_, StoreError, _>(move |tx| audit::drop_older(tx, edge, limit));
    assert_eq!(drop_some(10).await.unwrap(), 10);
    let left = page(&store, Sight::Whole, Filter::default(), None, 1_000).await;
    assert_eq!(left, known[..known.len() - 10].iter().map(|row| row.id).collect::<Vec<_>>());
    assert_eq!(drop_some(1_000).await.unwrap(), old - 10);
    assert_eq!(drop_some(1_000).await.unwrap(), 0);
    let left = page(&store, Sight::Whole, Filter::default(), None, 1_000).await;
    assert_eq!(left.len(), known.len() - old);
}

/// Rows of Luca's doing and about Luca, and of Mara's.
fn of_two(luca: UserId, mara: UserId) -> [(Doer, Event); 6] {
    let theirs = |role| Doer::Person(luca, role);
    let event = |action, target| Event::new(action, target);
    [
        (
            theirs(Role::Member),
            event(Action::Registered, Target::Invite(invite(1))).with("username", None, Some("TRACE")),
        ),
        (
            theirs(Role::Member),
            event(Action::ProfileChanged, Target::User(luca))
                .with("display_name", Some("TRACE"), Some("TRACE too"))
                .with("email", Some("TRACE@luca.example"), None),
        ),
        (
            Doer::Person(mara, Role::Owner),
            event(Action::UserSuspended, Target::User(luca))
                .with("reason", None, Some("TRACE asked twice"))
                .with("status", Some("active"), Some("suspended")),
        ),
        (Doer::Nobody, event(Action::SignInFailed, Target::User(luca))),
        (
            theirs(Role::Support),
            event(Action::InviteEdited, Target::Invite(invite(1))).with("label", None, Some("Kept")),
        ),
        (
            Doer::Person(mara, Role::Owner),
            event(Action::ProfileChanged, Target::User(mara)).with("display_name", None, Some("Kept too")),
        ),
    ]
}

async fn whoever_is_erased_leaves_no_trace_of_themselves(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    for number in [1, 2] {
        insert(&store, account(number)).await.unwrap();
    }
    let (luca, mara) = (person(1), person(2));
    let rows: Vec<Known> = (1_u8..)
        .zip(of_two(luca, mara))
        .map(|(number, (doer, event))| Known {
            id: AuditId::new(noon(), [number; 10]),
            at: noon(),
            doer,
            event,
        })
        .collect();
    let address =
        Origin { address: Some("203.0.113.24".parse().unwrap()), request: None, ..Origin::default() };
    append(&store, rows, address).await;
    let erased: Result<(), StoreError> = store.write(move |tx| audit::erase_person(tx, luca)).await;
    erased.unwrap();
    let column = |name: &str| database.values(&format!("SELECT {name} AS value FROM audit ORDER BY id"));
    assert_eq!(
        column("changes"),
        [
            "NULL",
            "NULL",
            r#"{"status":["active","suspended"]}"#,
            "NULL",
            r#"{"label":[null,"Kept"]}"#,
            r#"{"display_name":[null,"Kept too"]}"#,
        ]
    );
    let here = "203.0.113.24";
    assert_eq!(column("address"), ["NULL", "NULL", here, "NULL", "NULL", here]);
    assert_eq!(column("actor_id")[0], luca.key(), "that it happened stays, and by whom");
    assert!(!database.dump().contains("TRACE"));
}
