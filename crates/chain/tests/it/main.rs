//! Real blocks, decoded to their last byte and counted against an independent decoder.

mod bitcoin;
mod btc_expected;
mod ethereum;

use std::path::PathBuf;

/// The folder of public data beside the repository, or `None` with a printed reason.
fn shared_data(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("RINGFENCE_SHARED_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = root.join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: {} is absent (set RINGFENCE_SHARED_DATA)", path.display());
    None
}

fn read_zst(path: PathBuf) -> Vec<u8> {
    let packed = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    zstd::decode_all(packed.as_slice()).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
