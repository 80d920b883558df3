//! What can be seen of all rows together.

use std::collections::BTreeMap;

use super::{Decimal, Quantity, Row, Total};
use crate::chains::Chain;
use crate::key::{AddressKey, AddressType};

/// Which names mean one asset, and which assets are receipts for another. Given by the caller.
///
/// Without an entry, a name means the asset before its first hyphen (`USDT-TRC20` is `USDT`), so
/// that one address under two names of a chain is reported; a name that is really another token of
/// the chain (a bridged and a native one) is set apart by an entry.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AssetNames {
    assets: BTreeMap<String, String>,
    receipts: Vec<(String, String)>,
}

impl AssetNames {
    /// `name` in a list means `asset`.
    #[must_use]
    pub fn with_name(mut self, name: &str, asset: &str) -> Self {
        self.assets.insert(name.to_ascii_uppercase(), asset.to_ascii_uppercase());
        self
    }

    /// `receipt` stands for staked `underlying`: a list must not count both.
    #[must_use]
    pub fn with_receipt(mut self, receipt: &str, underlying: &str) -> Self {
        self.receipts.push((receipt.to_ascii_uppercase(), underlying.to_ascii_uppercase()));
        self
    }

    /// The asset that a name means, in capitals: case never makes a second asset.
    pub fn asset(&self, name: &str) -> String {
        let name = name.to_ascii_uppercase();
        match self.assets.get(&name) {
            Some(asset) => asset.clone(),
            None => name.split_once('-').map_or(name.as_str(), |(asset, _)| asset).to_owned(),
        }
    }
}

/// Something wrong with the rows together.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Finding {
    /// One address counted twice for one asset.
    #[error(
        "lines {first} and {second}: {key} counts twice for {asset}; keep one row, or give the name of another token an asset of its own"
    )]
    Duplicate {
        /// The asset.
        asset: String,
        /// The address, as the chain compares it.
        key: AddressKey,
        /// Line of the first row.
        first: u64,
        /// Line of the second row.
        second: u64,
    },
    /// Accounts named by number and by key, where two names may be one account.
    #[error(
        "lines {first} and {second}: {chain} names an account by its number and by its key, and these may be one; name all accounts by number"
    )]
    MixedNames {
        /// The chain.
        chain: Chain,
        /// Line of the first row with the one name.
        first: u64,
        /// Line of the first row with the other.
        second: u64,
    },
    /// A receipt and what it stands for.
    #[error(
        "lines {receipt_line} and {staked_line}: {receipt} is a receipt for staked {underlying}, which is listed too; keep one of them"
    )]
    ReceiptAndUnderlying {
        /// The receipt.
        receipt: String,
        /// What it stands for.
        underlying: String,
        /// Line of the first row of the receipt.
        receipt_line: u64,
        /// Line of the first staking row of the underlying asset.
        staked_line: u64,
    },
    /// A published total that is not the sum of its rows.
    #[error(
        "line {line}: the total of {coin} is published as {published}, its rows add up to {summed}"
    )]
    TotalDiffers {
        /// Line of the total; 0 when none is published.
        line: u64,
        /// The coin as the list writes it.
        coin: String,
        /// What is published.
        published: Decimal,
        /// The sum of the rows, or of the networks' totals for `COIN(ALL)`.
        summed: Decimal,
    },
    /// A sum that does not fit.
    #[error("line {line}: the sum of {coin} does not fit 128 bits; check the decimals of its rows")]
    SumTooLarge {
        /// Line of the row that did it.
        line: u64,
        /// The coin.
        coin: String,
    },
}

impl Finding {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Finding::Duplicate { .. } => "reserves.row.duplicate",
            Finding::MixedNames { .. } => "reserves.row.mixed_names",
            Finding::ReceiptAndUnderlying { .. } => "reserves.staking.both",
            Finding::TotalDiffers { .. } => "reserves.total.differs",
            Finding::SumTooLarge { .. } => "reserves.sum.too_large",
        }
    }
}

/// Looks at the rows of one list one after the other. Keeps one key for each row.
#[derive(Debug)]
pub struct Audit<'a> {
    names: &'a AssetNames,
    seen: BTreeMap<(String, AddressKey), u64>,
    sums: BTreeMap<String, Decimal>,
    first_receipt: BTreeMap<String, u64>,
    first_staked: BTreeMap<String, u64>,
    first_named: BTreeMap<(Chain, AddressType), u64>,
    findings: Vec<Finding>,
}

