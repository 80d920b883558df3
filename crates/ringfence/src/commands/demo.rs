//! `ringfence demo`: the main job on a simulated market, live in the terminal.

use anyhow::Result;
use clap::Args;
use engine::alerts::Alerts;
use intel::Directory;
use serde_json::json;
use simulate::Market;
use std::io::{IsTerminal, Write};
use std::time::Instant;

use super::replay::{Feed, Sink, hex, print_tally};
use super::simulate::market_lists;
use crate::config::Config;
use crate::{Common, setup};

#[derive(Args)]
pub(crate) struct DemoArgs {
    /// Transactions to judge.
    #[arg(long, default_value_t = 300_000)]
    transactions: u64,
    /// Seed of the market.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[allow(clippy::disallowed_methods, reason = "a terminal shows rates by the wall clock")]
pub(crate) fn demo(config: &Config, args: &DemoArgs, json: bool) -> Result<()> {
    let mut market =
        Market::new(simulate::Config { seed: args.seed, ..simulate::Config::default() });
    let snapshot = market_lists(&market)?;
    let lists = store::SnapshotDir::open(&config.data_dir.join("intel"))?;
    // The market's lists are kept for the other commands, but never in the place of real ones.
    if lists.current(&snapshot.meta.source)?.is_none_or(|known| known.meta.id == snapshot.meta.id) {
        lists.put(&snapshot)?;
    }
    let mut data = setup::data_dir(config)?;
    anyhow::ensure!(
        data.events().is_empty(),
        "--data-dir {}: it belongs to a server; use another for the demo",
        config.data_dir.display()
    );
    // The market is drawn from its beginning each time, so no earlier state is needed.
    let table = data.new_table(config.hot_addresses)?;
    let mut engine = setup::engine_over(config, Directory::new([snapshot]), table)?;
    let met = data.journal().unmet();
    if !json {
        println!(
            "Judging a simulated market of {} transactions: lists, exposure, patterns, {} rules, {} trees, journal with fsync, {} threads.",
            args.transactions,
            engine.pack().rules().len(),
            engine.model().map_or(0, |model| model.forest().trees().len()),
            config.threads
        );
        if met > 0 {
            println!(
                "{met} decisions are already on the record; they are met again entry by entry."
            );
        }
    }
    let started = Instant::now();
    let started_cpu_s = setup::cpu_s();
    let is_terminal = std::io::stdout().is_terminal();
    let mut alerts = Alerts::default();
    let mut feed = Feed::new(&mut engine, Sink::Record(&mut data));
    let mut shown = Instant::now();
    for done in 0..args.transactions {
        let told = market.next_transaction();
        feed.push(told.transaction, &mut |transfer, decision| {
            alerts.add(transfer, decision, None);
        })?;
        let pause_s = if is_terminal { 0.2 } else { 2.0 };
        if !json && shown.elapsed().as_secs_f64() >= pause_s {
            shown = Instant::now();
            progress(
                done,
                args.transactions,
                &feed.tally,
                started.elapsed().as_secs_f64(),
                is_terminal,
            );
        }
    }
    feed.flush(&mut |transfer, decision| alerts.add(transfer, decision, None))?;
    let tally = feed.tally;
    data.journal().publish()?;
    if data.journal().unmet() == 0 {
        setup::snapshot(&mut data, &mut engine)?;
    }
    std::fs::write(config.data_dir.join("alerts.json"), serde_json::to_vec(&alerts.sorted())?)?;
    let (elapsed_s, cpu_s) = (started.elapsed().as_secs_f64(), setup::cpu_s() - started_cpu_s);
    let (size, root) = data.journal().head();
    if json {
        println!(
            "{}",
            json!({
                "transfers": tally.total(),
                "verdicts": tally,
                "alerts": alerts.len(),
                "wall_s": elapsed_s,
                "cpu_s": cpu_s,
                "transfers_per_s": tally.total() as f64 / elapsed_s,
                "data_dir": config.data_dir,
                "journal": { "size": size, "root": hex(&root) },
            })
        );
        return Ok(());
    }
    if is_terminal {
        print!("\r\x1b[2K");
    }
    println!(
        "\n{} transfers in {elapsed_s:.1} s ({:.0} a second, drawing the market included; {cpu_s:.1} CPU seconds)",
        tally.total(),
        tally.total() as f64 / elapsed_s
    );
    print_tally(&tally);
    println!("\ntop alerts of {}:", alerts.len());
    for alert in alerts.sorted().into_iter().take(8) {
        println!(
            "  {:<9} {:<32} {} ({} transfers)",
            alert.level.name(),
            alert.code,
            alert.address,
            alert.transfers
        );
    }
    // One with a path over several hops teaches most.
    let by_hops = |alert: &&engine::alerts::Alert| {
        let reasons = alert.verdict.reasons().iter();
        reasons
            .flat_map(|reason| &reason.evidence)
            .filter(|evidence| evidence.kind == "hop")
            .count()
    };
    let sorted = alerts.sorted();
    if let Some(alert) = sorted.iter().copied().filter(|a| by_hops(a) <= 6).max_by_key(by_hops) {
        println!("\none of them, explained ({}):", alert.address);
        super::print_verdict(&alert.verdict);
    }
    let dir = config.data_dir.display();
    println!("\njournal: {size} entries, root {}", hex(&root));
    println!(
        "look further:\n  ringfence alerts --data-dir {dir}\n  ringfence journal verify {dir}\n  ringfence journal prove {dir} 42\n  ringfence intel list --data-dir {dir}"
    );
    Ok(())
}

fn progress(done: u64, all: u64, tally: &engine::Tally, elapsed_s: f64, is_terminal: bool) {
    let line = format!(
        "{:>3} %  {:>8} transfers  {:>7.0}/s  allow {}  challenge {}  hold {}  deny {}",
        done * 100 / all.max(1),
        tally.total(),
        tally.total() as f64 / elapsed_s.max(1e-3),
        tally.allow,
        tally.challenge,
        tally.hold,
        tally.deny
    );
    if is_terminal {
        print!("\r\x1b[2K{line}");
        let _ = std::io::stdout().flush();
    } else {
        println!("{line}");
    }
}
