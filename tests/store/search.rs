//! Finding people and labels by characters anywhere in them, and what an index of them must not keep.

use doorlist::domain::access::Role;
use doorlist::domain::id::{InviteId, UserId};
use doorlist::domain::invite::Invite;
use doorlist::domain::user::{DisplayName, Email};
use doorlist::store::search::MOST;
use doorlist::store::{Conn, Store, StoreError, backup, invite_lists, invites, people, users};

use crate::database::{Database, Kind, both};
use crate::invite_lists::{add, invite};
use crate::people::{account, insert, noon, open};

both![
    people_are_found_by_any_three_characters,
    labels_are_found_by_any_three_characters,
    a_search_says_that_it_left_something_out,
    what_a_search_found_is_read_page_by_page,
    what_is_taken_away_is_found_no_more_and_leaves_nothing,
    a_deleted_code_is_not_found_until_that_is_undone,
    what_was_restored_is_found,
];

async fn person(store: &Store, number: u8, name: &str, email: &str) -> UserId {
    let mut person = account(number);
    person.display_name = Some(name.to_owned()).filter(|name| !name.is_empty());
    person.email = Some(email.to_owned()).filter(|email| !email.is_empty());
    let id = person.id;
    insert(store, person).await.unwrap();
    id
}

async fn found(store: &Store, typed: &str) -> Vec<UserId> {
    let filter = people::Filter { search: Some(typed.to_owned()), ..people::Filter::default() };
    let page: Result<_, StoreError> = store.read(move |conn| people::page(conn, &filter, None, 100)).await;
    page.unwrap().rows.into_iter().map(|listed| listed.person.account.id).collect()
}

async fn labelled(store: &Store, typed: &str) -> Vec<InviteId> {
    let filter = invite_lists::Filter { search: Some(typed.to_owned()), ..invite_lists::Filter::default() };
    let page: Result<_, StoreError> =
        store.read(move |conn| invite_lists::page(conn, &filter, None, noon(), 100)).await;
    page.unwrap().rows.into_iter().map(|listed| listed.invite.id).collect()
}

async fn people_are_found_by_any_three_characters(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let mara = person(&store, 1, "Mara Lindqvist", "mara.l@harbour.example").await;
    let odd = person(&store, 2, "100% \"Åsa_Ö\" O'Neill\\", "").await;
    let li = person(&store, 3, "李小龙", "j.d@harbour.example").await;
    for (typed, expected) in [
        // Anywhere in the name, the address or the username, however it is written; the latest first.
        ("lindq", vec![mara]),
        ("  MARA LIN ", vec![mara]),
        ("ra.l@h", vec![mara]),
        ("son.2", vec![odd]),
        ("harbour", vec![li, mara]),
        ("person", vec![li, odd, mara]),
        ("åsa", vec![odd]),
        ("ÅSA_Ö", vec![odd]),
        ("小龙", vec![]),
        ("李小龙", vec![li]),
        ("j.d", vec![li]),
        // One or two characters: how a username, name or address begins.
        ("ma", vec![mara]),
        ("李", vec![li]),
        ("j", vec![li]),
        ("p", vec![li, odd, mara]),
        ("ar", vec![]),
        // Signs that mean something to a database are only signs here.
        ("0% ", vec![]),
        ("0% \"", vec![odd]),
        ("\"åsa", vec![odd]),
        ("ll\\", vec![odd]),
        ("'ne", vec![odd]),
        ("m%l", vec![]),
        ("m_ra", vec![]),
        ("mar*", vec![]),
        ("mara OR li", vec![]),
        ("%", vec![]),
        ("zzz", vec![]),
    ] {
        assert_eq!(found(&store, typed).await, expected, "{typed}");
    }
}

