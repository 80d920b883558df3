//! Sign-ins in the format of the public RBA data set (Wiefling et al., "Pump Up Password Security!",
//! ACM TOPS 2022): read row by row, scored after Freeman et al. (NDSS 2016).
//!
//! The score is the logarithm of how much likelier the features of a sign-in are among everybody than
//! in the user's own history, summed over the autonomous system, the country, browser, operating
//! system and kind of device. How likely each user is to be attacked is left out: nothing is known of
//! it. Only sign-ins that succeeded are learned from.

mod line;
mod table;

pub use line::LINE_LEN_MAX;
pub use table::{Row, Rows};

use std::collections::HashMap;

/// Features of a row.
pub const FEATURES: usize = 5;
/// Users whose history is kept, at some 400 bytes each. The public file has 3.3 million.
const USERS_MAX: usize = 4_000_000;
/// Values that are kept of each feature of one user.
const OWN_VALUES_MAX: usize = 12;
/// Values that are kept of each feature of all users.
const VALUES_MAX: usize = 1_000_000;
/// How many sign-ins the population counts for beside a user's own.
const PRIOR: f64 = 1.0;
/// Cells of the histogram of scores, and the scores at its ends.
const CELLS: usize = 4_096;
const SCORE_MIN: f64 = -40.0;
const SCORE_MAX: f64 = 60.0;

/// One user's history.
#[derive(Default)]
struct Own {
    total: u32,
    values: [Vec<(u64, u32)>; FEATURES],
}

/// What came of a row.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Scored {
    /// Risk: natural logarithm of a ratio, larger is riskier. `None` for a user without history.
    pub risk: Option<f64>,
    /// Whether the user is known.
    pub has_history: bool,
}

/// Counts over a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Rows.
    pub rows: u64,
    /// Rows of a sign-in that succeeded.
    pub succeeded: u64,
    /// Rows that succeeded and are labelled a takeover.
    pub takeovers: u64,
    /// Rows that were scored.
    pub scored: u64,
    /// Users whose history is kept.
    pub users: u64,
    /// Rows of users for whom there was no room.
    pub without_room: u64,
}

/// The scores of a file so far.
pub struct Scores {
    users: HashMap<u64, Own>,
    all: [HashMap<u64, u32>; FEATURES],
    total: u64,
    tally: Tally,
    honest: Vec<u64>,
    takeovers: Vec<u64>,
}

impl Default for Scores {
    fn default() -> Self {
        Self {
            users: HashMap::new(),
            all: Default::default(),
            total: 0,
            tally: Tally::default(),
            honest: vec![0; CELLS],
            takeovers: vec![0; CELLS],
        }
    }
}

fn cell(risk: f64) -> usize {
    let share = (risk.clamp(SCORE_MIN, SCORE_MAX) - SCORE_MIN) / (SCORE_MAX - SCORE_MIN);
    ((share * CELLS as f64) as usize).min(CELLS - 1)
}

impl Scores {
    /// Scores a row and then learns from it.
    pub fn take(&mut self, row: &Row) -> Scored {
        self.tally.rows += 1;
        let own = self.users.get(&row.user).filter(|own| own.total > 0);
        let has_history = own.is_some();
        let risk = own.map(|own| {
            let everybody = self.total as f64 + 1.0;
            row.features
                .iter()
                .enumerate()
                .map(|(place, value)| {
                    let of_all = self.all[place].get(value).copied().unwrap_or(0);
                    let of_all = (f64::from(of_all) + 1.0) / everybody.max(1.0);
                    let mine = own.values[place].iter().find(|(known, _)| known == value);
                    let mine = mine.map_or(0.0, |(_, count)| f64::from(*count));
                    let of_own = (mine + PRIOR * of_all) / (f64::from(own.total) + PRIOR);
                    libm::log(of_all / of_own)
                })
                .sum::<f64>()
        });
        if row.has_succeeded {
            self.tally.succeeded += 1;
            self.tally.takeovers += u64::from(row.is_takeover);
            if let Some(risk) = risk {
                let counts = if row.is_takeover { &mut self.takeovers } else { &mut self.honest };
                counts[cell(risk)] += 1;
            }
            self.learn(row);
        }
        self.tally.scored += u64::from(risk.is_some());
        Scored { risk, has_history }
    }

    fn learn(&mut self, row: &Row) {
        self.total += 1;
        for (values, value) in self.all.iter_mut().zip(row.features) {
            let has_room = values.len() < VALUES_MAX;
            if let Some(count) = values.get_mut(&value) {
                *count = count.saturating_add(1);
            } else if has_room {
                values.insert(value, 1);
            }
        }
        if !self.users.contains_key(&row.user) {
            if self.users.len() >= USERS_MAX {
                self.tally.without_room += 1;
                return;
            }
            self.tally.users += 1;
        }
        let own = self.users.entry(row.user).or_default();
        own.total = own.total.saturating_add(1);
        for (values, value) in own.values.iter_mut().zip(row.features) {
            match values.iter_mut().find(|(known, _)| *known == value) {
                Some((_, count)) => *count = count.saturating_add(1),
                None => {
                    if values.len() >= OWN_VALUES_MAX {
                        let least = (0..values.len()).min_by_key(|place| values[*place].1);
                        values.swap_remove(least.unwrap_or(0));
                    }
                    values.push((value, 1));
                }
            }
        }
    }

    /// Counts so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Chance that a takeover scores above another sign-in that succeeded, right to the width of a cell
    /// (0.024); `None` without one of either.
    pub fn auc(&self) -> Option<f64> {
        let takeovers: u64 = self.takeovers.iter().sum();
        let honest: u64 = self.honest.iter().sum();
        if takeovers == 0 || honest == 0 {
            return None;
        }
        let (mut below, mut sum) = (0.0, 0.0);
        for (takeovers, honest) in self.takeovers.iter().zip(&self.honest) {
            sum += *takeovers as f64 * (below + *honest as f64 / 2.0);
            below += *honest as f64;
        }
        Some(sum / (takeovers as f64 * honest as f64))
    }

    /// The risk that the given share of honest sign-ins does not exceed; `None` without any.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let total: u64 = self.honest.iter().sum();
        let wanted = (share.clamp(0.0, 1.0) * total as f64).ceil() as u64;
        let mut counted = 0;
        for (place, count) in self.honest.iter().enumerate() {
            counted += count;
            if *count > 0 && counted >= wanted {
                let width = (SCORE_MAX - SCORE_MIN) / CELLS as f64;
                return Some(SCORE_MIN + (place as f64 + 0.5) * width);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
