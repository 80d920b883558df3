//! What a ranking finds within an alert budget.

use serde::Serialize;
use std::collections::BTreeMap;

use super::Seen;
use crate::customers::Attack;

/// Shares of honest withdrawals that may be stopped, in hundredths of a per cent.
pub const BUDGETS: [u32; 3] = [10, 50, 100];

/// So many of so many. Where withdrawals of one rank lie on both sides of a budget, each counts by its
/// chance to be within.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Share {
    /// How many there are.
    pub of: usize,
    /// How many of them.
    pub found: f64,
}

impl Share {
    /// From 0 to 1; 0 of none.
    pub fn value(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.found / self.of as f64 }
    }

    /// 95 % interval (Wilson).
    pub fn interval(self) -> (f64, f64) {
        if self.of == 0 {
            return (0.0, 1.0);
        }
        let (n, p, z) = (self.of as f64, self.value(), 1.96);
        let middle = p + z * z / (2.0 * n);
        let half = z * libm::sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n));
        let whole = 1.0 + z * z / n;
        (((middle - half) / whole).max(0.0), ((middle + half) / whole).min(1.0))
    }
}

/// Detection of one kind of attack in one form.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Cell {
    /// The kind.
    pub attack: Attack,
    /// Whether it is the hard form.
    pub is_hard: bool,
    /// Attacks whose first withdrawal was within each budget.
    pub found: Vec<Share>,
}

/// Detection within one budget.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Budget {
    /// Honest withdrawals that are stopped, in hundredths of a per cent.
    pub per_10_000: u32,
    /// All easy attacks.
    pub easy: Share,
    /// All hard attacks.
    pub hard: Share,
}

/// What one ranking finds.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Detected {
    /// Its name.
    pub name: &'static str,
    /// All attacks, by budget.
    pub budgets: Vec<Budget>,
    /// By kind and form.
    pub cells: Vec<Cell>,
}

/// The chance of each rank to be within a budget: 1 above the rank at which the budget is spent, and at
/// that rank what is left of the budget over how many honest withdrawals have it.
struct Cutoff {
    rank: f64,
    at_rank: f64,
}

impl Cutoff {
    fn new(honest: &[f64], per_10_000: u32) -> Self {
        let budget = honest.len() as f64 * f64::from(per_10_000) / 10_000.0;
        let Some(rank) = honest.get(budget as usize).copied() else {
            return Self { rank: f64::NEG_INFINITY, at_rank: 1.0 };
        };
        let above = honest.iter().filter(|other| **other > rank).count() as f64;
        let equal = honest.iter().filter(|other| **other == rank).count() as f64;
        Self { rank, at_rank: ((budget - above) / equal).clamp(0.0, 1.0) }
    }

    fn chance(&self, rank: f64) -> f64 {
        match rank {
            rank if rank > self.rank => 1.0,
            rank if rank == self.rank => self.at_rank,
            _ => 0.0,
        }
    }
}

/// What a ranking of withdrawals finds: `ranks` has one for each, larger is riskier.
pub fn detected(name: &'static str, seen: &[Seen], ranks: &[f64]) -> Detected {
    let both = || seen.iter().zip(ranks);
    let mut honest: Vec<f64> =
        both().filter(|(seen, _)| seen.truth.is_none()).map(|(_, rank)| *rank).collect();
    honest.sort_by(|a, b| b.total_cmp(a));
    let cutoffs = BUDGETS.map(|budget| Cutoff::new(&honest, budget));
    let mut cells: BTreeMap<(Attack, bool), Vec<Share>> = BTreeMap::new();
    for (seen, rank) in both().filter(|(seen, _)| seen.is_first) {
        let Some(truth) = seen.truth else { continue };
        let none = || vec![Share { of: 0, found: 0.0 }; BUDGETS.len()];
        let shares = cells.entry((truth.attack, truth.is_hard)).or_insert_with(none);
        for (share, cutoff) in shares.iter_mut().zip(&cutoffs) {
            share.of += 1;
            share.found += cutoff.chance(*rank);
        }
    }
    let sum = |place: usize, is_hard: bool| {
        let of_form = cells.iter().filter(|((_, hard), _)| *hard == is_hard);
        of_form.fold(Share { of: 0, found: 0.0 }, |sum, (_, shares)| Share {
            of: sum.of + shares[place].of,
            found: sum.found + shares[place].found,
        })
    };
    let budgets = BUDGETS.iter().enumerate().map(|(place, per_10_000)| Budget {
        per_10_000: *per_10_000,
        easy: sum(place, false),
        hard: sum(place, true),
    });
    Detected {
        name,
        budgets: budgets.collect(),
        cells: cells
            .into_iter()
            .map(|((attack, is_hard), found)| Cell { attack, is_hard, found })
            .collect(),
    }
}
