//! Gradient-boosted trees as flat arrays.
//!
//! Every tree is padded to a complete one of its depth, so that a walk is a fixed number of steps
//! without a branch, and eight trees are walked side by side to hide the latency of memory.
//! Thresholds are narrowed to `f32` so that no `f32` input changes sides.

mod lightgbm;

pub use lightgbm::parse_lightgbm;

use serde::{Deserialize, Serialize};

/// Deepest tree: a complete tree of this depth has 4,095 nodes.
pub const DEPTH_MAX: usize = 12;
/// Most trees.
pub const TREES_MAX: usize = 10_000;
/// Most features.
pub const FEATURES_MAX: usize = 1_024;
/// Trees that are walked side by side.
const LANES: usize = 8;

/// Why a model cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ForestError {
    /// Not the format.
    #[error("model: field '{field}': {problem}")]
    Malformed {
        /// The field.
        field: String,
        /// What is wrong.
        problem: String,
    },
    /// The format allows it, this build does not.
    #[error("model: {0} is not supported; train without it")]
    Unsupported(String),
}

impl ForestError {
    pub(crate) fn malformed(field: impl Into<String>, problem: impl Into<String>) -> Self {
        ForestError::Malformed { field: field.into(), problem: problem.into() }
    }
}

/// One node of a tree as models exchange it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Node {
    /// Goes left when the feature is at most `threshold`.
    Split {
        /// Index of the feature.
        feature: u16,
        /// Inclusive upper bound of the left side.
        threshold: f32,
        /// Where a missing value goes.
        missing_left: bool,
        /// Index of the left child.
        left: u32,
        /// Index of the right child.
        right: u32,
        /// Mean of the leaves below, weighted by training rows; for explanations.
        value: f32,
    },
    /// Adds its value.
    Leaf {
        /// In log-odds.
        value: f32,
    },
}

/// A tree: its nodes, the first is the root.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Tree {
    /// Its nodes.
    pub nodes: Vec<Node>,
}

#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
struct FlatNode {
    threshold: f32,
    feature: u16,
    /// 1 when a missing value goes right.
    missing_right: u16,
}

/// Trees of one depth, laid out for walking.
#[derive(Clone, Debug)]
struct Group {
    depth: usize,
    /// `2^depth - 1` nodes a tree, in breadth-first order.
    nodes: Vec<FlatNode>,
    /// `2^depth` leaves a tree.
    leaves: Vec<f32>,
    trees: usize,
}

/// A sum of trees.
#[derive(Clone, Debug)]
pub struct Forest {
    trees: Vec<Tree>,
    groups: Vec<Group>,
    base: f64,
    feature_count: usize,
}

fn depth_of(tree: &Tree, place: u32, depth: usize) -> Result<usize, ForestError> {
    if depth > DEPTH_MAX {
        return Err(ForestError::Unsupported(format!("a tree deeper than {DEPTH_MAX}")));
    }
    match tree.nodes.get(place as usize) {
        None => Err(ForestError::malformed("tree", "a child is not among its nodes")),
        Some(Node::Leaf { .. }) => Ok(depth),
        Some(Node::Split { left, right, .. }) => {
            Ok(depth_of(tree, *left, depth + 1)?.max(depth_of(tree, *right, depth + 1)?))
        }
    }
}

impl Group {
    fn fill(&mut self, tree: &Tree) {
        let (inner, outer) = ((1 << self.depth) - 1, 1 << self.depth);
        let node_start = self.nodes.len();
        let leaf_start = self.leaves.len();
        self.nodes.resize(node_start + inner, FlatNode::default());
        self.leaves.resize(leaf_start + outer, 0.0);
        self.trees += 1;
        // A leaf above the last level is repeated in all places below it.
        let mut open = vec![(0u32, 0usize)];
        while let Some((place, at)) = open.pop() {
            match &tree.nodes[place as usize] {
                Node::Leaf { value } if at >= inner => {
                    self.leaves[leaf_start + at - inner] = *value;
                }
                Node::Leaf { .. } => {
                    open.push((place, 2 * at + 1));
                    open.push((place, 2 * at + 2));
                }
                Node::Split { feature, threshold, missing_left, left, right, .. } => {
                    self.nodes[node_start + at] = FlatNode {
                        threshold: *threshold,
                        feature: *feature,
                        missing_right: u16::from(!missing_left),
                    };
                    open.push((*left, 2 * at + 1));
                    open.push((*right, 2 * at + 2));
                }
            }
        }
    }

