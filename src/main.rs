//! Arguments and environment in, exit code out.

use std::process::ExitCode;

#[actix_web::main]
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
async fn main() -> ExitCode {
    // A value that is not UTF-8 can only be a fault; it is shown as one.
    let environment = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect();
    doorlist::cli::run(std::env::args_os().collect(), environment).await
}
