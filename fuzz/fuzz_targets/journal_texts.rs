#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = engine::record::transfer_of(bytes);
    let _ = journal::tile::decode_bundle("fuzz", bytes, 256);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = journal::Receipt::parse(text);
    let _ = journal::VerifyingKey::parse(text);
    if let Ok(checkpoint) = journal::Checkpoint::parse_body(text) {
        assert!(text.starts_with(&checkpoint.body()));
    }
});
