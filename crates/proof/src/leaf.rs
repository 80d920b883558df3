//! What is owed to one customer, as field elements and as a digest.
//!
//! An amount is cut into limbs of 15 bits and a few bits more at the top. Two limbs make an element;
//! the tops of several entries share one, in the sparse layout with the number of the asset. The
//! circuit takes the same elements apart again, so what it adds up is what the customer hashes.
//!
//! | | entries beside the id | entries of a further block |
//! |---|---|---|
//! | dense, 64 bits | 3 | 7 |
//! | dense, 96 bits | 2 | 5 |
//! | sparse, 64 bits | 3 | 6 |
//! | sparse, 96 bits | 2 | 4 |
//!
//! The margin layout is the sparse one; after the blocks of entries comes one for each position, with the
//! limbs of its amount and then, in one element, its top and the number of its rule. How many positions
//! there are is in the capacity, so that no block of one kind is one of the other.

use crate::ProofError;
use crate::id::{ID_LEN, UserId};
use crate::margin::{Position, Rules};
use crate::poseidon::{Digest, Domain, Poseidon, RATE};

/// Bits of a limb.
pub const LIMB_BITS: u32 = 15;
/// Bits of the number of an asset.
pub const ASSET_BITS: u32 = 10;
/// Most assets of a round.
pub const ASSETS_MAX: usize = 1_000;
/// The number that a slot without an entry has in the sparse layout: no asset's.
pub const NOTHING: u16 = (1 << ASSET_BITS) - 1;
/// Bits of an element that holds the tops of entries.
const TOPS_BITS: u32 = 30;

/// Which entries a leaf has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// All assets of the round, in their order.
    Dense,
    /// What the customer has, with the numbers of the assets.
    Sparse,
    /// As sparse, and what the customer has pledged and borrowed.
    Margin,
}

/// How large an amount may be, in base units.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Width {
    /// Below 2^64.
    #[serde(rename = "64")]
    Bits64,
    /// Below 2^96, for assets with many decimals and a large supply.
    #[serde(rename = "96")]
    Bits96,
}

impl Width {
    /// Bits of an amount.
    pub const fn bits(self) -> u32 {
        match self {
            Width::Bits64 => 64,
            Width::Bits96 => 96,
        }
    }

    /// Limbs of an amount, without its top.
    pub const fn limbs(self) -> usize {
        match self {
            Width::Bits64 => 4,
            Width::Bits96 => 6,
        }
    }

    /// Bits of an amount above its limbs.
    pub const fn top_bits(self) -> u32 {
        self.bits() - self.limbs() as u32 * LIMB_BITS
    }
}

/// How the leaves of a round are laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Which entries.
    pub layout: Layout,
    /// How large.
    pub width: Width,
    /// Assets of the round.
    assets: u16,
    /// Assets that can be pledged and borrowed.
    margin_assets: u16,
}

impl Shape {
    /// A shape for so many assets, none of which can be pledged or borrowed.
    ///
    /// # Errors
    /// [`ProofError::Field`] when there is none or more than [`ASSETS_MAX`].
    pub fn new(layout: Layout, width: Width, assets: usize) -> Result<Self, ProofError> {
        Self::checked(layout, width, assets, 0)
    }

    /// A shape of the margin layout for so many assets, and so many of them that can be pledged and
    /// borrowed.
    ///
    /// # Errors
    /// [`ProofError::Field`] when there are none, or too many.
    pub fn margin(width: Width, assets: usize, margin_assets: usize) -> Result<Self, ProofError> {
        Self::checked(Layout::Margin, width, assets, margin_assets)
    }

    fn checked(
        layout: Layout,
        width: Width,
        assets: usize,
        margin_assets: usize,
    ) -> Result<Self, ProofError> {
        if !(1..=ASSETS_MAX).contains(&assets) {
            let problem = format!("{assets} are not between 1 and {ASSETS_MAX}");
            return Err(ProofError::field("assets", problem));
        }
        if (layout == Layout::Margin) != (1..=assets).contains(&margin_assets) {
            let problem = "some assets of the round are wanted where the layout is 'margin'";
            return Err(ProofError::field("margin", problem));
        }
        let [assets, margin_assets] = [assets, margin_assets].map(|count| count as u16);
        Ok(Self { layout, width, assets, margin_assets })
    }

