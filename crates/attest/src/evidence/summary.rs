//! Sums of an asset by how surely they are known. Nothing is ever subtracted, and no asset makes
//! up for another.

use std::collections::BTreeMap;

use model::Amount;

use super::{EvidenceError, Level};

/// What is known of one asset.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AssetSum {
    amounts: [Amount; Level::ALL.len()],
    /// Rows that were added.
    pub rows: u64,
}

impl AssetSum {
    /// The sum at exactly this level.
    pub fn at(&self, level: Level) -> Amount {
        self.amounts[level as usize]
    }

    /// The sum over all levels. Cannot overflow: [`Summary::add`] checked it.
    pub fn total(&self) -> Amount {
        self.amounts.iter().fold(Amount::ZERO, |sum, amount| sum.saturating_add(*amount))
    }
}

/// Sums by asset.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    assets: BTreeMap<String, AssetSum>,
}

impl Summary {
    /// Adds an amount in base units.
    ///
    /// # Errors
    /// [`EvidenceError::Overflow`] when the asset's total would not fit; nothing is added then.
    pub fn add(&mut self, asset: &str, level: Level, amount: Amount) -> Result<(), EvidenceError> {
        let sum = self.assets.get(asset).copied().unwrap_or_default();
        if sum.total().checked_add(amount).is_none() {
            return Err(EvidenceError::Overflow { asset: crate::encoding::shown(asset) });
        }
        let sum = self.assets.entry(asset.to_owned()).or_default();
        sum.amounts[level as usize] = sum.amounts[level as usize].saturating_add(amount);
        sum.rows += 1;
        Ok(())
    }

    /// What is known of an asset; nothing for one without rows.
    pub fn asset(&self, asset: &str) -> AssetSum {
        self.assets.get(asset).copied().unwrap_or_default()
    }

    /// All assets by name.
    pub fn assets(&self) -> impl Iterator<Item = (&str, &AssetSum)> {
        self.assets.iter().map(|(name, sum)| (name.as_str(), sum))
    }
}
