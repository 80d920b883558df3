//! `ringfence replay`, `rescore` and `alerts`.

use anyhow::{Context, Result};
use clap::Args;
use engine::alerts::Alerts;
use engine::{Decision, Engine, Recorder, Tally};
use model::{Network, Transaction, Transfer};
use serde_json::json;
use std::path::PathBuf;

use crate::config::Config;
use crate::input::{Blocks, Oddities};
use crate::{Common, lists, setup};

/// Transfers that are decided and recorded together.
pub(crate) const BATCH_TRANSFERS: usize = 4_096;

#[derive(Args)]
pub(crate) struct ReplayArgs {
    /// Network: a name such as ethereum or bitcoin, or a CAIP-2 id.
    #[arg(long)]
    network: Network,
    /// Files of blocks: JSON-RPC blocks and receipts, ethereum-etl CSV or JSON lines, era1 archives;
    /// raw Bitcoin blocks (with undo files beside them) or getblock JSON. Plain, gzip or zstd.
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    input: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Args)]
pub(crate) struct AlertsArgs {
    /// Show at most this many.
    #[arg(long, default_value_t = 20)]
    limit: usize,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Feeds transactions to an engine in batches.
pub(crate) struct Feed<'a> {
    pub(crate) engine: &'a mut Engine,
    pub(crate) recorder: &'a mut dyn Recorder,
    pending: Vec<Transaction>,
    pending_transfers: usize,
    pub(crate) tally: Tally,
}

impl<'a> Feed<'a> {
    pub(crate) fn new(engine: &'a mut Engine, recorder: &'a mut dyn Recorder) -> Self {
        let tally = Tally::default();
        Self { engine, recorder, pending: Vec::new(), pending_transfers: 0, tally }
    }

    pub(crate) fn push(
        &mut self,
        transaction: Transaction,
        on: &mut dyn FnMut(&Transfer, &Decision),
    ) -> Result<()> {
        self.pending_transfers += transaction.transfers.len();
        self.pending.push(transaction);
        if self.pending_transfers >= BATCH_TRANSFERS { self.flush(on) } else { Ok(()) }
    }

    pub(crate) fn flush(&mut self, on: &mut dyn FnMut(&Transfer, &Decision)) -> Result<()> {
        let batch = std::mem::take(&mut self.pending);
        self.pending_transfers = 0;
        let decisions = self.engine.decide(&batch, self.recorder)?;
        let transfers = batch.iter().flat_map(|transaction| &transaction.transfers);
        for (transfer, decision) in transfers.zip(&decisions) {
            self.tally.count(decision.level);
            on(transfer, decision);
        }
        Ok(())
    }
}

