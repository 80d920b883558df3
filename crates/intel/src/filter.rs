//! A compact filter in front of the exact store: one cache line answers "surely not listed".
//!
//! It is the split block Bloom filter of the Apache Parquet format (Putze, Sanders, Singler 2007,
//! section 3): a key chooses one block of 256 bits and sets one bit in each of its eight words. At
//! 16 bits a key about one miss in a thousand goes on to the exact store.

/// Multipliers of the Parquet specification, one a word.
const SALT: [u32; 8] = [
    0x47b6_137b,
    0x4497_4d91,
    0x8824_ad5b,
    0xa2b7_289d,
    0x7054_95c7,
    0x2df1_424b,
    0x9efc_4947,
    0x5c6b_fb31,
];

/// Bits of filter for each key.
const BITS_PER_KEY: usize = 16;
/// Bits of one block.
const BLOCK_BITS: usize = 256;

/// A set of 64-bit hashes that may say "perhaps" for one that is not in it, and never "no" for one
/// that is.
#[derive(Clone, Debug)]
pub struct Filter {
    blocks: Vec<[u32; 8]>,
}

impl Filter {
    /// An empty filter with room for `keys`.
    pub fn with_capacity(keys: usize) -> Self {
        let blocks = (keys * BITS_PER_KEY).div_ceil(BLOCK_BITS).max(1);
        Self { blocks: vec![[0; 8]; blocks] }
    }

    fn block_of(&self, hash: u64) -> usize {
        // Multiply-shift instead of a division; the upper half chooses the block.
        (((hash >> 32) * self.blocks.len() as u64) >> 32) as usize
    }

    fn masks(hash: u64) -> [u32; 8] {
        SALT.map(|salt| 1 << ((hash as u32).wrapping_mul(salt) >> 27))
    }

    /// Adds a key by its hash.
    pub fn insert(&mut self, hash: u64) {
        let block = self.block_of(hash);
        for (word, mask) in self.blocks[block].iter_mut().zip(Self::masks(hash)) {
            *word |= mask;
        }
    }

    /// False when the key was surely never added.
    pub fn may_contain(&self, hash: u64) -> bool {
        let block = &self.blocks[self.block_of(hash)];
        let masks = Self::masks(hash);
        // Without a branch, so that the eight words are compared at once.
        let missing = (0..8).fold(0, |missing, i| missing | (!block[i] & masks[i]));
        missing == 0
    }

    /// Bytes in memory.
    pub fn size_bytes(&self) -> usize {
        self.blocks.len() * BLOCK_BITS / 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn about_one_miss_in_a_thousand_is_not_filtered() {
        let mix = |i: u64| {
            (i ^ 0x9e37_79b9_7f4a_7c15)
                .wrapping_mul(0xd6e8_feb8_6659_fd93)
                .rotate_left(31)
                .wrapping_mul(0xa0761d6478bd642f)
        };
        let mut filter = Filter::with_capacity(100_000);
        (0..100_000).for_each(|i| filter.insert(mix(i)));
        let passed = (100_000..1_100_000).filter(|i| filter.may_contain(mix(*i))).count();
        assert!(passed < 4_000, "{passed} of a million misses passed");
        assert!(filter.size_bytes() <= 2 * 100_000 + 32);
    }

    proptest! {
        #[test]
        fn what_was_added_is_found(hashes: Vec<u64>) {
            let mut filter = Filter::with_capacity(hashes.len());
            hashes.iter().for_each(|hash| filter.insert(*hash));
            prop_assert!(hashes.iter().all(|hash| filter.may_contain(*hash)));
        }
    }
}
