//! Backups: whole, readable by either database, and never half restored.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use doorlist::store::backup::{self, BackupError};
use doorlist::store::{Conn, Store, Tx};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use crate::database::{Database, Kind, both};
use crate::people::{account, insert, noon, open};

both![
    a_backup_brings_back_every_row_in_either_database,
    a_backup_is_for_its_owner_and_overwrites_nothing,
    a_backup_whose_lines_do_not_add_up_is_refused,
    a_backup_that_lost_or_changed_a_byte_is_refused,
    nothing_is_restored_over_accounts,
];

async fn written(store: &Store, path: PathBuf) -> Result<u64, BackupError> {
    store.snapshot(move |conn: &mut Conn| backup::write(conn, &path, noon())).await
}

async fn restored(store: &Store, path: PathBuf) -> Result<u64, BackupError> {
    store.write(move |tx: &mut Tx<'_>| backup::read(tx, &path)).await
}

/// A database with something in every table, more rows of one than fit in a chunk.
async fn furnished(kind: Kind) -> (Database, Store) {
    let database = Database::new(kind);
    let store = open(&database);
    for number in 0..3 {
        let mut person = account(number);
        person.display_name = Some(format!("Mara \"{number}\" 李\n"));
        person.email = (number > 0).then(|| format!("m{number}@harbour.example"));
        insert(&store, person).await.unwrap();
    }
    database.execute("UPDATE settings SET server_name = 'Harbour Makers', password_min = 14");
    // Each refers to what is read back after it.
    let text = "INSERT INTO invites (id, code, code_reading, label_folded, role, uses, lapsed, delete_users_on_expiry, \
                paused, created_by, created_at, updated_at) SELECT 'INVITE', 'HARBOUR-42', 'HARB0VR42', '', 'member', 1, \
                FALSE, FALSE, TRUE, id, created_at, created_at FROM users WHERE username = 'person.2.x'; \
                INSERT INTO invite_uses (user_id, invite_id, used_at) SELECT id, 'INVITE', created_at FROM users \
                WHERE username = 'person.0.x'; \
                UPDATE users SET review = 'flagged', removed_with = 'INVITE', kept = TRUE, \
                reviewed_by = (SELECT id FROM users WHERE username = 'person.2.x') WHERE username = 'person.0.x'; \
                INSERT INTO tokens (id, user_id, name, token_hash, hint, scopes, created_at, expires_at) \
                SELECT 'TOKEN', id, 'Kiosk', 'a hash', 'dl_…Ae1U', 5, created_at, created_at FROM users \
                WHERE username = 'person.1.x'";
    database.execute(text);
    let rows = (0..501)
        .map(|n| format!("('{n:026}', '2026-11-20 12:00:00.123', 'nobody', 'session.sign_in_failed')"));
    let rows = rows.collect::<Vec<_>>().join(", ");
    database.execute(&format!("INSERT INTO audit (id, at, actor_kind, action) VALUES {rows}"));
    (database, store)
}

/// What is in the tables that last, the same text on either database.
fn content(database: &Database) -> String {
    let dump = database.dump();
    let lasting = dump.lines().skip_while(|line| *line != "audit").filter(|line| !line.starts_with("0000 "));
    let tidy = |line: &str| {
        let line = line.replace(".123000", ".123").replace(".000000", "").replace(".000", "");
        line.replace("| true", "| 1").replace("| false", "| 0")
    };
    lasting.filter(|line| !line.contains("__diesel")).map(tidy).collect::<Vec<_>>().join("\n")
}

async fn a_backup_brings_back_every_row_in_either_database(kind: Kind) {
    let (database, store) = furnished(kind).await;
    let path = database.path("backup.gz");
    assert_eq!(written(&store, path.clone()).await.unwrap(), 1 + 3 + 1 + 1 + 1 + 501);
    for other in [Kind::Sqlite, Kind::Postgres] {
        let elsewhere = Database::new(other);
        let store = open(&elsewhere);
        assert_eq!(restored(&store, path.clone()).await.unwrap(), 1 + 3 + 1 + 1 + 1 + 501);
        assert_eq!(content(&elsewhere), content(&database), "{other:?}");
        let again = elsewhere.path("again.gz");
        written(&store, again.clone()).await.unwrap();
        assert_eq!(text(&again), text(&path), "{other:?}: and its backup is the same");
    }
}

fn text(path: &Path) -> String {
    let mut text = String::new();
    GzDecoder::new(fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

async fn a_backup_is_for_its_owner_and_overwrites_nothing(kind: Kind) {
    let (database, store) = furnished(kind).await;
    let path = database.path("backup.gz");
    written(&store, path.clone()).await.unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read(&path).unwrap();
    assert!(matches!(written(&store, path.clone()).await, Err(BackupError::File { .. })));
    assert_eq!(fs::read(&path).unwrap(), before);
    let nowhere = database.path("none/backup.gz");
    assert!(matches!(written(&store, nowhere).await, Err(BackupError::File { .. })));
}

/// A backup of [`furnished`], and an empty database to read it into.
struct Damage {
    database: Database,
    target: Database,
    store: Store,
    empty: String,
}

impl Damage {
    async fn new(kind: Kind) -> Self {
        let (database, store) = furnished(kind).await;
        written(&store, database.path("backup.gz")).await.unwrap();
        let target = Database::new(kind);
        let store = open(&target);
        let empty = target.dump();
        Self { database, target, store, empty }
    }

    fn text(&self) -> String {
        text(&self.database.path("backup.gz"))
    }

    /// What comes of reading these bytes, which never restores anything.
    async fn refusal(&self, bytes: &[u8]) -> BackupError {
        let path = self.database.path("damaged.gz");
        fs::write(&path, bytes).unwrap();
        let refusal = restored(&self.store, path).await.unwrap_err();
        assert_eq!(self.target.dump(), self.empty, "{refusal}");
        refusal
    }
}

fn packed(text: &str, level: Compression) -> Vec<u8> {
    let mut file = GzEncoder::new(Vec::new(), level);
    file.write_all(text.as_bytes()).unwrap();
    file.finish().unwrap()
}

async fn a_backup_whose_lines_do_not_add_up_is_refused(kind: Kind) {
    let damage = Damage::new(kind).await;
    let whole = damage.text();
    let lines: Vec<&str> = whole.lines().collect();
    let without = |left_out: usize| {
        let kept = lines.iter().enumerate().filter(|(number, _)| *number != left_out).map(|(_, line)| *line);
        kept.collect::<Vec<_>>().join("\n")
    };
    let strange = whole.replacen("\"is\":\"user\"", "\"is\":\"ghost\"", 1);
    let longer = format!("{whole}{}\n", lines[2]);
    for text in
        [String::new(), "{}".to_owned(), without(0), without(10), without(lines.len() - 1), strange, longer]
    {
        let refusal = damage.refusal(&packed(&text, Compression::fast())).await;
        assert!(matches!(refusal, BackupError::NotABackup(..)), "{refusal}");
    }
    let own = format!("\"schema\":\"{}\"", doorlist::store::migrate::known_schema());
    let newer = whole.replacen(&own, "\"schema\":\"9999\"", 1);
    let refusal = damage.refusal(&packed(&newer, Compression::fast())).await;
    assert!(matches!(&refusal, BackupError::OtherSchema { found, .. } if found == "9999"), "{refusal}");
}

async fn a_backup_that_lost_or_changed_a_byte_is_refused(kind: Kind) {
    let damage = Damage::new(kind).await;
    let bytes = fs::read(damage.database.path("backup.gz")).unwrap();
    for cut in [0, 10, bytes.len() / 2, bytes.len() - 1] {
        let refusal = damage.refusal(&bytes[..cut]).await;
        assert!(matches!(refusal, BackupError::NotABackup(..)), "{cut}: {refusal}");
    }
    // One letter of a hash, in a file that was never compressed: every line still reads well.
    let mut bytes = packed(&damage.text(), Compression::none());
    let at = bytes.windows(6).position(|window| window == b"a hash").unwrap();
    bytes[at + 2] = b'c';
    let refusal = damage.refusal(&bytes).await;
    assert!(matches!(refusal, BackupError::NotABackup(..)), "{refusal}");
}

async fn nothing_is_restored_over_accounts(kind: Kind) {
    let (database, store) = furnished(kind).await;
    let path = database.path("backup.gz");
    written(&store, path.clone()).await.unwrap();
    let before = database.dump();
    assert!(matches!(restored(&store, path).await, Err(BackupError::NotEmpty)));
    assert_eq!(database.dump(), before);
}
