//! What is hashed when a message is signed.

use bitcoin::VarInt;
use bitcoin::consensus::Encodable;
use chain::ethereum::keccak256;
use sha2::{Digest, Sha256};

use super::MessageForm;

/// The header of the anchor's own form.
const ANCHOR_HEADER: &str = "OKX Signed Message:\n";

/// A text with its length before it, as Bitcoin writes it.
fn push_var_str(out: &mut Vec<u8>, text: &str) {
    VarInt::from(text.len()).consensus_encode(out).expect("a vector grows");
    out.extend_from_slice(text.as_bytes());
}

/// Header and text, each with its length.
fn var_strs(header: &str, message: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(header.len() + message.len() + 6);
    push_var_str(&mut out, header);
    push_var_str(&mut out, message);
    out
}

/// The bytes of the anchor's own form, before hashing.
pub(super) fn anchor(message: &str) -> Vec<u8> {
    var_strs(ANCHOR_HEADER, message)
}

/// Double SHA-256 under a coin's header.
pub(super) fn coin(header: &str, message: &str) -> [u8; 32] {
    Sha256::digest(Sha256::digest(var_strs(header, message))).into()
}

/// The anchor's form under SHA-256, as EOS hashes.
pub(super) fn anchor_sha256(message: &str) -> [u8; 32] {
    Sha256::digest(anchor(message)).into()
}

/// The digest of a form that ends in Keccak. EIP-191 and TIP-191 write the length in decimals.
pub(super) fn keccak(form: MessageForm, message: &str) -> Option<[u8; 32]> {
    let text = |header: &str, body: &[u8]| {
        let length = body.len().to_string();
        keccak256(&[header.as_bytes(), length.as_bytes(), body].concat())
    };
    const ETHEREUM: &str = "\x19Ethereum Signed Message:\n";
    const TRON: &str = "\x19TRON Signed Message:\n";
    Some(match form {
        MessageForm::Eip191 => text(ETHEREUM, message.as_bytes()),
        MessageForm::Eip191OfHash => text(ETHEREUM, &keccak256(message.as_bytes())),
        MessageForm::Tron => text(TRON, message.as_bytes()),
        MessageForm::TronOfHash => text(TRON, &keccak256(message.as_bytes())),
        MessageForm::Anchor => keccak256(&anchor(message)),
        _ => return None,
    })
}
