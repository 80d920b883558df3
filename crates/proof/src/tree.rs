//! Leaves under one root. Nodes are digests and nothing else: a path tells a customer nothing of
//! others. The height of each node is part of its hash, so that no node passes for one of another
//! height, and a tree of one depth for none of another.

use crate::ProofError;
use crate::poseidon::{DIGEST_LEN, Digest, Poseidon};

/// Steps of a tree that is held whole: 2^20 nodes are 32 MiB a row. A round's tree is one of shards
/// over trees of customers.
pub const STEPS_MAX: u8 = 20;

/// Stands for shards that are not there; nothing that hashes to it is known.
pub fn empty() -> Digest {
    Digest::from_elements([0; DIGEST_LEN]).expect("zero is below the order")
}

/// A leaf's way to the root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    /// The leaf's place, from 0.
    pub index: u64,
    /// The other child on each height, from the leaf's own upwards.
    pub siblings: Vec<Digest>,
}

impl Path {
    /// The root that it leads to from a node at `height` above the leaves.
    fn root(&self, poseidon: &Poseidon, height: u8, node: &Digest) -> Digest {
        let steps = (height..).zip(&self.siblings).enumerate();
        steps.fold(*node, |node, (step, (height, sibling))| match self.index >> step & 1 {
            0 => poseidon.parent(height, &node, sibling),
            _ => poseidon.parent(height, sibling, &node),
        })
    }

    /// Checks that it leads from a node at `height` above the leaves to the root of a tree in which
    /// so many steps lead there.
    ///
    /// # Errors
    /// [`ProofError`] when it is of another length, its place is outside of the tree, or it leads
    /// elsewhere.
    pub fn check(
        &self,
        poseidon: &Poseidon,
        height: u8,
        steps: u8,
        node: &Digest,
        root: &Digest,
    ) -> Result<(), ProofError> {
        if self.siblings.len() != usize::from(steps) {
            let problem = format!("{} digests, the tree has {steps}", self.siblings.len());
            return Err(ProofError::field("path.siblings", problem));
        }
        if self.index >> steps.min(63) != 0 {
            let problem = format!("{} is outside of a tree of depth {steps}", self.index);
            return Err(ProofError::field("path.index", problem));
        }
        let found = self.root(poseidon, height, node);
        if found == *root { Ok(()) } else { Err(ProofError::Path) }
    }
}

/// All nodes over a row of nodes, for whoever has them.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Rows from the lowest to the root alone.
    rows: Vec<Vec<Digest>>,
}

impl Tree {
    /// The tree over a row of nodes at `height` above the leaves, filled up with [`empty`] to
    /// 2^`steps`.
    ///
    /// # Errors
    /// [`ProofError::Field`] when there are none or they do not fit.
    pub fn over(
        poseidon: &Poseidon,
        height: u8,
        steps: u8,
        mut nodes: Vec<Digest>,
    ) -> Result<Self, ProofError> {
        if steps > STEPS_MAX || nodes.is_empty() || nodes.len() as u64 > 1 << steps {
            let problem = format!("{} nodes do not fit a tree of depth {steps}", nodes.len());
            return Err(ProofError::field("nodes", problem));
        }
        nodes.resize(1 << steps, empty());
        let mut rows = vec![nodes];
        for height in height..height + steps {
            let below = rows.last().expect("there is a first row");
            let parents = below.chunks_exact(2);
            let row = parents.map(|pair| poseidon.parent(height, &pair[0], &pair[1])).collect();
            rows.push(row);
        }
        Ok(Self { rows })
    }

    /// Its root.
    pub fn root(&self) -> &Digest {
        &self.rows.last().expect("there is a last row")[0]
    }

    /// The path of a node of the lowest row; `None` when there is no such node.
    pub fn path(&self, index: usize) -> Option<Path> {
        self.rows[0].get(index)?;
        let rows = self.rows[..self.rows.len() - 1].iter().enumerate();
        let siblings = rows.map(|(step, row)| row[(index >> step) ^ 1]).collect();
        Some(Path { index: index as u64, siblings })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poseidon::{Domain, RATE};
    use proptest::prelude::*;

    fn node(number: u32) -> Digest {
        Poseidon::default().hash(Domain::Sums, &[[number; RATE]])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn each_path_leads_to_the_root_and_no_other_does(
            count in 1..33usize, height in 0..4u8, at in any::<prop::sample::Index>(),
        ) {
            let poseidon = Poseidon::default();
            let nodes: Vec<Digest> = (0..count as u32).map(node).collect();
            let steps = 5;
            let tree = Tree::over(&poseidon, height, steps, nodes.clone()).unwrap();
            let index = at.index(count);
            let path = tree.path(index).unwrap();
            let check = |path: &Path, height: u8, steps: u8, node: &Digest| {
                path.check(&poseidon, height, steps, node, tree.root())
            };
            prop_assert_eq!(check(&path, height, steps, &nodes[index]), Ok(()));
            // Another leaf, another place, another height, swapped and cut siblings.
            prop_assert_eq!(check(&path, height, steps, &node(99)), Err(ProofError::Path));
            prop_assert_eq!(check(&path, height + 1, steps, &nodes[index]), Err(ProofError::Path));
            let moved = Path { index: path.index ^ 1, ..path.clone() };
            prop_assert_eq!(check(&moved, height, steps, &nodes[index]), Err(ProofError::Path));
            let outside = Path { index: path.index + 32, ..path.clone() };
            prop_assert!(check(&outside, height, steps, &nodes[index]).is_err());
            let mut swapped = path.clone();
            swapped.siblings.swap(0, 1);
            prop_assert_eq!(check(&swapped, height, steps, &nodes[index]), Err(ProofError::Path));
            let cut = Path { index: 0, siblings: path.siblings[1..].to_vec() };
            prop_assert!(check(&cut, height, steps, &nodes[index]).is_err());
            // An inner node is no leaf: its height is part of its hash.
            let inner = poseidon.parent(height, &tree.rows[0][0], &tree.rows[0][1]);
            let above = Path { index: 0, siblings: tree.path(0).unwrap().siblings[1..].to_vec() };
            prop_assert_eq!(above.check(&poseidon, height + 1, 4, &inner, tree.root()), Ok(()));
            prop_assert_eq!(above.check(&poseidon, height, 4, &inner, tree.root()), Err(ProofError::Path));
        }
    }

    #[test]
    fn trees_have_bounds() {
        let poseidon = Poseidon::default();
        assert!(Tree::over(&poseidon, 0, 2, vec![node(1); 5]).is_err());
        assert!(Tree::over(&poseidon, 0, 2, Vec::new()).is_err());
        assert!(Tree::over(&poseidon, 0, STEPS_MAX + 1, vec![node(1)]).is_err());
        let tree = Tree::over(&poseidon, 0, 0, vec![node(1)]).unwrap();
        assert_eq!((tree.root(), tree.path(1)), (&node(1), None));
        let path = tree.path(0).unwrap();
        assert_eq!(path.check(&poseidon, 0, 0, &node(1), tree.root()), Ok(()));
    }
}
