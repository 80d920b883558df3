//! A witness on disk.
//!
//! ```text
//! witness/
//!   witness.key  witness.vkey   private and public key
//!   logs/<SHA-256 of its name>  a log's key, and the checkpoint of it that was co-signed last
//!   alarms/<SHA-256>            checkpoints that were refused because they contradict that
//!   lock
//! ```
//!
//! What was signed is on disk before anybody gets the signature: after a crash the witness knows at
//! least as much as others hold of it, and signs nothing that contradicts it.

use journal::witness::{Signed, check_step};
use journal::{
    Checkpoint, JournalError, Note, SignatureLine, VerifyingKey, WitnessKey, WitnessSigningKey,
    leaf_hash,
};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::journal_dir::growth_proof;
use crate::seed::load_or_make_seed;
use crate::{StoreError, lock, write_atomically};

/// A witness, held by this process alone.
pub struct WitnessDir {
    root: PathBuf,
    key: WitnessSigningKey,
    _lock: File,
}

/// What a witness co-signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cosigned {
    /// The log's checkpoint with the log's signature and this witness's.
    pub note: Note,
    /// The witness's line alone.
    pub line: SignatureLine,
    /// What it says.
    pub checkpoint: Checkpoint,
    /// Entries of the checkpoint that was co-signed before; none for a log that is new to the witness.
    pub before: Option<u64>,
}

/// What is kept of a log.
struct Known {
    log_key: VerifyingKey,
    signed: Signed,
}

fn file_name(bytes: &[u8]) -> String {
    leaf_hash(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl WitnessDir {
    /// Opens the witness in `root`, made under this name if it is not there.
    ///
    /// # Errors
    /// [`StoreError`] when another process has it, its files are damaged, or it has another name.
    pub fn make(root: &Path, name: &str) -> Result<Self, StoreError> {
        let public = root.join("witness.vkey");
        if !public.exists() {
            // A name that cannot be one is refused before anything is made of it.
            WitnessSigningKey::from_seed(name, &[0; 32])?;
            for folder in ["logs", "alarms"].map(|name| root.join(name)) {
                fs::create_dir_all(&folder).map_err(StoreError::io(&folder))?;
            }
            let held = lock(root)?;
            let seed = load_or_make_seed(&root.join("witness.key"))?;
            let key = WitnessSigningKey::from_seed(name, &seed)?;
            write_atomically(&public, format!("{}\n", key.witness_key()).as_bytes(), true)?;
            drop(held);
        }
        let witness = Self::open(root)?;
        if witness.key().name() != name {
            let (known, given) = (witness.key().name().to_owned(), name.to_owned());
            return Err(StoreError::OtherWitness { path: public, known, given });
        }
        Ok(witness)
    }

    /// Opens the witness in `root`.
    ///
    /// # Errors
    /// [`StoreError`] when there is none, another process has it, or its files are damaged.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let public = root.join("witness.vkey");
        let text = fs::read_to_string(&public).map_err(StoreError::io(&public))?;
        let held = lock(root)?;
        let known = WitnessKey::parse(&text)?;
        let seed = load_or_make_seed(&root.join("witness.key"))?;
        let key = WitnessSigningKey::from_seed(known.name(), &seed)?;
        if *key.witness_key() != known {
            let problem = "it does not belong to witness.key".to_owned();
            return Err(StoreError::WitnessDamaged { path: public, problem });
        }
        Ok(Self { root: root.to_owned(), key, _lock: held })
    }

    /// The public key.
    pub fn key(&self) -> &WitnessKey {
        self.key.witness_key()
    }

    fn place(&self, origin: &str) -> PathBuf {
        self.root.join("logs").join(file_name(origin.as_bytes()))
    }

    fn known(&self, origin: &str) -> Result<Option<Known>, StoreError> {
        let path = self.place(origin);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::Io { path, source }),
        };
        let read = || {
            let (log_key, note) = text.split_once('\n').ok_or("it ends within the key")?;
            let log_key = VerifyingKey::parse(log_key).map_err(|error| error.to_string())?;
            let note = Note::parse(note).map_err(|error| error.to_string())?;
            let checkpoint = Checkpoint::of(&note, &log_key).map_err(|error| error.to_string())?;
            let own = self.key().find(&note).map_err(|error| error.to_string())?;
            let time_s = own.ok_or("this witness has not co-signed it")?.time_s;
            Ok(Known { log_key, signed: Signed { checkpoint, time_s } })
        };
        let damaged = |problem: String| StoreError::WitnessDamaged { path: path.clone(), problem };
        read().map(Some).map_err(damaged)
    }

    /// Co-signs the checkpoint of the log in `folder` (a log's own, or a copy of what it publishes),
    /// if it continues the one that was co-signed before. The log's key has to be given the first
    /// time. `time_s` is the clock, in seconds since 1970.
    ///
    /// # Errors
    /// [`JournalError::Shrunk`], [`JournalError::Forked`] and [`JournalError::Clock`] when the
    /// witness would contradict itself; the checkpoint is then kept in `alarms`.
    /// [`StoreError::UnknownLog`] and [`StoreError::OtherLogKey`] for a log that it cannot be sure
    /// of.
    pub fn cosign(
        &mut self,
        folder: &Path,
        log_key: Option<&VerifyingKey>,
        time_s: u64,
    ) -> Result<Cosigned, StoreError> {
        let path = folder.join("checkpoint");
        let text = fs::read_to_string(&path).map_err(StoreError::io(&path))?;
        let mut note = Note::parse(&text)?;
        let log = Checkpoint::parse_body(&note.body)?.origin;
        let known = self.known(&log)?;
        let trusted = known.as_ref().map(|known| &known.log_key);
        if let (Some(trusted), Some(given)) = (trusted, log_key)
            && trusted != given
        {
            return Err(StoreError::OtherLogKey { log, known: trusted.to_string() });
        }
        let log_key = trusted.or(log_key).ok_or(StoreError::UnknownLog { log })?.clone();
        let now = Checkpoint::of(&note, &log_key)?;
        let signed = known.map(|known| known.signed);
        let proof = match &signed {
            Some(signed) => growth_proof(folder, &signed.checkpoint, &now)?,
            None => Vec::new(),
        };
        if let Err(error) = check_step(signed.as_ref(), &now, &proof, time_s) {
            if matches!(error, JournalError::Shrunk { .. } | JournalError::Forked { .. }) {
                let alarm = self.root.join("alarms").join(file_name(text.as_bytes()));
                write_atomically(&alarm, text.as_bytes(), true)?;
            }
            return Err(error.into());
        }
        let line = self.key.cosign(&note.body, time_s)?.line();
        // Lines of others are not this witness's to pass on.
        note.signatures.retain(|other| other.name == now.origin);
        note.add(line.clone());
        let kept = format!("{log_key}\n{}", note.encode());
        write_atomically(&self.place(&now.origin), kept.as_bytes(), true)?;
        let before = signed.map(|signed| signed.checkpoint.size);
        Ok(Cosigned { note, line, checkpoint: now, before })
    }
}

#[cfg(test)]
mod tests;
