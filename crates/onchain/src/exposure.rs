//! Exposure: what share of an address's funds comes from, and goes to, each kind of bad source.
//!
//! Method "haircut": a payment carries the payer's mix, and the receiver's pool becomes the
//! value-weighted mean. Each hop beyond the first multiplies by [`DECAY`]. Exposure stops at
//! services, which pool the money of many people. There is no industry standard for this; the
//! method's name and version are part of every decision.
//!
//! A pool is kept only for addresses that bad money reached, one for each asset. For tokens, what
//! an address held before that is not known and counts as nothing, so a token share is an upper
//! bound until clean tokens arrive.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use model::{Amount, Category, CategorySet, TxHash};
use serde::{Deserialize, Serialize};

use crate::book::AddressId;

/// Name and version of the method, as written into decisions.
pub const METHOD: &str = "haircut/1";
/// What is left of a share after each hop beyond the first.
pub const DECAY: f32 = 0.9;
/// Farthest hop that is followed.
pub const HOPS_MAX: u8 = 8;
/// Longest path that is shown. The strongest path may take more hops than the shortest, round a
/// circle for example.
pub const PATH_MAX: usize = 32;
/// Smallest share that is followed on; below it a chain of dust would be tracked for ever.
const SHARE_MIN: f32 = 0.001;
/// Most steps of evidence that are kept; later steps are still counted, without a path.
const STEPS_MAX: usize = 4_000_000;
/// Most pools; beyond it new ones are not opened and the engine says that it is degraded.
const POOLS_MAX: usize = 20_000_000;

/// Number of an asset within one engine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct AssetId(pub u32);

/// Number of a [`Step`]; the last value stands for none.
const NO_STEP: u32 = u32::MAX;

/// One payment that carried bad money, with the step before it.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Step {
    /// Who paid.
    pub from: u32,
    /// Who received.
    pub to: u32,
    /// What.
    pub asset: AssetId,
    /// How much, in base units.
    pub amount: Amount,
    /// In which transaction.
    pub tx: TxHash,
    /// When, seconds since 1970-01-01 UTC.
    pub time_s: u64,
    previous: u32,
}

/// The share of one category in a pool.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
struct Share {
    category: Category,
    /// Share that came straight from a listed address.
    direct: f32,
    /// Share that came over others.
    indirect: f32,
    /// Fewest hops to a listed address.
    hops: u8,
    /// The largest single contribution, and its step.
    top: f32,
    step: u32,
}

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
struct Pool {
    balance: f64,
    shares: Vec<Share>,
}

/// Exposure of an address to one category.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Exposure {
    /// The category.
    pub category: Category,
    /// Share of the funds straight from or to a listed address, 0 to 1.
    pub direct: f32,
    /// Share over others, decayed, 0 to 1.
    pub indirect: f32,
    /// Fewest hops.
    pub hops: u8,
}

impl Exposure {
    /// Direct and indirect together.
    pub fn total(&self) -> f32 {
        self.direct + self.indirect
    }
}

/// What a payer brings along: itself, if listed, or the mix of its pool.
#[derive(Clone, Debug, Default)]
pub struct Mix(Vec<Share>);

/// All pools and the evidence.
#[derive(Default, Serialize, Deserialize)]
pub struct Exposures {
    incoming: HashMap<(u32, AssetId), Pool, FixedState>,
    outgoing: HashMap<(u32, AssetId), Pool, FixedState>,
    steps: Vec<Step>,
    is_degraded: bool,
}

impl Exposures {
    /// True once a bound was reached and new pools are not opened.
    pub fn is_degraded(&self) -> bool {
        self.is_degraded
    }

    /// What `from` brings into a payment of `asset`, given what lists say of it.
    pub fn mix_of(&self, from: AddressId, standing: CategorySet, asset: AssetId) -> Mix {
        Self::mix(&self.incoming, from, standing, asset)
    }

