//! What is known of addresses: who lists them, as what, how surely, and since which version.
//!
//! Reading order: [`Entry`] (one claim of one list), [`Snapshot`] (one immutable version of one
//! list), [`sources`] (the readers), [`gate`] (which import may replace the last), [`Directory`]
//! (all current snapshots together, with the compact [`filter`] in front).
//!
//! Claims are kept side by side: when one list calls an address an exchange and another a scam,
//! both are shown. Nothing here fetches a list or asks the time.

mod directory;
pub mod filter;
pub mod gate;
mod snapshot;
pub mod sources;

pub use directory::{Claim, Directory, Standing, address_hash};
pub use snapshot::{Entry, Refusal, Snapshot, SnapshotId, SnapshotMeta};

/// Why a list was not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IntelError {
    /// Not the format that the source publishes.
    #[error("{source_id}: {problem}; the last snapshot stays in force, fetch the list again")]
    Malformed {
        /// The source.
        source_id: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// The list has no usable row.
    #[error(
        "{source_id}: the list has no usable row; the last snapshot stays in force, fetch the list again"
    )]
    Empty {
        /// The source.
        source_id: String,
    },
    /// The list is much smaller than the last one.
    #[error(
        "{source_id}: {taken} rows are more than 10 % fewer than the {previous} of snapshot {kept}, which stays in force; if the source really shrank, import again with --accept-smaller"
    )]
    Shrunk {
        /// The source.
        source_id: String,
        /// Rows of the new list.
        taken: u64,
        /// Rows of the last.
        previous: u64,
        /// The last snapshot.
        kept: String,
    },
}

impl IntelError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            IntelError::Malformed { .. } => "intel.import.malformed",
            IntelError::Empty { .. } => "intel.import.empty",
            IntelError::Shrunk { .. } => "intel.import.shrunk",
        }
    }
}
