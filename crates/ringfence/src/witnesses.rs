//! Witnesses whose word a command is to ask for.

use anyhow::{Context, Result, ensure};
use clap::Args;
use journal::{WitnessKey, Witnesses};

/// Options of whoever checks a log's proof.
#[derive(Args, Clone, Default)]
pub(crate) struct WitnessArgs {
    /// Public keys of witnesses that you know, or files with one key a line.
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    witness: Vec<String>,
    /// How many of them have to have co-signed (default: all).
    #[arg(long, value_name = "COUNT", requires = "witness", value_parser = clap::value_parser!(u16).range(1..))]
    witnesses: Option<u16>,
}

/// Witnesses that are known, and how many of them have to have co-signed.
#[derive(Clone, Default)]
pub(crate) struct Demand {
    pub(crate) witnesses: Witnesses,
    pub(crate) wanted: usize,
}

/// Reads keys of witnesses, each from the option itself or from a file.
pub(crate) fn read(texts: &[String]) -> Result<Witnesses> {
    let mut keys = Vec::new();
    for text in texts {
        let file = std::fs::read_to_string(text);
        let lines = file.as_deref().unwrap_or(text).lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let key = WitnessKey::parse(line).with_context(|| format!("--witness {text}"))?;
            keys.push(key);
        }
    }
    Ok(Witnesses::new(keys)?)
}

impl WitnessArgs {
    pub(crate) fn demand(&self) -> Result<Demand> {
        let witnesses = read(&self.witness)?;
        let wanted = self.witnesses.map_or(witnesses.len(), usize::from);
        ensure!(
            wanted <= witnesses.len(),
            "--witnesses: {wanted} are demanded, and {} are known (--witness)",
            witnesses.len()
        );
        Ok(Demand { witnesses, wanted })
    }
}
