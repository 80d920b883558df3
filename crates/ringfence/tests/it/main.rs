//! The command as people use it.

mod accounts;
mod behavior;
mod crash;
mod customers;
mod faults;
mod files;
mod holdings;
mod live;
#[cfg(feature = "otlp")]
mod otlp;
mod reserves;
mod reserves_input;
mod reserves_margin;
mod serve;
mod witnesses;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The command, away from the configuration of whoever runs the tests.
fn ringfence(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command.current_dir(folder);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("RINGFENCE_")) {
        command.env_remove(name);
    }
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    ringfence(folder).args(arguments).output().unwrap()
}

/// The JSON object on the last line of standard output.
fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().unwrap_or_else(|| panic!("no output: {output:?}"));
    serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))
}

fn ok(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    json(&output)
}

/// A refused command: its error code, and what it says.
fn refused(folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = run(folder, arguments);
    assert!(!output.status.success(), "{arguments:?} was taken");
    let value = json(&output);
    let text = |field: &str| value["error"][field].as_str().unwrap_or("").to_owned();
    (text("code"), text("message"))
}

const LISTED: &str = "0x8589427373D6D84E98730D7795D8f6f8731FDA16";
const HOP: [&str; 3] = [
    "0x1111111111111111111111111111111111111111",
    "0x2222222222222222222222222222222222222222",
    "0x3333333333333333333333333333333333333333",
];

/// A folder with a sanctions list, and a file of blocks in which the listed address pays, and the
/// money moves on twice.
fn world() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let lists = folder.path().join("lists/ofac-crypto-addresses");
    std::fs::create_dir_all(&lists).unwrap();
    std::fs::write(
        lists.join("sanctioned_addresses.csv"),
        format!("address,currency\n{LISTED},ETH\n"),
    )
    .unwrap();
    let hops = [
        (LISTED, HOP[0]),
        (HOP[0], HOP[1]),
        (HOP[2], "0x4444444444444444444444444444444444444444"),
    ];
    let mut text = String::new();
    for (number, (from, to)) in hops.iter().enumerate() {
        text.push_str(&format!(
            "{{\"number\":\"0x{:x}\",\"timestamp\":\"0x{:x}\",\"transactions\":[{{\"hash\":\"0x{:064x}\",\"nonce\":\"0x0\",\"from\":\"{}\",\"to\":\"{}\",\"value\":\"0xde0b6b3a7640000\",\"gas\":\"0x5208\",\"input\":\"0x\"}}]}}\n",
            number + 1,
            1_700_000_000 + number * 600,
            number + 1,
            from.to_lowercase(),
            to
        ));
    }
    let blocks = folder.path().join("blocks.jsonl");
    std::fs::write(&blocks, text).unwrap();
    (folder, blocks)
}

#[test]
fn a_replay_gives_the_same_root_every_time_and_on_any_number_of_threads() {
    let (folder, _) = world();
    let replay = |dir: &str, threads: &str| {
        let arguments = [
            "replay",
            "--network",
            "ethereum",
            "--intel",
            "lists",
            "--input",
            "blocks.jsonl",
            "--data-dir",
            dir,
            "--threads",
            threads,
            "--json",
        ];
        ok(folder.path(), &arguments)
    };
    let first = replay("a", "1");
    assert_eq!(first["transfers"], 3);
    assert_eq!(first["verdicts"]["deny"], 1);
    assert_eq!(first["verdicts"]["hold"], 1);
    assert_eq!(first["journal"]["size"], 4);
    assert!(first["cpu_s"].as_f64().unwrap() > 0.0);
    assert_eq!(replay("b", "4")["journal"], first["journal"]);
    assert_eq!(replay("a", "2")["journal"], first["journal"]);
    let verified = ok(folder.path(), &["journal", "verify", "a", "--json"]);
    assert_eq!(verified["root"], first["journal"]["root"]);
    let proof = ok(folder.path(), &["journal", "prove", "a", "1", "--json"]);
    std::fs::write(folder.path().join("receipt"), proof["receipt"].as_str().unwrap()).unwrap();
    std::fs::write(folder.path().join("entry"), proof["entry_hex"].as_str().unwrap()).unwrap();
    let key = proof["key"].as_str().unwrap();
    assert_eq!(
        ok(folder.path(), &["journal", "check", "receipt", "entry", key, "--json"])["valid"],
        true
    );
    let watched = ok(folder.path(), &["journal", "watch", "a", "--json"]);
    assert_eq!(watched["size"], 4);
}