    fn sum(&self, row: &[f32]) -> f64 {
        let inner = (1 << self.depth) - 1;
        let outer = inner + 1;
        let mut total = 0.0;
        let mut tree = 0;
        while tree + LANES <= self.trees {
            let nodes = &self.nodes[tree * inner..(tree + LANES) * inner];
            let mut at = [0usize; LANES];
            for _ in 0..self.depth {
                for lane in 0..LANES {
                    at[lane] = step(nodes[lane * inner + at[lane]], row, at[lane]);
                }
            }
            let leaves = &self.leaves[tree * outer..(tree + LANES) * outer];
            for lane in 0..LANES {
                total += f64::from(leaves[lane * outer + at[lane] - inner]);
            }
            tree += LANES;
        }
        for tree in tree..self.trees {
            let mut at = 0;
            for _ in 0..self.depth {
                at = step(self.nodes[tree * inner + at], row, at);
            }
            total += f64::from(self.leaves[tree * outer + at - inner]);
        }
        total
    }
}

#[inline(always)]
fn step(node: FlatNode, row: &[f32], at: usize) -> usize {
    let value = row[usize::from(node.feature)];
    let goes_right = (value > node.threshold) | (value.is_nan() & (node.missing_right != 0));
    2 * at + 1 + usize::from(goes_right)
}

impl Forest {
    /// Lays out trees for walking. `base` is added to every sum.
    ///
    /// # Errors
    /// [`ForestError`] for children that do not exist, cycles, features past `feature_count`,
    /// numbers that are not finite, and sizes past the bounds of this module.
    pub fn new(trees: Vec<Tree>, base: f64, feature_count: usize) -> Result<Self, ForestError> {
        if trees.len() > TREES_MAX || feature_count > FEATURES_MAX || feature_count == 0 {
            return Err(ForestError::Unsupported(format!(
                "{} trees over {feature_count} features (at most {TREES_MAX} over {FEATURES_MAX})",
                trees.len()
            )));
        }
        let mut groups: Vec<Group> = Vec::new();
        for tree in &trees {
            for node in &tree.nodes {
                let is_sound = match node {
                    Node::Leaf { value } => value.is_finite(),
                    Node::Split { feature, threshold, .. } => {
                        usize::from(*feature) < feature_count && !threshold.is_nan()
                    }
                };
                if !is_sound {
                    let problem = "a node has an unknown feature or a value that is no number";
                    return Err(ForestError::malformed("tree", problem));
                }
            }
            let depth = depth_of(tree, 0, 0)?;
            let place = match groups.iter().position(|group| group.depth == depth) {
                Some(place) => place,
                None => {
                    let (nodes, leaves) = (Vec::new(), Vec::new());
                    groups.push(Group { depth, nodes, leaves, trees: 0 });
                    groups.len() - 1
                }
            };
            groups[place].fill(tree);
        }
        groups.sort_by_key(|group| group.depth);
        Ok(Self { trees, groups, base, feature_count })
    }

    /// Number of features that a row must have.
    pub fn feature_count(&self) -> usize {
        self.feature_count
    }

    /// The trees as they were given.
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// What is added to every sum.
    pub fn base(&self) -> f64 {
        self.base
    }

    /// The sum in log-odds for a row of [`Forest::feature_count`] features; missing ones are NaN.
    pub fn raw(&self, row: &[f32]) -> f64 {
        debug_assert_eq!(row.len(), self.feature_count);
        self.base + self.groups.iter().map(|group| group.sum(row)).sum::<f64>()
    }

