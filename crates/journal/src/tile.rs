//! The C2SP tlog-tiles layout: 256 hashes a tile, 256 entries a bundle, paths that caches like.

use crate::{Hash, JournalError};

/// Hashes in a full tile and entries in a full bundle.
pub const WIDTH: u64 = 256;

/// `123` as `123`, `1234067` as `x001/x234/067`.
fn index_path(mut index: u64) -> String {
    let mut path = format!("{:03}", index % 1000);
    while index >= 1000 {
        index /= 1000;
        path = format!("x{:03}/{path}", index % 1000);
    }
    path
}

fn with_width(path: String, width: u64) -> String {
    if width == WIDTH { path } else { format!("{path}.p/{width}") }
}

/// Path of a hash tile below the log's root; `width` below 256 for a partial one.
pub fn tile_path(level: u8, index: u64, width: u64) -> String {
    with_width(format!("tile/{level}/{}", index_path(index)), width)
}

/// Path of an entry bundle below the log's root.
pub fn bundle_path(index: u64, width: u64) -> String {
    with_width(format!("tile/entries/{}", index_path(index)), width)
}

/// Bytes of a tile: its hashes one after another.
pub fn encode_tile(hashes: &[Hash]) -> Vec<u8> {
    hashes.concat()
}

/// Hashes of a tile that must have `width` of them.
///
/// # Errors
/// [`JournalError::Tile`] when the length differs.
pub fn decode_tile(path: &str, bytes: &[u8], width: u64) -> Result<Vec<Hash>, JournalError> {
    if bytes.len() as u64 != 32 * width {
        let problem = format!("it has {} bytes instead of {}", bytes.len(), 32 * width);
        return Err(JournalError::Tile { path: path.to_owned(), problem });
    }
    Ok(bytes.chunks_exact(32).map(|hash| hash.try_into().expect("chunks of 32")).collect())
}

/// Adds an entry to a bundle: its length in two bytes, big-endian, and its bytes.
///
/// # Errors
/// [`JournalError::EntryTooLarge`] past 65,535 bytes.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), JournalError> {
    let len = u16::try_from(entry.len()).map_err(|_| JournalError::EntryTooLarge(entry.len()))?;
    bundle.extend_from_slice(&len.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// Entries of a bundle that must have `width` of them.
///
/// # Errors
/// [`JournalError::Tile`] when their number differs or the last is cut off.
pub fn decode_bundle<'a>(
    path: &str,
    mut bytes: &'a [u8],
    width: u64,
) -> Result<Vec<&'a [u8]>, JournalError> {
    let mut entries = Vec::new();
    let corrupt = |problem: String| JournalError::Tile { path: path.to_owned(), problem };
    while let Some((len, rest)) = bytes.split_first_chunk::<2>() {
        let len = usize::from(u16::from_be_bytes(*len));
        let entry = rest
            .get(..len)
            .ok_or_else(|| corrupt(format!("entry {} is cut off", entries.len())))?;
        entries.push(entry);
        bytes = &rest[len..];
    }
    if !bytes.is_empty() || entries.len() as u64 != width {
        return Err(corrupt(format!("it has {} entries instead of {width}", entries.len())));
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(tile_path(0, 1_234_067, WIDTH), "tile/0/x001/x234/067");
        assert_eq!(tile_path(1, 0, 112), "tile/1/000.p/112");
        assert_eq!(bundle_path(999, WIDTH), "tile/entries/999");
        assert_eq!(bundle_path(1000, 1), "tile/entries/x001/000.p/1");
    }
}
