//! What all shards come to: opens the digest of each shard's sums, adds the sums up, and shows what
//! comes out as digits.
//!
//! An *opening* is a row of randomness and the rows of a shard's sums, hashed as the shard has hashed
//! them. Each sum of limbs is cut into 15 bits and a number of at most 65,023, which is one way only,
//! for what is cut is below the field's order. Sums over shards stay below it, as there are at most
//! 20,000. A row of *totals* takes them for one asset and carries from digit to digit.
//!
//! Fractions: limbs look themselves up (*range*); openings send their parts under the number of the
//! asset, and totals take them (*sums*); openings send (shard, digest) and totals (asset, digits),
//! which the verifier takes (*messages*). So every shard is opened once, and every asset has one
//! total.

use crate::plonky3::field::{Algebra, PrimeCharacteristicRing, batch_multiplicative_inverse};

use super::permutation::{self, out};
use super::{
    Challenges, Ext, FRACTIONS, Fractions, On, POWERS, STEP, Size, System, Val, Zeros, join, range,
    two_to,
};
use crate::ProofError;
use crate::argument::BLINDING_ROWS;
use crate::leaf::{LIMB_BITS, Shape};
use crate::poseidon::{Digest, Domain, ORDER, Poseidon, RATE, WIDTH};

/// Most shards: what a digit adds up, with what is carried, stays below the field's order.
pub const SHARDS_MAX: u32 = 20_000;
/// What a carry, or the upper part of a cut number, is at most.
const UPPER_MAX: u64 = STEP as u64 + (1 << LIMB_BITS) - 1;
const DIGIT_SUM_MAX: u64 = SHARDS_MAX as u64 * ((1 << LIMB_BITS) - 1 + UPPER_MAX) + UPPER_MAX;
const _: () = assert!(DIGIT_SUM_MAX < ORDER as u64);
const _: () = assert!(DIGIT_SUM_MAX >> LIMB_BITS <= UPPER_MAX);
const _: () = assert!((UPPER_MAX << LIMB_BITS) + (1 << LIMB_BITS) - 1 < ORDER as u64);
/// Digits above the parts of an amount: for the upper parts, and for as many shards.
const DIGITS_MORE: usize = 3;
/// Smallest and largest table.
const LOG_ROWS: std::ops::RangeInclusive<u8> = 16..=20;

/// The parts of a message that say what it is.
const OPENED: u32 = 0;
const TOTAL: u32 = 1;

/// Places of the columns of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Columns {
    pub limbs: usize,
    pub limb_count: usize,
    pub steps: usize,
    pub salt: usize,
    pub sum: usize,
    pub total: usize,
    pub idle: usize,
    pub number: usize,
    pub base: usize,
    pub table: usize,
    pub uses: usize,
    pub width: usize,
}

/// The constraint system of the totals of a round.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Circuit {
    /// How leaves are laid out.
    pub shape: Shape,
    /// Rows of sums of a shard.
    pub sum_rows: u32,
    /// Shards.
    pub shards: u32,
    /// Rows, as a power of two.
    pub log_rows: u8,
    /// Places of the columns.
    pub columns: Columns,
}

/// What a proof says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Public {
    /// Digests of the sums of the shards, in their order.
    pub sums: Vec<Digest>,
    /// What each sum comes to, in base units.
    pub totals: Vec<u128>,
}

impl Circuit {
    /// The system that opens so many shards with so many rows of sums.
    ///
    /// # Errors
    /// [`ProofError::Field`] when there are too many.
    pub fn new(shape: Shape, sum_rows: u32, shards: u32) -> Result<Self, ProofError> {
        if !(1..=SHARDS_MAX).contains(&shards) {
            let problem = format!("{shards} is not between 1 and {SHARDS_MAX}");
            return Err(ProofError::field("shards", problem));
        }
        let slots = u64::from(sum_rows) * shape.sums_of_row() as u64;
        let rows = u64::from(shards) * (1 + u64::from(sum_rows)) + slots;
        let fits = |log_rows: &u8| rows < (1 << log_rows) - u64::from(BLINDING_ROWS);
        let log_rows = LOG_ROWS.clone().find(fits).ok_or_else(|| {
            let problem = format!(
                "sums of {shards} shards in {sum_rows} rows each are more than one proof of totals holds"
            );
            ProofError::field("shards", problem)
        })?;
        Ok(Self { shape, sum_rows, shards, log_rows, columns: Columns::new(shape) })
    }

