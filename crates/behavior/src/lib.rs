//! TARDIS: what an account does, how that differs from what it used to do, and how a withdrawal is
//! answered.
//!
//! Reading order: [`event`] (what happens at an account), [`place`] (where from, and what lists and
//! databases know of it), [`travel`] (how fast somebody would have had to be), [`profile`] (what is
//! remembered of an account, in bounded bytes), [`sequence`] (how surprising the steps of a session
//! are), [`population`] (what customers of a segment usually do), [`signal`] (what is seen of one
//! withdrawal), [`facts`] (the same, as rules see it), [`assess`] (signals, rules and score to a
//! verdict), [`friction`] (how the customer meets it), [`interview`] (three questions, and what
//! answers mean). [`score`] and [`train`] are the learned weights; [`rba`] reads a public format of
//! sign-ins.
//!
//! Nothing here reads a clock, a file or the network. What is not known is a reason of its own and
//! never reads as safe. What a customer's program says about itself is taken only against it.

pub mod assess;
pub mod event;
pub mod facts;
pub mod friction;
pub mod interview;
pub mod place;
pub mod population;
pub mod profile;
pub mod rba;
pub mod score;
pub mod sequence;
pub mod signal;
pub mod train;
pub mod travel;

/// What is wrong with bytes or text that were given.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BehaviorError {
    /// A line of a list is not what the list holds.
    #[error("{list}, line {line}: {problem}")]
    ListLine {
        /// Name of the list.
        list: String,
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// More than is read.
    #[error("{what} has more than {limit} {unit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How much is read at most.
        limit: usize,
        /// Of what.
        unit: &'static str,
    },
    /// A database of places that cannot be read.
    #[error("{database}: {problem}")]
    Database {
        /// Which one.
        database: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// A stored profile that cannot be one.
    #[error("profile: {0}")]
    Profile(&'static str),
    /// Stored counts that cannot be counts.
    #[error("population: {0}")]
    Population(&'static str),
    /// Rules that are refused.
    #[error(transparent)]
    Pack(#[from] policy::PackError),
    /// Weights that cannot be used.
    #[error("score: {0}")]
    Score(String),
    /// A row of sign-ins that cannot be read.
    #[error("line {line}: field '{field}': {problem}")]
    Row {
        /// Number of the line, from 1.
        line: u64,
        /// The field.
        field: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
    /// A table that cannot be read on.
    #[error("line {line}: {problem}")]
    Table {
        /// Number of the line, from 1.
        line: u64,
        /// What is wrong.
        problem: String,
    },
}

impl BehaviorError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            BehaviorError::ListLine { .. } => "behavior.list.invalid",
            BehaviorError::TooLarge { .. } => "behavior.input.too_large",
            BehaviorError::Database { .. } => "behavior.database.invalid",
            BehaviorError::Profile(_) => "behavior.profile.invalid",
            BehaviorError::Population(_) => "behavior.population.invalid",
            BehaviorError::Pack(_) => "policy.pack.invalid",
            BehaviorError::Score(_) => "behavior.score.invalid",
            BehaviorError::Row { .. } => "behavior.row.invalid",
            BehaviorError::Table { .. } => "behavior.table.invalid",
        }
    }
}
