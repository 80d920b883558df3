//! What guards accounts, as a security engineer tries it.

use crate::ok;

#[test]
fn the_matrix_says_how_many_searches_hold() {
    let folder = tempfile::tempdir().unwrap();
    let report = ok(folder.path(), &["account", "matrix", "--depth", "3", "--json"]);
    assert_eq!((&report["sets"], &report["satisfied"]), (&512.into(), &512.into()));
    assert_eq!(report["searches"], 2_048);
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 512);
    // Nothing leaves in three actions but where a password and an app are all that guards.
    let owners = rows.iter().flat_map(|row| row["owners"].as_array().unwrap());
    let leaves = owners.filter(|owner| !owner["earliest_s"].is_null());
    let leaves: std::collections::BTreeSet<&str> =
        leaves.map(|owner| owner["owner"].as_str().unwrap()).collect();
    assert!(!leaves.contains("passkey") && !leaves.contains("locked"), "{leaves:?}");
}
