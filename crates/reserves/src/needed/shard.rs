//! Lies of a shard.

use proof::circuit::STEP;
use proof::circuit::permutation::out;
use proof::circuit::shard::KEY_LIMBS;
use proof::id::KEY_LEN;
use proof::leaf::{Layout, NOTHING};
use proof::poseidon::{DIGEST_LEN, Digest, RATE};

use super::*;
use crate::trace::tests::SHAPES;
use forgery::{Forgery, Honest};
use margin::lie_about_margin;
use names::{CAPACITY, held, implied};

mod forgery;
mod margin;
mod names;

fn lie_about_hashes(shown: &mut Shown, honest: &Honest) {
    let columns = &honest.circuit().columns;
    let last = honest.last();
    // A permutation that is none, and the digest that comes out of it.
    for cell in 0..ROUNDS {
        let mut lie = honest.forge();
        permute_but(&mut lie, last, cell);
        lie.public.sums = lie.digest(last);
        shown.alone(&format!("round cell {cell}"), &lie.told());
    }
    for place in 0..3 {
        let mut lie = honest.forge();
        let rows = honest.rows_of_leaf(honest.long_leaf());
        *lie.cell(rows.start, RATE + place) += Val::ONE;
        lie.publish_leaf(honest.long_leaf());
        shown.alone(&format!("first: capacity {place}"), &lie.told());
    }
    for place in 0..CAPACITY {
        let name = if place < 3 {
            format!("node: capacity {place}")
        } else {
            format!("capacity {place} is zero")
        };
        let mut lie = honest.forge();
        *lie.cell(honest.root(), RATE + place) += Val::ONE;
        lie.hash(honest.root());
        lie.public.root = lie.digest(honest.root());
        shown.alone(&name, &lie.told());
        let mut lie = honest.forge();
        *lie.cell(last, RATE + place) += Val::ONE;
        lie.publish_sums(last);
        shown.alone(&format!("capacity {place} goes on"), &lie.told());
    }
    for place in 0..3 {
        let mut lie = honest.forge();
        *lie.cell(honest.salt(), RATE + place) += Val::ONE;
        lie.publish_sums(honest.salt());
        shown.alone(&format!("salt: capacity {place}"), &lie.told());
    }
    // What is hashed is not what is counted.
    let leaf = honest.rows_of_leaf(honest.long_leaf());
    for (kind, row, places) in [
        ("first", leaf.start, (0..KEY_LEN).chain(RATE / 2..RATE)),
        ("next", leaf.start + 1, (0..0).chain(0..RATE)),
    ] {
        for place in places {
            let mut lie = honest.forge();
            *lie.cell(row, place) += Val::ONE;
            lie.hash(row);
            lie.climb(leaf.end - 1, honest.long_leaf());
            shown.alone(&format!("element {place} of {kind}"), &lie.told());
        }
    }
    for place in held(honest.circuit())..RATE {
        let mut lie = honest.forge();
        *lie.cell(last, place) += Val::ONE;
        lie.publish_sums(last);
        shown.alone(&format!("element {place} of sums is zero"), &lie.told());
    }
    for place in 0..DIGEST_LEN {
        let mut lie = honest.forge();
        let mut elements = *lie.public.sums.elements();
        elements[place] ^= 1;
        lie.public.sums = Digest::from_elements(elements).unwrap();
        shown.alone(&format!("digest {place}"), &lie.told());
    }
    // An amount whose top has more bits than amounts have.
    for digit in 0..columns.digit_count {
        let mut lie = honest.forge();
        *lie.cell(leaf.start + 1, columns.digits + digit) = Val::from_u8(4);
        lie.publish_leaf(honest.long_leaf());
        lie.publish_changed_sums();
        shown.alone(&format!("digit {digit}"), &lie.told());
    }
}

fn lie_about_kinds(shown: &mut Shown, honest: &Honest) {
    let circuit = honest.circuit();
    let (columns, shape) = (&circuit.columns, &circuit.shape);
    // The first leaf has no head: its key is nobody's, and the blocks of a leaf without an id follow.
    let mut lie = honest.forge();
    let rows = honest.rows_of_leaf(0);
    *lie.cell(0, columns.first) = Val::ZERO;
    *lie.cell(0, columns.next) = Val::ONE;
    if shape.layout == Layout::Dense {
        let more = Val::from_usize(shape.entries_next() - shape.entries_first());
        rows.skip(1).for_each(|row| *lie.cell(row, columns.base) += more);
    }
    lie.publish_leaf(0);
    lie.publish_changed_sums();
    shown.alone("the first row begins a leaf", &lie.told());

    // The first row is one of sums too, and takes off from what is owed.
    if shape.layout == Layout::Dense {
        let mut lie = honest.forge();
        *lie.cell(0, columns.sum) = Val::ONE;
        for entry in 0..shape.entries_first() {
            (0..shape.width.limbs()).for_each(|limb| {
                *lie.cell(0, circuit.limb(entry, limb)) = Val::ZERO;
            });
            (0..circuit.digits_of_top()).for_each(|digit| {
                *lie.cell(0, columns.digits + entry * circuit.digits_of_top() + digit) = Val::ZERO;
            });
        }
        lie.publish_leaf(0);
        lie.publish_changed_sums();
        shown.alone("each row is of one kind", &lie.told());
    }
    lie_with_a_leaf_among_nodes(shown, honest);
}

