//! `ringfence reserves`: what is owed, proved, published and verified.

pub(crate) mod bench;
mod demo;

use anyhow::{Context, Result, bail};
use attest::evidence::Level;
use attest::report::Report;
use clap::{Args, Subcommand};
use proof::bundle::Opened;
use proof::header::{Asset, Header};
use proof::leaf::Layout;
use proof::systems::hex;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::bench::peak_memory_mib;
use crate::measure::cpu_of;
use crate::reserves::bundle::{self, Bundle};
use crate::reserves::holdings::{self, Node};
use crate::reserves::input::{Source, Wanted};
use crate::reserves::job::Job;
use crate::reserves::log::{self, Recorded};
use crate::reserves::snapshot::{Request, snapshot};
use crate::reserves::{files, prove, report, site, tables};
use crate::setup;

/// Largest receipt.
const RECEIPT_LEN_MAX: u64 = proof::receipt::LEN_MAX as u64;

#[derive(Subcommand)]
pub(crate) enum ReservesCommand {
    /// A small exchange from its balances to its customers' pages, and lies that are refused.
    Demo(demo::DemoArgs),
    /// Take balances into a job: the round's header, and customers shared out among shards.
    Snapshot(Box<SnapshotArgs>),
    /// Prove a job, or a table of balances from the beginning; goes on where it was stopped.
    Prove(Box<ProveArgs>),
    /// Print the chains' blocks of now, as a table for --chains.
    Chains(ChainsArgs),
    /// Print what the holders of a list's addresses sign in this round.
    Challenge(ChallengeArgs),
    /// Ask nodes for what shows the amounts of a list at the round's blocks.
    Evidence(EvidenceArgs),
    /// Judge a list of holdings: owners, evidence, sums by level.
    Attest(AttestArgs),
    /// Put the public files of a proved job together.
    Publish(PublishArgs),
    /// Put pages and bundles into a folder that any host can serve to customers.
    Site(SiteArgs),
    /// Verify everything of a bundle from this program's own source.
    Verify(VerifyArgs),
    /// Verify a customer's receipt against a bundle.
    VerifyUser(VerifyUserArgs),
    /// Write the receipt of an account.
    Receipt(ReceiptArgs),
    /// Prove a shard of a job once more and compare it, byte by byte, with a bundle.
    Rerun(RerunArgs),
}

