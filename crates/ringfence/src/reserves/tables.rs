//! Small tables that describe a round: its assets and its chains.

use anyhow::{Context, Result, bail};
use proof::header::{Asset, Chain};
use proof::margin::{Margin, Tier};
use std::path::Path;

use super::files;

/// Largest of these files.
const LEN_MAX: u64 = 1 << 20;

fn rows(path: &Path, wanted: &[&str]) -> Result<Vec<Vec<String>>> {
    let bytes = files::read(path, LEN_MAX)?;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let shown = path.display();
    let header: Vec<&str> = reader.headers().with_context(|| shown.to_string())?.iter().collect();
    if header != wanted {
        bail!("{shown}: header row: the columns must be {}", wanted.join(","));
    }
    let rows = reader.records().enumerate().map(|(number, row)| {
        let row = row.with_context(|| format!("{shown}: row {}", number + 2))?;
        Ok(row.iter().map(str::to_owned).collect())
    });
    rows.collect()
}

fn number<T: std::str::FromStr>(path: &Path, row: usize, column: &str, text: &str) -> Result<T> {
    text.parse::<T>().ok().with_context(|| {
        format!("{}: row {}, column {column}: '{text}' is no such number", path.display(), row + 2)
    })
}

/// Assets from a table `symbol,id,decimals,price`.
pub(crate) fn assets(path: &Path) -> Result<Vec<Asset>> {
    let rows = rows(path, &["symbol", "id", "decimals", "price"])?.into_iter().enumerate();
    rows.map(|(place, row)| {
        let [symbol, id, decimals, price] = <[String; 4]>::try_from(row).expect("four columns");
        let decimals = number(path, place, "decimals", &decimals)?;
        Ok(Asset { symbol, id, decimals, price })
    })
    .collect()
}

/// Chains from a table `id,height,hash`.
pub(crate) fn chains(path: &Path) -> Result<Vec<Chain>> {
    let rows = rows(path, &["id", "height", "hash"])?.into_iter().enumerate();
    rows.map(|(place, row)| {
        let [id, height, hash] = <[String; 3]>::try_from(row).expect("three columns");
        Ok(Chain { id, height: number(path, place, "height", &height)?, hash })
    })
    .collect()
}

/// Assets that can be pledged and borrowed, from a table `asset,up_to,ratio_bp` of their tiers.
pub(crate) fn margin(path: &Path) -> Result<Vec<Margin>> {
    let rows = rows(path, &["asset", "up_to", "ratio_bp"])?.into_iter().enumerate();
    let mut margin: Vec<Margin> = Vec::new();
    for (place, row) in rows {
        let [asset, up_to, ratio_bp] = <[String; 3]>::try_from(row).expect("three columns");
        let tier = Tier { up_to, ratio_bp: number(path, place, "ratio_bp", &ratio_bp)? };
        match margin.last_mut() {
            Some(last) if last.asset == asset => last.tiers.push(tier),
            _ => margin.push(Margin { asset, tiers: vec![tier] }),
        }
    }
    if margin.is_empty() {
        bail!("{}: it has no row: leave it away where nothing is pledged", path.display());
    }
    Ok(margin)
}

/// An asset of which nothing but its symbol is known: amounts are shown in base units.
pub(crate) fn unlisted(symbol: &str) -> Asset {
    let symbol = symbol.to_owned();
    let id = format!("ringfence:unlisted/symbol:{symbol}");
    Asset { symbol, id, decimals: 0, price: "0".to_owned() }
}
