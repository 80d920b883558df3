//! A bounded number of hashes at once.
//!
//! Each worker owns the memory of one hash, set aside when the pool starts: memory is bounded by what the
//! operator allowed, however many people sign in, and no hash pays for fresh pages. Requests wait in a
//! bounded queue, and one that has waited for too long is answered with [`HashError::Busy`] rather than
//! late.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use argon2::Block;
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::answer::{BUSY, HashError, Pending, StartError, Verified};
use super::phc::{Params, Phc, PhcError, SALT_BYTES, TAG_BYTES};
use crate::secret::Secret;

/// Longest wait in the queue. Somebody who waits longer for a page has reloaded it by then.
pub const WAIT_MAX: Duration = Duration::from_secs(1);
/// Requests in the queue for each worker. At 0.1 s a hash this is somewhat more than [`WAIT_MAX`].
pub const QUEUE_PER_THREAD: usize = 16;
/// Most workers.
pub const THREADS_MAX: usize = 256;

enum Work {
    Hash {
        salt: [u8; SALT_BYTES],
        answer: oneshot::Sender<Result<String, HashError>>,
    },
    Verify {
        stored: Result<Phc, PhcError>,
        /// Whether it is of an account, or of nobody.
        is_known: bool,
        answer: oneshot::Sender<Result<Verified, HashError>>,
    },
}

struct Job {
    secret: Secret,
    work: Work,
    since: Instant,
}

struct Shared {
    params: Params,
    /// What is compared where there is no account: a hash with today's parameters that no password has.
    nobody: String,
    capacity: usize,
    queue: Mutex<Queue>,
    comes: Condvar,
    /// Held while a stored hash needs more memory than a worker has: one at a time.
    large: Mutex<()>,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    is_stopping: bool,
}

/// The pool. Dropping it stops the workers; what waits is answered with [`HashError::Stopped`].
pub struct Hasher {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Hasher {
    /// Starts `threads` workers, each with the memory of one hash. Memory is bounded by their number times
    /// [`Params::memory_kib`], plus [`MEMORY_KIB_MAX`](super::phc::MEMORY_KIB_MAX) while an imported hash asks for more.
    pub fn start(params: Params, threads: usize) -> Result<Self, StartError> {
        params.check()?;
        if !(1..=THREADS_MAX).contains(&threads) {
            return Err(StartError::Threads(threads));
        }
        let memories: Option<Vec<_>> = (0..threads).map(|_| memory(params.blocks())).collect();
        let memories =
            memories.ok_or(StartError::Memory { threads, memory_kib: params.memory_kib })?;
        let nobody = Phc { params, salt: vec![0; SALT_BYTES], tag: vec![0; TAG_BYTES] }.write();
        let shared = Arc::new(Shared {
            params,
            nobody,
            capacity: threads * QUEUE_PER_THREAD,
            queue: Mutex::default(),
            comes: Condvar::new(),
            large: Mutex::new(()),
        });
        let mut hasher = Self { shared, threads: Vec::with_capacity(threads) };
        for memory in memories {
            let shared = Arc::clone(&hasher.shared);
            let thread = std::thread::Builder::new().name("password".to_owned());
            hasher.threads.push(thread.spawn(move || serve(&shared, memory))?);
        }
        Ok(hasher)
    }

    /// What a hash costs today.
    pub fn params(&self) -> Params {
        self.shared.params
    }

    /// Hashes a new password. `salt` is random. The answer is in the PHC format.
    pub fn hash(&self, secret: Secret, salt: [u8; SALT_BYTES]) -> Pending<String> {
        let (answer, pending) = oneshot::channel();
        self.ask(secret, Work::Hash { salt, answer });
        Pending(pending)
    }

    /// Compares a password with the stored hash of an account. `None`, for an account that is not known or
    /// has no password, costs the same and is never right (ASVS 6.3.8).
    pub fn verify(&self, secret: Secret, stored: Option<&str>) -> Pending<Verified> {
        let (answer, pending) = oneshot::channel();
        // The line of nobody is read as any other is, so that reading does not tell either.
        let (line, is_known) =
            stored.map_or((self.shared.nobody.as_str(), false), |line| (line, true));
        self.ask(secret, Work::Verify { stored: Phc::parse(line), is_known, answer });
        Pending(pending)
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "a queue's wait is wall time; no decision reads it"
    )]
    fn ask(&self, secret: Secret, work: Work) {
        let job = Job { secret, work, since: Instant::now() };
        let mut queue = lock(&self.shared.queue);
        if queue.is_stopping || queue.jobs.len() >= self.shared.capacity {
            let error = if queue.is_stopping { HashError::Stopped } else { BUSY };
            drop(queue);
            job.work.refuse(error);
            return;
        }
        queue.jobs.push_back(job);
        drop(queue);
        self.shared.comes.notify_one();
    }
}

