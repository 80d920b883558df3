//! The permutations of rows, many rows at a time.

use proof::circuit::Val;
use proof::circuit::permutation::{self, COLUMNS};
use proof::plonky3::field::{PackedValue, PrimeCharacteristicRing};
use proof::poseidon::{RATE, WIDTH};

use crate::lanes::{LANES, Packed, write_rows};

/// Permutes rows whose states are there.
pub(crate) fn rows(cells: &mut [Val], width: usize, rows: &[usize]) {
    let mut columns = [Packed::ZERO; COLUMNS];
    for rows in rows.chunks(LANES) {
        if let [row] = rows {
            permutation::fill(&mut cells[row * width..][..width]);
            continue;
        }
        // Where there are fewer rows than lanes, the last one stands in several.
        let row_of = |lane: usize| rows[lane.min(rows.len() - 1)];
        for (place, column) in columns[..WIDTH].iter_mut().enumerate() {
            *column = Packed::from_fn(|lane| cells[row_of(lane) * width + place]);
        }
        permutation::fill(&mut columns);
        write_rows(&columns, |lane, begin, values| {
            cells[row_of(lane) * width + begin..][..values.len()].copy_from_slice(values);
        });
    }
}

/// Permutes chains of rows: these first ones, and after each those that go on from it, with its
/// capacity. Both come in increasing order.
pub(crate) fn chains(cells: &mut [Val], width: usize, first: Vec<usize>, further: &[usize]) {
    let mut ready = first;
    while !ready.is_empty() {
        rows(cells, width, &ready);
        ready.iter_mut().for_each(|row| *row += 1);
        ready.retain(|row| further.binary_search(row).is_ok());
        for row in &ready {
            let (before, cells) = cells[(row - 1) * width..][..2 * width].split_at_mut(width);
            cells[RATE..WIDTH].copy_from_slice(&permutation::out(before)[RATE..]);
        }
    }
}
