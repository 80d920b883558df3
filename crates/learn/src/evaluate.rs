//! Measuring: how many illicit accounts are found when one normal account in a hundred, or in a
//! thousand, is flagged too.

use std::collections::BTreeMap;

use onchain::account_model::AccountModel;
use serde::Serialize;

use crate::dataset::{Dataset, LabelSource, Labelled};
use crate::replay::{Snapshot, replay};

/// Horizons by name, with their number of events; 0 is the whole history.
pub const HORIZONS: [(&str, u32); 3] = [("whole", 0), ("first_10", 10), ("first_3", 3)];
/// Events at which it is asked whether an account would have been caught by then.
const CHECKPOINTS: [u32; 12] = [1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 100, 300];

/// Figures for one horizon and one source of illicit labels.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Figures {
    /// Area under precision and recall.
    pub average_precision: f64,
    /// Chance that an illicit account scores above a normal one.
    pub roc_auc: f64,
    /// Share of illicit accounts above the score that one normal account in a hundred exceeds.
    pub recall_at_fpr_1pct: f64,
    /// The same for one in a thousand.
    pub recall_at_fpr_0_1pct: f64,
    /// Accounts measured.
    pub accounts: usize,
    /// Illicit ones among them.
    pub illicit: usize,
}

/// How early illicit accounts are caught at a threshold that one normal account in a hundred ever
/// exceeds at a checkpoint.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Earliness {
    /// Share of illicit accounts caught at some checkpoint.
    pub caught: f64,
    /// Events after which half of the caught ones had been caught.
    pub median_events: u32,
    /// Hours from the first event to that moment, median of the caught ones.
    pub median_hours: f64,
}

/// All figures: horizon, then source.
pub type Report = BTreeMap<&'static str, BTreeMap<&'static str, Figures>>;

/// Measures a model on the accounts that `is_chosen` picks. Accounts without history are left out.
pub fn evaluate(
    model: &AccountModel,
    dataset: &Dataset,
    is_chosen: &dyn Fn(usize, &Labelled) -> bool,
) -> (Report, Earliness) {
    let snapshots = replay(dataset, is_chosen, &CHECKPOINTS);
    let scores: Vec<f64> = snapshots.iter().map(|s| model.raw(&s.row)).collect();
    let mut report = Report::new();
    for (name, horizon) in HORIZONS {
        let latest: BTreeMap<usize, f64> = at_horizon(&snapshots, horizon)
            .into_iter()
            .map(|(account, place)| (account, scores[place]))
            .collect();
        let by_source = [
            ("all", None),
            ("kaggle", Some(LabelSource::Kaggle)),
            ("etherscan", Some(LabelSource::Etherscan)),
        ];
        let figures = by_source.map(|(label, source)| {
            let scored: Vec<(f64, bool)> = latest
                .iter()
                .map(|(account, score)| (*score, &dataset.accounts[*account]))
                .filter(|(_, a)| !a.is_illicit || source.is_none_or(|source| a.source == source))
                .map(|(score, account)| (score, account.is_illicit))
                .collect();
            (label, measure(&scored))
        });
        report.insert(name, figures.into_iter().collect());
    }
    let earliness = earliness(dataset, &snapshots, &scores);
    (report, earliness)
}

/// The snapshot of each account at a horizon, or at the end for shorter histories, by its place.
fn at_horizon(snapshots: &[Snapshot], horizon: u32) -> BTreeMap<usize, usize> {
    let mut latest = BTreeMap::new();
    for (place, snapshot) in snapshots.iter().enumerate() {
        if snapshot.horizon == 0 {
            latest.entry(snapshot.account).or_insert(place);
        } else if snapshot.horizon == horizon {
            latest.insert(snapshot.account, place);
        }
    }
    latest
}

/// The rows that [`evaluate`] measures on, by name of the horizon.
pub fn test_rows(
    dataset: &Dataset,
    is_chosen: &dyn Fn(usize, &Labelled) -> bool,
) -> Vec<(&'static str, Snapshot)> {
    let snapshots = replay(dataset, is_chosen, &CHECKPOINTS);
    HORIZONS
        .iter()
        .flat_map(|(name, horizon)| {
            let places = at_horizon(&snapshots, *horizon).into_values();
            places.map(|place| (*name, snapshots[place].clone())).collect::<Vec<_>>()
        })
        .collect()
}