/// What a round is about.
#[derive(Args, Clone)]
pub(crate) struct RoundArgs {
    /// Balances in whole base units: a CSV file (also gzip or zstd), a Parquet file, sqlite:PATH or
    /// postgres://USER@HOST/DATABASE. Columns: user_id and one for each asset; or user_id,asset,amount
    /// with --assets, the rows of a user next to each other.
    #[arg(long, value_name = "FILE|DATABASE")]
    input: Option<PathBuf>,
    /// Table or view of the database.
    #[arg(long, value_name = "NAME", requires = "input", conflicts_with = "query")]
    table: Option<String>,
    /// Query of the database; with ORDER BY user_id the same rows come in the same order.
    #[arg(long, value_name = "SQL", requires = "input")]
    query: Option<String>,
    /// The exchange, as receipts and challenges name it.
    #[arg(long, default_value = "exchange")]
    exchange: String,
    /// The round (default: the month of the snapshot, such as 2026-11).
    #[arg(long)]
    round: Option<String>,
    /// When balances were taken, in seconds since 1970 (default: now).
    #[arg(long, value_name = "SECONDS")]
    snapshot_at: Option<u64>,
    /// Table of assets: symbol,id,decimals,price (CSV).
    #[arg(long, value_name = "FILE")]
    assets: Option<PathBuf>,
    /// Table of chains: id,height,hash (CSV).
    #[arg(long, value_name = "FILE")]
    chains: Option<PathBuf>,
    /// Currency of the prices.
    #[arg(long, default_value = "USD")]
    currency: String,
    /// Leaves of all assets, or of those that are held (default: what costs fewer rows).
    #[arg(long, value_parser = ["dense", "sparse"])]
    layout: Option<String>,
    /// Rows of a shard, as a power of two (default: 16 for a small round, else 17).
    #[arg(long, value_parser = clap::value_parser!(u8).range(16..=18))]
    log_rows: Option<u8>,
    /// Bundle of the round before.
    #[arg(long, value_name = "DIR")]
    previous: Option<PathBuf>,
    /// File with the secret that customers' secrets are derived from, 64 hexadecimal digits; keep it
    /// over rounds (default: drawn for the job).
    #[arg(long, value_name = "FILE")]
    accounts_secret: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct SnapshotArgs {
    #[command(flatten)]
    round: RoundArgs,
    /// Folder to make; it holds everybody's balances.
    #[arg(long, value_name = "DIR")]
    job: PathBuf,
}

#[derive(Args)]
pub(crate) struct ProveArgs {
    #[command(flatten)]
    round: RoundArgs,
    /// Folder of the job (default: the bundle's name with .job).
    #[arg(long, value_name = "DIR")]
    job: Option<PathBuf>,
    /// Folder to publish into, once everything is proved.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Log of rounds to put the round on the record of; made if it is not there.
    #[arg(long, value_name = "DIR")]
    log: Option<PathBuf>,
    /// Shards proved at a time (default: one for each core; 1.1 GiB of memory each).
    #[arg(long)]
    workers: Option<usize>,
    /// Only these shards, such as 0-99: for several machines that share the folder.
    #[arg(long, value_name = "FIRST-LAST")]
    shards: Option<String>,
    /// Folder to write everybody's receipts into.
    #[arg(long, value_name = "DIR")]
    receipts: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ChainsArgs {
    /// A node of each chain: CHAIN=URL.
    #[arg(long, required = true, value_name = "CHAIN=URL")]
    rpc: Vec<String>,
}

#[derive(Args)]
pub(crate) struct ChallengeArgs {
    /// Folder of the job.
    #[arg(long, value_name = "DIR")]
    job: PathBuf,
    /// List of addresses (docs/reserves-side.md).
    #[arg(long, value_name = "FILE")]
    list: PathBuf,
}

#[derive(Args)]
pub(crate) struct EvidenceArgs {
    /// Folder of the job.
    #[arg(long, value_name = "DIR")]
    job: PathBuf,
    /// Folder with the list.csv, and tokens.csv if there is one; evidence.jsonl is written there.
    #[arg(long, value_name = "DIR")]
    reserves: PathBuf,
    /// A node of a chain, several for several sources: CHAIN=URL.
    #[arg(long, required = true, value_name = "CHAIN=URL")]
    rpc: Vec<String>,
}

#[derive(Args)]
pub(crate) struct AttestArgs {
    /// Folder of the job.
    #[arg(long, value_name = "DIR")]
    job: PathBuf,
    /// Folder with list.csv, and evidence.jsonl and tokens.csv if there are such.
    #[arg(long, value_name = "DIR")]
    reserves: PathBuf,
}

#[derive(Args)]
pub(crate) struct PublishArgs {
    /// Folder of the job.
    #[arg(long, value_name = "DIR")]
    job: PathBuf,
    /// Folder of holdings, as for `attest`.
    #[arg(long, value_name = "DIR")]
    reserves: Option<PathBuf>,
    /// Folder to make.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Log of rounds to put the round on the record of; made if it is not there.
    #[arg(long, value_name = "DIR")]
    log: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct SiteArgs {
    /// Bundles of the rounds.
    #[arg(required = true)]
    bundles: Vec<PathBuf>,
    /// Log of rounds, published beside them.
    #[arg(long, value_name = "DIR")]
    log: Option<PathBuf>,
    /// Folder to make, or to make again with other bundles.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(Args)]
pub(crate) struct VerifyArgs {
    /// The bundle.
    bundle: PathBuf,
    /// Shards verified at a time (default: one for each core).
    #[arg(long)]
    workers: Option<usize>,
    /// File to write the report into, as a page to print (HTML).
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Public key of the log of rounds, or a file with it: its signature is checked too.
    #[arg(long, value_name = "KEY")]
    log_key: Option<String>,
}

#[derive(Args)]
pub(crate) struct VerifyUserArgs {
    /// The receipt.
    receipt: PathBuf,
    /// The bundle.
    #[arg(long, value_name = "DIR")]
    bundle: PathBuf,
}

#[derive(Args)]
pub(crate) struct ReceiptArgs {
    /// The account, as in the table of balances.
    account: String,
    /// Folder of the job.
    #[arg(long, value_name = "DIR")]
    job: PathBuf,
    /// File to write (default: the terminal).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct RerunArgs {
    /// Folder of the job.
    #[arg(long, value_name = "DIR")]
    job: PathBuf,
    /// The bundle.
    #[arg(long, value_name = "DIR")]
    bundle: PathBuf,
    /// The shard, from 0.
    #[arg(long)]
    shard: u32,
}

fn workers(asked: Option<usize>) -> Result<usize> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let workers = asked.unwrap_or(cores);
    anyhow::ensure!(
        (1..=1_024).contains(&workers),
        "--workers: {workers} is not between 1 and 1024"
    );
    Ok(workers)
}

/// The month of a time, such as 2026-11.
fn month(at_s: u64) -> String {
    report::utc(at_s)[..7].to_owned()
}

impl RoundArgs {
    fn of_demo(input: PathBuf, assets: PathBuf, chains: Option<PathBuf>) -> Self {
        Self {
            input: Some(input),
            table: None,
            query: None,
            exchange: "demo".to_owned(),
            round: None,
            snapshot_at: None,
            assets: Some(assets),
            chains,
            currency: "USD".to_owned(),
            layout: None,
            log_rows: None,
            previous: None,
            accounts_secret: None,
        }
    }

