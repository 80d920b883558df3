//! Bitcoin and its relatives: the coin's signed message, multisig scripts, BIP-322.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bitcoin::ScriptBuf;
use bitcoin::secp256k1::PublicKey;
use sha2::{Digest, Sha256};

use super::scripts::Multisig;
use super::secp::{Recoverable, hash160};
use super::{Claim, Control, Found, MessageForm, OwnershipError, bip322, digest};
use crate::chains::Coin;
use crate::encoding::unhex;
use crate::evidence::Level;
use crate::key::{AddressKey, AddressType};

/// Longest base64 of a signature: a BIP-322 transaction with a multisig of 16 keys.
const SIGNATURE_TEXT_MAX: usize = 8192;

pub(super) fn verify(
    coin: &Coin,
    key: &AddressKey,
    claim: &Claim,
) -> Result<Found, OwnershipError> {
    let first = claim.signatures.first().ok_or(OwnershipError::SignatureMissing)?;
    if !is_recoverable(first) {
        let [signature] = claim.signatures.as_slice() else {
            return Err(OwnershipError::malformed(
                "a BIP-322 signature is the only one of its row",
            ));
        };
        return bip322::verify(key, &claim.message, signature);
    }
    let signed = claim.signatures.iter().map(|text| recover(coin, &claim.message, text));
    let (forms, signed): (Vec<MessageForm>, Vec<PublicKey>) =
        signed.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    match key.address_type() {
        AddressType::PubkeyHash | AddressType::WitnessKeyHash => single_key(key, forms[0], &signed),
        AddressType::ScriptHash if claim.script_or_keys.is_empty() => {
            single_key(key, forms[0], &signed)
        }
        AddressType::ScriptHash | AddressType::WitnessScriptHash => {
            let script = script(key, claim)?;
            let multisig = Multisig::parse(&script)?;
            Ok(Found {
                form: forms[0],
                signers: multisig.accept(&signed)?,
                control: Control::Script {
                    threshold: multisig.threshold,
                    keys: multisig.keys.len(),
                },
                level: Level::Proof,
            })
        }
        AddressType::Taproot => Err(OwnershipError::malformed(
            "a taproot key does not sign this way; sign with BIP-322",
        )),
        _ => Err(OwnershipError::ScriptUnsupported("the address is of no type with a rule")),
    }
}

/// The address is the hash of the key, or of the script that nests the key's segwit program.
fn single_key(
    key: &AddressKey,
    form: MessageForm,
    signed: &[PublicKey],
) -> Result<Found, OwnershipError> {
    let [signer] = signed else {
        return Err(OwnershipError::malformed("an address of one key has one signature"));
    };
    let compressed = hash160(&signer.serialize());
    let is_match = match key.address_type() {
        AddressType::PubkeyHash => {
            key.bytes() == compressed || key.bytes() == hash160(&signer.serialize_uncompressed())
        }
        AddressType::WitnessKeyHash => key.bytes() == compressed,
        _ => key.bytes() == nested_program(0x14, &compressed),
    };
    if is_match {
        return Ok(Found::by_key(form, &signer.serialize()));
    }
    if key.address_type() == AddressType::ScriptHash {
        return Err(OwnershipError::ScriptMissing);
    }
    Err(OwnershipError::OtherKey { found: signer.to_string() })
}

/// hash160 of the script `0 <program>`: the P2SH form of a segwit program.
pub(super) fn nested_program(length: u8, program: &[u8]) -> [u8; 20] {
    hash160(&[&[0, length], program].concat())
}

/// The script of the claim, whose hash is the address: P2SH, P2WSH or P2WSH nested in P2SH.
fn script(key: &AddressKey, claim: &Claim) -> Result<ScriptBuf, OwnershipError> {
    let [text] = claim.script_or_keys.as_slice() else {
        return Err(OwnershipError::ScriptMissing);
    };
    let bytes = unhex(text).ok_or(OwnershipError::ScriptMalformed("it is not hexadecimal"))?;
    let witness_program: [u8; 32] = Sha256::digest(&bytes).into();
    let is_match = match key.address_type() {
        AddressType::WitnessScriptHash => key.bytes() == witness_program,
        _ => {
            key.bytes() == hash160(&bytes) || key.bytes() == nested_program(0x20, &witness_program)
        }
    };
    if is_match { Ok(ScriptBuf::from(bytes)) } else { Err(OwnershipError::ScriptOther) }
}

/// True for the 65 bytes of a recoverable signature, in base64 (whose last group then has one `=`)
/// or in the anchor's hexadecimal.
fn is_recoverable(text: &str) -> bool {
    text.starts_with("0x") || (text.len() == 88 && text.ends_with('='))
}

/// The key that made a recoverable signature over the message under the coin's header (base64),
/// or over the anchor's form (hexadecimal).
pub(super) fn recover(
    coin: &Coin,
    message: &str,
    text: &str,
) -> Result<(MessageForm, PublicKey), OwnershipError> {
    if text.starts_with("0x") {
        let digest = digest::keccak(MessageForm::Anchor, message).expect("the form is Keccak");
        return Ok((MessageForm::Anchor, Recoverable::from_hex(text)?.key(digest)?));
    }
    let bytes = decode_base64(text)?;
    let bytes: &[u8; 65] = bytes
        .as_slice()
        .try_into()
        .map_err(|_| OwnershipError::malformed("it is not of 65 bytes"))?;
    let key = Recoverable::from_header_first(bytes)?.key(digest::coin(coin.header, message))?;
    Ok((MessageForm::CoinSigned, key))
}

pub(super) fn decode_base64(text: &str) -> Result<Vec<u8>, OwnershipError> {
    if text.len() > SIGNATURE_TEXT_MAX {
        return Err(OwnershipError::malformed("it is longer than any signature"));
    }
    STANDARD.decode(text).map_err(|_| OwnershipError::malformed("it is not base64"))
}
