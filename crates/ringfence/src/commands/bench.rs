//! `ringfence bench`: rates by stage and of the whole path, on this machine, with durability on.

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use engine::{Engine, Recorder};
use intel::Directory;
use intel::filter::Filter;
use model::Transaction;
use onchain::features::COUNT;
use serde_json::json;
use simulate::Market;
use std::collections::HashSet;
use std::hint::black_box;
use std::time::Instant;

use super::simulate::market_lists;
use crate::config::Config;
use crate::measure::{Scratch, cpu_of};
use crate::setup;

#[derive(Subcommand)]
pub(crate) enum BenchCommand {
    /// Every stage of judging a transfer, and the whole path.
    Onchain(OnchainArgs),
    /// Look-up of listed addresses against a standard HashSet.
    Intel(IntelArgs),
    /// Memory of many addresses, with states spilling to disk and coming back.
    Memory(MemoryArgs),
    /// Exact windows and one rule over a stream, every event on the record (beside Flink).
    Windows(super::peers::WindowsArgs),
    /// Tree inference on given rows (beside ONNX Runtime).
    Trees(super::peers::TreesArgs),
    /// Proof of reserves: shards of customers, proved and verified.
    Reserves(super::reserves::bench::BenchArgs),
    /// Accounts: hashing of passwords, time of known and unknown accounts, credential stuffing.
    Accounts(super::bench_accounts::AccountsArgs),
    /// A server that runs, over HTTP: single events at a fixed rate, then a stream.
    Http(super::load::HttpArgs),
}

#[derive(Args)]
pub(crate) struct MemoryArgs {
    /// Addresses that are seen.
    #[arg(long, default_value_t = 5_000_000)]
    addresses: u64,
    /// States kept in memory.
    #[arg(long, default_value_t = 1_000_000)]
    hot: usize,
}

#[derive(Args)]
pub(crate) struct OnchainArgs {
    /// Transactions of the simulated market.
    #[arg(long, default_value_t = 400_000)]
    transactions: u64,
    /// Transfers decided and made durable together.
    #[arg(long, default_value_t = 4_096)]
    batch: usize,
}

#[derive(Args)]
pub(crate) struct IntelArgs {
    /// Listed addresses.
    #[arg(long, default_value_t = 10_000_000)]
    addresses: usize,
}

pub(crate) fn run(config: &Config, command: &BenchCommand, json: bool) -> Result<()> {
    match command {
        BenchCommand::Onchain(args) => onchain(config, args, json),
        BenchCommand::Intel(args) => intel(args, json),
        BenchCommand::Memory(args) => memory(config, args, json),
        BenchCommand::Windows(args) => super::peers::windows(config, args, json),
        BenchCommand::Trees(args) => super::peers::trees(args, json),
        BenchCommand::Reserves(args) => super::reserves::bench::bench(args, json),
        BenchCommand::Accounts(args) => super::bench_accounts::accounts(args, json),
        BenchCommand::Http(args) => super::load::http(args, json),
    }
}

pub(super) fn peak_memory_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

/// A market as transactions, with the lists of it.
fn draw(transactions: u64) -> Result<(Vec<Transaction>, intel::Snapshot)> {
    let mut market =
        Market::new(simulate::Config { people: 100_000, ..simulate::Config::default() });
    let lists = market_lists(&market)?;
    let drawn = (0..transactions).map(|_| market.next_transaction().transaction).collect();
    Ok((drawn, lists))
}

fn batches(transactions: &[Transaction], transfers: usize) -> Vec<&[Transaction]> {
    let mut batches = Vec::new();
    let (mut start, mut count) = (0, 0);
    for (place, transaction) in transactions.iter().enumerate() {
        count += transaction.transfers.len();
        if count >= transfers {
            batches.push(&transactions[start..=place]);
            (start, count) = (place + 1, 0);
        }
    }
    if start < transactions.len() {
        batches.push(&transactions[start..]);
    }
    batches
}

