//! Recoverable signatures on secp256k1 and the addresses that its keys make.

use std::sync::LazyLock;

use bitcoin::hashes::{Hash, hash160};
use bitcoin::secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use bitcoin::secp256k1::{Message, PublicKey, Secp256k1, VerifyOnly};
use blake2::digest::consts::U20;
use blake2::{Blake2b, Digest};
use chain::ethereum::keccak256;
use sha2::Sha256;
use sha3::Sha3_256;

use super::OwnershipError;
use crate::chains::{Account, Form};
use crate::encoding::unhex_array;
use crate::key::AddressType;

/// Tables for verification; made once, they have no secret in them.
pub(super) static CONTEXT: LazyLock<Secp256k1<VerifyOnly>> =
    LazyLock::new(Secp256k1::verification_only);

/// A signature with the number that tells which of its keys made it.
pub(super) struct Recoverable(RecoverableSignature);

impl Recoverable {
    fn new(compact: &[u8], recovery_id: u8) -> Result<Recoverable, OwnershipError> {
        RecoveryId::from_i32(i32::from(recovery_id))
            .and_then(|id| RecoverableSignature::from_compact(compact, id))
            .map(Recoverable)
            .map_err(|_| OwnershipError::malformed("its numbers are out of range"))
    }

    /// From `0x`, r, s and v, as EVM wallets write it; v counts from 0, from 27, or from 31 for a
    /// compressed key.
    pub(super) fn from_hex(text: &str) -> Result<Recoverable, OwnershipError> {
        let bytes: [u8; 65] = unhex_array(text)
            .ok_or_else(|| OwnershipError::malformed("it needs 130 hexadecimal digits"))?;
        let recovery_id = match bytes[64] {
            v @ 0..=3 => v,
            v @ 27..=30 => v - 27,
            v @ 31..=34 => v - 31,
            _ => return Err(OwnershipError::malformed("its last byte is no recovery id")),
        };
        Recoverable::new(&bytes[..64], recovery_id)
    }

    /// From a header byte, r and s, as Bitcoin and EOS write it. Headers 27 to 42 tell the key's
    /// form and the address type too (BIP-137); the address is what decides here.
    pub(super) fn from_header_first(bytes: &[u8; 65]) -> Result<Recoverable, OwnershipError> {
        match bytes[0] {
            header @ 27..=42 => Recoverable::new(&bytes[1..], (header - 27) % 4),
            _ => Err(OwnershipError::malformed("its first byte is no recovery id")),
        }
    }

    /// The key that made it over `digest`.
    pub(super) fn key(&self, digest: [u8; 32]) -> Result<PublicKey, OwnershipError> {
        CONTEXT
            .recover_ecdsa(&Message::from_digest(digest), &self.0)
            .map_err(|_| OwnershipError::SignatureInvalid)
    }
}

/// SHA-256, then RIPEMD-160.
pub(super) fn hash160(bytes: &[u8]) -> [u8; 20] {
    hash160::Hash::hash(bytes).to_byte_array()
}

/// The last 20 bytes of Keccak over both coordinates.
pub(super) fn keccak20(key: &PublicKey) -> [u8; 20] {
    keccak256(&key.serialize_uncompressed()[1..])[12..].try_into().expect("12 + 20 = 32")
}

/// The addresses that `key` makes on a chain of accounts.
pub(super) fn addresses(form: Form, key: &PublicKey) -> Vec<(AddressType, Vec<u8>)> {
    let uncompressed = key.serialize_uncompressed();
    let account = |bytes: &[u8]| vec![(AddressType::Account, bytes.to_vec())];
    match form {
        Form::Evm | Form::Tron | Form::Secp256k1(Account::Injective) => account(&keccak20(key)),
        Form::Secp256k1(Account::Filecoin) => {
            let hash = Blake2b::<U20>::digest(uncompressed);
            let f1 = (AddressType::KeyAccount, hash.to_vec());
            vec![f1, (AddressType::Account, keccak20(key).to_vec())]
        }
        Form::Secp256k1(Account::Conflux) => {
            let mut bytes = keccak20(key);
            // CIP-37: users' addresses begin with the nibble 1.
            bytes[0] = bytes[0] & 0x0f | 0x10;
            account(&bytes)
        }
        Form::Secp256k1(Account::Aelf) => account(&Sha256::digest(Sha256::digest(uncompressed))),
        Form::Secp256k1(Account::CosmosSha(_) | Account::AvalancheX | Account::Xrpl) => {
            account(&hash160(&key.serialize()))
        }
        Form::Secp256k1(Account::Icon) => account(&Sha3_256::digest(&uncompressed[1..])[12..]),
        Form::Secp256k1(Account::Stacks) => [hash160(&key.serialize()), hash160(&uncompressed)]
            .iter()
            .flat_map(|h| account(h))
            .collect(),
        _ => Vec::new(),
    }
}