    fn source(&self, input: &Path, round: &[Asset]) -> Result<Source> {
        let symbols: Vec<String> = round.iter().map(|asset| asset.symbol.clone()).collect();
        let wanted = Wanted { input, table: self.table.as_deref(), query: self.query.as_deref() };
        Source::open(wanted, &symbols)
    }

    fn snapshot(&self, job: &Path) -> Result<()> {
        let input = self.input.as_deref().context("--input: a table of balances is wanted")?;
        let snapshot_at = self.snapshot_at.unwrap_or_else(setup::now_s);
        let tables = |path: &Option<PathBuf>| path.clone();
        let assets = tables(&self.assets).map_or(Ok(Vec::new()), |path| tables::assets(&path))?;
        let source = self.source(input, &assets)?;
        let chains = tables(&self.chains).map_or(Ok(Vec::new()), |path| tables::chains(&path))?;
        let previous = match &self.previous {
            Some(dir) => {
                let bytes = Bundle::open(dir)?.read(proof::bundle::HEADER)?;
                Some(hex(&Header::parse(&bytes)?.digest()))
            }
            None => None,
        };
        let layout = self.layout.as_deref().map(|layout| match layout {
            "dense" => Layout::Dense,
            _ => Layout::Sparse,
        });
        let request = Request {
            exchange: self.exchange.clone(),
            round: self.round.clone().unwrap_or_else(|| month(snapshot_at)),
            snapshot_at,
            currency: self.currency.clone(),
            chains,
            assets,
            layout,
            log_rows: self.log_rows,
            previous,
            accounts: self.accounts_secret.clone(),
        };
        snapshot(source, request, job)
    }
}

fn job_json(job: &Job) -> Value {
    json!({
        "job": job.dir,
        "exchange": job.header.exchange,
        "round": job.header.round,
        "header": hex(&job.header_digest),
        "users": job.plan.customers,
        "balances": job.plan.balances,
        "assets": job.header.assets.len(),
        "layout": job.header.layout,
        "shards": job.header.shards,
        "slots": job.header.slots,
        "log_rows": job.header.log_rows,
        "proven_bits": proven_bits(&job.systems),
    })
}

fn proven_bits(systems: &proof::systems::Systems) -> f64 {
    let of_shard = proof::argument::proven_bits(&systems.shard);
    let of_totals = proof::argument::proven_bits(&systems.totals);
    (of_shard.min(of_totals) * 10.0).floor() / 10.0
}

/// An amount of base units in whole assets.
pub(crate) fn shown(amount: u128, decimals: u8) -> String {
    let digits = format!("{amount:0width$}", width = usize::from(decimals) + 1);
    let (whole, part) = digits.split_at(digits.len() - usize::from(decimals));
    let grouped: Vec<&str> = whole
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).expect("digits are ASCII"))
        .collect();
    let part = part.trim_end_matches('0');
    let point = if part.is_empty() { "" } else { "." };
    format!("{}{point}{part}", grouped.join(","))
}

fn totals_json(verified: &Opened) -> Vec<Value> {
    let assets = verified.round.header.assets.iter().zip(&verified.round.liabilities.totals);
    let total = |(asset, total): (&Asset, &u128)| {
        json!({
            "asset": asset.symbol,
            "id": asset.id,
            "owed": total.to_string(),
            "owed_shown": shown(*total, asset.decimals),
        })
    };
    assets.map(total).collect()
}

fn verified_json(verified: &Opened) -> Value {
    let header = &verified.round.header;
    json!({
        "verified": true,
        "exchange": header.exchange,
        "round": header.round,
        "snapshot_at": header.snapshot_at,
        "header": hex(&verified.round.digest),
        "root": verified.round.liabilities.root.to_string(),
        "manifest": hex(&verified.digest),
        "constraints": header.constraints,
        "proven_bits": proven_bits(&verified.round.systems),
        "shards": header.shards,
        "files": verified.manifest.files.len() + 1,
        "bytes": bundle::bytes_of(verified),
        "totals": totals_json(verified),
    })
}

fn print_totals(verified: &Opened) {
    let header = &verified.round.header;
    println!("\nowed to customers of {} in round {}:", header.exchange, header.round);
    for (asset, total) in header.assets.iter().zip(&verified.round.liabilities.totals) {
        println!("  {:<12} {:>32}", asset.symbol, shown(*total, asset.decimals));
    }
}

fn take_snapshot(args: &SnapshotArgs, json: bool) -> Result<()> {
    let (taken, cpu_s) = cpu_of(|| args.round.snapshot(&args.job));
    taken?;
    let job = Job::open(&args.job)?;
    let mut report = job_json(&job);
    report["cpu_s"] = json!(cpu_s);
    if json {
        println!("{report}");
    } else {
        println!(
            "{} users in {} shards: prove them with `ringfence reserves prove --job {}`",
            job.plan.customers,
            job.header.shards,
            args.job.display()
        );
    }
    Ok(())
}

fn range(text: &str, shards: u32) -> Result<std::ops::Range<u32>> {
    let wrong = || {
        format!("--shards: '{text}' is no range of shards: such as 0-{}", shards.saturating_sub(1))
    };
    let (first, last) = text.split_once('-').with_context(wrong)?;
    let first: u32 = first.parse().with_context(wrong)?;
    let last: u32 = last.parse().with_context(wrong)?;
    if first > last || last >= shards {
        bail!(wrong());
    }
    Ok(first..last + 1)
}

#[allow(clippy::disallowed_methods, reason = "a run is measured in wall time too")]
fn prove_job(args: &ProveArgs, json: bool) -> Result<()> {
    let dir = match (&args.job, &args.out) {
        (Some(job), _) => job.clone(),
        (None, Some(out)) => {
            let mut name = out.clone().into_os_string();
            name.push(".job");
            PathBuf::from(name)
        }
        (None, None) => bail!("--job or --out: a folder is wanted"),
    };
    if let Some(out) = &args.out {
        anyhow::ensure!(
            !out.exists(),
            "--out {}: it is there already; a published bundle is not overwritten",
            out.display()
        );
    }
    let begin = Instant::now();
    let snapshot_cpu_s = match &args.round.input {
        Some(_) if !dir.exists() => {
            let (taken, cpu_s) = cpu_of(|| args.round.snapshot(&dir));
            taken?;
            cpu_s
        }
        Some(input) => {
            // A run that was stopped goes on; of other balances it must not.
            let job = Job::open(&dir)?;
            let mut source = args.round.source(input, &job.header.assets)?;
            while source.next()?.is_some() {}
            anyhow::ensure!(
                hex(&source.digest()) == job.plan.input,
                "{}: the job there is of another table, or of the same rows in another order (ORDER BY): \
                 take another --job, or remove it",
                dir.display()
            );
            0.0
        }
        None => 0.0,
    };
    let job = Job::open(&dir)?;
    let shards = match &args.shards {
        Some(text) => range(text, job.header.shards)?,
        None => 0..job.header.shards,
    };
    let (done, prove_cpu_s) =
        cpu_of(|| workers(args.workers).and_then(|n| prove::run(&job, shards, n)));
    let done = done?;
    let mut report = job_json(&job);
    report["snapshot_cpu_s"] = json!(snapshot_cpu_s);
    report["prove_cpu_s"] = json!(prove_cpu_s);
    report["shards_proved_now"] = json!(done.shards);
    report["is_complete"] = json!(done.is_complete);
    report["users_per_cpu_s"] = json!(done.customers as f64 / (prove_cpu_s + snapshot_cpu_s));
    if let Some(folder) = &args.receipts {
        report["receipts"] = json!(write_receipts(&job, folder)?);
    }
    let mut verified = None;
    if let (Some(out), true) = (&args.out, done.is_complete) {
        let (published, cpu_s) = cpu_of(|| {
            let workers = workers(args.workers)?;
            bundle::publish(&job, out, &[], args.log.as_deref(), workers)
        });
        let published = published?;
        report["bundle"] = json!(out);
        report["verify_cpu_s"] = json!(cpu_s);
        report["root"] = json!(published.round.liabilities.root.to_string());
        report["bundle_bytes"] = json!(bundle::bytes_of(&published));
        report["totals"] = json!(totals_json(&published));
        verified = Some(published);
    }
    report["wall_s"] = json!(begin.elapsed().as_secs_f64());
    report["peak_memory_mib"] = json!(peak_memory_mib());
    if json {
        println!("{report}");
        return Ok(());
    }
    println!(
        "{} shards proved now, {:.1} CPU-s, {:.1} proven bits",
        done.shards,
        prove_cpu_s,
        proven_bits(&job.systems)
    );
    if let Some(verified) = &verified {
        print_totals(verified);
        let out = args.out.as_ref().context("it was published somewhere")?;
        println!("\npublished and verified: {}", out.display());
        println!("private, never to be published: {}", dir.display());
        println!(
            "a customer's receipt: ringfence reserves receipt USER_ID --job {}",
            dir.display()
        );
    } else if !done.is_complete {
        println!("other shards are left: the totals are proved by the run that finds all done");
    }
    Ok(())
}

/// Writes everybody's receipts, each into a file of the account's name.
fn write_receipts(job: &Job, folder: &Path) -> Result<u64> {
    files::private_folder(folder)?;
    let mut count = 0;
    for shard in 0..job.header.shards {
        for receipt in job.receipts(shard, |_| true)? {
            // A name may hold what a file's may not.
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_@".contains(&byte);
            let name: String = receipt
                .account
                .bytes()
                .map(|byte| match byte {
                    byte if is_plain(byte) => char::from(byte).to_string(),
                    byte => format!("%{byte:02x}"),
                })
                .collect();
            let path = folder.join(format!("{name}.json"));
            files::write_private(&path, &receipt.encode())?;
            count += 1;
        }
    }
    Ok(count)
}

fn nodes(texts: &[String]) -> Result<Vec<Node>> {
    texts.iter().map(|text| Node::parse(text).context("--rpc")).collect()
}

fn chains(args: &ChainsArgs, json: bool) -> Result<()> {
    let blocks: Vec<proof::header::Chain> =
        nodes(&args.rpc)?.iter().map(Node::block).collect::<Result<_>>()?;
    if json {
        println!("{}", json!({ "chains": blocks }));
        return Ok(());
    }
    println!("id,height,hash");
    for block in blocks {
        println!("{},{},{}", block.id, block.height, block.hash);
    }
    Ok(())
}

fn challenge(args: &ChallengeArgs, json: bool) -> Result<()> {
    let header = Job::open(&args.job)?.header;
    let challenge = holdings::challenge(&header)?;
    let list = files::read(&args.list, 1 << 30)?;
    for row in attest::list::List::open(list.as_slice())? {
        let row = row?;
        let message = challenge.text(row.chain, &row.address);
        if json {
            let (chain, address) = (row.chain.to_string(), row.address);
            println!("{}", json!({ "chain": chain, "address": address, "message": message }));
        } else {
            println!("{message}");
        }
    }
    Ok(())
}

fn evidence(args: &EvidenceArgs, json: bool) -> Result<()> {
    let header = Job::open(&args.job)?.header;
    let found = holdings::read(&args.reserves)?;
    let nodes = nodes(&args.rpc)?;
    let lines = holdings::gather(&header, &found.list, found.tokens.as_deref(), &nodes)?;
    let path = args.reserves.join(holdings::EVIDENCE);
    files::write(&path, lines.as_bytes())?;
    if json {
        println!("{}", json!({ "evidence": path, "lines": lines.lines().count() }));
    } else {
        println!("{} lines: {}", lines.lines().count(), path.display());
    }
    Ok(())
}

fn holdings_json(header: &Header, report: &Report) -> Value {
    let asset = |asset: &proof::header::Asset| {
        let sum = report.summary.asset(&asset.symbol);
        let at = |level: Level| sum.at(level).to_string();
        json!({
            "asset": asset.symbol, "rows": sum.rows, "held": sum.total().to_string(),
            "proof": at(Level::Proof), "two_sources": at(Level::TwoSources), "claim": at(Level::Claim),
        })
    };
    let mapped = report
        .mapped
        .iter()
        .map(|((asset, chain), rows)| json!({ "asset": asset, "chain": chain, "rows": rows }));
    json!({
        "rows": report.rows,
        "replayable": report.replayable,
        "mapped": mapped.collect::<Vec<_>>(),
        "assets": header.assets.iter().map(asset).collect::<Vec<_>>(),
    })
}

fn print_holdings(header: &Header, totals: Option<&[u128]>, report: &Report) {
    println!("\nheld, and how surely that is known:");
    for (place, asset) in header.assets.iter().enumerate() {
        let sum = report.summary.asset(&asset.symbol);
        let amount = |amount: model::Amount| {
            amount
                .to_u128()
                .map_or_else(|| amount.to_string(), |units| shown(units, asset.decimals))
        };
        let levels = Level::ALL.into_iter().filter(|level| !sum.at(*level).is_zero());
        let levels = levels.map(|level| match (level, amount(sum.at(level))) {
            (Level::Proof, amount) => format!("{amount} proved"),
            (Level::TwoSources, amount) => format!("{amount} by two sources"),
            (Level::Claim, amount) => format!("{amount} claimed"),
        });
        let held = sum.total();
        let ratio = totals.map_or(String::new(), |totals| {
            ratio(held.to_u128().unwrap_or(u128::MAX), totals[place])
        });
        let levels = levels.collect::<Vec<_>>().join(", ");
        println!("  {:<8} {:>28} {ratio:>12}   {levels}", asset.symbol, amount(held));
    }
    if report.replayable > 0 {
        let rows = report.replayable;
        println!("  {rows} rows are signed with a sentence that can be replayed: claims only");
    }
    for ((asset, chain), rows) in &report.mapped {
        println!("  {rows} rows of {asset} are on {chain}, which is not the asset's own chain");
    }
}

/// What is held for what is owed, in percent, never rounded up.
fn ratio(held: u128, owed: u128) -> String {
    let wide = |number: u128| number as f64;
    match (owed, held.checked_mul(10_000)) {
        (0, _) => "nothing is owed".to_owned(),
        (owed, Some(held)) => {
            let hundredths = held / owed;
            format!("{}.{:02} %", hundredths / 100, hundredths % 100)
        }
        (owed, None) => {
            format!("{:.2} %", (wide(held) / wide(owed) * 100.0 * 100.0).floor() / 100.0)
        }
    }
}

fn attest_list(args: &AttestArgs, json: bool) -> Result<()> {
    let header = Job::open(&args.job)?.header;
    let report = holdings::judged(&header, &holdings::read(&args.reserves)?)?;
    if json {
        println!("{}", holdings_json(&header, &report));
    } else {
        println!("{} rows hold", report.rows);
        print_holdings(&header, None, &report);
    }
    Ok(())
}

fn publish(args: &PublishArgs, json: bool) -> Result<()> {
    let job = Job::open(&args.job)?;
    let is_complete = job.done_file(proof::bundle::LIABILITIES).exists();
    anyhow::ensure!(
        is_complete,
        "{}: not all is proved: run `ringfence reserves prove --job` to its end",
        args.job.display()
    );
    let reserves = match &args.reserves {
        Some(dir) => holdings::for_bundle(&job.header, holdings::read(dir)?)?,
        None => Vec::new(),
    };
    let verified =
        bundle::publish(&job, &args.out, &reserves, args.log.as_deref(), workers(None)?)?;
    if json {
        println!("{}", verified_json(&verified));
    } else {
        print_totals(&verified);
        println!("\npublished and verified: {}", args.out.display());
    }
    Ok(())
}

fn make_site(args: &SiteArgs, json: bool) -> Result<()> {
    let mut bundles = Vec::new();
    for dir in &args.bundles {
        let bundle = Bundle::open(dir)?;
        let opened = bundle::verify(&bundle, workers(None)?)
            .with_context(|| format!("{}: it is not published", dir.display()))?;
        bundles.push((bundle, opened));
    }
    let rounds = site::make(&bundles, args.log.as_deref(), &args.out)?;
    if json {
        println!("{}", json!({ "site": args.out, "rounds": rounds }));
    } else {
        println!("{} rounds: serve {} from any host, or set", rounds.len(), args.out.display());
        println!("  reserves_site = \"{}\"", args.out.display());
        println!("and have them under /reserves/ of `ringfence serve`");
    }
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "a run is measured in wall time too")]
fn verify(args: &VerifyArgs, json: bool) -> Result<()> {
    let begin = Instant::now();
    let (verified, cpu_s) = cpu_of(|| {
        let bundle = Bundle::open(&args.bundle)?;
        bundle::verify(&bundle, workers(args.workers)?)
    });
    let verified = verified?;
    let recorded = recorded(&args.bundle, &verified, args.log_key.as_deref())?;
    let held = holdings::of_bundle(&Bundle::open(&args.bundle)?, &verified.round.header)?;
    if let Some(path) = &args.report {
        let page = report::html(&report::Findings {
            opened: &verified,
            bits: proven_bits(&verified.round.systems),
            bytes: bundle::bytes_of(&verified),
            recorded: recorded.as_ref(),
            held: held.as_ref(),
            checked_at: setup::now_s(),
            shown,
            ratio,
        });
        files::write(path, page.as_bytes())?;
    }
    if json {
        let mut report = verified_json(&verified);
        report["log"] = json!(recorded);
        report["reserves"] =
            json!(held.as_ref().map(|held| holdings_json(&verified.round.header, held)));
        report["cpu_s"] = json!(cpu_s);
        report["wall_s"] = json!(begin.elapsed().as_secs_f64());
        println!("{report}");
        return Ok(());
    }
    let header = &verified.round.header;
    println!("verified: every proof of this bundle holds, by this program's own constraints");
    println!("  exchange      {}", header.exchange);
    println!("  round         {}", header.round);
    println!("  header        {}", hex(&verified.round.digest));
    println!("  root          {}", verified.round.liabilities.root);
    println!("  shards        {}", header.shards);
    println!("  proven bits   {}", proven_bits(&verified.round.systems));
    match &recorded {
        Some(Recorded { log, index, size, is_signature_checked }) => {
            let signature = if *is_signature_checked {
                "signed by it"
            } else {
                "its signature not checked: --log-key"
            };
            println!("  on record     entry {index} of {size} in {log}, {signature}");
        }
        None => println!("  on record     no log's proof is in the bundle"),
    }
    print_totals(&verified);
    if let Some(held) = &held {
        print_holdings(header, Some(&verified.round.liabilities.totals), held);
    } else {
        println!("\nwhat the exchange holds is not in this bundle");
    }
    Ok(())
}

