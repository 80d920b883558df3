//! Bad input: each gets an error that names the field and the way out, and nothing is lost.

use crate::{ok, refused, world};

/// Replays a file into a data directory of its own: what stands before the damage is on the record.
fn replay(folder: &std::path::Path, file: &str) -> (String, String) {
    let data_dir = format!("{file}-data");
    refused(
        folder,
        &[
            "replay",
            "--network",
            "ethereum",
            "--intel",
            "lists",
            "--input",
            file,
            "--data-dir",
            &data_dir,
            "--json",
        ],
    )
}

#[test]
fn damaged_blocks_are_refused_by_line_and_field() {
    let (folder, blocks) = world();
    let good = std::fs::read_to_string(blocks).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let cases = [
        ("empty", String::new(), "the file is empty"),
        ("cut", good[..good.len() - 30].to_owned(), "line 3"),
        ("value", good.replace("0xde0b6b3a7640000", "1.5"), "value"),
        ("huge", good.replace("0xde0b6b3a7640000", &format!("0x1{}", "0".repeat(64))), "256 bits"),
        ("future", good.replace("0x6553f100", "0xffffffff"), "future"),
        ("nested", format!("{{\"number\":{}", "[".repeat(50_000)), "json"),
        ("address", good.replace(crate::HOP[0], "0x11"), "20 bytes"),
        ("csv", "a,b,c\n1,2,3\n".to_owned(), "header"),
    ];
    for (name, text, expected) in cases {
        write(name, &text);
        let (_, message) = replay(folder.path(), name);
        assert!(message.contains(expected), "{name}: {message}");
    }
    let (_, message) = replay(folder.path(), "absent");
    assert!(message.contains("--input absent"), "{message}");
}

#[test]
fn a_damaged_archive_is_refused_and_a_duplicate_block_counts_once() {
    let (folder, blocks) = world();
    let good = std::fs::read(&blocks).unwrap();
    let mut packed = zstd::encode_all(good.as_slice(), 3).unwrap();
    std::fs::write(folder.path().join("packed.zst"), &packed).unwrap();
    let arguments = |file: &'static str, dir: &'static str| {
        vec![
            "replay",
            "--network",
            "eip155:1",
            "--intel",
            "lists",
            "--input",
            file,
            "--data-dir",
            dir,
            "--json",
        ]
    };
    assert_eq!(ok(folder.path(), &arguments("packed.zst", "a"))["transfers"], 3);
    packed.truncate(packed.len() / 2);
    std::fs::write(folder.path().join("half.zst"), &packed).unwrap();
    let (_, message) = replay(folder.path(), "half.zst");
    assert!(message.contains("half.zst"), "{message}");
    let twice = [good.as_slice(), good.as_slice()].concat();
    std::fs::write(folder.path().join("twice.jsonl"), twice).unwrap();
    let result = ok(folder.path(), &arguments("twice.jsonl", "b"));
    assert_eq!(
        (result["transfers"].as_u64(), result["input"]["duplicate_blocks"].as_u64()),
        (Some(3), Some(3))
    );
}

#[test]
fn unknown_networks_folders_and_keys_are_refused_by_name() {
    let (folder, _) = world();
    let (_, message) = refused(
        folder.path(),
        &["screen", "address", "etherum", crate::LISTED, "--intel", "lists", "--json"],
    );
    assert!(message.contains("CAIP-2"), "{message}");
    let (_, message) = refused(
        folder.path(),
        &["screen", "address", "ethereum", crate::LISTED, "--intel", "nowhere", "--json"],
    );
    assert!(message.contains("nowhere"), "{message}");
    std::fs::write(folder.path().join("wrong.toml"), "hot_adresses = 5\n").unwrap();
    let (_, message) =
        refused(folder.path(), &["config", "check", "--config", "wrong.toml", "--json"]);
    assert!(message.contains("did you mean 'hot_addresses'"), "{message}");
    std::fs::write(folder.path().join("model.json"), "{}").unwrap();
    let (code, _) = refused(folder.path(), &["model", "card", "--model", "model.json", "--json"]);
    assert_eq!(code, "model.invalid");
}

#[test]
fn a_data_directory_in_use_or_damaged_says_so() {
    let (folder, _) = world();
    let arguments = [
        "replay",
        "--network",
        "ethereum",
        "--intel",
        "lists",
        "--input",
        "blocks.jsonl",
        "--data-dir",
        "d",
        "--json",
    ];
    ok(folder.path(), &arguments);
    let lock = std::fs::File::create(folder.path().join("d/journal/lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive).unwrap();
    assert_eq!(refused(folder.path(), &arguments).0, "store.locked");
    drop(lock);
    let bundle = folder.path().join("d/journal/tile/entries/000.p/4");
    assert!(bundle.is_file());
    let wal = std::fs::read_dir(folder.path().join("d/journal/wal"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let bytes = std::fs::read(&wal).unwrap();
    std::fs::write(&wal, &bytes[..bytes.len() - 1]).unwrap();
    assert_eq!(refused(folder.path(), &arguments).0, "store.corrupt");
    assert_eq!(refused(folder.path(), &["journal", "verify", "d", "--json"]).0, "store.corrupt");
}

#[test]
fn a_damaged_list_snapshot_is_an_error_and_not_an_empty_list() {
    let (folder, _) = world();
    ok(folder.path(), &["intel", "import", "lists", "--data-dir", "d", "--json"]);
    let source = folder.path().join("d/intel/ofac");
    for item in std::fs::read_dir(&source).unwrap() {
        let path = item.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let bytes = std::fs::read(&path).unwrap();
            std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        }
    }
    let arguments = ["screen", "address", "ethereum", crate::LISTED, "--data-dir", "d", "--json"];
    assert_eq!(refused(folder.path(), &arguments).0, "store.corrupt");
}

#[test]
fn a_disk_that_takes_no_more_bytes_decides_nothing() {
    let (folder, _) = world();
    // Files may grow to 64 KiB; the journal of the demo needs more.
    let script = format!(
        "trap '' XFSZ; ulimit -f 64; exec {} demo --transactions 20000 --data-dir d --json",
        env!("CARGO_BIN_EXE_ringfence")
    );
    let run = |script: &str| {
        let mut command = std::process::Command::new("bash");
        command.args(["-c", script]).current_dir(folder.path()).output().unwrap()
    };
    let output = run(&script);
    assert!(!output.status.success());
    let error = crate::json(&output)["error"].clone();
    assert_eq!(error["code"], "journal.unavailable", "{error}");
    // With room again the same data directory goes on, and nothing is doubled.
    let arguments =
        |dir: &'static str| ["demo", "--transactions", "20000", "--data-dir", dir, "--json"];
    let after = ok(folder.path(), &arguments("d"));
    assert_eq!(after["journal"], ok(folder.path(), &arguments("whole"))["journal"]);
}
