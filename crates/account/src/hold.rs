//! Why money waits, and until when.

use serde::{Deserialize, Serialize};

use crate::time::{At, Span};

/// What a hold is for. Each has at most one at a time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Cause {
    /// A password, an app, a passkey, recovery codes or an API key were changed.
    Credential,
    /// The e-mail address or the phone number was changed.
    Contact,
    /// The account was recovered.
    Recovery,
    /// A freeze was ended.
    Unfreeze,
    /// What was seen looks like somebody else.
    Risk,
    /// A person of the exchange asked for it.
    Staff,
    /// The customer signed in under duress; they are not told.
    Duress,
}

/// Causes of holds.
pub const CAUSES: usize = 7;

impl Cause {
    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::Credential => "credential",
            Cause::Contact => "contact",
            Cause::Recovery => "recovery",
            Cause::Unfreeze => "unfreeze",
            Cause::Risk => "risk",
            Cause::Staff => "staff",
            Cause::Duress => "duress",
        }
    }

    /// All of them.
    pub const ALL: [Cause; CAUSES] = [
        Cause::Credential,
        Cause::Contact,
        Cause::Recovery,
        Cause::Unfreeze,
        Cause::Risk,
        Cause::Staff,
        Cause::Duress,
    ];
}

/// How long each takes. The defaults are also the floors: an operator may take longer ones only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Spans([Span; CAUSES]);

impl Default for Spans {
    fn default() -> Self {
        Self([24, 72, 72, 24, 24, 24, 72].map(Span::hours))
    }
}

impl Spans {
    /// Longer spans than the defaults.
    ///
    /// # Errors
    /// The cause whose span is below its floor.
    pub fn new(spans: [Span; CAUSES]) -> Result<Self, Cause> {
        let floors = Self::default();
        let below = Cause::ALL.into_iter().find(|cause| spans[*cause as usize] < floors.of(*cause));
        below.map_or(Ok(Self(spans)), Err)
    }

    /// How long holds of a cause take.
    pub fn of(&self, cause: Cause) -> Span {
        self.0[cause as usize]
    }

    /// For a check that a rule is needed: without the holds of a cause.
    #[cfg(test)]
    pub(crate) fn without(mut self, cause: Cause) -> Self {
        self.0[cause as usize] = Span(0);
        self
    }
}

/// The holds of an account: until when each cause keeps money. They can be added and made longer;
/// nothing makes them shorter, and there is no way to take one away.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Ledger([Option<At>; CAUSES]);

impl Ledger {
    /// Adds a hold until a time; one that is there and longer stays.
    pub fn add(&mut self, cause: Cause, until: At) {
        let known = &mut self.0[cause as usize];
        *known = (*known).max(Some(until));
    }

    /// Holds that keep money at a time, with their ends.
    pub fn active(&self, now: At) -> impl Iterator<Item = (Cause, At)> {
        let known = Cause::ALL.into_iter().zip(self.0);
        let known = known.filter_map(|(cause, until)| until.map(|until| (cause, until)));
        known.filter(move |(_, until)| *until > now)
    }

    /// When the last of them ends.
    pub fn end(&self, now: At) -> Option<At> {
        self.active(now).map(|(_, until)| until).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_hold_is_ever_made_shorter(
            holds in prop::collection::vec((prop::sample::select(&Cause::ALL), 0u64..1_000), 0..40),
            now in 0u64..1_000,
        ) {
            let mut ledger = Ledger::default();
            let mut longest = std::collections::BTreeMap::new();
            for (cause, until) in holds {
                let before = ledger.end(At(now));
                ledger.add(cause, At(until));
                prop_assert!(ledger.end(At(now)) >= before);
                let known = longest.entry(cause).or_insert(0);
                *known = until.max(*known);
            }
            let active: Vec<(Cause, At)> = ledger.active(At(now)).collect();
            let expected: Vec<(Cause, At)> = longest
                .into_iter()
                .filter(|(_, until)| *until > now)
                .map(|(cause, until)| (cause, At(until)))
                .collect();
            prop_assert_eq!(active, expected);
        }
    }

    #[test]
    fn an_operator_takes_no_shorter_holds_than_the_floors() {
        let mut spans = [Span::days(4); CAUSES];
        assert_eq!(Spans::new(spans).unwrap().of(Cause::Recovery), Span::days(4));
        spans[Cause::Contact as usize] = Span::hours(71);
        assert_eq!(Spans::new(spans), Err(Cause::Contact));
    }
}
