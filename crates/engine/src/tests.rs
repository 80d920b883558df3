use super::*;
use model::{Address, Amount, Asset, Network, Position, TransferKind, TxHash};

/// A journal in memory that can be told to fail.
#[derive(Default)]
pub(crate) struct Memory {
    entries: Vec<Vec<u8>>,
    is_broken: bool,
    room: Option<usize>,
}

impl Recorder for Memory {
    fn append(&mut self, entries: &[Vec<u8>]) -> Result<u64, RecordError> {
        let is_full = self.room.is_some_and(|room| self.entries.len() + entries.len() > room);
        if self.is_broken || is_full {
            return Err(RecordError::Unavailable("disk full".to_owned()));
        }
        self.entries.extend_from_slice(entries);
        Ok((self.entries.len() - entries.len()) as u64)
    }
}

fn lists() -> Directory {
    let csv = "address,currency\n0x0000000000000000000000000000000000000bad,ETH\n";
    let source = intel::sources::Source::find("ofac").unwrap();
    Directory::new([source.read(&[csv.as_bytes()], None).unwrap()])
}

const PACK: &str = r#"
name = "test"
version = 1
[[rule]]
id = "sanctions.payer.direct"
when = '"sanctions" in from.listed'
then = "deny"
sentence = "The payer is sanctioned."
remedy = "None."
[[rule]]
id = "sanctions.payer.indirect"
when = 'from.received.sanctions >= 0.1'
then = "hold"
sentence = "{from.received.sanctions} of its funds come from a sanctioned address."
remedy = "Show where the funds come from."
"#;

fn engine(threads: usize) -> Engine {
    let (schema, _) = facts::schema();
    let pack = Pack::parse(PACK, &schema).unwrap();
    Engine::new(threads as u64, StateTable::unbounded(), lists(), pack, None, threads)
}

fn address(n: u64) -> Address {
    let mut bytes = [0; 20];
    bytes[12..].copy_from_slice(&n.to_be_bytes());
    Address::account20(bytes)
}

fn payment(block: u64, from: u64, to: u64, amount: u64) -> Transaction {
    let transfer = Transfer {
        network: Network::ETHEREUM,
        position: Position { block, tx_index: 0, sub_index: 0 },
        time_s: 1_700_000_000 + block * 12,
        tx: TxHash([block as u8; 32]),
        from: Some(address(from)),
        to: Some(address(to)),
        initiator: None,
        asset: Asset::Native,
        amount: Amount::from(amount),
        success: true,
        kind: TransferKind::Value,
        has_call_data: false,
    };
    let (transfers, approvals, inputs) = (vec![transfer], Vec::new(), Vec::new());
    Transaction {
        hash: TxHash([block as u8; 32]),
        index: 0,
        transfers,
        approvals,
        inputs,
        unknown_inputs: 0,
    }
}

#[test]
fn a_sanctioned_payer_is_denied_and_the_money_is_followed_two_hops() {
    let mut engine = engine(1);
    let mut journal = Memory::default();
    let batch = [
        payment(1, 0xbad, 7, 1000),
        payment(2, 7, 8, 900),
        payment(3, 8, 9, 800),
        payment(4, 5, 6, 1),
    ];
    let decisions = engine.decide(&batch, &mut journal).unwrap();
    let levels: Vec<Level> = decisions.iter().map(|decision| decision.level).collect();
    assert_eq!(levels, [Level::Deny, Level::Hold, Level::Hold, Level::Allow]);
    // A basis and four decisions; the entries carry their levels.
    assert_eq!(journal.entries.len(), 5);
    assert_eq!(record::level_of(&journal.entries[0]), None);
    assert_eq!(record::level_of(&journal.entries[1]), Some(Level::Deny));
    let reason = decisions[2].verdict.as_ref().unwrap().reasons().first().unwrap().clone();
    let hops: Vec<&str> =
        reason.evidence.iter().filter(|e| e.kind == "hop").map(|e| e.detail.as_str()).collect();
    // Two hops for the payer, three for the receiver; each path ends at the listed address.
    assert_eq!(hops.len(), 5, "{hops:?}");
    assert!(hops[1].starts_with("0x0000000000000000000000000000000000000Bad → "), "{hops:?}");
    assert!(hops[4].starts_with("0x0000000000000000000000000000000000000Bad → "), "{hops:?}");
    let screened = engine.explain_address(Network::ETHEREUM, &address(9)).unwrap();
    assert_eq!(screened.verdict.level(), Level::Hold);
    let listed = engine.explain_address(Network::ETHEREUM, &address(0xbad)).unwrap();
    assert_eq!(listed.verdict.level(), Level::Deny);
    let clean = engine.explain_address(Network::ETHEREUM, &address(12345)).unwrap();
    assert_eq!(clean.verdict.level(), Level::Allow);
}

