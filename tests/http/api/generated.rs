//! Requests that schemathesis makes up from the document, one by one and in rows that lean on each other.

use std::process::Command;

use doorlist::domain::access::Role;
use doorlist::domain::token::Scopes;
use serde_json::json;

use super::{invite, joined, owner, token_of};
use crate::database::{Kind, both};
use crate::support::Server;

both![as_an_owner, as_a_manager, without_a_token];

async fn as_an_owner(kind: Kind) {
    hold(kind, Some(Role::Owner)).await;
}

async fn as_a_manager(kind: Kind) {
    hold(kind, Some(Role::Manager)).await;
}

async fn without_a_token(kind: Kind) {
    hold(kind, None).await;
}

/// Every check of schemathesis, but for what its configuration names with a reason.
async fn hold(kind: Kind, role: Option<Role>) {
    let limits =
        ["API", "API_CREATIONS", "WRONG_CODES", "REGISTRATIONS"].map(|name| format!("DOORLIST_LIMIT_{name}"));
    let variables = limits
        .each_ref()
        .map(|name| (name.as_str(), if name == "DOORLIST_LIMIT_API" { "1000000" } else { "1000000/1s" }));
    let server = Server::with(kind, &variables);
    let founder = owner(&server).await;
    for role in ["member", "support", "manager"] {
        let made = invite(&founder, json!({"role": role, "label": "Film night", "expires_at": "7d"})).await;
        joined(&server, made["code"].as_str().unwrap(), &format!("a.{role}")).await;
    }
    let mut header = None;
    if let Some(role) = role {
        let id = server.person("the.caller", role).await;
        let (_, token) = token_of(&server, id, role, Scopes::all()).await;
        header = Some(format!("Authorization: Bearer {token}"));
    }
    let run = |arguments: &[&str]| {
        let mut command = schemathesis();
        command.arg(format!("http://{}/api/v1/openapi.json", server.address)).args(arguments);
        command.args(header.iter().flat_map(|header| ["--header", header]));
        // The server answers on threads of its own meanwhile.
        let output = command.output().expect("schemathesis does not start");
        let said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("Stateful"), "{said}");
    };
    // What is deleted is gone, unless it is brought back, which schemathesis does not know of; and who was removed can
    // still be looked at. So that check has a run of its own, without what brings back.
    run(&["--checks", "all", "--exclude-checks", "use_after_free"]);
    let back = ["--exclude-path-regex", "/restore$", "--exclude-operation-id", "remove_user"];
    run(&[&["--checks", "use_after_free", "--phases", "stateful"], &back[..]].concat());
}

/// The program, in a folder where it may leave its notes.
fn schemathesis() -> Command {
    let program = asked("DOORLIST_TEST_SCHEMATHESIS");
    let mut command = Command::new(program.expect("tests/run installs schemathesis and says where it is"));
    command.args(["--config-file", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemathesis.toml"), "run"]);
    let examples = asked("DOORLIST_TEST_EXAMPLES").unwrap_or_else(|| "20".to_owned());
    command.args(["--max-examples", &examples, "--seed", "20261120", "--no-color", "--warnings", "off"]);
    command.args(["--suppress-health-check", "all", "--request-timeout", "30"]);
    command.current_dir(std::env::temp_dir());
    command
}

#[expect(clippy::disallowed_methods, reason = "the one place where these tests learn where schemathesis is")]
fn asked(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
