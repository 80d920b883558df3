//! Named parts in one run of bytes: how a page hands files to the verifier in its browser.
//!
//! All numbers are 32 bits, little-endian: how many parts there are, then for each the length of its
//! name, the name, the length of its bytes, the bytes. Nothing follows the last.
//!
//! Which parts there are says what is asked for:
//!
//! | parts | what is checked |
//! |---|---|
//! | `header.json` | that it is one |
//! | and `liabilities.json`, `totals.proof` | the round's claims and its totals |
//! | and `liabilities.json`, `shard`, `shard.proof` | the claims and the shard of that number, 32 bits |
//! | and `liabilities.json`, `totals.proof`, `receipt.json`, `shard.proof` | all that a customer has |

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

/// What a customer holds; the proof of a shard; its number, where no receipt says it.
const RECEIPT: &str = "receipt.json";
const SHARD: &str = "shard.proof";
const NUMBER: &str = "shard";

/// What is asked for.
#[derive(Clone, Copy)]
enum Call {
    Header,
    Totals,
    Shard,
    Customer,
}

impl Call {
    /// By the parts that there are; one that goes with none of the others is refused.
    fn of(parts: &Parts<'_>) -> Result<Self, ProofError> {
        let has = |name: &str| parts.find(name).is_some();
        let call = if has(RECEIPT) {
            Call::Customer
        } else if has(SHARD) || has(NUMBER) {
            Call::Shard
        } else if has(LIABILITIES) || has(TOTALS) {
            Call::Totals
        } else {
            Call::Header
        };
        let others = |(name, _): &&(&str, &[u8])| *name != HEADER && !call.names().contains(name);
        match parts.0.iter().find(others) {
            Some((name, _)) => Err(refused(format!("'{name}' is none of the parts of this call"))),
            None => Ok(call),
        }
    }

    /// The parts beside the header.
    fn names(self) -> &'static [&'static str] {
        match self {
            Call::Header => &[],
            Call::Totals => &[LIABILITIES, TOTALS],
            Call::Shard => &[LIABILITIES, NUMBER, SHARD],
            Call::Customer => &[LIABILITIES, TOTALS, RECEIPT, SHARD],
        }
    }
}

fn check(input: &[u8]) -> Result<Value, Refused> {
    let names = [HEADER, LIABILITIES, TOTALS, RECEIPT, NUMBER, SHARD];
    let parts = Parts::parse(input, &names).in_file("input")?;
    let header = parts.get(HEADER).in_file("input")?;
    let call = Call::of(&parts).in_file("input")?;
    if matches!(call, Call::Header) {
        let header = Header::parse(header).in_file(HEADER)?;
        return Ok(json!({ "ok": true, "round": header.round, "header": hex(&header.digest()) }));
    }
    let get = |name: &str| parts.get(name).in_file("input");
    for name in call.names() {
        get(name)?;
    }
    let round = Round::read(header, get(LIABILITIES)?)?;
    let shard = match call {
        Call::Header | Call::Totals => None,
        Call::Shard => {
            let bytes = <[u8; 4]>::try_from(get(NUMBER)?);
            let wrong = |_| ProofError::field(NUMBER, "a number of 32 bits is wanted");
            Some(u32::from_le_bytes(bytes.map_err(wrong).in_file("input")?))
        }
        Call::Customer => Some(round.check_receipt(get(RECEIPT)?)?.shard),
    };
    if let Some(shard) = shard {
        round.check_shard(shard, get(SHARD)?)?;
    }
    if matches!(call, Call::Totals | Call::Customer) {
        round.check_totals(get(TOTALS)?)?;
    }
    let Header { round: name, shards, .. } = &round.header;
    let mut found =
        json!({ "ok": true, "round": name, "header": hex(&round.digest), "shards": shards });
    if let Some(shard) = shard {
        found["shard"] = json!(shard);
    }
    Ok(found)
}

/// Checks what is asked for. The answer is JSON: `ok`, and what was found, or the `file`, `code` and
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

    #[test]
    fn parts_that_do_not_go_together_are_refused() {
        let said = |names: &[&str]| {
            let parts: Vec<(&str, &[u8])> =
                [HEADER].iter().chain(names).map(|name| (*name, [1].as_slice())).collect();
            serde_json::from_slice::<Value>(&answer(&encode(&parts))).unwrap()
        };
        for (names, wanted) in [
            (&[LIABILITIES][..], "totals.proof: the input has no such part"),
            (&[TOTALS], "liabilities.json: the input has no such part"),
            (&[LIABILITIES, SHARD], "shard: the input has no such part"),
            (&[LIABILITIES, NUMBER], "shard.proof: the input has no such part"),
            (&[LIABILITIES, TOTALS, RECEIPT], "shard.proof: the input has no such part"),
            (&[LIABILITIES, NUMBER, SHARD, TOTALS], "'totals.proof' is none of the parts"),
            (&[LIABILITIES, TOTALS, RECEIPT, SHARD, NUMBER], "'shard' is none of the parts"),
        ] {
            let said = said(names);
            assert_eq!((&said["ok"], &said["file"]), (&json!(false), &json!("input")), "{names:?}");
            assert!(said["error"].as_str().unwrap().contains(wanted), "{names:?}: {said}");
        }
        // Whole calls come as far as their first file.
        for names in [Call::Header, Call::Totals, Call::Shard, Call::Customer].map(Call::names) {
            assert_eq!(said(names)["file"], HEADER, "{names:?}");
        }
    }
}
