//! Chores of the house: `cargo run -p xtask -- tidy`, `… peer onnx|flink [PYTHON]`.

mod peer;
mod tidy;

use anyhow::{Result, bail};
use std::path::Path;

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace");
    match std::env::args().nth(1).as_deref() {
        Some("tidy") => tidy::tidy(root),
        Some("peer") => peer::peer(root, std::env::args().skip(2)),
        _ => bail!("usage: cargo run -p xtask -- tidy | peer onnx|flink [PYTHON]"),
    }
}
