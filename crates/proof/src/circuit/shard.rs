//! A shard: leaves, the tree over them, and a digest of what they come to.
//!
//! First come the blocks of leaves, then the nodes of the tree over them, then a row of randomness and
//! the sums. With margin products, leaves have positions, and rows of rules come after the nodes
//! ([`margin`]). Fractions are of three kinds:
//! - *range*: every limb is in the table of 15-bit numbers, which the rows hold themselves;
//! - *sums*: every entry of a leaf is counted, and its limbs added, under the number of its asset,
//!   where a row of sums takes it; so an entry names an asset of the sums or the proof fails. A row
//!   of sums takes so few entries that sums of limbs stay below the field's order; empty slots, of
//!   which there may be more, stand under a number of their own, and the row of randomness takes
//!   them;
//! - *tree*: leaves and nodes send (index, height, digest), and nodes take their two children. The
//!   root is sent and never taken, subtrees without leaves are taken and never sent: the verifier
//!   knows both.

use crate::plonky3::field::{
    Algebra, Field, PrimeCharacteristicRing, batch_multiplicative_inverse,
};

use super::permutation::{self, out};
use super::{
    Challenges, Ext, FRACTIONS, Fractions, On, STEP, Size, System, Val, Zeros, join, margin, range,
    two_to,
};
use crate::ProofError;
use crate::argument::BLINDING_ROWS;
use crate::id::{ID_LEN, KEY_LEN};
use crate::leaf::{LIMB_BITS, Layout, NOTHING, Shape};
use crate::margin::{Rule, Rules};
use crate::poseidon::{DIGEST_LEN, Digest, Domain, ORDER, Poseidon, RATE, WIDTH};
use crate::tree::{STEPS_MAX, empty};

/// Limbs of the key that leaves are sorted by.
pub const KEY_LIMBS: usize = 2 * KEY_LEN;
/// Carries between them.
const CARRIES: usize = KEY_LIMBS - 1;
/// Smallest and largest table: the range table must fit, and sums of limbs must stay below the
/// field's order.
pub const LOG_ROWS: std::ops::RangeInclusive<u8> = 16..=18;
/// Most leaves of a shard: each may hold every asset.
pub const SLOTS_MAX: u32 = 65_000;
const _: () = assert!(SLOTS_MAX < STEP + (1 << LIMB_BITS));
const _: () = assert!((STEP as u64 + (1 << LIMB_BITS) - 1) * ((1 << LIMB_BITS) - 1) < ORDER as u64);

/// Places of the columns of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Columns {
    pub limbs: usize,
    pub limb_count: usize,
    pub digits: usize,
    pub digit_count: usize,
    pub assets: usize,
    pub first: usize,
    pub next: usize,
    pub node: usize,
    pub salt: usize,
    pub sum: usize,
    pub index: usize,
    pub height: usize,
    pub left: usize,
    pub base: usize,
    pub key: usize,
    pub table: usize,
    pub uses: usize,
    pub margin: Option<margin::Columns>,
    pub width: usize,
}

/// A shard's constraint system: the shape of its leaves and how its rows are shared out.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Circuit {
    /// How leaves are laid out.
    pub shape: Shape,
    /// What positions are bound to.
    pub rules: Vec<Rule>,
    /// Rows, as a power of two.
    pub log_rows: u8,
    /// Leaves.
    pub slots: u32,
    /// Steps from a leaf to the root.
    pub steps: u8,
    /// Rows of leaves.
    pub leaf_rows: u32,
    /// Rows of nodes.
    pub node_rows: u32,
    /// Rows of sums, without the one of randomness before them.
    pub sum_rows: u32,
    /// Places of the columns.
    pub columns: Columns,
}

/// What a shard says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Public {
    /// Root of its tree.
    pub root: Digest,
    /// What its sums hash to, with randomness.
    pub sums: Digest,
    /// Limbs of the key that all of its leaves come after, lowest first.
    pub after: [u32; KEY_LIMBS],
    /// Limbs of the key of its last leaf.
    pub until: [u32; KEY_LIMBS],
}

