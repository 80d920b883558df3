//! Rows that a lying prover changes, and what it computes anew so that nothing else shows the lie.

use proof::circuit::margin::{Columns, limbs};
use proof::circuit::permutation::{self, out};
use proof::circuit::shard::Circuit;
use proof::circuit::{System, Val, range};
use proof::leaf::LIMB_BITS;
use proof::margin::Position;
use proof::plonky3::field::{PrimeCharacteristicRing, PrimeField32};
use proof::poseidon::{DIGEST_LEN, Digest, RATE, WIDTH};

use crate::trace::margin::{write_amount, write_rule};
use crate::trace::{Trace, digest_of};

/// How much of what a liar has counted is set right again, so that one thing is wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wrong {
    /// Rows of rules say what the header does not.
    Said,
    /// Positions look up what no row of a rule says.
    LookedUp,
    /// What is left to the limit, and the product with the weight, are of other numbers.
    Counted,
    /// The value is added to another cover.
    Cover,
}

/// Rows that a liar changes, and what follows from the change.
pub(super) struct Liar<'a> {
    pub(super) circuit: &'a Circuit,
    pub(super) rows: &'a mut Trace,
}

impl Liar<'_> {
    fn row(&self, row: usize) -> &[Val] {
        let width = self.circuit.columns.width;
        &self.rows.cells[row * width..][..width]
    }

    pub(super) fn row_mut(&mut self, row: usize) -> &mut [Val] {
        let width = self.circuit.columns.width;
        &mut self.rows.cells[row * width..][..width]
    }

    pub(super) fn columns(&self) -> Columns {
        self.circuit.columns.margin.clone().unwrap()
    }

    fn active_rows(&self) -> usize {
        self.circuit.size().active_rows() as usize
    }

    pub(super) fn first_rule(&self) -> usize {
        (self.circuit.leaf_rows + self.circuit.node_rows) as usize
    }

    fn salt(&self) -> usize {
        self.first_rule() + self.circuit.rules.len()
    }

    /// Rows of a leaf.
    fn leaf(&self, place: usize) -> Vec<usize> {
        let index = Val::from_usize((1 << self.circuit.steps) + place);
        let rows = 0..self.circuit.leaf_rows as usize;
        rows.filter(|row| self.row(*row)[self.circuit.columns.index] == index).collect()
    }

    pub(super) fn positions(&self) -> Vec<usize> {
        let position = self.columns().position;
        let rows = 0..self.circuit.leaf_rows as usize;
        rows.filter(|row| self.row(*row)[position] == Val::ONE).collect()
    }

    /// The rule of a row, by its number, and the amount.
    pub(super) fn position(&self, row: usize) -> Position {
        let parts = self.circuit.shape.width.limbs() + 1;
        let row = self.row(row);
        let limbs = &row[self.circuit.columns.limbs..][..parts - 1];
        let digits = &row[self.circuit.columns.digits..][..self.circuit.digits_of_top()];
        let number = |value: &Val| u128::from(value.as_canonical_u32());
        let top = digits.iter().rev().fold(0, |top, digit| top << 2 | number(digit));
        let amount = limbs.iter().rev().fold(top, |sum, limb| sum << LIMB_BITS | number(limb));
        Position { rule: row[self.columns().number].as_canonical_u32() as u16, amount }
    }

    /// Sets everything right again but what is to be wrong.
    pub(super) fn set_right(&mut self, wrong: Wrong) {
        let (circuit, columns) = (self.circuit, self.columns());
        if wrong > Wrong::Said {
            let first = self.first_rule();
            for number in 0..circuit.rules.len() {
                write_rule(circuit, &columns, self.row_mut(first + number), number);
            }
        }
        for row in self.positions() {
            let position = self.position(row);
            if wrong > Wrong::LookedUp {
                write_rule(circuit, &columns, self.row_mut(row), position.rule.into());
            }
            if wrong > Wrong::Counted {
                write_amount(circuit, &columns, self.row_mut(row), &position);
            }
        }
        self.recount();
    }

    /// Counts how often numbers are looked up.
    pub(super) fn recount(&mut self) {
        let (columns, rows) = (self.circuit.columns.clone(), self.active_rows());
        let cells = &mut self.rows.cells[..columns.width * rows];
        let limbs = columns.limbs..columns.limbs + columns.limb_count;
        range::fill(cells, columns.width, limbs, columns.table, columns.uses);
    }

    /// Hashes rows that take each other's state over; gives the digest.
    fn rehash(&mut self, rows: &[usize]) -> Digest {
        let mut state: Option<Vec<Val>> = None;
        for row in rows {
            let row = self.row_mut(*row);
            if let Some(state) = &state {
                row[RATE..WIDTH].copy_from_slice(&state[RATE..]);
            }
            permutation::fill(row);
            state = Some(out(row).to_vec());
        }
        digest_of(&state.unwrap())
    }

    /// Hashes a leaf again, and everything above it.
    pub(super) fn publish_leaf(&mut self, place: usize) {
        let rows = self.leaf(place);
        let mut digest = self.rehash(&rows);
        self.rows.leaves[place] = digest;
        let mut node = self.circuit.leaf_rows as usize;
        for height in 0..self.circuit.steps {
            let row = node + (place >> (height + 1));
            let begin = (place >> height & 1) * DIGEST_LEN;
            let child = digest.elements().map(Val::from_u32);
            self.row_mut(row)[begin..begin + DIGEST_LEN].copy_from_slice(&child);
            digest = self.rehash(&[row]);
            node += self.circuit.slots.div_ceil(2 << height) as usize;
        }
        self.rows.public.root = digest;
    }

    /// Has a sum come to less, by an entry of this amount, or to more; limbs of sums are not carried.
    pub(super) fn change_sum(&mut self, sum: usize, amount: u128, is_more: bool) {
        let shape = self.circuit.shape;
        let parts = shape.width.limbs() + 1;
        let (row, entry) = (sum / shape.sums_of_row(), sum % shape.sums_of_row());
        let (row, begin) = (self.salt() + 1 + row, entry * parts);
        let count = self.circuit.columns.limbs + 2 * entry;
        let sign = if is_more { Val::ONE } else { -Val::ONE };
        self.row_mut(row)[count] += sign;
        for (part, limb) in limbs(amount, parts).enumerate() {
            let cell = &mut self.row_mut(row)[begin + part];
            *cell += sign * Val::from_u32(limb);
            self.rows.opening.sums[sum][part] = cell.as_canonical_u32();
        }
    }

    pub(super) fn publish_sums(&mut self) {
        let rows: Vec<usize> = (self.salt()..self.active_rows()).collect();
        self.rows.public.sums = self.rehash(&rows);
        self.recount();
    }
}