    /// Assets of the round.
    pub fn assets(&self) -> usize {
        usize::from(self.assets)
    }

    /// Assets that can be pledged and borrowed.
    pub fn margin_assets(&self) -> usize {
        usize::from(self.margin_assets)
    }

    /// Whether entries name their assets.
    pub const fn names_assets(&self) -> bool {
        !matches!(self.layout, Layout::Dense)
    }

    /// Number of the first sum of positions: those of entries fill whole rows before it.
    pub fn first_position_sum(&self) -> usize {
        self.assets().next_multiple_of(self.sums_of_row())
    }

    /// Number of the sum of what is pledged, or owed, in an asset of the margin.
    pub fn position_sum(&self, place: usize, is_debt: bool) -> u32 {
        (self.first_position_sum() + 2 * place + usize::from(is_debt)) as u32
    }

    /// Sums of the round: one for each asset, and in the margin layout those of positions.
    pub fn sums(&self) -> usize {
        match self.layout {
            Layout::Dense | Layout::Sparse => self.assets(),
            Layout::Margin => self.first_position_sum() + 2 * self.margin_assets(),
        }
    }

    /// Bits that an entry has in a shared element.
    pub(crate) const fn shared_bits(&self) -> u32 {
        match self.layout {
            Layout::Dense => self.width.top_bits(),
            Layout::Sparse | Layout::Margin => self.width.top_bits() + ASSET_BITS,
        }
    }

    /// Entries that share an element with their tops.
    pub const fn sharing(&self) -> usize {
        (TOPS_BITS / self.shared_bits()) as usize
    }

    /// Entries that fit so many elements.
    const fn entries_in(&self, elements: usize) -> usize {
        let pairs = self.width.limbs() / 2;
        let mut count = 0;
        while (count + 1) * pairs + (count + 1).div_ceil(self.sharing()) <= elements {
            count += 1;
        }
        count
    }

    /// Entries of the first block, beside the id.
    pub const fn entries_first(&self) -> usize {
        self.entries_in(RATE - ID_LEN)
    }

    /// Entries of each further block.
    pub const fn entries_next(&self) -> usize {
        self.entries_in(RATE)
    }

    /// Assets of a row of sums: the sums of their limbs and tops fill a block.
    pub const fn sums_of_row(&self) -> usize {
        RATE / (self.width.limbs() + 1)
    }

    /// Blocks of a leaf with so many entries.
    pub fn blocks(&self, entries: usize) -> usize {
        1 + entries.saturating_sub(self.entries_first()).div_ceil(self.entries_next())
    }

    /// A block: the id if it is the first, then the limbs of each entry in pairs, lowest first, then
    /// the elements that entries share.
    ///
    /// # Panics
    /// When there are more entries than the block holds.
    pub fn block(&self, id: Option<&UserId>, entries: &[Entry]) -> [u32; RATE] {
        let room = if id.is_some() { self.entries_first() } else { self.entries_next() };
        assert!(entries.len() <= room, "a block holds {room} entries");
        let mut block = [0; RATE];
        let rest = match id {
            Some(id) => {
                block[..ID_LEN].copy_from_slice(id.elements());
                &mut block[ID_LEN..]
            }
            None => &mut block[..],
        };
        let (pairs, sharing) = (self.width.limbs() / 2, self.sharing());
        let (low, shared) = rest.split_at_mut(room * pairs);
        let low_bits = LIMB_BITS * self.width.limbs() as u32;
        let nothing = Entry { asset: NOTHING, amount: 0 };
        let slots = entries.iter().chain(std::iter::repeat(&nothing)).take(room);
        for (place, entry) in slots.enumerate() {
            for pair in 0..pairs {
                let bits = entry.amount >> (2 * LIMB_BITS * pair as u32);
                low[place * pairs + pair] = bits as u32 & ((1 << (2 * LIMB_BITS)) - 1);
            }
            let top = (entry.amount >> low_bits) as u32;
            let own = match self.layout {
                Layout::Dense => top,
                Layout::Sparse | Layout::Margin => {
                    top | u32::from(entry.asset) << self.width.top_bits()
                }
            };
            shared[place / sharing] |= own << (self.shared_bits() * (place % sharing) as u32);
        }
        block
    }

