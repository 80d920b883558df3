#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut reader = chain::ethereum::json::JsonReader::new(bytes, model::Network::ETHEREUM);
    while let Ok(Some(_)) = reader.next_block() {}
});
