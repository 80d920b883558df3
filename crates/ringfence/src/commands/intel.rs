//! `ringfence intel`.

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use intel::sources::SOURCES;
use intel::{Directory, gate};
use model::Network;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::config::Config;
use crate::{Common, lists};

#[derive(Subcommand)]
pub(crate) enum IntelCommand {
    /// Import the lists of a folder; each passes the gates for itself.
    Import {
        /// Folder laid out like the public data set.
        dir: PathBuf,
        /// Take a list even if it lost more than a tenth of its rows.
        #[arg(long)]
        accept_smaller: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Show all snapshots and which are in force.
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Compare two snapshots of a source.
    Diff {
        /// Source, such as ofac.
        source: String,
        /// Id of the older snapshot, or its beginning.
        old: String,
        /// Id of the newer one.
        new: String,
        #[command(flatten)]
        common: Common,
    },
    /// Show every claim about an address.
    Lookup {
        /// Network.
        network: String,
        /// Address.
        address: String,
        #[command(flatten)]
        common: Common,
    },
}

impl IntelCommand {
    pub(crate) fn common(&self) -> &Common {
        match self {
            IntelCommand::Import { common, .. }
            | IntelCommand::List { common }
            | IntelCommand::Diff { common, .. }
            | IntelCommand::Lookup { common, .. } => common,
        }
    }
}

pub(crate) fn run(config: &Config, command: &IntelCommand, json: bool) -> Result<()> {
    let snapshots = || store::SnapshotDir::open(&config.data_dir.join("intel"));
    match command {
        IntelCommand::Import { dir, accept_smaller, .. } => {
            import(&snapshots()?, dir, *accept_smaller, json)
        }
        IntelCommand::List { .. } => {
            let list = snapshots()?.list()?;
            if json {
                let rows: Vec<_> =
                    list.iter().map(|(meta, in_force)| json!({ "in_force": in_force, "snapshot": meta, "id": meta.id.to_string() })).collect();
                println!("{}", json!({ "snapshots": rows }));
                return Ok(());
            }
            for (meta, in_force) in &list {
                println!(
                    "{} {:<24} {} dated {:<10} {:>7} rows taken, {} refused; {}",
                    if *in_force { "*" } else { " " },
                    meta.source,
                    meta.id,
                    meta.dated,
                    meta.rows_taken,
                    meta.rows_refused,
                    meta.licence
                );
            }
            Ok(())
        }
        IntelCommand::Diff { source, old, new, .. } => {
            let store = snapshots()?;
            let find = |id: &str| {
                store.find(source, id)?.with_context(|| {
                    format!("{source}: there is no snapshot {id}; see 'ringfence intel list'")
                })
            };
            let (old, new) = (find(old)?, find(new)?);
            let before: BTreeSet<_> = old.entries.iter().collect();
            let after: BTreeSet<_> = new.entries.iter().collect();
            let show = |entry: &&intel::Entry| {
                let account = entry.account;
                format!(
                    "{} {} {}",
                    chain::format_address(account.network, &account.address),
                    entry.category,
                    entry.label
                )
            };
            let added: Vec<String> = after.difference(&before).map(show).collect();
            let removed: Vec<String> = before.difference(&after).map(show).collect();
            if json {
                println!("{}", json!({ "added": added, "removed": removed }));
            } else {
                added.iter().for_each(|line| println!("+ {line}"));
                removed.iter().for_each(|line| println!("- {line}"));
                println!("{} added, {} removed", added.len(), removed.len());
            }
            Ok(())
        }
        IntelCommand::Lookup { network, address, .. } => {
            let network: Network = network.parse()?;
            let address = chain::parse_address(network, address)?;
            let directory: Directory =
                lists::directory(config.intel_dir.as_deref(), &config.data_dir)?;
            let standing = directory.standing(network.family(), &address);
            let claims: Vec<_> = directory
                .claims(network.family(), &address)
                .map(|claim| {
                    json!({
                        "source": claim.snapshot.source,
                        "snapshot": claim.snapshot.id.to_string(),
                        "dated": claim.snapshot.dated,
                        "category": claim.entry.category,
                        "confidence": claim.entry.confidence,
                        "label": claim.entry.label,
                        "network": claim.entry.account.network.to_string(),
                    })
                })
                .collect();
            if json {
                println!(
                    "{}",
                    json!({ "claims": claims, "contradicted": standing.is_contradicted() })
                );
                return Ok(());
            }
            for claim in &claims {
                println!("{claim}");
            }
            if standing.is_contradicted() {
                println!("the lists contradict each other; the heavier claim counts");
            }
            println!("{} claims of {} lists", claims.len(), directory.snapshots().len());
            Ok(())
        }
    }
}

fn import(
    store: &store::SnapshotDir,
    dir: &std::path::Path,
    accept_smaller: bool,
    json: bool,
) -> Result<()> {
    let mut rows = Vec::new();
    let mut is_refused = false;
    let mut found = false;
    for source in SOURCES {
        let outcome = lists::read_source(dir, source).and_then(|snapshot| {
            let Some(snapshot) = snapshot else {
                return Ok(None);
            };
            let last = store.current(source.id)?.map(|last| last.meta);
            let admitted = gate::admit(snapshot, last.as_ref(), accept_smaller)?;
            store.put(&admitted)?;
            Ok(Some(admitted.meta))
        });
        match outcome {
            Ok(None) => continue,
            Ok(Some(meta)) => {
                found = true;
                if !json {
                    println!(
                        "{:<24} {} dated {:<10} {:>7} rows taken, {} refused {:?}",
                        source.id,
                        meta.id,
                        meta.dated,
                        meta.rows_taken,
                        meta.rows_refused,
                        meta.refused_by_reason
                    );
                }
                rows.push(json!({ "source": source.id, "snapshot": meta.id.to_string(), "taken": meta.rows_taken, "refused": meta.rows_refused }));
            }
            Err(error) => {
                found = true;
                is_refused = true;
                eprintln!("{}: {error:#}", source.id);
                rows.push(json!({ "source": source.id, "error": format!("{error:#}") }));
            }
        }
    }
    if !found {
        bail!("{}: no list is there", dir.display());
    }
    if json {
        println!("{}", json!({ "imported": rows }));
    }
    if is_refused {
        bail!("some lists were not taken; the last snapshot of each stays in force");
    }
    Ok(())
}
