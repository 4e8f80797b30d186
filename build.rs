//! Lays the static files out for embedding: each one as it is, and compressed as far as it goes, in a folder that is
//! addressed by the hash of the whole tree. Compressing here costs nothing while serving.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script its folder through the environment"
)]
fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=static");
    println!("cargo::rerun-if-changed=migrations");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?).join("static");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    let mut files = Vec::new();
    collect(Path::new("static"), &mut files)?;
    files.sort();
    let mut tree = Sha256::new();
    for file in &files {
        let bytes = fs::read(file)?;
        tree.update(file.to_string_lossy().as_bytes());
        tree.update([0]);
        tree.update(Sha256::digest(&bytes));
        let target = out.join(file.strip_prefix("static").map_err(io::Error::other)?);
        write_all_forms(&target, &bytes)?;
    }
    let hash: String = tree.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=STATIC_HASH={hash}");
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

/// A compressed form is kept only where it is smaller.
fn write_all_forms(target: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(target, bytes)?;
    let mut brotli = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut brotli, &brotli::enc::BrotliEncoderParams::default())?;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes)?;
    for (suffix, form) in [("br", brotli), ("gz", gzip.finish()?)] {
        if form.len() < bytes.len() {
            let name = format!("{}.{suffix}", target.display());
            fs::write(name, form)?;
        }
    }
    Ok(())
}
