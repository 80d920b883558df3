//! Lies of a shard about what is pledged and borrowed.

use proof::circuit::margin::Limbs;
use proof::circuit::shard::Circuit;
use proof::header::Asset;
use proof::id::UserId;
use proof::leaf::{LIMB_BITS, Leaf, Shape};
use proof::margin::{Margin, Position, Rule, Rules, Tier, VALUE_LIMBS};
use rand::RngExt;

use super::*;
use crate::trace::margin::write_position;

/// An amount that all tiers hold.
const AMOUNT: u128 = 1 << 20;
/// So many times 2^15 are -1 in the field.
const LESS: u32 = 65_024;

pub(super) fn lie_about_margin(shown: &mut Shown, honest: &Honest) {
    lie_about_places(shown, honest);
    lie_about_blocks(shown, honest);
    lie_about_sums_of_positions(shown, honest);
    lie_about_shifts(shown, honest);
    lie_about_products(shown, honest);
    lie_around_the_field(shown, honest);
    lie_about_cover(shown, honest);
    lie_where_nothing_is_pledged(shown, honest);
}

/// The row of the leaf that has one position.
fn lone_position(honest: &Honest) -> usize {
    honest.rows_of_leaf(honest.long_leaf()).start - 1
}

/// The positions of the long leaf.
fn positions(honest: &Honest) -> Range<usize> {
    let rows = honest.rows_of_leaf(honest.long_leaf());
    let is_position = |row: &usize| honest.checked.row(*row)[honest.margin().position] == Val::ONE;
    rows.clone().find(is_position).unwrap()..rows.end
}

/// One more or one less, so that a limb stays one.
fn other(limb: Val) -> Val {
    if limb == Val::ZERO { Val::ONE } else { limb - Val::ONE }
}

/// Rules of collateral, by number.
fn of_collateral(honest: &Honest) -> impl Iterator<Item = (u16, &Rule)> {
    (0..).zip(&honest.circuit().rules).filter(|(_, rule)| !rule.is_debt)
}

impl Forgery<'_> {
    /// Publishes the leaf that has one position, and the sums.
    fn publish_lone_position(&mut self, honest: &Honest) {
        self.publish_leaf(honest.long_leaf() - 1);
        self.publish_changed_sums();
    }
}

fn lie_about_places(shown: &mut Shown, honest: &Honest) {
    let (columns, margin) = (&honest.circuit().columns, honest.margin());
    // The root comes after a rule.
    let mut lie = honest.forge();
    let rule = honest.rule(0);
    let of_rule = honest.checked.row(rule).to_vec();
    lie.copy(honest.root(), rule);
    for column in (0..columns.table).chain(columns.uses + 1..columns.width) {
        *lie.cell(honest.root(), column) = of_rule[column];
    }
    shown.alone("nodes come after leaves and nodes", &lie.told());

    // The last entries of a leaf come after its positions.
    let mut lie = honest.forge();
    let leaf = honest.rows_of_leaf(honest.long_leaf());
    let positions = positions(honest);
    let entries = positions.start - 1;
    let moved: Vec<Vec<Val>> =
        positions.clone().chain([entries]).map(|row| lie.row(row).to_vec()).collect();
    for (row, cells) in (entries..leaf.end).zip(moved) {
        for column in (0..columns.table).chain(columns.uses + 1..columns.width) {
            *lie.cell(row, column) = cells[column];
        }
        let left = Val::from_usize(leaf.end - 1 - row);
        *lie.cell(row, columns.left) = left;
        *lie.cell(row, margin.left) = if row + 1 == leaf.end { Val::ZERO } else { left - Val::ONE };
    }
    lie.publish_leaf(honest.long_leaf());
    shown.alone("entries come before positions", &lie.told());

    // A leaf says another number of positions on the way, and in its hash.
    let mut lie = honest.forge();
    *lie.cell(leaf.start + 1, margin.left) += Val::ONE;
    shown.alone("positions left go down", &lie.told());
    let mut lie = honest.forge();
    leaf.clone().for_each(|row| *lie.cell(row, margin.left) += Val::ONE);
    *lie.cell(leaf.start, RATE + 1) += Val::ONE;
    lie.publish_leaf(honest.long_leaf());
    shown.alone("positions left end with nothing", &lie.told());
}

