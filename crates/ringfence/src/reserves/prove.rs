//! Proves the shards of a job that are not proved yet, several at a time, and then the totals.

use anyhow::{Context, Result};
use proof::liabilities::{Liabilities, Shard};
use proof::poseidon::{Digest, Poseidon};
use rand::rngs::StdRng;
use reserves::secret::Drawn;
use reserves::{totals, trace};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

use super::files;
use super::job::Job;

/// The number that stands for the totals where seeds are drawn for shards.
const OF_TOTALS: u32 = u32::MAX;

/// A shard's proof and all that is kept beside it.
pub(crate) struct Proved {
    pub(crate) proof: Vec<u8>,
    pub(crate) values: Shard,
    opening: totals::Opening,
    leaves: Vec<Digest>,
}

/// Proves a shard: the same bytes each time.
pub(crate) fn prove_shard(job: &Job, shard: u32) -> Result<Proved> {
    let circuit = &job.systems.shard;
    let (after, until) = job.keys(shard);
    let leaves = job.leaves(shard)?;
    let mut rng: StdRng = job.generator(Drawn::Salt, shard);
    let rows = trace::trace(circuit, after.number(), &leaves, &mut rng)?;
    drop(leaves);
    let seed = job.seed(Drawn::Proof, shard);
    let proof =
        reserves::prove::shard(&job.header_digest, circuit, &rows.public, rows.cells, *seed);
    let values = Shard { root: rows.public.root, sums: rows.public.sums, after, until };
    Ok(Proved { proof: proof.encode(), values, opening: rows.opening, leaves: rows.leaves })
}

fn work(job: &Job, shard: u32) -> Result<()> {
    let proved = prove_shard(job, shard)?;
    let leaves = proved.leaves.iter().flat_map(|digest| digest.elements());
    let leaves: Vec<u8> = leaves.flat_map(|element| element.to_be_bytes()).collect();
    files::write(&job.done(shard, "proof"), &proved.proof)?;
    files::write_private(&job.done(shard, "opening"), &postcard::to_stdvec(&proved.opening)?)?;
    files::write_private(&job.done(shard, "leaves"), &leaves)?;
    job.write_shard(shard, &proved.values)
}

/// What was proved in a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Done {
    /// Shards that this run proved.
    pub(crate) shards: u32,
    /// Customers of these.
    pub(crate) customers: u64,
    /// Whether all shards and the totals are proved.
    pub(crate) is_complete: bool,
}

/// Says how far it is, with the time that is left.
fn progress(done: u32, of: u32, begin: Instant) {
    let elapsed_s = begin.elapsed().as_secs_f64();
    let left_s = elapsed_s / f64::from(done) * f64::from(of - done);
    let left = match left_s as u64 {
        left_s @ 0..=119 => format!("{left_s} s"),
        left_s @ 120..=7_199 => format!("{} min", left_s / 60),
        left_s => format!("{} h {} min", left_s / 3_600, left_s / 60 % 60),
    };
    let percent = 100.0 * f64::from(done) / f64::from(of);
    eprintln!("proved {done} of {of} shards ({percent:.0} %), about {left} left");
}

/// Proves what is left of a range of shards; the totals when all shards are done.
///
/// # Errors
/// The first that any worker had; what is done stays done.
#[allow(clippy::disallowed_methods, reason = "progress is told in wall time")]
pub(crate) fn run(job: &Job, shards: std::ops::Range<u32>, workers: usize) -> Result<Done> {
    let left: Vec<u32> = shards.filter(|shard| !job.is_done(*shard)).collect();
    let (next, done) = (AtomicU32::new(0), AtomicU32::new(0));
    let is_over = AtomicBool::new(false);
    let fault = Mutex::new(None);
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..workers.clamp(1, left.len().max(1)) {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(shard) = left.get(place as usize) else { break };
                    match work(job, *shard) {
                        Ok(()) => {
                            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                            progress(done, left.len() as u32, begin);
                        }
                        Err(error) => {
                            is_over.store(true, Ordering::Relaxed);
                            let error = error.context(format!("shard {shard}"));
                            fault.lock().expect("no worker panics with it").get_or_insert(error);
                        }
                    }
                }
            });
        }
    });
    if let Some(error) = fault.into_inner().expect("no worker panics with it") {
        return Err(error);
    }
    let is_complete = (0..job.header.shards).all(|shard| job.is_done(shard));
    if is_complete && !job.done_file(proof::bundle::LIABILITIES).exists() {
        prove_totals(job)?;
    }
    let customers = left.iter().map(|shard| u64::from(job.plan.shards[*shard as usize].1)).sum();
    Ok(Done { shards: left.len() as u32, customers, is_complete })
}

fn prove_totals(job: &Job) -> Result<()> {
    let circuit = &job.systems.totals;
    let shards: Vec<Shard> =
        (0..job.header.shards).map(|shard| job.shard(shard)).collect::<Result<_>>()?;
    let openings: Vec<totals::Opening> =
        (0..job.header.shards).map(|shard| job.opening(shard)).collect::<Result<_>>()?;
    let is_of_job = openings.iter().all(|opening| opening.sums.len() == circuit.asset_slots());
    anyhow::ensure!(
        is_of_job,
        "openings of shards are of another job: begin again in a new folder"
    );
    let rows = totals::trace(circuit, &openings);
    let opens = rows.public.sums.iter().zip(&shards).position(|(sums, shard)| *sums != shard.sums);
    if let Some(shard) = opens {
        let path = job.done(shard as u32, "opening");
        anyhow::bail!(
            "{}: it does not open what the shard's proof names: remove the files of shard {shard} and run again",
            path.display()
        );
    }
    let seed = job.seed(Drawn::Proof, OF_TOTALS);
    let (totals, margin) = Liabilities::of_sums(&job.header, &rows.public.totals)?;
    let proof =
        reserves::prove::totals(&job.header_digest, circuit, &rows.public, rows.cells, *seed);
    files::write(&job.done_file(proof::bundle::TOTALS), &proof.encode())?;
    let root = Liabilities::root_of(&Poseidon::default(), &job.header, &shards)
        .context("as many shards as the header says")?;
    let liabilities = Liabilities { header: job.header_digest, root, totals, margin, shards };
    files::write(&job.done_file(proof::bundle::LIABILITIES), &liabilities.encode())
}
