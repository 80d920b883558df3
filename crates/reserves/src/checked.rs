//! For tests: rows of any circuit, checked one by one, with their fractions.

use p3_field::{BasedVectorSpace, Field, PrimeCharacteristicRing};
use proof::circuit::{Challenges, Ext, On, Rows, System, Val, Zeros};
use proof::poseidon::Poseidon;
use rand::rngs::StdRng;

use crate::trace::element;

/// Rows of a circuit that were drawn challenges.
pub(crate) struct Checked<S: System> {
    pub(crate) circuit: S,
    pub(crate) public: S::Public,
    pub(crate) cells: Vec<Val>,
    challenges: Challenges,
    fractions: Vec<Ext>,
}

/// Says what was not zero, and where.
#[derive(Default)]
struct Faults {
    row: usize,
    found: Vec<(usize, On)>,
    places: [bool; 5],
}

const ALL: [On; 5] = [On::Active, On::Transition, On::First, On::Marked, On::Last];

impl Faults {
    fn holds(&self, on: On) -> bool {
        self.places[ALL.iter().position(|known| *known == on).unwrap()]
    }
}

impl Zeros<Val, Ext> for Faults {
    fn base(&mut self, on: On, value: Val) {
        if self.holds(on) && value != Val::ZERO {
            self.found.push((self.row, on));
        }
    }

    fn ext(&mut self, on: On, value: Ext) {
        if self.holds(on) && value != Ext::ZERO {
            self.found.push((self.row, on));
        }
    }
}

fn draw_challenges(rng: &mut StdRng) -> Challenges {
    let mut draw = || Ext::from_basis_coefficients_fn(|_| Val::from_u32(element(rng)));
    Challenges { range: draw(), asset: draw(), limb: draw(), node: draw(), part: draw() }
}

impl<S: System> Checked<S> {
    pub(crate) fn new(circuit: S, public: S::Public, cells: Vec<Val>, rng: &mut StdRng) -> Self {
        let challenges = draw_challenges(rng);
        let mut checked = Self { circuit, public, cells, challenges, fractions: Vec::new() };
        let rows = checked.active_rows();
        checked.fractions = (0..rows).map(|row| checked.columns(row).into_iter().sum()).collect();
        checked
    }

    pub(crate) fn active_rows(&self) -> usize {
        self.circuit.size().active_rows() as usize
    }

    pub(crate) fn row(&self, row: usize) -> &[Val] {
        let width = self.circuit.size().width;
        &self.cells[row * width..][..width]
    }

    /// The fraction columns of a row.
    fn columns(&self, row: usize) -> Vec<Ext> {
        let fractions: Vec<(Ext, Ext)> =
            self.circuit.fractions(self.row(row), self.row(row + 1), &self.challenges);
        let value = |(numerator, denominator): &(Ext, Ext)| *numerator * denominator.inverse();
        fractions.chunks_exact(3).map(|group| group.iter().map(value).sum()).collect()
    }

    /// What is wrong of rows in a range, given that the running sum is right before it.
    pub(crate) fn faults(
        &self,
        public: &S::Public,
        range: std::ops::Range<usize>,
    ) -> Vec<(usize, On)> {
        let active = self.active_rows();
        let marked = self.circuit.size().marked_row as usize;
        let total = self.circuit.total(&Poseidon::default(), public, &self.challenges);
        let mut faults = Faults::default();
        let mut sum: Ext = self.fractions[..range.start].iter().copied().sum();
        for row in range {
            faults.row = row;
            faults.places = [true, row + 1 < active, row == 0, row == marked, row + 1 == active];
            let mut aux = self.columns(row);
            let sum_next = sum + aux.iter().copied().sum::<Ext>();
            aux.push(sum);
            let mut aux_next = vec![Ext::ZERO; aux.len()];
            *aux_next.last_mut().unwrap() = sum_next;
            let (row, next) = (self.row(row), self.row(row + 1));
            let rows = Rows { row, next, aux: &aux, aux_next: &aux_next };
            self.circuit.check(public, &self.challenges, total, rows, &mut faults);
            sum = sum_next;
        }
        faults.found
    }

    pub(crate) fn all_faults(&self) -> Vec<(usize, On)> {
        self.faults(&self.public, 0..self.active_rows())
    }

    /// Whether a change of a cell is noticed: beside it, or by the sum of all rows.
    pub(crate) fn is_noticed(&mut self, row: usize, column: usize, value: Val) -> bool {
        let place = row * self.circuit.size().width + column;
        let before = std::mem::replace(&mut self.cells[place], value);
        let range = row.saturating_sub(1)..(row + 1).min(self.active_rows());
        let old: Ext = self.fractions[range.clone()].iter().copied().sum();
        let new: Ext = range.clone().flat_map(|row| self.columns(row)).sum();
        let is_noticed = new != old || !self.faults(&self.public, range).is_empty();
        self.cells[place] = before;
        is_noticed
    }
}
