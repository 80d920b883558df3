//! Accounts made of an Ed25519 key.

use blake2::digest::consts::{U28, U32};
use blake2::{Blake2b, Digest};
use ed25519_dalek::{Signature, VerifyingKey};
use sha3::Sha3_256;

use super::{Claim, Found, MessageForm, OwnershipError, accounts, control, digest, ton};
use crate::chains::Account;
use crate::encoding::{hex, unhex, unhex_array};
use crate::key::{AddressKey, AddressType};

/// Signature scheme of an Ed25519 key, before or after it in what Sui and Aptos hash.
const SCHEME_ED25519: u8 = 0;

pub(super) fn verify(
    account: Account,
    key: &AddressKey,
    claim: &Claim,
) -> Result<Found, OwnershipError> {
    let [signature] = claim.signatures.as_slice() else {
        return Err(OwnershipError::malformed("an account of one key has one signature"));
    };
    let signature: [u8; 64] = unhex_array(signature)
        .ok_or_else(|| OwnershipError::malformed("it needs 128 hexadecimal digits"))?;
    let public_key = public_key(key, claim)?;
    let form = signed_form(&public_key, &claim.message, &signature)?;
    if is_made_of(account, key, &public_key) {
        return Ok(Found::by_key(form, &public_key));
    }
    // The account may have been given this key later (Aptos), be another contract (TON), or have a
    // name (NEAR, Hedera). Only the chain's state can tell.
    let may_differ =
        matches!(account, Account::Aptos | Account::Ton) || key.address_type() == AddressType::Name;
    if !may_differ {
        return Err(OwnershipError::OtherKey { found: hex(&public_key) });
    }
    let controlling = match account {
        Account::Aptos => authentication_key(&public_key).to_vec(),
        _ => public_key.to_vec(),
    };
    let (height, level) = control::keys_of(key, &[controlling], claim)?;
    Ok(accounts::state(form, &public_key, height, level))
}

fn public_key(key: &AddressKey, claim: &Claim) -> Result<[u8; 32], OwnershipError> {
    let bytes = match claim.script_or_keys.as_slice() {
        [text] => unhex(text).ok_or(OwnershipError::KeyMalformed("it is not hexadecimal"))?,
        // The address is the key.
        [] if key.address_type() == AddressType::PublicKey => key.bytes().to_vec(),
        [] => return Err(OwnershipError::KeyMissing),
        _ => return Err(OwnershipError::KeyMalformed("an account of one key has one public key")),
    };
    bytes.try_into().map_err(|_| OwnershipError::KeyMalformed("it needs 32 bytes"))
}

/// Which form was signed. Strict verification: a key of small order would have one signature for
/// many messages.
fn signed_form(
    public_key: &[u8; 32],
    message: &str,
    signature: &[u8; 64],
) -> Result<MessageForm, OwnershipError> {
    let verifying = VerifyingKey::from_bytes(public_key)
        .map_err(|_| OwnershipError::KeyMalformed("it is no point of the curve"))?;
    let signature = Signature::from_bytes(signature);
    if verifying.verify_strict(&digest::anchor(message), &signature).is_ok() {
        return Ok(MessageForm::Anchor);
    }
    if verifying.verify_strict(message.as_bytes(), &signature).is_ok() {
        return Ok(MessageForm::Plain);
    }
    Err(OwnershipError::SignatureInvalid)
}

fn authentication_key(public_key: &[u8; 32]) -> [u8; 32] {
    Sha3_256::new().chain_update(public_key).chain_update([SCHEME_ED25519]).finalize().into()
}

/// True when the address follows from the key.
pub(super) fn is_made_of(account: Account, key: &AddressKey, public_key: &[u8; 32]) -> bool {
    let bytes = key.bytes();
    match account {
        Account::Aptos => bytes == authentication_key(public_key),
        Account::Sui => {
            let hash =
                Blake2b::<U32>::new().chain_update([SCHEME_ED25519]).chain_update(public_key);
            bytes == hash.finalize().as_slice()
        }
        Account::Ton => ton::is_wallet_of(bytes, public_key),
        // CIP-19: the payment credential follows the header.
        Account::Cardano => bytes[1..29] == Blake2b::<U28>::digest(public_key)[..],
        _ => key.address_type() == AddressType::PublicKey && bytes == public_key,
    }
}
