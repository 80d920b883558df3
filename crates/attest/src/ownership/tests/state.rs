//! Addresses whose holder only the chain's state tells.

use super::*;
use crate::evidence::tests::Trie;
use crate::evidence::{AccountProof, mapping_slot};
use control::call_data;
use ed25519_dalek::{Signer as _, SigningKey};

fn record(claim: &Claim, sources: &[&str]) -> Record {
    Record {
        of: AddressKey::parse(claim.chain, &claim.address).unwrap(),
        height: 100,
        sources: sources.iter().map(|name| (*name).to_owned()).collect(),
    }
}

const CONTRACT: &str = "0x57e2dcd253527a0f70c6a3de3556f6e6e163f19c";

/// Two owners who signed for a contract.
fn owned_contract() -> (Signer, Signer, Claim) {
    let (a, b) = (Signer::new(1), Signer::new(2));
    let signatures =
        [a.account(MessageForm::Eip191, SENTENCE), b.account(MessageForm::Eip191, SENTENCE)];
    let mut claim = claim("eip155:1", CONTRACT, SENTENCE, &signatures);
    claim.owners = vec![a.evm_address(), b.evm_address()];
    (a, b, claim)
}

#[test]
fn owners_of_a_contract_prove_nothing_without_evidence() {
    let (_, _, mut claim) = owned_contract();
    assert_eq!(refusal(&claim), "ownership.evidence.missing");
    claim.owners.swap(0, 1);
    assert_eq!(refusal(&claim), "ownership.signature.other_key");
    claim.owners.pop();
    assert_eq!(refusal(&claim), "ownership.signature.malformed");
}

#[test]
fn recorded_owners_count_by_their_sources_and_their_threshold() {
    let (a, b, mut claim) = owned_contract();
    let keys = [&a, &b].map(|owner| crate::encoding::unhex(&owner.evm_address()).unwrap()).to_vec();
    let of = claim.clone();
    let evidence = |sources: &[&str], threshold: usize, keys: &[Vec<u8>]| {
        let keys = keys.to_vec();
        Some(ControlEvidence::Keys(RecordedKeys { record: record(&of, sources), keys, threshold }))
    };
    claim.evidence = evidence(&["node"], 2, &keys);
    assert_eq!(verify(&claim, None).unwrap().level, Level::Claim);
    claim.evidence = evidence(&["node", "node "], 2, &keys);
    assert_eq!(verify(&claim, None).unwrap().level, Level::Claim, "one source twice");
    claim.evidence = evidence(&["node", "explorer"], 2, &keys);
    let proved = verify(&claim, None).unwrap();
    assert_eq!((proved.level, proved.control), (Level::TwoSources, Control::State { height: 100 }));
    claim.evidence = evidence(&[], 2, &keys);
    assert_eq!(refusal(&claim), "ownership.evidence.missing");
    claim.evidence = evidence(&["node"], 3, &keys);
    assert_eq!(refusal(&claim), "ownership.multisig.threshold");
    claim.evidence = evidence(&["node"], 0, &keys);
    assert_eq!(refusal(&claim), "ownership.evidence.contradicts");
    claim.evidence = evidence(&["node"], 2, &keys[..1]);
    assert_eq!(refusal(&claim), "ownership.evidence.contradicts");
    // One owner who signs twice is one owner.
    let (_, _, mut twice) = owned_contract();
    twice.owners[1] = twice.owners[0].clone();
    twice.signatures[1] = twice.signatures[0].clone();
    twice.evidence = evidence(&["node"], 2, &keys);
    assert_eq!(refusal(&twice), "ownership.multisig.threshold");
}

