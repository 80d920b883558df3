//! Things an account was seen with, a bounded number of them.

use serde::{Deserialize, Serialize};

/// One thing, and when it was seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The thing, as a number.
    pub key: u64,
    /// When it was first seen.
    pub first_at: u64,
    /// When it was last seen.
    pub last_at: u64,
    /// How often it was used; 0 for an address that was only written down.
    pub times: u32,
}

/// At most `N` things. When it is full, what was used least, and of these what was used longest ago,
/// makes room: somebody who shows many new things pushes out each other, not what the customer uses.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Recent<const N: usize> {
    entries: Vec<Entry>,
}

impl<const N: usize> Recent<N> {
    /// The thing, if it is remembered.
    pub fn find(&self, key: u64) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// How long ago it was first seen, in seconds.
    pub fn age_s(&self, key: u64, now: u64) -> Option<u64> {
        self.find(key).map(|entry| now.saturating_sub(entry.first_at))
    }

    /// Notes that a thing was used (`times` 1) or only written down (0).
    pub fn note(&mut self, key: u64, at: u64, times: u32) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.key == key) {
            entry.last_at = entry.last_at.max(at);
            entry.times = entry.times.saturating_add(times);
            return;
        }
        if self.entries.len() >= N {
            let rank = |entry: &Entry| (entry.times, entry.last_at, entry.first_at, entry.key);
            let least = (0..self.entries.len()).min_by_key(|place| rank(&self.entries[*place]));
            if let Some(least) = least {
                self.entries.swap_remove(least);
            }
        }
        self.entries.push(Entry { key, first_at: at, last_at: at, times });
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.entries.len() <= N && self.entries.iter().all(|entry| entry.first_at <= entry.last_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_crowd_of_new_devices_does_not_push_out_the_one_that_is_used() {
        let mut devices: Recent<4> = Recent::default();
        for at in 0..10 {
            devices.note(7, at, 1);
        }
        for key in 100..100_000 {
            devices.note(key, key, 1);
        }
        assert_eq!(devices.len(), 4);
        assert_eq!(devices.find(7).map(|entry| (entry.first_at, entry.times)), Some((0, 10)));
        assert!(devices.find(99_999).is_some(), "the newest is remembered too");
    }

    proptest! {
        #[test]
        fn it_never_holds_more_than_it_may(
            notes in prop::collection::vec((0u64..30, any::<u64>(), 0u32..2), 0..200),
        ) {
            let mut recent: Recent<8> = Recent::default();
            for (key, at, times) in notes {
                recent.note(key, at, times);
                prop_assert!(recent.is_sound());
                prop_assert!(recent.find(key).is_some());
            }
        }
    }
}