impl Circuit {
    /// The system of shards with so many leaves in 2^`log_rows` rows.
    ///
    /// # Errors
    /// [`ProofError::Field`] when they do not fit.
    pub fn new(shape: Shape, rules: &Rules, log_rows: u8, slots: u32) -> Result<Self, ProofError> {
        if !LOG_ROWS.contains(&log_rows) {
            let problem = format!("{log_rows} is not between 16 and 18");
            return Err(ProofError::field("log_rows", problem));
        }
        if !(2..=SLOTS_MAX).contains(&slots) {
            let problem = format!("{slots} is not between 2 and {SLOTS_MAX}");
            return Err(ProofError::field("slots", problem));
        }
        let steps = (32 - (slots - 1).leading_zeros()) as u8;
        debug_assert!(steps <= STEPS_MAX);
        let node_rows = (1..=steps).map(|height| slots.div_ceil(1 << height)).sum::<u32>();
        let blocks = shape.blocks(shape.assets());
        let asset_slots = match shape.layout {
            Layout::Dense => shape.entries_first() + (blocks - 1) * shape.entries_next(),
            Layout::Sparse | Layout::Margin => shape.sums(),
        };
        let columns = Columns::new(shape);
        let mut sum_rows = asset_slots.div_ceil(shape.sums_of_row()) as u32;
        let active = (1u32 << log_rows) - BLINDING_ROWS;
        let too_many = || {
            let problem = format!("{slots} leaves do not fit 2^{log_rows} rows");
            ProofError::field("slots", problem)
        };
        let rules = rules.all().to_vec();
        let others = 1 + node_rows + sum_rows + rules.len() as u32;
        let room = active.checked_sub(others).ok_or_else(too_many)?;
        let leaf_rows = match shape.layout {
            // What is left over holds sums of assets that do not exist.
            Layout::Dense => {
                let rows = slots * blocks as u32;
                sum_rows += room.checked_sub(rows).ok_or_else(too_many)?;
                rows
            }
            Layout::Sparse | Layout::Margin if room < slots => return Err(too_many()),
            Layout::Sparse | Layout::Margin => room,
        };
        Ok(Self { shape, rules, log_rows, slots, steps, leaf_rows, node_rows, sum_rows, columns })
    }

    /// The most leaves of the dense layout that a table of this size has room for.
    ///
    /// # Errors
    /// [`ProofError::Field`] when it has no room for two.
    pub fn most_slots(shape: Shape, rules: &Rules, log_rows: u8) -> Result<u32, ProofError> {
        let fits = |slots: &u32| Self::new(shape, rules, log_rows, *slots).is_ok();
        let (mut low, mut high) = (2, SLOTS_MAX);
        Self::new(shape, rules, log_rows, low)?;
        while low < high {
            let middle = (low + high).div_ceil(2);
            if fits(&middle) { low = middle } else { high = middle - 1 }
        }
        Ok(low)
    }

    /// Column of a limb of an entry.
    pub fn limb(&self, entry: usize, limb: usize) -> usize {
        self.columns.limbs + entry * self.shape.width.limbs() + limb
    }

    /// Column of the first limb of a leaf's key; limbs of the difference follow.
    pub fn key_limb(&self) -> usize {
        self.limb(self.shape.entries_first(), 0)
    }

    /// Column of the first carry of a leaf's key.
    pub fn carry(&self) -> usize {
        self.columns.digits + self.columns.digit_count - CARRIES
    }

    /// Digits of base 4 of the top of an amount.
    pub fn digits_of_top(&self) -> usize {
        self.shape.width.top_bits() as usize / 2
    }

    pub(super) fn top<B: Algebra<Val> + Copy>(&self, row: &[B], entry: usize) -> B {
        let digits = self.digits_of_top();
        let digits = &row[self.columns.digits + entry * digits..][..digits];
        digits.iter().rev().fold(B::ZERO, |top, digit| top.double().double() + *digit)
    }

