//! How much `behavior` finds of the attacks, at how many honest withdrawals.
//!
//! Time is cut in three: in the first part steps are counted, in the second they are calibrated and
//! weights are learned, in the third all is measured. Attacks of the third part are in no count. Steps
//! are counted of everybody, the attacked included, since nobody knows better at the time.

mod detection;
mod learning;

pub use detection::{BUDGETS, Budget, Cell, Detected, Share, detected};
pub use learning::{Learned, Seen, learn, weights};

use behavior::BehaviorError;
use behavior::assess::Judge;
use behavior::friction::Friction;
use behavior::population::Segment;
use behavior::signal::Signals;
use serde::Serialize;

use super::{Attack, Config};

/// Ways to rank withdrawals, the baselines first.
pub const DETECTORS: [&str; 7] = [
    "unigram",
    "n-gram",
    "n-gram and own habits",
    "new device or country",
    "rules",
    "weights",
    "rules and weights",
];

/// What rules and friction do at their own thresholds.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FrictionReport {
    /// Whose rules.
    pub name: &'static str,
    /// Honest withdrawals that are not simply allowed.
    pub honest: Share,
    /// Honest withdrawals that are held.
    pub honest_held: Share,
    /// Honest withdrawals that are met with an interview.
    pub honest_interviewed: Share,
    /// Attacks whose first withdrawal is not simply allowed.
    pub easy: Share,
    /// The same of hard ones.
    pub hard: Share,
    /// Hard attacks by the customer's own hand that are met with an interview or held.
    pub own_hand: Share,
}

/// All figures.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Report {
    /// What was simulated.
    pub config: Config,
    /// Honest withdrawals that were measured on.
    pub honest: usize,
    /// Attacks whose first withdrawal was measured on.
    pub attacks: usize,
    /// What each detector finds.
    pub detectors: Vec<Detected>,
    /// The weights on kinds of attack that they did not learn from.
    pub unseen: Vec<Detected>,
    /// Rules at their own thresholds, without and with weights.
    pub friction: Vec<FrictionReport>,
    /// Honest withdrawals by segment.
    pub honest_by_segment: Vec<(&'static str, usize)>,
}

fn friction(judge: &Judge, name: &'static str, seen: &[Seen]) -> FrictionReport {
    let answers: Vec<(&Seen, Friction)> =
        seen.iter().map(|seen| (seen, judge.judge(seen.signals.clone()).friction)).collect();
    let share = |of: &dyn Fn(&Seen) -> bool, is: &dyn Fn(Friction) -> bool| {
        let chosen: Vec<bool> = answers
            .iter()
            .filter(|(seen, _)| of(seen))
            .map(|(_, friction)| is(*friction))
            .collect();
        Share { of: chosen.len(), found: chosen.iter().filter(|is| **is).count() as f64 }
    };
    let honest = |seen: &Seen| seen.truth.is_none();
    let attack = |is_hard: bool| {
        move |seen: &Seen| seen.is_first && seen.truth.is_some_and(|truth| truth.is_hard == is_hard)
    };
    let own_hand = |seen: &Seen| {
        let by_owner = [Attack::RemoteAccess, Attack::Coerced];
        seen.is_first && seen.truth.is_some_and(|truth| by_owner.contains(&truth.attack))
    };
    let any = |friction: Friction| friction != Friction::Allow;
    let asked = |friction: Friction| matches!(friction, Friction::Interview(_));
    let held = |friction: Friction| matches!(friction, Friction::Hold | Friction::Deny);
    FrictionReport {
        name,
        honest: share(&honest, &any),
        honest_held: share(&honest, &held),
        honest_interviewed: share(&honest, &asked),
        easy: share(&attack(false), &any),
        hard: share(&attack(true), &any),
        own_hand: share(&own_hand, &|friction| asked(friction) || held(friction)),
    }
}

fn level(judge: &Judge, signals: &Signals) -> f64 {
    f64::from(judge.judge(signals.clone()).verdict.level() as u8)
}

/// Rank by rules: the level first, then how many rules fired.
fn by_rules(judge: &Judge, signals: &Signals) -> f64 {
    let assessment = judge.judge(signals.clone());
    f64::from(assessment.verdict.level() as u8) * 1_000.0 + f64::from(assessment.rules)
}

/// Simulates, learns and measures.
///
/// # Errors
/// [`BehaviorError::Score`] when the simulation is too small to learn from, [`BehaviorError::Pack`] for
/// rules that are refused.
pub fn evaluate(config: &Config, pack: &str) -> Result<Report, BehaviorError> {
    let learned = learn(config);
    let scorer = weights(config, &learned.to_learn, None)?;
    let judge = Judge::new(pack, None)?;
    let with_weights = Judge::new(pack, Some(scorer.clone()))?;
    let seen = &learned.to_measure;
    let ranked = |rank: &dyn Fn(&Seen) -> f64| -> Vec<f64> { seen.iter().map(rank).collect() };
    let is_new = |seen: &Seen| {
        let signals = &seen.signals;
        f64::from(u8::from(signals.device_is_new))
            + f64::from(u8::from(signals.country_is_new == Some(true)))
    };
    let ranks = [
        ranked(&|seen| seen.bits[0]),
        ranked(&|seen| seen.bits[1]),
        ranked(&|seen| seen.bits[2]),
        ranked(&|seen| if is_new(seen) > 0.0 { 1.0 } else { 0.0 }),
        ranked(&|seen| by_rules(&judge, &seen.signals)),
        ranked(&|seen| scorer.raw(&seen.signals)),
        // Rules first, and weights among withdrawals of one level.
        ranked(&|seen| level(&judge, &seen.signals) * 1_000.0 + scorer.raw(&seen.signals)),
    ];
    let named = DETECTORS.iter().zip(&ranks);
    let detectors = named.map(|(name, ranks)| detected(name, seen, ranks)).collect();
    let mut unseen = Vec::new();
    for attack in Attack::ALL {
        let scorer = weights(config, &learned.to_learn, Some(attack))?;
        let ranks = ranked(&|seen| scorer.raw(&seen.signals));
        let mut found = detected(attack.name(), seen, &ranks);
        found.cells.retain(|cell| cell.attack == attack);
        unseen.push(found);
    }
    let honest = seen.iter().filter(|seen| seen.truth.is_none());
    let by_segment = Segment::ALL.map(|segment| {
        let of = honest.clone().filter(|seen| seen.signals.segment == segment as usize).count();
        (Segment::NAMES[segment as usize], of)
    });
    Ok(Report {
        config: *config,
        honest: honest.count(),
        attacks: seen.iter().filter(|seen| seen.is_first).count(),
        detectors,
        unseen,
        friction: vec![
            friction(&judge, "rules", seen),
            friction(&with_weights, "rules and weights", seen),
        ],
        honest_by_segment: by_segment.to_vec(),
    })
}

#[cfg(test)]
mod tests;
