//! Who may do what to whom: every change of a person × every role × every role of that person × every way to ask.

use doorlist::domain::access::Role;
use doorlist::domain::id::UserId;

use crate::database::{Kind, both};
use crate::support::{Answer, Browser, Server};

both![
    every_change_is_for_those_whom_the_table_names,
    every_role_is_given_by_those_whom_the_table_names,
    only_what_one_may_do_is_offered,
    nobody_but_an_owner_does_it_to_themselves,
    a_right_is_judged_at_the_moment_of_writing,
];

/// Whether somebody of a role may change somebody of another, as the product says; on purpose not asked of the program.
fn may_change(actor: Role, other: Role) -> bool {
    match actor {
        Role::Member | Role::Support => false,
        Role::Manager => matches!(other, Role::Member | Role::Support),
        Role::Admin => matches!(other, Role::Member | Role::Support | Role::Manager),
        Role::Owner => true,
    }
}

/// Which roles they may give.
fn may_give(actor: Role, role: Role) -> bool {
    match actor {
        Role::Member | Role::Support => false,
        Role::Manager => matches!(role, Role::Member | Role::Support),
        Role::Admin => matches!(role, Role::Member | Role::Support | Role::Manager),
        Role::Owner => true,
    }
}

/// A change, the state in which there is something to change, and the audit row that it leaves.
const CHANGES: [(&str, &str, &str); 8] = [
    ("suspend", "status = 'active'", "user.suspended"),
    ("unsuspend", "status = 'suspended', suspended_at = created_at", "user.unsuspended"),
    ("end-sessions", "status = 'active'", "user.sessions_ended"),
    ("reset-link", "status = 'active'", "user.reset_link_made"),
    ("keep", "kept = (1 = 0)", "user.kept"),
    ("unkeep", "kept = (1 = 1)", "user.unkept"),
    ("remove", "status = 'active'", "user.removed"),
    ("restore", "status = 'removed', removed_at = created_at", "user.restored"),
];

/// How somebody can ask.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    Page,
    Fragment,
    Bulk,
}

const WAYS: [Way; 3] = [Way::Page, Way::Fragment, Way::Bulk];

/// One who acts and one to whom it is done, of each role.
struct Cast {
    server: Server,
    actors: Vec<(Role, Browser)>,
    others: Vec<(Role, UserId)>,
    queries: Vec<String>,
}

impl Cast {
    async fn new(kind: Kind) -> Self {
        let server = Server::start(kind);
        let (mut actors, mut others) = (Vec::new(), Vec::new());
        for role in Role::ALL {
            let browser = server.signed_in(&format!("actor.{}", role.key()), role).await;
            let browser = browser.with("sec-fetch-site", "same-origin");
            actors.push((role, browser));
            others.push((role, server.person(&format!("other.{}", role.key()), role).await));
        }
        let queries = ["users", "sessions", "links", "invites", "invite_uses"].map(|table| {
            let shown = |column: String| format!("coalesce(CAST({column} AS TEXT), 'NULL')");
            let columns: Vec<_> = server.database.columns(table).into_iter().map(shown).collect();
            format!("SELECT {} AS value FROM {table} ORDER BY 1", columns.join(" || '|' || "))
        });
        Self { server, actors, others, queries: queries.into() }
    }

    /// Puts somebody back to where the test wants them.
    fn set(&self, id: UserId, role: Role, state: &str) {
        self.server.database.execute(&format!(
            "UPDATE users SET role = '{}', status = 'active', suspended_at = NULL, removed_at = NULL WHERE id = '{}'; \
             UPDATE users SET {state} WHERE id = '{}'",
            role.key(),
            id.key(),
            id.key()
        ));
    }

    /// All there is of people, and of what goes with them.
    fn state(&self) -> Vec<Vec<String>> {
        self.queries.iter().map(|query| self.server.database.values(query)).collect()
    }

    fn rows(&self, action: &str, id: UserId) -> usize {
        self.server.count(&format!("audit WHERE action = '{action}' AND target_id = '{}'", id.key()))
    }
}

async fn ask(browser: &Browser, way: Way, id: UserId, verb: &str, fields: &[(&str, &str)]) -> Answer {
    let path = format!("/admin/users/{id}/{verb}");
    let id = id.to_string();
    match way {
        Way::Page => browser.post(&path, fields).await,
        Way::Fragment => browser.htmx().post(&path, fields).await,
        Way::Bulk => {
            let mut all = vec![("user", id.as_str()), ("action", verb), ("confirm", "1")];
            all.extend(fields);
            browser.post("/admin/users/bulk", &all).await
        }
    }
}

