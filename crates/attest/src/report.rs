//! A whole list judged for a round: who signed, how surely each amount is known, and what it comes to.
//!
//! A row counts at the level of the weakest thing that it rests on. A row whose owner is not shown, or
//! whose evidence says something else, is refused: it does not count at all, and a list with such rows
//! is not one to publish.

use std::collections::BTreeMap;
use std::io::BufRead;

use model::Amount;

use crate::chains::Chain;
use crate::evidence::{Level, Summary, TokenLayout, agree};
use crate::key::AddressKey;
use crate::list::{AssetNames, Audit, List, Quantity, Row};
use crate::ownership::{Challenge, Standing, verify};

mod known;

pub use known::{Known, KnownError};

/// Receipts for staked assets that exchanges list: counting both would count the stake twice.
const RECEIPTS: [(&str, &str); 11] = [
    ("BETH", "ETH"),
    ("CBETH", "ETH"),
    ("OETH", "ETH"),
    ("RETH", "ETH"),
    ("STETH", "ETH"),
    ("WBETH", "ETH"),
    ("WSTETH", "ETH"),
    ("BNSOL", "SOL"),
    ("JITOSOL", "SOL"),
    ("MSOL", "SOL"),
    ("OKSOL", "SOL"),
];
/// Refusals that are kept; more are counted.
const REFUSALS_MAX: usize = 100;

/// An asset of the round.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoundAsset {
    /// What lists call it.
    pub symbol: String,
    /// CAIP-19 id.
    pub id: String,
    /// Digits after the point.
    pub decimals: u8,
    /// Where its contract keeps balances, if it is a token of which that is known.
    pub token: Option<TokenLayout>,
}

/// A chain at the time of the snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoundChain {
    /// CAIP-2 id.
    pub id: String,
    /// Height.
    pub height: u64,
    /// Hash of the block, as the chain's users write it.
    pub hash: String,
}

/// What a list is judged for.
#[derive(Clone, Debug)]
pub struct Round {
    /// What owners sign.
    pub challenge: Challenge,
    /// Assets.
    pub assets: Vec<RoundAsset>,
    /// Chains.
    pub chains: Vec<RoundChain>,
}

impl Round {
    fn chain(&self, chain: Chain) -> Option<&RoundChain> {
        let id = chain.to_string();
        self.chains.iter().find(|known| known.id == id)
    }
}

/// A row that does not count, and why.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct Refusal {
    /// Line of the list; 0 for what concerns several.
    pub line: u64,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub problem: String,
}

/// What a list comes to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Sums by asset and level.
    pub summary: Summary,
    /// Rows that count.
    pub rows: u64,
    /// Rows signed with a sentence that can be replayed: they count as claims.
    pub replayable: u64,
    /// Rows on another chain than the asset's own, by asset and chain: counted as the asset, as claims
    /// or by sources.
    pub mapped: BTreeMap<(String, String), u64>,
    /// What does not count.
    pub refusals: Vec<Refusal>,
    /// How many there are in all.
    pub refused: u64,
}

impl Report {
    fn refuse(&mut self, line: u64, code: &'static str, problem: String) {
        self.refused += 1;
        if self.refusals.len() < REFUSALS_MAX {
            self.refusals.push(Refusal { line, code, problem });
        }
    }
}

/// Judges a list for a round.
pub fn judge(round: &Round, known: &Known, list: impl BufRead) -> Report {
    let mut report = Report::default();
    let names = RECEIPTS.iter().fold(AssetNames::default(), |names, (receipt, underlying)| {
        names.with_receipt(receipt, underlying)
    });
    let mut audit = Audit::new(&names);
    let mut list = match List::open(list) {
        Ok(list) => list,
        Err(error) => {
            report.refuse(0, error.code(), error.to_string());
            return report;
        }
    };
    for row in &mut list {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                report.refuse(0, error.code(), error.to_string());
                continue;
            }
        };
        // Findings about several rows are told at the end.
        let _ = audit.add(&row);
        match judge_row(round, known, &names, &row) {
            Ok(counted) => {
                let added = report.summary.add(&counted.asset, counted.level, counted.amount);
                if let Err(error) = added {
                    report.refuse(row.line, error.code(), error.to_string());
                    continue;
                }
                report.rows += 1;
                report.replayable += u64::from(counted.is_replayable);
                if counted.is_mapped {
                    let place = (counted.asset, row.chain.to_string());
                    *report.mapped.entry(place).or_default() += 1;
                }
            }
            Err((code, problem)) => report.refuse(row.line, code, problem),
        }
    }
    let totals = list.totals().to_vec();
    for finding in audit.finish(&totals) {
        report.refuse(0, finding.code(), finding.to_string());
    }
    report
}