/// The long leaf loses its head and first entries: what is left of it comes after a second row of
/// randomness, on rows of nodes; these go where it was, and a third row of randomness after them.
fn lie_with_a_leaf_among_nodes(shown: &mut Shown, honest: &Honest) {
    let circuit = honest.circuit();
    let columns = &circuit.columns;
    let mut lie = honest.forge();
    let leaf = honest.rows_of_leaf(honest.long_leaf());
    let kept = leaf.start + 2..leaf.end;
    // So many nodes exchange their places; they and the salt are as many as the leaf's rows.
    let nodes = circuit.leaf_rows as usize + 4..circuit.leaf_rows as usize + 3 + leaf.len();
    let (last, salt) = (lie.row(leaf.end - 1).to_vec(), honest.salt());
    let of_salt = |lie: &mut Forgery<'_>, row: usize| {
        lie.copy(salt, row);
        (0..2).for_each(|limb| *lie.cell(row, columns.limbs + limb) = Val::ZERO);
        let keys = columns.key..columns.key + KEY_LIMBS;
        keys.for_each(|column| *lie.cell(row, column) = last[column]);
        *lie.cell(row, columns.index) = last[columns.index];
    };
    let of_leaf: Vec<Vec<Val>> = kept.clone().map(|row| lie.row(row).to_vec()).collect();
    for (node, row) in nodes.clone().zip(leaf.clone()) {
        lie.copy(node, row);
    }
    of_salt(&mut lie, leaf.end - 1);
    of_salt(&mut lie, nodes.start);
    *lie.cell(nodes.start, columns.left) = Val::from_usize(of_leaf.len());
    *lie.cell(nodes.start, columns.base) = of_leaf[0][columns.base];
    if let Some(margin) = &columns.margin {
        *lie.cell(nodes.start, margin.left) = of_leaf[0][margin.left];
    }
    for (row, cells) in nodes.clone().skip(1).zip(of_leaf) {
        let kept = [columns.table, columns.uses].map(|column| (column, lie.row(row)[column]));
        lie.row_mut(row).copy_from_slice(&cells);
        kept.into_iter().for_each(|(column, value)| *lie.cell(row, column) = value);
    }
    lie.hash(nodes.start);
    // The parent of the leaf, and all above, are where they were.
    lie.climb(nodes.end - 1, honest.long_leaf());
    lie.publish_changed_sums();
    shown.alone("leaves come after leaves", &lie.told());
}

fn lie_about_leaves(shown: &mut Shown, honest: &Honest) {
    let circuit = honest.circuit();
    let (columns, shape) = (&circuit.columns, &circuit.shape);
    let leaf = honest.rows_of_leaf(honest.long_leaf());
    let middle = leaf.start + 1;

    let mut lie = honest.forge();
    *lie.cell(middle, columns.left) += Val::ONE;
    shown.alone("left goes down", &lie.told());
    let mut lie = honest.forge();
    *lie.cell(middle, columns.index) += Val::ONE;
    shown.alone("index stays", &lie.told());
    let mut lie = honest.forge();
    *lie.cell(middle, columns.height) += Val::ONE;
    shown.alone("height of leaves", &lie.told());

    // Two leaves change places.
    let mut lie = honest.forge();
    let places = [honest.long_leaf() - 1, honest.long_leaf()];
    for (leaf, place) in places.into_iter().zip(places.into_iter().rev()) {
        let rows = honest.rows_of_leaf(leaf);
        let index = Val::from_usize((1 << circuit.steps) + place);
        rows.clone().for_each(|row| *lie.cell(row, columns.index) = index);
        lie.climb(rows.end - 1, place);
    }
    shown.alone("index goes up", &lie.told());

    // Balances are counted under other assets.
    let mut lie = honest.forge();
    let rows = if shape.layout == Layout::Dense { leaf.clone() } else { leaf.start..middle };
    rows.for_each(|row| *lie.cell(row, columns.base) += Val::ONE);
    lie.publish_changed_sums();
    shown.alone("base of leaves begins", &lie.told());

    match shape.layout {
        Layout::Dense => {
            let mut lie = honest.forge();
            *lie.cell(leaf.end - 1, columns.base) += Val::ONE;
            lie.publish_changed_sums();
            shown.alone("base of leaves goes up", &lie.told());
            lie_with_blocks_of_another(shown, honest, "left ends with nothing", [0, 0]);
            lie_with_blocks_of_another(shown, honest, "left of all assets", [1, -1]);
        }
        Layout::Sparse | Layout::Margin => {
            // A leaf says that it has a block more than it has.
            let mut lie = honest.forge();
            leaf.clone().for_each(|row| *lie.cell(row, columns.left) += Val::ONE);
            *lie.cell(leaf.start, RATE + 2) += Val::ONE;
            lie.publish_leaf(honest.long_leaf());
            shown.alone("left ends with nothing", &lie.told());
        }
    }
}

