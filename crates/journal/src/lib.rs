//! The tamper-evident log: what every decision is recorded in, and how anybody can check it.
//!
//! Reading order: [`merkle`] (RFC 6962 hashes and proofs), [`tile`] (C2SP tlog-tiles layout),
//! [`tree`] (the growing tree), [`note`] (signed checkpoints, C2SP signed-note and
//! tlog-checkpoint), [`receipt`] (offline-verifiable proofs, C2SP tlog-proof).
//!
//! This crate computes; it never touches a file. The `store` crate keeps the bytes.
//!
//! A log whose operator alone holds it proves nothing against that operator, who could show
//! different people different logs. Publish checkpoints to somebody else, or run `journal watch`
//! elsewhere.

pub mod merkle;
pub mod note;
pub mod receipt;
pub mod tile;
pub mod tree;

pub use merkle::{Hash, leaf_hash};
pub use note::{Checkpoint, SigningKey, VerifyingKey};
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
            JournalError::Tile { .. } => "journal.tile.corrupt",
            JournalError::EntryTooLarge(_) => "journal.entry.too_large",
        }
    }

    pub(crate) fn range(field: &'static str, problem: impl Into<String>) -> Self {
        JournalError::Range { field, problem: problem.into() }
    }
}
