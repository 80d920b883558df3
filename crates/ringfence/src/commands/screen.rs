//! `ringfence screen`.

use anyhow::Result;
use clap::Subcommand;
use model::{Network, Transaction};
use serde_json::json;
use std::path::PathBuf;

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
    let mut followed = 0;
    let mut engine = if input.is_empty() {
        let (engine, transfers, is_whole) = follow_data_dir(config, directory)?;
        followed = transfers;
        if !is_whole && followed > 0 && network.is_utxo() {
            // Entries name the payer that put in most; the other inputs are in the blocks.
            let gap = "owners were followed by the main input only: give the blocks with --input";
            degraded.push(gap.to_owned());
        }
        engine
    } else {
        let mut engine = setup::engine(config, directory)?;
        let (tally, _) = super::replay::run_blocks(network, input, &mut engine, &mut |_, _| {})?;
        followed += tally.total();
        engine
    };
    let verdict = engine.explain_address(network, &address)?.verdict;
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

/// An engine that has seen what the data directory has, how many transfers that is, and whether
/// it knows all of each: a state snapshot does, the journal names one payer a transfer.
fn follow_data_dir(
    config: &Config,
    directory: intel::Directory,
) -> Result<(engine::Engine, u64, bool)> {
    if !config.data_dir.join("journal/checkpoint").is_file() {
        return Ok((setup::engine(config, directory)?, 0, true));
    }
    let mut data = setup::data_dir(config)?;
    let size = data.journal().head().0;
    let is_latest = |mark: &store::StateMark| mark.journal_size == size;
    let (state, _) = data.load_state(config.hot_addresses, setup::random_u64()?, &is_latest)?;
    if let Some(state) = state {
        let mut net = state.net;
        net.set_directory(directory);
        let (pack, model) =
            (setup::pack(config.rules.as_deref())?, setup::model(config.model.as_deref())?);
        let engine = engine::Engine::resume(net, pack, Some(model), config.threads, None);
        return Ok((engine, size, true));
    }
    let mut engine = setup::engine(config, directory)?;
    let journal = data.journal();
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
    Ok((engine, followed, false))
}
