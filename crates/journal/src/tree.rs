//! The growing tree: what must be kept in memory to append and to sign, and what is finished.

use crate::JournalError;
use crate::merkle::{self, Hash, node_hash};
use crate::tile::WIDTH;

/// Levels of tiles that a tree of 2^64 entries has.
const LEVELS: usize = 8;

/// A tile that will not change any more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FullTile {
    /// 0 for leaf hashes, 1 for the roots of 256 of these, and so on.
    pub level: u8,
    /// Index within the level.
    pub index: u64,
    /// Its 256 hashes.
    pub hashes: Vec<Hash>,
}

/// Gives the hashes of tiles that have been stored.
pub trait TileSource {
    /// The hashes of a tile of `width`.
    ///
    /// # Errors
    /// [`JournalError::Tile`] when it is missing or has the wrong length.
    fn tile(&self, level: u8, index: u64, width: u64) -> Result<Vec<Hash>, JournalError>;
}

/// The right edge of the tree: enough to append and to compute the root.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tree {
    size: u64,
    /// Roots of the complete subtrees that the tree splits into, largest first.
    peaks: Vec<Hash>,
    /// The unfinished tile of each level.
    open: [Vec<Hash>; LEVELS],
}

impl Tree {
    /// A tree without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of the first `size` entries of a stored log; `size` is a multiple of 256.
    ///
    /// # Errors
    /// [`JournalError`] when a needed tile is missing or cut, or `size` is no multiple of 256.
    pub fn restore(size: u64, tiles: &impl TileSource) -> Result<Self, JournalError> {
        if !size.is_multiple_of(WIDTH) {
            return Err(JournalError::range("size", format!("{size} is no multiple of {WIDTH}")));
        }
        let mut tree = Tree { size, ..Tree::default() };
        for level in 1..LEVELS {
            let nodes = size >> (8 * level).min(63);
            let first = nodes - nodes % WIDTH;
            for index in first..nodes {
                let hashes = tiles.tile(level as u8 - 1, index, WIDTH)?;
                tree.open[level].push(merkle::root_of(&hashes));
            }
        }
        for open in tree.open.iter().skip(1).rev() {
            let mut rest = open.as_slice();
            while !rest.is_empty() {
                let count = 1 << rest.len().ilog2();
                tree.peaks.push(merkle::root_of(&rest[..count]));
                rest = &rest[count..];
            }
        }
        Ok(tree)
    }

    /// Number of entries.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf; tiles that it completes are pushed to `full`.
    pub fn append(&mut self, leaf: Hash, full: &mut Vec<FullTile>) {
        let mut node = leaf;
        let mut height = 0;
        let mut position = self.size;
        self.size += 1;
        loop {
            if height % 8 == 0 {
                let level = height / 8;
                self.open[level].push(node);
                if self.open[level].len() as u64 == WIDTH {
                    let hashes = std::mem::take(&mut self.open[level]);
                    full.push(FullTile { level: level as u8, index: position / WIDTH, hashes });
                }
            }
            if position & 1 == 0 {
                self.peaks.push(node);
                return;
            }
            let left = self.peaks.pop().expect("an odd position has a left sibling");
            node = node_hash(&left, &node);
            position >>= 1;
            height += 1;
        }
    }

    /// The root hash.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else {
            return merkle::empty_root();
        };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }

    /// The unfinished tiles, as `(level, index, hashes)`.
    pub fn partial_tiles(&self) -> impl Iterator<Item = (u8, u64, &[Hash])> {
        self.open.iter().enumerate().filter(|(_, open)| !open.is_empty()).map(|(level, open)| {
            let index = (self.size >> (8 * level)) / WIDTH;
            (level as u8, index, open.as_slice())
        })
    }
}

/// Root of the entries `[start, end)` of a log of `size`, from its tiles. The range must be one
/// that proofs list: a complete subtree, or one that ends at `size`.
fn range_root(
    start: u64,
    end: u64,
    size: u64,
    tiles: &impl TileSource,
) -> Result<Hash, JournalError> {
    let len = end - start;
    if !len.is_power_of_two() {
        let middle = start + merkle::split_point(len);
        let left = range_root(start, middle, size, tiles)?;
        return Ok(node_hash(&left, &range_root(middle, end, size, tiles)?));
    }
    let height = len.ilog2();
    let level = height / 8;
    let first = start >> (8 * level);
    let count = len >> (8 * level);
    let index = first / WIDTH;
    let nodes = size >> (8 * level);
    let width = (nodes - index * WIDTH).min(WIDTH);
    let hashes = tiles.tile(level as u8, index, width)?;
    let offset = (first % WIDTH) as usize;
    Ok(merkle::root_of(&hashes[offset..offset + count as usize]))
}

