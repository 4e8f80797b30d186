//! A database for one measurement, and the folder that the program runs in. Both go when it goes.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use tempfile::TempDir;

use crate::Outcome;

/// Where databases are made.
#[derive(Debug, Clone)]
pub enum Engine {
    /// In a file.
    Sqlite,
    /// On the server with this address.
    Postgres(url::Url),
}

impl Engine {
    /// What the table calls it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

/// A database that nobody else has.
#[derive(Debug)]
pub struct Place {
    folder: TempDir,
    engine: Engine,
    name: String,
}

impl Place {
    /// Makes an empty one.
    pub fn new(engine: &Engine) -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("doorlist_figures_").rand_bytes(12).tempdir()?;
        let name = folder.path().file_name().map(|name| name.to_string_lossy().into_owned());
        let place = Self { folder, engine: engine.clone(), name: name.ok_or("a folder without a name")? };
        place.administer(&format!("CREATE DATABASE \"{}\" TEMPLATE template0", place.name))?;
        Ok(place)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The value of `DATABASE_URL`.
    pub fn url(&self) -> String {
        match &self.engine {
            Engine::Sqlite => format!("sqlite:{}", self.folder().join("doorlist.db").display()),
            Engine::Postgres(server) => {
                let mut url = server.clone();
                url.set_path(&self.name);
                url.to_string()
            }
        }
    }

    fn administer(&self, statement: &str) -> Outcome<()> {
        if let Engine::Postgres(server) = &self.engine {
            PgConnection::establish(server.as_str())?.batch_execute(statement)?;
        }
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Nothing can be done about a server that has gone away.
        let _ = self.administer(&format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name));
    }
}
