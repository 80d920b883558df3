//! The vectors of the BIP.

use serde_json::Value;

use super::*;
use crate::Chain;
use crate::encoding::hex;

fn vectors(group: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../../../tests/data/bip322.json")).unwrap();
    all[group].as_array().unwrap().clone()
}

fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field].as_str().unwrap()
}

fn key(vector: &Value) -> AddressKey {
    let bitcoin: Chain = "bip122:000000000019d6689c085ae165831e93".parse().unwrap();
    AddressKey::parse(bitcoin, text(vector, "address")).unwrap()
}

fn reversed_hex(bytes: [u8; 32]) -> String {
    hex(&bytes.into_iter().rev().collect::<Vec<u8>>())
}

#[test]
fn hashes_are_those_of_the_bip() {
    for vector in vectors("hashes") {
        let message = text(&vector, "message");
        assert_eq!(hex(&message_hash(message)), text(&vector, "message_hash"), "{message}");
        let to_spend = to_spend(output_script(&key(&vector)).unwrap(), message);
        let txid = to_spend.compute_txid().to_byte_array();
        assert_eq!(reversed_hex(txid), text(&vector, "to_spend_tx_hash"), "{message}");
        let txid = to_sign(&to_spend, Witness::new()).compute_txid().to_byte_array();
        assert_eq!(reversed_hex(txid), text(&vector, "to_sign_tx_hash"), "{message}");
    }
}

#[test]
fn the_signatures_of_the_bip_verify_and_time_locks_are_refused_by_name() {
    let mut judged = Vec::new();
    for (group, form) in [("simple", MessageForm::Bip322Simple), ("full", MessageForm::Bip322Full)]
    {
        for vector in vectors(group) {
            for signature in vector["signatures"].as_array().unwrap() {
                let signature = signature.as_str().unwrap();
                let found = verify(&key(&vector), text(&vector, "message"), signature);
                if text(&vector, "type").ends_with("time-lock") {
                    assert_eq!(found.err().unwrap().code(), "ownership.script.unsupported");
                    judged.push("refused");
                    continue;
                }
                let found = found.unwrap_or_else(|error| panic!("{error}: {vector}"));
                assert_eq!(found.form, form);
                if let Control::Script { threshold, .. } = found.control {
                    assert_eq!(found.signers.len(), threshold);
                }
                judged.push(group);
            }
        }
    }
    let count = |what: &str| judged.iter().filter(|group| **group == what).count();
    assert_eq!((count("simple"), count("full"), count("refused")), (10, 8, 2));
}

#[test]
fn the_wrong_signatures_of_the_bip_are_refused() {
    for vector in vectors("refused") {
        let (message, signature) = (text(&vector, "message"), text(&vector, "signature"));
        assert!(verify(&key(&vector), message, signature).is_err(), "{vector}");
    }
    assert_eq!(vectors("refused").len(), 36);
}

#[test]
fn a_signature_with_any_character_changed_is_refused() {
    let vector = &vectors("simple")[2];
    let message = text(vector, "message");
    let good = vector["signatures"][0].as_str().unwrap();
    for place in 3..good.len() {
        let other = if &good[place..=place] == "A" { "B" } else { "A" };
        let changed = [&good[..place], other, &good[place + 1..]].concat();
        assert!(verify(&key(vector), message, &changed).is_err(), "{place}");
        assert!(verify(&key(vector), message, &good[..place]).is_err(), "{place}");
    }
}

#[test]
fn a_taproot_signature_does_not_write_the_mark_that_is_left_out() {
    let (good, witness) = vectors("simple")
        .iter()
        .flat_map(|vector| {
            let signatures = vector["signatures"].as_array().unwrap().clone();
            signatures.into_iter().map(|signature| (vector.clone(), signature))
        })
        .filter(|(vector, _)| key(vector).address_type() == AddressType::Taproot)
        .map(|(vector, signature)| {
            let text = signature.as_str().unwrap().trim_start_matches("smp").to_owned();
            (vector, decode_base64(&text).unwrap())
        })
        .find(|(_, witness)| witness.len() == 66)
        .expect("a signature of 64 bytes is among them");
    use base64::Engine;
    let mut longer = witness.clone();
    longer[1] = 65;
    longer.push(0);
    let longer = base64::engine::general_purpose::STANDARD.encode(longer);
    let refused = verify(&key(&good), text(&good, "message"), &longer).err().unwrap();
    assert_eq!(refused.code(), "ownership.signature.invalid");
}
