//! `doorlist backup FILE` and `doorlist restore FILE`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{Failure, assemble};
use crate::app::IfMissing;
use crate::config::Config;
use crate::ops::backup as ops;

pub(super) async fn backup(config: Config, file: PathBuf, json: bool) -> Result<ExitCode, Failure> {
    let app = assemble(config, IfMissing::Refuse)?;
    let rows = ops::backup(&app, file.clone()).await?;
    print(json, &file, rows, "written to");
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn restore(config: Config, file: PathBuf, json: bool) -> Result<ExitCode, Failure> {
    // A typing error must not make a database, but a restore onto a new machine has to.
    if !file.exists() {
        return Err(format!("there is no file {}", file.display()).into());
    }
    let app = assemble(config, IfMissing::Create)?;
    let rows = ops::restore(&app, file.clone()).await?;
    print(json, &file, rows, "restored from");
    Ok(ExitCode::SUCCESS)
}

fn print(json: bool, file: &Path, rows: u64, what: &str) {
    if json {
        println!("{}", serde_json::json!({ "file": file.display().to_string(), "rows": rows }));
    } else {
        println!("{rows} rows {what} {}", file.display());
    }
}