    fn asset<B: Algebra<Val> + Copy>(&self, row: &[B], entry: usize) -> B {
        match self.shape.layout {
            Layout::Dense => row[self.columns.base] + Val::from_usize(entry),
            Layout::Sparse | Layout::Margin => row[self.columns.assets + entry],
        }
    }

    /// Whether a row goes on with a leaf.
    fn further<B: Algebra<Val> + Copy>(&self, row: &[B]) -> B {
        let margin = self.columns.margin.as_ref();
        let position = margin.map_or(B::ZERO, |margin| row[margin.position]);
        row[self.columns.next] + position
    }

    /// Which kind a row is, what may follow it, and what its hash begins with.
    fn check_kinds<B, E>(&self, row: &[B], next: &[B], zeros: &mut impl Zeros<B, E>)
    where
        B: Algebra<Val> + Copy,
    {
        let columns = &self.columns;
        let kinds = [columns.first, columns.next, columns.node, columns.salt, columns.sum];
        let mut all = -B::ONE;
        let of_margin = columns.margin.iter().flat_map(|margin| [margin.position, margin.rule]);
        for kind in kinds.into_iter().chain(of_margin) {
            zeros.base(On::Active, row[kind] * (row[kind] - B::ONE));
            all += row[kind];
        }
        zeros.base(On::Active, all);
        let [first, _, node, salt, sum] = kinds.map(|kind| row[kind]);
        let [first_next, _, node_next, salt_next, sum_next] = kinds.map(|kind| next[kind]);
        let (further, further_next) = (self.further(row), self.further(next));
        let leaf = first + further;
        let rule = columns.margin.as_ref().map_or(B::ZERO, |margin| row[margin.rule]);
        zeros.base(On::First, first - B::ONE);
        zeros.base(On::Transition, (first_next + further_next) * (B::ONE - leaf));
        zeros.base(On::Transition, node_next * (B::ONE - leaf - node));
        zeros.base(On::Transition, salt_next * (B::ONE - node - rule));
        zeros.base(On::Transition, sum_next * (B::ONE - salt - sum));
        zeros.base(On::Marked, leaf - B::ONE);
        zeros.base(On::Marked, node_next - B::ONE);
        zeros.base(On::Last, sum - B::ONE);

        // The capacity: what is hashed, at which height, in how many blocks.
        let domain = match self.shape.layout {
            Layout::Dense => Domain::DenseLeaf,
            Layout::Sparse => Domain::SparseLeaf,
            Layout::Margin => Domain::MarginLeaf(0),
        };
        let positions = columns.margin.as_ref().map_or(B::ZERO, |margin| row[margin.left]);
        let kind = |domain: Domain| Val::from_u32(domain.tag()[0]);
        let capacity = &row[RATE..WIDTH];
        let sums = Val::from_u32(1 + self.sum_rows);
        let begins = [
            (first, kind(domain), positions, row[columns.left] + B::ONE),
            (node, kind(Domain::Node(0)), row[columns.height], B::ONE),
            (salt, kind(Domain::Sums), B::ZERO, B::from(sums)),
        ];
        for (is_kind, kind, height, blocks) in begins {
            zeros.base(On::Active, is_kind * (capacity[0] - kind));
            zeros.base(On::Active, is_kind * (capacity[1] - height));
            zeros.base(On::Active, is_kind * (capacity[2] - blocks));
        }
        let out = out(row);
        for place in RATE..WIDTH {
            if place >= RATE + 3 {
                zeros.base(On::Active, (first + node + salt) * row[place]);
            }
            zeros.base(On::Transition, (further_next + sum_next) * (next[place] - out[place]));
        }
    }

