//! Counts and sums over the last hour, day and week, in a bounded number of buckets.

use serde::{Deserialize, Serialize};

/// What happened in one stretch of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Sum {
    /// How often.
    pub count: u32,
    /// Of what value in all, in cents.
    pub value_cents: u64,
}

/// Buckets of one width. What is counted lies in the newest bucket and the ones before it, so a window
/// reaches back for its length and at most one bucket more, and never for less.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Ring {
    width_s: u32,
    /// Number of the newest bucket: time over width.
    newest: u64,
    sums: Vec<Sum>,
}

impl Ring {
    fn new(width_s: u32, buckets: usize) -> Self {
        Self { width_s, newest: 0, sums: vec![Sum::default(); buckets] }
    }

    fn place(&self, bucket: u64) -> usize {
        (bucket % self.sums.len() as u64) as usize
    }

    fn add(&mut self, at: u64, value_cents: u64) {
        let bucket = at / u64::from(self.width_s);
        if bucket > self.newest {
            let passed = (bucket - self.newest).min(self.sums.len() as u64);
            for step in 0..passed {
                let place = self.place(bucket - step);
                self.sums[place] = Sum::default();
            }
            self.newest = bucket;
        }
        if self.newest - bucket >= self.sums.len() as u64 {
            return;
        }
        let place = self.place(bucket);
        let sum = &mut self.sums[place];
        sum.count = sum.count.saturating_add(1);
        sum.value_cents = sum.value_cents.saturating_add(value_cents);
    }

    fn sum(&self, now: u64) -> Sum {
        let bucket = (now / u64::from(self.width_s)).max(self.newest);
        let passed = bucket - self.newest;
        let kept = (self.sums.len() as u64).saturating_sub(passed);
        let mut total = Sum::default();
        for step in 0..kept.min(self.newest + 1) {
            let sum = self.sums[self.place(self.newest - step)];
            total.count = total.count.saturating_add(sum.count);
            total.value_cents = total.value_cents.saturating_add(sum.value_cents);
        }
        total
    }

    fn is_sound(&self, width_s: u32, buckets: usize) -> bool {
        self.width_s == width_s && self.sums.len() == buckets
    }
}

/// Width of a bucket in seconds, and buckets: one more than the window is long.
const HOUR: (u32, usize) = (300, 13);
const DAY: (u32, usize) = (3_600, 25);
const WEEK: (u32, usize) = (86_400, 8);

/// How often and how much, over three windows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Velocity {
    hour: Ring,
    day: Ring,
    week: Ring,
}

impl Default for Velocity {
    fn default() -> Self {
        let ring = |(width_s, buckets)| Ring::new(width_s, buckets);
        Self { hour: ring(HOUR), day: ring(DAY), week: ring(WEEK) }
    }
}

impl Velocity {
    /// Counts one thing.
    pub fn add(&mut self, at: u64, value_cents: u64) {
        for ring in [&mut self.hour, &mut self.day, &mut self.week] {
            ring.add(at, value_cents);
        }
    }

    /// The last hour, and up to 5 minutes more.
    pub fn hour(&self, now: u64) -> Sum {
        self.hour.sum(now)
    }

    /// The last 24 hours, and up to an hour more.
    pub fn day(&self, now: u64) -> Sum {
        self.day.sum(now)
    }

    /// The last 7 days, and up to a day more.
    pub fn week(&self, now: u64) -> Sum {
        self.week.sum(now)
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.hour.is_sound(HOUR.0, HOUR.1)
            && self.day.is_sound(DAY.0, DAY.1)
            && self.week.is_sound(WEEK.0, WEEK.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Never less than the window holds, never more than it and one bucket hold.
        #[test]
        fn a_window_counts_what_lies_in_it_and_at_most_one_bucket_more(
            mut times in prop::collection::vec(0u64..2_000_000, 1..60),
            later in 0u64..1_000_000,
        ) {
            times.sort_unstable();
            let mut velocity = Velocity::default();
            for at in &times {
                velocity.add(*at, 10);
            }
            let now = times[times.len() - 1] + later;
            let since = |length: u64| {
                times.iter().filter(|at| **at > now.saturating_sub(length) || now < length).count()
            };
            for (sum, length, width) in [
                (velocity.hour(now), 3_600, 300),
                (velocity.day(now), 86_400, 3_600),
                (velocity.week(now), 604_800, 86_400),
            ] {
                let count = sum.count as usize;
                prop_assert!(count >= since(length), "{count} of {length}");
                prop_assert!(count <= since(length + width), "{count} of {length}");
                prop_assert_eq!(sum.value_cents, count as u64 * 10);
            }
        }

        #[test]
        fn no_order_of_times_makes_it_panic(
            times in prop::collection::vec((any::<u64>(), any::<u64>()), 0..40), now: u64,
        ) {
            let mut velocity = Velocity::default();
            for (at, value) in times {
                velocity.add(at, value);
                velocity.week(now);
            }
            prop_assert!(velocity.is_sound());
        }
    }
}
