//! Learning from the earlier part of the time, and seeing every later withdrawal.

use behavior::BehaviorError;
use behavior::event::{Asked, Kind};
use behavior::population::Population;
use behavior::profile::Profile;
use behavior::score::{Scorer, features};
use behavior::signal::{Signals, Withdrawal, steps_with};
use behavior::train::{Row, train};

use crate::customers::{Attack, Config, DAY_S, History, START_S, Told, Truth, history};

/// Shares of the days, in hundredths, after which counting and learning end.
const COUNT_UNTIL: u64 = 35;
const LEARN_UNTIL: u64 = 60;

/// One withdrawal of the simulation.
#[derive(Clone, PartialEq, Debug)]
pub struct Seen {
    /// Number of the customer.
    pub customer: u32,
    /// When.
    pub at: u64,
    /// What it is part of.
    pub truth: Option<Truth>,
    /// Whether it is the first one of its attack.
    pub is_first: bool,
    /// What was seen of it.
    pub signals: Signals,
    /// Surprise by the three models of steps, in bits.
    pub bits: [f64; 3],
}

/// A history with its profile, step by step.
fn walk(history: &History, mut each: impl FnMut(&Profile, u64, &Told, Option<Asked>)) {
    let mut profile = Profile::new(history.segment);
    for told in &history.events {
        let asked = match told.event.kind {
            Kind::Asked(asked) => Some(asked),
            _ => None,
        };
        each(&profile, told.event.at, told, asked);
        profile.observe(&told.event);
    }
}

/// What was learned without labels, and what was seen of each withdrawal after counting ended.
pub struct Learned {
    /// What customers usually do.
    pub population: Population,
    /// Withdrawals to learn weights from.
    pub to_learn: Vec<Seen>,
    /// Withdrawals to measure on, later ones.
    pub to_measure: Vec<Seen>,
}

fn cut(config: &Config, hundredths: u64) -> u64 {
    START_S + u64::from(config.days) * DAY_S * hundredths / 100
}

/// Counts steps and amounts of the first part.
fn count(config: &Config, population: &mut Population) {
    let until = cut(config, COUNT_UNTIL);
    for number in 0..config.customers {
        let history = history(config, number);
        walk(&history, |profile, at, told, asked| {
            if at >= until {
                return;
            }
            let session = &profile.session;
            if told.event.kind.is_of_session() && session.is_over(told.event.kind, at) {
                population.learn(history.segment, &session.steps);
            }
            if let Some(asked) = asked {
                population.count_amount(history.segment, asked.value_cents);
            }
        });
    }
}

/// Says how surprising sessions with a withdrawal were in the second part.
fn calibrate(config: &Config, population: &mut Population) {
    let (from, until) = (cut(config, COUNT_UNTIL), cut(config, LEARN_UNTIL));
    for number in 0..config.customers {
        let history = history(config, number);
        let mut surprises: Vec<f64> = Vec::new();
        walk(&history, |profile, at, _, asked| {
            if let Some(asked) = asked.filter(|_| (from..until).contains(&at)) {
                let steps = steps_with(profile, asked, at);
                let model = population.steps(history.segment);
                surprises.extend(model.bits(&steps, Some(&profile.pairs)));
            }
        });
        surprises.into_iter().for_each(|bits| population.calibrate(history.segment, bits));
    }
}

/// Learns what needs no labels, and sees every later withdrawal.
pub fn learn(config: &Config) -> Learned {
    let mut population = Population::default();
    count(config, &mut population);
    calibrate(config, &mut population);
    let (from, until) = (cut(config, COUNT_UNTIL), cut(config, LEARN_UNTIL));
    let (mut to_learn, mut to_measure) = (Vec::new(), Vec::new());
    for number in 0..config.customers {
        let history = history(config, number);
        let mut has_begun = false;
        walk(&history, |profile, at, told, asked| {
            let Some(asked) = asked else { return };
            let is_first = told.truth.is_some() && !std::mem::replace(&mut has_begun, true);
            if at < from {
                return;
            }
            let event = &told.event;
            let withdrawal = Withdrawal { asked, device: event.device, place: event.place };
            let signals = Signals::of(profile, &population, &withdrawal, at);
            let steps = steps_with(profile, asked, at);
            let model = population.steps(history.segment);
            let bits = [
                model.unigram_bits(&steps),
                model.bits(&steps, None),
                model.bits(&steps, Some(&profile.pairs)),
            ];
            let bits = bits.map(|bits| bits.unwrap_or(0.0));
            let seen = Seen { customer: number, at, truth: told.truth, is_first, signals, bits };
            if at < until { to_learn.push(seen) } else { to_measure.push(seen) }
        });
    }
    Learned { population, to_learn, to_measure }
}

/// Weights from the second part, without attacks of one kind if that is asked for.
///
/// # Errors
/// [`BehaviorError::Score`] when there are too few attacks or honest withdrawals.
pub fn weights(
    config: &Config,
    seen: &[Seen],
    without: Option<Attack>,
) -> Result<Scorer, BehaviorError> {
    let rows: Vec<Row> = seen
        .iter()
        .filter(|seen| seen.truth.is_none_or(|truth| Some(truth.attack) != without))
        .map(|seen| Row { features: features(&seen.signals), is_attack: seen.truth.is_some() })
        .collect();
    let attacks = rows.iter().filter(|row| row.is_attack).count();
    let from = format!(
        "simulated customers: {} of seed {}, {} days, {} honest withdrawals and {attacks} of attacks",
        config.customers,
        config.seed,
        config.days,
        rows.len() - attacks,
    );
    train(&rows, &from)
}
