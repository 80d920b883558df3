//! A seeded market: people, exchanges, services and criminals who pay each other, with the truth
//! about every transfer beside it.
//!
//! The same seed gives the same market, at any length. Ordinary traffic follows a heavy-headed
//! choice of counterparties and a daily rhythm; each crime is a small script that unfolds over
//! hours or days between the ordinary payments. What is drawn here is synthetic: it measures that
//! patterns find the shapes they were written for, not how criminals of tomorrow behave.

mod crimes;
pub mod customers;
mod random;

use model::{
    Address, Amount, Approval, Asset, Network, Position, Transaction, Transfer, TransferKind,
    TxHash,
};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

pub use crimes::Crime;
pub use random::Random;

/// Wei in a thousandth of an ether.
const MILLI: u128 = 1_000_000_000_000_000;
/// Seconds between blocks.
const BLOCK_S: u64 = 12;
/// Begin of a market unless another is asked for: 2024-01-01 00:00 UTC.
const START_S: u64 = 1_704_067_200;

/// Size and shape of a market.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Config {
    /// Draws everything.
    pub seed: u64,
    /// People.
    pub people: u32,
    /// Transactions a simulated second, on average.
    pub transactions_per_s: f64,
    /// Crimes begun in ten thousand transactions.
    pub crimes_per_10k: f64,
    /// Begin, seconds since 1970-01-01 UTC.
    pub start_s: u64,
}

impl Default for Config {
    fn default() -> Self {
        // A year in about 300,000 transactions, so that slow crimes fit a short run.
        Self {
            seed: 1,
            people: 20_000,
            transactions_per_s: 0.01,
            crimes_per_10k: 4.0,
            start_s: START_S,
        }
    }
}

/// What a transfer is part of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct Truth {
    /// The crime, if any.
    pub crime: Option<Crime>,
    /// True for the transfers from which the crime can be seen.
    pub is_telling: bool,
}

const ORDINARY: Truth = Truth { crime: None, is_telling: false };

/// A transaction with the truth about it.
#[derive(Clone, Debug)]
pub struct Told {
    /// What the chain shows.
    pub transaction: Transaction,
    /// What is really going on.
    pub truth: Truth,
}

/// A planned payment of a crime.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Plan {
    pub(crate) time_s: u64,
    pub(crate) order: u64,
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) amount_milli: u64,
    pub(crate) token: Option<[u8; 20]>,
    pub(crate) initiator: Option<Address>,
    pub(crate) approves: Option<(Address, [u8; 20])>,
    pub(crate) truth: Truth,
}