/// What comes back: many at once are told how many, whoever it was about.
fn expected(actor: Role, way: Way, verb: &str, may: bool) -> u16 {
    match way {
        _ if matches!(actor, Role::Member | Role::Support) => 403,
        Way::Bulk => 303,
        _ if !may => 403,
        Way::Page if verb != "reset-link" => 303,
        Way::Page | Way::Fragment => 200,
    }
}

async fn every_change_is_for_those_whom_the_table_names(kind: Kind) {
    let cast = Cast::new(kind).await;
    let mut cases = 0;
    for (actor, browser) in &cast.actors {
        for (other, id) in &cast.others {
            for (verb, state, action) in CHANGES {
                for way in WAYS {
                    if way == Way::Bulk && !matches!(verb, "suspend" | "remove") {
                        continue;
                    }
                    let case = format!("{actor:?} {other:?} {verb} {way:?}");
                    cast.set(*id, *other, state);
                    let may = may_change(*actor, *other);
                    let (before, refused, done) = (
                        cast.state(),
                        cast.server.count("audit WHERE action = 'access.refused'"),
                        cast.rows(action, *id),
                    );
                    let answer = ask(browser, way, *id, verb, &[]).await;
                    assert_eq!(answer.status, expected(*actor, way, verb, may), "{case}: {}", answer.text());
                    assert_eq!(cast.rows(action, *id) - done, usize::from(may), "{case}");
                    let refusals = cast.server.count("audit WHERE action = 'access.refused'") - refused;
                    assert_eq!(refusals, usize::from(!may), "{case}");
                    // Who has no sessions has none to end.
                    assert_eq!(cast.state() != before, may && verb != "end-sessions", "{case}");
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 5 * 5 * (8 * 2 + 2));
}

async fn every_role_is_given_by_those_whom_the_table_names(kind: Kind) {
    let cast = Cast::new(kind).await;
    let mut cases = 0;
    for (actor, browser) in &cast.actors {
        for (other, id) in &cast.others {
            for role in Role::ALL {
                for way in WAYS {
                    let case = format!("{actor:?} makes {other:?} {role:?} {way:?}");
                    cast.set(*id, *other, "status = 'active'");
                    let may = may_change(*actor, *other) && may_give(*actor, role);
                    let (before, refused) =
                        (cast.state(), cast.server.count("audit WHERE action = 'access.refused'"));
                    let answer = ask(browser, way, *id, "role", &[("role", role.key())]).await;
                    assert_eq!(
                        answer.status,
                        expected(*actor, way, "role", may),
                        "{case}: {}",
                        answer.text()
                    );
                    assert_eq!(cast.state() != before, may && role != *other, "{case}");
                    let refusals = cast.server.count("audit WHERE action = 'access.refused'") - refused;
                    assert_eq!(refusals, usize::from(!may), "{case}");
                    let now = format!("SELECT role AS value FROM users WHERE id = '{}'", id.key());
                    let wanted = if may { role } else { *other };
                    assert_eq!(cast.server.database.values(&now), [wanted.key()], "{case}");
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 5 * 5 * 5 * 3);
}

/// Whether the menu of somebody's row offers a change: of the one menu of the list, `menus.js` leaves a row the items for its
/// kinds. What is for no kind in particular would be offered to everybody.
fn is_in_the_menu(list: &Answer, id: UserId, verb: &str) -> bool {
    let one = |selector: String, name| {
        let found = list.attributes(&selector, name);
        assert_eq!(found.len(), 1, "{selector} of {verb}");
        found.concat()
    };
    let here = format!("/admin/users/{{id}}/{verb}");
    let kinds = one(format!("#{id}-more"), "data-menu");
    let wanted = one(format!("[href=\"{here}\"], [hx-post=\"{here}\"]"), "data-for");
    assert!(!wanted.is_empty(), "{verb} is for certain kinds of rows");
    kinds.split_whitespace().any(|kind| wanted.split_whitespace().any(|wanted| wanted == kind))
}

async fn only_what_one_may_do_is_offered(kind: Kind) {
    let cast = Cast::new(kind).await;
    for (actor, browser) in &cast.actors[1..] {
        let list = browser.get("/admin/users").await;
        assert_eq!(list.all("#bulk").len(), usize::from(*actor != Role::Support), "{actor:?}");
        for (other, id) in &cast.others {
            let (case, may) = (format!("{actor:?} {other:?}"), may_change(*actor, *other));
            let page = browser.get(&format!("/admin/users/{id}")).await;
            assert_eq!(page.status, 200, "everybody of staff sees everybody");
            for verb in ["role", "suspend", "remove"] {
                let here = format!("/admin/users/{id}/{verb}");
                let link = format!("a[href=\"{here}\"]");
                assert_eq!(page.all(&link).len(), usize::from(may), "{case} {verb}");
                assert_eq!(is_in_the_menu(&list, *id, verb), may, "{case} {verb} in the list");
                let dialog = browser.get(&here).await;
                assert_eq!(dialog.status, if may { 200 } else { 403 }, "{case} {verb}");
            }
            let form = format!("form[action=\"/admin/users/{id}/reset-link\"]");
            assert_eq!(page.all(&form).len(), usize::from(may), "{case}");
            assert_eq!(is_in_the_menu(&list, *id, "reset-link"), may, "{case} in the list");
            let box_of = format!(".row-check[value=\"{id}\"]");
            assert_eq!(list.all(&box_of).len(), usize::from(may), "{case}");
            if may {
                let dialog = browser.get(&format!("/admin/users/{id}/role")).await;
                let given: Vec<_> =
                    Role::ALL.into_iter().filter(|role| may_give(*actor, *role)).map(Role::key).collect();
                assert_eq!(dialog.attributes("dialog input[name=role]", "value"), given, "{case}");
                assert_eq!(dialog.attributes("dialog input[checked]", "value"), [other.key()], "{case}");
            }
        }
    }
}

async fn nobody_but_an_owner_does_it_to_themselves(kind: Kind) {
    for role in [Role::Manager, Role::Admin] {
        let server = Server::start(kind);
        let me = server.signed_in("mara", role).await.with("sec-fetch-site", "same-origin");
        let id = me.get("/admin/users").await.attributes("tr[data-row]", "id").remove(0);
        for (verb, fields) in
            [("role", &[("role", "member")][..]), ("suspend", &[]), ("remove", &[]), ("reset-link", &[])]
        {
            assert_eq!(
                me.post(&format!("/admin/users/{id}/{verb}"), fields).await.status,
                403,
                "{role:?} {verb}"
            );
        }
        assert_eq!(me.get("/admin").await.status, 200);
    }
    for (verb, fields, left) in [
        ("role", &[("role", "member")][..], "member active"),
        ("suspend", &[], "owner suspended"),
        ("remove", &[], "owner removed"),
        ("end-sessions", &[], "owner active"),
    ] {
        let server = Server::start(kind);
        let id = server.person("mara", Role::Owner).await;
        let me = server.browser();
        me.sign_in("mara", crate::support::PASSWORD).await;
        let me = me.with("sec-fetch-site", "same-origin");
        // A way around the present password would be one for whoever finds the browser open, too.
        assert_eq!(me.post(&format!("/admin/users/{id}/reset-link"), &[]).await.status, 403);
        let many = [("user", id.to_string()), ("action", "remove".to_owned()), ("confirm", "1".to_owned())];
        let many: Vec<_> = many.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(me.post("/admin/users/bulk", &many).await.redirect(), "/admin/users");
        assert_eq!(
            me.post(&format!("/admin/users/{id}/{verb}"), fields).await.redirect(),
            "/sign-in",
            "{verb}"
        );
        let row = "SELECT role || ' ' || status AS value FROM users WHERE username = 'mara'";
        assert_eq!(server.database.values(row), [left]);
        assert_eq!(me.get("/admin").await.redirect(), "/sign-in?next=%2Fadmin", "{verb}");
    }
}

async fn a_right_is_judged_at_the_moment_of_writing(kind: Kind) {
    let cast = Cast::new(kind).await;
    let (_, admin) = &cast.actors[3];
    let (_, member) = cast.others[0];
    let dialog = admin.get(&format!("/admin/users/{member}/role")).await;
    let form = dialog.form(&format!("/admin/users/{member}/role")).without("role").add("role", "manager");
    cast.set(member, Role::Admin, "status = 'active'");
    assert_eq!(admin.submit(form.clone()).await.status, 403, "they rose meanwhile");
    cast.set(member, Role::Member, "status = 'active'");
    cast.server.database.execute("UPDATE users SET role = 'manager' WHERE username = 'actor.admin'");
    assert_eq!(admin.submit(form).await.status, 403, "the actor fell meanwhile");
    let now = format!("SELECT role AS value FROM users WHERE id = '{}'", member.key());
    assert_eq!(cast.server.database.values(&now), ["member"]);
}
