#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(model) = onchain::account_model::AccountModel::parse(bytes) {
        let row = [f32::NAN; onchain::features::COUNT];
        assert!(!model.raw(&row).is_nan());
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = onchain::forest::parse_lightgbm(text);
    }
});
