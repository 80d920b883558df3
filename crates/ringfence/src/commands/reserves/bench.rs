//! `ringfence bench reserves`: what a shard costs to prove and to verify.

use anyhow::{Context, Result};
use clap::Args;
use proof::argument::{BLINDING_ROWS, Proof, proven_bits, verify};
use proof::circuit::System;
use proof::circuit::shard::Circuit;
use proof::header::Asset;
use proof::id::UserId;
use proof::leaf::{Entry, Layout, Leaf, Shape, Width};
use proof::margin::{Held, Margin, Position, Rules, Tier};
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

const STATEMENTS: [Statement; 4] = [
    ("dense_22_assets", Layout::Dense, 22, [22, 22]),
    ("sparse_22_assets_3_held", Layout::Sparse, 22, [1, 5]),
    ("sparse_100_assets_3_held", Layout::Sparse, 100, [1, 5]),
    ("margin_100_assets_3_held", Layout::Margin, 100, [1, 5]),
];

/// Of so many customers one has borrowed.
const BORROWERS: usize = 4;

/// The shape of leaves; in the margin layout a third of the assets can be pledged and borrowed.
fn shape(layout: Layout, assets: usize) -> Result<(Shape, Rules)> {
    let width = Width::Bits64;
    if layout != Layout::Margin {
        return Ok((Shape::new(layout, width, assets)?, Rules::default()));
    }
    let asset = |number: usize| {
        let symbol = format!("A{number}");
        Asset { id: symbol.clone(), symbol, decimals: 8, price: "100".to_owned() }
    };
    let assets: Vec<Asset> = (0..assets).map(asset).collect();
    let tiers = [(1u64 << 40, 9_500), (1 << 48, 9_000), (u64::MAX, 5_000)];
    let tier = |(up_to, ratio_bp): (u64, u16)| Tier { up_to: up_to.to_string(), ratio_bp };
    let tiers: Vec<Tier> = tiers.into_iter().map(tier).collect();
    let of_asset = |asset: &Asset| Margin { asset: asset.symbol.clone(), tiers: tiers.clone() };
    let margin: Vec<Margin> = assets.iter().step_by(3).map(of_asset).collect();
    let shape = Shape::margin(width, assets.len(), margin.len())?;
    Ok((shape, Rules::new(shape, &assets, &margin)?))
}

/// What a borrower has pledged and owes.
fn borrowed(rules: &Rules, shape: &Shape, rng: &mut StdRng) -> Result<Vec<Position>> {
    let places = shape.margin_assets() as u16;
    let pledged = rng.random_range(0..places / 2);
    let owed = rng.random_range(places / 2..places);
    let amount = u128::from(rng.random::<u64>() >> 20) + 2;
    let held = [
        Held { place: pledged, pledged: amount, debt: 0 },
        Held { place: owed, pledged: 0, debt: amount / 4 },
    ];
    let positions = rules.positions(&held)?;
    rules.cover(&positions).context("debts are covered")?;
    Ok(positions)
}

/// Customers with random balances, as many as fit, and a last leaf of nothing.
fn customers(statement: &Statement, log_rows: u8, seed: u64) -> Result<(Circuit, Vec<Leaf>)> {
    let (_, layout, assets, held) = *statement;
    let (shape, rules) = shape(layout, assets)?;
    let mut rng = StdRng::seed_from_u64(seed);
    let entries = |rng: &mut StdRng| -> Vec<Entry> {
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
        let entries = entries(&mut rng);
        let positions = match layout {
            Layout::Margin if held.len() % BORROWERS == 0 => borrowed(&rules, &shape, &mut rng)?,
            _ => Vec::new(),
        };
        rows += shape.blocks(entries.len()) + positions.len() + 1;
        if rows > room {
            break;
        }
        held.push((entries, positions));
    }
    let nothing = match layout {
        Layout::Dense => (0..assets as u16).map(|asset| Entry { asset, amount: 0 }).collect(),
        Layout::Sparse | Layout::Margin => Vec::new(),
    };
    held.push((nothing, Vec::new()));
    let mut ids: Vec<UserId> = held.iter().map(|_| UserId::from_bytes(&rng.random())).collect();
    ids.sort_unstable();
    let circuit = Circuit::new(shape, &rules, log_rows, held.len() as u32)?;
    let leaves = ids.into_iter().zip(held).map(|(id, (entries, positions))| {
        Leaf::new(shape, id, entries)?.with_positions(&rules, positions)
    });
    Ok((circuit, leaves.collect::<Result<_, _>>()?))
}

/// Proves the same twice: the first time the kernel has to find memory, which costs as much as proving
/// where it has lent that memory to files. A round of many shards is like the second time.
#[allow(clippy::disallowed_methods, reason = "a benchmark measures wall time")]
fn measure(statement: &Statement, args: &BenchArgs) -> Result<Value> {
    let (circuit, leaves) = customers(statement, args.log_rows, args.seed)?;
    let header = [0; 32];
    let mut rng = StdRng::seed_from_u64(args.seed);
    let (first, first_s) = cpu_of(|| -> Result<()> {
        let mut trace = reserves::trace::trace(&circuit, 0, &leaves, &mut rng)?;
        let cells = std::mem::take(&mut trace.cells);
        reserves::prove::shard(&header, &circuit, &trace.public, cells, rng.random());
        Ok(())
    });
    first?;
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
        "first_users_per_cpu_s": users as f64 / first_s,
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
