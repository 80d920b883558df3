//! Poseidon2 over KoalaBear, width 24, with Plonky3's published constants: the hash of leaves,
//! nodes and commitments, and the one that the circuit computes.
//!
//! A sponge in overwrite mode: 16 elements of rate, 8 of capacity. The capacity begins with what is
//! hashed and in how many blocks, so that a leaf is never a node, and no hash of one shape is one
//! of another ([Poseidon2](https://eprint.iacr.org/2023/323), section 4; domain separation as in
//! [SAFE](https://eprint.iacr.org/2023/522)).

use crate::plonky3::field::{PrimeCharacteristicRing, PrimeField32};
use crate::plonky3::koala_bear::{KoalaBear, Poseidon2KoalaBear, default_koalabear_poseidon2_24};
use crate::plonky3::symmetric::Permutation;
use std::fmt;
use std::str::FromStr;

use crate::ProofError;

/// The order of the field: 2^31 - 2^24 + 1.
pub const ORDER: u32 = 0x7f00_0001;
/// Elements of the state.
pub const WIDTH: usize = 24;
/// Elements that are taken in at once.
pub const RATE: usize = 16;
/// Elements of a digest, 248 bits.
pub const DIGEST_LEN: usize = 8;

/// What is hashed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Domain {
    /// A customer's leaf whose entries are all assets in their order.
    DenseLeaf,
    /// A customer's leaf whose entries name their assets.
    SparseLeaf,
    /// A customer's leaf with so many positions after entries that name their assets.
    MarginLeaf(u32),
    /// Two children at this height above the leaves, 0 for their parents.
    Node(u8),
    /// What a shard owes in all, with randomness that hides it.
    Sums,
}

impl Domain {
    /// The first two elements of the capacity.
    pub fn tag(self) -> [u32; 2] {
        match self {
            Domain::DenseLeaf => [1, 0],
            Domain::SparseLeaf => [2, 0],
            Domain::Node(height) => [3, u32::from(height)],
            Domain::Sums => [4, 0],
            Domain::MarginLeaf(positions) => [5, positions],
        }
    }
}

/// Eight elements of the field, each below [`ORDER`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Digest([u32; DIGEST_LEN]);

impl Digest {
    /// A digest of these elements; `None` when one is not below [`ORDER`].
    pub fn from_elements(elements: [u32; DIGEST_LEN]) -> Option<Self> {
        elements.iter().all(|element| *element < ORDER).then_some(Self(elements))
    }

    /// Eight elements that are drawn below [`ORDER`].
    pub(crate) fn sample(draw: &mut dyn FnMut() -> u32) -> Self {
        Self(std::array::from_fn(|_| draw()))
    }

    /// Its elements.
    pub fn elements(&self) -> &[u32; DIGEST_LEN] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|element| write!(out, "{element:08x}"))
    }
}

impl FromStr for Digest {
    type Err = ProofError;

    /// Reads 64 lower-case hexadecimal digits, eight for each element.
    fn from_str(text: &str) -> Result<Self, ProofError> {
        let canonical = |problem: &str| ProofError::Canonical {
            what: "a digest",
            problem: format!("{problem}; it has 64 lower-case hexadecimal digits"),
        };
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 8 * DIGEST_LEN || !text.bytes().all(is_hex) {
            return Err(canonical("these are not its digits"));
        }
        let mut elements = [0; DIGEST_LEN];
        for (place, element) in elements.iter_mut().enumerate() {
            *element = u32::from_str_radix(&text[8 * place..8 * place + 8], 16)
                .map_err(|_| canonical("these are not its digits"))?;
        }
        Self::from_elements(elements).ok_or_else(|| canonical("an element is not below the order"))
    }
}

/// The hash, with its round constants set up once.
#[derive(Clone, Debug)]
pub struct Poseidon(Poseidon2KoalaBear<WIDTH>);

impl Default for Poseidon {
    fn default() -> Self {
        Self(default_koalabear_poseidon2_24())
    }
}

impl Poseidon {
    /// Hashes blocks of elements below [`ORDER`]. How many there are is part of what is hashed.
    pub fn hash(&self, domain: Domain, blocks: &[[u32; RATE]]) -> Digest {
        let mut state = [KoalaBear::ZERO; WIDTH];
        let [kind, height] = domain.tag();
        let count = u32::try_from(blocks.len()).expect("a leaf has few blocks");
        for (element, value) in state[RATE..].iter_mut().zip([kind, height, count]) {
            *element = KoalaBear::from_u32(value);
        }
        for block in blocks {
            for (element, value) in state[..RATE].iter_mut().zip(block) {
                debug_assert!(*value < ORDER, "an element is below the order");
                *element = KoalaBear::from_u32(*value);
            }
            self.0.permute_mut(&mut state);
        }
        Digest(std::array::from_fn(|place| state[place].as_canonical_u32()))
    }

    /// The parent of two nodes at `height` above the leaves.
    pub fn parent(&self, height: u8, left: &Digest, right: &Digest) -> Digest {
        let mut block = [0; RATE];
        block[..DIGEST_LEN].copy_from_slice(&left.0);
        block[DIGEST_LEN..].copy_from_slice(&right.0);
        self.hash(Domain::Node(height), &[block])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hashed_and_in_how_many_blocks_makes_another_digest() {
        let poseidon = Poseidon::default();
        let blocks = [[7; RATE], [0; RATE]];
        let mut seen = vec![
            poseidon.hash(Domain::DenseLeaf, &blocks[..1]),
            poseidon.hash(Domain::DenseLeaf, &blocks),
            poseidon.hash(Domain::SparseLeaf, &blocks[..1]),
            poseidon.hash(Domain::MarginLeaf(0), &blocks[..1]),
            poseidon.hash(Domain::MarginLeaf(1), &blocks[..1]),
            poseidon.hash(Domain::Node(0), &blocks[..1]),
            poseidon.hash(Domain::Node(1), &blocks[..1]),
            poseidon.hash(Domain::Sums, &blocks[..1]),
        ];
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 8);
    }

    #[test]
    fn digests_are_read_in_their_one_form() {
        let poseidon = Poseidon::default();
        let digest = poseidon.hash(Domain::Sums, &[[1; RATE]]);
        let text = digest.to_string();
        assert_eq!(text.parse::<Digest>().unwrap(), digest);
        let order = format!("{ORDER:08x}");
        let wrong = [
            text.to_uppercase(),
            text[..63].to_owned(),
            format!("{text}0"),
            format!("+{}", &text[1..]),
            format!("{order}{}", &text[8..]),
            format!("é{}", &text[2..]),
        ];
        for text in wrong {
            assert_eq!(text.parse::<Digest>().unwrap_err().code(), "proof.canonical", "{text}");
        }
    }
}
