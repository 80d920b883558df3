//! Puts an engine together from what the command line and the configuration name.

use anyhow::{Context, Result};
use intel::Directory;
use model::Transfer;
use onchain::account_model::AccountModel;
use onchain::table::StateTable;
use policy::Pack;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::config::Config;

/// The pack that ships with the program.
pub(crate) const DEFAULT_PACK: &str = include_str!("../../../packs/default.toml");
/// The model that ships with the program.
const DEFAULT_MODEL: &[u8] = include_bytes!("../../../models/account-model.json");
/// Largest model file.
const MODEL_LEN_MAX: u64 = 64 << 20;

/// Reads and compiles a rule pack; the default one without a path.
pub(crate) fn pack(path: Option<&Path>) -> Result<Pack> {
    let (schema, _) = engine::facts::schema();
    let text = match path {
        Some(path) => {
            std::fs::read_to_string(path).with_context(|| format!("--rules {}", path.display()))?
        }
        None => DEFAULT_PACK.to_owned(),
    };
    let shown = path.map_or("the default pack".to_owned(), |path| path.display().to_string());
    Pack::parse(&text, &schema).with_context(|| shown)
}

/// Reads a model's file; the default one without a path.
pub(crate) fn model_bytes(path: Option<&Path>) -> Result<Vec<u8>> {
    match path {
        Some(path) => crate::input::read_all(path, MODEL_LEN_MAX),
        None => Ok(DEFAULT_MODEL.to_vec()),
    }
}

/// Reads a model; the default one without a path.
pub(crate) fn model(path: Option<&Path>) -> Result<AccountModel> {
    let shown = path.map_or("the model that ships with this build".to_owned(), |path| {
        format!("--model {}", path.display())
    });
    AccountModel::parse(&model_bytes(path)?).context(shown)
}

/// An engine over `directory`, as configured, off the record.
pub(crate) fn engine(config: &Config, directory: Directory) -> Result<engine::Engine> {
    engine_with(config, directory, pack(config.rules.as_deref())?)
}

/// An engine with another pack than the configured one, off the record.
pub(crate) fn engine_with(
    config: &Config,
    directory: Directory,
    pack: Pack,
) -> Result<engine::Engine> {
    let table = if config.hot_addresses == 0 {
        StateTable::unbounded()
    } else {
        std::fs::create_dir_all(&config.data_dir)?;
        let cold = store::ColdStates::create(&config.data_dir.join("scratch.redb"))?;
        StateTable::new(config.hot_addresses, Box::new(cold))
    };
    let model = model(config.model.as_deref())?;
    Ok(engine::Engine::new(random_u64()?, table, directory, pack, Some(model), config.threads))
}

/// An engine of the configured rules over a table of a data directory.
pub(crate) fn engine_over(
    config: &Config,
    directory: Directory,
    table: StateTable,
) -> Result<engine::Engine> {
    let (pack, model) = (pack(config.rules.as_deref())?, model(config.model.as_deref())?);
    Ok(engine::Engine::new(random_u64()?, table, directory, pack, Some(model), config.threads))
}

/// Opens the data directory for writing.
pub(crate) fn data_dir(config: &Config) -> Result<store::DataDir> {
    store::DataDir::open(&config.data_dir, &config.log_name)
        .with_context(|| format!("--data-dir {}", config.data_dir.display()))
}

/// Saves the engine's state, so that a later run goes on from it.
pub(crate) fn snapshot(data: &mut store::DataDir, engine: &mut engine::Engine) -> Result<()> {
    data.snapshot(engine)?.publish()?;
    Ok(data.sweep()?)
}

pub(crate) fn random_u64() -> Result<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|e| anyhow::anyhow!("no randomness: {e}"))?;
    Ok(u64::from_le_bytes(bytes))
}

/// Opens the journal of a data directory.
pub(crate) fn journal(config: &Config) -> Result<store::JournalDir> {
    let path = config.data_dir.join("journal");
    store::JournalDir::open(&path, &config.log_name)
        .with_context(|| format!("--data-dir {}", config.data_dir.display()))
}

/// Seconds since 1970-01-01 UTC by this machine's clock.
#[allow(clippy::disallowed_methods, reason = "the binary is where the clock is read")]
pub(crate) fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// CPU seconds of this process so far, all threads.
pub(crate) fn cpu_s() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// A transfer in one line for a terminal.
pub(crate) fn show_transfer(transfer: &Transfer) -> String {
    let network = transfer.network;
    let name = |party: &Option<model::Address>| {
        party.map_or("nobody".to_owned(), |address| chain::format_address(network, &address))
    };
    let amount = match transfer.asset {
        model::Asset::Native => {
            format!("{} coins", transfer.amount.to_decimal_string(network.native_decimals()))
        }
        other => format!("{} base units of {}", transfer.amount, other.caip19(network)),
    };
    format!("{} → {}: {amount}", name(&transfer.from), name(&transfer.to))
}
