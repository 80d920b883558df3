//! The baseline: a lock of the whole account, whoever tries. The delays are those of Kanidm for passwords
//! (`server/lib/src/credential/softlock.rs`): after a failure nobody may try for 1 s, from the third on 3 s,
//! from the ninth 5 s, from the 25th 10 s, and from the hundredth until the day is over.

use account::time::At;
use std::collections::HashMap;

use super::world::Gate;
use crate::throttle::{AccountKey, Attempt, Decision};

const DAY_S: u64 = 86_400;

#[derive(Default)]
pub(super) struct Softlock {
    locks: HashMap<AccountKey, Lock>,
}

struct Lock {
    failures: u64,
    /// Nobody may try up to this second, it included.
    until: At,
    /// Failures are forgotten after it.
    forget_at: At,
}

impl Gate for Softlock {
    fn ask(&mut self, attempt: &Attempt, now: At) -> Decision {
        match self.locks.get(&attempt.account) {
            Some(lock) if now <= lock.until => Decision::Wait(lock.until.0 - now.0 + 1),
            _ => Decision::Go,
        }
    }

    fn succeeded(&mut self, _: &Attempt, _: At) {}

    fn failed(&mut self, attempt: &Attempt, now: At) {
        let midnight = At((now.0 / DAY_S + 1) * DAY_S);
        let fresh = Lock { failures: 0, until: now, forget_at: midnight };
        let lock = self.locks.entry(attempt.account).or_insert(fresh);
        if now > lock.forget_at {
            lock.failures = 0;
        }
        lock.failures += 1;
        lock.forget_at = midnight;
        lock.until = match lock.failures {
            0..3 => At(now.0 + 1),
            3..9 => At(now.0 + 3),
            9..25 => At(now.0 + 5),
            25..100 => At(now.0 + 10),
            100.. => midnight,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_grows_with_failures_until_the_day_is_over() {
        let mut softlock = Softlock::default();
        let source = std::net::IpAddr::V4(1.into());
        let attempt = Attempt { source, account: [1; 32], device: None, work_bits: 0 };
        let mut waits = Vec::new();
        let mut now = At(0);
        for _ in 0..100 {
            softlock.failed(&attempt, now);
            let Decision::Wait(wait) = softlock.ask(&attempt, now) else { panic!("no lock") };
            waits.push(wait - 1);
            now = At(now.0 + wait);
        }
        assert_eq!((waits[0], waits[2], waits[8], waits[24]), (1, 3, 5, 10));
        assert_eq!(now, At(DAY_S + 1));
        assert_eq!(softlock.ask(&attempt, now), Decision::Go);
        softlock.failed(&attempt, now);
        assert_eq!(softlock.ask(&attempt, now), Decision::Wait(2));
    }
}