    /// How a leaf goes on, and what its blocks and those of sums hold.
    fn check_blocks<B, E>(&self, row: &[B], next: &[B], zeros: &mut impl Zeros<B, E>)
    where
        B: Algebra<Val> + Copy,
    {
        let (columns, shape) = (&self.columns, &self.shape);
        let (first, sum) = (row[columns.first], row[columns.sum]);
        let (further, further_next) = (self.further(row), self.further(next));
        let leaf = first + further;
        let [first_next, sum_next] = [columns.first, columns.sum].map(|kind| next[kind]);
        let step = |column: usize| next[column] - row[column];
        zeros.base(On::Transition, further_next * (step(columns.left) + B::ONE));
        zeros.base(On::Transition, leaf * (B::ONE - further_next) * row[columns.left]);
        zeros.base(On::First, row[columns.index] - two_to(self.steps.into()));
        zeros.base(On::Transition, first_next * (step(columns.index) - B::ONE));
        zeros.base(On::Transition, further_next * step(columns.index));
        let last = (1u64 << self.steps) + u64::from(self.slots) - 1;
        zeros.base(On::Marked, row[columns.index] - Val::from_u64(last));
        zeros.base(On::Active, leaf * (row[columns.height] + B::ONE));
        zeros.base(On::Active, first * row[columns.base]);
        if shape.layout == Layout::Dense {
            let blocks = Val::from_usize(shape.blocks(shape.assets()) - 1);
            zeros.base(On::Active, first * (row[columns.left] - blocks));
            let entries = first * Val::from_usize(shape.entries_first())
                + further * Val::from_usize(shape.entries_next());
            zeros.base(On::Transition, further_next * (step(columns.base) - entries));
        }
        // Sums: assets one after the other, beginning with 0 after the randomness.
        let assets = Val::from_usize(self.shape.sums_of_row());
        let base = sum * (row[columns.base] + assets);
        zeros.base(On::Transition, sum_next * (next[columns.base] - base));
        let last = assets * Val::from_u32(self.sum_rows - 1);
        zeros.base(On::Last, row[columns.base] - last);
        if shape.names_assets() {
            for entry in 0..self.shape.sums_of_row() {
                let asset = row[columns.base] + Val::from_usize(entry);
                zeros.base(On::Active, sum * (row[columns.assets + entry] - asset));
            }
            let nothing = Val::from_u16(NOTHING);
            zeros.base(On::Active, row[columns.salt] * (row[columns.assets] - nothing));
        }
        for entry in 0..self.shape.sums_of_row() {
            let is_many = row[columns.limbs + 2 * entry + 1];
            zeros.base(On::Active, sum * is_many * (is_many - B::ONE));
        }
        let held = self.shape.sums_of_row() * (shape.width.limbs() + 1);
        row[held..RATE].iter().for_each(|rest| zeros.base(On::Active, sum * *rest));

        let id = self.key_elements(row);
        for (element, expected) in row.iter().zip(id) {
            zeros.base(On::Active, first * (*element - expected));
        }
        let begin = self.elements(row, shape.entries_first(), RATE - ID_LEN);
        for (element, expected) in row[ID_LEN..RATE].iter().zip(begin) {
            zeros.base(On::Active, first * (*element - expected));
        }
        let further_elements = self.elements(row, shape.entries_next(), RATE);
        for (element, expected) in row[..RATE].iter().zip(further_elements) {
            zeros.base(On::Active, row[columns.next] * (*element - expected));
        }
    }

    /// The first elements of an id from the limbs of its key.
    fn key_elements<B: Algebra<Val> + Copy>(&self, row: &[B]) -> [B; KEY_LEN] {
        let limbs = &row[self.key_limb()..][..KEY_LIMBS];
        std::array::from_fn(|place| {
            let low = 2 * (KEY_LEN - 1 - place);
            limbs[low] + limbs[low + 1] * two_to(LIMB_BITS)
        })
    }