    /// Limbs and the top of an amount.
    pub fn parts(&self) -> usize {
        self.shape.width.limbs() + 1
    }

    /// Digits of a total.
    pub fn digits(&self) -> usize {
        self.parts() + DIGITS_MORE
    }

    /// Assets for which there are sums, those that do not exist among them.
    pub fn asset_slots(&self) -> usize {
        self.sum_rows as usize * self.shape.sums_of_row()
    }

    /// A number of a limb and a step: at most 65,023.
    fn upper<B: Algebra<Val> + Copy>(limb: B, step: B) -> B {
        limb + step * Val::from_u32(STEP)
    }

    /// The two parts that a value of an opening is cut into.
    fn cut<B: Algebra<Val> + Copy>(&self, row: &[B], value: usize) -> [B; 2] {
        let limbs = &row[self.columns.limbs + 2 * value..][..2];
        [limbs[0], Self::upper(limbs[1], row[self.columns.steps + value])]
    }

    fn digit_parts<B: Algebra<Val> + Copy>(&self, row: &[B]) -> Vec<B> {
        row[self.columns.limbs..][..self.digits()].to_vec()
    }

    fn message(
        number: Val,
        kind: u32,
        values: impl Iterator<Item = Val>,
        powers: &[Ext; POWERS],
    ) -> Ext {
        join::<Val, Ext>([number, Val::from_u32(kind)].into_iter().chain(values), powers)
    }

    fn check_openings<B, E>(&self, row: &[B], next: &[B], zeros: &mut impl Zeros<B, E>)
    where
        B: Algebra<Val> + Copy,
    {
        let columns = &self.columns;
        let (salt, sum) = (row[columns.salt], row[columns.sum]);
        let (sum_next, out) = (next[columns.sum], out(row));
        let kinds = [columns.salt, columns.sum, columns.total, columns.idle];
        let mut all = -B::ONE;
        for kind in kinds {
            zeros.base(On::Active, row[kind] * (row[kind] - B::ONE));
            all += row[kind];
        }
        zeros.base(On::Active, all);
        zeros.base(On::First, sum);
        zeros.base(On::Last, salt + sum);
        zeros.base(On::Transition, sum_next * (B::ONE - salt - sum));

        let [kind, height] = Domain::Sums.tag();
        let begin = [kind, height, 1 + self.sum_rows, 0, 0, 0, 0, 0];
        for (place, value) in begin.into_iter().enumerate() {
            zeros.base(On::Active, salt * (row[RATE + place] - Val::from_u32(value)));
            let goes_on = next[RATE + place] - out[RATE + place];
            zeros.base(On::Transition, sum_next * goes_on);
        }

        // Assets one after the other, to the last one, and then the opening is over.
        let assets = Val::from_usize(self.shape.sums_of_row());
        let base = row[columns.base];
        zeros.base(On::Active, salt * (base + assets));
        zeros.base(On::Transition, sum_next * (next[columns.base] - base - assets));
        let last = assets * Val::from_u32(self.sum_rows - 1);
        zeros.base(On::Transition, (salt + sum) * (B::ONE - sum_next) * (base - last));

        let values = self.shape.sums_of_row() * self.parts();
        for value in 0..values {
            let [low, upper] = self.cut(row, value);
            zeros.base(On::Active, sum * (row[value] - low - upper * two_to(LIMB_BITS)));
        }
        row[values..RATE].iter().for_each(|rest| zeros.base(On::Active, sum * *rest));
        for step in &row[columns.steps..][..values] {
            zeros.base(On::Active, *step * (*step - B::ONE));
        }
    }

