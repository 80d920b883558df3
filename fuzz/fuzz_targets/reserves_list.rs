#![no_main]
use attest::evidence::AccountProof;
use attest::list::{AssetNames, Audit, List};
use attest::ownership::verify;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = AccountProof::parse(bytes);
    let Ok(list) = List::open(bytes) else { return };
    let totals = list.totals().to_vec();
    let names = AssetNames::default();
    let mut audit = Audit::new(&names);
    for row in list.flatten() {
        // Reading a row decodes its address: a row that is yielded has a key.
        row.key().unwrap();
        audit.add(&row);
        let _ = verify(&row.claim(None), None);
    }
    audit.finish(&totals);
});
