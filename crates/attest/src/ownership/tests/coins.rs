//! Bitcoin and its relatives, among them every case that the anchor's tool lets through.

use bitcoin::bech32::{Hrp, segwit};
use sha2::{Digest, Sha256};

use super::*;
use crate::encoding::unhex;
use crate::ownership::coins::nested_program;
use secp::hash160;

fn base58(version: &[u8], hash: &[u8]) -> String {
    bs58::encode([version, hash].concat()).with_check().into_string()
}

fn segwit_address(version: u8, program: &[u8]) -> String {
    let version = bitcoin::bech32::Fe32::try_from(version).unwrap();
    segwit::encode(Hrp::parse("bc").unwrap(), version, program).unwrap()
}

/// The script of m of these keys, in hexadecimal.
fn multisig(threshold: u8, signers: &[&Signer]) -> String {
    let keys: String =
        signers.iter().map(|signer| format!("21{}", signer.compressed_hex())).collect();
    format!("{:02x}{keys}{:02x}ae", 0x50 + threshold, 0x50 + signers.len())
}

fn script_claim(script: &str, address: &str, signers: &[&Signer]) -> Claim {
    let signatures: Vec<String> =
        signers.iter().map(|signer| signer.coin(BITCOIN_HEADER, SENTENCE)).collect();
    let mut claim = claim(BITCOIN, address, SENTENCE, &signatures);
    claim.script_or_keys = vec![script.to_owned()];
    claim
}

fn p2sh(script: &str) -> String {
    base58(&[5], &hash160(&unhex(script).unwrap()))
}

fn p2wsh(script: &str) -> String {
    segwit_address(0, &Sha256::digest(unhex(script).unwrap()))
}

#[test]
fn one_key_proves_its_address_of_every_type_and_no_other() {
    let (signer, other) = (Signer::new(1), Signer::new(2));
    let hash = hash160(&signer.public().serialize());
    let addresses = [
        base58(&[0], &hash),
        base58(&[0], &hash160(&signer.public().serialize_uncompressed())),
        segwit_address(0, &hash),
        base58(&[5], &nested_program(0x14, &hash)),
    ];
    for address in addresses {
        let good = claim(BITCOIN, &address, SENTENCE, &[signer.coin(BITCOIN_HEADER, SENTENCE)]);
        let proved = verify(&good, None).unwrap();
        assert_eq!(proved.signers, [signer.public().serialize().to_vec()]);
        assert_eq!((proved.control, proved.level), (Control::Key, Level::Proof));
        let bad = claim(BITCOIN, &address, SENTENCE, &[other.coin(BITCOIN_HEADER, SENTENCE)]);
        assert!(
            ["ownership.signature.other_key", "ownership.script.missing"].contains(&refusal(&bad)),
            "{address}"
        );
        let mut two = good.clone();
        two.signatures.push(other.coin(BITCOIN_HEADER, SENTENCE));
        assert_eq!(refusal(&two), "ownership.signature.malformed", "{address}");
    }
}

#[test]
fn an_address_that_does_not_decode_for_the_coin_is_refused_not_passed() {
    let signature = Signer::new(1).coin(BITCOIN_HEADER, SENTENCE);
    for address in
        ["", "?", "LectSLekhkxEQBHofNFHa3pVHndnb4Z9fN", "1GhLyRg4zzFixW3ZY5ViFzT4W5zTT9h7Pd"]
    {
        let claim = claim(BITCOIN, address, SENTENCE, std::slice::from_ref(&signature));
        assert_eq!(refusal(&claim), "ownership.address.undecodable", "{address}");
    }
}

#[test]
fn an_address_of_unknown_type_is_refused_not_passed() {
    let signature = Signer::new(1).coin(BITCOIN_HEADER, SENTENCE);
    let address = "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs";
    let claim = claim(BITCOIN, address, SENTENCE, &[signature]);
    assert_eq!(refusal(&claim), "ownership.address.unknown_type");
}

#[test]
fn transparent_zcash_addresses_are_checked() {
    let zcash = "bip122:00040fe8ec8471911baa1db1266ea15d";
    let header = "Zcash Signed Message:\n";
    let (signer, other) = (Signer::new(1), Signer::new(2));
    let t1 = base58(&[0x1c, 0xb8], &hash160(&signer.public().serialize()));
    assert!(t1.starts_with("t1"));
    assert!(verify(&claim(zcash, &t1, SENTENCE, &[signer.coin(header, SENTENCE)]), None).is_ok());
    let bad = claim(zcash, &t1, SENTENCE, &[other.coin(header, SENTENCE)]);
    assert_eq!(refusal(&bad), "ownership.signature.other_key");
    let bitcoins = claim(zcash, &t1, SENTENCE, &[signer.coin(BITCOIN_HEADER, SENTENCE)]);
    assert_eq!(refusal(&bitcoins), "ownership.signature.other_key", "another coin's header");
    let script = multisig(2, &[&signer, &other]);
    let t3 = base58(&[0x1c, 0xbd], &hash160(&unhex(&script).unwrap()));
    assert!(t3.starts_with("t3"));
    let signatures = [signer.coin(header, SENTENCE), other.coin(header, SENTENCE)];
    let mut both = claim(zcash, &t3, SENTENCE, &signatures);
    both.script_or_keys = vec![script];
    assert!(verify(&both, None).is_ok());
    both.signatures.pop();
    assert_eq!(refusal(&both), "ownership.multisig.threshold");
}

