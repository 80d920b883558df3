//! How often it may be tried.
//!
//! Three kinds of buckets: by source (an IPv4 address, an IPv6 /64), by account for all devices that it
//! does not know, and by account and known device. Somebody on a device that the account knows is judged
//! by that device alone: strangers who guess can neither empty its bucket nor lock its owner out, even from
//! the same address. A stranger passes the source's and the account's bucket. When the account's is
//! empty a proof of work is asked for before the expensive hash, more of it the more was tried; and after
//! [`STRANGERS_PER_ACCOUNT`]`.burst` guesses nothing but waiting helps, passkeys and known devices
//! excepted.
//!
//! Buckets are in memory: a restart fills them. A bucket is one number: when it will be full again (the generic cell rate algorithm of ITU-T I.371).

use account::time::{At, Span};
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

/// How much a kind of bucket holds, and how fast it fills.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// Attempts of a full bucket.
    pub burst: u64,
    /// Seconds in which one attempt comes back.
    pub refill_s: u64,
}

/// Attempts of strangers from one source. A hundred people behind one address may mistype now and then.
pub const PER_SOURCE: Rate = Rate { burst: 60, refill_s: 20 };
/// Attempts on one account from devices it does not know, whether free or paid for with work: NIST SP
/// 800-63B-4, section 3.2.2, wants no more than 100 failures in a row.
pub const STRANGERS_PER_ACCOUNT: Rate = Rate { burst: 100, refill_s: 900 };
/// How many of these are free of work.
pub const STRANGERS_FREE: u64 = 10;
/// Attempts from one device that the account knows.
pub const PER_DEVICE: Rate = Rate { burst: 10, refill_s: 60 };

/// Work for the first attempt that is not free: some 0.3 s in a browser.
pub const WORK_BITS_MIN: u8 = 18;
/// Work for the last: some 5 s in a browser. More would be waited for by nobody.
pub const WORK_BITS_MAX: u8 = 22;

/// Buckets of a kind that are kept. All three kinds, full, take some 70 MB.
pub const BUCKETS_MAX: usize = 400_000;

/// A hash of what tells accounts apart, of the name that was typed, whether it is known or not: throttling
/// does not show which accounts there are.
pub type AccountKey = [u8; 32];
/// A hash of what tells devices apart. Only for a device that the account is known to have been used on.
pub type DeviceKey = [u8; 32];

/// An attempt to sign in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// Where it comes from.
    pub source: IpAddr,
    /// The account.
    pub account: AccountKey,
    /// The device, if the account knows it.
    pub device: Option<DeviceKey>,
    /// Bits of a proof of work that was checked (see [`crate::work`]), 0 if there is none.
    pub work_bits: u8,
}

/// What to do with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Check it. It has been counted.
    Go,
    /// Ask for a proof of so many bits. It was not counted.
    Work(u8),
    /// Refuse it; it is worth another try after so many seconds. It was not counted.
    Wait(u64),
}

/// All buckets.
pub struct Throttle {
    sources: Buckets<Source>,
    strangers: Buckets<AccountKey>,
    devices: Buckets<(AccountKey, DeviceKey)>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new(BUCKETS_MAX)
    }
}

impl Throttle {
    /// With room for so many buckets of each kind.
    pub fn new(capacity: usize) -> Self {
        Self {
            sources: Buckets::new(PER_SOURCE, capacity),
            strangers: Buckets::new(STRANGERS_PER_ACCOUNT, capacity),
            devices: Buckets::new(PER_DEVICE, capacity),
        }
    }

    /// Decides on an attempt, and counts it if it goes on. Counted before it is checked, so that parallel
    /// attempts do not pass together.
    pub fn ask(&mut self, attempt: &Attempt, now: At) -> Decision {
        if let Some(device) = attempt.device {
            return match self.devices.take((attempt.account, device), now) {
                Ok(()) => Decision::Go,
                Err(wait) => Decision::Wait(wait),
            };
        }
        let source = Source::of(attempt.source);
        // The longer wait is the one that helps.
        let wait = self.sources.wait(&source, now).max(self.strangers.wait(&attempt.account, now));
        if wait > 0 {
            return Decision::Wait(wait);
        }
        let needed = work_needed(self.strangers.taken(&attempt.account, now));
        if attempt.work_bits < needed {
            return Decision::Work(needed);
        }
        let is_taken =
            self.sources.take(source, now).and(self.strangers.take(attempt.account, now));
        is_taken.map_or_else(Decision::Wait, |()| Decision::Go)
    }

