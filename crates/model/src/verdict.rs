//! The algebra of verdicts: `Allow < Challenge < Hold < Deny`, joined by the strictest, with all
//! reasons kept.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

/// How far an action may go. The order is the strictness.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Level {
    /// Goes ahead.
    #[default]
    Allow,
    /// Goes ahead after the person concerned has confirmed it.
    Challenge,
    /// Waits for a person of the cyber-defence team.
    Hold,
    /// Does not go ahead.
    Deny,
}

impl Level {
    /// All levels, mildest first.
    pub const ALL: [Level; 4] = [Level::Allow, Level::Challenge, Level::Hold, Level::Deny];

    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Level::Allow => "allow",
            Level::Challenge => "challenge",
            Level::Hold => "hold",
            Level::Deny => "deny",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that a person can check.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// What kind of thing: `list`, `hop`, `feature`, `rule`, `transfer`.
    pub kind: Cow<'static, str>,
    /// The thing in words and numbers, in a form that can be looked up.
    pub detail: String,
}

impl Evidence {
    /// A piece of evidence.
    pub fn new(kind: &'static str, detail: impl Into<String>) -> Self {
        Self { kind: Cow::Borrowed(kind), detail: detail.into() }
    }
}

/// Why a verdict is not a plain allow.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Reason {
    /// Stable code, `area.subject.detail`, such as `sanctions.address.direct`.
    pub code: Cow<'static, str>,
    /// One sentence for a person.
    pub sentence: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// How the person concerned can resolve it.
    pub remedy: Cow<'static, str>,
}

/// What a guard, or all guards together, say of an action.
///
/// [`Verdict::join`] is associative, commutative and idempotent, with [`Verdict::allow`] as its
/// neutral element: guards can be added, reordered and run side by side, and none can loosen what
/// another has tightened.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Verdict {
    level: Level,
    reasons: BTreeSet<Reason>,
}

impl Verdict {
    /// Nothing speaks against it.
    pub fn allow() -> Self {
        Self::default()
    }

    /// A level with the reason for it.
    pub fn because(level: Level, reason: Reason) -> Self {
        Self { level, reasons: BTreeSet::from([reason]) }
    }

    /// How far the action may go.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Why, ordered by code.
    pub fn reasons(&self) -> &BTreeSet<Reason> {
        &self.reasons
    }

    /// The strictest level and all reasons of both.
    #[must_use]
    pub fn join(mut self, other: Verdict) -> Verdict {
        self.level = self.level.max(other.level);
        self.reasons.extend(other.reasons);
        self
    }
}

impl FromIterator<Verdict> for Verdict {
    fn from_iter<I: IntoIterator<Item = Verdict>>(verdicts: I) -> Self {
        verdicts.into_iter().fold(Verdict::allow(), Verdict::join)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reason() -> impl Strategy<Value = Reason> {
        ("[a-c]\\.[a-c]", "[x-z]{0,3}", prop::collection::vec("[0-9]{1,2}", 0..3)).prop_map(
            |(code, sentence, details)| Reason {
                code: code.into(),
                sentence,
                evidence: details.into_iter().map(|d| Evidence::new("list", d)).collect(),
                remedy: "".into(),
            },
        )
    }

    fn verdict() -> impl Strategy<Value = Verdict> {
        (prop::sample::select(&Level::ALL), prop::collection::btree_set(reason(), 0..4))
            .prop_map(|(level, reasons)| Verdict { level, reasons })
    }

    proptest! {
        #[test]
        fn join_is_associative(a in verdict(), b in verdict(), c in verdict()) {
            let left = a.clone().join(b.clone()).join(c.clone());
            prop_assert_eq!(left, a.join(b.join(c)));
        }

        #[test]
        fn join_is_commutative(a in verdict(), b in verdict()) {
            prop_assert_eq!(a.clone().join(b.clone()), b.join(a));
        }

        #[test]
        fn join_is_idempotent_and_allow_is_neutral(a in verdict()) {
            prop_assert_eq!(a.clone().join(a.clone()), a.clone());
            prop_assert_eq!(a.clone().join(Verdict::allow()), a.clone());
            prop_assert_eq!(Verdict::allow().join(a.clone()), a);
        }

        #[test]
        fn no_guard_loosens_what_another_tightened(a in verdict(), b in verdict()) {
            let joined = a.clone().join(b.clone());
            prop_assert!(joined.level() >= a.level() && joined.level() >= b.level());
            prop_assert!(joined.reasons().is_superset(a.reasons()));
        }
    }
}