fn lie_about_blocks(shown: &mut Shown, honest: &Honest) {
    let margin = honest.margin();
    let leaf = honest.rows_of_leaf(honest.long_leaf());
    let position = positions(honest).start;
    for place in 0..RATE {
        let mut lie = honest.forge();
        *lie.cell(position, place) += Val::ONE;
        lie.hash(position);
        lie.climb(leaf.end - 1, honest.long_leaf());
        shown.alone(&format!("element {place} of position"), &lie.told());
    }
    // Small numbers that are not, where nothing is a position.
    for bit in 0..margin.bit_count {
        let mut lie = honest.forge();
        *lie.cell(honest.root(), margin.bits + bit) = Val::TWO;
        shown.alone(&format!("bit {bit} is 0 or 1"), &lie.told());
    }
    for limb in 1..VALUE_LIMBS {
        let mut lie = honest.forge();
        *lie.cell(honest.root(), margin.turns + limb - 1) = Val::TWO;
        shown.alone(&format!("turn {limb} is small"), &lie.told());
    }
}

fn lie_about_sums_of_positions(shown: &mut Shown, honest: &Honest) {
    let (circuit, margin) = (honest.circuit(), honest.margin());
    let (columns, shape) = (&circuit.columns, circuit.shape);
    // What is owed to a customer is counted as pledged.
    let mut lie = honest.forge();
    let entries = honest.rows_of_leaf(honest.long_leaf()).start + 1;
    *lie.cell(entries, margin.of_positions) = Val::ONE;
    for entry in 0..shape.entries_next() {
        *lie.cell(entries, columns.assets + entry) =
            Val::from_usize(shape.first_position_sum() + entry);
    }
    lie.publish_leaf(honest.long_leaf());
    lie.publish_changed_sums();
    shown.alone("entries are not of positions", &lie.told());

    // Sums of entries among those of positions, of an asset in which nothing is pledged.
    let mut lie = honest.forge();
    let sums = honest.salt() + 2 + shape.first_position_sum() / shape.sums_of_row();
    assert!(lie.row(sums)[..RATE].iter().all(|sum| *sum == Val::ZERO));
    *lie.cell(sums, margin.of_positions) = Val::ZERO;
    shown.alone("sums of positions begin", &lie.told());
}

/// Another value of the same product: its point is at several places, as often as these say, which come
/// to the rule's place.
fn with_shifts<'a>(honest: &'a Honest, number: u16, shifts: &[i64]) -> Option<Forgery<'a>> {
    let row = lone_position(honest);
    let mut lie = honest.forge();
    lie.write_position(row, &Position { rule: number, amount: AMOUNT });
    for (place, shift) in shifts.iter().enumerate() {
        *lie.cell(row, honest.margin().shifts + place) = Val::from_i64(*shift);
    }
    lie.cover(honest.rows_of_leaf(honest.long_leaf() - 1)).then_some(lie)
}

fn lie_about_shifts(shown: &mut Shown, honest: &Honest) {
    let count = honest.margin().shift_count;
    let find = |bent: Option<usize>| {
        let sets = (0..1u32 << count).filter(|set| set.count_ones() >= 2);
        sets.filter(|set| bent.is_none_or(|bent| set >> bent & 1 == 0)).find_map(|set| {
            let mut shifts: Vec<i64> =
                (0..count).map(|shift| i64::from(set >> shift & 1)).collect();
            if let Some(bent) = bent {
                shifts[bent] = 1 - shifts.iter().sum::<i64>();
            }
            let place: i64 = (0..).zip(&shifts).map(|(place, shift)| place * shift).sum();
            let rules = (0..).zip(&honest.circuit().rules);
            let mut rules = rules.filter(|(_, rule)| i64::from(rule.shift) == place);
            rules.find_map(|(number, _)| with_shifts(honest, number, &shifts))
        })
    };
    let lies = (0..count).map(|shift| (format!("shift {shift} is 0 or 1"), Some(shift)));
    for (name, bent) in lies.chain([("there is one shift".to_owned(), None)]) {
        let mut lie = find(bent).expect("some places come to a rule's");
        lie.publish_lone_position(honest);
        shown.alone(&name, &lie.told());
    }
}