struct Counted {
    asset: String,
    amount: Amount,
    level: Level,
    is_replayable: bool,
    is_mapped: bool,
}

fn judge_row(
    round: &Round,
    known: &Known,
    names: &AssetNames,
    row: &Row,
) -> Result<Counted, (&'static str, String)> {
    let name = names.asset(&row.asset);
    let asset = round
        .assets
        .iter()
        .find(|asset| asset.symbol.eq_ignore_ascii_case(&row.asset))
        .or_else(|| round.assets.iter().find(|asset| asset.symbol.eq_ignore_ascii_case(&name)))
        .ok_or_else(|| {
            let problem = format!("the round has no asset '{}': take the row out", row.asset);
            ("reserves.row.asset", problem)
        })?;
    let amount = match row.amount {
        Quantity::Base(amount) => amount,
        Quantity::None => {
            let problem = "the list has no amounts: take a layout that has them".to_owned();
            return Err(("reserves.row.amount", problem));
        }
        Quantity::Coins(amount) => amount.to_base_units(asset.decimals).ok_or_else(|| {
            let problem = format!("it has more digits than the {} of {name}", asset.decimals);
            ("reserves.row.amount", problem)
        })?,
    };
    let key = row.key().map_err(|error| (error.code(), error.to_string()))?;
    if let (Some(chain), Some(height)) = (round.chain(row.chain), row.height)
        && chain.height != height
    {
        let problem =
            format!("height {height}, the round names {}: read it again there", chain.height);
        return Err(("reserves.row.height", problem));
    }
    let proved = verify(&row.claim(known.control(&key)), Some(&round.challenge))
        .map_err(|error| (error.code(), error.to_string()))?;
    let own_chain = asset.id.split('/').next().unwrap_or_default();
    let is_mapped = own_chain != row.chain.to_string();
    let level = known_amount(known, asset, row, &key, amount, is_mapped, round)?;
    let level = if proved.is_full() { level.max(proved.level) } else { Level::Claim };
    let is_replayable = proved.standing == Standing::Replayable;
    Ok(Counted { asset: asset.symbol.clone(), amount, level, is_replayable, is_mapped })
}

/// How surely a row's amount is known; what is known must be what the row says.
fn known_amount(
    known: &Known,
    asset: &RoundAsset,
    row: &Row,
    key: &AddressKey,
    amount: Amount,
    is_mapped: bool,
    round: &Round,
) -> Result<Level, (&'static str, String)> {
    let differs = |found: Amount, by: &str| {
        let problem = format!("the row says {amount}, {by} says {found}: read it again");
        Err(("reserves.row.amount_differs", problem))
    };
    if !is_mapped && let Some(found) = known.proved_balance(row.chain, key, asset) {
        return if found == amount { Ok(Level::Proof) } else { differs(found, "the state proof") };
    }
    let Some(readings) = known.readings(key, &asset.symbol) else { return Ok(Level::Claim) };
    let (found, level) = agree(readings).map_err(|error| (error.code(), error.to_string()))?;
    if let Some(chain) = round.chain(row.chain)
        && readings.iter().any(|reading| reading.height != chain.height)
    {
        let problem = format!(
            "a source was read at another height than {}: read it again there",
            chain.height
        );
        return Err(("reserves.row.height", problem));
    }
    if found == amount { Ok(level) } else { differs(found, "its source") }
}

#[cfg(test)]
mod tests;
