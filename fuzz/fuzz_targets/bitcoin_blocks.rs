#![no_main]
use chain::bitcoin::{CoreJsonReader, RawBlock, UtxoSet, decode_undo};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut utxo = UtxoSet::new(100);
    if let Ok(block) = RawBlock::parse(bytes) {
        let _ = block.decode(model::Network::Bitcoin, None, &mut utxo);
    }
    let _ = decode_undo(bytes);
    let mut reader = CoreJsonReader::new(bytes, model::Network::Bitcoin);
    while let Ok(Some(_)) = reader.next_block(&mut utxo) {}
});
