//! Account chains without a published vector, and forms that wallets use.

use bitcoin::bech32::{Bech32, Hrp};
use ed25519_dalek::{Signer as _, SigningKey};
use proptest::prelude::*;
use sha3::Sha3_256;

use super::*;
use crate::chains::Account;
use secp::{hash160, keccak20};

fn bech32(hrp: &str, bytes: &[u8]) -> String {
    bitcoin::bech32::encode::<Bech32>(Hrp::parse(hrp).unwrap(), bytes).unwrap()
}

#[test]
fn a_key_proves_the_address_that_it_makes_on_every_chain() {
    use sha3::Digest;
    let (signer, other) = (Signer::new(7), Signer::new(8));
    let key = signer.public();
    let by_sha = hash160(&key.serialize());
    let by_keccak = keccak20(&key);
    let icon = &Sha3_256::digest(&key.serialize_uncompressed()[1..])[12..];
    let ripple = bs58::encode([&[0], &by_sha[..]].concat())
        .with_alphabet(bs58::Alphabet::RIPPLE)
        .with_check()
        .into_string();
    let tron = bs58::encode([&[0x41], &by_keccak[..]].concat()).with_check().into_string();
    for (chain, address) in [
        ("eip155:1", signer.evm_address()),
        ("eip155:56", signer.evm_address().to_uppercase().replace("0X", "0x")),
        ("eip155:66", bech32("ex", &by_keccak)),
        ("eip155:210425", bech32("lat", &by_keccak)),
        ("eip155:1666600000", bech32("one", &by_keccak)),
        ("fil:f", signer.evm_address()),
        ("tron:0x2b6653dc", tron),
        ("xrpl:0", ripple),
        ("icon:0x1", format!("hx{}", hex(icon))),
        ("cosmos:cosmoshub-4", bech32("cosmos", &by_sha)),
        ("cosmos:celestia", bech32("celestia", &by_sha)),
        ("cosmos:injective-1", bech32("inj", &by_keccak)),
        ("eip155:1776", signer.evm_address()),
        ("avax:imji8papUf2EhV3le337w1vgFauqkJg-", format!("X-{}", bech32("avax", &by_sha))),
    ] {
        let form = chain.parse::<Chain>().unwrap().form();
        for message_form in accounts::forms(form) {
            let signature = signer.account(*message_form, SENTENCE);
            let proved = verify(&claim(chain, &address, SENTENCE, &[signature]), None);
            let proved = proved.unwrap_or_else(|error| panic!("{chain}: {error}"));
            assert_eq!(proved.form, *message_form, "{chain}");
            let signature = other.account(*message_form, SENTENCE);
            let bad = claim(chain, &address, SENTENCE, &[signature]);
            assert_eq!(refusal(&bad), "ownership.signature.other_key", "{chain}");
        }
    }
}

#[test]
fn trons_newer_form_is_the_one_that_the_anchor_publishes() {
    // okx/proof-of-reserves, common/crypto_test.go (MIT).
    let signature = "0xaddfb6bc248de8de0051d3ea225496091af596a5fffed3ee19a93c827687974d3305f869a86208e03886ec9d1423bb264405b6ef0813b3751080f82bd7a906451c";
    let address = "TEjxQjU3CxkFrSDcPfHwZXSuPpCpdQ27NJ";
    let claim = claim("tron:0x2b6653dc", address, "hello world", &[signature.to_owned()]);
    assert_eq!(verify(&claim, None).unwrap().form, MessageForm::Tron);
}

#[test]
fn an_ed25519_key_signs_the_anchors_form_or_the_plain_text() {
    let secret = SigningKey::from_bytes(&[9; 32]);
    let public = secret.verifying_key().to_bytes();
    let address = bs58::encode(public).into_string();
    let solana = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp";
    for (form, bytes) in [
        (MessageForm::Anchor, digest::anchor(SENTENCE)),
        (MessageForm::Plain, SENTENCE.as_bytes().to_vec()),
    ] {
        let signature = hex(&secret.sign(&bytes).to_bytes());
        let good = claim(solana, &address, SENTENCE, std::slice::from_ref(&signature));
        assert_eq!(verify(&good, None).unwrap().form, form);
        let mut other = good.clone();
        other.script_or_keys =
            vec![hex(&SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes())];
        assert_eq!(refusal(&other), "ownership.signature.invalid");
        let mut of_other_address = good;
        of_other_address.address = bs58::encode([1; 32]).into_string();
        of_other_address.script_or_keys = vec![hex(&public)];
        assert_eq!(refusal(&of_other_address), "ownership.signature.other_key");
    }
}

