//! The rooms' cupboard: the only crate that writes to disk.
//!
//! * [`JournalDir`]: a journal in the C2SP tlog-tiles layout, with a write-ahead file that makes
//!   every append durable before it is acknowledged.
//! * [`WitnessDir`]: what a witness has co-signed of other people's logs, so that it never signs two
//!   that contradict each other.
//! * [`EventLog`]: what came in, so that it can be judged again.
//! * [`Trail`]: the decisions of each address.
//! * [`DataDir`]: all of these in step.
//! * [`ColdStates`]: address states that do not fit memory, in an embedded database.
//! * [`StateDir`]: snapshots of everything the engine remembers, for a quick restart.
//! * [`SnapshotDir`]: imported lists, one immutable file each.
//! * [`table_stream`]: a table of somebody else's database, read and never written.

mod cold;
mod data_dir;
mod event_log;
mod journal_dir;
mod seed;
mod snapshots;
pub mod sql;
mod state_dir;
pub mod table_stream;
mod trail;
mod wal;
mod witness_dir;

pub use cold::ColdStates;
pub use data_dir::{DataDir, Kept, Recoverer, Recovery, Resumed};
pub use event_log::{Batch, Event, EventKey, EventLog, Frame, Frames};
pub use journal_dir::{JournalDir, Report, published_root, verify, witness};
pub use snapshots::SnapshotDir;
pub use state_dir::{PendingState, StateDir, StateMark};
pub use trail::Trail;
pub use witness_dir::{Cosigned, WitnessDir};

use std::fs::File;
use std::path::{Path, PathBuf};

/// Why something could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system says no.
    #[error("{path}: {source}; check free space and permissions")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Another process works on the data directory.
    #[error("{0}: another process is using it; stop that one first")]
    Locked(PathBuf),
    /// What is on disk is not what was written.
    #[error(
        "{path}: {problem}; restore the data directory from a copy, or begin a new one and replay"
    )]
    Corrupt {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The folder is another witness's.
    #[error(
        "{path}: the witness there is '{known}', not '{given}'; another one takes another folder"
    )]
    OtherWitness {
        /// Its public key.
        path: PathBuf,
        /// Its name.
        known: String,
        /// The name that was given.
        given: String,
    },
    /// What a witness remembers is damaged. A copy from before would let it contradict itself.
    #[error(
        "{path}: {problem}; what this witness has signed is not known any more: make another one, with a key of its own"
    )]
    WitnessDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A witness has never seen this log and was not told its key.
    #[error(
        "log '{log}': this witness does not know it yet; give its key (--log-key), from its operator and not from the log itself"
    )]
    UnknownLog {
        /// The log's name.
        log: String,
    },
    /// A witness knows this log under another key.
    #[error(
        "log '{log}': this witness knows it with the key {known}; a log that changes its key is another log: ask its operator"
    )]
    OtherLogKey {
        /// The log's name.
        log: String,
        /// The key that the witness knows.
        known: String,
    },
    /// The state of the engine could not be saved or loaded.
    #[error(transparent)]
    State(#[from] onchain::snapshot::SnapshotError),
    /// A proof or tile is wrong.
    #[error(transparent)]
    Journal(#[from] journal::JournalError),
}

impl StoreError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::Io { .. } => "store.io",
            StoreError::Locked(_) => "store.locked",
            StoreError::Corrupt { .. } => "store.corrupt",
            StoreError::OtherWitness { .. } => "witness.other",
            StoreError::WitnessDamaged { .. } => "witness.damaged",
            StoreError::UnknownLog { .. } => "witness.log.unknown",
            StoreError::OtherLogKey { .. } => "witness.log.other_key",
            StoreError::State(_) => "store.state",
            StoreError::Journal(error) => error.code(),
        }
    }

    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError + '_ {
        move |source| StoreError::Io { path: path.to_owned(), source }
    }

    pub(crate) fn corrupt(path: &Path, problem: impl Into<String>) -> StoreError {
        StoreError::Corrupt { path: path.to_owned(), problem: problem.into() }
    }
}

/// Holds a folder for this process alone, as long as the file is open.
pub(crate) fn lock(root: &Path) -> Result<File, StoreError> {
    let path = root.join("lock");
    let file = File::create(&path).map_err(StoreError::io(&path))?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)
        .map_err(|_| StoreError::Locked(root.to_owned()))?;
    Ok(file)
}

/// Free bytes of the disk that holds `path`; 0 when it cannot be asked.
pub fn free_bytes(path: &Path) -> u64 {
    rustix::fs::statvfs(path).map_or(0, |disk| disk.f_bavail * disk.f_frsize)
}

/// Writes a small file that its owner alone can read, whole or not at all.
///
/// # Errors
/// The operating system's.
pub fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let temporary = path.with_extension("tmp");
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Writes a file so that after a crash it has either the old content or the new; if durable, the
/// new one once this returns.
pub(crate) fn write_atomically(
    path: &Path,
    bytes: &[u8],
    is_durable: bool,
) -> Result<(), StoreError> {
    use std::io::Write;
    let temporary = path.with_extension("tmp");
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        // Always: a rename that outlives its content would leave an empty file.
        file.sync_data()?;
        std::fs::rename(&temporary, path)?;
        if is_durable && let Some(folder) = path.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    write().map_err(StoreError::io(path))
}
