//! Files that are whole or not there.

use anyhow::{Context, Result};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

/// Writes a file beside its place, makes it durable, and moves it there.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_with(path, bytes, 0o644)
}

/// The same, for the owner's eyes only.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    write_with(path, bytes, 0o600)
}

fn write_with(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let place =
        || format!("{}: it was not written; what was there before still is", path.display());
    let part = path.with_extension(format!("part-{}", std::process::id()));
    let written = (|| {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(mode).open(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written.with_context(place)?;
    match path.parent() {
        Some(folder) if folder != Path::new("") => sync_folder(folder),
        _ => sync_folder(Path::new(".")),
    }
}

/// Makes names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| folder.display().to_string())
}

/// Makes a folder that only its owner may enter.
pub(crate) fn private_folder(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(path).with_context(|| path.display().to_string())
}

/// Reads a whole file of at most so many bytes.
pub(crate) fn read(path: &Path, len_max: u64) -> Result<Vec<u8>> {
    use std::io::Read;
    let place = || path.display().to_string();
    let file = File::open(path).with_context(place)?;
    let mut bytes = Vec::new();
    file.take(len_max + 1).read_to_end(&mut bytes).with_context(place)?;
    anyhow::ensure!(
        bytes.len() as u64 <= len_max,
        "{}: it has more than {len_max} bytes, so it is not what it should be",
        path.display()
    );
    Ok(bytes)
}
