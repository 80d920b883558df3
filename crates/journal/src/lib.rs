//! The tamper-evident log: what every decision is recorded in, and how anybody can check it.
//!
//! Reading order: [`merkle`] (RFC 6962 hashes and proofs), [`tile`] (C2SP tlog-tiles layout),
//! [`tree`] (the growing tree), [`key`] and [`note`] (signed checkpoints, C2SP signed-note and
//! tlog-checkpoint), [`cosignature`] (what witnesses add, C2SP tlog-cosignature), [`witness`] (what
//! they check first), [`receipt`] (offline-verifiable proofs, C2SP tlog-proof).
//!
//! This crate computes; it never touches a file. The `store` crate keeps the bytes.
//!
//! A log whose operator alone holds it proves nothing against that operator, who could show
//! different people different logs. Have witnesses co-sign its checkpoints (`journal cosign`), or
//! run `journal watch` elsewhere.

pub mod cosignature;
pub mod key;
pub mod merkle;
pub mod note;
pub mod receipt;
pub mod tile;
pub mod tree;
pub mod witness;

pub use cosignature::{Cosignature, Witnesses};
pub use key::{SigningKey, VerifyingKey, WitnessKey, WitnessSigningKey};
pub use merkle::{Hash, leaf_hash};
pub use note::{Checkpoint, Note, SignatureLine};
pub use receipt::Receipt;
pub use tree::{FullTile, TileSource, Tree};

/// What is wrong with a proof, note, tile or log.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JournalError {
    /// An index or size is out of range.
    #[error("{field}: {problem}")]
    Range {
        /// Which argument.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The proof does not lead to the root.
    #[error("proof: {0}")]
    Proof(&'static str),
    /// A note or checkpoint does not follow its format.
    #[error("checkpoint: {0}")]
    Note(String),
    /// No signature by a trusted key.
    #[error(
        "checkpoint: no valid signature by key '{0}'; check that the key belongs to this log, and take nothing from it until it does"
    )]
    Signature(String),
    /// A line in the name of a witness does not hold.
    #[error(
        "checkpoint: a co-signature in the name of witness '{0}' is not by its key, or of something else; take nothing from this checkpoint"
    )]
    Cosignature(String),
    /// Fewer known witnesses co-signed than are demanded.
    #[error(
        "checkpoint: {found} of {known} known witnesses co-signed, {wanted} are demanded; get one that more of them have co-signed"
    )]
    Witnesses {
        /// How many did.
        found: usize,
        /// How many are known.
        known: usize,
        /// How many are demanded.
        wanted: usize,
    },
    /// A checkpoint of another log than the one that was seen before.
    #[error("checkpoint: it is of the log '{now}', what was seen before is of '{seen}'")]
    OtherLog {
        /// The log that was seen before.
        seen: String,
        /// The log of this checkpoint.
        now: String,
    },
    /// A log has fewer entries than it had.
    #[error(
        "log '{log}': it shrank from {seen} to {now} entries: keep both checkpoints as evidence"
    )]
    Shrunk {
        /// Which log.
        log: String,
        /// Entries that were seen.
        seen: u64,
        /// Entries now.
        now: u64,
    },
    /// A log's first entries are others than they were.
    #[error(
        "log '{log}': its {now} entries do not begin with the {seen} that were seen before: keep both checkpoints as evidence"
    )]
    Forked {
        /// Which log.
        log: String,
        /// Entries that were seen.
        seen: u64,
        /// Entries now.
        now: u64,
    },
    /// A witness's clock is behind what it has signed.
    #[error(
        "clock: it says {now_s}, and at {signed_s} this witness has signed already: set the clock right, and sign then"
    )]
    Clock {
        /// When the witness signed last.
        signed_s: u64,
        /// What the clock says.
        now_s: u64,
    },
    /// A tile is missing or has the wrong length.
    #[error(
        "tile {path}: {problem}; restore it from a copy of the log, or rebuild it from the entries"
    )]
    Tile {
        /// Path below the log.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// An entry is larger than an entry bundle can hold.
    #[error("entry: {0} bytes are more than the 65535 that an entry may have")]
    EntryTooLarge(usize),
}

impl JournalError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            JournalError::Range { .. } => "journal.argument.range",
            JournalError::Proof(_) => "journal.proof.invalid",
            JournalError::Note(_) => "journal.checkpoint.malformed",
            JournalError::Signature(_) => "journal.checkpoint.signature",
            JournalError::Cosignature(_) => "journal.checkpoint.cosignature",
            JournalError::Witnesses { .. } => "journal.checkpoint.witnesses",
            JournalError::OtherLog { .. } => "journal.log.other",
            JournalError::Shrunk { .. } => "journal.log.shrunk",
            JournalError::Forked { .. } => "journal.log.forked",
            JournalError::Clock { .. } => "journal.witness.clock",
            JournalError::Tile { .. } => "journal.tile.corrupt",
            JournalError::EntryTooLarge(_) => "journal.entry.too_large",
        }
    }

    pub(crate) fn range(field: &'static str, problem: impl Into<String>) -> Self {
        JournalError::Range { field, problem: problem.into() }
    }
}
