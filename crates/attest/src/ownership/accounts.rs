//! Accounts made of a secp256k1 key: EVM, Tron, Filecoin, the Cosmos family and others; contracts
//! by what the chain says of them.

use bitcoin::secp256k1::PublicKey;

use super::secp::{Recoverable, addresses, keccak20};
use super::{Claim, Control, Found, MessageForm, OwnershipError, control, digest};
use crate::chains::{Account, Form};
use crate::evidence::Level;
use crate::key::{AddressKey, AddressType};

const EVM_FORMS: &[MessageForm] =
    &[MessageForm::Eip191, MessageForm::Eip191OfHash, MessageForm::Anchor];

/// The forms in which a chain's wallets and the anchor sign.
pub(super) fn forms(form: Form) -> &'static [MessageForm] {
    match form {
        Form::Evm | Form::Secp256k1(Account::Filecoin | Account::Injective) => EVM_FORMS,
        Form::Tron => &[MessageForm::Tron, MessageForm::TronOfHash],
        Form::Secp256k1(_) => &[MessageForm::Anchor],
        _ => &[],
    }
}

/// The keys that the signature may be of, one for each form.
pub(super) fn recover(
    form: Form,
    message: &str,
    signature: &str,
) -> Result<Vec<(MessageForm, PublicKey)>, OwnershipError> {
    let signature = Recoverable::from_hex(signature)?;
    let digests =
        forms(form).iter().filter_map(|form| Some((*form, digest::keccak(*form, message)?)));
    let keys: Vec<_> =
        digests.filter_map(|(form, digest)| Some((form, signature.key(digest).ok()?))).collect();
    if keys.is_empty() { Err(OwnershipError::SignatureInvalid) } else { Ok(keys) }
}

pub(super) fn verify(key: &AddressKey, claim: &Claim) -> Result<Found, OwnershipError> {
    let form = claim.chain.form();
    if !claim.owners.is_empty() || claim.evidence.is_some() {
        let contract = match form {
            Form::Evm | Form::Secp256k1(Account::Filecoin | Account::Injective) => key.account20(),
            _ => None,
        };
        let contract = contract.ok_or(OwnershipError::EvidenceMissing(
            "only contracts of EVM chains are owned by other accounts; leave owner and evidence empty",
        ))?;
        return contract_owners(key, contract, claim);
    }
    let [signature] = claim.signatures.as_slice() else {
        return Err(OwnershipError::malformed("an account of one key has one signature"));
    };
    let candidates = recover(form, &claim.message, signature)?;
    let wanted = (key.address_type(), key.bytes());
    for (message_form, signer) in &candidates {
        let made = addresses(form, signer);
        if made.iter().any(|(made_type, bytes)| (*made_type, bytes.as_slice()) == wanted) {
            return Ok(Found::by_key(*message_form, &signer.serialize()));
        }
    }
    Err(OwnershipError::OtherKey { found: candidates[0].1.to_string() })
}

/// A contract: its own answer (EIP-1271), or its owners' signatures and what the state says of them.
fn contract_owners(
    key: &AddressKey,
    contract: [u8; 20],
    claim: &Claim,
) -> Result<Found, OwnershipError> {
    if let Some(control::ControlEvidence::Call(call)) = &claim.evidence {
        let level = call.check(forms(claim.chain.form()), key, claim)?;
        return Ok(Found {
            form: MessageForm::Eip1271,
            signers: vec![contract.to_vec()],
            control: Control::State { height: call.record.height },
            level,
        });
    }
    let (form, signers) = owners(claim)?;
    let (height, level) = control::owners_of(key, contract, &signers, claim)?;
    Ok(Found { form, signers, control: Control::State { height }, level })
}

/// The accounts of the owners that the claim names, each of which signed.
pub(super) fn owners(claim: &Claim) -> Result<(MessageForm, Vec<Vec<u8>>), OwnershipError> {
    if claim.owners.is_empty() || claim.owners.len() != claim.signatures.len() {
        return Err(OwnershipError::malformed("each owner has one signature, in the same order"));
    }
    let mut signers = Vec::with_capacity(claim.owners.len());
    let mut used = MessageForm::Eip191;
    for (owner, signature) in claim.owners.iter().zip(&claim.signatures) {
        let owner = AddressKey::parse(claim.chain, owner)?;
        let is_account = owner.address_type() == AddressType::Account;
        let candidates = recover(claim.chain.form(), &claim.message, signature)?;
        let by_owner = candidates
            .iter()
            .find(|(_, key)| is_account && keccak20(key).as_slice() == owner.bytes());
        let Some((form, _)) = by_owner else {
            return Err(OwnershipError::OtherKey { found: candidates[0].1.to_string() });
        };
        used = *form;
        signers.push(owner.bytes().to_vec());
    }
    signers.sort();
    signers.dedup();
    Ok((used, signers))
}

/// How surely a state is known that the claim's evidence records.
pub(super) fn state(form: MessageForm, signer: &[u8], height: u64, level: Level) -> Found {
    Found { form, signers: vec![signer.to_vec()], control: Control::State { height }, level }
}
