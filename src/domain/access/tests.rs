use super::*;
use crate::domain::id::UserId;

fn actor(role: Role) -> Actor {
    Actor::new(UserId::new(chrono::DateTime::UNIX_EPOCH, [1; 10]), role)
}

/// The table of roles, row by row: Member, Support, Manager, Admin, Owner.
const TABLE: [(Permissions, [bool; 5]); 12] = [
    (Permissions::OWN_ACCOUNT, [true, true, true, true, true]),
    (Permissions::ENTER_PANEL, [false, true, true, true, true]),
    (Permissions::SEE_PEOPLE, [false, true, true, true, true]),
    (Permissions::REVIEW_PEOPLE, [false, true, true, true, true]),
    (Permissions::CREATE_INVITES, [false, false, true, true, true]),
    (Permissions::MANAGE_INVITES, [false, false, true, true, true]),
    (Permissions::MANAGE_PEOPLE, [false, false, true, true, true]),
    (Permissions::SEE_AUDIT, [false, true, true, true, true]),
    (Permissions::SEE_WHOLE_AUDIT, [false, false, false, true, true]),
    (Permissions::OWN_TOKENS, [false, false, true, true, true]),
    (Permissions::MANAGE_TOKENS, [false, false, false, true, true]),
    (Permissions::CHANGE_SETTINGS, [false, false, false, true, true]),
];

#[test]
fn each_role_has_exactly_the_flags_of_the_table() {
    let listed = TABLE.iter().fold(Permissions::empty(), |all, (flag, _)| all | *flag);
    assert_eq!(listed, Permissions::all(), "a flag without a row");
    for (flag, row) in TABLE {
        for (role, expected) in Role::ALL.into_iter().zip(row) {
            assert_eq!(role.permissions().contains(flag), expected, "{role:?} {flag:?}");
        }
    }
}

#[test]
fn a_permit_follows_the_flag() {
    assert!(actor(Role::Member).permit::<OwnAccount>().is_some());
    assert!(actor(Role::Member).permit::<EnterPanel>().is_none());
    assert!(actor(Role::Support).permit::<EnterPanel>().is_some());
}

#[test]
fn nobody_grants_above_the_table_and_owner_is_never_granted() {
    let highest = [None, None, Some(Role::Support), Some(Role::Admin), Some(Role::Admin)];
    for (role, highest) in Role::ALL.into_iter().zip(highest) {
        for granted in Role::ALL {
            let expected = highest.is_some_and(|top| granted <= top);
            assert_eq!(actor(role).grantable(granted).is_some(), expected, "{role:?} grants {granted:?}");
        }
    }
}

#[test]
fn people_are_managed_from_above() {
    let managed = [
        vec![],
        vec![],
        vec![Role::Member, Role::Support],
        vec![Role::Member, Role::Support, Role::Manager],
        Role::ALL.to_vec(),
    ];
    for (role, managed) in Role::ALL.into_iter().zip(managed) {
        for other in Role::ALL {
            assert_eq!(role.manages(other), managed.contains(&other), "{role:?} manages {other:?}");
        }
    }
}

#[test]
fn roles_are_ranked_and_named() {
    assert!(Role::ALL.is_sorted());
    for role in Role::ALL {
        assert_eq!(role.key().parse(), Ok(role));
    }
    assert_eq!("Owner".parse::<Role>(), Err(UnknownRole));
}
