//! LightGBM's text format (`model.txt`), numerical splits.
//!
//! `decision_type` (LightGBM `tree.h`): bit 0 categorical, bit 1 missing goes left, bits 2 and 3
//! the kind of missing value (0 none, 1 zero, 2 NaN).

use std::collections::HashMap;

use super::{Forest, ForestError, Node, Tree, narrow_threshold};

/// Largest file that is read.
const FILE_LEN_MAX: usize = 256 << 20;

fn numbers<T: std::str::FromStr>(
    fields: &HashMap<&str, &str>,
    name: &str,
    count: usize,
) -> Result<Vec<T>, ForestError> {
    let text = fields.get(name).copied().unwrap_or("");
    let values: Option<Vec<T>> = text.split_whitespace().map(|word| word.parse().ok()).collect();
    let values =
        values.ok_or_else(|| ForestError::malformed(name, "it has a word that is no number"))?;
    if values.len() != count {
        let problem = format!("it has {} numbers instead of {count}", values.len());
        return Err(ForestError::malformed(name, problem));
    }
    Ok(values)
}

fn parse_tree(fields: &HashMap<&str, &str>) -> Result<Tree, ForestError> {
    let leaves: usize = numbers(fields, "num_leaves", 1)?[0];
    if leaves == 0 || leaves > 1 << super::DEPTH_MAX {
        return Err(ForestError::malformed("num_leaves", "it is zero or too large"));
    }
    let leaf_values: Vec<f64> = numbers(fields, "leaf_value", leaves)?;
    if leaves == 1 {
        return Ok(Tree { nodes: vec![Node::Leaf { value: leaf_values[0] as f32 }] });
    }
    if fields.get("is_linear").is_some_and(|value| *value != "0") {
        return Err(ForestError::Unsupported("a linear tree".to_owned()));
    }
    let splits = leaves - 1;
    let features: Vec<u16> = numbers(fields, "split_feature", splits)?;
    let thresholds: Vec<f64> = numbers(fields, "threshold", splits)?;
    let decisions: Vec<u8> = numbers(fields, "decision_type", splits)?;
    let left: Vec<i64> = numbers(fields, "left_child", splits)?;
    let right: Vec<i64> = numbers(fields, "right_child", splits)?;
    let values: Vec<f64> = numbers(fields, "internal_value", splits)?;
    // A negative child -1 - i is leaf i; leaves come after the splits here.
    let child = |child: i64| -> Result<u32, ForestError> {
        let place = if child >= 0 { Some(child) } else { (splits as i64 - 1).checked_sub(child) };
        place
            .and_then(|place| u32::try_from(place).ok())
            .filter(|place| (*place as usize) < splits + leaves)
            .ok_or_else(|| ForestError::malformed("left_child", "a child is not in the tree"))
    };
    let mut nodes = Vec::with_capacity(splits + leaves);
    for i in 0..splits {
        if decisions[i] & 1 != 0 {
            return Err(ForestError::Unsupported("a categorical split".to_owned()));
        }
        let missing_left = match decisions[i] >> 2 & 3 {
            // Without missing values in training, NaN counts as zero.
            0 => 0.0 <= thresholds[i],
            2 => decisions[i] & 2 != 0,
            _ => return Err(ForestError::Unsupported("zero_as_missing".to_owned())),
        };
        nodes.push(Node::Split {
            feature: features[i],
            threshold: narrow_threshold(thresholds[i]),
            missing_left,
            left: child(left[i])?,
            right: child(right[i])?,
            value: values[i] as f32,
        });
    }
    nodes.extend(leaf_values.iter().map(|value| Node::Leaf { value: *value as f32 }));
    Ok(Tree { nodes })
}

