//! Positions of a shard: what is owed to the exchange is covered, leaf by leaf.
//!
//! A position is a row of a leaf after those of its entries. It looks its rule up among the rows of
//! rules, which say together, each once, what the verifier knows of the rules. Its amount is at most the
//! rule's limit; it is multiplied by the rule's weight, carried from limb to limb, and what is before the
//! point is its value. What collateral counts less what debts are worth is a number of a row too, in
//! limbs, and so never negative. Rules of a leaf's positions increase: no tier is used twice, and debts
//! come last.
//!
//! Messages of rules have a part that is not zero where those of the tree have none.

use crate::plonky3::field::{Algebra, PrimeCharacteristicRing};

use super::shard::Circuit;
use super::{Challenges, Ext, On, POWERS, STEP, Val, Zeros, join, two_to};
use crate::leaf::{LIMB_BITS, Shape, Width};
use crate::margin::{Rule, VALUE_LIMBS, shifts};
use crate::poseidon::RATE;

/// The last part of a message: what a position looks up, and what a row of a rule says.
const LOOKED_UP: u32 = 1;
const SAID: u32 = 2;
// An upper limb of a weight, a limb of 15 bits below it, and what is carried stay below the order.
const _: () = assert!(
    (STEP as u64 + (1 << LIMB_BITS) - 1) * ((1 << LIMB_BITS) - 1) + STEP as u64 + (1 << LIMB_BITS)
        < crate::poseidon::ORDER as u64
);

/// Parts of the longest message.
pub const MESSAGE_LEN_MAX: usize = 6 + (Width::Bits96.limbs() + 1) + 1;
const _: () = assert!(MESSAGE_LEN_MAX <= POWERS);

/// Places of the columns of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Columns {
    pub position: usize,
    pub rule: usize,
    pub of_positions: usize,
    pub left: usize,
    pub number: usize,
    pub uses: usize,
    pub owes: usize,
    pub weight: usize,
    pub limit: usize,
    pub shifts: usize,
    pub shift_count: usize,
    pub bits: usize,
    pub bit_count: usize,
    pub turns: usize,
}

impl Columns {
    pub(super) fn new(shape: Shape, take: &mut impl FnMut(usize) -> usize) -> Self {
        let parts = shape.width.limbs() + 1;
        let (shift_count, bit_count) = (shifts(shape.width), 2 * parts);
        Self {
            position: take(1),
            rule: take(1),
            of_positions: take(1),
            left: take(1),
            number: take(1),
            uses: take(1),
            owes: take(1),
            weight: take(2),
            limit: take(parts),
            shifts: take(shift_count),
            shift_count,
            bits: take(bit_count),
            bit_count,
            turns: take(VALUE_LIMBS - 1),
        }
    }
}

/// Places among the limbs of a row, where it is a position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limbs {
    /// What is left to the limit.
    pub rest: usize,
    /// The product of amount and weight, without its highest limb.
    pub product: usize,
    /// What is carried from each of these; the last is the product's highest limb.
    pub carries: usize,
    /// What collateral counts less what debts are worth, up to this row.
    pub cover: usize,
    /// How many rules lie between this position's and the one before it.
    pub between: usize,
    /// Limbs in all.
    pub count: usize,
}

impl Limbs {
    /// Where they are: the amount is that of the first entry.
    pub fn new(shape: Shape) -> Self {
        let parts = shape.width.limbs() + 1;
        let rest = parts - 1;
        let product = rest + parts;
        let carries = product + parts + 1;
        let cover = carries + parts + 1;
        let between = cover + VALUE_LIMBS;
        Self { rest, product, carries, cover, between, count: between + 1 }
    }
}

/// A row of a circuit with margin, and where things are on it.
struct Row<'a, B> {
    row: &'a [B],
    circuit: &'a Circuit,
    columns: &'a Columns,
    limbs: Limbs,
}