#[test]
fn a_contracts_own_answer_counts_for_this_message_and_signature_only() {
    let signature = [7u8; 70];
    let mut magic = vec![0u8; 32];
    magic[..4].copy_from_slice(&[0x16, 0x26, 0xba, 0x7e]);
    let digest = digest::keccak(MessageForm::Eip191, SENTENCE).unwrap();
    let asked = claim("eip155:1", CONTRACT, SENTENCE, &[]);
    let call = RecordedCall {
        record: record(&asked, &["node", "explorer"]),
        input: call_data(&digest, &signature),
        output: magic,
    };
    assert_eq!(call.input.len(), 4 + 3 * 32 + 96);
    let with = |call: RecordedCall| {
        let mut claim = claim("eip155:1", CONTRACT, SENTENCE, &[hex(&signature)]);
        claim.evidence = Some(ControlEvidence::Call(call));
        claim
    };
    let proved = verify(&with(call.clone()), None).unwrap();
    assert_eq!((proved.form, proved.level), (MessageForm::Eip1271, Level::TwoSources));
    let mut no = call.clone();
    no.output = vec![0; 32];
    assert_eq!(refusal(&with(no)), "ownership.evidence.contradicts");
    let mut longer = call.clone();
    longer.output.push(0);
    assert_eq!(refusal(&with(longer)), "ownership.evidence.contradicts");
    let mut other = with(call.clone());
    other.message.push('!');
    assert_eq!(refusal(&other), "ownership.evidence.contradicts");
    let mut other = with(call);
    other.signatures = vec![hex(&[8u8; 70])];
    assert_eq!(refusal(&other), "ownership.evidence.contradicts");
}

/// The storage of a Safe whose owners are these, and a proof of all its slots.
fn safe(owners: &[&Signer], threshold: u64) -> OwnersProof {
    let slot = |number: u8| {
        let mut slot = [0; 32];
        slot[31] = number;
        slot
    };
    let implementation = [0x5a; 20];
    let mut word = [0; 32];
    word[12..].copy_from_slice(&implementation);
    let mut storage = vec![(slot(0), model::Amount::from_be_bytes(word))];
    storage.push((slot(4), model::Amount::from_u128(threshold.into())));
    for owner in owners {
        let place = mapping_slot(secp::keccak20(&owner.public()), slot(2));
        storage.push((place, model::Amount::from_u128(1)));
    }
    let contract = crate::encoding::unhex_array(CONTRACT).unwrap();
    let trie = Trie::of_account(contract, model::Amount::from_u128(5), [0xcc; 32], &storage);
    OwnersProof {
        layout: OwnersLayout {
            code_hash: [0xcc; 32],
            implementation: Some((slot(0), vec![implementation])),
            owners: slot(2),
            threshold: slot(4),
        },
        header_hash: trie.header_hash,
        header_rlp: trie.header_rlp.clone(),
        proof: AccountProof::parse(trie.json.as_bytes()).unwrap(),
    }
}

#[test]
fn a_state_proof_of_the_owners_is_a_proof() {
    let (a, b, mut claim) = owned_contract();
    let stranger = Signer::new(9);
    let good = safe(&[&a, &b, &stranger], 2);
    claim.evidence = Some(ControlEvidence::Owners(Box::new(good.clone())));
    let proved = verify(&claim, None).unwrap();
    assert_eq!((proved.level, proved.control), (Level::Proof, Control::State { height: 100 }));
    assert_eq!(proved.signers.len(), 2);
    let mut refused = |evidence: OwnersProof| {
        claim.evidence = Some(ControlEvidence::Owners(Box::new(evidence)));
        refusal(&claim)
    };
    assert_eq!(refused(safe(&[&a, &b, &stranger], 3)), "ownership.multisig.threshold");
    assert_eq!(refused(safe(&[&a, &stranger], 2)), "ownership.evidence.contradicts");
    let mut other = good.clone();
    other.header_hash[0] ^= 1;
    assert_eq!(refused(other), "ownership.evidence.contradicts");
    let mut other = good.clone();
    other.layout.code_hash = [0; 32];
    assert_eq!(refused(other), "ownership.evidence.contradicts");
    let mut other = good.clone();
    other.layout.implementation = Some(([0; 32], vec![[0; 20]]));
    assert_eq!(refused(other), "ownership.evidence.contradicts");
    let mut other = good;
    other.proof.address = [1; 20];
    assert_eq!(refused(other), "ownership.evidence.contradicts");
}

