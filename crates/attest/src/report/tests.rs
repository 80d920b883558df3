use super::*;
use crate::ownership::MessageForm;
use crate::ownership::tests::Signer;

const HEAD: &str =
    "asset,chain,address,amount,height,source,message,signatures,script_or_keys,owners\n";

fn round() -> Round {
    let asset = |symbol: &str, id: &str| RoundAsset {
        symbol: symbol.to_owned(),
        id: id.to_owned(),
        decimals: 18,
        token: None,
    };
    Round {
        challenge: Challenge::new("example", "2026-11", [0xab; 32]).unwrap(),
        assets: vec![
            asset("ETH", "eip155:1/slip44:60"),
            asset("OKB", "eip155:1/erc20:0x75231f58b43240c9718dd58b4967c5114342a86c"),
        ],
        chains: vec![RoundChain {
            id: "eip155:1".to_owned(),
            height: 24_000_000,
            hash: format!("0x{}", "11".repeat(32)),
        }],
    }
}

fn row(signer: &Signer, asset: &str, chain: &str, amount: &str) -> String {
    let address = signer.evm_address();
    let message = round().challenge.text(chain.parse().unwrap(), &address);
    let signature = signer.account(MessageForm::Eip191, &message);
    let height = if chain == "eip155:1" { "24000000" } else { "5" };
    format!("{asset},{chain},{address},{amount},{height},node,{message},{signature},,\n")
}

fn judged(rows: &str, evidence: &str) -> Report {
    let known = Known::read(&round(), evidence.as_bytes()).unwrap();
    judge(&round(), &known, format!("{HEAD}{rows}").as_bytes())
}

fn reading(signer: &Signer, source: &str, height: u64, amount: &str) -> String {
    let address = signer.evm_address();
    format!(
        "{{\"kind\":\"reading\",\"chain\":\"eip155:1\",\"address\":\"{address}\",\"asset\":\"ETH\",\"source\":\"{source}\",\"height\":{height},\"amount\":\"{amount}\"}}\n"
    )
}

fn codes(report: &Report) -> Vec<&'static str> {
    report.refusals.iter().map(|refusal| refusal.code).collect()
}

#[test]
fn amounts_count_at_the_level_of_the_weakest_thing_they_rest_on() {
    let (ada, bob) = (Signer::new(1), Signer::new(2));
    let rows = row(&ada, "ETH", "eip155:1", "5") + &row(&bob, "ETH", "eip155:1", "7");
    let one = judged(&rows, "");
    assert_eq!((one.rows, one.refused), (2, 0), "{:?}", one.refusals);
    let sums = one.summary.asset("ETH");
    assert_eq!(sums.at(Level::Claim), Amount::from_u128(12));
    let two = reading(&ada, "a", 24_000_000, "5") + &reading(&ada, "b", 24_000_000, "5");
    let sums = judged(&rows, &two).summary.asset("ETH");
    assert_eq!(sums.at(Level::TwoSources), Amount::from_u128(5));
    assert_eq!(sums.at(Level::Claim), Amount::from_u128(7));
    // The sentence of another time counts as a claim, whatever is known of the amount.
    let sentence = "I am an example address";
    let signature = ada.account(MessageForm::Eip191, sentence);
    let address = ada.evm_address();
    let old = format!("ETH,eip155:1,{address},5,24000000,node,{sentence},{signature},,\n");
    let report = judged(&old, &two);
    assert_eq!((report.rows, report.replayable), (1, 1), "{:?}", report.refusals);
    assert_eq!(report.summary.asset("ETH").at(Level::Claim), Amount::from_u128(5));
}

#[test]
fn an_asset_on_another_chain_is_told_and_never_proved() {
    let ada = Signer::new(1);
    let report = judged(&row(&ada, "ETH", "eip155:10", "5"), "");
    assert_eq!(report.rows, 1, "{:?}", report.refusals);
    let mapped: Vec<_> = report.mapped.into_iter().collect();
    assert_eq!(mapped, [(("ETH".to_owned(), "eip155:10".to_owned()), 1)]);
}

#[test]
fn a_receipt_for_a_stake_is_not_counted_beside_the_stake() {
    let ada = Signer::new(1);
    let validator = format!("0x{}", "8a".repeat(48));
    let staked = format!("ETH,eip155:1,{validator},32,24000000,node,,,,\n");
    let receipt = row(&ada, "STETH", "eip155:1", "5");
    let report = judged(&(staked + &receipt), "");
    assert!(codes(&report).contains(&"reserves.staking.both"), "{:?}", report.refusals);
}

#[test]
fn rows_that_do_not_hold_do_not_count() {
    let (ada, bob) = (Signer::new(1), Signer::new(2));
    let good = row(&ada, "ETH", "eip155:1", "5");
    // Somebody else's signature.
    let stolen = good.replace(&ada.evm_address(), &bob.evm_address());
    assert_eq!(codes(&judged(&stolen, "")), ["ownership.signature.other_key"]);
    // Another round's challenge.
    let stale = good.replace("round=2026-11", "round=2026-10");
    let report = judged(&stale, "");
    assert_eq!(report.rows, 0);
    assert_eq!(report.refused, 1);
    // No signature at all.
    let signature = good.rsplit(',').nth(2).unwrap();
    assert_eq!(judged(&good.replace(signature, ""), "").rows, 0);
    // The same address under another spelling.
    let address = ada.evm_address();
    let shouted = good.replace(&address, &format!("0x{}", address[2..].to_uppercase()));
    let report = judged(&(good.clone() + &shouted), "");
    assert!(codes(&report).contains(&"reserves.row.duplicate"), "{:?}", report.refusals);
    // An unknown asset, another height, another amount than its sources say, sources that differ.
    assert_eq!(codes(&judged(&good.replace("ETH,", "XYZ,"), "")), ["reserves.row.asset"]);
    assert_eq!(
        codes(&judged(&good.replace(",24000000,", ",24000001,"), "")),
        ["reserves.row.height"]
    );
    let other = reading(&ada, "a", 24_000_000, "6");
    assert_eq!(codes(&judged(&good, &other)), ["reserves.row.amount_differs"]);
    let early = reading(&ada, "a", 23_999_999, "5");
    assert_eq!(codes(&judged(&good, &early)), ["reserves.row.height"]);
    let differ = reading(&ada, "a", 24_000_000, "5") + &reading(&ada, "b", 24_000_000, "6");
    assert_eq!(codes(&judged(&good, &differ)), ["evidence.sources.disagree"]);
}

#[test]
fn evidence_that_is_none_is_refused_by_its_line() {
    let read = |text: &str| Known::read(&round(), text.as_bytes()).unwrap_err();
    for (text, code) in [
        ("{}", "evidence.line"),
        ("{\"kind\":\"trust\"}", "evidence.line"),
        ("{\"kind\":\"header\",\"chain\":\"eip155:5\",\"rlp\":\"0x00\"}", "evidence.line"),
        ("{\"kind\":\"header\",\"chain\":\"eip155:1\",\"rlp\":\"0xc0\"}", "evidence.header.other"),
        ("{\"kind\":\"account\",\"chain\":\"eip155:1\",\"proof\":{}}", "evidence.line"),
        ("not json", "evidence.line"),
        ("[\"header\",\"eip155:1\",\"0xc0\"]", "evidence.line"),
    ] {
        let error = read(&format!("\n{text}\n"));
        assert_eq!((error.line, error.code), (2, code), "{text}: {error}");
    }
    let long = format!("{{\"kind\":\"{}\"}}", "a".repeat(3 << 20));
    assert_eq!(read(&long).line, 1);
}
