//! The log of rounds: what an exchange has published, in the order of publishing, in the form of the
//! journal. It is public as a whole, so that everybody sees the same rounds, and witnesses can follow
//! it and co-sign it (`ringfence journal cosign`).

use anyhow::{Context, Result, bail, ensure};
use journal::cosignature::claimed;
use journal::merkle::verify_inclusion;
use journal::{Checkpoint, JournalError, Note, Receipt, VerifyingKey, leaf_hash};
use proof::ProofError;
use proof::bundle::{InFile, JOURNAL, Opened};
use proof::systems::hex;
use serde::{Deserialize, Serialize};
use std::path::Path;
use store::JournalDir;

use engine::Recorder;

use crate::witnesses::Demand;

/// Longest proof of inclusion, with the lines of a hundred witnesses.
pub(crate) const PROOF_LEN_MAX: u64 = 1 << 15;

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

/// Where a round stands in an open log.
///
/// # Errors
/// When it is not there, or the log cannot be read.
pub(crate) fn index_of(log: &mut JournalDir, opened: &Opened) -> Result<u64> {
    let bytes = serde_json::to_vec(&entry_of(opened))?;
    for index in 0..log.head().0 {
        if log.entry(index)? == bytes {
            return Ok(index);
        }
    }
    bail!("{}: round {} is not in it", log.origin(), opened.round.header.round)
}

/// A witness who co-signed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Witnessed {
    pub(crate) name: String,
    /// When, in seconds since 1970.
    pub(crate) time_s: u64,
}

/// Where a round is on the record.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Recorded {
    pub(crate) log: String,
    pub(crate) index: u64,
    pub(crate) size: u64,
    /// Whether the log's signature was checked with a key that was given.
    pub(crate) is_signature_checked: bool,
    /// How many witnesses' keys were given.
    pub(crate) witnesses_known: usize,
    /// Those of them that co-signed.
    pub(crate) witnesses: Vec<Witnessed>,
    /// Lines that have the form of a co-signature, checked or not.
    pub(crate) cosignatures: usize,
}

fn refused(error: JournalError) -> ProofError {
    let said = error.to_string();
    match error {
        JournalError::Signature(_) => ProofError::LogSignature(said),
        JournalError::Cosignature(_) | JournalError::Witnesses { .. } => {
            ProofError::Witnesses(said)
        }
        _ => ProofError::Log(said),
    }
}

/// Checks that a bundle is on the record, and that as many witnesses saw it as are demanded.
///
/// # Errors
/// [`proof::bundle::Refused`] of the log's proof.
pub(crate) fn check(
    text: &[u8],
    opened: &Opened,
    key: Option<&VerifyingKey>,
    demand: &Demand,
) -> Result<Recorded> {
    let check = || {
        let text = std::str::from_utf8(text).map_err(|error| ProofError::Log(error.to_string()))?;
        let receipt = Receipt::parse(text).map_err(refused)?;
        if receipt.encode() != text {
            return Err(ProofError::Log("it is spelled otherwise".to_owned()));
        }
        let bytes = serde_json::to_vec(&entry_of(opened))
            .map_err(|error| ProofError::Log(error.to_string()))?;
        let note = Note::parse(&receipt.checkpoint).map_err(refused)?;
        let checkpoint = match key {
            Some(key) => Checkpoint::of(&note, key),
            None => Checkpoint::parse_body(&note.body),
        };
        let Checkpoint { origin, size, root } = checkpoint.map_err(refused)?;
        verify_inclusion(receipt.index, size, &leaf_hash(&bytes), &receipt.proof, &root)
            .map_err(refused)?;
        let witnesses = demand.witnesses.demand(&note, demand.wanted).map_err(refused)?;
        let witnesses = witnesses.into_iter();
        Ok(Recorded {
            index: receipt.index,
            size,
            is_signature_checked: key.is_some(),
            witnesses_known: demand.witnesses.len(),
            witnesses: witnesses
                .map(|one| Witnessed { name: one.name, time_s: one.time_s })
                .collect(),
            cosignatures: claimed(&note, &origin),
            log: origin,
        })
    };
    check().in_file(JOURNAL).map_err(anyhow::Error::from)
}

/// Reads a log's public key, from the option itself or from a file.
pub(crate) fn key(text: &str) -> Result<VerifyingKey> {
    let read = std::fs::read_to_string(text);
    let text = read.as_deref().unwrap_or(text).trim();
    VerifyingKey::parse(text)
        .context("--log-key: the key of the log, as in its log.vkey, is wanted")
}
