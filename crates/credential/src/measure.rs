//! What hashing costs, and whether its time tells who is known. Clocks come in as functions, so that the
//! command line and the example measure the same.

mod distribution;

use serde::Serialize;
use std::hint::black_box;

use crate::password::{Hasher, Params};
use crate::secret::Secret;

pub use distribution::{Difference, difference};

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// The pool did not start.
    #[error(transparent)]
    Start(#[from] crate::password::pool::StartError),
    /// A hash was not made.
    #[error(transparent)]
    Hash(#[from] crate::password::pool::HashError),
    /// The parameters are out of bounds.
    #[error(transparent)]
    Params(#[from] crate::password::phc::PhcError),
}

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
    /// Hashes in the pool in the time of one that allocates: the median of the pairs.
    pub ratio: f64,
    /// Workers of the pool whose memory was measured.
    pub threads: usize,
    /// Peak of resident memory before, in MiB.
    pub base_mib: f64,
    /// Peak of resident memory after 8 hashes of each worker, in MiB.
    pub peak_mib: f64,
    /// What it may be at most: before, and the memory of all workers.
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
    let bound_mib = base_mib + threads as f64 * f64::from(params.memory_kib) / 1_024.0;
    let pool = Hasher::start(params, 1)?;
    let (mut pooled, mut allocating) = (Vec::new(), Vec::new());
    let once = |is_pooled: bool| -> Result<f64, MeasureError> {
        let before = cpu_s();
        match is_pooled {
            true => drop(black_box(pool.hash(secret(), [7; 16]).wait()?)),
            false => drop(black_box(params.hash_once(&secret(), [7; 16])?)),
        }
        Ok((cpu_s() - before) * 1e3)
    };
    for pair in 0..pairs.max(1) {
        // Either is first as often as the other.
        let is_pooled_first = pair % 2 == 0;
        for is_pooled in [is_pooled_first, !is_pooled_first] {
            let times = if is_pooled { &mut pooled } else { &mut allocating };
            times.push(once(is_pooled)?);
        }
    }
    let ratios = allocating.iter().zip(&pooled).map(|(allocating, pooled)| allocating / pooled);
    Ok(Hashing {
        params,
        pairs: pairs.max(1),
        ratio: median(ratios.collect()),
        pooled_ms: median(pooled),
        allocating_ms: median(allocating),
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
    /// Median of known accounts with a wrong password, in microseconds.
    pub known_us: f64,
    /// Median of accounts that are not known, in microseconds.
    pub unknown_us: f64,
    /// Between these two.
    pub difference: Difference,
    /// The same comparison with accounts whose hash needs a twentieth more memory: that the comparison
    /// would have shown a difference.
    pub control: Difference,
}

/// Measures the time from question to answer for known accounts and others, in random turns. `clock_ns`
/// only goes up.
pub fn timing(
    params: Params,
    samples: u32,
    seed: u64,
    clock_ns: impl Fn() -> u64,
) -> Result<Timing, MeasureError> {
    let pool = Hasher::start(params, 1)?;
    let known = pool.hash(Secret::of("another password"), [3; 16]).wait()?;
    let more = Params { memory_kib: params.memory_kib + params.memory_kib / 20, ..params };
    // In a pool of its own, so that its memory is there as well.
    let control_pool = Hasher::start(more, 1)?;
    let slower = control_pool.hash(Secret::of("another password"), [3; 16]).wait()?;
    let time = |pool: &Hasher, stored: Option<&str>| -> Result<f64, MeasureError> {
        let secret = secret();
        let before = clock_ns();
        black_box(pool.verify(secret, stored).wait()?);
        Ok(clock_ns().saturating_sub(before) as f64 / 1e3)
    };
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    let mut random = seed;
    for _ in 0..samples.max(1) {
        // A linear congruential generator (Knuth, MMIX) is random enough for an order of three.
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let start = (random >> 33) as usize % 3;
        for turn in 0..3 {
            let kind = (start + turn) % 3;
            times[kind].push(match kind {
                0 => time(&pool, Some(&known))?,
                1 => time(&pool, None)?,
                _ => time(&control_pool, Some(&slower))?,
            });
        }
    }
    let [known, unknown, slower] = times;
    Ok(Timing {
        params,
        samples: samples.max(1),
        difference: difference(&known, &unknown),
        control: difference(&known, &slower),
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
