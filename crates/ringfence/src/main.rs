//! The `ringfence` command: configuration, wiring, and what people see in a terminal.
//!
//! With `--json` the last line of standard output is one JSON object, also for errors.

mod commands;
mod config;
mod input;
mod lists;
mod measure;
mod reserves;
mod setup;
mod witnesses;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Batches are made on one thread and dropped on another, which the C library's allocator answers
/// with locks; measured in `docs/performance.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Open, self-hostable protection for crypto exchanges, custodians and wallets.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    /// Configuration file (default: ringfence.toml, if it is here).
    #[arg(long, global = true, value_name = "FILE", env = "RINGFENCE_CONFIG")]
    config: Option<PathBuf>,
    /// Print one JSON object as the last line of standard output.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

/// What several commands take; each wins over the configuration.
#[derive(Args, Clone, Debug, Default)]
struct Common {
    /// Folder of the journal, imported lists, alerts and spilled states.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Folder of lists to read directly.
    #[arg(long, value_name = "DIR")]
    intel: Option<PathBuf>,
    /// Rule pack.
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Account model, ours or LightGBM's text format.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Threads that judge; their number changes no decision.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Address states kept in memory (512 bytes each); the rest spills to the data directory.
    #[arg(long, value_name = "N")]
    hot_addresses: Option<usize>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API and the console.
    Serve(commands::serve::ServeArgs),
    /// Print a new one-time sign-in link, for somebody with access to the data directory.
    SignInLink(commands::serve::SignInArgs),
    /// Print the OpenAPI document of the API.
    Openapi,
    /// Judge a simulated market live and leave a data directory to look at.
    Demo(commands::demo::DemoArgs),
    /// Judge blocks from files, on the record.
    Replay(commands::replay::ReplayArgs),
    /// Judge past blocks again with the lists of today and report what would be decided otherwise.
    Rescore(commands::replay::ReplayArgs),
    /// Say what is known of an address.
    #[command(subcommand)]
    Screen(commands::screen::ScreenCommand),
    /// Import, list, compare and search lists.
    #[command(subcommand)]
    Intel(commands::intel::IntelCommand),
    /// Train, measure and describe the account model.
    #[command(subcommand)]
    Model(commands::model::ModelCommand),
    /// Check, test, compare and backtest rule packs.
    #[command(subcommand)]
    Policy(commands::policy::PolicyCommand),
    /// Verify, prove and watch a journal; co-sign one as a witness.
    #[command(subcommand)]
    Journal(commands::journal::JournalCommand),
    /// Show the alerts of a data directory.
    Alerts(commands::replay::AlertsArgs),
    /// Draw a market with ground truth and measure every pattern on it.
    Simulate(commands::simulate::SimulateArgs),
    /// Prove and verify what is owed to customers.
    #[command(subcommand)]
    Reserves(commands::reserves::ReservesCommand),
    /// Try what protects accounts.
    #[command(subcommand)]
    Account(commands::account::AccountCommand),
    /// Simulate customers and attackers, measure what is found, score sign-ins.
    #[command(subcommand)]
    Behavior(commands::behavior::BehaviorCommand),
    /// Measure speed.
    #[command(subcommand)]
    Bench(commands::bench::BenchCommand),
    /// Check and show the configuration.
    #[command(subcommand)]
    Config(commands::settings::ConfigCommand),
}

fn load(cli: &Cli, common: &Common) -> Result<config::Config> {
    let mut config = config::Config::load(cli.config.as_deref())?;
    if let Some(dir) = &common.data_dir {
        config.data_dir = dir.clone();
    }
    if let Some(dir) = &common.intel {
        config.intel_dir = Some(dir.clone());
    }
    if let Some(rules) = &common.rules {
        config.rules = Some(rules.clone());
    }
    if let Some(model) = &common.model {
        config.model = Some(model.clone());
    }
    if let Some(threads) = common.threads {
        anyhow::ensure!(
            (1..=256).contains(&threads),
            "--threads: {threads} is not between 1 and 256"
        );
        config.threads = threads;
    }
    if let Some(hot) = common.hot_addresses {
        config.hot_addresses = hot;
    }
    Ok(config)
}

