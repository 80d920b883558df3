//! Named parts in one run of bytes: how a page hands files to the verifier in its browser.
//!
//! All numbers are 32 bits, little-endian: how many parts there are, then for each the length of its
//! name, the name, the length of its bytes, the bytes. Nothing follows the last.

use serde_json::{Value, json};

use crate::ProofError;
use crate::bundle::{HEADER, InFile, LIABILITIES, Refused, Round, TOTALS};
use crate::header::Header;
use crate::systems::hex;

/// Longest input: a header, the list of liabilities, two proofs and a receipt are below it.
pub const INPUT_LEN_MAX: usize = 32 << 20;

/// Parts by their names, as they stand in the input.
#[derive(Debug)]
pub struct Parts<'a>(Vec<(&'a str, &'a [u8])>);

fn refused(problem: impl Into<String>) -> ProofError {
    ProofError::Canonical { what: "the input", problem: problem.into() }
}

fn take<'a>(rest: &mut &'a [u8], len: usize, what: &str) -> Result<&'a [u8], ProofError> {
    let (taken, after) =
        rest.split_at_checked(len).ok_or_else(|| refused(format!("it ends within {what}")))?;
    *rest = after;
    Ok(taken)
}

fn number(rest: &mut &[u8], what: &str) -> Result<u32, ProofError> {
    let bytes = take(rest, 4, what)?;
    Ok(u32::from_le_bytes(bytes.try_into().expect("four were taken")))
}

/// Bytes after their length. A length that the input only claims is never reserved.
fn counted<'a>(rest: &mut &'a [u8], what: &str) -> Result<&'a [u8], ProofError> {
    let len = number(rest, what)?;
    take(rest, usize::try_from(len).unwrap_or(usize::MAX), what)
}

impl<'a> Parts<'a> {
    /// Reads parts of these names. Others are refused, so that a part with a misspelled name is not
    /// one that is left away.
    ///
    /// # Errors
    /// [`ProofError::Canonical`] that says where the input parts from the form, also when a name
    /// stands twice.
    pub fn parse(input: &'a [u8], names: &[&str]) -> Result<Self, ProofError> {
        if input.len() > INPUT_LEN_MAX {
            return Err(refused(format!("it has more than {INPUT_LEN_MAX} bytes")));
        }
        let mut rest = input;
        let count = number(&mut rest, "the count of parts")?;
        let mut parts: Vec<(&str, &[u8])> = Vec::with_capacity(names.len());
        for place in 0..count {
            let name = str::from_utf8(counted(&mut rest, "a name")?).unwrap_or_default();
            if !names.contains(&name) {
                let problem = format!("part {place} is none of {}", names.join(", "));
                return Err(refused(problem));
            }
            if parts.iter().any(|(known, _)| *known == name) {
                return Err(refused(format!("'{name}' stands twice")));
            }
            parts.push((name, counted(&mut rest, "a part")?));
        }
        if !rest.is_empty() {
            return Err(refused(format!("{} bytes follow the last part", rest.len())));
        }
        Ok(Self(parts))
    }

    /// The bytes of a part.
    pub fn find(&self, name: &str) -> Option<&'a [u8]> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
    }

    /// The bytes of a part that must be there.
    ///
    /// # Errors
    /// [`ProofError::Field`] with its name when it is not.
    pub fn get(&self, name: &str) -> Result<&'a [u8], ProofError> {
        self.find(name).ok_or_else(|| ProofError::field(name, "the input has no such part"))
    }
}

/// What a customer holds, and the proof of the shard that it names.
const RECEIPT: &str = "receipt.json";
const SHARD: &str = "shard.proof";

fn check(input: &[u8]) -> Result<Value, Refused> {
    let names = [HEADER, LIABILITIES, TOTALS, RECEIPT, SHARD];
    let parts = Parts::parse(input, &names).in_file("input")?;
    let header = parts.get(HEADER).in_file("input")?;
    if parts.0.len() == 1 {
        let header = Header::parse(header).in_file(HEADER)?;
        return Ok(json!({ "ok": true, "round": header.round, "header": hex(&header.digest()) }));
    }
    let get = |name: &str| parts.get(name).in_file("input");
    let round = Round::read(header, get(LIABILITIES)?)?;
    let receipt = round.check_receipt(get(RECEIPT)?)?;
    round.check_shard(receipt.shard, get(SHARD)?)?;
    round.check_totals(get(TOTALS)?)?;
    let name = &round.header.round;
    Ok(json!({ "ok": true, "round": name, "header": hex(&round.digest), "shard": receipt.shard }))
}

