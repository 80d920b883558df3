//! Constraints of a shard by name, and those that follow from others.

use proof::circuit::shard::{Circuit, KEY_LIMBS};
use proof::circuit::{STEP, margin};
use proof::id::KEY_LEN;
use proof::leaf::Layout;
use proof::margin::VALUE_LIMBS;
use proof::poseidon::{DIGEST_LEN, RATE, WIDTH};

use crate::needed::{names_of_rounds, names_of_sum, names_of_table};

const KINDS: [&str; 5] = ["first", "next", "node", "salt", "sum"];
/// Kinds of rows where there are positions.
const KINDS_OF_MARGIN: [&str; 2] = ["position", "rule"];
pub(super) const CAPACITY: usize = WIDTH - RATE;

/// Names of all constraints, in the order in which the circuit hands them over.
pub(super) fn names(circuit: &Circuit) -> Vec<String> {
    let shape = &circuit.shape;
    let is_dense = shape.layout == Layout::Dense;
    let mut names = names_of_rounds();
    let mut add = |name: String| names.push(name);
    kinds(circuit).for_each(|kind| add(format!("{kind} is 0 or 1")));
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
    if let Some(margin) = &circuit.columns.margin {
        names_of_margin(circuit, margin).into_iter().for_each(&mut add);
    }
    (0..DIGEST_LEN).for_each(|place| add(format!("digest {place}")));
    names_of_sum(circuit).into_iter().for_each(&mut add);
    names
}

fn kinds(circuit: &Circuit) -> impl Iterator<Item = &'static str> {
    let of_margin = circuit.columns.margin.iter().flat_map(|_| KINDS_OF_MARGIN);
    KINDS.into_iter().chain(of_margin)
}

