//! State tries made here, and what their proofs show.

use alloy_primitives::{B256, Bytes, U256};
use alloy_trie::proof::ProofRetainer;
use alloy_trie::{HashBuilder, Nibbles, TrieAccount};
use chain::ethereum::keccak256;
use model::Amount;
use proptest::prelude::*;

use super::*;
use crate::encoding::hex;

const HEIGHT: u64 = 100;

/// A state with one account that matters, its header and the proof that a node would give.
pub(crate) struct Trie {
    pub(crate) header_hash: [u8; 32],
    pub(crate) header_rlp: Vec<u8>,
    pub(crate) json: String,
}

/// Root of a trie with these leaves and the proof of each target.
fn trie(leaves: &[([u8; 32], Vec<u8>)], targets: &[[u8; 32]]) -> (B256, Vec<Vec<Bytes>>) {
    let mut sorted: Vec<(Nibbles, &[u8])> =
        leaves.iter().map(|(key, value)| (Nibbles::unpack(key), value.as_slice())).collect();
    sorted.sort();
    let targets: Vec<Nibbles> = targets.iter().map(Nibbles::unpack).collect();
    let mut builder =
        HashBuilder::default().with_proof_retainer(ProofRetainer::new(targets.clone()));
    for (key, value) in sorted {
        builder.add_leaf(key, value);
    }
    let root = builder.root();
    let nodes = builder.take_proof_nodes();
    let path = |target: &Nibbles| {
        nodes.matching_nodes_sorted(target).into_iter().map(|(_, node)| node).collect()
    };
    (root, targets.iter().map(path).collect())
}

fn json_list(nodes: &[Bytes]) -> String {
    let texts: Vec<String> = nodes.iter().map(|node| format!("\"0x{}\"", hex(node))).collect();
    format!("[{}]", texts.join(","))
}

fn word(amount: Amount) -> U256 {
    U256::from_be_bytes(amount.to_be_bytes())
}

fn quantity(amount: Amount) -> String {
    format!("{:#x}", word(amount))
}

