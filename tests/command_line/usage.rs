//! Wrong usage, help, and what shells are told.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::database::{Kind, both};
use crate::{Terminal, doorlist, ended};

both![wrong_usage_changes_nothing_and_ends_with_2];

async fn wrong_usage_changes_nothing_and_ends_with_2(kind: Kind) {
    let terminal = Terminal::new(kind);
    for (arguments, why) in [
        (&["user"][..], "Usage: doorlist user"),
        (&["user", "create"], "<USERNAME>"),
        (&["user", "create", "a b"], "Use 3 to 32"),
        (&["user", "create", "root"], "reserved"),
        (&["user", "create", "luca", "--role", "boss"], "possible values: member, support"),
        (&["user", "create", "luca", "--email", "luca"], "Enter an email address"),
        (&["user", "create", "luca", "--password", "secret"], "unexpected argument"),
        (&["user", "set-role", "luca"], "<ROLE>"),
        (&["user", "list", "--limit", "0"], "0 is not in 1..=1000"),
        (&["user", "list", "--cursor", "inv_01kq3v8zj2m4xw9c7n5t6r8a1b"], "not a valid id"),
        (&["invite", "create", "--role", "owner"], "possible values: member, support, manager, admin"),
        (&["invite", "create", "--max-uses", "0"], "Enter 1 or more"),
        (&["invite", "create", "--max-uses", ""], "leave the option out"),
        (&["invite", "create", "--expires", "tomorrow"], "never"),
        (&["invite", "create", "--expires", ""], "never"),
        (&["invite", "create", "--expires", "2020-01-01T00:00:00Z"], "in the future"),
        (&["invite", "create", "--code", "short"], "6 to 32"),
        (&["invite", "create", "--code", "ELI-AND-FRIENDS", "--count", "2"], "cannot be used with"),
        (&["invite", "create", "--count", "101"], "101 is not in 1..=100"),
        (&["invite", "create", "--delete-users-on-expiry"], "--expires"),
        (&["invite", "create", "--delete-users-on-expiry", "--expires", "never"], "say --expires"),
        (&["invite", "extend", "K7QM-2XHD-9RTB", "--days", "0"], "0 is not in 1..=3650"),
        (&["completions", "tcsh"], "possible values: bash, zsh, fish"),
    ] {
        let said = terminal.refuses(2, arguments);
        assert!(said.contains(why), "{arguments:?}: {said}");
    }
}

#[test]
fn every_command_says_what_it_is_for() {
    let folder = tempfile::tempdir().unwrap();
    let help = |arguments: &[&str]| {
        let done = ended(doorlist(folder.path(), arguments, &[]).output().unwrap());
        assert_eq!(done.code, Some(0), "{arguments:?}: {}", done.said);
        done.printed
    };
    let all = help(&["--help"]);
    for command in ["user", "invite", "completions", "demo", "backup"] {
        assert!(all.contains(&format!("\n  {command}")), "{command}: {all}");
    }
    for (command, below) in [
        ("user", &["create", "list", "set-role", "suspend", "unsuspend", "reset-link"][..]),
        ("invite", &["create", "list", "extend", "pause", "resume", "delete"]),
    ] {
        let text = help(&[command, "--help"]);
        assert!(text.contains(&format!("Examples:\n  doorlist {command} create")), "{text}");
        for verb in below {
            assert!(text.contains(&format!("\n  {verb} ")), "{verb}: {text}");
            assert!(help(&[command, verb, "--help"]).contains("--json"), "{command} {verb}");
        }
    }
}

#[test]
fn completions_need_no_server_and_are_read_by_their_shell() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = [("DATABASE_URL", "nonsense")];
    for shell in ["bash", "zsh", "fish"] {
        let done = ended(doorlist(folder.path(), &["completions", shell], &wrong).output().unwrap());
        assert_eq!(done.code, Some(0), "{shell}: {}", done.said);
        for word in ["set-role", "created-by", "manager", "keep"] {
            assert!(done.printed.contains(word), "{shell} knows {word}");
        }
        if shell == "bash" {
            let mut reader = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
            reader.stdin.take().unwrap().write_all(done.printed.as_bytes()).unwrap();
            assert!(reader.wait().unwrap().success());
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