#[test]
fn a_validator_belongs_to_its_withdrawal_account() {
    let signer = Signer::new(1);
    let validator = format!("0x{}", "ab".repeat(48));
    let signature = signer.account(MessageForm::Eip191OfHash, SENTENCE);
    let mut claim = claim("eip155:1", &validator, SENTENCE, &[signature]);
    claim.owners = vec![signer.evm_address()];
    assert_eq!(refusal(&claim), "ownership.evidence.missing");
    let mut credentials = [0; 32];
    credentials[12..].copy_from_slice(&secp::keccak20(&signer.public()));
    for (version, is_good) in [(1, true), (2, true), (0, false), (3, false)] {
        credentials[0] = version;
        claim.evidence = Some(ControlEvidence::Withdrawal(WithdrawalCredentials {
            record: record(&claim, &["beacon node", "explorer"]),
            credentials,
        }));
        let found = verify(&claim, None);
        assert_eq!(found.is_ok(), is_good, "{version}");
    }
    credentials[0] = 1;
    credentials[31] ^= 1;
    claim.evidence = Some(ControlEvidence::Withdrawal(WithdrawalCredentials {
        record: record(&claim, &["beacon node"]),
        credentials,
    }));
    assert_eq!(refusal(&claim), "ownership.evidence.contradicts");
}

#[test]
fn an_older_validator_belongs_to_the_bls_key_of_its_credentials() {
    use blst::min_pk::SecretKey;
    use sha2::{Digest, Sha256};
    let secret = SecretKey::key_gen(&[5; 32], &[]).unwrap();
    let public = secret.sk_to_pk().to_bytes();
    let digest = digest::keccak(MessageForm::Eip191OfHash, SENTENCE).unwrap();
    let signature = secret.sign(&digest, b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_", &[]);
    let validator = format!("0x{}", "ab".repeat(48));
    let mut claim = claim("eip155:1", &validator, SENTENCE, &[hex(&signature.to_bytes())]);
    claim.script_or_keys = vec![hex(&public)];
    let mut credentials: [u8; 32] = Sha256::digest(public).into();
    credentials[0] = 0;
    let evidence = |credentials: [u8; 32], of: &Claim| {
        let record = record(of, &["beacon node", "explorer"]);
        Some(ControlEvidence::Withdrawal(WithdrawalCredentials { record, credentials }))
    };
    claim.evidence = evidence(credentials, &claim);
    let proved = verify(&claim, None).unwrap();
    assert_eq!(proved.control, Control::State { height: 100 });
    credentials[9] ^= 1;
    claim.evidence = evidence(credentials, &claim);
    assert_eq!(refusal(&claim), "ownership.evidence.contradicts");
}

#[test]
fn a_name_belongs_to_the_key_that_the_chain_records_for_it() {
    let secret = SigningKey::from_bytes(&[9; 32]);
    let public = secret.verifying_key().to_bytes();
    let signature = hex(&secret.sign(&digest::anchor(SENTENCE)).to_bytes());
    for (chain, name) in [("near:mainnet", "reserve.near"), ("hedera:mainnet", "0.0.98")] {
        let mut claim = claim(chain, name, SENTENCE, std::slice::from_ref(&signature));
        assert_eq!(refusal(&claim), "ownership.key.missing");
        claim.script_or_keys = vec![hex(&public)];
        assert_eq!(refusal(&claim), "ownership.evidence.missing");
        let of = claim.clone();
        let keys = |keys: Vec<Vec<u8>>| {
            let record = record(&of, &["node", "explorer"]);
            Some(ControlEvidence::Keys(RecordedKeys { record, keys, threshold: 1 }))
        };
        claim.evidence = keys(vec![vec![1; 32]]);
        assert_eq!(refusal(&claim), "ownership.evidence.contradicts");
        claim.evidence = keys(vec![public.to_vec()]);
        assert_eq!(verify(&claim, None).unwrap().level, Level::TwoSources);
        let others = if chain == "near:mainnet" { "another.near" } else { "0.0.99" };
        claim.address = others.to_owned();
        assert_eq!(refusal(&claim), "ownership.evidence.contradicts", "a record of another name");
    }
}
