#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut reader) = chain::ethereum::era1::Era1Reader::new(bytes, model::Network::ETHEREUM) else {
        return;
    };
    while let Ok(Some(_)) = reader.next_block() {}
});