/// Reads a LightGBM model and the names of its features.
///
/// # Errors
/// [`ForestError`] naming the field; categorical splits, linear trees, several classes and
/// `zero_as_missing` are not supported.
pub fn parse_lightgbm(text: &str) -> Result<(Forest, Vec<String>), ForestError> {
    if text.len() > FILE_LEN_MAX {
        return Err(ForestError::Unsupported(format!("a file of more than {FILE_LEN_MAX} bytes")));
    }
    let mut blocks = text.split("\nTree=");
    let header = blocks.next().unwrap_or("");
    let fields_of = |block| -> HashMap<&str, &str> {
        str::lines(block).filter_map(|line| line.split_once('=')).collect()
    };
    let fields = fields_of(header);
    if header.lines().next() != Some("tree") {
        return Err(ForestError::malformed("first line", "it is not 'tree'"));
    }
    if numbers::<u32>(&fields, "num_tree_per_iteration", 1)?[0] != 1 {
        return Err(ForestError::Unsupported("a model of several classes".to_owned()));
    }
    let objective = fields.get("objective").copied().unwrap_or("");
    if !objective.starts_with("binary")
        || objective.split(' ').any(|w| w.starts_with("sigmoid:") && w != "sigmoid:1")
    {
        return Err(ForestError::Unsupported(format!("objective '{objective}'")));
    }
    let names = fields.get("feature_names").copied().unwrap_or("");
    let names: Vec<String> = names.split_whitespace().map(str::to_owned).collect();
    let mut trees = Vec::new();
    for block in blocks {
        let block = block.split("\n\n").next().unwrap_or("");
        trees.push(parse_tree(&fields_of(block))?);
        if trees.len() > super::TREES_MAX {
            return Err(ForestError::Unsupported(format!("more than {} trees", super::TREES_MAX)));
        }
    }
    if !text.contains("\nend of trees") {
        return Err(ForestError::malformed("end of trees", "the file is cut off"));
    }
    let forest = Forest::new(trees, 0.0, names.len())?;
    Ok((forest, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=1\nobjective=binary sigmoid:1\nfeature_names=a b\n\nTree=0\nnum_leaves=3\nnum_cat=0\nsplit_feature=0 1\nsplit_gain=1 1\nthreshold=0.5 -1.5\ndecision_type=10 8\nleft_child=1 -1\nright_child=-2 -3\nleaf_value=0.1 0.2 0.3\nleaf_weight=1 1 1\nleaf_count=1 1 1\ninternal_value=0.15 0.2\ninternal_weight=0 1\ninternal_count=3 2\nis_linear=0\nshrinkage=1\n\n\nend of trees\n\nfeature_importances:\n";

    #[test]
    fn leaves_and_missing_values_go_where_lightgbm_sends_them() {
        let (forest, names) = parse_lightgbm(MODEL).unwrap();
        assert_eq!(names, ["a", "b"]);
        let raw = |a: f32, b: f32| (forest.raw(&[a, b]) * 10.0).round() / 10.0;
        assert_eq!(raw(1.0, 0.0), 0.2);
        assert_eq!(raw(0.5, -2.0), 0.1);
        assert_eq!(raw(0.5, -1.0), 0.3);
        assert_eq!(raw(f32::NAN, -2.0), 0.1);
        assert_eq!(raw(f32::NAN, f32::NAN), 0.3);
    }

    #[test]
    fn broken_and_unsupported_files_are_refused() {
        let refused = |from: &str, to: &str| {
            parse_lightgbm(&MODEL.replace(from, to))
                .map(|_| ())
                .expect_err("it is wrong")
                .to_string()
        };
        assert!(refused("end of trees", "").contains("cut off"));
        assert!(refused("decision_type=10", "decision_type=11").contains("categorical"));
        assert!(refused("left_child=1", "left_child=7").contains("left_child"));
        assert!(refused("threshold=0.5 ", "threshold=").contains("instead of 2"));
        assert!(refused("binary sigmoid:1", "regression").contains("objective"));
        assert!(refused("left_child=1", "left_child=0").contains("deeper"));
    }
}
