//! From what is seen of a withdrawal to an answer.

use model::Verdict;
use policy::{Pack, Schema};
use serde::{Deserialize, Serialize};

use crate::BehaviorError;
use crate::facts::{FactIds, schema};
use crate::friction::{Friction, Scam, suspect};
use crate::population::Population;
use crate::profile::Profile;
use crate::score::Scorer;
use crate::signal::{Signals, Withdrawal};

/// The rules that come with the program.
pub const DEFAULT_PACK: &str = include_str!("../../../packs/behavior.toml");

/// What is said of a withdrawal.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Assessment {
    /// What was seen.
    pub signals: Signals,
    /// Share of honest withdrawals with a lower score; `None` without weights.
    pub score_rank: Option<f64>,
    /// Rules that fired, live ones.
    pub rules: u32,
    /// The verdict, with reasons.
    pub verdict: Verdict,
    /// Which scam it looks like.
    pub suspected: Option<Scam>,
    /// How the customer meets it.
    pub friction: Friction,
}

/// Rules and weights, ready to run.
pub struct Judge {
    schema: Schema,
    ids: FactIds,
    pack: Pack,
    scorer: Option<Scorer>,
}

impl Judge {
    /// Compiles a pack; weights are optional.
    ///
    /// # Errors
    /// [`BehaviorError::Pack`] naming the rule or test and its field.
    pub fn new(pack: &str, scorer: Option<Scorer>) -> Result<Self, BehaviorError> {
        let (schema, ids) = schema();
        let pack = Pack::parse(pack, &schema)?;
        Ok(Self { schema, ids, pack, scorer })
    }

    /// The pack in force.
    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    /// What is said of signals.
    pub fn judge(&self, signals: Signals) -> Assessment {
        let score_rank = self.scorer.as_ref().map(|scorer| scorer.rank(scorer.raw(&signals)));
        let mut facts = self.schema.facts();
        self.ids.fill(&mut facts, &signals, score_rank);
        let fired = self.pack.evaluate(&facts);
        let verdict = self.pack.verdict(&facts, &fired);
        let suspected = suspect(&signals);
        let friction = Friction::of(verdict.level(), suspected);
        let rules = u32::try_from(verdict.reasons().len()).unwrap_or(u32::MAX);
        Assessment { signals, score_rank, rules, verdict, suspected, friction }
    }

    /// What is said of a withdrawal by an account with this profile, before the profile takes it in.
    pub fn assess(
        &self,
        profile: &Profile,
        population: &Population,
        withdrawal: &Withdrawal,
        now: u64,
    ) -> Assessment {
        self.judge(Signals::of(profile, population, withdrawal, now))
    }
}

#[cfg(test)]
mod tests;
