//! Text forms of addresses, with every checksum that the form carries.

mod cashaddr;
mod monero;
mod ss58;

use bitcoin::bech32::{self, Hrp};
use model::{Address, AddressKind, Family, Network};
use sha2::{Digest, Sha256};

use crate::ethereum::keccak256;

/// Longest text that can be an address of any network we know (a Monero integrated address).
const TEXT_LEN_MAX: usize = 120;

/// Which check an address text failed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AddressError {
    /// Nothing between the quotes, or only blanks.
    #[error("address: it is empty; give the whole address as the wallet shows it")]
    Empty,
    /// Longer than any address.
    #[error("address: {0} characters are more than any {1} address has")]
    TooLong(usize, Network),
    /// Wrong alphabet or shape.
    #[error("address: '{text}' is not a {network} address: {problem}")]
    Shape {
        /// The text, cut to a readable length.
        text: String,
        /// For which network it was read.
        network: Network,
        /// What is wrong.
        problem: &'static str,
    },
    /// The checksum does not agree.
    #[error(
        "address: the checksum of '{0}' does not agree; a character is wrong or missing, copy the address again from its source"
    )]
    Checksum(String),
}

impl AddressError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            AddressError::Empty => "address.empty",
            AddressError::TooLong(..) => "address.too_long",
            AddressError::Shape { .. } => "address.shape",
            AddressError::Checksum(_) => "address.checksum",
        }
    }
}

/// Version bytes of base58check addresses and the human-readable part of segwit ones.
struct UtxoPrefixes {
    pubkey_hash: &'static [u8],
    script_hash: &'static [&'static [u8]],
    segwit_hrp: &'static [&'static str],
}

fn utxo_prefixes(family: Family) -> Option<UtxoPrefixes> {
    let prefixes = |pubkey_hash, script_hash, segwit_hrp| {
        Some(UtxoPrefixes { pubkey_hash, script_hash, segwit_hrp })
    };
    match family {
        Family::Bitcoin => prefixes(&[0x00], &[&[0x05]], &["bc"]),
        Family::BitcoinTest => prefixes(&[0x6f], &[&[0xc4]], &["tb", "bcrt"]),
        // Litecoin prints script hashes as M…, and accepts the older 3… form.
        Family::Litecoin => prefixes(&[0x30], &[&[0x32], &[0x05]], &["ltc"]),
        Family::BitcoinCash | Family::BitcoinSv => prefixes(&[0x00], &[&[0x05]], &[]),
        Family::BitcoinGold => prefixes(&[0x26], &[&[0x17]], &["btg"]),
        Family::Dogecoin => prefixes(&[0x1e], &[&[0x16]], &[]),
        Family::Dash => prefixes(&[0x4c], &[&[0x10]], &[]),
        Family::Zcash => prefixes(&[0x1c, 0xb8], &[&[0x1c, 0xbd]], &[]),
        Family::Verge => prefixes(&[0x1e], &[&[0x21]], &[]),
        Family::Evm
        | Family::Monero
        | Family::Tron
        | Family::Xrpl
        | Family::Substrate
        | Family::BnbBeacon => None,
    }
}

/// Reads an address of `network` from its text form. Blanks around it are ignored.
///
/// Checks: EIP-55 where the case is mixed, base58check, bech32 and bech32m (BIP-173, BIP-350),
/// CashAddr, SS58, Monero's keccak checksum.
///
/// # Errors
/// [`AddressError`] names the check that failed.
pub fn parse_address(network: Network, text: &str) -> Result<Address, AddressError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AddressError::Empty);
    }
    if text.len() > TEXT_LEN_MAX {
        return Err(AddressError::TooLong(text.chars().count(), network));
    }
    let family = network.family();
    match family {
        Family::Evm => parse_evm(network, text),
        Family::Tron => base58check_20(network, text, &[0x41]).map(Address::account20),
        Family::Xrpl => parse_xrpl(network, text),
        Family::Substrate => ss58::parse(network, text),
        Family::Monero => monero::parse(network, text),
        Family::BnbBeacon => parse_bnb(network, text),
        _ => parse_utxo(network, text),
    }
}