/// Hashes that prove entry `index` to be in the log of `size`.
///
/// # Errors
/// [`JournalError`] when the index is not below the size or a tile is missing.
pub fn prove_inclusion(
    index: u64,
    size: u64,
    tiles: &impl TileSource,
) -> Result<Vec<Hash>, JournalError> {
    if index >= size {
        return Err(JournalError::range("index", format!("{index} is not below size {size}")));
    }
    let ranges = merkle::inclusion_ranges(index, size).into_iter();
    ranges.map(|(start, end)| range_root(start, end, size, tiles)).collect()
}

/// Hashes that prove the log of `size_old` to be the beginning of the one of `size_new`.
///
/// # Errors
/// [`JournalError`] when the sizes are not `0 < size_old <= size_new` or a tile is missing.
pub fn prove_consistency(
    size_old: u64,
    size_new: u64,
    tiles: &impl TileSource,
) -> Result<Vec<Hash>, JournalError> {
    if size_old == 0 || size_old > size_new {
        let problem = format!("{size_old} is not between 1 and {size_new}");
        return Err(JournalError::range("old size", problem));
    }
    let ranges = merkle::consistency_ranges(size_old, size_new).into_iter();
    ranges.map(|(start, end)| range_root(start, end, size_new, tiles)).collect()
}

/// Root of the whole log of `size` from its tiles.
///
/// # Errors
/// [`JournalError::Tile`] when a tile is missing or cut.
pub fn root_from_tiles(size: u64, tiles: &impl TileSource) -> Result<Hash, JournalError> {
    if size == 0 { Ok(merkle::empty_root()) } else { range_root(0, size, size, tiles) }
}

/// Width of tile `index` at `level` in a log of `size`; 0 when it does not exist.
pub fn tile_width(level: u8, index: u64, size: u64) -> u64 {
    let nodes = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
    nodes.saturating_sub(index.saturating_mul(WIDTH)).min(WIDTH)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{leaf_hash, tile};
    use proptest::prelude::*;
    use std::collections::HashMap;

    /// Tiles of a log in memory, with every width that was ever current.
    #[derive(Default)]
    pub(crate) struct Memory(pub(crate) HashMap<String, Vec<Hash>>);

    impl TileSource for Memory {
        fn tile(&self, level: u8, index: u64, width: u64) -> Result<Vec<Hash>, JournalError> {
            let path = tile::tile_path(level, index, width);
            let problem = "it is missing".to_owned();
            self.0.get(&path).cloned().ok_or(JournalError::Tile { path, problem })
        }
    }

    pub(crate) fn grow(size: u64) -> (Tree, Memory, Vec<Hash>) {
        let (mut tree, mut memory, mut full) = (Tree::new(), Memory::default(), Vec::new());
        let leaves: Vec<Hash> = (0..size).map(|i| leaf_hash(&i.to_le_bytes())).collect();
        for leaf in &leaves {
            tree.append(*leaf, &mut full);
        }
        for tile in full {
            memory.0.insert(tile::tile_path(tile.level, tile.index, WIDTH), tile.hashes);
        }
        for (level, index, hashes) in tree.partial_tiles() {
            let path = tile::tile_path(level, index, hashes.len() as u64);
            memory.0.insert(path, hashes.to_vec());
        }
        (tree, memory, leaves)
    }

    #[test]
    fn a_log_of_many_tiles_restores_to_the_same_tree() {
        for size in [0, 256, 512, 65_536, 66_048, 131_072 + 256] {
            let (tree, memory, _) = grow(size);
            assert_eq!(Tree::restore(size, &memory).unwrap(), tree, "{size}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn every_proof_that_the_tree_gives_verifies(size in 1u64..1500, a: u64, b: u64) {
            let (tree, memory, leaves) = grow(size);
            let root = tree.root();
            prop_assert_eq!(root, merkle::root_of(&leaves));
            prop_assert_eq!(root_from_tiles(size, &memory).unwrap(), root);
            let index = a % size;
            let proof = prove_inclusion(index, size, &memory).unwrap();
            let leaf = &leaves[index as usize];
            prop_assert_eq!(merkle::verify_inclusion(index, size, leaf, &proof, &root), Ok(()));
            let other = &leaves[(index as usize + 1) % leaves.len()];
            if other != leaf {
                prop_assert!(merkle::verify_inclusion(index, size, other, &proof, &root).is_err());
            }
            let old = 1 + b % size;
            let old_root = merkle::root_of(&leaves[..old as usize]);
            let proof = prove_consistency(old, size, &memory).unwrap();
            prop_assert_eq!(
                merkle::verify_consistency(old, size, &proof, &old_root, &root), Ok(()));
            if old != size {
                prop_assert!(
                    merkle::verify_consistency(old, size, &proof, &root, &root).is_err());
            }
        }
    }
}
