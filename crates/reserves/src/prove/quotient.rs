//! The quotient: what must be zero on rows, on points beside them, divided by what vanishes on rows.

use proof::argument::{DIMENSION, LOG_BLOWUP};
use proof::circuit::{Challenges, Ext, On, Rows, Size, System, Val, Zeros};
use proof::plonky3::field::{
    Algebra, BasedVectorSpace, Field, PackedFieldExtension, PackedValue, PrimeCharacteristicRing,
    TwoAdicField, batch_multiplicative_inverse,
};
use proof::plonky3::matrix::Matrix;
use proof::plonky3::matrix::dense::RowMajorMatrixView;
use proof::poseidon::Poseidon;

use crate::lanes::{LANES, Packed, PackedExt, columns_of};

const KINDS: usize = On::Last as usize + 1;

/// Powers of the challenge, in the order of what they are multiplied with: parts of those for
/// values of the field, and those for values of the extension.
#[derive(Default)]
struct Powers {
    next: Ext,
    challenge: Ext,
    base: [[Vec<Val>; DIMENSION]; KINDS],
    ext: [Vec<Ext>; KINDS],
}

impl Powers {
    fn new<S: System>(
        circuit: &S,
        public: &S::Public,
        challenges: &Challenges,
        challenge: Ext,
    ) -> Self {
        let size = circuit.size();
        let row = vec![Val::ZERO; size.width];
        let aux = vec![Ext::ZERO; size.fraction_columns + 1];
        let rows = Rows { row: &row, next: &row, aux: &aux, aux_next: &aux };
        let mut powers = Self { next: Ext::ONE, challenge, ..Self::default() };
        circuit.check(public, challenges, Ext::ZERO, rows, &mut powers);
        powers
    }

    fn take(&mut self) -> Ext {
        let power = self.next;
        self.next *= self.challenge;
        power
    }
}

impl Zeros<Val, Ext> for Powers {
    fn base(&mut self, on: On, _: Val) {
        let power = self.take();
        let parts = power.as_basis_coefficients_slice();
        self.base[on as usize].iter_mut().zip(parts).for_each(|(to, part)| to.push(*part));
    }

    fn ext(&mut self, on: On, _: Ext) {
        let power = self.take();
        self.ext[on as usize].push(power);
    }
}

/// What must be zero, apart for each kind of rows.
#[derive(Default)]
struct Values {
    base: [Vec<Packed>; KINDS],
    ext: [Vec<PackedExt>; KINDS],
}

impl Zeros<Packed, PackedExt> for Values {
    fn base(&mut self, on: On, value: Packed) {
        self.base[on as usize].push(value);
    }

    fn ext(&mut self, on: On, value: PackedExt) {
        self.ext[on as usize].push(value);
    }
}

impl Values {
    fn clear(&mut self) {
        self.base.iter_mut().for_each(Vec::clear);
        self.ext.iter_mut().for_each(Vec::clear);
    }

    /// All of them under their powers and the selectors of their kinds.
    fn joined(&self, powers: &Powers, selectors: [Packed; KINDS]) -> PackedExt {
        let mut joined = PackedExt::ZERO;
        for (kind, selector) in selectors.into_iter().enumerate() {
            let parts = &powers.base[kind];
            let base = PackedExt::from_basis_coefficients_fn(|part| {
                Packed::batched_linear_combination(&self.base[kind], &parts[part])
            });
            let ext = PackedExt::batched_linear_combination(&self.ext[kind], &powers.ext[kind]);
            joined += (base + ext) * selector;
        }
        joined
    }
}

/// Selectors on the points of a coset of the rows' points, divided by what vanishes on rows, which
/// is one value there.
struct Selectors {
    /// Of the first row. That of another row is the same, so many points later.
    first: Vec<Val>,
    active: Vec<Val>,
    marked_row: usize,
    last_row: usize,
}

impl Selectors {
    fn new(size: &Size, shift: Val) -> Self {
        let log_rows = usize::from(size.log_rows);
        let (rows, active_rows) = (1usize << log_rows, size.active_rows() as usize);
        // (x^n - 1) / (n (x - 1)) is 1 on the first row and 0 on the others.
        let count = Val::from_usize(rows);
        let points = Val::two_adic_generator(log_rows).shifted_powers(shift).take(rows);
        let under: Vec<Val> = points.map(|point| (point - Val::ONE) * count).collect();
        let first = batch_multiplicative_inverse(&under);
        // The sum over active rows: from a point to the next, one comes in and one goes out.
        let later = |point: usize, by: usize| first[(point + rows - by) % rows];
        let mut sum: Val = (0..active_rows).map(|row| later(0, row)).sum();
        let active = (0..rows).map(|point| {
            let here = sum;
            sum += later(point + 1, 0) - later(point + 1, active_rows);
            here
        });
        let active = active.collect();
        let marked_row = size.marked_row as usize;
        Self { first, active, marked_row, last_row: active_rows - 1 }
    }

