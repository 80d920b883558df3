#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for source in intel::sources::SOURCES {
        let contents = vec![bytes; source.files.len()];
        let _ = source.read(&contents, None);
    }
});
