//! `ringfence journal`.

use anyhow::{Context, Result};
use clap::Subcommand;
use serde_json::json;
use std::path::{Path, PathBuf};

use crate::config::Config;

#[derive(Subcommand)]
pub(crate) enum JournalCommand {
    /// Hash every entry again, compare every tile, check the checkpoint.
    Verify {
        /// Journal folder, or a data directory that has one.
        dir: PathBuf,
    },
    /// Print a receipt for an entry: a proof that can be checked offline.
    Prove {
        /// Journal folder or data directory.
        dir: PathBuf,
        /// Index of the entry.
        index: u64,
    },
    /// Check a receipt offline.
    Check {
        /// File with the receipt.
        receipt: PathBuf,
        /// File with the entry's bytes in hexadecimal digits, as `prove` prints them.
        entry: PathBuf,
        /// Public key of the log, as in log.vkey.
        key: String,
    },
    /// Follow a journal as a witness: alarm when it shrinks or forks.
    Watch {
        /// Journal folder or data directory.
        dir: PathBuf,
        /// File where the last checkpoint seen is kept.
        #[arg(long, default_value = "ringfence-witness.txt")]
        seen: PathBuf,
    },
}

fn folder(dir: &Path) -> PathBuf {
    let inner = dir.join("journal");
    if inner.is_dir() { inner } else { dir.to_owned() }
}

pub(crate) fn run(config: &Config, command: &JournalCommand, json: bool) -> Result<()> {
    match command {
        JournalCommand::Verify { dir } => {
            let report = store::verify(&folder(dir))?;
            if json {
                println!("{}", serde_json::to_string(&report)?);
            } else {
                println!(
                    "{} entries hashed again, {} tiles compared, checkpoint signed by {}",
                    report.entries_checked, report.tiles_checked, report.key
                );
                println!("root {}", report.root);
                if report.unsigned_entries > 0 {
                    println!(
                        "{} entries are past the checkpoint: durable, not yet signed",
                        report.unsigned_entries
                    );
                }
                println!("the journal is whole");
            }
            Ok(())
        }
        JournalCommand::Prove { dir, index } => {
            let mut journal = store::JournalDir::open(&folder(dir), &config.log_name)?;
            let (receipt, entry) = journal.prove(*index)?;
            let key = journal.verifying_key();
            let entry_hex = super::replay::hex(&entry);
            if json {
                println!(
                    "{}",
                    json!({ "receipt": receipt.encode(), "entry_hex": entry_hex, "key": key })
                );
            } else {
                println!("key   {key}\nentry {entry_hex}\n\n{}", receipt.encode());
            }
            Ok(())
        }
        JournalCommand::Check { receipt, entry, key } => {
            let read = |path: &Path| {
                std::fs::read_to_string(path).with_context(|| path.display().to_string())
            };
            let receipt = journal::Receipt::parse(&read(receipt)?)?;
            let digits = read(entry)?;
            let digits = digits.trim();
            let bytes: Option<Vec<u8>> = (0..digits.len() / 2)
                .map(|i| u8::from_str_radix(digits.get(2 * i..2 * i + 2)?, 16).ok())
                .collect();
            let bytes = bytes
                .filter(|_| digits.len().is_multiple_of(2))
                .context("entry: it is not hexadecimal digits")?;
            let checkpoint = receipt.verify(&bytes, &journal::VerifyingKey::parse(key)?)?;
            if json {
                println!(
                    "{}",
                    json!({ "valid": true, "index": receipt.index, "size": checkpoint.size })
                );
            } else {
                println!(
                    "entry {} is in the log {} of {} entries",
                    receipt.index, checkpoint.origin, checkpoint.size
                );
            }
            Ok(())
        }
        JournalCommand::Watch { dir, seen } => {
            let last = match std::fs::read_to_string(seen) {
                Ok(text) => Some(
                    journal::Checkpoint::parse_body(&text)
                        .with_context(|| seen.display().to_string())?,
                ),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
                Err(e) => return Err(e).with_context(|| seen.display().to_string()),
            };
            let now = store::witness(&folder(dir), last.as_ref())?;
            std::fs::write(seen, now.body()).with_context(|| seen.display().to_string())?;
            let before = last.map_or(0, |last| last.size);
            if json {
                println!("{}", json!({ "size": now.size, "before": before, "consistent": true }));
            } else {
                println!(
                    "{} grew from {before} to {} entries and is consistent",
                    now.origin, now.size
                );
            }
            Ok(())
        }
    }
}
