//! Rows of positions and of the rules that they look up.

use proof::circuit::margin::{Columns, Limbs, limbs};
use proof::circuit::shard::Circuit;
use proof::circuit::{STEP, Val};
use proof::leaf::LIMB_BITS;
use proof::margin::{Position, VALUE_LIMBS};
use proof::plonky3::field::PrimeCharacteristicRing;
use proof::poseidon::RATE;

use super::Writer;
use crate::permuted;

const LIMB: u64 = 1 << LIMB_BITS;

/// Positions of a leaf as they are written.
pub(super) struct Positions {
    /// What collateral counts less what debts are worth.
    cover: [i64; VALUE_LIMBS],
    /// Rule of the position before.
    before: Option<u16>,
}

impl Positions {
    pub(super) fn none() -> Self {
        Self { cover: [0; VALUE_LIMBS], before: None }
    }
}

/// Writes what the rule of this number says.
pub(crate) fn write_rule(circuit: &Circuit, columns: &Columns, row: &mut [Val], number: usize) {
    let rule = &circuit.rules[number];
    let parts = circuit.shape.width.limbs() + 1;
    row[circuit.columns.assets] = Val::from_u32(rule.sum);
    row[columns.number] = Val::from_usize(number);
    row[columns.owes] = Val::from_bool(rule.is_debt);
    for (cell, limb) in row[columns.weight..].iter_mut().zip(rule.weight) {
        *cell = Val::from_u32(limb);
    }
    for (cell, limb) in row[columns.limit..].iter_mut().zip(limbs(rule.limit, parts)) {
        *cell = Val::from_u32(limb);
    }
    let shifts = &mut row[columns.shifts..][..columns.shift_count];
    shifts.fill(Val::ZERO);
    shifts[usize::from(rule.shift)] = Val::ONE;
}

/// Writes a position's amount, what is left of it to the limit of its rule, and its product with the
/// weight.
pub(crate) fn write_amount(
    circuit: &Circuit,
    columns: &Columns,
    row: &mut [Val],
    position: &Position,
) {
    let (shape, rule) = (circuit.shape, &circuit.rules[usize::from(position.rule)]);
    let parts = shape.width.limbs() + 1;
    let amount: Vec<u64> = limbs(position.amount, parts).map(u64::from).collect();
    let begin = circuit.columns.limbs;
    for (place, limb) in amount[..parts - 1].iter().enumerate() {
        row[begin + place] = Val::from_u64(*limb);
    }
    for digit in 0..circuit.digits_of_top() {
        row[circuit.columns.digits + digit] = Val::from_u64(amount[parts - 1] >> (2 * digit) & 3);
    }

    let places = Limbs::new(shape);
    let rest: Vec<u64> = limbs(rule.limit - position.amount, parts).map(u64::from).collect();
    let mut borrowed = 0;
    for part in 0..parts {
        row[begin + places.rest + part] = Val::from_u64(rest[part]);
        borrowed = (amount[part] + rest[part] + borrowed) >> LIMB_BITS;
        if part + 1 < parts {
            row[columns.bits + parts + 1 + part] = Val::from_u64(borrowed);
        }
    }
    let [low, high] = rule.weight.map(u64::from);
    let mut carried = 0;
    for limb in 0..=parts {
        let of_low = amount.get(limb).map_or(0, |part| low * part);
        let of_high = if limb == 0 { 0 } else { high * amount[limb - 1] };
        let sum = of_low + of_high + carried;
        row[begin + places.product + limb] = Val::from_u64(sum % LIMB);
        carried = sum >> LIMB_BITS;
        let is_many = carried >> LIMB_BITS != 0;
        let less = if is_many { u64::from(STEP) } else { 0 };
        row[begin + places.carries + limb] = Val::from_u64(carried - less);
        row[columns.bits + limb] = Val::from_bool(is_many);
    }
}

/// Writes a position: its rule and its amount.
pub(crate) fn write_position(
    circuit: &Circuit,
    columns: &Columns,
    row: &mut [Val],
    position: &Position,
) {
    write_rule(circuit, columns, row, position.rule.into());
    write_amount(circuit, columns, row, position);
}

/// Writes what covers after a position, from what does before it and how much each limb is more; `None`
/// when it would be negative or too much.
pub(crate) fn write_cover(
    circuit: &Circuit,
    columns: &Columns,
    row: &mut [Val],
    before: [i64; VALUE_LIMBS],
    more: [i64; VALUE_LIMBS],
) -> Option<[i64; VALUE_LIMBS]> {
    let begin = circuit.columns.limbs + Limbs::new(circuit.shape).cover;
    let mut turn = 0;
    let cover = std::array::from_fn(|limb| {
        if limb > 0 {
            row[columns.turns + limb - 1] = Val::from_i64(turn);
        }
        let sum = before[limb] + more[limb] + turn;
        turn = sum >> LIMB_BITS;
        sum & (LIMB as i64 - 1)
    });
    for (cell, limb) in row[begin..].iter_mut().zip(cover) {
        *cell = Val::from_i64(limb);
    }
    (turn == 0).then_some(cover)
}

impl Writer<'_> {
    /// The row of a position; `None` when what came before it does not cover it, or it is worth more than
    /// can be counted.
    pub(super) fn position(
        &mut self,
        columns: &Columns,
        position: &Position,
        of_leaf: &mut Positions,
    ) -> Option<()> {
        let circuit = self.circuit;
        let shape = circuit.shape;
        let number = usize::from(position.rule);
        let rule = circuit.rules[number];
        let mut value = limbs(rule.value(position.amount)?, VALUE_LIMBS).map(i64::from);
        let mut more = std::array::from_fn(|_| value.next().unwrap_or(0));
        if rule.is_debt {
            more = more.map(|limb| -limb);
            more[0] -= 1;
        }
        self.begin(columns.position, &shape.position_block(position), None);
        let row = &mut self.cells[(self.row - 1) * circuit.columns.width..];
        let row = &mut row[..circuit.columns.width];
        row[columns.of_positions] = Val::ONE;
        write_position(circuit, columns, row, position);
        if let Some(before) = of_leaf.before {
            let between = circuit.columns.limbs + Limbs::new(shape).between;
            row[between] = Val::from_u16(position.rule - before - 1);
        }
        let cover = write_cover(circuit, columns, row, of_leaf.cover, more)?;
        *of_leaf = Positions { cover, before: Some(position.rule) };

        self.uses[number] += 1;
        let sums = &mut self.sums[rule.sum as usize];
        sums[0] += 1;
        for (sum, part) in sums[1..].iter_mut().zip(limbs(position.amount, shape.width.limbs() + 1))
        {
            *sum += u64::from(part);
        }
        Some(())
    }

    /// The rows of rules.
    pub(super) fn rules(&mut self, columns: &Columns) {
        let circuit = self.circuit;
        let begin = self.row;
        for number in 0..circuit.rules.len() {
            self.begin(columns.rule, &[0; RATE], None);
            let row = &mut self.cells[(self.row - 1) * circuit.columns.width..];
            write_rule(circuit, columns, &mut row[..circuit.columns.width], number);
            *self.cell(columns.uses) = Val::from_u32(self.uses[number]);
        }
        let rows: Vec<usize> = (begin..self.row).collect();
        permuted::rows(&mut self.cells, circuit.columns.width, &rows);
    }
}
