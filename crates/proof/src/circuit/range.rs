//! The table of 15-bit numbers that limbs are looked up in: a column that begins at 0, grows by 0 or 1
//! a row and ends at 2^15 - 1, and beside it how often each row's number is looked up.

use p3_field::{Algebra, PrimeCharacteristicRing, PrimeField32};

use super::{On, Val, Zeros, two_to};
use crate::leaf::LIMB_BITS;

/// The column runs through all numbers.
pub(super) fn check<B, E>(row: B, next: B, zeros: &mut impl Zeros<B, E>)
where
    B: Algebra<Val> + Copy,
{
    let step = next - row;
    zeros.base(On::First, row);
    zeros.base(On::Transition, step * (step - B::ONE));
    zeros.base(On::Last, row - (two_to(LIMB_BITS) - Val::ONE));
}

/// Fractions of limbs and of the table.
pub(super) fn fractions<B, E>(limbs: &[B], table: B, uses: B, challenge: E) -> Vec<(E, E)>
where
    B: Algebra<Val> + Copy,
    E: Algebra<B> + Copy,
{
    let mut fractions = Vec::with_capacity(limbs.len() + 8);
    fractions.extend(limbs.iter().map(|limb| (E::ONE, challenge - *limb)));
    fractions.push((-E::from(uses), challenge - table));
    fractions
}

/// Fills in the table and its uses on the active rows.
pub fn fill(
    cells: &mut [Val],
    width: usize,
    limbs: std::ops::Range<usize>,
    table: usize,
    uses: usize,
) {
    let mut count = vec![0u32; 1 << LIMB_BITS];
    for row in cells.chunks_exact(width) {
        for limb in &row[limbs.clone()] {
            count[limb.as_canonical_u32() as usize] += 1;
        }
    }
    for (number, row) in cells.chunks_exact_mut(width).enumerate() {
        row[table] = Val::from_usize(number.min(count.len() - 1));
        if let Some(count) = count.get(number) {
            row[uses] = Val::from_u32(*count);
        }
    }
}
