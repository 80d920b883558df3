//! `ringfence model`.

use anyhow::{Context, Result};
use clap::{Args, Subcommand, ValueEnum};
use learn::dataset::{Dataset, LabelSource};
use learn::evaluate::{Report, evaluate};
use learn::train::{Choice, train};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::input::open;
use crate::setup;

/// The four files of a labelled set, plain, gzip or zstd.
#[derive(Args)]
pub(crate) struct Labelled {
    /// Accounts: address, flag, source.
    #[arg(long, value_name = "CSV")]
    accounts: PathBuf,
    /// Transactions by address id.
    #[arg(long, value_name = "CSV")]
    transactions: PathBuf,
    /// ERC-20 transfers by address id.
    #[arg(long, value_name = "CSV")]
    erc20: PathBuf,
    /// Addresses by id.
    #[arg(long, value_name = "CSV")]
    addresses: PathBuf,
}

impl Labelled {
    fn read(&self) -> Result<Dataset> {
        let (accounts, transactions) = (open(&self.accounts)?, open(&self.transactions)?);
        Ok(Dataset::read(accounts, transactions, open(&self.erc20)?, open(&self.addresses)?)?)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum IllicitSource {
    /// All illicit accounts.
    All,
    /// Those of the 9,841-account set.
    Kaggle,
    /// Those added from explorer labels.
    Etherscan,
}

impl IllicitSource {
    fn choice(self) -> Option<LabelSource> {
        match self {
            IllicitSource::All => None,
            IllicitSource::Kaggle => Some(LabelSource::Kaggle),
            IllicitSource::Etherscan => Some(LabelSource::Etherscan),
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum ModelCommand {
    /// Train a model.
    Train {
        #[command(flatten)]
        data: Labelled,
        /// Train on illicit accounts of this source only.
        #[arg(long, value_enum, default_value = "all")]
        illicit_source: IllicitSource,
        /// Seed of the trainer.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Figures of `model experiment --json`, to be written into the card.
        #[arg(long, value_name = "FILE")]
        measured: Option<PathBuf>,
        /// Where to write the model.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Measure a model.
    Eval {
        #[command(flatten)]
        data: Labelled,
        /// The model; the one that ships with the program without it.
        #[arg(long, value_name = "FILE")]
        model: Option<PathBuf>,
    },
    /// Train on one part of the accounts and measure on the other, several times.
    Experiment {
        #[command(flatten)]
        data: Labelled,
        /// Train on illicit accounts of this source only.
        #[arg(long, value_enum, default_value = "kaggle")]
        illicit_source: IllicitSource,
        /// Per cent of the accounts to measure on.
        #[arg(long, default_value_t = 30)]
        held_out: u8,
        /// Seeds, each with a split of its own.
        #[arg(long, default_value_t = 5)]
        seeds: u8,
        /// Write the rows of each seed as CSV, for a trainer beside ours
        /// (xtask/peers/lightgbm_transfer.py).
        #[arg(long, value_name = "DIR")]
        export: Option<PathBuf>,
    },
    /// Show what a model is, what it was measured at, and where it fails.
    Card {
        /// The model; the one that ships with the program without it.
        #[arg(long, value_name = "FILE")]
        model: Option<PathBuf>,
    },
}

/// What `model experiment --json` prints.
#[derive(serde::Deserialize)]
struct Measured {
    seeds: u8,
    results: Vec<MeasuredRow>,
}

#[derive(serde::Deserialize)]
struct MeasuredRow {
    horizon: String,
    illicit_source: String,
    recall_at_fpr_1pct: f64,
    deviation: f64,
}

impl Measured {
    fn metrics(self) -> Vec<(String, f64)> {
        let rows = self.results.into_iter().flat_map(|row| {
            let name = format!("held_out.{}.{}", row.horizon, row.illicit_source);
            [
                (format!("{name}.recall_at_fpr_1pct"), row.recall_at_fpr_1pct),
                (format!("{name}.deviation"), row.deviation),
            ]
        });
        rows.chain([("held_out.seeds".to_owned(), f64::from(self.seeds))]).collect()
    }
}

pub(crate) fn run(command: &ModelCommand, json: bool) -> Result<()> {
    match command {
        ModelCommand::Train { data, illicit_source, seed, measured, out } => {
            let dataset = data.read()?;
            let choice = Choice {
                illicit_source: illicit_source.choice(),
                held_out_per_cent: 0,
                split_seed: 0,
            };
            let mut model = train(&dataset, &choice, *seed)?;
            if let Some(path) = measured {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("--measured {}", path.display()))?;
                let line = text.lines().last().unwrap_or("");
                let figures: Measured = serde_json::from_str(line)
                    .with_context(|| format!("--measured {}", path.display()))?;
                model = model.with_metrics(figures.metrics());
            }
            std::fs::write(out, model.encode())
                .with_context(|| format!("--out {}", out.display()))?;
            if json {
                println!(
                    "{}",
                    json!({ "model": out, "trees": model.forest().trees().len(), "card": model.card })
                );
            } else {
                println!("{} trees written to {}", model.forest().trees().len(), out.display());
            }
            Ok(())
        }
        ModelCommand::Eval { data, model } => {
            let dataset = data.read()?;
            let model = setup::model(model.as_deref())?;
            let (report, earliness) = evaluate(&model, &dataset, &|_, _| true);
            if json {
                let mut value = serde_json::to_value(&report)?;
                value["earliness"] = serde_json::to_value(earliness)?;
                println!("{value}");
            } else {
                print_report(&report);
                println!(
                    "caught at 1 % of normal accounts ever flagged: {:.1} %, half of these within {} events and {:.1} hours",
                    earliness.caught * 100.0,
                    earliness.median_events,
                    earliness.median_hours
                );
            }
            Ok(())
        }
        ModelCommand::Experiment { data, illicit_source, held_out, seeds, export } => {
            anyhow::ensure!(
                (1..=90).contains(held_out),
                "--held-out: {held_out} is not between 1 and 90"
            );
            let dataset = data.read()?;
            let export = export.as_deref();
            experiment(&dataset, illicit_source.choice(), *held_out, *seeds, export, json)
        }
        ModelCommand::Card { model } => card(model.as_deref(), json),
    }
}

fn print_report(report: &Report) {
    println!(
        "{:<9} {:<10} {:>8} {:>8} {:>8} {:>8} {:>9} {:>8}",
        "horizon", "illicit of", "AP", "AUC", "R@1%", "R@0.1%", "accounts", "illicit"
    );
    for (horizon, sources) in report {
        for (source, figures) in sources {
            println!(
                "{horizon:<9} {source:<10} {:>8.3} {:>8.3} {:>8.3} {:>8.3} {:>9} {:>8}",
                figures.average_precision,
                figures.roc_auc,
                figures.recall_at_fpr_1pct,
                figures.recall_at_fpr_0_1pct,
                figures.accounts,
                figures.illicit
            );
        }
    }
}

fn experiment(
    dataset: &Dataset,
    source: Option<LabelSource>,
    held_out: u8,
    seeds: u8,
    export: Option<&Path>,
    json: bool,
) -> Result<()> {
    let mut reports = Vec::new();
    for seed in 0..seeds {
        let choice =
            Choice { illicit_source: source, held_out_per_cent: held_out, split_seed: seed };
        let model = train(dataset, &choice, u64::from(seed) + 1)?;
        let (report, _) =
            evaluate(&model, dataset, &|_, account| !choice.is_training_side(&account.address));
        reports.push(report);
        if let Some(folder) = export {
            export_rows(folder, dataset, &choice, seed)?;
        }
    }
    let mut rows = Vec::new();
    for horizon in ["whole", "first_10", "first_3"] {
        for label in ["all", "kaggle", "etherscan"] {
            let values: Vec<f64> =
                reports.iter().map(|r| r[horizon][label].recall_at_fpr_1pct).collect();
            let count = values.len() as f64;
            let mean = values.iter().sum::<f64>() / count;
            let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>()
                / (count - 1.0).max(1.0))
            .sqrt();
            if !json {
                println!(
                    "{horizon:<9} {label:<10} recall at 1 % false positives {mean:.3} ± {deviation:.3} ({seeds} seeds)"
                );
            }
            rows.push(json!({ "horizon": horizon, "illicit_source": label, "recall_at_fpr_1pct": mean, "deviation": deviation, "values": values }));
        }
    }
    if json {
        println!("{}", json!({ "seeds": seeds, "held_out_per_cent": held_out, "results": rows }));
    }
    Ok(())
}

/// Writes the training and test rows of one seed as CSV.
fn export_rows(folder: &Path, dataset: &Dataset, choice: &Choice, seed: u8) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("--export {}", folder.display()))?;
    let path = folder.join(format!("snapshots-{seed}.csv"));
    let file = std::fs::File::create(&path).with_context(|| path.display().to_string())?;
    let mut out = std::io::BufWriter::new(file);
    let names: Vec<&str> = onchain::features::NAMES.iter().map(|(name, _)| *name).collect();
    writeln!(out, "split,seed,part,horizon,label,source,weight,{}", names.join(","))?;
    let cells = |row: &[f32]| -> String {
        let cell = |v: &f32| if v.is_nan() { String::new() } else { v.to_string() };
        row.iter().map(cell).collect::<Vec<_>>().join(",")
    };
    for row in learn::train::training_rows(dataset, choice, u64::from(seed) + 1) {
        let source = row.account.map_or("synthetic", |a| dataset.accounts[a].source.name());
        let label = u8::from(row.is_illicit);
        writeln!(out, "{seed},{seed},train,,{label},{source},{},{}", row.weight, cells(&row.row))?;
    }
    let is_test =
        |_: usize, account: &learn::dataset::Labelled| !choice.is_training_side(&account.address);
    for (horizon, snapshot) in learn::evaluate::test_rows(dataset, &is_test) {
        let account = &dataset.accounts[snapshot.account];
        let label = u8::from(account.is_illicit);
        let source = account.source.name();
        writeln!(out, "{seed},{seed},test,{horizon},{label},{source},1,{}", cells(&snapshot.row))?;
    }
    out.flush().with_context(|| path.display().to_string())
}

fn card(path: Option<&Path>, json: bool) -> Result<()> {
    let model = setup::model(path)?;
    if json {
        println!(
            "{}",
            json!({ "card": model.card, "sha256": super::replay::hex(&model.digest()), "trees": model.forest().trees().len() })
        );
        return Ok(());
    }
    let card = &model.card;
    println!("{}\nsha256 {}\n", card.name, super::replay::hex(&model.digest()));
    for (title, text) in [
        ("data", &card.data),
        ("split", &card.split),
        ("training", &card.training),
        ("limits", &card.limits),
    ] {
        println!("{title:<9} {text}");
    }
    for (name, value) in &card.metrics {
        println!("{name:<45} {value}");
    }
    Ok(())
}
