use super::*;
use crate::trace::tests::{circuit, leaves, shape};
use crate::trace::trace;
use proof::ProofError;
use proof::argument::{BLINDING_ROWS, QUERIES, verify};
use proof::circuit::shard::{Circuit, Public};
use proof::plonky3::field::BasedVectorSpace;

const HEADER: [u8; 32] = [7; 32];

#[test]
fn a_shard_is_proved_and_nothing_else_passes_for_it() {
    for number in [0, 3, 4] {
        let mut rng = StdRng::seed_from_u64(number as u64);
        let circuit = circuit(number);
        let leaves = leaves(&circuit, &mut rng);
        let trace = trace(&circuit, 0, &leaves, &mut rng).unwrap();
        let proof =
            prove(&HEADER, &circuit, &trace.public, trace.cells.clone(), [number as u8; 32]);
        let public = &trace.public;
        assert_eq!(verify(&HEADER, &circuit, public, &proof), Ok(()));
        let bytes = proof.encode();
        let read = Proof::decode(&bytes).unwrap();
        assert_eq!(verify(&HEADER, &circuit, public, &read), Ok(()));
        let longer = [bytes.as_slice(), &[0]].concat();
        for bytes in [&bytes[..bytes.len() - 1], &bytes[1..], &longer, &[], &vec![0; 5 << 20]] {
            assert_eq!(Proof::decode(bytes).err().unwrap().code(), "proof.canonical");
        }

        // Bytes that are not what they were, anywhere: refused, and never a panic.
        for _ in 0..60 {
            let mut changed = bytes.clone();
            let place = rng.random_range(0..changed.len());
            changed[place] ^= 1 << rng.random_range(0..8);
            if let Ok(changed) = Proof::decode(&changed) {
                assert!(verify(&HEADER, &circuit, public, &changed).is_err(), "byte {place}");
            }
        }

        // Another round, another statement, another system.
        let refused = |header: &[u8; 32], circuit: &Circuit, public: &Public| {
            verify(header, circuit, public, &proof).unwrap_err().code()
        };
        assert_eq!(refused(&[8; 32], &circuit, public), "proof.opening");
        let other = trace.leaves[0];
        for public in [
            Public { root: other, ..public.clone() },
            Public { sums: other, ..public.clone() },
            Public { after: [1, 0, 0, 0, 0, 0], ..public.clone() },
            Public { until: [32_767; 6], ..public.clone() },
        ] {
            assert_eq!(refused(&HEADER, &circuit, &public), "proof.opening");
        }
        let fewer = {
            let (_, rules) =
                shape(circuit.shape.layout, circuit.shape.width, circuit.shape.assets());
            Circuit::new(circuit.shape, &rules, 16, circuit.slots - 1).unwrap()
        };
        assert_eq!(refused(&HEADER, &fewer, public), "proof.opening");
        for public in [
            Public { after: [1 << 15, 0, 0, 0, 0, 0], ..public.clone() },
            Public { until: [0, 0, 0, 0, 0, 1 << 15], ..public.clone() },
            Public { until: public.after, ..public.clone() },
        ] {
            assert_eq!(refused(&HEADER, &circuit, &public), "proof.field");
        }

        // Changed values.
        let changes: [fn(&mut Proof); 6] = [
            |proof| proof.rows_at[0][0] += Ext::ONE,
            |proof| proof.rows_at[1][0] += Ext::ONE,
            |proof| proof.fractions_at[0][0] += Ext::ONE,
            |proof| proof.quotient_at[0] += Ext::ONE,
            |proof| std::mem::swap(&mut proof.rows, &mut proof.fractions),
            |proof| proof.fractions = proof.quotient.clone(),
        ];
        for change in changes {
            let mut changed = proof.clone();
            change(&mut changed);
            let error = verify(&HEADER, &circuit, public, &changed).unwrap_err();
            assert_eq!(error.code(), "proof.opening");
        }
        let mut cut = proof.clone();
        cut.rows_at[0].pop();
        let error = verify(&HEADER, &circuit, public, &cut).unwrap_err();
        assert!(matches!(error, ProofError::Field { field, .. } if field == "rows_at"));
    }
}