#[allow(clippy::disallowed_methods, reason = "a benchmark measures wall time")]
fn onchain(config: &Config, args: &OnchainArgs, json: bool) -> Result<()> {
    anyhow::ensure!(args.transactions > 0, "--transactions: it must be above 0");
    anyhow::ensure!((1..=1_000_000).contains(&args.batch), "--batch: it must be 1 to 1000000");
    let (drawn, lists) = draw(args.transactions)?;
    let transfers: usize = drawn.iter().map(|tx| tx.transfers.len()).sum();
    let directory = || Directory::new([lists.clone()]);
    let rate = |count: usize, cpu_s: f64| count as f64 / cpu_s;

    // decode: JSON-RPC blocks of plain payments, senders named, no signature.
    let blocks = rpc_blocks(&drawn[..drawn.len().min(50_000)]);
    let count = blocks.matches("\"hash\"").count();
    let (_, decode_s) = cpu_of(|| -> Result<()> {
        let mut reader =
            chain::ethereum::json::JsonReader::new(blocks.as_bytes(), model::Network::ETHEREUM);
        while let Some(block) = reader.next_block()? {
            black_box(&block);
        }
        Ok(())
    });
    let decode = rate(count, decode_s);

    // features: booking of both parties and reading the inputs of the model.
    let (_, features_s) = cpu_of(|| -> Result<()> {
        let mut book = onchain::book::Book::new(0);
        let mut table = onchain::table::StateTable::unbounded();
        let mut row = [0.0; COUNT];
        for transfer in drawn.iter().flat_map(|tx| &tx.transfers) {
            let booked = onchain::ledger::book_transfer(&mut book, &mut table, transfer)?;
            for (id, _) in [booked.from, booked.to].into_iter().flatten() {
                table.get_mut(id)?.read_features(&mut row);
                black_box(&row);
            }
        }
        Ok(())
    });
    let features = rate(transfers, features_s);

    // everything of SkyNet: features, lists, exposure, patterns.
    let (rows, observe_s) = cpu_of(|| -> Result<Vec<[f32; COUNT]>> {
        let mut net =
            onchain::skynet::SkyNet::new(0, onchain::table::StateTable::unbounded(), directory());
        let mut rows = Vec::new();
        for transaction in &drawn {
            for seen in net.observe(transaction)? {
                if rows.len() < 20_000
                    && let Some(row) = &seen.rows[0]
                {
                    rows.push(**row);
                }
                black_box(&seen);
            }
        }
        Ok(rows)
    });
    let rows = rows?;
    let observe = rate(transfers, observe_s);

    let model = setup::model(config.model.as_deref())?;
    let (_, model_s) = cpu_of(|| {
        rows.iter().for_each(|row| {
            black_box(model.raw(row));
        });
    });
    let model_rows = rate(rows.len(), model_s);

    // rules: the whole pack, and one rule of five comparisons.
    let pack = setup::pack(config.rules.as_deref())?;
    let (schema, _) = engine::facts::schema();
    let facts = schema.facts();
    let evaluations = 200_000;
    let (_, pack_s) = cpu_of(|| {
        (0..evaluations).for_each(|_| {
            black_box(pack.evaluate(black_box(&facts)));
        });
    });
    let program = policy::compile(
        "from.events >= 0 && from.age < duration(\"9000d\") && from.received.illicit < 0.5 && to.events < 100 && transfer.native == false",
        &schema,
    )
    .map_err(|e| anyhow::anyhow!("{e}"))?;
    let evaluations_five = 5_000_000;
    let (_, five_s) = cpu_of(|| {
        (0..evaluations_five).for_each(|_| {
            black_box(program.holds(black_box(&facts)));
        });
    });

    // journal: entries of 300 bytes in batches, durable.
    let scratch = Scratch::new(config)?;
    let entries: Vec<Vec<u8>> =
        (0..args.batch as u64).map(|i| [i.to_le_bytes().as_slice(), &[7; 292]].concat()).collect();
    let rounds = (400_000 / args.batch.max(1)).max(1);
    let mut journal =
        store::JournalDir::open(&scratch.0.join("journal-alone"), "bench.example/log")?;
    let wall = Instant::now();
    let (result, journal_s) = cpu_of(|| -> Result<()> {
        for _ in 0..rounds {
            journal.append(&entries).map_err(engine::EngineError::Record)?;
        }
        Ok(())
    });
    result?;
    let journal_wall_s = wall.elapsed().as_secs_f64();
    let appended = rounds * args.batch;

    // whole path
    let mut engine: Engine = setup::engine(config, directory())?;
    let mut journal =
        store::JournalDir::open(&scratch.0.join("journal-whole"), "bench.example/log")?;
    let mut latencies_us: Vec<f64> = Vec::new();
    let wall = Instant::now();
    let cpu_before = setup::cpu_s();
    let mut tally = engine::Tally::default();
    for batch in batches(&drawn, args.batch) {
        let begun = Instant::now();
        let decisions = engine.decide(batch, &mut journal)?;
        let took_us = begun.elapsed().as_secs_f64() * 1e6;
        for decision in &decisions {
            tally.count(decision.level);
            latencies_us.push(took_us);
        }
    }
    journal.publish()?;
    let whole_wall_s = wall.elapsed().as_secs_f64();
    let whole_cpu_s = setup::cpu_s() - cpu_before;
    latencies_us.sort_by(f64::total_cmp);
    let percentile = |share: f64| latencies_us[((latencies_us.len() - 1) as f64 * share) as usize];
    let addresses = engine.net().book().len();
    let result = json!({
        "transfers": transfers,
        "addresses": addresses,
        "rules": pack.rules().len(),
        "trees": model.forest().trees().len(),
        "threads": config.threads,
        "batch": args.batch,
        "decode_transactions_per_cpu_s": decode,
        "features_transfers_per_cpu_s": features,
        "skynet_transfers_per_cpu_s": observe,
        "model_rows_per_cpu_s": model_rows,
        "rule_pack_transfers_per_cpu_s": rate(evaluations, pack_s),
        "rule_of_five_evaluations_per_cpu_s": rate(evaluations_five, five_s),
        "journal_entries_per_cpu_s": rate(appended, journal_s),
        "journal_entries_per_s": appended as f64 / journal_wall_s,
        "whole_path_transfers_per_s": transfers as f64 / whole_wall_s,
        "whole_path_transfers_per_cpu_s": transfers as f64 / whole_cpu_s,
        "latency_us_p50": percentile(0.5),
        "latency_us_p99": percentile(0.99),
        "latency_us_p999": percentile(0.999),
        "peak_memory_mib": peak_memory_mib(),
        "verdicts": tally,
    });
    if json {
        println!("{result}");
        return Ok(());
    }
    let serde_json::Value::Object(map) = &result else {
        return Ok(());
    };
    for (name, value) in map {
        match value.as_f64() {
            Some(number) if number.fract() != 0.0 => println!("{name:<42} {number:>16.1}"),
            _ => println!("{name:<42} {value:>16}"),
        }
    }
    Ok(())
}