    /// The block of a position: limbs of its amount in pairs, then its top and the number of its rule.
    pub fn position_block(&self, position: &Position) -> [u32; RATE] {
        let mut block = [0; RATE];
        let pairs = self.width.limbs() / 2;
        for (pair, element) in block[..pairs].iter_mut().enumerate() {
            let bits = position.amount >> (2 * LIMB_BITS * pair as u32);
            *element = bits as u32 & ((1 << (2 * LIMB_BITS)) - 1);
        }
        let top = (position.amount >> (LIMB_BITS * self.width.limbs() as u32)) as u32;
        block[pairs] = top | u32::from(position.rule) << self.width.top_bits();
        block
    }
}

/// What is owed in one asset.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Entry {
    /// Number of the asset in the round's table.
    pub asset: u16,
    /// How much, in base units.
    pub amount: u128,
}

/// What is owed to one customer in a round.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leaf {
    shape: Shape,
    id: UserId,
    entries: Vec<Entry>,
    positions: Vec<Position>,
}

impl Leaf {
    /// A leaf. Entries are in the order of their assets: all of them in the dense layout, and those
    /// that are not zero in the sparse one.
    ///
    /// # Errors
    /// [`ProofError::Field`] that names the entry.
    pub fn new(shape: Shape, id: UserId, entries: Vec<Entry>) -> Result<Self, ProofError> {
        let wrong = |place: usize, field: &str, problem: String| {
            Err(ProofError::field(format!("entries[{place}].{field}"), problem))
        };
        if shape.layout == Layout::Dense && entries.len() != shape.assets() {
            let problem = format!("{} of {} assets", entries.len(), shape.assets());
            return Err(ProofError::field("entries", problem));
        }
        let mut next = 0;
        for (place, entry) in entries.iter().enumerate() {
            let asset = usize::from(entry.asset);
            if asset >= shape.assets() {
                let problem = format!("the round has {} assets", shape.assets());
                return wrong(place, "asset", problem);
            }
            if asset < next || (shape.layout == Layout::Dense && asset != place) {
                return wrong(place, "asset", "assets stand once, in their order".to_owned());
            }
            if entry.amount >> shape.width.bits() != 0 {
                let problem = format!("{} is not below 2^{}", entry.amount, shape.width.bits());
                return wrong(place, "amount", problem);
            }
            if shape.names_assets() && entry.amount == 0 {
                return wrong(place, "amount", "what is zero is left away".to_owned());
            }
            next = asset + 1;
        }
        Ok(Self { shape, id, entries, positions: Vec::new() })
    }

    /// The leaf with these positions, each under a later rule than the one before.
    ///
    /// # Errors
    /// [`ProofError::Field`] that names the position.
    pub fn with_positions(
        self,
        rules: &Rules,
        positions: Vec<Position>,
    ) -> Result<Self, ProofError> {
        let mut next = 0;
        for (place, position) in positions.iter().enumerate() {
            let number = usize::from(position.rule);
            let limit = rules.all().get(number).filter(|_| number >= next).map(|rule| rule.limit);
            if !(limit.is_some_and(|limit| (1..=limit).contains(&position.amount))) {
                let problem = "it is not under a later rule than the one before, within its limit";
                return Err(ProofError::field(format!("positions[{place}]"), problem));
            }
            next = number + 1;
        }
        Ok(Self { positions, ..self })
    }

    /// Who it belongs to.
    pub fn id(&self) -> &UserId {
        &self.id
    }

    /// What is owed.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What is pledged and borrowed.
    pub fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// Its entries block by block.
    pub fn entries_by_block(&self) -> impl Iterator<Item = &[Entry]> {
        let first = self.entries.len().min(self.shape.entries_first());
        let (first, rest) = self.entries.split_at(first);
        std::iter::once(first).chain(rest.chunks(self.shape.entries_next()))
    }

    /// What is hashed. Slots that no entry fills are zero, or [`NOTHING`] where they name assets.
    pub fn blocks(&self) -> Vec<[u32; RATE]> {
        let blocks = self.entries_by_block().enumerate();
        let blocks = blocks
            .map(|(number, entries)| self.shape.block((number == 0).then_some(&self.id), entries));
        let positions = self.positions.iter().map(|position| self.shape.position_block(position));
        blocks.chain(positions).collect()
    }