    /// At these points, in the order of [`On`].
    fn at(&self, points: &[usize; LANES]) -> [Packed; KINDS] {
        let rows = self.first.len();
        let of_row =
            |row: usize| Packed::from_fn(|lane| self.first[(points[lane] + rows - row) % rows]);
        let active = Packed::from_fn(|lane| self.active[points[lane]]);
        let last = of_row(self.last_row);
        [active, active - last, of_row(0), of_row(self.marked_row), last]
    }
}

/// A row of both tables, in lanes.
#[derive(Clone)]
struct Row {
    cells: Vec<Packed>,
    aux_parts: Vec<Packed>,
    aux: Vec<PackedExt>,
}

impl Row {
    fn new(size: &Size) -> Self {
        let columns = size.fraction_columns + 1;
        Self {
            cells: vec![Packed::ZERO; size.width],
            aux_parts: vec![Packed::ZERO; columns * DIMENSION],
            aux: vec![PackedExt::ZERO; columns],
        }
    }

    fn read(&mut self, cells: &[Val], fractions: &[Val], begin: usize) {
        for (table, columns) in [(cells, &mut self.cells), (fractions, &mut self.aux_parts)] {
            let width = columns.len();
            columns_of(&table[begin * width..][..LANES * width], columns);
        }
        for (value, parts) in self.aux.iter_mut().zip(self.aux_parts.chunks_exact(DIMENSION)) {
            *value = PackedExt::from_basis_coefficients_fn(|place| parts[place]);
        }
    }

    /// Gives every lane what another one has.
    fn permute(&mut self, from: impl Fn(usize) -> usize) {
        let permuted = |value: Packed| Packed::from_fn(|lane| value.as_slice()[from(lane)]);
        self.cells.iter_mut().for_each(|value| *value = permuted(*value));
        for value in &mut self.aux {
            let parts: &[Packed] = value.as_basis_coefficients_slice();
            *value = PackedExt::from_basis_coefficients_fn(|place| permuted(parts[place]));
        }
    }
}

fn reverse_bits(number: usize, bits: u32) -> usize {
    number.reverse_bits().checked_shr(usize::BITS - bits).unwrap_or(0)
}

/// The quotient on its points, from both tables as they are committed: on points in bit-reversed order.
///
/// So the points of a coset of the rows' points stand together, and in it those of a block of rows
/// are evenly spaced. The block of the points after them holds these in the same order, but for
/// the last, where each lane comes to where the one after it began.
pub(super) fn quotient<S: System>(
    circuit: &S,
    public: &S::Public,
    challenges: &Challenges,
    challenge: Ext,
    cells: RowMajorMatrixView<'_, Val>,
    fractions: RowMajorMatrixView<'_, Val>,
) -> Vec<Ext> {
    let size = circuit.size();
    let (log_rows, log_lanes) = (u32::from(size.log_rows), LANES.ilog2());
    let (rows, blocks) = (1usize << log_rows, 1usize << (log_rows - log_lanes));
    let total = circuit.total(&Poseidon::default(), public, challenges);
    let powers = Powers::new(circuit, public, challenges, challenge);
    let mut zeros = Values::default();
    let (mut row, mut next) = (Row::new(&size), Row::new(&size));
    let mut values = vec![Ext::ZERO; cells.height()];
    for place in 0..1 << LOG_BLOWUP {
        let coset = reverse_bits(place, LOG_BLOWUP as u32);
        let turn = Val::two_adic_generator(log_rows as usize + LOG_BLOWUP).exp_u64(coset as u64);
        let selectors = Selectors::new(&size, Val::GENERATOR * turn);
        let block =
            |number: usize| place * rows + reverse_bits(number, log_rows - log_lanes) * LANES;
        row.read(cells.values, fractions.values, block(0));
        for number in 0..blocks {
            next.read(cells.values, fractions.values, block((number + 1) % blocks));
            if number + 1 == blocks {
                next.permute(|lane| {
                    reverse_bits((reverse_bits(lane, log_lanes) + 1) % LANES, log_lanes)
                });
            }
            let rows =
                Rows { row: &row.cells, next: &next.cells, aux: &row.aux, aux_next: &next.aux };
            zeros.clear();
            circuit.check(public, challenges, total, rows, &mut zeros);
            let points =
                std::array::from_fn(|lane| reverse_bits(lane, log_lanes) * blocks + number);
            let joined = zeros.joined(&powers, selectors.at(&points));
            for (lane, point) in points.into_iter().enumerate() {
                values[(point << LOG_BLOWUP) + coset] = joined.extract(lane);
            }
            std::mem::swap(&mut row, &mut next);
        }
    }
    values
}
