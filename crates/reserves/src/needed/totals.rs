//! Lies of the totals.

use std::ops::{Deref, DerefMut};

use proof::circuit::STEP;
use proof::circuit::permutation::out;
use proof::circuit::totals::Circuit;
use proof::leaf::{LIMB_BITS, Layout, Shape, Width};
use proof::poseidon::RATE;
use rand::RngExt;

use super::*;
use crate::totals::tests::{LIMB_SUM_MAX, circuits};
use crate::totals::{Opening, trace};
use crate::trace::{digest_of, element};

const KINDS: [&str; 4] = ["salt", "sum", "total", "idle"];
const CAPACITY: usize = WIDTH - RATE;
/// The upper part of a sum of limbs, at most.
const UPPER_MAX: u32 = STEP + (1 << LIMB_BITS) - 1;
/// What must be carried over the digit below the last, to reach the last.
const OVER_LAST: u32 = 1 << (2 * LIMB_BITS);

/// Sums of an opening that hold something, and steps of their upper parts.
fn values(circuit: &Circuit) -> usize {
    circuit.shape.sums_of_row() * circuit.parts()
}

/// Names of all constraints, in the order in which the circuit hands them over.
fn names(circuit: &Circuit) -> Vec<String> {
    let mut names = names_of_rounds();
    let mut add = |name: String| names.push(name);
    KINDS.iter().for_each(|kind| add(format!("{kind} is 0 or 1")));
    let of_kinds = [
        "each row is of one kind",
        "the first row is not of sums",
        "the last row is not of an opening",
        "sums come after salt and sums",
    ];
    of_kinds.iter().for_each(|name| add((*name).to_owned()));
    for place in 0..CAPACITY {
        add(format!("salt: capacity {place}"));
        add(format!("capacity {place} goes on"));
    }
    ["base begins", "base goes up", "base ends"].iter().for_each(|name| add((*name).to_owned()));
    (0..values(circuit)).for_each(|value| add(format!("value {value} is cut")));
    (values(circuit)..RATE).for_each(|place| add(format!("element {place} is zero")));
    (0..values(circuit)).for_each(|value| add(format!("step {value} is 0 or 1")));
    (0..circuit.digits()).for_each(|digit| add(format!("digit {digit}")));
    names_of_table().into_iter().for_each(&mut add);
    names_of_sum(circuit).into_iter().for_each(&mut add);
    names
}

/// Whether the upper parts of so many shards' sums can carry over to the last digit.
fn reaches_last_digit(circuit: &Circuit) -> bool {
    circuit.shards * UPPER_MAX >= OVER_LAST - UPPER_MAX
}

