//! Rows side by side in the lanes of a vector: as many at a time as the processor has lanes.

use proof::circuit::{Ext, Val};
use proof::plonky3::field::{ExtensionField, Field, PackedFieldPow2, PackedValue};

/// As many elements as there are lanes.
pub(crate) type Packed = <Val as Field>::Packing;
/// As many elements of the extension.
pub(crate) type PackedExt = <Ext as ExtensionField<Val>>::ExtensionPacking;
/// Elements at a time.
pub(crate) const LANES: usize = <Packed as PackedValue>::WIDTH;

/// Columns of [`LANES`] rows, which stand one after the other: one row in each lane.
///
/// # Panics
/// When there are fewer columns than lanes.
pub(crate) fn columns_of(rows: &[Val], columns: &mut [Packed]) {
    let width = columns.len();
    debug_assert_eq!(rows.len(), width * LANES);
    for begin in (0..width).step_by(LANES) {
        // The last square overlaps the one before it.
        let begin = begin.min(width - LANES);
        let mut square: [Packed; LANES] =
            std::array::from_fn(|row| *Packed::from_slice(&rows[row * width + begin..][..LANES]));
        transpose(&mut square);
        columns[begin..begin + LANES].copy_from_slice(&square);
    }
}

/// Writes columns, from which [`columns_of`] would read rows of as many cells, to as many rows.
///
/// # Panics
/// When there are fewer columns than lanes.
pub(crate) fn write_rows(columns: &[Packed], mut rows: impl FnMut(usize, usize, &[Val])) {
    for begin in (0..columns.len()).step_by(LANES) {
        let begin = begin.min(columns.len() - LANES);
        let mut square: [Packed; LANES] = std::array::from_fn(|place| columns[begin + place]);
        transpose(&mut square);
        for (lane, cells) in square.iter().enumerate() {
            rows(lane, begin, cells.as_slice());
        }
    }
}

/// Transposes squares within squares, each twice as large as those in it.
#[inline(always)]
fn transpose(square: &mut [Packed; LANES]) {
    for log_side in 0..LANES.ilog2() {
        let side = 1 << log_side;
        for row in (0..LANES).filter(|row| row & side == 0) {
            (square[row], square[row + side]) = square[row].interleave(square[row + side], side);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proof::plonky3::field::PrimeCharacteristicRing;

    #[test]
    fn a_lane_of_a_column_is_a_cell_of_a_row() {
        for width in [LANES, LANES + 1, 3 * LANES - 1] {
            let rows: Vec<Val> = (0..width * LANES).map(Val::from_usize).collect();
            let mut columns = vec![Packed::ZERO; width];
            columns_of(&rows, &mut columns);
            for (place, column) in columns.iter().enumerate() {
                let cells = rows.iter().skip(place).step_by(width);
                assert!(column.as_slice().iter().eq(cells), "column {place} of {width}");
            }
        }
    }
}