#[test]
fn an_ed25519_key_of_small_order_signs_nothing() {
    // The neutral element: with it, R = s·B verifies for every message where checks are lax.
    let mut key = [0u8; 32];
    key[0] = 1;
    let mut signature = [0u8; 64];
    signature[0] = 1;
    let solana = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp";
    let address = bs58::encode(key).into_string();
    let bad = claim(solana, &address, SENTENCE, &[hex(&signature)]);
    assert_eq!(refusal(&bad), "ownership.signature.invalid");
}

#[test]
fn a_ton_wallet_of_each_standard_version_belongs_to_its_key_alone() {
    let key: [u8; 32] = crate::encoding::unhex_array(
        "3d2696e3d5cbc9047b338e6a56552db1d43ca6e063bc7aa667b18005984372d2",
    )
    .unwrap();
    // Computed apart from this crate from the published code of each wallet.
    for account in [
        "d537fcf5c676dfd6b9f4edf6c972a6d1ed1c3089cb75670eb867db1ece8e77eb",
        "39ae27d548273ca907e9097beae3324624fb00d043c20e859db60db7e0835fb6",
        "627c731183fdc90a4096374a4ad402183cca5ba9d4b89ff244aac96a4488662d",
        "8effb427bf631fae1fa084effaa22f68be5ed1fd65f581e155b714abf223f2f8",
    ] {
        let account = [&[0], &crate::encoding::unhex(account).unwrap()[..]].concat();
        assert!(ton::is_wallet_of(&account, &key));
        assert!(!ton::is_wallet_of(&account, &[1; 32]));
    }
}

#[test]
fn cardano_addresses_are_made_of_their_payment_key() {
    // CIP-19, test vectors: addr_vk, type-00, type-06.
    let text = "addr_vk1w0l2sr2zgfm26ztc6nl9xy8ghsk5sh6ldwemlpmp9xylzy4dtf7st80zhd";
    let key: [u8; 32] = bitcoin::bech32::decode(text).unwrap().1.try_into().unwrap();
    let cardano: Chain = "cip34:1-764824073".parse().unwrap();
    for address in [
        "addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3n0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgse35a3x",
        "addr1vx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzers66hrl8",
    ] {
        let address = AddressKey::parse(cardano, address).unwrap();
        assert!(ed25519::is_made_of(Account::Cardano, &address, &key));
        assert!(!ed25519::is_made_of(Account::Cardano, &address, &[1; 32]));
    }
}

#[test]
fn every_chain_of_accounts_has_a_form_to_sign() {
    assert!(!accounts::forms(Form::Secp256k1(Account::Icon)).is_empty());
    assert!(accounts::forms(Form::Starknet).is_empty(), "it has its own rule");
}

proptest! {
    #[test]
    fn no_claim_makes_the_verifier_panic_or_pass(
        place in 0usize..8,
        address in ".{0,70}",
        message in ".{0,40}",
        signatures in proptest::collection::vec("[0-9a-fx+/=]{0,140}", 0..3),
        scripts in proptest::collection::vec("[0-9a-f]{0,80}", 0..2),
    ) {
        let chains = ["eip155:1", BITCOIN, "tron:0x2b6653dc", "aptos:1", "starknet:SN_MAIN",
            "antelope:aca376f206b8fc25a6ed44dbdc66547c", "near:mainnet", "fil:f"];
        let mut claim = claim(chains[place], &address, &message, &signatures);
        claim.script_or_keys = scripts;
        prop_assert!(verify(&claim, None).is_err());
    }

    #[test]
    fn a_signature_of_one_text_is_none_of_another(a in "[ -~]{1,60}", b in "[ -~]{1,60}") {
        let signer = Signer::new(3);
        for form in accounts::forms(Form::Evm) {
            let signature = signer.account(*form, &a);
            let claim = claim("eip155:1", &signer.evm_address(), &b, &[signature]);
            prop_assert_eq!(verify(&claim, None).is_ok(), a == b);
        }
    }
}