impl<B: Algebra<Val> + Copy> Row<'_, B> {
    fn limb(&self, place: usize) -> B {
        self.row[self.circuit.columns.limbs + place]
    }

    fn parts(&self) -> usize {
        self.circuit.shape.width.limbs() + 1
    }

    /// A limb or the top of the amount; nothing above it.
    fn amount(&self, part: usize) -> B {
        match self.parts() {
            parts if part >= parts => B::ZERO,
            parts if part + 1 == parts => self.circuit.top(self.row, 0),
            _ => self.limb(part),
        }
    }

    fn bit(&self, place: usize) -> B {
        self.row[self.columns.bits + place]
    }

    /// What is carried to a limb of the product.
    fn carried(&self, limb: usize) -> B {
        match limb {
            0 => B::ZERO,
            _ => {
                let step = self.bit(limb - 1) * Val::from_u32(STEP);
                self.limb(self.limbs.carries + limb - 1) + step
            }
        }
    }

    /// A limb of the product.
    fn product(&self, limb: usize) -> B {
        match limb {
            limb if limb <= self.parts() => self.limb(self.limbs.product + limb),
            limb if limb == self.parts() + 1 => self.carried(limb),
            _ => B::ZERO,
        }
    }

    fn shift(&self, shift: usize) -> B {
        self.row[self.columns.shifts + shift]
    }

    /// A limb of the value: what is before the point of the product.
    fn value(&self, limb: usize) -> B {
        let shifts = 0..self.columns.shift_count;
        shifts.fold(B::ZERO, |value, shift| value + self.shift(shift) * self.product(limb + shift))
    }

    /// What a rule says, or is looked up for.
    fn message<E>(&self, kind: u32, challenges: &Challenges) -> E
    where
        E: Algebra<B> + Algebra<Ext> + Copy,
    {
        let columns = self.columns;
        let shift = (0..columns.shift_count)
            .fold(B::ZERO, |sum, shift| sum + self.shift(shift) * Val::from_usize(shift));
        let [number, sum, owes] = [columns.number, self.circuit.columns.assets, columns.owes]
            .map(|place| self.row[place]);
        let weight = &self.row[columns.weight..][..2];
        let begin = [number, sum, owes, weight[0], weight[1], shift];
        let limit = self.row[columns.limit..][..self.parts()].iter().copied();
        let kind = B::from(Val::from_u32(kind));
        let parts = begin.into_iter().chain(limit).chain([kind]);
        E::from(challenges.node) - join::<B, E>(parts, &challenges.part)
    }
}

/// Limbs of a number, lowest first.
pub fn limbs(number: u128, count: usize) -> impl Iterator<Item = u32> {
    (0..count).map(move |limb| {
        number.checked_shr(LIMB_BITS * limb as u32).unwrap_or(0) as u32 & ((1 << LIMB_BITS) - 1)
    })
}

