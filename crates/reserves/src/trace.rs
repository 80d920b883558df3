//! The rows of a shard: leaves, the nodes over them, randomness and sums.

use proof::circuit::shard::{Circuit, KEY_LIMBS, Public};
use proof::circuit::{STEP, Val, permutation, range};
use proof::id::UserId;
use proof::leaf::{Entry, LIMB_BITS, Layout, Leaf, NOTHING};
use proof::margin::Position;
use proof::plonky3::field::{PrimeCharacteristicRing, PrimeField32};
use proof::poseidon::{DIGEST_LEN, Digest, Domain, ORDER, RATE};
use proof::tree::empty;
use rand::{CryptoRng, RngExt};

use crate::permuted;
use crate::totals::Opening;
use margin::Positions;

pub(crate) mod margin;

/// Leaves that are permuted together: enough to fill lanes, few enough to stay in the cache.
const TOGETHER: usize = 128;

/// Why there is no trace.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TraceError {
    /// Leaves are not as many as the shard has slots.
    #[error("{found} leaves, the shard has {slots} slots: fill it up with leaves of nothing")]
    Slots {
        /// How many came.
        found: usize,
        /// How many are wanted.
        slots: u32,
    },
    /// Keys do not increase.
    #[error(
        "leaf {place} does not come after the one before it: sort leaves by the key of their id"
    )]
    Order {
        /// Which leaf.
        place: usize,
    },
    /// Blocks of leaves are more than there are rows for.
    #[error("leaf {place} has no room: {rows} rows are for leaves; put fewer into a shard")]
    Room {
        /// Which leaf.
        place: usize,
        /// Rows of leaves.
        rows: u32,
    },
    /// The key of the last leaf is public, so it must be nobody's.
    #[error("the last leaf holds something: the last one of a shard is a leaf of nothing")]
    Last,
    /// What is owed is not covered.
    #[error("the debts of leaf {place} are worth more than its collateral counts")]
    Uncovered {
        /// Which leaf.
        place: usize,
    },
    /// A sum would take more than its limbs can bear.
    #[error(
        "{count} positions are in one sum, a shard takes {COUNT_MAX}: take shards of fewer rows"
    )]
    Positions {
        /// How many there are.
        count: u64,
    },
}

/// Most entries that are counted in a sum.
const COUNT_MAX: u64 = STEP as u64 + (1 << LIMB_BITS) - 1;

/// The rows of a shard, one after the other, and what it says of itself.
pub struct Trace {
    /// Cells, row by row.
    pub cells: Vec<Val>,
    /// What the shard says of itself.
    pub public: Public,
    /// What opens the digest of its sums.
    pub opening: Opening,
    /// Digests of the leaves.
    pub leaves: Vec<Digest>,
}

/// Limbs of a key, lowest first.
pub fn key_limbs(key: u128) -> [u32; KEY_LIMBS] {
    std::array::from_fn(|place| {
        (key >> (LIMB_BITS as usize * place)) as u32 & ((1 << LIMB_BITS) - 1)
    })
}

pub(crate) fn element(rng: &mut impl CryptoRng) -> u32 {
    loop {
        // 31 bits are below the order but for one in 128.
        let drawn = rng.random::<u32>() >> 1;
        if drawn < ORDER {
            return drawn;
        }
    }
}

pub(crate) fn digest_of(state: &[Val]) -> Digest {
    Digest::from_elements(std::array::from_fn(|place| state[place].as_canonical_u32()))
        .expect("elements of the field are below its order")
}

/// Writes rows and counts what they look up.
struct Writer<'a> {
    circuit: &'a Circuit,
    cells: Vec<Val>,
    row: usize,
    /// Of each asset: how many entries, then the sums of limbs and top.
    sums: Vec<Vec<u64>>,
    /// Slots without an entry, where slots name assets.
    nothing: u64,
    /// How many positions are under each rule.
    uses: Vec<u32>,
}