/// A leaf has a block more than all assets need, and the one after it a block less: its last balances
/// are left out. What they say of how many they have is by so much more than the truth for all.
fn lie_with_blocks_of_another(shown: &mut Shown, honest: &Honest, name: &str, more: [i32; 2]) {
    let circuit = honest.circuit();
    let (columns, shape) = (&circuit.columns, &circuit.shape);
    let places = [4, 5];
    let [longer, shorter] = places.map(|leaf| honest.rows_of_leaf(leaf));
    let mut lie = honest.forge();
    lie.copy(shorter.start, shorter.start + 1);
    lie.copy(shorter.start - 1, shorter.start);
    *lie.cell(shorter.start, columns.base) += Val::from_usize(shape.entries_next());
    *lie.cell(shorter.start, columns.left) -= Val::ONE;
    let mut base = shape.entries_first();
    for row in shorter.clone().skip(2) {
        *lie.cell(row, columns.base) = Val::from_usize(base);
        base += shape.entries_next();
    }
    let rows = [longer.start..shorter.start + 1, shorter.start + 1..shorter.end];
    for ((rows, more), place) in rows.into_iter().zip(more).zip(places) {
        let blocks = Val::from_usize(longer.len()) + Val::from_i32(more);
        *lie.cell(rows.start, RATE + 2) = blocks;
        for (number, row) in rows.clone().enumerate() {
            *lie.cell(row, columns.left) = blocks - Val::from_usize(1 + number);
        }
        lie.hash_leaf(rows.clone());
        lie.climb(rows.end - 1, place);
    }
    lie.publish_changed_sums();
    shown.alone(name, &lie.told());
}

