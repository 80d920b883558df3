//! A permutation of Poseidon2 on a row: the state before, after each full round, and the first element
//! after each partial one.

use crate::plonky3::field::Algebra;
use crate::plonky3::koala_bear::{
    GenericPoseidon2LinearLayersKoalaBear as Layers, KOALABEAR_POSEIDON2_RC_24_EXTERNAL_FINAL,
    KOALABEAR_POSEIDON2_RC_24_EXTERNAL_INITIAL, KOALABEAR_POSEIDON2_RC_24_INTERNAL,
};
use crate::plonky3::poseidon2::GenericPoseidon2LinearLayers;

use super::{On, Val, Zeros};
use crate::poseidon::WIDTH;

/// Full rounds at either end.
const HALF_FULL: usize = 4;
/// Partial rounds between them.
const PARTIAL: usize = 23;
/// Column of the states after full rounds; the state before stands in the first columns.
pub const FULL: usize = WIDTH;
/// Column of the elements after partial rounds.
pub const FIRSTS: usize = FULL + 2 * HALF_FULL * WIDTH;
/// Columns in all.
pub const COLUMNS: usize = FIRSTS + PARTIAL;

/// The state at the end.
pub fn out<B>(row: &[B]) -> &[B] {
    &row[FIRSTS - WIDTH..FIRSTS]
}

/// Every row is a permutation.
pub(super) fn check<B, E>(row: &[B], zeros: &mut impl Zeros<B, E>)
where
    B: Algebra<Val> + Copy,
{
    let mut state: [B; WIDTH] = std::array::from_fn(|place| row[place]);
    let (begin, end) = row[FULL..FIRSTS].split_at(HALF_FULL * WIDTH);
    let mut full_round = |state: &mut [B; WIDTH], constants: &[Val; WIDTH], after: &[B]| {
        for (element, constant) in state.iter_mut().zip(constants) {
            *element = (*element + *constant).cube();
        }
        Layers::external_linear_layer(state);
        for (element, after) in state.iter_mut().zip(after) {
            zeros.base(On::Active, *element - *after);
            *element = *after;
        }
    };
    Layers::external_linear_layer(&mut state);
    let rounds = KOALABEAR_POSEIDON2_RC_24_EXTERNAL_INITIAL.iter();
    for (constants, after) in rounds.zip(begin.chunks_exact(WIDTH)) {
        full_round(&mut state, constants, after);
    }
    let mut firsts = [B::ZERO; PARTIAL];
    let rounds = KOALABEAR_POSEIDON2_RC_24_INTERNAL.iter();
    for ((constant, after), zero) in rounds.zip(&row[FIRSTS..COLUMNS]).zip(&mut firsts) {
        *zero = (state[0] + *constant).cube() - *after;
        state[0] = *after;
        Layers::internal_linear_layer(&mut state);
    }
    let rounds = KOALABEAR_POSEIDON2_RC_24_EXTERNAL_FINAL.iter();
    for (constants, after) in rounds.zip(end.chunks_exact(WIDTH)) {
        full_round(&mut state, constants, after);
    }
    firsts.into_iter().for_each(|value| zeros.base(On::Active, value));
}

/// Fills in the rounds of a row whose first columns are the state before.
pub fn fill<B: Algebra<Val> + Copy>(row: &mut [B]) {
    let mut state: [B; WIDTH] = std::array::from_fn(|place| row[place]);
    let (full, firsts) = row[FULL..COLUMNS].split_at_mut(FIRSTS - FULL);
    let mut full = full.chunks_exact_mut(WIDTH);
    let mut full_round = |state: &mut [B; WIDTH], constants: &[Val; WIDTH]| {
        for (element, constant) in state.iter_mut().zip(constants) {
            *element = (*element + *constant).cube();
        }
        Layers::external_linear_layer(state);
        full.next().expect("a row has all rounds").copy_from_slice(state);
    };
    Layers::external_linear_layer(&mut state);
    for constants in &KOALABEAR_POSEIDON2_RC_24_EXTERNAL_INITIAL {
        full_round(&mut state, constants);
    }
    for (constant, after) in KOALABEAR_POSEIDON2_RC_24_INTERNAL.iter().zip(firsts) {
        state[0] = (state[0] + *constant).cube();
        *after = state[0];
        Layers::internal_linear_layer(&mut state);
    }
    for constants in &KOALABEAR_POSEIDON2_RC_24_EXTERNAL_FINAL {
        full_round(&mut state, constants);
    }
}
