//! The key that encrypts cookies.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretBox, SecretString};

use super::entropy::Entropy;
use crate::domain::secret::{hex, unhex};

/// 256 bits. It does not print itself.
pub type SecretKey = SecretBox<[u8; 32]>;

/// Where the key comes from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// The environment: 64 hexadecimal digits.
    Given(SecretString),
    /// A file with 64 hexadecimal digits, which has to be there.
    File(PathBuf),
    /// A file of our own, made at the first start.
    Own(PathBuf),
}

/// A key that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("cannot use the key file {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("the key file {0} must hold 64 hexadecimal digits (openssl rand -hex 32)")]
    NotAKey(PathBuf),
}

/// Reads 64 hexadecimal digits.
#[must_use]
pub fn parse(text: &str) -> Option<SecretKey> {
    let bytes: [u8; 32] = unhex(text.trim())?.try_into().ok()?;
    Some(SecretBox::new(Box::new(bytes)))
}

/// The key, made anew if it is ours to make.
///
/// # Errors
/// [`KeyError`] in a sentence for whoever started the program.
pub fn load(source: &KeySource, entropy: &dyn Entropy) -> Result<SecretKey, KeyError> {
    match source {
        KeySource::Given(text) => {
            parse(text.expose_secret()).ok_or_else(|| KeyError::NotAKey(PathBuf::new()))
        }
        KeySource::File(path) => read(path),
        KeySource::Own(path) => match make(path, entropy) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(path),
            Err(source) => Err(KeyError::File { path: path.clone(), source }),
            Ok(()) => read(path),
        },
    }
}

/// Reads the key out of a file.
///
/// # Errors
/// [`KeyError`] when there is none.
pub fn read(path: &Path) -> Result<SecretKey, KeyError> {
    let text = fs::read_to_string(path).map_err(|source| KeyError::File { path: path.to_owned(), source })?;
    parse(&text).ok_or_else(|| KeyError::NotAKey(path.to_owned()))
}

/// Writes a new key beside its place and links it there, so that nobody ever reads half of one and of several
/// programs that start together all use the first one's.
fn make(path: &Path, entropy: &dyn Entropy) -> io::Result<()> {
    if path.try_exists()? {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let draft = path.with_extension(hex(&entropy.bytes::<8>()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    writeln!(file, "{}", hex(&entropy.bytes::<32>()))?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    linked
}

/// Whether anybody but its owner may read the file of a key.
///
/// # Errors
/// When the file cannot be looked at.
pub fn is_open_to_others(path: &Path) -> io::Result<bool> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::entropy::SystemEntropy;

    #[test]
    fn the_first_start_makes_a_key_that_the_second_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/secret.key");
        let source = KeySource::Own(path.clone());
        let first = load(&source, &SystemEntropy).unwrap();
        let second = load(&source, &SystemEntropy).unwrap();
        assert_eq!(first.expose_secret(), second.expose_secret());
        assert!(!is_open_to_others(&path).unwrap());
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no draft is left");
        assert_eq!(format!("{first:?}"), "SecretBox<[u8; 32]>([REDACTED])");
    }

    #[test]
    fn a_file_that_somebody_named_is_never_made_and_never_guessed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let source = KeySource::File(path.clone());
        assert!(matches!(load(&source, &SystemEntropy), Err(KeyError::File { .. })));
        fs::write(&path, "short").unwrap();
        assert!(matches!(load(&source, &SystemEntropy), Err(KeyError::NotAKey(_))));
        fs::write(&path, "0F".repeat(32) + "\n").unwrap();
        assert_eq!(load(&source, &SystemEntropy).unwrap().expose_secret(), &[15; 32]);
    }
}
