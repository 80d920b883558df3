//! `ringfence account`: what protects accounts, tried at worst.

use account::account::Rules;
use account::matrix::{Capability, Owner, Row, SETS, capabilities, largest, row};
use anyhow::{Result, ensure};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::measure::cpu_of;

#[derive(Subcommand)]
pub(crate) enum AccountCommand {
    /// Try every set of stolen credentials, in every sequence of actions, on the functions that guard
    /// accounts.
    Matrix(MatrixArgs),
}

#[derive(Args)]
pub(crate) struct MatrixArgs {
    /// Actions in a sequence; each takes about five times as long as the one before.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=10))]
    depth: u32,
    /// Only the largest sets, of which all others are a part: for long sequences.
    #[arg(long)]
    largest: bool,
}

/// All rows, several at a time; in the order of owners and sets.
fn rows(sets: &[u16], depth: u32, rules: &Rules) -> Vec<Row> {
    let tasks: Vec<(Owner, u16)> = Owner::ALL
        .into_iter()
        .flat_map(|owner| sets.iter().map(move |set| (owner, *set)))
        .collect();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, found) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                // Large sets take longest: they come first.
                while let Some(place) =
                    tasks.len().checked_sub(1 + next.fetch_add(1, Ordering::Relaxed))
                {
                    let (owner, set) = tasks[place];
                    let row = row(owner, set, depth, rules, rules);
                    found.lock().expect("no worker panics with it").insert(place, row);
                }
            });
        }
    });
    found.into_inner().expect("no worker panics with it").into_values().collect()
}

fn names(capabilities: &[Capability]) -> String {
    let name = |capability: &Capability| json!(capability).as_str().unwrap_or("").replace('_', " ");
    capabilities.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The smallest sets with which money leaves to a new address: all larger ones have one of them.
fn smallest<'a>(rows: &[&'a Row]) -> Vec<&'a Row> {
    let leaves = rows.iter().copied().filter(|row| row.earliest.is_some());
    let is_smallest = |row: &&Row| {
        let mut others = rows.iter().filter(|other| other.earliest.is_some());
        !others.any(|other| {
            other.set != row.set
                && other.set & row.set == other.set
                && other.earliest <= row.earliest
        })
    };
    leaves.filter(is_smallest).collect()
}

/// What is found of a set, for all owners together and for each.
fn of_set(set: u16, rows: &[Row]) -> Value {
    let of_set: Vec<&Row> = rows.iter().filter(|row| row.set == set).collect();
    let earliest = of_set.iter().filter_map(|row| row.earliest).min();
    json!({
        "set": set,
        "capabilities": capabilities(set).collect::<Vec<_>>(),
        "satisfied": of_set.iter().all(|row| row.violations.is_empty()),
        "earliest_s": earliest.map(|span| span.0),
        "has_channel_outside": of_set.iter().all(|row| row.has_channel_outside),
        "owners": of_set.iter().map(|row| json!({
            "owner": row.owner,
            "earliest_s": row.earliest.map(|span| span.0),
            "states": row.states,
            "violations": row.violations,
        })).collect::<Vec<_>>(),
    })
}

fn matrix(args: &MatrixArgs, json: bool) -> Result<()> {
    let rules = Rules::default();
    let sets: Vec<u16> = if args.largest { largest().collect() } else { (0..SETS).collect() };
    let (rows, cpu_s) = cpu_of(|| rows(&sets, args.depth, &rules));
    let broken: Vec<&Row> = rows.iter().filter(|row| !row.violations.is_empty()).collect();
    let states: usize = rows.iter().map(|row| row.states).sum();
    if json {
        let by_set: Vec<Value> = sets.iter().map(|set| of_set(*set, &rows)).collect();
        let satisfied = by_set.iter().filter(|row| row["satisfied"] == true).count();
        let report = json!({
            "sets": sets.len(),
            "owners": Owner::ALL,
            "depth": args.depth,
            "satisfied": satisfied,
            "searches": rows.len(),
            "states": states,
            "cpu_s": cpu_s,
            "rows": by_set,
        });
        println!("{report}");
    } else {
        for owner in Owner::ALL {
            let of_owner: Vec<&Row> = rows.iter().filter(|row| row.owner == owner).collect();
            let leaves = of_owner.iter().filter(|row| row.earliest.is_some()).count();
            println!(
                "\n{owner:?}: money can leave to a new address with {leaves} of {} sets;",
                sets.len()
            );
            println!("the smallest of these, and how long it takes at least:");
            for row in smallest(&of_owner) {
                let earliest = row.earliest.map_or_else(String::new, |span| span.to_string());
                println!("  {earliest:>6}  {}", names(&row.capabilities));
            }
        }
        println!(
            "\n{} of {} searches hold to what is claimed, {states} states, sequences of {} actions, {cpu_s:.0} CPU-s",
            rows.len() - broken.len(),
            rows.len(),
            args.depth
        );
        for row in &broken {
            let what = row.violations.join("; ");
            println!("  {:?}, {}: {what}", row.owner, names(&row.capabilities));
        }
    }
    ensure!(broken.is_empty(), "{} searches break what is claimed", broken.len());
    Ok(())
}

pub(crate) fn run(command: &AccountCommand, json: bool) -> Result<()> {
    match command {
        AccountCommand::Matrix(args) => matrix(args, json),
    }
}
