use super::*;
use proptest::prelude::*;

fn key(chain: &str, text: &str) -> AddressKey {
    AddressKey::parse(chain.parse().unwrap(), text).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(chain: &str, text: &str) -> &'static str {
    AddressKey::parse(chain.parse().unwrap(), text).unwrap_err().code()
}

const BITCOIN: &str = "bip122:000000000019d6689c085ae165831e93";
const BITCOIN_CASH: &str = "bip122:000000000000000000651ef99cb9fcbe";
const LITECOIN: &str = "bip122:12a765e31ffd4059bada1e25190f6e98";

#[test]
fn every_text_form_of_one_address_has_one_key() {
    for (chain, texts) in [
        (
            BITCOIN,
            &[
                "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
                "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
            ][..],
        ),
        (
            BITCOIN_CASH,
            &[
                "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu",
                "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
                "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
                "BITCOINCASH:QPM2QSZNHKS23Z7629MMS6S4CWEF74VCWVY22GDX6A",
            ],
        ),
        (
            "eip155:1",
            &[
                "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
                "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
                " 0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED ",
            ],
        ),
        (
            "fil:f",
            &[
                "f410fa7sh5u6fvd7vt625dx2akhbu3jt7yvkhgdp55ki",
                "0x07e47ed3c5a8ff59fb5d1df4051c34da67fc5547",
            ],
        ),
        (
            "eip155:66",
            &[
                "ex1a0ugda5r0hc3vrzu9wyfkx22vz3g2y2paegqvc",
                "0xebf886f6837df1160c5c2b889b194a60a2851141",
            ],
        ),
        (
            "eip155:1776",
            &[
                "inj1a0ugda5r0hc3vrzu9wyfkx22vz3g2y2plefphh",
                "0xebf886f6837df1160c5c2b889b194a60a2851141",
            ],
        ),
        (
            "aptos:1",
            &[
                "0x4062a7375a1ab2bb8bc33d2c1cb2f6b0afa1cef98ea7a5afec7afc96675fe1d",
                "0x04062a7375a1ab2bb8bc33d2c1cb2f6b0afa1cef98ea7a5afec7afc96675fe1d",
            ],
        ),
        (
            "tvm:-239",
            &[
                "EQA5rifVSCc8qQfpCXvq4zJGJPsA0EPCDoWdtg234INftsWj",
                "0:39ae27d548273ca907e9097beae3324624fb00d043c20e859db60db7e0835fb6",
            ],
        ),
        ("starknet:SN_MAIN", &["0x0668a58a", "0x668a58a"]),
        ("stacks:1", &["SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7"]),
    ] {
        for text in texts {
            assert_eq!(key(chain, text), key(chain, texts[0]), "{text}");
        }
    }
    // SIP-005 names the hash of its example.
    let stacks = key("stacks:1", "SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7");
    assert_eq!(hex(stacks.bytes()), "a46ff88886c2ef9762d970b4d2c63678835bd39d");
    // Litecoin's script hashes in the old form and the new one.
    let hash = [7u8; 20];
    let text =
        |version: u8| bs58::encode([&[version], &hash[..]].concat()).with_check().into_string();
    assert_eq!(key(LITECOIN, &text(5)), key(LITECOIN, &text(50)));
}

#[test]
fn the_same_bytes_on_another_chain_are_another_address() {
    let text = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed";
    assert_ne!(key("eip155:1", text), key("eip155:137", text));
    assert_ne!(
        key(BITCOIN, "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu"),
        key(BITCOIN_CASH, "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu")
    );
}

