//! Dishonest exchanges: each builds a whole bundle or receipt that lies in one way and is right in all
//! others, and each is refused with a reason of its own.
//!
//! The bundles are written under `target/tmp/attacks` with the reason, so that the other verifiers can
//! be asked the same.

use proof::ProofError;
use proof::argument::Proof;
use proof::bundle::{
    HEADER, InFile, LIABILITIES, MANIFEST, Manifest, Opened, Refused, Round, TOTALS, shard_name,
};
use proof::circuit::Val;
use proof::circuit::shard::Circuit;
use proof::header::{Asset, Header};
use proof::id::UserId;
use proof::key::Key;
use proof::leaf::{Entry, Layout, Leaf, Width};
use proof::liabilities::{Liabilities, Shard};
use proof::margin::Held;
use proof::poseidon::{Digest, Poseidon};
use proof::receipt::{MarginEntry, Receipt};
use proof::systems::{Systems, hex};
use proof::tree::{Path, Tree};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::BTreeMap;

use crate::prove::prove;
use crate::{plan, totals, trace};

mod margin;

const CUSTOMERS: u32 = 40;

/// A shard as it was proved.
#[derive(Clone)]
struct Proved {
    values: Shard,
    proof: Vec<u8>,
    opening: totals::Opening,
    digests: Vec<Digest>,
    leaves: Vec<Leaf>,
}

/// A round that somebody publishes, and may lie in.
#[derive(Clone)]
struct Exchange {
    header: Header,
    systems: Systems,
    shards: Vec<Proved>,
}

fn secret(customer: u32) -> [u8; 32] {
    let mut secret = [7; 32];
    secret[..4].copy_from_slice(&customer.to_be_bytes());
    secret
}

fn account(customer: u32) -> String {
    format!("customer-{customer}")
}

fn entries(customer: u32) -> Vec<Entry> {
    let held = (0..5u16).filter(|asset| (u32::from(*asset) + customer).is_multiple_of(3));
    held.map(|asset| Entry { asset, amount: 1_000 + u128::from(customer) }).collect()
}

fn header(round: &str, shards: u32) -> Header {
    let asset = |place: u8| Asset {
        symbol: format!("A{place}"),
        id: format!("eip155:1/slip44:{place}"),
        decimals: 8,
        price: "1".to_owned(),
    };
    let mut header = Header {
        version: proof::header::VERSION,
        constraints: hex(&[0; 32]),
        exchange: "example".to_owned(),
        round: round.to_owned(),
        snapshot_at: 1_793_491_200,
        chains: Vec::new(),
        currency: "USD".to_owned(),
        assets: (0..5).map(asset).collect(),
        margin: Vec::new(),
        layout: Layout::Sparse,
        width: Width::Bits64,
        shards,
        slots: 24_000,
        log_rows: 16,
        previous: None,
    };
    header.constraints = hex(&Systems::of(&header).unwrap().digest());
    header
}

/// Proves a shard of these customers, after `lie` has changed its rows.
fn prove_shard(
    header: &Header,
    keys: (Key, Key),
    customers: Vec<Leaf>,
    lie: impl Fn(&mut trace::Trace),
) -> Proved {
    let circuit = Systems::of(header).unwrap().shard;
    prove_shard_by(&circuit, header, keys, customers, lie)
}

/// The same, with rows that are written for a circuit of the prover's own.
fn prove_shard_by(
    own: &Circuit,
    header: &Header,
    (after, until): (Key, Key),
    customers: Vec<Leaf>,
    lie: impl Fn(&mut trace::Trace),
) -> Proved {
    let circuit = Systems::of(header).unwrap().shard;
    let mut rng = StdRng::seed_from_u64(1);
    let leaves = plan::leaves(&circuit, after, until, customers, &mut rng).unwrap();
    let mut rows = trace::trace(own, after.number(), &leaves, &mut rng).unwrap();
    lie(&mut rows);
    let values = Shard { root: rows.public.root, sums: rows.public.sums, after, until };
    let cells = std::mem::take(&mut rows.cells);
    let proof = prove(&header.digest(), &circuit, &rows.public, cells, [9; 32]).encode();
    Proved { values, proof, opening: rows.opening, digests: rows.leaves, leaves }
}