impl Trie {
    pub(crate) fn of_account(
        address: [u8; 20],
        balance: Amount,
        code_hash: [u8; 32],
        storage: &[([u8; 32], Amount)],
    ) -> Trie {
        let leaves: Vec<([u8; 32], Vec<u8>)> = storage
            .iter()
            .filter(|(_, value)| !value.is_zero())
            .map(|(slot, value)| (keccak256(slot), alloy_rlp::encode(word(*value))))
            .collect();
        let targets: Vec<[u8; 32]> = storage.iter().map(|(slot, _)| keccak256(slot)).collect();
        let (storage_root, paths) = trie(&leaves, &targets);
        let account = TrieAccount::new(1, word(balance), storage_root, B256::from(code_hash));
        let mut accounts = vec![(keccak256(&address), alloy_rlp::encode(account))];
        for other in 1..=20u8 {
            let account = TrieAccount { nonce: other.into(), ..TrieAccount::default() };
            accounts.push((keccak256(&[other; 20]), alloy_rlp::encode(account)));
        }
        let (state_root, account_paths) = trie(&accounts, &[keccak256(&address)]);
        let header_rlp = header(state_root.0, HEIGHT);
        let slots: Vec<String> = storage
            .iter()
            .zip(&paths)
            .map(|((slot, value), path)| {
                let (key, value) = (hex(slot), quantity(*value));
                format!(r#"{{"key":"0x{key}","value":"{value}","proof":{}}}"#, json_list(path))
            })
            .collect();
        let json = format!(
            r#"{{"address":"0x{}","accountProof":{},"balance":"{}","codeHash":"0x{}","nonce":"0x1","storageHash":"0x{}","storageProof":[{}]}}"#,
            hex(&address),
            json_list(&account_paths[0]),
            quantity(balance),
            hex(&code_hash),
            hex(storage_root.as_slice()),
            slots.join(",")
        );
        Trie { header_hash: keccak256(&header_rlp), header_rlp, json }
    }

    fn header(&self) -> StateHeader {
        state_header(&self.header_rlp, self.header_hash).unwrap()
    }

    fn verify(&self) -> Result<AccountState, EvidenceError> {
        AccountProof::parse(self.json.as_bytes())?.verify(&self.header())
    }
}

/// A header with this root and height, and fifteen more fields.
fn header(state_root: [u8; 32], number: u64) -> Vec<u8> {
    let field = |place: u8| match place {
        3 => state_root.to_vec(),
        8 => number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect(),
        11 => vec![0x65, 0, 0, 0],
        _ => vec![place],
    };
    rlp_list(&(0..18).map(field).collect::<Vec<_>>())
}

fn rlp_list(fields: &[Vec<u8>]) -> Vec<u8> {
    let payload: Vec<u8> =
        fields.iter().flat_map(|field| alloy_rlp::encode(field.as_slice())).collect();
    let mut rlp = Vec::new();
    alloy_rlp::Header { list: true, payload_length: payload.len() }.encode(&mut rlp);
    rlp.extend(payload);
    rlp
}

const TOKEN: [u8; 20] = [0xda; 20];
const HOLDER: [u8; 20] = [0x11; 20];

fn layout() -> TokenLayout {
    TokenLayout { contract: TOKEN, code_hash: [0xcc; 32], balances: [2; 32], is_vyper: false }
}

fn token(balance: u128) -> Trie {
    let other = layout().slot_of([0x22; 20]);
    let storage = [
        (layout().slot_of(HOLDER), Amount::from_u128(balance)),
        (other, Amount::from_u128(1)),
        ([9; 32], Amount::MAX),
    ];
    Trie::of_account(TOKEN, Amount::from_u128(77), layout().code_hash, &storage)
}

#[test]
fn a_state_proof_shows_the_coin_and_the_tokens_of_an_account() {
    let state = token(1_000_000).verify().unwrap();
    assert_eq!(state.balance, Amount::from_u128(77));
    assert_eq!(state.token_balance(&layout(), HOLDER), Some(Amount::from_u128(1_000_000)));
    assert_eq!(state.token_balance(&layout(), [0x33; 20]), None, "its slot is not in the proof");
    assert_eq!(state.slot([9; 32]), Some(Amount::MAX));
}

#[test]
fn ethereums_first_state_holds_what_its_genesis_gave() {
    let bytes = |text: &str| crate::encoding::unhex(text).unwrap();
    let empty_root = alloy_trie::EMPTY_ROOT_HASH.to_vec();
    let fields = [
        vec![0; 32],
        bytes("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"),
        vec![0; 20],
        bytes("d7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544"),
        empty_root.clone(),
        empty_root,
        vec![0; 256],
        bytes("0400000000"),
        vec![],
        bytes("1388"),
        vec![],
        vec![],
        bytes("11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa"),
        vec![0; 32],
        bytes("0000000000000042"),
    ];
    let hash = "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3";
    let hash = crate::encoding::unhex_array(hash).unwrap();
    let header = state_header(&rlp_list(&fields), hash).unwrap();
    assert_eq!((header.number, header.time_s), (0, 0));
    let json = include_bytes!("../../tests/data/genesis_proof.json");
    let proof = AccountProof::parse(json).unwrap();
    let state = proof.verify(&header).unwrap();
    assert_eq!(state.balance, Amount::from_u128(200_000_000_000_000_000_000));
}

#[test]
fn a_slot_that_is_empty_is_proved_empty() {
    let state = token(0).verify().unwrap();
    assert_eq!(state.token_balance(&layout(), HOLDER), Some(Amount::ZERO));
}

#[test]
fn another_token_or_other_code_has_no_balance() {
    let state = token(5).verify().unwrap();
    let other = TokenLayout { contract: [1; 20], ..layout() };
    assert_eq!(state.token_balance(&other, HOLDER), None);
    let other = TokenLayout { code_hash: [1; 32], ..layout() };
    assert_eq!(state.token_balance(&other, HOLDER), None);
    let vyper = TokenLayout { is_vyper: true, ..layout() };
    assert_eq!(state.token_balance(&vyper, HOLDER), None);
}

#[test]
fn an_account_that_does_not_exist_is_proved_absent() {
    let absent = [0x77; 20];
    let accounts: Vec<([u8; 32], Vec<u8>)> = (1..=20u8)
        .map(|other| (keccak256(&[other; 20]), alloy_rlp::encode(TrieAccount::default())))
        .collect();
    let (root, paths) = trie(&accounts, &[keccak256(&absent)]);
    let json = format!(
        r#"{{"jsonrpc":"2.0","id":1,"result":{{"address":"0x{}","accountProof":{},"balance":"0x0","codeHash":"0x{}","nonce":"0x0","storageHash":"0x{}","storageProof":[]}}}}"#,
        hex(&absent),
        json_list(&paths[0]),
        hex(alloy_trie::KECCAK_EMPTY.as_slice()),
        hex(alloy_trie::EMPTY_ROOT_HASH.as_slice()),
    );
    let rlp = header(root.0, HEIGHT);
    let header = state_header(&rlp, keccak256(&rlp)).unwrap();
    let state = AccountProof::parse(json.as_bytes()).unwrap().verify(&header).unwrap();
    assert!(state.balance.is_zero());
    let richer = json.replace(r#""balance":"0x0""#, r#""balance":"0x1""#);
    let refused = AccountProof::parse(richer.as_bytes()).unwrap().verify(&header).unwrap_err();
    assert_eq!(refused.code(), "evidence.proof.invalid");
}

#[test]
fn a_claim_beyond_the_proof_is_refused() {
    let good = token(1_000_000);
    for (from, to) in [
        (r#""balance":"0x4d""#, r#""balance":"0x4e""#),
        (r#""nonce":"0x1""#, r#""nonce":"0x2""#),
        (r#""value":"0xf4240""#, r#""value":"0xf4241""#),
        (r#""value":"0xf4240""#, r#""value":"0x0""#),
    ] {
        let json = good.json.replace(from, to);
        assert_ne!(json, good.json, "{from}");
        let refused = Trie { json, ..token(1_000_000) }.verify().unwrap_err();
        assert_eq!(refused.code(), "evidence.proof.invalid", "{from}");
    }
    let other = token(2_000_000);
    let refused = AccountProof::parse(good.json.as_bytes()).unwrap().verify(&other.header());
    assert_eq!(refused.unwrap_err().code(), "evidence.proof.invalid", "another block");
}

#[test]
fn the_header_must_be_the_one_that_the_round_names() {
    let rlp = header([1; 32], HEIGHT);
    let parsed = state_header(&rlp, keccak256(&rlp)).unwrap();
    let expected = StateHeader { state_root: [1; 32], number: HEIGHT, time_s: 0x6500_0000 };
    assert_eq!(parsed, expected);
    assert_eq!(state_header(&rlp, [0; 32]).unwrap_err().code(), "evidence.header.other");
    for wrong in [
        vec![],
        vec![0xc0],
        vec![0x80],
        rlp[..rlp.len() - 1].to_vec(),
        [&rlp[..], &[0]].concat(),
        vec![0xc1; 5000],
        // Fields that are lists.
        [&[0xd0][..], &[0xc0; 16]].concat(),
    ] {
        let refused = state_header(&wrong, keccak256(&wrong)).unwrap_err();
        assert_eq!(refused.code(), "evidence.header.malformed", "{wrong:?}");
    }
}

#[test]
fn json_that_is_not_a_proof_is_refused_by_size_field_and_depth() {
    let good = token(5).json;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let unknown = good.replacen('{', r#"{"more":1,"#, 1);
    let twice = good.replacen('{', r#"{"nonce":"0x1","#, 1);
    for wrong in ["", "{}", "null", "[]", &deep, &unknown, &twice, &good[1..], &format!("{good}1")]
    {
        let refused = AccountProof::parse(wrong.as_bytes()).unwrap_err();
        assert_eq!(refused.code(), "evidence.proof.malformed");
    }
    for (from, to) in [
        ("0x4d", "77"),
        ("0x4d", "-0x4d"),
        ("0x4d", "NaN"),
        ("0x4d", &format!("0x1{}", "0".repeat(64))),
        (r#""nonce":"0x1""#, r#""nonce":"0x10000000000000000""#),
        (r#""nonce":"0x1""#, r#""nonce":1"#),
    ] {
        let refused = AccountProof::parse(good.replace(from, to).as_bytes()).unwrap_err();
        assert_eq!(refused.code(), "evidence.proof.malformed", "{to}");
    }
    // The values of a slot without their names.
    let listed = good.replacen(r#"{"key":"#, "[", 1).replacen(r#""value":"#, "", 1);
    let listed = listed.replacen(r#""proof":"#, "", 1).replacen("]}", "]]", 1);
    let refused = AccountProof::parse(listed.as_bytes()).unwrap_err();
    assert_eq!(refused.code(), "evidence.proof.malformed");
    assert!(refused.to_string().contains("an object"), "{refused}");
    let large = format!("{good}{}", " ".repeat(1 << 20));
    let long_node =
        good.replace("accountProof\":[", &format!("accountProof\":[\"0x{}\",", "00".repeat(2000)));
    let many =
        good.replace("accountProof\":[", &format!("accountProof\":[{}", "\"0x00\",".repeat(66)));
    for wrong in [large, long_node, many] {
        let refused = AccountProof::parse(wrong.as_bytes()).unwrap_err();
        assert_eq!(refused.code(), "evidence.proof.too_large");
    }
}

#[test]
fn sources_agree_or_are_refused() {
    let reading = |source: &str, height: u64, amount: u128| Reading {
        source: source.to_owned(),
        height,
        amount: Amount::from_u128(amount),
    };
    let one = [reading("exchange", 5, 7)];
    assert_eq!(agree(&one), Ok((Amount::from_u128(7), Level::Claim)));
    let same = [reading("node", 5, 7), reading(" node", 5, 7)];
    assert_eq!(agree(&same), Ok((Amount::from_u128(7), Level::Claim)));
    let two = [reading("node", 5, 7), reading("explorer", 5, 7)];
    assert_eq!(agree(&two), Ok((Amount::from_u128(7), Level::TwoSources)));
    for wrong in [
        [reading("node", 5, 7), reading("explorer", 6, 7)],
        [reading("node", 5, 7), reading("explorer", 5, 8)],
    ] {
        assert_eq!(agree(&wrong).unwrap_err().code(), "evidence.sources.disagree");
    }
    assert_eq!(agree(&[]).unwrap_err().code(), "evidence.sources.missing");
    assert_eq!(agree(&[reading(" ", 5, 7)]).unwrap_err().code(), "evidence.sources.missing");
}

#[test]
fn a_sum_that_does_not_fit_changes_nothing() {
    let mut summary = Summary::default();
    summary.add("ETH", Level::Claim, Amount::MAX).unwrap();
    let before = summary.clone();
    let refused = summary.add("ETH", Level::Proof, Amount::from_u128(1)).unwrap_err();
    assert_eq!(refused.code(), "evidence.sum.overflow");
    assert_eq!(summary, before);
    summary.add("BTC", Level::Proof, Amount::from_u128(1)).unwrap();
    assert_eq!(summary.assets().count(), 2);
}

proptest! {
    #[test]
    fn a_summary_keeps_levels_and_assets_apart(rows in proptest::collection::vec((0u8..3, 0usize..3, 0u64..), 0..40)) {
        let mut summary = Summary::default();
        let mut expected = [[0u128; 3]; 3];
        for (asset, level, amount) in &rows {
            let amount = u128::from(*amount);
            summary.add(&asset.to_string(), Level::ALL[*level], Amount::from_u128(amount)).unwrap();
            expected[usize::from(*asset)][*level] += amount;
        }
        for (asset, levels) in expected.iter().enumerate() {
            let sum = summary.asset(&asset.to_string());
            for level in Level::ALL {
                prop_assert_eq!(sum.at(level), Amount::from_u128(levels[level as usize]));
            }
            prop_assert_eq!(sum.total(), Amount::from_u128(levels.iter().sum()));
        }
    }

    #[test]
    fn a_proof_with_any_character_changed_proves_nothing_else(place in 0usize..4000, digit in "[0-9a-f]") {
        let good = token(1_000_000);
        let state = good.verify().unwrap();
        let place = place % good.json.len();
        let mut json = good.json.clone();
        json.replace_range(place..=place, &digit);
        if let Ok(changed) = (Trie { json, ..good }).verify() {
            prop_assert_eq!(changed.balance, state.balance);
            prop_assert_eq!(changed.code_hash, state.code_hash);
            for slot in [layout().slot_of(HOLDER), [9; 32]] {
                prop_assert!(changed.slot(slot).is_none_or(|value| Some(value) == state.slot(slot)));
            }
        }
    }

    #[test]
    fn no_bytes_make_the_readers_panic(bytes: Vec<u8>) {
        let _ = AccountProof::parse(&bytes);
        let _ = state_header(&bytes, keccak256(&bytes));
    }
}
