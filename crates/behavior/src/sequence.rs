//! How surprising the steps of a session are.
//!
//! A model of up to four steps (three before, one now), with interpolated back-off after Witten and Bell
//! (1991): what a long history says is mixed with what a shorter one says, by how often the long one was
//! seen and in how many ways it went on. Each history has a row of counts, so all that back-off needs
//! can be added up from counts alone, and counts of two machines add up to those of both.

use serde::{Deserialize, Serialize};

use crate::BehaviorError;
use crate::event::SYMBOLS;
use crate::profile::Pairs;

/// Steps before the one that is predicted, at most.
pub const HISTORY_MAX: usize = 3;
/// Stands before the first step of a session.
const BEGIN: u8 = SYMBOLS as u8 - 1;
/// Rows for histories of two and three steps, which share them by a hash. The simulator's customers
/// have about 1,500 such histories.
const HASHED_ROWS: usize = 4_096;
/// All rows: no history, one step, two and three.
const ROWS: usize = 1 + SYMBOLS + HASHED_ROWS;
/// Own steps before a customer's own habits count: with fewer, they say more about chance.
pub const OWN_STEPS_MIN: u32 = 400;

/// Counts of steps after histories: 595 kB.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ngrams {
    counts: Vec<u32>,
}

impl Default for Ngrams {
    fn default() -> Self {
        Self { counts: vec![0; ROWS * SYMBOLS] }
    }
}

/// The row of a history. The hash is the finalizer of splitmix64.
fn row(history: &[u8]) -> usize {
    match history {
        [] => 0,
        [only] => 1 + usize::from(*only),
        steps => {
            let packed = steps.iter().fold(1u64, |packed, step| packed << 8 | u64::from(*step));
            let mut z = packed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            1 + SYMBOLS + ((z ^ z >> 31) % HASHED_ROWS as u64) as usize
        }
    }
}

/// The steps before each step, the session's beginning included, and the step.
fn histories(steps: &[u8]) -> impl Iterator<Item = ([u8; HISTORY_MAX], u8)> {
    let mut history = [BEGIN; HISTORY_MAX];
    steps.iter().map(move |step| {
        let before = history;
        history.rotate_left(1);
        history[HISTORY_MAX - 1] = *step;
        (before, *step)
    })
}

impl Ngrams {
    fn row(&self, history: &[u8]) -> &[u32] {
        let begin = row(history) * SYMBOLS;
        &self.counts[begin..begin + SYMBOLS]
    }

    /// Counts the steps of a session. Steps that are no words of the alphabet are passed over.
    pub fn learn(&mut self, steps: &[u8]) {
        for (history, step) in histories(steps) {
            let is_word = |step: &u8| usize::from(*step) < SYMBOLS;
            if !is_word(&step) || !history.iter().all(is_word) {
                continue;
            }
            for length in 0..=HISTORY_MAX {
                let place = row(&history[HISTORY_MAX - length..]) * SYMBOLS + usize::from(step);
                self.counts[place] = self.counts[place].saturating_add(1);
            }
        }
    }

