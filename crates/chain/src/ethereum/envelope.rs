//! Signed transaction envelopes: RLP of all types, and recovery of the sender.
//!
//! Types: legacy with and without EIP-155, EIP-2930 (1), EIP-1559 (2), EIP-4844 (3), EIP-7702 (4).

use alloy_rlp::{Encodable, Header};
use bitcoin::secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use bitcoin::secp256k1::{Message, Secp256k1, VerifyOnly};
use model::Amount;
use std::sync::LazyLock;

use super::{address_of_public_key, keccak256};

/// Tables for verification; no secret passes through it, so it needs no blinding.
static CURVE: LazyLock<Secp256k1<VerifyOnly>> = LazyLock::new(Secp256k1::verification_only);

/// r, s and the parity of the curve point's y.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signature {
    /// r, 32 bytes big-endian.
    pub r: [u8; 32],
    /// s, 32 bytes big-endian.
    pub s: [u8; 32],
    /// 0 or 1.
    pub y_parity: u8,
}

/// A storage key list of an access list: the address and its keys.
pub(crate) type AccessListItem = ([u8; 20], Vec<[u8; 32]>);

/// What a sender signs, for every transaction type.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SignedFields {
    /// 0 for legacy.
    pub tx_type: u8,
    /// `None` for legacy transactions from before EIP-155.
    pub chain_id: Option<u64>,
    /// Number of the sender's transaction.
    pub nonce: u64,
    /// Types 0 and 1.
    pub gas_price: Amount,
    /// Types 2 and later.
    pub priority_fee: Amount,
    /// Types 2 and later.
    pub fee_cap: Amount,
    /// Gas limit.
    pub gas: u64,
    /// `None` creates a contract.
    pub to: Option<[u8; 20]>,
    /// In wei.
    pub value: Amount,
    /// Call data.
    pub input: Vec<u8>,
    /// Types 1 and later.
    pub access_list: Vec<([u8; 20], Vec<[u8; 32]>)>,
    /// Type 3.
    pub blob_fee_cap: Amount,
    /// Type 3.
    pub blob_hashes: Vec<[u8; 32]>,
    /// Type 4: the RLP items of the authorization list, already encoded.
    pub authorizations_rlp: Vec<u8>,
}

fn put(amount: Amount, out: &mut Vec<u8>) {
    let bytes = amount.to_be_bytes();
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(32);
    bytes[first..].encode(out);
}

fn put_list(payload: &[u8], out: &mut Vec<u8>) {
    Header { list: true, payload_length: payload.len() }.encode(out);
    out.extend_from_slice(payload);
}

impl SignedFields {
    /// The bytes whose keccak is signed.
    fn signing_payload(&self) -> Vec<u8> {
        let mut items = Vec::with_capacity(self.input.len() + 160);
        if self.tx_type != 0 {
            self.chain_id.unwrap_or(0).encode(&mut items);
        }
        self.nonce.encode(&mut items);
        if self.tx_type >= 2 {
            put(self.priority_fee, &mut items);
            put(self.fee_cap, &mut items);
        } else {
            put(self.gas_price, &mut items);
        }
        self.gas.encode(&mut items);
        self.to.as_ref().map_or(&[][..], |to| &to[..]).encode(&mut items);
        put(self.value, &mut items);
        self.input.as_slice().encode(&mut items);
        if self.tx_type == 0 {
            if let Some(chain_id) = self.chain_id {
                chain_id.encode(&mut items);
                0u8.encode(&mut items);
                0u8.encode(&mut items);
            }
        } else {
            let mut list = Vec::new();
            for (address, keys) in &self.access_list {
                let mut item = Vec::new();
                address[..].encode(&mut item);
                let keys: Vec<u8> =
                    keys.iter().flat_map(|key| [&[0xa0][..], key].concat()).collect();
                put_list(&keys, &mut item);
                put_list(&item, &mut list);
            }
            put_list(&list, &mut items);
        }
        if self.tx_type == 3 {
            put(self.blob_fee_cap, &mut items);
            let hashes: Vec<u8> =
                self.blob_hashes.iter().flat_map(|hash| [&[0xa0][..], hash].concat()).collect();
            put_list(&hashes, &mut items);
        }
        if self.tx_type == 4 {
            put_list(&self.authorizations_rlp, &mut items);
        }
        let mut payload = Vec::with_capacity(items.len() + 10);
        if self.tx_type != 0 {
            payload.push(self.tx_type);
        }
        put_list(&items, &mut payload);
        payload
    }

    /// The address whose key signed these fields; `None` when the signature fits no key.
    pub fn recover_sender(&self, signature: &Signature) -> Option<[u8; 20]> {
        let message = Message::from_digest(keccak256(&self.signing_payload()));
        let id = RecoveryId::from_i32(i32::from(signature.y_parity)).ok()?;
        let compact = [signature.r, signature.s].concat();
        let signature = RecoverableSignature::from_compact(&compact, id).ok()?;
        let key = CURVE.recover_ecdsa(&message, &signature).ok()?;
        Some(address_of_public_key(&key.serialize_uncompressed()[1..]))
    }
}

/// Chain id and parity from the `v` of a legacy transaction (EIP-155).
pub(crate) fn split_legacy_v(v: u64) -> Option<(Option<u64>, u8)> {
    match v {
        27 | 28 => Some((None, (v - 27) as u8)),
        35.. => Some((Some((v - 35) / 2), ((v - 35) % 2) as u8)),
        _ => None,
    }
}