fn names_of_margin(circuit: &Circuit, margin: &margin::Columns) -> Vec<String> {
    let parts = circuit.shape.width.limbs() + 1;
    let of_kinds = [
        "entries come before positions",
        "rules come after nodes and rules",
        "of positions is 0 or 1",
        "positions are of positions",
        "entries are not of positions",
        "sums of positions begin",
        "sums of positions come",
        "positions left go down",
        "positions left end with nothing",
    ];
    let mut names = of_kinds.map(str::to_owned).to_vec();
    let mut add = |name: String| names.push(name);
    (0..margin.shift_count).for_each(|shift| add(format!("shift {shift} is 0 or 1")));
    add("there is one shift".to_owned());
    (0..margin.bit_count).for_each(|bit| add(format!("bit {bit} is 0 or 1")));
    (1..VALUE_LIMBS).for_each(|limb| add(format!("turn {limb} is small")));
    (0..RATE).for_each(|place| add(format!("element {place} of position")));
    (0..parts).for_each(|part| add(format!("limit {part}")));
    (0..=parts).for_each(|limb| add(format!("product {limb}")));
    (VALUE_LIMBS..=parts + 1).for_each(|limb| add(format!("product {limb} is below the point")));
    add("rules of positions go up".to_owned());
    (0..VALUE_LIMBS).for_each(|limb| add(format!("cover {limb}")));
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
    let is_margin = circuit.shape.layout == Layout::Margin;
    for kind in KINDS {
        let reason = "The other kinds are 0 or 1 and all come to 1, so two others are 1 or more. First, \
            node and salt exclude each other by what their capacity begins with, first and next by \
            an index that would go up and stay. What is left has two of next, node or salt, and sum: \
            what must come before them does not come to 1 on the row before. On the first row it is \
            first, next and sum, and no kind could come after.";
        if !is_margin {
            add(&format!("{kind} is 0 or 1"), reason);
        }
    }
    if circuit.shape.layout == Layout::Sparse {
        let reason = "A row of no kind is followed by such rows only, and the last is of sums. The \
            earliest row of two kinds is first and sum on the first row, whose last element would \
            be zero and name the second or third asset; or next and node after a leaf's row that \
            ends with the capacity of a node, and nobody finds a hash with 248 such bits.";
        add("each row is of one kind", reason);
    }
    if is_margin {
        implied_of_margin(&mut add);
    } else {
        let between = "Leaves fill the rows to the marked one; rows of sums, which count from 0 to the \
            last, and the salt before them fill the end. The rows between are as many as the tree has \
            nodes.";
        add("nodes come after leaves and nodes", between);
    }
    let between = "Leaves fill the rows to the marked one; rows of sums, which count from 0 to the last, \
        and the salt before them fill the end. The rows between are as many as the tree has nodes, and \
        the verifier rules.";
    add("salt comes after nodes", between);
    let before_sums = "Leaves, nodes, rules and rows of sums that count from 0 to the last leave one row. \
        Neither a node nor a rule comes after salt or sums, so it is right before those rows; were it \
        of sums, they would count further. So it is the salt.";
    add("sums come after salt and sums", before_sums);
    let marked = "Rows of sums count from 0 to the last, a salt comes before them, and nodes and rules are \
        as many as the tree and the verifier have. So the leaves, which come first, end on the marked \
        row, and a node after them.";
    add("the marked row is of a leaf", marked);
    add("a node comes after the marked row", marked);
    let sums = "Leaves, nodes and rules leave one row for the salt and as many for sums as there should \
        be, and nothing but sums comes after the salt.";
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

/// Those of a shard with positions. A leaf's kinds are first, next and position; further is next or
/// position. Capacities tell first, node and salt apart, the index first from further, and what sums are
/// of a position from a sum. Where a further row or one of sums begins a hash too, it would go on from
/// the capacity of the row before, and nobody finds a hash with 248 such bits.
fn implied_of_margin(add: &mut impl FnMut(&str, &'static str)) {
    let first = "It is below 0, and two others are 1 or more: neither node nor salt by their capacity, nor \
        a further row by the index, so sum and rule. The row before is of both salt or sum and node or \
        rule, so it is such a row too, and so is the first, which is first.";
    add("first is 0 or 1", first);
    let next = "All kinds come to 1, so a row is of a leaf once less than it is node, salt, sum and rule. \
        After what is not of a leaf once comes none of a leaf, and before the marked row none does. So \
        it is first and position, with what all three hash: then its key is 0, and none is below. Or it \
        is node, salt or rule, and position: a node's digests would be zero but for a few elements; an \
        element would be zero that names the sum of a rule, or nothing, and no asset makes up for that.";
    add("next is 0 or 1", next);
    let node = "It is below 0, and two others are 1 or more: not first and salt by their capacity, nor \
        a further row by the hash, so sum and rule. What must come before all three comes to more than \
        1 on the row before.";
    add("node is 0 or 1", node);
    let salt = "It is below 0, and two others are 1 or more: not first and node by their capacity, nor \
        a further row or one of sums by the hash. That leaves rule alone.";
    add("salt is 0 or 1", salt);
    let sum = "It is below 0, and two others are 1 or more: not a position. With next, the row before is of \
        a leaf and of salt or sum, but node and rule are not below 0. Without, it begins a hash and goes \
        on. On the first row nothing could come after first and next; and first and rule would leave a \
        row of rules to nothing.";
    add("sum is 0 or 1", sum);
    let position =
        "It is below 0, so it is of positions; then sum is what position lacks to 1, 2 or more.";
    add("position is 0 or 1", position);
    let rule = "It is below 0 and has no shift less than none, so it is once, on a position that is also \
        one other kind: not first by the index, not a node by the hash, and none other by what must come \
        before and after.";
    add("rule is 0 or 1", rule);
    let one_kind = "A row of no kind is followed by such rows only, and the last is of sums. Nothing could \
        come after a first row that is further; one that is of sums has an element that would be zero and \
        names an asset; one that is a rule has an entry in no sum of entries. By what must come before, \
        and as no rule's sum has the number of nothing, others are at most node and rule. But nodes, \
        rules, salt and sums are as many as there are rows for them.";
    add("each row is of one kind", one_kind);
    let rules = "Leaves fill the rows to the marked one and a node comes after; the salt and the sums fill \
        the end. What is between is nodes and rules.";
    add("rules come after nodes and rules", rules);
    let of_positions = "Positions are, leaves and all others are not, and sums are what the row before is, \
        but for one row: none before it, as the salt is not, and all from it on, as the last one is.";
    add("of positions is 0 or 1", of_positions);
}
