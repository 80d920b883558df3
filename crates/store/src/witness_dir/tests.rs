use super::*;
use crate::JournalDir;
use engine::Recorder;
use journal::Witnesses;

const NAME: &str = "witness.example/w1";

fn entries(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    range.map(|i| format!("entry {i}").into_bytes()).collect()
}

/// A log of so many entries, all of it published.
fn log(folder: &Path, entries: Vec<Vec<u8>>) -> JournalDir {
    let mut log = JournalDir::open(folder, "example/reserves").unwrap();
    log.append(&entries).unwrap();
    log.publish().unwrap();
    log
}

fn key_of(log: &JournalDir) -> VerifyingKey {
    VerifyingKey::parse(&log.verifying_key()).unwrap()
}

fn code<T>(result: Result<T, StoreError>) -> &'static str {
    result.err().map_or("signed", |error| error.code())
}

#[test]
fn a_witness_signs_a_log_as_it_grows_and_others_can_check_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = log(&folder.path().join("log"), entries(0..300));
    let key = key_of(&log);
    let dir = folder.path().join("log");
    let mut witness = WitnessDir::make(&folder.path().join("w"), NAME).unwrap();
    assert_eq!(code(witness.cosign(&dir, None, 100)), "witness.log.unknown");
    let first = witness.cosign(&dir, Some(&key), 100).unwrap();
    assert_eq!((first.before, first.checkpoint.size), (None, 300));
    // What the log publishes then has its line, until the log grows.
    assert!(log.cosign(&first.note).unwrap());
    let known = Witnesses::new(vec![witness.key().clone()]).unwrap();
    let cosigned = |text: &str| known.cosigned(&Note::parse(text).unwrap()).unwrap().len();
    let stored = fs::read_to_string(dir.join("checkpoint")).unwrap();
    assert_eq!((cosigned(&stored), cosigned(&log.checkpoint())), (1, 1));
    log.publish().unwrap();
    assert_eq!(fs::read_to_string(dir.join("checkpoint")).unwrap(), stored);
    let (receipt, entry) = log.prove(7).unwrap();
    assert!(receipt.verify(&entry, &key).is_ok());
    assert_eq!(cosigned(&receipt.checkpoint), 1);
    drop(log);
    let mut log = JournalDir::open(&dir, "x").unwrap();
    assert_eq!(cosigned(&log.checkpoint()), 1, "a log that is opened again keeps them");
    log.meet_from(300);
    log.append(&entries(300..900)).unwrap();
    log.publish().unwrap();
    assert_eq!(cosigned(&log.checkpoint()), 0);
    assert!(!log.cosign(&first.note).unwrap(), "it is of fewer entries");
    // An entry is proved at the size that was co-signed, too.
    let old = journal::Receipt {
        index: 7,
        proof: log.prove_at(7, 300).unwrap(),
        checkpoint: first.note.encode(),
    };
    assert!(old.verify(b"entry 7", &key).is_ok());
    assert!(log.prove_at(7, 901).is_err());
    let second = witness.cosign(&dir, None, 200).unwrap();
    assert_eq!((second.before, second.checkpoint.size), (Some(300), 900));
    // The same again is no contradiction, and has the time of now.
    assert_eq!(witness.cosign(&dir, None, 300).unwrap().before, Some(900));
}

#[test]
fn a_log_whose_tiles_are_not_written_yet_is_followed_by_its_entries() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    let mut log = log(&dir, entries(0..300));
    let mut witness = WitnessDir::make(&folder.path().join("w"), NAME).unwrap();
    witness.cosign(&dir, Some(&key_of(&log)), 100).unwrap();
    log.append(&entries(300..800)).unwrap();
    assert_eq!(witness.cosign(&dir, None, 100).unwrap().checkpoint.size, 800);
    // A copy of what it publishes has no entries beside its tiles: what is missing is named.
    let copy = folder.path().join("copy");
    fs::create_dir_all(&copy).unwrap();
    log.append(&entries(800..801)).unwrap();
    fs::copy(dir.join("checkpoint"), copy.join("checkpoint")).unwrap();
    assert_eq!(code(witness.cosign(&copy, None, 100)), "journal.tile.corrupt");
}

