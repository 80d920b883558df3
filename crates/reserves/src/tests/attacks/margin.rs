//! Exchanges that lie about what customers pledge and owe. Most do it with a customer of their own, who
//! pledges next to nothing against a debt of bitcoin: were the debt believed, as much less of other
//! people's bitcoin would have to be held.

use proof::margin::{Margin, Position, Rules, Tier};
use proof::plonky3::field::PrimeCharacteristicRing;

use super::*;
use liar::{Liar, Wrong};

mod liar;

/// Places of assets in the header's `margin`.
const BTC: u16 = 0;
const USD: u16 = 1;
const FUN: u16 = 2;
/// Who is no customer.
const DUMMY: u32 = CUSTOMERS;
/// Of a dollar, a bitcoin and a token of no worth.
const CENTS: u128 = 100;
const SATOSHI: u128 = 100_000_000;
const GRAINS: u128 = 100_000_000;

fn header() -> Header {
    let asset = |place: usize, symbol: &str, decimals: u8, price: &str| Asset {
        symbol: symbol.to_owned(),
        id: format!("eip155:1/slip44:{place}"),
        decimals,
        price: price.to_owned(),
    };
    let margin = |asset: &str, tiers: [(u128, u16); 2]| {
        let tier = |(up_to, ratio_bp): (u128, u16)| Tier { up_to: up_to.to_string(), ratio_bp };
        Margin { asset: asset.to_owned(), tiers: tiers.map(tier).to_vec() }
    };
    let mut header = Header {
        assets: vec![
            asset(0, "BTC", 8, "65000.25"),
            asset(1, "ETH", 8, "3000"),
            asset(2, "USD", 2, "1"),
            asset(3, "FUN", 8, "0.00001"),
            asset(4, "XAU", 4, "4000"),
        ],
        margin: vec![
            margin("BTC", [(10 * SATOSHI, 9_500), (500 * SATOSHI, 9_000)]),
            margin("USD", [(1_000_000 * CENTS, 9_500), (1_000_000_000 * CENTS, 5_000)]),
            margin("FUN", [(1_000_000_000 * GRAINS, 5_000), (u64::MAX.into(), 0)]),
        ],
        layout: Layout::Margin,
        ..super::header("2026-11 margin", 2)
    };
    header.constraints = hex(&Systems::of(&header).unwrap().digest());
    header
}

/// What a customer has pledged and owes: some dollars for bitcoin, some bitcoin for dollars. Nobody has
/// what is worth nothing.
pub(super) fn held(customer: u32) -> Vec<Held> {
    let of = |place: u16, pledged: u128, debt: u128| Held { place, pledged, debt };
    let more = u128::from(customer);
    match customer % 4 {
        1 => vec![of(BTC, 0, SATOSHI + more), of(USD, (1_500_000 + more) * CENTS, 7 * more)],
        3 => vec![of(BTC, (8 + more) * SATOSHI, 0), of(USD, 0, 200_000 * CENTS)],
        _ => Vec::new(),
    }
}

/// A header in which something is otherwise.
fn changed(header: &Header, change: impl Fn(&mut Header)) -> Header {
    let mut header = header.clone();
    change(&mut header);
    header
}

/// Somebody who is no customer, with the key of one of the first shard.
fn dummy(honest: &Exchange, rules: &Rules, held: &[Held]) -> Leaf {
    let (header, until) = (&honest.header, honest.shards[0].values.until);
    let ids = (DUMMY..).map(|more| UserId::derive(&header.round, &account(more), &secret(DUMMY)));
    let id = ids.into_iter().find(|id| id.key() < until.number()).unwrap();
    let of_header = header.rules().unwrap();
    let cover = of_header.cover(&of_header.positions(held).unwrap());
    assert_eq!(cover, None, "the debt is not covered");
    let positions = rules.positions(held).unwrap();
    let leaf = Leaf::new(header.shape().unwrap(), id, Vec::new()).unwrap();
    leaf.with_positions(rules, positions).unwrap()
}

