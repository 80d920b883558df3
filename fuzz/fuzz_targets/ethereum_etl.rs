#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut reader) = chain::ethereum::etl::EtlReader::new(bytes, model::Network::ETHEREUM) else {
        return;
    };
    while let Ok(Some(mut block)) = reader.next_block() {
        chain::ethereum::etl::settle(&mut block);
    }
});