/// Runs all blocks of the input through an engine.
pub(crate) fn run_blocks(
    network: Network,
    input: &[PathBuf],
    engine: &mut Engine,
    recorder: &mut dyn Recorder,
    on: &mut dyn FnMut(&Transfer, &Decision),
) -> Result<(Tally, Oddities)> {
    let mut blocks = Blocks::open(network, input, setup::now_s())?;
    let mut feed = Feed::new(engine, recorder);
    while let Some(block) = blocks.next_block()? {
        for transaction in block.transactions {
            feed.push(transaction, on)?;
        }
    }
    feed.flush(on)?;
    Ok((feed.tally, blocks.oddities))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write_alerts(config: &Config, alerts: &Alerts) -> Result<()> {
    let path = config.data_dir.join("alerts.json");
    let temporary = path.with_extension("tmp");
    std::fs::write(&temporary, serde_json::to_vec(&alerts.sorted())?)
        .and_then(|()| std::fs::rename(&temporary, &path))
        .with_context(|| path.display().to_string())
}

pub(crate) fn replay(config: &Config, args: &ReplayArgs, json: bool) -> Result<()> {
    let started_cpu_s = setup::cpu_s();
    let directory = lists::directory(config.intel_dir.as_deref(), &config.data_dir)?;
    let gaps = lists::gaps(&directory);
    let mut engine = setup::engine(config, directory)?;
    let mut journal = setup::journal(config)?;
    let mut alerts = Alerts::default();
    let outcome = run_blocks(args.network, &args.input, &mut engine, &mut journal, &mut |t, d| {
        alerts.add(t, d, None);
    });
    // Also when the input ends in an error: what was decided before it is on the record, and its
    // alerts call for people.
    journal.publish()?;
    write_alerts(config, &alerts)?;
    let (tally, oddities) = outcome?;
    let unmet = journal.unmet();
    let (size, root) = journal.head();
    let degraded = degradations(&mut engine, gaps, unmet);
    if json {
        println!(
            "{}",
            json!({
                "network": args.network.to_string(),
                "transfers": tally.total(),
                "verdicts": tally,
                "alerts": alerts.len(),
                "cpu_s": setup::cpu_s() - started_cpu_s,
                "journal": { "size": size, "root": hex(&root) },
                "input": oddities,
                "degraded": degraded,
            })
        );
        return Ok(());
    }
    println!("{} transfers on {}", tally.total(), args.network);
    print_tally(&tally);
    println!(
        "alerts: {} (ringfence alerts --data-dir {})",
        alerts.len(),
        config.data_dir.display()
    );
    println!("journal: {size} entries, root {}", hex(&root));
    if oddities != Oddities::default() {
        println!(
            "input: {} blocks came twice, {} came late, {} inputs with unknown origin",
            oddities.duplicate_blocks, oddities.late_blocks, oddities.unknown_inputs
        );
    }
    for degraded in degraded {
        println!("degraded: {degraded}");
    }
    Ok(())
}

/// What kept this run from seeing everything.
fn degradations(engine: &mut Engine, gaps: Vec<String>, unmet: u64) -> Vec<String> {
    let mut degraded = gaps;
    if engine.net().exposures().is_degraded() {
        degraded.push(
            "the bound on exposure pools was reached: new exposure is not followed".to_owned(),
        );
    }
    if unmet > 0 {
        degraded.push(format!("{unmet} decisions of this journal were not met again: the input ends earlier than before"));
    }
    degraded
}

pub(crate) fn print_tally(tally: &Tally) {
    println!(
        "verdicts: {} allow, {} challenge, {} hold, {} deny",
        tally.allow, tally.challenge, tally.hold, tally.deny
    );
}

/// Keeps entries in memory and on no record; for runs that only compare.
#[derive(Default)]
pub(crate) struct OffTheRecord(u64);

impl Recorder for OffTheRecord {
    fn append(&mut self, entries: &[Vec<u8>]) -> Result<u64, engine::RecordError> {
        let first = self.0;
        self.0 += entries.len() as u64;
        Ok(first)
    }
}

pub(crate) fn rescore(config: &Config, args: &ReplayArgs, json: bool) -> Result<()> {
    let directory = lists::directory(config.intel_dir.as_deref(), &config.data_dir)?;
    let mut engine = setup::engine(config, directory)?;
    let mut journal = setup::journal(config)?;
    let decided = journal.head().0;
    anyhow::ensure!(
        decided > 0,
        "--data-dir {}: it has no journal to score again",
        config.data_dir.display()
    );
    let mut decisions = Vec::new();
    let (tally, _) = run_blocks(
        args.network,
        &args.input,
        &mut engine,
        &mut OffTheRecord::default(),
        &mut |t, d| {
            decisions.push((t.clone(), d.clone()));
        },
    )?;
    // Re-scorings have a log of their own, so that a replay still meets the first one entry by entry.
    let folder = config.data_dir.join("rescored");
    let name = format!("{}/rescored", config.log_name);
    let mut rescored =
        store::JournalDir::open(&folder, &name).with_context(|| folder.display().to_string())?;
    while rescored.unmet() > 0 {
        rescored.pass_over();
    }
    // The basis of the new judgement, then one entry for each decision that is another now.
    let basis_index = rescored.head().0;
    let basis = engine.basis_entry();
    let mut entries = vec![basis];
    let mut alerts = Alerts::default();
    let (mut stricter, mut milder, mut index) = (0u64, 0u64, 0u64);
    for (transfer, decision) in &decisions {
        let old = loop {
            anyhow::ensure!(
                index < decided,
                "the journal ends before the input; give the same input as for replay"
            );
            let entry = journal.entry(index)?;
            index += 1;
            if let (Some(level), Some(known)) =
                (engine::record::level_of(&entry), engine::record::transfer_of(&entry))
            {
                anyhow::ensure!(
                    (known.tx, known.position) == (transfer.tx, transfer.position),
                    "journal entry {} is about another transfer; give the same input as for replay",
                    index - 1
                );
                break level;
            }
        };
        if decision.level == old {
            continue;
        }
        if decision.level < old {
            milder += 1;
        } else {
            stricter += 1;
        }
        let since = known_since(&mut engine, transfer);
        let codes: Vec<String> = decision
            .verdict
            .iter()
            .flat_map(|verdict| verdict.reasons())
            .map(|reason| reason.code.to_string())
            .collect();
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        entries.push(engine::record::rescore(
            basis_index,
            index - 1,
            decision.level,
            &since,
            &codes,
        ));
        if decision.level > old {
            alerts.add(transfer, decision, Some(since));
        }
    }
    rescored.append(&entries).map_err(engine::EngineError::Record)?;
    rescored.publish()?;
    let path = config.data_dir.join("alerts-rescored.json");
    std::fs::write(&path, serde_json::to_vec(&alerts.sorted())?)
        .with_context(|| path.display().to_string())?;
    let (size, root) = rescored.head();
    if json {
        println!(
            "{}",
            json!({
                "transfers": tally.total(),
                "stricter": stricter,
                "milder": milder,
                "new_alerts": alerts.len(),
                "journal": { "size": size, "root": hex(&root) },
            })
        );
        return Ok(());
    }
    println!("{} transfers scored again: {stricter} stricter, {milder} milder", tally.total());
    for alert in alerts.sorted().into_iter().take(20) {
        let since = alert.known_since.as_deref().unwrap_or("");
        println!(
            "  {:<9} {} {} (known since {since})",
            alert.level.name(),
            alert.code,
            alert.address
        );
    }
    Ok(())
}

/// The latest date of a list that names a party of the transfer, or the latest date of all lists.
fn known_since(engine: &mut Engine, transfer: &Transfer) -> String {
    let directory = engine.net().directory();
    let family = transfer.network.family();
    let parties = [transfer.from, transfer.to].into_iter().flatten();
    let named = parties
        .flat_map(|address| {
            directory
                .claims(family, &address)
                .map(|claim| claim.snapshot.dated.clone())
                .collect::<Vec<_>>()
        })
        .max();
    let latest = || directory.snapshots().iter().map(|meta| meta.dated.clone()).max();
    named.or_else(latest).unwrap_or_default()
}

pub(crate) fn alerts(config: &Config, args: &AlertsArgs, json: bool) -> Result<()> {
    let path = config.data_dir.join("alerts.json");
    let bytes = std::fs::read(&path).with_context(|| {
        format!("{}: run 'ringfence replay' or 'ringfence demo' first", path.display())
    })?;
    let alerts: Vec<engine::alerts::Alert> =
        serde_json::from_slice(&bytes).with_context(|| path.display().to_string())?;
    if json {
        let shown: Vec<_> = alerts.iter().take(args.limit).collect();
        println!("{}", json!({ "total": alerts.len(), "alerts": shown }));
        return Ok(());
    }
    println!("{} alerts in {}", alerts.len(), config.data_dir.display());
    for alert in alerts.iter().take(args.limit) {
        println!(
            "  {:<9} {:<34} {} ({} transfers, last {}, journal entry {})",
            alert.level.name(),
            alert.code,
            alert.address,
            alert.transfers,
            alert.last,
            alert.journal_index
        );
    }
    if let Some(first) = alerts.first() {
        println!("\nthe heaviest, explained:");
        super::print_verdict(&first.verdict);
    }
    Ok(())
}
