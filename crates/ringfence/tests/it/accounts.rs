//! What guards accounts, as a security engineer tries it.

use crate::ok;

#[test]
fn the_matrix_says_how_many_searches_hold() {
    let folder = tempfile::tempdir().unwrap();
    let report = ok(folder.path(), &["account", "matrix", "--depth", "3", "--json"]);
    assert_eq!((&report["sets"], &report["satisfied"]), (&512.into(), &2_048.into()));
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2_048);
    // Nothing leaves in three actions but where a password and an app are all that guards.
    let leaves = rows.iter().filter(|row| !row["earliest"].is_null());
    let owners: std::collections::BTreeSet<&str> =
        leaves.map(|row| row["owner"].as_str().unwrap()).collect();
    assert!(!owners.contains("passkey") && !owners.contains("locked"), "{owners:?}");
}
