//! Addresses of account chains. Every checksum that a form carries is checked.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use bitcoin::bech32;
use blake2::digest::consts::U4;
use blake2::{Blake2b, Digest};
use chain::parse_address;
use model::Network;
use sha2::Sha256;
use starknet_crypto::Felt;

use super::{AddressType, Refused};
use crate::chains::Account;
use crate::encoding::{base32, crc16, unhex_array, unhex_number};

type Read = Result<(AddressType, Vec<u8>), Refused>;

/// DER header of an Ed25519 public key, which Hedera writes before the key of an alias.
const HEDERA_DER: &str = "302a300506032b6570032100";
/// Stellar's version byte of an account: 6 << 3.
const STELLAR_ACCOUNT: u8 = 48;
/// c32 version of a Stacks account with one key on the main network: the P in SP.
const STACKS_ONE_KEY: u8 = 22;

/// A form that `chain` reads.
pub(super) fn of_network(network: Network, text: &str) -> Read {
    let address =
        parse_address(network, text).map_err(|error| Refused::Undecodable(error.to_string()))?;
    Ok((AddressType::Account, address.bytes().to_vec()))
}

/// Bech32 of 20 bytes.
pub(super) fn bech32_20(hrp: &str, text: &str) -> Read {
    let payload = bech32_payload(hrp, text)?;
    if payload.len() != 20 {
        return Err("it needs 20 bytes".into());
    }
    Ok((AddressType::Account, payload))
}

fn bech32_payload(hrp: &str, text: &str) -> Result<Vec<u8>, Refused> {
    let checked = bech32::primitives::decode::CheckedHrpstring::new::<bech32::Bech32>(text)
        .map_err(|_| Refused::from("its bech32 checksum does not agree"))?;
    if checked.hrp().to_lowercase() != hrp {
        return Err(Refused::Undecodable(format!("it does not begin with {hrp}1")));
    }
    // Bits that are left over would make a second text of one address.
    let data = String::from_utf8_lossy(checked.data_part_ascii_no_checksum()).to_ascii_lowercase();
    base32::decode(&data, base32::BECH32)
        .ok_or_else(|| Refused::from("bits are set after its bytes"))
}

pub(super) fn read(account: Account, text: &str) -> Read {
    match account {
        Account::Filecoin => filecoin(text),
        Account::Conflux => conflux(text),
        Account::Aelf => aelf(text),
        Account::CosmosSha(hrp) => bech32_20(hrp, text),
        Account::Injective if text.starts_with("0x") => of_network(Network::ETHEREUM, text),
        Account::Injective => bech32_20("inj", text),
        Account::AvalancheX => {
            let rest = text.strip_prefix("X-").ok_or("it does not begin with X-")?;
            bech32_20("avax", rest)
        }
        Account::Icon => icon(text),
        Account::Stacks => stacks(text),
        Account::Xrpl => of_network(Network::Xrpl, text),
        Account::Solana => {
            let key = bs58::decode(text).into_vec().ok().filter(|key| key.len() == 32);
            Ok((AddressType::PublicKey, key.ok_or("it needs 32 bytes of base58")?))
        }
        Account::Aptos | Account::Sui => {
            let account = unhex_number(text).ok_or("it needs 0x and at most 64 digits")?;
            Ok((AddressType::Account, account.to_vec()))
        }
        Account::Ton => ton(text),
        Account::Substrate => {
            of_network(Network::Polkadot, text).map(|(_, key)| (AddressType::PublicKey, key))
        }
        Account::Stellar => stellar(text),
        Account::Cardano => cardano(text),
        Account::Near => near(text),
        Account::Hedera => hedera(text),
    }
}

