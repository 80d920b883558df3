//! Text forms of bytes: hexadecimal, base32 in its alphabets, and the checksums that go with them.

pub(crate) mod base32;
pub(crate) mod object;

/// Bytes of hexadecimal digits with or without `0x`; `None` for an odd length, nothing, or another
/// character.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let nibble = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = digits.as_bytes().chunks_exact(2);
    pairs.map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?)).collect()
}

/// Exactly `N` bytes of hexadecimal digits.
pub(crate) fn unhex_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    unhex(text)?.try_into().ok()
}

/// 32 bytes of a hexadecimal number that may have lost its leading zeros (Aptos, Sui, Starknet).
pub(crate) fn unhex_number(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    if digits.is_empty() || digits.len() > 64 {
        return None;
    }
    unhex_array(&format!("{digits:0>64}"))
}

/// Lower-case digits without prefix.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        text.push(char::from_digit(u32::from(byte >> 4), 16).expect("a nibble"));
        text.push(char::from_digit(u32::from(byte & 15), 16).expect("a nibble"));
        text
    })
}

/// Text of a foreign file, cut and made printable for an error message.
pub(crate) fn shown(text: &str) -> String {
    const SHOWN_CHARS: usize = 60;
    let printable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut cut: String = text.chars().take(SHOWN_CHARS).map(printable).collect();
    if text.chars().nth(SHOWN_CHARS).is_some() {
        cut.push('…');
    }
    cut
}

/// CRC-16/XMODEM: the checksum of Stellar and TON addresses.
pub(crate) fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc16_is_the_xmodem_one() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
    }

    #[test]
    fn hex_refuses_what_is_not_whole_bytes() {
        assert_eq!(unhex("0x00ff"), Some(vec![0, 255]));
        for wrong in ["", "0x", "0", "0x0g", "0x+1"] {
            assert_eq!(unhex(wrong), None, "{wrong}");
        }
        assert_eq!(unhex_number("0x1").unwrap()[31], 1);
    }
}