/// Checks a header alone, or all that a customer has: the round's claims, its totals, the receipt and
/// the proof of its shard. The answer is JSON: `ok`, and what was found, or the `file`, `code` and
/// `error` of the refusal.
pub fn answer(input: &[u8]) -> Vec<u8> {
    let answer = check(input).unwrap_or_else(|Refused { file, error }| {
        json!({ "ok": false, "file": file, "code": error.code(), "error": error.to_string() })
    });
    serde_json::to_vec(&answer).expect("an answer is plain data")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encode(parts: &[(impl AsRef<str>, impl AsRef<[u8]>)]) -> Vec<u8> {
        let number = |count: usize| u32::try_from(count).unwrap().to_le_bytes();
        let mut input = number(parts.len()).to_vec();
        for (name, bytes) in parts {
            let (name, bytes) = (name.as_ref(), bytes.as_ref());
            input.extend(number(name.len()));
            input.extend_from_slice(name.as_bytes());
            input.extend(number(bytes.len()));
            input.extend_from_slice(bytes);
        }
        input
    }

    const ABC: [&str; 3] = ["a", "b.json", "c"];

    proptest! {
        #[test]
        fn parts_are_read_back(
            parts in prop::collection::btree_map(
                prop::sample::select(ABC.as_slice()),
                prop::collection::vec(any::<u8>(), 0..200),
                0..=ABC.len(),
            ),
        ) {
            let written: Vec<(&str, Vec<u8>)> = parts.clone().into_iter().collect();
            let input = encode(&written);
            let read = Parts::parse(&input, &ABC).unwrap();
            for name in ABC {
                prop_assert_eq!(read.find(name), parts.get(name).map(Vec::as_slice));
            }
        }

        #[test]
        fn a_changed_byte_is_a_refusal_or_another_part(
            place in any::<prop::sample::Index>(), bit in 0..8u32,
        ) {
            let mut input = encode(&[("a", [7; 5].as_slice()), ("b.json", &[8; 3])]);
            let place = place.index(input.len());
            input[place] ^= 1 << bit;
            if let Ok(parts) = Parts::parse(&input, &ABC) {
                prop_assert_eq!(encode(&parts.0), input);
            }
        }
    }

    #[test]
    fn what_is_not_in_the_form_is_refused() {
        let input = encode(&[("a", b"{}".as_slice()), ("c", &[1, 2, 3])]);
        assert!(Parts::parse(&input, &ABC).is_ok());
        for len in 0..input.len() {
            assert!(Parts::parse(&input[..len], &ABC).is_err(), "cut to {len}");
        }
        let longer = [input.as_slice(), &[0]].concat();
        assert!(Parts::parse(&longer, &ABC).is_err());
        assert!(Parts::parse(&vec![0; INPUT_LEN_MAX + 1], &ABC).is_err());
        // The count of parts, the length of a name, the length of a part.
        for place in [0, 4, 9] {
            let mut greatest = input.clone();
            greatest[place..place + 4].copy_from_slice(&[0xff; 4]);
            assert!(Parts::parse(&greatest, &ABC).is_err(), "{place}");
        }
        for name in ["", "A", "a ", "b", "ä", "aa"] {
            assert!(Parts::parse(&encode(&[(name, [1])]), &ABC).is_err(), "{name:?}");
        }
        assert!(Parts::parse(&encode(&[("a", [1]), ("c", [1]), ("a", [1])]), &ABC).is_err());
        assert!(Parts::parse(&[1, 0, 0, 0, 1, 0, 0, 0, 0xff, 0, 0, 0, 0], &ABC).is_err());
    }

    #[test]
    fn a_part_that_is_missing_is_named() {
        let input = encode(&[("a", [1])]);
        let parts = Parts::parse(&input, &ABC).unwrap();
        assert_eq!(parts.get("a").unwrap(), &[1]);
        let ProofError::Field { field, .. } = parts.get("c").unwrap_err() else {
            panic!("a field is named")
        };
        assert_eq!(field, "c");
        let said = String::from_utf8(answer(&encode(&[("shard.proof", [1])]))).unwrap();
        assert!(
            said.contains("\"code\":\"proof.field\"") && said.contains("header.json"),
            "{said}"
        );
    }
}