/// What a customer has pledged and owes, where the round has margin products.
fn held(header: &Header, customer: u32) -> Vec<Held> {
    if header.margin.is_empty() { Vec::new() } else { margin::held(customer) }
}

fn leaf(header: &Header, customer: u32) -> Leaf {
    let id = UserId::derive(&header.round, &account(customer), &secret(customer));
    let rules = header.rules().unwrap();
    let positions = rules.positions(&held(header, customer)).unwrap();
    let leaf = Leaf::new(header.shape().unwrap(), id, entries(customer)).unwrap();
    leaf.with_positions(&rules, positions).unwrap()
}

fn leaves(header: &Header) -> Vec<Leaf> {
    let leaf = |customer: u32| leaf(header, customer);
    let mut leaves: Vec<Leaf> = (0..CUSTOMERS).map(leaf).collect();
    leaves.sort_unstable_by_key(|leaf| leaf.id().key());
    leaves
}

impl Exchange {
    /// An honest round of two shards.
    fn honest(header: Header) -> Self {
        let leaves = leaves(&header);
        let (low, high) = leaves.split_at(leaves.len() / 2);
        let middle = (low.last().unwrap().id().key() + high[0].id().key()) / 2;
        let middle = Key::new(middle).unwrap();
        let shards = vec![
            prove_shard(&header, (Key::FIRST, middle), low.to_vec(), |_| {}),
            prove_shard(&header, (middle, Key::LAST), high.to_vec(), |_| {}),
        ];
        Self { systems: Systems::of(&header).unwrap(), header, shards }
    }

    fn liabilities(&self, sums: Vec<u128>) -> Liabilities {
        let (totals, margin) = Liabilities::of_sums(&self.header, &sums).unwrap();
        let shards: Vec<Shard> = self.shards.iter().map(|shard| shard.values.clone()).collect();
        let root = Liabilities::root_of(&Poseidon::default(), &self.header, &shards).unwrap();
        Liabilities { header: self.header.digest(), root, totals, margin, shards }
    }

    /// What all sums come to and the proof of it, after `lie` has changed what is opened.
    fn totals(&self, lie: impl Fn(&mut Vec<totals::Opening>)) -> (Vec<u128>, Vec<u8>) {
        let mut openings: Vec<_> = self.shards.iter().map(|shard| shard.opening.clone()).collect();
        lie(&mut openings);
        let circuit = &self.systems.totals;
        let rows = totals::trace(circuit, &openings);
        // What is said of the shards is what their proofs say.
        let mut public = rows.public.clone();
        public.sums = self.shards.iter().map(|shard| shard.values.sums).collect();
        let proof = prove(&self.header.digest(), circuit, &public, rows.cells, [8; 32]);
        (rows.public.totals, proof.encode())
    }

    fn publish(&self) -> Files {
        let (totals, proof) = self.totals(|_| {});
        self.files(self.liabilities(totals), proof)
    }

    fn files(&self, liabilities: Liabilities, totals: Vec<u8>) -> Files {
        let mut files = Files::new();
        files.insert(HEADER.to_owned(), self.header.encode());
        files.insert(LIABILITIES.to_owned(), liabilities.encode());
        files.insert(TOTALS.to_owned(), totals);
        for (number, shard) in self.shards.iter().enumerate() {
            files.insert(shard_name(number as u32), shard.proof.clone());
        }
        listed(files)
    }

