use super::*;
use crate::chains::Chain;
use model::Amount;
use proptest::prelude::*;

const OWN: &str =
    "asset,chain,address,amount,height,source,message,signatures,script_or_keys,owners";
const NINE: &str =
    "digitalAsset,network,address,signedMessage,signedMessage2,message,publicKey,owner1,owner2";
const ELEVEN: &str = "coin,Network,Snapshot Height,address,amount,message,signature1,signature2,redeem script/ public key, eoa1, eoa2";
const A: &str = "0x0cdcdb19a857c2ac24818ca4fdfe38cce071483e";
const B: &str = "0x16f01cfc16b0b8c3400fb8e5099b0974fcc9fc12";

fn read(text: &str) -> Vec<Result<Row, ReservesError>> {
    List::open(text.as_bytes()).unwrap().collect()
}

/// The refusal of one row of our layout.
fn refusal(row: &str) -> ReservesError {
    read(&format!("{OWN}\n{row}\n")).remove(0).unwrap_err()
}

fn own(asset: &str, chain: &str, address: &str, amount: &str) -> String {
    format!("{asset},{chain},{address},{amount},100,node,text,0xab 0xcd,,")
}

#[test]
fn a_row_of_our_layout_is_read_whole() {
    let text = format!(
        "{OWN}\r\n\r\nETH,eip155:1,{A},{},100,\"node, own\",\"say \"\"hi\"\"\",0xab 0xcd,5221,0x01 0x02\r\n",
        u128::MAX
    );
    let list = List::open(text.as_bytes()).unwrap();
    assert_eq!((list.layout(), list.totals()), (Layout::Own, &[][..]));
    let rows: Vec<Row> = list.map(Result::unwrap).collect();
    let expected = Row {
        line: 3,
        asset: "ETH".to_owned(),
        chain: Chain::ETHEREUM,
        height: Some(100),
        address: A.to_owned(),
        amount: Quantity::Base(Amount::from_u128(u128::MAX)),
        source: "node, own".to_owned(),
        staking: None,
        message: "say \"hi\"".to_owned(),
        signatures: vec!["0xab".to_owned(), "0xcd".to_owned()],
        script_or_keys: vec!["5221".to_owned()],
        owners: vec!["0x01".to_owned(), "0x02".to_owned()],
    };
    assert_eq!(rows, [expected]);
}

#[test]
fn amounts_of_our_layout_are_whole_numbers_and_nothing_else() {
    for amount in ["-1", "+1", "1.5", "1e18", "NaN", "inf", "", " ", "0x10", "1_000", "1 000", "١"]
    {
        let error = refusal(&own("ETH", "eip155:1", A, amount));
        assert_eq!(error.code(), "reserves.row.amount", "{amount}");
        assert!(error.to_string().starts_with("line 2, column amount"), "{error}");
    }
    let beyond = format!("1{}", "0".repeat(78));
    assert_eq!(refusal(&own("ETH", "eip155:1", A, &beyond)).code(), "reserves.row.amount");
}

#[test]
fn an_error_names_row_column_and_remedy_and_the_next_rows_follow() {
    let good = own("ETH", "eip155:1", A, "1");
    for (bad, code) in [
        (own("", "eip155:1", A, "1"), "reserves.row.asset"),
        (own("ЕТН", "eip155:1", A, "1"), "reserves.row.asset"),
        (own("ETH", "ethereum", A, "1"), "reserves.row.chain"),
        (own("ETH", "eip155:01", A, "1"), "reserves.row.chain"),
        (own("ETH", "eip155:1", "0x12", "1"), "reserves.row.address"),
        (own("ETH", "eip155:1", "", "1"), "reserves.row.address"),
        (good.replace(",100,", ",-1,"), "reserves.row.height"),
        (good.replace(",100,", ",,"), "reserves.row.height"),
        (format!("{good},"), "reserves.row.columns"),
        ("ETH,eip155:1".to_owned(), "reserves.row.columns"),
        (good.replace("text", "te\"xt"), "reserves.row.columns"),
        (good.replace("text", "\"text"), "reserves.row.columns"),
        (good.replace("text", "\"te\"xt"), "reserves.row.columns"),
    ] {
        let rows = read(&format!("{OWN}\n{bad}\n{good}\n"));
        assert_eq!(rows.len(), 2, "{bad}");
        let error = rows[0].as_ref().unwrap_err();
        assert_eq!(error.code(), code, "{bad}");
        assert!(error.to_string().starts_with("line 2"), "{error}");
        assert!(rows[1].is_ok(), "{bad}");
    }
}