/// Reads items of an RLP list one by one.
pub(crate) struct RlpItems<'a>(&'a [u8]);

impl<'a> RlpItems<'a> {
    /// Takes the list that `bytes` begin with and leaves what follows it.
    pub(crate) fn list(bytes: &mut &'a [u8]) -> Result<Self, alloy_rlp::Error> {
        Header::decode_bytes(bytes, true).map(Self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], alloy_rlp::Error> {
        Header::decode_bytes(&mut self.0, false)
    }

    pub(crate) fn sub_list(&mut self) -> Result<RlpItems<'a>, alloy_rlp::Error> {
        RlpItems::list(&mut self.0)
    }

    /// True when the next item is a list.
    pub(crate) fn next_is_list(&self) -> bool {
        self.0.first().is_some_and(|byte| *byte >= 0xc0)
    }

    /// The next item, whatever it is, with its header.
    pub(crate) fn raw(&mut self) -> Result<&'a [u8], alloy_rlp::Error> {
        let all = self.0;
        let mut rest = all;
        let header = Header::decode(&mut rest)?;
        let end = all.len() - rest.len() + header.payload_length;
        let raw = all.get(..end).ok_or(alloy_rlp::Error::InputTooShort)?;
        self.0 = &all[end..];
        Ok(raw)
    }

    pub(crate) fn amount(&mut self) -> Result<Amount, alloy_rlp::Error> {
        Amount::from_be_slice(self.bytes()?).map_err(|_| alloy_rlp::Error::Overflow)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, alloy_rlp::Error> {
        self.amount()?
            .to_u128()
            .and_then(|value| u64::try_from(value).ok())
            .ok_or(alloy_rlp::Error::Overflow)
    }

    pub(crate) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], alloy_rlp::Error> {
        self.bytes()?.try_into().map_err(|_| alloy_rlp::Error::UnexpectedLength)
    }

    pub(crate) fn word(&mut self) -> Result<[u8; 32], alloy_rlp::Error> {
        self.amount().map(Amount::to_be_bytes)
    }

    fn recipient(&mut self) -> Result<Option<[u8; 20]>, alloy_rlp::Error> {
        match self.bytes()? {
            [] => Ok(None),
            bytes => bytes.try_into().map(Some).map_err(|_| alloy_rlp::Error::UnexpectedLength),
        }
    }

    fn access_list(&mut self) -> Result<Vec<AccessListItem>, alloy_rlp::Error> {
        let mut list = self.sub_list()?;
        let mut items = Vec::new();
        while !list.is_empty() {
            let mut item = list.sub_list()?;
            let address = item.fixed()?;
            let mut keys = item.sub_list()?;
            let mut storage = Vec::new();
            while !keys.is_empty() {
                storage.push(keys.fixed()?);
            }
            items.push((address, storage));
        }
        Ok(items)
    }
}

/// Decodes a signed transaction from its network form (EIP-2718: a type byte and RLP, or a bare
/// RLP list for legacy).
pub(crate) fn decode_signed(bytes: &[u8]) -> Result<(SignedFields, Signature), alloy_rlp::Error> {
    let (tx_type, mut rest) = match bytes.first() {
        Some(0xc0..) => (0, bytes),
        Some(tx_type @ 1..=4) => (*tx_type, &bytes[1..]),
        _ => return Err(alloy_rlp::Error::Custom("unknown transaction type")),
    };
    let mut items = RlpItems::list(&mut rest)?;
    if !rest.is_empty() {
        return Err(alloy_rlp::Error::Custom("bytes after the transaction"));
    }
    let mut fields = SignedFields { tx_type, ..SignedFields::default() };
    if tx_type != 0 {
        fields.chain_id = Some(items.u64()?);
    }
    fields.nonce = items.u64()?;
    if tx_type >= 2 {
        fields.priority_fee = items.amount()?;
        fields.fee_cap = items.amount()?;
    } else {
        fields.gas_price = items.amount()?;
    }
    fields.gas = items.u64()?;
    fields.to = items.recipient()?;
    fields.value = items.amount()?;
    fields.input = items.bytes()?.to_vec();
    if tx_type != 0 {
        fields.access_list = items.access_list()?;
    }
    if tx_type == 3 {
        fields.blob_fee_cap = items.amount()?;
        let mut hashes = items.sub_list()?;
        while !hashes.is_empty() {
            fields.blob_hashes.push(hashes.fixed()?);
        }
    }
    if tx_type == 4 {
        fields.authorizations_rlp = items.sub_list()?.0.to_vec();
    }
    let v = items.u64()?;
    let y_parity = if tx_type == 0 {
        let (chain_id, parity) =
            split_legacy_v(v).ok_or(alloy_rlp::Error::Custom("v is neither 27, 28 nor EIP-155"))?;
        fields.chain_id = chain_id;
        parity
    } else {
        u8::try_from(v).map_err(|_| alloy_rlp::Error::Overflow)?
    };
    let signature = Signature { r: items.word()?, s: items.word()?, y_parity };
    if !items.is_empty() {
        return Err(alloy_rlp::Error::Custom("more fields than the transaction type has"));
    }
    Ok((fields, signature))
}
