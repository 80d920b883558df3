//! Makes a filter of common passwords: lines on standard input, the filter on standard output.
//!
//! `cargo run --release -p credential --example filter < passwords.txt > common.bin`

use credential::password::Filter;
use std::io::{Read, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let filter = Filter::build(text.lines())?;
    std::io::stdout().write_all(&filter.to_bytes())?;
    Ok(())
}