    fn mix(
        pools: &HashMap<(u32, AssetId), Pool, FixedState>,
        id: AddressId,
        standing: CategorySet,
        asset: AssetId,
    ) -> Mix {
        if standing.carries_taint() {
            let listed = standing.iter().filter(|category| category.is_illicit());
            return Mix(listed
                .map(|category| Share {
                    category,
                    direct: 1.0,
                    indirect: 0.0,
                    hops: 0,
                    top: 1.0,
                    step: NO_STEP,
                })
                .collect());
        }
        if standing.is_service() {
            return Mix::default();
        }
        Mix(pools.get(&(id.0, asset)).map_or_else(Vec::new, |pool| pool.shares.clone()))
    }

    /// The mix of several payers, weighted by what each put in (UTXO transactions).
    pub fn blend(mixes: &[(f64, Mix)]) -> Mix {
        let total: f64 = mixes.iter().map(|(amount, _)| amount).sum();
        let mut blended: Vec<Share> = Vec::new();
        if total <= 0.0 {
            return Mix::default();
        }
        for (amount, mix) in mixes {
            let weight = (amount / total) as f32;
            for share in &mix.0 {
                // What an address that is not itself listed brings is indirect from here on.
                let (direct, indirect) = if share.hops == 0 {
                    (share.direct, share.indirect)
                } else {
                    (0.0, share.direct + share.indirect)
                };
                let scaled = Share {
                    direct: direct * weight,
                    indirect: indirect * weight,
                    top: share.top * weight,
                    ..*share
                };
                match blended.iter_mut().find(|known| known.category == share.category) {
                    Some(known) => merge(known, scaled),
                    None => blended.push(scaled),
                }
            }
        }
        Mix(blended)
    }

    /// Books a payment into the receiver's pool. `balance_before` is what the receiver held of the
    /// asset before, if that is known.
    #[allow(clippy::too_many_arguments)]
    pub fn receive(
        &mut self,
        mix: &Mix,
        from: AddressId,
        to: AddressId,
        to_standing: CategorySet,
        asset: AssetId,
        amount: Amount,
        balance_before: Option<f64>,
        tx: TxHash,
        time_s: u64,
    ) {
        if to_standing.is_service() || to_standing.carries_taint() || amount.is_zero() {
            return;
        }
        let steps = &mut self.steps;
        let degraded = Self::flow(
            &mut self.incoming,
            steps,
            mix,
            from,
            to,
            to,
            asset,
            amount,
            balance_before,
            tx,
            time_s,
        );
        self.is_degraded |= degraded;
    }

    /// Books a payment into the payer's outgoing pool: where its money went, as far as the
    /// receiver's own record shows at this moment.
    #[allow(clippy::too_many_arguments)]
    pub fn send(
        &mut self,
        from: AddressId,
        from_standing: CategorySet,
        to: AddressId,
        to_standing: CategorySet,
        asset: AssetId,
        amount: Amount,
        sent_before: Option<f64>,
        tx: TxHash,
        time_s: u64,
    ) {
        if let Some(pool) = self.incoming.get_mut(&(from.0, asset)) {
            pool.balance = (pool.balance - amount.to_f64()).max(0.0);
        }
        if from_standing.is_service() || from_standing.carries_taint() || amount.is_zero() {
            return;
        }
        let mix = Self::mix(&self.outgoing, to, to_standing, asset);
        let steps = &mut self.steps;
        let degraded = Self::flow(
            &mut self.outgoing,
            steps,
            &mix,
            from,
            to,
            from,
            asset,
            amount,
            sent_before,
            tx,
            time_s,
        );
        self.is_degraded |= degraded;
    }

