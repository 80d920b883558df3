//! `ringfence bench reserves`: what a shard costs to prove and to verify.

use anyhow::{Context, Result};
use clap::Args;
use proof::argument::{BLINDING_ROWS, Proof, proven_bits, verify};
use proof::circuit::System;
use proof::circuit::shard::Circuit;
use proof::id::UserId;
use proof::leaf::{Entry, Layout, Leaf, Shape, Width};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::time::Instant;

use crate::commands::bench::peak_memory_mib;
use crate::measure::cpu_of;

#[derive(Args)]
pub(crate) struct BenchArgs {
    /// Rows of a shard, as a power of two: 16 to 18.
    #[arg(long, default_value_t = 17, value_parser = clap::value_parser!(u8).range(16..=18))]
    log_rows: u8,
    /// Draws the customers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A statement: its name, layout, assets, and how many a customer holds at least and at most.
type Statement = (&'static str, Layout, usize, [usize; 2]);

const STATEMENTS: [Statement; 3] = [
    ("dense_22_assets", Layout::Dense, 22, [22, 22]),
    ("sparse_22_assets_3_held", Layout::Sparse, 22, [1, 5]),
    ("sparse_100_assets_3_held", Layout::Sparse, 100, [1, 5]),
];

/// Customers with random balances, as many as fit, and a last leaf of nothing.
fn customers(statement: &Statement, log_rows: u8, seed: u64) -> Result<(Circuit, Vec<Leaf>)> {
    let (_, layout, assets, held) = *statement;
    let shape = Shape::new(layout, Width::Bits64, assets)?;
    let mut rng = StdRng::seed_from_u64(seed);
    let mut entries = || -> Vec<Entry> {
        let count = rng.random_range(held[0]..=held[1]);
        let mut chosen: Vec<u16> = (0..assets as u16).collect();
        for place in 0..count {
            let other = rng.random_range(place..chosen.len());
            chosen.swap(place, other);
        }
        chosen.truncate(count);
        chosen.sort_unstable();
        let entry = |asset: u16| Entry { asset, amount: u128::from(rng.random::<u64>() >> 16) + 1 };
        chosen.into_iter().map(entry).collect()
    };
    // A leaf has its blocks and, on average, a node.
    let room = (1usize << log_rows) - BLINDING_ROWS as usize - 1_000;
    let (mut rows, mut held) = (2, Vec::new());
    loop {
        let entries = entries();
        rows += shape.blocks(entries.len()) + 1;
        if rows > room {
            break;
        }
        held.push(entries);
    }
    held.push(match layout {
        Layout::Dense => (0..assets as u16).map(|asset| Entry { asset, amount: 0 }).collect(),
        Layout::Sparse => Vec::new(),
    });
    let mut ids: Vec<UserId> = held.iter().map(|_| UserId::from_bytes(&rng.random())).collect();
    ids.sort_unstable();
    let circuit = Circuit::new(shape, log_rows, held.len() as u32)?;
    let leaves = ids.into_iter().zip(held).map(|(id, entries)| Leaf::new(shape, id, entries));
    Ok((circuit, leaves.collect::<Result<_, _>>()?))
}

#[allow(clippy::disallowed_methods, reason = "a benchmark measures wall time")]
fn measure(statement: &Statement, args: &BenchArgs) -> Result<Value> {
    let (circuit, leaves) = customers(statement, args.log_rows, args.seed)?;
    let header = [0; 32];
    let mut rng = StdRng::seed_from_u64(args.seed);
    let (trace, trace_s) = cpu_of(|| reserves::trace::trace(&circuit, 0, &leaves, &mut rng));
    let mut trace = trace?;
    let (proof, prove_s) = cpu_of(|| {
        let cells = std::mem::take(&mut trace.cells);
        reserves::prove::shard(&header, &circuit, &trace.public, cells, rng.random())
    });
    let bytes = proof.encode();
    let begin = Instant::now();
    let read = Proof::decode(&bytes)?;
    verify(&header, &circuit, &trace.public, &read).context("the proof does not verify")?;
    let verify_ms = begin.elapsed().as_secs_f64() * 1e3;
    let users = leaves.len() - 1;
    let cells = circuit.columns.width + (circuit.size().fraction_columns + 1) * 5;
    Ok(json!({
        "statement": statement.0,
        "zero_knowledge": true,
        "proven_bits": proven_bits(&circuit),
        "assets": statement.2,
        "users": users,
        "users_per_cpu_s": users as f64 / (trace_s + prove_s),
        "trace_cpu_s": trace_s,
        "prove_cpu_s": prove_s,
        "proof_bytes": bytes.len(),
        "verify_ms": verify_ms,
        "columns": cells,
        "rows": 1u64 << args.log_rows,
        "peak_memory_mib": peak_memory_mib(),
    }))
}

pub(crate) fn bench(args: &BenchArgs, json: bool) -> Result<()> {
    let mut statements = Vec::new();
    for statement in &STATEMENTS {
        let measured = measure(statement, args)?;
        if !json {
            println!("{measured:#}");
        }
        statements.push(measured);
    }
    if json {
        println!("{}", json!({ "statements": statements }));
    }
    Ok(())
}
