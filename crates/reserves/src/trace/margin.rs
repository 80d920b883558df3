//! Rows of positions and of the rules that they look up.

use p3_field::PrimeCharacteristicRing;
use proof::circuit::margin::{Columns, Limbs, limbs};
use proof::circuit::{STEP, Val};
use proof::leaf::LIMB_BITS;
use proof::margin::{Position, Rule, VALUE_LIMBS};
use proof::poseidon::RATE;

use super::Writer;
use crate::permuted;

const LIMB: u64 = 1 << LIMB_BITS;

/// Positions of a leaf as they are written.
pub(super) struct Positions {
    /// What collateral counts less what debts are worth.
    cover: u128,
    /// Rule of the position before.
    before: Option<u16>,
}

impl Positions {
    pub(super) fn none() -> Self {
        Self { cover: 0, before: None }
    }
}

impl Writer<'_> {
    fn write_rule(&mut self, columns: &Columns, number: usize, rule: &Rule) {
        let parts = self.circuit.shape.width.limbs() + 1;
        let sum = self.circuit.columns.assets;
        *self.cell(sum) = Val::from_u32(rule.sum);
        *self.cell(columns.number) = Val::from_usize(number);
        *self.cell(columns.owes) = Val::from_bool(rule.is_debt);
        for (place, limb) in rule.weight.into_iter().enumerate() {
            *self.cell(columns.weight + place) = Val::from_u32(limb);
        }
        for (place, limb) in limbs(rule.limit, parts).enumerate() {
            *self.cell(columns.limit + place) = Val::from_u32(limb);
        }
        *self.cell(columns.shifts + usize::from(rule.shift)) = Val::ONE;
    }

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
        let rule = circuit.rules[usize::from(position.rule)];
        let value = rule.value(position.amount)?;
        let cover = if rule.is_debt {
            of_leaf.cover.checked_sub(value + 1)?
        } else {
            of_leaf.cover.checked_add(value)?
        };
        if cover >> (LIMB_BITS as usize * VALUE_LIMBS) != 0 {
            return None;
        }
        self.begin(columns.position, &shape.position_block(position), None);
        *self.cell(columns.of_positions) = Val::ONE;
        self.write_rule(columns, usize::from(position.rule), &rule);
        self.uses[usize::from(position.rule)] += 1;

        let parts = shape.width.limbs() + 1;
        let amount: Vec<u64> = limbs(position.amount, parts).map(u64::from).collect();
        self.sums[rule.sum as usize][0] += 1;
        for (sum, part) in self.sums[rule.sum as usize][1..].iter_mut().zip(&amount) {
            *sum += part;
        }
        let begin = circuit.columns.limbs;
        for (place, limb) in amount[..parts - 1].iter().enumerate() {
            *self.cell(begin + place) = Val::from_u64(*limb);
        }
        for digit in 0..circuit.digits_of_top() {
            let digits = circuit.columns.digits + digit;
            *self.cell(digits) = Val::from_u64(amount[parts - 1] >> (2 * digit) & 3);
        }

        let places = Limbs::new(shape);
        let rest: Vec<u64> = limbs(rule.limit - position.amount, parts).map(u64::from).collect();
        let mut borrowed = 0;
        for part in 0..parts {
            *self.cell(begin + places.rest + part) = Val::from_u64(rest[part]);
            borrowed = (amount[part] + rest[part] + borrowed) >> LIMB_BITS;
            if part + 1 < parts {
                *self.cell(columns.bits + parts + 1 + part) = Val::from_u64(borrowed);
            }
        }
        let [low, high] = rule.weight.map(u64::from);
        let mut carried = 0;
        for limb in 0..=parts {
            let of_low = amount.get(limb).map_or(0, |part| low * part);
            let of_high = if limb == 0 { 0 } else { high * amount[limb - 1] };
            let sum = of_low + of_high + carried;
            *self.cell(begin + places.product + limb) = Val::from_u64(sum % LIMB);
            carried = sum >> LIMB_BITS;
            let is_many = carried >> LIMB_BITS != 0;
            let less = if is_many { u64::from(STEP) } else { 0 };
            *self.cell(begin + places.carries + limb) = Val::from_u64(carried - less);
            *self.cell(columns.bits + limb) = Val::from_bool(is_many);
        }

        let count = VALUE_LIMBS;
        let numbers = [of_leaf.cover, value, cover]
            .map(|number| -> Vec<i64> { limbs(number, count).map(i64::from).collect() });
        let [before, value, after] = numbers;
        let mut turn = 0;
        for limb in 0..count {
            *self.cell(begin + places.cover + limb) = Val::from_i64(after[limb]);
            let more = match (rule.is_debt, limb) {
                (false, _) => value[limb],
                (true, 0) => -value[limb] - 1,
                (true, _) => -value[limb],
            };
            turn = (before[limb] + more + turn - after[limb]) >> LIMB_BITS;
            if limb + 1 < count {
                *self.cell(columns.turns + limb) = Val::from_i64(turn);
            }
        }
        if let Some(before) = of_leaf.before {
            let between = position.rule - before - 1;
            *self.cell(begin + places.between) = Val::from_u16(between);
        }
        *of_leaf = Positions { cover, before: Some(position.rule) };
        Some(())
    }

    /// The rows of rules.
    pub(super) fn rules(&mut self, columns: &Columns) {
        let circuit = self.circuit;
        let begin = self.row;
        for (number, rule) in circuit.rules.iter().enumerate() {
            self.begin(columns.rule, &[0; RATE], None);
            self.write_rule(columns, number, rule);
            *self.cell(columns.uses) = Val::from_u32(self.uses[number]);
        }
        let rows: Vec<usize> = (begin..self.row).collect();
        permuted::rows(&mut self.cells, circuit.columns.width, &rows);
    }
}
