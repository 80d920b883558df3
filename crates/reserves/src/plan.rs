//! Shares customers out among shards. All shards of a round have the same number of slots; those that
//! no customer has are filled with leaves of nobody, whose ids are drawn among those of customers, so
//! that neither the round nor a shard tells how many customers there are.

use proof::ProofError;
use proof::circuit::shard::{Circuit, LOG_ROWS, SLOTS_MAX};
use proof::id::UserId;
use proof::key::Key;
use proof::leaf::{Entry, Layout, Leaf, Shape};
use proof::margin::Rules;
use rand::{CryptoRng, RngExt};

/// Of a hundred slots, so many at most are left to nobody even where customers would fill them.
const NOBODY_PERCENT: u32 = 4;
/// Slots are so many times a number, which tells less of how many assets customers hold.
const SLOT_STEP: u32 = 64;

/// Why customers cannot be shared out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PlanError {
    /// Two customers have one key.
    #[error(
        "two customers have ids that cannot be told apart by their key (chance of one in 2^40): take another round secret"
    )]
    SameKey,
    /// There is no room for somebody.
    #[error(
        "a customer with {entries} balances and positions does not fit a shard of 2^{log_rows} rows: take more rows"
    )]
    Customer {
        /// Balances and positions of the customer.
        entries: usize,
        /// Rows of a shard.
        log_rows: u8,
    },
    /// No shard of this size has room.
    #[error(transparent)]
    Size(#[from] ProofError),
}

/// How large shards are, from what customers hold.
///
/// `customers` hold `blocks` blocks in all.
///
/// # Errors
/// [`PlanError::Size`] when a table of this size is not one.
pub fn size(
    shape: Shape,
    rules: &Rules,
    log_rows: Option<u8>,
    customers: u64,
    blocks: u64,
) -> Result<Circuit, PlanError> {
    let log_rows = match log_rows {
        Some(log_rows) => log_rows,
        // The smallest table for a round of one shard, and the middle one for many.
        None if fits_one(shape, rules, customers, blocks) => *LOG_ROWS.start(),
        None => *LOG_ROWS.start() + 1,
    };
    let slots = match shape.layout {
        Layout::Dense => Circuit::most_slots(shape, rules, log_rows)?,
        Layout::Sparse | Layout::Margin => {
            let mean = blocks.max(1) as f64 / customers.max(1) as f64;
            let most = Circuit::most_slots(shape, rules, log_rows)?;
            // A slot has its blocks and about one node; rules have a row each.
            let room = (1u32 << log_rows) - rules.all().len() as u32;
            let of_mean = f64::from(room) * 0.985 / (mean + 1.0);
            (of_mean as u32 / SLOT_STEP * SLOT_STEP).clamp(2, most.min(SLOTS_MAX))
        }
    };
    Ok(Circuit::new(shape, rules, log_rows, slots)?)
}

fn fits_one(shape: Shape, rules: &Rules, customers: u64, blocks: u64) -> bool {
    let log_rows = *LOG_ROWS.start();
    let Ok(slots) = Circuit::most_slots(shape, rules, log_rows) else { return false };
    let rows = 2 * (blocks + customers) + rules.all().len() as u64;
    customers < u64::from(slots) * 9 / 10 && rows < 1 << log_rows
}

/// Fills shards one after the other with customers in the order of their keys.
pub struct Filler {
    circuit: Circuit,
    /// Customers that this shard takes at most.
    limit: u32,
    count: u32,
    rows: u32,
}

impl Filler {
    /// Begins with an empty shard.
    pub fn new(circuit: Circuit, rng: &mut impl CryptoRng) -> Self {
        let mut filler = Self { circuit, limit: 0, count: 0, rows: 0 };
        filler.begin(rng);
        filler
    }

    fn begin(&mut self, rng: &mut impl CryptoRng) {
        let slots = self.circuit.slots;
        let nobody = rng.random_range(0..=slots * NOBODY_PERCENT / 100);
        (self.limit, self.count, self.rows) = (slots - 1 - nobody.min(slots - 2), 0, 0);
    }

    /// Takes a customer with so many entries and positions; `true` when a shard begins with them.
    ///
    /// # Errors
    /// [`PlanError::Customer`] when no shard has room for them.
    pub fn take(
        &mut self,
        entries: usize,
        positions: usize,
        rng: &mut impl CryptoRng,
    ) -> Result<bool, PlanError> {
        let Circuit { shape, slots, leaf_rows, log_rows, .. } = self.circuit;
        let blocks = (shape.blocks(entries) + positions) as u32;
        let fits = |count: u32, rows: u32, limit: u32| {
            // Whoever comes after has a row at least.
            count < limit && rows + blocks + (slots - count - 1) <= leaf_rows
        };
        let is_full = !fits(self.count, self.rows, self.limit);
        if is_full {
            if !fits(0, 0, 1) {
                let entries = entries + positions;
                return Err(PlanError::Customer { entries, log_rows });
            }
            self.begin(rng);
        }
        self.count += 1;
        self.rows += match shape.layout {
            Layout::Dense => 1,
            Layout::Sparse | Layout::Margin => blocks,
        };
        Ok(is_full)
    }
}

