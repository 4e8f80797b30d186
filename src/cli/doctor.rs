//! `doorlist doctor`

use std::process::ExitCode;
use std::sync::Arc;

use super::Failure;
use crate::app::App;
use crate::config::Config;
use crate::ops::doctor::{self, Finding, Health};
use crate::store::Store;
use crate::store::migrate;
use crate::sys::clock::SystemClock;
use crate::sys::entropy::{Entropy, SystemEntropy};
use crate::sys::passwords::{Cost, Passwords};

/// Looks at everything and changes nothing: a database that is behind stays so.
pub(super) async fn examine(config: Config, json: bool) -> Result<ExitCode, Failure> {
    let mut findings = match migrate::look(&config.database) {
        Ok(store) => doctor::examine_database(&observer(config.clone(), store)?).await,
        Err(error) => vec![doctor::unopened(&error)],
    };
    findings.extend(doctor::examine_machine(&config));
    if json {
        println!("{}", serde_json::json!(findings.iter().map(as_json).collect::<Vec<_>>()));
    } else {
        for finding in &findings {
            println!("{}  {:<15} {}", mark(finding.health), finding.what, finding.says);
        }
    }
    let failed = findings.iter().any(|finding| finding.health == Health::Bad);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn observer(config: Config, store: Store) -> Result<App, Failure> {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let passwords = Passwords::start(Cost::POLICY, 1, &entropy)?;
    Ok(App { store, clock: Arc::new(SystemClock::new()), entropy, passwords, config: Arc::new(config) })
}

const fn mark(health: Health) -> &'static str {
    match health {
        Health::Good => "ok     ",
        Health::Warning => "look   ",
        Health::Bad => "broken ",
    }
}

fn as_json(finding: &Finding) -> serde_json::Value {
    serde_json::json!({ "what": finding.what, "health": mark(finding.health).trim(), "says": finding.says })
}
