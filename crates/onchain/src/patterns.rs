//! Patterns: shapes of behaviour that are worth a reason of their own.
//!
//! Each is decided from what was known just before the transfer and from the transfer itself. The
//! thresholds are the constants here; the simulator draws the same shapes, and its ground truth
//! measures how often each is found and how often it is wrong.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use model::{Address, Approval, Transfer};
use serde::{Deserialize, Serialize};

use crate::book::{AddressId, Book};
use crate::ledger::sketch_hash;
use crate::state::AddressState;

macro_rules! patterns {
    ($($name:ident = $code:literal, $sentence:literal;)*) => {
        /// A shape of behaviour.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[repr(u8)]
        #[allow(missing_docs)]
        pub enum Pattern { $($name),* }

        impl Pattern {
            /// Every pattern, in the order of their numbers.
            pub const ALL: &'static [Pattern] = &[$(Pattern::$name),*];
            /// Names, as in rules, in the same order.
            pub const CODES: &'static [&'static str] = &[$($code),*];

            /// Stable name.
            pub fn code(self) -> &'static str {
                match self { $(Pattern::$name => $code),* }
            }

            /// What was seen, for a person.
            pub fn sentence(self) -> &'static str {
                match self { $(Pattern::$name => $sentence),* }
            }
        }
    };
}

patterns! {
    Poisoning = "poisoning", "an address that looks like one the victim pays has appeared in its history";
    Drainer = "drainer", "assets are swept from several owners who had approved the same spender";
    PassThrough = "pass_through", "what came in went out again almost whole and at once";
    PeelChain = "peel_chain", "a large sum is peeled on from one fresh address to the next";
    FanOut = "fan_out", "near-equal sums go to many addresses within a day";
    FanIn = "fan_in", "near-equal sums come from many addresses within a day";
    MixerShape = "mixer_shape", "the same round sum is paid in by many, or a CoinJoin";
    FreshDestination = "fresh_destination", "an unusually large sum goes to an address never seen before";
    DormantAwakening = "dormant_awakening", "an address that slept for half a year moves most of its funds";
    FakeToken = "fake_token", "a token claims movements that their supposed owners did not make";
}

/// A set of patterns, one bit each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct PatternSet(pub u16);

impl PatternSet {
    /// Adds one.
    pub fn insert(&mut self, pattern: Pattern) {
        self.0 |= 1 << pattern as u16;
    }

    /// True when it holds `pattern`.
    pub fn contains(self, pattern: Pattern) -> bool {
        self.0 >> pattern as u16 & 1 == 1
    }

    /// Its members.
    pub fn iter(self) -> impl Iterator<Item = Pattern> {
        Pattern::ALL.iter().copied().filter(move |pattern| self.contains(*pattern))
    }
}

