use super::*;
use crate::customers::Truth;
use behavior::score::Scorer;

fn seen(truth: Option<Truth>) -> Seen {
    let is_first = truth.is_some();
    let (signals, bits) = (Signals::default(), [0.0; 3]);
    Seen { customer: 0, at: 0, truth, is_first, signals, bits }
}

const EASY: Truth = Truth { attack: Attack::SimSwap, is_hard: false };
const HARD: Truth = Truth { attack: Attack::Coerced, is_hard: true };

#[test]
fn a_perfect_ranking_finds_all_and_a_constant_one_as_much_as_the_budget() {
    let mut all: Vec<Seen> = (0..1_000).map(|_| seen(None)).collect();
    all.extend([seen(Some(EASY)), seen(Some(HARD)), seen(Some(HARD))]);
    let perfect: Vec<f64> =
        all.iter().map(|seen| if seen.truth.is_some() { 1.0 } else { 0.0 }).collect();
    let found = detected("perfect", &all, &perfect);
    assert!(found.budgets.iter().all(|b| b.easy.value() == 1.0 && b.hard.value() == 1.0));
    assert_eq!(found.budgets[0].hard.of, 2);
    let constant = detected("constant", &all, &vec![7.0; all.len()]);
    for (budget, expected) in constant.budgets.iter().zip([0.001, 0.005, 0.01]) {
        assert!((budget.hard.value() - expected).abs() < 1e-9, "{budget:?}");
    }
}

#[test]
fn the_interval_of_a_share_holds_it_and_narrows_with_more() {
    let share = |of: usize| Share { of, found: of as f64 * 0.8 };
    let width = |of: usize| {
        let (low, high) = share(of).interval();
        assert!(low < 0.8 && 0.8 < high);
        high - low
    };
    assert!(width(10) > width(100) && width(100) > width(1_000));
    assert_eq!(Share { of: 0, found: 0.0 }.interval(), (0.0, 1.0));
}

/// The same run twice gives the same figures; what is new in device and country together is found, and
/// weights find more of the hard attacks than steps without order do.
#[test]
fn a_small_run_is_repeatable_and_beats_the_baselines() {
    let config = Config { customers: 500, days: 90, seed: 3, attacked_per_1000: 500 };
    let report = evaluate(&config, behavior::assess::DEFAULT_PACK).unwrap();
    assert_eq!(report, evaluate(&config, behavior::assess::DEFAULT_PACK).unwrap());
    let at_one_per_cent = |name: &str| {
        let found = report.detectors.iter().find(|found| found.name == name).unwrap();
        found.budgets.iter().find(|budget| budget.per_10_000 == 100).unwrap().clone()
    };
    let (weights, unigram) = (at_one_per_cent("weights"), at_one_per_cent("unigram"));
    let rules = at_one_per_cent("rules");
    assert!(weights.hard.value() > unigram.hard.value(), "{weights:?} {unigram:?}");
    assert!(weights.easy.value() > 0.5 && rules.easy.value() > 0.5, "{weights:?} {rules:?}");
    assert!(report.honest > 500 && report.attacks > 40);
}

#[test]
fn the_weights_that_come_along_are_what_the_simulation_teaches() {
    let config = Config::default();
    let taught = weights(&config, &learn(&config).to_learn, None).unwrap();
    assert_eq!(taught, Scorer::parse(behavior::score::SIMULATED).unwrap());
}
