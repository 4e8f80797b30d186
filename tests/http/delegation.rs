//! An invite is a live delegation: what somebody handed out stops with the right to hand it out.

use doorlist::domain::access::Role;
use doorlist::domain::id::UserId;

use crate::codes::{code, join_form};
use crate::database::{Kind, both};
use crate::support::Server;
use crate::user_changes::{said, staff, through};

both![
    codes_stop_with_the_right_to_hand_them_out,
    codes_for_members_stop_only_if_asked,
    questions_name_the_codes_that_stop,
];

/// One code for each role, of somebody's making.
async fn codes_of(server: &Server, creator: UserId) {
    for role in [Role::Member, Role::Support, Role::Manager, Role::Admin] {
        code(server, &format!("GIVES-{}", role.key()), |invite| {
            invite.role = role;
            invite.created_by = Some(creator);
        })
        .await;
    }
}

async fn codes_stop_with_the_right_to_hand_them_out(kind: Kind) {
    for (verb, fields, paused) in [
        ("role", &[("role", "owner")][..], &[][..]),
        ("role", &[("role", "manager")], &["admin", "manager"]),
        ("role", &[("role", "support")], &["admin", "manager", "support"]),
        ("role", &[("role", "member")], &["admin", "manager", "support"]),
        ("suspend", &[], &["admin", "manager", "support"]),
        ("remove", &[], &["admin", "manager", "support"]),
    ] {
        let server = Server::start(kind);
        let owner = staff(&server, Role::Owner).await;
        let id = server.person("priya", Role::Admin).await;
        codes_of(&server, id).await;
        let other = server.person("jonas", Role::Admin).await;
        code(&server, "OF-SOMEBODY-ELSE", |invite| {
            invite.role = Role::Admin;
            invite.created_by = Some(other);
        })
        .await;
        code(&server, "DELETED-ONE", |invite| {
            invite.role = Role::Admin;
            invite.created_by = Some(id);
        })
        .await;
        server.database.execute("UPDATE invites SET deleted_at = created_at WHERE code = 'DELETED-ONE'");
        let answer = through(&owner, id, verb, fields).await;
        let now = server.database.values("SELECT role AS value FROM invites WHERE paused ORDER BY role");
        assert_eq!(now, paused, "{verb} {fields:?}");
        let rows = server.audit("invite.paused").await;
        assert_eq!(rows.len(), paused.len(), "{verb}: one row each");
        for row in rows {
            let changes = row.changes.unwrap();
            assert!(changes.contains("-••••") && !changes.contains("VES"), "{changes}");
            assert_eq!(row.actor_role.as_deref(), Some("owner"));
        }
        let told = said(&owner.get(answer.redirect()).await);
        let count = paused.len();
        assert_eq!(told.contains(&format!("{count} codes of theirs paused")), count > 0, "{told}");
    }
}

async fn codes_for_members_stop_only_if_asked(kind: Kind) {
    for (verb, fields) in [("suspend", &[][..]), ("remove", &[]), ("role", &[("role", "member")])] {
        for asked in [false, true] {
            let server = Server::start(kind);
            let owner = staff(&server, Role::Owner).await;
            let id = server.person("priya", Role::Manager).await;
            code(&server, "FOR-MEMBERS", |invite| invite.created_by = Some(id)).await;
            let form = join_form(&server.browser(), "FOR-MEMBERS", "newcomer").await;
            let mut fields = fields.to_vec();
            if asked {
                fields.push(("member_codes", "pause"));
            }
            through(&owner, id, verb, &fields).await;
            let joined = server.browser().with("sec-fetch-site", "same-origin").submit(form).await;
            assert_eq!(joined.status, if asked { 422 } else { 303 }, "{verb} {asked}");
            assert_eq!(server.count("invites WHERE paused"), usize::from(asked));
        }
    }
}

async fn questions_name_the_codes_that_stop(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, Role::Owner).await;
    let id = server.person("priya", Role::Admin).await;
    for verb in ["role", "suspend", "remove"] {
        let question = owner.get(&format!("/admin/users/{id}/{verb}")).await;
        assert!(question.all("dialog .callout").is_empty(), "{verb}: nothing to say of no codes");
    }
    codes_of(&server, id).await;
    code(&server, "ONE-MORE", |invite| invite.created_by = Some(id)).await;
    for verb in ["role", "suspend", "remove"] {
        let question = owner.get(&format!("/admin/users/{id}/{verb}")).await;
        let told = question.one("dialog .callout");
        assert!(told.contains("3 codes of theirs hand out more than Member."), "{verb}: {told}");
        assert!(told.contains("Pause their 2 Member codes too"), "{verb}: {told}");
    }
}