    /// Mixes a payment into the pool of `owner`. Returns true when a bound kept it from opening one.
    #[allow(clippy::too_many_arguments)]
    fn flow(
        pools: &mut HashMap<(u32, AssetId), Pool, FixedState>,
        steps: &mut Vec<Step>,
        mix: &Mix,
        from: AddressId,
        to: AddressId,
        owner: AddressId,
        asset: AssetId,
        amount: Amount,
        before: Option<f64>,
        tx: TxHash,
        time_s: u64,
    ) -> bool {
        let value = amount.to_f64();
        let key = (owner.0, asset);
        if mix.0.is_empty() {
            // Clean money dilutes a pool that is there.
            if let Some(pool) = pools.get_mut(&key) {
                let balance = before.unwrap_or(pool.balance);
                pool.dilute((balance / (balance + value)) as f32);
                pool.balance = balance + value;
            }
            return false;
        }
        if !pools.contains_key(&key) && pools.len() >= POOLS_MAX {
            return true;
        }
        let pool = pools.entry(key).or_default();
        let balance = before.unwrap_or(pool.balance).max(0.0);
        let weight = (value / (balance + value)) as f32;
        pool.dilute(1.0 - weight);
        pool.balance = balance + value;
        for share in &mix.0 {
            let hops = share.hops + 1;
            // A payment by a listed address is one hop and direct; all else decays.
            let (direct, indirect) = if share.hops == 0 {
                (share.direct * weight, share.indirect * DECAY * weight)
            } else {
                (0.0, (share.direct + share.indirect) * DECAY * weight)
            };
            let contribution = direct + indirect;
            if hops > HOPS_MAX || contribution < SHARE_MIN {
                continue;
            }
            let known = pool.shares.iter().position(|known| known.category == share.category);
            let is_top = known.is_none_or(|place| contribution > pool.shares[place].top);
            let step = if is_top && steps.len() < STEPS_MAX {
                let (from, to, previous) = (from.0, to.0, share.step);
                steps.push(Step { from, to, asset, amount, tx, time_s, previous });
                steps.len() as u32 - 1
            } else {
                NO_STEP
            };
            let new =
                Share { category: share.category, direct, indirect, hops, top: contribution, step };
            match known {
                Some(place) => merge(&mut pool.shares[place], new),
                None => pool.shares.push(new),
            }
        }
        if pool.shares.is_empty() {
            pools.remove(&key);
        }
        false
    }

    /// Exposure of an address from each category, over its asset with the largest share.
    pub fn incoming(&self, id: AddressId, asset: AssetId) -> impl Iterator<Item = Exposure> + '_ {
        Self::read(&self.incoming, id, asset)
    }

    /// Exposure of an address to each category.
    pub fn outgoing(&self, id: AddressId, asset: AssetId) -> impl Iterator<Item = Exposure> + '_ {
        Self::read(&self.outgoing, id, asset)
    }

    fn read(
        pools: &HashMap<(u32, AssetId), Pool, FixedState>,
        id: AddressId,
        asset: AssetId,
    ) -> impl Iterator<Item = Exposure> + '_ {
        let pool = pools.get(&(id.0, asset));
        pool.into_iter().flat_map(|pool| &pool.shares).map(|share| Exposure {
            category: share.category,
            direct: share.direct,
            indirect: share.indirect,
            hops: share.hops,
        })
    }

    /// The strongest path by which money of `category` reached `id`, nearest hop first. Each step
    /// names payer, receiver, amount, transaction and time.
    pub fn path(&self, id: AddressId, asset: AssetId, category: Category) -> Vec<Step> {
        self.walk(&self.incoming, id, asset, category)
    }

    /// The strongest path by which money of `id` went to `category`, nearest hop first.
    pub fn path_out(&self, id: AddressId, asset: AssetId, category: Category) -> Vec<Step> {
        self.walk(&self.outgoing, id, asset, category)
    }

    fn walk(
        &self,
        pools: &HashMap<(u32, AssetId), Pool, FixedState>,
        id: AddressId,
        asset: AssetId,
        category: Category,
    ) -> Vec<Step> {
        let shares = pools.get(&(id.0, asset)).map_or(&[][..], |pool| &pool.shares);
        let mut next = shares.iter().find(|s| s.category == category).map_or(NO_STEP, |s| s.step);
        let mut path = Vec::new();
        while let Some(step) = self.steps.get(next as usize) {
            path.push(*step);
            next = step.previous;
            if path.len() == PATH_MAX {
                break;
            }
        }
        path
    }
}

impl Pool {
    fn dilute(&mut self, keep: f32) {
        for share in &mut self.shares {
            share.direct *= keep;
            share.indirect *= keep;
            share.top *= keep;
        }
        self.shares.retain(|share| share.direct + share.indirect >= SHARE_MIN);
    }
}