    /// The elements of entries, as [`crate::leaf`] lays them out.
    fn elements<B: Algebra<Val> + Copy>(&self, row: &[B], count: usize, room: usize) -> Vec<B> {
        let shape = &self.shape;
        let mut elements = Vec::with_capacity(room);
        for entry in 0..count {
            for pair in 0..shape.width.limbs() / 2 {
                let limb = |place: usize| row[self.limb(entry, 2 * pair + place)];
                elements.push(limb(0) + limb(1) * two_to(LIMB_BITS));
            }
        }
        for begin in (0..count).step_by(shape.sharing()) {
            let sharing = begin..count.min(begin + shape.sharing());
            let element = sharing.fold(B::ZERO, |element, entry| {
                let top = self.top(row, entry);
                let own = match shape.layout {
                    Layout::Dense => top,
                    Layout::Sparse | Layout::Margin => {
                        top + row[self.columns.assets + entry] * two_to(shape.width.top_bits())
                    }
                };
                element + own * two_to(shape.shared_bits() * (entry - begin) as u32)
            });
            elements.push(element);
        }
        elements.resize(room, B::ZERO);
        elements
    }

    /// Keys of leaves increase, from the shard's first key to its last.
    fn check_order<B, E>(
        &self,
        public: &Public,
        row: &[B],
        next: &[B],
        zeros: &mut impl Zeros<B, E>,
    ) where
        B: Algebra<Val> + Copy,
    {
        let columns = &self.columns;
        let carries = |row: &[B], place: usize| match place {
            CARRIES => B::ZERO,
            _ => row[self.carry() + place],
        };
        // What a limb must be more than the one before it.
        let more = |row: &[B], place: usize| {
            let carried = if place == 0 { B::ONE } else { carries(row, place - 1) };
            row[self.key_limb() + KEY_LIMBS + place] + carried
                - carries(row, place) * two_to(LIMB_BITS)
        };
        for place in 0..CARRIES {
            let carry = carries(row, place);
            zeros.base(On::Active, row[columns.first] * carry * (carry - B::ONE));
        }
        for place in 0..KEY_LIMBS {
            let key = row[columns.key + place];
            let key_next = next[columns.key + place];
            let limb = row[self.key_limb() + place];
            zeros.base(On::Active, row[columns.first] * (key - limb));
            zeros.base(On::First, key - Val::from_u32(public.after[place]) - more(row, place));
            let ordered = key_next - key - more(next, place);
            zeros.base(On::Transition, next[columns.first] * ordered);
            zeros.base(On::Transition, self.further(next) * (key_next - key));
            zeros.base(On::Marked, key - Val::from_u32(public.until[place]));
        }
    }

    /// Digits of base 4.
    fn check_digits<B, E>(&self, row: &[B], zeros: &mut impl Zeros<B, E>)
    where
        B: Algebra<Val> + Copy,
    {
        for digit in &row[self.columns.digits..][..self.columns.digit_count] {
            let far = *digit - Val::from_u8(3);
            let near = *digit * (*digit - B::ONE);
            zeros.base(On::Active, near * (*digit - B::TWO) * far);
        }
    }
}

impl System for Circuit {
    type Public = Public;

    fn size(&self) -> Size {
        let of_rules = if self.columns.margin.is_some() { 2 } else { 0 };
        let fractions = self.columns.limb_count + 1 + self.shape.entries_next() + 3 + of_rules;
        Size {
            log_rows: self.log_rows,
            blinding_rows: BLINDING_ROWS,
            width: self.columns.width,
            fraction_columns: fractions.div_ceil(FRACTIONS),
            marked_row: self.leaf_rows - 1,
        }
    }

    fn describe(&self) -> Vec<u8> {
        let shape = &self.shape;
        let layout = match shape.layout {
            Layout::Dense => 0,
            Layout::Sparse => 1,
            Layout::Margin => 2,
        };
        let numbers =
            [layout, shape.width.bits(), shape.assets() as u32, self.log_rows.into(), self.slots];
        let margin = [shape.margin_assets() as u32, self.rules.len() as u32];
        let margin = self.columns.margin.iter().flat_map(|_| margin);
        let numbers = numbers.into_iter().chain(margin).flat_map(u32::to_be_bytes);
        b"shard".iter().copied().chain(numbers).collect()
    }

