use super::*;
use crate::checked::Checked;
use crate::prove::prove;
use crate::trace::element;
use proof::argument::verify;
use proof::circuit::{On, System};
use proof::leaf::{Layout, Shape, Width};
use proof::plonky3::field::PrimeField32;
use proof::poseidon::Poseidon;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Width, assets, those that can be pledged and borrowed, rows of sums, shards.
const SHAPES: [(Width, usize, usize, u32, u32); 5] = [
    (Width::Bits64, 22, 0, 8, 5),
    (Width::Bits96, 7, 0, 5, 900),
    (Width::Bits64, 1, 0, 1, 1),
    (Width::Bits64, 7, 3, 5, 6),
    (Width::Bits96, 5, 5, 8, 40),
];

pub(crate) fn circuits() -> impl Iterator<Item = Circuit> {
    SHAPES.into_iter().map(|(width, assets, margin_assets, sum_rows, shards)| {
        let shape = match margin_assets {
            0 => Shape::new(Layout::Sparse, width, assets),
            _ => Shape::margin(width, assets, margin_assets),
        };
        Circuit::new(shape.unwrap(), sum_rows, shards).unwrap()
    })
}

/// The greatest sum of limbs that a shard can have.
pub(crate) const LIMB_SUM_MAX: u32 = 65_023 * 32_767;

fn openings(circuit: &Circuit, rng: &mut StdRng) -> Vec<Opening> {
    let mut opening = |shard: u32| {
        let sums = (0..circuit.asset_slots()).map(|asset| {
            let mut value = |part: usize| match (shard + part as u32) % 3 {
                _ if asset >= circuit.shape.sums() => 0,
                // The top of an amount has few bits.
                _ if part + 1 == circuit.parts() => rng.random_range(0..65_023 * 15),
                0 => LIMB_SUM_MAX,
                1 => rng.random_range(0..1 << 15),
                _ => rng.random_range(0..LIMB_SUM_MAX),
            };
            (0..circuit.parts()).map(&mut value).collect()
        });
        let sums = sums.collect();
        Opening { salt: std::array::from_fn(|_| element(rng)), sums }
    };
    (0..circuit.shards).map(&mut opening).collect()
}

fn checked(number: usize) -> (Checked<Circuit>, Vec<Opening>) {
    let mut rng = StdRng::seed_from_u64(number as u64);
    let circuit = circuits().nth(number).unwrap();
    let openings = openings(&circuit, &mut rng);
    let trace = trace(&circuit, &openings);
    (Checked::new(circuit, trace.public, trace.cells, &mut rng), openings)
}

#[test]
fn honest_totals_are_what_shards_come_to() {
    let poseidon = Poseidon::default();
    for number in 0..SHAPES.len() {
        let (checked, openings) = checked(number);
        assert_eq!(checked.all_faults(), []);
        let circuit = &checked.circuit;
        for (asset, total) in checked.public.totals.iter().enumerate() {
            let sums = openings.iter().map(|opening| {
                let parts = opening.sums[asset].iter().rev();
                parts.fold(0u128, |sum, part| (sum << LIMB_BITS) + u128::from(*part))
            });
            assert_eq!(*total, sums.sum::<u128>());
        }
        for (opening, digest) in openings.iter().zip(&checked.public.sums) {
            let assets = circuit.shape.sums_of_row();
            let rows = opening.sums.chunks(assets).map(|sums| {
                let mut block = [0; RATE];
                block[..assets * circuit.parts()].copy_from_slice(&sums.concat());
                block
            });
            let blocks: Vec<_> = std::iter::once(opening.salt).chain(rows).collect();
            assert_eq!(poseidon.hash(Domain::Sums, &blocks), *digest);
        }
    }
}

/// Cells that stand for nothing on a row of their kind.
fn is_free(circuit: &Circuit, row: &[Val], column: usize, is_end: bool) -> bool {
    let columns = &circuit.columns;
    (column == columns.number && !is_end)
        || (column == columns.base && row[columns.idle] == Val::ONE)
}

