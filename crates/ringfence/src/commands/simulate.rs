//! `ringfence simulate`: a market with ground truth, and how well each pattern finds its crime.

use anyhow::{Context, Result};
use clap::Args;
use intel::sources::Source;
use intel::{Directory, Snapshot};
use model::{Level, Network};
use onchain::patterns::Pattern;
use serde_json::json;
use simulate::{Crime, Market};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use crate::config::Config;
use crate::{Common, setup};

#[derive(Args)]
pub(crate) struct SimulateArgs {
    /// Seed of the market.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Transactions to draw.
    #[arg(long, default_value_t = 300_000)]
    transactions: u64,
    /// People in the market.
    #[arg(long, default_value_t = 20_000)]
    people: u32,
    /// Transactions a simulated second.
    #[arg(long, default_value_t = 0.01)]
    rate: f64,
    /// Crimes begun in ten thousand transactions.
    #[arg(long, default_value_t = 4.0)]
    crimes: f64,
    /// Write every transaction with its truth as a line of JSON.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// The lists of a simulated market, read by the same importer as real ones.
pub(crate) fn market_lists(market: &Market) -> Result<Snapshot> {
    let mut csv = String::from("chain,address,name,labels\n");
    let name = |address| chain::format_address(Network::ETHEREUM, address).to_lowercase();
    for (i, exchange) in market.exchanges().iter().enumerate() {
        csv.push_str(&format!("ethereum,{},Exchange {},exchange\n", name(exchange), i + 1));
    }
    for (i, (thief, category)) in market.listed().iter().enumerate() {
        let label = match *category {
            "hack" => "heist",
            "mixer" => "tornado-cash",
            "sanctions" => "ofac-sanctions-lists",
            _ => "phish-hack",
        };
        csv.push_str(&format!("ethereum,{},Simulated thief {},{label}\n", name(thief), i + 1));
    }
    let source = Source::find("etherscan-labels").context("the importer of explorer labels")?;
    Ok(source.read(&[csv.as_bytes()], None)?)
}

/// The pattern that a crime should be found by; `None` where exposure to listed addresses finds it.
fn pattern_of(crime: Crime) -> Option<Pattern> {
    match crime {
        Crime::Drainer => Some(Pattern::Drainer),
        Crime::Poisoner => Some(Pattern::Poisoning),
        Crime::Mixer => Some(Pattern::MixerShape),
        Crime::Peeler => Some(Pattern::PeelChain),
        Crime::StructurerOut => Some(Pattern::FanOut),
        Crime::StructurerIn => Some(Pattern::FanIn),
        Crime::PassThrough => Some(Pattern::PassThrough),
        Crime::Takeover => Some(Pattern::FreshDestination),
        Crime::DormantTheft => Some(Pattern::DormantAwakening),
        Crime::FakeToken => Some(Pattern::FakeToken),
        Crime::PigButchering | Crime::Laundering => None,
    }
}

#[derive(Default)]
struct Count {
    telling: u64,
    found: u64,
    stopped: u64,
}

pub(crate) fn simulate(config: &Config, args: &SimulateArgs, json: bool) -> Result<()> {
    anyhow::ensure!(args.rate.is_finite() && args.rate > 0.0, "--rate: it must be above 0");
    let mut market = Market::new(simulate::Config {
        seed: args.seed,
        people: args.people,
        transactions_per_s: args.rate,
        crimes_per_10k: args.crimes,
        ..simulate::Config::default()
    });
    let directory = Directory::new([market_lists(&market)?]);
    let mut engine = setup::engine(config, directory)?;
    let mut recorder = super::replay::OffTheRecord::default();
    let mut out = match &args.out {
        Some(path) => Some(std::io::BufWriter::new(
            std::fs::File::create(path).with_context(|| format!("--out {}", path.display()))?,
        )),
        None => None,
    };
    let mut crimes: BTreeMap<Crime, Count> = BTreeMap::new();
    let mut alarms: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut ordinary, mut challenged, mut held) = (0u64, 0u64, 0u64);
    for _ in 0..args.transactions {
        let told = market.next_transaction();
        let decisions = engine.decide(std::slice::from_ref(&told.transaction), &mut recorder)?;
        let level = decisions.iter().map(|decision| decision.level).max().unwrap_or(Level::Allow);
        let patterns = decisions.iter().fold(0, |bits, decision| bits | decision.patterns.0);
        let patterns = onchain::patterns::PatternSet(patterns);
        match told.truth.crime {
            None => {
                ordinary += 1;
                challenged += u64::from(level == Level::Challenge);
                held += u64::from(level >= Level::Hold);
                for pattern in patterns.iter() {
                    *alarms.entry(pattern.code()).or_default() += 1;
                }
            }
            Some(crime) if told.truth.is_telling => {
                let count = crimes.entry(crime).or_default();
                count.telling += 1;
                let is_found = match pattern_of(crime) {
                    Some(pattern) => patterns.contains(pattern),
                    None => level >= Level::Challenge,
                };
                count.found += u64::from(is_found);
                count.stopped += u64::from(level >= Level::Challenge);
            }
            Some(_) => {}
        }
        if let Some(out) = &mut out {
            let line = json!({ "transaction": told.transaction, "truth": told.truth });
            writeln!(out, "{line}").context("--out")?;
        }
    }
    let rows: Vec<_> = crimes
        .iter()
        .map(|(crime, count)| {
            let pattern = pattern_of(*crime).map_or("exposure", Pattern::code);
            let wrong = alarms.get(pattern).copied().unwrap_or(0);
            json!({
                "crime": crime.name(),
                "found_by": pattern,
                "telling_transfers": count.telling,
                "recall": count.found as f64 / count.telling.max(1) as f64,
                "confirmed_or_held": count.stopped as f64 / count.telling.max(1) as f64,
                "false_alarms_per_million": wrong as f64 * 1e6 / ordinary.max(1) as f64,
            })
        })
        .collect();
    if json {
        println!(
            "{}",
            json!({
                "transactions": args.transactions,
                "ordinary": ordinary,
                "ordinary_challenged": challenged,
                "ordinary_held": held,
                "crimes": rows,
            })
        );
        return Ok(());
    }
    println!(
        "synthetic market, seed {}: {} transactions, {ordinary} ordinary",
        args.seed, args.transactions
    );
    println!(
        "{:<16} {:<18} {:>8} {:>8} {:>9} {:>22}",
        "crime", "found by", "telling", "recall", "stopped", "false alarms / million"
    );
    for row in &rows {
        println!(
            "{:<16} {:<18} {:>8} {:>8.3} {:>9.3} {:>22.1}",
            row["crime"].as_str().unwrap_or(""),
            row["found_by"].as_str().unwrap_or(""),
            row["telling_transfers"],
            row["recall"].as_f64().unwrap_or(0.0),
            row["confirmed_or_held"].as_f64().unwrap_or(0.0),
            row["false_alarms_per_million"].as_f64().unwrap_or(0.0),
        );
    }
    println!(
        "of ordinary transactions {:.3} % were to be confirmed and {:.3} % held",
        challenged as f64 * 100.0 / ordinary.max(1) as f64,
        held as f64 * 100.0 / ordinary.max(1) as f64
    );
    Ok(())
}
