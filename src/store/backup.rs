//! Backups: one file for both databases, so that a backup is also the way from one to the other.
//!
//! The file is gzip over lines of JSON: a head, then each row behind the name of its table, then a tail with the
//! number of rows, so that a file that was cut off is noticed. Sessions, one-time links and failure counts are left
//! out: they are short-lived, and everybody signs in again after a restore.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use diesel::prelude::*;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use super::rows::{AuditRow, InviteRow, SettingsRow, TokenRow, UseRow, UserRow};
use super::schema::{audit, invite_uses, invites, settings, tokens, users};
use super::{Conn, StoreError, Tx, migrate, on};
use crate::domain::time::Timestamp;

const FORMAT: u32 = 1;
const CHUNK: i64 = 500;

/// One line of the file.
#[derive(Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Head { format: u32, schema: String, at: NaiveDateTime },
    Settings(SettingsRow),
    User(Box<UserRow>),
    Invite(InviteRow),
    Use(UseRow),
    Token(TokenRow),
    Audit(AuditRow),
    Tail { rows: u64 },
}

/// A backup that cannot be written or read back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file.
    #[error("cannot use {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is something else, or damaged.
    #[error("{0} is not a whole backup: {1}")]
    NotABackup(PathBuf, String),
    /// It was made by another version.
    #[error(
        "the backup has schema {found} and this version of Doorlist has {own}; restore it with the version that made it, then upgrade"
    )]
    OtherSchema {
        /// That of the backup.
        found: String,
        /// That of this program.
        own: String,
    },
    /// There is something to lose.
    #[error("the database has accounts already; restore into an empty one")]
    NotEmpty,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes everything that lasts into a new file, from one state of the database. Says how many rows.
///
/// # Errors
/// [`BackupError`]; what was written until then is removed.
pub fn write(conn: &mut Conn, path: &Path, now: Timestamp) -> Result<u64, BackupError> {
    let file_error = |source| BackupError::File { path: path.to_owned(), source };
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(file_error)?;
    let mut out =
        Writer { lines: GzEncoder::new(BufWriter::new(file), Compression::default()), path, rows: 0 };
    let written = write_all(conn, &mut out, now).and_then(|()| out.finish());
    if written.is_err() {
        std::fs::remove_file(path).map_err(file_error)?;
    }
    written
}

/// Every row of a table in the order of its keys, a chunk at a time, so that memory stays flat.
macro_rules! each_row {
    ($conn:expr, $table:ident, $row:ty, $key:ident, $line:expr) => {{
        let mut last = String::new();
        loop {
            let chunk: Vec<$row> = on!(&mut *$conn, c => $table::table
                .filter($table::$key.gt(&last))
                .order($table::$key)
                .limit(CHUNK)
                .select(<$row>::as_select())
                .load(c))
            .map_err(StoreError::from)?;
            let Some(row) = chunk.last() else { break };
            last.clone_from(&row.$key);
            chunk.into_iter().try_for_each($line)?;
        }
    }};
}

fn write_all(conn: &mut Conn, out: &mut Writer<'_>, now: Timestamp) -> Result<(), BackupError> {
    out.line(&Line::Head { format: FORMAT, schema: migrate::known_schema(), at: now.naive_utc() })?;
    let instance: SettingsRow = on!(conn, c => settings::table.select(SettingsRow::as_select()).first(c))
        .map_err(StoreError::from)?;
    out.row(&Line::Settings(instance))?;
    each_row!(conn, users, UserRow, id, |row| out.row(&Line::User(row.into())));
    each_row!(conn, invites, InviteRow, id, |row| out.row(&Line::Invite(row)));
    each_row!(conn, invite_uses, UseRow, user_id, |row| out.row(&Line::Use(row)));
    each_row!(conn, tokens, TokenRow, id, |row| out.row(&Line::Token(row)));
    each_row!(conn, audit, AuditRow, id, |row| out.row(&Line::Audit(row)));
    Ok(())
}

struct Writer<'a> {
    lines: GzEncoder<BufWriter<File>>,
    path: &'a Path,
    rows: u64,
}