fn lie_about_products(shown: &mut Shown, honest: &Honest) {
    let circuit = honest.circuit();
    let (begin, places) = (circuit.columns.limbs, Limbs::new(circuit.shape));
    let parts = circuit.shape.width.limbs() + 1;
    let row = lone_position(honest);
    let rows = honest.rows_of_leaf(honest.long_leaf() - 1);
    for part in 0..parts {
        let mut lie = honest.forge();
        let rest = lie.cell(row, begin + places.rest + part);
        *rest = other(*rest);
        shown.alone(&format!("limit {part}"), &lie.told());
    }
    // A limb of the product is another, and so the value.
    let (number, _) = of_collateral(honest).max_by_key(|(_, rule)| rule.shift).unwrap();
    for limb in 0..=parts {
        let mut lie = honest.forge();
        lie.write_position(row, &Position { rule: number, amount: AMOUNT });
        let product = lie.cell(row, begin + places.product + limb);
        *product = other(*product);
        assert!(lie.cover(rows.clone()));
        lie.publish_lone_position(honest);
        shown.alone(&format!("product {limb}"), &lie.told());
    }
    // Of a product that is too large, what is above the limbs of a value is left out.
    for limb in VALUE_LIMBS..=parts + 1 {
        let too_much = |(number, rule): (u16, &Rule)| {
            let [low, high] = rule.weight.map(u128::from);
            let weight = high << LIMB_BITS | low;
            let amount = (1u128 << (LIMB_BITS as usize * limb)).checked_div(weight)? + 1;
            let is_above = usize::from(rule.shift) + VALUE_LIMBS <= limb;
            (is_above && amount <= rule.limit).then_some(Position { rule: number, amount })
        };
        let position = of_collateral(honest).find_map(too_much).expect("a tier holds as much");
        let mut lie = honest.forge();
        lie.write_position(row, &position);
        assert!(lie.cover(rows.clone()));
        lie.publish_lone_position(honest);
        shown.alone(&format!("product {limb} is below the point"), &lie.told());
    }
}

/// What is carried, borrowed or turned over is less than nothing or more than it can be, and what is shown
/// is one off: a limit is exceeded, a product and a cover are greater than they are.
fn lie_around_the_field(shown: &mut Shown, honest: &Honest) {
    let (circuit, margin) = (honest.circuit(), honest.margin());
    let (begin, places) = (circuit.columns.limbs, Limbs::new(circuit.shape));
    let parts = circuit.shape.width.limbs() + 1;
    let row = lone_position(honest);
    let rows = honest.rows_of_leaf(honest.long_leaf() - 1);
    assert_eq!(Val::from_u32(LESS) * Val::from_u32(1 << LIMB_BITS), -Val::ONE);

    let limb_max = (1u32 << LIMB_BITS) - 1;
    let limit = circuit.rules[0].limit;
    assert_eq!(limit, (1 << (2 * LIMB_BITS)) - 1);
    let position = Position { rule: 0, amount: (u128::from(limb_max) << 30) + (1 << LIMB_BITS) };
    let mut without_limit = circuit.clone();
    without_limit.rules[0].limit = position.amount;
    let mut lie = honest.forge();
    write_position(&without_limit, margin, lie.row_mut(row), &position);
    let rest = [limb_max, limb_max, LESS - limb_max].into_iter().chain(std::iter::repeat(0));
    for (part, rest) in rest.take(parts).enumerate() {
        *lie.cell(row, margin.limit + part) = honest.checked.row(row)[margin.limit + part];
        *lie.cell(row, begin + places.rest + part) = Val::from_u32(rest);
    }
    let borrowed = parts + 2;
    *lie.cell(row, margin.bits + borrowed) = -Val::from_u32(LESS);
    assert!(lie.cover(rows.clone()));
    lie.publish_lone_position(honest);
    shown.alone(&format!("bit {borrowed} is 0 or 1"), &lie.told());

    let mut lie = honest.forge();
    let more = |cell: &mut Val, more: u32| {
        let sum = cell.as_canonical_u32() + more;
        *cell = Val::from_u32(sum & limb_max);
        sum >> LIMB_BITS
    };
    let product = begin + places.product;
    assert_eq!(more(lie.cell(row, product), 1), 0);
    let carried = more(lie.cell(row, begin + places.carries), LESS - 2 * STEP);
    assert_eq!(carried, 0);
    *lie.cell(row, margin.bits) += Val::TWO;
    let carried = more(lie.cell(row, product + 1), LESS);
    assert_eq!(more(lie.cell(row, begin + places.carries + 1), carried), 0);
    assert_eq!(more(lie.cell(row, product + 2), carried), 0);
    assert!(lie.cover(rows.clone()));
    shown.alone("bit 0 is 0 or 1", &lie.told());

    let mut lie = honest.forge();
    lie.write_position(row, &Position { rule: 0, amount: 1 });
    assert!(lie.cover(rows));
    lie.publish_lone_position(honest);
    let cover = begin + places.cover;
    assert_eq!(more(lie.cell(row, cover), 1), 0);
    *lie.cell(row, margin.turns) += Val::from_u32(LESS);
    let turn = more(lie.cell(row, cover + 1), LESS);
    *lie.cell(row, margin.turns + 1) += Val::from_u32(turn);
    assert_eq!(more(lie.cell(row, cover + 2), turn), 0);
    shown.alone("turn 1 is small", &lie.told());
}

