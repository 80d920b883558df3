//! When a delivery is tried, tried again, and given up.
//!
//! ```text
//!            ┌───────── later, or lost in a crash ─────────┐
//!            ▼                                             │
//! due ── taken by one worker ──► sending ── sent ──► delivered
//!                                   │
//!                                   └── never, or too often ──► failed: operators are told, once
//! ```
//!
//! The caller stores the state, and stores it before it acts: a crash between the two sends again what may
//! have arrived, with the same id. What has ended stays as it is.

use account::time::{At, Span};
use serde::{Deserialize, Serialize};

/// How often and for how long a delivery is tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Schedule {
    /// Wait after the first failure; it doubles with each.
    pub first: Span,
    /// Longest wait.
    pub longest: Span,
    /// Most attempts.
    pub tries_max: u32,
    /// Longest time from the first day on which anything is tried.
    pub give_up_after: Span,
    /// How long one attempt may take. Then its worker is taken for dead, so this is longer than all
    /// time limits of an attempt together.
    pub lease: Span,
}

impl Default for Schedule {
    /// 30 s, 1 min, 2 min … 6 h; three days in all, as mail servers do (RFC 5321, section 4.5.4.1).
    fn default() -> Self {
        Self {
            first: Span(30),
            longest: Span::hours(6),
            tries_max: 24,
            give_up_after: Span::days(3),
            lease: Span(180),
        }
    }
}

impl Schedule {
    /// Wait after so many failures. `jitter` is random: it takes up to a half off, so that what failed
    /// together is not tried together.
    pub fn wait(&self, failures: u32, jitter: u16) -> Span {
        let doubled = 1u64.checked_shl(failures.saturating_sub(1)).unwrap_or(u64::MAX);
        let full = self.first.0.saturating_mul(doubled).min(self.longest.0);
        let off = u128::from(full / 2) * u128::from(jitter) / u128::from(u16::MAX);
        // Never zero: a schedule of zeros would spin.
        Span((full - u64::try_from(off).unwrap_or(0)).max(1))
    }
}

/// Where a delivery has come to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Delivery {
    /// It waits for its time.
    Due {
        /// When it was first to be sent.
        since: At,
        /// When it is tried.
        at: At,
        /// Attempts so far.
        tries: u32,
    },
    /// A worker sends it.
    Sending {
        /// When it was first to be sent.
        since: At,
        /// When the worker is taken for dead.
        until: At,
        /// Attempts so far, this one among them.
        tries: u32,
    },
    /// The other side has taken it.
    Delivered {
        /// When.
        at: At,
        /// Attempts.
        tries: u32,
    },
    /// It was given up.
    Failed {
        /// When.
        at: At,
        /// Attempts.
        tries: u32,
    },
}

/// What happens to a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// A worker takes it, if it is time.
    Take,
    /// The other side took it.
    Sent,
    /// It was not taken.
    Refused {
        /// Whether sending it again cannot help.
        is_permanent: bool,
        /// A random number.
        jitter: u16,
    },
    /// Time has passed: a worker that is too late is taken for dead.
    Passed {
        /// A random number.
        jitter: u16,
    },
}

/// What the caller does, after it has stored the state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Nothing.
    None,
    /// Send it now.
    Send,
    /// Tell operators that it was given up.
    TellOperators,
}

/// Why nothing happens to a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// It has ended.
    #[error("the delivery has ended")]
    Ended,
    /// It is not its time, or another worker has it.
    #[error("the delivery is not to be sent now")]
    NotDue,
    /// Nobody sends it: the answer is of an attempt that was taken for dead.
    #[error("the delivery is not being sent: its worker was too late")]
    NotSending,
}

impl Refused {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Refused::Ended => "delivery.ended",
            Refused::NotDue => "delivery.not_due",
            Refused::NotSending => "delivery.not_sending",
        }
    }
}

impl Delivery {
    /// One that is to be sent from now on.
    pub fn new(now: At) -> Self {
        Delivery::Due { since: now, at: now, tries: 0 }
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        matches!(self, Delivery::Delivered { .. } | Delivery::Failed { .. })
    }

    /// When it is to be looked at again: by a worker, or because its worker is late.
    pub fn next_at(&self) -> Option<At> {
        match self {
            Delivery::Due { at, .. } => Some(*at),
            Delivery::Sending { until, .. } => Some(*until),
            Delivery::Delivered { .. } | Delivery::Failed { .. } => None,
        }
    }
}

/// What becomes of a delivery, and what is to be done.
///
/// # Errors
/// [`Refused`] where nothing becomes of it; the state stays.
pub fn step(
    delivery: Delivery,
    event: Event,
    schedule: &Schedule,
    now: At,
) -> Result<(Delivery, Effect), Refused> {
    let failed = |since: At, tries: u32, is_permanent: bool, jitter: u16| {
        let at = now + schedule.wait(tries, jitter);
        let is_over = tries >= schedule.tries_max || at > since + schedule.give_up_after;
        match is_permanent || is_over {
            true => (Delivery::Failed { at: now, tries }, Effect::TellOperators),
            false => (Delivery::Due { since, at, tries }, Effect::None),
        }
    };
    match (delivery, event) {
        (Delivery::Delivered { .. } | Delivery::Failed { .. }, _) => Err(Refused::Ended),
        (Delivery::Due { since, at, tries }, Event::Take) if at <= now => {
            let until = now + schedule.lease;
            Ok((Delivery::Sending { since, until, tries: tries.saturating_add(1) }, Effect::Send))
        }
        (_, Event::Take) => Err(Refused::NotDue),
        (Delivery::Sending { tries, .. }, Event::Sent) => {
            Ok((Delivery::Delivered { at: now, tries }, Effect::None))
        }
        // The worker was too late and is alive: what was taken is not sent again.
        (Delivery::Due { tries, .. }, Event::Sent) if tries > 0 => {
            Ok((Delivery::Delivered { at: now, tries }, Effect::None))
        }
        (Delivery::Sending { since, tries, .. }, Event::Refused { is_permanent, jitter }) => {
            Ok(failed(since, tries, is_permanent, jitter))
        }
        (Delivery::Sending { since, until, tries }, Event::Passed { jitter }) if until <= now => {
            Ok(failed(since, tries, false, jitter))
        }
        (_, Event::Passed { .. }) => Ok((delivery, Effect::None)),
        (Delivery::Due { .. }, Event::Sent | Event::Refused { .. }) => Err(Refused::NotSending),
    }
}

#[cfg(test)]
mod tests;
