//! The three places that decide what a code is — the domain, the column of the tabs and the guard of a use — agree.

use chrono::Duration;
use doorlist::domain::access::Role;
use doorlist::domain::expiry::Expiry;
use doorlist::domain::id::InviteId;
use doorlist::domain::invite::{Invite, Status, UseLimit};
use doorlist::store::invite_lists::{Filter, any_due, page, tabs};
use doorlist::store::invites::{by_id, insert, mark_lapsed, set_deleted, take_use, update};
use doorlist::store::{Store, StoreError};

use crate::blank;
use crate::database::{Database, Kind, both};
use crate::people::{account, insert as insert_person, noon, open};

both![
    every_case_is_the_same_to_the_domain_the_tabs_and_the_guard,
    a_case_that_was_changed_stays_the_same_to_all,
    a_deleted_code_is_on_no_tab_and_takes_nobody,
    a_code_for_more_than_members_ends_with_the_right_of_its_creator,
];

/// A code that lets in any number of members, with something else about it.
pub fn invite(number: u8, alter: impl FnOnce(&mut Invite)) -> Invite {
    let id = InviteId::new(noon(), [number; 10]);
    let mut invite = blank::invite(id, &format!("NUMBER-{number}"), noon());
    alter(&mut invite);
    invite
}

/// Every end around now, every count around the limit, paused and not.
fn cases() -> Vec<Invite> {
    let at = |millis| Expiry::At(noon() + Duration::milliseconds(millis));
    let mut cases = Vec::new();
    for expiry in [Expiry::Never, at(-86_400_000), at(-1), at(0), at(1), at(1_000), at(86_400_000)] {
        for (most, uses) in [(None, 0), (None, 9), (Some(1), 0), (Some(1), 1), (Some(9), 8), (Some(9), 9)] {
            for paused in [false, true] {
                let number = u8::try_from(cases.len()).unwrap();
                cases.push(invite(number, |invite| {
                    (invite.expiry, invite.limit, invite.uses, invite.paused) =
                        (expiry, UseLimit::stored(most), uses, paused);
                }));
            }
        }
    }
    cases
}

pub async fn add(store: &Store, invites: &[Invite]) {
    let invites = invites.to_vec();
    let added: Result<bool, StoreError> = store
        .write(move |tx| {
            let mut all = true;
            for invite in &invites {
                all &= insert(tx, invite)?;
            }
            Ok(all)
        })
        .await;
    assert!(added.unwrap());
}

/// The ids on a tab, and how many it counts.
async fn tab(store: &Store, status: Option<Status>) -> (Vec<InviteId>, i64) {
    let filter = Filter { status, ..Filter::default() };
    let found: Result<_, StoreError> =
        store.snapshot(move |conn| Ok((page(conn, &filter, None, noon(), 1_000)?, tabs(conn, 1_001)?))).await;
    let (page, tabs) = found.unwrap();
    let count = tabs.counts.into_iter().filter(|(tab, _)| status.is_none_or(|status| *tab == status));
    (page.rows.into_iter().map(|listed| listed.invite.id).collect(), count.map(|(_, count)| count).sum())
}

async fn takes(store: &Store, invite: &Invite) -> bool {
    let invite = invite.clone();
    let taken: Result<bool, StoreError> = store.write(move |tx| take_use(tx, &invite, noon())).await;
    taken.unwrap()
}

async fn sweep(store: &Store) {
    let swept: Result<usize, StoreError> = store.write(|tx| mark_lapsed(tx, noon())).await;
    swept.unwrap();
    let due: Result<bool, StoreError> = store.read(|conn| any_due(conn, noon())).await;
    assert!(!due.unwrap(), "nothing is left to sweep");
}

