//! The way of a withdrawal, from its request to its end.
//!
//! ```text
//!              ┌─────────── decided again, as often as something changes ───────────┐
//!              ▼                                                                    │
//! requested ─► challenged ─► held ─► approved ─► released                           │
//!     │            │          │          │                                          │
//!     └────────────┴──────────┴──────────┴──► cancelled, denied, expired            │
//!                                                                                   │
//!     (any of the first four) ──────────────────────────────────────────────────────┘
//! ```
//!
//! Money leaves in one transition only, from approved, and with a decision of that very moment. What has
//! ended stays as it is.

use model::Level;
use serde::{Deserialize, Serialize};

use crate::time::{At, Span};

/// How long a withdrawal waits for its owner, or for whoever sends it off.
pub const EXPIRES_AFTER: Span = Span::days(7);

/// Where a withdrawal has come to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum State {
    /// It was asked for.
    Requested,
    /// Its owner has to confirm it.
    Challenged {
        /// When it is too late.
        expires_at: At,
    },
    /// It waits, for time or for a person.
    Held {
        /// When time alone would let it go; nothing where a person decides.
        not_before: Option<At>,
    },
    /// It may go.
    Approved {
        /// When it is too late.
        expires_at: At,
    },
    /// Money has left.
    Released,
    /// Its owner took it back.
    Cancelled,
    /// It does not go.
    Denied,
    /// Nobody did what it waited for.
    Expired,
}

/// What happens to a withdrawal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// It was judged: how far it may go, and what it waits for.
    Decided {
        /// How far.
        level: Level,
        /// When time alone would let it go.
        not_before: Option<At>,
    },
    /// It is about to be sent, and was judged for that very moment.
    Sent {
        /// How far it may go now.
        level: Level,
        /// When time alone would let it go.
        not_before: Option<At>,
    },
    /// Its owner takes it back.
    Cancelled,
    /// Time has passed.
    Passed,
}

/// Why nothing happens to a withdrawal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// It has ended.
    #[error("the withdrawal has ended: ask for another")]
    Ended,
    /// It may not be sent.
    #[error("the withdrawal is not approved: it cannot be sent")]
    Unapproved,
}

impl Refused {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Refused::Ended => "withdrawal.ended",
            Refused::Unapproved => "withdrawal.unapproved",
        }
    }
}

impl State {
    /// Whether nothing comes after it.
    pub const fn is_end(self) -> bool {
        matches!(self, State::Released | State::Cancelled | State::Denied | State::Expired)
    }

    /// Where a judgement leads to.
    fn judged(level: Level, not_before: Option<At>, now: At) -> Self {
        let expires_at = now + EXPIRES_AFTER;
        match level {
            Level::Allow => State::Approved { expires_at },
            Level::Challenge => State::Challenged { expires_at },
            Level::Hold => State::Held { not_before },
            Level::Deny => State::Denied,
        }
    }

    /// Whether it is too late.
    fn is_late(self, now: At) -> bool {
        match self {
            State::Challenged { expires_at } | State::Approved { expires_at } => expires_at <= now,
            _ => false,
        }
    }

    /// Where an event leads to.
    ///
    /// # Errors
    /// [`Refused`] when it has ended, or is sent without being approved; nothing has changed then.
    pub fn step(self, event: Event, now: At) -> Result<State, Refused> {
        if self.is_end() {
            return Err(Refused::Ended);
        }
        if self.is_late(now) {
            return Ok(State::Expired);
        }
        match event {
            Event::Decided { level, not_before } => {
                match (self, State::judged(level, not_before, now)) {
                    // To be judged the same again gives no more time.
                    (State::Challenged { .. }, State::Challenged { .. })
                    | (State::Approved { .. }, State::Approved { .. }) => Ok(self),
                    (_, next) => Ok(next),
                }
            }
            Event::Sent { level: Level::Allow, .. } => match self {
                State::Approved { .. } => Ok(State::Released),
                _ => Err(Refused::Unapproved),
            },
            Event::Sent { level, not_before } => Ok(State::judged(level, not_before, now)),
            Event::Cancelled => Ok(State::Cancelled),
            Event::Passed => Ok(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_event() -> impl Strategy<Value = Event> {
        let judged =
            (prop::sample::select(&Level::ALL), prop::option::of((0u64..9_000).prop_map(At)));
        prop_oneof![
            4 => judged.clone().prop_map(|(level, not_before)| Event::Decided { level, not_before }),
            4 => judged.prop_map(|(level, not_before)| Event::Sent { level, not_before }),
            1 => Just(Event::Cancelled),
            1 => Just(Event::Passed),
        ]
    }

    proptest! {
        /// Whatever happens: money leaves once, from approved, with an allowance of that moment and in time;
        /// and what has ended stays.
        #[test]
        fn money_leaves_in_one_way_and_once(
            events in prop::collection::vec((0u64..200_000, any_event()), 1..40),
        ) {
            let (mut state, mut now) = (State::Requested, At(0));
            let mut released = 0;
            for (passed, event) in events {
                now = now + Span(passed);
                let before = state;
                match before.step(event, now) {
                    Ok(next) => {
                        prop_assert!(!before.is_end());
                        if next == State::Released {
                            released += 1;
                            let is_allowed = matches!(event, Event::Sent { level: Level::Allow, .. });
                            let was_approved = matches!(before, State::Approved { .. });
                            prop_assert!(is_allowed && was_approved && !before.is_late(now));
                        }
                        state = next;
                    }
                    Err(Refused::Ended) => prop_assert!(before.is_end()),
                    Err(Refused::Unapproved) => {
                        let was_approved = matches!(before, State::Approved { .. });
                        prop_assert!(!was_approved);
                    }
                }
            }
            prop_assert!(released <= 1);
        }
    }

    #[test]
    fn a_freeze_between_approval_and_sending_keeps_the_money() {
        let allow = Event::Decided { level: Level::Allow, not_before: None };
        let approved = State::Requested.step(allow, At(0)).unwrap();
        let sent = Event::Sent { level: Level::Deny, not_before: None };
        assert_eq!(approved.step(sent, At(1)), Ok(State::Denied));
        let held = Event::Sent { level: Level::Hold, not_before: Some(At(9)) };
        assert_eq!(approved.step(held, At(1)), Ok(State::Held { not_before: Some(At(9)) }));
    }

    #[test]
    fn to_be_judged_again_gives_no_more_time() {
        let challenge = Event::Decided { level: Level::Challenge, not_before: None };
        let first = State::Requested.step(challenge, At(0)).unwrap();
        assert_eq!(first.step(challenge, At(500)), Ok(first));
        assert_eq!(first.step(challenge, At(0) + EXPIRES_AFTER), Ok(State::Expired));
        assert_eq!(State::Requested.step(Event::Cancelled, At(0)), Ok(State::Cancelled));
        let sent = Event::Sent { level: Level::Allow, not_before: None };
        assert_eq!(State::Requested.step(sent, At(0)), Err(Refused::Unapproved));
    }
}
