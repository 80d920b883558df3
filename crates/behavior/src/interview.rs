//! Three questions before money leaves, and what the answers mean.
//!
//! Warnings are clicked away; a question that asks for what happened makes people think of it. So no
//! question says what answer is wanted, none threatens, and *pause* is the prominent choice each time.
//! Nobody is refused for an answer: answers that show a third person behind the payment, or that speak
//! against what was seen, lead to a call on the known number.

mod questions;

pub use questions::{Choice, Meaning, Question, questions};

use model::{Evidence, Level, Reason, Verdict};
use serde::{Deserialize, Serialize};

use crate::friction::Scam;
use crate::signal::Signals;

/// What can be done with an interview.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Leave the money where it is for now.
    Pause,
    /// Ask for a call of the team.
    CallMe,
    /// Answer and go on.
    Continue,
}

impl Way {
    /// In the order in which they are shown. Redesigned choices reduce loss more than warnings do
    /// (Akesson et al., CeDEx 2023-08).
    pub const ALL: [Way; 3] = [Way::Pause, Way::CallMe, Way::Continue];

    /// Whether it is the one that stands out.
    pub const fn is_prominent(self) -> bool {
        matches!(self, Way::Pause)
    }

    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Way::Pause => "Pause this payment",
            Way::CallMe => "Call me first",
            Way::Continue => "Continue",
        }
    }
}

/// The choices of a customer, by number, one for each question.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Answers {
    /// The kind whose questions were asked.
    pub scam: Scam,
    /// Which choice was taken for each question.
    pub choices: [u8; 3],
}

/// What the exchange knows apart from answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Known {
    /// Money was never sent to the destination.
    pub destination_is_first: bool,
    /// The customer's program said that somebody else sees or leads the screen.
    pub remote_hint: bool,
}

impl From<&Signals> for Known {
    fn from(signals: &Signals) -> Self {
        Self {
            destination_is_first: signals.destination_is_first,
            remote_hint: signals.remote_hint,
        }
    }
}

/// Why answers cannot be judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AnswerError {
    /// A choice that the question does not have.
    #[error("question {question}: it has no choice {choice}")]
    NoSuchChoice {
        /// Number of the question, from 1.
        question: usize,
        /// What was chosen.
        choice: u8,
    },
}

impl AnswerError {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            AnswerError::NoSuchChoice { .. } => "behavior.interview.no_such_choice",
        }
    }
}

/// What answers mean.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Judgement {
    /// The verdict: allow, or hold with reasons.
    pub verdict: Verdict,
    /// Whether the team calls the customer on the known number.
    pub calls_back: bool,
}

const REMEDY: &str = "The team calls you on the number that the account had before today. Nobody who \
                      calls from us asks for a code, a password or a payment.";

/// Judges answers. A third person behind the payment, or a contradiction, holds it and has the
/// customer called; an answer that leaves it open does so when all three do.
///
/// # Errors
/// [`AnswerError`] for a choice that a question does not have.
pub fn judge(answers: &Answers, known: Known) -> Result<Judgement, AnswerError> {
    let questions = questions(answers.scam);
    let mut taken: Vec<(&Question, &Choice)> = Vec::with_capacity(3);
    for (place, (question, choice)) in questions.iter().zip(answers.choices).enumerate() {
        let wrong = AnswerError::NoSuchChoice { question: place + 1, choice };
        taken.push((question, question.choices.get(usize::from(choice)).ok_or(wrong)?));
    }
    let evidence = || -> Vec<Evidence> {
        taken
            .iter()
            .map(|(question, choice)| {
                Evidence::new("answer", format!("{}: {}", question.id, choice.id))
            })
            .collect()
    };
    let mean = |meaning: Meaning| taken.iter().any(|(_, choice)| choice.meaning == meaning);
    let hold = |code: &'static str, sentence: &str| {
        let (sentence, remedy) = (sentence.to_owned(), REMEDY.into());
        let reason = Reason { code: code.into(), sentence, evidence: evidence(), remedy };
        Verdict::because(Level::Hold, reason)
    };
    let mut verdict = Verdict::allow();
    if mean(Meaning::ThirdPerson) {
        let sentence = "Somebody else told the customer what to send, or where.";
        verdict = verdict.join(hold("behavior.interview.third_person", sentence));
    }
    let says_alone = mean(Meaning::Alone);
    let contradicts = (mean(Meaning::PaidBefore) && known.destination_is_first)
        || (says_alone && known.remote_hint)
        || (mean(Meaning::OwnWallet) && mean(Meaning::OfOther));
    if contradicts {
        let sentence = "The answers speak against each other or against what was seen.";
        verdict = verdict.join(hold("behavior.interview.contradiction", sentence));
    }
    if taken.iter().all(|(_, choice)| choice.meaning == Meaning::Open) {
        let sentence = "The answers leave open what the payment is for.";
        verdict = verdict.join(hold("behavior.interview.open", sentence));
    }
    let calls_back = verdict.level() >= Level::Hold;
    Ok(Judgement { verdict, calls_back })
}

#[cfg(test)]
mod tests;
