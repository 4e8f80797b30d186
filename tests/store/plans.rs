//! No list reads a table from end to end, nor sorts or sifts what it does not show: it goes through exactly the indexes
//! that are named here.
//!
//! To see it fail, leave out any `CREATE INDEX` of `migrations/*/0009_search` or `0007_invites`.

use chrono::Duration;
use doorlist::domain::access::Role;
use doorlist::domain::code::CodeReading;
use doorlist::domain::id::{BatchId, InviteId, UserId};
use doorlist::domain::invite::Status;
use doorlist::domain::review::Review;
use doorlist::domain::secret::Token;
use doorlist::domain::user::{Email, Status as Standing, Username};
use doorlist::store::invite_lists::Filter;
use doorlist::store::people::Came;
use doorlist::store::{
    Conn, Store, delegation, departures, invite_lists, invites, overview, people, review, sessions, users,
};

use crate::database::{Database, Kind, both};
use crate::explain::expect;
use crate::people::{noon, open};

both![
    people_are_listed_through_an_index_for_every_filter,
    invites_are_listed_through_an_index_for_every_filter,
    searches_go_through_indexes,
    counts_and_details_go_through_indexes,
    whoever_registers_is_looked_up_through_indexes,
    the_cleanup_goes_through_indexes,
];

/// Some thousand people and invites, few of each kind that is asked for.
fn crowded(kind: Kind) -> (Database, Store) {
    let database = Database::new(kind);
    let store = open(&database);
    let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000), \
                   k (i, id) AS (SELECT i, '01JZ000000000000' || substr(CAST(10000000000 + i AS TEXT), 2) FROM n)";
    database.execute(&format!(
        "INSERT INTO users (id, username, username_skeleton, email, email_folded, password_hash, role, status, created_at, \
         review, display_name, name_folded) \
         {numbers} SELECT id, 'anna' || i, 'anna' || i, i || '@a.example', i || '@a.example', 'a hash', \
         CASE WHEN i % 5 = 0 THEN 'admin' ELSE 'member' END, \
         CASE WHEN i % 8 = 0 THEN 'suspended' WHEN i % 9 = 0 THEN 'removed' ELSE 'active' END, \
         '2026-11-20 11:00:00', CASE WHEN i % 6 = 0 THEN 'flagged' ELSE 'approved' END, 'Anna ' || i, 'anna ' || i FROM k; \
         INSERT INTO invites (id, code, code_reading, label, label_folded, role, uses, max_uses, expires_at, lapsed, \
         delete_users_on_expiry, paused, created_by, created_at, updated_at) \
         {numbers} SELECT id, 'C0DE' || i, 'C0DE' || i, 'Friends ' || i, 'friends ' || i, \
         CASE WHEN i % 5 = 0 THEN 'admin' ELSE 'member' END, CASE WHEN i % 13 < 3 THEN 0 ELSE 9 END, 9, \
         '2026-11-25 12:00:00', i % 13 = 0, FALSE, i % 13 = 1, (SELECT id FROM k AS creators WHERE creators.i = 1 + k.i % 7), \
         '2026-11-20 11:00:00', '2026-11-20 11:00:00' FROM k; \
         INSERT INTO invite_uses (user_id, invite_id, used_at) \
         {numbers} SELECT id, (SELECT id FROM k AS used WHERE used.i = 1 + k.i % 7), '2026-11-20 11:00:00' FROM k WHERE i % 16 > 0; \
         INSERT INTO sessions (id, token_hash, user_id, agent, address, created_at, last_seen_at) \
         {numbers} SELECT id, id, id, '', '', '2026-11-20 11:00:00', '2026-11-20 11:00:00' FROM k"
    ));
    // PostgreSQL does this by itself, and this program never has SQLite do it.
    if kind == Kind::Postgres {
        database.execute("ANALYZE");
    }
    (database, store)
}

/// One of the invites that people came with, and one of the people who made invites: they share their number.
const NUMBER: &str = "01JZ0000000000000000000003";

async fn people_are_listed_through_an_index_for_every_filter(kind: Kind) {
    let (_database, store) = crowded(kind);
    let invite = InviteId::from_key(NUMBER).unwrap();
    for (removed, status) in [(false, None), (false, Some(Standing::Suspended)), (true, None)] {
        for came in [None, Some(Came::With(invite)), Some(Came::Uninvited)] {
            for role in [None, Some(Role::Admin)] {
                for review in [None, Some(Review::Flagged)] {
                    let filter = people::Filter { removed, role, status, review, came, search: None };
                    let index = match (came.is_some(), role.is_some(), review.is_some()) {
                        (false, false, false) => "users_listed",
                        (false, true, false) => "users_listed_by_role",
                        (false, false, true) => "users_listed_by_review",
                        (false, true, true) => "users_listed_by_role_review",
                        (true, false, false) => "users_listed_by_invite",
                        (true, true, false) => "users_listed_by_invite_role",
                        (true, false, true) => "users_listed_by_invite_review",
                        (true, true, true) => "users_listed_by_invite_role_review",
                    };
                    let (what, expected) = (filter.clone(), [index, "users_pkey"]);
                    expect(&store, what, &[&expected], move |c| people::page(c, &filter, None, 51)).await;
                }
            }
        }
    }
}