fn lie_about_cover(shown: &mut Shown, honest: &Honest) {
    let circuit = honest.circuit();
    let leaf = honest.rows_of_leaf(honest.long_leaf());
    let cover = circuit.columns.limbs + Limbs::new(circuit.shape).cover;
    for limb in 0..VALUE_LIMBS {
        let mut lie = honest.forge();
        let cover = lie.cell(leaf.end - 1, cover + limb);
        *cover = other(*cover);
        shown.alone(&format!("cover {limb}"), &lie.told());
    }
    // A tier is used twice.
    let mut lie = honest.forge();
    let positions = positions(honest);
    assert!(positions.len() > 3);
    let rule = lie.row(positions.start)[honest.margin().number].as_canonical_u32() as u16;
    lie.write_position(positions.start + 1, &Position { rule, amount: AMOUNT });
    assert!(lie.cover(leaf));
    lie.publish_leaf(honest.long_leaf());
    lie.publish_changed_sums();
    shown.alone("rules of positions go up", &lie.told());
}

/// A shard of leaves of nobody, in which the sum of a rule has the number of nothing.
fn without_positions(honest: &Honest) -> Honest {
    let width = honest.circuit().shape.width;
    let symbols: Vec<String> = (0..620).map(|number| format!("A{number}")).collect();
    let asset = |symbol: &String| Asset {
        symbol: symbol.clone(),
        id: symbol.clone(),
        decimals: 6,
        price: "1".to_owned(),
    };
    let assets: Vec<Asset> = symbols.iter().map(asset).collect();
    let tiers = vec![Tier { up_to: (AMOUNT * 2).to_string(), ratio_bp: 9_000 }];
    let margin = symbols.into_iter().map(|asset| Margin { asset, tiers: tiers.clone() });
    let margin: Vec<Margin> = margin.collect();
    let shape = Shape::margin(width, assets.len(), margin.len()).unwrap();
    let rules = Rules::new(shape, &assets, &margin).unwrap();
    let circuit = Circuit::new(shape, &rules, 16, 29_000).unwrap();
    let mut rng = StdRng::seed_from_u64(3);
    let mut ids: Vec<UserId> =
        (0..circuit.slots).map(|_| UserId::from_bytes(&rng.random())).collect();
    ids.sort_unstable();
    let leaf = |id: UserId| Leaf::new(shape, id, Vec::new()).unwrap();
    let leaves: Vec<Leaf> = ids.into_iter().map(leaf).collect();
    Honest::of(circuit, &leaves, &mut rng)
}

fn lie_where_nothing_is_pledged(shown: &mut Shown, honest: &Honest) {
    let honest = &without_positions(honest);
    assert_eq!(honest.names, shown.names);
    let (circuit, margin) = (honest.circuit(), honest.margin());
    let columns = &circuit.columns;
    // Sums of positions are such of entries, in assets that there are not.
    let mut lie = honest.forge();
    for row in honest.salt() + 1..=honest.last() {
        if lie.row(row)[margin.of_positions] == Val::ONE {
            *lie.cell(row, margin.of_positions) = Val::ZERO;
        }
    }
    shown.alone("sums of positions come", &lie.told());

    // A position is counted as nothing.
    let of_nothing = |rule: &Rule| rule.sum == u32::from(NOTHING);
    let number = circuit.rules.iter().position(of_nothing).expect("a sum has this number");
    let mut lie = honest.forge();
    let leaf = honest.rows_of_leaf(honest.last_leaf());
    let covers = Position { rule: 0, amount: AMOUNT };
    let positions = [covers, Position { rule: number as u16, amount: 0 }];
    let begin = leaf.end - positions.len();
    assert!(begin > leaf.start);
    *lie.cell(leaf.start, RATE + 1) = Val::from_usize(positions.len());
    leaf.clone().for_each(|row| *lie.cell(row, margin.left) = Val::from_usize(positions.len()));
    for (place, position) in positions.iter().enumerate() {
        let row = begin + place;
        *lie.cell(row, margin.left) = Val::from_usize(positions.len() - 1 - place);
        for (column, is_kind) in [(columns.next, false), (margin.position, true)] {
            *lie.cell(row, column) = Val::from_bool(is_kind);
        }
        // Nothing was looked up here before.
        *lie.cell(honest.rule(0), margin.uses) += Val::ONE;
        lie.write_position(row, position);
        *lie.cell(row, margin.of_positions) = Val::from_bool(place == 0);
    }
    assert!(lie.cover(leaf));
    lie.publish_leaf(honest.last_leaf());
    lie.publish_changed_sums();
    shown.alone("positions are of positions", &lie.told());
}
