//! What the chain's state says of who controls an address, where the address does not say it:
//! contracts, names, keys that were changed, validators.

use std::collections::BTreeSet;

use super::{Claim, MessageForm, OwnershipError, digest};
use crate::encoding::unhex;
use crate::evidence::{AccountProof, Level, mapping_slot, state_header};
use crate::key::AddressKey;

/// Selector of `isValidSignature(bytes32,bytes)`, and the word that a contract answers (EIP-1271).
const EIP1271_MAGIC: [u8; 4] = [0x16, 0x26, 0xba, 0x7e];
/// Most sources of one record.
const SOURCES_MAX: usize = 16;

/// A reading of the chain and who made it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// The address that it is of.
    pub of: AddressKey,
    /// The height (or slot) of the reading.
    pub height: u64,
    /// Names of the independent sources that all gave this reading.
    pub sources: Vec<String>,
}

impl Record {
    /// Two independent sources, or one claim.
    pub(super) fn level(&self, key: &AddressKey) -> Result<Level, OwnershipError> {
        if self.of != *key {
            return Err(OwnershipError::contradicts("it is of another address"));
        }
        let names: BTreeSet<&str> = self.sources.iter().map(|name| name.trim()).collect();
        match names.len() {
            _ if names.contains("") || self.sources.len() > SOURCES_MAX => {
                Err(OwnershipError::contradicts("its sources are not named, or too many"))
            }
            0 => Err(OwnershipError::EvidenceMissing("the record names no source")),
            1 => Ok(Level::Claim),
            _ => Ok(Level::TwoSources),
        }
    }
}

/// What is known of the control of an address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ControlEvidence {
    /// The answer of a contract.
    Call(RecordedCall),
    /// The keys or accounts that the state names.
    Keys(RecordedKeys),
    /// The owners of a contract in its storage, proved against a block's header.
    Owners(Box<OwnersProof>),
    /// The withdrawal credentials of a validator.
    Withdrawal(WithdrawalCredentials),
}

/// A call of `isValidSignature` on the address of the claim, and its answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordedCall {
    /// When and by whom it was made.
    pub record: Record,
    /// Call data.
    pub input: Vec<u8>,
    /// What the contract returned.
    pub output: Vec<u8>,
}

/// Keys that control an address, read from the chain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordedKeys {
    /// When and by whom it was read.
    pub record: Record,
    /// Public keys, authentication keys (Aptos) or accounts of 20 bytes (EVM).
    pub keys: Vec<Vec<u8>>,
    /// How many of them it takes.
    pub threshold: usize,
}

/// The withdrawal credentials of a validator, read from the beacon chain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WithdrawalCredentials {
    /// When (slot) and by whom it was read.
    pub record: Record,
    /// The 32 bytes.
    pub credentials: [u8; 32],
}

/// Where a kind of contract keeps its owners. The caller says which code is trusted to do so; for
/// a Safe: owners in the mapping at slot 2, the threshold at slot 4, the implementation at slot 0.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnersLayout {
    /// Keccak of the contract's code.
    pub code_hash: [u8; 32],
    /// For a proxy: the slot of its implementation and the implementations that are trusted.
    pub implementation: Option<([u8; 32], Vec<[u8; 20]>)>,
    /// Slot of the mapping whose entry is not zero for an owner.
    pub owners: [u8; 32],
    /// Slot of the number of owners that it takes.
    pub threshold: [u8; 32],
}

/// A state proof of a contract's owners.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnersProof {
    /// What the contract is known to be.
    pub layout: OwnersLayout,
    /// Hash of the block that the round names.
    pub header_hash: [u8; 32],
    /// That block's header in RLP.
    pub header_rlp: Vec<u8>,
    /// EIP-1186 proof of the contract and the slots.
    pub proof: AccountProof,
}

impl RecordedCall {
    /// The call asked about this message and this signature, and the contract said yes.
    pub(super) fn check(
        &self,
        forms: &[MessageForm],
        key: &AddressKey,
        claim: &Claim,
    ) -> Result<Level, OwnershipError> {
        let [signature] = claim.signatures.as_slice() else {
            return Err(OwnershipError::malformed("a contract is asked about one signature"));
        };
        let signature =
            unhex(signature).ok_or_else(|| OwnershipError::malformed("it is not hexadecimal"))?;
        let asked = |form: &MessageForm| {
            digest::keccak(*form, &claim.message)
                .is_some_and(|digest| self.input == call_data(&digest, &signature))
        };
        if !forms.iter().any(asked) {
            return Err(OwnershipError::contradicts(
                "the call does not ask about this message and this signature",
            ));
        }
        let is_yes = self.output.len() == 32
            && self.output[..4] == EIP1271_MAGIC
            && self.output[4..].iter().all(|byte| *byte == 0);
        if !is_yes {
            return Err(OwnershipError::contradicts("the contract did not accept the signature"));
        }
        self.record.level(key)
    }
}

