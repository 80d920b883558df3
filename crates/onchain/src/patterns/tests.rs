//! One scene for each pattern, and the ordinary scene beside it that must not be taken for one.

use super::*;
use crate::ledger::book_transfer;
use crate::skynet::SkyNet;
use crate::table::StateTable;
use intel::Directory;
use model::{
    Address, AddressKind, Amount, Asset, Network, Position, Transaction, TransferKind, TxHash,
};

const COIN: u128 = 1_000_000_000_000_000_000;
const DAY: u64 = 86_400;

struct Stage {
    net: SkyNet,
    time_s: u64,
    block: u64,
}

fn address(n: u32) -> Address {
    let mut bytes = [0x5a; 20];
    let mixed = sketch_hash(&n.to_le_bytes()).to_le_bytes();
    bytes[..8].copy_from_slice(&mixed);
    bytes[16..].copy_from_slice(&n.to_le_bytes());
    Address::account20(bytes)
}

impl Stage {
    fn new() -> Self {
        let net = SkyNet::new(0, StateTable::unbounded(), Directory::empty());
        Self { net, time_s: 1_700_000_000, block: 1 }
    }

    fn transfer(&mut self, from: Address, to: Address, asset: Asset, milli: u64) -> Transfer {
        self.block += 1;
        Transfer {
            network: Network::ETHEREUM,
            position: Position { block: self.block, tx_index: 0, sub_index: 0 },
            time_s: self.time_s,
            tx: TxHash([self.block as u8; 32]),
            from: Some(from),
            to: Some(to),
            initiator: None,
            asset,
            amount: Amount::from_u128(u128::from(milli) * COIN / 1000),
            success: true,
            kind: TransferKind::Value,
            has_call_data: false,
        }
    }

    fn observe(&mut self, transfer: Transfer, approvals: Vec<Approval>) -> PatternSet {
        let transaction = Transaction {
            hash: transfer.tx,
            index: 0,
            transfers: vec![transfer],
            approvals,
            inputs: Vec::new(),
            unknown_inputs: 0,
        };
        let observed = self.net.observe(&transaction).unwrap();
        observed[0].patterns
    }

    fn pay(&mut self, from: u32, to: u32, milli: u64) -> PatternSet {
        let transfer = self.transfer(address(from), address(to), Asset::Native, milli);
        self.observe(transfer, Vec::new())
    }

    fn wait(&mut self, seconds: u64) {
        self.time_s += seconds;
    }
}

#[test]
fn a_look_alike_of_a_paid_address_is_poisoning_and_a_stranger_is_not() {
    let mut stage = Stage::new();
    stage.pay(1, 2, 5_000);
    let mut twin = address(2).as_account20().unwrap();
    twin[10] ^= 0xff;
    let dust = stage.transfer(Address::account20(twin), address(1), Asset::Native, 0);
    assert!(stage.observe(dust, Vec::new()).contains(Pattern::Poisoning));
    assert!(!stage.pay(3, 1, 0).contains(Pattern::Poisoning));
    // Falling for it: the payment itself is flagged.
    let paid = stage.transfer(address(1), Address::account20(twin), Asset::Native, 4_000);
    assert!(stage.observe(paid, Vec::new()).contains(Pattern::Poisoning));
    assert!(!stage.pay(1, 2, 5_000).contains(Pattern::Poisoning));
}

#[test]
fn sweeps_of_several_owners_by_one_spender_are_a_drainer() {
    let mut stage = Stage::new();
    let token = [7; 20];
    let thief = address(99);
    let mut last = PatternSet::default();
    for owner in 1..=3 {
        let approval = Approval {
            network: Network::ETHEREUM,
            position: Position::default(),
            time_s: stage.time_s,
            tx: TxHash::default(),
            owner: address(owner),
            spender: thief,
            contract: token,
            amount: Amount::MAX,
            by_permit: false,
            success: true,
        };
        let call = stage.transfer(address(owner), address(50), Asset::Native, 0);
        stage.observe(call, vec![approval]);
    }
    for owner in 1..=3 {
        let mut sweep = stage.transfer(address(owner), address(60), Asset::Erc20(token), 10);
        sweep.initiator = Some(thief);
        last = stage.observe(sweep, Vec::new());
        assert_eq!(last.contains(Pattern::Drainer), owner == 3);
    }
    assert!(!last.contains(Pattern::FakeToken));
}

#[test]
fn movements_that_their_owners_did_not_make_show_a_fake_token() {
    let mut stage = Stage::new();
    let mut found = Vec::new();
    for owner in 1..=4 {
        let mut claim = stage.transfer(address(owner), address(70), Asset::Erc20([9; 20]), 10);
        claim.initiator = Some(address(98));
        found.push(stage.observe(claim, Vec::new()).contains(Pattern::FakeToken));
    }
    assert_eq!(found, [false, false, true, true]);
    let own = stage.transfer(address(1), address(2), Asset::Erc20([8; 20]), 10);
    assert!(!stage.observe(own, Vec::new()).contains(Pattern::FakeToken));
}

