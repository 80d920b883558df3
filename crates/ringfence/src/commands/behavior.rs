//! `ringfence behavior`: what accounts do, simulated, learned and measured; places and sign-ins.

use anyhow::{Context, Result, bail};
use behavior::BehaviorError;
use behavior::assess::{DEFAULT_PACK, Judge};
use behavior::place::{GeoDatabases, List, Place, Places};
use behavior::rba::{Rows, Scores};
use clap::{Args, Subcommand};
use serde_json::json;
use simulate::customers::Config;
use simulate::customers::evaluate::{
    BUDGETS, Cell, Detected, Report, Share, evaluate, learn, weights,
};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::input::{open, read_all};
use crate::measure::cpu_of;

/// Largest list that is read, decompressed.
const LIST_LEN_MAX: u64 = 64 << 20;
/// Largest database of places.
const DATABASE_LEN_MAX: u64 = 512 << 20;
/// Largest rule pack.
const PACK_LEN_MAX: u64 = 1 << 20;
/// Bad rows that are shown; all are counted.
const BAD_ROWS_SHOWN: usize = 20;

#[derive(Subcommand)]
pub(crate) enum BehaviorCommand {
    /// Simulate customers and attackers, and print how many attacks are found at which alert budget.
    Evaluate {
        #[command(flatten)]
        simulation: SimulationArgs,
        /// Rule pack to measure, instead of the default.
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
    },
    /// Learn the weights from simulated customers and print them.
    Train {
        #[command(flatten)]
        simulation: SimulationArgs,
        /// Write them there.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Compile a pack of rules about behaviour and run its test cases; without a file, the default.
    Rules {
        /// Rule pack.
        file: Option<PathBuf>,
    },
    /// List the facts that rules about behaviour may speak about.
    Facts,
    /// Say what lists and databases know of an address.
    Place(PlaceArgs),
    /// Score the sign-ins of a file in the format of the public RBA data set.
    Rba {
        /// The file, plain, gzip or zstd.
        file: PathBuf,
        /// Print the score of each row.
        #[arg(long)]
        rows: bool,
    },
}

#[derive(Args)]
pub(crate) struct SimulationArgs {
    /// Customers.
    #[arg(long, default_value_t = 4_000, value_parser = clap::value_parser!(u32).range(100..=200_000))]
    customers: u32,
    /// Days.
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u32).range(30..=1_000))]
    days: u32,
    /// Seed of everything that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Customers in a thousand who are attacked.
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    attacked: u32,
}

#[derive(Args)]
pub(crate) struct PlaceArgs {
    /// The address.
    ip: IpAddr,
    /// List of Tor's exits, one address a line.
    #[arg(long, value_name = "FILE")]
    tor: Option<PathBuf>,
    /// Lists of VPNs, one network a line.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    vpn: Vec<PathBuf>,
    /// Lists of data centres, one network a line.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    datacenter: Vec<PathBuf>,
    /// Database of cities in MaxMind's format.
    #[arg(long, value_name = "FILE")]
    city: Option<PathBuf>,
    /// Database of autonomous systems in MaxMind's format.
    #[arg(long, value_name = "FILE")]
    asn: Option<PathBuf>,
    /// Database of anonymous addresses in MaxMind's format.
    #[arg(long, value_name = "FILE")]
    anonymous: Option<PathBuf>,
}

impl SimulationArgs {
    fn config(&self) -> Config {
        Config {
            seed: self.seed,
            customers: self.customers,
            days: self.days,
            attacked_per_1000: self.attacked,
        }
    }
}

fn per_cent(share: Share) -> String {
    format!("{:5.1} %", share.value() * 100.0)
}

fn row(name: &str, shares: impl Iterator<Item = Share>) {
    let shown: Vec<String> = shares.map(per_cent).collect();
    println!("  {name:<28} {}", shown.join("  "));
}

fn print_cells(cells: &[Cell]) {
    for cell in cells {
        let form = if cell.is_hard { "hard" } else { "easy" };
        let of = cell.found.first().map_or(0, |share| share.of);
        row(&format!("{}, {form} ({of})", cell.attack.name()), cell.found.iter().copied());
    }
}