impl Writer<'_> {
    fn failed(&self, source: io::Error) -> BackupError {
        BackupError::File { path: self.path.to_owned(), source }
    }

    fn line(&mut self, line: &Line) -> Result<(), BackupError> {
        let mut text = serde_json::to_vec(line).map_err(|error| self.failed(error.into()))?;
        text.push(b'\n');
        self.lines.write_all(&text).map_err(|error| self.failed(error))
    }

    fn row(&mut self, line: &Line) -> Result<(), BackupError> {
        self.rows += 1;
        self.line(line)
    }

    /// The backup is one when it is on the disk.
    fn finish(mut self) -> Result<u64, BackupError> {
        self.line(&Line::Tail { rows: self.rows })?;
        let (path, rows) = (self.path.to_owned(), self.rows);
        let file = self
            .lines
            .finish()
            .and_then(|buffer| buffer.into_inner().map_err(io::IntoInnerError::into_error));
        file.and_then(|file| file.sync_all()).map_err(|source| BackupError::File { path, source })?;
        Ok(rows)
    }
}

/// Reads a backup into a database without accounts. Says how many rows.
///
/// # Errors
/// [`BackupError`]; the transaction must then be given up.
pub fn read(tx: &mut Tx<'_>, path: &Path) -> Result<u64, BackupError> {
    if !super::users::is_empty(tx)? {
        return Err(BackupError::NotEmpty);
    }
    let file = File::open(path).map_err(|source| BackupError::File { path: path.to_owned(), source })?;
    let mut lines = BufReader::new(MultiGzDecoder::new(file)).lines();
    let mut next = || -> Result<Line, BackupError> {
        let text = lines.next().unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()));
        let damaged = |why: String| BackupError::NotABackup(path.to_owned(), why);
        let text = text.map_err(|error| damaged(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))
    };
    expect_head(next()?, path)?;
    let mut rows = 0;
    loop {
        match next()? {
            Line::Tail { rows: written } if written == rows => break,
            Line::Settings(row) => update_settings(tx, &row)?,
            Line::User(row) => {
                insert(on!(&mut **tx, c => diesel::insert_into(users::table).values(&*row).execute(c)))?;
            }
            Line::Invite(row) => {
                insert(on!(&mut **tx, c => diesel::insert_into(invites::table).values(&row).execute(c)))?;
            }
            Line::Use(row) => {
                insert(on!(&mut **tx, c => diesel::insert_into(invite_uses::table).values(&row).execute(c)))?;
            }
            Line::Token(row) => {
                insert(on!(&mut **tx, c => diesel::insert_into(tokens::table).values(&row).execute(c)))?;
            }
            Line::Audit(row) => {
                insert(on!(&mut **tx, c => diesel::insert_into(audit::table).values(&row).execute(c)))?;
            }
            Line::Head { .. } | Line::Tail { .. } => {
                return Err(BackupError::NotABackup(path.to_owned(), "its rows do not add up".to_owned()));
            }
        }
        rows += 1;
    }
    // Only at the very end is the checksum of the whole looked at.
    match lines.next() {
        None => Ok(rows),
        Some(Ok(_)) => Err(BackupError::NotABackup(path.to_owned(), "it goes on after its end".to_owned())),
        Some(Err(error)) => Err(BackupError::NotABackup(path.to_owned(), error.to_string())),
    }
}

fn expect_head(line: Line, path: &Path) -> Result<(), BackupError> {
    let own = migrate::known_schema();
    match line {
        Line::Head { format: FORMAT, schema, .. } if schema == own => Ok(()),
        Line::Head { format: FORMAT, schema: found, .. } => Err(BackupError::OtherSchema { found, own }),
        _ => Err(BackupError::NotABackup(path.to_owned(), "it does not begin like one".to_owned())),
    }
}

fn insert(result: QueryResult<usize>) -> Result<(), BackupError> {
    result.map_err(StoreError::from)?;
    Ok(())
}

fn update_settings(tx: &mut Tx<'_>, row: &SettingsRow) -> Result<(), BackupError> {
    insert(on!(&mut **tx, c => diesel::update(settings::table.find(row.id)).set(row).execute(c)))
}