/// `f1…` (a key's hash), `f410f…` and `0x…` (one account in two forms). An id (`f0…`) would be a
/// second name of either, so it is refused.
pub(super) fn filecoin(text: &str) -> Read {
    if text.starts_with("0x") {
        let (address_type, account) = of_network(Network::ETHEREUM, text)?;
        return no_masked_id(&account).map(|()| (address_type, account));
    }
    let lower = text.to_ascii_lowercase();
    let (protocol, rest, address_type): (&[u8], &str, _) = match lower.as_bytes() {
        [b'f', b'1', ..] => (&[1], &lower[2..], AddressType::KeyAccount),
        [b'f', b'4', b'1', b'0', b'f', ..] => (&[4, 10], &lower[5..], AddressType::Account),
        [b'f', b'0' | b'2' | b'3' | b'4', ..] => {
            return Err(Refused::UnknownType(
                "an actor's id or a BLS key; give its f1 or f410 address",
            ));
        }
        _ => return Err("it begins with none of f1, f410f and 0x".into()),
    };
    let bytes = base32::decode(rest, base32::RFC4648).filter(|bytes| bytes.len() == 24);
    let bytes = bytes.ok_or("it needs 20 bytes and a checksum")?;
    let (hash, checksum) = bytes.split_at(20);
    let digest = Blake2b::<U4>::new().chain_update(protocol).chain_update(hash).finalize();
    if digest[..] != *checksum {
        return Err("its checksum does not agree".into());
    }
    no_masked_id(hash)?;
    Ok((address_type, hash.to_vec()))
}

/// FEVM writes an actor's id as an account that begins with ff and eleven zeros.
fn no_masked_id(account: &[u8]) -> Result<(), Refused> {
    if account[0] == 0xff && account[1..12] == [0; 11] {
        return Err(Refused::UnknownType("an actor's id; give its f1 or f410 address"));
    }
    Ok(())
}

/// CIP-37: `cfx:aa…`, or in capitals with the type between.
fn conflux(text: &str) -> Read {
    let lower = text.to_ascii_lowercase();
    if text != lower && text != text.to_ascii_uppercase() {
        return Err("it mixes upper and lower case".into());
    }
    let mut parts = lower.split(':');
    let (prefix, body) = (parts.next().unwrap_or(""), parts.next_back().unwrap_or(""));
    if prefix != "cfx" || parts.any(|option| option != "type.user") {
        return Err("it is not cfx: and a user's address".into());
    }
    let bytes = base32::decode_checked("cfx", body, base32::CONFLUX);
    let bytes = bytes.ok_or("its checksum does not agree")?;
    match bytes.split_first() {
        Some((0, account)) if account.len() == 20 && account[0] >> 4 == 1 => {
            Ok((AddressType::Account, account.to_vec()))
        }
        _ => Err(Refused::UnknownType("a contract or a built-in account")),
    }
}

/// Base58check of 32 bytes without a version, alone or as `ELF_…_AELF`.
fn aelf(text: &str) -> Read {
    let body = text.strip_prefix("ELF_").and_then(|rest| rest.strip_suffix("_AELF"));
    let hash = bs58::decode(body.unwrap_or(text)).with_check(None).into_vec();
    let hash = hash.ok().filter(|hash| hash.len() == 32);
    Ok((AddressType::Account, hash.ok_or("it needs 32 bytes of base58 with a checksum")?))
}

fn icon(text: &str) -> Read {
    if text.starts_with("cx") {
        return Err(Refused::UnknownType("a contract"));
    }
    let account = text.strip_prefix("hx").and_then(unhex_array::<20>);
    Ok((AddressType::Account, account.ok_or("it needs hx and 40 digits")?.to_vec()))
}

/// c32check (SIP-005): S, the version, 20 bytes, four bytes of double SHA-256.
fn stacks(text: &str) -> Read {
    if text.starts_with("SM") {
        return Err(Refused::UnknownType("an account of several keys"));
    }
    let body = text.strip_prefix("SP").ok_or("it does not begin with SP")?;
    let bytes = base32::decode_c32::<24>(body).ok_or("it is not c32 of 24 bytes")?;
    let (hash, checksum) = bytes.split_at(20);
    let digest = Sha256::new().chain_update([STACKS_ONE_KEY]).chain_update(hash).finalize();
    if Sha256::digest(digest)[..4] != *checksum {
        return Err("its checksum does not agree".into());
    }
    Ok((AddressType::Account, hash.to_vec()))
}

