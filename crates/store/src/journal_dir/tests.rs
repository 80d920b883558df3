use super::*;
use engine::{RecordError, Recorder};
use proptest::prelude::*;

fn entries(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    range.map(|i| format!("entry {i}").into_bytes()).collect()
}

fn open(folder: &Path) -> JournalDir {
    JournalDir::open(folder, "test.example/log").unwrap()
}

#[test]
fn a_journal_survives_closing_and_verifies_across_segments() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path());
    for start in (0..150_000).step_by(5_000) {
        assert_eq!(journal.append(&entries(start..start + 5_000)).unwrap(), start);
    }
    let head = journal.head();
    let (receipt, entry) = journal.prove(77_777).unwrap();
    assert_eq!(entry, b"entry 77777");
    let key = VerifyingKey::parse(&journal.verifying_key()).unwrap();
    assert!(Receipt::parse(&receipt.encode()).unwrap().verify(&entry, &key).is_ok());
    assert!(receipt.verify(b"entry 77778", &key).is_err());
    assert_eq!(published_root(folder.path(), head.0).unwrap(), head.1);
    drop(journal);
    let report = verify(folder.path()).unwrap();
    assert_eq!((report.size, report.unsigned_entries), (150_000, 0));
    assert_eq!(open(folder.path()).head(), head);
}

#[test]
fn a_replay_meets_what_is_there_and_appends_only_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).append(&entries(0..1_000)).unwrap();
    let mut journal = open(folder.path());
    assert_eq!(journal.unmet(), 1_000);
    assert_eq!(journal.append(&entries(0..700)).unwrap(), 0);
    assert_eq!(journal.append(&entries(700..1_300)).unwrap(), 700);
    assert_eq!(journal.head().0, 1_300);
    drop(journal);
    let mut journal = open(folder.path());
    let other = journal.append(&[b"something else".to_vec()]);
    assert_eq!(other, Err(RecordError::Diverged { index: 0 }));
}

#[test]
fn a_second_process_is_kept_out() {
    let folder = tempfile::tempdir().unwrap();
    let _held = open(folder.path());
    let second = JournalDir::open(folder.path(), "test.example/log");
    assert!(matches!(second, Err(StoreError::Locked(_))));
}

#[test]
fn a_changed_entry_tile_or_checkpoint_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path());
    journal.append(&entries(0..70_000)).unwrap();
    journal.publish().unwrap();
    drop(journal);
    let damage = |path: &str, at: usize| {
        let file = folder.path().join(path);
        let original = fs::read(&file).unwrap();
        let mut changed = original.clone();
        changed[at] ^= 1;
        fs::write(&file, &changed).unwrap();
        let result = verify(folder.path());
        fs::write(&file, &original).unwrap();
        result
    };
    assert!(damage("tile/entries/100", 5).is_err());
    assert!(damage("tile/0/100", 5).is_err());
    assert!(damage("tile/1/000", 5).is_err());
    assert!(damage("checkpoint", 20).is_err());
    assert!(verify(folder.path()).is_ok());
}

#[test]
fn lost_acknowledged_entries_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).append(&entries(0..1_000)).unwrap();
    let path = wal_path(folder.path(), 0);
    let len = fs::metadata(&path).unwrap().len();
    File::options().write(true).open(&path).unwrap().set_len(len - 3).unwrap();
    let error = JournalDir::open(folder.path(), "test.example/log").err().unwrap();
    assert!(error.to_string().contains("999 are here"), "{error}");
}

#[test]
fn a_witness_accepts_growth_and_refuses_a_fork() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path());
    journal.append(&entries(0..300)).unwrap();
    journal.publish().unwrap();
    let first = witness(folder.path(), None).unwrap();
    journal.append(&entries(300..900)).unwrap();
    journal.publish().unwrap();
    let second = witness(folder.path(), Some(&first)).unwrap();
    assert_eq!(second.size, 900);
    let forged = Checkpoint { root: [1; 32], ..first };
    assert!(witness(folder.path(), Some(&forged)).is_err());
    let larger = Checkpoint { size: 1_000, ..second };
    assert!(witness(folder.path(), Some(&larger)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// A crash may tear the last write anywhere; what was acknowledged before it stays.
    #[test]
    fn a_torn_last_write_loses_nothing_that_was_acknowledged(
        acknowledged in 1u64..400, torn in 1u64..50, keep in 0f64..1.0,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = open(folder.path());
        journal.append(&entries(0..acknowledged)).unwrap();
        let head = journal.head();
        drop(journal);
        let mut bytes = Vec::new();
        entries(acknowledged..acknowledged + torn).iter().for_each(|e| wal::encode(e, &mut bytes));
        bytes.truncate((bytes.len() as f64 * keep) as usize);
        let path = wal_path(folder.path(), 0);
        use std::io::Write;
        File::options().append(true).open(&path).unwrap().write_all(&bytes).unwrap();
        let mut journal = open(folder.path());
        prop_assert!(journal.head().0 >= acknowledged);
        journal.append(&entries(0..acknowledged + torn)).unwrap();
        prop_assert_eq!(journal.head().0, acknowledged + torn);
        drop(journal);
        let report = verify(folder.path()).unwrap();
        prop_assert_eq!(report.size, acknowledged + torn);
        let mut whole = Tree::new();
        let mut full = Vec::new();
        entries(0..acknowledged).iter().for_each(|e| whole.append(leaf_hash(e), &mut full));
        prop_assert_eq!(whole.root(), head.1);
    }
}
