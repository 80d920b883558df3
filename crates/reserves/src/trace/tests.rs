use super::*;
use crate::checked::Checked;
use proof::circuit::{On, System};
use proof::header::Asset;
use proof::leaf::{Shape, Width};
use proof::margin::{Held, Margin, Rules, Tier};
use proof::poseidon::Poseidon;
use proof::tree::Tree;
use rand::SeedableRng;
use rand::rngs::StdRng;

pub(crate) const SHAPES: [(Layout, Width, usize, u32); 6] = [
    (Layout::Dense, Width::Bits64, 22, 13_000),
    (Layout::Dense, Width::Bits96, 9, 16_000),
    (Layout::Sparse, Width::Bits64, 100, 24_000),
    (Layout::Sparse, Width::Bits96, 40, 20_001),
    (Layout::Margin, Width::Bits64, 40, 14_000),
    (Layout::Margin, Width::Bits96, 25, 13_001),
];

/// A shape, and the rules of every third asset where some can be pledged and borrowed.
pub(crate) fn shape(layout: Layout, width: Width, assets: usize) -> (Shape, Rules) {
    if layout != Layout::Margin {
        return (Shape::new(layout, width, assets).unwrap(), Rules::default());
    }
    let asset = |number: usize| Asset {
        symbol: format!("A{number}"),
        id: format!("A{number}"),
        decimals: 4 + number as u8 % 15,
        price: format!("{}.5", 40 + number * number * 100),
    };
    let assets: Vec<Asset> = (0..assets).map(asset).collect();
    let tier = |(bits, ratio_bp): (u32, u16)| {
        let up_to = (1u128 << bits) - 1;
        Tier { up_to: up_to.to_string(), ratio_bp }
    };
    let tiers = [(30, 9_500), (45, 8_000), (width.bits(), 2_500)].map(tier).to_vec();
    let margin = assets.iter().step_by(3).map(|asset| asset.symbol.clone());
    let margin: Vec<Margin> = margin.map(|asset| Margin { asset, tiers: tiers.clone() }).collect();
    let shape = Shape::margin(width, assets.len(), margin.len()).unwrap();
    let rules = Rules::new(shape, &assets, &margin).unwrap();
    (shape, rules)
}

pub(crate) fn circuit(number: usize) -> Circuit {
    let (layout, width, assets, slots) = SHAPES[number];
    let (shape, rules) = shape(layout, width, assets);
    Circuit::new(shape, &rules, 16, slots).unwrap()
}

/// The same leaf with something pledged in several tiers, and as much borrowed as it covers and can be
/// written.
pub(crate) fn with_positions(leaf: Leaf, rules: &Rules, pledged: u128, assets: usize) -> Leaf {
    let mut held = [
        Held { place: 0, pledged, debt: 0 },
        Held { place: assets as u16 / 2, pledged: pledged / 3, debt: pledged },
        Held { place: assets as u16 - 1, pledged: 0, debt: pledged / 5 },
    ];
    loop {
        let positions = rules.positions(&held).unwrap();
        if rules.cover(&positions).is_some() {
            return leaf.with_positions(rules, positions).unwrap();
        }
        let worth = |held: &Held| rules.cover(&rules.positions(&[*held]).unwrap());
        let is_dear = worth(&Held { debt: 0, ..held[0] }).is_none();
        held[0].pledged >>= u32::from(is_dear);
        held.iter_mut().for_each(|held| held.debt /= 2);
    }
}