/// Pays round a circle of all addresses twice: the second round brings every cold state back.
fn memory(config: &Config, args: &MemoryArgs, json: bool) -> Result<()> {
    anyhow::ensure!(args.addresses >= 2, "--addresses: it must be at least 2");
    let scratch = Scratch::new(config)?;
    let cold = store::ColdStates::create(&scratch.0.join("cold.redb"))?;
    let mut table = onchain::table::StateTable::new(args.hot, Box::new(cold));
    let mut book = onchain::book::Book::new(0);
    let address = |i: u64| {
        let mut bytes = [0; 20];
        bytes[..8].copy_from_slice(&i.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
        bytes[12..].copy_from_slice(&i.to_le_bytes());
        model::Address::account20(bytes)
    };
    let mut transfer = simulate::Market::new(simulate::Config::default())
        .next_transaction()
        .transaction
        .transfers
        .swap_remove(0);
    let (result, cpu_s) = cpu_of(|| -> Result<()> {
        for i in 0..2 * args.addresses {
            transfer.time_s += 1;
            transfer.from = Some(address(i % args.addresses));
            transfer.to = Some(address((i + 1) % args.addresses));
            onchain::ledger::book_transfer(&mut book, &mut table, &transfer)?;
        }
        Ok(())
    });
    result?;
    let mut events = 0;
    for place in [0, args.addresses / 2, args.addresses - 1] {
        let id =
            book.find(model::Family::Evm, &address(place)).context("every address was seen")?;
        events += u64::from(table.get_mut(id)?.events());
    }
    anyhow::ensure!(events == 12, "a state did not come back whole");
    let (hot, spilled, returned) = table.usage();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let resident_kib = resident.and_then(|r| r.split_whitespace().next()?.parse::<f64>().ok());
    let anonymous_bytes = resident_kib.unwrap_or(0.0) * 1024.0;
    let hot_bytes = hot as f64 * (512.0 + 5.0);
    let result = json!({
        "addresses": book.len(),
        "hot_states": hot,
        "spilled": spilled,
        "returned": returned,
        "resident_mib": anonymous_bytes / 1024.0 / 1024.0,
        "bytes_per_address_beside_hot_states": (anonymous_bytes - hot_bytes) / book.len() as f64,
        "transfers_per_cpu_s": 2.0 * args.addresses as f64 / cpu_s,
    });
    if json {
        println!("{result}");
    } else {
        println!("{result:#}");
    }
    Ok(())
}

/// JSON-RPC blocks of a hundred plain payments each.
fn rpc_blocks(transactions: &[Transaction]) -> String {
    let mut text = String::new();
    for (number, part) in transactions.chunks(100).enumerate() {
        let transactions: Vec<_> = part
            .iter()
            .filter_map(|tx| tx.transfers.first())
            .map(|transfer| {
                let name = |party: &Option<model::Address>| {
                    party.map_or(String::new(), |a| format!("0x{}", super::replay::hex(a.bytes())))
                };
                json!({
                    "hash": format!("0x{}", transfer.tx), "nonce": "0x1", "from": name(&transfer.from), "to": name(&transfer.to),
                    "value": format!("0x{:x}", transfer.amount.to_u128().unwrap_or(0)), "gas": "0x5208", "gasPrice": "0x1", "input": "0x", "type": "0x0",
                })
            })
            .collect();
        let block = json!({ "number": format!("0x{:x}", number + 1), "timestamp": "0x65920080", "transactions": transactions });
        text.push_str(&block.to_string());
        text.push('\n');
    }
    text
}

fn intel(args: &IntelArgs, json: bool) -> Result<()> {
    let mix = |i: u64| {
        let mut z = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    };
    let key = |i: u64| -> [u8; 20] {
        let mut bytes = [0; 20];
        bytes[..8].copy_from_slice(&mix(i).to_le_bytes());
        bytes[8..16].copy_from_slice(&mix(i ^ 0x5555).to_le_bytes());
        bytes[16..].copy_from_slice(&(i as u32).to_le_bytes());
        bytes
    };
    // The filter's own hash of an address, as the directory uses it.
    let address = |i: u64| model::Address::account20(key(i));
    let hash = |address: &model::Address| intel::address_hash(model::Family::Evm, address);
    let count = args.addresses as u64;
    let mut filter = Filter::with_capacity(args.addresses);
    let mut exact: hashbrown::HashTable<u64> = hashbrown::HashTable::with_capacity(args.addresses);
    (0..count).for_each(|i| {
        let hash = hash(&address(i));
        filter.insert(hash);
        exact.insert_unique(hash, i, |i| hash_of(*i, &address));
    });
    let misses = 20_000_000u64.min(count * 4).max(1_000_000);
    let probes: Vec<model::Address> = (0..1_000_000).map(|i| address(count + i)).collect();
    let passes = misses / probes.len() as u64;
    let (passed, ours_s) = cpu_of(|| {
        let mut passed = 0u64;
        for _ in 0..passes {
            for probe in &probes {
                let hash = hash(probe);
                if filter.may_contain(hash) && exact.find(hash, |i| address(*i) == *probe).is_some()
                {
                    passed += 1;
                }
            }
        }
        passed
    });
    drop(exact);
    let set: HashSet<[u8; 20]> = (0..count).map(key).collect();
    let set_probes: Vec<[u8; 20]> = (0..1_000_000).map(|i| key(count + i)).collect();
    let (found, set_s) = cpu_of(|| {
        (0..passes)
            .map(|_| set_probes.iter().filter(|probe| set.contains(*probe)).count() as u64)
            .sum::<u64>()
    });
    anyhow::ensure!(passed == 0 && found == 0, "an address that is not listed was found");
    let looked_up = (passes * probes.len() as u64) as f64;
    let result = json!({
        "addresses": args.addresses,
        "filter_bytes_per_entry": filter.size_bytes() as f64 / args.addresses as f64,
        "misses_per_cpu_s": looked_up / ours_s,
        "std_hashset_misses_per_cpu_s": looked_up / set_s,
        "ratio": set_s / ours_s,
    });
    if json {
        println!("{result}");
    } else {
        println!("{result:#}");
    }
    Ok(())
}

fn hash_of(i: u64, address: &dyn Fn(u64) -> model::Address) -> u64 {
    intel::address_hash(model::Family::Evm, &address(i))
}