/// The exchange with rows in its first shard that a circuit of its own has written and `lie` has changed,
/// for customers and, where there is one, for `dummy`.
fn lying(
    honest: &Exchange,
    own: &Circuit,
    dummy: Option<&Leaf>,
    lie: impl Fn(&mut Liar<'_>, usize),
) -> Exchange {
    let Shard { after, until, .. } = honest.shards[0].values;
    let mut customers = leaves(&honest.header);
    customers.retain(|leaf| leaf.id().key() < until.number());
    customers.extend(dummy.cloned());
    let digest = dummy.map(|dummy| dummy.digest(&Poseidon::default()));
    let keys = (after, until);
    let proved = prove_shard_by(own, &honest.header, keys, customers, |rows| {
        let place = rows.leaves.iter().position(|leaf| Some(*leaf) == digest);
        lie(&mut Liar { circuit: &honest.systems.shard, rows }, place.unwrap_or(0));
    });
    let mut exchange = honest.clone();
    exchange.shards[0] = proved;
    exchange
}

/// A customer of a shard, other than the exchange's own.
fn customer(exchange: &Exchange, shard: u32) -> Receipt {
    let receipts = (1..CUSTOMERS).step_by(2).map(|customer| exchange.receipt(customer));
    receipts.into_iter().find(|receipt| receipt.shard == shard).unwrap()
}

/// A bundle that lies is refused, and a customer of it would see that too.
fn refused_with(name: &str, exchange: &Exchange, files: &Files, file: &str, code: &str) {
    refused(name, files, file, code);
    let of_customer = customer(exchange, 0).encode();
    let found = verify_receipt(files, &of_customer).expect_err(name);
    assert_eq!((found.file.as_str(), found.error.code()), (file, code), "{name}: {found}");
    std::fs::write(cases().join(name).join("customer.json"), of_customer).unwrap();
}

/// The totals of shards that all say the same.
fn files_of(exchange: &Exchange, totals: &(Vec<u128>, Vec<u8>)) -> Files {
    exchange.files(exchange.liabilities(totals.0.clone()), totals.1.clone())
}

#[test]
fn margin_that_is_not_what_it_says_is_refused() {
    let honest = Exchange::honest(header());
    let files = honest.publish();
    let round = verify(&files).unwrap();
    for customer in 0..CUSTOMERS {
        verify_receipt(&files, &honest.receipt(customer).encode()).unwrap();
    }
    let totals = &round.liabilities;
    let [pledged, debt] = [|held: &Held| held.pledged, |held: &Held| held.debt].map(|of| {
        let held = (0..CUSTOMERS).flat_map(held).filter(|held| held.place == BTC);
        held.map(|held| of(&held)).sum::<u128>()
    });
    let free = (0..CUSTOMERS).flat_map(entries).filter(|entry| entry.asset == 0);
    let free: u128 = free.map(|entry| entry.amount).sum();
    assert_eq!([totals.margin[0].pledged, totals.margin[0].debt], [pledged, debt]);
    assert_eq!(totals.totals[0], free + pledged);
    assert_eq!(totals.to_hold(&honest.header).unwrap()[0], free + pledged - debt);
    keep("12-margin", &files, Some(&customer(&honest, 0).encode()), None);
    for shard in [0, 1] {
        let name = format!("customer-{}.json", 2 + shard);
        std::fs::write(cases().join(name), customer(&honest, shard).encode()).unwrap();
    }
    rows_that_lie(&honest);
    sums_that_lie(&honest);
    texts_that_lie(&honest, &files);
    receipts_that_lie(&honest, &files);
}

/// A12: collateral of no worth against bitcoin, counted in every way in which it does not count.
fn rows_that_lie(honest: &Exchange) {
    let circuit = &honest.systems.shard;
    let by = |rules: &Rules| {
        let mut own = circuit.clone();
        own.rules = rules.all().to_vec();
        own
    };
    let of = |place: u16, pledged: u128, debt: u128| Held { place, pledged, debt };
    let (of_header, first) = (honest.header.rules().unwrap(), shard_name(0));

    // A price of its own; the same rows but for what is set right again.
    let dear = changed(&honest.header, |header| header.assets[3].price = "0.005".to_owned());
    let dear = dear.rules().unwrap();
    let fun = 4;
    assert_eq!(of_header.all()[fun].shift, dear.all()[fun].shift);
    let worthless = [of(BTC, 0, 3 * SATOSHI), of(FUN, 100_000_000 * GRAINS, 0)];
    let owner = dummy(honest, &dear, &worthless);
    let mut totals = None;
    for (name, wrong) in [
        ("12-weight-of-its-own", Wrong::Said),
        ("12-weight-of-no-rule", Wrong::LookedUp),
        ("12-weight-not-multiplied", Wrong::Counted),
        ("12-cover-of-its-own", Wrong::Cover),
    ] {
        let lie = lying(honest, &by(&dear), Some(&owner), |liar, _| liar.set_right(wrong));
        let totals = totals.get_or_insert_with(|| lie.totals(|_| {}));
        refused_with(name, &lie, &files_of(&lie, totals), &first, "proof.circuit");
    }

    // More in a tier than it holds.
    let wide = changed(&honest.header, |header| {
        header.margin[2].tiers[0].up_to = (100_000_000_000 * GRAINS).to_string();
    });
    let wide = wide.rules().unwrap();
    let many = [of(BTC, 0, 5 * SATOSHI), of(FUN, 100_000_000_000 * GRAINS, 0)];
    let owner = dummy(honest, &wide, &many);
    let mut totals = None;
    for (name, wrong) in
        [("12-limit-of-its-own", Wrong::Said), ("12-limit-exceeded", Wrong::Counted)]
    {
        let lie = lying(honest, &by(&wide), Some(&owner), |liar, _| liar.set_right(wrong));
        let totals = totals.get_or_insert_with(|| lie.totals(|_| {}));
        refused_with(name, &lie, &files_of(&lie, totals), &first, "proof.circuit");
    }

    // The best tier twice: the second time it stands where the next one would.
    let mut own = circuit.clone();
    own.rules[fun + 1] = own.rules[fun];
    let twice = [of(BTC, 0, SATOSHI / 10), of(FUN, 2_000_000_000 * GRAINS, 0)];
    let owner = dummy(honest, &of_header, &twice);
    let lie = lying(honest, &own, Some(&owner), |liar, place| {
        liar.set_right(Wrong::LookedUp);
        let columns = liar.columns();
        let is_second = |row: &usize| usize::from(liar.position(*row).rule) == fun + 1;
        let row = liar.positions().into_iter().find(is_second).unwrap();
        let shape = circuit.shape;
        let element = shape.width.limbs() / 2;
        liar.row_mut(row)[columns.number] -= Val::ONE;
        liar.row_mut(row)[element] -= Val::from_u32(1 << shape.width.top_bits());
        let rules = liar.first_rule() + fun;
        liar.row_mut(rules)[columns.uses] += Val::ONE;
        liar.row_mut(rules + 1)[columns.uses] -= Val::ONE;
        liar.publish_leaf(place);
        liar.recount();
    });
    let lie_files = lie.publish();
    refused_with("12-tier-twice", &lie, &lie_files, &first, "proof.circuit");

    // What is pledged once counts twice; and a debt that is not taken off.
    let double = changed(&honest.header, |header| header.assets[3].price = "0.00002".to_owned());
    let double = double.rules().unwrap();
    let once = [of(BTC, 0, SATOSHI / 10), of(FUN, 1_000_000_000 * GRAINS, 0)];
    let owner = dummy(honest, &double, &once);
    let lie = lying(honest, &by(&double), Some(&owner), |liar, _| liar.set_right(Wrong::Cover));
    refused_with("12-pledged-twice", &lie, &lie.publish(), &first, "proof.circuit");
    let mut own = circuit.clone();
    own.rules[fun + 2].weight = [1, 0];
    let owner = dummy(honest, &of_header, &[of(BTC, 0, 3 * SATOSHI), of(USD, CENTS, 0)]);
    let lie = lying(honest, &own, Some(&owner), |liar, _| liar.set_right(Wrong::Cover));
    refused_with("12-debt-not-taken-off", &lie, &lie.publish(), &first, "proof.circuit");
}

/// Sums to which a position is not added, or not as what it is.
fn sums_that_lie(honest: &Exchange) {
    let circuit = &honest.systems.shard;
    let first = shard_name(0);
    let (tier, debt) = (circuit.shape.position_sum(0, false), circuit.shape.position_sum(0, true));
    let in_sum = |liar: &Liar<'_>, sum: u32| {
        let is_of = |row: &usize| {
            let Position { rule, .. } = liar.position(*row);
            circuit.rules[usize::from(rule)].sum == sum
        };
        liar.positions().into_iter().find(is_of).unwrap()
    };
    for (name, sum) in [("12-pledged-left-out", tier), ("12-debt-left-out", debt)] {
        let lie = lying(honest, circuit, None, |liar, _| {
            let amount = liar.position(in_sum(liar, sum)).amount;
            liar.change_sum(sum as usize, amount, false);
            liar.publish_sums();
        });
        refused_with(name, &lie, &lie.publish(), &first, "proof.circuit");
    }
    let lie = lying(honest, circuit, None, |liar, _| {
        let row = in_sum(liar, debt);
        let amount = liar.position(row).amount;
        let of_positions = liar.columns().of_positions;
        liar.row_mut(row)[of_positions] = Val::ZERO;
        liar.row_mut(row)[circuit.columns.assets] = Val::ZERO;
        liar.change_sum(debt as usize, amount, false);
        liar.change_sum(0, amount, true);
        liar.publish_sums();
    });
    refused_with("12-debt-as-a-balance", &lie, &lie.publish(), &first, "proof.circuit");
}

