//! `doorlist openapi`

use std::process::ExitCode;

use super::Failure;
use crate::web::api::document::document;

/// Prints the description of the API.
pub(super) fn print() -> Result<ExitCode, Failure> {
    println!("{}", document().to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}
