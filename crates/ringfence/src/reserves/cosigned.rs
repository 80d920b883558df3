//! What witnesses co-signed, taken into the log of rounds and into bundles. A bundle is published
//! first: its proof is beside the manifest and not in it, so that it can be replaced by one that more
//! witnesses have co-signed.

use anyhow::{Context, Result, bail, ensure};
use journal::{Checkpoint, Note, Receipt, VerifyingKey, Witnesses};
use proof::bundle::{JOURNAL, Opened};
use serde::Serialize;
use std::path::{Path, PathBuf};
use store::JournalDir;

use super::bundle::Bundle;
use super::files;
use super::log::{self, PROOF_LEN_MAX, Witnessed};
use crate::witnesses::Demand;

/// Longest checkpoint.
const NOTE_LEN_MAX: u64 = 1 << 16;

/// A bundle, and what became of its proof.
#[derive(Debug, Serialize)]
pub(crate) struct OfBundle {
    pub(crate) bundle: PathBuf,
    pub(crate) index: u64,
    /// Known witnesses of the proof that it has now.
    pub(crate) witnesses: usize,
    /// False where the proof that was there had more.
    pub(crate) is_replaced: bool,
}

/// What was taken.
#[derive(Debug, Serialize)]
pub(crate) struct Taken {
    pub(crate) log: String,
    /// Entries of the co-signed checkpoint.
    pub(crate) size: u64,
    pub(crate) witnesses: Vec<Witnessed>,
    /// False where the log has grown since: its newest checkpoint has no co-signature.
    pub(crate) is_newest: bool,
    pub(crate) bundles: Vec<OfBundle>,
}

/// Reads co-signed checkpoints into one, with the lines of known witnesses only.
fn merged(notes: &[PathBuf], key: &VerifyingKey, witnesses: &Witnesses) -> Result<Note> {
    let mut whole: Option<Note> = None;
    for path in notes {
        let place = || path.display().to_string();
        let text = String::from_utf8(files::read(path, NOTE_LEN_MAX)?).with_context(place)?;
        let note = Note::parse(&text).with_context(place)?;
        Checkpoint::of(&note, key).with_context(place)?;
        let found = witnesses.cosigned(&note).with_context(place)?;
        ensure!(!found.is_empty(), "{}: none of the known witnesses co-signed it", place());
        let mut own = note.clone();
        own.signatures.retain(|line| line.name == key.name());
        let whole = whole.get_or_insert(own);
        ensure!(
            whole.body == note.body,
            "{}: it is another checkpoint than {}: take them one at a time",
            place(),
            notes[0].display()
        );
        found.iter().for_each(|cosignature| whole.add(cosignature.line()));
    }
    whole.context("a co-signed checkpoint is wanted")
}

/// Takes co-signatures of one checkpoint into the log, if that is its newest, and into bundles.
///
/// # Errors
/// When a checkpoint is not of the log, or no known witness co-signed it; when a bundle is not among
/// the entries of that checkpoint.
pub(crate) fn take(
    notes: &[PathBuf],
    dir: &Path,
    bundles: &[PathBuf],
    witnesses: &Witnesses,
) -> Result<Taken> {
    ensure!(dir.join("log.vkey").exists(), "{}: there is no log", dir.display());
    let mut log = JournalDir::open(dir, "log")?;
    let key = VerifyingKey::parse(&log.verifying_key())?;
    let mut note = merged(notes, &key, witnesses)?;
    let checkpoint = Checkpoint::of(&note, &key)?;
    let is_newest = log.cosign(&note)?;
    if is_newest {
        // With what others co-signed of it before.
        note = Note::parse(&log.checkpoint())?;
    }
    let mut done = Vec::new();
    for path in bundles {
        let bundle = Bundle::open(path)?;
        let opened = Opened::read(bundle.names(), &|name: &str| bundle.read(name))?;
        let index = log::index_of(&mut log, &opened)?;
        if index >= checkpoint.size {
            bail!(
                "{}: it is entry {index} of the log, and the co-signed checkpoint has {} entries: get one that is newer",
                path.display(),
                checkpoint.size
            );
        }
        let proof = log.prove_at(index, checkpoint.size)?;
        done.push(replace(
            path,
            &opened,
            Receipt { index, proof, checkpoint: String::new() },
            &note,
            &key,
            witnesses,
        )?);
    }
    let witnesses = witnesses.cosigned(&note)?.into_iter();
    Ok(Taken {
        log: checkpoint.origin,
        size: checkpoint.size,
        witnesses: witnesses.map(|one| Witnessed { name: one.name, time_s: one.time_s }).collect(),
        is_newest,
        bundles: done,
    })
}

/// Replaces a bundle's proof, unless the one there has more of the known witnesses.
fn replace(
    path: &Path,
    opened: &Opened,
    mut receipt: Receipt,
    note: &Note,
    key: &VerifyingKey,
    witnesses: &Witnesses,
) -> Result<OfBundle> {
    let place = path.join(JOURNAL);
    let mut note = note.clone();
    let mut before = 0;
    if place.exists() {
        let text = String::from_utf8(files::read(&place, PROOF_LEN_MAX)?);
        let text = text.with_context(|| place.display().to_string())?;
        let old = Note::parse(&Receipt::parse(&text)?.checkpoint)?;
        if old.body == note.body {
            let newer = std::mem::replace(&mut note, old);
            newer.signatures.into_iter().for_each(|line| note.add(line));
        } else {
            before = witnesses.cosigned(&old)?.len();
        }
    }
    let (bundle, index) = (path.to_owned(), receipt.index);
    let found = witnesses.cosigned(&note)?.len();
    if before > found {
        return Ok(OfBundle { bundle, index, witnesses: before, is_replaced: false });
    }
    receipt.checkpoint = note.encode();
    let text = receipt.encode();
    let demand = Demand { witnesses: witnesses.clone(), wanted: found };
    log::check(text.as_bytes(), opened, Some(key), &demand)?;
    files::write(&place, text.as_bytes())?;
    Ok(OfBundle { bundle, index, witnesses: found, is_replaced: true })
}
