//! Floor 3, for the terminal: one file for each group of commands.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line answers on the terminal")]

mod backup;
mod completions;
mod demo;
mod doctor;
mod invite;
mod openapi;
mod output;
mod serve;
mod setup_link;
mod user;
mod values;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::{App, IfMissing};
use crate::config::{Config, Faults};
use crate::domain::access::{Actor, Permission, Permit};

/// What went wrong, in a sentence for whoever started the program.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The invite-only front door for anything a person hosts.
///
/// Alone, `doorlist` serves the panel. Its settings come from the environment; the README has the table.
#[derive(Debug, Parser)]
#[command(name = "doorlist", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the panel (what `doorlist` alone does).
    ///
    /// Makes the database at the first start, brings it up to date at every start, and prints a one-time link to
    /// become the owner as long as there is none.
    Serve,
    /// Make a new one-time link to become the owner, good for 24 hours.
    SetupLink {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Look after accounts: create, list, set-role, suspend, unsuspend, reset-link.
    User(user::Arguments),
    /// Look after invite codes: create, list, extend, pause, resume, delete.
    Invite(invite::Arguments),
    /// Write a backup while the server runs.
    ///
    /// It holds accounts, codes, API tokens, settings and the audit log; not sessions and one-time links. A backup of
    /// either kind of database can be restored into the other.
    Backup {
        /// The file to write; it must not exist.
        file: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Read a backup into a database without accounts: all of it, or nothing.
    Restore {
        /// The file to read.
        file: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the OpenAPI 3.1 document of the JSON API.
    ///
    /// It comes from the code that serves it, and is the same as /api/v1/openapi.json.
    Openapi,
    /// Look at the database, the schema, the key, the clock, the disk and the public address.
    ///
    /// Ends with 0 when all is well or merely worth a look, and with 1 when something does not work.
    Doctor {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Serve a community that was made up, to look around in: people of every role, codes in every state, months of
    /// history.
    ///
    /// It has a database of its own, which is thrown away at the end, and prints who to sign in as.
    Demo {
        /// Keep it in this folder, and go on with it the next time.
        #[arg(long, value_name = "FOLDER")]
        keep: Option<PathBuf>,
    },
    /// Print what a shell needs to complete commands and options.
    #[command(after_help = "Example:\n  doorlist completions bash > /etc/bash_completion.d/doorlist")]
    Completions {
        /// Which shell.
        shell: completions::Shell,
    },
}

/// Runs the program: arguments and environment in, exit code out.
pub async fn run(arguments: Vec<std::ffi::OsString>, environment: BTreeMap<String, String>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(answer) => {
            // Help and version are answers too; both know where they belong and how the program then ends.
            if answer.print().is_err() {
                return ExitCode::FAILURE;
            }
            return u8::try_from(answer.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    let command = arguments.command.unwrap_or(Command::Serve);
    carry_out(command, &environment).await.unwrap_or_else(|failure| ended(&failure))
}

async fn carry_out(command: Command, environment: &BTreeMap<String, String>) -> Result<ExitCode, Failure> {
    let config = || Config::load(environment);
    match command {
        Command::Serve => serve::serve(config()?).await,
        Command::SetupLink { json } => setup_link::print(config()?, json).await,
        Command::User(arguments) => user::run(config()?, arguments).await,
        Command::Invite(arguments) => invite::run(config()?, arguments).await,
        Command::Demo { keep } => demo::run(config()?, keep).await,
        Command::Backup { file, json } => backup::backup(config()?, file, json).await,
        Command::Restore { file, json } => backup::restore(config()?, file, json).await,
        Command::Doctor { json } => Ok(doctor::examine(&config()?, json).await),
        // These describe the program, not an instance: a wrong environment does not matter.
        Command::Openapi => openapi::print(),
        Command::Completions { shell } => completions::print_for(shell),
    }
}

/// Says why nothing came of it: 2 for who has to start it differently, 1 for all else.
fn ended(failure: &Failure) -> ExitCode {
    if failure.is::<Faults>() {
        eprintln!("{failure}");
        return ExitCode::from(2);
    }
    eprintln!("doorlist: {failure}");
    if failure.is::<Misused>() { ExitCode::from(2) } else { ExitCode::FAILURE }
}

/// Arguments that do not go together, in a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Misused(&'static str);

/// The proof that the command line may do something: whoever runs the program on its machine may do all of it.
fn permit<P: Permission>() -> Result<Permit<P>, Failure> {
    Actor::command_line().permit().ok_or_else(|| "the command line may not do this".into())
}

/// The program's parts, for a command that does its work and ends.
fn assemble(config: Config, missing: IfMissing) -> Result<App, Failure> {
    Ok(App::assemble(config, missing, 1)?.0)
}