/// Where a bundle is on the record, if it says so.
fn recorded(dir: &Path, opened: &Opened, key: Option<&str>) -> Result<Option<Recorded>> {
    let path = dir.join(proof::bundle::JOURNAL);
    let key = key.map(log::key).transpose()?;
    if !path.exists() {
        anyhow::ensure!(key.is_none(), "--log-key: no log's proof is in the bundle");
        return Ok(None);
    }
    let text = files::read(&path, log::PROOF_LEN_MAX)?;
    Ok(Some(log::check(&text, opened, key.as_ref())?))
}

fn verify_user(args: &VerifyUserArgs, json: bool) -> Result<()> {
    let bundle = Bundle::open(&args.bundle)?;
    let round = bundle.round()?;
    let receipt = round.check_receipt(&files::read(&args.receipt, RECEIPT_LEN_MAX)?)?;
    round.check_shard(receipt.shard, &bundle.read(&proof::bundle::shard_name(receipt.shard))?)?;
    round.check_totals(&bundle.read(proof::bundle::TOTALS)?)?;
    let decimals = |symbol: &str| {
        let asset = round.header.assets.iter().find(|asset| asset.symbol == symbol);
        asset.map_or(0, |asset| asset.decimals)
    };
    if json {
        let entries = receipt.entries.iter().map(|(asset, amount)| {
            json!({ "asset": asset, "amount": amount.to_string(),
                    "amount_shown": shown(*amount, decimals(asset)) })
        });
        let report = json!({
            "verified": true,
            "account": receipt.account,
            "exchange": round.header.exchange,
            "round": round.header.round,
            "header": hex(&round.digest),
            "root": round.liabilities.root.to_string(),
            "shard": receipt.shard,
            "index": receipt.path.index,
            "entries": entries.collect::<Vec<_>>(),
        });
        println!("{report}");
        return Ok(());
    }
    println!(
        "verified: these balances of {} are counted, once, in what {} owes in round {}",
        receipt.account, round.header.exchange, round.header.round
    );
    for (asset, amount) in receipt.entries.iter().filter(|(_, amount)| *amount > 0) {
        println!("  {asset:<12} {:>32}", shown(*amount, decimals(asset)));
    }
    Ok(())
}

