//! `doorlist user …`

use std::collections::BTreeMap;

use doorlist::app::{App, IfMissing};
use doorlist::config::Config;
use doorlist::domain::audit::Origin;
use doorlist::domain::password::PlainPassword;
use doorlist::ops::sign_in::{Attempt, Browser, Outcome, sign_in};
use doorlist::ops::{reset, sessions};
use serde_json::json;

use crate::Terminal;
use crate::database::{Kind, both};

both![
    an_account_is_made_and_its_person_chooses_the_password,
    people_are_listed_and_found,
    people_are_changed_by_the_same_rules_as_in_the_panel,
    a_link_is_made_for_who_may_sign_in,
];

const PASSWORD: &str = "quarry-lantern-42-moss";

fn app(terminal: &Terminal) -> App {
    let environment = BTreeMap::from([("DATABASE_URL".to_owned(), terminal.database.url())]);
    App::assemble(Config::load(&environment).unwrap(), IfMissing::Refuse, 1).unwrap().0
}

async fn enters(app: &App, password: &str) -> bool {
    let password = PlainPassword::typed(password).unwrap();
    let attempt = Attempt { login: "mara".to_owned(), password, browser: Browser::default() };
    matches!(sign_in(app, Origin::default(), attempt).await.unwrap(), Outcome::Welcome { .. })
}

async fn an_account_is_made_and_its_person_chooses_the_password(kind: Kind) {
    let terminal = Terminal::new(kind);
    let printed =
        terminal.prints(&["user", "create", "Mara", "--role", "owner", "--name", "Mara  Lindqvist"]);
    assert!(
        printed.starts_with("mara is Owner now. This link works once, within 30 minutes:\n"),
        "{printed}"
    );
    let (before, key) = printed.trim().split_once("/reset#").unwrap();
    assert!(before.ends_with("http://127.0.0.1:8080"), "{printed}");
    assert!(!terminal.database.dump().contains(key), "a link is kept as its hash only");
    let mut log = terminal.log();
    log.sort_unstable();
    assert_eq!(log, ["command_line user.created", "command_line user.reset_link_made"]);

    let app = app(&terminal);
    assert!(!enters(&app, key).await, "until then there is a password that nobody knows");
    let settings = sessions::settings(&app).await.unwrap();
    reset::choose(&app, Origin::default(), &settings, key, PASSWORD).await.unwrap();
    assert!(enters(&app, PASSWORD).await);

    // There is an owner now, so that no link makes another.
    assert!(terminal.refuses(1, &["setup-link"]).contains("has an owner already"));
    assert!(
        terminal.refuses(1, &["user", "create", "rnara"]).contains("That username is taken."),
        "a look-alike"
    );
    let made = terminal.run(&["user", "create", "luca", "--email", "Luca@harbour.example", "--json"]).json();
    assert_eq!((&made["user"]["username"], &made["user"]["role"]), (&json!("luca"), &json!("member")));
    assert_eq!(made["user"]["email"], "Luca@harbour.example");
    assert!(made["link"].as_str().unwrap().starts_with("http://127.0.0.1:8080/reset#"));
    assert!(made["expires_at"].as_str().unwrap().ends_with('Z'));
    let twice = ["user", "create", "luke", "--email", "luca@HARBOUR.example"];
    assert!(terminal.refuses(1, &twice).contains("Another account has this email."));
}

/// An owner, and some others.
fn with_people(kind: Kind) -> Terminal {
    let terminal = Terminal::new(kind);
    for (username, role) in [("mara", "owner"), ("noor", "manager"), ("jun", "support"), ("sofie", "member")]
    {
        let email = format!("{username}@harbour.example");
        terminal.prints(&["user", "create", username, "--role", role, "--email", &email]);
    }
    terminal
}

