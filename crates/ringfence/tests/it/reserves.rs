//! Proof of reserves as a treasurer, an auditor and a customer run it.

use crate::serve::Served;
use crate::{json, ok, refused, ringfence, run};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

/// A table of users who hold a few of five assets.
pub(crate) fn write_users(path: &Path, users: u32) {
    let mut text = "user_id,BTC,ETH,USDT,SOL,XRP\n".to_owned();
    for user in 0..users {
        let amount = |asset: u32| {
            let is_held = (user * 7 + asset * 3).is_multiple_of(4);
            if is_held { u64::from(user) * 1_000 + u64::from(asset) + 1 } else { 0 }
        };
        let amounts: Vec<String> = (0..5).map(|asset| amount(asset).to_string()).collect();
        text.push_str(&format!("user-{user},{}\n", amounts.join(",")));
    }
    std::fs::write(path, text).unwrap();
}

#[test]
fn a_round_is_proved_verified_and_cannot_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_users(&folder.join("users.csv"), 500);
    let proved = ok(
        folder,
        &[
            "reserves",
            "prove",
            "--input",
            "users.csv",
            "--out",
            "bundle",
            "--log",
            "log",
            "--receipts",
            "receipts",
            "--json",
        ],
    );
    assert_eq!((proved["users"].as_u64(), proved["receipts"].as_u64()), (Some(500), Some(500)));
    assert!(proved["proven_bits"].as_f64().unwrap() >= 100.0);
    assert!(proved["users_per_cpu_s"].as_f64().unwrap() > 0.0);

    let key = std::fs::read_to_string(folder.join("log/log.vkey")).unwrap();
    let verify = ["reserves", "verify", "bundle", "--log-key", key.trim(), "--json"];
    let verified = ok(folder, &[&verify[..], &["--report", "report.html"]].concat());
    let page = std::fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(
        page.contains("Every proof of this bundle holds") && !page.contains("<script"),
        "{page}"
    );
    assert_eq!(verified["log"]["is_signature_checked"], true);
    let wanted: u64 =
        (0..500u64).filter(|user| (user * 7).is_multiple_of(4)).map(|user| user * 1_000 + 1).sum();
    assert_eq!(verified["totals"][0]["owed"], wanted.to_string());
    let receipt = "receipts/user-8.json";
    let checked = ok(folder, &["reserves", "verify-user", receipt, "--bundle", "bundle", "--json"]);
    assert_eq!(checked["entries"][0]["amount"], "8001");

    // Another receipt of the same customer, printed, is the same.
    let printed = run(folder, &["reserves", "receipt", "user-8", "--job", "bundle.job"]);
    let kept = std::fs::read_to_string(folder.join(receipt)).unwrap();
    assert_eq!(String::from_utf8(printed.stdout).unwrap().trim(), kept);
    let again = ok(
        folder,
        &[
            "reserves",
            "rerun",
            "--job",
            "bundle.job",
            "--bundle",
            "bundle",
            "--shard",
            "0",
            "--json",
        ],
    );
    assert_eq!(again["is_same"], true);

    // Each byte of each file is covered: one changed in the middle of each is told with the file.
    let files = [
        "header.json",
        "liabilities.json",
        "manifest.json",
        "totals.proof",
        "journal.proof",
        "shards/00000.proof",
    ];
    for name in files {
        let path = folder.join("bundle").join(name);
        let good = std::fs::read(&path).unwrap();
        for place in [good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[place] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            let (code, message) = refused(folder, &verify);
            assert!(code.starts_with("proof."), "{name}, byte {place}: {code}: {message}");
        }
        std::fs::remove_file(&path).unwrap();
        let (code, message) = refused(folder, &verify);
        let is_told = name == "journal.proof" || message.contains(name);
        assert!(is_told, "{name}: {code}: {message}");
        std::fs::write(&path, &good).unwrap();
    }
    std::fs::write(folder.join("bundle/notes.txt"), "trust us").unwrap();
    assert_eq!(refused(folder, &verify).0, "proof.file.extra");
    std::fs::remove_file(folder.join("bundle/notes.txt")).unwrap();
    let other = kept.replace("8001", "9001");
    std::fs::write(folder.join("other.json"), other).unwrap();
    let verify_other = ["reserves", "verify-user", "other.json", "--bundle", "bundle", "--json"];
    assert_eq!(refused(folder, &verify_other).0, "proof.path");
    ok(folder, &verify);

    // Nothing that is published is written over, and a round is on the record once.
    let prove = ["reserves", "prove", "--input", "users.csv", "--out", "bundle", "--json"];
    assert!(refused(folder, &prove).1.contains("there already"));
    let prove =
        ["reserves", "prove", "--input", "users.csv", "--out", "second", "--log", "log", "--json"];
    let (_, message) = refused(folder, &prove);
    assert!(message.contains("on the record already"), "{message}");
    assert!(!folder.join("second").exists());
    // What is private stays so.
    use std::os::unix::fs::PermissionsExt;
    for name in ["bundle.job", "bundle.job/round.secret", "bundle.job/accounts.secret", receipt] {
        let mode = std::fs::metadata(folder.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}

#[test]
fn a_run_that_was_killed_goes_on_without_proving_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_users(&folder.join("users.csv"), 70_000);
    let prove = |out: &str| {
        let mut command = ringfence(folder);
        command.args([
            "reserves",
            "prove",
            "--input",
            "users.csv",
            "--out",
            out,
            "--log-rows",
            "16",
        ]);
        command.args(["--workers", "1", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let mut child = prove("bundle").spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(first.starts_with("proved 1 of"), "{first}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!folder.join("bundle").exists());
    let output = prove("bundle").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = json(&output);
    let (shards, now) =
        (report["shards"].as_u64().unwrap(), report["shards_proved_now"].as_u64().unwrap());
    assert!(shards > 1 && now < shards, "{now} of {shards}");
    ok(folder, &["reserves", "verify", "bundle", "--json"]);

    // Another table is not mixed into the job.
    write_users(&folder.join("users.csv"), 10);
    std::fs::remove_dir_all(folder.join("bundle")).unwrap();
    let output = prove("bundle").output().unwrap();
    assert!(!output.status.success());
    let message = json(&output)["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("of another table"), "{message}");
}

#[test]
fn a_full_disk_is_told_and_the_run_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_users(&folder.join("users.csv"), 200);
    let arguments = ["reserves", "prove", "--input", "users.csv", "--out", "bundle", "--json"];
    // No file may grow beyond 100 KiB, which is less than a proof has.
    let limited = std::process::Command::new("sh")
        .current_dir(folder)
        .args(["-c", "trap '' XFSZ; ulimit -f 200; exec \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_ringfence"))
        .args(arguments)
        .output()
        .unwrap();
    assert!(!limited.status.success());
    let message = json(&limited)["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("was not written") && message.contains("shard 0"), "{message}");
    assert!(!folder.join("bundle").exists());
    let done = folder.join("bundle.job/done");
    assert_eq!(std::fs::read_dir(&done).unwrap().count(), 0, "nothing half written is left");
    ok(folder, &arguments);
    ok(folder, &["reserves", "verify", "bundle", "--json"]);
}

#[test]
fn bad_tables_are_refused_by_row_and_column_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let head = "user_id,BTC,ETH\n";
    let cases = [
        ("", "reserves.input.columns", "user_id"),
        ("user,BTC\n", "reserves.input.columns", "user_id"),
        ("user_id,BTC,BTC\n", "reserves.input.columns", "two columns"),
        (head, "reserves.input.row", "no user"),
        ("user_id,BTC,ETH\nada,-1,0\n", "reserves.input.cell", "row 2, column BTC"),
        ("user_id,BTC,ETH\nada,0,1.5\n", "reserves.input.cell", "row 2, column ETH"),
        ("user_id,BTC,ETH\nada,1e9,0\n", "reserves.input.cell", "row 2, column BTC"),
        ("user_id,BTC,ETH\nada,NaN,0\n", "reserves.input.cell", "row 2, column BTC"),
        ("user_id,BTC,ETH\nada,,0\n", "reserves.input.cell", "blank"),
        ("user_id,BTC,ETH\nada,79228162514264337593543950336,0\n", "reserves.input.cell", "2^96"),
        ("user_id,BTC,ETH\n,1,0\n", "reserves.input.cell", "user_id"),
        ("user_id,BTC,ETH\nada,1,0\nbob,1\n", "reserves.input.row", "row 3"),
        ("user_id,BTC,ETH\nada,1,0\nbob,1,1\nada,2,0\n", "reserves.input.twice", "rows 2 and 4"),
    ];
    for (text, wanted, place) in cases {
        std::fs::write(folder.join("users.csv"), text).unwrap();
        let (code, message) =
            refused(folder, &["reserves", "prove", "--input", "users.csv", "--out", "b", "--json"]);
        assert_eq!(code, wanted, "{text}: {message}");
        assert!(message.contains(place), "{text}: {message}");
        let left: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(left, ["users.csv"], "{text}");
    }
    // Assets that the round does not have, tables that are none.
    std::fs::write(folder.join("users.csv"), "user_id,BTC\nada,1\n").unwrap();
    let prove = |extra: &[&str]| {
        let mut arguments =
            vec!["reserves", "prove", "--input", "users.csv", "--out", "b", "--json"];
        arguments.extend_from_slice(extra);
        refused(folder, &arguments).1
    };
    std::fs::write(folder.join("a.csv"), "symbol,id,decimals,price\nETH,eip155:1/slip44:60,18,1\n")
        .unwrap();
    assert!(prove(&["--assets", "a.csv"]).contains("BTC"));
    std::fs::write(folder.join("a.csv"), "symbol,id\nETH,x\n").unwrap();
    assert!(prove(&["--assets", "a.csv"]).contains("the columns must be"));
    std::fs::write(folder.join("a.csv"), "symbol,id,decimals,price\nBTC,x,300,1\n").unwrap();
    assert!(prove(&["--assets", "a.csv"]).contains("column decimals"));
    assert!(prove(&["--shards", "0-9"]).contains("--shards"));
    assert!(prove(&["--workers", "0"]).contains("--workers"));
}

#[test]
fn the_demo_shows_a_round_with_reserves_and_lies_that_are_refused() {
    let Some(anvil) = std::env::var_os("PEER_ANVIL") else {
        assert!(std::env::var_os("CI").is_none(), "PEER_ANVIL is not set");
        eprintln!("skipped: PEER_ANVIL names no anvil");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let anvil = std::fs::canonicalize(anvil).unwrap();
    let demo = ok(
        folder,
        &[
            "reserves",
            "demo",
            "--dir",
            "demo",
            "--users",
            "300",
            "--anvil",
            anvil.to_str().unwrap(),
            "--json",
        ],
    );
    assert_eq!(demo["reserves"]["assets"][1]["proof"], "40000000000000000000000");
    let codes: Vec<&str> = demo["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|lie| lie["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        ["proof.path", "proof.opening", "proof.field", "ownership.signature.other_key"]
    );
    let verified = ok(folder, &["reserves", "verify", "demo/bundle", "--json"]);
    assert_eq!(verified["reserves"]["assets"][1]["proof"], "40000000000000000000000");
    // A summary that says more than follows from the list.
    let path = folder.join("demo/bundle/reserves/summary.json");
    let summary = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        summary.replacen("40000000000000000000000", "90000000000000000000000", 1),
    )
    .unwrap();
    assert_eq!(
        refused(folder, &["reserves", "verify", "demo/bundle", "--json"]).0,
        "proof.manifest"
    );
    // Anybody can look at the site.
    for name in ["index.html", "rounds.json", "proof.wasm", "log/checkpoint"] {
        assert!(folder.join("demo/site").join(name).exists(), "{name}");
    }
    assert!(!folder.join("demo/site/log/log.key").exists());
    let keys = ["--log-key", "demo/log/log.vkey", "--witness", "demo/witness/witness.vkey"];
    let verify = [&["reserves", "verify", "demo/bundle", "--json"], &keys[..]].concat();
    std::fs::write(&path, summary).unwrap();
    assert_eq!(ok(folder, &verify)["log"]["witnesses"][0]["name"], "witness.demo");
}

#[test]
fn pages_and_bundles_are_served_to_everybody_under_their_own_policy() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_users(&folder.join("users.csv"), 20);
    ok(
        folder,
        &[
            "reserves",
            "prove",
            "--input",
            "users.csv",
            "--out",
            "bundle",
            "--round",
            "2026-11",
            "--json",
        ],
    );
    ok(folder, &["reserves", "site", "bundle", "--out", "site", "--json"]);
    let served = Served::start_in(folder, &[], &[("RINGFENCE_RESERVES_SITE", "site")]);
    let get = |path: &str| {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).build().into();
        agent.get(format!("{}{path}", served.base)).call().unwrap()
    };
    let mut page = get("/reserves/");
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("'wasm-unsafe-eval'") && policy.contains("frame-ancestors 'none'"));
    assert!(page.body_mut().read_to_string().unwrap().contains("Proof of reserves"));
    let policy = get("/").headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(!policy.contains("wasm"), "the console runs no WebAssembly");
    for (path, kind) in [
        ("/reserves/proof.wasm", "application/wasm"),
        ("/reserves/rounds.json", "application/json"),
        ("/reserves/2026-11/shards/00000.proof", "application/octet-stream"),
    ] {
        let mut answer = get(path);
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["content-type"]),
            (200, &kind.parse().unwrap()),
            "{path}"
        );
        let file = std::fs::read(folder.join("site").join(&path[10..])).unwrap();
        assert_eq!(answer.body_mut().read_to_vec().unwrap(), file, "{path}");
    }
    for path in ["/reserves/..%2fusers.csv", "/reserves/.hidden", "/reserves/2026-12/header.json"] {
        assert_eq!(get(path).status().as_u16(), 404, "{path}");
    }
}