    /// Sums of lower parts and of upper parts, carried from digit to digit.
    fn check_totals<B, E>(&self, row: &[B], zeros: &mut impl Zeros<B, E>)
    where
        B: Algebra<Val> + Copy,
    {
        let (parts, digits, columns) = (self.parts(), self.digits(), &self.columns);
        let carry = |digit: usize| match digit {
            0 => B::ZERO,
            _ if digit == digits => B::ZERO,
            _ => {
                let limb = row[columns.limbs + digits + digit - 1];
                Self::upper(limb, row[columns.steps + digit - 1])
            }
        };
        for digit in 0..digits {
            let low = if digit < parts { row[digit] } else { B::ZERO };
            let upper = if (1..=parts).contains(&digit) { row[parts + digit - 1] } else { B::ZERO };
            let sum = low + upper + carry(digit);
            let shown = row[columns.limbs + digit] + carry(digit + 1) * two_to(LIMB_BITS);
            zeros.base(On::Active, row[columns.total] * (sum - shown));
        }
    }
}

/// Digits of a total, lowest first.
pub fn digits(total: u128, count: usize) -> impl Iterator<Item = u32> {
    (0..count).map(move |digit| {
        let shift = LIMB_BITS * digit as u32;
        total.checked_shr(shift).unwrap_or(0) as u32 & ((1 << LIMB_BITS) - 1)
    })
}

impl System for Circuit {
    type Public = Public;

    fn size(&self) -> Size {
        let fractions = self.columns.limb_count + 1 + self.shape.sums_of_row() + 2;
        Size {
            log_rows: self.log_rows,
            blinding_rows: BLINDING_ROWS,
            width: self.columns.width,
            fraction_columns: fractions.div_ceil(FRACTIONS),
            marked_row: 0,
        }
    }

    fn describe(&self) -> Vec<u8> {
        let shape = &self.shape;
        let numbers = [
            shape.width.bits(),
            shape.sums() as u32,
            self.sum_rows,
            self.shards,
            self.log_rows.into(),
        ];
        let numbers = numbers.into_iter().flat_map(u32::to_be_bytes);
        b"totals".iter().copied().chain(numbers).collect()
    }

    fn elements(&self, public: &Public) -> Vec<u32> {
        let sums = public.sums.iter().flat_map(|digest| *digest.elements());
        let totals = public.totals.iter().flat_map(|total| digits(*total, self.digits()));
        sums.chain(totals).collect()
    }

    fn sample(&self, draw: &mut dyn FnMut() -> u32) -> Public {
        let sums = (0..self.shards).map(|_| Digest::sample(draw)).collect();
        let totals = (0..self.shape.sums()).map(|_| u128::from(draw()) << 31 | u128::from(draw()));
        Public { sums, totals: totals.collect() }
    }

    fn check_public(&self, public: &Public) -> Result<(), ProofError> {
        let lengths = [
            ("shards", public.sums.len(), self.shards as usize),
            ("totals", public.totals.len(), self.shape.sums()),
        ];
        for (field, found, wanted) in lengths {
            if found != wanted {
                let problem = format!("{found} of them, the header has {wanted}");
                return Err(ProofError::field(field, problem));
            }
        }
        let bits = LIMB_BITS * self.digits() as u32;
        for (asset, total) in public.totals.iter().enumerate() {
            if total.checked_shr(bits).unwrap_or(0) != 0 {
                let problem = format!("{total} is not below 2^{bits}");
                return Err(ProofError::field(format!("totals[{asset}]"), problem));
            }
        }
        Ok(())
    }

