//! What a customer usually does: at which hours, and which step after which.

use serde::{Deserialize, Serialize};

use crate::event::SYMBOLS;

/// Counts are halved when one reaches this, so that old habits fade.
const COUNT_MAX: u16 = 4_096;
/// Pairs of steps that are remembered. Customers of the simulator have 20 to 60; when there are more,
/// the rare ones are forgotten.
const PAIRS_MAX: usize = 96;

/// Sessions by hour of the day (UTC).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Hours {
    counts: [u16; 24],
}

/// Sessions before hours say anything.
pub const SESSIONS_MIN: u32 = 20;

impl Hours {
    /// Counts a session.
    pub fn add(&mut self, at: u64) {
        let hour = (at / 3_600 % 24) as usize;
        if self.counts[hour] >= COUNT_MAX {
            self.counts.iter_mut().for_each(|count| *count /= 2);
        }
        self.counts[hour] += 1;
    }

    /// Sessions counted.
    pub fn total(&self) -> u32 {
        self.counts.iter().copied().map(u32::from).sum()
    }

    /// Share of sessions within two hours of this time of day, smoothed so that it is never 0; `None`
    /// before there are [`SESSIONS_MIN`].
    pub fn share(&self, at: u64) -> Option<f64> {
        let total = self.total();
        if total < SESSIONS_MIN {
            return None;
        }
        let hour = (at / 3_600 % 24) as usize;
        let near: u32 = (22..=26).map(|shift| u32::from(self.counts[(hour + shift) % 24])).sum();
        Some((f64::from(near) + 0.5) / (f64::from(total) + 2.4))
    }
}

/// Which step came after which, exactly counted.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Pairs {
    /// Sorted by pair.
    counts: Vec<(u16, u16)>,
    /// Steps that were ever counted.
    steps: u32,
}

fn pair(before: u8, step: u8) -> u16 {
    u16::from(before) * SYMBOLS as u16 + u16::from(step)
}

impl Pairs {
    /// Counts a step after another.
    pub fn add(&mut self, before: u8, step: u8) {
        self.steps = self.steps.saturating_add(1);
        let key = pair(before, step);
        match self.counts.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(place) => {
                if self.counts[place].1 >= COUNT_MAX {
                    self.fade();
                    return self.add(before, step);
                }
                self.counts[place].1 += 1;
            }
            Err(place) if self.counts.len() < PAIRS_MAX => self.counts.insert(place, (key, 1)),
            Err(_) => self.fade(),
        }
    }

    /// Halves all and forgets what comes to nothing.
    fn fade(&mut self) {
        self.counts.iter_mut().for_each(|(_, count)| *count /= 2);
        self.counts.retain(|(_, count)| *count > 0);
    }

    /// Steps that were ever counted.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// How often this step came after that one, how often any did, and how many different ones did.
    pub fn after(&self, before: u8, step: u8) -> (u32, u32, u32) {
        let first = pair(before, 0);
        let begin = self.counts.partition_point(|(key, _)| *key < first);
        let mut found = (0, 0, 0);
        let of_row =
            self.counts[begin..].iter().take_while(|(key, _)| key - first < SYMBOLS as u16);
        for (key, count) in of_row {
            if key - first == u16::from(step) {
                found.0 = u32::from(*count);
            }
            found.1 += u32::from(*count);
            found.2 += 1;
        }
        found
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.counts.len() <= PAIRS_MAX
            && self.counts.windows(2).all(|two| two[0].0 < two[1].0)
            && self.counts.iter().all(|(_, count)| *count <= COUNT_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_hour_at_which_nobody_came_is_rarer_than_the_usual_one_and_midnight_has_neighbours() {
        let mut hours = Hours::default();
        assert_eq!(hours.share(0), None);
        for day in 0..30u64 {
            hours.add(day * 86_400 + 23 * 3_600);
        }
        assert!(hours.share(3_600).unwrap() > 0.9, "one o'clock is two hours after eleven");
        assert!(hours.share(12 * 3_600).unwrap() < 0.05);
    }

    proptest! {
        #[test]
        fn pairs_stay_bounded_and_sorted(
            steps in prop::collection::vec((0u8..SYMBOLS as u8, 0u8..SYMBOLS as u8), 0..3_000),
        ) {
            let mut pairs = Pairs::default();
            for (before, step) in steps {
                pairs.add(before, step);
            }
            prop_assert!(pairs.is_sound());
            let (count, all, kinds) = pairs.after(0, 0);
            prop_assert!(count <= all && kinds <= all);
        }
    }
}
