//! Whose rows of the log each role sees, on every way to read it.

use doorlist::domain::access::Role;
use doorlist::domain::audit::{Action, Doer, Event, Origin, Target};
use doorlist::domain::id::{InviteId, TokenId, UserId};

use crate::audit::{append, staff, told};
use crate::codes::code;
use crate::database::{Kind, both};
use crate::support::Server;

both![
    a_role_sees_its_own_rank_and_below_on_every_way,
    asking_for_a_doer_shows_nothing_that_may_not_be_seen,
    recent_activity_shows_no_more_than_the_log,
];

/// What people of each role did by a token is marked with.
const BY_TOKEN: [&str; 5] =
    ["by-token.member", "by-token.support", "by-token.manager", "by-token.admin", "by-token.owner"];

/// Who may see whose rows, as the product says; on purpose not asked of the program.
fn sees(reader: Role, doer: Doer) -> bool {
    match (reader, doer) {
        (Role::Member, _) => false,
        (Role::Support, Doer::Person(_, role) | Doer::Token(_, _, role)) => {
            matches!(role, Role::Member | Role::Support)
        }
        (Role::Manager, Doer::Person(_, role) | Doer::Token(_, _, role)) => {
            !matches!(role, Role::Admin | Role::Owner)
        }
        (_, Doer::CommandLine | Doer::Job | Doer::Nobody) | (Role::Admin | Role::Owner, _) => true,
    }
}

/// A server whose log holds rows of every kind of doer, each with a mark of its own.
struct Marked {
    server: Server,
    invite: InviteId,
    person: UserId,
    doers: Vec<(Doer, &'static str)>,
}

impl Marked {
    async fn start(kind: Kind) -> Self {
        let server = Server::start(kind);
        let invite = code(&server, "K7QM-2XHD-9RTB", |_| {}).await;
        let person = server.person("sofie.d", Role::Member).await;
        let mut doers = vec![(Doer::CommandLine, "command"), (Doer::Job, "job"), (Doer::Nobody, "nobody")];
        for role in Role::ALL {
            let id = server.person(&format!("did.{}", role.key()), role).await;
            doers.push((Doer::Person(id, role), role.key()));
            let id = server.person(&format!("did.by-token.{}", role.key()), role).await;
            let token = TokenId::new(server.app.clock.now(), server.app.entropy.bytes());
            doers.push((Doer::Token(token, id, role), BY_TOKEN[role as usize]));
        }
        let mut rows = Vec::new();
        for (doer, mark) in &doers {
            let mark = format!("by-{mark}");
            let marked = |action, target| Event::new(action, target).with("mark", None, Some(&mark));
            rows.push((*doer, marked(Action::InviteEdited, Target::Invite(invite))));
            rows.push((*doer, marked(Action::UserSuspended, Target::User(person))));
        }
        append(&server, rows, Origin::default()).await;
        Self { server, invite, person, doers }
    }
}

async fn a_role_sees_its_own_rank_and_below_on_every_way(kind: Kind) {
    let Marked { server, invite, person, doers } = Marked::start(kind).await;
    let ways = [
        "/admin/audit".to_owned(),
        "/admin/audit.csv".to_owned(),
        "/admin/audit?action=user.suspended".to_owned(),
        "/admin/audit.csv?action=invite.edited".to_owned(),
        format!("/admin/audit?target={person}"),
        format!("/admin/audit.csv?target={invite}&action=invite.edited"),
        "/admin/audit?from=2026-11-20&to=2026-11-20".to_owned(),
        format!("/admin/invites/{invite}"),
        format!("/admin/users/{person}"),
    ];
    for reader in Role::ALL {
        let browser = staff(&server, reader).await;
        for way in &ways {
            let answer = browser.get(way).await;
            assert_eq!(answer.status, if reader == Role::Member { 403 } else { 200 }, "{reader:?} {way}");
            for (doer, mark) in &doers {
                let shown = answer.text().contains(&format!("by-{mark}"));
                assert_eq!(shown, sees(reader, *doer), "{reader:?} sees {mark} at {way}");
            }
        }
    }
}

async fn asking_for_a_doer_shows_nothing_that_may_not_be_seen(kind: Kind) {
    let Marked { server, doers, .. } = Marked::start(kind).await;
    for reader in [Role::Support, Role::Manager, Role::Admin, Role::Owner] {
        let browser = staff(&server, reader).await;
        for (doer, mark) in &doers {
            let actor = match doer {
                Doer::CommandLine => "Command+line".to_owned(),
                Doer::Job => "system".to_owned(),
                Doer::Nobody => "Nobody".to_owned(),
                Doer::Person(..) | Doer::Token(..) => format!("@did.{mark}"),
            };
            let way = format!("/admin/audit?action=invite.edited&actor={actor}");
            let page = browser.get(&way).await;
            let expected = usize::from(sees(reader, *doer));
            assert_eq!(told(&page).len(), expected, "{reader:?} {way}");
            assert_eq!(page.text().contains(&format!("by-{mark}")), expected == 1, "{reader:?} {way}");
        }
    }
}

async fn recent_activity_shows_no_more_than_the_log(kind: Kind) {
    let Marked { server, doers, .. } = Marked::start(kind).await;
    for reader in [Role::Support, Role::Manager, Role::Admin, Role::Owner] {
        let browser = staff(&server, reader).await;
        let recent = browser.get("/admin").await.all("section[aria-labelledby=recent] li");
        assert!(!recent.is_empty(), "{reader:?}");
        for (doer, mark) in &doers {
            if matches!(doer, Doer::Person(..)) && !sees(reader, *doer) {
                assert!(!recent.concat().contains(&format!("did.{mark}")), "{reader:?} sees {mark}");
            }
        }
    }
}
