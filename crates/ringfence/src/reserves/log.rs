//! The log of rounds: what an exchange has published, in the order of publishing, in the form of the
//! journal. It is public as a whole, so that everybody sees the same rounds, and witnesses can follow
//! it (`ringfence journal watch`).

use anyhow::{Context, Result, bail, ensure};
use journal::merkle::verify_inclusion;
use journal::{Checkpoint, Receipt, VerifyingKey, leaf_hash};
use proof::ProofError;
use proof::bundle::{InFile, JOURNAL, Opened};
use proof::systems::hex;
use serde::{Deserialize, Serialize};
use std::path::Path;
use store::JournalDir;

use engine::Recorder;

/// Longest proof of inclusion.
pub(crate) const PROOF_LEN_MAX: u64 = 1 << 14;

/// What the log says of a round.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    exchange: String,
    round: String,
    header: String,
    root: String,
    manifest: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    reserves_round: Published,
}

fn entry_of(opened: &Opened) -> Entry {
    let round = &opened.round;
    Entry {
        reserves_round: Published {
            exchange: round.header.exchange.clone(),
            round: round.header.round.clone(),
            header: hex(&round.digest),
            root: round.liabilities.root.to_string(),
            manifest: hex(&opened.digest),
        },
    }
}

/// Puts a round on the record, once; gives the proof that it is there.
///
/// # Errors
/// When the log has another bundle of the same round, or cannot be written.
pub(crate) fn record(dir: &Path, opened: &Opened) -> Result<String> {
    let origin = format!("{}/reserves", opened.round.header.exchange);
    let is_name = origin.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+');
    ensure!(
        is_name,
        "exchange '{}': a log's name has no spaces and no '+'",
        opened.round.header.exchange
    );
    let mut log = JournalDir::open(dir, &origin)?;
    let entry = entry_of(opened);
    let bytes = serde_json::to_vec(&entry)?;
    let (size, _) = log.head();
    let mut place = None;
    for index in 0..size {
        let known = log.entry(index)?;
        if known == bytes {
            place = Some(index);
        } else if let Ok(known) = serde_json::from_slice::<Entry>(&known)
            && known.reserves_round.round == entry.reserves_round.round
            && known.reserves_round.exchange == entry.reserves_round.exchange
        {
            bail!(
                "{}: round {} is on the record already with root {}: a round is published once; take another name for this one",
                dir.display(),
                known.reserves_round.round,
                known.reserves_round.root
            );
        }
    }
    log.meet_from(size);
    let index = match place {
        Some(index) => index,
        None => log.append(&[bytes])?,
    };
    let (receipt, _) = log.prove(index)?;
    Ok(receipt.encode())
}

/// Where a round is on the record.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Recorded {
    pub(crate) log: String,
    pub(crate) index: u64,
    pub(crate) size: u64,
    /// Whether the log's signature was checked with a key that was given.
    pub(crate) is_signature_checked: bool,
}

/// Checks that a bundle is on the record.
///
/// # Errors
/// [`proof::bundle::Refused`] of the log's proof.
pub(crate) fn check(text: &[u8], opened: &Opened, key: Option<&VerifyingKey>) -> Result<Recorded> {
    let check = || {
        let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
        let receipt = Receipt::parse(text).map_err(|error| error.to_string())?;
        if receipt.encode() != text {
            return Err("it is spelled otherwise".to_owned());
        }
        let bytes = serde_json::to_vec(&entry_of(opened)).map_err(|error| error.to_string())?;
        let checkpoint = match key {
            Some(key) => receipt.verify(&bytes, key).map_err(|error| error.to_string())?,
            None => {
                let body = receipt.checkpoint.split("\n\n").next().unwrap_or_default();
                let checkpoint = Checkpoint::parse_body(&format!("{body}\n"))
                    .map_err(|error| error.to_string())?;
                let (size, root) = (checkpoint.size, checkpoint.root);
                verify_inclusion(receipt.index, size, &leaf_hash(&bytes), &receipt.proof, &root)
                    .map_err(|error| error.to_string())?;
                checkpoint
            }
        };
        Ok(Recorded {
            log: checkpoint.origin,
            index: receipt.index,
            size: checkpoint.size,
            is_signature_checked: key.is_some(),
        })
    };
    let recorded = check().map_err(ProofError::Log).in_file(JOURNAL);
    recorded.map_err(anyhow::Error::from)
}

/// Reads a log's public key, from the option itself or from a file.
pub(crate) fn key(text: &str) -> Result<VerifyingKey> {
    let read = std::fs::read_to_string(text);
    let text = read.as_deref().unwrap_or(text).trim();
    VerifyingKey::parse(text)
        .context("--log-key: the key of the log, as in its log.vkey, is wanted")
}
