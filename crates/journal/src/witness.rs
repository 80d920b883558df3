//! What a witness checks before it co-signs: the log has only grown since the checkpoint that it
//! signed last. Storage, clock and the log's files are the caller's.

use crate::merkle::{empty_root, verify_consistency};
use crate::{Checkpoint, Hash, JournalError};

/// What a witness remembers of a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signed {
    /// The checkpoint that it signed last.
    pub checkpoint: Checkpoint,
    /// When it signed that, in seconds since 1970.
    pub time_s: u64,
}

/// Checks that a checkpoint continues one that was seen before. `proof` are the hashes that show
/// it; none are needed where both have the same size, or the first has no entries.
///
/// # Errors
/// [`JournalError::OtherLog`], [`JournalError::Shrunk`] or [`JournalError::Forked`] when it does
/// not.
pub fn check_growth(
    seen: &Checkpoint,
    now: &Checkpoint,
    proof: &[Hash],
) -> Result<(), JournalError> {
    if now.origin != seen.origin {
        let (seen, now) = (seen.origin.clone(), now.origin.clone());
        return Err(JournalError::OtherLog { seen, now });
    }
    if now.size < seen.size {
        return Err(JournalError::Shrunk {
            log: now.origin.clone(),
            seen: seen.size,
            now: now.size,
        });
    }
    let forked =
        || JournalError::Forked { log: now.origin.clone(), seen: seen.size, now: now.size };
    if now.size == seen.size {
        return if now.root == seen.root { Ok(()) } else { Err(forked()) };
    }
    if seen.size == 0 {
        return Ok(());
    }
    verify_consistency(seen.size, now.size, proof, &seen.root, &now.root).map_err(|_| forked())
}

/// Checks that a witness may co-sign `now` at `time_s`. A log that it sees for the first time it
/// takes as it is.
///
/// # Errors
/// As [`check_growth`]; [`JournalError::Clock`] when the witness's clock was turned back, as what it
/// signs then would contradict what it has signed; [`JournalError::Proof`] for a log without entries
/// that names another root than that of no entries.
pub fn check_step(
    signed: Option<&Signed>,
    now: &Checkpoint,
    proof: &[Hash],
    time_s: u64,
) -> Result<(), JournalError> {
    if now.size == 0 && now.root != empty_root() {
        return Err(JournalError::Proof("a log without entries has another root"));
    }
    let Some(signed) = signed else { return Ok(()) };
    check_growth(&signed.checkpoint, now, proof)?;
    if time_s < signed.time_s {
        return Err(JournalError::Clock { signed_s: signed.time_s, now_s: time_s });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::prove_consistency;
    use crate::tree::tests::grow;
    use proptest::prelude::*;

    fn at(size: u64) -> Checkpoint {
        Checkpoint { origin: "example.com/log".into(), size, root: grow(size).0.root() }
    }

    fn step(seen: &Checkpoint, now: &Checkpoint, proof: &[Hash]) -> Result<(), JournalError> {
        let signed = Signed { checkpoint: seen.clone(), time_s: 10 };
        check_step(Some(&signed), now, proof, 10)
    }

    #[test]
    fn a_witness_signs_what_it_sees_first_and_the_same_again() {
        assert_eq!(check_step(None, &at(7), &[], 0), Ok(()));
        assert_eq!(step(&at(7), &at(7), &[]), Ok(()));
        assert_eq!(step(&at(0), &at(7), &[]), Ok(()));
        assert_eq!(check_step(None, &at(0), &[], 0), Ok(()));
        assert!(check_step(None, &Checkpoint { root: [1; 32], ..at(0) }, &[], 0).is_err());
    }

    #[test]
    fn a_log_that_shrinks_forks_or_is_another_is_not_signed() {
        let forged = Checkpoint { root: [1; 32], ..at(7) };
        assert!(matches!(step(&at(7), &at(6), &[]), Err(JournalError::Shrunk { .. })));
        assert!(matches!(step(&at(7), &forged, &[]), Err(JournalError::Forked { .. })));
        assert!(matches!(step(&at(7), &at(9), &[]), Err(JournalError::Forked { .. })), "no proof");
        let other = Checkpoint { origin: "example.com/other".into(), ..at(9) };
        assert!(matches!(step(&at(7), &other, &[]), Err(JournalError::OtherLog { .. })));
    }

    #[test]
    fn a_clock_that_was_turned_back_is_not_signed_with() {
        let signed = Signed { checkpoint: at(7), time_s: 10 };
        let step = check_step(Some(&signed), &at(7), &[], 9);
        assert_eq!(step, Err(JournalError::Clock { signed_s: 10, now_s: 9 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn growth_is_signed_with_its_own_proof_only(old in 1u64..600, more in 1u64..600) {
            let (_, memory, _) = grow(old + more);
            let proof = prove_consistency(old, old + more, &memory).unwrap();
            prop_assert_eq!(step(&at(old), &at(old + more), &proof), Ok(()));
            let forged = Checkpoint { root: [1; 32], ..at(old) };
            prop_assert!(step(&forged, &at(old + more), &proof).is_err());
            if let Some((_, shorter)) = proof.split_first() {
                prop_assert!(step(&at(old), &at(old + more), shorter).is_err());
            }
        }
    }
}
