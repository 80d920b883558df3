//! The constraint systems of a round, as its header fixes them. A verifier makes them from its own
//! source; nothing of them comes out of a file.

use sha2::{Digest as _, Sha256};

use crate::ProofError;
use crate::argument::parameters;
use crate::circuit::{fingerprint, shard, totals};
use crate::header::Header;

/// What the proofs of a round are of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Systems {
    /// Of each shard.
    pub shard: shard::Circuit,
    /// Of the totals.
    pub totals: totals::Circuit,
}

impl Systems {
    /// The systems of a round.
    ///
    /// # Errors
    /// [`ProofError::Field`] when a shard or all of them do not fit.
    pub fn of(header: &Header) -> Result<Self, ProofError> {
        let shape = header.shape()?;
        let rules = header.rules()?;
        let shard = shard::Circuit::new(shape, &rules, header.log_rows, header.slots)?;
        let totals = totals::Circuit::new(shape, shard.sum_rows, header.shards)?;
        Ok(Self { shard, totals })
    }

    /// SHA-256 of the parameters of the argument and of the fingerprints of both systems: what
    /// [`Header::constraints`] names.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"ringfence reserves v1 constraints");
        parameters().iter().for_each(|number| hash.update(number.to_be_bytes()));
        hash.update(fingerprint(&self.shard));
        hash.update(fingerprint(&self.totals));
        hash.finalize().into()
    }

    /// Checks that a header names these systems.
    ///
    /// # Errors
    /// [`ProofError::Constraints`] when its proofs are of others.
    pub fn check(&self, header: &Header) -> Result<(), ProofError> {
        let own = hex(&self.digest());
        if own == header.constraints { Ok(()) } else { Err(ProofError::Constraints { own }) }
    }
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Asset;
    use crate::leaf::{Layout, Shape, Width};
    use crate::margin::{Margin, Rules, Tier};

    /// Systems of two shards of a round in which two of three assets can be pledged and borrowed.
    fn of_margin(width: Width) -> Systems {
        let asset = |(symbol, decimals, price): (&str, u8, &str)| Asset {
            symbol: symbol.to_owned(),
            id: symbol.to_owned(),
            decimals,
            price: price.to_owned(),
        };
        let assets = [("BTC", 8, "65000.25"), ("ETH", 18, "3000"), ("USD", 2, "0.999")].map(asset);
        let margin = |asset: &str, tiers: [(u64, u16); 2]| {
            let tier = |(up_to, ratio_bp): (u64, u16)| Tier { up_to: up_to.to_string(), ratio_bp };
            Margin { asset: asset.to_owned(), tiers: tiers.map(tier).to_vec() }
        };
        let margin = [
            margin("BTC", [(1_000_000_000, 9_500), (5_000_000_000, 9_000)]),
            margin("USD", [(100_000_000, 10_000), (u64::MAX, 0)]),
        ];
        let shape = Shape::margin(width, assets.len(), margin.len()).unwrap();
        let rules = Rules::new(shape, &assets, &margin).unwrap();
        let shard = shard::Circuit::new(shape, &rules, 16, 15_001).unwrap();
        let totals = totals::Circuit::new(shape, shard.sum_rows, 2).unwrap();
        Systems { shard, totals }
    }

    #[test]
    fn systems_of_other_shapes_and_sizes_have_other_digests() {
        let mut seen = Vec::new();
        for layout in [Layout::Dense, Layout::Sparse] {
            for width in [Width::Bits64, Width::Bits96] {
                for (assets, log_rows, slots, shards) in [
                    (22, 17, 10_000, 3),
                    (22, 17, 10_001, 3),
                    (22, 17, 10_000, 4),
                    (23, 17, 10_000, 3),
                ] {
                    let shape = Shape::new(layout, width, assets).unwrap();
                    let shard =
                        shard::Circuit::new(shape, &Rules::default(), log_rows, slots).unwrap();
                    let totals = totals::Circuit::new(shape, 8, shards).unwrap();
                    seen.push(Systems { shard, totals }.digest());
                }
            }
        }
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }

    #[test]
    fn systems_of_other_tiers_have_other_digests() {
        let assets = [Asset {
            symbol: "BTC".to_owned(),
            id: "BTC".to_owned(),
            decimals: 8,
            price: "65000.25".to_owned(),
        }];
        let shape = Shape::margin(Width::Bits64, 1, 1).unwrap();
        let digest = |up_to: &str, ratio_bp: u16, price: &str| {
            let assets = [Asset { price: price.to_owned(), ..assets[0].clone() }];
            let tiers = vec![Tier { up_to: up_to.to_owned(), ratio_bp }];
            let margin = [Margin { asset: "BTC".to_owned(), tiers }];
            let rules = Rules::new(shape, &assets, &margin).unwrap();
            let shard = shard::Circuit::new(shape, &rules, 16, 10_000).unwrap();
            let totals = totals::Circuit::new(shape, shard.sum_rows, 3).unwrap();
            Systems { shard, totals }.digest()
        };
        let known = digest("1000", 9_500, "65000.25");
        assert_eq!(digest("1000", 9_500, "65000.25"), known);
        assert_ne!(digest("1001", 9_500, "65000.25"), known);
        assert_ne!(digest("1000", 9_501, "65000.25"), known);
        assert_ne!(digest("1000", 9_500, "65000.26"), known);
    }

    #[test]
    fn the_constraints_are_those_that_were_published() {
        // Another digest here means that bundles of before are no longer verified by this program:
        // a new version of the format.
        let shape = Shape::new(Layout::Sparse, Width::Bits64, 25).unwrap();
        let shard = shard::Circuit::new(shape, &Rules::default(), 16, 20_000).unwrap();
        let totals = totals::Circuit::new(shape, shard.sum_rows, 2).unwrap();
        let known = "ef34fcb70e45f0a8a85767a1f009abf37ba6a341d11acff3efa9815c9de740da";
        assert_eq!(hex(&Systems { shard, totals }.digest()), known);
        let known = "a470768001cf1b42cc20843c46c5f50ff7c355390e657d9ff4337abacff95ef2";
        assert_eq!(hex(&of_margin(Width::Bits64).digest()), known);
        let known = "81e15d59a3939e793a8ceb353363e8548cd674e0189c9b538182127418907937";
        assert_eq!(hex(&of_margin(Width::Bits96).digest()), known);
    }
}