async fn invites_are_listed_through_an_index_for_every_filter(kind: Kind) {
    let (_database, store) = crowded(kind);
    for status in [None, Some(Status::Active), Some(Status::Paused), Some(Status::Expired)] {
        for role in [None, Some(Role::Admin)] {
            for creator in [None, Some(UserId::from_key(NUMBER).unwrap())] {
                let filter = Filter { status, role, creator, ..Filter::default() };
                let index = match (status.is_some(), role.is_some(), creator.is_some()) {
                    (false, false, false) => "invites_listed",
                    (false, true, false) => "invites_listed_by_role",
                    (false, false, true) => "invites_listed_by_creator",
                    (false, true, true) => "invites_listed_by_creator_role",
                    (true, false, false) => "invites_listed_by_standing",
                    (true, true, false) => "invites_listed_by_standing_role",
                    (true, false, true) => "invites_listed_by_standing_creator",
                    (true, true, true) => "invites_listed_by_standing_creator_role",
                };
                let (what, expected) = (filter.clone(), [index, "users_pkey"]);
                expect(&store, what, &[&expected], move |c| invite_lists::page(c, &filter, None, noon(), 51))
                    .await;
            }
        }
    }
    let batch = Filter { batch: Some(BatchId::new(noon(), [0; 10])), ..Filter::default() };
    let expected = [["invites_by_batch", "users_pkey"].as_slice()];
    expect(&store, "a batch", &expected, move |c| invite_lists::page(c, &batch, None, noon(), 51)).await;
}

async fn searches_go_through_indexes(kind: Kind) {
    let (_database, store) = crowded(kind);
    let page = [].as_slice();
    let short = [["users_username_key"].as_slice(), &["users_by_name"], &["users_email_folded_key"], page];
    let (newest, index) = (["users_pkey"].as_slice(), ["search_people"].as_slice());
    // PostgreSQL looks at a few of the newest first, and where those tell that many match, at many of them.
    let (common, some, rare) = match kind {
        Kind::Sqlite => (vec![index], vec![index], vec![index]),
        Kind::Postgres => (vec![newest], vec![newest, newest, index], vec![newest, index]),
    };
    let found = |ways: Vec<&'static [&'static str]>| [ways, vec![page]].concat();
    for (typed, expected, shown) in [
        ("an", short.to_vec(), 47),
        ("anna", found(common), 51),
        ("anna 39", found(some), 51),
        ("anna 199", found(rare), 10),
    ] {
        let filter = people::Filter { search: Some(typed.to_owned()), ..people::Filter::default() };
        expect(&store, typed, &expected, move |c| {
            let page = people::page(c, &filter, None, 51)?;
            assert_eq!(page.rows.len(), shown, "{}", filter.search.unwrap_or_default());
            Ok(page)
        })
        .await;
    }

    let codes =
        [["invites_code_reading_key"].as_slice(), &["invites_listed_by_code"], &["invites_listed_by_code"]];
    let (newest, index) = (["invites_listed"].as_slice(), ["search_labels"].as_slice());
    let labels = match kind {
        Kind::Sqlite => vec![index],
        Kind::Postgres => vec![newest, index],
    };
    for (typed, labels) in [("c", vec![["invites_by_label"].as_slice()]), ("friends39", labels)] {
        let filter = Filter {
            status: Some(Status::Paused),
            search: Some(typed.to_owned()),
            revealed: vec![Role::Member, Role::Support],
            ..Filter::default()
        };
        let expected = [labels, codes.to_vec(), vec![page]].concat();
        expect(&store, typed, &expected, move |c| invite_lists::page(c, &filter, None, noon(), 51)).await;
    }
}