    fn elements(&self, public: &Public) -> Vec<u32> {
        let digests = public.root.elements().iter().chain(public.sums.elements());
        digests.chain(&public.after).chain(&public.until).copied().collect()
    }

    fn sample(&self, draw: &mut dyn FnMut() -> u32) -> Public {
        Public {
            root: Digest::sample(draw),
            sums: Digest::sample(draw),
            after: std::array::from_fn(|_| draw()),
            until: std::array::from_fn(|_| draw()),
        }
    }

    fn check_public(&self, public: &Public) -> Result<(), ProofError> {
        for (field, limbs) in [("after", &public.after), ("until", &public.until)] {
            if limbs.iter().any(|limb| limb >> LIMB_BITS != 0) {
                let problem = format!("a limb of a key has {LIMB_BITS} bits");
                return Err(ProofError::field(field, problem));
            }
        }
        if public.after.iter().rev().ge(public.until.iter().rev()) {
            let problem = "it is not above 'after': the shard is empty";
            return Err(ProofError::field("until", problem));
        }
        Ok(())
    }

    /// The root, less the subtrees without leaves; and the rules.
    fn total(&self, poseidon: &Poseidon, public: &Public, challenges: &Challenges) -> Ext {
        let fraction = |index: u64, height: u8, digest: &Digest| {
            let digest = digest.elements().map(Val::from_u32);
            let parts = [Val::from_u64(index), Val::from_u8(height)].into_iter().chain(digest);
            let message = join::<Val, Ext>(parts, &challenges.part);
            challenges.node - message
        };
        let mut total = fraction(1, self.steps, &public.root).inverse();
        let mut nothing = empty();
        for height in 0..self.steps {
            let count = self.slots.div_ceil(1 << height);
            if count % 2 == 1 {
                let index = (1u64 << (self.steps - height)) + u64::from(count);
                total -= fraction(index, height, &nothing).inverse();
            }
            nothing = poseidon.parent(height, &nothing, &nothing);
        }
        let rules: Vec<Ext> = self.said_of_rules(challenges).collect();
        total + batch_multiplicative_inverse(&rules).into_iter().sum::<Ext>()
    }