fn run(cli: &Cli) -> Result<()> {
    let json = cli.json;
    match &cli.command {
        Command::Serve(args) => commands::serve::serve(&load(cli, &args.common)?, args),
        Command::SignInLink(args) => {
            commands::serve::sign_in_link(&load(cli, &args.common)?, args, json)
        }
        Command::Openapi => {
            print!("{}", server::api::document_text());
            Ok(())
        }
        Command::Demo(args) => commands::demo::demo(&load(cli, &args.common)?, args, json),
        Command::Replay(args) => commands::replay::replay(&load(cli, &args.common)?, args, json),
        Command::Rescore(args) => commands::replay::rescore(&load(cli, &args.common)?, args, json),
        Command::Alerts(args) => commands::replay::alerts(&load(cli, &args.common)?, args, json),
        Command::Screen(command) => {
            commands::screen::run(&load(cli, command.common())?, command, json)
        }
        Command::Intel(command) => {
            commands::intel::run(&load(cli, command.common())?, command, json)
        }
        Command::Model(command) => commands::model::run(command, json),
        Command::Policy(command) => {
            commands::policy::run(&load(cli, command.common())?, command, json)
        }
        Command::Journal(command) => {
            commands::journal::run(&load(cli, &Common::default())?, command, json)
        }
        Command::Simulate(args) => {
            commands::simulate::simulate(&load(cli, &args.common)?, args, json)
        }
        Command::Reserves(command) => commands::reserves::run(command, json),
        Command::Account(command) => commands::account::run(command, json),
        Command::Behavior(command) => commands::behavior::run(command, json),
        Command::Bench(command) => {
            commands::bench::run(&load(cli, &Common::default())?, command, json)
        }
        Command::Config(command) => commands::settings::run(cli.config.as_deref(), command, json),
    }
}

/// The stable code of the first error of ours in the chain.
pub(crate) fn code_of(error: &anyhow::Error) -> &'static str {
    error
        .chain()
        .find_map(|cause| {
            cause
                .downcast_ref::<chain::ChainError>()
                .map(chain::ChainError::code)
                .or_else(|| {
                    cause.downcast_ref::<chain::AddressError>().map(chain::AddressError::code)
                })
                .or_else(|| cause.downcast_ref::<intel::IntelError>().map(intel::IntelError::code))
                .or_else(|| cause.downcast_ref::<store::StoreError>().map(store::StoreError::code))
                .or_else(|| {
                    cause.downcast_ref::<engine::EngineError>().map(engine::EngineError::code)
                })
                .or_else(|| {
                    cause.downcast_ref::<journal::JournalError>().map(journal::JournalError::code)
                })
                .or_else(|| {
                    cause.downcast_ref::<store::sql::SqlError>().map(store::sql::SqlError::code)
                })
                .or_else(|| {
                    cause
                        .downcast_ref::<proof::bundle::Refused>()
                        .map(|refused| refused.error.code())
                })
                .or_else(|| {
                    cause.downcast_ref::<attest::report::KnownError>().map(|error| error.code)
                })
                .or_else(|| cause.downcast_ref::<proof::ProofError>().map(proof::ProofError::code))
                .or_else(|| {
                    cause
                        .downcast_ref::<reserves::ReservesError>()
                        .map(reserves::ReservesError::code)
                })
                .or_else(|| {
                    cause
                        .downcast_ref::<behavior::BehaviorError>()
                        .map(behavior::BehaviorError::code)
                })
                .or_else(|| {
                    cause.downcast_ref::<model::UnknownNetwork>().map(|_| "network.unknown")
                })
                .or_else(|| {
                    cause.downcast_ref::<policy::PackError>().map(|_| "policy.pack.invalid")
                })
                .or_else(|| {
                    cause.downcast_ref::<onchain::forest::ForestError>().map(|_| "model.invalid")
                })
        })
        .unwrap_or("input.invalid")
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let code = code_of(&error);
            eprintln!("error[{code}]: {error:#}");
            if cli.json {
                let message = format!("{error:#}");
                println!(
                    "{}",
                    serde_json::json!({ "error": { "code": code, "message": message } })
                );
            }
            ExitCode::FAILURE
        }
    }
}