/// A market that goes on for ever.
pub struct Market {
    config: Config,
    random: Random,
    time_s: f64,
    block: u64,
    block_time_s: u64,
    tx_index: u32,
    people: Vec<Address>,
    exchanges: Vec<Address>,
    merchants: Vec<Address>,
    tokens: Vec<[u8; 20]>,
    plans: BinaryHeap<Reverse<Plan>>,
    order: u64,
    listed: Vec<(Address, &'static str)>,
}

impl Market {
    /// A market before its first transaction.
    pub fn new(config: Config) -> Self {
        let mut random = Random::new(config.seed);
        let mut addresses = |count: u32| (0..count).map(|_| random.address()).collect::<Vec<_>>();
        let people = addresses(config.people.max(100));
        let exchanges = addresses(6);
        let merchants = addresses(60);
        let tokens = (0..8).map(|_| random.address().as_account20().expect("20 bytes")).collect();
        // Thieves whom lists already know: what they pay on can be followed.
        let listed: Vec<(Address, &'static str)> = (0..20)
            .map(|i| (random.address(), ["hack", "phishing", "mixer", "sanctions"][i % 4]))
            .collect();
        Self {
            config,
            random,
            time_s: config.start_s as f64,
            block: 18_908_895,
            block_time_s: config.start_s,
            tx_index: 0,
            people,
            exchanges,
            merchants,
            tokens,
            plans: BinaryHeap::new(),
            order: 0,
            listed,
        }
    }

    /// Addresses that a list would name, with the category.
    pub fn listed(&self) -> &[(Address, &'static str)] {
        &self.listed
    }

    /// Addresses that a list would call exchanges.
    pub fn exchanges(&self) -> &[Address] {
        &self.exchanges
    }

    pub(crate) fn plan(&mut self, mut plan: Plan) {
        self.order += 1;
        plan.order = self.order;
        self.plans.push(Reverse(plan));
    }

    /// A person, the first ones much more often than the last.
    pub(crate) fn person(&mut self) -> Address {
        let share = self.random.unit().powi(3);
        self.people[(share * self.people.len() as f64) as usize]
    }

    pub(crate) fn exchange(&mut self) -> Address {
        let place = self.random.below(self.exchanges.len() as u64);
        self.exchanges[place as usize]
    }

    pub(crate) fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    pub(crate) fn now_s(&self) -> u64 {
        self.time_s as u64
    }

    pub(crate) fn listed_thief(&mut self) -> Address {
        let place = self.random.below(self.listed.len() as u64);
        self.listed[place as usize].0
    }

    /// Changes how many transactions come in a simulated second from here on.
    pub fn set_rate(&mut self, transactions_per_s: f64) {
        self.config.transactions_per_s = transactions_per_s;
    }

    /// The simulated time.
    pub fn time_s(&self) -> u64 {
        self.now_s()
    }

    /// The next transaction, in time order.
    pub fn next_transaction(&mut self) -> Told {
        // More by day than by night, around the average.
        let hour = (self.time_s / 3_600.0) % 24.0;
        let rhythm = 1.0 + 0.6 * ((hour - 14.0) / 24.0 * std::f64::consts::TAU).cos();
        let rate = self.config.transactions_per_s.max(1e-6) * rhythm;
        self.time_s += -(1.0 - self.random.unit()).ln() / rate;
        if self.random.unit() < self.config.crimes_per_10k / 10_000.0 {
            crimes::begin(self);
        }
        let is_due =
            self.plans.peek().is_some_and(|Reverse(plan)| plan.time_s as f64 <= self.time_s);
        let plan = if is_due { self.plans.pop().map(|Reverse(plan)| plan) } else { None };
        let plan = plan.unwrap_or_else(|| self.ordinary());
        self.tell(plan)
    }

    fn ordinary(&mut self) -> Plan {
        let time_s = self.now_s();
        let amount_milli = self.random.amount_milli();
        let (from, to) = match self.random.below(100) {
            0..30 => (self.person(), self.person()),
            30..55 => (self.person(), self.exchange()),
            55..80 => (self.exchange(), self.person()),
            _ => {
                let place = self.random.below(self.merchants.len() as u64) as usize;
                (self.person(), self.merchants[place])
            }
        };
        let token = (self.random.below(100) < 25)
            .then(|| self.tokens[self.random.below(self.tokens.len() as u64) as usize]);
        let approves = (token.is_some() && self.random.below(10) == 0)
            .then(|| (self.merchants[0], token.expect("checked")));
        let (initiator, truth) = (None, ORDINARY);
        Plan { time_s, order: 0, from, to, amount_milli, token, initiator, approves, truth }
    }

    fn tell(&mut self, plan: Plan) -> Told {
        let start_s = self.config.start_s;
        let block_time_s = (self.time_s as u64 - start_s) / BLOCK_S * BLOCK_S + start_s;
        if block_time_s > self.block_time_s {
            self.block += (block_time_s - self.block_time_s) / BLOCK_S;
            self.block_time_s = block_time_s;
            self.tx_index = 0;
        } else {
            self.tx_index += 1;
        }
        let hash = TxHash(self.random.bytes());
        let position = Position { block: self.block, tx_index: self.tx_index, sub_index: 0 };
        let amount = Amount::from_u128(u128::from(plan.amount_milli) * MILLI);
        let base = Transfer {
            network: Network::ETHEREUM,
            position,
            time_s: self.block_time_s,
            tx: hash,
            from: Some(plan.from),
            to: Some(plan.to),
            initiator: None,
            asset: Asset::Native,
            amount,
            success: true,
            kind: TransferKind::Value,
            has_call_data: false,
        };
        let mut transfers = Vec::with_capacity(2);
        let mut approvals = Vec::new();
        match plan.token {
            None => transfers.push(base),
            Some(contract) => {
                let signer = plan.initiator.unwrap_or(plan.from);
                transfers.push(Transfer {
                    from: Some(signer),
                    to: Some(Address::account20(contract)),
                    amount: Amount::ZERO,
                    has_call_data: true,
                    ..base
                });
                transfers.push(Transfer {
                    position: Position { sub_index: 1, ..position },
                    initiator: plan.initiator,
                    asset: Asset::Erc20(contract),
                    kind: TransferKind::Token,
                    has_call_data: true,
                    ..base
                });
            }
        }
        if let Some((spender, contract)) = plan.approves {
            approvals.push(Approval {
                network: Network::ETHEREUM,
                position: Position { sub_index: transfers.len() as u32, ..position },
                time_s: self.block_time_s,
                tx: hash,
                owner: plan.from,
                spender,
                contract,
                amount: Amount::MAX,
                by_permit: false,
                success: true,
            });
        }
        let transaction = Transaction {
            hash,
            index: self.tx_index,
            transfers,
            approvals,
            inputs: Vec::new(),
            unknown_inputs: 0,
        };
        Told { transaction, truth: plan.truth }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_market_and_time_never_runs_backwards() {
        let run = |seed| {
            let mut market =
                Market::new(Config { seed, crimes_per_10k: 50.0, ..Config::default() });
            (0..5_000).map(|_| market.next_transaction()).collect::<Vec<_>>()
        };
        let (a, b, c) = (run(7), run(7), run(8));
        let hashes =
            |run: &[Told]| run.iter().map(|told| told.transaction.hash).collect::<Vec<_>>();
        assert_eq!(hashes(&a), hashes(&b));
        assert_ne!(hashes(&a), hashes(&c));
        let position = |told: &Told| told.transaction.transfers[0].position;
        assert!(a.windows(2).all(|pair| position(&pair[0]) < position(&pair[1])));
    }

    #[test]
    fn every_crime_happens() {
        let mut market = Market::new(Config {
            crimes_per_10k: 100.0,
            transactions_per_s: 0.002,
            ..Config::default()
        });
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..60_000 {
            let told = market.next_transaction();
            if told.truth.is_telling {
                seen.extend(told.truth.crime);
            }
        }
        assert_eq!(seen.len(), Crime::ALL.len(), "{seen:?}");
    }
}
