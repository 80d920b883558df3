//! Lists from a folder laid out like the public data set, or from imported snapshots.

use anyhow::{Context, Result, bail};
use intel::sources::{SOURCES, Source};
use intel::{Directory, Snapshot};
use std::path::{Path, PathBuf};

use crate::input::read_all;

/// Largest list, decompressed.
const LIST_LEN_MAX: u64 = 1 << 30;

/// The file of a list below `folder`, plain or compressed.
fn find_file(folder: &Path, file: &str) -> Option<PathBuf> {
    ["", ".zst", ".gz"]
        .iter()
        .map(|suffix| folder.join(format!("{file}{suffix}")))
        .find(|p| p.is_file())
}

/// Reads one source from a folder; `None` when the folder does not have it.
pub(crate) fn read_source(folder: &Path, source: &Source) -> Result<Option<Snapshot>> {
    let Some(first) = find_file(folder, source.files[0]) else {
        return Ok(None);
    };
    let mut contents = Vec::new();
    for file in source.files {
        let path = find_file(folder, file)
            .with_context(|| format!("--intel {}: {file} is missing", folder.display()))?;
        contents.push(read_all(&path, LIST_LEN_MAX)?);
    }
    let readme =
        first.parent().and_then(|parent| std::fs::read_to_string(parent.join("README.md")).ok());
    let contents: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
    let snapshot = source
        .read(&contents, readme.as_deref())
        .with_context(|| format!("--intel {}", first.display()))?;
    Ok(Some(snapshot))
}

/// Every list that a folder has.
pub(crate) fn read_folder(folder: &Path) -> Result<Vec<Snapshot>> {
    if !folder.is_dir() {
        bail!("--intel {}: there is no such folder", folder.display());
    }
    let mut snapshots = Vec::new();
    for source in SOURCES {
        if let Some(snapshot) = read_source(folder, source)? {
            snapshots.push(intel::gate::admit(snapshot, None, false)?);
        }
    }
    if snapshots.is_empty() {
        let known: Vec<&str> = SOURCES.iter().map(|source| source.files[0]).collect();
        bail!(
            "--intel {}: no list is there; lists are looked for as {}",
            folder.display(),
            known.join(", ")
        );
    }
    Ok(snapshots)
}

/// The lists in force: of a folder if one is given, else the imported ones of the data directory.
pub(crate) fn directory(folder: Option<&Path>, data_dir: &Path) -> Result<Directory> {
    let snapshots = match folder {
        Some(folder) => read_folder(folder)?,
        None => store::SnapshotDir::open(&data_dir.join("intel"))?.all_current()?,
    };
    Ok(Directory::new(snapshots))
}

/// What the lists in force leave unseen.
pub(crate) fn gaps(directory: &Directory) -> Vec<String> {
    let is_sanctions = |claim: intel::Claim<'_>| claim.entry.category == model::Category::Sanctions;
    if directory.claim_count() == 0 {
        let gap = "no list is in force: import lists or give --intel; an allow says nothing about listed parties";
        return vec![gap.to_owned()];
    }
    if !directory.all_claims().any(is_sanctions) {
        let gap = "no sanctions list is in force: an allow says nothing about sanctioned parties";
        return vec![gap.to_owned()];
    }
    Vec::new()
}