/// Leaves of people who hold a few assets, the last of them of nobody who holds nothing.
pub(crate) fn leaves(circuit: &Circuit, rng: &mut StdRng) -> Vec<Leaf> {
    let shape = circuit.shape;
    let (_, rules) = self::shape(shape.layout, shape.width, shape.assets());
    let mut ids: Vec<UserId> =
        (0..circuit.slots).map(|_| UserId::from_bytes(&rng.random())).collect();
    ids.sort_unstable();
    let last = ids.len() - 1;
    let leaf = |(place, id): (usize, UserId)| {
        let mut amount = || rng.random::<u128>() >> (128 - shape.width.bits() + place as u32 % 40);
        let entries = match shape.layout {
            Layout::Dense => (0..shape.assets())
                .map(|asset| Entry {
                    asset: asset as u16,
                    amount: if place == last { 0 } else { amount() },
                })
                .collect(),
            _ if place == last => Vec::new(),
            Layout::Sparse | Layout::Margin => (0..shape.assets())
                .filter(|asset| (asset * 7 + place) % shape.assets() < place % 5)
                .map(|asset| Entry { asset: asset as u16, amount: amount() | 1 })
                .collect(),
        };
        let leaf = Leaf::new(shape, id, entries).unwrap();
        if shape.layout == Layout::Margin && place % 4 == 1 && place != last {
            let pledged = rng.random::<u128>() >> (128 - 20 - place as u32 % 30);
            return with_positions(leaf, &rules, pledged, shape.margin_assets());
        }
        leaf
    };
    ids.into_iter().enumerate().map(leaf).collect()
}

fn checked(number: usize) -> (Checked<Circuit>, Trace) {
    let mut rng = StdRng::seed_from_u64(number as u64);
    let circuit = circuit(number);
    let leaves = leaves(&circuit, &mut rng);
    let trace = trace(&circuit, 0, &leaves, &mut rng).unwrap();
    let checked = Checked::new(circuit, trace.public.clone(), trace.cells.clone(), &mut rng);
    (checked, trace)
}

#[test]
fn an_honest_shard_satisfies_everything_and_says_what_it_owes() {
    for number in 0..SHAPES.len() {
        let (checked, trace) = checked(number);
        let circuit = &checked.circuit;
        assert_eq!(checked.all_faults(), []);
        // The same root, leaves and sums as without a circuit.
        let poseidon = Poseidon::default();
        let mut rng = StdRng::seed_from_u64(number as u64);
        let leaves = leaves(circuit, &mut rng);
        // The last leaf of nobody is filled up with blocks, where leaves have as many as they need.
        let digests = leaves[..leaves.len() - 1].iter().map(|leaf| leaf.digest(&poseidon));
        assert!(digests.eq(trace.leaves[..leaves.len() - 1].iter().copied()));
        let tree = Tree::over(&poseidon, 0, circuit.steps, trace.leaves.clone()).unwrap();
        assert_eq!(*tree.root(), trace.public.root);
        for asset in 0..circuit.shape.assets() {
            let owed = leaves.iter().flat_map(|leaf| leaf.entries());
            let owed: u128 = owed.filter(|e| usize::from(e.asset) == asset).map(|e| e.amount).sum();
            assert_eq!(said(&trace, asset), owed, "asset {asset}");
        }
        for sum in circuit.shape.first_position_sum()..circuit.shape.sums() {
            let positions = leaves.iter().flat_map(|leaf| leaf.positions());
            let of_sum = positions
                .filter(|position| circuit.rules[usize::from(position.rule)].sum as usize == sum);
            let amounts: Vec<u128> = of_sum.map(|position| position.amount).collect();
            assert_eq!(said(&trace, sum), amounts.iter().sum::<u128>(), "sum {sum}");
        }
        let uses: usize = leaves.iter().map(|leaf| leaf.positions().len()).sum();
        assert_eq!(uses > 10_000, circuit.shape.layout == Layout::Margin, "{uses}");
    }
}

/// What a sum of a shard comes to.
fn said(trace: &Trace, sum: usize) -> u128 {
    let limbs = trace.opening.sums[sum].iter().rev();
    limbs.fold(0u128, |sum, limb| (sum << LIMB_BITS) + u128::from(*limb))
}