async fn labels_are_found_by_any_three_characters(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let labels = ["", "Makers' evening, spring", "Spring cleaning", "Öl & Brot"];
    let codes: Vec<Invite> =
        (0..).zip(labels).map(|(number, label)| labelled_invite(number, label)).collect();
    add(&store, &codes).await;
    let [_, evening, spring, oil] = [0, 1, 2, 3].map(|at| codes[at].id);
    for (typed, expected) in [
        ("spring", vec![spring, evening]),
        ("NING", vec![spring, evening]),
        ("s' e", vec![evening]),
        ("öl ", vec![oil]),
        ("öl & b", vec![oil]),
        ("sp", vec![spring]),
        ("pr", vec![]),
        ("brote", vec![]),
    ] {
        assert_eq!(labelled(&store, typed).await, expected, "{typed}");
    }
}

fn labelled_invite(number: u8, label: &str) -> Invite {
    invite(number, |invite| invite.label = Some(label.to_owned()).filter(|label| !label.is_empty()))
}

async fn a_search_says_that_it_left_something_out(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let rows = |from: usize, to: usize| {
        let row = |n| {
            format!("('{n:026}', 'anna{n}', 'anna{n}', 'a hash', 'member', 'active', '2026-11-20 12:00:00')")
        };
        let rows = (from..to).map(row).collect::<Vec<_>>().join(", ");
        format!(
            "INSERT INTO users (id, username, username_skeleton, password_hash, role, status, created_at) VALUES {rows}"
        )
    };
    database.execute(&rows(0, MOST));
    let cut = async |typed: &str| {
        let filter = people::Filter { search: Some(typed.to_owned()), ..people::Filter::default() };
        let page: Result<_, StoreError> = store.read(move |conn| people::page(conn, &filter, None, 51)).await;
        let page = page.unwrap();
        (page.rows.len(), page.rows[0].person.account.username.as_str().to_owned(), page.cut)
    };
    let newest = format!("anna{}", MOST - 1);
    assert_eq!(cut("ann").await, (51, newest, false));
    // Of what only begins so, fewer are looked at: the first of the alphabet.
    assert_eq!(cut("a").await, (50, "anna142".to_owned(), true));
    database.execute(&rows(MOST, MOST + 1));
    let newest = format!("anna{MOST}");
    assert_eq!(cut("ann").await, (51, newest.clone(), true));
    assert_eq!(cut(&newest).await, (1, newest, false));
}

/// What SQLite's index holds: each three characters that some text has. PostgreSQL's is an index like any other.
fn indexed(database: &Database) -> Vec<String> {
    let words = |table: &str| {
        database.execute(&format!(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.{table}_words USING fts5vocab(main, {table}, row); \
             INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)"
        ));
        database.values(&format!("SELECT term AS value FROM temp.{table}_words"))
    };
    [words("search_people"), words("search_labels")].concat()
}

/// Every page of SQLite's index, byte for byte.
fn pages(database: &Database) -> String {
    let hex =
        |table: &str| database.values(&format!("SELECT hex(block) AS value FROM {table}_data")).concat();
    [hex("search_people"), hex("search_labels")].concat()
}

async fn what_a_search_found_is_read_page_by_page(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    // Found by their labels and by the beginning of their codes, and shown once.
    let invites: Vec<_> = (1..=5).map(|number| labelled_invite(number, "Number of the week")).collect();
    add(&store, &invites).await;
    let (mut read, mut before) = (Vec::new(), None);
    for expected in [2, 2, 1, 0] {
        let filter = invite_lists::Filter {
            search: Some("number".to_owned()),
            revealed: vec![Role::Member],
            ..invite_lists::Filter::default()
        };
        let page: Result<_, StoreError> =
            store.read(move |conn| invite_lists::page(conn, &filter, before, noon(), 2)).await;
        let ids: Vec<_> = page.unwrap().rows.into_iter().map(|listed| listed.invite.id).collect();
        assert_eq!(ids.len(), expected);
        before = ids.last().copied().or(before);
        read.extend(ids);
    }
    let newest_first: Vec<_> = invites.iter().rev().map(|invite| invite.id).collect();
    assert_eq!(read, newest_first);
}

