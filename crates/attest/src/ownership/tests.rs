//! What is proved and what is refused, with keys made here.

mod chains;
mod coins;
mod rounds;
mod state;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bitcoin::secp256k1::{Message, PublicKey, Secp256k1, SecretKey};

use super::*;
use crate::encoding::hex;

/// The key whose secret is this number.
pub(crate) struct Signer(SecretKey);

impl Signer {
    pub(crate) fn new(number: u8) -> Signer {
        let mut secret = [0; 32];
        secret[31] = number;
        Signer(SecretKey::from_slice(&secret).unwrap())
    }

    fn public(&self) -> PublicKey {
        self.0.public_key(&Secp256k1::new())
    }

    fn compressed_hex(&self) -> String {
        hex(&self.public().serialize())
    }

    fn recoverable(&self, digest: [u8; 32]) -> (u8, [u8; 64]) {
        let signature = Secp256k1::new()
            .sign_ecdsa_recoverable(&Message::from_digest(digest), &self.0)
            .serialize_compact();
        (signature.0.to_i32() as u8, signature.1)
    }

    /// A coin's signed message, in base64 with the header first.
    fn coin(&self, header: &str, message: &str) -> String {
        let (id, signature) = self.recoverable(digest::coin(header, message));
        STANDARD.encode([&[31 + id], &signature[..]].concat())
    }

    /// A message of an account, in hexadecimal with the recovery id last.
    pub(crate) fn account(&self, form: MessageForm, message: &str) -> String {
        let (id, signature) = self.recoverable(digest::keccak(form, message).unwrap());
        format!("0x{}{:02x}", hex(&signature), 27 + id)
    }

    pub(crate) fn evm_address(&self) -> String {
        format!("0x{}", hex(&secp::keccak20(&self.public())))
    }
}

fn claim(chain: &str, address: &str, message: &str, signatures: &[String]) -> Claim {
    Claim {
        chain: chain.parse().unwrap(),
        address: address.to_owned(),
        message: message.to_owned(),
        signatures: signatures.to_vec(),
        script_or_keys: Vec::new(),
        owners: Vec::new(),
        evidence: None,
    }
}

fn refusal(claim: &Claim) -> &'static str {
    match verify(claim, None) {
        Ok(proved) => panic!("{proved:?}"),
        Err(error) => error.code(),
    }
}

const BITCOIN: &str = "bip122:000000000019d6689c085ae165831e93";
const BITCOIN_HEADER: &str = "Bitcoin Signed Message:\n";
const SENTENCE: &str = "I am an example address";