    /// The receipt of a customer.
    fn receipt(&self, customer: u32) -> Receipt {
        let id = UserId::derive(&self.header.round, &account(customer), &secret(customer));
        let place = |shard: &Proved| shard.leaves.iter().position(|leaf| *leaf.id() == id);
        let found = self.shards.iter().enumerate();
        let (number, index) =
            found.filter_map(|(number, shard)| Some((number, place(shard)?))).next().unwrap();
        self.receipt_at(customer, number, index)
    }

    fn receipt_at(&self, customer: u32, shard: usize, index: usize) -> Receipt {
        let steps = self.header.shard_steps();
        let digests = self.shards[shard].digests.clone();
        let tree = Tree::over(&Poseidon::default(), 0, steps, digests).unwrap();
        let symbol = |entry: &Entry| {
            (self.header.assets[usize::from(entry.asset)].symbol.clone(), entry.amount)
        };
        let of_margin = |Held { place, pledged, debt }: &Held| MarginEntry {
            asset: self.header.margin[usize::from(*place)].asset.clone(),
            pledged: *pledged,
            debt: *debt,
        };
        Receipt {
            header: self.header.digest(),
            round: self.header.round.clone(),
            account: account(customer),
            secret: secret(customer),
            shard: shard as u32,
            entries: entries(customer).iter().map(symbol).collect(),
            margin: held(&self.header, customer).iter().map(of_margin).collect(),
            path: tree.path(index).unwrap(),
        }
    }
}

type Files = BTreeMap<String, Vec<u8>>;

/// With a manifest of these files.
fn listed(mut files: Files) -> Files {
    files.remove(MANIFEST);
    let list = files.iter().map(|(name, bytes)| Manifest::list(name, bytes)).collect();
    files.insert(MANIFEST.to_owned(), Manifest::new(list).encode());
    files
}

/// With another file in place of one.
fn with(files: &Files, name: &str, bytes: Vec<u8>) -> Files {
    let mut files = files.clone();
    files.insert(name.to_owned(), bytes);
    listed(files)
}

/// What an auditor does.
fn verify(files: &Files) -> Result<Round, Refused> {
    let names: Vec<String> = files.keys().cloned().collect();
    let read = |name: &str| files.get(name).cloned().ok_or(ProofError::Missing).in_file(name);
    let opened = Opened::read(&names, &read)?;
    opened.check_totals(&read)?;
    for shard in 0..opened.round.header.shards {
        opened.check_shard(shard, &read)?;
    }
    Ok(opened.round)
}

/// What a customer does.
fn verify_receipt(files: &Files, receipt: &[u8]) -> Result<(), Refused> {
    let round = Round::read(&files[HEADER], &files[LIABILITIES])?;
    let receipt = round.check_receipt(receipt)?;
    round.check_shard(receipt.shard, &files[&shard_name(receipt.shard)])?;
    round.check_totals(&files[TOTALS])
}

/// Where cases are kept for the other verifiers.
fn cases() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tmp/attacks")
}