#[test]
fn what_goes_out_at_once_and_whole_is_a_pass_through() {
    let mut stage = Stage::new();
    stage.pay(1, 2, 10_000);
    stage.wait(600);
    assert!(stage.pay(2, 3, 9_900).contains(Pattern::PassThrough));
    stage.pay(4, 5, 10_000);
    stage.wait(2 * DAY);
    assert!(!stage.pay(5, 6, 9_900).contains(Pattern::PassThrough));
    stage.pay(7, 8, 10_000);
    assert!(!stage.pay(8, 9, 4_000).contains(Pattern::PassThrough));
}

#[test]
fn fresh_links_that_pass_most_of_a_sum_on_are_a_peel_chain() {
    let mut stage = Stage::new();
    stage.pay(1, 10, 100_000);
    let mut sum = 100_000;
    let mut found = Vec::new();
    for link in 10..16 {
        stage.wait(DAY);
        stage.pay(link, 500 + link, sum / 20);
        sum = sum * 9 / 10;
        found.push(stage.pay(link, link + 1, sum).contains(Pattern::PeelChain));
    }
    assert_eq!(found, [false, false, false, true, true, true]);
}

#[test]
fn near_equal_sums_to_or_from_many_are_structuring_and_mixed_sums_are_not() {
    let mut stage = Stage::new();
    stage.pay(1, 2, 1_000_000);
    let mut out = PatternSet::default();
    let mut into = PatternSet::default();
    for i in 0..14 {
        stage.wait(600);
        out = stage.pay(2, 100 + i, 9_000 + 31 * u64::from(i));
        into = stage.pay(200 + i, 3, 9_500 - 29 * u64::from(i));
    }
    assert!(out.contains(Pattern::FanOut));
    assert!(into.contains(Pattern::FanIn));
    for i in 0..14 {
        stage.wait(600);
        let mixed = 500 + 3_700 * u64::from(i);
        assert!(!stage.pay(4, 300 + i, mixed).contains(Pattern::FanOut));
        assert!(!stage.pay(400 + i, 5, mixed).contains(Pattern::FanIn));
    }
}

#[test]
fn many_equal_round_deposits_make_a_mixer_shape() {
    let mut stage = Stage::new();
    let mut found = PatternSet::default();
    for i in 0..24 {
        stage.wait(DAY);
        found = stage.pay(100 + i, 7, 1_000);
    }
    assert!(found.contains(Pattern::MixerShape));
    for i in 0..24 {
        assert!(!stage.pay(200 + i, 8, 1_000 + u64::from(i)).contains(Pattern::MixerShape));
    }
}

#[test]
fn a_large_first_payment_to_a_newcomer_is_a_fresh_destination() {
    let mut stage = Stage::new();
    for i in 0..6 {
        stage.pay(1, 10 + i, 100);
    }
    assert!(stage.pay(1, 30, 5_000).contains(Pattern::FreshDestination));
    assert!(!stage.pay(1, 30, 5_000).contains(Pattern::FreshDestination));
    assert!(!stage.pay(1, 31, 100).contains(Pattern::FreshDestination));
}

#[test]
fn a_sleeper_that_moves_most_of_its_funds_awakens() {
    let mut stage = Stage::new();
    for _ in 0..3 {
        stage.pay(1, 2, 10_000);
    }
    stage.wait(200 * DAY);
    // Dust does not wake it.
    stage.pay(8, 2, 1);
    assert!(stage.pay(2, 3, 20_000).contains(Pattern::DormantAwakening));
    assert!(!stage.pay(2, 3, 9_000).contains(Pattern::DormantAwakening));
}

#[test]
fn booking_alone_does_not_depend_on_patterns() {
    let mut stage = Stage::new();
    let transfer = stage.transfer(address(1), address(2), Asset::Native, 5);
    let (mut book, mut table) = (Book::new(0), StateTable::unbounded());
    book_transfer(&mut book, &mut table, &transfer).unwrap();
    assert_eq!(table.get_mut(AddressId(1)).unwrap().counts(), (1, 0));
    assert_eq!(Address::from_20(AddressKind::Account20, [1; 20]).bytes().len(), 20);
}

#[test]
fn a_withdrawal_to_an_unseen_look_alike_is_seen_before_it_happens() {
    let mut stage = Stage::new();
    let (payer, payee) = (address(1), address(2));
    let transfer = stage.transfer(payer, payee, Asset::Native, 500);
    stage.observe(transfer, Vec::new());
    let mut bytes = payee.as_account20().unwrap();
    bytes[9] ^= 0xff;
    let ask = stage.transfer(payer, Address::account20(bytes), Asset::Native, 500);
    let seen = stage.net.foresee(&ask).unwrap();
    assert!(seen.patterns.contains(Pattern::Poisoning));
    assert!(seen.to.unwrap().is_new);
    let ask = stage.transfer(payer, payee, Asset::Native, 500);
    assert!(!stage.net.foresee(&ask).unwrap().patterns.contains(Pattern::Poisoning));
}
