//! The hash of a row of a committed matrix: an overwriting sponge of Keccak-f without padding, for all
//! rows of a matrix have one length.
//!
//! It is Plonky3's [`SerializingHasher`], which is asked for single rows. Of many rows it would take a
//! value of each in turn; here each row is read from its begin to its end, in 0.6 of the time of a
//! Merkle tree.

use crate::plonky3::field::PrimeField64;
use crate::plonky3::keccak::{KeccakF, VECTOR_LEN};
use crate::plonky3::symmetric::{
    CryptographicHasher, PaddingFreeSponge, Permutation, SerializingHasher,
};

use crate::circuit::Val;

/// Words of the state of Keccak-f, those that a block overwrites, and those of a digest.
const STATE: usize = 25;
const RATE: usize = 17;
const DIGEST: usize = 4;
/// The sponge over words.
pub(crate) type WordHash = PaddingFreeSponge<KeccakF, STATE, RATE, DIGEST>;

/// The hash of a row.
#[derive(Copy, Clone, Debug)]
pub struct RowHash(SerializingHasher<WordHash>);

impl RowHash {
    pub(crate) const fn new(hash: WordHash) -> Self {
        Self(SerializingHasher::new(hash))
    }
}

/// As many rows as there are lanes, one in each.
fn hash_lanes(rows: &[Val], len: usize) -> [[u64; VECTOR_LEN]; DIGEST] {
    let mut state = [[0; VECTOR_LEN]; STATE];
    for begin in (0..len).step_by(2 * RATE) {
        let end = len.min(begin + 2 * RATE);
        for (lane, row) in rows.chunks_exact(len).enumerate() {
            let (pairs, rest) = row[begin..end].as_chunks::<2>();
            for ([low, high], word) in pairs.iter().zip(&mut state) {
                word[lane] = low.to_unique_u64() | high.to_unique_u64() << 32;
            }
            for value in rest {
                state[pairs.len()][lane] = value.to_unique_u64();
            }
        }
        KeccakF.permute_mut(&mut state);
    }
    std::array::from_fn(|place| state[place])
}

impl CryptographicHasher<Val, [u64; DIGEST]> for RowHash {
    const LANES: usize = VECTOR_LEN;

    fn hash_iter<I: IntoIterator<Item = Val>>(&self, input: I) -> [u64; DIGEST] {
        self.0.hash_iter(input)
    }

    fn hash_many(&self, input: &[Val], out: &mut [[u64; DIGEST]]) {
        let len = input.len().checked_div(out.len()).unwrap_or(0);
        assert_eq!(input.len(), len * out.len(), "rows have one length");
        let (groups, rest) = out.as_chunks_mut::<VECTOR_LEN>();
        for (number, digests) in groups.iter_mut().enumerate() {
            let words = hash_lanes(&input[number * VECTOR_LEN * len..][..VECTOR_LEN * len], len);
            for (lane, digest) in digests.iter_mut().enumerate() {
                *digest = words.map(|word| word[lane]);
            }
        }
        let begin = groups.len() * VECTOR_LEN;
        for (number, digest) in rest.iter_mut().enumerate() {
            *digest = self.0.hash_slice(&input[(begin + number) * len..][..len]);
        }
    }
}

impl CryptographicHasher<[Val; VECTOR_LEN], [[u64; VECTOR_LEN]; DIGEST]> for RowHash {
    fn hash_iter<I>(&self, input: I) -> [[u64; VECTOR_LEN]; DIGEST]
    where
        I: IntoIterator<Item = [Val; VECTOR_LEN]>,
    {
        self.0.hash_iter(input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plonky3::field::PrimeCharacteristicRing;

    #[test]
    fn many_rows_have_the_hashes_that_each_has_alone() {
        let hash = RowHash::new(WordHash::new(KeccakF {}));
        for len in [1, 2, 33, 34, 35, 68, 101] {
            for count in [1, VECTOR_LEN, 3 * VECTOR_LEN - 1] {
                let rows: Vec<Val> = (0..len * count).map(|at| -Val::from_usize(at)).collect();
                let mut digests = vec![[0; DIGEST]; count];
                hash.hash_many(&rows, &mut digests);
                let alone = rows.chunks_exact(len).map(|row| hash.0.hash_slice(row));
                assert!(alone.eq(digests), "{count} rows of {len}");
            }
        }
    }
}