#[test]
fn a_header_of_no_layout_is_refused() {
    for text in ["", "\n\n", "a,b,c", "coin,snapshot height,amount\nETH,-,6\n", &OWN[1..]] {
        let error = List::open(text.as_bytes()).err().unwrap();
        assert_eq!(error.code(), "reserves.list.header", "{text}");
    }
    let totals = "coin,snapshot height,amount\nETH,-,six\n";
    assert_eq!(List::open(totals.as_bytes()).err().unwrap().code(), "reserves.row.amount");
}

#[test]
fn lines_have_a_length_and_an_endless_one_ends_the_list() {
    let long =
        format!("{OWN}\n{}\n{}\n", "x".repeat(LINE_BYTES_MAX + 1), own("ETH", "eip155:1", A, "1"));
    let rows = read(&long);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].as_ref().unwrap_err().code(), "reserves.line.too_long");
    let endless = std::io::BufReader::new(std::io::repeat(b'x'));
    assert_eq!(List::open(endless).err().unwrap().code(), "reserves.line.too_long");
    let bytes = [OWN.as_bytes(), b"\n\xff\xfe\n"].concat();
    let rows: Vec<_> = List::open(bytes.as_slice()).unwrap().collect();
    assert_eq!(rows[0].as_ref().unwrap_err().code(), "reserves.row.columns");
}

#[test]
fn what_the_anchor_leaves_blank_is_nothing() {
    let text = format!("{NINE}\nETH,ETH,{A},0xab,null,text,\\N,null,\n");
    let row = read(&text).remove(0).unwrap();
    assert_eq!(row.signatures, ["0xab"]);
    assert!(row.script_or_keys.is_empty() && row.owners.is_empty());
    let text = format!("{NINE}\nNULS,NULS,{A},0xab,null,text,,,\n");
    assert_eq!(read(&text).remove(0).unwrap_err().code(), "reserves.row.chain");
    let text = format!("{ELEVEN}\nETH,ETH,1,{A},1e3,text,0xab,,\n");
    assert_eq!(read(&text).remove(0).unwrap_err().code(), "reserves.row.amount");
}

fn audit(text: &str, names: &AssetNames) -> (Vec<Finding>, usize) {
    let list = List::open(text.as_bytes()).unwrap();
    let totals = list.totals().to_vec();
    let mut audit = Audit::new(names);
    let counted = list.filter(|row| audit.add(row.as_ref().unwrap())).count();
    (audit.finish(&totals), counted)
}

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(Finding::code).collect()
}

#[test]
fn an_address_counts_once_for_an_asset_on_a_chain() {
    let upper = A.to_uppercase().replace("0X", "0x");
    let filecoin = "f410fa7sh5u6fvd7vt625dx2akhbu3jt7yvkhgdp55ki";
    let rows = [
        own("ETH", "eip155:1", A, "1"),
        own("Eth", "eip155:1", &upper, "1"),
        own("USDC-ERC20", "eip155:1", A, "1"),
        own("USDC-NATIVE", "eip155:1", A, "1"),
        own("ETH", "eip155:137", A, "1"),
        own("FIL", "fil:f", filecoin, "1"),
        own("FIL", "eip155:314", "0x07e47ed3c5a8ff59fb5d1df4051c34da67fc5547", "1"),
        own("ETH", "eip155:1", B, "1"),
    ];
    let text = format!("{OWN}\n{}\n", rows.join("\n"));
    let (findings, counted) = audit(&text, &AssetNames::default());
    assert_eq!(counted, 5);
    assert_eq!(codes(&findings), ["reserves.row.duplicate"; 3]);
    let Finding::Duplicate { first, second, asset, .. } = &findings[0] else { panic!() };
    assert_eq!((*first, *second, asset.as_str()), (2, 3, "ETH"));
    assert!(findings[1].to_string().starts_with("lines 4 and 5"), "{}", findings[1]);
    // The caller may set another token apart.
    let names = AssetNames::default().with_name("USDC-NATIVE", "USDC.native");
    let (findings, counted) = audit(&text, &names);
    assert_eq!((findings.len(), counted), (2, 6));
}

#[test]
fn accounts_with_two_names_are_all_named_one_way() {
    let by_number = own("HBAR", "hedera:mainnet", "0.0.98", "1");
    let by_key = own("HBAR", "hedera:mainnet", &"ab".repeat(32), "1");
    let names = AssetNames::default();
    let found = |rows: &[&str]| codes(&audit(&format!("{OWN}\n{}\n", rows.join("\n")), &names).0);
    assert_eq!(found(&[&by_number, &by_key]), ["reserves.row.mixed_names"]);
    assert_eq!(found(&[&by_key]), [""; 0]);
    assert_eq!(found(&[&by_number]), [""; 0]);
}

