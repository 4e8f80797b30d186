//! `doorlist setup-link`

use std::process::ExitCode;

use super::{Failure, assemble};
use crate::app::{App, IfMissing};
use crate::config::Config;
use crate::ops::setup;

/// Prints a new link, or that there is an owner already.
pub(super) async fn print(config: Config, json: bool) -> Result<ExitCode, Failure> {
    let app = assemble(config, IfMissing::Refuse)?;
    let Some(link) = link(&app).await? else {
        return Err("this server has an owner already; nobody else can become one by a link".into());
    };
    if json {
        println!("{}", serde_json::json!({ "link": link, "hours": 24 }));
    } else {
        println!("{link}\nOpen it within 24 hours. It works once.");
    }
    Ok(ExitCode::SUCCESS)
}

/// A new link, if the server still waits for its owner.
pub(super) async fn link(app: &App) -> Result<Option<String>, Failure> {
    let key = setup::make_key(app).await?;
    Ok(key.map(|key| app.config.public_url.setup_link(&key)))
}