    /// Its digest.
    pub fn digest(&self, poseidon: &Poseidon) -> Digest {
        let domain = match self.shape.layout {
            Layout::Dense => Domain::DenseLeaf,
            Layout::Sparse => Domain::SparseLeaf,
            Layout::Margin => Domain::MarginLeaf(self.positions.len() as u32),
        };
        poseidon.hash(domain, &self.blocks())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Asset;
    use crate::margin::{Margin, Rule, Tier};
    use proptest::prelude::*;

    const SHAPES: [(Layout, Width, [usize; 2]); 6] = [
        (Layout::Dense, Width::Bits64, [3, 7]),
        (Layout::Dense, Width::Bits96, [2, 5]),
        (Layout::Sparse, Width::Bits64, [3, 6]),
        (Layout::Sparse, Width::Bits96, [2, 4]),
        (Layout::Margin, Width::Bits64, [3, 6]),
        (Layout::Margin, Width::Bits96, [2, 4]),
    ];
    /// The first shape with positions.
    const OF_MARGIN: usize = 4;

    fn shape(number: usize, assets: usize) -> Shape {
        let (layout, width, _) = SHAPES[number];
        match layout {
            Layout::Margin => Shape::margin(width, assets, assets.div_ceil(2)).unwrap(),
            _ => Shape::new(layout, width, assets).unwrap(),
        }
    }

    /// Two tiers of every second asset, and its debts.
    fn rules(shape: Shape) -> Rules {
        let asset = |number: usize| Asset {
            symbol: format!("A{number}"),
            id: format!("A{number}"),
            decimals: 6,
            price: "2.5".to_owned(),
        };
        let assets: Vec<Asset> = (0..shape.assets()).map(asset).collect();
        let tier = |bits: u32, ratio_bp: u16| Tier { up_to: (1u128 << bits).to_string(), ratio_bp };
        let tiers = vec![tier(30, 9_000), tier(shape.width.bits() - 1, 5_000)];
        let margin = assets.iter().step_by(2).map(|asset| asset.symbol.clone());
        let margin: Vec<Margin> =
            margin.map(|asset| Margin { asset, tiers: tiers.clone() }).collect();
        Rules::new(shape, &assets, &margin).unwrap()
    }

    /// A leaf with entries, and positions that it could have.
    fn any_positions() -> impl Strategy<Value = (Leaf, Vec<Position>)> {
        let leaf = any_leaf()
            .prop_filter("a leaf with positions", |leaf| leaf.shape.layout == Layout::Margin);
        leaf.prop_flat_map(|leaf| {
            let rules = rules(leaf.shape);
            let position = |(number, rule): (usize, &Rule)| {
                let position = move |amount: u128| Position { rule: number as u16, amount };
                prop::option::of((1..=rule.limit).prop_map(position))
            };
            let positions: Vec<_> = rules.all().iter().enumerate().map(position).collect();
            (Just(leaf), positions)
        })
        .prop_map(|(leaf, positions)| (leaf, positions.into_iter().flatten().collect()))
    }

    fn with(leaf: &Leaf, positions: &[Position]) -> Leaf {
        leaf.clone().with_positions(&rules(leaf.shape), positions.to_vec()).unwrap()
    }

    /// Takes a position's block apart again, as the circuit does.
    fn read_position(shape: Shape, block: &[u32; RATE]) -> Position {
        let pairs = shape.width.limbs() / 2;
        let (low, rest) = block.split_at(pairs);
        let top = u128::from(rest[0] & ((1 << shape.width.top_bits()) - 1));
        let join = |amount: u128, pair: &u32| amount << (2 * LIMB_BITS) | u128::from(*pair);
        let amount = low.iter().rev().fold(top, join);
        assert!(rest[1..].iter().all(|element| *element == 0));
        Position { rule: (rest[0] >> shape.width.top_bits()) as u16, amount }
    }

    fn any_leaf() -> impl Strategy<Value = Leaf> {
        (0..SHAPES.len(), 1..40usize)
            .prop_flat_map(|(number, assets)| {
                let shape = shape(number, assets);
                let amounts = prop::collection::vec(0..1u128 << shape.width.bits(), assets);
                (
                    Just(shape),
                    any::<[u8; 32]>(),
                    amounts,
                    prop::collection::vec(any::<bool>(), assets),
                )
            })
            .prop_map(|(shape, id, amounts, held)| {
                let entries = (0u16..).zip(amounts).map(|(asset, amount)| Entry { asset, amount });
                let entries = match shape.layout {
                    Layout::Dense => entries.collect(),
                    Layout::Sparse | Layout::Margin => {
                        let held =
                            entries.zip(held).filter(|(entry, held)| *held && entry.amount > 0);
                        held.map(|(entry, _)| entry).collect()
                    }
                };
                Leaf::new(shape, UserId::from_bytes(&id), entries).unwrap()
            })
    }

    /// Takes blocks apart again, as the circuit does.
    fn read(shape: Shape, blocks: &[[u32; RATE]]) -> ([u32; ID_LEN], Vec<Entry>) {
        let mut entries = Vec::new();
        for (number, block) in blocks.iter().enumerate() {
            let (skipped, count) = match number {
                0 => (ID_LEN, shape.entries_first()),
                _ => (0, shape.entries_next()),
            };
            let pairs = shape.width.limbs() / 2;
            for slot in 0..count {
                let shared = block[skipped + count * pairs + slot / shape.sharing()]
                    >> (shape.shared_bits() * (slot % shape.sharing()) as u32);
                let top = shared & ((1 << shape.width.top_bits()) - 1);
                let mut amount = u128::from(top);
                for pair in (0..pairs).rev() {
                    amount = amount << (2 * LIMB_BITS)
                        | u128::from(block[skipped + slot * pairs + pair]);
                }
                let asset = match shape.layout {
                    Layout::Dense => entries.len() as u32,
                    Layout::Sparse | Layout::Margin => {
                        shared >> shape.width.top_bits() & ((1 << ASSET_BITS) - 1)
                    }
                };
                entries.push(Entry { asset: asset as u16, amount });
            }
        }
        (blocks[0][..ID_LEN].try_into().unwrap(), entries)
    }

    proptest! {
        #[test]
        fn a_leaf_is_read_back_from_its_blocks(leaf in any_leaf()) {
            let (id, slots) = read(leaf.shape, &leaf.blocks());
            prop_assert_eq!(&id, leaf.id().elements());
            let entries: Vec<Entry> = match leaf.shape.layout {
                Layout::Dense => slots.into_iter().take(leaf.shape.assets()).collect(),
                Layout::Sparse | Layout::Margin => slots.into_iter().filter(|entry| entry.amount > 0).collect(),
            };
            prop_assert_eq!(entries.as_slice(), leaf.entries());
        }

        #[test]
        fn another_amount_asset_or_id_makes_another_digest(
            leaf in any_leaf(), place in any::<prop::sample::Index>(), bit in 0..96u32,
        ) {
            let poseidon = Poseidon::default();
            let digest = leaf.digest(&poseidon);
            let mut other = leaf.clone();
            other.id = UserId::from_bytes(&[0xa5; 32]);
            prop_assert_ne!(other.digest(&poseidon), digest);
            if !leaf.entries.is_empty() {
                let mut other = leaf.clone();
                let place = place.index(other.entries.len());
                other.entries[place].amount ^= 1 << (bit % leaf.shape.width.bits());
                prop_assert_ne!(other.digest(&poseidon), digest);
                if leaf.shape.names_assets() {
                    let mut other = leaf.clone();
                    other.entries[place].asset ^= 1;
                    prop_assert_ne!(other.digest(&poseidon), digest);
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn positions_are_read_back_from_the_blocks_after_those_of_entries(
            (leaf, positions) in any_positions(),
        ) {
            let of_entries = leaf.blocks();
            let blocks = with(&leaf, &positions).blocks();
            prop_assert_eq!(&blocks[..of_entries.len()], &of_entries[..]);
            let read = blocks[of_entries.len()..].iter();
            let read: Vec<Position> = read.map(|block| read_position(leaf.shape, block)).collect();
            prop_assert_eq!(read, positions);
        }

        #[test]
        fn other_positions_make_another_digest(
            (leaf, positions) in any_positions(), place in any::<prop::sample::Index>(),
            bit in 0..30u32,
        ) {
            let poseidon = Poseidon::default();
            let digest = |positions: &[Position]| {
                // Also of positions that a leaf is refused.
                Leaf { positions: positions.to_vec(), ..leaf.clone() }.digest(&poseidon)
            };
            let known = with(&leaf, &positions).digest(&poseidon);
            prop_assert_eq!(digest(&positions), known);
            let more = [positions.as_slice(), &[Position { rule: 0, amount: 0 }]].concat();
            prop_assert_ne!(digest(&more), known);
            if positions.is_empty() {
                return Ok(());
            }
            let place = place.index(positions.len());
            let mut others = vec![positions.clone(); 4];
            others[0][place].amount ^= 1 << bit;
            others[1][place].rule ^= 1 << (bit % 12);
            others[2].remove(place);
            others[3].rotate_left(1);
            for other in others.into_iter().filter(|other| *other != positions) {
                prop_assert_ne!(digest(&other), known);
            }
        }

        #[test]
        fn a_leaf_that_pledges_nothing_is_not_one_of_a_round_without_positions(leaf in any_leaf()) {
            let poseidon = Poseidon::default();
            let other = match leaf.shape.layout {
                Layout::Dense => return Ok(()),
                Layout::Sparse => Layout::Margin,
                Layout::Margin => Layout::Sparse,
            };
            let mut same = leaf.clone();
            same.shape.layout = other;
            prop_assert_eq!(same.blocks(), leaf.blocks());
            prop_assert_ne!(same.digest(&poseidon), leaf.digest(&poseidon));
        }
    }

    #[test]
    fn positions_that_a_leaf_cannot_have_are_refused_by_their_place() {
        let shape = shape(OF_MARGIN, 3);
        let rules = rules(shape);
        let leaf = Leaf::new(shape, UserId::from_bytes(&[1; 32]), Vec::new()).unwrap();
        let position = |rule: u16, amount: u128| Position { rule, amount };
        let refused = |positions: &[Position]| {
            let error = leaf.clone().with_positions(&rules, positions.to_vec()).unwrap_err();
            let ProofError::Field { field, .. } = error else { panic!("{error}") };
            field
        };
        let limit = rules.all()[0].limit;
        assert_eq!(refused(&[position(0, limit + 1)]), "positions[0]");
        assert_eq!(refused(&[position(0, 0)]), "positions[0]");
        assert_eq!(refused(&[position(0, 1), position(0, 1)]), "positions[1]");
        assert_eq!(refused(&[position(1, 1), position(0, 1)]), "positions[1]");
        let none = rules.all().len() as u16;
        assert_eq!(refused(&[position(0, limit), position(none, 1)]), "positions[1]");
    }

    #[test]
    fn blocks_hold_what_the_table_says() {
        for (number, (.., [first, next])) in SHAPES.into_iter().enumerate() {
            let shape = shape(number, 22);
            assert_eq!([shape.entries_first(), shape.entries_next()], [first, next]);
            let counts = [0, first, first + 1, first + next, first + next + 1];
            assert_eq!(counts.map(|count| shape.blocks(count)), [1, 1, 2, 2, 3]);
        }
    }

    #[test]
    fn what_a_round_does_not_have_is_refused_by_its_field() {
        let id = UserId::from_bytes(&[1; 32]);
        let entry = |asset: u16, amount: u128| Entry { asset, amount };
        let refused = |number: usize, entries: &[Entry]| {
            let error = Leaf::new(shape(number, 3), id, entries.to_vec()).unwrap_err();
            let ProofError::Field { field, .. } = error else { panic!("{error}") };
            field
        };
        let (dense, sparse, wide) = (0, 2, 3);
        assert_eq!(refused(dense, &[entry(0, 1)]), "entries");
        let twice = [entry(0, 1), entry(0, 1), entry(2, 1)];
        assert_eq!(refused(dense, &twice), "entries[1].asset");
        assert_eq!(refused(sparse, &[entry(3, 1)]), "entries[0].asset");
        assert_eq!(refused(sparse, &[entry(1, 1), entry(1, 1)]), "entries[1].asset");
        assert_eq!(refused(sparse, &[entry(1, 1), entry(0, 1)]), "entries[1].asset");
        assert_eq!(refused(sparse, &[entry(1, 0)]), "entries[0].amount");
        assert_eq!(refused(sparse, &[entry(1, 1 << 64)]), "entries[0].amount");
        assert_eq!(refused(wide, &[entry(1, 1 << 96)]), "entries[0].amount");
        assert!(Leaf::new(shape(wide, 3), id, vec![entry(1, 1 << 64)]).is_ok());
        for assets in [0, ASSETS_MAX + 1, 70_000] {
            assert!(Shape::new(Layout::Dense, Width::Bits64, assets).is_err());
        }
    }
}