/// Figures of `(score, is illicit)` pairs. Without one of the classes, what cannot be said is NaN.
pub fn measure(scored: &[(f64, bool)]) -> Figures {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let illicit = sorted.iter().filter(|(_, is_illicit)| *is_illicit).count();
    let normal = sorted.len() - illicit;
    // Ties are taken together, so that the order of equal scores does not matter.
    let (mut found, mut alarms, mut precision_sum, mut pairs) = (0usize, 0usize, 0.0, 0.0);
    let mut at = 0;
    while at < sorted.len() {
        let end = at + sorted[at..].iter().take_while(|(score, _)| *score == sorted[at].0).count();
        let here = sorted[at..end].iter().filter(|(_, is_illicit)| *is_illicit).count();
        let wrong = end - at - here;
        found += here;
        pairs += here as f64 * ((normal - alarms - wrong) as f64 + wrong as f64 / 2.0);
        alarms += wrong;
        precision_sum += here as f64 * (found as f64 / (found + alarms) as f64);
        at = end;
    }
    let recall = |allowed_share: f64| {
        // The score that at most this share of normals exceeds: their quantile, taken from above.
        let of_normals: Vec<f64> =
            sorted.iter().filter(|(_, i)| !i).map(|(score, _)| *score).collect();
        if of_normals.is_empty() {
            return f64::NAN;
        }
        let rank = ((1.0 - allowed_share) * (normal - 1) as f64).ceil() as usize;
        let threshold = of_normals[normal - 1 - rank.min(normal - 1)];
        let above = sorted.iter().filter(|(score, i)| *i && *score > threshold).count();
        above as f64 / illicit as f64
    };
    Figures {
        average_precision: precision_sum / illicit as f64,
        roc_auc: pairs / (illicit as f64 * normal as f64),
        recall_at_fpr_1pct: recall(0.01),
        recall_at_fpr_0_1pct: recall(0.001),
        accounts: sorted.len(),
        illicit,
    }
}

fn earliness(dataset: &Dataset, snapshots: &[Snapshot], scores: &[f64]) -> Earliness {
    let mut highest: BTreeMap<usize, f64> = BTreeMap::new();
    for (snapshot, score) in snapshots.iter().zip(scores) {
        let known = highest.entry(snapshot.account).or_insert(f64::NEG_INFINITY);
        *known = known.max(*score);
    }
    let mut of_normals: Vec<f64> = highest
        .iter()
        .filter(|(account, _)| !dataset.accounts[**account].is_illicit)
        .map(|(_, score)| *score)
        .collect();
    of_normals.sort_by(f64::total_cmp);
    let threshold = match of_normals.len() {
        0 => f64::INFINITY,
        count => of_normals[(count * 99 / 100).min(count - 1)],
    };
    let mut first: BTreeMap<usize, (u32, u32)> = BTreeMap::new();
    let mut illicit = 0;
    for account in highest.keys() {
        illicit += usize::from(dataset.accounts[*account].is_illicit);
    }
    for (snapshot, score) in snapshots.iter().zip(scores) {
        if dataset.accounts[snapshot.account].is_illicit && *score > threshold {
            let entry = first.entry(snapshot.account).or_insert((u32::MAX, 0));
            if snapshot.events < entry.0 {
                *entry = (snapshot.events, snapshot.age_s);
            }
        }
    }
    let mut events: Vec<u32> = first.values().map(|(events, _)| *events).collect();
    let mut ages: Vec<u32> = first.values().map(|(_, age_s)| *age_s).collect();
    events.sort_unstable();
    ages.sort_unstable();
    let middle = |values: &[u32]| values.get(values.len() / 2).copied().unwrap_or(0);
    Earliness {
        caught: first.len() as f64 / illicit.max(1) as f64,
        median_events: middle(&events),
        median_hours: f64::from(middle(&ages)) / 3600.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_agree_with_hand_counts() {
        // Scores 4 i, 3 n, 2 i, 1 n: two of four pairs are right but one, AP = (1 + 2/3) / 2.
        let figures = measure(&[(4.0, true), (3.0, false), (2.0, true), (1.0, false)]);
        assert_eq!(figures.roc_auc, 0.75);
        assert!((figures.average_precision - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
        assert_eq!(figures.recall_at_fpr_1pct, 0.5);
        let tied = measure(&[(1.0, true), (1.0, false)]);
        assert_eq!((tied.roc_auc, tied.recall_at_fpr_1pct), (0.5, 0.0));
    }
}
