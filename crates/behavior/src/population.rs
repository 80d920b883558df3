//! What customers of a segment usually do: their steps, how surprising sessions are among them, and
//! what they send away.

use serde::{Deserialize, Serialize};

use crate::BehaviorError;
use crate::profile::{BUCKETS, bucket};
use crate::sequence::Ngrams;

/// A kind of customer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Segment {
    /// People who buy, hold and now and then send.
    Retail,
    /// People who trade often.
    Trader,
    /// Companies that pay others.
    Business,
}

impl Segment {
    /// All of them.
    pub const ALL: [Segment; 3] = [Segment::Retail, Segment::Trader, Segment::Business];
    /// Their names, in the same order.
    pub const NAMES: [&'static str; 3] = ["retail", "trader", "business"];
}

/// Cells of surprise: 1/16 bit each, up to 16 bits.
const BITS_CELLS: usize = 256;
/// Things that must be counted before a rank among them says anything.
const RANK_MIN: u64 = 200;
/// Largest population as bytes: three tables of counts of at most 5 bytes each.
const POPULATION_LEN_MAX: usize = 4 << 20;

/// How often values of each cell were seen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Histogram {
    cells: Vec<u64>,
}

impl Histogram {
    fn new(cells: usize) -> Self {
        Self { cells: vec![0; cells] }
    }

    fn add(&mut self, cell: usize) {
        let last = self.cells.len() - 1;
        let count = &mut self.cells[cell.min(last)];
        *count = count.saturating_add(1);
    }

    fn merge(&mut self, other: &Histogram) {
        for (count, more) in self.cells.iter_mut().zip(&other.cells) {
            *count = count.saturating_add(*more);
        }
    }

    /// Share of values in lower cells, and half of those in the same one.
    fn rank(&self, cell: usize) -> Option<f64> {
        let total = self.cells.iter().fold(0u64, |sum, count| sum.saturating_add(*count));
        if total < RANK_MIN {
            return None;
        }
        let cell = cell.min(self.cells.len() - 1);
        let below = self.cells[..cell].iter().fold(0u64, |sum, count| sum.saturating_add(*count));
        Some((below as f64 + self.cells[cell] as f64 / 2.0) / total as f64)
    }
}

fn bits_cell(bits: f64) -> usize {
    (bits.max(0.0) * 16.0) as usize
}

/// What is usual in one segment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Usual {
    steps: Ngrams,
    bits: Histogram,
    amounts: Histogram,
}

/// What customers usually do. Two of them, learned apart, merge into what one would have learned.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Population {
    segments: Vec<Usual>,
}

impl Default for Population {
    fn default() -> Self {
        let usual = Usual {
            steps: Ngrams::default(),
            bits: Histogram::new(BITS_CELLS),
            amounts: Histogram::new(BUCKETS),
        };
        Self { segments: vec![usual; Segment::ALL.len()] }
    }
}

impl Population {
    /// The steps of a segment.
    pub fn steps(&self, segment: Segment) -> &Ngrams {
        &self.segments[segment as usize].steps
    }

    /// Counts the steps of a session.
    pub fn learn(&mut self, segment: Segment, steps: &[u8]) {
        self.segments[segment as usize].steps.learn(steps);
    }

    /// Counts how surprising a session with a withdrawal was. Sessions whose steps were learned are
    /// less surprising than others: calibrate on later ones.
    pub fn calibrate(&mut self, segment: Segment, bits: f64) {
        self.segments[segment as usize].bits.add(bits_cell(bits));
    }

    /// Counts the value of a withdrawal.
    pub fn count_amount(&mut self, segment: Segment, value_cents: u64) {
        self.segments[segment as usize].amounts.add(bucket(value_cents));
    }

    /// Share of the segment's sessions that are less surprising; `None` when too few are known.
    pub fn bits_rank(&self, segment: Segment, bits: f64) -> Option<f64> {
        self.segments[segment as usize].bits.rank(bits_cell(bits))
    }

    /// Share of the segment's withdrawals that are smaller; `None` when too few are known.
    pub fn amount_rank(&self, segment: Segment, value_cents: u64) -> Option<f64> {
        self.segments[segment as usize].amounts.rank(bucket(value_cents))
    }

    /// Adds what another has learned.
    pub fn merge(&mut self, other: &Population) {
        for (usual, more) in self.segments.iter_mut().zip(&other.segments) {
            usual.steps.merge(&more.steps);
            usual.bits.merge(&more.bits);
            usual.amounts.merge(&more.amounts);
        }
    }

    /// The population as bytes.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// Reads a population.
    ///
    /// # Errors
    /// [`BehaviorError::Population`] for bytes that are none.
    pub fn decode(bytes: &[u8]) -> Result<Self, BehaviorError> {
        if bytes.len() > POPULATION_LEN_MAX {
            return Err(BehaviorError::Population("it has too many bytes"));
        }
        let population: Population = postcard::from_bytes(bytes)
            .map_err(|_| BehaviorError::Population("these bytes are no population"))?;
        if population.segments.len() != Segment::ALL.len() {
            return Err(BehaviorError::Population("it has another number of segments"));
        }
        for usual in &population.segments {
            usual.steps.check()?;
            if usual.bits.cells.len() != BITS_CELLS || usual.amounts.cells.len() != BUCKETS {
                return Err(BehaviorError::Population("a histogram has another size"));
            }
        }
        Ok(population)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Learned = (u8, Vec<u8>, f64, u64);

    fn population(all: &[Learned]) -> Population {
        let mut population = Population::default();
        for (segment, steps, bits, value_cents) in all {
            let segment = Segment::ALL[usize::from(*segment) % 3];
            population.learn(segment, steps);
            population.calibrate(segment, *bits);
            population.count_amount(segment, *value_cents);
        }
        population
    }

    fn learned() -> impl Strategy<Value = Vec<Learned>> {
        let steps = prop::collection::vec(any::<u8>(), 0..8);
        prop::collection::vec((0u8..3, steps, -1.0f64..40.0, any::<u64>()), 0..12)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn two_populations_merge_in_either_order_to_one_and_come_back_from_bytes(
            a in learned(), b in learned(),
        ) {
            let (mut left, mut right) = (population(&a), population(&b));
            let (x, y) = (left.clone(), right.clone());
            left.merge(&y);
            right.merge(&x);
            prop_assert!(left == right);
            prop_assert!(left == population(&[a, b].concat()));
            prop_assert!(Population::decode(&left.encode()).unwrap() == left);
        }
    }

    #[test]
    fn a_rank_is_not_known_before_enough_is_counted_and_then_grows() {
        let mut population = Population::default();
        for n in 0..RANK_MIN {
            assert_eq!(population.bits_rank(Segment::Retail, 1.0), None);
            population.calibrate(Segment::Retail, n as f64 / 50.0);
        }
        let rank = |bits| population.bits_rank(Segment::Retail, bits).unwrap();
        assert!(rank(0.0) < rank(2.0) && rank(2.0) < rank(9.0) && rank(9.0) == 1.0);
        assert_eq!(population.bits_rank(Segment::Trader, 1.0), None);
    }

    #[test]
    fn bytes_of_another_shape_are_refused() {
        let mut population = Population::default();
        population.segments.pop();
        assert!(Population::decode(&population.encode()).is_err());
        assert!(Population::decode(b"nothing").is_err());
    }
}