#[test]
fn rows_that_lie_give_no_proof_that_passes() {
    let number = 2;
    let mut rng = StdRng::seed_from_u64(number as u64);
    let circuit = circuit(number);
    let leaves = leaves(&circuit, &mut rng);
    let mut trace = trace(&circuit, 0, &leaves, &mut rng).unwrap();
    // A balance is left out of the sums: its limb is one less than what the customer hashes.
    let limb = (0..circuit.leaf_rows as usize)
        .map(|row| row * circuit.columns.width + circuit.limb(0, 0))
        .find(|place| trace.cells[*place] != Val::ZERO)
        .unwrap();
    trace.cells[limb] -= Val::ONE;
    let proof = prove(&HEADER, &circuit, &trace.public, trace.cells.clone(), [1; 32]);
    assert_eq!(verify(&HEADER, &circuit, &trace.public, &proof), Err(ProofError::Circuit));
}

/// Rows of a matrix that are independent of each other.
fn rank(mut rows: Vec<Vec<Val>>) -> usize {
    let mut rank = 0;
    for column in 0..rows[0].len() {
        let Some(found) = (rank..rows.len()).find(|row| rows[*row][column] != Val::ZERO) else {
            continue;
        };
        rows.swap(rank, found);
        let inverse = rows[rank][column].inverse();
        let pivot: Vec<Val> = rows[rank].iter().map(|cell| *cell * inverse).collect();
        for row in &mut rows[rank + 1..] {
            let factor = row[column];
            row.iter_mut().zip(&pivot).for_each(|(cell, of_pivot)| *cell -= factor * *of_pivot);
        }
        rank += 1;
    }
    rank
}

/// Whatever a column's active rows hold, its blinding rows can make what a proof shows of it anything:
/// so what is shown tells nothing of the active rows.
#[test]
fn what_is_shown_of_a_column_could_be_of_any_rows() {
    let (log_rows, mut rng) = (16usize, StdRng::seed_from_u64(11));
    let rows = 1u64 << log_rows;
    let step = Val::two_adic_generator(log_rows);
    let fine = Val::two_adic_generator(log_rows + LOG_BLOWUP);
    let blinding = rows - u64::from(BLINDING_ROWS)..rows;
    // What each blinding row adds to a value at a point, but for a factor that all share.
    let of_rows = |point: Ext| -> Vec<Ext> {
        let on_row = |row| Ext::from(step.exp_u64(row));
        blinding.clone().map(|row| on_row(row) * (point - on_row(row)).inverse()).collect()
    };
    let mut shown: Vec<Vec<Val>> = Vec::new();
    let mut points = std::collections::BTreeSet::new();
    for _ in 0..QUERIES {
        let place = rng.random_range(0..rows << LOG_BLOWUP);
        // The row that is opened, and the one after it, which the quotient there follows from.
        for place in [place, (place + (1 << LOG_BLOWUP)) % (rows << LOG_BLOWUP)] {
            if points.insert(place) {
                let at = of_rows(Ext::from(Val::GENERATOR * fine.exp_u64(place)));
                let first = |value: &Ext| value.as_basis_coefficients_slice()[0];
                shown.push(at.iter().map(first).collect());
            }
        }
    }
    let point = Ext::from_basis_coefficients_fn(|_| Val::from_u32(element(&mut rng)));
    for point in [point, point * step] {
        let at = of_rows(point);
        let part = |place: usize| move |value: &Ext| value.as_basis_coefficients_slice()[place];
        shown.extend((0..DIMENSION).map(|place| at.iter().map(part(place)).collect::<Vec<Val>>()));
    }
    let count = shown.len();
    assert!(count > 2 * QUERIES && count <= BLINDING_ROWS as usize);
    assert_eq!(rank(shown), count);
}