fn lie_about_sums(shown: &mut Shown, honest: &Honest) {
    let circuit = honest.circuit();
    let (columns, shape) = (&circuit.columns, &circuit.shape);
    let begin = honest.salt() + 1;
    let parts = shape.width.limbs() + 1;

    // Rows of sums in another order.
    let mut lie = honest.forge();
    for (from, to) in [(begin, begin + 1), (begin + 1, begin)] {
        let row = honest.checked.row(from);
        let assets = columns.assets..columns.assets + shape.sums_of_row();
        let cells = (0..RATE).chain(honest.table.limbs.clone()).chain([columns.base]);
        let assets = assets.filter(|_| shape.names_assets());
        cells.chain(assets).for_each(|column| *lie.cell(to, column) = row[column]);
    }
    lie.publish_sums(begin);
    shown.alone("base of sums goes up", &lie.told());

    if shape.layout == Layout::Dense {
        return;
    }
    // Two sums change places.
    for entry in 0..shape.sums_of_row() {
        let mut lie = honest.forge();
        for (from, to) in [(begin, begin + 1), (begin + 1, begin)] {
            let row = honest.checked.row(from);
            let count = columns.limbs + 2 * entry;
            let cells = (entry * parts..(entry + 1) * parts).chain(count..count + 2);
            cells.chain([columns.assets + entry]).for_each(|c| *lie.cell(to, c) = row[c]);
        }
        lie.publish_sums(begin);
        shown.alone(&format!("asset {entry} of sums"), &lie.told());
    }

    // More entries of an asset than sums of limbs can bear.
    let last = honest.rows_of_leaf(honest.last_leaf());
    for entry in 0..shape.sums_of_row() {
        let mut lie = honest.forge();
        let count = &honest.checked.row(begin)[columns.limbs + 2 * entry..][..2];
        let count = (count[0] + count[1] * Val::from_u32(STEP)).as_canonical_u32();
        let wanted = 2 * STEP + 800;
        let slots =
            last.clone().skip(1).flat_map(|row| (0..shape.entries_next()).map(move |s| (row, s)));
        let slots: Vec<(usize, usize)> = slots.take((wanted - count) as usize).collect();
        assert_eq!(slots.len(), (wanted - count) as usize, "there are as many empty slots");
        for (row, slot) in &slots {
            *lie.cell(*row, columns.assets + slot) = Val::from_usize(entry);
        }
        lie.publish_leaf(honest.last_leaf());
        lie.publish_changed_sums();
        lie.write_count(begin, entry, wanted, 2);
        shown.alone(&format!("count {entry} has one step"), &lie.told());
    }

    // Nothing is called by another name, here and in all leaves.
    let mut lie = honest.forge();
    let other = Val::from_u16(NOTHING - 1);
    for leaf in 0..=honest.last_leaf() {
        let rows = honest.rows_of_leaf(leaf);
        for row in rows.clone() {
            let slots =
                if row == rows.start { shape.entries_first() } else { shape.entries_next() };
            for slot in columns.assets..columns.assets + slots {
                if lie.row(row)[slot] == Val::from_u16(NOTHING) {
                    *lie.cell(row, slot) = other;
                }
            }
        }
        lie.hash_leaf(rows.clone());
        let node = honest.node_over(0, leaf);
        let digest: Vec<Val> = out(lie.row(rows.end - 1))[..DIGEST_LEN].to_vec();
        lie.row_mut(node)[leaf % 2 * DIGEST_LEN..][..DIGEST_LEN].copy_from_slice(&digest);
    }
    for height in 0..circuit.steps {
        for place in 0..circuit.slots.div_ceil(2 << height) as usize {
            let node = honest.node_over(height, place << (height + 1));
            lie.hash(node);
            if height + 1 < circuit.steps {
                let parent = honest.node_over(height + 1, place << (height + 1));
                let digest: Vec<Val> = out(lie.row(node))[..DIGEST_LEN].to_vec();
                lie.row_mut(parent)[place % 2 * DIGEST_LEN..][..DIGEST_LEN]
                    .copy_from_slice(&digest);
            }
        }
    }
    lie.public.root = lie.digest(honest.root());
    *lie.cell(honest.salt(), columns.assets) = other;
    lie.publish_changed_sums();
    shown.alone("asset of salt", &lie.told());
}

fn lie_about_keys(shown: &mut Shown, honest: &Honest) {
    let circuit = honest.circuit();
    let columns = &circuit.columns;
    let leaf = honest.rows_of_leaf(honest.long_leaf());
    // One more or one less, so that a limb stays one.
    let other = |limb: Val| if limb == Val::ZERO { Val::ONE } else { limb - Val::ONE };
    for place in 0..KEY_LIMBS {
        let mut lie = honest.forge();
        let limb = lie.cell(leaf.start, circuit.key_limb() + place);
        *limb = other(*limb);
        lie.publish_leaf(honest.long_leaf());
        shown.alone(&format!("key {place} is hashed"), &lie.told());
        let mut lie = honest.forge();
        let limb = lie.cell(leaf.start, circuit.key_limb() + KEY_LIMBS + place);
        *limb = other(*limb);
        shown.alone(&format!("key {place} goes up"), &lie.told());
        let mut lie = honest.forge();
        *lie.cell(leaf.start + 1, columns.key + place) += Val::ONE;
        shown.alone(&format!("key {place} stays"), &lie.told());
        let mut lie = honest.forge();
        lie.public.after[place] ^= 1;
        shown.alone(&format!("key {place} begins"), &lie.told());
        let mut lie = honest.forge();
        lie.public.until[place] ^= 1;
        shown.alone(&format!("key {place} ends"), &lie.told());
    }
}

#[test]
fn each_constraint_of_a_shard_is_needed_or_follows_from_others() {
    for (number, shape) in SHAPES.iter().enumerate() {
        let honest = Honest::new(number);
        assert!(honest.rows_of_leaf(honest.long_leaf()).len() >= 3);
        assert!(honest.checked.all_noticed().is_empty());
        let mut shown = Shown::new(honest.names.clone());
        check_names(&shown, &honest.forge());
        lie_about_hashes(&mut shown, &honest);
        lie_about_kinds(&mut shown, &honest);
        lie_about_leaves(&mut shown, &honest);
        lie_about_sums(&mut shown, &honest);
        lie_about_keys(&mut shown, &honest);
        if honest.circuit().columns.margin.is_some() {
            lie_about_margin(&mut shown, &honest);
        }
        lie_about_table(&mut shown, &honest.table, &honest.checked, honest.root());
        let mut said = honest.forge();
        said.public.root = proof::tree::empty();
        lie_about_sum(&mut shown, &said);
        shown.check(&format!("shard {shape:?}"), &implied(honest.circuit()));
    }
}