#[test]
fn a_segwit_address_is_told_by_its_program_and_never_by_its_length() {
    let (signer, other) = (Signer::new(1), Signer::new(2));
    let signature = [other.coin(BITCOIN_HEADER, SENTENCE)];
    let key_address = segwit_address(0, &hash160(&signer.public().serialize()));
    assert_eq!(
        refusal(&claim(BITCOIN, &key_address, SENTENCE, &signature)),
        "ownership.signature.other_key"
    );
    let script_address = p2wsh(&multisig(1, &[&signer]));
    assert_eq!(
        refusal(&claim(BITCOIN, &script_address, SENTENCE, &signature)),
        "ownership.script.missing"
    );
    let taproot = segwit_address(1, &signer.public().x_only_public_key().0.serialize());
    assert_eq!(
        refusal(&claim(BITCOIN, &taproot, SENTENCE, &[signer.coin(BITCOIN_HEADER, SENTENCE)])),
        "ownership.signature.malformed",
        "taproot keys sign by BIP-322 only"
    );
}

#[test]
fn a_multisig_needs_as_many_distinct_keys_as_its_script_says() {
    let (a, b, c, stranger) = (Signer::new(1), Signer::new(2), Signer::new(3), Signer::new(4));
    for threshold in 1..=3u8 {
        let script = multisig(threshold, &[&a, &b, &c]);
        let nested = base58(&[5], &nested_program(0x20, &Sha256::digest(unhex(&script).unwrap())));
        for address in [p2sh(&script), p2wsh(&script), nested] {
            for signers in [&[&a][..], &[&a, &b], &[&c, &a], &[&a, &b, &c]] {
                let found = verify(&script_claim(&script, &address, signers), None);
                if signers.len() < usize::from(threshold) {
                    let code = found.unwrap_err().code();
                    assert_eq!(code, "ownership.multisig.threshold", "{address}");
                } else {
                    let control = found.unwrap().control;
                    let threshold = usize::from(threshold);
                    assert_eq!(control, Control::Script { threshold, keys: 3 });
                }
            }
        }
    }
    let script = multisig(2, &[&a, &b, &c]);
    let address = p2sh(&script);
    assert_eq!(
        refusal(&script_claim(&script, &address, &[&a, &a])),
        "ownership.multisig.threshold",
        "one signature twice"
    );
    assert_eq!(
        refusal(&script_claim(&script, &address, &[&a, &b, &stranger])),
        "ownership.signature.other_key"
    );
    let twice = multisig(2, &[&a, &a]);
    assert_eq!(
        refusal(&script_claim(&twice, &p2sh(&twice), &[&a, &a])),
        "ownership.multisig.threshold",
        "one key twice in the script"
    );
}

#[test]
fn a_script_must_be_the_address_and_nothing_but_a_multisig() {
    let (a, b) = (Signer::new(1), Signer::new(2));
    let script = multisig(1, &[&a, &b]);
    let address = p2sh(&script);
    let good = script_claim(&script, &address, &[&a]);
    assert!(verify(&good, None).is_ok());
    let with_script = |script: &str, address: &str| {
        let mut claim = good.clone();
        claim.address = address.to_owned();
        claim.script_or_keys = vec![script.to_owned()];
        refusal(&claim)
    };
    assert_eq!(with_script(&multisig(1, &[&b, &a]), &address), "ownership.script.other_address");
    assert_eq!(with_script("zz", &address), "ownership.script.malformed");
    for (odd, code) in [
        // OP_1, which anybody can spend.
        ("51".to_owned(), "ownership.script.unsupported"),
        // A multisig and a way around it.
        (format!("{script}7551"), "ownership.script.unsupported"),
        // 0 of 1.
        (format!("0021{}51ae", a.compressed_hex()), "ownership.script.unsupported"),
        // 2 of 1.
        (format!("5221{}51ae", a.compressed_hex()), "ownership.script.malformed"),
        // 1 of 2 with one key.
        (format!("5121{}52ae", a.compressed_hex()), "ownership.script.unsupported"),
        // A key that is no point.
        (format!("5121{}51ae", "05".repeat(33)), "ownership.script.malformed"),
        // A push that ends early.
        ("5121".to_owned(), "ownership.script.malformed"),
    ] {
        assert_eq!(with_script(&odd, &p2sh(&odd)), code, "{odd}");
    }
}

#[test]
fn signatures_out_of_range_are_refused() {
    let address = base58(&[0], &hash160(&Signer::new(1).public().serialize()));
    for bytes in [[0u8; 65], [0xff; 65], [31; 65].map(|_| 27)] {
        let signature = STANDARD.encode(bytes);
        let refused = refusal(&claim(BITCOIN, &address, SENTENCE, &[signature]));
        assert!(refused.starts_with("ownership.signature."), "{refused}");
    }
    for text in ["", "=", "0x", "0x00", &"A".repeat(87), &"A".repeat(10_000)] {
        let refused = refusal(&claim(BITCOIN, &address, SENTENCE, &[text.to_owned()]));
        assert!(refused.starts_with("ownership.signature."), "{text}: {refused}");
    }
}
