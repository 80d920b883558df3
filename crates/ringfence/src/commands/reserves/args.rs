//! What the commands are given.

use clap::{Args, Subcommand};
use std::path::PathBuf;

use super::demo;
use crate::witnesses::WitnessArgs;

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
    /// Take what witnesses co-signed into the log of rounds, and into bundles that are published.
    Cosigned(CosignedArgs),
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
    pub(super) input: Option<PathBuf>,
    /// Table or view of the database.
    #[arg(long, value_name = "NAME", requires = "input", conflicts_with = "query")]
    pub(super) table: Option<String>,
    /// Query of the database; with ORDER BY user_id the same rows come in the same order.
    #[arg(long, value_name = "SQL", requires = "input")]
    pub(super) query: Option<String>,
    /// The exchange, as receipts and challenges name it.
    #[arg(long, default_value = "exchange")]
    pub(super) exchange: String,
    /// The round (default: the month of the snapshot, such as 2026-11).
    #[arg(long)]
    pub(super) round: Option<String>,
    /// When balances were taken, in seconds since 1970 (default: now).
    #[arg(long, value_name = "SECONDS")]
    pub(super) snapshot_at: Option<u64>,
    /// Table of assets: symbol,id,decimals,price (CSV).
    #[arg(long, value_name = "FILE")]
    pub(super) assets: Option<PathBuf>,
    /// Table of chains: id,height,hash (CSV).
    #[arg(long, value_name = "FILE")]
    pub(super) chains: Option<PathBuf>,
    /// Table of the tiers of assets that can be pledged and borrowed: asset,up_to,ratio_bp (CSV). The
    /// input then has columns ASSET.pledged and ASSET.debt beside the whole balance in ASSET.
    #[arg(long, value_name = "FILE", requires = "assets", conflicts_with = "layout")]
    pub(super) margin: Option<PathBuf>,
    /// Currency of the prices.
    #[arg(long, default_value = "USD")]
    pub(super) currency: String,
    /// Leaves of all assets, or of those that are held (default: what costs fewer rows).
    #[arg(long, value_parser = ["dense", "sparse"])]
    pub(super) layout: Option<String>,
    /// Rows of a shard, as a power of two (default: 16 for a small round, else 17).
    #[arg(long, value_parser = clap::value_parser!(u8).range(16..=18))]
    pub(super) log_rows: Option<u8>,
    /// Bundle of the round before.
    #[arg(long, value_name = "DIR")]
    pub(super) previous: Option<PathBuf>,
    /// File with the secret that customers' secrets are derived from, 64 hexadecimal digits; keep it
    /// over rounds (default: drawn for the job).
    #[arg(long, value_name = "FILE")]
    pub(super) accounts_secret: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct SnapshotArgs {
    #[command(flatten)]
    pub(super) round: RoundArgs,
    /// Folder to make; it holds everybody's balances.
    #[arg(long, value_name = "DIR")]
    pub(super) job: PathBuf,
}

