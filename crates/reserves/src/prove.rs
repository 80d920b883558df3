//! Proves that rows satisfy a circuit: the other side of [`proof::argument`], where the order of things is told.

use proof::argument::{
    DIMENSION, Dft, LOG_BLOWUP, Proof, QUOTIENT_PARTS, Scheme, Transcript, draw_challenges, scheme,
    transcript,
};
use proof::circuit::{Ext, Size, System, Val, shard, totals};
use proof::plonky3::challenger::{CanObserve, FieldChallenger};
use proof::plonky3::commit::{OpeningRequest, Pcs, PolynomialSpace, UnivariateStarkPcs};
use proof::plonky3::dft::TwoAdicSubgroupDft;
use proof::plonky3::field::{Field, PrimeCharacteristicRing, TwoAdicField};
use proof::plonky3::matrix::Matrix;
use proof::plonky3::matrix::bitrev::BitReversibleMatrix;
use proof::plonky3::matrix::dense::RowMajorMatrix;
use rand::rngs::StdRng;
use rand::{CryptoRng, RngExt, SeedableRng};
use sha2::{Digest as _, Sha256};

use crate::trace::element;

mod fractions;
mod quotient;

/// Cuts the quotient into parts, joins them by random polynomials, and adds one that is all random.
fn parts(size: &Size, quotient: Vec<Ext>, rng: &mut impl CryptoRng) -> RowMajorMatrix<Val> {
    let dft = Dft::default();
    let rows = 1usize << size.log_rows;
    let part_len = size.quotient_part_len() as usize;
    let points = RowMajorMatrix::new_col(quotient).flatten_to_base();
    let coefficients = dft.coset_idft_batch(points, Val::GENERATOR);
    let width = (QUOTIENT_PARTS + 1) * DIMENSION;
    let mut columns = vec![Val::ZERO; rows * width];
    for (place, values) in coefficients.values.chunks_exact(DIMENSION).enumerate() {
        let (part, row) = (place / part_len, place % part_len);
        columns[row * width + part * DIMENSION..][..DIMENSION].copy_from_slice(values);
    }
    for part in 0..QUOTIENT_PARTS - 1 {
        for row in 0..rows - part_len {
            for place in 0..DIMENSION {
                let value = Val::from_u32(element(rng));
                let column = part * DIMENSION + place;
                columns[(part_len + row) * width + column] += value;
                columns[row * width + column + DIMENSION] -= value;
            }
        }
    }
    for row in columns.chunks_exact_mut(width) {
        let random = &mut row[QUOTIENT_PARTS * DIMENSION..];
        random.iter_mut().for_each(|value| *value = Val::from_u32(element(rng)));
    }
    dft.dft_batch(RowMajorMatrix::new(columns, width)).to_row_major_matrix()
}

/// The generator of everything random in a proof: from the seed and from what is proved, so that a
/// statement that was put right does not get the randomness of the wrong one.
fn generator<S: System>(
    header: &[u8; 32],
    circuit: &S,
    public: &S::Public,
    seed: &[u8; 32],
) -> StdRng {
    let mut hash = Sha256::new();
    hash.update(b"ringfence reserves v1 proof randomness");
    hash.update(seed);
    hash.update(header);
    hash.update(circuit.describe());
    circuit.elements(public).iter().for_each(|value| hash.update(value.to_be_bytes()));
    StdRng::from_seed(hash.finalize().into())
}

/// Proves a shard from its rows, as [`crate::trace::trace`] gives them.
pub fn shard(
    header: &[u8; 32],
    circuit: &shard::Circuit,
    public: &shard::Public,
    cells: Vec<Val>,
    seed: [u8; 32],
) -> Proof {
    prove(header, circuit, public, cells, seed)
}

/// Proves the totals from their rows, as [`crate::totals::trace`] gives them.
pub fn totals(
    header: &[u8; 32],
    circuit: &totals::Circuit,
    public: &totals::Public,
    cells: Vec<Val>,
    seed: [u8; 32],
) -> Proof {
    prove(header, circuit, public, cells, seed)
}

/// Proves that cells, row by row, satisfy a circuit in the round with this header; the blinding rows
/// among them are overwritten.
///
/// Everything random comes from the seed: it must be secret. The same cells with the same seed give
/// the same proof, byte by byte; with another seed they may be proved again.
pub(crate) fn prove<S: System>(
    header: &[u8; 32],
    circuit: &S,
    public: &S::Public,
    mut cells: Vec<Val>,
    seed: [u8; 32],
) -> Proof {
    let size = circuit.size();
    let mut rng = generator(header, circuit, public, &seed);
    let blinding = &mut cells[size.active_rows() as usize * size.width..];
    blinding.fill_with(|| Val::from_u32(element(&mut rng)));
    let scheme = scheme(rng.random());
    let domain =
        <Scheme as Pcs<Ext, Transcript>>::natural_domain_for_degree(&scheme, 1 << size.log_rows);
    let commit = |matrix: RowMajorMatrix<Val>| {
        <Scheme as Pcs<Ext, Transcript>>::commit(&scheme, [(domain, matrix)])
            .expect("the table is larger than what FRI ends with")
    };
    let mut transcript = transcript(header, circuit, public);
    // The table is extended where it stands.
    let mut table = Vec::with_capacity(cells.len() << LOG_BLOWUP);
    table.extend_from_slice(&cells);
    let (rows, rows_data) = commit(RowMajorMatrix::new(table, size.width));
    let challenges = draw_challenges(&mut transcript, &rows);
    let columns = fractions::columns(circuit, &cells, &challenges, &mut rng);
    drop(cells);
    let (fractions, fractions_data) = commit(columns);
    transcript.observe(fractions.clone());
    let challenge: Ext = transcript.sample_algebra_element();

    let points = domain.create_disjoint_domain(1 << (usize::from(size.log_rows) + LOG_BLOWUP));
    let on_points = |data| {
        let on_points = <Scheme as UnivariateStarkPcs<Ext, Transcript>>::get_evaluations_on_domain(
            &scheme, data, 0, points,
        );
        on_points.bit_reverse_rows()
    };
    let values = quotient::quotient(
        circuit,
        public,
        &challenges,
        challenge,
        on_points(&rows_data).as_view(),
        on_points(&fractions_data).as_view(),
    );
    let (quotient, quotient_data) = commit(parts(&size, values, &mut rng));
    transcript.observe(quotient.clone());
    let point: Ext = transcript.sample_algebra_element();
    let next = point * Val::two_adic_generator(size.log_rows.into());
    let both = || vec![vec![point, next]];
    let requests = vec![
        OpeningRequest { prover_data: &rows_data, points: both() },
        OpeningRequest { prover_data: &fractions_data, points: both() },
        OpeningRequest { prover_data: &quotient_data, points: vec![vec![point]] },
    ];
    let (opened, opening) = scheme
        .open(requests, &mut transcript)
        .expect("the table is larger than what FRI ends with");
    let at = |commitment: usize, point: usize| opened[commitment][0][point].clone();
    Proof {
        rows,
        fractions,
        quotient,
        rows_at: [at(0, 0), at(0, 1)],
        fractions_at: [at(1, 0), at(1, 1)],
        quotient_at: at(2, 0),
        opening,
    }
}

#[cfg(test)]
mod tests;