impl Writer<'_> {
    /// Begins a row of a kind: its block, and its capacity when it does not go on from the row before.
    fn begin(&mut self, kind: usize, block: &[u32; RATE], capacity: Option<[Val; 3]>) {
        let width = self.circuit.columns.width;
        let row = &mut self.cells[self.row * width..][..width];
        self.row += 1;
        for (cell, value) in row.iter_mut().zip(block) {
            *cell = Val::from_u32(*value);
        }
        if let Some(capacity) = capacity {
            row[RATE..RATE + 3].copy_from_slice(&capacity);
        }
        row[kind] = Val::ONE;
    }

    /// The digest that a row ends with.
    fn digest(&self, row: usize) -> Digest {
        let width = self.circuit.columns.width;
        digest_of(permutation::out(&self.cells[row * width..][..width]))
    }

    /// Limbs, digits and numbers of entries, counted under their assets.
    fn entries(&mut self, room: usize, base: usize, entries: &[Entry]) {
        let circuit = self.circuit;
        let (shape, columns) = (circuit.shape, &circuit.columns);
        let row = &mut self.cells[(self.row - 1) * columns.width..][..columns.width];
        row[columns.base] = Val::from_usize(base);
        for slot in 0..room {
            let nothing = Entry { asset: NOTHING, amount: 0 };
            let entry = entries.get(slot).copied().unwrap_or(nothing);
            let asset = match shape.layout {
                Layout::Sparse | Layout::Margin if entry.asset == NOTHING => {
                    row[columns.assets + slot] = Val::from_u16(NOTHING);
                    self.nothing += 1;
                    continue;
                }
                Layout::Dense => base + slot,
                Layout::Sparse | Layout::Margin => {
                    row[columns.assets + slot] = Val::from_u16(entry.asset);
                    usize::from(entry.asset)
                }
            };
            let sums = &mut self.sums[asset];
            sums[0] += 1;
            let limbs = shape.width.limbs();
            for limb in 0..limbs {
                let value =
                    (entry.amount >> (LIMB_BITS as usize * limb)) as u32 & ((1 << LIMB_BITS) - 1);
                row[circuit.limb(slot, limb)] = Val::from_u32(value);
                sums[1 + limb] += u64::from(value);
            }
            let top = (entry.amount >> (LIMB_BITS as usize * limbs)) as u32;
            sums[1 + limbs] += u64::from(top);
            for digit in 0..circuit.digits_of_top() {
                row[columns.digits + slot * circuit.digits_of_top() + digit] =
                    Val::from_u32(top >> (2 * digit) & 3);
            }
        }
    }

    /// What shows that a key comes after another.
    fn order(&mut self, key: u128, before: u128) {
        let circuit = self.circuit;
        let columns = &circuit.columns;
        let row = &mut self.cells[(self.row - 1) * columns.width..][..columns.width];
        let (limbs, lower) = (key_limbs(key), key_limbs(before));
        let more = key_limbs(key - before - 1);
        let mut carry = 1;
        for place in 0..KEY_LIMBS {
            row[circuit.key_limb() + place] = Val::from_u32(limbs[place]);
            row[circuit.key_limb() + KEY_LIMBS + place] = Val::from_u32(more[place]);
            carry = (lower[place] + more[place] + carry) >> LIMB_BITS;
            if place + 1 < KEY_LIMBS {
                row[circuit.carry() + place] = Val::from_u32(carry);
            }
        }
    }

    fn cell(&mut self, column: usize) -> &mut Val {
        &mut self.cells[(self.row - 1) * self.circuit.columns.width + column]
    }

    /// The rows of a leaf; `None` when its debts are not covered.
    fn leaf(
        &mut self,
        place: usize,
        id: &UserId,
        blocks: &[&[Entry]],
        positions: &[Position],
        before: u128,
    ) -> Option<()> {
        let circuit = self.circuit;
        let (shape, columns) = (circuit.shape, &circuit.columns);
        let domain = match shape.layout {
            Layout::Dense => Domain::DenseLeaf,
            Layout::Sparse => Domain::SparseLeaf,
            Layout::Margin => Domain::MarginLeaf(positions.len() as u32),
        };
        let count = blocks.len() + positions.len();
        let mut base = 0;
        for (number, entries) in blocks.iter().enumerate() {
            let is_first = number == 0;
            let block = shape.block(is_first.then_some(id), entries);
            let (kind, room) = if is_first {
                (columns.first, shape.entries_first())
            } else {
                (columns.next, shape.entries_next())
            };
            let capacity = capacity(domain, count);
            self.begin(kind, &block, is_first.then_some(capacity));
            let of_base = if shape.layout == Layout::Dense { base } else { 0 };
            self.entries(room, of_base, entries);
            base += room;
            if is_first {
                self.order(id.key(), before);
            }
            if let Some(margin) = &columns.margin {
                *self.cell(margin.left) = Val::from_usize(positions.len());
            }
            self.row_of_leaf(place, id, count - 1 - number);
        }
        if let Some(margin) = &columns.margin {
            let mut of_leaf = Positions::none();
            for (number, position) in positions.iter().enumerate() {
                self.position(margin, position, &mut of_leaf)?;
                let left = positions.len() - 1 - number;
                *self.cell(margin.left) = Val::from_usize(left);
                self.row_of_leaf(place, id, left);
            }
        }
        Some(())
    }

    /// What all rows of a leaf have.
    fn row_of_leaf(&mut self, place: usize, id: &UserId, left: usize) {
        let columns = &self.circuit.columns;
        for (limb, value) in key_limbs(id.key()).into_iter().enumerate() {
            *self.cell(columns.key + limb) = Val::from_u32(value);
        }
        *self.cell(columns.left) = Val::from_usize(left);
        *self.cell(columns.index) = Val::from_usize((1 << self.circuit.steps) + place);
        *self.cell(columns.height) = -Val::ONE;
    }

    /// Permutes rows of leaves, from this one to the last, of which the first is the first of a leaf;
    /// gives the digests of the leaves.
    fn permute_leaves(&mut self, from: usize) -> Vec<Digest> {
        let columns = &self.circuit.columns;
        let begins = |row: usize| self.cells[row * columns.width + columns.first] == Val::ONE;
        let (further, first): (Vec<_>, Vec<_>) = (from..self.row).partition(|row| !begins(*row));
        let mut lasts: Vec<usize> = first.iter().skip(1).map(|row| row - 1).collect();
        lasts.push(self.row - 1);
        permuted::chains(&mut self.cells, columns.width, first, &further);
        lasts.into_iter().map(|row| self.digest(row)).collect()
    }

    /// The rows of nodes; gives the root.
    fn nodes(&mut self, leaves: Vec<Digest>) -> Digest {
        let circuit = self.circuit;
        let columns = &circuit.columns;
        let (mut below, mut nothing) = (leaves, empty());
        for height in 0..circuit.steps {
            let begin = self.row;
            for (place, children) in below.chunks(2).enumerate() {
                let mut block = [0; RATE];
                let right = children.get(1).unwrap_or(&nothing);
                block[..DIGEST_LEN].copy_from_slice(children[0].elements());
                block[DIGEST_LEN..].copy_from_slice(right.elements());
                self.begin(columns.node, &block, Some(capacity(Domain::Node(height), 1)));
                let index = (1 << (circuit.steps - height - 1)) + place;
                *self.cell(columns.index) = Val::from_usize(index);
                *self.cell(columns.height) = Val::from_u8(height);
            }
            let rows: Vec<usize> = (begin..self.row).collect();
            permuted::rows(&mut self.cells, columns.width, &rows);
            nothing = proof::poseidon::Poseidon::default().parent(height, &nothing, &nothing);
            below = rows.into_iter().map(|row| self.digest(row)).collect();
        }
        below[0]
    }

    /// The row of randomness and the rows of sums; gives their digest.
    fn write_sums(&mut self, salt: &[u32; RATE]) -> Digest {
        let circuit = self.circuit;
        let columns = &circuit.columns;
        let (begin, blocks) = (self.row, 1 + circuit.sum_rows as usize);
        self.begin(columns.salt, salt, Some(capacity(Domain::Sums, blocks)));
        if circuit.shape.names_assets() {
            *self.cell(columns.assets) = Val::from_u16(NOTHING);
            *self.cell(columns.limbs) = Val::from_u64(self.nothing & ((1 << LIMB_BITS) - 1));
            *self.cell(columns.limbs + 1) = Val::from_u64(self.nothing >> LIMB_BITS);
        }
        let (assets, parts) = (circuit.shape.sums_of_row(), circuit.shape.width.limbs() + 1);
        for number in 0..circuit.sum_rows as usize {
            let base = number * assets;
            let of_row: Vec<Vec<u64>> = (base..base + assets)
                .map(|asset| self.sums.get(asset).cloned().unwrap_or_else(|| vec![0; parts + 1]))
                .collect();
            let mut block = [0; RATE];
            for (place, sums) in of_row.iter().enumerate() {
                for (cell, sum) in block[place * parts..].iter_mut().zip(&sums[1..]) {
                    *cell = *sum as u32;
                }
            }
            self.begin(columns.sum, &block, None);
            *self.cell(columns.base) = Val::from_usize(base);
            if let Some(margin) = &columns.margin {
                let of_positions = base >= circuit.shape.first_position_sum();
                *self.cell(margin.of_positions) = Val::from_bool(of_positions);
            }
            for (place, sums) in of_row.iter().enumerate() {
                let limb = columns.limbs + 2 * place;
                let is_many = sums[0] >> LIMB_BITS != 0;
                let less = if is_many { u64::from(STEP) } else { 0 };
                *self.cell(limb) = Val::from_u64(sums[0] - less);
                *self.cell(limb + 1) = Val::from_bool(is_many);
                if circuit.shape.names_assets() {
                    *self.cell(columns.assets + place) = Val::from_usize(base + place);
                }
            }
        }
        let further: Vec<usize> = (begin + 1..self.row).collect();
        permuted::chains(&mut self.cells, columns.width, vec![begin], &further);
        self.digest(self.row - 1)
    }
}