async fn what_is_taken_away_is_found_no_more_and_leaves_nothing(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let id = person(&store, 1, "Quxyz", "quxyz@harbour.example").await;
    person(&store, 2, "Mara Lindqvist", "").await;
    let code = labelled_invite(1, "Quxyz joins");
    add(&store, std::slice::from_ref(&code)).await;
    assert_eq!((found(&store, "quxyz").await, labelled(&store, "quxyz").await), (vec![id], vec![code.id]));

    let name = DisplayName::parse("Somebody").unwrap();
    let email = Email::parse("somebody@harbour.example").unwrap();
    let renamed = Invite { label: Some("Somebody joins".to_owned()), ..code.clone() };
    let changed: Result<bool, StoreError> = store
        .write(move |tx| {
            users::set_profile(tx, id, name.as_ref(), email.as_ref())?;
            invites::update(tx, &renamed, noon())
        })
        .await;
    assert!(changed.unwrap());
    assert_eq!((found(&store, "quxyz").await, labelled(&store, "quxyz").await), (vec![], vec![]));
    assert_eq!(
        (found(&store, "somebody").await, labelled(&store, "body j").await),
        (vec![id], vec![code.id])
    );
    if kind == Kind::Sqlite {
        let words = indexed(&database);
        assert!(
            words.contains(&"som".to_owned()) && !words.iter().any(|word| "quxyz".contains(word.as_str()))
        );
        assert!(!pages(&database).contains("7578797A"), "uxyz");
    }

    database.execute("UPDATE users SET display_name = NULL, name_folded = '' WHERE display_name IS NOT NULL");
    database
        .execute("UPDATE users SET email = NULL, email_folded = NULL; UPDATE invites SET label_folded = ''");
    assert_eq!((found(&store, "somebody").await, labelled(&store, "body").await), (vec![], vec![]));
    if kind == Kind::Sqlite {
        assert!(indexed(&database).iter().all(|word| "person.1.x\nperson.2.x\n\n".contains(word.as_str())));
        database.execute("DELETE FROM users; DELETE FROM invites");
        assert_eq!(indexed(&database), Vec::<String>::new());
        assert_eq!(database.count("search_people_numbers") + database.count("search_labels_numbers"), 0);
    }
}

async fn a_deleted_code_is_not_found_until_that_is_undone(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let code = labelled_invite(1, "Spring cleaning");
    add(&store, std::slice::from_ref(&code)).await;
    for (deleted, expected) in [(true, vec![]), (false, vec![code.id])] {
        let id = code.id;
        let set: Result<bool, StoreError> =
            store.write(move |tx| invites::set_deleted(tx, id, deleted, noon())).await;
        assert!(set.unwrap());
        assert_eq!(labelled(&store, "cleaning").await, expected);
        if kind == Kind::Sqlite {
            assert_eq!(indexed(&database).is_empty(), deleted);
        }
    }
}

async fn what_was_restored_is_found(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let mara = person(&store, 1, "Mara Lindqvist", "").await;
    let code = labelled_invite(1, "Spring cleaning");
    add(&store, std::slice::from_ref(&code)).await;
    let invite = code.id;
    let used: Result<(), StoreError> =
        store.write(move |tx| invites::record_use(tx, invite, mara, noon())).await;
    used.unwrap();
    let path = database.path("backup.gz");
    let target = path.clone();
    store.snapshot(move |conn: &mut Conn| backup::write(conn, &target, noon())).await.unwrap();

    let elsewhere = Database::new(kind);
    let store = open(&elsewhere);
    store.write(move |tx| backup::read(tx, &path)).await.unwrap();
    assert_eq!((found(&store, "indq").await, labelled(&store, "clean").await), (vec![mara], vec![invite]));
    let came = people::Filter { came: Some(people::Came::With(invite)), ..people::Filter::default() };
    let page: Result<_, StoreError> = store.read(move |conn| people::page(conn, &came, None, 9)).await;
    let listed = page.unwrap().rows.remove(0);
    assert_eq!((listed.person.account.id, listed.with), (mara, Some(invite)));
}