impl Circuit {
    fn margin_row<'a, B>(&'a self, columns: &'a Columns, row: &'a [B]) -> Row<'a, B> {
        Row { row, circuit: self, columns, limbs: Limbs::new(self.shape) }
    }

    /// Fractions of rules: positions look theirs up, and each rule is said.
    pub(super) fn fractions_of_rules<B, E>(
        &self,
        columns: &Columns,
        row: &[B],
        challenges: &Challenges,
    ) -> [(E, E); 2]
    where
        B: Algebra<Val> + Copy,
        E: Algebra<B> + Algebra<Ext> + Copy,
    {
        let margin = self.margin_row(columns, row);
        let rule = row[columns.rule];
        let looked_up = row[columns.position] - rule * row[columns.uses];
        [
            (E::from(looked_up), margin.message(LOOKED_UP, challenges)),
            (E::from(rule), margin.message(SAID, challenges)),
        ]
    }

    /// What the verifier knows that rows of rules say.
    pub(super) fn said_of_rules(&self, challenges: &Challenges) -> impl Iterator<Item = Ext> {
        let parts = self.shape.width.limbs() + 1;
        let said = self.rules.iter().enumerate().map(move |(number, rule)| {
            let Rule { sum, is_debt, weight, shift, limit } = *rule;
            let begin =
                [number as u32, sum, is_debt.into(), weight[0], weight[1], u32::from(shift)];
            let values = begin.into_iter().chain(limbs(limit, parts)).chain([SAID]);
            join::<Val, Ext>(values.map(Val::from_u32), &challenges.part)
        });
        let node = challenges.node;
        said.map(move |message| node - message)
    }

    /// Everything that must be zero of positions and rules.
    pub(super) fn check_margin<B, E>(
        &self,
        columns: &Columns,
        row: &[B],
        next: &[B],
        zeros: &mut impl Zeros<B, E>,
    ) where
        B: Algebra<Val> + Copy,
    {
        let of_row = self.margin_row(columns, row);
        let of_next = self.margin_row(columns, next);
        self.check_margin_kinds(columns, row, next, zeros);
        self.check_position_block(&of_row, zeros);
        self.check_limit_and_product(&of_row, zeros);
        self.check_cover(&of_row, &of_next, zeros);
    }

    fn check_margin_kinds<B, E>(
        &self,
        columns: &Columns,
        row: &[B],
        next: &[B],
        zeros: &mut impl Zeros<B, E>,
    ) where
        B: Algebra<Val> + Copy,
    {
        let shard = &self.columns;
        let (position, rule) = (row[columns.position], row[columns.rule]);
        let position_next = next[columns.position];
        let leaf = row[shard.first] + row[shard.next] + position;
        let further_next = next[shard.next] + position_next;
        // Positions come after entries, and rules after nodes.
        zeros.base(On::Transition, next[shard.next] * position);
        zeros.base(On::Transition, next[columns.rule] * (B::ONE - row[shard.node] - rule));

        // Sums of positions come after those of entries.
        let (of_positions, sum) = (row[columns.of_positions], row[shard.sum]);
        zeros.base(On::Active, of_positions * (of_positions - B::ONE));
        zeros.base(On::Active, position * (of_positions - B::ONE));
        zeros.base(On::Active, of_positions * (B::ONE - position - sum));
        let first = Val::from_usize(self.shape.first_position_sum());
        let begins = next[columns.of_positions] - of_positions;
        zeros.base(On::Transition, next[shard.sum] * begins * (next[shard.base] - first));
        zeros.base(On::Last, of_positions - B::ONE);

        // As many positions as the capacity says.
        let (left, left_next) = (row[columns.left], next[columns.left]);
        zeros.base(On::Transition, further_next * (left_next - left + position_next));
        zeros.base(On::Transition, leaf * (B::ONE - further_next) * left);

        let mut all = -position - rule;
        for shift in &row[columns.shifts..][..columns.shift_count] {
            zeros.base(On::Active, *shift * (*shift - B::ONE));
            all += *shift;
        }
        zeros.base(On::Active, all);
        for bit in &row[columns.bits..][..columns.bit_count] {
            zeros.base(On::Active, *bit * (*bit - B::ONE));
        }
        for turn in &row[columns.turns..][..VALUE_LIMBS - 1] {
            zeros.base(On::Active, (turn.square() - B::ONE) * *turn);
        }
    }

    /// The block of a position, as [`crate::leaf`] lays it out.
    fn check_position_block<B, E>(&self, of_row: &Row<'_, B>, zeros: &mut impl Zeros<B, E>)
    where
        B: Algebra<Val> + Copy,
    {
        let (row, columns) = (of_row.row, of_row.columns);
        let pairs = self.shape.width.limbs() / 2;
        for (place, element) in row[..RATE].iter().enumerate() {
            let expected = if place < pairs {
                of_row.limb(2 * place) + of_row.limb(2 * place + 1) * two_to(LIMB_BITS)
            } else if place == pairs {
                self.top(row, 0) + row[columns.number] * two_to(self.shape.width.top_bits())
            } else {
                B::ZERO
            };
            zeros.base(On::Active, row[columns.position] * (*element - expected));
        }
    }

    fn check_limit_and_product<B, E>(&self, of_row: &Row<'_, B>, zeros: &mut impl Zeros<B, E>)
    where
        B: Algebra<Val> + Copy,
    {
        let (row, columns, parts) = (of_row.row, of_row.columns, of_row.parts());
        let position = row[columns.position];
        // Bits of the limit come after the steps of the product's carries.
        let borrowed = |part: usize| match part {
            0 => B::ZERO,
            _ if part == parts => B::ZERO,
            _ => of_row.bit(parts + part),
        };
        for part in 0..parts {
            let sum = of_row.amount(part) + of_row.limb(of_row.limbs.rest + part) + borrowed(part);
            let limit = row[columns.limit + part] + borrowed(part + 1) * two_to(LIMB_BITS);
            zeros.base(On::Active, position * (sum - limit));
        }
        let [low, high] = [row[columns.weight], row[columns.weight + 1]];
        for limb in 0..=parts {
            let below = if limb == 0 { B::ZERO } else { of_row.amount(limb - 1) };
            let sum = low * of_row.amount(limb) + high * below + of_row.carried(limb);
            let product = of_row.limb(of_row.limbs.product + limb)
                + of_row.carried(limb + 1) * two_to(LIMB_BITS);
            zeros.base(On::Active, position * (sum - product));
        }
        // No limb of a product is above those of a value.
        for limb in VALUE_LIMBS..=parts + 1 {
            let shifts = 0..=limb - VALUE_LIMBS;
            let is_above = shifts.fold(B::ZERO, |sum, shift| sum + of_row.shift(shift));
            zeros.base(On::Active, position * is_above * of_row.product(limb));
        }
    }

    fn check_cover<B, E>(
        &self,
        of_row: &Row<'_, B>,
        of_next: &Row<'_, B>,
        zeros: &mut impl Zeros<B, E>,
    ) where
        B: Algebra<Val> + Copy,
    {
        let (row, next, columns) = (of_row.row, of_next.row, of_row.columns);
        let (position, position_next) = (row[columns.position], next[columns.position]);
        let between = of_next.limb(of_next.limbs.between);
        let later = next[columns.number] - row[columns.number] - B::ONE - between;
        zeros.base(On::Transition, position * position_next * later);
        let owes = next[columns.owes];
        let turn = |limb: usize| match limb {
            0 => B::ZERO,
            _ if limb == VALUE_LIMBS => B::ZERO,
            _ => next[columns.turns + limb - 1],
        };
        for limb in 0..VALUE_LIMBS {
            let place = of_row.limbs.cover + limb;
            let before = position * of_row.limb(place);
            // A debt is rounded up.
            let up = if limb == 0 { owes } else { B::ZERO };
            let more = of_next.value(limb) * (B::ONE - owes.double()) - up;
            let after = of_next.limb(place) + turn(limb + 1) * two_to(LIMB_BITS);
            let step = before + more + turn(limb) - after;
            zeros.base(On::Transition, position_next * step);
        }
    }
}
