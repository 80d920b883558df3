//! The table of 15-bit numbers that limbs are looked up in: a column that begins at 0, grows by 0 or 1
//! a row and ends at 2^15 - 1, and beside it how often each row's number is looked up.

use crate::plonky3::field::{Algebra, PrimeCharacteristicRing, PrimeField32};

use super::{Challenges, Ext, FRACTIONS, Fractions, On, Val, Zeros, two_to};
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
pub(super) fn fractions<B, E>(
    limbs: &[B],
    table: B,
    uses: B,
    challenges: &Challenges,
    fractions: &mut Fractions<E>,
) where
    B: Algebra<Val> + Copy,
    E: Algebra<B> + Algebra<Ext> + Copy,
{
    let challenge = E::from(challenges.range[0]);
    let (columns, rest) = limbs.as_chunks::<FRACTIONS>();
    for limbs in columns {
        let (over, under) = column(*limbs, challenges);
        fractions.push_column(over, under);
    }
    rest.iter().for_each(|limb| fractions.push(E::ONE, challenge - *limb));
    fractions.push(-E::from(uses), challenge - table);
}

/// Looks three limbs up: the denominator is a polynomial with them as its roots, and the numerator its
/// derivative. Coefficients are of the smaller field, so most of the work is there.
fn column<B, E>([x, y, z]: [B; FRACTIONS], challenges: &Challenges) -> (E, E)
where
    B: Algebra<Val> + Copy,
    E: Algebra<B> + Algebra<Ext> + Copy,
{
    let [challenge, square, cube] = challenges.range;
    let (sum, product) = (x + y + z, x * y);
    let pairs = product + (x + y) * z;
    let over = E::from(square.double() + square) - E::from(challenge.double()) * sum + pairs;
    let under = E::from(cube) - E::from(square) * sum + E::from(challenge) * pairs - product * z;
    (over, under)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plonky3::field::BasedVectorSpace;

    #[test]
    fn a_column_of_limbs_has_the_value_of_its_fractions() {
        let drawn = Ext::from_basis_coefficients_fn(|place| Val::from_usize(place + 7));
        let challenges = Challenges::new([drawn; 5]);
        let limbs = [3, 3, 32_767].map(Val::from_u16);
        let mut one_by_one = Fractions::with_capacity(1);
        limbs.iter().for_each(|limb| one_by_one.push(Ext::ONE, drawn - *limb));
        assert_eq!(one_by_one.columns, [column(limbs, &challenges)]);
    }
}
