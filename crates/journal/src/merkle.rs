//! RFC 6962 section 2.1: hashes of a Merkle tree, proofs that an entry is in it, and proofs that
//! one tree is the beginning of another.

use sha2::{Digest, Sha256};

use crate::JournalError;

/// A node or leaf hash.
pub type Hash = [u8; 32];

/// Hash of an entry: SHA-256 of 0x00 and its bytes.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// Hash of an inner node: SHA-256 of 0x01 and both children.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1; 65];
    bytes[1..33].copy_from_slice(left);
    bytes[33..].copy_from_slice(right);
    Sha256::digest(bytes).into()
}

/// Root of the tree without entries: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// Root of a tree over these leaf hashes.
pub fn root_of(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split_point(leaves.len() as u64) as usize);
            node_hash(&root_of(left), &root_of(right))
        }
    }
}

/// Largest power of two below `size`, which is at least 2.
pub(crate) fn split_point(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// Checks that the entry with this leaf hash stands at `index` of the tree with `size` and `root`.
///
/// # Errors
/// [`JournalError`] when the index is not in the tree or the proof does not lead to the root.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), JournalError> {
    if index >= size {
        return Err(JournalError::range("index", format!("{index} is not below size {size}")));
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return Err(JournalError::Proof("it has more hashes than the path to the root"));
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(JournalError::Proof("it has fewer hashes than the path to the root"));
    }
    if hash != *root {
        return Err(JournalError::Proof("it does not lead to the root"));
    }
    Ok(())
}

/// Checks that the tree of `size_old` and `root_old` is the beginning of the other.
///
/// # Errors
/// [`JournalError`] when it is not, and for an old tree without entries, which proves nothing.
pub fn verify_consistency(
    size_old: u64,
    size_new: u64,
    proof: &[Hash],
    root_old: &Hash,
    root_new: &Hash,
) -> Result<(), JournalError> {
    if size_old == 0 {
        return Err(JournalError::range("old size", "a tree without entries proves nothing"));
    }
    verify_subtree_consistency(0, size_old, size_new, proof, root_old, root_new)
}

/// True when `[start, end)` can be a node of some tree: its start is a multiple of the power of
/// two that covers its length (draft-ietf-plants-merkle-tree-certs, section on subtrees).
fn is_subtree(start: u64, end: u64) -> bool {
    start < end
        && (end - start)
            .checked_next_power_of_two()
            .is_some_and(|cover| start.is_multiple_of(cover))
}

/// Checks that the entry stands at `index` within the subtree `[start, end)` with this root.
///
/// # Errors
/// As [`verify_inclusion`]; also for a range that is no subtree.
pub fn verify_subtree_inclusion(
    index: u64,
    start: u64,
    end: u64,
    leaf: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), JournalError> {
    if !is_subtree(start, end) {
        return Err(JournalError::range("start, end", format!("[{start}, {end}) is no subtree")));
    }
    let within = index
        .checked_sub(start)
        .ok_or_else(|| JournalError::range("index", format!("{index} is before {start}")))?;
    verify_inclusion(within, end - start, leaf, proof, root)
}

/// Checks that the subtree `[start, end)` with `root_subtree` is part of the tree of `size`. The
/// empty subtree is part of every tree.
///
/// # Errors
/// [`JournalError`] when it is not, or the range is no subtree of such a tree.
pub fn verify_subtree_consistency(
    start: u64,
    end: u64,
    size: u64,
    proof: &[Hash],
    root_subtree: &Hash,
    root: &Hash,
) -> Result<(), JournalError> {
    if start == end && end <= size {
        let is_empty = proof.is_empty() && *root_subtree == empty_root();
        return is_empty.then_some(()).ok_or(JournalError::Proof("the subtree has no entries"));
    }
    if !is_subtree(start, end) || end > size {
        let problem = format!("[{start}, {end}) is no subtree of a tree of {size} entries");
        return Err(JournalError::range("start, end, size", problem));
    }
    let (subtree, whole) = rebuild(start, end, size, true, proof, root_subtree)
        .ok_or(JournalError::Proof("it has the wrong number of hashes"))?;
    if subtree != *root_subtree {
        return Err(JournalError::Proof("it does not lead to the root of the smaller tree"));
    }
    if whole != *root {
        return Err(JournalError::Proof("it does not lead to the root of the larger tree"));
    }
    Ok(())
}

/// The two roots that a subtree consistency proof leads to; `None` when its length is wrong. The
/// proof lists hashes from the subtree outwards, so each step takes its last. Depth is at most 64.
fn rebuild(
    start: u64,
    end: u64,
    size: u64,
    is_known: bool,
    proof: &[Hash],
    root_subtree: &Hash,
) -> Option<(Hash, Hash)> {
    if start == 0 && end == size {
        return match (is_known, proof) {
            (true, []) => Some((*root_subtree, *root_subtree)),
            (false, [hash]) => Some((*hash, *hash)),
            _ => None,
        };
    }
    let (outer, inner) = proof.split_last()?;
    let middle = split_point(size);
    if end <= middle {
        let (subtree, left) = rebuild(start, end, middle, is_known, inner, root_subtree)?;
        Some((subtree, node_hash(&left, outer)))
    } else if middle <= start {
        let rest = size - middle;
        let (subtree, right) =
            rebuild(start - middle, end - middle, rest, is_known, inner, root_subtree)?;
        Some((subtree, node_hash(outer, &right)))
    } else {
        let rest = size - middle;
        let (subtree, right) = rebuild(0, end - middle, rest, false, inner, root_subtree)?;
        Some((node_hash(outer, &subtree), node_hash(outer, &right)))
    }
}

/// A proof of inclusion as the ranges of entries whose roots it lists, innermost first.
pub(crate) fn inclusion_ranges(index: u64, size: u64) -> Vec<(u64, u64)> {
    let (mut start, mut end) = (0, size);
    let mut ranges = Vec::new();
    while end - start > 1 {
        let middle = start + split_point(end - start);
        if index < middle {
            ranges.push((middle, end));
            end = middle;
        } else {
            ranges.push((start, middle));
            start = middle;
        }
    }
    ranges.reverse();
    ranges
}

/// A proof of consistency as the ranges of entries whose roots it lists, innermost first.
pub(crate) fn consistency_ranges(size_old: u64, size_new: u64) -> Vec<(u64, u64)> {
    let (mut start, mut end) = (0, size_new);
    let mut is_known = true;
    let mut ranges = Vec::new();
    while size_old != end {
        let middle = start + split_point(end - start);
        if size_old <= middle {
            ranges.push((middle, end));
            end = middle;
        } else {
            ranges.push((start, middle));
            start = middle;
            is_known = false;
        }
    }
    if !is_known {
        ranges.push((start, end));
    }
    ranges.reverse();
    ranges
}
