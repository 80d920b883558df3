//! EOS and WAX: a signature tells its key, and only the chain's state tells whose key that is.

use bitcoin::hashes::{Hash, ripemd160};
use bitcoin::secp256k1::PublicKey;

use super::secp::Recoverable;
use super::{Claim, Found, MessageForm, OwnershipError, accounts, control, digest};
use crate::key::AddressKey;

pub(super) fn verify(key: &AddressKey, claim: &Claim) -> Result<Found, OwnershipError> {
    let digest = digest::anchor_sha256(&claim.message);
    let mut signers = Vec::new();
    for text in &claim.signatures {
        let key = signature(text)?.key(digest)?;
        signers.push(key.serialize().to_vec());
    }
    for text in &claim.script_or_keys {
        let named = public_key(text)?.serialize().to_vec();
        if !signers.contains(&named) {
            return Err(OwnershipError::SignatureInvalid);
        }
    }
    signers.sort();
    signers.dedup();
    let (height, level) = control::keys_of(key, &signers, claim)?;
    let mut found = accounts::state(MessageForm::Anchor, &[], height, level);
    found.signers = signers;
    Ok(found)
}

/// Base58 with four bytes of RIPEMD-160 over the payload and a suffix.
fn checked(text: &str, suffix: &[u8]) -> Option<Vec<u8>> {
    let bytes = bs58::decode(text).into_vec().ok()?;
    let (payload, checksum) = bytes.split_at(bytes.len().checked_sub(4)?);
    let digest = ripemd160::Hash::hash(&[payload, suffix].concat()).to_byte_array();
    (digest[..4] == *checksum).then(|| payload.to_vec())
}

fn signature(text: &str) -> Result<Recoverable, OwnershipError> {
    let payload = text.strip_prefix("SIG_K1_").and_then(|body| checked(body, b"K1"));
    let bytes: [u8; 65] = payload
        .and_then(|payload| payload.try_into().ok())
        .ok_or_else(|| OwnershipError::malformed("it is no SIG_K1_ signature"))?;
    Recoverable::from_header_first(&bytes)
}

/// `EOS…` (the old form) or `PUB_K1_…`.
fn public_key(text: &str) -> Result<PublicKey, OwnershipError> {
    let payload = match text.strip_prefix("PUB_K1_") {
        Some(body) => checked(body, b"K1"),
        None => text.strip_prefix("EOS").and_then(|body| checked(body, b"")),
    };
    payload
        .and_then(|payload| PublicKey::from_slice(&payload).ok())
        .ok_or(OwnershipError::KeyMalformed("it is no EOS or PUB_K1_ key"))
}