async fn people_are_listed_and_found(kind: Kind) {
    let terminal = with_people(kind);
    let names = |arguments: &[&str]| {
        let all = [&["user", "list"], arguments].concat();
        let done = terminal.run(&all);
        done.rows().iter().map(|row| row[0].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&[]), ["sofie", "jun", "noor", "mara"]);
    assert_eq!(names(&["--role", "manager"]), ["noor"]);
    assert_eq!(names(&["--q", "sof"]), ["sofie"]);
    assert_eq!(names(&["--status", "suspended"]), Vec::<String>::new());
    terminal.prints(&["user", "suspend", "sofie"]);
    assert_eq!(names(&["--status", "suspended"]), ["sofie"]);
    terminal.database.execute(
        "UPDATE users SET status = 'removed', removed_at = CURRENT_TIMESTAMP WHERE username = 'jun'",
    );
    assert_eq!(names(&["--status", "removed"]), ["jun"]);
    assert_eq!(names(&[]), ["sofie", "noor", "mara"]);

    let first = terminal.run(&["user", "list", "--limit", "2", "--json"]).json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = terminal.run(&["user", "list", "--limit", "2", "--json", "--cursor", cursor]).json();
    assert_eq!((&rest["items"][0]["username"], &rest["next_cursor"]), (&json!("mara"), &json!(null)));
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let more = terminal.prints(&["user", "list", "--limit", "2"]);
    assert!(more.ends_with(&format!("More: --cursor {cursor}\n")), "{more}");
}

async fn people_are_changed_by_the_same_rules_as_in_the_panel(kind: Kind) {
    let terminal = with_people(kind);
    assert_eq!(terminal.prints(&["user", "set-role", "sofie", "support"]), "sofie is Support now.\n");
    assert_eq!(terminal.prints(&["user", "set-role", "sofie", "support"]), "sofie is Support now.\n");
    let id =
        terminal.database.values("SELECT lower('usr_' || id) AS value FROM users WHERE username = 'noor'");
    let code = terminal.run(&["invite", "create", "--role", "support", "--json"]).json();
    let made = format!(
        "UPDATE invites SET created_by = (SELECT id FROM users WHERE username = 'noor') WHERE lower('inv_' || id) = {}",
        code["id"].to_string().replace('"', "'")
    );
    terminal.database.execute(&made);
    let said = terminal.prints(&["user", "suspend", &id[0], "--reason", "Shared the password"]);
    assert_eq!(said, "noor is suspended. 1 code of theirs paused.\n");
    let noor = terminal.run(&["user", "list", "--q", "noor", "--json"]).json();
    assert_eq!(noor["items"][0]["status_reason"], "Shared the password");
    let back = terminal.run(&["user", "unsuspend", "NOOR@harbour.example", "--json"]).json();
    assert_eq!((&back["status"], &back["status_reason"]), (&json!("active"), &json!(null)));
    assert_eq!(terminal.prints(&["user", "unsuspend", "noor"]), "noor may sign in.\n");

    for arguments in [["user", "suspend", "mara"].as_slice(), &["user", "set-role", "mara", "admin"]] {
        assert!(terminal.refuses(1, arguments).contains("There must always be an active owner."));
    }
    for nobody in ["nemo", "usr_01kq3v8zj2m4xw9c7n5t6r8a1b", "a@b.example", ""] {
        let said = terminal.refuses(1, &["user", "suspend", nobody]);
        assert!(said.contains(&format!("there is no user {nobody}")), "{said}");
    }
    let mut log = terminal.log();
    log.retain(|row| !row.contains("created") && !row.contains("link"));
    // The rows of one change stand in no order.
    log.sort_unstable();
    let expected = ["invite.paused", "user.role_changed", "user.suspended", "user.unsuspended"];
    assert_eq!(log, expected.map(|action| format!("command_line {action}")));
}

async fn a_link_is_made_for_who_may_sign_in(kind: Kind) {
    let terminal = with_people(kind);
    let links = || terminal.database.count("audit WHERE action = 'user.reset_link_made'");
    let before = links();
    let printed = terminal.prints(&["user", "reset-link", "sofie@harbour.example"]);
    assert!(printed.starts_with("sofie can choose a new password."), "{printed}");
    let made = terminal.run(&["user", "reset-link", "sofie", "--json"]).json();
    assert_eq!(made["user"]["username"], "sofie");
    assert_eq!(links(), before + 2);
    terminal.prints(&["user", "suspend", "sofie"]);
    assert!(terminal.refuses(1, &["user", "reset-link", "sofie"]).contains("there is no active user sofie"));
}
