//! One number for a withdrawal: a weighted sum of named features.
//!
//! Each feature grows with risk and no weight is negative, so a worse sign never lowers the score. What
//! is not known counts as half a sign, not as none.

use serde::{Deserialize, Serialize};

use crate::BehaviorError;
use crate::signal::Signals;

/// Features.
pub const FEATURES: usize = 25;

/// Their names, in order.
pub const NAMES: [&str; FEATURES] = [
    "device_new",
    "country_new",
    "network_new",
    "tor",
    "hidden_new",
    "datacenter",
    "travel",
    "failures",
    "hour_unusual",
    "amount_times",
    "amount_rank",
    "drain_of_inflow",
    "drain_of_balance",
    "destination_first",
    "destination_young",
    "changed_recently",
    "loosened_recently",
    "takeover_order",
    "remote_hint",
    "sequence_rank",
    "withdrawals_hour",
    "device_new_and_first",
    "first_and_drain",
    "first_and_sequence",
    "changed_and_device_new",
];

/// Weights that were learned from the simulator's customers. They are a start for an operator who has no
/// labels, and in use only where somebody asks for them; `docs/behavior.md` is their card.
pub const SIMULATED: &str = include_str!("../../../models/behavior-weights.json");

/// Largest file of weights that is read.
const FILE_LEN_MAX: usize = 64 << 10;

/// A sign that is there, is not, or is not known.
fn sign(is: Option<bool>) -> f64 {
    match is {
        Some(true) => 1.0,
        Some(false) => 0.0,
        None => 0.5,
    }
}

/// 1 for a time just passed, falling to 0 in some days; 0 for what never happened.
fn recent(time_s: Option<u64>, days: f64) -> f64 {
    time_s.map_or(0.0, |time_s| (1.0 - time_s as f64 / (days * 86_400.0)).max(0.0))
}

/// How far in the upper tail a share is: 0 up to the middle, 1 at nine in ten, 3 at 999 in 1,000.
fn tail(rank: Option<f64>) -> f64 {
    rank.map_or(0.5, |rank| (-libm::log10((1.0 - rank).max(1e-4))).clamp(0.0, 4.0))
}

/// The features of signals.
pub fn features(signals: &Signals) -> [f64; FEATURES] {
    let s = signals;
    let one = |is: bool| if is { 1.0 } else { 0.0 };
    let device_new = one(s.device_is_new);
    let first = one(s.destination_is_first);
    let drain = s.drain_of_balance.map_or(0.5, |share| share.clamp(0.0, 1.0));
    let sequence = tail(s.sequence_rank);
    let changed = recent(s.changed_s, 7.0);
    let age_s = s.destination_age_s.unwrap_or(0);
    [
        device_new,
        sign(s.country_is_new),
        sign(s.network_is_new),
        sign(s.tor),
        one(s.hidden_is_new),
        sign(s.datacenter),
        s.travel_kmh.map_or(0.0, |speed| (speed / 1_000.0).clamp(0.0, 3.0)),
        libm::log1p(f64::from(s.failures)).min(4.0),
        s.hour_share.map_or(0.5, |share| (1.0 - share / 0.2).max(0.0)),
        s.amount_times.map_or(0.5, |times| libm::log2(times.max(1.0)).min(8.0)),
        tail(s.amount_rank),
        s.drain_of_inflow.map_or(0.0, |share| share.clamp(0.0, 1.0)),
        drain,
        first,
        recent(Some(age_s), 14.0),
        changed,
        recent(s.loosened_s, 7.0),
        one(s.is_takeover_order),
        one(s.remote_hint),
        sequence,
        f64::from(s.withdrawals_1h).min(5.0),
        device_new * first,
        first * drain,
        first * sequence,
        changed * device_new,
    ]
}

/// A feature and its weight.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Weight {
    /// Its name.
    pub feature: String,
    /// Its weight, not negative.
    pub weight: f64,
}

/// A score that a share of honest withdrawals stays below.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Threshold {
    /// The share.
    pub rank: f64,
    /// The score.
    pub score: f64,
}

/// Shares for which thresholds are kept.
pub const RANKS: [f64; 8] = [0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999];

/// Weights and what they were learned from.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scorer {
    /// What they were learned from, in words.
    pub learned_from: String,
    /// Added to every sum.
    pub intercept: f64,
    /// One for each feature, in order.
    pub weights: Vec<Weight>,
    /// Scores of honest withdrawals, rising.
    pub thresholds: Vec<Threshold>,
}

impl Scorer {
    /// Reads weights.
    ///
    /// # Errors
    /// [`BehaviorError::Score`] for text that is no weights of these features, negative weights, or
    /// thresholds that do not rise.
    pub fn parse(json: &str) -> Result<Self, BehaviorError> {
        if json.len() > FILE_LEN_MAX {
            let (what, unit) = ("a file of weights", "bytes");
            return Err(BehaviorError::TooLarge { what, limit: FILE_LEN_MAX, unit });
        }
        let scorer: Scorer =
            serde_json::from_str(json).map_err(|error| BehaviorError::Score(error.to_string()))?;
        scorer.check()?;
        Ok(scorer)
    }

    pub(crate) fn check(&self) -> Result<(), BehaviorError> {
        let wrong = |problem: &str| Err(BehaviorError::Score(problem.to_owned()));
        if !self.weights.iter().map(|weight| weight.feature.as_str()).eq(NAMES) {
            return wrong("the features are not those of this version, in their order");
        }
        let is_weight = |weight: &Weight| weight.weight.is_finite() && weight.weight >= 0.0;
        if !self.weights.iter().all(is_weight) || !self.intercept.is_finite() {
            return wrong("a weight is negative or no number");
        }
        let is_rising = self
            .thresholds
            .windows(2)
            .all(|two| two[0].rank < two[1].rank && two[0].score <= two[1].score);
        let is_finite = |t: &Threshold| t.score.is_finite() && (0.0..1.0).contains(&t.rank);
        if !is_rising || !self.thresholds.iter().all(is_finite) {
            return wrong("the thresholds do not rise");
        }
        Ok(())
    }

    /// The weights as they are kept in a file.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The weighted sum: logarithm of the odds, as far as it was learned from odds that hold.
    pub fn raw(&self, signals: &Signals) -> f64 {
        let sum: f64 = self
            .weights
            .iter()
            .zip(features(signals))
            .map(|(weight, feature)| weight.weight * feature)
            .sum();
        self.intercept + sum
    }

    /// The largest kept share of honest withdrawals that scored lower.
    pub fn rank(&self, raw: f64) -> f64 {
        let reached = self.thresholds.iter().take_while(|threshold| raw > threshold.score);
        reached.last().map_or(0.0, |threshold| threshold.rank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_that_come_along_are_weights_of_these_features() {
        let scorer = Scorer::parse(SIMULATED).unwrap();
        assert!(scorer.weights.iter().any(|weight| weight.weight > 1.0));
        assert_eq!(scorer.thresholds.len(), RANKS.len());
        assert!(scorer.rank(f64::INFINITY) > 0.99 && scorer.rank(f64::NEG_INFINITY) == 0.0);
    }
}