    /// Adds the counts of another model.
    pub fn merge(&mut self, other: &Ngrams) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*more);
        }
    }

    /// Probability of a step after up to `length` of the steps before it.
    fn probability(&self, history: &[u8; HISTORY_MAX], step: u8, length: usize) -> f64 {
        let mut probability = 1.0 / SYMBOLS as f64;
        for length in 0..=length.min(HISTORY_MAX) {
            let counts = self.row(&history[HISTORY_MAX - length..]);
            let total: u64 = counts.iter().copied().map(u64::from).sum();
            if total == 0 {
                break;
            }
            let kinds = counts.iter().filter(|count| **count > 0).count() as f64;
            let count = counts.get(usize::from(step)).copied().unwrap_or(0);
            probability = (f64::from(count) + kinds * probability) / (total as f64 + kinds);
        }
        probability
    }

    /// Mean surprise of a session's steps, in bits a step; `None` without steps. A customer's own habits
    /// are mixed in when there are [`OWN_STEPS_MIN`] steps of them.
    pub fn bits(&self, steps: &[u8], own: Option<&Pairs>) -> Option<f64> {
        let own = own.filter(|own| own.steps() >= OWN_STEPS_MIN);
        self.mean_bits(steps, |history, step| {
            let of_all = self.probability(history, step, HISTORY_MAX);
            let before = history[HISTORY_MAX - 1];
            match own.map(|own| own.after(before, step)) {
                Some((count, all, kinds)) if all > 0 => {
                    let kinds = f64::from(kinds);
                    (f64::from(count) + kinds * of_all) / (f64::from(all) + kinds)
                }
                _ => of_all,
            }
        })
    }

    /// The same with no history at all: the baseline that sequences are compared with.
    pub fn unigram_bits(&self, steps: &[u8]) -> Option<f64> {
        self.mean_bits(steps, |history, step| self.probability(history, step, 0))
    }

    fn mean_bits(
        &self,
        steps: &[u8],
        probability: impl Fn(&[u8; HISTORY_MAX], u8) -> f64,
    ) -> Option<f64> {
        let bits: f64 = histories(steps)
            .map(|(history, step)| -libm::log2(probability(&history, step).max(1e-12)))
            .sum();
        (!steps.is_empty()).then(|| bits / steps.len() as f64)
    }

    pub(crate) fn check(&self) -> Result<(), BehaviorError> {
        let is_sound = self.counts.len() == ROWS * SYMBOLS;
        is_sound.then_some(()).ok_or(BehaviorError::Population("a table of steps has another size"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sessions() -> impl Strategy<Value = Vec<Vec<u8>>> {
        prop::collection::vec(prop::collection::vec(0u8..SYMBOLS as u8 - 1, 0..12), 0..20)
    }

    fn learned(sessions: &[Vec<u8>]) -> Ngrams {
        let mut model = Ngrams::default();
        sessions.iter().for_each(|steps| model.learn(steps));
        model
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn probabilities_of_all_steps_after_any_history_add_up_to_one(
            sessions in sessions(), history: [u8; 3],
        ) {
            let model = learned(&sessions);
            let history = history.map(|step| step % SYMBOLS as u8);
            for length in 0..=HISTORY_MAX {
                let all: f64 = (0..SYMBOLS as u8)
                    .map(|step| model.probability(&history, step, length))
                    .sum();
                prop_assert!((all - 1.0).abs() < 1e-9, "{all}");
            }
        }

        #[test]
        fn counts_merge_in_any_order_to_what_one_machine_would_have_counted(
            a in sessions(), b in sessions(), c in sessions(),
        ) {
            let merged = |models: &[&Ngrams]| {
                let mut sum = Ngrams::default();
                models.iter().for_each(|model| sum.merge(model));
                sum
            };
            let (x, y, z) = (learned(&a), learned(&b), learned(&c));
            let left = merged(&[&merged(&[&x, &y]), &z]);
            prop_assert!(left == merged(&[&x, &merged(&[&y, &z])]));
            prop_assert!(left == merged(&[&z, &y, &x]));
            prop_assert!(left == learned(&[a, b, c].concat()));
        }
    }

    #[test]
    fn what_was_seen_often_surprises_less_than_what_was_never_seen() {
        let usual = [3u8, 17, 18, 13, 13];
        let model = learned(&vec![usual.to_vec(); 200]);
        let (same, other) =
            (model.bits(&usual, None).unwrap(), model.bits(&[3, 24, 22, 11, 14], None).unwrap());
        assert!(same < 0.2 && other > 4.0, "{same} {other}");
        assert_eq!(model.bits(&[], None), None);
    }

    #[test]
    fn own_habits_count_only_when_there_are_enough_of_them() {
        let model = learned(&vec![vec![3u8, 17, 18, 13]; 200]);
        let mine = [3u8, 25, 26];
        let mut own = Pairs::default();
        let count = |own: &mut Pairs| mine.windows(2).for_each(|two| own.add(two[0], two[1]));
        count(&mut own);
        assert_eq!(model.bits(&mine, Some(&own)), model.bits(&mine, None));
        while own.steps() < OWN_STEPS_MIN {
            count(&mut own);
        }
        assert!(model.bits(&mine, Some(&own)).unwrap() < model.bits(&mine, None).unwrap() / 2.0);
    }
}
