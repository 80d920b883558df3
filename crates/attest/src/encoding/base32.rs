//! Base32: five bits a character, in the alphabets that chains chose.

/// RFC 4648, as Stellar and (in lower case) Filecoin use it.
pub(crate) const RFC4648: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Conflux (CIP-37).
pub(crate) const CONFLUX: &[u8; 32] = b"abcdefghjkmnprstuvwxyz0123456789";
/// Bech32 and CashAddr.
pub(crate) const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/// Crockford's, as Stacks uses it.
const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Values of the characters; `None` for one outside the alphabet.
fn values(text: &str, alphabet: &[u8; 32]) -> Option<Vec<u8>> {
    text.bytes().map(|byte| alphabet.iter().position(|c| *c == byte).map(|i| i as u8)).collect()
}

/// Five-bit values as bytes; `None` when the bits left over are not zero or are a whole character.
fn bytes(values: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(values.len() * 5 / 8);
    let (mut buffer, mut bits) = (0u32, 0);
    for value in values {
        buffer = buffer << 5 | u32::from(*value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    (bits < 5 && buffer == 0).then_some(out)
}

/// Bytes of a text without padding.
pub(crate) fn decode(text: &str, alphabet: &[u8; 32]) -> Option<Vec<u8>> {
    bytes(&values(text, alphabet)?)
}

/// Bytes of a text whose last eight characters are the checksum of CashAddr over prefix and text
/// (Bitcoin Cash, eCash, Conflux).
pub(crate) fn decode_checked(prefix: &str, text: &str, alphabet: &[u8; 32]) -> Option<Vec<u8>> {
    let values = values(text, alphabet)?;
    let payload_len = values.len().checked_sub(8)?;
    let prefixed = prefix.bytes().map(|byte| byte & 0x1f).chain([0]).chain(values.iter().copied());
    if polymod(prefixed) != 0 {
        return None;
    }
    bytes(&values[..payload_len])
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

/// `N` bytes of a c32 number (SIP-005): big-endian, leading zeros as characters.
pub(crate) fn decode_c32<const N: usize>(text: &str) -> Option<[u8; N]> {
    let normal = text.to_ascii_lowercase().replace('o', "0").replace(['l', 'i'], "1");
    let mut out = [0u8; N];
    for value in values(&normal, CROCKFORD)? {
        let mut carry = u32::from(value);
        for byte in out.iter_mut().rev() {
            carry |= u32::from(*byte) << 5;
            *byte = carry as u8;
            carry >>= 8;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_left_over_must_be_zero() {
        assert_eq!(decode("mzxw6", RFC4648), Some(b"foo".to_vec()));
        assert_eq!(decode("mzxw7", RFC4648), None);
        assert_eq!(decode("mzxw6a", RFC4648), None);
        assert_eq!(decode("m!", RFC4648), None);
    }

    #[test]
    fn a_cashaddr_checksum_belongs_to_its_prefix() {
        let text = "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a";
        assert!(decode_checked("bitcoincash", text, BECH32).is_some());
        assert!(decode_checked("ecash", text, BECH32).is_none());
    }
}