/// Cells that stand for nothing on a row of their kind.
fn is_free(circuit: &Circuit, row: &[Val], column: usize) -> bool {
    let columns = &circuit.columns;
    let is = |kind: usize| row[kind] == Val::ONE;
    let names_assets = circuit.shape.names_assets();
    let [is_position, is_rule] = match &columns.margin {
        Some(margin) => [margin.position, margin.rule].map(is),
        None => [false; 2],
    };
    let is_leaf = is(columns.first) || is(columns.next) || is_position;
    if let Some(margin) = columns.margin.as_ref().filter(|margin| column >= margin.position) {
        let of_rule = margin.owes..margin.limit + circuit.shape.width.limbs() + 1;
        return match column {
            _ if column == margin.left => !is_leaf,
            _ if column == margin.uses => !is_rule,
            _ if column == margin.number || of_rule.contains(&column) => !is_position && !is_rule,
            _ => false,
        };
    }
    let asset = column.checked_sub(columns.assets);
    let asset = asset.filter(|place| names_assets && *place < circuit.shape.entries_next());
    let is_key = (columns.key..columns.key + KEY_LIMBS).contains(&column);
    match asset {
        Some(place) if is(columns.first) => place >= circuit.shape.entries_first(),
        Some(place) if is(columns.sum) => place >= circuit.shape.sums_of_row(),
        Some(0) if is(columns.salt) || is_position || is_rule => false,
        Some(_) => !is(columns.next),
        None if column == columns.left || is_key => !is_leaf,
        None if column == columns.base => {
            let is_further = is(columns.next) && names_assets;
            is(columns.node) || is(columns.salt) || is_further || is_position || is_rule
        }
        None if column == columns.index || column == columns.height => {
            is(columns.salt) || is(columns.sum) || is_rule
        }
        None => false,
    }
}

/// Where a row is no position, what is carried may be any small number.
fn is_small_of_nothing(circuit: &Circuit, row: &[Val], column: usize, value: Val) -> bool {
    circuit.columns.margin.as_ref().is_some_and(|margin| {
        let bits = margin.bits..margin.bits + margin.bit_count;
        let is_bit = bits.contains(&column) && [Val::ZERO, Val::ONE].contains(&value);
        let is_turn = column >= margin.turns && column < circuit.columns.width;
        let is_turn = is_turn && [Val::ZERO, Val::ONE, -Val::ONE].contains(&value);
        row[margin.position] == Val::ZERO && (is_bit || is_turn)
    })
}

#[test]
fn a_changed_cell_is_noticed_wherever_it_stands_for_something() {
    for number in 0..SHAPES.len() {
        let (mut checked, _) = checked(number);
        let circuit = checked.circuit.clone();
        let (leaf_rows, nodes) = (circuit.leaf_rows as usize, circuit.node_rows as usize);
        let active = circuit.size().active_rows() as usize;
        let salt = leaf_rows + nodes + circuit.rules.len();
        let mut rows = vec![
            0,
            1,
            2,
            leaf_rows / 2,
            leaf_rows - 1,
            leaf_rows,
            salt - 1,
            salt,
            salt + 1,
            active - 1,
        ];
        if let Some(margin) = &circuit.columns.margin {
            let is_position = |row: &usize| checked.row(*row)[margin.position] == Val::ONE;
            // Of a leaf with several, the first, the one between and the last.
            rows.extend((0..leaf_rows).filter(is_position).take(4));
            rows.extend([salt - circuit.rules.len() + 1, active - 2]);
        }
        let mut rng = StdRng::seed_from_u64(7);
        for row in rows {
            for column in 0..circuit.columns.width {
                let is_free = is_free(&circuit, checked.row(row), column);
                // Values that a field of small numbers would let pass, and any.
                let now = checked.row(row)[column];
                for value in [now + Val::ONE, now - Val::ONE, Val::from_u32(element(&mut rng))] {
                    let digits = circuit.columns.digits
                        ..circuit.columns.digits + circuit.columns.digit_count;
                    let is_digit = digits.contains(&column);
                    // A digit of an entry that is not there may be any digit.
                    if is_digit && value.as_canonical_u32() < 4 {
                        continue;
                    }
                    if is_small_of_nothing(&circuit, checked.row(row), column, value) {
                        continue;
                    }
                    let is_noticed = checked.is_noticed(row, column, value);
                    assert_eq!(
                        is_noticed, !is_free,
                        "shape {number}, row {row}, column {column}: {now} to {value}"
                    );
                }
            }
        }
    }
}

