//! A checkpoint of a public log (Static CT, staging) as four witnesses of the public network
//! co-signed it, with their published keys.

use journal::{Checkpoint, Cosignature, JournalError, Note, VerifyingKey, WitnessKey, Witnesses};

const CHECKPOINT: &str = "\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

\u{2014} arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
\u{2014} arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
\u{2014} transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
\u{2014} witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
\u{2014} remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
\u{2014} witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
";

const LOG: &str =
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f";

const WITNESSES: [&str; 4] = [
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
];

fn witnesses() -> Witnesses {
    let keys = WITNESSES.map(|key| WitnessKey::parse(key).unwrap());
    for (key, text) in keys.iter().zip(WITNESSES) {
        assert_eq!(key.to_string(), text);
    }
    Witnesses::new(keys.to_vec()).unwrap()
}

#[test]
fn witnesses_of_the_public_network_are_verified() {
    let note = Note::parse(CHECKPOINT).unwrap();
    assert_eq!(note.encode(), CHECKPOINT);
    let checkpoint = Checkpoint::of(&note, &VerifyingKey::parse(LOG).unwrap()).unwrap();
    assert_eq!(checkpoint.size, 1_432_088_532);
    let found = witnesses().cosigned(&note).unwrap();
    assert_eq!(found.iter().map(|found| found.time_s).collect::<Vec<_>>(), [1_779_573_024; 4]);
    // The log's own lines, of two other types, are none.
    assert_eq!(journal::cosignature::claimed(&note, &checkpoint.origin), 4);
}

#[test]
fn what_they_signed_cannot_be_changed() {
    for changed in [
        CHECKPOINT.replace("1432088532", "1432088533"),
        CHECKPOINT.replace("U7WM", "U7WN"),
        CHECKPOINT.replace("arche2025h1", "arche2025h2"),
        CHECKPOINT.replace("AABqEiEg", "AABqEiEh"),
    ] {
        let found = witnesses().cosigned(&Note::parse(&changed).unwrap());
        assert!(matches!(found, Err(JournalError::Cosignature(_))), "{changed}");
    }
}

#[test]
fn the_line_of_the_specification_is_read() {
    // C2SP tlog-cosignature has no key for its example: the time is what it shows.
    let line = "\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==";
    let read = Cosignature::read(&journal::SignatureLine::parse(line).unwrap()).unwrap();
    assert_eq!((read.name.as_str(), read.time_s), ("witness.example.com/w1", 1_679_315_147));
    assert_eq!(read.line().to_string(), line);
}
