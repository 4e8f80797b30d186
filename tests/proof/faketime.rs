//! A clock for some programs, a database server among them, which the harness moves while they run. What never goes back
//! or jumps, and what the kernel says of files, stays as it is.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::Outcome;
use crate::ground::Ground;

/// A clock that goes with the machine's, ahead of it by so much.
#[derive(Debug)]
pub struct Clock {
    folder: TempDir,
    library: PathBuf,
    ahead: i64,
}

impl Clock {
    /// One that is ahead by so many seconds.
    pub fn ahead_by(ground: &Ground, ahead: i64) -> Outcome<Self> {
        // The database server, who is somebody else, reads it too.
        let open = fs::Permissions::from_mode(0o755);
        let folder = tempfile::Builder::new().prefix("doorlist_proof_clock_").permissions(open).tempdir()?;
        let mut clock = Self { folder, library: ground.faketime.clone(), ahead };
        clock.advance(0)?;
        Ok(clock)
    }

    /// Moves it. Whoever looks at it next sees that.
    pub fn advance(&mut self, seconds: i64) -> Outcome<()> {
        self.ahead += seconds;
        let next = self.folder.path().join("next");
        fs::write(&next, format!("+{}\n", self.ahead))?;
        Ok(fs::rename(next, self.folder.path().join("clock"))?)
    }

    /// What has to be in the environment of whoever is to see it.
    pub fn environment(&self) -> Vec<(String, String)> {
        let file = self.folder.path().join("clock");
        [
            ("LD_PRELOAD", self.library.to_string_lossy()),
            ("FAKETIME_TIMESTAMP_FILE", file.to_string_lossy()),
            ("FAKETIME_NO_CACHE", "1".into()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
            ("FAKETIME_DISABLE_SHM", "1".into()),
            ("NO_FAKE_STAT", "1".into()),
        ]
        .map(|(name, value)| (name.to_owned(), value.into_owned()))
        .to_vec()
    }
}
