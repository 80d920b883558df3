//! The write-ahead file: entries one after another, each with its length and CRC-32C, synced
//! before an append is acknowledged.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use crate::StoreError;

/// Longest entry, as in an entry bundle.
const ENTRY_LEN_MAX: u32 = 65_535;

pub(crate) fn encode(entry: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(entry.len() as u32).to_le_bytes());
    out.extend_from_slice(&crc32fast::hash(entry).to_le_bytes());
    out.extend_from_slice(entry);
}

/// The entries of a file, and the length of the part that holds them. What follows a crash may
/// have left behind: a last entry that is cut off or torn ends the file.
pub(crate) fn read(path: &Path) -> Result<(Vec<Vec<u8>>, u64), StoreError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .map_err(StoreError::io(path))?;
    let mut entries = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some((head, tail)) = rest.split_first_chunk::<8>() {
        let len = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
        let crc = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        let entry = match tail.get(..len as usize) {
            // A file system may leave zeros behind, which would read as an empty entry: none is.
            Some(entry) if (1..=ENTRY_LEN_MAX).contains(&len) && crc32fast::hash(entry) == crc => {
                entry
            }
            _ => break,
        };
        entries.push(entry.to_vec());
        rest = &tail[len as usize..];
    }
    Ok((entries, (bytes.len() - rest.len()) as u64))
}

/// Makes a new file with these entries, complete or not at all.
pub(crate) fn create(path: &Path, entries: &[Vec<u8>]) -> Result<File, StoreError> {
    let mut bytes = Vec::new();
    entries.iter().for_each(|entry| encode(entry, &mut bytes));
    crate::write_atomically(path, &bytes, true)?;
    open_for_append(path)
}

pub(crate) fn open_for_append(path: &Path) -> Result<File, StoreError> {
    File::options().append(true).open(path).map_err(StoreError::io(path))
}

/// Appends encoded entries and waits until they are on the disk.
pub(crate) fn append(file: &mut File, bytes: &[u8]) -> std::io::Result<()> {
    file.write_all(bytes)?;
    file.sync_data()
}
