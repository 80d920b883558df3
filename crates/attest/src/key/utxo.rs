//! Addresses of Bitcoin and its relatives.

use bitcoin::bech32::segwit;
use chain::parse_address;
use model::AddressKind;

use super::{AddressType, Refused};
use crate::chains::Coin;
use crate::encoding::base32;

pub(super) fn read(coin: &Coin, text: &str) -> Result<(AddressType, Vec<u8>), Refused> {
    let Some(network) = coin.network else {
        return by_prefixes(coin, text);
    };
    let address =
        parse_address(network, text).map_err(|error| Refused::Undecodable(error.to_string()))?;
    let address_type = match address.kind() {
        AddressKind::PubkeyHash => AddressType::PubkeyHash,
        AddressKind::ScriptHash => AddressType::ScriptHash,
        AddressKind::WitnessKeyHash => AddressType::WitnessKeyHash,
        AddressKind::WitnessScriptHash => AddressType::WitnessScriptHash,
        AddressKind::Taproot => AddressType::Taproot,
        _ => return Err(Refused::UnknownType("a witness version without meaning yet")),
    };
    Ok((address_type, address.bytes().to_vec()))
}

fn by_prefixes(coin: &Coin, text: &str) -> Result<(AddressType, Vec<u8>), Refused> {
    let lower = text.to_ascii_lowercase();
    if !coin.cashaddr.is_empty()
        && (lower.starts_with(coin.cashaddr) || lower.starts_with(['q', 'p']))
    {
        return cashaddr(coin.cashaddr, text);
    }
    if !coin.segwit_hrp.is_empty() && lower.starts_with(&format!("{}1", coin.segwit_hrp)) {
        let (hrp, version, program) = segwit::decode(text)
            .map_err(|_| Refused::from("its bech32 checksum does not agree"))?;
        if hrp.to_lowercase() != coin.segwit_hrp {
            return Err("its human-readable part belongs to another chain".into());
        }
        return match (version.to_u8(), program.len()) {
            (0, 20) => Ok((AddressType::WitnessKeyHash, program)),
            (0, 32) => Ok((AddressType::WitnessScriptHash, program)),
            (1, 32) => Ok((AddressType::Taproot, program)),
            _ => Err(Refused::UnknownType("a witness version without meaning yet")),
        };
    }
    let payload = bs58::decode(text)
        .with_check(None)
        .into_vec()
        .map_err(|_| Refused::from("its base58 checksum does not agree"))?;
    for (version, address_type) in
        [(coin.pubkey_hash, AddressType::PubkeyHash), (coin.script_hash, AddressType::ScriptHash)]
    {
        if let Some(hash) = payload.strip_prefix(version).filter(|hash| hash.len() == 20) {
            return Ok((address_type, hash.to_vec()));
        }
    }
    Err("its version byte belongs to another chain".into())
}

/// CashAddr with another prefix than Bitcoin Cash's: the checksum covers the prefix.
fn cashaddr(prefix: &str, text: &str) -> Result<(AddressType, Vec<u8>), Refused> {
    let lower = text.to_ascii_lowercase();
    if text != lower && text != text.to_ascii_uppercase() {
        return Err("it mixes upper and lower case".into());
    }
    let payload = lower.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(':'));
    let bytes = base32::decode_checked(prefix, payload.unwrap_or(&lower), base32::BECH32)
        .ok_or_else(|| Refused::from("its CashAddr checksum does not agree"))?;
    match bytes.split_first() {
        Some((0, hash)) if hash.len() == 20 => Ok((AddressType::PubkeyHash, hash.to_vec())),
        Some((8, hash)) if hash.len() == 20 => Ok((AddressType::ScriptHash, hash.to_vec())),
        _ => Err(Refused::UnknownType("a CashAddr version without meaning")),
    }
}
