//! Proves that rows satisfy a circuit: the other side of [`proof::argument`], where the order of things is told.

use p3_challenger::{CanObserve, FieldChallenger};
use p3_commit::{OpeningRequest, Pcs, PolynomialSpace, UnivariateStarkPcs};
use p3_dft::TwoAdicSubgroupDft;
use p3_field::{
    BasedVectorSpace, ExtensionField, Field, PackedValue, PrimeCharacteristicRing, TwoAdicField,
    batch_multiplicative_inverse,
};
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;
use proof::argument::{
    DIMENSION, Dft, LOG_BLOWUP, Proof, QUOTIENT_PARTS, Scheme, Transcript, draw_challenges, scheme,
    transcript,
};
use proof::circuit::{Challenges, Ext, FRACTIONS, On, Rows, Size, System, Val, Zeros, joined};
use proof::circuit::{shard, totals};
use proof::poseidon::Poseidon;
use rand::rngs::StdRng;
use rand::{CryptoRng, RngExt, SeedableRng};
use sha2::{Digest as _, Sha256};

use crate::trace::element;

type Packed = <Val as Field>::Packing;
type PackedExt = <Ext as ExtensionField<Val>>::ExtensionPacking;

fn random_ext(rng: &mut impl CryptoRng) -> Ext {
    Ext::from_basis_coefficients_fn(|_| Val::from_u32(element(rng)))
}

/// The fraction columns and their running sum, with random values on blinding rows.
fn fraction_columns(
    circuit: &impl System,
    cells: &[Val],
    challenges: &Challenges,
    rng: &mut impl CryptoRng,
) -> RowMajorMatrix<Val> {
    let size = circuit.size();
    let (width, columns) = (size.width, size.fraction_columns);
    let active = size.active_rows() as usize;
    let rows: Vec<&[Val]> = cells.chunks_exact(width).collect();
    let (mut over, mut under) =
        (Vec::with_capacity(active * columns), Vec::with_capacity(active * columns));
    for row in 0..active {
        let fractions: Vec<(Ext, Ext)> = circuit.fractions(rows[row], rows[row + 1], challenges);
        for group in fractions.chunks_exact(FRACTIONS) {
            let (numerator, denominator) = joined(group);
            over.push(numerator);
            under.push(denominator);
        }
    }
    let inverses = batch_multiplicative_inverse(&under);
    let mut values: Vec<Ext> = Vec::with_capacity((columns + 1) << size.log_rows);
    let mut sum = Ext::ZERO;
    for (over, inverse) in over.chunks_exact(columns).zip(inverses.chunks_exact(columns)) {
        let before = sum;
        for (over, inverse) in over.iter().zip(inverse) {
            let value = *over * *inverse;
            sum += value;
            values.push(value);
        }
        values.push(before);
    }
    values.resize_with((columns + 1) << size.log_rows, || random_ext(rng));
    RowMajorMatrix::new(values, columns + 1).flatten_to_base()
}

/// Joins what must be zero, many points at a time.
struct Join<'a> {
    powers: &'a [PackedExt],
    place: usize,
    sums: [PackedExt; 5],
}

impl Zeros<Packed, PackedExt> for Join<'_> {
    fn base(&mut self, on: On, value: Packed) {
        self.sums[on as usize] += self.powers[self.place] * value;
        self.place += 1;
    }

    fn ext(&mut self, on: On, value: PackedExt) {
        self.sums[on as usize] += self.powers[self.place] * value;
        self.place += 1;
    }
}

/// Counts what must be zero.
#[derive(Default)]
struct Count(usize);

impl Zeros<Val, Ext> for Count {
    fn base(&mut self, _: On, _: Val) {
        self.0 += 1;
    }

    fn ext(&mut self, _: On, _: Ext) {
        self.0 += 1;
    }
}

/// How many values of a circuit must be zero.
pub fn count_zeros<S: System>(circuit: &S, public: &S::Public, challenges: &Challenges) -> usize {
    let size = circuit.size();
    let row = vec![Val::ZERO; size.width];
    let aux = vec![Ext::ZERO; size.fraction_columns + 1];
    let rows = Rows { row: &row, next: &row, aux: &aux, aux_next: &aux };
    let mut count = Count::default();
    circuit.check(public, challenges, Ext::ZERO, rows, &mut count);
    count.0
}

/// Values of the selectors on the points of the quotient, in the order of [`On`], and of the
/// inverse of what vanishes on all rows, which repeats.
struct Selectors {
    values: [Vec<Val>; 5],
    vanishing_inverse: Vec<Val>,
}