#[derive(Args)]
pub(crate) struct ProveArgs {
    #[command(flatten)]
    pub(super) round: RoundArgs,
    /// Folder of the job (default: the bundle's name with .job).
    #[arg(long, value_name = "DIR")]
    pub(super) job: Option<PathBuf>,
    /// Folder to publish into, once everything is proved.
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Log of rounds to put the round on the record of; made if it is not there.
    #[arg(long, value_name = "DIR")]
    pub(super) log: Option<PathBuf>,
    /// Shards proved at a time (default: one for each core; 1.1 GiB of memory each).
    #[arg(long)]
    pub(super) workers: Option<usize>,
    /// Only these shards, such as 0-99: for several machines that share the folder.
    #[arg(long, value_name = "FIRST-LAST")]
    pub(super) shards: Option<String>,
    /// Folder to write everybody's receipts into.
    #[arg(long, value_name = "DIR")]
    pub(super) receipts: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ChainsArgs {
    /// A node of each chain: CHAIN=URL.
    #[arg(long, required = true, value_name = "CHAIN=URL")]
    pub(super) rpc: Vec<String>,
}

#[derive(Args)]
pub(crate) struct ChallengeArgs {
    /// Folder of the job.
    #[arg(long, value_name = "DIR")]
    pub(super) job: PathBuf,
    /// List of addresses (docs/reserves-side.md).
    #[arg(long, value_name = "FILE")]
    pub(super) list: PathBuf,
}

#[derive(Args)]
pub(crate) struct EvidenceArgs {
    /// Folder of the job.
    #[arg(long, value_name = "DIR")]
    pub(super) job: PathBuf,
    /// Folder with the list.csv, and tokens.csv if there is one; evidence.jsonl is written there.
    #[arg(long, value_name = "DIR")]
    pub(super) reserves: PathBuf,
    /// A node of a chain, several for several sources: CHAIN=URL.
    #[arg(long, required = true, value_name = "CHAIN=URL")]
    pub(super) rpc: Vec<String>,
}

#[derive(Args)]
pub(crate) struct AttestArgs {
    /// Folder of the job.
    #[arg(long, value_name = "DIR")]
    pub(super) job: PathBuf,
    /// Folder with list.csv, and evidence.jsonl and tokens.csv if there are such.
    #[arg(long, value_name = "DIR")]
    pub(super) reserves: PathBuf,
}

#[derive(Args)]
pub(crate) struct PublishArgs {
    /// Folder of the job.
    #[arg(long, value_name = "DIR")]
    pub(super) job: PathBuf,
    /// Folder of holdings, as for `attest`.
    #[arg(long, value_name = "DIR")]
    pub(super) reserves: Option<PathBuf>,
    /// Folder to make.
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Log of rounds to put the round on the record of; made if it is not there.
    #[arg(long, value_name = "DIR")]
    pub(super) log: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct CosignedArgs {
    /// Checkpoints of the log as witnesses co-signed them (`ringfence journal cosign --out`).
    #[arg(required = true, value_name = "FILE")]
    pub(super) notes: Vec<PathBuf>,
    /// Log of rounds.
    #[arg(long, value_name = "DIR")]
    pub(super) log: PathBuf,
    /// Bundle whose proof is to have the co-signatures; several times for several.
    #[arg(long, value_name = "DIR")]
    pub(super) bundle: Vec<PathBuf>,
    /// Public keys of the witnesses, or files with one key a line.
    #[arg(long, value_name = "KEY", value_delimiter = ',', required = true)]
    pub(super) witness: Vec<String>,
}

#[derive(Args)]
pub(crate) struct SiteArgs {
    /// Bundles of the rounds.
    #[arg(required = true)]
    pub(super) bundles: Vec<PathBuf>,
    /// Log of rounds, published beside them.
    #[arg(long, value_name = "DIR")]
    pub(super) log: Option<PathBuf>,
    /// Folder to make, or to make again with other bundles.
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
}

#[derive(Args)]
pub(crate) struct VerifyArgs {
    /// The bundle.
    pub(super) bundle: PathBuf,
    /// Shards verified at a time (default: one for each core).
    #[arg(long)]
    pub(super) workers: Option<usize>,
    /// File to write the report into, as a page to print (HTML).
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
    /// Public key of the log of rounds, or a file with it: its signature is checked too.
    #[arg(long, value_name = "KEY")]
    pub(super) log_key: Option<String>,
    #[command(flatten)]
    pub(super) witnesses: WitnessArgs,
}

#[derive(Args)]
pub(crate) struct VerifyUserArgs {
    /// The receipt.
    pub(super) receipt: PathBuf,
    /// The bundle.
    #[arg(long, value_name = "DIR")]
    pub(super) bundle: PathBuf,
}

#[derive(Args)]
pub(crate) struct ReceiptArgs {
    /// The account, as in the table of balances.
    pub(super) account: String,
    /// Folder of the job.
    #[arg(long, value_name = "DIR")]
    pub(super) job: PathBuf,
    /// File to write (default: the terminal).
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct RerunArgs {
    /// Folder of the job.
    #[arg(long, value_name = "DIR")]
    pub(super) job: PathBuf,
    /// The bundle.
    #[arg(long, value_name = "DIR")]
    pub(super) bundle: PathBuf,
    /// The shard, from 0.
    #[arg(long)]
    pub(super) shard: u32,
}
