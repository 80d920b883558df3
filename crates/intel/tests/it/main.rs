//! The real public lists, read whole.

use intel::sources::{SOURCES, Source};
use intel::{Directory, IntelError, gate};
use model::{Category, Family, Network};
use std::path::{Path, PathBuf};

fn shared_data() -> Option<PathBuf> {
    let path = std::env::var_os("RINGFENCE_SHARED_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: {} is absent (set RINGFENCE_SHARED_DATA)", path.display());
    None
}

fn content(root: &Path, file: &str) -> Vec<u8> {
    let packed = root.join(format!("{file}.zst"));
    match std::fs::read(&packed) {
        Ok(bytes) => zstd::decode_all(bytes.as_slice()).unwrap(),
        Err(_) => std::fs::read(root.join(file)).unwrap(),
    }
}

fn read(root: &Path, source: &Source) -> Result<intel::Snapshot, IntelError> {
    let contents: Vec<Vec<u8>> = source.files.iter().map(|file| content(root, file)).collect();
    let folder = Path::new(source.files[0]).parent().unwrap();
    let readme = std::fs::read_to_string(root.join(folder).join("README.md")).unwrap();
    source.read(&contents.iter().map(Vec::as_slice).collect::<Vec<_>>(), Some(&readme))
}

#[test]
fn every_list_is_read_and_its_refusals_are_few_and_explained() {
    let Some(root) = shared_data() else { return };
    // Rows taken, and the most that may be refused.
    let expected: &[(&str, u64, u64)] = &[
        ("ofac", 653, 1),
        ("scamsniffer", 2_500, 0),
        ("mew-darklist", 494, 0),
        ("mew-lightlist", 2, 0),
        ("cryptoscamdb", 4_300, 260),
        ("etherscan-labels", 45_000, 40),
        ("etherscan-tokens", 1_000, 20),
        ("graphsense", 519_000, 600),
        ("forta-etherscan", 5_380, 5),
        ("forta-phishing", 4_630, 11),
        ("forta-contracts", 480, 10),
        ("forta-contracts-chain10", 2, 0),
        ("polkadot-phishing", 200, 5),
        ("phish-hack", 3_990, 10),
    ];
    assert_eq!(expected.len(), SOURCES.len());
    let mut snapshots = Vec::new();
    for (id, taken_min, refused_max) in expected {
        let snapshot = read(&root, Source::find(id).unwrap()).unwrap();
        let meta = &snapshot.meta;
        println!(
            "{id}: {} taken, {} refused {:?}",
            meta.rows_taken, meta.rows_refused, meta.refused_by_reason
        );
        assert!(meta.rows_taken >= *taken_min, "{id}: {meta:?}");
        assert!(meta.rows_refused <= *refused_max, "{id}: {meta:?}");
        assert!(!meta.dated.is_empty(), "{id}");
        snapshots.push(snapshot);
    }
    let directory = Directory::new(snapshots);
    let tornado = "0x8589427373D6D84E98730D7795D8f6f8731FDA16";
    let address = chain::parse_address(Network::ETHEREUM, tornado).unwrap();
    let standing = directory.standing(Family::Evm, &address);
    assert!(standing.categories.contains(Category::Sanctions), "{standing:?}");
    println!("{} claims about {} addresses", directory.claim_count(), directory.address_count());
    let contradicted = directory
        .all_claims()
        .filter(|claim| {
            let account = claim.entry.account;
            directory.standing(account.network.family(), &account.address).is_contradicted()
        })
        .count();
    println!("{contradicted} claims contradict each other");
}

#[test]
fn a_cut_or_empty_or_shrunken_list_keeps_the_last_snapshot() {
    let source = Source::find("ofac").unwrap();
    let list = |rows: u32| {
        let rows = (0..rows).map(|i| format!("0x{i:040x},ETH\n"));
        format!("address,currency\n{}", rows.collect::<String>())
    };
    let full = source.read(&[list(100).as_bytes()], None).unwrap();
    let cut = list(100);
    let cut = &cut.as_bytes()[..cut.len() - 1];
    assert!(matches!(source.read(&[cut], None), Err(IntelError::Malformed { .. })));
    let empty = source.read(&[list(0).as_bytes()], None).unwrap();
    assert!(matches!(gate::admit(empty, None, false), Err(IntelError::Empty { .. })));
    let shrunk = source.read(&[list(89).as_bytes()], None).unwrap();
    let refused = gate::admit(shrunk.clone(), Some(&full.meta), false);
    assert!(matches!(refused, Err(IntelError::Shrunk { .. })));
    assert!(gate::admit(shrunk, Some(&full.meta), true).is_ok());
    let smaller = source.read(&[list(90).as_bytes()], None).unwrap();
    assert!(gate::admit(smaller, Some(&full.meta), false).is_ok());
    assert!(source.read(&[b"a,b\n"], None).is_err());
    let json = Source::find("polkadot-phishing").unwrap();
    assert!(json.read(&[b"{\"a\": [\"1"], None).is_err());
}
