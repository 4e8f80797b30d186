//! `doorlist demo`

mod cast;
mod stage;
mod story;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};

use self::cast::{PASSWORD, SERVER, TO_BE};
use self::stage::{SetClock, Stage};
use super::output::print;
use super::{Failure, serve};
use crate::app::{App, IfMissing};
use crate::config::Config;
use crate::domain::access::Role;
use crate::domain::database::DatabaseAddress;
use crate::sys::clock::{Clock, SystemClock};
use crate::sys::key::{self, KeySource};
use crate::sys::passwords::{Cost, Passwords};

const DATABASE: &str = "demo.db";
/// Sixty passwords that everybody is told need no protection. Each is hashed anew, at the usual cost, when somebody
/// signs in with it.
const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };

/// Where the demo lies.
enum Place {
    /// For as long as the program runs.
    Passing(TempDir),
    /// For the next time, too.
    Kept(PathBuf),
}

impl Place {
    fn path(&self) -> &Path {
        match self {
            Self::Passing(folder) => folder.path(),
            Self::Kept(folder) => folder,
        }
    }
}

/// Makes a community in a database of its own, and serves it. What else the environment says of a database, a key or
/// the registration is about another server.
pub(super) async fn run(config: Config, keep: Option<PathBuf>) -> Result<ExitCode, Failure> {
    let place = match keep {
        None => Place::Passing(tempfile::Builder::new().prefix("doorlist-demo-").tempdir()?),
        Some(folder) => Place::Kept(folder),
    };
    let folder = place.path();
    let config = Config {
        database: DatabaseAddress::Sqlite(folder.join(DATABASE)),
        secret_key: KeySource::Own(folder.join("secret.key")),
        registration: None,
        metrics_listen: None,
        ..config
    };
    serve::start_log(&config)?;
    let listener = serve::listen(config.listen)?;
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    // Whoever does not wait for it leaves nothing behind either.
    tokio::select! {
        furnished = furnish(folder, &config) => furnished?,
        _ = interrupt.recv() => return Ok(ExitCode::SUCCESS),
        _ = terminate.recv() => return Ok(ExitCode::SUCCESS),
    }
    let cores = serve::cores();
    let (app, _) = App::assemble(config, IfMissing::Refuse, cores)?;
    let key = key::load(&app.config.secret_key, &*app.entropy)?;
    print(&greeting(&app, &place))?;
    serve::until_told_to_stop(&app, key, listener, None, cores).await
}

/// Fills the database, unless that was done before. One that was left half full is made anew.
async fn furnish(folder: &Path, config: &Config) -> Result<(), Failure> {
    let unfinished = folder.join("demo.unfinished");
    if unfinished.exists() {
        for end in ["", "-wal", "-shm"] {
            let file = folder.join(format!("{DATABASE}{end}"));
            if file.exists() {
                fs::remove_file(file)?;
            }
        }
    } else if folder.join(DATABASE).exists() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    fs::write(&unfinished, "")?;
    let (app, _) = App::assemble(config.clone(), IfMissing::Create, 1)?;
    let end = SystemClock.now();
    let clock = Arc::new(SetClock::at(end));
    let passwords = Passwords::start(CHEAP, 1, &app.entropy)?;
    let mut stage = Stage::new(App { clock: clock.clone(), passwords, ..app }, clock).await?;
    story::play(&mut stage, end).await?;
    fs::remove_file(&unfinished)?;
    Ok(())
}

fn greeting(app: &App, place: &Place) -> String {
    let row = |(username, role): &(&str, Role)| format!("  {username:<8}{}\n", role.label());
    let people: String = TO_BE.iter().map(row).collect();
    let end = match place {
        Place::Passing(_) => "All of it is thrown away when this program ends (Ctrl-C).".to_owned(),
        Place::Kept(folder) => format!("It stays in {} and can be served again.", folder.display()),
    };
    format!(
        "{SERVER}, a demo, is at {}\n\nSign in with the password\n  {PASSWORD}\nas one of\n{people}\n{end}\n",
        app.config.public_url.origin()
    )
}