#[test]
fn a_fork_and_a_rollback_are_not_signed_and_are_kept_as_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, fork) = (folder.path().join("log"), folder.path().join("fork"));
    let key = key_of(&log(&dir, entries(0..300)));
    let mut witness = WitnessDir::make(&folder.path().join("w"), NAME).unwrap();
    witness.cosign(&dir, Some(&key), 100).unwrap();
    // The same log and key with another past: as long, shorter, longer.
    let others =
        [(300, "journal.log.forked"), (200, "journal.log.shrunk"), (900, "journal.log.forked")];
    for (place, (len, wanted)) in others.into_iter().enumerate() {
        let _ = fs::remove_dir_all(&fork);
        fs::create_dir_all(&fork).unwrap();
        for name in ["log.key", "log.vkey"] {
            fs::copy(dir.join(name), fork.join(name)).unwrap();
        }
        let mut past = entries(0..len);
        past[3] = b"another".to_vec();
        log(&fork, past);
        assert_eq!(code(witness.cosign(&fork, None, 200)), wanted, "{len}");
        let alarms = fs::read_dir(folder.path().join("w/alarms")).unwrap().count();
        assert_eq!(alarms, place + 1);
    }
    assert_eq!(code(witness.cosign(&dir, None, 200)), "signed", "the log itself still is");
    assert_eq!(code(witness.cosign(&dir, None, 199)), "journal.witness.clock");
    // A log of the same name with a key of its own.
    let stranger = folder.path().join("stranger");
    let stranger_key = key_of(&log(&stranger, entries(0..400)));
    assert_eq!(code(witness.cosign(&stranger, None, 200)), "journal.checkpoint.signature");
    let given = witness.cosign(&stranger, Some(&stranger_key), 200);
    assert_eq!(code(given), "witness.log.other_key");
}

#[test]
fn nothing_is_signed_that_the_witness_could_not_remember() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    let mut log = log(&dir, entries(0..5));
    let at = folder.path().join("w");
    let mut witness = WitnessDir::make(&at, NAME).unwrap();
    witness.cosign(&dir, Some(&key_of(&log)), 100).unwrap();
    let place = witness.place("example/reserves");
    let before = fs::read(&place).unwrap();
    log.append(&entries(5..9)).unwrap();
    // What is written aside first cannot be written.
    let aside = place.with_extension("tmp");
    fs::create_dir(&aside).unwrap();
    assert_eq!(code(witness.cosign(&dir, None, 100)), "store.io");
    assert_eq!(fs::read(&place).unwrap(), before);
    fs::remove_dir(&aside).unwrap();
    // A crash may leave it half written; what counts is beside it.
    fs::write(&aside, &before[..20]).unwrap();
    drop(witness);
    let mut witness = WitnessDir::open(&at).unwrap();
    assert_eq!(witness.cosign(&dir, None, 100).unwrap().before, Some(5));
    // Damage is told, not taken for a log that is new.
    fs::write(&place, &before[..before.len() - 9]).unwrap();
    assert_eq!(code(witness.cosign(&dir, None, 100)), "witness.damaged");
}

#[test]
fn a_witness_is_held_once_and_keeps_its_name_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("w");
    assert!(WitnessDir::make(&at, "a b").is_err());
    assert!(!at.exists());
    let witness = WitnessDir::make(&at, NAME).unwrap();
    let key = witness.key().clone();
    assert_eq!(code(WitnessDir::open(&at)), "store.locked");
    drop(witness);
    assert_eq!(*WitnessDir::make(&at, NAME).unwrap().key(), key);
    assert_eq!(code(WitnessDir::make(&at, "other")), "witness.other");
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(at.join("witness.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
    fs::write(at.join("witness.key"), [9; 32]).unwrap();
    assert_eq!(code(WitnessDir::open(&at)), "witness.damaged");
    assert_eq!(code(WitnessDir::open(folder.path())), "store.io");
}
