//! The disk.

use std::io;
use std::path::Path;

/// Bytes that are left for us where a folder is.
///
/// # Errors
/// When the folder cannot be looked at.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}
