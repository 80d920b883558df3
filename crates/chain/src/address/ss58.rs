//! SS58, the address form of Substrate chains. The network prefix is checked and then dropped:
//! the same public key is the same holder on every Substrate chain.

use blake2::{Blake2b512, Digest};
use model::{Address, AddressKind, Network};

use super::{AddressError, cut, shape};

/// Polkadot's registered prefix.
const POLKADOT_PREFIX: u8 = 0;

fn checksum(payload: &[u8]) -> [u8; 2] {
    let digest = Blake2b512::new().chain_update(b"SS58PRE").chain_update(payload).finalize();
    [digest[0], digest[1]]
}

pub(super) fn parse(network: Network, text: &str) -> Result<Address, AddressError> {
    let bytes =
        bs58::decode(text).into_vec().map_err(|_| shape(network, text, "it is not base58"))?;
    let prefix_len = match bytes.first() {
        Some(0..64) => 1,
        Some(64..128) => 2,
        _ => return Err(shape(network, text, "its SS58 prefix is reserved")),
    };
    if bytes.len() != prefix_len + 32 + 2 {
        return Err(shape(network, text, "it needs a public key of 32 bytes"));
    }
    let (payload, sum) = bytes.split_at(bytes.len() - 2);
    if checksum(payload) != *sum {
        return Err(AddressError::Checksum(cut(text)));
    }
    let key = payload[prefix_len..].try_into().expect("length was checked");
    Ok(Address::from_32(AddressKind::Account32, key))
}

pub(super) fn format(public_key: &[u8]) -> String {
    let mut payload = vec![POLKADOT_PREFIX];
    payload.extend_from_slice(public_key);
    let sum = checksum(&payload);
    payload.extend_from_slice(&sum);
    bs58::encode(payload).into_string()
}
