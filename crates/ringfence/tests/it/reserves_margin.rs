//! Rounds in which customers have pledged and borrowed.

use crate::{ok, refused};
use serde_json::Value;
use std::path::Path;

const ASSETS: &str = "symbol,id,decimals,price\n\
    BTC,bip122:000000000019d6689c085ae165831e93/slip44:0,8,65000\n\
    ETH,eip155:1/slip44:60,18,3000\n\
    USDT,eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7,6,1\n";
const TIERS: &str = "asset,up_to,ratio_bp\n\
    BTC,1000000000,9500\n\
    BTC,5000000000,9000\n\
    USDT,1000000000000,10000\n";
/// Balances with what is pledged of them, and debts.
const HEADER: &str = "user_id,BTC,BTC.pledged,BTC.debt,ETH,USDT,USDT.pledged,USDT.debt";
/// One who has pledged over two tiers, one who owes bitcoin, one with neither.
const USERS: [&str; 3] = [
    "ada,1300000000,1200000000,0,7,5,0,700000000000",
    "bob,0,0,15000000,0,10000000000,10000000000,0",
    "eve,100,0,0,9,0,0,0",
];

fn write(folder: &Path, rows: &[&str]) {
    let users = [&[HEADER], rows].concat().join("\n") + "\n";
    for (name, text) in [("assets.csv", ASSETS), ("tiers.csv", TIERS), ("users.csv", &*users)] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

const ROUND: [&str; 6] =
    ["--input", "users.csv", "--assets", "assets.csv", "--margin", "tiers.csv"];

fn taken_off(verified: &Value, asset: usize) -> [&str; 3] {
    ["owed", "pledged", "debt"].map(|name| verified["totals"][asset][name].as_str().unwrap_or(""))
}

#[test]
fn what_is_pledged_and_borrowed_is_proved_and_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, &USERS);
    let prove = [&["reserves", "prove"], &ROUND[..], &["--out", "bundle", "--json"]].concat();
    ok(folder, &prove);
    let verified = ok(folder, &["reserves", "verify", "bundle", "--report", "r.html", "--json"]);
    assert_eq!(taken_off(&verified, 0), ["1300000100", "1200000000", "15000000"]);
    assert_eq!(taken_off(&verified, 1), ["16", "", ""]);
    assert_eq!(taken_off(&verified, 2), ["10000000005", "10000000000", "700000000000"]);
    let page = std::fs::read_to_string(folder.join("r.html")).unwrap();
    assert!(page.contains("<th>of it pledged</th>"), "{page}");

    let receipt = ["reserves", "receipt", "ada", "--job", "bundle.job", "--out", "ada.json"];
    ok(folder, &[&receipt[..], &["--json"]].concat());
    let verify = |receipt: &str| {
        ["reserves", "verify-user", receipt, "--bundle", "bundle", "--json"].map(str::to_owned)
    };
    let verify_of = |receipt: &str| ok(folder, &verify(receipt).each_ref().map(String::as_str));
    let checked = verify_of("ada.json");
    assert_eq!(checked["entries"][0]["amount"], "100000000");
    assert_eq!(checked["margin"][0]["pledged"], "1200000000");
    assert_eq!(checked["margin"][1]["debt"], "700000000000");

    // A receipt that leaves the debt away, or says that less is pledged, is of other balances.
    let text = std::fs::read_to_string(folder.join("ada.json")).unwrap();
    for other in [
        text.replace(r#""debt":"700000000000""#, r#""debt":"1""#),
        text.replace(r#""pledged":"1200000000""#, r#""pledged":"1000000000""#),
        text.replace(r#",{"asset":"USDT","pledged":"0","debt":"700000000000"}"#, ""),
    ] {
        assert_ne!(other, text);
        std::fs::write(folder.join("other.json"), other).unwrap();
        let (code, _) = refused(folder, &verify("other.json").each_ref().map(String::as_str));
        assert_eq!(code, "proof.path");
    }
}

#[test]
fn what_cannot_be_pledged_or_owed_is_refused_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let refused = |rows: &[&str], round: &[&str]| {
        write(folder, rows);
        let snapshot = [&["reserves", "snapshot"], round, &["--job", "job", "--json"]].concat();
        let refused = refused(folder, &snapshot);
        assert!(!folder.join("job").exists());
        refused
    };
    for (row, code, place) in [
        ("ada,5,6,0,0,0,0,0", "reserves.input.cell", "row 3, column BTC.pledged"),
        ("ada,5,1,0,0,0,0,9000", "reserves.input.row", "row 3: the debts of this user"),
        ("ada,9000000000,9000000000,0,0,0,0,0", "reserves.input.row", "row 3: margin[0].pledged"),
        ("ada,5,1,-1,0,0,0,0", "reserves.input.cell", "row 3, column BTC.debt"),
    ] {
        let (found, message) = refused(&[USERS[2], row], &ROUND);
        assert_eq!(found, code, "{message}");
        assert!(message.contains(place), "{message}");
    }
    let (code, message) = refused(&USERS, &ROUND[..4]);
    assert_eq!(code, "reserves.input.columns", "{message}");
    assert!(message.contains("BTC.pledged"), "{message}");
    let rising = ["--input", "users.csv", "--assets", "assets.csv", "--margin", "rising.csv"];
    std::fs::write(folder.join("rising.csv"), "asset,up_to,ratio_bp\nBTC,5,1\nBTC,7,2\nUSDT,5,1\n")
        .unwrap();
    let (code, message) = refused(&USERS, &rising);
    assert_eq!(code, "proof.field", "{message}");
    assert!(message.contains("margin[0].tiers[1].ratio_bp"), "{message}");
}