/// The text form of an address: EIP-55, base58check, bech32 or bech32m, SS58 with the generic
/// Polkadot prefix. Kinds without a text form give `script:…`, `witness:…` or `text:…` and the
/// hexadecimal bytes.
pub fn format_address(network: Network, address: &Address) -> String {
    let bytes = address.bytes();
    let family = network.family();
    let fallback = |prefix: &str| format!("{prefix}:{}", hex(bytes));
    match address.kind() {
        AddressKind::Account20 => match family {
            Family::Tron => base58check(&[0x41], bytes),
            Family::Xrpl => bs58::encode([&[0], bytes].concat())
                .with_alphabet(bs58::Alphabet::RIPPLE)
                .with_check()
                .into_string(),
            Family::BnbBeacon => {
                bech32::encode::<bech32::Bech32>(Hrp::parse_unchecked("bnb"), bytes)
                    .unwrap_or_else(|_| fallback("bnb"))
            }
            _ => eip55(bytes),
        },
        AddressKind::Account32 => ss58::format(bytes),
        AddressKind::PubkeyHash | AddressKind::ScriptHash => match utxo_prefixes(family) {
            Some(prefixes) if address.kind() == AddressKind::PubkeyHash => {
                base58check(prefixes.pubkey_hash, bytes)
            }
            Some(prefixes) => base58check(prefixes.script_hash[0], bytes),
            None => fallback("hash160"),
        },
        AddressKind::WitnessKeyHash | AddressKind::WitnessScriptHash | AddressKind::Taproot => {
            let version = if address.kind() == AddressKind::Taproot {
                bech32::segwit::VERSION_1
            } else {
                bech32::segwit::VERSION_0
            };
            let hrp = match network {
                Network::BitcoinRegtest => Some("bcrt"),
                _ => utxo_prefixes(family).and_then(|p| p.segwit_hrp.first().copied()),
            };
            hrp.and_then(|hrp| {
                bech32::segwit::encode(Hrp::parse_unchecked(hrp), version, bytes).ok()
            })
            .unwrap_or_else(|| fallback("witness"))
        }
        AddressKind::Script => fallback("script"),
        AddressKind::Text => fallback("text"),
        AddressKind::WitnessUnknown => fallback("witness"),
    }
}

/// EIP-55 mixed-case checksum form of 20 bytes.
fn eip55(bytes: &[u8]) -> String {
    let lower = hex(bytes);
    let digest = keccak256(lower.as_bytes());
    let mut text = String::with_capacity(42);
    text.push_str("0x");
    for (i, digit) in lower.chars().enumerate() {
        let nibble = digest[i / 2] >> (4 * (1 - i % 2)) & 0xf;
        text.push(if nibble >= 8 { digit.to_ascii_uppercase() } else { digit });
    }
    text
}

fn parse_evm(network: Network, text: &str) -> Result<Address, AddressError> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .ok_or_else(|| shape(network, text, "it does not begin with 0x"))?;
    let bytes: [u8; 20] = unhex(digits)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| shape(network, text, "it needs exactly 40 hexadecimal digits after 0x"))?;
    let is_mixed = digits.bytes().any(|b| b.is_ascii_lowercase())
        && digits.bytes().any(|b| b.is_ascii_uppercase());
    if is_mixed && eip55(&bytes)[2..] != *digits {
        return Err(AddressError::Checksum(text.to_owned()));
    }
    Ok(Address::account20(bytes))
}

fn parse_xrpl(network: Network, text: &str) -> Result<Address, AddressError> {
    let payload = bs58::decode(text)
        .with_alphabet(bs58::Alphabet::RIPPLE)
        .with_check(Some(0))
        .into_vec()
        .map_err(|e| base58_error(network, text, &e))?;
    let account: [u8; 20] =
        payload[1..].try_into().map_err(|_| shape(network, text, "it needs 20 bytes"))?;
    Ok(Address::account20(account))
}

fn parse_bnb(network: Network, text: &str) -> Result<Address, AddressError> {
    let (hrp, data) = bech32::decode(text).map_err(|_| AddressError::Checksum(cut(text)))?;
    if hrp.to_lowercase() != "bnb" {
        return Err(shape(network, text, "it does not begin with bnb1"));
    }
    let account: [u8; 20] =
        data.try_into().map_err(|_| shape(network, text, "it needs 20 bytes"))?;
    Ok(Address::account20(account))
}

