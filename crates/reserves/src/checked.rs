//! For tests: rows of any circuit, checked one by one, with their fractions; and rows of which some
//! are forged, with the constraints that notice it.

use std::collections::{BTreeMap, BTreeSet};

use proof::circuit::{Challenges, Ext, On, Rows, System, Val, Zeros};
use proof::plonky3::field::{BasedVectorSpace, Field, PrimeCharacteristicRing};
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
    /// How many values of this row came, whether anything was asked of them or not.
    count: usize,
    /// Places of what was not zero, in the order in which a system hands things over.
    noticed: BTreeSet<usize>,
}

const ALL: [On; 5] = [On::Active, On::Transition, On::First, On::Marked, On::Last];

impl Faults {
    /// Begins a row of a table with so many active rows.
    fn begin(&mut self, row: usize, active: usize, marked: usize) {
        (self.row, self.count) = (row, 0);
        self.places = [true, row + 1 < active, row == 0, row == marked, row + 1 == active];
    }

    fn take(&mut self, on: On, is_zero: bool) {
        if self.places[ALL.iter().position(|known| *known == on).unwrap()] && !is_zero {
            self.found.push((self.row, on));
            self.noticed.insert(self.count);
        }
        self.count += 1;
    }
}

impl Zeros<Val, Ext> for Faults {
    fn base(&mut self, on: On, value: Val) {
        self.take(on, value == Val::ZERO);
    }

    fn ext(&mut self, on: On, value: Ext) {
        self.take(on, value == Ext::ZERO);
    }
}

fn draw_challenges(rng: &mut StdRng) -> Challenges {
    let mut draw = |_| Ext::from_basis_coefficients_fn(|_| Val::from_u32(element(rng)));
    Challenges::new(std::array::from_fn(&mut draw))
}

impl<S: System> Checked<S> {
    pub(crate) fn new(circuit: S, public: S::Public, cells: Vec<Val>, rng: &mut StdRng) -> Self {
        let challenges = draw_challenges(rng);
        let mut checked = Self { circuit, public, cells, challenges, fractions: Vec::new() };
        let rows = checked.active_rows();
        let sum = |row: usize| checked.sum(checked.row(row), checked.row(row + 1));
        checked.fractions = (0..rows).map(sum).collect();
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
    fn columns(&self, row: &[Val], next: &[Val]) -> Vec<Ext> {
        let fractions: Vec<(Ext, Ext)> = self.circuit.fractions(row, next, &self.challenges);
        fractions.into_iter().map(|(over, under)| over * under.inverse()).collect()
    }

    /// What the fractions of a row come to.
    fn sum(&self, row: &[Val], next: &[Val]) -> Ext {
        let fractions: Vec<(Ext, Ext)> = self.circuit.fractions(row, next, &self.challenges);
        let add = |(a, p): (Ext, Ext), (b, q): (Ext, Ext)| (a * q + b * p, p * q);
        let (over, under) = fractions.into_iter().fold((Ext::ZERO, Ext::ONE), add);
        over * under.inverse()
    }

    fn total(&self, public: &S::Public) -> Ext {
        self.circuit.total(&Poseidon::default(), public, &self.challenges)
    }

    /// What is wrong of rows in a range, given that the running sum is right before it.
    pub(crate) fn faults(
        &self,
        public: &S::Public,
        range: std::ops::Range<usize>,
    ) -> Vec<(usize, On)> {
        self.check(public, range).found
    }

    fn check(&self, public: &S::Public, range: std::ops::Range<usize>) -> Faults {
        let active = self.active_rows();
        let marked = self.circuit.size().marked_row as usize;
        let total = self.total(public);
        let mut faults = Faults::default();
        let mut sum: Ext = self.fractions[..range.start].iter().copied().sum();
        for row in range {
            faults.begin(row, active, marked);
            let mut aux = self.columns(self.row(row), self.row(row + 1));
            let sum_next = sum + aux.iter().copied().sum::<Ext>();
            aux.push(sum);
            let mut aux_next = vec![Ext::ZERO; aux.len()];
            *aux_next.last_mut().unwrap() = sum_next;
            let (row, next) = (self.row(row), self.row(row + 1));
            let rows = Rows { row, next, aux: &aux, aux_next: &aux_next };
            self.circuit.check(public, &self.challenges, total, rows, &mut faults);
            sum = sum_next;
        }
        faults
    }

    pub(crate) fn all_faults(&self) -> Vec<(usize, On)> {
        self.faults(&self.public, 0..self.active_rows())
    }

    /// Places of the constraints that are not satisfied.
    pub(crate) fn all_noticed(&self) -> BTreeSet<usize> {
        self.check(&self.public, 0..self.active_rows()).noticed
    }

    /// Whether a change of a cell is noticed: beside it, or by the sum of all rows.
    pub(crate) fn is_noticed(&mut self, row: usize, column: usize, value: Val) -> bool {
        let place = row * self.circuit.size().width + column;
        let before = std::mem::replace(&mut self.cells[place], value);
        let range = row.saturating_sub(1)..(row + 1).min(self.active_rows());
        let old: Ext = self.fractions[range.clone()].iter().copied().sum();
        let new: Ext = range.clone().map(|row| self.sum(self.row(row), self.row(row + 1))).sum();
        let is_noticed = new != old || !self.faults(&self.public, range).is_empty();
        self.cells[place] = before;
        is_noticed
    }
}

/// A lie in the running sum of fractions.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SumLie {
    /// A column is more than its fractions come to.
    Column(usize),
    /// The sum does not begin with nothing.
    Begins,
    /// The sum takes a step that is none of its columns.
    GoesOn,
    /// The sum is not the verifier's.
    Ends,
}

