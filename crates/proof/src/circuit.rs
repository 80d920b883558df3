//! What holds of the rows of a proof: constraint systems, each written once for the prover (many rows
//! at a time), for the verifier (one point of the extension field) and for tests (row by row).
//!
//! A system has one table with a permutation of Poseidon2 on each row. After its active rows come
//! blinding rows, of which nothing is asked. Rows speak to each other by sums of fractions (LogUp,
//! [Haböck 2022](https://eprint.iacr.org/2022/1530)), added up in one column; what the verifier knows
//! of them completes the sum.
//!
//! Reading order: [`shard`] (leaves, the tree over them, and a digest of their sums), [`margin`] (its
//! pledged balances and debts), [`totals`] (what the sums of all shards come to), [`permutation`] and
//! [`range`] (what both share).

use crate::plonky3::field::extension::QuinticTrinomialExtensionField;
use crate::plonky3::field::{Algebra, BasedVectorSpace, PrimeCharacteristicRing, PrimeField32};
use crate::plonky3::koala_bear::KoalaBear;
use sha2::{Digest as _, Sha256};

use crate::ProofError;
use crate::poseidon::{ORDER, Poseidon};

pub mod margin;
pub mod permutation;
pub mod range;
pub mod shard;
pub mod totals;

/// The field.
pub type Val = KoalaBear;
/// Its extension, from which challenges are drawn: about 2^155 elements.
pub type Ext = QuinticTrinomialExtensionField<Val>;

/// Fractions that are joined in a column.
pub const FRACTIONS: usize = 3;
/// A number of two parts, a limb and this many times a bit, is at most 65,023: as many limbs of 15
/// bits stay below the field's order, 65,023 · 32,767 < 2,130,706,433.
pub const STEP: u32 = 32_256;

/// How large a system's table is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// Rows, as a power of two.
    pub log_rows: u8,
    /// Rows at the end of which nothing is asked.
    pub blinding_rows: u32,
    /// Columns.
    pub width: usize,
    /// Columns of fractions; the running sum comes after them.
    pub fraction_columns: usize,
    /// The row of [`On::Marked`].
    pub marked_row: u32,
}

impl Size {
    /// Rows of which something is asked.
    pub fn active_rows(&self) -> u32 {
        (1 << self.log_rows) - self.blinding_rows
    }

    /// Coefficients of a part of the quotient, before a random polynomial joins it to the next.
    pub fn quotient_part_len(&self) -> u64 {
        self.active_rows().into()
    }
}

/// Most values that are joined under powers of a challenge.
const POWERS: usize = 14;

/// Drawn after the rows are committed.
#[derive(Clone, Copy, Debug)]
pub struct Challenges {
    /// Where the range sum is evaluated, its square and its cube.
    pub range: [Ext; 3],
    /// Where the sums of assets are evaluated.
    pub asset: Ext,
    /// Powers that join the limbs of an amount, from the first, which is one.
    pub limb: [Ext; POWERS],
    /// Where the sum of messages is evaluated.
    pub node: Ext,
    /// Powers that join the parts of a message, from the first, which is one.
    pub part: [Ext; POWERS],
}

impl Challenges {
    /// From elements in the order in which they are drawn.
    pub fn new([range, asset, limb, node, part]: [Ext; 5]) -> Self {
        fn powers<const COUNT: usize>(first: Ext, challenge: Ext) -> [Ext; COUNT] {
            challenge.shifted_powers(first).collect_n(COUNT).try_into().expect("as many as asked")
        }
        let (limb, part) = (powers(Ext::ONE, limb), powers(Ext::ONE, part));
        Self { range: powers(range, range), asset, limb, node, part }
    }
}

/// On which rows something must be zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum On {
    /// On active rows.
    Active,
    /// On active rows but the last, with the row after each.
    Transition,
    /// On the first row.
    First,
    /// On the row that the system marks.
    Marked,
    /// On the last active row.
    Last,
}

/// Takes what must be zero.
pub trait Zeros<B, E> {
    /// A value of the field that the rows are of.
    fn base(&mut self, on: On, value: B);
    /// A value of the extension.
    fn ext(&mut self, on: On, value: E);
}

/// A row, the row after it, and their fraction columns.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a, B, E> {
    /// The row.
    pub row: &'a [B],
    /// The row after it.
    pub next: &'a [B],
    /// Fraction columns of the row, then the running sum.
    pub aux: &'a [E],
    /// Those of the row after it.
    pub aux_next: &'a [E],
}

/// A constraint system.
pub trait System {
    /// What a proof says of itself.
    type Public;

    /// How large its table is.
    fn size(&self) -> Size;

    /// All that tells it from another system, for the transcript.
    fn describe(&self) -> Vec<u8>;

    /// Elements of what a proof says, for the transcript.
    fn elements(&self, public: &Self::Public) -> Vec<u32>;

    /// Something that a proof could say, of drawn elements.
    fn sample(&self, draw: &mut dyn FnMut() -> u32) -> Self::Public;

    /// Checks what needs no proof.
    ///
    /// # Errors
    /// [`ProofError::Field`] that names what is wrong.
    fn check_public(&self, public: &Self::Public) -> Result<(), ProofError>;

    /// What the fractions of all rows come to.
    fn total(&self, poseidon: &Poseidon, public: &Self::Public, challenges: &Challenges) -> Ext;

    /// Numerators and denominators of a row's fraction columns, each of [`FRACTIONS`] fractions.
    fn fractions<B, E>(&self, row: &[B], next: &[B], challenges: &Challenges) -> Vec<(E, E)>
    where
        B: Algebra<Val> + Copy,
        E: Algebra<B> + Algebra<Ext> + Copy;

