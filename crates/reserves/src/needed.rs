//! Each constraint of both systems is needed: for each there is a lie that it notices and nothing else
//! does, neither another constraint of any row nor the sum of all fractions. Were it not there, the lie
//! would pass. A lie is told as a prover would tell it who may do all but break this one constraint:
//! what follows from it, hashes, the tree, sums, what is said in public, is computed anew.
//!
//! Some constraints follow from all others; they are listed with the reason, and the test fails when a
//! lie shows one of them to be needed after all. They stay: each makes the reason for another shorter.
//!
//! Reading order: here what both systems share, then [`shard`] and [`totals`].

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use proof::circuit::{System, Val, permutation};
use proof::plonky3::field::{PrimeCharacteristicRing, PrimeField32};
use proof::poseidon::WIDTH;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::checked::{Checked, Forged, SumLie};

mod shard;
mod totals;

/// Constraints of a permutation: one for each cell that is not the state before.
const ROUNDS: usize = permutation::COLUMNS - WIDTH;
/// A row after all numbers of the table.
const AFTER_TABLE: usize = 40_000;

/// The columns of a table of limbs.
struct Table {
    limbs: Range<usize>,
    table: usize,
    uses: usize,
    width: usize,
}

impl Table {
    /// The table begins with 0 twice, which leaves its first row for something else.
    fn begin_later(&self, cells: &mut [Val]) {
        for row in (0..=1 << 15).rev() {
            for column in [self.table, self.uses] {
                cells[(row + 1) * self.width + column] = cells[row * self.width + column];
            }
        }
        cells[self.uses] = Val::ZERO;
    }

    /// Counts limbs of changed rows where the table has their numbers.
    fn count<S: System>(&self, forged: &mut Forged<'_, S>)
    where
        S::Public: Clone,
    {
        let mut more: BTreeMap<u32, Val> = BTreeMap::new();
        let changed = forged.changed();
        for row in &changed {
            let (before, now) = (forged.honest.row(*row), forged.row(*row));
            for column in self.limbs.clone().filter(|column| before[*column] != now[*column]) {
                *more.entry(before[column].as_canonical_u32()).or_default() -= Val::ONE;
                *more.entry(now[column].as_canonical_u32()).or_default() += Val::ONE;
            }
        }
        for (number, more) in more {
            let of_number = |row: &usize| forged.row(*row)[self.table] == Val::from_u32(number);
            let found = changed.iter().copied().find(of_number);
            let row = found.unwrap_or(number as usize + 1);
            if row < forged.honest.active_rows() {
                forged.row_mut(row)[self.uses] += more;
            }
        }
    }
}

/// What lies have shown of the constraints of a system.
struct Shown {
    names: Vec<String>,
    alone: BTreeSet<usize>,
    problems: Vec<String>,
}

impl Shown {
    fn new(names: Vec<String>) -> Self {
        let unique: BTreeSet<&String> = names.iter().collect();
        assert_eq!(unique.len(), names.len(), "each constraint has its name");
        Self { names, alone: BTreeSet::new(), problems: Vec::new() }
    }

    fn place(&self, name: &str) -> usize {
        let found = self.names.iter().position(|known| known == name);
        found.unwrap_or_else(|| panic!("no constraint is called {name}"))
    }

    /// Only the constraint of this name notices.
    fn alone(&mut self, name: &str, noticed: &BTreeSet<usize>) {
        let place = self.place(name);
        if noticed.len() == 1 && noticed.contains(&place) {
            self.alone.insert(place);
        } else {
            let noticed: Vec<&str> = noticed.iter().map(|place| &*self.names[*place]).collect();
            self.problems.push(format!("the lie against '{name}' is noticed by {noticed:?}"));
        }
    }

