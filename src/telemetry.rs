//! The log: text for people, JSON for programs, always to standard error.

use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{Config, LogFormat};

/// Sends log lines to a writer, as the configuration says; with colours where a person looks on.
///
/// # Errors
/// When something else in the process has taken the log already.
pub fn start<W>(
    config: &Config,
    writer: W,
    colours: bool,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let log = fmt()
        .with_env_filter(EnvFilter::new(&config.log))
        .with_writer(writer)
        .with_target(false)
        // Once nobody reads the log, complaining about that would panic, and the server could not even stop.
        .log_internal_errors(false)
        .with_ansi(colours);
    match config.log_format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    }
}