impl<'a> Audit<'a> {
    /// An audit with these names of assets.
    pub fn new(names: &'a AssetNames) -> Self {
        Self {
            names,
            seen: BTreeMap::new(),
            sums: BTreeMap::new(),
            first_receipt: BTreeMap::new(),
            first_staked: BTreeMap::new(),
            first_named: BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    /// Looks at a row. True when it may count: its address was not seen before for its asset.
    pub fn add(&mut self, row: &Row) -> bool {
        let Ok(key) = row.key() else {
            return false;
        };
        let asset = self.names.asset(&row.asset);
        let is_staked = row.staking.is_some() || key.address_type() == AddressType::Validator;
        if is_staked {
            self.first_staked.entry(asset.clone()).or_insert(row.line);
        } else {
            self.first_receipt.entry(asset.clone()).or_insert(row.line);
        }
        if key.chain().has_two_names() {
            self.first_named.entry((key.chain(), key.address_type())).or_insert(row.line);
        }
        if let Quantity::Coins(amount) = row.amount {
            let sum = self.sums.entry(row.asset.clone()).or_insert(Decimal::ZERO);
            match sum.checked_add(amount) {
                Some(more) => *sum = more,
                None => self
                    .findings
                    .push(Finding::SumTooLarge { line: row.line, coin: row.asset.clone() }),
            }
        }
        let place = (asset, key);
        if let Some(first) = self.seen.get(&place) {
            let (asset, key) = place;
            let (first, second) = (*first, row.line);
            self.findings.push(Finding::Duplicate { asset, key, first, second });
            return false;
        }
        self.seen.insert(place, row.line);
        true
    }

    /// All findings, with the published totals compared.
    pub fn finish(mut self, totals: &[Total]) -> Vec<Finding> {
        for (receipt, underlying) in &self.names.receipts {
            let lines = self.first_receipt.get(receipt).zip(self.first_staked.get(underlying));
            if let Some((receipt_line, staked_line)) = lines {
                self.findings.push(Finding::ReceiptAndUnderlying {
                    receipt: receipt.clone(),
                    underlying: underlying.clone(),
                    receipt_line: *receipt_line,
                    staked_line: *staked_line,
                });
            }
        }
        let named: Vec<(Chain, u64)> =
            self.first_named.iter().map(|((chain, _), line)| (*chain, *line)).collect();
        for pair in named.windows(2) {
            if let [(chain, first), (other, second)] = *pair
                && chain == other
            {
                self.findings.push(Finding::MixedNames { chain, first, second });
            }
        }
        if !totals.is_empty() {
            self.compare(totals);
        }
        self.findings
    }

    fn compare(&mut self, totals: &[Total]) {
        let mut published: BTreeMap<&str, Decimal> = BTreeMap::new();
        for total in totals {
            let summed = match total.coin.strip_suffix("(ALL)") {
                Some(coin) => {
                    let parts = totals.iter().filter(|part| {
                        part.coin == coin
                            || part.coin.strip_prefix(coin).is_some_and(|r| r.starts_with('-'))
                    });
                    parts.map(|part| part.amount).try_fold(Decimal::ZERO, Decimal::checked_add)
                }
                None => {
                    published.insert(&total.coin, total.amount);
                    Some(self.sums.get(&total.coin).copied().unwrap_or(Decimal::ZERO))
                }
            };
            let (line, coin) = (total.line, total.coin.clone());
            match summed {
                None => self.findings.push(Finding::SumTooLarge { line, coin }),
                Some(summed) if summed != total.amount => {
                    let published = total.amount;
                    self.findings.push(Finding::TotalDiffers { line, coin, published, summed });
                }
                Some(_) => {}
            }
        }
        for (coin, summed) in &self.sums {
            if !published.contains_key(coin.as_str()) {
                let published = Decimal::ZERO;
                let (coin, summed) = (coin.clone(), *summed);
                self.findings.push(Finding::TotalDiffers { line: 0, coin, published, summed });
            }
        }
    }
}
