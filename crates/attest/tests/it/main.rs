//! The anchor's published vectors and files, where they are at hand.

mod files;
mod vectors;

use std::path::PathBuf;

/// A file of the public data set; `None`, with a word, where it is absent.
fn shared(file: &str) -> Option<String> {
    let root = std::env::var_os("RINGFENCE_SHARED_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = root.join("por").join(file);
    if path.is_file() {
        return Some(std::fs::read_to_string(path).unwrap());
    }
    eprintln!("skipped: {} is absent (set RINGFENCE_SHARED_DATA)", path.display());
    None
}
