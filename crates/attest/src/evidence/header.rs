//! A block header of an EVM chain, as far as a state proof needs it.

use alloy_rlp::{Decodable, Header};
use chain::ethereum::keccak256;

use super::EvidenceError;

/// Longest header: today's have about 650 bytes.
const HEADER_BYTES_MAX: usize = 4096;
/// Fields of a header: 15 before London, more with every fork.
const FIELDS: std::ops::RangeInclusive<usize> = 15..=32;
const STATE_ROOT: usize = 3;
const NUMBER: usize = 8;
const TIME: usize = 11;

/// What a state proof is checked against.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StateHeader {
    /// Root of the state trie.
    pub state_root: [u8; 32],
    /// Height.
    pub number: u64,
    /// Seconds since 1970, by the block.
    pub time_s: u64,
}

/// Fields of a header in the order of its RLP, and whether each is a number. Those from `baseFeePerGas`
/// on came with forks, each after the one before (London, Shanghai, Cancun, Prague).
const NAMES: [(&str, bool); 21] = [
    ("parentHash", false),
    ("sha3Uncles", false),
    ("miner", false),
    ("stateRoot", false),
    ("transactionsRoot", false),
    ("receiptsRoot", false),
    ("logsBloom", false),
    ("difficulty", true),
    ("number", true),
    ("gasLimit", true),
    ("gasUsed", true),
    ("timestamp", true),
    ("extraData", false),
    ("mixHash", false),
    ("nonce", false),
    ("baseFeePerGas", true),
    ("withdrawalsRoot", false),
    ("blobGasUsed", true),
    ("excessBlobGas", true),
    ("parentBeaconBlockRoot", false),
    ("requestsHash", false),
];
/// Fields that every header has.
const NAMES_MIN: usize = 15;

/// The RLP of a header from a node's answer to `eth_getBlockByNumber`. It is worth nothing before
/// [`state_header`] has compared its hash.
///
/// # Errors
/// [`EvidenceError::HeaderMalformed`] that names the field which is missing or is not hexadecimal.
pub fn header_rlp(block: &str) -> Result<Vec<u8>, EvidenceError> {
    let malformed = |problem: String| EvidenceError::HeaderMalformed(problem);
    let block: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(block).map_err(|error| malformed(error.to_string()))?;
    let mut payload = Vec::new();
    for (place, (name, is_number)) in NAMES.into_iter().enumerate() {
        let Some(value) = block.get(name).and_then(serde_json::Value::as_str) else {
            if place < NAMES_MIN {
                return Err(malformed(format!("field '{name}' is missing")));
            }
            break;
        };
        let digits = value.strip_prefix("0x").unwrap_or(value);
        let padded =
            if digits.len().is_multiple_of(2) { digits.to_owned() } else { format!("0{digits}") };
        let bytes = (padded.is_empty().then(Vec::new))
            .or_else(|| crate::encoding::unhex(&padded))
            .ok_or_else(|| malformed(format!("field '{name}' is not hexadecimal")))?;
        let zeros = bytes.iter().take_while(|byte| is_number && **byte == 0).count();
        alloy_rlp::Encodable::encode(&bytes[zeros..], &mut payload);
    }
    let mut rlp = Vec::with_capacity(payload.len() + 4);
    Header { list: true, payload_length: payload.len() }.encode(&mut rlp);
    rlp.extend_from_slice(&payload);
    Ok(rlp)
}

/// Reads a header in RLP whose Keccak is `hash`, the one that the round names.
///
/// # Errors
/// [`EvidenceError::HeaderOther`] for another hash, [`EvidenceError::HeaderMalformed`] for bytes
/// that are no header.
pub fn state_header(rlp: &[u8], hash: [u8; 32]) -> Result<StateHeader, EvidenceError> {
    let malformed = |problem: &str| EvidenceError::HeaderMalformed(problem.to_owned());
    if rlp.len() > HEADER_BYTES_MAX {
        return Err(malformed("it is longer than any header"));
    }
    if keccak256(rlp) != hash {
        return Err(EvidenceError::HeaderOther);
    }
    let mut rest = rlp;
    let mut payload =
        Header::decode_bytes(&mut rest, true).map_err(|_| malformed("it is no RLP list"))?;
    if !rest.is_empty() {
        return Err(malformed("bytes follow it"));
    }
    let mut fields: Vec<&[u8]> = Vec::with_capacity(*FIELDS.end());
    while !payload.is_empty() && fields.len() <= *FIELDS.end() {
        let field = Header::decode_bytes(&mut payload, false)
            .map_err(|_| malformed("one of its fields is no string"))?;
        fields.push(field);
    }
    if !FIELDS.contains(&fields.len()) {
        return Err(malformed("it has more or fewer fields than a header"));
    }
    let number = |field: usize| {
        let canonical = alloy_rlp::encode(fields[field]);
        u64::decode(&mut canonical.as_slice())
            .map_err(|_| malformed("a number does not fit 64 bits"))
    };
    let state_root =
        fields[STATE_ROOT].try_into().map_err(|_| malformed("its state root has not 32 bytes"))?;
    Ok(StateHeader { state_root, number: number(NUMBER)?, time_s: number(TIME)? })
}