async fn counts_and_details_go_through_indexes(kind: Kind) {
    const MOST: i64 = 1_001;
    let (_database, store) = crowded(kind);
    let id = InviteId::from_key(NUMBER).unwrap();
    let listed = [["users_listed"].as_slice()];
    expect(&store, "people by tab", &listed, |c| people::count_by_tab(c, MOST)).await;
    let reviewed = [["users_listed_by_review"].as_slice()];
    expect(&store, "in review", &reviewed, |c| people::count_in_review(c, Review::ALL, MOST)).await;
    let joined = [["invite_uses_by_invite", "users_pkey"].as_slice()];
    expect(&store, "joined", &joined, move |c| invites::joined(c, id, None, 51)).await;
    let came = [["users_listed_by_invite"].as_slice()];
    expect(&store, "joined and here", &came, move |c| people::count_with(c, id, MOST)).await;
    let days = [["users_by_time"].as_slice()];
    let (asked, today) = (store.clone(), [noon().date_naive()]);
    expect(&store, "joined on each day", &days, move |c| asked.joins_per_day(c, &today, noon(), MOST)).await;

    let tabs = [["invites_ending", "invites_listed_by_standing"].as_slice()];
    expect(&store, "tabs", &tabs, |c| invite_lists::tabs(c, MOST)).await;
    expect(&store, "due", &[&["invites_ending"]], |c| invite_lists::any_due(c, noon())).await;
    let ending = [["invites_ending_by_standing", "users_listed_by_invite"].as_slice()];
    let soon = (noon(), noon() + Duration::days(6));
    expect(&store, "ending", &ending, move |c| overview::ending(c, soon, 5, MOST)).await;
    let figures = [
        "jobs_pkey",
        "users_listed",
        "invites_listed_by_standing",
        "audit_by_action",
        "users_listed_by_review",
    ];
    expect(&store, "figures", &[&figures], |c| overview::figures(c, noon(), MOST)).await;
    // The one row of the settings is found by its number, which to SQLite is no index.
    let settings = if kind == Kind::Postgres { ["settings_pkey"].as_slice() } else { &[] };
    let around = [&["users_listed_by_review"], settings].concat();
    expect(&store, "surroundings", &[&around], |c| sessions::surroundings(c, 100)).await;
    let (present, token) = (["sessions_token_hash_key", "users_pkey"], Token::new([7; 32]).hash());
    expect(&store, "present", &[&present], move |c| sessions::find(c, None, &token, noon())).await;
    let neighbours = [["users_by_address", "users_pkey"].as_slice()];
    let someone = UserId::from_key(NUMBER).unwrap();
    expect(&store, "neighbours", &neighbours, move |c| review::neighbours(c, &[someone])).await;
    let creators = [["invites_listed_by_creator", "users_pkey"].as_slice()];
    expect(&store, "creators", &creators, |c| invite_lists::creators(c, 100)).await;
}

async fn whoever_registers_is_looked_up_through_indexes(kind: Kind) {
    let (_database, store) = crowded(kind);
    let name = Username::parse("anna7").unwrap();
    let email = Email::parse("8@a.example").unwrap();
    let attempt = Token::new([7; 32]).hash();
    let unique = [["users_attempt", "users_username_skeleton_key", "users_email_folded_key"].as_slice()];
    let in_the_way = move |c: &mut Conn| {
        let found = users::in_the_way(c, &attempt, &name, email.as_ref())?;
        assert_eq!((found.repeated.is_some(), found.username, found.email), (false, true, true));
        Ok(found)
    };
    expect(&store, "in the way", &unique, in_the_way).await;
    let code = [["invites_code_reading_key", "users_pkey"].as_slice()];
    let reading = CodeReading::of("C0DE1999").unwrap();
    expect(&store, "code", &code, move |c| invites::with_creator(c, &reading)).await;
}

/// Who goes with a code and which codes are stale is not here: both go through their index, and sift out the few who stay.
async fn the_cleanup_goes_through_indexes(kind: Kind) {
    let (database, store) = crowded(kind);
    database.execute(&format!(
        "UPDATE users SET removed_at = created_at WHERE status = 'removed'; \
         UPDATE users SET removed_with = '{NUMBER}' WHERE status = 'removed' AND role = 'admin'; \
         UPDATE invites SET delete_users_on_expiry = TRUE WHERE role = 'admin'"
    ));
    if kind == Kind::Postgres {
        database.execute("ANALYZE");
    }
    let id = InviteId::from_key(NUMBER).unwrap();
    let later = noon() + Duration::days(6);
    let ended = [["invites_taking_people"].as_slice()];
    expect(&store, "ended", &ended, move |c| departures::ended(c, later, 5)).await;
    let taken = [["users_by_removal"].as_slice()];
    expect(&store, "who went", &taken, move |c| departures::taken(c, id, 5)).await;
    expect(&store, "how many went", &taken, move |c| departures::count_taken(c, id, 5)).await;
    expect(&store, "past grace", &[&["users_to_purge"]], |c| departures::past_grace(c, noon(), 5)).await;
    let inviter = [["users_listed_by_inviter"].as_slice()];
    let creator = UserId::from_key(NUMBER).unwrap();
    expect(&store, "invited", &inviter, move |c| delegation::invited_by(c, creator, None, 21)).await;
}