fn parse_utxo(network: Network, text: &str) -> Result<Address, AddressError> {
    let prefixes = utxo_prefixes(network.family())
        .ok_or_else(|| shape(network, text, "the network has no such addresses"))?;
    if network.family() == Family::BitcoinCash && cashaddr::looks_like(text) {
        return cashaddr::parse(network, text);
    }
    let lower = text.to_ascii_lowercase();
    let is_segwit = prefixes
        .segwit_hrp
        .iter()
        .any(|hrp| lower.strip_prefix(hrp).is_some_and(|rest| rest.starts_with('1')));
    if is_segwit {
        let (hrp, version, program) =
            bech32::segwit::decode(text).map_err(|_| AddressError::Checksum(cut(text)))?;
        // The separator is the last 1 of the text: `bc1x1…` begins with `bc1`, and is of nobody.
        if !prefixes.segwit_hrp.contains(&hrp.to_lowercase().as_str()) {
            return Err(shape(network, text, "its human-readable part belongs to another network"));
        }
        return Ok(witness_address(version.to_u8(), &program));
    }
    let payload = bs58::decode(text)
        .with_check(None)
        .into_vec()
        .map_err(|e| base58_error(network, text, &e))?;
    let kinds = std::iter::once((prefixes.pubkey_hash, AddressKind::PubkeyHash))
        .chain(prefixes.script_hash.iter().map(|p| (*p, AddressKind::ScriptHash)));
    for (prefix, kind) in kinds {
        if let Some(hash) = payload.strip_prefix(prefix).and_then(|h| h.try_into().ok()) {
            return Ok(Address::from_20(kind, hash));
        }
    }
    Err(shape(network, text, "its version byte belongs to another network"))
}

/// The address of a witness program (BIP-141, BIP-341).
pub(crate) fn witness_address(version: u8, program: &[u8]) -> Address {
    match (version, program.len()) {
        (0, 20) => Address::from_20(
            AddressKind::WitnessKeyHash,
            program.try_into().expect("length was matched"),
        ),
        (0, 32) => Address::from_32(
            AddressKind::WitnessScriptHash,
            program.try_into().expect("length was matched"),
        ),
        (1, 32) => {
            Address::from_32(AddressKind::Taproot, program.try_into().expect("length was matched"))
        }
        _ => {
            let digest = Sha256::new().chain_update([version]).chain_update(program).finalize();
            Address::from_32(AddressKind::WitnessUnknown, digest.into())
        }
    }
}

fn base58check(version: &[u8], payload: &[u8]) -> String {
    bs58::encode([version, payload].concat()).with_check().into_string()
}

fn base58check_20(network: Network, text: &str, version: &[u8]) -> Result<[u8; 20], AddressError> {
    let payload = bs58::decode(text)
        .with_check(None)
        .into_vec()
        .map_err(|e| base58_error(network, text, &e))?;
    payload
        .strip_prefix(version)
        .and_then(|hash| hash.try_into().ok())
        .ok_or_else(|| shape(network, text, "its version byte belongs to another network"))
}

fn base58_error(network: Network, text: &str, error: &bs58::decode::Error) -> AddressError {
    match error {
        bs58::decode::Error::InvalidChecksum { .. } => AddressError::Checksum(cut(text)),
        bs58::decode::Error::InvalidVersion { .. } => {
            shape(network, text, "its version byte belongs to another network")
        }
        _ => shape(network, text, "it has a character outside the base58 alphabet or is too short"),
    }
}

pub(crate) fn shape(network: Network, text: &str, problem: &'static str) -> AddressError {
    AddressError::Shape { text: cut(text), network, problem }
}

pub(crate) fn cut(text: &str) -> String {
    text.chars().take(TEXT_LEN_MAX).collect()
}

/// Lower-case hexadecimal digits without prefix.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

/// Bytes of hexadecimal digits without prefix; `None` for odd length or other characters.
pub(crate) fn unhex(digits: &str) -> Option<Vec<u8>> {
    fn nibble(byte: u8) -> Option<u8> {
        char::from(byte).to_digit(16).map(|digit| digit as u8)
    }
    let digits = digits.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits.chunks_exact(2).map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?)).collect()
}

#[cfg(test)]
mod tests;
