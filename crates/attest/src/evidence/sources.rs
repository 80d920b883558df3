//! What independent sources say of one balance.

use std::collections::BTreeSet;

use model::Amount;

use super::{EvidenceError, Level};

/// What one source says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reading {
    /// Who says so: a node, an explorer, the exchange. Two names are two independent sources; the
    /// caller vouches for that.
    pub source: String,
    /// The height it was read at.
    pub height: u64,
    /// The amount in base units.
    pub amount: Amount,
}

/// The amount that all sources agree on, and what that is worth.
///
/// # Errors
/// [`EvidenceError::Disagree`] when one says another amount or height,
/// [`EvidenceError::SourceMissing`] without a reading or a name.
pub fn agree(readings: &[Reading]) -> Result<(Amount, Level), EvidenceError> {
    let first = readings.first().ok_or(EvidenceError::SourceMissing(
        "there is no reading; read the balance at the height of the round",
    ))?;
    let mut names = BTreeSet::new();
    for reading in readings {
        let name = reading.source.trim();
        if name.is_empty() {
            return Err(EvidenceError::SourceMissing("a reading has no source; name who said so"));
        }
        if reading.height != first.height {
            let (one, other) = (first.height, reading.height);
            return Err(EvidenceError::Disagree(format!("heights {one} and {other} differ")));
        }
        if reading.amount != first.amount {
            return Err(EvidenceError::Disagree(format!(
                "'{}' says {} and '{name}' says {}",
                first.source.trim(),
                first.amount,
                reading.amount
            )));
        }
        names.insert(name);
    }
    let level = if names.len() >= 2 { Level::TwoSources } else { Level::Claim };
    Ok((first.amount, level))
}