    /// How much each feature moved the sum away from the mean of the training rows (Saabas 2014).
    /// The contributions and the mean add up to the sum.
    pub fn contributions(&self, row: &[f32]) -> Vec<f64> {
        let mut contributions = vec![0.0; self.feature_count];
        for tree in &self.trees {
            let mut place = 0u32;
            while let Node::Split { feature, threshold, missing_left, left, right, value } =
                &tree.nodes[place as usize]
            {
                let input = row[usize::from(*feature)];
                let goes_right = if input.is_nan() { !missing_left } else { input > *threshold };
                place = if goes_right { *right } else { *left };
                let below = match &tree.nodes[place as usize] {
                    Node::Split { value, .. } | Node::Leaf { value } => value,
                };
                contributions[usize::from(*feature)] += f64::from(*below) - f64::from(*value);
            }
        }
        contributions
    }
}

/// The largest `f32` that is not above `threshold`: for every `f32` input, comparing with it gives
/// what comparing with `threshold` gives.
pub fn narrow_threshold(threshold: f64) -> f32 {
    let narrowed = threshold as f32;
    if f64::from(narrowed) <= threshold { narrowed } else { narrowed.next_down() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A random tree over four features, by walking a list of decisions.
    fn tree(decisions: &[(u8, f32, bool)]) -> Tree {
        let mut nodes = vec![Node::Leaf { value: 0.5 }];
        for (i, (feature, threshold, missing_left)) in decisions.iter().enumerate() {
            let leaves: Vec<usize> =
                (0..nodes.len()).filter(|n| matches!(nodes[*n], Node::Leaf { .. })).collect();
            let place = leaves[(i * 7) % leaves.len()];
            let (left, right) = (nodes.len() as u32, nodes.len() as u32 + 1);
            nodes.push(Node::Leaf { value: i as f32 + 0.25 });
            nodes.push(Node::Leaf { value: -(i as f32) });
            nodes[place] = Node::Split {
                feature: u16::from(*feature % 4),
                threshold: *threshold,
                missing_left: *missing_left,
                left,
                right,
                value: 0.1 * i as f32,
            };
        }
        Tree { nodes }
    }

    fn walk(tree: &Tree, row: &[f32]) -> f64 {
        let mut place = 0;
        loop {
            match &tree.nodes[place as usize] {
                Node::Leaf { value } => return f64::from(*value),
                Node::Split { feature, threshold, missing_left, left, right, .. } => {
                    let value = row[usize::from(*feature)];
                    let left_side =
                        if value.is_nan() { *missing_left } else { value <= *threshold };
                    place = if left_side { *left } else { *right };
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_flat_walk_agrees_with_the_tree(
            trees in prop::collection::vec(
                prop::collection::vec((0u8..4, -3f32..3.0, any::<bool>()), 0..9), 1..30),
            row in prop::collection::vec(
                prop_oneof![4 => -4f32..4.0, 1 => Just(f32::NAN)], 4),
        ) {
            let trees: Vec<Tree> = trees.iter().map(|decisions| tree(decisions)).collect();
            let expected: f64 = trees.iter().map(|tree| walk(tree, &row)).sum();
            let forest = Forest::new(trees, 1.5, 4).unwrap();
            prop_assert!((forest.raw(&row) - 1.5 - expected).abs() < 1e-9);
        }

        #[test]
        fn a_narrowed_threshold_changes_no_side(threshold: f64, value: f32) {
            prop_assume!(!threshold.is_nan() && !value.is_nan());
            let narrowed = narrow_threshold(threshold);
            prop_assert_eq!(f64::from(value) <= threshold, value <= narrowed);
        }
    }

    #[test]
    fn broken_trees_are_refused() {
        let split = |left, right, feature| Node::Split {
            feature,
            threshold: 0.0,
            missing_left: true,
            left,
            right,
            value: 0.0,
        };
        let forest = |nodes| Forest::new(vec![Tree { nodes }], 0.0, 4);
        assert!(forest(vec![]).is_err());
        assert!(forest(vec![split(0, 0, 0)]).is_err());
        assert!(forest(vec![split(1, 2, 0), Node::Leaf { value: 0.0 }]).is_err());
        assert!(forest(vec![split(1, 1, 9), Node::Leaf { value: 0.0 }]).is_err());
        assert!(forest(vec![Node::Leaf { value: f32::NAN }]).is_err());
    }
}
