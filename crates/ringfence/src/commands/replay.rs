//! `ringfence replay`, `rescore` and `alerts`.

use anyhow::{Context, Result};
use clap::Args;
use engine::alerts::Alerts;
use engine::{Decision, Engine, Recorder, Tally};
use model::{Network, Transaction, Transfer};
use serde_json::json;
use std::path::PathBuf;
use store::{DataDir, Resumed};

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

/// Where decisions of a feed go: on the record of a data directory, or on none.
pub(crate) enum Sink<'a> {
    Record(&'a mut DataDir),
    Nowhere(OffTheRecord),
}

impl Sink<'_> {
    fn decide(&mut self, engine: &mut Engine, batch: &[Transaction]) -> Result<Vec<Decision>> {
        Ok(match self {
            Sink::Record(data) => data.decide_replayed(engine, batch)?,
            Sink::Nowhere(recorder) => engine.decide(batch, recorder)?,
        })
    }
}

/// Feeds transactions to an engine in batches.
pub(crate) struct Feed<'a> {
    pub(crate) engine: &'a mut Engine,
    pub(crate) sink: Sink<'a>,
    pending: Vec<Transaction>,
    pending_transfers: usize,
    pub(crate) tally: Tally,
}

impl<'a> Feed<'a> {
    pub(crate) fn new(engine: &'a mut Engine, sink: Sink<'a>) -> Self {
        let tally = Tally::default();
        Self { engine, sink, pending: Vec::new(), pending_transfers: 0, tally }
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
        let decisions = self.sink.decide(self.engine, &batch)?;
        let transfers = batch.iter().flat_map(|transaction| &transaction.transfers);
        for (transfer, decision) in transfers.zip(&decisions) {
            self.tally.count(decision.level);
            on(transfer, decision);
        }
        Ok(())
    }
}

/// Runs all blocks of the input through an engine, off the record.
pub(crate) fn run_blocks(
    network: Network,
    input: &[PathBuf],
    engine: &mut Engine,
    on: &mut dyn FnMut(&Transfer, &Decision),
) -> Result<(Tally, Oddities)> {
    let mut blocks = Blocks::open(network, input, setup::now_s())?;
    let tally = feed_blocks(&mut blocks, engine, Sink::Nowhere(OffTheRecord::default()), on)?;
    Ok((tally, blocks.oddities))
}

fn feed_blocks(
    blocks: &mut Blocks,
    engine: &mut Engine,
    sink: Sink<'_>,
    on: &mut dyn FnMut(&Transfer, &Decision),
) -> Result<Tally> {
    let mut feed = Feed::new(engine, sink);
    while let Some(block) = blocks.next_block()? {
        for transaction in block.transactions {
            feed.push(transaction, on)?;
        }
    }
    feed.flush(on)?;
    Ok(feed.tally)
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
    let mut data = setup::data_dir(config)?;
    let mut blocks = Blocks::open(args.network, &args.input, setup::now_s())?;
    let network = args.network.to_string();
    let Start { mut engine, mut alerts, resumed_at } =
        start(config, &mut data, &mut blocks, &network, directory)?;
    let outcome = feed_blocks(&mut blocks, &mut engine, Sink::Record(&mut data), &mut |t, d| {
        alerts.add(t, d, None);
    });
    // Also when the input ends in an error: what was decided before it is on the record, and its
    // alerts call for people.
    let published = data.journal().publish();
    let kept = write_alerts(config, &alerts);
    let tally = outcome?;
    published?;
    kept?;
    let unmet = data.journal().unmet();
    if unmet == 0 {
        // The state stands where the journal ends, so later files can go on from here.
        if let Some(last) = blocks.last() {
            data.chains().insert(network.clone(), last);
        }
        data.kept().utxo.insert(network, blocks.unspent()?);
        setup::snapshot(&mut data, &mut engine)?;
    }
    let (size, root) = data.journal().head();
    let oddities = blocks.oddities;
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
                "resumed_at": resumed_at,
                "degraded": degraded,
            })
        );
        return Ok(());
    }
    println!("{} transfers on {}", tally.total(), args.network);
    if let Some(index) = resumed_at {
        println!("went on from the state of the last run, after journal entry {index}");
    }
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

/// Where a replay begins.
struct Start {
    engine: Engine,
    alerts: Alerts,
    /// Size of the journal that the loaded state had seen.
    resumed_at: Option<u64>,
}

/// Goes on from the last state when the input begins after it. Otherwise the input is judged from
/// the beginning and compared with the record, decision by decision.
fn start(
    config: &Config,
    data: &mut DataDir,
    blocks: &mut Blocks,
    network: &str,
    directory: intel::Directory,
) -> Result<Start> {
    let first = blocks.first();
    let seed = setup::random_u64()?;
    let is_after = |mark: &store::StateMark| {
        mark.chains.get(network).is_none_or(|last| first.is_some_and(|first| first > *last))
    };
    let (resumed, problems) = data.load_state(config.hot_addresses, seed, &is_after)?;
    for problem in problems {
        eprintln!("note: state snapshot not used: {problem}");
    }
    let Some(Resumed { mut net, mark }) = resumed else {
        let table = data.new_table(config.hot_addresses)?;
        let engine = setup::engine_over(config, directory, table)?;
        return Ok(Start { engine, alerts: Alerts::default(), resumed_at: None });
    };
    anyhow::ensure!(
        mark.events == data.events().len(),
        "--data-dir {}: events came in after its last state snapshot; start and stop 'ringfence serve' on it first",
        config.data_dir.display()
    );
    net.set_directory(directory);
    let pack = setup::pack(config.rules.as_deref())?;
    let model = setup::model(config.model.as_deref())?;
    let basis = mark.basis.as_ref().map(|(index, text)| {
        let entry = [&[engine::record::KIND_BASIS], text.as_bytes()].concat();
        (*index, entry)
    });
    let known = basis.as_ref().map(|(index, entry)| (*index, entry.as_slice()));
    let engine = Engine::resume(net, pack, Some(model), config.threads, known);
    data.go_on_after(&mark);
    if let Some(bytes) = data.kept().utxo.get(network) {
        blocks.know_unspent(bytes)?;
    }
    let alerts = read_alerts(config).map(Alerts::from_iter).unwrap_or_default();
    Ok(Start { engine, alerts, resumed_at: Some(mark.journal_size) })
}

fn read_alerts(config: &Config) -> Result<Vec<engine::alerts::Alert>> {
    let path = config.data_dir.join("alerts.json");
    let bytes = std::fs::read(&path).with_context(|| {
        format!("{}: run 'ringfence replay' or 'ringfence demo' first", path.display())
    })?;
    serde_json::from_slice(&bytes).with_context(|| path.display().to_string())
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
    let (tally, _) = run_blocks(args.network, &args.input, &mut engine, &mut |t, d| {
        decisions.push((t.clone(), d.clone()));
    })?;
    // Re-scorings have a log of their own, so that a replay still meets the first one entry by entry.
    let folder = config.data_dir.join("rescored");
    let name = format!("{}/rescored", config.log_name);
    let mut rescored =
        store::JournalDir::open(&folder, &name).with_context(|| folder.display().to_string())?;
    rescored.meet_from(u64::MAX);
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
    let alerts = read_alerts(config)?;
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
