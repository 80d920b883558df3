//! Ethereum validators. The stake belongs to the withdrawal account, which is who signs; that it is
//! the withdrawal account is evidence from the beacon chain. The validator's own BLS key shows who
//! runs the validator, not whose money it is.

use bitcoin::hashes::{Hash, sha256};
use blst::BLST_ERROR;
use blst::min_pk::{PublicKey, Signature};

use super::control::ControlEvidence;
use super::{Claim, Control, Found, MessageForm, OwnershipError, accounts, digest};
use crate::encoding::{unhex, unhex_array};
use crate::key::AddressKey;

/// Domain of the proof-of-possession scheme (draft-irtf-cfrg-bls-signature), Ethereum's choice.
const DOMAIN: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

pub(super) fn verify(key: &AddressKey, claim: &Claim) -> Result<Found, OwnershipError> {
    let signature = match claim.signatures.as_slice() {
        [only] => unhex_array::<96>(only),
        _ => None,
    };
    let Some(ControlEvidence::Withdrawal(withdrawal)) = &claim.evidence else {
        let signature = signature.ok_or(OwnershipError::EvidenceMissing(
            "give the withdrawal credentials of the validator at the height of the round",
        ))?;
        check_bls(key.bytes(), &claim.message, &signature)?;
        let found = Found::by_key(MessageForm::ValidatorBls, key.bytes());
        return Ok(Found { control: Control::ValidatorKey, ..found });
    };
    let level = withdrawal.record.level(key)?;
    let height = withdrawal.record.height;
    let credentials = &withdrawal.credentials;
    if let Some(signature) = signature {
        // 0x00: the hash of a BLS key, which signs.
        let [withdrawal_key] = claim.script_or_keys.as_slice() else {
            return Err(OwnershipError::KeyMissing);
        };
        let withdrawal_key =
            unhex(withdrawal_key).ok_or(OwnershipError::KeyMalformed("it is not hexadecimal"))?;
        let hash = sha256::Hash::hash(&withdrawal_key).to_byte_array();
        if credentials[0] != 0 || credentials[1..] != hash[1..] {
            return Err(OwnershipError::contradicts(
                "the withdrawal credentials are not those of the key that signed",
            ));
        }
        check_bls(&withdrawal_key, &claim.message, &signature)?;
        return Ok(accounts::state(MessageForm::ValidatorBls, &withdrawal_key, height, level));
    }
    let (form, signers) = accounts::owners(claim)?;
    let [signer] = signers.as_slice() else {
        return Err(OwnershipError::EvidenceMissing(
            "the withdrawal account is one account; give the one that signs",
        ));
    };
    // 0x01 and 0x02 (EIP-7251): eleven zeros and the account.
    let is_account = matches!(credentials[0], 1 | 2)
        && credentials[1..12] == [0; 11]
        && credentials[12..] == signer[..];
    if !is_account {
        return Err(OwnershipError::contradicts(
            "the withdrawal credentials are not those of the account that signed",
        ));
    }
    Ok(accounts::state(form, signer, height, level))
}

/// A signature of the anchor's hash form by a validator key, both checked to be in their groups.
fn check_bls(key: &[u8], message: &str, signature: &[u8]) -> Result<(), OwnershipError> {
    let key = PublicKey::key_validate(key)
        .map_err(|_| OwnershipError::KeyMalformed("it is no key of BLS12-381"))?;
    let signature = Signature::sig_validate(signature, true)
        .map_err(|_| OwnershipError::malformed("it is no point of BLS12-381"))?;
    let digest = digest::keccak(MessageForm::Eip191OfHash, message).expect("the form is Keccak");
    match signature.verify(false, &digest, DOMAIN, &[], &key, false) {
        BLST_ERROR::BLST_SUCCESS => Ok(()),
        _ => Err(OwnershipError::SignatureInvalid),
    }
}