fn print_report(report: &Report, cpu_s: f64) {
    let Config { seed, customers, days, .. } = report.config;
    let budgets: Vec<String> =
        BUDGETS.iter().map(|budget| format!("{:5.1} %", f64::from(*budget) / 100.0)).collect();
    println!(
        "{customers} customers, {days} days, seed {seed}; measured on the last 40 % of the days: \
         {} honest withdrawals, {} attacks",
        report.honest, report.attacks
    );
    println!(
        "\nattacks whose first withdrawal is stopped when so many honest ones are stopped too:"
    );
    println!("  {:<28} {}", "", budgets.join("  "));
    for Detected { name, budgets, .. } in &report.detectors {
        row(&format!("{name}, easy"), budgets.iter().map(|budget| budget.easy));
        row(&format!("{name}, hard"), budgets.iter().map(|budget| budget.hard));
    }
    if let Some(best) = report.detectors.last() {
        println!("\n{}, by attack (number of attacks):", best.name);
        print_cells(&best.cells);
    }
    println!("\nweights alone, on a kind of attack that they did not learn from:");
    report.unseen.iter().for_each(|unseen| print_cells(&unseen.cells));
    println!("\nat the thresholds of the rules:");
    for friction in &report.friction {
        println!("  {}:", friction.name);
        for (what, share) in [
            ("honest, not simply allowed", friction.honest),
            ("honest, held", friction.honest_held),
            ("honest, interviewed", friction.honest_interviewed),
            ("easy attacks, not simply allowed", friction.easy),
            ("hard attacks, not simply allowed", friction.hard),
            ("by the owner's hand, asked or held", friction.own_hand),
        ] {
            let (low, high) = share.interval();
            let (low, high) = (low * 100.0, high * 100.0);
            println!("    {what:<36} {} of {} ({low:.2}–{high:.2})", per_cent(share), share.of);
        }
    }
    println!("\n{cpu_s:.1} CPU-s");
}

fn read_list(name: &str, files: &[PathBuf]) -> Result<Option<List>> {
    if files.is_empty() {
        return Ok(None);
    }
    let parts: Vec<Vec<u8>> =
        files.iter().map(|file| read_all(file, LIST_LEN_MAX)).collect::<Result<_>>()?;
    let version = files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>();
    Ok(Some(List::parse(name, &version.join(", "), &parts.join(&b'\n'))?))
}

fn places(args: &PlaceArgs) -> Result<Places> {
    let database = |file: &Path| read_all(file, DATABASE_LEN_MAX);
    let mut geo = GeoDatabases::default();
    if let Some(file) = &args.city {
        geo = geo.with_city(database(file)?)?;
    }
    if let Some(file) = &args.asn {
        geo = geo.with_asn(database(file)?)?;
    }
    if let Some(file) = &args.anonymous {
        geo = geo.with_anonymous(database(file)?)?;
    }
    Ok(Places {
        tor: read_list("tor", args.tor.as_slice())?,
        vpn: read_list("vpn", &args.vpn)?,
        datacenter: read_list("datacenter", &args.datacenter)?,
        geo,
    })
}

fn print_place(place: &Place) {
    let answer = |is: Option<bool>| match is {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not known",
    };
    let or_unknown = |text: Option<String>| text.unwrap_or_else(|| "not known".to_owned());
    println!("country      {}", or_unknown(place.country.map(|country| country.to_string())));
    println!("network      {}", or_unknown(place.asn.map(|asn| format!("AS{asn}"))));
    let fix = place
        .fix
        .map(|fix| format!("{} N {} E, within {} km", fix.latitude, fix.longitude, fix.radius_km));
    println!("point        {}", or_unknown(fix));
    println!("Tor          {}", answer(place.tor));
    println!("VPN, proxy   {}", answer(place.vpn));
    println!("data centre  {}", answer(place.datacenter));
}