fn merge(known: &mut Share, new: Share) {
    known.direct += new.direct;
    known.indirect += new.indirect;
    known.hops = known.hops.min(new.hops);
    if new.top > known.top {
        known.top = new.top;
        known.step = new.step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ETH: AssetId = AssetId(0);
    const CLEAN: CategorySet = CategorySet::EMPTY;

    fn pay(
        exposures: &mut Exposures,
        from: (u32, CategorySet),
        to: (u32, CategorySet),
        amount: u64,
        balance: f64,
    ) {
        let (a, b) = (AddressId(from.0), AddressId(to.0));
        let amount = Amount::from(amount);
        let tx = TxHash([from.0 as u8; 32]);
        let mix = exposures.mix_of(a, from.1, ETH);
        exposures.send(a, from.1, b, to.1, ETH, amount, Some(0.0), tx, 7);
        exposures.receive(&mix, a, b, to.1, ETH, amount, Some(balance), tx, 7);
    }

    fn mixer() -> CategorySet {
        [Category::Mixer].into_iter().collect()
    }

    #[test]
    fn shares_are_weighted_by_value_decay_by_hop_and_have_a_path() {
        let mut exposures = Exposures::default();
        pay(&mut exposures, (1, mixer()), (2, CLEAN), 300, 700.0);
        let direct = exposures.incoming(AddressId(2), ETH).next().unwrap();
        assert_eq!((direct.direct, direct.indirect, direct.hops), (0.3, 0.0, 1));
        pay(&mut exposures, (2, CLEAN), (3, CLEAN), 100, 0.0);
        let second = exposures.incoming(AddressId(3), ETH).next().unwrap();
        assert!((second.indirect - 0.27).abs() < 1e-6 && second.hops == 2);
        let path = exposures.path(AddressId(3), ETH, Category::Mixer);
        assert_eq!(path.iter().map(|s| (s.from, s.to)).collect::<Vec<_>>(), [(2, 3), (1, 2)]);
        pay(&mut exposures, (9, CLEAN), (3, CLEAN), 100, 100.0);
        let diluted = exposures.incoming(AddressId(3), ETH).next().unwrap();
        assert!((diluted.indirect - 0.135).abs() < 1e-6);
    }

    #[test]
    fn exposure_stops_at_a_service_and_points_both_ways() {
        let mut exposures = Exposures::default();
        let exchange: CategorySet = [Category::Exchange].into_iter().collect();
        pay(&mut exposures, (1, mixer()), (5, exchange), 100, 0.0);
        pay(&mut exposures, (5, exchange), (6, CLEAN), 100, 0.0);
        assert_eq!(exposures.incoming(AddressId(6), ETH).count(), 0);
        pay(&mut exposures, (6, CLEAN), (1, mixer()), 100, 0.0);
        let out = exposures.outgoing(AddressId(6), ETH).next().unwrap();
        assert_eq!((out.category, out.direct), (Category::Mixer, 1.0));
        pay(&mut exposures, (7, CLEAN), (6, CLEAN), 100, 0.0);
        assert_eq!(exposures.outgoing(AddressId(7), ETH).next().unwrap().hops, 2);
    }

    proptest! {
        #[test]
        fn shares_stay_between_nothing_and_all(
            payments in prop::collection::vec((0u32..8, 0u32..8, 1u64..1000), 0..200),
        ) {
            let mut exposures = Exposures::default();
            let mut balance = [0f64; 8];
            let standing = |id: u32| match id {
                0 => mixer(),
                1 => [Category::Exchange].into_iter().collect(),
                _ => CLEAN,
            };
            for (from, to, amount) in payments {
                if from == to { continue; }
                pay(&mut exposures, (from, standing(from)), (to, standing(to)), amount, balance[to as usize]);
                balance[from as usize] = (balance[from as usize] - amount as f64).max(0.0);
                balance[to as usize] += amount as f64;
                for id in 0..8 {
                    let sum: f32 = exposures.incoming(AddressId(id), ETH).map(|e| e.total()).sum();
                    prop_assert!((0.0..=1.0001).contains(&sum), "{sum}");
                    for exposure in exposures.incoming(AddressId(id), ETH) {
                        let path = exposures.path(AddressId(id), ETH, exposure.category);
                        let is_whole = path.last().is_some_and(|step| step.from == 0);
                        prop_assert!(is_whole || path.len() == PATH_MAX);
                    }
                }
            }
        }
    }
}