#[test]
fn an_asset_has_no_more_entries_than_sums_of_limbs_can_bear() {
    for number in 0..SHAPES.len() {
        let (mut checked, _) = checked(number);
        let columns = checked.circuit.columns.clone();
        let row = checked.circuit.size().active_rows() as usize - 1;
        let public = checked.public.clone();
        let faults = |checked: &Checked<Circuit>| {
            let mut faults = checked.faults(&public, row..row + 1);
            // The range table counts limbs; what is asked here is the number of entries.
            faults.retain(|(_, on)| *on == On::Active);
            faults
        };
        assert_eq!(faults(&checked), []);
        // The same count, taken apart into more than a limb and one step: sums could wrap.
        let limb = row * columns.width + columns.limbs;
        checked.cells[limb] -= Val::from_u32(STEP) * Val::TWO;
        checked.cells[limb + 1] += Val::TWO;
        assert_ne!(faults(&checked), []);
    }
}

#[test]
fn another_root_sum_or_key_is_noticed() {
    for number in 0..SHAPES.len() {
        let (checked, trace) = checked(number);
        let active = checked.circuit.size().active_rows() as usize;
        let last_leaf = checked.circuit.leaf_rows as usize - 1;
        let other = trace.leaves[0];
        let public = &checked.public;
        let others = [
            (active - 1, Public { root: other, ..public.clone() }),
            (active - 1, Public { sums: other, ..public.clone() }),
            (0, Public { after: [1, 0, 0, 0, 0, 0], ..public.clone() }),
            (last_leaf, Public { until: [1; KEY_LIMBS], ..public.clone() }),
        ];
        for (row, other) in others {
            assert_eq!(checked.faults(public, row..row + 1), []);
            assert_ne!(checked.faults(&other, row..row + 1), []);
        }
    }
}

#[test]
fn leaves_that_are_no_shard_are_refused() {
    let circuit = circuit(2);
    let mut rng = StdRng::seed_from_u64(1);
    let leaves = leaves(&circuit, &mut rng);
    let refused = |leaves: &[Leaf], after: u128| {
        let mut rng = StdRng::seed_from_u64(1);
        trace(&circuit, after, leaves, &mut rng).err().unwrap()
    };
    let slots = circuit.slots;
    let fewer = refused(&leaves[1..], 0);
    assert_eq!(fewer, TraceError::Slots { found: slots as usize - 1, slots });
    let mut swapped = leaves.clone();
    swapped.swap(5, 6);
    assert_eq!(refused(&swapped, 0), TraceError::Order { place: 6 });
    let mut twice = leaves.clone();
    twice[6] = twice[5].clone();
    assert_eq!(refused(&twice, 0), TraceError::Order { place: 6 });
    assert_eq!(refused(&leaves, leaves[0].id().key()), TraceError::Order { place: 0 });
    let mut full = leaves.clone();
    let entries = (0..100).map(|asset| Entry { asset, amount: 1 }).collect::<Vec<_>>();
    for leaf in &mut full {
        *leaf = Leaf::new(circuit.shape, *leaf.id(), entries.clone()).unwrap();
    }
    assert!(matches!(refused(&full, 0), TraceError::Room { .. }));
    let mut last = leaves;
    let place = last.len() - 1;
    last[place] = Leaf::new(circuit.shape, *last[place].id(), entries).unwrap();
    assert_eq!(refused(&last, 0), TraceError::Last);
}