/// Constraints that follow from all others.
fn implied(circuit: &Circuit) -> Vec<(String, &'static str)> {
    let reason = "Salt stands under the number before the first asset, and rows of sums under numbers that \
        go up from there: none is both. A row of neither that is -1 or less times one of them would \
        end an opening or go on. It cannot go on, as what comes before sums comes to 1. To end it would be \
        of the last assets: salt is not, and sums are not as the row before would end too.";
    let mut implied: Vec<(String, &'static str)> =
        ["salt", "sum"].map(|kind| (format!("{kind} is 0 or 1"), reason)).into();
    if circuit.shape.width == Width::Bits96 && !reaches_last_digit(circuit) {
        let reason = "What is said has 128 bits, so the last digit is 0; sums of so few shards carry \
            nothing into it.";
        implied.push((format!("digit {}", circuit.digits() - 1), reason));
    }
    implied
}

struct Honest {
    checked: Checked<Circuit>,
    table: Table,
    /// A shard that owes nothing.
    empty: u32,
}

/// Greatest sums of limbs for the first shard, any for others; none for one of them, and none in the last
/// assets of each, which a row of sums holds.
fn openings(circuit: &Circuit, empty: u32, rng: &mut StdRng) -> Vec<Opening> {
    let nothing = circuit.asset_slots() - circuit.shape.sums_of_row();
    let mut opening = |shard: u32| {
        let mut value = |asset: usize, part: usize| match shard {
            _ if shard == empty || asset >= nothing.min(circuit.shape.sums()) => 0,
            0 => LIMB_SUM_MAX,
            _ if part + 1 == circuit.parts() => rng.random_range(0..65_023 * 15),
            _ => rng.random_range(0..LIMB_SUM_MAX),
        };
        let sums = (0..circuit.asset_slots())
            .map(|asset| (0..circuit.parts()).map(|part| value(asset, part)).collect());
        let sums = sums.collect();
        Opening { salt: std::array::from_fn(|_| element(rng)), sums }
    };
    (0..circuit.shards).map(&mut opening).collect()
}

impl Honest {
    fn new(circuit: Circuit, empty: u32, openings: &[Opening], rng: &mut StdRng) -> Self {
        let mut trace = trace(&circuit, openings);
        let columns = &circuit.columns;
        let table = Table {
            limbs: columns.limbs..columns.limbs + columns.limb_count,
            table: columns.table,
            uses: columns.uses,
            width: columns.width,
        };
        table.begin_later(&mut trace.cells);
        let checked = Checked::new(circuit, trace.public, trace.cells, rng);
        Self { checked, table, empty }
    }

    fn forge(&self) -> Forgery<'_> {
        Forgery { of: self, forged: Forged::new(&self.checked) }
    }

    fn circuit(&self) -> &Circuit {
        &self.checked.circuit
    }

    fn rows_of_opening(&self, shard: u32) -> Range<usize> {
        let rows = 1 + self.circuit().sum_rows as usize;
        shard as usize * rows..(shard as usize + 1) * rows
    }

    fn total(&self, asset: usize) -> usize {
        self.rows_of_opening(self.circuit().shards - 1).end + asset
    }

    /// The first row that says nothing.
    fn idle(&self) -> usize {
        self.total(self.circuit().asset_slots())
    }
}

/// Rows of totals that lie.
struct Forgery<'a> {
    of: &'a Honest,
    forged: Forged<'a, Circuit>,
}

impl<'a> Deref for Forgery<'a> {
    type Target = Forged<'a, Circuit>;
    fn deref(&self) -> &Self::Target {
        &self.forged
    }
}

impl DerefMut for Forgery<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.forged
    }
}

impl Forgery<'_> {
    fn cell(&mut self, row: usize, column: usize) -> &mut Val {
        &mut self.row_mut(row)[column]
    }

    /// Makes a row one of a kind.
    fn become_kind(&mut self, row: usize, kind: usize) {
        let columns = &self.of.circuit().columns;
        for other in [columns.salt, columns.sum, columns.total, columns.idle] {
            *self.cell(row, other) = Val::from_bool(other == kind);
        }
    }

    fn become_idle(&mut self, rows: Range<usize>) {
        rows.for_each(|row| self.become_kind(row, self.of.circuit().columns.idle));
    }

    /// All of a row but its place in the table.
    fn copy(&mut self, from: usize, to: usize) {
        let table = &self.of.table;
        let row = self.row(from).to_vec();
        let kept = [table.table, table.uses].map(|column| (column, self.row(to)[column]));
        self.row_mut(to).copy_from_slice(&row);
        kept.into_iter().for_each(|(column, value)| *self.cell(to, column) = value);
    }

    /// Computes the permutation of a row and of the rows of sums after it, and says what comes out to be
    /// the digest of a shard.
    fn publish(&mut self, shard: u32, mut row: usize) {
        let sum = self.of.circuit().columns.sum;
        permute(self, row);
        while self.row(row + 1)[sum] == Val::ONE {
            let state: Vec<Val> = out(self.row(row))[RATE..].to_vec();
            row += 1;
            self.row_mut(row)[RATE..WIDTH].copy_from_slice(&state);
            permute(self, row);
        }
        let mut state = [Val::ZERO; WIDTH];
        state.copy_from_slice(out(self.row(row)));
        self.public.sums[shard as usize] = digest_of(&state);
    }

    /// What constraints notice, with limbs counted.
    fn told(mut self) -> BTreeSet<usize> {
        self.of.table.count(&mut self.forged);
        self.noticed()
    }
}