    fn fractions<B, E>(&self, row: &[B], next: &[B], challenges: &Challenges) -> Vec<(E, E)>
    where
        B: Algebra<Val> + Copy,
        E: Algebra<B> + Algebra<Ext> + Copy,
    {
        let columns = &self.columns;
        let limbs = &row[columns.limbs..][..columns.limb_count];
        let (table, uses) = (row[columns.table], row[columns.uses]);
        let mut fractions = Fractions::with_capacity(self.size().fraction_columns);
        range::fractions(limbs, table, uses, challenges, &mut fractions);

        // The powers under which the count, the limbs and the top of an entry are joined.
        let parts = self.shape.width.limbs() + 1;
        let powers = &challenges.limb;
        let weighed = |values: &[B]| {
            let terms = values.iter().zip(&powers[1..]);
            terms.fold(E::from(powers[0]), |sum, (value, power)| sum + E::from(*power) * *value)
        };
        let (is_first, is_next) = (row[columns.first], row[columns.next]);
        let is_leaf = is_first + self.further(row);
        // Sums of positions are told from those of entries.
        let of_positions = columns.margin.as_ref().map(|margin| row[margin.of_positions]);
        for entry in 0..self.shape.entries_next() {
            let has_entry = match entry {
                0 => is_leaf,
                _ if entry < self.shape.entries_first() => is_first + is_next,
                _ => is_next,
            };
            let mut values = row[self.limb(entry, 0)..][..parts - 1].to_vec();
            values.push(self.top(row, entry));
            let mut numerator = weighed(&values) * has_entry;
            if entry < self.shape.sums_of_row() {
                let sums = &row[entry * parts..][..parts];
                let count = &row[columns.limbs + 2 * entry..][..2];
                let count = count[0] + count[1] * Val::from_u32(STEP);
                let counted = weighed(sums) - E::from(powers[0]) + E::from(powers[0]) * count;
                numerator -= counted * row[columns.sum];
            }
            if entry == 0 && self.shape.names_assets() {
                let count = &row[columns.limbs..][..2];
                let count = count[0] + count[1] * two_to(LIMB_BITS);
                numerator -= E::from(powers[0]) * (count * row[columns.salt]);
            }
            let mut denominator = E::from(challenges.asset) - self.asset(row, entry);
            if let Some(of_positions) = of_positions {
                denominator -= E::from(challenges.part[1]) * of_positions;
            }
            fractions.push(numerator, denominator);
        }

        let out = out(row);
        let message = |index: B, height: B, digest: &[B]| {
            let parts = [index, height].into_iter().chain(digest.iter().copied());
            E::from(challenges.node) - join::<B, E>(parts, &challenges.part)
        };
        let (index, height) = (row[columns.index], row[columns.height]);
        let is_node = row[columns.node];
        let is_end = is_leaf * (B::ONE - self.further(next));
        let double = index.double();
        let ends = E::from(is_end + is_node);
        fractions.push(ends, message(index, height + B::ONE, &out[..DIGEST_LEN]));
        fractions.push(-E::from(is_node), message(double, height, &row[..DIGEST_LEN]));
        fractions.push(-E::from(is_node), message(double + B::ONE, height, &row[DIGEST_LEN..RATE]));
        if let Some(margin) = &columns.margin {
            let of_rules = self.fractions_of_rules(margin, row, challenges);
            of_rules.into_iter().for_each(|(over, under)| fractions.push(over, under));
        }
        fractions.columns
    }

    fn check_rows<B, E>(&self, public: &Public, row: &[B], next: &[B], zeros: &mut impl Zeros<B, E>)
    where
        B: Algebra<Val> + Copy,
    {
        let table = self.columns.table;
        permutation::check(row, zeros);
        self.check_kinds(row, next, zeros);
        self.check_blocks(row, next, zeros);
        self.check_order(public, row, next, zeros);
        range::check(row[table], next[table], zeros);
        self.check_digits(row, zeros);
        if let Some(margin) = &self.columns.margin {
            self.check_margin(margin, row, next, zeros);
        }
        for (place, value) in public.sums.elements().iter().enumerate() {
            zeros.base(On::Last, out(row)[place] - Val::from_u32(*value));
        }
    }
}

impl Columns {
    fn new(shape: Shape) -> Self {
        let limbs = shape.width.limbs();
        // A first block has its key and the difference beside its entries.
        let limb_count = (shape.entries_next() * limbs)
            .max(shape.entries_first() * limbs + 2 * KEY_LIMBS)
            .max(2 * shape.sums_of_row());
        let digits_of_top = shape.width.top_bits() as usize / 2;
        let digit_count = (shape.entries_next() * digits_of_top)
            .max(shape.entries_first() * digits_of_top + CARRIES);
        let asset_count = if shape.names_assets() { shape.entries_next() } else { 0 };
        let limb_count = match shape.layout {
            Layout::Dense | Layout::Sparse => limb_count,
            Layout::Margin => limb_count.max(margin::Limbs::new(shape).count),
        };
        let mut width = permutation::COLUMNS;
        let mut take = |count: usize| {
            width += count;
            width - count
        };
        Self {
            limbs: take(limb_count),
            limb_count,
            digits: take(digit_count),
            digit_count,
            assets: take(asset_count),
            first: take(1),
            next: take(1),
            node: take(1),
            salt: take(1),
            sum: take(1),
            index: take(1),
            height: take(1),
            left: take(1),
            base: take(1),
            key: take(KEY_LIMBS),
            table: take(1),
            uses: take(1),
            margin: (shape.layout == Layout::Margin)
                .then(|| margin::Columns::new(shape, &mut take)),
            width,
        }
    }
}