#[test]
fn a_changed_cell_is_noticed_wherever_it_stands_for_something() {
    for number in [0, 1, 3, 4] {
        let (mut checked, _) = checked(number);
        let circuit = checked.circuit.clone();
        let (opening, slots) = (1 + circuit.sum_rows as usize, circuit.asset_slots());
        let openings = opening * circuit.shards as usize;
        let last = checked.active_rows() - 1;
        let rows = [0, 1, opening - 1, opening, openings - 1, openings, openings + slots - 1, last];
        let mut rng = StdRng::seed_from_u64(7);
        for row in rows {
            let is_end = row < openings && (row + 1) % opening == 0;
            for column in 0..circuit.columns.width {
                let now = checked.row(row)[column];
                for value in [now + Val::ONE, now - Val::ONE, Val::from_u32(element(&mut rng))] {
                    let steps = circuit.columns.steps..circuit.columns.salt;
                    // A step where nothing is cut may be taken or not.
                    if steps.contains(&column) && value.as_canonical_u32() < 2 {
                        continue;
                    }
                    let is_free = is_free(&circuit, checked.row(row), column, is_end);
                    let is_noticed = checked.is_noticed(row, column, value);
                    assert_eq!(
                        is_noticed, !is_free,
                        "shape {number}, row {row}, column {column}: {now} to {value}"
                    );
                }
            }
        }
    }
}

#[test]
fn another_digest_or_total_is_noticed() {
    for number in 0..SHAPES.len() {
        let (checked, _) = checked(number);
        let last = checked.active_rows() - 1;
        let noticed = |public: &Public| {
            let faults = checked.faults(public, last..last + 1);
            assert_eq!(faults, [(last, On::Last)]);
        };
        let mut other = checked.public.clone();
        other.totals[0] += 1;
        noticed(&other);
        let mut other = checked.public.clone();
        other.sums[0] = proof::tree::empty();
        noticed(&other);
        if number == 0 {
            let mut other = checked.public.clone();
            other.sums.swap(0, 1);
            noticed(&other);
            let mut other = checked.public.clone();
            other.totals.swap(0, 1);
            noticed(&other);
        }
    }
}

#[test]
fn something_in_an_asset_that_does_not_exist_is_noticed() {
    let (width, assets, _, sum_rows, shards) = SHAPES[0];
    let mut rng = StdRng::seed_from_u64(0);
    let shape = Shape::new(Layout::Dense, width, assets).unwrap();
    let circuit = Circuit::new(shape, sum_rows, shards).unwrap();
    let mut openings = openings(&circuit, &mut rng);
    assert!(circuit.asset_slots() > assets);
    openings[2].sums[assets][0] = 1;
    let trace = trace(&circuit, &openings);
    let checked = Checked::new(circuit, trace.public, trace.cells, &mut rng);
    let last = checked.active_rows() - 1;
    assert_eq!(checked.all_faults(), [(last, On::Last)]);
}

#[test]
fn totals_are_proved_and_no_others_pass_for_them() {
    let (checked, _) = checked(0);
    let (circuit, public) = (&checked.circuit, &checked.public);
    let header = [3; 32];
    let proof = prove(&header, circuit, public, checked.cells.clone(), [4; 32]);
    assert_eq!(verify(&header, circuit, public, &proof), Ok(()));
    let refused = |public: &Public| verify(&header, circuit, public, &proof).unwrap_err().code();
    let mut less = public.clone();
    less.totals[3] -= 1;
    assert_eq!(refused(&less), "proof.opening");
    let mut fewer = public.clone();
    fewer.sums.pop();
    assert_eq!(refused(&fewer), "proof.field");
    let mut fewer = public.clone();
    fewer.totals.pop();
    assert_eq!(refused(&fewer), "proof.field");
    let mut large = public.clone();
    large.totals[0] = u128::MAX;
    assert_eq!(refused(&large), "proof.field");
    // The proof of lying rows: a total that is one less, shown by digits that are.
    let mut cells = checked.cells.clone();
    let row = (1 + circuit.sum_rows as usize) * circuit.shards as usize + 3;
    let place = row * circuit.columns.width + circuit.columns.limbs;
    cells[place] -= Val::ONE;
    let proof = prove(&header, circuit, &less, cells, [5; 32]);
    let error = verify(&header, circuit, &less, &proof).unwrap_err();
    assert_eq!(error.code(), "proof.circuit");
    assert!(circuit.size().log_rows == 16);
}
