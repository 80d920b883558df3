//! What hashing costs, and whether its time tells who is known. Clocks come in as functions, so that the
//! command line and the example measure the same.

mod distribution;

use serde::Serialize;
use std::hint::black_box;

use crate::password::answer::BUSY;
use crate::password::phc::PhcError;
use crate::password::{HashError, Hasher, Params, StartError, pool};
use crate::random::Random;
use crate::secret::Secret;

pub use distribution::{Difference, difference};

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// The pool did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A hash was not made.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The parameters are out of bounds.
    #[error(transparent)]
    Params(#[from] PhcError),
}

/// What a worker has besides the memory of its hash.
const WORKER_MIB: f64 = 1.0;

/// Hashes in a pool, beside hashes that allocate their memory.
#[derive(Clone, Debug, Serialize)]
pub struct Hashing {
    /// What a hash cost.
    pub params: Params,
    /// Pairs, one of each kind, in turn.
    pub pairs: u32,
    /// CPU milliseconds of a hash in the pool: the median.
    pub pooled_ms: f64,
    /// CPU milliseconds of a hash that allocates: the median.
    pub allocating_ms: f64,
    /// CPU milliseconds of wiping that memory, which a worker does when nothing waits: the median.
    pub wiping_ms: f64,
    /// Hashes in the pool in the time of one that allocates: the median of the pairs.
    pub ratio: f64,
    /// Workers of the pool whose memory was measured.
    pub threads: usize,
    /// Peak of resident memory before, in MiB.
    pub base_mib: f64,
    /// Peak of resident memory after 8 hashes of each worker, in MiB.
    pub peak_mib: f64,
    /// What it may be at most: before, and the memory of all workers with 1 MiB each for their stacks.
    pub bound_mib: f64,
}

/// Measures hashing. `cpu_s` gives the CPU seconds of this process, `peak_mib` its peak of resident memory:
/// measure in a process that has not hashed yet.
pub fn hashing(
    params: Params,
    threads: usize,
    pairs: u32,
    cpu_s: impl Fn() -> f64,
    peak_mib: impl Fn() -> f64,
) -> Result<Hashing, MeasureError> {
    let base_mib = peak_mib();
    let pool = Hasher::start(params, threads)?;
    let answers: Vec<_> = (0..8 * threads).map(|_| pool.verify(secret(), None)).collect();
    for answer in answers {
        // One that waited for too long was not hashed, which makes no difference to memory.
        let _ = black_box(answer.wait());
    }
    let peak_mib = peak_mib();
    drop(pool);
    let per_worker_mib = f64::from(params.memory_kib) / 1_024.0 + WORKER_MIB;
    let bound_mib = base_mib + threads as f64 * per_worker_mib;
    // On this thread, so that nothing else is on the clock; as a worker does it.
    let mut memory = pool::memory(params.blocks()).ok_or(BUSY)?;
    let (mut pooled, mut allocating, mut wiping) = (Vec::new(), Vec::new(), Vec::new());
    let timed = |work: &mut dyn FnMut() -> Result<(), PhcError>| -> Result<f64, PhcError> {
        let before = cpu_s();
        work()?;
        Ok((cpu_s() - before) * 1e3)
    };
    for pair in 0..pairs.max(1) {
        let mut in_pool =
            || params.hash_in(&secret(), [7; 16], &mut memory).map(|hash| drop(black_box(hash)));
        let mut alone = || params.hash_once(&secret(), [7; 16]).map(|hash| drop(black_box(hash)));
        // Either is first as often as the other.
        if pair % 2 == 0 {
            pooled.push(timed(&mut in_pool)?);
            allocating.push(timed(&mut alone)?);
        } else {
            allocating.push(timed(&mut alone)?);
            pooled.push(timed(&mut in_pool)?);
        }
        wiping.push(timed(&mut || {
            pool::wipe(&mut memory);
            Ok(())
        })?);
    }
    let ratios = allocating.iter().zip(&pooled).map(|(allocating, pooled)| allocating / pooled);
    Ok(Hashing {
        params,
        pairs: pairs.max(1),
        ratio: median(ratios.collect()),
        pooled_ms: median(pooled),
        allocating_ms: median(allocating),
        wiping_ms: median(wiping),
        threads,
        base_mib,
        peak_mib,
        bound_mib,
    })
}

/// Whether the time of an answer tells known accounts from others.
#[derive(Clone, Debug, Serialize)]
pub struct Timing {
    /// What a hash cost.
    pub params: Params,
    /// Answers of each kind.
    pub samples: u32,
    /// Median of a known account with a wrong password, in microseconds.
    pub known_us: f64,
    /// Median of accounts that are not known, in microseconds.
    pub unknown_us: f64,
    /// Between these two.
    pub difference: Difference,
    /// Between that account and another that is known: what is no more than this tells nothing.
    pub two_known: Difference,
    /// Between that account and one whose hash needs a twentieth less memory: that the comparison would
    /// have shown a difference.
    pub control: Difference,
}

/// Measures the time from question to answer for known accounts and others, in random order. `clock_ns`
/// only goes up.
pub fn timing(
    params: Params,
    samples: u32,
    seed: u64,
    clock_ns: impl Fn() -> u64,
) -> Result<Timing, MeasureError> {
    let other = || Secret::of("another password");
    let less = Params { memory_kib: params.memory_kib - params.memory_kib / 20, ..params };
    let pool = Hasher::start(params, 1)?;
    let known = pool.hash(other(), [3; 16]).wait()?;
    let second = pool.hash(other(), [4; 16]).wait()?;
    let faster = less.hash_once(&other(), [3; 16])?;
    let kinds = [Some(known.as_str()), None, Some(&second), Some(&faster)];
    let mut times = [const { Vec::new() }; 4];
    let mut random = Random(seed);
    for _ in 0..samples.max(1) {
        let mut order = [0, 1, 2, 3];
        for last in (1..order.len()).rev() {
            order.swap(last, random.below(last as u64 + 1) as usize);
        }
        for kind in order {
            let secret = secret();
            let before = clock_ns();
            black_box(pool.verify(secret, kinds[kind]).wait()?);
            times[kind].push(clock_ns().saturating_sub(before) as f64 / 1e3);
        }
    }
    let [known, unknown, second, faster] = times;
    Ok(Timing {
        params,
        samples: samples.max(1),
        difference: difference(&known, &unknown),
        two_known: difference(&known, &second),
        control: difference(&known, &faster),
        known_us: median(known),
        unknown_us: median(unknown),
    })
}

fn secret() -> Secret {
    Secret::of("a password to measure with")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests;