    /// Hands over what must be zero of the rows themselves.
    fn check_rows<B, E>(
        &self,
        public: &Self::Public,
        row: &[B],
        next: &[B],
        zeros: &mut impl Zeros<B, E>,
    ) where
        B: Algebra<Val> + Copy;

    /// Hands over everything that must be zero. `total` is [`System::total`].
    fn check<B, E>(
        &self,
        public: &Self::Public,
        challenges: &Challenges,
        total: Ext,
        rows: Rows<'_, B, E>,
        zeros: &mut impl Zeros<B, E>,
    ) where
        B: Algebra<Val> + Copy,
        E: Algebra<B> + Algebra<Ext> + Copy,
    {
        self.check_rows(public, rows.row, rows.next, zeros);
        // Each column has the value of its fractions, and the last column adds them up.
        let fractions = self.fractions::<B, E>(rows.row, rows.next, challenges);
        let fraction_columns = self.size().fraction_columns;
        let (columns, sum) = rows.aux.split_at(fraction_columns);
        let mut of_row = E::ZERO;
        for (column, (over, under)) in columns.iter().zip(fractions) {
            zeros.ext(On::Active, *column * under - over);
            of_row += *column;
        }
        let sum_next = rows.aux_next[fraction_columns];
        zeros.ext(On::First, sum[0]);
        zeros.ext(On::Transition, sum_next - sum[0] - of_row);
        zeros.ext(On::Last, sum[0] + of_row - E::from(total));
    }
}

/// The columns of a row's fractions, as one numerator and one denominator each.
struct Fractions<E> {
    columns: Vec<(E, E)>,
    /// Fractions of the last column.
    held: usize,
}

impl<E: PrimeCharacteristicRing + Copy> Fractions<E> {
    /// With room for as many columns.
    fn with_capacity(columns: usize) -> Self {
        Self { columns: Vec::with_capacity(columns), held: FRACTIONS }
    }

    /// Adds a fraction to the last column, or to a new one when that has all of its own.
    fn push(&mut self, over: E, under: E) {
        match self.columns.last_mut() {
            Some(last) if self.held < FRACTIONS => {
                *last = (last.0 * under + over * last.1, last.1 * under);
                self.held += 1;
            }
            _ => {
                self.columns.push((over, under));
                self.held = 1;
            }
        }
    }

    /// Adds a column of as many fractions as it has.
    fn push_column(&mut self, over: E, under: E) {
        debug_assert_eq!(self.held, FRACTIONS, "the last column has room");
        self.columns.push((over, under));
    }
}

/// Joins parts under the powers of a challenge, the first of which is one.
fn join<B: Copy, E: Algebra<B> + Algebra<Ext> + Copy>(
    parts: impl IntoIterator<Item = B>,
    powers: &[Ext; POWERS],
) -> E {
    let mut parts = parts.into_iter().enumerate();
    let first = parts.next().map_or(E::ZERO, |(_, part)| E::from(part));
    parts.fold(first, |sum, (place, part)| sum + E::from(powers[place]) * part)
}

fn two_to(bits: u32) -> Val {
    Val::TWO.exp_u64(u64::from(bits))
}

/// Hands over the values of all constraints to a hash, in their order.
struct Hashed(Sha256);

impl Zeros<Ext, Ext> for Hashed {
    fn base(&mut self, on: On, value: Ext) {
        self.ext(on, value);
    }

    fn ext(&mut self, on: On, value: Ext) {
        self.0.update([on as u8]);
        let parts: &[Val] = value.as_basis_coefficients_slice();
        parts.iter().for_each(|part| self.0.update(part.as_canonical_u32().to_be_bytes()));
    }
}

/// A system's fingerprint: SHA-256 of its description and of the values of all of its constraints at
/// one point of the extension field, which is drawn from a hash. Constraints are polynomials of small
/// degree, so others have other values there, in whatever code they are written. It tells versions
/// apart; it does not bind somebody who prepares constraints for this very point, so a verifier always
/// runs its own.
pub fn fingerprint(system: &impl System) -> [u8; 32] {
    let mut counter = 0u32;
    let mut words = Vec::new();
    let mut draw = || loop {
        let Some(word) = words.pop() else {
            let block =
                [b"ringfence reserves v1 point".as_slice(), &counter.to_be_bytes()].concat();
            let block: [u8; 32] = Sha256::digest(block).into();
            counter += 1;
            words.extend(block.chunks_exact(4).rev().map(|word| {
                u32::from_be_bytes(word.try_into().expect("a word has four bytes")) >> 1
            }));
            continue;
        };
        if word < ORDER {
            return word;
        }
    };
    let mut element = || Ext::from_basis_coefficients_fn(|_| Val::from_u32(draw()));
    let size = system.size();
    let mut elements = |count: usize| -> Vec<Ext> { (0..count).map(|_| element()).collect() };
    let (row, next) = (elements(size.width), elements(size.width));
    let (aux, aux_next) =
        (elements(size.fraction_columns + 1), elements(size.fraction_columns + 1));
    let drawn = elements(6);
    let challenges = Challenges::new(drawn[..5].try_into().expect("six were drawn"));
    let public = system.sample(&mut draw);
    let mut hashed = Hashed(Sha256::new());
    let description = system.describe();
    hashed.0.update((description.len() as u32).to_be_bytes());
    hashed.0.update(&description);
    let rows = Rows { row: &row, next: &next, aux: &aux, aux_next: &aux_next };
    system.check(&public, &challenges, drawn[5], rows, &mut hashed);
    // What the verifier adds to the fractions is part of what is proved.
    let total = system.total(&Poseidon::default(), &public, &challenges);
    hashed.ext(On::Last, total);
    hashed.0.finalize().into()
}