#[test]
fn a_receipt_and_the_stake_behind_it_do_not_both_count() {
    let validator = format!("0x{}", "ab".repeat(48));
    let staked = own("ETH", "eip155:1", &validator, "32");
    let receipt = own("STETH", "eip155:1", A, "32");
    let plain = own("ETH", "eip155:1", A, "1");
    let names = AssetNames::default().with_receipt("STETH", "ETH");
    let found = |rows: &[&String]| {
        let rows: Vec<&str> = rows.iter().map(|row| row.as_str()).collect();
        codes(&audit(&format!("{OWN}\n{}\n", rows.join("\n")), &names).0)
    };
    assert_eq!(found(&[&staked, &receipt]), ["reserves.staking.both"]);
    assert_eq!(found(&[&plain, &receipt]), [""; 0]);
    assert_eq!(found(&[&plain, &staked]), [""; 0]);
}

#[test]
fn published_totals_are_those_of_the_rows() {
    let list = |totals: &str| {
        format!(
            "coin,snapshot height,amount\n{totals}\n\n{ELEVEN}\nETH,ETH,1,{A},1.5,t,0xab,,\nETH,ETH,1,{B},0.25,t,0xab,,\nETH-BASE,BASE,1,{A},2,t,0xab,,\n"
        )
    };
    let names = AssetNames::default();
    let found = |totals: &str| codes(&audit(&list(totals), &names).0);
    assert_eq!(found("ETH(ALL),-,3.75\nETH,1,1.750\nETH-BASE,1, 2"), [""; 0]);
    assert_eq!(found("ETH(ALL),-,3.75\nETH,1,1.76\nETH-BASE,1,2"), ["reserves.total.differs"; 2]);
    assert_eq!(found("ETH(ALL),-,3.76\nETH,1,1.75\nETH-BASE,1,2"), ["reserves.total.differs"]);
    assert_eq!(found("ETH,1,1.75"), ["reserves.total.differs"], "a coin without a total");
    let (findings, _) = audit(&list("ETH,1,1.75\nETH-BASE,1,2.5"), &names);
    assert_eq!(
        findings[0].to_string(),
        "line 3: the total of ETH-BASE is published as 2.5, its rows add up to 2"
    );
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes: Vec<u8>, place in 0usize..3) {
        let header = [OWN, NINE, ELEVEN][place];
        let text = [header.as_bytes(), b"\n", &bytes].concat();
        let list = List::open(text.as_slice()).unwrap();
        prop_assert!(list.count() <= bytes.len() + 1);
        let _ = List::open(bytes.as_slice()).map(Iterator::count);
    }

    #[test]
    fn a_decimal_prints_what_it_read(whole in 0u64.., fraction in 0u32..1_000_000) {
        let text = format!("{whole}.{fraction:06}");
        let shown = Decimal::parse(&text).unwrap().to_string();
        let expected = text.trim_end_matches('0').trim_end_matches('.');
        prop_assert_eq!(&shown, expected);
        prop_assert_eq!(Decimal::parse(&shown), Decimal::parse(&text));
    }

    #[test]
    fn the_order_of_a_sum_does_not_matter(amounts in proptest::collection::vec((0u64.., 0u8..18), 1..8)) {
        let decimals: Vec<Decimal> = amounts
            .iter()
            .map(|(units, scale)| {
                let text = Amount::from_u128((*units).into()).to_decimal_string(*scale);
                Decimal::parse(&text).unwrap()
            })
            .collect();
        let forward = decimals.iter().try_fold(Decimal::ZERO, |sum, a| sum.checked_add(*a));
        let backward = decimals.iter().rev().try_fold(Decimal::ZERO, |sum, a| sum.checked_add(*a));
        prop_assert!(forward.is_some());
        prop_assert_eq!(forward, backward);
    }

    #[test]
    fn fields_written_with_quotes_are_read_back(fields in proptest::collection::vec("[ -~]{0,20}", 1..12)) {
        let fields: Vec<String> = fields.iter().map(|f| f.trim().to_owned()).collect();
        let line: Vec<String> =
            fields.iter().map(|f| format!("\"{}\"", f.replace('"', "\"\""))).collect();
        prop_assert_eq!(split::fields(&line.join(","), 1).unwrap(), fields);
    }
}

#[test]
fn base_units_lose_no_digit() {
    let amount = Decimal::parse("1.50").unwrap();
    assert_eq!(amount.to_base_units(8), Some(Amount::from_u128(150_000_000)));
    assert_eq!(amount.to_base_units(0), None);
    assert_eq!(Decimal::parse("2").unwrap().to_base_units(0), Some(Amount::from_u128(2)));
    assert_eq!(Decimal::parse(&u128::MAX.to_string()).unwrap().to_base_units(1), None);
    for wrong in ["", ".", "1.", ".5", "-1", "1e3", "NaN", "1.2.3", "1,5", &"9".repeat(40)] {
        assert!(Decimal::parse(wrong).is_err(), "{wrong}");
    }
}