/// Keeps a case, with what was found of it.
fn keep(name: &str, files: &Files, receipt: Option<&[u8]>, found: Option<&Refused>) {
    let dir = cases().join(name);
    let _ = std::fs::remove_dir_all(&dir);
    let bundle = dir.join("bundle");
    std::fs::create_dir_all(bundle.join("shards")).unwrap();
    for (name, bytes) in files {
        let path = bundle.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    if let Some(receipt) = receipt {
        std::fs::write(dir.join("receipt.json"), receipt).unwrap();
    }
    let code = found.map_or("ok", |refused| refused.error.code());
    let file = found.map_or("", |refused| refused.file.as_str());
    std::fs::write(dir.join("expected"), format!("{code} {file}\n")).unwrap();
}

/// A bundle that lies is refused, in this file and for this reason.
fn refused(name: &str, files: &Files, file: &str, code: &str) {
    let found = verify(files).expect_err(name);
    assert_eq!((found.file.as_str(), found.error.code()), (file, code), "{name}: {found}");
    keep(name, files, None, Some(&found));
}

/// A receipt that lies is refused.
fn refused_receipt(name: &str, files: &Files, receipt: &[u8], code: &str) {
    let found = verify_receipt(files, receipt).expect_err(name);
    assert_eq!(found.error.code(), code, "{name}: {found}");
    keep(name, files, Some(receipt), Some(&found));
}

#[test]
fn dishonest_exchanges_are_refused_each_for_its_reason() {
    let honest = Exchange::honest(header("2026-11", 2));
    let files = honest.publish();
    let round = verify(&files).unwrap();
    let owed: u128 = (0..CUSTOMERS).flat_map(entries).map(|entry| entry.amount).sum();
    assert_eq!(round.liabilities.totals.iter().sum::<u128>(), owed);
    let receipts: Vec<Vec<u8>> = (0..CUSTOMERS).map(|ada| honest.receipt(ada).encode()).collect();
    for receipt in &receipts {
        verify_receipt(&files, receipt).unwrap();
    }
    keep("00-honest", &files, Some(&receipts[0]), None);
    // For verifiers that customers have: one of each shard.
    for (shard, name) in [(0, "customer-0.json"), (1, "customer-1.json")] {
        let of_shard = (0..CUSTOMERS).map(|ada| honest.receipt(ada)).find(|ada| ada.shard == shard);
        std::fs::write(cases().join(name), of_shard.unwrap().encode()).unwrap();
    }
    let (totals, totals_proof) = honest.totals(|_| {});
    let liabilities = honest.liabilities(totals.clone());

    // A1: a limb that is less than nothing makes up for somebody else's.
    let width = honest.systems.shard.columns.width;
    let limb = |row: usize| row * width + honest.systems.shard.limb(0, 0);
    let keys =
        |shard: usize| (honest.shards[shard].values.after, honest.shards[shard].values.until);
    let half = leaves(&honest.header)[..20].to_vec();
    let mut negative = honest.clone();
    negative.shards[0] = prove_shard(&honest.header, keys(0), half.clone(), |rows| {
        rows.cells[limb(3)] = -Val::new(5);
    });
    refused("01-negative-balance", &negative.publish(), &shard_name(0), "proof.circuit");

    // A2: less is said than the shards come to; the digits of the total are those of what is said.
    let mut less = totals.clone();
    less[0] -= 1_000;
    let lie = honest.files(honest.liabilities(less), totals_proof.clone());
    refused("02-total-too-small", &lie, TOTALS, "proof.opening");
    let (less, proof) = honest.totals(|openings| openings[0].sums[1][0] -= 1);
    let lie = honest.files(honest.liabilities(less), proof);
    refused("02-opening-of-other-sums", &lie, TOTALS, "proof.circuit");

    // A3: numbers in another spelling, or beyond their range.
    let text = String::from_utf8(files[LIABILITIES].clone()).unwrap();
    let first = format!("\"{}\"", totals[0]);
    let spelled = text.replacen(&first, &format!("\"0{}\"", totals[0]), 1);
    let lie = with(&files, LIABILITIES, spelled.into_bytes());
    refused("03-other-spelling", &lie, LIABILITIES, "proof.field");
    let order = "7f000001".repeat(8);
    let root = liabilities.root.to_string();
    let lie = with(&files, LIABILITIES, text.replacen(&root, &order, 1).into_bytes());
    refused("03-digest-not-below-the-order", &lie, LIABILITIES, "proof.canonical");
    let above = u128::MAX.to_string();
    let lie = with(&files, LIABILITIES, text.replacen(&totals[0].to_string(), &above, 1).into());
    refused("03-total-out-of-range", &lie, TOTALS, "proof.field");

    // A4: one leaf for two customers; leaves of one key in a shard, or in two.
    let twin = Receipt { account: account(1), secret: secret(1), ..honest.receipt(0) };
    refused_receipt("04-leaf-of-somebody-else", &files, &twin.encode(), "proof.path");
    let mut twice = honest.clone();
    twice.shards[1] = twice.shards[0].clone();
    let (totals_twice, proof) = twice.totals(|_| {});
    let lie = twice.files(twice.liabilities(totals_twice), proof);
    refused("04-shard-twice", &lie, LIABILITIES, "proof.keys");

    // A5, A14: of another round.
    let mut other = Exchange { header: header("2026-12", 2), ..honest.clone() };
    let lie = with(&files, HEADER, other.header.encode());
    refused("05-header-of-another-round", &lie, LIABILITIES, "proof.round");
    other.header.snapshot_at += 1;
    let mut of_other = liabilities.clone();
    of_other.header = other.header.digest();
    let mut lie = with(&files, HEADER, other.header.encode());
    lie = with(&lie, LIABILITIES, of_other.encode());
    refused("14-proofs-of-another-time", &lie, TOTALS, "proof.opening");
    let stale = Receipt { round: "2026-10".to_owned(), ..honest.receipt(0) };
    refused_receipt("14-receipt-of-another-round", &files, &stale.encode(), "proof.round");

    // A6, A7: a node for a leaf, a path of another length, place or order.
    let good = honest.receipt(2);
    let mut short = good.clone();
    short.path = Path { index: good.path.index >> 1, siblings: good.path.siblings[1..].to_vec() };
    refused_receipt("06-node-for-a-leaf", &files, &short.encode(), "proof.field");
    let mut moved = good.clone();
    moved.path.index ^= 1;
    refused_receipt("07-other-place", &files, &moved.encode(), "proof.path");
    let mut swapped = good.clone();
    swapped.path.siblings.swap(0, 1);
    refused_receipt("07-siblings-swapped", &files, &swapped.encode(), "proof.path");
    let mut longer = good.clone();
    longer.path.siblings.push(proof::tree::empty());
    refused_receipt("07-path-too-long", &files, &longer.encode(), "proof.field");
    let mut outside = good.clone();
    outside.path.index += 1 << honest.header.shard_steps();
    refused_receipt("07-place-outside", &files, &outside.encode(), "proof.field");
    let other_shard = Receipt { shard: 1 - good.shard, ..good.clone() };
    refused_receipt("07-other-shard", &files, &other_shard.encode(), "proof.path");
    let no_shard = Receipt { shard: 2, ..good.clone() };
    refused_receipt("07-no-such-shard", &files, &no_shard.encode(), "proof.field");

    // A8: there are no sums in nodes; balances that are not those of the leaf lead nowhere.
    let mut more = good.clone();
    more.entries[0].1 += 1;
    refused_receipt("08-other-balance", &files, &more.encode(), "proof.path");
    let mut fewer = good.clone();
    fewer.entries.pop();
    refused_receipt("08-balance-left-out", &files, &fewer.encode(), "proof.path");
    let mut unknown = good.clone();
    unknown.entries[0].0 = "XYZ".to_owned();
    refused_receipt("08-unknown-asset", &files, &unknown.encode(), "proof.field");

    // A9: a shard left out, in another order, or of another system.
    let mut fewer = honest.clone();
    fewer.shards.pop();
    let shards = fewer.shards.iter().map(|shard| shard.values.clone()).collect();
    let cut = Liabilities { shards, ..liabilities.clone() };
    let lie = with(&files, LIABILITIES, cut.encode());
    refused("09-shard-left-out", &lie, LIABILITIES, "proof.count");
    let mut lie = files.clone();
    lie.remove(&shard_name(1));
    refused("09-proof-left-out", &listed(lie.clone()), &shard_name(1), "proof.file.missing");
    lie.insert(MANIFEST.to_owned(), files[MANIFEST].clone());
    refused("09-file-left-out", &lie, &shard_name(1), "proof.file.missing");
    let lie = with(&files, "shards/00002.proof", files[&shard_name(0)].clone());
    refused("09-shard-too-many", &lie, "shards/00002.proof", "proof.file.extra");
    let lie = with(&files, &shard_name(1), files[&shard_name(0)].clone());
    refused("09-one-proof-for-two-shards", &lie, &shard_name(1), "proof.opening");
    let mut reversed = liabilities.clone();
    reversed.shards.reverse();
    let lie = with(&files, LIABILITIES, reversed.encode());
    refused("09-shards-in-another-order", &lie, LIABILITIES, "proof.keys");
    let mut other_root = liabilities.clone();
    other_root.root = liabilities.shards[0].root;
    let lie = with(&files, LIABILITIES, other_root.encode());
    refused("09-other-root", &lie, LIABILITIES, "proof.root");

    // A10: constraints that the exchange brings along.
    let mut lax = honest.header.clone();
    lax.constraints = hex(&[0xab; 32]);
    let lie = with(&files, HEADER, lax.encode());
    refused("10-constraints-of-its-own", &lie, HEADER, "proof.constraints");
    let mut smaller = honest.header.clone();
    smaller.slots -= 1;
    let lie = with(&files, HEADER, smaller.encode());
    refused("10-other-size-same-digest", &lie, HEADER, "proof.constraints");

    // A11: a sum that is another than its limbs come to.
    let mut packed = honest.clone();
    packed.shards[0] = prove_shard(&honest.header, keys(0), half.clone(), |rows| {
        let (sum_rows, active) = (honest.systems.shard.sum_rows as usize, (1 << 16) - 192);
        rows.cells[(active - sum_rows) * width] -= Val::new(1);
    });
    refused("11-sum-of-other-limbs", &packed.publish(), &shard_name(0), "proof.circuit");

    // A13: an id of another secret.
    let other_secret = Receipt { secret: [1; 32], ..good.clone() };
    refused_receipt("13-other-secret", &files, &other_secret.encode(), "proof.path");

    // A20: bytes that say the same, or nothing.
    for name in [TOTALS.to_owned(), shard_name(0)] {
        let mut longer = files[&name].clone();
        longer.push(0);
        let what = name.replace('/', "-");
        let lie = with(&files, &name, longer);
        refused(&format!("20-longer-{what}"), &lie, &name, "proof.canonical");
        let cut = files[&name][..1_000].to_vec();
        refused(&format!("20-cut-{what}"), &with(&files, &name, cut), &name, "proof.canonical");
        let long = vec![0; proof::argument::PROOF_LEN_MAX + 1];
        refused(&format!("20-long-{what}"), &with(&files, &name, long), &name, "proof.canonical");
        let mut unlisted = files.clone();
        unlisted.get_mut(&name).unwrap()[100] ^= 1;
        refused(&format!("20-not-as-listed-{what}"), &unlisted, &name, "proof.manifest");
    }
    let deep = format!("{{\"version\":{}", "[".repeat(100_000)).into_bytes();
    for name in [HEADER, LIABILITIES] {
        let lie = with(&files, name, deep.clone());
        refused(&format!("20-nested-{name}"), &lie, name, "proof.canonical");
    }
    let mut beside = files.clone();
    beside.insert("readme.txt".to_owned(), b"trust us".to_vec());
    refused("20-file-beside", &beside, "readme.txt", "proof.file.extra");
    refused("20-file-listed-beside", &listed(beside), "readme.txt", "proof.file.extra");
    let mut receipt = good.encode();
    receipt.extend_from_slice(b" ");
    refused_receipt("20-receipt-longer", &files, &receipt, "proof.canonical");
    let shard = Proof::decode(&files[&shard_name(0)]).unwrap();
    let lie = with(&files, TOTALS, shard.encode());
    refused("20-proof-of-a-shard-for-the-totals", &lie, TOTALS, "proof.field");
}
