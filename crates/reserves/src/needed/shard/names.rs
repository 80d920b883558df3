//! Constraints of a shard by name, and those that follow from others.

use proof::circuit::STEP;
use proof::circuit::shard::{Circuit, KEY_LIMBS};
use proof::id::KEY_LEN;
use proof::leaf::Layout;
use proof::poseidon::{DIGEST_LEN, RATE, WIDTH};

use crate::needed::{names_of_rounds, names_of_sum, names_of_table};

const KINDS: [&str; 5] = ["first", "next", "node", "salt", "sum"];
pub(super) const CAPACITY: usize = WIDTH - RATE;

/// Names of all constraints, in the order in which the circuit hands them over.
pub(super) fn names(circuit: &Circuit) -> Vec<String> {
    let shape = &circuit.shape;
    let is_dense = shape.layout == Layout::Dense;
    let mut names = names_of_rounds();
    let mut add = |name: String| names.push(name);
    KINDS.iter().for_each(|kind| add(format!("{kind} is 0 or 1")));
    let of_kinds = [
        "each row is of one kind",
        "the first row begins a leaf",
        "leaves come after leaves",
        "nodes come after leaves and nodes",
        "salt comes after nodes",
        "sums come after salt and sums",
        "the marked row is of a leaf",
        "a node comes after the marked row",
        "the last row is of sums",
    ];
    of_kinds.iter().for_each(|name| add((*name).to_owned()));
    for kind in ["first", "node", "salt"] {
        (0..3).for_each(|place| add(format!("{kind}: capacity {place}")));
    }
    for place in 0..CAPACITY {
        if place >= 3 {
            add(format!("capacity {place} is zero"));
        }
        add(format!("capacity {place} goes on"));
    }
    for name in [
        "left goes down",
        "left ends with nothing",
        "index begins",
        "index goes up",
        "index stays",
        "index ends",
        "height of leaves",
        "base of leaves begins",
    ] {
        add(name.to_owned());
    }
    if is_dense {
        add("left of all assets".to_owned());
        add("base of leaves goes up".to_owned());
    }
    add("base of sums goes up".to_owned());
    add("base of sums ends".to_owned());
    if !is_dense {
        (0..shape.sums_of_row()).for_each(|entry| add(format!("asset {entry} of sums")));
        add("asset of salt".to_owned());
    }
    (0..shape.sums_of_row()).for_each(|entry| add(format!("count {entry} has one step")));
    (held(circuit)..RATE).for_each(|place| add(format!("element {place} of sums is zero")));
    (0..KEY_LEN).for_each(|place| add(format!("element {place} of first")));
    (RATE / 2..RATE).for_each(|place| add(format!("element {place} of first")));
    (0..RATE).for_each(|place| add(format!("element {place} of next")));
    (0..KEY_LIMBS - 1).for_each(|place| add(format!("carry {place} is 0 or 1")));
    for place in 0..KEY_LIMBS {
        for claim in ["is hashed", "begins", "goes up", "stays", "ends"] {
            add(format!("key {place} {claim}"));
        }
    }
    names_of_table().into_iter().for_each(&mut add);
    (0..circuit.columns.digit_count).for_each(|digit| add(format!("digit {digit}")));
    (0..DIGEST_LEN).for_each(|place| add(format!("digest {place}")));
    names_of_sum(circuit).into_iter().for_each(&mut add);
    names
}

/// Elements of a block of sums that hold something.
pub(super) fn held(circuit: &Circuit) -> usize {
    circuit.shape.sums_of_row() * (circuit.shape.width.limbs() + 1)
}

/// Constraints that follow from all others; not all of them could go together.
///
/// The *tree* says much. Each message is taken, and its height is one more on each step up, to the root
/// that the verifier takes; rows are too few for a way around the field. So each stands below the
/// root, where going down each place is taken once: there is one leaf with each index from the first to
/// the last, and one node over each pair, whatever is asked of the order of rows.
pub(super) fn implied(circuit: &Circuit) -> Vec<(String, &'static str)> {
    let mut implied = Vec::new();
    let mut add = |name: &str, reason: &'static str| implied.push((name.to_owned(), reason));
    for kind in KINDS {
        let reason = "The other kinds are 0 or 1 and all come to 1, so two others are 1 or more. First, \
            node and salt exclude each other by what their capacity begins with, first and next by \
            an index that would go up and stay. What is left has two of next, node or salt, and sum: \
            what must come before them does not come to 1 on the row before. On the first row it is \
            first, next and sum, and no kind could come after.";
        add(&format!("{kind} is 0 or 1"), reason);
    }
    if circuit.shape.layout == Layout::Sparse {
        let reason = "A row of no kind is followed by such rows only, and the last is of sums. The \
            earliest row of two kinds is first and sum on the first row, whose last element would \
            be zero and name the second or third asset; or next and node after a leaf's row that \
            ends with the capacity of a node, and nobody finds a hash with 248 such bits.";
        add("each row is of one kind", reason);
    }
    let between = "Leaves fill the rows to the marked one; rows of sums, which count from 0 to the last, \
        and the salt before them fill the end. The rows between are as many as the tree has nodes.";
    add("nodes come after leaves and nodes", between);
    add("salt comes after nodes", between);
    let before_sums = "Leaves, nodes and rows of sums that count from 0 to the last leave one row. A \
        node does not come after salt or sums, so it is right before those rows; were it of sums, \
        they would count further. So it is the salt.";
    add("sums come after salt and sums", before_sums);
    let marked = "Rows of sums count from 0 to the last, a salt comes before them, and nodes are as many \
        as the tree has. So the leaves, which come first, end on the marked row.";
    add("the marked row is of a leaf", marked);
    add("a node comes after the marked row", marked);
    let sums = "Leaves and nodes leave one row for the salt and as many for sums as there should be, and \
        nothing but sums comes after the salt.";
    add("the last row is of sums", sums);
    add("base of sums ends", sums);
    let of_tree =
        "The tree has a leaf at each index from the first to the last, and none elsewhere.";
    add("index begins", of_tree);
    add("index ends", of_tree);
    if circuit.shape.layout == Layout::Dense && circuit.slots < 2 * STEP {
        let reason = "An asset has one entry in each leaf at most. The limb and the number of steps \
            are both below 2^15, so there are no two steps in a count below 64,512.";
        for entry in 0..circuit.shape.sums_of_row() {
            add(&format!("count {entry} has one step"), reason);
        }
    }
    for place in 0..KEY_LIMBS - 1 {
        let reason = "It is a digit below 4. From the lowest on: with 0 or 1 carried into a limb, what \
            it is more than the one before it is -2^15 at least; two steps of 2^15 would make \
            that 2^15 or more, which is in no table.";
        add(&format!("carry {place} is 0 or 1"), reason);
    }
    implied
}
