//! Rows of a shard that lie, and what a prover does to make them pass.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut, Range};

use p3_field::{PrimeCharacteristicRing, PrimeField32};
use proof::circuit::permutation::out;
use proof::circuit::shard::Circuit;
use proof::circuit::{STEP, Val};
use proof::id::KEY_LEN;
use proof::leaf::{Entry, LIMB_BITS, Layout, Leaf, NOTHING};
use proof::poseidon::{DIGEST_LEN, Digest, RATE, WIDTH};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::names::names;
use crate::checked::{Checked, Forged};
use crate::needed::{Table, permute};
use crate::trace::tests::{circuit, leaves};
use crate::trace::{digest_of, trace};

/// A shard, with what its lies need to know of it.
pub(super) struct Honest {
    pub(super) checked: Checked<Circuit>,
    pub(super) names: Vec<String>,
    pub(super) table: Table,
    /// Rows at which leaves begin, then the first row of nodes.
    heads: Vec<usize>,
}

/// A leaf of three blocks or more, the one before the last.
fn with_long_leaf(circuit: &Circuit, mut leaves: Vec<Leaf>) -> Vec<Leaf> {
    let shape = circuit.shape;
    if shape.layout == Layout::Sparse {
        let place = leaves.len() - 2;
        let count = shape.entries_first() + shape.entries_next() + 1;
        let entry =
            |asset: usize| Entry { asset: asset as u16, amount: 70_000 * asset as u128 + 3 };
        let entries = (0..count).map(entry).collect();
        leaves[place] = Leaf::new(shape, *leaves[place].id(), entries).unwrap();
    }
    leaves
}

impl Honest {
    pub(super) fn new(number: usize) -> Self {
        let mut rng = StdRng::seed_from_u64(number as u64);
        let circuit = circuit(number);
        let leaves = with_long_leaf(&circuit, leaves(&circuit, &mut rng));
        let mut trace = trace(&circuit, 0, &leaves, &mut rng).unwrap();
        let columns = circuit.columns.clone();
        let table = Table {
            limbs: columns.limbs..columns.limbs + columns.limb_count,
            table: columns.table,
            uses: columns.uses,
            width: columns.width,
        };
        table.begin_later(&mut trace.cells);
        let leaf_rows = circuit.leaf_rows as usize;
        let is_head = |row: &usize| trace.cells[row * columns.width + columns.first] == Val::ONE;
        let mut heads: Vec<usize> = (0..leaf_rows).filter(is_head).collect();
        heads.push(leaf_rows);
        let names = names(&circuit);
        let checked = Checked::new(circuit, trace.public, trace.cells, &mut rng);
        Self { checked, names, table, heads }
    }

    pub(super) fn forge(&self) -> Forgery<'_> {
        Forgery { of: self, forged: Forged::new(&self.checked) }
    }

    pub(super) fn circuit(&self) -> &Circuit {
        &self.checked.circuit
    }

    pub(super) fn rows_of_leaf(&self, leaf: usize) -> Range<usize> {
        self.heads[leaf]..self.heads[leaf + 1]
    }

    /// The leaf of three blocks or more.
    pub(super) fn long_leaf(&self) -> usize {
        self.circuit().slots as usize - 2
    }

    pub(super) fn last_leaf(&self) -> usize {
        self.circuit().slots as usize - 1
    }

    /// The row of the parents at a height over the leaf at this place.
    pub(super) fn node_over(&self, height: u8, place: usize) -> usize {
        let below = (1..=height).map(|height| self.circuit().slots.div_ceil(1 << height) as usize);
        self.circuit().leaf_rows as usize + below.sum::<usize>() + (place >> (height + 1))
    }

    pub(super) fn salt(&self) -> usize {
        (self.circuit().leaf_rows + self.circuit().node_rows) as usize
    }

    pub(super) fn root(&self) -> usize {
        self.salt() - 1
    }

    pub(super) fn last(&self) -> usize {
        self.checked.active_rows() - 1
    }

    pub(super) fn place(&self, name: &str) -> usize {
        self.names.iter().position(|known| known == name).unwrap()
    }
}