fn receipt(args: &ReceiptArgs, json: bool) -> Result<()> {
    let receipt = Job::open(&args.job)?.receipt(&args.account)?.encode();
    match &args.out {
        Some(path) => {
            files::write_private(path, &receipt)?;
            if json {
                println!("{}", json!({ "receipt": path }));
            }
        }
        None => println!("{}", String::from_utf8(receipt).context("a receipt is text")?),
    }
    Ok(())
}

fn rerun(args: &RerunArgs, json: bool) -> Result<()> {
    let job = Job::open(&args.job)?;
    anyhow::ensure!(
        args.shard < job.header.shards,
        "--shard: {} of {} shards, from 0",
        args.shard,
        job.header.shards
    );
    let bundle = Bundle::open(&args.bundle)?;
    let published = bundle.read(&proof::bundle::shard_name(args.shard))?;
    let again = prove::prove_shard(&job, args.shard)?;
    anyhow::ensure!(
        again.proof == published,
        "shard {}: proved again it has other bytes than the bundle: the bundle is not of this job",
        args.shard
    );
    if json {
        println!("{}", json!({ "shard": args.shard, "is_same": true, "bytes": published.len() }));
    } else {
        println!("shard {}: the same {} bytes", args.shard, published.len());
    }
    Ok(())
}

pub(crate) fn run(command: &ReservesCommand, json: bool) -> Result<()> {
    match command {
        ReservesCommand::Demo(args) => demo::demo(args, json),
        ReservesCommand::Snapshot(args) => take_snapshot(args, json),
        ReservesCommand::Prove(args) => prove_job(args, json),
        ReservesCommand::Chains(args) => chains(args, json),
        ReservesCommand::Challenge(args) => challenge(args, json),
        ReservesCommand::Evidence(args) => evidence(args, json),
        ReservesCommand::Attest(args) => attest_list(args, json),
        ReservesCommand::Publish(args) => publish(args, json),
        ReservesCommand::Site(args) => make_site(args, json),
        ReservesCommand::Verify(args) => verify(args, json),
        ReservesCommand::VerifyUser(args) => verify_user(args, json),
        ReservesCommand::Receipt(args) => receipt(args, json),
        ReservesCommand::Rerun(args) => rerun(args, json),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_whole() {
        assert_eq!(shown(123_456_789_012, 8), "1,234.56789012");
        assert_eq!(shown(5, 8), "0.00000005");
        assert_eq!(shown(0, 8), "0");
        assert_eq!(shown(1_000, 0), "1,000");
    }
}