/// Holds the tabs and the guard against what the domain says of each invite.
async fn agree(store: &Store, invites: &[Invite]) {
    for status in Status::ALL {
        let mut expected: Vec<_> =
            invites.iter().filter(|invite| invite.status(noon()) == status).map(|invite| invite.id).collect();
        expected.sort_by_key(InviteId::key);
        expected.reverse();
        assert!(!expected.is_empty(), "{status:?} is among the cases");
        let count = i64::try_from(expected.len()).unwrap();
        assert_eq!(tab(store, Some(status)).await, (expected, count), "{status:?}");
    }
    assert_eq!(tab(store, None).await.0.len(), invites.len());
    for invite in invites {
        let active = invite.status(noon()) == Status::Active;
        assert_eq!(takes(store, invite).await, active, "{invite:?}");
        let id = invite.id;
        let found: Result<Option<Invite>, StoreError> = store.read(move |conn| by_id(conn, id)).await;
        assert_eq!(found.unwrap().unwrap().uses, invite.uses + u32::from(active), "{invite:?}");
    }
}

async fn every_case_is_the_same_to_the_domain_the_tabs_and_the_guard(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let cases = cases();
    add(&store, &cases).await;
    let ended = cases.iter().filter(|invite| invite.expiry.is_over(noon())).map(|invite| invite.id);
    let unswept = tab(&store, Some(Status::Active)).await.0;
    assert!(ended.clone().all(|id| !unswept.contains(&id)), "what ended is not shown as active even before");
    sweep(&store).await;
    agree(&store, &cases).await;
}

async fn a_case_that_was_changed_stays_the_same_to_all(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let cases = cases();
    let begun: Vec<_> = cases
        .iter()
        .map(|case| Invite {
            expiry: Expiry::Never,
            paused: !case.paused,
            limit: UseLimit::UNLIMITED,
            ..case.clone()
        })
        .collect();
    add(&store, &begun).await;
    let changed = cases.clone();
    let updated: Result<bool, StoreError> = store
        .write(move |tx| {
            let mut all = true;
            for case in &changed {
                all &= update(tx, case, noon())?;
            }
            Ok(all)
        })
        .await;
    assert!(updated.unwrap());
    agree(&store, &cases).await;
}

async fn a_deleted_code_is_on_no_tab_and_takes_nobody(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let one = invite(1, |_| {});
    add(&store, &[one.clone(), invite(2, |_| {})]).await;
    for (deleted, tabs) in [(true, 1), (false, 2)] {
        let id = one.id;
        let set: Result<bool, StoreError> = store.write(move |tx| set_deleted(tx, id, deleted, noon())).await;
        assert!(set.unwrap());
        for status in [None, Some(Status::Active)] {
            let (rows, count) = tab(&store, status).await;
            assert_eq!(
                (rows.contains(&id), rows.len(), count),
                (!deleted, tabs, i64::try_from(tabs).unwrap())
            );
        }
        assert_eq!(takes(&store, &one).await, !deleted);
    }
}

async fn a_code_for_more_than_members_ends_with_the_right_of_its_creator(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let creator = account(1);
    let id = creator.id;
    insert_person(&store, creator).await.unwrap();
    let codes = [(1, Role::Member), (2, Role::Support), (3, Role::Manager), (4, Role::Admin)]
        .map(|(number, role)| invite(number, |invite| (invite.role, invite.created_by) = (role, Some(id))));
    add(&store, &codes).await;
    for (role, status, taken) in [
        ("member", "active", [true, false, false, false]),
        ("support", "active", [true, false, false, false]),
        ("manager", "active", [true, true, false, false]),
        ("admin", "active", [true, true, true, true]),
        ("owner", "active", [true, true, true, true]),
        ("admin", "suspended", [true, false, false, false]),
        ("owner", "removed", [true, false, false, false]),
    ] {
        database.execute(&format!("UPDATE users SET role = '{role}', status = '{status}'"));
        for (code, expected) in codes.iter().zip(taken) {
            assert_eq!(takes(&store, code).await, expected, "{:?} of {role} {status}", code.role);
        }
    }
}
