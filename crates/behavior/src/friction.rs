//! How a customer meets a verdict.

use model::Level;
use serde::{Deserialize, Serialize};

use crate::signal::Signals;

/// A kind of scam. It picks the questions; it accuses nobody.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scam {
    /// Somebody says that they are of support, a bank or the police.
    Impersonation,
    /// An investment that somebody leads the customer into.
    Investment,
    /// Somebody whom the customer knows from messages only.
    Romance,
    /// A giveaway, an airdrop, or a site that looks like another.
    Giveaway,
    /// Somebody who helps on the customer's screen.
    RemoteAccess,
    /// A job that passes money on, or help to get lost money back.
    Job,
}

impl Scam {
    /// All of them.
    pub const ALL: [Scam; 6] = [
        Scam::Impersonation,
        Scam::Investment,
        Scam::Romance,
        Scam::Giveaway,
        Scam::RemoteAccess,
        Scam::Job,
    ];
}

/// What stands between the request and the money.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Friction {
    /// Nothing.
    Allow,
    /// The strongest sign-in that the account has, once more.
    StepUp,
    /// Three questions. A thief is stopped by a step-up; a customer whom somebody leads is not.
    Interview(Scam),
    /// A person of the team.
    Hold,
    /// It does not happen.
    Deny,
}

impl Friction {
    /// How strict it is: the kind of scam makes no difference.
    pub const fn strictness(self) -> u8 {
        match self {
            Friction::Allow => 0,
            Friction::StepUp => 1,
            Friction::Interview(_) => 2,
            Friction::Hold => 3,
            Friction::Deny => 4,
        }
    }

    /// The friction of a verdict's level and a suspicion.
    pub const fn of(level: Level, suspected: Option<Scam>) -> Self {
        match (level, suspected) {
            (Level::Deny, _) => Friction::Deny,
            (Level::Hold, _) => Friction::Hold,
            (_, Some(scam)) => Friction::Interview(scam),
            (Level::Challenge, None) => Friction::StepUp,
            (Level::Allow, None) => Friction::Allow,
        }
    }
}

/// Shares and multiples from which an amount is one that scams take. Set by hand: they decide who is
/// asked, and the measured share of honest customers who are is in `docs/behavior.md`.
const DRAIN: f64 = 0.9;
const TIMES_USUAL: f64 = 4.0;
const RANK: f64 = 0.95;
/// A destination is young for so long, in seconds.
const YOUNG_S: u64 = 30 * 86_400;
const DAY_S: u64 = 86_400;

/// Which scam a withdrawal looks like, if any. Each condition grows with risk, so that a worse sign never
/// ends a suspicion; it may change its kind.
pub fn suspect(signals: &Signals) -> Option<Scam> {
    let s = signals;
    let at_least = |value: Option<f64>, bound: f64| value.is_some_and(|value| value >= bound);
    let within = |time_s: Option<u64>, bound: u64| time_s.is_some_and(|time_s| time_s <= bound);
    if s.remote_hint {
        return Some(Scam::RemoteAccess);
    }
    let is_large = at_least(s.amount_times, TIMES_USUAL) || at_least(s.amount_rank, RANK);
    let is_all = at_least(s.drain_of_balance, DRAIN);
    let is_fresh = s.destination_is_first || within(s.destination_age_s, YOUNG_S);
    if !(is_fresh && is_large && is_all) {
        return None;
    }
    let is_led = at_least(s.sequence_rank, RANK);
    if within(s.changed_s, DAY_S) || within(s.loosened_s, DAY_S) {
        return Some(Scam::Impersonation);
    }
    // Money that was brought in for this.
    if at_least(s.drain_of_inflow, 0.8) && is_led {
        let is_repeated = s.destination_times > 0;
        return Some(if is_repeated { Scam::Romance } else { Scam::Investment });
    }
    if is_led && s.withdrawals_24h > 0 {
        return Some(Scam::Job);
    }
    (is_led && s.destination_is_first).then_some(Scam::Giveaway)
}