/// The key at which a shard ends: drawn between its last customer's and the next one's.
///
/// # Errors
/// [`PlanError::SameKey`] when there is none between them.
pub fn end(last: Key, next: Option<Key>, rng: &mut impl CryptoRng) -> Result<Key, PlanError> {
    let (low, high) = (last.number() + 1, next.map_or(Key::LAST.number(), |next| next.number()));
    if low >= high {
        return Err(PlanError::SameKey);
    }
    Ok(Key::new(rng.random_range(low..high)).expect("it is below a key"))
}

/// An id with this key.
fn id_with(key: Key, rng: &mut impl CryptoRng) -> UserId {
    let mut elements = *UserId::from_bytes(&rng.random()).elements();
    let bits = proof::id::ELEMENT_BITS;
    for (place, element) in elements[..proof::id::KEY_LEN].iter_mut().enumerate() {
        let shift = bits * (proof::id::KEY_LEN - 1 - place) as u32;
        *element = (key.number() >> shift) as u32 & ((1 << bits) - 1);
    }
    UserId::from_elements(elements).expect("each has 30 bits")
}

/// The leaves of a shard whose keys come after `after` and end with `until`: customers, in the order
/// of their keys, and nobody in every other slot.
///
/// # Errors
/// [`PlanError`] when the customers are not those of such a shard.
pub fn leaves(
    circuit: &Circuit,
    after: Key,
    until: Key,
    customers: Vec<Leaf>,
    rng: &mut impl CryptoRng,
) -> Result<Vec<Leaf>, PlanError> {
    let shape = circuit.shape;
    let nothing: Vec<Entry> = match shape.layout {
        Layout::Dense => {
            (0..shape.assets() as u16).map(|asset| Entry { asset, amount: 0 }).collect()
        }
        Layout::Sparse | Layout::Margin => Vec::new(),
    };
    let mut keys: std::collections::HashSet<u128> =
        customers.iter().map(|leaf| leaf.id().key()).collect();
    if keys.len() != customers.len() {
        return Err(PlanError::SameKey);
    }
    let mut leaves = customers;
    let nobody = |id: UserId| Leaf::new(shape, id, nothing.clone());
    leaves.push(nobody(id_with(until, rng))?);
    keys.insert(until.number());
    while leaves.len() < circuit.slots as usize {
        let key = rng.random_range(after.number() + 1..until.number());
        if keys.insert(key) {
            let key = Key::new(key).expect("it is below a key");
            leaves.push(nobody(id_with(key, rng))?);
        }
    }
    leaves.sort_unstable_by_key(|leaf| leaf.id().key());
    Ok(leaves)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::tests::with_positions;
    use crate::trace::trace;
    use proof::leaf::Width;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    /// Customers who hold some of so many assets, and where some can be pledged have positions, in the
    /// order of their keys.
    fn customers(
        shape: Shape,
        rules: &Rules,
        count: usize,
        held: usize,
        rng: &mut StdRng,
    ) -> Vec<Leaf> {
        let mut ids: Vec<UserId> = (0..count).map(|_| UserId::from_bytes(&rng.random())).collect();
        ids.sort_unstable_by_key(UserId::key);
        let entries = |place: usize| -> Vec<Entry> {
            let assets = 0..shape.assets() as u16;
            match shape.layout {
                Layout::Dense => assets.map(|asset| Entry { asset, amount: 5 }).collect(),
                Layout::Sparse | Layout::Margin => {
                    let assets = assets.take(place * held / count);
                    assets.map(|asset| Entry { asset, amount: 7 }).collect()
                }
            }
        };
        let leaf = |(place, id)| {
            let leaf = Leaf::new(shape, id, entries(place)).unwrap();
            match shape.layout {
                Layout::Margin if place % 3 == 0 => {
                    with_positions(leaf, rules, 1 << (place % 40), shape.margin_assets())
                }
                _ => leaf,
            }
        };
        ids.into_iter().enumerate().map(leaf).collect()
    }

    #[test]
    fn every_customer_is_in_one_shard_and_each_shard_can_be_proved() {
        let cases = [
            (Layout::Dense, 22, 30_000, 22),
            (Layout::Sparse, 60, 60_000, 60),
            (Layout::Margin, 40, 25_000, 40),
        ];
        for (layout, assets, count, held) in cases {
            let mut rng = StdRng::seed_from_u64(3);
            let (shape, rules) = crate::trace::tests::shape(layout, Width::Bits64, assets);
            let all = customers(shape, &rules, count, held, &mut rng);
            let blocks =
                |leaf: &Leaf| (shape.blocks(leaf.entries().len()) + leaf.positions().len()) as u64;
            let blocks = all.iter().map(blocks).sum();
            let circuit = size(shape, &rules, Some(16), count as u64, blocks).unwrap();
            let mut filler = Filler::new(circuit.clone(), &mut rng);
            let mut shards: Vec<Vec<Leaf>> = vec![Vec::new()];
            for leaf in &all {
                let positions = leaf.positions().len();
                if filler.take(leaf.entries().len(), positions, &mut rng).unwrap() {
                    shards.push(Vec::new());
                }
                shards.last_mut().unwrap().push(leaf.clone());
            }
            assert!(shards.len() > 1);
            let mut after = Key::FIRST;
            let mut seen = 0;
            for (place, shard) in shards.iter().enumerate() {
                let last = Key::new(shard.last().unwrap().id().key()).unwrap();
                let next = shards.get(place + 1).map(|next| Key::new(next[0].id().key()).unwrap());
                let until = end(last, next, &mut rng).unwrap();
                let leaves = leaves(&circuit, after, until, shard.clone(), &mut rng).unwrap();
                assert_eq!(leaves.len(), circuit.slots as usize);
                seen += leaves
                    .iter()
                    .filter(|leaf| leaf.entries().iter().any(|e| e.amount > 0))
                    .count();
                if place < 2 {
                    let trace = trace(&circuit, after.number(), &leaves, &mut rng).unwrap();
                    assert_eq!(trace.public.until, until.limbs());
                }
                after = until;
            }
            let holders = all.iter().filter(|leaf| !leaf.entries().is_empty()).count();
            assert_eq!(seen, holders);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Whoever is taken has room with those before them and a row for each slot after them, and a
        /// shard ends only where the next customer has none, or it has as many as it takes.
        #[test]
        fn shards_have_room_for_entries_and_positions_of_all(
            slots in prop::sample::select(vec![2u32, 64, 1_000, 20_000]),
            taken in prop::collection::vec((0..41usize, 0..57usize), 1..3_000), seed in any::<u64>(),
        ) {
            let (shape, rules) = crate::trace::tests::shape(Layout::Margin, Width::Bits64, 40);
            prop_assert_eq!(rules.all().len(), 56);
            let circuit = Circuit::new(shape, &rules, 16, slots).unwrap();
            let mut rng = StdRng::seed_from_u64(seed);
            let mut filler = Filler::new(circuit.clone(), &mut rng);
            let (mut count, mut rows) = (0, 0);
            for (entries, positions) in taken {
                let blocks = (shape.blocks(entries) + positions) as u32;
                let limit = filler.limit;
                if filler.take(entries, positions, &mut rng).unwrap() {
                    let has_room = rows + blocks + (slots - count - 1) <= circuit.leaf_rows;
                    prop_assert!(count == limit || !has_room);
                    (count, rows) = (0, 0);
                }
                (count, rows) = (count + 1, rows + blocks);
                prop_assert!(count < slots && rows + (slots - count) <= circuit.leaf_rows);
            }
        }
    }

    #[test]
    fn whoever_has_more_positions_than_a_shard_has_rows_is_refused() {
        let (shape, rules) = crate::trace::tests::shape(Layout::Margin, Width::Bits64, 40);
        let circuit = Circuit::new(shape, &rules, 16, 20_000).unwrap();
        let mut rng = StdRng::seed_from_u64(3);
        let mut filler = Filler::new(circuit.clone(), &mut rng);
        let most = (circuit.leaf_rows - circuit.slots) as usize;
        assert_eq!(filler.take(0, most, &mut rng), Ok(false));
        assert_eq!(filler.take(0, most, &mut rng), Ok(true));
        let refused = Err(PlanError::Customer { entries: most + 1, log_rows: 16 });
        assert_eq!(filler.take(0, most + 1, &mut rng), refused);
    }

    #[test]
    fn one_key_for_two_is_refused() {
        let mut rng = StdRng::seed_from_u64(3);
        let key = Key::new(5).unwrap();
        assert_eq!(end(key, Key::new(6), &mut rng), Err(PlanError::SameKey));
        assert_eq!(end(key, Key::new(7), &mut rng), Ok(Key::new(6).unwrap()));
        let shape = Shape::new(Layout::Sparse, Width::Bits64, 3).unwrap();
        let circuit = size(shape, &Rules::default(), None, 10, 10).unwrap();
        assert_eq!(circuit.log_rows, 16);
        let id = UserId::from_bytes(&[1; 32]);
        let leaf = Leaf::new(shape, id, Vec::new()).unwrap();
        let twice = vec![leaf.clone(), leaf];
        let refused = leaves(&circuit, Key::FIRST, Key::LAST, twice, &mut rng);
        assert_eq!(refused, Err(PlanError::SameKey));
    }
}
