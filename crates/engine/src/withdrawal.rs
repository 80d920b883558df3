//! What all guards together say of a customer's withdrawal: the account's own protection, what the
//! account did before, SkyNet and the rules about the destination, and what its value is known from. The
//! strictest wins, and no guard loosens another.

use account::decide::Decision;
use account::time::At;
use model::{Evidence, Level, Reason, Verdict};
use std::collections::BTreeSet;

/// A price that is older says nothing of what something is worth, in seconds.
pub const PRICE_AGE_MAX_S: u64 = 24 * 3_600;

/// What each guard says.
#[derive(Clone, PartialEq, Debug)]
pub struct Guards {
    /// The account: holds, address book, limits, confirmation.
    pub account: Decision,
    /// SkyNet and the rules, about the destination.
    pub destination: Verdict,
    /// What the account did before.
    pub behavior: Verdict,
    /// What the value is known from.
    pub value: Verdict,
    /// Reasons that two people of the exchange have looked into and set aside.
    pub cleared: BTreeSet<String>,
}

/// What they say together.
#[derive(Clone, PartialEq, Debug)]
pub struct Judged {
    /// How far the withdrawal may go, and why.
    pub verdict: Verdict,
    /// When time alone lets it go; nothing where a person decides.
    pub not_before: Option<At>,
}

/// A verdict without the holds that people have set aside. What is denied stays denied: no list of
/// sanctions is set aside by a click.
fn without(verdict: Verdict, cleared: &BTreeSet<String>) -> Verdict {
    if verdict.level() > Level::Hold {
        return verdict;
    }
    let is_left = verdict.reasons().iter().any(|reason| !cleared.contains(reason.code.as_ref()));
    if is_left { verdict } else { Verdict::allow() }
}

impl Guards {
    /// Joins them. The account's own reasons cannot be set aside by anybody.
    pub fn join(self) -> Judged {
        let others = [self.destination, self.behavior, self.value].into_iter();
        let others: Verdict = others.map(|verdict| without(verdict, &self.cleared)).collect();
        // Time lets it go only if nothing but time holds it.
        let waits_for_time = others.level() < Level::Hold;
        let not_before = self.account.not_before.filter(|_| waits_for_time);
        Judged { verdict: self.account.verdict.join(others), not_before }
    }
}

/// What is said of a value, by the age of the price that it is counted with.
pub fn value(price_at: Option<u64>, now: u64) -> Verdict {
    let because = |code: &'static str, sentence: &str, evidence: Vec<Evidence>| {
        let reason = Reason {
            code: code.into(),
            sentence: sentence.to_owned(),
            evidence,
            remedy: "The exchange sends a price for this asset; then the withdrawal goes on."
                .into(),
        };
        Verdict::because(Level::Hold, reason)
    };
    match price_at {
        None => because(
            "withdrawal.value.unknown",
            "What this asset is worth is not known, so no limit can be checked.",
            Vec::new(),
        ),
        Some(at) if now.saturating_sub(at) > PRICE_AGE_MAX_S => because(
            "withdrawal.value.old",
            "The price of this asset is more than a day old, so no limit can be checked.",
            vec![Evidence::new("price", format!("from {}", crate::explain::show_time(at)))],
        ),
        Some(_) => Verdict::allow(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(code: &'static str) -> Verdict {
        let reason = Reason {
            code: code.into(),
            sentence: String::new(),
            evidence: Vec::new(),
            remedy: "".into(),
        };
        Verdict::because(Level::Hold, reason)
    }

    fn guards() -> Guards {
        Guards {
            account: Decision { verdict: Verdict::allow(), not_before: None },
            destination: Verdict::allow(),
            behavior: Verdict::allow(),
            value: Verdict::allow(),
            cleared: BTreeSet::new(),
        }
    }

    #[test]
    fn time_alone_lets_nothing_go_that_a_person_has_to_look_at() {
        let account = Decision { verdict: hold("account.hold"), not_before: Some(At(9)) };
        let waits = Guards { account: account.clone(), ..guards() }.join();
        assert_eq!((waits.verdict.level(), waits.not_before), (Level::Hold, Some(At(9))));
        let person = Guards { account, behavior: hold("behavior.drain"), ..guards() }.join();
        assert_eq!(person.not_before, None);
        assert_eq!(person.verdict.reasons().len(), 2);
    }

    #[test]
    fn people_set_aside_what_was_seen_and_never_what_the_customer_chose() {
        let cleared = BTreeSet::from(["behavior.drain".to_owned(), "account.hold".to_owned()]);
        let seen = Guards { behavior: hold("behavior.drain"), cleared, ..guards() };
        assert_eq!(seen.clone().join().verdict.level(), Level::Allow);
        let account = Decision { verdict: hold("account.hold"), not_before: None };
        assert_eq!(Guards { account, ..seen.clone() }.join().verdict.level(), Level::Hold);
        let reason = hold("behavior.drain").reasons().first().unwrap().clone();
        let denied = Verdict::because(Level::Deny, reason);
        assert_eq!(Guards { behavior: denied, ..seen }.join().verdict.level(), Level::Deny);
    }

    #[test]
    fn a_value_that_is_not_known_is_not_small() {
        assert_eq!(value(None, 0).level(), Level::Hold);
        assert_eq!(value(Some(0), PRICE_AGE_MAX_S + 1).level(), Level::Hold);
        assert_eq!(value(Some(0), PRICE_AGE_MAX_S).level(), Level::Allow);
    }
}
