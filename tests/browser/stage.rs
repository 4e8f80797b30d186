//! What a story plays on: a server with a database of its own, and a browser.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};

use futures_util::FutureExt;
use tempfile::TempDir;

use crate::browser::{Browser, ChromeDriver};
use crate::database::{Database, Kind};
use crate::inspection::console;
use crate::server::Server;

/// Fields go in this order: browsers before the program that drives them, and the folder last.
pub struct Stage {
    pub browser: Browser,
    pub server: Server,
    pub database: Database,
    chromedriver: ChromeDriver,
    profiles: u32,
    folder: TempDir,
}

impl Stage {
    async fn set(kind: Kind, has_script: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let database = Database::new(kind, folder.path());
        let server = Server::start(folder.path(), database.url());
        let chromedriver = ChromeDriver::start(folder.path());
        let profile = profile(folder.path(), 0);
        let browser = Browser::open(&chromedriver, &profile, server.origin(), has_script).await;
        Self { browser, server, database, chromedriver, profiles: 1, folder }
    }

    /// A browser of its own, as on another computer.
    pub async fn another_browser(&mut self) -> Browser {
        let profile = profile(self.folder.path(), self.profiles);
        self.profiles += 1;
        Browser::open(&self.chromedriver, &profile, self.server.origin(), self.browser.has_script).await
    }

    /// Asks the console what nobody has asked for on the way.
    async fn look_back(&self) {
        let heard = console(&self.browser).await;
        assert!(heard.is_empty(), "{}", heard.join("\n"));
    }

    /// Ends everything in good order, and hands over what the server said.
    async fn clear(mut self) -> Vec<String> {
        self.browser.close().await;
        if self.server.is_running() { self.server.stop() } else { Vec::new() }
    }
}

fn profile(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("profile-{number}"))
}

/// Plays a story, and ends everything it needed, whether it went well or not.
pub fn play(kind: Kind, has_script: bool, story: impl AsyncFnOnce(&mut Stage)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime starts").block_on(async {
        let mut stage = Box::pin(Stage::set(kind, has_script)).await;
        let whole = Box::pin(async {
            story(&mut stage).await;
            stage.look_back().await;
        });
        let end = AssertUnwindSafe(whole).catch_unwind().await;
        let cleared = AssertUnwindSafe(Box::pin(stage.clear())).catch_unwind().await;
        match (end, cleared) {
            (Ok(()), Ok(_)) => {}
            (Err(failure), cleared) => {
                let said = cleared.unwrap_or_default();
                eprintln!("The server said:\n{}", said.join("\n"));
                resume_unwind(failure);
            }
            (Ok(()), Err(failure)) => resume_unwind(failure),
        }
    });
}
