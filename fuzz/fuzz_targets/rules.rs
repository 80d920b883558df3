#![no_main]
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static SCHEMA: LazyLock<policy::Schema> = LazyLock::new(|| engine::facts::schema().0);

fuzz_target!(|text: &str| {
    if let Ok(program) = policy::compile(text, &SCHEMA) {
        program.holds(&SCHEMA.facts());
    }
    if let Ok(pack) = policy::Pack::parse(text, &SCHEMA) {
        pack.test();
    }
});