/// Rows of which some are forged, and what is said of them.
pub(crate) struct Forged<'a, S: System> {
    pub(crate) honest: &'a Checked<S>,
    pub(crate) public: S::Public,
    rows: BTreeMap<usize, Vec<Val>>,
}

impl<'a, S: System> Forged<'a, S>
where
    S::Public: Clone,
{
    pub(crate) fn new(honest: &'a Checked<S>) -> Self {
        Self { honest, public: honest.public.clone(), rows: BTreeMap::new() }
    }

    pub(crate) fn row(&self, row: usize) -> &[Val] {
        self.rows.get(&row).map_or_else(|| self.honest.row(row), Vec::as_slice)
    }

    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [Val] {
        self.rows.entry(row).or_insert_with(|| self.honest.row(row).to_vec())
    }

    /// Rows that may be other than they were.
    pub(crate) fn changed(&self) -> Vec<usize> {
        self.rows.keys().copied().collect()
    }

    /// What constraints make of a row, in their order, whether they are asked of it or not.
    pub(crate) fn values(&self, row: usize) -> Vec<Val> {
        let mut values = Values::default();
        let (row, next) = (self.row(row), self.row(row + 1));
        self.honest.circuit.check_rows::<Val, Ext>(&self.public, row, next, &mut values);
        values.0
    }

    /// Rows of which something may be asked that was not, before this change.
    fn affected(&self) -> BTreeSet<usize> {
        let marked = self.honest.circuit.size().marked_row as usize;
        let active = self.honest.active_rows();
        let rows = self.rows.keys().flat_map(|row| [row.saturating_sub(1), *row]);
        rows.filter(|row| *row < active).chain([0, marked, active - 1]).collect()
    }

    /// Places of the constraints that are not satisfied when fraction columns are what they should be:
    /// those of rows, and the last one where fractions do not come to the verifier's total.
    pub(crate) fn noticed(&self) -> BTreeSet<usize> {
        let (honest, size) = (self.honest, self.honest.circuit.size());
        let (active, marked) = (honest.active_rows(), size.marked_row as usize);
        let mut faults = Faults::default();
        let mut sum = honest.total(&self.public) - honest.total(&honest.public);
        for row in self.affected() {
            faults.begin(row, active, marked);
            let (now, next) = (self.row(row), self.row(row + 1));
            honest.circuit.check_rows::<Val, Ext>(&self.public, now, next, &mut faults);
            sum += honest.fractions[row] - honest.sum(now, next);
        }
        if sum != Ext::ZERO {
            faults.noticed.insert(faults.count + size.fraction_columns + 2);
        }
        faults.noticed
    }

    /// Places of the constraints that are not satisfied when something is said that makes another
    /// total, and the running sum is bent to it at one place.
    pub(crate) fn noticed_in_sum(&self, lie: SumLie) -> BTreeSet<usize> {
        let (honest, size) = (self.honest, self.honest.circuit.size());
        let (active, marked) = (honest.active_rows(), size.marked_row as usize);
        let total = honest.total(&self.public);
        let less = total - honest.total(&honest.public);
        let bent = 5;
        let mut faults = Faults::default();
        for row in [0, bent, active - 1] {
            faults.begin(row, active, marked);
            let mut aux = honest.columns(honest.row(row), honest.row(row + 1));
            let mut sum: Ext = honest.fractions[..row].iter().copied().sum();
            let mut sum_next = sum + honest.fractions[row];
            match lie {
                SumLie::Ends => {}
                SumLie::Begins => [&mut sum, &mut sum_next].into_iter().for_each(|s| *s += less),
                SumLie::Column(_) | SumLie::GoesOn => {
                    sum += if row > bent { less } else { Ext::ZERO };
                    sum_next += if row >= bent { less } else { Ext::ZERO };
                }
            }
            if let (SumLie::Column(column), true) = (lie, row == bent) {
                aux[column] += less;
            }
            aux.push(sum);
            let mut aux_next = vec![Ext::ZERO; aux.len()];
            *aux_next.last_mut().unwrap() = sum_next;
            let (row, next) = (honest.row(row), honest.row(row + 1));
            let rows = Rows { row, next, aux: &aux, aux_next: &aux_next };
            honest.circuit.check(&self.public, &honest.challenges, total, rows, &mut faults);
        }
        faults.noticed
    }

    /// How many constraints there are, and which of them no row violates, not even random ones.
    pub(crate) fn idle_constraints(&self, rng: &mut StdRng) -> (usize, Vec<usize>) {
        let size = self.honest.circuit.size();
        let mut cells =
            || -> Vec<Val> { (0..size.width).map(|_| Val::from_u32(element(rng))).collect() };
        let (row, next) = (cells(), cells());
        let mut ext = || -> Vec<Ext> {
            let mut draw = || Ext::from_basis_coefficients_fn(|_| Val::from_u32(element(rng)));
            (0..=size.fraction_columns).map(|_| draw()).collect()
        };
        let (aux, aux_next) = (ext(), ext());
        let rows = Rows { row: &row, next: &next, aux: &aux, aux_next: &aux_next };
        let mut faults = Faults { places: [true; 5], ..Faults::default() };
        let total = self.honest.total(&self.public);
        let challenges = &self.honest.challenges;
        self.honest.circuit.check(&self.public, challenges, total, rows, &mut faults);
        let idle = (0..faults.count).filter(|place| !faults.noticed.contains(place));
        (faults.count, idle.collect())
    }
}

/// Keeps the values of constraints.
#[derive(Default)]
struct Values(Vec<Val>);

impl Zeros<Val, Ext> for Values {
    fn base(&mut self, _: On, value: Val) {
        self.0.push(value);
    }

    fn ext(&mut self, _: On, _: Ext) {
        unreachable!("rows are of the field");
    }
}
