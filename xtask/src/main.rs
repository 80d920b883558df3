//! Chores of the house: `cargo run -p xtask -- tidy`, `… peer onnx|flink [PYTHON]`, `… load`,
//! `… e2e [FOLDER]`, `… postgres COMMAND…`, `… wasm [--check]`.

mod peer;
mod serve;
mod tidy;
mod wasm;

use anyhow::{Result, bail};
use std::path::Path;

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace");
    match std::env::args().nth(1).as_deref() {
        Some("tidy") => tidy::tidy(root),
        Some("peer") => peer::peer(root, std::env::args().skip(2)),
        Some("load") => {
            let seconds = std::env::args().nth(2).unwrap_or_else(|| "10".to_owned());
            serve::load(root, &seconds)
        }
        Some("e2e") => serve::e2e(root, std::env::args().nth(2).as_deref()),
        Some("postgres") => serve::postgres(root, &std::env::args().skip(2).collect::<Vec<_>>()),
        Some("wasm") => match std::env::args().nth(2).as_deref() {
            None => wasm::wasm(root, false),
            Some("--check") => wasm::wasm(root, true),
            Some(other) => bail!("wasm takes --check or nothing, not '{other}'"),
        },
        _ => bail!(
            "usage: cargo run -p xtask -- tidy | peer onnx|flink [PYTHON] | load [SECONDS] | e2e [FOLDER] | postgres COMMAND… | wasm [--check]"
        ),
    }
}
