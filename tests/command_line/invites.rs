//! `doorlist invite …`

use std::fs::File;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::json;

use crate::Terminal;
use crate::database::{Kind, both};

both![
    codes_are_made_with_the_names_of_the_api,
    codes_are_listed_by_what_they_are,
    a_code_is_extended_paused_and_resumed_by_either_name,
    a_code_is_deleted_by_its_id_and_only_when_that_is_meant,
    somebody_at_a_terminal_is_asked_before_a_code_is_deleted,
];

/// As the JSON API has them.
const FIELDS: [&str; 18] = [
    "batch_id",
    "code",
    "code_masked",
    "created_at",
    "created_by",
    "delete_users_on_expiry",
    "expires_at",
    "id",
    "label",
    "last_used_at",
    "link",
    "max_uses",
    "paused",
    "permissions",
    "role",
    "status",
    "updated_at",
    "uses",
];

async fn codes_are_made_with_the_names_of_the_api(kind: Kind) {
    let terminal = Terminal::new(kind);
    let plain = terminal.run(&["invite", "create", "--json"]).json();
    let names: Vec<_> = plain.as_object().unwrap().keys().map(String::as_str).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, FIELDS);
    assert_eq!(
        (&plain["role"], &plain["max_uses"], &plain["expires_at"], &plain["created_by"]),
        (&json!("member"), &json!(null), &json!(null), &json!(null))
    );
    let limited = [
        "invite",
        "create",
        "--label",
        "Spring meeting",
        "--max-uses",
        "20",
        "--role",
        "support",
        "--expires",
        "2099-12-31T23:59:59Z",
        "--json",
    ];
    // A time more than ten years ahead is refused, as everywhere.
    assert!(terminal.refuses(2, &limited).contains("within the next 10 years"));
    let limited = limited.map(|word| if word.starts_with("2099") { "2w" } else { word });
    let made = terminal.run(&limited).json();
    assert_eq!(
        (&made["label"], &made["max_uses"], &made["role"]),
        (&json!("Spring meeting"), &json!(20), &json!("support"))
    );
    assert!(made["expires_at"].as_str().unwrap() > made["created_at"].as_str().unwrap());

    let own = terminal.prints(&["invite", "create", "--code", "eli-and-friends"]);
    let code = own.split_whitespace().next().unwrap();
    assert!(own.contains(&format!("http://127.0.0.1:8080/join#{code}\n")), "{own}");
    assert!(own.contains("Member"), "{own}");
    assert!(terminal.refuses(1, &["invite", "create", "--code", "ELI-ANDFRIENDS"]).contains("reads like"));
    let batch = terminal.run(&["invite", "create", "--count", "3", "--max-uses", "1", "--json"]).json();
    let items = batch["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    assert!(items.iter().all(|item| item["batch_id"] == items[0]["batch_id"] && item["max_uses"] == 1));
    assert_eq!(terminal.log(), ["command_line invite.created"; 6]);
}