/// Leading and trailing bytes in which a look-alike agrees: what wallets show of an address.
const LOOK_ALIKE_BYTES: usize = 2;
/// Owners from which approvals and sweeps make a drainer.
const DRAIN_OWNERS: u32 = 3;
/// Approvals are remembered this long.
const DRAIN_MEMORY_S: u64 = 7 * 86_400;
/// Time from receipt to payment of a pass-through.
const PASS_S: u32 = 3_600;
/// Share of the last receipt that a pass-through pays on.
const PASS_SHARE: f32 = 0.95;
/// Events up to which an address may be a mere passage; services and people have more.
const PASS_EVENTS_MAX: u32 = 12;
/// Links from which a row of fresh addresses is a peel chain.
const PEEL_LINKS: u8 = 4;
/// Share of the balance that a peel passes on.
const PEEL_SHARE: f32 = 0.8;
/// Parties within a day from which near-equal sums are structuring.
const STRUCTURE_PARTIES: f32 = 8.0;
/// Largest sum of a day against their mean, for near-equal sums.
const STRUCTURE_SPREAD: f32 = 1.25;
/// Receipts, payers and repeats from which a contract looks like a mixer.
const MIXER_RECEIPTS: u32 = 20;
const MIXER_PAYERS: f32 = 10.0;
const MIXER_REPEATS: f32 = 0.6;
/// Times its usual payment from which a payment is unusually large, and payments that make a habit.
const FRESH_TIMES: f32 = 10.0;
const FRESH_HABIT: u32 = 5;
/// Sleep and share of funds of an awakening, and events before the sleep.
const DORMANT_S: u32 = 180 * 86_400;
const DORMANT_SHARE: f32 = 0.5;
const DORMANT_EVENTS: u32 = 3;
/// Owners whose moves a fake token invents, within its first week.
const FAKE_OWNERS: u32 = 3;
const FAKE_MEMORY_S: u64 = 7 * 86_400;
/// Most spenders and tokens that are watched; the longest unseen gives way.
const WATCHED_MAX: usize = 200_000;

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Spender {
    /// 64-bit linear counters of owners.
    approved: u64,
    swept: u64,
    last_s: u64,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Token {
    first_s: u64,
    last_s: u64,
    /// Owners moved by others without an approval.
    invented: u64,
}

/// What spans transfers and belongs to no single address.
#[derive(Default, Serialize, Deserialize)]
pub struct Watch {
    spenders: HashMap<[u8; 32], Spender, FixedState>,
    tokens: HashMap<[u8; 20], Token, FixedState>,
    /// `(owner, spender)` hashes with a live approval, by the time it was given.
    approvals: HashMap<u64, u64, FixedState>,
}

fn trim<K: Copy + Eq + std::hash::Hash + Ord, V>(
    map: &mut HashMap<K, V, FixedState>,
    last_s: impl Fn(&V) -> u64,
) {
    if map.len() <= WATCHED_MAX {
        return;
    }
    // Dropping the older half at once keeps the cost of a flood constant for each entry.
    let mut times: Vec<(u64, K)> = map.iter().map(|(key, value)| (last_s(value), *key)).collect();
    times.sort_unstable();
    for (_, key) in times.iter().take(WATCHED_MAX / 2) {
        map.remove(key);
    }
}

fn owner_bit(owner: &[u8; 32]) -> u64 {
    1 << (sketch_hash(owner) & 63)
}

impl Watch {
    fn pair(owner: &[u8; 32], spender: &[u8; 32], contract: &[u8; 20]) -> u64 {
        sketch_hash(&[&owner[..], spender, contract].concat())
    }

    /// Learns of an approval that succeeded; one of nothing is left to [`Watch::revoke`].
    pub fn approve(&mut self, approval: &Approval) {
        if approval.amount.is_zero() {
            return;
        }
        let (owner, spender) = (approval.owner.padded(), approval.spender.padded());
        self.approvals.insert(Self::pair(owner, spender, &approval.contract), approval.time_s);
        let entry = self.spenders.entry(*spender).or_default();
        if approval.time_s.saturating_sub(entry.last_s) > DRAIN_MEMORY_S {
            *entry = Spender::default();
        }
        entry.approved |= owner_bit(owner);
        entry.last_s = approval.time_s;
        trim(&mut self.spenders, |spender| spender.last_s);
        trim(&mut self.approvals, |time_s| *time_s);
    }

    /// Forgets an approval that was set to nothing.
    pub fn revoke(&mut self, approval: &Approval) {
        if approval.amount.is_zero() {
            let (owner, spender) = (approval.owner.padded(), approval.spender.padded());
            self.approvals.remove(&Self::pair(owner, spender, &approval.contract));
        }
    }

    fn has_approved(&self, owner: &[u8; 32], spender: &[u8; 32], contract: &[u8; 20]) -> bool {
        self.approvals.contains_key(&Self::pair(owner, spender, contract))
    }

    /// A token moved by somebody who is not its owner. `called` is the contract that the
    /// transaction called.
    fn moved_by_other(
        &mut self,
        transfer: &Transfer,
        called: Option<&[u8; 32]>,
        is_known_service: bool,
        found: &mut PatternSet,
    ) {
        let (Some(from), Some(initiator), Some(contract)) =
            (transfer.from, transfer.initiator, transfer.asset.contract())
        else {
            return;
        };
        let owner = from.padded();
        let spenders = [Some(initiator.padded()), called];
        let spender = spenders
            .into_iter()
            .flatten()
            .find(|spender| self.has_approved(owner, spender, &contract))
            .copied();
        match spender {
            Some(spender) => {
                if let Some(entry) = self.spenders.get_mut(&spender) {
                    entry.swept |= owner_bit(owner);
                    entry.last_s = transfer.time_s;
                    let is_drain = entry.swept.count_ones() >= DRAIN_OWNERS
                        && entry.approved.count_ones() >= DRAIN_OWNERS;
                    if is_drain && !is_known_service {
                        found.insert(Pattern::Drainer);
                    }
                }
            }
            None => {
                let token = self
                    .tokens
                    .entry(contract)
                    .or_insert(Token { first_s: transfer.time_s, ..Token::default() });
                token.last_s = transfer.time_s;
                if transfer.time_s.saturating_sub(token.first_s) <= FAKE_MEMORY_S {
                    token.invented |= owner_bit(owner);
                }
                if token.invented.count_ones() >= FAKE_OWNERS {
                    found.insert(Pattern::FakeToken);
                }
                trim(&mut self.tokens, |token| token.last_s);
            }
        }
    }
}

/// True when two different addresses agree in the bytes that wallets show.
fn looks_alike(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len()
        && a != b
        && a[..LOOK_ALIKE_BYTES] == b[..LOOK_ALIKE_BYTES]
        && a[a.len() - LOOK_ALIKE_BYTES..] == b[b.len() - LOOK_ALIKE_BYTES..]
}

fn imitates_a_payee(
    book: &Book,
    victim: &AddressState,
    (other, other_address): (AddressId, &Address),
) -> bool {
    let entry = other.0.wrapping_add(1);
    if entry != 0 && victim.recent_payees().contains(&entry) {
        return false;
    }
    let payees = victim.recent_payees().iter().filter(|entry| **entry != 0);
    payees.map(|entry| AddressId(entry - 1)).any(|payee| {
        payee != other
            && (payee.place() < book.len())
            && looks_alike(book.address(payee).1.bytes(), other_address.bytes())
    })
}

/// A transfer with what was known of its parties just before it.
pub struct Scene<'a> {
    /// The transfer.
    pub transfer: &'a Transfer,
    /// All addresses.
    pub book: &'a Book,
    /// The payer before.
    pub from: Option<(AddressId, &'a AddressState)>,
    /// The receiver before.
    pub to: Option<(AddressId, &'a AddressState)>,
    /// True when a list calls the receiver an ordinary service.
    pub to_is_service: bool,
    /// True when a list calls the payer an ordinary service.
    pub from_is_service: bool,
    /// The contract that the transaction called.
    pub called: Option<[u8; 32]>,
    /// True when a list calls the contract or the initiator an ordinary service.
    pub mover_is_service: bool,
    /// Whole coins, 0 for tokens.
    pub coins: f32,
    /// True for the transfers of a CoinJoin-shaped transaction.
    pub is_coinjoin: bool,
}

/// The patterns that a transfer completes, and the depth of the peel chain that its receiver
/// continues (0 for none).
pub fn detect(scene: &Scene<'_>, watch: &mut Watch) -> (PatternSet, u8) {
    let mut found = PatternSet::default();
    let transfer = scene.transfer;
    let time_s = u32::try_from(transfer.time_s).unwrap_or(u32::MAX);
    let is_token = transfer.asset.contract().is_some();
    if scene.is_coinjoin {
        found.insert(Pattern::MixerShape);
    }
    if !transfer.success {
        return (found, 0);
    }
    if is_token && transfer.initiator.is_some() {
        watch.moved_by_other(transfer, scene.called.as_ref(), scene.mover_is_service, &mut found);
    }
    if let (Some((from, payer)), Some((to, receiver))) = (scene.from, scene.to)
        && from != to
    {
        // Planted in the victim's history by dust, or by a movement in the victim's name; or paid.
        let parties = transfer.from.as_ref().zip(transfer.to.as_ref());
        let is_imitation = parties.is_some_and(|(payer_address, receiver_address)| {
            imitates_a_payee(scene.book, receiver, (from, payer_address))
                || imitates_a_payee(scene.book, payer, (to, receiver_address))
        });
        if is_imitation {
            found.insert(Pattern::Poisoning);
        }
    }
    if is_token || scene.coins <= 0.0 {
        return (found, 0);
    }
    let mut peel_depth = 0;
    if let Some((_, payer)) = scene.from {
        peel_depth = of_payer(scene, payer, time_s, &mut found);
    }
    if let Some((_, receiver)) = scene.to
        && !scene.to_is_service
    {
        of_receiver(scene, receiver, time_s, &mut found);
    }
    (found, peel_depth)
}

fn of_payer(scene: &Scene<'_>, payer: &AddressState, time_s: u32, found: &mut PatternSet) -> u8 {
    let coins = scene.coins;
    let (count_in, count_out) = payer.counts();
    let balance = payer.balance();
    let is_new_receiver = scene.to.is_some_and(|(_, receiver)| receiver.events() == 0);
    let since_receipt_s = time_s.saturating_sub(payer.last_in_s());
    if !scene.from_is_service
        && !scene.to_is_service
        && count_in > 0
        && payer.events() <= PASS_EVENTS_MAX
        && since_receipt_s <= PASS_S
        && coins >= PASS_SHARE * payer.last_received()
        && coins <= payer.last_received() * 1.001
    {
        found.insert(Pattern::PassThrough);
    }
    let mut peel_depth = 0;
    if count_in <= 2
        && count_in > 0
        && count_out <= 2
        && is_new_receiver
        && coins >= PEEL_SHARE * balance
        && coins < 0.999 * payer.totals().0
    {
        peel_depth = payer.peel_depth().saturating_add(1);
        if peel_depth >= PEEL_LINKS {
            found.insert(Pattern::PeelChain);
        }
    }
    let day = payer.window(1, time_s);
    if !scene.from_is_service && day.counterparties >= STRUCTURE_PARTIES && day.count_out >= 8 {
        let mean = day.value_out / day.count_out as f32;
        if mean > 0.0
            && coins <= mean * STRUCTURE_SPREAD
            && coins * STRUCTURE_SPREAD >= mean
            && day.count_in <= day.count_out / 4
            && day.paid_max <= mean * STRUCTURE_SPREAD
        {
            found.insert(Pattern::FanOut);
        }
    }
    if is_new_receiver
        && !scene.from_is_service
        && count_out >= FRESH_HABIT
        && coins >= FRESH_TIMES * payer.mean_paid()
    {
        found.insert(Pattern::FreshDestination);
    }
    if payer.events() >= DORMANT_EVENTS
        && time_s.saturating_sub(payer.last_material_s()) >= DORMANT_S
        && coins >= DORMANT_SHARE * balance
    {
        found.insert(Pattern::DormantAwakening);
    }
    peel_depth
}

fn of_receiver(scene: &Scene<'_>, receiver: &AddressState, time_s: u32, found: &mut PatternSet) {
    let day = receiver.window(1, time_s);
    if day.counterparties >= STRUCTURE_PARTIES && day.count_in >= 8 {
        let mean = day.value_in / day.count_in as f32;
        if day.count_out <= day.count_in / 4
            && mean > 0.0
            && receiver.largest_received() <= mean * STRUCTURE_SPREAD
            && scene.coins <= mean * STRUCTURE_SPREAD
            && scene.coins * STRUCTURE_SPREAD >= mean
            && receiver.repeat_share() < MIXER_REPEATS
        {
            found.insert(Pattern::FanIn);
        }
    }
    let is_power_of_ten = {
        let digits = scene.transfer.amount.to_string();
        digits.starts_with('1') && digits[1..].bytes().all(|byte| byte == b'0')
    };
    if is_power_of_ten
        && receiver.counts().0 >= MIXER_RECEIPTS
        && receiver.distinct().0 >= MIXER_PAYERS
        && receiver.repeat_share() >= MIXER_REPEATS
    {
        found.insert(Pattern::MixerShape);
    }
}

#[cfg(test)]
mod tests;