fn lie_about_hashes(shown: &mut Shown, honest: &Honest) {
    let opening = honest.rows_of_opening(0);
    let last = opening.end - 1;
    for cell in 0..ROUNDS {
        let mut lie = honest.forge();
        permute_but(&mut lie, last, cell);
        let mut state = [Val::ZERO; WIDTH];
        state.copy_from_slice(out(lie.row(last)));
        lie.public.sums[0] = digest_of(&state);
        shown.alone(&format!("round cell {cell}"), &lie.told());
    }
    for place in 0..CAPACITY {
        for (name, row) in [("salt: capacity", opening.start), ("goes on", last)] {
            let mut lie = honest.forge();
            *lie.cell(row, RATE + place) += Val::ONE;
            lie.publish(0, row);
            let name = match name {
                "goes on" => format!("capacity {place} goes on"),
                _ => format!("{name} {place}"),
            };
            shown.alone(&name, &lie.told());
        }
    }
    // What is hashed is not what is added up.
    for place in 0..RATE {
        let is_value = place < values(honest.circuit());
        let name = if is_value {
            format!("value {place} is cut")
        } else {
            format!("element {place} is zero")
        };
        let mut lie = honest.forge();
        *lie.cell(last, place) += Val::ONE;
        lie.publish(0, last);
        shown.alone(&name, &lie.told());
    }
}

fn lie_about_kinds(shown: &mut Shown, honest: &Honest) {
    let circuit = honest.circuit();
    let columns = &circuit.columns;
    let (opening, idle) = (honest.rows_of_opening(honest.empty), honest.idle());
    let assets = Val::from_usize(circuit.shape.sums_of_row());

    // Less than no total, on a row of salt, and a total that makes up for it.
    let mut lie = honest.forge();
    lie.row_mut(opening.start)[..RATE].fill(Val::ZERO);
    lie.publish(honest.empty, opening.start);
    *lie.cell(opening.start, columns.total) = -Val::ONE;
    *lie.cell(opening.start, columns.idle) = Val::ONE;
    lie.become_kind(idle, columns.total);
    *lie.cell(idle, columns.base) = -assets;
    shown.alone("total is 0 or 1", &lie.told());

    // A row of sums that is a total too.
    let mut lie = honest.forge();
    *lie.cell(opening.end - 1, columns.total) = Val::ONE;
    *lie.cell(opening.end - 1, columns.idle) = -Val::ONE;
    let total = honest.total(circuit.asset_slots() - circuit.shape.sums_of_row());
    lie.become_idle(total..total + 1);
    shown.alone("idle is 0 or 1", &lie.told());
    let mut lie = honest.forge();
    *lie.cell(opening.end - 1, columns.total) = Val::ONE;
    lie.become_idle(total..total + 1);
    shown.alone("each row is of one kind", &lie.told());

    // The first shard's sums are hashed without a salt.
    let mut lie = honest.forge();
    lie.become_kind(0, columns.sum);
    lie.row_mut(0)[..RATE].fill(Val::ZERO);
    lie.publish(0, 0);
    shown.alone("the first row is not of sums", &lie.told());
    let mut lie = honest.forge();
    lie.become_idle(opening.start..opening.start + 1);
    let is_first = opening.start == 0;
    assert!(is_first || lie.row(opening.start - 1)[columns.sum] == Val::ONE);
    shown.alone("sums come after salt and sums", &lie.told());

    // A shard is opened by a salt alone, on the last row, which nothing comes after.
    let mut lie = honest.forge();
    let last = honest.checked.active_rows() - 1;
    lie.copy(opening.start, last);
    lie.become_idle(opening.clone());
    lie.publish(honest.empty, last);
    shown.alone("the last row is not of an opening", &lie.told());

    // Sums of the first assets are left out.
    let mut lie = honest.forge();
    lie.copy(opening.start, opening.start + 1);
    *lie.cell(opening.start + 1, columns.base) = Val::ZERO;
    lie.become_idle(opening.start..opening.start + 1);
    lie.publish(honest.empty, opening.start + 1);
    shown.alone("base begins", &lie.told());
    // Sums of the last assets are left out.
    let mut lie = honest.forge();
    lie.become_idle(opening.end - 1..opening.end);
    lie.publish(honest.empty, opening.start);
    shown.alone("base ends", &lie.told());
    // Sums of no asset come before those of the first.
    let mut lie = honest.forge();
    lie.copy(opening.start, idle + 1);
    lie.copy(opening.end - 1, idle + 2);
    *lie.cell(idle + 2, columns.base) = Val::from_usize(circuit.asset_slots());
    for (number, row) in opening.clone().skip(1).enumerate() {
        lie.copy(row, idle + 3 + number);
    }
    lie.become_idle(opening.clone());
    lie.publish(honest.empty, idle + 1);
    shown.alone("base goes up", &lie.told());
}