impl Drop for Hasher {
    fn drop(&mut self) {
        let waiting = {
            let mut queue = lock(&self.shared.queue);
            queue.is_stopping = true;
            std::mem::take(&mut queue.jobs)
        };
        self.shared.comes.notify_all();
        for job in waiting {
            job.work.refuse(HashError::Stopped);
        }
        for thread in self.threads.drain(..) {
            // A worker that panicked has told so; there is nothing to add.
            let _ = thread.join();
        }
    }
}

impl Work {
    fn refuse(self, error: HashError) {
        match self {
            Work::Hash { answer, .. } => _ = answer.send(Err(error)),
            Work::Verify { answer, .. } => _ = answer.send(Err(error)),
        }
    }

    /// Whether nobody waits any more: the connection is gone.
    fn is_abandoned(&self) -> bool {
        match self {
            Work::Hash { answer, .. } => answer.is_closed(),
            Work::Verify { answer, .. } => answer.is_closed(),
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "a queue's wait is wall time; no decision reads it")]
fn serve(shared: &Shared, mut memory: Vec<Block>) {
    let mut is_wiped = true;
    loop {
        let job = {
            let mut queue = lock(&shared.queue);
            loop {
                if let Some(job) = queue.jobs.pop_front() {
                    break job;
                }
                if queue.is_stopping {
                    drop(queue);
                    wipe(&mut memory);
                    return;
                }
                // The next hash writes over the memory of the last. Only where none comes it is wiped, so
                // that it costs nothing when there is much to do.
                if !is_wiped {
                    drop(queue);
                    wipe(&mut memory);
                    is_wiped = true;
                    queue = lock(&shared.queue);
                    continue;
                }
                queue = shared.comes.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
        };
        if job.work.is_abandoned() {
            continue;
        }
        if job.since.elapsed() > WAIT_MAX {
            job.work.refuse(BUSY);
            continue;
        }
        is_wiped = false;
        match job.work {
            Work::Hash { salt, answer } => {
                let hash = shared.params.hash_in(&job.secret, salt, &mut memory);
                let _ = answer.send(hash.map_err(HashError::Stored));
            }
            Work::Verify { stored, is_known, answer } => {
                let _ = answer.send(verify(shared, &job.secret, stored, is_known, &mut memory));
            }
        }
    }
}

fn verify(
    shared: &Shared,
    secret: &Secret,
    stored: Result<Phc, PhcError>,
    is_known: bool,
    memory: &mut [Block],
) -> Result<Verified, HashError> {
    let (phc, is_known, damaged) = match stored {
        Ok(phc) => (phc, is_known, None),
        Err(error) => (Phc::parse(&shared.nobody).map_err(HashError::Stored)?, false, Some(error)),
    };
    let mut tag = Zeroizing::new(vec![0; phc.tag.len()]);
    let password = secret.expose().as_bytes();
    if phc.params.blocks() <= memory.len() {
        phc.params.tag(password, &phc.salt, &mut tag, memory).map_err(HashError::Stored)?;
    } else {
        let _one_at_a_time = lock(&shared.large);
        let mut large = self::memory(phc.params.blocks()).ok_or(BUSY)?;
        phc.params.tag(password, &phc.salt, &mut tag, &mut large).map_err(HashError::Stored)?;
        wipe(&mut large);
    }
    let is_right = tag.as_slice().ct_eq(&phc.tag) & subtle::Choice::from(u8::from(is_known));
    match damaged {
        Some(error) => Err(HashError::Stored(error)),
        None => Ok(Verified {
            is_right: is_right.into(),
            is_outdated: is_known && phc.params != shared.params,
        }),
    }
}

/// Memory of so many blocks, or `None` if there is not that much.
pub(crate) fn memory(blocks: usize) -> Option<Vec<Block>> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(blocks).ok()?;
    memory.resize(blocks, Block::new());
    Some(memory)
}

pub(crate) fn wipe(memory: &mut [Block]) {
    memory.fill(Block::new());
    // Keeps the compiler from dropping a write that nothing reads.
    std::hint::black_box(&mut *memory);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
