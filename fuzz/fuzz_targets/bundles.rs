#![no_main]
use libfuzzer_sys::fuzz_target;
use proof::bundle::Manifest;
use proof::liabilities::Liabilities;
use proof::parts::answer;
use proof::receipt::Receipt;

// What is read is written back as it was, and what a browser hands over is answered.
fuzz_target!(|bytes: &[u8]| {
    if let Ok(liabilities) = Liabilities::parse(bytes) {
        assert_eq!(liabilities.encode(), bytes);
    }
    if let Ok(manifest) = Manifest::parse(bytes) {
        assert_eq!(manifest.encode(), bytes);
    }
    if let Ok(receipt) = Receipt::parse(bytes) {
        assert_eq!(receipt.encode(), bytes.strip_suffix(b"\n").unwrap_or(bytes));
    }
    assert!(!answer(bytes).is_empty());
});
