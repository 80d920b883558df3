//! `ringfence policy`.

use anyhow::{Result, bail};
use clap::Subcommand;
use model::{Level, Network, Transfer};
use serde_json::json;
use std::path::PathBuf;

use super::replay::run_blocks;
use crate::config::Config;
use crate::{Common, lists, setup};

#[derive(Subcommand)]
pub(crate) enum PolicyCommand {
    /// Compile a pack; without a file, the pack in force.
    Check {
        /// Rule pack.
        file: Option<PathBuf>,
        #[command(flatten)]
        common: Common,
    },
    /// Run a pack's own test cases.
    Test {
        /// Rule pack.
        file: Option<PathBuf>,
        #[command(flatten)]
        common: Common,
    },
    /// List the facts that conditions may speak about.
    Facts {
        #[command(flatten)]
        common: Common,
    },
    /// Say which past transfers would get another verdict under another pack.
    Diff {
        /// The other pack.
        new: PathBuf,
        /// Network of the input.
        #[arg(long)]
        network: Network,
        /// Files of blocks.
        #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
        input: Vec<PathBuf>,
        #[command(flatten)]
        common: Common,
    },
    /// Count what each rule of a pack, live or shadow, would have done.
    Backtest {
        /// Rule pack.
        file: Option<PathBuf>,
        /// Network of the input.
        #[arg(long)]
        network: Network,
        /// Files of blocks.
        #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
        input: Vec<PathBuf>,
        #[command(flatten)]
        common: Common,
    },
}

impl PolicyCommand {
    pub(crate) fn common(&self) -> &Common {
        match self {
            PolicyCommand::Check { common, .. }
            | PolicyCommand::Test { common, .. }
            | PolicyCommand::Facts { common }
            | PolicyCommand::Diff { common, .. }
            | PolicyCommand::Backtest { common, .. } => common,
        }
    }
}

pub(crate) fn run(config: &Config, command: &PolicyCommand, json: bool) -> Result<()> {
    let chosen = |file: &Option<PathBuf>| setup::pack(file.as_deref().or(config.rules.as_deref()));
    match command {
        PolicyCommand::Check { file, .. } => {
            let pack = chosen(file)?;
            if json {
                println!(
                    "{}",
                    json!({ "pack": pack.name, "version": pack.version, "rules": pack.rules().len() })
                );
            } else {
                println!(
                    "{} v{}: {} rules compile\n{}",
                    pack.name,
                    pack.version,
                    pack.rules().len(),
                    pack.description
                );
            }
            Ok(())
        }
        PolicyCommand::Test { file, .. } => {
            let pack = chosen(file)?;
            let (passed, failures) = pack.test();
            for failure in &failures {
                eprintln!("{failure}");
            }
            if json {
                let failed: Vec<String> = failures.iter().map(ToString::to_string).collect();
                println!("{}", json!({ "pack": pack.name, "passed": passed, "failed": failed }));
            } else {
                println!(
                    "{} v{}: {passed} passed, {} failed",
                    pack.name,
                    pack.version,
                    failures.len()
                );
            }
            if !failures.is_empty() {
                bail!("{} of the pack's tests failed", failures.len());
            }
            Ok(())
        }
        PolicyCommand::Facts { .. } => {
            let (schema, _) = engine::facts::schema();
            if json {
                let facts: Vec<_> = schema
                    .describe()
                    .map(|(name, kind, is_optional, doc)| json!({ "name": name, "type": kind, "optional": is_optional, "meaning": doc }))
                    .collect();
                println!("{}", json!({ "facts": facts }));
            } else {
                for (name, kind, is_optional, doc) in schema.describe() {
                    let optional = if is_optional { ", may be missing" } else { "" };
                    println!("{name:<32} {doc} ({kind}{optional})");
                }
            }
            Ok(())
        }
        PolicyCommand::Diff { new, network, input, .. } => diff(config, new, *network, input, json),
        PolicyCommand::Backtest { file, network, input, .. } => {
            let pack = chosen(file)?;
            let directory = lists::directory(config.intel_dir.as_deref(), &config.data_dir)?;
            let mut engine = setup::engine_with(config, directory, pack)?;
            let mut counts = vec![0u64; engine.pack().rules().len()];
            let (tally, _) = run_blocks(*network, input, &mut engine, &mut |_, decision| {
                decision.fired.places().for_each(|place| counts[place] += 1);
            })?;
            let rows: Vec<_> = engine
                .pack()
                .rules()
                .iter()
                .zip(&counts)
                .map(|(rule, count)| json!({ "rule": rule.id, "level": rule.then, "shadow": rule.mode == policy::Mode::Shadow, "fired": count }))
                .collect();
            if json {
                println!(
                    "{}",
                    json!({ "transfers": tally.total(), "verdicts": tally, "rules": rows })
                );
            } else {
                println!("{} transfers", tally.total());
                super::replay::print_tally(&tally);
                for (rule, count) in
                    engine.pack().rules().iter().zip(&counts).filter(|(_, count)| **count > 0)
                {
                    let shadow = if rule.mode == policy::Mode::Shadow { " (shadow)" } else { "" };
                    println!("  {count:>8} {:<9} {}{shadow}", rule.then.name(), rule.id);
                }
            }
            Ok(())
        }
    }
}

fn diff(
    config: &Config,
    new: &std::path::Path,
    network: Network,
    input: &[PathBuf],
    json: bool,
) -> Result<()> {
    let levels = |pack: policy::Pack| -> Result<Vec<(Transfer, Level)>> {
        let directory = lists::directory(config.intel_dir.as_deref(), &config.data_dir)?;
        let mut engine = setup::engine_with(config, directory, pack)?;
        let mut levels = Vec::new();
        run_blocks(network, input, &mut engine, &mut |transfer, decision| {
            levels.push((transfer.clone(), decision.level));
        })?;
        Ok(levels)
    };
    let before = levels(setup::pack(config.rules.as_deref())?)?;
    let after = levels(setup::pack(Some(new))?)?;
    let changed: Vec<_> = before
        .iter()
        .zip(&after)
        .filter(|((_, old), (_, new))| old != new)
        .map(|((transfer, old), (_, new))| (transfer, *old, *new))
        .collect();
    if json {
        let rows: Vec<_> = changed
            .iter()
            .take(1_000)
            .map(|(transfer, old, new)| json!({ "transaction": transfer.tx.to_string(), "before": old, "after": new }))
            .collect();
        println!(
            "{}",
            json!({ "transfers": before.len(), "changed": changed.len(), "first": rows })
        );
        return Ok(());
    }
    println!("{} of {} transfers would get another verdict", changed.len(), before.len());
    for (transfer, old, new) in changed.iter().take(50) {
        println!("  {old} → {new}: {}", setup::show_transfer(transfer));
    }
    Ok(())
}