fn lie_about_numbers(shown: &mut Shown, honest: &Honest) {
    let circuit = honest.circuit();
    let columns = &circuit.columns;
    let first_sums = honest.rows_of_opening(0).start + 1;
    for value in 0..values(circuit) {
        // A number that is cut in two ways, where it is large.
        let mut lie = honest.forge();
        let limb = columns.limbs + 2 * value + 1;
        if lie.row(first_sums)[columns.steps + value] == Val::ONE {
            *lie.cell(first_sums, columns.steps + value) += Val::ONE;
            *lie.cell(first_sums, limb) -= Val::from_u32(STEP);
            shown.alone(&format!("step {value} is 0 or 1"), &lie.told());
        } else {
            *lie.cell(honest.idle(), columns.steps + value) = Val::TWO;
            shown.alone(&format!("step {value} is 0 or 1"), &lie.told());
        }
    }
    // A digit that is shown, and said, is another than sums come to.
    let row = honest.total(0);
    for digit in 0..circuit.digits() {
        if LIMB_BITS * digit as u32 >= u128::BITS {
            continue;
        }
        let mut lie = honest.forge();
        let unit = 1 << (LIMB_BITS * digit as u32);
        let shown_digit = lie.cell(row, columns.limbs + digit);
        if *shown_digit == Val::ZERO {
            *shown_digit += Val::ONE;
            lie.public.totals[0] += unit;
        } else {
            *shown_digit -= Val::ONE;
            lie.public.totals[0] -= unit;
        }
        shown.alone(&format!("digit {digit}"), &lie.told());
    }
}

#[test]
fn each_constraint_of_totals_is_needed_or_follows_from_others() {
    for (number, circuit) in circuits().enumerate() {
        let mut rng = StdRng::seed_from_u64(number as u64);
        let shape = circuit.shape;
        let empty = u32::from(circuit.shards > 1);
        let openings = openings(&circuit, empty, &mut rng);
        let honest = Honest::new(circuit, empty, &openings, &mut rng);
        assert!(honest.checked.all_noticed().is_empty());
        let mut shown = Shown::new(names(honest.circuit()));
        check_names(&shown, &honest.forge());
        lie_about_hashes(&mut shown, &honest);
        lie_about_kinds(&mut shown, &honest);
        lie_about_numbers(&mut shown, &honest);
        lie_about_table(&mut shown, &honest.table, &honest.checked, honest.idle());
        let mut said = honest.forge();
        said.public.totals[0] += 1;
        lie_about_sum(&mut shown, &said);
        shown.check(&format!("totals of {shape:?}"), &implied(honest.circuit()));
    }
}

#[test]
fn what_goes_beyond_the_last_digit_is_noticed_by_its_constraint_alone() {
    let mut rng = StdRng::seed_from_u64(9);
    let shape = Shape::new(Layout::Sparse, Width::Bits96, 2).unwrap();
    let circuit = Circuit::new(shape, 1, 16_600).unwrap();
    assert!(reaches_last_digit(&circuit));
    // Tops of one asset that come to 2^135 base units, of which the digits show nothing.
    let mut left = OVER_LAST;
    let opening = |_| {
        let upper = left.min(UPPER_MAX);
        left -= upper;
        let mut sums = vec![vec![0; circuit.parts()]; circuit.asset_slots()];
        sums[1][circuit.parts() - 1] = upper << LIMB_BITS;
        Opening { salt: std::array::from_fn(|_| element(&mut rng)), sums }
    };
    let openings: Vec<Opening> = (0..circuit.shards).map(opening).collect();
    assert_eq!(left, 0);
    let trace = trace(&circuit, &openings);
    assert_eq!(trace.public.totals, [0, 0]);
    let names = names(&circuit);
    let last = names.iter().position(|name| *name == format!("digit {}", circuit.digits() - 1));
    let checked = Checked::new(circuit, trace.public, trace.cells, &mut rng);
    assert_eq!(checked.all_noticed(), BTreeSet::from([last.unwrap()]));
}
