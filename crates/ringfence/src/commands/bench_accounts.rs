//! `ringfence bench accounts`: what hashing passwords costs, whether the time of an answer tells who has an
//! account, and a day of credential stuffing.

use anyhow::Result;
use clap::Args;
use credential::password::Params;
use credential::{measure, stuffing};
use serde_json::json;
use std::time::Instant;

use super::bench::peak_memory_mib;
use crate::setup::cpu_s;

#[derive(Args)]
pub(crate) struct AccountsArgs {
    /// Answers of each kind whose time is compared.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    samples: u32,
    /// Pairs of hashes, in memory of a pool and in memory that is allocated.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pairs: u32,
    /// Seed of the day of credential stuffing.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[allow(clippy::disallowed_methods, reason = "a benchmark measures wall time")]
pub(crate) fn accounts(args: &AccountsArgs, json: bool) -> Result<()> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    // First: the peak of memory must be that of hashing.
    let hashing = measure::hashing(Params::default(), threads, args.pairs, cpu_s, peak_memory_mib)?;
    // A small hash shows a difference in time better than a large one.
    let small = Params { memory_kib: 1_024, passes: 1, lanes: 1 };
    let start = Instant::now();
    let clock_ns = || u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let timing = measure::timing(small, args.samples, args.seed, clock_ns)?;
    let config = stuffing::Config {
        seed: args.seed,
        hash_us: (hashing.pooled_ms * 1e3) as u64,
        ..stuffing::Config::default()
    };
    let stuffing = stuffing::run(config);
    if json {
        println!("{}", json!({ "hashing": hashing, "timing": timing, "stuffing": stuffing }));
        return Ok(());
    }
    let Params { memory_kib, passes, lanes } = hashing.params;
    println!("hashing, Argon2id m={} MiB, t={passes}, p={lanes}", memory_kib / 1_024);
    println!(
        "  CPU per hash: {:.1} ms in the pool, {:.1} ms with memory of its own; {:.2} times as many",
        hashing.pooled_ms, hashing.allocating_ms, hashing.ratio
    );
    println!(
        "  peak memory of {} workers: {:.1} MiB, bound {:.1} MiB",
        hashing.threads, hashing.peak_mib, hashing.bound_mib
    );
    println!("time of known and unknown accounts, {} answers each", timing.samples);
    println!(
        "  medians {:.1} and {:.1} us; Kolmogorov-Smirnov {:.4}, p = {:.4}",
        timing.known_us, timing.unknown_us, timing.difference.statistic, timing.difference.p_value
    );
    println!(
        "  two known accounts: p = {:.4}; control, a twentieth less memory: p = {:.2e}",
        timing.two_known.p_value, timing.control.p_value
    );
    let attack = &stuffing.throttled.attack;
    println!(
        "stuffing: {} accounts, {} attempts from {} addresses",
        config.accounts, attack.attempts, config.sources
    );
    println!(
        "  passwords found {}, accounts opened {}, asked for the mailbox {}",
        attack.passwords_found,
        attack.takeovers_protected + attack.takeovers_password_only,
        attack.stepped_up
    );
    println!(
        "  owners in: {:.3} % on known devices, {:.3} % on new ones; {:.3} % with a lock of the account",
        100.0 * stuffing.owner_rate_known,
        100.0 * stuffing.owner_rate_new,
        100.0 * stuffing.owner_rate_known_softlocked
    );
    println!(
        "  hashing for the attacker: {:.0} CPU-s, of these {:.0} without work; {:.0} without the throttle",
        stuffing.attack_cpu_s, stuffing.attack_cpu_s_free, stuffing.attack_cpu_s_unguarded
    );
    Ok(())
}
