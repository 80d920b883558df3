//! What leaves are sorted by: 90 bits of the id, so that shards join without a gap.

use std::fmt;
use std::str::FromStr;

use crate::ProofError;
use crate::circuit::shard::KEY_LIMBS;
use crate::leaf::LIMB_BITS;

/// Bits of a key.
const BITS: u32 = LIMB_BITS * KEY_LIMBS as u32;
/// Hexadecimal digits of a key.
const DIGITS: usize = BITS.div_ceil(4) as usize;

/// A key, below 2^90.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key(u128);

impl Key {
    /// The key that is before all others.
    pub const FIRST: Self = Self(0);
    /// The last key.
    pub const LAST: Self = Self((1 << BITS) - 1);

    /// A key; `None` when it is not below 2^90.
    pub fn new(key: u128) -> Option<Self> {
        (key >> BITS == 0).then_some(Self(key))
    }

    /// As a number.
    pub fn number(self) -> u128 {
        self.0
    }

    /// Its limbs, lowest first.
    pub fn limbs(self) -> [u32; KEY_LIMBS] {
        std::array::from_fn(|limb| {
            (self.0 >> (LIMB_BITS * limb as u32)) as u32 & ((1 << LIMB_BITS) - 1)
        })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:0DIGITS$x}", self.0)
    }
}

impl FromStr for Key {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        let wrong = || ProofError::Canonical {
            what: "a key",
            problem: format!("{DIGITS} lower-case hexadecimal digits below 2^{BITS} are wanted"),
        };
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != DIGITS || !text.bytes().all(is_hex) {
            return Err(wrong());
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| wrong())?;
        Self::new(number).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_key_is_read_back_in_its_one_form(number in 0..1u128 << BITS) {
            let key = Key::new(number).unwrap();
            prop_assert_eq!(key.to_string().parse::<Key>(), Ok(key));
            let limbs = key.limbs().iter().rev().fold(0, |sum, limb| sum << LIMB_BITS | u128::from(*limb));
            prop_assert_eq!(limbs, number);
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert_eq!(Key::new(1 << BITS), None);
        let last = Key::LAST.to_string();
        for text in
            ["", "0", &last.to_uppercase(), &format!("0{last}"), &last.replacen('3', "4", 1)]
        {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
    }
}
