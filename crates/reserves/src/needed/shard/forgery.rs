//! Rows of a shard that lie, and what a prover does to make them pass.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut, Range};

use proof::circuit::margin::{self, Limbs};
use proof::circuit::permutation::out;
use proof::circuit::shard::Circuit;
use proof::circuit::{STEP, Val};
use proof::id::KEY_LEN;
use proof::leaf::{Entry, LIMB_BITS, Layout, Leaf, NOTHING};
use proof::margin::{Position, VALUE_LIMBS};
use proof::plonky3::field::{PrimeCharacteristicRing, PrimeField32};
use proof::poseidon::{DIGEST_LEN, Digest, ORDER, RATE, WIDTH};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::names::names;
use crate::checked::{Checked, Forged};
use crate::needed::{Table, permute};
use crate::trace::margin::{write_cover, write_position};
use crate::trace::tests::{circuit, leaves, with_positions};
use crate::trace::{digest_of, trace};

/// A shard, with what its lies need to know of it.
pub(super) struct Honest {
    pub(super) checked: Checked<Circuit>,
    pub(super) names: Vec<String>,
    pub(super) table: Table,
    /// Rows at which leaves begin, then the first row of nodes.
    heads: Vec<usize>,
}

/// A leaf of three blocks or more, the one before the last; it has several positions, and the one before
/// it one.
fn with_long_leaf(circuit: &Circuit, mut leaves: Vec<Leaf>) -> Vec<Leaf> {
    let shape = circuit.shape;
    if shape.layout == Layout::Dense {
        return leaves;
    }
    let place = leaves.len() - 2;
    let count = shape.entries_first() + shape.entries_next() + 1;
    let entry = |asset: usize| Entry { asset: asset as u16, amount: 70_000 * asset as u128 + 3 };
    let entries = (0..count).map(entry).collect();
    leaves[place] = Leaf::new(shape, *leaves[place].id(), entries).unwrap();
    if shape.layout == Layout::Margin {
        let (_, rules) = crate::trace::tests::shape(shape.layout, shape.width, shape.assets());
        let leaf = leaves[place].clone();
        leaves[place] = with_positions(leaf, &rules, (1 << 31) + 5, shape.margin_assets());
        let leaf = Leaf::new(shape, *leaves[place - 1].id(), Vec::new()).unwrap();
        let one = vec![Position { rule: 0, amount: 1 << 20 }];
        leaves[place - 1] = leaf.with_positions(&rules, one).unwrap();
    }
    leaves
}

impl Honest {
    pub(super) fn new(number: usize) -> Self {
        let mut rng = StdRng::seed_from_u64(number as u64);
        let circuit = circuit(number);
        let leaves = with_long_leaf(&circuit, leaves(&circuit, &mut rng));
        Self::of(circuit, &leaves, &mut rng)
    }

    pub(super) fn of(circuit: Circuit, leaves: &[Leaf], rng: &mut StdRng) -> Self {
        let mut trace = trace(&circuit, 0, leaves, rng).unwrap();
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
        let checked = Checked::new(circuit, trace.public, trace.cells, rng);
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
        self.root() + 1 + self.circuit().rules.len()
    }

    pub(super) fn root(&self) -> usize {
        (self.circuit().leaf_rows + self.circuit().node_rows) as usize - 1
    }

    /// The row of a rule.
    pub(super) fn rule(&self, number: usize) -> usize {
        self.root() + 1 + number
    }

    pub(super) fn last(&self) -> usize {
        self.checked.active_rows() - 1
    }

    /// Columns of positions.
    pub(super) fn margin(&self) -> &margin::Columns {
        self.circuit().columns.margin.as_ref().expect("there are positions")
    }

    pub(super) fn place(&self, name: &str) -> usize {
        self.names.iter().position(|known| known == name).unwrap()
    }
}

