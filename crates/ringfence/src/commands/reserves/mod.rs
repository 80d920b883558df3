//! `ringfence reserves`: what is owed, proved, published and verified.

mod args;
pub(crate) mod bench;
mod demo;
mod held;
mod show;

use anyhow::{Context, Result, bail};
use proof::bundle::Opened;
use proof::header::{Asset, Header};
use proof::leaf::Layout;
use proof::margin::Margin;
use proof::receipt::MarginEntry;
use proof::systems::hex;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(crate) use args::ReservesCommand;
use args::{
    CosignedArgs, ProveArgs, PublishArgs, ReceiptArgs, RerunArgs, RoundArgs, SiteArgs,
    SnapshotArgs, VerifyArgs, VerifyUserArgs,
};
use held::{attest_list, chains, challenge, evidence};
use show::{
    Owed, holdings_json, job_json, print_holdings, print_totals, proven_bits, ratio, shown,
    totals_json, verified_json,
};

use super::bench::peak_memory_mib;
use crate::measure::cpu_of;
use crate::reserves::bundle::{self, Bundle};
use crate::reserves::holdings;
use crate::reserves::input::{Source, Wanted};
use crate::reserves::job::Job;
use crate::reserves::log::{self, Recorded};
use crate::reserves::snapshot::{Request, column_names, snapshot};
use crate::reserves::{cosigned, files, prove, report, site, tables};
use crate::setup;
use crate::witnesses::{self, Demand};

/// Largest receipt.
const RECEIPT_LEN_MAX: u64 = proof::receipt::LEN_MAX as u64;

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
            margin: None,
            currency: "USD".to_owned(),
            layout: None,
            log_rows: None,
            previous: None,
            accounts_secret: None,
        }
    }

    fn source(&self, input: &Path, assets: &[Asset], margin: &[Margin]) -> Result<Source> {
        let symbols = column_names(assets, margin);
        let wanted = Wanted { input, table: self.table.as_deref(), query: self.query.as_deref() };
        Source::open(wanted, &symbols)
    }

    fn snapshot(&self, job: &Path) -> Result<()> {
        let input = self.input.as_deref().context("--input: a table of balances is wanted")?;
        let snapshot_at = self.snapshot_at.unwrap_or_else(setup::now_s);
        let tables = |path: &Option<PathBuf>| path.clone();
        let assets = tables(&self.assets).map_or(Ok(Vec::new()), |path| tables::assets(&path))?;
        let margin = tables(&self.margin).map_or(Ok(Vec::new()), |path| tables::margin(&path))?;
        let source = self.source(input, &assets, &margin)?;
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
            margin,
            layout,
            log_rows: self.log_rows,
            previous,
            accounts: self.accounts_secret.clone(),
        };
        snapshot(source, request, job)
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
            let mut source = args.round.source(input, &job.header.assets, &job.header.margin)?;
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

fn take_cosigned(args: &CosignedArgs, json: bool) -> Result<()> {
    let known = witnesses::read(&args.witness)?;
    let taken = cosigned::take(&args.notes, &args.log, &args.bundle, &known)?;
    if json {
        println!("{}", serde_json::to_string(&taken)?);
        return Ok(());
    }
    let names: Vec<&str> = taken.witnesses.iter().map(|one| one.name.as_str()).collect();
    println!("{} of {} entries, co-signed by {}", taken.log, taken.size, names.join(", "));
    if !taken.is_newest {
        println!("  the log has grown since: have its newest checkpoint co-signed too");
    }
    for of in &taken.bundles {
        let what = if of.is_replaced { "its proof has" } else { "left as it is, its proof has" };
        println!("  {}: {what} {} witnesses", of.bundle.display(), of.witnesses);
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
    let demand = args.witnesses.demand()?;
    anyhow::ensure!(
        demand.witnesses.is_empty() || args.log_key.is_some(),
        "--witness: --log-key is wanted too; what witnesses co-sign is what the log signed"
    );
    let (verified, cpu_s) = cpu_of(|| {
        let bundle = Bundle::open(&args.bundle)?;
        bundle::verify(&bundle, workers(args.workers)?)
    });
    let verified = verified?;
    let recorded = recorded(&args.bundle, &verified, args.log_key.as_deref(), &demand)?;
    let held = holdings::of_bundle(&Bundle::open(&args.bundle)?, &verified.round.header)?;
    let to_hold = verified.round.liabilities.to_hold(&verified.round.header)?;
    if let Some(path) = &args.report {
        let page = report::html(&report::Findings {
            opened: &verified,
            bits: proven_bits(&verified.round.systems),
            bytes: bundle::bytes_of(&verified),
            recorded: recorded.as_ref(),
            held: held.as_ref(),
            to_hold: &to_hold,
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
        Some(recorded) => {
            let Recorded { log, index, size, is_signature_checked, .. } = recorded;
            let signature = if *is_signature_checked {
                "signed by it"
            } else {
                "its signature not checked: --log-key"
            };
            println!("  on record     entry {index} of {size} in {log}, {signature}");
            println!("  witnesses     {}", report::witnesses(recorded));
        }
        None => println!("  on record     no log's proof is in the bundle"),
    }
    print_totals(&verified);
    if let Some(held) = &held {
        let totals = &verified.round.liabilities.totals;
        print_holdings(header, Some(Owed { totals, to_hold: &to_hold }), held);
    } else {
        println!("\nwhat the exchange holds is not in this bundle");
    }
    Ok(())
}

/// Where a bundle is on the record, if it says so.
fn recorded(
    dir: &Path,
    opened: &Opened,
    key: Option<&str>,
    demand: &Demand,
) -> Result<Option<Recorded>> {
    let path = dir.join(proof::bundle::JOURNAL);
    let key = key.map(log::key).transpose()?;
    if !path.exists() {
        anyhow::ensure!(key.is_none(), "--log-key: no log's proof is in the bundle");
        return Ok(None);
    }
    let text = files::read(&path, log::PROOF_LEN_MAX)?;
    Ok(Some(log::check(&text, opened, key.as_ref(), demand)?))
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
        let margin = receipt.margin.iter().map(|entry| {
            json!({ "asset": entry.asset, "pledged": entry.pledged.to_string(),
                    "debt": entry.debt.to_string() })
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
            "margin": margin.collect::<Vec<_>>(),
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
    for MarginEntry { asset, pledged, debt } in &receipt.margin {
        let [pledged, debt] = [pledged, debt].map(|units| shown(*units, decimals(asset)));
        println!("  {asset:<12} {pledged:>32} pledged beside it, {debt} borrowed");
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
        ReservesCommand::Cosigned(args) => take_cosigned(args, json),
        ReservesCommand::Site(args) => make_site(args, json),
        ReservesCommand::Verify(args) => verify(args, json),
        ReservesCommand::VerifyUser(args) => verify_user(args, json),
        ReservesCommand::Receipt(args) => receipt(args, json),
        ReservesCommand::Rerun(args) => rerun(args, json),
    }
}
