//! What amounts are usual: counts in buckets that grow by a factor, so that a quantile is right to
//! that factor, whatever the amounts are, and one huge amount moves it by one rank only.

use serde::{Deserialize, Serialize};

/// Buckets. Each is larger than the one before by the square root of two; the last begins at 2^31.5
/// cents, 30 million.
pub const BUCKETS: usize = 64;
/// When a bucket is full, all are halved, so that what was usual long ago counts less.
const COUNT_MAX: u32 = 1 << 14;

/// How often amounts of each size were seen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Amounts {
    counts: Vec<u32>,
}

impl Default for Amounts {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS] }
    }
}

/// The bucket of an amount: the floor of twice its binary logarithm. Integers only: the square of the
/// amount has the same logarithm as twice that of the amount.
pub(crate) fn bucket(value_cents: u64) -> usize {
    let square = u128::from(value_cents.max(1)) * u128::from(value_cents.max(1));
    (square.ilog2() as usize).min(BUCKETS - 1)
}

/// The geometric middle of a bucket, in cents.
fn middle(bucket: usize) -> u64 {
    let quarters = 2 * bucket as u32 + 1;
    let whole = 1u64 << (quarters / 4);
    // Fourth roots of two, in ten thousandths.
    let root = [10_000, 11_892, 14_142, 16_818][(quarters % 4) as usize];
    whole * root / 10_000
}

impl Amounts {
    /// Counts an amount.
    pub fn add(&mut self, value_cents: u64) {
        let place = bucket(value_cents);
        if self.counts[place] >= COUNT_MAX {
            self.counts.iter_mut().for_each(|count| *count /= 2);
        }
        self.counts[place] += 1;
    }

    /// How many amounts are counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().copied().map(u64::from).sum()
    }

    /// The amount that the given share of amounts does not exceed, right to a factor of the fourth root
    /// of two; `None` when nothing is counted.
    pub fn quantile(&self, share: f64) -> Option<u64> {
        let total = self.total();
        let wanted = ((share.clamp(0.0, 1.0) * total as f64) as u64).clamp(1, total.max(1));
        let mut counted = 0;
        for (place, count) in self.counts.iter().enumerate() {
            counted += u64::from(*count);
            if counted >= wanted {
                return Some(middle(place));
            }
        }
        None
    }

    /// Share of amounts of a smaller bucket, and half of those of the same one; `None` when nothing is
    /// counted.
    pub fn rank(&self, value_cents: u64) -> Option<f64> {
        let total = self.total();
        if total == 0 {
            return None;
        }
        let place = bucket(value_cents);
        let below: u64 = self.counts[..place].iter().copied().map(u64::from).sum();
        Some((below as f64 + f64::from(self.counts[place]) / 2.0) / total as f64)
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.counts.len() == BUCKETS && self.counts.iter().all(|count| *count <= COUNT_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_quantile_is_right_to_a_fifth(mut values in prop::collection::vec(1u64..1 << 30, 1..200)) {
            let mut amounts = Amounts::default();
            for value in &values {
                amounts.add(*value);
            }
            values.sort_unstable();
            for share in [0.1, 0.5, 0.9] {
                let place = ((share * values.len() as f64) as usize).clamp(1, values.len()) - 1;
                let (found, exact) = (amounts.quantile(share).unwrap(), values[place]);
                let ratio = (found as f64 + 1.0) / (exact as f64 + 1.0);
                prop_assert!((0.8..=1.25).contains(&ratio), "{found} for {exact}");
            }
        }

        #[test]
        fn a_larger_amount_never_has_a_lower_rank(
            values in prop::collection::vec(any::<u64>(), 1..50), a: u64, b: u64,
        ) {
            let mut amounts = Amounts::default();
            for value in values {
                amounts.add(value);
            }
            prop_assert!(amounts.rank(a.min(b)) <= amounts.rank(a.max(b)));
        }
    }

    #[test]
    fn one_huge_amount_does_not_move_what_is_usual_and_counts_stay_bounded() {
        let mut amounts = Amounts::default();
        for _ in 0..100 {
            amounts.add(10_000);
        }
        let before = amounts.quantile(0.9);
        amounts.add(u64::MAX);
        assert_eq!(amounts.quantile(0.9), before);
        for _ in 0..100_000 {
            amounts.add(500);
        }
        assert!(amounts.is_sound());
    }
}