/// A small number of either sign.
fn signed(value: Val) -> i64 {
    match value.as_canonical_u32() {
        value if value > ORDER / 2 => i64::from(value) - i64::from(ORDER),
        value => i64::from(value),
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
        if self.of.circuit().columns.margin.is_some() {
            let begin = self.of.place("element 0 of position");
            for (place, value) in values[begin..][..RATE].iter().enumerate() {
                *self.cell(row, place) -= *value;
            }
        }
    }

    /// Computes the permutation of a row, and of the rows that take its state over.
    pub(super) fn hash(&mut self, mut row: usize) {
        let columns = &self.of.circuit().columns;
        let position = columns.margin.iter().map(|margin| margin.position);
        let kinds: Vec<usize> = [columns.next, columns.sum].into_iter().chain(position).collect();
        let goes_on = |row: &[Val]| kinds.iter().any(|kind| row[*kind] == Val::ONE);
        permute(self, row);
        while row < self.of.last() && goes_on(self.row(row + 1)) {
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

    /// What a row adds to the sums: for each asset, or sum of positions, a count, and limbs and the top.
    fn add_of_row(&self, row: &[Val], sign: Val, sums: &mut BTreeMap<(u32, bool), Vec<Val>>) {
        let circuit = self.of.circuit();
        let (columns, shape) = (&circuit.columns, &circuit.shape);
        let (limbs, digits) = (shape.width.limbs(), circuit.digits_of_top());
        let asset = |entry: usize| match shape.layout {
            Layout::Dense => row[columns.base] + Val::from_usize(entry),
            Layout::Sparse | Layout::Margin => row[columns.assets + entry],
        };
        let [position, of_positions] = match &columns.margin {
            Some(margin) => [row[margin.position], row[margin.of_positions]],
            None => [Val::ZERO; 2],
        };
        let mut add = |asset: Val, weight: Val, values: Vec<Val>| {
            let key = (asset.as_canonical_u32(), of_positions == Val::ONE);
            let sums = sums.entry(key).or_default();
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
            let further = if entry == 0 { position } else { Val::ZERO };
            add(asset(entry), first + row[columns.next] + further, values);
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
        for ((asset, of_positions), sums) in sums {
            let taken = self.row(salt)[columns.assets].as_canonical_u32();
            let is_nothing = asset == u32::from(NOTHING) || asset == taken;
            if shape.names_assets() && !of_positions && is_nothing {
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

    /// Makes the row of a position one of this rule and amount, and counts who looks it up.
    pub(super) fn write_position(&mut self, row: usize, position: &Position) {
        let of = self.of;
        let margin = of.margin();
        let before = self.row(row)[margin.number].as_canonical_u32() as usize;
        for (number, more) in [(before, -Val::ONE), (position.rule.into(), Val::ONE)] {
            *self.cell(of.rule(number), margin.uses) += more;
        }
        write_position(of.circuit(), margin, self.row_mut(row), position);
    }

    /// What a position makes the limbs of the cover more, by its cells.
    fn more_of(&self, row: usize) -> [i64; VALUE_LIMBS] {
        let (circuit, margin, row) = (self.of.circuit(), self.of.margin(), self.row(row));
        let begin = circuit.columns.limbs;
        let places = Limbs::new(circuit.shape);
        let parts = circuit.shape.width.limbs() + 1;
        let product = |limb: usize| match limb {
            limb if limb <= parts => row[begin + places.product + limb],
            limb if limb == parts + 1 => {
                row[begin + places.carries + parts] + row[margin.bits + parts] * Val::from_u32(STEP)
            }
            _ => Val::ZERO,
        };
        let is_debt = row[margin.owes] == Val::ONE;
        std::array::from_fn(|limb| {
            let shifts = (0..margin.shift_count).map(|shift| row[margin.shifts + shift]);
            let value: Val = shifts.enumerate().map(|(shift, is)| is * product(limb + shift)).sum();
            let value = signed(value);
            if is_debt { -value - i64::from(limb == 0) } else { value }
        })
    }

    /// Computes, position by position of a leaf, what covers after each, and how many rules lie between;
    /// whether it is enough.
    pub(super) fn cover(&mut self, leaf: Range<usize>) -> bool {
        let of = self.of;
        let (circuit, margin) = (of.circuit(), of.margin());
        let between = circuit.columns.limbs + Limbs::new(circuit.shape).between;
        let mut cover = [0; VALUE_LIMBS];
        let mut before = None;
        for row in leaf {
            if self.row(row)[margin.position] != Val::ONE {
                (cover, before) = ([0; VALUE_LIMBS], None);
                continue;
            }
            let more = self.more_of(row);
            let Some(after) = write_cover(circuit, margin, self.row_mut(row), cover, more) else {
                return false;
            };
            let turns = &self.row(row)[margin.turns..][..VALUE_LIMBS - 1];
            if turns.iter().any(|turn| signed(*turn).abs() > 1) {
                return false;
            }
            let number = self.row(row)[margin.number].as_canonical_u32();
            let lie_between = before.map_or(0, |before| number.saturating_sub(before + 1));
            *self.cell(row, between) = Val::from_u32(lie_between);
            (cover, before) = (after, Some(number));
        }
        true
    }

    /// What constraints notice, with limbs counted.
    pub(super) fn told(mut self) -> BTreeSet<usize> {
        self.of.table.count(&mut self.forged);
        self.noticed()
    }
}
