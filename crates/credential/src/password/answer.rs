//! What the pool answers, and how it is waited for.

use std::task::{Context, Poll};

use tokio::sync::oneshot;

use super::phc::PhcError;
use super::pool::{THREADS_MAX, WAIT_MAX};

/// Why nothing was hashed or compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HashError {
    /// Too many others. Worth another try after so many seconds.
    #[error("too many passwords are being checked; try again in {retry_after_s} s")]
    Busy {
        /// Seconds.
        retry_after_s: u32,
    },
    /// What was stored for the account cannot be used.
    #[error("the stored hash of the password: {0}")]
    Stored(PhcError),
    /// The pool was stopped.
    #[error("passwords are not being checked any more; the server is stopping")]
    Stopped,
}

impl HashError {
    /// A stable code.
    pub const fn code(self) -> &'static str {
        match self {
            HashError::Busy { .. } => "password.busy",
            HashError::Stored(error) => error.code(),
            HashError::Stopped => "password.stopped",
        }
    }
}

/// Why the pool did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// What a hash costs is out of bounds.
    #[error(transparent)]
    Params(#[from] PhcError),
    /// Too few or too many workers.
    #[error("{0} workers for passwords: it must be 1 to {THREADS_MAX}")]
    Threads(usize),
    /// Their memory is not there.
    #[error("there is no memory for {threads} hashes of {memory_kib} KiB at once")]
    Memory {
        /// Workers.
        threads: usize,
        /// Memory of each.
        memory_kib: u32,
    },
    /// The system does not start a thread.
    #[error("a thread for hashing passwords: {0}")]
    Thread(#[from] std::io::Error),
}

/// What came of comparing a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verified {
    /// Whether it is the one of the account.
    pub is_right: bool,
    /// Whether the stored hash was made with other parameters than today's: hash the password again and
    /// store that, if it was right.
    pub is_outdated: bool,
}

/// An answer that comes: a future, or [`Pending::wait`] where there is no runtime.
pub struct Pending<T>(pub(super) oneshot::Receiver<Result<T, HashError>>);

impl<T> Pending<T> {
    /// Waits for it on this thread. Not for tasks of an async runtime: they await it.
    pub fn wait(self) -> Result<T, HashError> {
        self.0.blocking_recv().unwrap_or(Err(HashError::Stopped))
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T, HashError>;

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0)
            .poll(context)
            .map(|answer| answer.unwrap_or(Err(HashError::Stopped)))
    }
}

pub(crate) const BUSY: HashError = HashError::Busy { retry_after_s: WAIT_MAX.as_secs() as u32 };