#[test]
fn later_files_go_on_from_the_last_state_and_give_the_record_of_one_run() {
    let (folder, _) = world();
    let whole = std::fs::read_to_string(folder.path().join("blocks.jsonl")).unwrap();
    let (first, second) = whole.split_at(whole.find('\n').unwrap() + 1);
    std::fs::write(folder.path().join("first.jsonl"), first).unwrap();
    std::fs::write(folder.path().join("second.jsonl"), second).unwrap();
    let replay = |file: &str, dir: &str, hot: &str| {
        let arguments = [
            "replay",
            "--network",
            "ethereum",
            "--input",
            file,
            "--intel",
            "lists",
            "--data-dir",
            dir,
            "--hot-addresses",
            hot,
            "--json",
        ];
        ok(folder.path(), &arguments)
    };
    let expected = replay("blocks.jsonl", "whole", "0");
    for hot in ["0", "2"] {
        let dir = format!("steps{hot}");
        replay("first.jsonl", &dir, hot);
        let second = replay("second.jsonl", &dir, hot);
        assert_eq!(second["journal"], expected["journal"]);
        assert_eq!(second["transfers"], 2);
        assert!(second["resumed_at"].as_u64().is_some());
        let screened = ok(
            folder.path(),
            &[
                "screen",
                "address",
                "ethereum",
                HOP[1],
                "--intel",
                "lists",
                "--data-dir",
                &dir,
                "--json",
            ],
        );
        assert_eq!(screened["verdict"], "hold");
        // From the beginning again: every decision is met and compared.
        let again = replay("blocks.jsonl", &dir, hot);
        assert_eq!(again["journal"], expected["journal"]);
        assert_eq!(again["transfers"], 3);
        assert!(again["resumed_at"].is_null());
    }
    // Damaged snapshots are told, and what they would have spared is asked for.
    for item in std::fs::read_dir(folder.path().join("steps0/state")).unwrap() {
        let path = item.unwrap().path();
        let mut bytes = std::fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    let late = second.replace("\"number\":\"0x3\"", "\"number\":\"0x9\"");
    std::fs::write(folder.path().join("late.jsonl"), late.lines().last().unwrap()).unwrap();
    let arguments = [
        "replay",
        "--network",
        "ethereum",
        "--input",
        "late.jsonl",
        "--intel",
        "lists",
        "--data-dir",
        "steps0",
        "--json",
    ];
    let output = run(folder.path(), &arguments);
    assert_eq!(json(&output)["error"]["code"], "journal.diverged");
    assert!(String::from_utf8_lossy(&output.stderr).contains("damaged"), "{output:?}");
}

#[test]
fn screening_knows_the_listed_the_one_two_hops_away_and_the_clean() {
    let (folder, _) = world();
    let screen = |address: &str| {
        ok(
            folder.path(),
            &[
                "screen",
                "address",
                "ethereum",
                address,
                "--intel",
                "lists",
                "--input",
                "blocks.jsonl",
                "--json",
            ],
        )
    };
    assert_eq!(screen(LISTED)["verdict"], "deny");
    let exposed = screen(HOP[1]);
    assert_eq!(exposed["verdict"], "hold");
    let evidence = exposed["reasons"][0]["evidence"].as_array().unwrap();
    assert_eq!(evidence.iter().filter(|e| e["kind"] == "hop").count(), 2);
    assert_eq!(screen(HOP[2])["verdict"], "allow");
    assert_eq!(screen(HOP[2])["reasons"], Value::Array(Vec::new()));
    // The journal of a data directory is enough to follow the money.
    let common = ["--intel", "lists", "--data-dir", "d", "--json"];
    ok(
        folder.path(),
        &[&["replay", "--network", "ethereum", "--input", "blocks.jsonl"][..], &common].concat(),
    );
    let screened =
        ok(folder.path(), &[&["screen", "address", "ethereum", HOP[1]][..], &common].concat());
    assert_eq!(screened["verdict"], "hold");
    let (code, message) = refused(
        folder.path(),
        &["screen", "address", "ethereum", "0x123", "--intel", "lists", "--json"],
    );
    assert_eq!(code, "address.shape");
    assert!(message.contains("40 hexadecimal digits"), "{message}");
}

#[test]
fn new_lists_score_the_past_again_and_say_since_when() {
    let (folder, _) = world();
    let late = folder.path().join("late/ofac-crypto-addresses");
    std::fs::create_dir_all(&late).unwrap();
    std::fs::write(
        late.join("sanctioned_addresses.csv"),
        format!("address,currency\n{LISTED},ETH\n{},ETH\n", HOP[2]),
    )
    .unwrap();
    std::fs::write(late.join("README.md"), "Origin: a publisher, 2026-01-02\n").unwrap();
    let arguments = |command: &'static str, lists: &'static str| {
        vec![
            command,
            "--network",
            "ethereum",
            "--intel",
            lists,
            "--input",
            "blocks.jsonl",
            "--data-dir",
            "d",
            "--json",
        ]
    };
    ok(folder.path(), &arguments("replay", "lists"));
    let scored = ok(folder.path(), &arguments("rescore", "late"));
    assert_eq!((scored["stricter"].as_u64(), scored["milder"].as_u64()), (Some(1), Some(0)));
    let alerts = std::fs::read_to_string(folder.path().join("d/alerts-rescored.json")).unwrap();
    assert!(alerts.contains("\"known_since\":\"2026-01-02\""), "{alerts}");
    // The first record is untouched.
    let (code, _) = refused(folder.path(), &arguments("replay", "late"));
    assert_eq!(code, "journal.diverged");
    ok(folder.path(), &arguments("replay", "lists"));
}

#[test]
fn lists_are_imported_once_and_a_cut_one_keeps_the_last() {
    let (folder, _) = world();
    ok(folder.path(), &["intel", "import", "lists", "--data-dir", "d", "--json"]);
    let list = folder.path().join("lists/ofac-crypto-addresses/sanctioned_addresses.csv");
    let text = std::fs::read_to_string(&list).unwrap();
    std::fs::write(&list, &text[..text.len() - 1]).unwrap();
    let output = run(folder.path(), &["intel", "import", "lists", "--data-dir", "d"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("the last snapshot stays in force"));
    let found =
        ok(folder.path(), &["intel", "lookup", "ethereum", LISTED, "--data-dir", "d", "--json"]);
    assert_eq!(found["claims"][0]["category"], "sanctions");
    let listed = ok(folder.path(), &["intel", "list", "--data-dir", "d", "--json"]);
    assert_eq!(listed["snapshots"].as_array().unwrap().len(), 1);
}

#[test]
fn packs_are_checked_tested_compared_and_backtested() {
    let (folder, _) = world();
    let tested = ok(folder.path(), &["policy", "test", "--json"]);
    assert_eq!(tested["failed"], Value::Array(Vec::new()));
    assert!(tested["passed"].as_u64().unwrap() >= 10);
    std::fs::write(folder.path().join("empty.toml"), "name = \"empty\"\nversion = 1\n").unwrap();
    let input = ["--network", "ethereum", "--input", "blocks.jsonl", "--intel", "lists", "--json"];
    let changed = ok(folder.path(), &[&["policy", "diff", "empty.toml"][..], &input].concat());
    assert_eq!(changed["changed"], 2);
    let counted = ok(folder.path(), &[&["policy", "backtest"][..], &input].concat());
    assert_eq!(counted["transfers"], 3);
    std::fs::write(folder.path().join("wrong.toml"), "name = \"w\"\nversion = 1\n[[rule]]\nid = \"a.b\"\nwhen = 'from.evnts > 1'\nthen = \"hold\"\nsentence = \"\"\nremedy = \"\"\n").unwrap();
    let (code, message) = refused(folder.path(), &["policy", "check", "wrong.toml", "--json"]);
    assert_eq!(code, "policy.pack.invalid");
    assert!(message.contains("did you mean 'from.events'"), "{message}");
}

#[test]
fn the_demo_leaves_a_data_directory_that_other_commands_can_look_at() {
    let folder = tempfile::tempdir().unwrap();
    let demo = ok(folder.path(), &["demo", "--transactions", "20000", "--data-dir", "d", "--json"]);
    assert!(demo["transfers"].as_u64().unwrap() >= 20_000);
    let again =
        ok(folder.path(), &["demo", "--transactions", "20000", "--data-dir", "d", "--json"]);
    assert_eq!(again["journal"], demo["journal"]);
    // Address states that spill to disk change no decision.
    let spilled = ok(
        folder.path(),
        &["demo", "--transactions", "20000", "--data-dir", "e", "--hot-addresses", "500", "--json"],
    );
    assert_eq!(spilled["journal"], demo["journal"]);
    assert_eq!(
        ok(folder.path(), &["journal", "verify", "d", "--json"])["size"],
        demo["journal"]["size"]
    );
    assert_eq!(
        ok(folder.path(), &["alerts", "--data-dir", "d", "--json"])["total"],
        demo["alerts"]
    );
}

#[test]
fn the_simulator_tells_every_pattern_from_ordinary_traffic() {
    let folder = tempfile::tempdir().unwrap();
    let report = ok(
        folder.path(),
        &["simulate", "--transactions", "120000", "--rate", "0.003", "--crimes", "20", "--json"],
    );
    for crime in report["crimes"].as_array().unwrap() {
        assert!(crime["recall"].as_f64().unwrap() >= 0.5, "{crime}");
    }
    assert_eq!(report["crimes"].as_array().unwrap().len(), 12);
    let ordinary = report["ordinary"].as_f64().unwrap();
    assert!(report["ordinary_held"].as_f64().unwrap() / ordinary < 0.01, "{report}");
}
