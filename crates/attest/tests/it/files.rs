//! The anchor's published files.

use attest::evidence::Level;
use attest::list::{AssetNames, Audit, Finding, Layout, List, Quantity, ReservesError, Row};
use attest::ownership::{ControlEvidence, Record, RecordedKeys, verify};

use super::shared;

fn read(text: &str) -> (Layout, Vec<Row>, Vec<ReservesError>) {
    let list = List::open(text.as_bytes()).unwrap();
    let layout = list.layout();
    let (rows, errors): (Vec<_>, Vec<_>) = list.partition(Result::is_ok);
    (
        layout,
        rows.into_iter().map(Result::unwrap).collect(),
        errors.into_iter().map(Result::unwrap_err).collect(),
    )
}

/// What each row proves by itself: nothing, or the code of the refusal.
fn verdicts(rows: &[Row]) -> Vec<&'static str> {
    let verdict = |row: &Row| match verify(&row.claim(None), None) {
        Ok(_) => "proved",
        Err(error) => error.code(),
    };
    rows.iter().map(verdict).collect()
}

#[test]
fn the_list_of_eleven_columns_is_read_and_its_rows_are_judged() {
    let Some(text) = shared("okx_por_example.csv") else { return };
    let (layout, rows, errors) = read(&text);
    assert_eq!((layout, rows.len(), errors.len()), (Layout::AnchorEleven, 5, 0));
    assert_eq!(
        verdicts(&rows),
        [
            "proved",
            "proved",
            // A contract: nothing shows that the two accounts own it.
            "ownership.evidence.missing",
            "proved",
            // An address that does not follow from the key.
            "ownership.evidence.missing",
        ]
    );
    let list = List::open(text.as_bytes()).unwrap();
    assert_eq!(list.totals().len(), 12);
    let totals = list.totals().to_vec();
    let names = AssetNames::default();
    let mut audit = Audit::new(&names);
    assert!(rows.iter().all(|row| audit.add(row)));
    let findings = audit.finish(&totals);
    // The file is an example: its totals are not those of its rows.
    assert!(findings.iter().all(|finding| matches!(finding, Finding::TotalDiffers { .. })));
    assert!(findings.iter().any(|f| f.to_string().contains("ETH(ALL) is published as 6")));
}

#[test]
fn the_list_with_staking_types_is_read() {
    let Some(text) = shared("okx_por_staking_example.csv") else { return };
    let (layout, rows, errors) = read(&text);
    assert_eq!((layout, rows.len(), errors.len()), (Layout::AnchorTwelve, 3, 0));
    assert_eq!(rows[0].staking, None);
    assert_eq!(rows[1].staking.as_deref(), Some("Native ETH Staking"));
    assert_eq!(rows[2].owners.len(), 2);
    assert_eq!(
        verdicts(&rows),
        ["proved", "ownership.evidence.missing", "ownership.evidence.missing"],
        "a validator's owner is shown by its withdrawal credentials"
    );
}

#[test]
fn the_audit_rows_over_many_chains_are_read_and_judged() {
    let Some(text) = shared("okx_por_multichain_rows.csv") else { return };
    let (layout, rows, errors) = read(&text);
    assert_eq!((layout, rows.len(), errors.len()), (Layout::AnchorNine, 9, 0));
    assert!(rows.iter().all(|row| row.amount == Quantity::None));
    let verdicts = verdicts(&rows);
    // An EOS name's keys are known to the chain alone.
    assert_eq!(verdicts[8], "ownership.evidence.missing");
    assert!(verdicts[..8].iter().all(|verdict| *verdict == "proved"), "{verdicts:?}");
    let eos = &rows[8];
    let named = bs58::decode(&eos.script_or_keys[0]["EOS".len()..]).into_vec().unwrap();
    let recorded = |key: &[u8]| {
        let sources = vec!["node".to_owned(), "explorer".to_owned()];
        let record = Record { of: eos.key().unwrap(), height: 1, sources };
        let keys = RecordedKeys { record, keys: vec![key.to_vec()], threshold: 1 };
        verify(&eos.claim(Some(ControlEvidence::Keys(keys))), None)
    };
    assert_eq!(recorded(&named[..33]).unwrap().level, Level::TwoSources);
    assert_eq!(recorded(&[2; 33]).unwrap_err().code(), "ownership.evidence.contradicts");
}
