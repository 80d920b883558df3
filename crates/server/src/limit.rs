//! Rates: a token bucket for each client, in bounded memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;

/// Clients that are remembered; full buckets are forgotten first.
const CLIENTS_MAX: usize = 65_536;

/// Token buckets.
pub struct Limiter<K> {
    per_s: f64,
    burst: f64,
    buckets: Mutex<HashMap<K, (f64, u64)>>,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// Buckets that refill at `per_s` up to `burst`.
    pub fn new(per_s: f64, burst: f64) -> Self {
        Self { per_s, burst, buckets: Mutex::default() }
    }

    /// Takes `count` tokens at a time in milliseconds; false when there are not enough.
    pub fn take(&self, key: K, count: f64, now_ms: u64) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let refilled = |tokens: f64, at: u64| {
            (tokens + now_ms.saturating_sub(at) as f64 * self.per_s / 1e3).min(self.burst)
        };
        if buckets.len() >= CLIENTS_MAX && !buckets.contains_key(&key) {
            buckets.retain(|_, (tokens, at)| refilled(*tokens, *at) < self.burst);
            if buckets.len() >= CLIENTS_MAX {
                // Everybody is at work: a flood of new clients waits rather than the known ones.
                return false;
            }
        }
        let (tokens, at) = buckets.entry(key).or_insert((self.burst, now_ms));
        let available = refilled(*tokens, *at);
        let is_enough = available >= count;
        (*tokens, *at) = (if is_enough { available - count } else { available }, now_ms);
        is_enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_refills_and_belongs_to_one_client() {
        let limiter = Limiter::new(10.0, 3.0);
        assert!((0..3).all(|_| limiter.take("a", 1.0, 0)));
        assert!(!limiter.take("a", 1.0, 50));
        assert!(limiter.take("b", 3.0, 50));
        assert!(limiter.take("a", 1.0, 150));
        assert!(!limiter.take("a", 5.0, 1_000_000));
    }

    #[test]
    fn a_flood_of_clients_takes_bounded_memory_and_the_idle_are_forgotten() {
        let limiter = Limiter::new(1.0, 2.0);
        assert!((0..CLIENTS_MAX).all(|client| limiter.take(client, 1.0, 0)));
        assert!(!limiter.take(usize::MAX, 1.0, 1));
        assert!(limiter.take(usize::MAX, 1.0, 5_000));
        assert_eq!(limiter.buckets.lock().unwrap().len(), 1);
    }
}