/// The first elements of the capacity; the others are zero.
pub(crate) fn capacity(domain: Domain, blocks: usize) -> [Val; 3] {
    let [kind, height] = domain.tag();
    [Val::from_u32(kind), Val::from_u32(height), Val::from_usize(blocks)]
}

/// The rows of a shard whose leaves come after the key `after`, and what opens the digest of its sums,
/// with randomness from `rng`. Blinding rows are the prover's.
///
/// # Errors
/// [`TraceError`] when the leaves are not those of a shard.
pub fn trace(
    circuit: &Circuit,
    after: u128,
    leaves: &[Leaf],
    rng: &mut impl CryptoRng,
) -> Result<Trace, TraceError> {
    if leaves.len() != circuit.slots as usize {
        return Err(TraceError::Slots { found: leaves.len(), slots: circuit.slots });
    }
    let columns = &circuit.columns;
    let asset_slots = circuit.sum_rows as usize * circuit.shape.sums_of_row();
    let mut writer = Writer {
        circuit,
        cells: vec![Val::ZERO; columns.width << circuit.log_rows],
        row: 0,
        sums: vec![vec![0; circuit.shape.width.limbs() + 2]; asset_slots],
        nothing: 0,
        uses: vec![0; circuit.rules.len()],
    };
    let mut digests = Vec::with_capacity(leaves.len());
    let (mut before, mut permuted) = (after, 0);
    for (place, leaf) in leaves.iter().enumerate() {
        if leaf.id().key() <= before {
            return Err(TraceError::Order { place });
        }
        let mut blocks: Vec<&[Entry]> = leaf.entries_by_block().collect();
        let left = (circuit.leaf_rows as usize).saturating_sub(writer.row);
        if place + 1 == leaves.len() {
            // Its key is public.
            let holds = leaf.entries().iter().any(|entry| entry.amount > 0);
            if holds || !leaf.positions().is_empty() {
                return Err(TraceError::Last);
            }
            // It takes the rows that are left.
            if circuit.shape.names_assets() {
                blocks.resize(left.max(1), &[]);
            }
        }
        if blocks.len() + leaf.positions().len() > left {
            return Err(TraceError::Room { place, rows: circuit.leaf_rows });
        }
        let written = writer.leaf(place, leaf.id(), &blocks, leaf.positions(), before);
        written.ok_or(TraceError::Uncovered { place })?;
        before = leaf.id().key();
        if (place + 1).is_multiple_of(TOGETHER) || place + 1 == leaves.len() {
            digests.extend(writer.permute_leaves(permuted));
            permuted = writer.row;
        }
    }
    if let Some(count) = writer.sums.iter().map(|sums| sums[0]).max().filter(|c| *c > COUNT_MAX) {
        return Err(TraceError::Positions { count });
    }
    let root = writer.nodes(digests.clone());
    if let Some(margin) = &columns.margin {
        writer.rules(margin);
    }
    let salt = std::array::from_fn(|_| element(rng));
    let sums = writer.write_sums(&salt);
    let active = &mut writer.cells[..writer.row * columns.width];
    let limbs = columns.limbs..columns.limbs + columns.limb_count;
    range::fill(active, columns.width, limbs, columns.table, columns.uses);
    let public = Public { root, sums, after: key_limbs(after), until: key_limbs(before) };
    let sums = writer.sums.iter().map(|sums| sums[1..].iter().map(|sum| *sum as u32).collect());
    let opening = Opening { salt, sums: sums.collect() };
    Ok(Trace { public, opening, leaves: digests, cells: writer.cells })
}

#[cfg(test)]
pub(crate) mod tests;
