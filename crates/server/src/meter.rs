//! What the server counts: decisions, rates, latencies, refusals. Read by the live page, the system
//! page and Prometheus.

use model::Level;
use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::desk::SavedState;

/// Buckets of latencies: eight for each doubling of microseconds, up to an hour.
const BUCKETS: usize = 8 * 32;
/// Seconds of history that the system page shows.
const HISTORY_S: usize = 600;
/// Saved states that are shown.
const SAVED_SHOWN: usize = 5;

/// A histogram of latencies that many threads may add to.
pub struct Latencies([AtomicU64; BUCKETS]);

impl Default for Latencies {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

fn bucket(us: u64) -> usize {
    if us < 8 {
        return us as usize;
    }
    let exponent = 63 - us.leading_zeros() as usize;
    let fraction = (us >> (exponent - 3)) as usize & 7;
    ((exponent - 2) * 8 + fraction).min(BUCKETS - 1)
}

/// Upper end of a bucket in microseconds.
fn bound(bucket: usize) -> u64 {
    if bucket < 8 {
        return bucket as u64;
    }
    let (exponent, fraction) = (bucket / 8 + 2, bucket as u64 % 8);
    ((8 + fraction + 1) << (exponent - 3)) - 1
}

/// Counts of all buckets at one moment.
type Counts = [u64; BUCKETS];

impl Latencies {
    /// Adds one.
    pub fn add(&self, latency: Duration) {
        self.0[bucket(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX))]
            .fetch_add(1, Relaxed);
    }

    fn counts(&self) -> Counts {
        std::array::from_fn(|place| self.0[place].load(Relaxed))
    }
}

/// The latency below which `share` of those between two moments lie, in microseconds.
fn quantile(before: &Counts, after: &Counts, share: f64) -> u64 {
    let added = |place: usize| after[place] - before[place];
    let total: u64 = (0..BUCKETS).map(added).sum();
    let rank = (total as f64 * share).ceil() as u64;
    let mut seen = 0;
    for place in 0..BUCKETS {
        seen += added(place);
        if total > 0 && seen >= rank {
            return bound(place);
        }
    }
    0
}

/// One second of history.
#[derive(Clone, Copy, Debug, Default)]
pub struct Second {
    /// Decisions by level.
    pub by_level: [u64; 4],
    /// Latencies in microseconds.
    pub p50_us: u64,
    /// The same.
    pub p99_us: u64,
}

impl Second {
    /// Decisions.
    pub fn total(&self) -> u64 {
        self.by_level.iter().sum()
    }
}

struct History {
    seconds: VecDeque<Second>,
    last_levels: [u64; 4],
    last_counts: Counts,
}

/// All counters.
pub struct Meter {
    levels: [AtomicU64; 4],
    latencies: Latencies,
    requests: [AtomicU64; 5],
    refused_connections: AtomicU64,
    limited: AtomicU64,
    sampled_out: AtomicU64,
    history: Mutex<History>,
    saved: Mutex<VecDeque<SavedState>>,
    degraded: Mutex<Vec<String>>,
    database: Mutex<Option<String>>,
    is_waiting: AtomicBool,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            levels: Default::default(),
            latencies: Latencies::default(),
            requests: Default::default(),
            refused_connections: AtomicU64::new(0),
            limited: AtomicU64::new(0),
            sampled_out: AtomicU64::new(0),
            history: Mutex::new(History {
                seconds: VecDeque::new(),
                last_levels: [0; 4],
                last_counts: [0; BUCKETS],
            }),
            saved: Mutex::default(),
            degraded: Mutex::default(),
            database: Mutex::default(),
            is_waiting: AtomicBool::new(false),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Meter {
    /// Counts a decision.
    pub fn count(&self, level: Level) {
        self.levels[level as usize].fetch_add(1, Relaxed);
    }

    /// Adds the time from a batch's begin to its answers.
    pub fn decided(&self, latency: Duration) {
        self.latencies.add(latency);
    }

    /// Counts an answer by the class of its status.
    pub fn answered(&self, status: u16) {
        let class = usize::from(status / 100).clamp(1, 5) - 1;
        self.requests[class].fetch_add(1, Relaxed);
    }

    /// Counts a connection that was closed because its client has too many or was too slow.
    pub fn refused_connection(&self) {
        self.refused_connections.fetch_add(1, Relaxed);
    }

    /// Counts a request over a client's rate.
    pub fn limited(&self) {
        self.limited.fetch_add(1, Relaxed);
    }

    /// Counts decisions that watchers were not shown.
    pub fn sampled_out(&self, count: u64) {
        self.sampled_out.fetch_add(count, Relaxed);
    }

    /// Takes the sampled-out count of the last second.
    pub fn take_sampled_out(&self) -> u64 {
        self.sampled_out.swap(0, Relaxed)
    }

    /// Says what keeps the engine from seeing everything.
    pub fn set_degraded(&self, problems: &[String]) {
        *lock(&self.degraded) = problems.to_vec();
    }

    /// Says whether the database answers.
    pub fn set_database(&self, problem: Option<String>) {
        *lock(&self.database) = problem;
    }

    /// Says whether details and alerts wait for the database.
    pub fn set_waiting(&self, is_waiting: bool) {
        self.is_waiting.store(is_waiting, Relaxed);
    }

    /// What is wrong now, for people.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = lock(&self.degraded).clone();
        problems.extend(lock(&self.database).clone());
        if self.is_waiting.load(Relaxed) {
            problems.push("alerts and details wait for the database to take them".to_owned());
        }
        problems
    }

