//! A round is published, witnesses co-sign the log that has it, and an auditor asks for them.

use crate::reserves::write_users;
use crate::{ok, refused, run};
use std::path::Path;

fn prove(folder: &Path, round: &str) {
    let arguments = ["reserves", "prove", "--input", "users.csv", "--log", "log", "--json"];
    ok(folder, &[&arguments[..], &["--round", round, "--out", round]].concat());
}

fn cosign(folder: &Path, log: &str, witness: &str, note: &str) -> (String, String) {
    let output = run(folder, &["journal", "cosign", log, "--witness", witness, "--out", note]);
    let said = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (said(&output.stdout), said(&output.stderr))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Keys of the first two witnesses, one a line.
const KEYS: &str = "witnesses.txt";

#[test]
fn witnesses_cosign_a_log_of_rounds_and_an_auditor_demands_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_users(&folder.join("users.csv"), 20);
    prove(folder, "2026-10");
    let key = std::fs::read_to_string(folder.join("log/log.vkey")).unwrap();
    for witness in ["w1", "w2", "w3"] {
        let name = format!("witness.example/{witness}");
        let made = ok(folder, &["journal", "witness", witness, "--name", &name, "--json"]);
        assert!(made["key"].as_str().unwrap().starts_with(&format!("{name}+")), "{made}");
    }
    let key_of =
        |witness: &str| std::fs::read_to_string(folder.join(witness).join("witness.vkey")).unwrap();
    let both = format!("# witnesses of the log\n\n{}{}", key_of("w1"), key_of("w2"));
    std::fs::write(folder.join(KEYS), both).unwrap();
    // A log's key is not taken from the log itself.
    let first = ["journal", "cosign", "log", "--witness", "w1", "--json"];
    assert_eq!(refused(folder, &first).0, "witness.log.unknown");
    for witness in ["w1", "w2"] {
        let cosign = ["journal", "cosign", "log", "--witness", witness, "--json"];
        let note = format!("{witness}.note");
        let signed = [&cosign[..], &["--log-key", key.trim(), "--out", &note]].concat();
        assert_eq!(ok(folder, &signed)["size"], 1);
    }
    let (line, _) = cosign(folder, "log", "w1", "w1.note");
    assert!(
        line.starts_with("\u{2014} witness.example/w1 ") && line.lines().count() == 1,
        "{line}"
    );

    let verify = |bundle: &'static str, more: &[&'static str]| {
        let arguments = ["reserves", "verify", bundle, "--json", "--log-key", "log/log.vkey"];
        [&arguments[..], more].concat()
    };
    let one = ["--witness", KEYS, "--witnesses", "1"];
    let both = ["--witness", KEYS];
    let (code, message) = refused(folder, &verify("2026-10", &one));
    assert_eq!(code, "proof.log.witnesses", "{message}");
    assert!(message.contains("journal.proof") && message.contains("0 of 2"), "{message}");

    let take = ["reserves", "cosigned", "--log", "log", "--json"];
    let bundle = ["--bundle", "2026-10"];
    let only_third = ["w1.note", "--witness", "w3/witness.vkey"];
    let (_, message) = refused(folder, &[&take[..], &bundle, &only_third].concat());
    assert!(message.contains("none of the known witnesses"), "{message}");
    let taken = ok(folder, &[&take[..], &bundle, &["w1.note", "w2.note"], &both].concat());
    assert_eq!(taken["is_newest"], true);
    assert_eq!(taken["bundles"][0]["witnesses"], 2);
    let report = ["--witness", KEYS, "--report", "report.html"];
    let verified = ok(folder, &verify("2026-10", &report));
    assert_eq!(verified["log"]["witnesses"].as_array().unwrap().len(), 2);
    let page = std::fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(page.contains("2 of 2 known witnesses co-signed the log: witness.example/w1 at"));
    let told = run(folder, &["reserves", "verify", "2026-10"]);
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("2 co-signatures, not checked"), "{told}");

    // A third one is known and did not sign; more than are known cannot; without the log's key the
    // rest means nothing.
    let three = ["--witness", "w1/witness.vkey,w2/witness.vkey,w3/witness.vkey"];
    assert_eq!(refused(folder, &verify("2026-10", &three)).0, "proof.log.witnesses");
    ok(folder, &verify("2026-10", &[&three[..], &["--witnesses", "2"]].concat()));
    let four = [&both[..], &["--witnesses", "3"]].concat();
    assert!(refused(folder, &verify("2026-10", &four)).1.contains("--witnesses"));
    let twice = ["--witness", "w1/witness.vkey,w1/witness.vkey"];
    assert!(refused(folder, &verify("2026-10", &twice)).1.contains("twice"));
    let no_key = ["reserves", "verify", "2026-10", "--witness", KEYS, "--json"];
    assert!(refused(folder, &no_key).1.contains("--log-key"));

    // Every byte of the proof counts.
    let place = folder.join("2026-10/journal.proof");
    let good = std::fs::read(&place).unwrap();
    for at in (0..good.len()).step_by(good.len() / 20) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&place, &bad).unwrap();
        let (code, message) = refused(folder, &verify("2026-10", &both));
        assert!(code.starts_with("proof.log"), "byte {at}: {code}: {message}");
    }
    let changed = String::from_utf8(good.clone()).unwrap();
    let at = changed.find("witness.example/w1 ").unwrap() + 30;
    let mut bad = good.clone();
    bad[at] = if bad[at] == b'A' { b'B' } else { b'A' };
    std::fs::write(&place, &bad).unwrap();
    let (code, message) = refused(folder, &verify("2026-10", &one));
    assert_eq!(code, "proof.log.witnesses", "{message}");
    assert!(message.contains("witness.example/w1"), "{message}");
    std::fs::write(&place, &good).unwrap();

    // The next round: a witness that saw the first follows, and the log cannot go back.
    copy(&folder.join("log"), &folder.join("before"));
    prove(folder, "2026-11");
    let (_, said) = cosign(folder, "log", "w1", "w1-next.note");
    assert!(said.contains("of 2 entries: it continues the 1"), "{said}");
    let (_, said) = cosign(folder, "before", "w1", "never.note");
    assert!(said.contains("journal.log.shrunk") && !folder.join("never.note").exists(), "{said}");
    let (code, message) = {
        let bundle = ["--bundle", "2026-11", "w2.note"];
        refused(folder, &[&take[..], &bundle, &both].concat())
    };
    assert!(message.contains("get one that is newer"), "{code}: {message}");
    let next = ["--bundle", "2026-10", "--bundle", "2026-11", "w1-next.note"];
    let taken = ok(folder, &[&take[..], &next, &both].concat());
    // The first round keeps the proof that two have co-signed.
    assert_eq!(taken["bundles"][0]["is_replaced"], false);
    assert_eq!(taken["bundles"][1]["witnesses"], 1);
    ok(folder, &verify("2026-10", &both));
    ok(folder, &verify("2026-11", &one));
    assert_eq!(refused(folder, &verify("2026-11", &both)).0, "proof.log.witnesses");
    // A co-signature of an older checkpoint that comes late is still one of its rounds.
    let late = ["--bundle", "2026-10", "w2.note"];
    let taken = ok(folder, &[&take[..], &late, &both].concat());
    assert_eq!(
        (&taken["is_newest"], &taken["bundles"][0]["witnesses"]),
        (&false.into(), &2.into())
    );

    // What the journal itself hands out has them too.
    let proof = ok(folder, &["journal", "prove", "log", "0", "--json"]);
    std::fs::write(folder.join("receipt"), proof["receipt"].as_str().unwrap()).unwrap();
    std::fs::write(folder.join("entry"), proof["entry_hex"].as_str().unwrap()).unwrap();
    let check = ["journal", "check", "receipt", "entry", key.trim(), "--json"];
    let checked = ok(folder, &[&check[..], &one].concat());
    assert_eq!(checked["witnesses"][0], "witness.example/w1");
    assert_eq!(refused(folder, &[&check[..], &both].concat()).0, "journal.checkpoint.witnesses");
}

#[test]
fn a_witness_is_not_made_twice_nor_used_without_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let witness = |name: &'static str| ["journal", "witness", "w", "--name", name, "--json"];
    let key = ok(folder, &witness("witness.example/w"))["key"].clone();
    assert_eq!(ok(folder, &witness("witness.example/w"))["key"], key);
    assert_eq!(refused(folder, &witness("witness.example/other")).0, "witness.other");
    let cosign = ["journal", "cosign", "w", "--witness", "nobody", "--json"];
    assert_eq!(refused(folder, &cosign).0, "store.io");
    let cosign = ["journal", "cosign", "w", "--witness", "w", "--json"];
    assert_eq!(refused(folder, &cosign).0, "store.io", "there is no log");
    let as_log = ["journal", "cosign", "w", "--witness", "w", "--json", "--log-key"];
    let (_, message) = refused(folder, &[&as_log[..], &[key.as_str().unwrap()]].concat());
    assert!(message.contains("it is the key of a witness"), "{message}");
}