#[test]
fn types_come_from_version_bytes_and_never_from_a_length() {
    let zcash = "bip122:00040fe8ec8471911baa1db1266ea15d";
    let transparent = |version: [u8; 2]| {
        bs58::encode([&version[..], &[1; 20]].concat()).with_check().into_string()
    };
    let (t1, t3) = (transparent([0x1c, 0xb8]), transparent([0x1c, 0xbd]));
    assert!(t1.starts_with("t1") && t3.starts_with("t3"));
    for (chain, text, expected) in [
        (BITCOIN, "1GhLyRg4zzFixW3ZY5ViFzT4W5zTT9h7Pc", AddressType::PubkeyHash),
        (BITCOIN, "3CHeHsCpH9QmX2hmbzkZinqjtUtqseNWrV", AddressType::ScriptHash),
        (BITCOIN, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", AddressType::WitnessKeyHash),
        (
            BITCOIN,
            "bc1quhruqrghgcca950rvhtrg7cpd7u8k6svpzgzmrjy8xyukacl5lkq0r8l2d",
            AddressType::WitnessScriptHash,
        ),
        (
            BITCOIN,
            "bc1pss0zhytly75awhm6x2hhvd5lnzv3vssgrf9axfheq8ldyzn88ges79fler",
            AddressType::Taproot,
        ),
        (zcash, t1.as_str(), AddressType::PubkeyHash),
        (zcash, t3.as_str(), AddressType::ScriptHash),
        (
            "ecash:mainnet",
            "ecash:qq8d5lh8c78sraajk2ndeqvgqjhdu58zny7etakvlm",
            AddressType::PubkeyHash,
        ),
        (
            "ecash:mainnet",
            "ecash:pzgm4hmxk35vkuphlz8v8lprsmppruf2a5l75ru30k",
            AddressType::ScriptHash,
        ),
        (
            "eip155:1",
            "0x82f5af1eb567301d0f71fe56e4bf8aa6e4ffa00c9ac92a8f67aae056b7f19e18be645f6d46c7862de8f1342fc4786853",
            AddressType::Validator,
        ),
        ("near:mainnet", "reserve.near", AddressType::Name),
        ("hedera:mainnet", "0.0.98", AddressType::Name),
    ] {
        assert_eq!(key(chain, text).address_type(), expected, "{text}");
    }
}

#[test]
fn what_cannot_be_decoded_gets_no_key() {
    for (chain, text) in [
        (BITCOIN, ""),
        (BITCOIN, "bc1"),
        (BITCOIN, "bc1qqqqqqqqqqqqqqqqqq"),
        // 74 characters after bc1: the anchor's tool calls this a script hash.
        (BITCOIN, &format!("bc1{}", "q".repeat(71))),
        (BITCOIN, "ltc1qzvcgmntglcuv4smv3lzj6k8szcvsrmvk0phrr9wfq8w493r096ssm2fgsw"),
        (BITCOIN, "LectSLekhkxEQBHofNFHa3pVHndnb4Z9fN"),
        (BITCOIN, "1GhLyRg4zzFixW3ZY5ViFzT4W5zTT9h7Pd"),
        // The checksum of CashAddr covers the prefix: this payload belongs to ecash.
        (BITCOIN_CASH, "bitcoincash:qq8d5lh8c78sraajk2ndeqvgqjhdu58zny7etakvlm"),
        ("eip155:1", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed"),
        ("eip155:1", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae"),
        ("eip155:137", &format!("0x{}", "ab".repeat(48))),
        ("fil:f", "f410fa7sh5u6fvd7vt625dx2akhbu3jt7yvkhgdp55kj"),
        ("tvm:-239", "EQA5rifVSCc8qQfpCXvq4zJGJPsA0EPCDoWdtg234INftsWk"),
        ("tvm:-239", "1:39ae27d548273ca907e9097beae3324624fb00d043c20e859db60db7e0835fb6"),
        ("stellar:pubnet", "GDMA3OUZHWTQ4RZBYEXR4VEZ7YGQNXOAMRSYRHDM5GSXH3UZQF5VGPXM"),
        ("starknet:SN_MAIN", "0x800000000000011000000000000000000000000000000000000000000000001"),
        ("aptos:1", "327dd297dfacf7c2d8207aaa23c0f0e8bcaf4c1612febbf63b9f7376810b8ec8"),
        ("stacks:1", "SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ8"),
        ("hedera:mainnet", "0.0.098"),
        ("near:mainnet", "Reserve.near"),
        ("antelope:aca376f206b8fc25a6ed44dbdc66547c", "Okbwallet"),
    ] {
        assert_eq!(refusal(chain, text), "ownership.address.undecodable", "{text}");
    }
}

#[test]
fn an_address_has_one_spelling_of_its_bits() {
    use bitcoin::bech32::{Bech32, Hrp, segwit};
    // Five-bit letters with a checksum of their own, whatever they spell.
    let letters = |hrp: &str, values: &[u8]| {
        use bitcoin::bech32::primitives::iter::Fe32IterExt;
        let hrp = Hrp::parse(hrp).unwrap();
        let values = values.iter().map(|v| bitcoin::bech32::Fe32::try_from(*v).unwrap());
        values.with_checksum::<Bech32>(&hrp).chars().collect::<String>()
    };
    let atom = "cosmos:cosmoshub-4";
    key(atom, &letters("cosmos", &[1; 32]));
    assert_eq!(refusal(atom, &letters("cosmos", &[1; 33])), "ownership.address.undecodable");
    let cardano = "cip34:1-764824073";
    let mut enterprise = vec![0; 47];
    enterprise[..2].copy_from_slice(&[0x0c, 0x04]);
    key(cardano, &letters("addr", &enterprise));
    enterprise[46] = 1;
    assert_eq!(
        refusal(cardano, &letters("addr", &enterprise)),
        "ownership.address.undecodable",
        "bits are set after the bytes"
    );
    // The separator is the last 1: this begins with `bc1`, and its part for people is `bc1x`.
    let program = [7; 20];
    for (chain, hrp) in [(BITCOIN, "bc1x"), ("bcd:mainnet", "bcd1x")] {
        let text = segwit::encode(Hrp::parse(hrp).unwrap(), segwit::VERSION_0, &program).unwrap();
        assert_eq!(refusal(chain, &text), "ownership.address.undecodable", "{text}");
    }
}

#[test]
fn forms_whose_owner_is_unknown_are_named_as_such() {
    for (chain, text) in [
        (BITCOIN, "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs"),
        ("fil:f", "f01234"),
        ("fil:f", "0xff00000000000000000000000000000000000064"),
        ("icon:0x1", "cx0000000000000000000000000000000000000000"),
        ("stacks:1", "SM2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKQVX8X0G"),
    ] {
        assert_eq!(refusal(chain, text), "ownership.address.unknown_type", "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_readers_panic(text in ".{0,80}", place in 0usize..46) {
        let chains = ["eip155:1", "eip155:66", "fil:f", BITCOIN, BITCOIN_CASH, "ecash:mainnet",
            "tron:0x2b6653dc", "xrpl:0", "conflux:1029", "aelf:AELF", "icon:0x1", "stacks:1",
            "cosmos:cosmoshub-4", "aptos:1", "tvm:-239", "stellar:pubnet", "cip34:1-764824073",
            "near:mainnet", "hedera:mainnet", "starknet:SN_MAIN"];
        let _ = AddressKey::parse(chains[place % chains.len()].parse().unwrap(), &text);
    }

    #[test]
    fn case_never_makes_a_second_key_of_an_evm_address(bytes: [u8; 20]) {
        let lower = format!("0x{}", hex(&bytes));
        let upper = format!("0x{}", hex(&bytes).to_uppercase());
        prop_assert_eq!(key("eip155:1", &lower), key("eip155:1", &upper));
    }

    #[test]
    fn distinct_accounts_have_distinct_keys(a: [u8; 20], b: [u8; 20]) {
        let key_of = |bytes: &[u8; 20]| key("eip155:1", &format!("0x{}", hex(bytes)));
        prop_assert_eq!(a == b, key_of(&a) == key_of(&b));
    }
}
