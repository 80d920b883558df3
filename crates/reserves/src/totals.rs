//! The rows of the totals of a round: each shard's sums opened, then added up.

use proof::circuit::totals::{Circuit, Public, digits};
use proof::circuit::{STEP, Val, permutation, range};
use proof::leaf::LIMB_BITS;
use proof::plonky3::field::PrimeCharacteristicRing;
use proof::poseidon::{Domain, RATE, WIDTH};

use crate::trace::{capacity, digest_of};

/// What opens a shard's digest of sums: for whoever proves the totals, and nobody else.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Opening {
    /// The block of randomness.
    pub salt: [u32; RATE],
    /// For each asset, those that do not exist among them, the sums of limbs and of the top.
    pub sums: Vec<Vec<u32>>,
}

/// The rows, one after the other, and what they say.
pub struct Trace {
    /// Cells, row by row.
    pub cells: Vec<Val>,
    /// What they say.
    pub public: Public,
}

/// A number as a limb and a step.
fn upper_parts(number: u64) -> [Val; 2] {
    let is_many = number >> LIMB_BITS != 0;
    let less = if is_many { u64::from(STEP) } else { 0 };
    [Val::from_u64(number - less), Val::from_bool(is_many)]
}

struct Writer<'a> {
    circuit: &'a Circuit,
    cells: Vec<Val>,
    row: usize,
    state: [Val; WIDTH],
}

impl Writer<'_> {
    /// Begins a row of a kind whose state begins with these elements.
    fn begin(&mut self, kind: usize, state: [Val; WIDTH]) -> &mut [Val] {
        let width = self.circuit.columns.width;
        let row = &mut self.cells[self.row * width..][..width];
        self.row += 1;
        row[..WIDTH].copy_from_slice(&state);
        row[kind] = Val::ONE;
        permutation::fill(row);
        self.state.copy_from_slice(permutation::out(row));
        row
    }

    fn opening(&mut self, shard: usize, opening: &Opening) {
        let circuit = self.circuit;
        let (columns, parts) = (&circuit.columns, circuit.parts());
        let assets = circuit.shape.sums_of_row();
        let mut state = [Val::ZERO; WIDTH];
        state[..RATE].copy_from_slice(&opening.salt.map(Val::from_u32));
        let begin = capacity(Domain::Sums, 1 + circuit.sum_rows as usize);
        state[RATE..RATE + begin.len()].copy_from_slice(&begin);
        let row = self.begin(columns.salt, state);
        row[columns.base] = -Val::from_usize(assets);
        row[columns.number] = Val::from_usize(shard);
        for (number, sums) in opening.sums.chunks(assets).enumerate() {
            let values: Vec<u32> = sums.concat();
            let mut state = self.state;
            state[..RATE].fill(Val::ZERO);
            for (cell, value) in state.iter_mut().zip(&values) {
                *cell = Val::from_u32(*value);
            }
            let row = self.begin(columns.sum, state);
            row[columns.base] = Val::from_usize(number * assets);
            row[columns.number] = Val::from_usize(shard);
            debug_assert_eq!(values.len(), assets * parts);
            for (place, value) in values.into_iter().enumerate() {
                let [limb, step] = upper_parts(u64::from(value >> LIMB_BITS));
                row[columns.limbs + 2 * place] = Val::from_u32(value & ((1 << LIMB_BITS) - 1));
                row[columns.limbs + 2 * place + 1] = limb;
                row[columns.steps + place] = step;
            }
        }
    }

    /// The row of an asset's total, from sums of lower and of upper parts.
    fn total(&mut self, asset: usize, sums: &[u64]) -> u128 {
        let circuit = self.circuit;
        let (columns, parts) = (&circuit.columns, circuit.parts());
        let total = (0..parts).fold(0u128, |total, part| {
            let sum = u128::from(sums[part]) + (u128::from(sums[parts + part]) << LIMB_BITS);
            total + (sum << (LIMB_BITS as usize * part))
        });
        let mut state = [Val::ZERO; WIDTH];
        for (cell, sum) in state.iter_mut().zip(sums) {
            *cell = Val::from_u64(*sum);
        }
        let row = self.begin(columns.total, state);
        row[columns.base] = Val::from_usize(asset);
        let mut carry = 0;
        for (digit, shown) in digits(total, circuit.digits()).enumerate() {
            let low = if digit < parts { sums[digit] } else { 0 };
            let upper = if (1..=parts).contains(&digit) { sums[parts + digit - 1] } else { 0 };
            row[columns.limbs + digit] = Val::from_u32(shown);
            carry = (low + upper + carry) >> LIMB_BITS;
            if digit + 1 < circuit.digits() {
                let [limb, step] = upper_parts(carry);
                row[columns.limbs + circuit.digits() + digit] = limb;
                row[columns.steps + digit] = step;
            }
        }
        total
    }
}

/// The rows that open these shards, in their order.
///
/// # Panics
/// When there are not as many shards or sums as the circuit has.
pub fn trace(circuit: &Circuit, openings: &[Opening]) -> Trace {
    assert_eq!(openings.len(), circuit.shards as usize, "every shard is opened");
    let (columns, parts) = (&circuit.columns, circuit.parts());
    let cells = vec![Val::ZERO; columns.width << circuit.log_rows];
    let mut writer = Writer { circuit, cells, row: 0, state: [Val::ZERO; WIDTH] };
    let mut sums = vec![vec![0u64; 2 * parts]; circuit.asset_slots()];
    let mut opened = Vec::with_capacity(openings.len());
    for (shard, opening) in openings.iter().enumerate() {
        assert_eq!(opening.sums.len(), circuit.asset_slots(), "a shard has a sum for each asset");
        writer.opening(shard, opening);
        opened.push(digest_of(&writer.state));
        for (sums, of_shard) in sums.iter_mut().zip(&opening.sums) {
            for (part, value) in of_shard.iter().enumerate() {
                sums[part] += u64::from(value & ((1 << LIMB_BITS) - 1));
                sums[parts + part] += u64::from(value >> LIMB_BITS);
            }
        }
    }
    let mut totals = Vec::with_capacity(sums.len());
    for (asset, sums) in sums.iter().enumerate() {
        totals.push(writer.total(asset, sums));
    }
    totals.truncate(circuit.shape.sums());
    let active = proof::circuit::System::size(circuit).active_rows() as usize;
    while writer.row < active {
        writer.begin(columns.idle, [Val::ZERO; WIDTH]);
    }
    let cells = &mut writer.cells[..active * columns.width];
    let limbs = columns.limbs..columns.limbs + columns.limb_count;
    range::fill(cells, columns.width, limbs, columns.table, columns.uses);
    Trace { cells: writer.cells, public: Public { sums: opened, totals } }
}

#[cfg(test)]
pub(crate) mod tests;