    /// Notes a saved state.
    pub fn saved(&self, state: SavedState) {
        let mut saved = lock(&self.saved);
        saved.push_front(state);
        saved.truncate(SAVED_SHOWN);
    }

    /// The newest saved states.
    pub fn saved_states(&self) -> Vec<SavedState> {
        lock(&self.saved).iter().cloned().collect()
    }

    /// Decisions by level since the start.
    pub fn by_level(&self) -> [u64; 4] {
        std::array::from_fn(|place| self.levels[place].load(Relaxed))
    }

    /// Ends a second of history and returns it. Called once a second.
    pub fn tick(&self) -> Second {
        let (levels, counts) = (self.by_level(), self.latencies.counts());
        let mut history = lock(&self.history);
        let second = Second {
            by_level: std::array::from_fn(|place| levels[place] - history.last_levels[place]),
            p50_us: quantile(&history.last_counts, &counts, 0.5),
            p99_us: quantile(&history.last_counts, &counts, 0.99),
        };
        history.last_levels = levels;
        history.last_counts = counts;
        history.seconds.push_back(second);
        let excess = history.seconds.len().saturating_sub(HISTORY_S);
        history.seconds.drain(..excess);
        second
    }

    /// The last seconds, the oldest first.
    pub fn history(&self) -> Vec<Second> {
        lock(&self.history).seconds.iter().copied().collect()
    }

    /// The text that Prometheus reads (exposition format 0.0.4).
    pub fn prometheus(&self, gauges: &[(&str, &str, f64)]) -> String {
        let mut out = String::new();
        let mut family = |name: &str, kind: &str, help: &str, lines: &[(String, f64)]| {
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (labels, value) in lines {
                let _ = writeln!(out, "{name}{labels} {value}");
            }
        };
        let levels = self.by_level();
        let by_level: Vec<(String, f64)> = Level::ALL
            .iter()
            .zip(levels)
            .map(|(level, count)| (format!("{{level=\"{level}\"}}"), count as f64))
            .collect();
        family("ringfence_decisions_total", "counter", "Decisions by level.", &by_level);
        let classes: Vec<(String, f64)> = (1..=5)
            .zip(&self.requests)
            .map(|(class, count)| (format!("{{status=\"{class}xx\"}}"), count.load(Relaxed) as f64))
            .collect();
        family("ringfence_http_responses_total", "counter", "Answers by class.", &classes);
        let counts = self.latencies.counts();
        let mut lines = Vec::new();
        let mut seen = 0;
        for (place, count) in counts.iter().enumerate() {
            seen += count;
            // One line for each doubling is enough for a dashboard.
            if place % 8 == 7 && bound(place) >= 63 && bound(place) < 1 << 24 {
                let seconds = (bound(place) + 1) as f64 / 1e6;
                lines.push((format!("_bucket{{le=\"{seconds}\"}}"), seen as f64));
            }
        }
        lines.push(("_bucket{le=\"+Inf\"}".to_owned(), seen as f64));
        lines.push(("_count".to_owned(), seen as f64));
        family(
            "ringfence_batch_seconds",
            "histogram",
            "Time from a batch's begin to its answers, journal included.",
            &lines,
        );
        let one = |count: &AtomicU64| [(String::new(), count.load(Relaxed) as f64)];
        family(
            "ringfence_connections_refused_total",
            "counter",
            "Connections closed because they were slow or too many.",
            &one(&self.refused_connections),
        );
        family(
            "ringfence_requests_limited_total",
            "counter",
            "Requests over a client's rate.",
            &one(&self.limited),
        );
        for (name, help, value) in gauges {
            family(name, "gauge", help, &[(String::new(), *value)]);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_what_belongs_in_them() {
        for us in (0..100_000).chain([1 << 20, 1 << 30, u64::MAX]) {
            let place = bucket(us);
            assert!(us <= bound(place) || place == BUCKETS - 1, "{us}");
            assert!(place == 0 || us > bound(place - 1), "{us}");
        }
    }

    #[test]
    fn a_second_counts_what_came_in_it() {
        let meter = Meter::default();
        meter.count(Level::Hold);
        for us in 1..=100 {
            meter.decided(Duration::from_micros(us * 10));
        }
        let second = meter.tick();
        assert_eq!((second.by_level, second.total()), ([0, 0, 1, 0], 1));
        assert!((450..=560).contains(&second.p50_us), "{second:?}");
        assert!((950..=1_100).contains(&second.p99_us), "{second:?}");
        assert_eq!(meter.tick().total(), 0);
        assert!(meter.prometheus(&[]).contains("ringfence_decisions_total{level=\"hold\"} 1"));
    }
}