/// Totals and headers that are not those of the proofs, or no totals and headers.
fn texts_that_lie(honest: &Exchange, files: &Files) {
    let liabilities = Liabilities::parse(&files[LIABILITIES]).unwrap();
    let other = |change: fn(&mut Liabilities)| {
        let mut liabilities = liabilities.clone();
        change(&mut liabilities);
        with(files, LIABILITIES, liabilities.encode())
    };
    let refused = |name: &str, files: &Files, file: &str, code: &str| {
        refused_with(name, honest, files, file, code);
    };
    let more = other(|said| said.margin[0].debt += SATOSHI);
    refused("12-more-debt", &more, TOTALS, "proof.opening");
    let moved = other(|said| {
        said.margin[0].debt += 1;
        said.margin[1].debt -= 1;
    });
    refused("12-debt-of-another-asset", &moved, TOTALS, "proof.opening");
    let free = other(|said| said.margin[0].pledged -= 1);
    refused("12-pledged-said-to-be-free", &free, TOTALS, "proof.opening");
    let above = other(|said| said.margin[0].pledged = said.totals[0] + 1);
    refused("12-more-pledged-than-owed", &above, LIABILITIES, "proof.field");
    let without = other(|said| said.margin.clear());
    refused("12-totals-without-margin", &without, LIABILITIES, "proof.count");
    let text = String::from_utf8(files[LIABILITIES].clone()).unwrap();
    let debt = format!("\"debt\":\"{}\"", liabilities.margin[0].debt);
    let spelled = text.replacen(&debt, &debt.replacen(":\"", ":\"0", 1), 1).into_bytes();
    let spelled = with(files, LIABILITIES, spelled);
    refused("12-debt-spelled-otherwise", &spelled, LIABILITIES, "proof.field");

    let header =
        |change: fn(&mut Header)| with(files, HEADER, changed(&honest.header, change).encode());
    for (name, change, code) in [
        (
            "12-tiers-that-rise",
            (|header| header.margin[0].tiers[1].ratio_bp = 9_600) as fn(&mut Header),
            "proof.field",
        ),
        (
            "12-tier-above-the-whole",
            |header| header.margin[0].tiers[0].ratio_bp = 10_001,
            "proof.field",
        ),
        (
            "12-tier-that-is-empty",
            |header| header.margin[0].tiers[1].up_to = "5".to_owned(),
            "proof.field",
        ),
        ("12-asset-twice", |header| header.margin[1] = header.margin[0].clone(), "proof.field"),
        (
            "12-asset-without-a-price",
            |header| header.assets[3].price = "0".to_owned(),
            "proof.field",
        ),
        ("12-margin-in-another-layout", |header| header.layout = Layout::Sparse, "proof.field"),
        ("12-layout-without-margin", |header| header.margin.clear(), "proof.field"),
        (
            "12-other-tier-same-digest",
            |header| header.margin[0].tiers[0].ratio_bp = 9_501,
            "proof.constraints",
        ),
        (
            "12-other-price-same-digest",
            |header| header.assets[3].price = "1".to_owned(),
            "proof.constraints",
        ),
    ] {
        refused(name, &header(change), HEADER, code);
    }
    // Constraints of the header that it says, and proofs of others.
    let mut dear = changed(&honest.header, |header| header.assets[3].price = "1".to_owned());
    dear.constraints = hex(&Systems::of(&dear).unwrap().digest());
    let of_dear = Liabilities { header: dear.digest(), ..liabilities.clone() };
    let lie = with(&with(files, HEADER, dear.encode()), LIABILITIES, of_dear.encode());
    super::refused("12-proofs-of-another-price", &lie, TOTALS, "proof.opening");
}