/// Call data of `isValidSignature(digest, signature)`.
pub(super) fn call_data(digest: &[u8; 32], signature: &[u8]) -> Vec<u8> {
    let mut data = [&EIP1271_MAGIC[..], &digest[..]].concat();
    data.extend(word(64));
    data.extend(word(signature.len() as u64));
    data.extend_from_slice(signature);
    data.resize(4 + 96 + signature.len().next_multiple_of(32), 0);
    data
}

fn word(number: u64) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&number.to_be_bytes());
    word
}

/// Checks that the state gives the address to `signers`; returns its height and how surely it is
/// known.
pub(super) fn keys_of(
    key: &AddressKey,
    signers: &[Vec<u8>],
    claim: &Claim,
) -> Result<(u64, Level), OwnershipError> {
    let Some(ControlEvidence::Keys(keys)) = &claim.evidence else {
        return Err(OwnershipError::EvidenceMissing(
            "the address does not follow from the key; give the keys that the chain's state names for it at the height of the round",
        ));
    };
    if signers.iter().any(|signer| !keys.keys.contains(signer)) {
        return Err(OwnershipError::contradicts(
            "the chain names other keys than the one that signed",
        ));
    }
    threshold(keys.threshold, signers)?;
    Ok((keys.record.height, keys.record.level(key)?))
}

/// The same for the owners of a contract, by record or by proof.
pub(super) fn owners_of(
    key: &AddressKey,
    contract: [u8; 20],
    signers: &[Vec<u8>],
    claim: &Claim,
) -> Result<(u64, Level), OwnershipError> {
    match &claim.evidence {
        Some(ControlEvidence::Keys(_)) => keys_of(key, signers, claim),
        Some(ControlEvidence::Owners(owners)) => owners.check(contract, signers),
        _ => Err(OwnershipError::EvidenceMissing(
            "nothing shows that these accounts own the contract; give a state proof of its owners, or a recorded call of isValidSignature, at the height of the round",
        )),
    }
}

fn threshold(needed: usize, signers: &[Vec<u8>]) -> Result<(), OwnershipError> {
    if needed == 0 {
        return Err(OwnershipError::contradicts("a threshold of nobody controls nothing"));
    }
    if signers.len() < needed {
        return Err(OwnershipError::Threshold { needed, got: signers.len() });
    }
    Ok(())
}

impl OwnersProof {
    fn check(
        &self,
        contract: [u8; 20],
        signers: &[Vec<u8>],
    ) -> Result<(u64, Level), OwnershipError> {
        let failed = |error: crate::evidence::EvidenceError| {
            OwnershipError::contradicts(format!("{} ({error})", error.code()))
        };
        let header = state_header(&self.header_rlp, self.header_hash).map_err(failed)?;
        let account = self.proof.verify(&header).map_err(failed)?;
        if self.proof.address != contract {
            return Err(OwnershipError::contradicts("the proof is of another contract"));
        }
        if account.code_hash != self.layout.code_hash {
            return Err(OwnershipError::contradicts("the contract has another code"));
        }
        let slot = |slot: [u8; 32]| {
            account.slot(slot).ok_or_else(|| OwnershipError::contradicts("a slot is not proved"))
        };
        if let Some((place, trusted)) = &self.layout.implementation {
            let value = slot(*place)?.to_be_bytes();
            if !trusted.iter().any(|address| value[..12] == [0; 12] && value[12..] == address[..]) {
                return Err(OwnershipError::contradicts("the proxy has another implementation"));
            }
        }
        for signer in signers {
            let holder = signer.as_slice().try_into().expect("owners are accounts of 20 bytes");
            if slot(mapping_slot(holder, self.layout.owners))?.is_zero() {
                return Err(OwnershipError::contradicts("one of the signers is no owner"));
            }
        }
        let needed = slot(self.layout.threshold)?.to_u128().and_then(|n| usize::try_from(n).ok());
        threshold(needed.unwrap_or(usize::MAX), signers)?;
        Ok((header.number, Level::Proof))
    }
}
