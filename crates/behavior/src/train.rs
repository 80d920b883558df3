//! Learning the weights: logistic regression with weights that are not negative.
//!
//! Batch gradient descent from zero, projected on what is not negative after each step. There is no
//! randomness: the same rows give the same weights.

use crate::BehaviorError;
use crate::score::{FEATURES, NAMES, RANKS, Scorer, Threshold, Weight};

/// One withdrawal that was seen, and what it was.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Row {
    /// Its features.
    pub features: [f64; FEATURES],
    /// Whether it was part of an attack.
    pub is_attack: bool,
}

/// Steps of the descent. On the simulator's rows the loss changes by less than 0.1 % from half of it on.
const STEPS: usize = 600;
/// Length of a step.
const RATE: f64 = 0.3;
/// Pull of each weight towards zero.
const RIDGE: f64 = 1e-4;
/// Rows of each kind that there must be.
const ROWS_MIN: usize = 20;

/// Four decimals: more would suggest a precision that is not there.
fn rounded(value: f64) -> f64 {
    libm::round(value * 10_000.0) / 10_000.0
}

/// Weights from rows. Attacks and honest withdrawals count alike in all, however many there are of
/// each; thresholds are taken from the honest rows.
///
/// # Errors
/// [`BehaviorError::Score`] for fewer than 20 rows of either kind.
pub fn train(rows: &[Row], learned_from: &str) -> Result<Scorer, BehaviorError> {
    let attacks = rows.iter().filter(|row| row.is_attack).count();
    let honest = rows.len() - attacks;
    if attacks < ROWS_MIN || honest < ROWS_MIN {
        return Err(BehaviorError::Score(format!(
            "{attacks} attacks and {honest} honest withdrawals are too few to learn from"
        )));
    }
    let (mut weights, mut intercept) = ([0.0f64; FEATURES], 0.0f64);
    for _ in 0..STEPS {
        let (mut slope, mut slope_intercept) = ([0.0f64; FEATURES], 0.0f64);
        for row in rows {
            let sum = weights.iter().zip(&row.features).map(|(w, x)| w * x).sum::<f64>();
            let probability = 1.0 / (1.0 + libm::exp(-(sum + intercept)));
            let (label, share) = match row.is_attack {
                true => (1.0, 0.5 / attacks as f64),
                false => (0.0, 0.5 / honest as f64),
            };
            let error = (probability - label) * share;
            slope.iter_mut().zip(&row.features).for_each(|(slope, x)| *slope += error * x);
            slope_intercept += error;
        }
        for (weight, slope) in weights.iter_mut().zip(slope) {
            *weight = (*weight - RATE * (slope + RIDGE * *weight)).max(0.0);
        }
        intercept -= RATE * slope_intercept;
    }
    let named = NAMES.iter().zip(weights);
    let mut scorer = Scorer {
        learned_from: learned_from.to_owned(),
        intercept: rounded(intercept),
        weights: named
            .map(|(name, weight)| Weight { feature: (*name).to_owned(), weight: rounded(weight) })
            .collect(),
        thresholds: Vec::new(),
    };
    let honest = rows.iter().filter(|row| !row.is_attack);
    scorer.thresholds = thresholds(&scorer, honest.map(|row| &row.features));
    scorer.check()?;
    Ok(scorer)
}

/// The scores that shares of honest withdrawals stay below.
pub fn thresholds<'a>(
    scorer: &Scorer,
    honest: impl Iterator<Item = &'a [f64; FEATURES]>,
) -> Vec<Threshold> {
    let sum = |features: &[f64; FEATURES]| {
        let products = scorer.weights.iter().zip(features);
        scorer.intercept + products.map(|(weight, x)| weight.weight * x).sum::<f64>()
    };
    let mut scores: Vec<f64> = honest.map(sum).collect();
    scores.sort_by(f64::total_cmp);
    let at = |rank: f64| {
        let place = (rank * scores.len() as f64) as usize;
        scores.get(place.min(scores.len().saturating_sub(1))).copied()
    };
    let found = RANKS.iter().filter_map(|rank| at(*rank).map(|score| (*rank, score)));
    found.map(|(rank, score)| Threshold { rank, score: rounded(score) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(n: usize, is_attack: bool) -> Row {
        let mut features = [0.0; FEATURES];
        features[0] = if is_attack || n.is_multiple_of(10) { 1.0 } else { 0.0 };
        // A feature that speaks for honesty gets no weight.
        features[1] = if is_attack { 0.0 } else { 1.0 };
        features[6] = (n % 7) as f64 / 7.0;
        Row { features, is_attack }
    }

    #[test]
    fn the_telling_feature_gets_the_weight_and_none_is_negative() {
        let rows: Vec<Row> = (0..1_000).map(|n| row(n, n % 20 == 1)).collect();
        let scorer = train(&rows, "a test").unwrap();
        assert!(scorer.weights[0].weight > 1.0, "{:?}", scorer.weights);
        assert!(scorer.weights[1].weight == 0.0);
        assert!(scorer.weights[0].weight > 3.0 * scorer.weights[6].weight);
        assert_eq!(Scorer::parse(&scorer.to_json()).unwrap(), scorer);
        assert_eq!(train(&rows, "a test").unwrap(), scorer, "the same rows, the same weights");
    }

    #[test]
    fn too_few_attacks_teach_nothing() {
        let rows: Vec<Row> = (0..1_000).map(|n| row(n, n < 19)).collect();
        assert_eq!(train(&rows, "a test").unwrap_err().code(), "behavior.score.invalid");
    }

    #[test]
    fn weights_of_other_features_or_below_zero_are_refused() {
        let rows: Vec<Row> = (0..1_000).map(|n| row(n, n % 20 == 1)).collect();
        let scorer = train(&rows, "a test").unwrap();
        let mut negative = scorer.clone();
        negative.weights[3].weight = -0.1;
        assert!(Scorer::parse(&negative.to_json()).is_err());
        let mut renamed = scorer.clone();
        renamed.weights[3].feature = "other".to_owned();
        assert!(Scorer::parse(&renamed.to_json()).is_err());
        let mut falling = scorer;
        falling.thresholds.reverse();
        assert!(Scorer::parse(&falling.to_json()).is_err());
        assert!(Scorer::parse("{}").is_err());
    }
}