/// Receipts of other pledges and debts than those of the leaf.
fn receipts_that_lie(honest: &Exchange, files: &Files) {
    let good = honest.receipt(1);
    assert_eq!(good.margin.len(), 2);
    let refused = |name: &str, code: &str, change: &dyn Fn(&mut Receipt)| {
        let mut receipt = good.clone();
        change(&mut receipt);
        refused_receipt(name, files, &receipt.encode(), code);
    };
    refused("12-margin-of-somebody-else", "proof.path", &|one| {
        one.margin = honest.receipt(5).margin;
    });
    refused("12-margin-left-away", "proof.path", &|one| one.margin.clear());
    refused("12-debt-left-away", "proof.path", &|one| one.margin[0].debt = 1);
    refused("12-pledged-as-a-balance", "proof.path", &|one| {
        let pledged = std::mem::take(&mut one.margin[1].pledged);
        one.entries.iter_mut().find(|(asset, _)| asset == "USD").unwrap().1 += pledged;
    });
    refused("12-more-pledged-than-tiers-hold", "proof.field", &|one| {
        one.margin[0].pledged = 501 * SATOSHI;
    });
    refused("12-debt-beyond-its-bits", "proof.field", &|one| one.margin[0].debt = 1 << 64);
    refused("12-margin-in-another-order", "proof.field", &|one| one.margin.reverse());
    refused("12-margin-of-no-such-asset", "proof.field", &|one| {
        one.margin[0].asset = "ETH".to_owned();
    });
    refused("12-margin-of-nothing", "proof.field", &|one| {
        (one.margin[0].pledged, one.margin[0].debt) = (0, 0);
    });
}