    /// Tells that an attempt that went on ended in a sign-in: it does not count. What others have tried still
    /// does. Only when everything was shown that the account asks for: a right password with a wrong code
    /// stays counted, or codes could be guessed without end.
    pub fn succeeded(&mut self, attempt: &Attempt, now: At) {
        match attempt.device {
            Some(device) => self.devices.put_back(&(attempt.account, device), now),
            None => {
                self.sources.put_back(&Source::of(attempt.source), now);
                self.strangers.put_back(&attempt.account, now);
            }
        }
    }

    /// Buckets that are not full, of all kinds.
    pub fn len(&self) -> usize {
        self.sources.full_at.len() + self.strangers.full_at.len() + self.devices.full_at.len()
    }

    /// Whether all are full.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Bits of work for the next attempt after `taken` ones: none while some are free, then one bit more for
/// each doubling of what was tried.
fn work_needed(taken: u64) -> u8 {
    let Some(beyond) = taken.checked_sub(STRANGERS_FREE) else { return 0 };
    let doublings = (beyond / STRANGERS_FREE + 1).ilog2() as u8;
    WORK_BITS_MIN.saturating_add(doublings).min(WORK_BITS_MAX)
}

/// What one customer of a network provider is given: an IPv4 address, an IPv6 /64 (RFC 6177).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Source(u64);

impl Source {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            // Below 2^32, where the first half of no global IPv6 address is.
            IpAddr::V4(address) => Self(u64::from(address.to_bits())),
            IpAddr::V6(address) => Self((address.to_bits() >> 64) as u64),
        }
    }
}

struct Buckets<K> {
    rate: Rate,
    capacity: usize,
    /// When each that is not full will be.
    full_at: HashMap<K, At>,
}

impl<K: Copy + Eq + Hash + Ord> Buckets<K> {
    fn new(rate: Rate, capacity: usize) -> Self {
        Self { rate, capacity: capacity.max(1), full_at: HashMap::new() }
    }

    /// Seconds until it is full. Never more than an empty one takes, also when the clock was set back.
    fn missing_s(&self, key: &K, now: At) -> u64 {
        let full_at = self.full_at.get(key).copied().unwrap_or(now);
        full_at.0.saturating_sub(now.0).min(self.rate.burst * self.rate.refill_s)
    }

    /// Attempts that were taken and have not come back.
    fn taken(&self, key: &K, now: At) -> u64 {
        self.missing_s(key, now).div_ceil(self.rate.refill_s)
    }

    /// Seconds until there is an attempt in it.
    fn wait(&self, key: &K, now: At) -> u64 {
        let most = (self.rate.burst - 1) * self.rate.refill_s;
        self.missing_s(key, now).saturating_sub(most)
    }

    fn take(&mut self, key: K, now: At) -> Result<(), u64> {
        match self.wait(&key, now) {
            0 => {
                let missing = self.missing_s(&key, now) + self.rate.refill_s;
                self.make_room(&key, now);
                self.full_at.insert(key, now + Span(missing));
                Ok(())
            }
            wait => Err(wait),
        }
    }

    fn put_back(&mut self, key: &K, now: At) {
        match self.missing_s(key, now).saturating_sub(self.rate.refill_s) {
            0 => drop(self.full_at.remove(key)),
            missing => drop(self.full_at.insert(*key, now + Span(missing))),
        }
    }

    /// Forgets full buckets and, if that is not enough, those that are full the soonest: who has tried most
    /// is forgotten last. An eighth goes at once, so that it costs little for each attempt.
    fn make_room(&mut self, key: &K, now: At) {
        if self.full_at.len() < self.capacity || self.full_at.contains_key(key) {
            return;
        }
        self.full_at.retain(|_, full_at| *full_at > now);
        let keep = self.capacity - self.capacity.div_ceil(8);
        if self.full_at.len() <= keep {
            return;
        }
        let mut all: Vec<(At, K)> = self.full_at.iter().map(|(key, at)| (*at, *key)).collect();
        let leaving = all.len() - keep;
        all.select_nth_unstable(leaving - 1);
        for (_, key) in &all[..leaving] {
            self.full_at.remove(key);
        }
    }
}

#[cfg(test)]
mod tests;
