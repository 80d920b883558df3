//! The 72 ownership vectors of okx/proof-of-reserves (MIT).

use attest::Chain;
use attest::key::{AddressKey, AddressType};
use attest::ownership::{Claim, Control, MessageForm, Standing, recover_keys, verify};
use serde_json::Value;

use super::shared;

fn vectors() -> Option<Vec<Value>> {
    shared("okx_address_ownership_vectors.json").map(|text| serde_json::from_str(&text).unwrap())
}

fn text<'a>(vector: &'a Value, names: &[&str]) -> &'a str {
    names.iter().find_map(|name| vector[*name].as_str()).unwrap_or("")
}

fn some(texts: &[&str]) -> Vec<String> {
    texts.iter().filter(|text| !text.is_empty()).map(|text| (*text).to_owned()).collect()
}

fn chain(vector: &Value) -> Chain {
    let coin = match text(vector, &["test"]) {
        "TestBETHVerifySignature" => "BETH",
        "TestTRXVerifySignature" => "TRX",
        _ => text(vector, &["coin"]),
    };
    Chain::of_anchor(coin).unwrap_or_else(|| panic!("no chain for {vector}"))
}

fn claim(vector: &Value) -> Claim {
    Claim {
        chain: chain(vector),
        address: text(vector, &["addr"]).to_owned(),
        message: text(vector, &["msg"]).to_owned(),
        signatures: some(&[text(vector, &["sign", "sign1"]), text(vector, &["sign2"])]),
        script_or_keys: some(&[text(vector, &["script", "pub", "pubKey"])]),
        owners: Vec::new(),
        evidence: None,
    }
}

/// Vectors whose signature proves an address.
fn is_claim(vector: &Value) -> bool {
    let test = text(vector, &["test"]);
    test != "TestGuessUtxoCoinAddressType"
        && test != "TestUtxoCoinSigToPubKey"
        && !text(vector, &["addr"]).is_empty()
}

#[test]
fn every_published_signature_proves_its_address() {
    let Some(vectors) = vectors() else { return };
    assert_eq!(vectors.len(), 72);
    let mut failures = Vec::new();
    let mut proved = 0;
    for vector in vectors.iter().filter(|vector| is_claim(vector)) {
        match verify(&claim(vector), None) {
            Ok(found) => {
                assert_eq!(found.standing, Standing::Replayable);
                assert!(!found.is_full());
                let is_validator = text(vector, &["test"]) == "TestBETHVerifySignature";
                assert_eq!(found.control == Control::ValidatorKey, is_validator, "{vector}");
                proved += 1;
            }
            Err(error) => failures.push(format!("{}: {error}\n  {vector}", error.code())),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(proved, 58);
}

#[test]
fn a_published_signature_proves_nothing_else() {
    let Some(vectors) = vectors() else { return };
    for vector in vectors.iter().filter(|vector| is_claim(vector)) {
        let good = claim(vector);
        let mut other_message = good.clone();
        other_message.message.push('.');
        assert!(verify(&other_message, None).is_err(), "other message: {vector}");
        let mut no_signature = good.clone();
        no_signature.signatures.clear();
        assert_eq!(
            verify(&no_signature, None).unwrap_err().code(),
            "ownership.signature.missing",
            "{vector}"
        );
        let mut changed = good.clone();
        let signature = &mut changed.signatures[0];
        let place = signature.len() / 2;
        let digit = if &signature[place..=place] == "1" { "2" } else { "1" };
        signature.replace_range(place..=place, digit);
        assert!(verify(&changed, None).is_err(), "changed signature: {vector}");
        let mut no_address = good;
        no_address.address.pop();
        assert!(verify(&no_address, None).is_err(), "cut address: {vector}");
    }
}

#[test]
fn recovered_keys_are_the_published_ones() {
    let Some(vectors) = vectors() else { return };
    let mut checked = 0;
    for vector in vectors.iter().filter(|v| text(v, &["test"]) == "TestUtxoCoinSigToPubKey") {
        let keys =
            recover_keys(chain(vector), text(vector, &["msg"]), text(vector, &["sign"])).unwrap();
        assert_eq!(keys.len(), 1);
        assert_eq!(hex(&keys[0].1), text(vector, &["want"]), "{vector}");
        checked += 1;
    }
    // One vector names a key and no address.
    for vector in vectors.iter().filter(|v| v.get("addr").is_none() && v.get("pubKey").is_some()) {
        let ripple = Chain::of_anchor("XRP").unwrap();
        let keys = recover_keys(ripple, text(vector, &["msg"]), text(vector, &["sign"])).unwrap();
        assert_eq!(
            (keys[0].0, hex(&keys[0].1).as_str()),
            (MessageForm::Anchor, text(vector, &["pubKey"]))
        );
        checked += 1;
    }
    assert_eq!(checked, 7);
}

/// Two of the seven texts carry the checksum of another prefix (`bitcoincash:` before the payload of
/// an `ecash:` address). The anchor's tool goes by their look; here they are refused.
#[test]
fn address_types_are_told_by_version_and_checksum() {
    let Some(vectors) = vectors() else { return };
    let mut classified = 0;
    let mut refused = 0;
    for vector in vectors.iter().filter(|v| text(v, &["test"]) == "TestGuessUtxoCoinAddressType") {
        let address = text(vector, &["address"]);
        let coin = match address.split_once(':') {
            Some(("ecash", _)) => "XEC",
            Some(_) => "BCH",
            None => "BTC",
        };
        let key = AddressKey::parse(Chain::of_anchor(coin).unwrap(), address);
        if coin == "BCH" {
            assert_eq!(key.unwrap_err().code(), "ownership.address.undecodable");
            refused += 1;
            continue;
        }
        let expected = match text(vector, &["wants"]) {
            "P2WSH" => AddressType::WitnessScriptHash,
            "P2SH" => AddressType::ScriptHash,
            "P2PKH" => AddressType::PubkeyHash,
            other => panic!("{other}"),
        };
        assert_eq!(key.unwrap().address_type(), expected, "{address}");
        classified += 1;
    }
    assert_eq!((classified, refused), (5, 2));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