#[test]
fn what_cannot_be_recorded_is_not_returned() {
    let mut engine = engine(1);
    let mut journal = Memory { is_broken: true, ..Memory::default() };
    let error = engine.decide(&[payment(1, 5, 6, 1)], &mut journal).unwrap_err();
    assert_eq!(error.code(), "journal.unavailable");
    assert!(journal.entries.is_empty());
}

#[test]
fn a_record_that_fails_amid_a_batch_ends_all_of_it() {
    let batch: Vec<Transaction> = (0..5_000).map(|i| payment(i, 1 + i % 7, 9, 1)).collect();
    let mut journal = Memory { room: Some(3_000), ..Memory::default() };
    let error = engine(2).decide(&batch, &mut journal).unwrap_err();
    assert_eq!(error.code(), "journal.unavailable");
    // What is on the record is a beginning of it, piece after piece.
    let mut whole = Memory::default();
    let decisions = engine(2).decide(&batch, &mut whole).unwrap();
    assert!(journal.entries.len() > 1 && whole.entries.starts_with(&journal.entries));
    // The basis is the first entry.
    assert!(decisions.iter().map(|decision| decision.index).eq(1..=5_000));
}

#[test]
fn threads_batches_and_hash_seeds_change_no_byte_of_the_record() {
    let batch: Vec<Transaction> = (0..2_000)
        .map(|i| {
            payment(
                i,
                if i % 97 == 0 { 0xbad } else { 1 + i * 7 % 53 },
                1 + i * 13 % 59,
                1 + i % 500,
            )
        })
        .collect();
    let record = |threads: usize, step: usize| {
        let mut engine = engine(threads);
        let mut journal = Memory::default();
        for part in batch.chunks(step) {
            engine.decide(part, &mut journal).unwrap();
        }
        journal.entries
    };
    let expected = record(1, 2_000);
    assert_eq!(record(4, 2_000), expected);
    assert_eq!(record(3, 171), expected);
}

#[test]
fn a_transfer_that_has_not_happened_is_judged_and_recorded_and_teaches_nothing() {
    let mut engine = engine(1);
    let mut journal = Memory::default();
    engine.decide(&[payment(1, 0xbad, 7, 1000)], &mut journal).unwrap();
    let ask = |from: u64, to: u64| payment(9, from, to, 5).transfers.remove(0);
    let before = {
        let mut bytes = Vec::new();
        engine.net().save(&mut bytes).unwrap();
        bytes
    };
    // From a tainted payer, to an address that was never seen; and between two unseen ones.
    let answers = engine.screen(&[ask(7, 99), ask(98, 99)], &mut journal).unwrap();
    assert_eq!([answers[0].level, answers[1].level], [Level::Hold, Level::Allow]);
    assert_eq!(answers[0].index, 2);
    let recorded = record::decode(&journal.entries[2]).unwrap();
    assert!(recorded.is_screening && recorded.level == Level::Hold);
    assert_eq!(recorded.rules, ["sanctions.payer.indirect"]);
    assert_eq!(record::level_of(&journal.entries[2]), None);
    let mut after = Vec::new();
    engine.net().save(&mut after).unwrap();
    assert_eq!(before, after);
}

#[test]
fn entries_are_read_back_as_they_were_written() {
    let mut engine = engine(1);
    let mut journal = Memory::default();
    let batch = [payment(1, 0xbad, 7, 1000), payment(2, 7, 8, 900)];
    engine.decide(&batch, &mut journal).unwrap();
    assert_eq!(record::basis_of(&journal.entries[0]).unwrap().encode(), journal.entries[0]);
    let recorded = record::decode(&journal.entries[2]).unwrap();
    assert_eq!(recorded.transfer, batch[1].transfers[0]);
    assert_eq!(recorded.received[0][0].category, model::Category::Sanctions);
    assert_eq!((recorded.basis, recorded.is_screening), (0, false));
    for len in 0..journal.entries[2].len() {
        assert_eq!(record::decode(&journal.entries[2][..len]), None);
    }
    assert_eq!(record::retracted_by(&record::retraction(7, 1)), Some(7));
}