/// TEP-2: the friendly form with its checksum (bounceable or not), or `workchain:hash`.
fn ton(text: &str) -> Read {
    if let Some((workchain, hash)) = text.split_once(':') {
        let hash = unhex_array::<32>(hash).filter(|_| !hash.starts_with("0x"));
        let workchain = match workchain {
            "0" => 0,
            "-1" => 0xff,
            _ => return Err("its workchain is neither 0 nor -1".into()),
        };
        let hash = hash.ok_or("it needs 64 digits after the workchain")?;
        return Ok((AddressType::Account, [&[workchain], &hash[..]].concat()));
    }
    let bytes = URL_SAFE.decode(text).or_else(|_| STANDARD.decode(text)).ok();
    let bytes = bytes.filter(|bytes| bytes.len() == 36).ok_or("it needs 36 bytes of base64")?;
    let (payload, checksum) = bytes.split_at(34);
    if crc16(payload).to_be_bytes() != *checksum {
        return Err("its checksum does not agree".into());
    }
    if !matches!(payload[0], 0x11 | 0x51) || !matches!(payload[1], 0 | 0xff) {
        return Err("it belongs to a test network or another workchain".into());
    }
    Ok((AddressType::Account, payload[1..].to_vec()))
}

/// SEP-23 `G…`: version, key, CRC-16 with the low byte first.
fn stellar(text: &str) -> Read {
    if text != text.to_ascii_uppercase() {
        return Err("it has lower-case letters".into());
    }
    let bytes = base32::decode(&text.to_ascii_lowercase(), base32::RFC4648);
    let bytes = bytes.filter(|bytes| bytes.len() == 35).ok_or("it needs 35 bytes of base32")?;
    let (payload, checksum) = bytes.split_at(33);
    if crc16(payload).to_le_bytes() != *checksum {
        return Err("its checksum does not agree".into());
    }
    if payload[0] != STELLAR_ACCOUNT {
        return Err(Refused::UnknownType(
            "a muxed account, a contract or a secret; give the G form",
        ));
    }
    Ok((AddressType::PublicKey, payload[1..].to_vec()))
}

/// CIP-19: an enterprise or base address of the main network whose payment part is a key.
fn cardano(text: &str) -> Read {
    let payload = bech32_payload("addr", text)?;
    match (payload.first(), payload.len()) {
        (Some(0x61), 29) | (Some(0x01 | 0x21), 57) => Ok((AddressType::Account, payload)),
        (Some(header), _) if header & 0x0f != 1 => Err("it belongs to a test network".into()),
        _ => Err(Refused::UnknownType("a script, a pointer or a stake address")),
    }
}

/// An implicit account is its key; any other name gets its keys from the chain.
fn near(text: &str) -> Read {
    if let Some(key) = unhex_array::<32>(text).filter(|_| *text == *text.to_ascii_lowercase()) {
        return Ok((AddressType::PublicKey, key.to_vec()));
    }
    let is_name = (2..=64).contains(&text.len())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'));
    if is_name { Ok((AddressType::Name, text.into())) } else { Err("it is no account name".into()) }
}

/// `0.0.n` gets its key from the chain; an alias is its key, with or without its DER header.
fn hedera(text: &str) -> Read {
    let body = text.strip_prefix("0.0.").unwrap_or(text);
    let key = body.strip_prefix(HEDERA_DER).unwrap_or(body);
    if let Some(key) = unhex_array::<32>(key) {
        return Ok((AddressType::PublicKey, key.to_vec()));
    }
    let number: Option<u64> = body.parse().ok().filter(|n: &u64| n.to_string() == body);
    match number {
        Some(_) if text.starts_with("0.0.") => Ok((AddressType::Name, text.into())),
        _ => Err("it is neither 0.0.n nor a key".into()),
    }
}

/// EOS account names: 1 to 12 characters.
pub(super) fn antelope(text: &str) -> Read {
    let is_name = (1..=12).contains(&text.len())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'1'..=b'5' | b'.'))
        && !text.ends_with('.');
    if is_name { Ok((AddressType::Name, text.into())) } else { Err("it is no account name".into()) }
}

/// A field element: a number below the prime, with or without leading zeros.
pub(super) fn starknet(text: &str) -> Read {
    let bytes = unhex_number(text).ok_or("it needs 0x and at most 64 digits")?;
    if Felt::from_bytes_be(&bytes).to_bytes_be() != bytes {
        return Err("it is not below the prime of the field".into());
    }
    Ok((AddressType::Account, bytes.to_vec()))
}
