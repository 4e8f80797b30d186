//! `doorlist doctor`

use std::process::ExitCode;

use crate::config::Config;
use crate::ops::doctor::{self, Finding, Health};
use crate::sys::clock::SystemClock;

/// Looks at everything and changes nothing: a database that is behind stays so.
pub(super) async fn examine(config: &Config, json: bool) -> ExitCode {
    let findings = doctor::examine(config, &SystemClock).await;
    if json {
        println!("{}", serde_json::json!(findings.iter().map(as_json).collect::<Vec<_>>()));
    } else {
        for finding in &findings {
            println!("{:<7} {:<15} {}", word(finding.health), finding.what, finding.says);
        }
    }
    let failed = findings.iter().any(|finding| finding.health == Health::Bad);
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

const fn word(health: Health) -> &'static str {
    match health {
        Health::Good => "ok",
        Health::Warning => "look",
        Health::Bad => "broken",
    }
}

fn as_json(finding: &Finding) -> serde_json::Value {
    serde_json::json!({ "what": finding.what, "health": word(finding.health), "says": finding.says })
}