/// Rows of a shard that lie.
pub(super) struct Forgery<'a> {
    of: &'a Honest,
    forged: Forged<'a, Circuit>,
}

impl<'a> Deref for Forgery<'a> {
    type Target = Forged<'a, Circuit>;
    fn deref(&self) -> &Self::Target {
        &self.forged
    }
}

impl DerefMut for Forgery<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.forged
    }
}

impl Forgery<'_> {
    pub(super) fn cell(&mut self, row: usize, column: usize) -> &mut Val {
        &mut self.row_mut(row)[column]
    }

    /// All of a row but its place in the table.
    pub(super) fn copy(&mut self, from: usize, to: usize) {
        let table = &self.of.table;
        let row = self.row(from).to_vec();
        let kept = [table.table, table.uses].map(|column| (column, self.row(to)[column]));
        self.row_mut(to).copy_from_slice(&row);
        kept.into_iter().for_each(|(column, value)| *self.cell(to, column) = value);
    }

    /// Hashes what entries and ids say.
    fn write_block(&mut self, row: usize) {
        let values = self.values(row);
        let begin = self.of.place("element 0 of first");
        let places = (0..KEY_LEN).chain(RATE / 2..RATE).chain(0..RATE);
        for (place, value) in places.zip(&values[begin..]) {
            *self.cell(row, place) -= *value;
        }
    }

    /// Computes the permutation of a row, and of the rows that take its state over.
    pub(super) fn hash(&mut self, mut row: usize) {
        let (next, sum) = (self.of.circuit().columns.next, self.of.circuit().columns.sum);
        permute(self, row);
        while row < self.of.last() && self.row(row + 1)[next] + self.row(row + 1)[sum] == Val::ONE {
            let state: Vec<Val> = out(self.row(row))[RATE..].to_vec();
            row += 1;
            self.row_mut(row)[RATE..WIDTH].copy_from_slice(&state);
            permute(self, row);
        }
    }

    pub(super) fn digest(&self, row: usize) -> Digest {
        let mut state = [Val::ZERO; WIDTH];
        state.copy_from_slice(out(self.row(row)));
        digest_of(&state)
    }

    /// Computes a leaf's blocks and hash.
    pub(super) fn hash_leaf(&mut self, rows: Range<usize>) {
        rows.clone().for_each(|row| self.write_block(row));
        self.hash(rows.start);
    }

    /// Computes the way from a place among leaves to the root, from the digest that ends on a row.
    pub(super) fn climb(&mut self, mut row: usize, place: usize) {
        for height in 0..self.of.circuit().steps {
            let node = self.of.node_over(height, place);
            let begin = (place >> height & 1) * DIGEST_LEN;
            let digest: Vec<Val> = out(self.row(row))[..DIGEST_LEN].to_vec();
            self.row_mut(node)[begin..begin + DIGEST_LEN].copy_from_slice(&digest);
            permute(self, node);
            row = node;
        }
        self.public.root = self.digest(row);
    }

    /// Computes the hash of a leaf at its place, and the way to the root.
    pub(super) fn publish_leaf(&mut self, leaf: usize) {
        let rows = self.of.rows_of_leaf(leaf);
        self.hash_leaf(rows.clone());
        self.climb(rows.end - 1, leaf);
    }

    /// Computes the hash of sums from a row on.
    pub(super) fn publish_sums(&mut self, row: usize) {
        self.hash(row);
        self.public.sums = self.digest(self.of.last());
    }

    /// What a row adds to the sums: for each asset a count, and limbs and the top.
    fn add_of_row(&self, row: &[Val], sign: Val, sums: &mut BTreeMap<u32, Vec<Val>>) {
        let circuit = self.of.circuit();
        let (columns, shape) = (&circuit.columns, &circuit.shape);
        let (limbs, digits) = (shape.width.limbs(), circuit.digits_of_top());
        let asset = |entry: usize| match shape.layout {
            Layout::Dense => row[columns.base] + Val::from_usize(entry),
            Layout::Sparse | Layout::Margin => row[columns.assets + entry],
        };
        let mut add = |asset: Val, weight: Val, values: Vec<Val>| {
            let sums = sums.entry(asset.as_canonical_u32()).or_default();
            sums.resize(limbs + 2, Val::ZERO);
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += sign * weight * value);
        };
        for entry in 0..shape.entries_next() {
            let first = if entry < shape.entries_first() { row[columns.first] } else { Val::ZERO };
            let mut values = vec![Val::ONE];
            values.extend((0..limbs).map(|limb| row[circuit.limb(entry, limb)]));
            let top = &row[columns.digits + entry * digits..][..digits];
            values.push(
                top.iter().rev().fold(Val::ZERO, |top, digit| top * Val::from_u8(4) + *digit),
            );
            add(asset(entry), first + row[columns.next], values);
        }
        for entry in 0..shape.sums_of_row() {
            let count = &row[columns.limbs + 2 * entry..][..2];
            let mut values = vec![count[0] + count[1] * Val::from_u32(STEP)];
            values.extend_from_slice(&row[entry * (limbs + 1)..][..limbs + 1]);
            add(asset(entry), -row[columns.sum], values);
        }
    }

    /// Computes the sums that changed rows of leaves and nodes make different.
    pub(super) fn publish_changed_sums(&mut self) {
        let circuit = self.of.circuit();
        let (columns, shape) = (&circuit.columns, &circuit.shape);
        let salt = self.of.salt();
        let mut sums = BTreeMap::new();
        for row in self.changed().into_iter().filter(|row| *row < salt) {
            self.add_of_row(self.honest.row(row), -Val::ONE, &mut sums);
            self.add_of_row(self.row(row), Val::ONE, &mut sums);
        }
        let is_sparse = shape.layout == Layout::Sparse;
        for (asset, sums) in sums {
            let taken = self.row(salt)[columns.assets].as_canonical_u32();
            if is_sparse && (asset == u32::from(NOTHING) || asset == taken) {
                let cells = self.row(salt)[columns.limbs..][..2].to_vec();
                let step = Val::from_u32(1 << LIMB_BITS);
                let count = (cells[0] + cells[1] * step + sums[0]).as_canonical_u32();
                *self.cell(salt, columns.limbs) = Val::from_u32(count & ((1 << LIMB_BITS) - 1));
                *self.cell(salt, columns.limbs + 1) = Val::from_u32(count >> LIMB_BITS);
                continue;
            }
            let (row, entry) =
                (asset as usize / shape.sums_of_row(), asset as usize % shape.sums_of_row());
            let row = salt + 1 + row;
            for (place, sum) in sums[1..].iter().enumerate() {
                *self.cell(row, entry * (sums.len() - 1) + place) += *sum;
            }
            let limb = columns.limbs + 2 * entry;
            let steps = self.row(row)[limb + 1] * Val::from_u32(STEP);
            let count = (self.row(row)[limb] + steps + sums[0]).as_canonical_u32();
            self.write_count(row, entry, count, u32::from(count >> LIMB_BITS != 0));
        }
        self.publish_sums(salt);
    }

    /// A count of so many steps and a limb.
    pub(super) fn write_count(&mut self, row: usize, entry: usize, count: u32, steps: u32) {
        let limb = self.of.circuit().columns.limbs + 2 * entry;
        *self.cell(row, limb) = Val::from_u32(count) - Val::from_u32(STEP * steps);
        *self.cell(row, limb + 1) = Val::from_u32(steps);
    }

    /// What constraints notice, with limbs counted.
    pub(super) fn told(mut self) -> BTreeSet<usize> {
        self.of.table.count(&mut self.forged);
        self.noticed()
    }
}