    /// Every shard's digest, and every asset's total; nothing is owed in assets that do not exist.
    fn total(&self, _: &Poseidon, public: &Public, challenges: &Challenges) -> Ext {
        let part = &challenges.part;
        let opened = public.sums.iter().enumerate().map(|(shard, digest)| {
            let values = digest.elements().iter().map(|value| Val::from_u32(*value));
            Self::message(Val::from_usize(shard), OPENED, values, part)
        });
        let totals = (0..self.asset_slots()).map(|asset| {
            let total = public.totals.get(asset).copied().unwrap_or(0);
            let values = digits(total, self.digits()).map(Val::from_u32);
            Self::message(Val::from_usize(asset), TOTAL, values, part)
        });
        let messages = opened.chain(totals).map(|message| challenges.node - message);
        batch_multiplicative_inverse(&messages.collect::<Vec<_>>()).into_iter().sum()
    }

    fn fractions<B, E>(&self, row: &[B], next: &[B], challenges: &Challenges) -> Vec<(E, E)>
    where
        B: Algebra<Val> + Copy,
        E: Algebra<B> + Algebra<Ext> + Copy,
    {
        let columns = &self.columns;
        let limbs = &row[columns.limbs..][..columns.limb_count];
        let (table, uses) = (row[columns.table], row[columns.uses]);
        let mut fractions = Fractions::with_capacity(self.size().fraction_columns);
        range::fractions(limbs, table, uses, challenges, &mut fractions);

        let parts = self.parts();
        let (salt, sum, total) = (row[columns.salt], row[columns.sum], row[columns.total]);
        for asset in 0..self.shape.sums_of_row() {
            let cuts: Vec<[B; 2]> =
                (0..parts).map(|part| self.cut(row, asset * parts + part)).collect();
            let values = cuts.iter().map(|cut| cut[0]).chain(cuts.iter().map(|cut| cut[1]));
            let mut numerator = join::<B, E>(values, &challenges.limb) * sum;
            if asset == 0 {
                let taken = row[..2 * parts].iter().copied();
                numerator -= join::<B, E>(taken, &challenges.limb) * total;
            }
            let number = row[columns.base] + Val::from_usize(asset);
            fractions.push(numerator, E::from(challenges.asset) - number);
        }

        let message = |number: B, kind: u32, values: &[B]| {
            let parts = [number, B::from(Val::from_u32(kind))];
            let parts = parts.into_iter().chain(values.iter().copied());
            E::from(challenges.node) - join::<B, E>(parts, &challenges.part)
        };
        let is_end = (salt + sum) * (B::ONE - next[columns.sum]);
        let digest = &out(row)[..crate::poseidon::DIGEST_LEN];
        fractions.push(E::from(is_end), message(row[columns.number], OPENED, digest));
        let digits = self.digit_parts(row);
        fractions.push(E::from(total), message(row[columns.base], TOTAL, &digits));
        fractions.columns
    }

    fn check_rows<B, E>(&self, _: &Public, row: &[B], next: &[B], zeros: &mut impl Zeros<B, E>)
    where
        B: Algebra<Val> + Copy,
    {
        let table = self.columns.table;
        permutation::check(row, zeros);
        self.check_openings(row, next, zeros);
        self.check_totals(row, zeros);
        range::check(row[table], next[table], zeros);
    }
}

impl Columns {
    fn new(shape: Shape) -> Self {
        let parts = shape.width.limbs() + 1;
        let values = shape.sums_of_row() * parts;
        let limb_count = (2 * values).max(2 * (parts + DIGITS_MORE) - 1);
        debug_assert!(2 * parts <= RATE && parts + DIGITS_MORE - 1 <= values && values <= WIDTH);
        let mut width = permutation::COLUMNS;
        let mut take = |count: usize| {
            width += count;
            width - count
        };
        Self {
            limbs: take(limb_count),
            limb_count,
            steps: take(values),
            salt: take(1),
            sum: take(1),
            total: take(1),
            idle: take(1),
            number: take(1),
            base: take(1),
            table: take(1),
            uses: take(1),
            width,
        }
    }
}
