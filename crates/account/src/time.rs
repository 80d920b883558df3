//! Times of an account, in whole seconds.

use serde::{Deserialize, Serialize};

/// A time: seconds since 1970-01-01 UTC.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct At(pub u64);

/// How long something takes, in seconds.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct Span(pub u64);

impl Span {
    /// So many hours.
    pub const fn hours(hours: u64) -> Self {
        Self(hours * 3_600)
    }

    /// So many days.
    pub const fn days(days: u64) -> Self {
        Self::hours(24 * days)
    }
}

impl std::ops::Add<Span> for At {
    type Output = At;

    /// A time that is too far to be written is the last one.
    fn add(self, span: Span) -> At {
        At(self.0.saturating_add(span.0))
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            seconds if seconds % 86_400 == 0 && seconds > 0 => {
                write!(out, "{} d", seconds / 86_400)
            }
            seconds if seconds % 3_600 == 0 => write!(out, "{} h", seconds / 3_600),
            seconds => write!(out, "{seconds} s"),
        }
    }
}

/// The time that holds are judged by. A system clock that is set forward must not end a hold, and one
/// that is set back must not begin it anew: so it goes on by what a clock that nobody can set has
/// counted, and never back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Clock {
    /// The latest time that was told.
    told: At,
    /// What the unsettable clock had counted then.
    counted: Span,
}

/// A jump of the system clock that is larger is not believed.
pub const DRIFT_MAX: Span = Span(120);

impl Clock {
    /// Begins at a time that is known to be right, or the latest that was stored.
    pub fn new(stored: At, counted: Span) -> Self {
        Self { told: stored, counted }
    }

    /// The time now, from what the system's clock says and what the unsettable one has counted. A
    /// system clock that differs by more than [`DRIFT_MAX`] is not followed; `false` says so.
    pub fn now(&mut self, system: At, counted: Span) -> (At, bool) {
        let passed = Span(counted.0.saturating_sub(self.counted.0));
        let expected = self.told + passed;
        let is_near = system.0.abs_diff(expected.0) <= DRIFT_MAX.0;
        let now = if is_near { system.max(self.told) } else { expected };
        *self = Self { told: now, counted: self.counted.max(counted) };
        (now, is_near)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_clock_that_is_set_forward_ends_no_hold() {
        let mut clock = Clock::new(At(1_000), Span(0));
        assert_eq!(clock.now(At(1_010), Span(10)), (At(1_010), true));
        assert_eq!(clock.now(At(9_000_000), Span(20)), (At(1_020), false));
        assert_eq!(clock.now(At(5), Span(30)), (At(1_030), false));
        assert_eq!(clock.now(At(1_039), Span(40)), (At(1_039), true));
    }

    proptest! {
        /// However the system's clock jumps, time goes on, and faster than it passes only by what clocks
        /// drift.
        #[test]
        fn time_never_goes_back_and_never_runs_away(
            steps in prop::collection::vec((0u64..10_000, 0u64..500), 1..40),
        ) {
            let mut clock = Clock::new(At(1_000_000), Span(0));
            let (mut counted, mut last) = (0, At(1_000_000));
            for (system, passed) in steps {
                counted += passed;
                let (now, _) = clock.now(At(995_000 + system), Span(counted));
                prop_assert!(now >= last);
                prop_assert!(now.0 <= last.0 + passed + DRIFT_MAX.0);
                last = now;
            }
        }
    }
}
