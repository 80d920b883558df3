//! Codes on paper for the day on which everything else is lost.
//!
//! Twenty-four characters of 32 make 120 bits. From 112 bits on a fast hash may stand alone (ASVS 6.5.2):
//! nobody tries 2^119 of them, so a slow hash would buy nothing. The salt of the account keeps two sheets
//! apart. A code is used once: the caller deletes its hash in the same transaction.

use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

/// Codes that are made at once.
pub const CODES: usize = 8;
/// Random bytes of a code: 120 bits.
pub const CODE_BYTES: usize = 15;
/// Characters of a code without hyphens.
pub const CODE_CHARS: usize = 24;
/// Characters of a group.
const GROUP: usize = 4;
/// Longest text that is looked at: a code with its hyphens and some spaces.
const TYPED_BYTES_MAX: usize = 64;

/// Crockford's alphabet: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The stored form of a code.
pub type Hash = [u8; 32];

/// Codes to be shown once, and what is stored of them.
pub struct Sheet {
    /// In six groups of four characters, with hyphens between them.
    pub codes: Vec<Zeroizing<String>>,
    /// In the same order.
    pub hashes: Vec<Hash>,
}

/// Makes a sheet from random bytes. `salt` belongs to the account and is stored with the hashes.
pub fn sheet(entropy: &[u8; CODES * CODE_BYTES], salt: &[u8; 16]) -> Sheet {
    let mut sheet = Sheet { codes: Vec::with_capacity(CODES), hashes: Vec::with_capacity(CODES) };
    for bytes in entropy.chunks_exact(CODE_BYTES) {
        let mut code = Zeroizing::new([0u8; CODE_CHARS]);
        for (chars, bytes) in code.chunks_exact_mut(8).zip(bytes.chunks_exact(5)) {
            let bits = bytes.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
            for (place, char) in chars.iter_mut().rev().enumerate() {
                *char = ALPHABET[(bits >> (5 * place) & 31) as usize];
            }
        }
        sheet.hashes.push(hash(&code, salt));
        let mut text = Zeroizing::new(String::with_capacity(CODE_CHARS + CODE_CHARS / GROUP));
        for (place, char) in code.iter().enumerate() {
            if place > 0 && place % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(*char));
        }
        sheet.codes.push(text);
    }
    sheet
}

/// Which of the stored hashes a typed code belongs to. Upper and lower case, spaces and hyphens do not
/// matter; O is read as 0, I and L as 1. Every hash is compared, whichever fits.
pub fn find(typed: &str, salt: &[u8; 16], hashes: &[Hash]) -> Option<usize> {
    let code = normal_form(typed)?;
    let shown = hash(&code, salt);
    let mut found = u64::MAX;
    for (place, stored) in hashes.iter().enumerate() {
        found.conditional_assign(&(place as u64), stored.ct_eq(&shown));
    }
    usize::try_from(found).ok().filter(|place| *place < hashes.len())
}

fn hash(code: &[u8; CODE_CHARS], salt: &[u8; 16]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(b"recovery code 1");
    hasher.update(salt);
    hasher.update(code);
    hasher.finalize().into()
}

fn normal_form(typed: &str) -> Option<Zeroizing<[u8; CODE_CHARS]>> {
    if typed.len() > TYPED_BYTES_MAX {
        return None;
    }
    let mut code = Zeroizing::new([0u8; CODE_CHARS]);
    let mut count = 0;
    for char in typed.bytes() {
        let char = match char.to_ascii_uppercase() {
            b' ' | b'-' => continue,
            b'O' => b'0',
            b'I' | b'L' => b'1',
            char => char,
        };
        if !ALPHABET.contains(&char) {
            return None;
        }
        *code.get_mut(count)? = char;
        count += 1;
    }
    (count == CODE_CHARS).then_some(code)
}

impl Drop for Sheet {
    fn drop(&mut self) {
        self.hashes.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drawn(seed: u8) -> Sheet {
        let entropy = std::array::from_fn(|place| (place as u8).wrapping_mul(37) ^ seed);
        sheet(&entropy, &[seed; 16])
    }

    #[test]
    fn asvs_6_5_2_a_code_has_more_than_112_bits_and_its_hash_is_salted_by_account() {
        assert_eq!(ALPHABET.len().ilog2() as usize * CODE_CHARS, 120);
        let (one, other) = (sheet(&[5; 120], &[1; 16]), sheet(&[5; 120], &[2; 16]));
        assert_eq!(one.codes, other.codes);
        assert!(one.hashes.iter().all(|hash| !other.hashes.contains(hash)));
    }

    #[test]
    fn a_code_reads_as_people_copy_it() {
        let sheet = sheet(&[0; CODES * CODE_BYTES], &[1; 16]);
        assert_eq!(sheet.codes[0].as_str(), "0000-0000-0000-0000-0000-0000");
        assert_eq!(find(" oooo 0O0o-0000 0000-000000oo", &[1; 16], &sheet.hashes[..1]), Some(0));
        let drawn = drawn(3);
        for (place, code) in drawn.codes.iter().enumerate() {
            let copied = code.to_lowercase().replace('-', " ").replace('1', "l");
            assert_eq!(find(&copied, &[3; 16], &drawn.hashes), Some(place));
        }
    }

    #[test]
    fn a_code_of_another_account_or_another_sheet_does_not_work() {
        let (one, other) = (drawn(3), drawn(4));
        for code in &one.codes {
            assert_eq!(find(code, &[4; 16], &other.hashes), None);
            assert_eq!(find(code, &[4; 16], &one.hashes), None);
        }
    }

    #[test]
    fn a_code_whose_hash_was_deleted_does_not_work() {
        let sheet = drawn(3);
        let mut left = sheet.hashes.clone();
        left.remove(2);
        assert_eq!(find(&sheet.codes[2], &[3; 16], &left), None);
        assert_eq!(find(&sheet.codes[3], &[3; 16], &left), Some(2));
        assert_eq!(find(&sheet.codes[3], &[3; 16], &[]), None);
    }

    proptest! {
        #[test]
        fn any_text_is_answered_without_a_panic(typed: String) {
            prop_assert_eq!(find(&typed, &[3; 16], &drawn(3).hashes), None);
        }

        #[test]
        fn a_code_with_one_wrong_character_does_not_work(place in 0usize..24, with in 1usize..32) {
            let sheet = drawn(3);
            let mut code = normal_form(&sheet.codes[0]).unwrap();
            let was = ALPHABET.iter().position(|char| *char == code[place]).unwrap();
            code[place] = ALPHABET[(was + with) % 32];
            let typed = std::str::from_utf8(code.as_slice()).unwrap();
            prop_assert_eq!(find(typed, &[3; 16], &sheet.hashes), None);
        }
    }
}