    /// All constraints are needed but those that follow from others.
    fn check(mut self, system: &str, implied: &[(String, &str)]) {
        let mut implied_places = BTreeSet::new();
        for (name, _reason) in implied {
            let place = self.place(name);
            implied_places.insert(place);
            if self.alone.contains(&place) {
                self.problems.push(format!("'{name}' does not follow from others: a lie shows it"));
            }
        }
        for (place, name) in self.names.iter().enumerate() {
            if !self.alone.contains(&place) && !implied_places.contains(&place) {
                self.problems.push(format!("no lie is noticed by '{name}' alone"));
            }
        }
        assert!(self.problems.is_empty(), "{system}:\n{}", self.problems.join("\n"));
    }
}

/// Names of constraints that both systems begin with.
fn names_of_rounds() -> Vec<String> {
    (0..ROUNDS).map(|cell| format!("round cell {cell}")).collect()
}

fn names_of_table() -> [String; 3] {
    ["table begins", "table goes up", "table ends"].map(str::to_owned)
}

/// Names of constraints that both systems end with.
fn names_of_sum(system: &impl System) -> Vec<String> {
    let columns = (0..system.size().fraction_columns).map(|column| format!("fractions {column}"));
    columns.chain(["sum begins", "sum goes on", "sum ends"].map(str::to_owned)).collect()
}

/// Computes a row's permutation from the state before.
fn permute<S: System>(forged: &mut Forged<'_, S>, row: usize)
where
    S::Public: Clone,
{
    permutation::fill(forged.row_mut(row));
}

/// Computes a permutation in which one cell is another than it should be.
fn permute_but<S: System>(forged: &mut Forged<'_, S>, row: usize, wrong: usize)
where
    S::Public: Clone,
{
    forged.row_mut(row)[WIDTH + wrong] += Val::ONE;
    // Each pass makes a further round right; what a constraint finds missing is added to its cell.
    for _ in 0..permutation::COLUMNS {
        let missing = forged.values(row);
        let mut is_right = true;
        for (cell, missing) in missing[..ROUNDS].iter().enumerate() {
            if cell != wrong && *missing != Val::ZERO {
                forged.row_mut(row)[WIDTH + cell] += *missing;
                is_right = false;
            }
        }
        if is_right {
            return;
        }
    }
    panic!("a permutation has fewer rounds than cells");
}

/// Constraints are as many as have names, and random rows violate each.
fn check_names<S: System>(shown: &Shown, forged: &Forged<'_, S>)
where
    S::Public: Clone,
{
    let (count, idle) = forged.idle_constraints(&mut StdRng::seed_from_u64(5));
    assert_eq!(count, shown.names.len());
    assert!(count < 1_024, "proven bits are of no more constraints than that");
    assert_eq!(idle, [0; 0], "these constraints ask nothing");
}

/// Numbers in the table that no limb may be, with a limb that is one of them: the cell of a row where
/// limbs stand for nothing.
fn lie_about_table<S: System>(
    shown: &mut Shown,
    table: &Table,
    honest: &Checked<S>,
    free_row: usize,
) where
    S::Public: Clone,
{
    let last = honest.active_rows() - 1;
    let lies = [
        ("table begins", 0, -Val::ONE),
        ("table goes up", AFTER_TABLE, -Val::ONE),
        ("table ends", last, Val::from_u32(1 << 15)),
    ];
    for (name, row, number) in lies {
        let mut lie = Forged::new(honest);
        lie.row_mut(row)[table.table] = number;
        lie.row_mut(free_row)[table.limbs.start] = number;
        table.count(&mut lie);
        shown.alone(name, &lie.noticed());
    }
}

/// Something else is said, and the running sum is bent to it.
fn lie_about_sum<S: System>(shown: &mut Shown, said: &Forged<'_, S>)
where
    S::Public: Clone,
{
    for column in 0..said.honest.circuit.size().fraction_columns {
        let noticed = said.noticed_in_sum(SumLie::Column(column));
        shown.alone(&format!("fractions {column}"), &noticed);
    }
    shown.alone("sum begins", &said.noticed_in_sum(SumLie::Begins));
    shown.alone("sum goes on", &said.noticed_in_sum(SumLie::GoesOn));
    shown.alone("sum ends", &said.noticed_in_sum(SumLie::Ends));
}