impl Selectors {
    fn new(size: &Size, dft: &Dft) -> Self {
        let (log_rows, rows) = (size.log_rows.into(), 1usize << size.log_rows);
        let active = size.active_rows() as usize;
        // Each is a column of ones and zeros on the rows, and goes the way of a column.
        let on_points = |is_one: &dyn Fn(usize) -> bool| {
            let column = (0..rows).map(|row| Val::from_bool(is_one(row))).collect();
            let column = RowMajorMatrix::new_col(column);
            let points = dft.coset_lde_batch(column, LOG_BLOWUP, Val::GENERATOR);
            points.to_row_major_matrix().values
        };
        let marked = size.marked_row as usize;
        let values = [
            on_points(&|row| row < active),
            on_points(&|row| row + 1 < active),
            on_points(&|row| row == 0),
            on_points(&|row| row == marked),
            on_points(&|row| row + 1 == active),
        ];
        let shift = Val::GENERATOR.exp_power_of_2(log_rows);
        let turn = Val::two_adic_generator(LOG_BLOWUP);
        let vanishing: Vec<Val> =
            turn.powers().take(1 << LOG_BLOWUP).map(|at| shift * at - Val::ONE).collect();
        Self { values, vanishing_inverse: batch_multiplicative_inverse(&vanishing) }
    }
}

/// The quotient on its points.
#[allow(clippy::too_many_arguments, reason = "two kinds of columns and all that was drawn")]
fn quotient<S: System>(
    circuit: &S,
    public: &S::Public,
    challenges: &Challenges,
    challenge: Ext,
    rows: &impl Matrix<Val>,
    fractions: &impl Matrix<Val>,
    selectors: &Selectors,
) -> Vec<Ext> {
    let total = circuit.total(&Poseidon::default(), public, challenges);
    let count = count_zeros(circuit, public, challenges);
    let powers: Vec<PackedExt> = challenge.powers().take(count).map(PackedExt::from).collect();
    let (width, columns) = (circuit.size().width, circuit.size().fraction_columns + 1);
    let points = rows.height();
    let step = 1 << LOG_BLOWUP;
    let mut values = Vec::with_capacity(points);
    for begin in (0..points).step_by(Packed::WIDTH) {
        let pair: Vec<Packed> = rows.vertically_packed_row_pair(begin, step);
        let aux: Vec<Packed> = fractions.vertically_packed_row_pair(begin, step);
        let aux: Vec<PackedExt> = aux
            .chunks_exact(DIMENSION)
            .map(|parts| PackedExt::from_basis_coefficients_fn(|place| parts[place]))
            .collect();
        let rows = Rows {
            row: &pair[..width],
            next: &pair[width..],
            aux: &aux[..columns],
            aux_next: &aux[columns..],
        };
        let mut join = Join { powers: &powers, place: 0, sums: [PackedExt::ZERO; 5] };
        circuit.check(public, challenges, total, rows, &mut join);
        let mut joined = PackedExt::ZERO;
        for (sum, selector) in join.sums.into_iter().zip(&selectors.values) {
            joined += sum * *Packed::from_slice(&selector[begin..begin + Packed::WIDTH]);
        }
        let inverses = &selectors.vanishing_inverse;
        joined *= Packed::from_fn(|lane| inverses[(begin + lane) % inverses.len()]);
        for lane in 0..Packed::WIDTH {
            values.push(Ext::from_basis_coefficients_fn(|place| {
                let parts: &[Packed] = joined.as_basis_coefficients_slice();
                parts[place].as_slice()[lane]
            }));
        }
    }
    values
}

/// Cuts the quotient into parts, joins them by random polynomials, and adds one that is all random.
fn parts(
    size: &Size,
    dft: &Dft,
    quotient: Vec<Ext>,
    rng: &mut impl CryptoRng,
) -> RowMajorMatrix<Val> {
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
    let dft = Dft::default();
    let domain =
        <Scheme as Pcs<Ext, Transcript>>::natural_domain_for_degree(&scheme, 1 << size.log_rows);
    let commit = |matrix: RowMajorMatrix<Val>| {
        <Scheme as Pcs<Ext, Transcript>>::commit(&scheme, [(domain, matrix)])
            .expect("the table is larger than what FRI ends with")
    };
    let mut transcript = transcript(header, circuit, public);
    let (rows, rows_data) = commit(RowMajorMatrix::new(cells.clone(), size.width));
    let challenges = draw_challenges(&mut transcript, &rows);
    let (fractions, fractions_data) =
        commit(fraction_columns(circuit, &cells, &challenges, &mut rng));
    transcript.observe(fractions.clone());
    let challenge: Ext = transcript.sample_algebra_element();

    let points = domain.create_disjoint_domain(1 << (usize::from(size.log_rows) + LOG_BLOWUP));
    let selectors = Selectors::new(&size, &dft);
    let on_points = |data| {
        <Scheme as UnivariateStarkPcs<Ext, Transcript>>::get_evaluations_on_domain(
            &scheme, data, 0, points,
        )
    };
    let values = quotient(
        circuit,
        public,
        &challenges,
        challenge,
        &on_points(&rows_data),
        &on_points(&fractions_data),
        &selectors,
    );
    let (quotient, quotient_data) = commit(parts(&size, &dft, values, &mut rng));
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
