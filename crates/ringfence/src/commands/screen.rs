//! `ringfence screen`.

use anyhow::{Context, Result};
use clap::Subcommand;
use model::{Network, Transaction};
use serde_json::json;
use std::path::PathBuf;

use super::replay::OffTheRecord;
use crate::config::Config;
use crate::{Common, lists, setup};

#[derive(Subcommand)]
pub(crate) enum ScreenCommand {
    /// Say what lists, exposure and the model know of an address.
    Address {
        /// Network: a name such as ethereum or bitcoin, or a CAIP-2 id.
        network: String,
        /// The address in the form that wallets show.
        address: String,
        /// Follow the money through these files of blocks; without them, through the journal of
        /// the data directory, if there is one.
        #[arg(long, num_args = 1.., value_name = "FILE")]
        input: Vec<PathBuf>,
        #[command(flatten)]
        common: Common,
    },
}

impl ScreenCommand {
    pub(crate) fn common(&self) -> &Common {
        let ScreenCommand::Address { common, .. } = self;
        common
    }
}

pub(crate) fn run(config: &Config, command: &ScreenCommand, json: bool) -> Result<()> {
    let ScreenCommand::Address { network, address: text, input, .. } = command;
    let network: Network = network.parse()?;
    let address = chain::parse_address(network, text)?;
    let directory = lists::directory(config.intel_dir.as_deref(), &config.data_dir)?;
    let mut degraded = lists::gaps(&directory);
    let mut engine = setup::engine(config, directory)?;
    let mut followed = 0;
    if input.is_empty() {
        followed = follow_journal(config, &mut engine)?;
        if followed > 0 && network.is_utxo() {
            // Entries name the payer that put in most; the other inputs are in the blocks.
            let gap = "owners were followed by the main input only: give the blocks with --input";
            degraded.push(gap.to_owned());
        }
    } else {
        let (tally, _) = super::replay::run_blocks(
            network,
            input,
            &mut engine,
            &mut OffTheRecord::default(),
            &mut |_, _| {},
        )?;
        followed += tally.total();
    }
    let verdict = engine.explain_address(network, &address)?;
    let shown = chain::format_address(network, &address);
    let checked = format!(
        "{} claims of {} lists; {followed} transfers followed",
        engine.net().directory().claim_count(),
        engine.net().directory().snapshots().len()
    );
    if json {
        println!(
            "{}",
            json!({
                "network": network.to_string(),
                "address": shown,
                "verdict": verdict.level(),
                "reasons": verdict.reasons(),
                "checked": checked,
                "degraded": degraded,
            })
        );
        return Ok(());
    }
    println!("{shown} on {network}\nchecked: {checked}");
    for gap in degraded {
        println!("degraded: {gap}");
    }
    super::print_verdict(&verdict);
    Ok(())
}

/// Follows the money through the decisions of a data directory.
fn follow_journal(config: &Config, engine: &mut engine::Engine) -> Result<u64> {
    if !config.data_dir.join("journal").join("log.vkey").is_file() {
        return Ok(0);
    }
    let mut journal = setup::journal(config).context("the journal of the data directory")?;
    let size = journal.head().0;
    let mut followed = 0;
    for index in 0..size {
        let Some(transfer) = engine::record::transfer_of(&journal.entry(index)?) else {
            continue;
        };
        followed += 1;
        let transaction = Transaction {
            hash: transfer.tx,
            index: transfer.position.tx_index,
            transfers: vec![transfer],
            approvals: Vec::new(),
            inputs: Vec::new(),
            unknown_inputs: 0,
        };
        engine.net().observe(&transaction).map_err(engine::EngineError::State)?;
    }
    Ok(followed)
}
