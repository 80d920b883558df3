//! Monero addresses: base58 in blocks of 8 bytes with a keccak checksum (Monero cryptonote
//! `base58.cpp`). They are compared as text, since nothing links them to the chain.

use model::{Address, AddressKind, Network};

use super::{AddressError, cut, shape};
use crate::ethereum::keccak256;

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// Characters of an encoded block of 0 to 8 bytes.
const ENCODED_LEN: [usize; 9] = [0, 2, 3, 5, 6, 7, 9, 10, 11];

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(80);
    for block in text.as_bytes().chunks(11) {
        let len = ENCODED_LEN.iter().position(|encoded| *encoded == block.len())?;
        let mut value: u128 = 0;
        for character in block {
            let digit = ALPHABET.iter().position(|a| a == character)?;
            value = value * 58 + digit as u128;
        }
        if value >> (8 * len) != 0 {
            return None;
        }
        bytes.extend_from_slice(&value.to_be_bytes()[16 - len..]);
    }
    Some(bytes)
}

pub(super) fn parse(network: Network, text: &str) -> Result<Address, AddressError> {
    if !matches!(text.len(), 95 | 106) {
        return Err(shape(network, text, "it needs 95 or 106 characters"));
    }
    let bytes = decode(text).ok_or_else(|| shape(network, text, "it is not Monero base58"))?;
    let (payload, checksum) = bytes.split_at(bytes.len() - 4);
    if keccak256(payload)[..4] != *checksum {
        return Err(AddressError::Checksum(cut(text)));
    }
    Ok(Address::from_32(AddressKind::Text, keccak256(text.as_bytes())))
}