async fn codes_are_listed_by_what_they_are(kind: Kind) {
    let terminal = Terminal::new(kind);
    for label in ["one", "two", "three"] {
        terminal.prints(&["invite", "create", "--label", label]);
    }
    terminal.prints(&["invite", "create", "--label", "desk", "--role", "support"]);
    terminal.database.execute("UPDATE invites SET paused = TRUE WHERE label = 'two'");
    let labels = |arguments: &[&str]| {
        let done = terminal.run(&[&["invite", "list"], arguments].concat());
        done.rows().iter().map(|row| row.last().unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(labels(&[]), ["desk", "three", "two", "one"]);
    assert_eq!(labels(&["--status", "active"]), ["desk", "three", "one"]);
    assert_eq!(labels(&["--role", "support"]), ["desk"]);
    assert_eq!(labels(&["--q", "thr"]), ["three"]);
    let first = terminal.run(&["invite", "list", "--limit", "3", "--json"]).json();
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(labels(&["--cursor", cursor]), ["one"]);
    assert!(
        terminal.refuses(1, &["invite", "list", "--created-by", "nemo"]).contains("there is no user nemo")
    );
}

async fn a_code_is_extended_paused_and_resumed_by_either_name(kind: Kind) {
    let terminal = Terminal::new(kind);
    let made =
        terminal.run(&["invite", "create", "--code", "ELI-AND-FRIENDS", "--expires", "7d", "--json"]).json();
    let (id, end) = (made["id"].as_str().unwrap(), made["expires_at"].as_str().unwrap());
    let longer = terminal.run(&["invite", "extend", "eli and friends", "--days", "7", "--json"]).json();
    let days = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap();
    let by = days(longer["expires_at"].as_str().unwrap()) - days(end);
    assert_eq!(by, chrono::Duration::days(7));
    // A 1 is an L, but a 5 is no S: that is another code.
    for (name, code) in [(id, 0), ("E1IANDFRIENDS", 0), ("ELI-AND-FRIEND5", 1)] {
        let there = terminal.run(&["invite", "pause", name]);
        assert_eq!(there.code, Some(code), "{name}: {}", there.said);
    }
    let paused = terminal.run(&["invite", "list", "--status", "paused", "--json"]).json();
    assert_eq!(paused["items"][0]["id"], id);
    assert!(terminal.prints(&["invite", "resume", id]).starts_with("ELI-AND-FRIENDS is active. It ends on "));
    let expected =
        ["created", "extended", "paused", "resumed"].map(|what| format!("command_line invite.{what}"));
    assert_eq!(terminal.log(), expected, "what is so already leaves no row");
    for name in ["K7QM-2XHD-9RTB", "inv_01kq3v8zj2m4xw9c7n5t6r8a1b", "-", ""] {
        let said = terminal.refuses(1, &["invite", "extend", "--days", "3", "--", name]);
        assert!(said.contains("there is no invite with the id or the code"), "{said}");
    }
}

async fn a_code_is_deleted_by_its_id_and_only_when_that_is_meant(kind: Kind) {
    let terminal = Terminal::new(kind);
    let made = terminal.run(&["invite", "create", "--json"]).json();
    let (id, code) = (made["id"].as_str().unwrap(), made["code"].as_str().unwrap());
    terminal.refuses(2, &["invite", "delete", code, "--yes"]);
    assert!(terminal.refuses(2, &["invite", "delete", id]).contains("say --yes"));
    let gone = terminal.run(&["invite", "delete", id, "--yes", "--json"]).json();
    assert_eq!(gone["code"], code);
    assert!(terminal.refuses(1, &["invite", "delete", id, "--yes"]).contains("there is no invite"));
    assert_eq!(terminal.log(), ["command_line invite.created", "command_line invite.deleted"]);
    assert_eq!(terminal.run(&["invite", "list"]).rows(), Vec::<Vec<&str>>::new());
}

/// Runs a command at a terminal, and types an answer to what it asks.
fn answered(terminal: &Terminal, arguments: &[&str], answer: &str) -> ExitStatus {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs =
        File::options().read(true).write(true).open(Path::new(std::ffi::OsStr::from_bytes(name.to_bytes())));
    let mut keys = File::from(ours);
    let mut child = terminal.command(arguments).stdin(theirs.unwrap()).stdout(Stdio::null()).spawn().unwrap();
    writeln!(keys, "{answer}").unwrap();
    child.wait().unwrap()
}

async fn somebody_at_a_terminal_is_asked_before_a_code_is_deleted(kind: Kind) {
    let terminal = Terminal::new(kind);
    let made = terminal.run(&["invite", "create", "--json"]).json();
    let delete = ["invite", "delete", made["id"].as_str().unwrap()];
    let deleted = || terminal.database.count("invites WHERE deleted_at IS NOT NULL");
    for no in ["n", "", "yess"] {
        assert_eq!((answered(&terminal, &delete, no).code(), deleted()), (Some(1), 0), "{no}");
    }
    assert_eq!((answered(&terminal, &delete, "y").code(), deleted()), (Some(0), 1));
}
