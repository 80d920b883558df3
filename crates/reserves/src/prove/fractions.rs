//! The fraction columns of a table and their running sum.

use proof::argument::{BLINDING_ROWS, DIMENSION};
use proof::circuit::{Challenges, Ext, System, Val};
use proof::plonky3::field::{
    BasedVectorSpace, PackedFieldExtension, PackedValue, PrimeCharacteristicRing,
    batch_multiplicative_inverse_general, invert_packed_extension,
};
use proof::plonky3::matrix::dense::RowMajorMatrix;
use rand::CryptoRng;

use crate::lanes::{LANES, Packed, PackedExt, columns_of};
use crate::trace::element;

const _: () = assert!((BLINDING_ROWS as usize).is_multiple_of(LANES), "lanes hold active rows");
/// Rows, in lanes, whose denominators are inverted together: what they come to stays in the cache.
const TOGETHER: usize = 16;

/// The fraction columns and their running sum, with random values on blinding rows.
pub(super) fn columns(
    circuit: &impl System,
    cells: &[Val],
    challenges: &Challenges,
    rng: &mut impl CryptoRng,
) -> RowMajorMatrix<Val> {
    let size = circuit.size();
    let (width, columns) = (size.width, size.fraction_columns);
    let active = size.active_rows() as usize;
    let mut row = vec![Packed::ZERO; width];
    let mut next = row.clone();
    let (mut over, mut under) = (Vec::new(), Vec::new());
    let mut inverses = vec![PackedExt::ZERO; TOGETHER * columns];
    let mut values: Vec<Val> = Vec::with_capacity(((columns + 1) * DIMENSION) << size.log_rows);
    let mut sum = Ext::ZERO;
    let begins: Vec<usize> = (0..active).step_by(LANES).collect();
    for begins in begins.chunks(TOGETHER) {
        over.clear();
        under.clear();
        for begin in begins {
            columns_of(&cells[begin * width..][..LANES * width], &mut row);
            columns_of(&cells[(begin + 1) * width..][..LANES * width], &mut next);
            let fractions = circuit.fractions::<Packed, PackedExt>(&row, &next, challenges);
            let (numerators, denominators): (Vec<_>, Vec<_>) = fractions.into_iter().unzip();
            over.extend(numerators);
            under.extend(denominators);
        }
        let inverses = &mut inverses[..under.len()];
        let invert = invert_packed_extension::<Val, Ext>;
        batch_multiplicative_inverse_general(&under, inverses, invert);
        over.iter_mut().zip(&*inverses).for_each(|(over, inverse)| *over *= *inverse);
        for fractions in over.chunks_exact(columns) {
            let of_rows: PackedExt = fractions.iter().copied().sum();
            for lane in 0..LANES {
                for fraction in fractions {
                    let parts: &[Packed] = fraction.as_basis_coefficients_slice();
                    values.extend(parts.iter().map(|part| part.as_slice()[lane]));
                }
                values.extend_from_slice(sum.as_basis_coefficients_slice());
                let of_row: Ext = of_rows.extract(lane);
                sum += of_row;
            }
        }
    }
    values.resize_with(values.capacity(), || Val::from_u32(element(rng)));
    RowMajorMatrix::new(values, (columns + 1) * DIMENSION)
}
