use chain::bitcoin::{
    CoreJsonReader, RawBlock, UtxoSet, decode_undo, has_text_address, script_address,
};
use model::{Amount, Network};
use sha2::{Digest, Sha256};

use crate::btc_expected::BLOCKS;
use crate::{hex, read_zst, shared_data};

#[test]
fn every_real_block_has_the_counts_amounts_and_addresses_of_the_independent_decoder() {
    let Some(folder) = shared_data("btc-blocks") else {
        return;
    };
    for expected in BLOCKS {
        let file = expected.hash;
        let raw = RawBlock::parse(&read_zst(folder.join(format!("{file}.raw.zst")))).unwrap();
        let network = if expected.is_mainnet { Network::Bitcoin } else { Network::BitcoinTestnet3 };
        let addresses: Vec<String> = raw
            .output_scripts()
            .map(|script| match script_address(script) {
                Some(address) if has_text_address(script) => {
                    chain::format_address(network, &address)
                }
                _ => String::new(),
            })
            .collect();
        assert_eq!(addresses.len(), expected.outputs, "{file}");
        let digest = hex(&Sha256::digest(addresses.join("\n")));
        assert_eq!(digest, expected.addresses_sha256, "{file}");
        for text in addresses.iter().filter(|text| !text.is_empty()).take(50) {
            let address = chain::parse_address(network, text).unwrap();
            assert_eq!(chain::format_address(network, &address), *text);
        }

        let undo_file = folder.join(format!("{file}.undo.zst"));
        let undo = expected.spent_sat.map(|_| decode_undo(&read_zst(undo_file)).unwrap());
        let has_undo = undo.is_some();
        let block = raw.decode(network, undo, &mut UtxoSet::new(1 << 20)).unwrap();
        assert_eq!(block.hash.to_string(), expected.hash);
        assert_eq!(block.transactions.len(), expected.transactions, "{file}");
        let transfers: Vec<_> = block.transactions.iter().flat_map(|tx| &tx.transfers).collect();
        assert_eq!(transfers.len(), expected.outputs, "{file}");
        let sum: u128 = transfers.iter().map(|t| t.amount.to_u128().unwrap()).sum();
        assert_eq!(sum, expected.output_sat, "{file}");
        assert_eq!(raw.spending_inputs() + 1, expected.inputs, "{file}");
        if has_undo {
            let inputs = block.transactions.iter().flat_map(|tx| &tx.inputs);
            let spent: u128 = inputs.map(|(_, amount)| amount.to_u128().unwrap()).sum();
            assert_eq!(Some(spent), expected.spent_sat, "{file}");
            assert!(block.transactions.iter().all(|tx| tx.unknown_inputs == 0), "{file}");
        }
    }
}

#[test]
fn the_utxo_index_resolves_what_the_set_itself_created() {
    let Some(folder) = shared_data("btc-blocks") else {
        return;
    };
    let mut blocks: Vec<(RawBlock, bool)> = BLOCKS
        .iter()
        .map(|expected| {
            let file = folder.join(format!("{}.raw.zst", expected.hash));
            (RawBlock::parse(&read_zst(file)).unwrap(), expected.is_mainnet)
        })
        .collect();
    blocks.sort_by_key(|(block, _)| block.time_s());
    let mut unknown = 0;
    for is_mainnet in [true, false] {
        let mut utxo = UtxoSet::new(1 << 20);
        for (raw, _) in blocks.iter().filter(|(_, mainnet)| *mainnet == is_mainnet) {
            let block = raw.decode(Network::Bitcoin, None, &mut utxo).unwrap();
            unknown += block.transactions.iter().map(|tx| tx.unknown_inputs).sum::<u32>();
        }
    }
    // 101,304 spends, of which 3,440 in the same block and 3,002 in an earlier one of the set.
    assert_eq!(unknown, 94_862);
}

#[test]
fn a_damaged_block_is_refused_with_its_field() {
    let Some(folder) = shared_data("btc-blocks") else {
        return;
    };
    let file = folder.join(format!("{}.raw.zst", BLOCKS[0].hash));
    let bytes = read_zst(file);
    let refused = |bytes: &[u8]| RawBlock::parse(bytes).err().expect("it is damaged").to_string();
    assert!(refused(&bytes[..bytes.len() - 1]).contains("field 'block'"));
    assert!(refused(&[&bytes[..], &[0]].concat()).contains("field 'block'"));
    let mut changed = bytes.clone();
    let last = changed.len() - 20;
    changed[last] ^= 1;
    assert!(refused(&changed).contains("merkle root"));
    assert!(decode_undo(&[1, 0, 0]).is_err());
    let raw = RawBlock::parse(&bytes).unwrap();
    let undo = decode_undo(&[0; 9]).unwrap();
    assert!(raw.decode(Network::Bitcoin, Some(undo), &mut UtxoSet::new(1)).is_err());
}

#[test]
fn getblock_json_gives_payers_from_prevout_or_from_the_index() {
    let script = "76a914000000000000000000000000000000000000000088ac";
    let txid = |n: u8| hex(&[n; 32]);
    let block = |inputs: &str, n: u8| {
        format!(
            r#"{{"hash":"{}","height":{n},"time":1700000000,"tx":[{{"txid":"{}","vin":[{inputs}],"vout":[{{"value":0.00000001,"scriptPubKey":{{"hex":"{script}"}}}}]}}]}}"#,
            txid(0xb0 + n),
            txid(n),
        )
    };
    let prevout = format!(
        r#"{{"txid":"{}","vout":0,"prevout":{{"value":1.5,"scriptPubKey":{{"hex":"{script}"}}}}}}"#,
        txid(9)
    );
    let spends_first = format!(r#"{{"txid":"{}","vout":0}}"#, txid(1));
    let input = format!("{}\n{}\n", block(&prevout, 1), block(&spends_first, 2));
    let mut reader = CoreJsonReader::new(input.as_bytes(), Network::Bitcoin);
    let mut utxo = UtxoSet::new(10);
    let first = reader.next_block(&mut utxo).unwrap().unwrap();
    assert_eq!(first.transactions[0].inputs[0].1, Amount::from(150_000_000));
    let second = reader.next_block(&mut utxo).unwrap().unwrap();
    assert_eq!(second.transactions[0].inputs[0].1, Amount::from(1));
    assert_eq!(second.transactions[0].unknown_inputs, 0);
    assert!(reader.next_block(&mut utxo).unwrap().is_none());
}
