//! CashAddr, the address form of Bitcoin Cash (specification: bitcoincashorg cashaddr.md).

use model::{Address, AddressKind, Network};

use super::{AddressError, cut, shape};

const CHARSET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const PREFIX: &str = "bitcoincash";

/// True for text with the prefix, or of the length and alphabet that go without it.
pub(super) fn looks_like(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.starts_with("bitcoincash:")
        || (lower.len() == 42 && (lower.starts_with('q') || lower.starts_with('p')))
}

fn polymod(values: impl Iterator<Item = u8>) -> u64 {
    const GENERATORS: [u64; 5] =
        [0x98_f2bc_8e61, 0x79_b76d_99e2, 0xf3_3e5f_b3c4, 0xae_2eab_e2a8, 0x1e_4f43_e470];
    let mut c: u64 = 1;
    for value in values {
        let top = c >> 35;
        c = (c & 0x07_ffff_ffff) << 5 ^ u64::from(value);
        for (bit, generator) in GENERATORS.iter().enumerate() {
            if top >> bit & 1 == 1 {
                c ^= generator;
            }
        }
    }
    c ^ 1
}

pub(super) fn parse(network: Network, text: &str) -> Result<Address, AddressError> {
    let has_both_cases = text.bytes().any(|b| b.is_ascii_lowercase())
        && text.bytes().any(|b| b.is_ascii_uppercase());
    if has_both_cases {
        return Err(shape(network, text, "it mixes upper and lower case"));
    }
    let lower = text.to_ascii_lowercase();
    let payload = lower.strip_prefix("bitcoincash:").unwrap_or(&lower);
    let values: Option<Vec<u8>> = payload
        .bytes()
        .map(|byte| CHARSET.iter().position(|c| *c == byte).map(|i| i as u8))
        .collect();
    let values = values
        .filter(|values| values.len() == 42)
        .ok_or_else(|| shape(network, text, "it needs 42 characters of the CashAddr alphabet"))?;
    let prefix = PREFIX.bytes().map(|byte| byte & 0x1f).chain([0]);
    if polymod(prefix.chain(values.iter().copied())) != 0 {
        return Err(AddressError::Checksum(cut(text)));
    }
    // 34 characters of 5 bits: a version byte, 20 bytes of hash, 2 bits of padding.
    let mut bytes = Vec::with_capacity(21);
    let (mut buffer, mut bits) = (0u32, 0);
    for value in &values[..34] {
        buffer = buffer << 5 | u32::from(*value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    if buffer != 0 {
        return Err(shape(network, text, "bits are set after its hash"));
    }
    let hash: [u8; 20] =
        bytes[1..21].try_into().map_err(|_| shape(network, text, "it needs 20 bytes of hash"))?;
    match bytes[0] {
        0 => Ok(Address::from_20(AddressKind::PubkeyHash, hash)),
        8 => Ok(Address::from_20(AddressKind::ScriptHash, hash)),
        _ => Err(shape(network, text, "its version byte has no meaning")),
    }
}