fn rba(file: &Path, shows_rows: bool, json: bool) -> Result<()> {
    let mut rows = Rows::new(open(file)?)?;
    let mut scores = Scores::default();
    let (mut bad, mut shown) = (0u64, 0);
    loop {
        match rows.next_row() {
            Ok(None) => break,
            Ok(Some(row)) => {
                let scored = scores.take(&row);
                if shows_rows {
                    let risk = scored.risk.map_or("no history".to_owned(), |r| format!("{r:.2}"));
                    println!("line {}: {risk}", row.line);
                }
            }
            Err(error @ BehaviorError::Row { .. }) => {
                bad += 1;
                if shown < BAD_ROWS_SHOWN {
                    shown += 1;
                    eprintln!("{error}");
                }
            }
            Err(error) => return Err(error).with_context(|| file.display().to_string()),
        }
    }
    let tally = scores.tally();
    let quantiles = [0.5, 0.9, 0.99].map(|share| scores.quantile(share));
    if json {
        println!(
            "{}",
            json!({
                "rows": tally.rows, "bad_rows": bad, "succeeded": tally.succeeded,
                "takeovers": tally.takeovers, "scored": tally.scored, "users": tally.users,
                "without_room": tally.without_room, "takeover_auc": scores.auc(),
                "honest_risk": { "p50": quantiles[0], "p90": quantiles[1], "p99": quantiles[2] },
            })
        );
        return Ok(());
    }
    println!(
        "{} rows, {bad} that cannot be read; {} sign-ins that succeeded, {} users, {} scored",
        tally.rows, tally.succeeded, tally.users, tally.scored
    );
    if tally.without_room > 0 {
        println!("{} sign-ins of users for whom there was no room", tally.without_room);
    }
    let number =
        |value: Option<f64>| value.map_or("none".to_owned(), |value| format!("{value:.2}"));
    println!(
        "risk that honest sign-ins do not exceed: {} (half), {} (9 of 10), {} (99 of 100)",
        number(quantiles[0]),
        number(quantiles[1]),
        number(quantiles[2])
    );
    match scores.auc() {
        Some(auc) => println!("{} takeovers, AUC {auc:.3}", tally.takeovers),
        None => println!("{} takeovers that can be compared: no AUC", tally.takeovers),
    }
    Ok(())
}

/// A pack of rules, or the default one.
fn pack_text(file: Option<&Path>) -> Result<String> {
    let Some(file) = file else { return Ok(DEFAULT_PACK.to_owned()) };
    String::from_utf8(read_all(file, PACK_LEN_MAX)?)
        .with_context(|| format!("{} is not text", file.display()))
}

fn rules(file: Option<&Path>, json: bool) -> Result<()> {
    let text = pack_text(file)?;
    let judge = Judge::new(&text, None)?;
    let pack = judge.pack();
    let (passed, failures) = pack.test();
    failures.iter().for_each(|failure| eprintln!("{failure}"));
    let (name, version, rules) = (&pack.name, pack.version, pack.rules().len());
    if json {
        let failed: Vec<String> = failures.iter().map(ToString::to_string).collect();
        println!(
            "{}",
            json!({ "pack": name, "version": version, "rules": rules, "passed": passed, "failed": failed })
        );
    } else {
        println!(
            "{name} v{version}: {rules} rules compile; {passed} tests passed, {} failed",
            failures.len()
        );
    }
    if !failures.is_empty() {
        bail!("{} of the pack's tests failed", failures.len());
    }
    Ok(())
}

fn facts(json: bool) {
    let (schema, _) = behavior::facts::schema();
    if json {
        let facts: Vec<_> = schema
            .describe()
            .map(|(name, kind, is_optional, doc)| json!({ "name": name, "type": kind, "optional": is_optional, "meaning": doc }))
            .collect();
        println!("{}", json!({ "facts": facts }));
        return;
    }
    for (name, kind, is_optional, doc) in schema.describe() {
        let optional = if is_optional { ", may be missing" } else { "" };
        println!("{name:<32} {doc} ({kind}{optional})");
    }
}

pub(crate) fn run(command: &BehaviorCommand, json: bool) -> Result<()> {
    match command {
        BehaviorCommand::Evaluate { simulation, rules } => {
            let pack = pack_text(rules.as_deref())?;
            let (report, cpu_s) = cpu_of(|| evaluate(&simulation.config(), &pack));
            let report = report?;
            if json {
                println!("{}", json!({ "report": report, "cpu_s": cpu_s }));
            } else {
                print_report(&report, cpu_s);
            }
        }
        BehaviorCommand::Train { simulation, out } => {
            let config = simulation.config();
            let scorer = weights(&config, &learn(&config).to_learn, None)?;
            let text = scorer.to_json() + "\n";
            if let Some(out) = out {
                std::fs::write(out, &text).with_context(|| out.display().to_string())?;
            }
            match (json, out) {
                (true, _) => println!("{}", json!({ "weights": scorer })),
                (false, Some(out)) => println!("{} written", out.display()),
                (false, None) => print!("{text}"),
            }
        }
        BehaviorCommand::Rules { file } => rules(file.as_deref(), json)?,
        BehaviorCommand::Facts => facts(json),
        BehaviorCommand::Place(args) => {
            let place = places(args)?.find(args.ip);
            if json {
                println!("{}", json!({ "place": place, "is_known": place.is_known() }));
            } else {
                print_place(&place);
            }
        }
        BehaviorCommand::Rba { file, rows } => rba(file, *rows, json)?,
    }
    Ok(())
}
