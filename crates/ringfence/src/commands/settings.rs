//! `ringfence config`.

use anyhow::Result;
use clap::Subcommand;
use std::path::Path;

use crate::config::{Config, KEYS, example};

#[derive(Subcommand)]
pub(crate) enum ConfigCommand {
    /// Read file and environment, and show the values in force.
    Check,
    /// Print the documented example file.
    Example,
}

pub(crate) fn run(file: Option<&Path>, command: &ConfigCommand, json: bool) -> Result<()> {
    if let ConfigCommand::Example = command {
        print!("{}", example());
        return Ok(());
    }
    let config = Config::load(file)?;
    // What is named must also be there and readable.
    if let Some(dir) = &config.intel_dir {
        crate::lists::read_folder(dir)?;
    }
    crate::setup::pack(config.rules.as_deref())?;
    crate::setup::model(config.model.as_deref())?;
    let path = |path: &Option<std::path::PathBuf>| {
        path.as_ref().map_or(String::new(), |p| p.display().to_string())
    };
    let values = [
        config.data_dir.display().to_string(),
        path(&config.intel_dir),
        path(&config.rules),
        path(&config.model),
        config.threads.to_string(),
        config.hot_addresses.to_string(),
        config.log_name.clone(),
    ];
    if json {
        let pairs = KEYS.iter().zip(&values).map(|(key, value)| (key.name, value.clone()));
        let map: std::collections::BTreeMap<_, _> = pairs.collect();
        println!("{}", serde_json::to_string(&map)?);
    } else {
        for (key, value) in KEYS.iter().zip(&values) {
            println!("{} = {value}", key.name);
        }
        println!("configuration is in order");
    }
    Ok(())
}
