//! `ringfence journal`.

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use journal::{Note, Receipt, VerifyingKey};
use serde_json::json;
use std::path::{Path, PathBuf};
use store::WitnessDir;

use crate::config::Config;
use crate::reserves::{files, log};
use crate::setup;
use crate::witnesses::WitnessArgs;

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
        #[command(flatten)]
        witnesses: WitnessArgs,
    },
    /// Follow a journal as a witness: alarm when it shrinks or forks.
    Watch {
        /// Journal folder or data directory.
        dir: PathBuf,
        /// File where the last checkpoint seen is kept.
        #[arg(long, default_value = "ringfence-witness.txt")]
        seen: PathBuf,
    },
    /// Make a witness with a key of its own, or print the key of one that is there.
    Witness {
        /// Folder of the witness. It remembers what was co-signed: keep it, and do not restore an old copy.
        dir: PathBuf,
        /// Name of the witness, a URL without scheme, such as witness.example/w1.
        #[arg(long)]
        name: String,
    },
    /// Co-sign a log's checkpoint as a witness, if it continues what this witness co-signed before.
    Cosign(CosignArgs),
}

#[derive(Args)]
pub(crate) struct CosignArgs {
    /// Journal folder, data directory, or a copy of the files that a log publishes.
    dir: PathBuf,
    /// Folder of the witness (`journal witness`).
    #[arg(long, value_name = "DIR")]
    witness: PathBuf,
    /// Public key of the log, or a file with it; the first time only, and not from the log itself.
    #[arg(long, value_name = "KEY")]
    log_key: Option<String>,
    /// File to write the co-signed checkpoint into (default: the terminal gets the signature's line).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
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
        JournalCommand::Check { receipt, entry, key, witnesses } => {
            let read = |path: &Path| {
                std::fs::read_to_string(path).with_context(|| path.display().to_string())
            };
            let demand = witnesses.demand()?;
            let receipt = Receipt::parse(&read(receipt)?)?;
            let digits = read(entry)?;
            let digits = digits.trim();
            let bytes: Option<Vec<u8>> = (0..digits.len() / 2)
                .map(|i| u8::from_str_radix(digits.get(2 * i..2 * i + 2)?, 16).ok())
                .collect();
            let bytes = bytes
                .filter(|_| digits.len().is_multiple_of(2))
                .context("entry: it is not hexadecimal digits")?;
            let checkpoint = receipt.verify(&bytes, &VerifyingKey::parse(key)?)?;
            let note = Note::parse(&receipt.checkpoint)?;
            let found = demand.witnesses.demand(&note, demand.wanted)?;
            let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
            let (index, size) = (receipt.index, checkpoint.size);
            if json {
                println!(
                    "{}",
                    json!({ "valid": true, "index": index, "size": size, "witnesses": names })
                );
            } else {
                println!("entry {index} is in the log {} of {size} entries", checkpoint.origin);
                if !demand.witnesses.is_empty() {
                    println!("co-signed by {}", names.join(", "));
                }
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
        JournalCommand::Witness { dir, name } => {
            let witness = WitnessDir::make(dir, name)?;
            if json {
                println!("{}", json!({ "witness": dir, "key": witness.key().to_string() }));
            } else {
                println!("{}", witness.key());
            }
            Ok(())
        }
        JournalCommand::Cosign(args) => cosign(args, json),
    }
}

fn cosign(args: &CosignArgs, json: bool) -> Result<()> {
    let log_key = args.log_key.as_deref().map(log::key).transpose()?;
    let mut witness = WitnessDir::open(&args.witness)?;
    let cosigned = witness.cosign(&folder(&args.dir), log_key.as_ref(), setup::now_s())?;
    if let Some(path) = &args.out {
        files::write(path, cosigned.note.encode().as_bytes())?;
    }
    let size = cosigned.checkpoint.size;
    if json {
        let report = json!({
            "log": cosigned.checkpoint.origin, "size": size, "before": cosigned.before,
            "key": witness.key().to_string(), "line": cosigned.line.to_string(),
        });
        println!("{report}");
    } else {
        eprintln!(
            "{} of {size} entries: {}",
            cosigned.checkpoint.origin,
            match cosigned.before {
                Some(before) => format!("it continues the {before} that were co-signed before"),
                None => "seen for the first time, and taken as it is".to_owned(),
            }
        );
        println!("{}", cosigned.line);
    }
    Ok(())
}
