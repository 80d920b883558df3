//! JSON-RPC: `eth_getBlockByNumber` objects with full transactions, `eth_getBlockReceipts` arrays.
//!
//! Input is one JSON value a line, each bare or inside a `{"result": …}` envelope. A block may
//! carry its receipts in a `receipts` field, or the array may follow on the next line.

use std::io::BufRead;

use model::{Amount, Asset, Block, Network, Transaction, TransferKind, TxHash};
use serde::Deserialize;

use super::envelope::{Signature, SignedFields, split_legacy_v};
use super::{BlockContext, EvmTransaction, Log, Movements};
use crate::ChainError;
use crate::address::{hex, unhex};
use crate::lines::Lines;

/// Longest line that is read. The largest mainnet blocks are about 3 MiB of JSON.
const LINE_LEN_MAX: usize = 128 << 20;
/// Wei in a Gwei, the unit of consensus-layer withdrawals (EIP-4895).
const GWEI: u128 = 1_000_000_000;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    result: &'a serde_json::value::RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RpcBlock<'a> {
    number: &'a str,
    hash: Option<&'a str>,
    timestamp: &'a str,
    #[serde(borrow)]
    transactions: Vec<RpcTransaction<'a>>,
    #[serde(borrow, default)]
    withdrawals: Vec<RpcWithdrawal<'a>>,
    #[serde(borrow)]
    receipts: Option<Vec<RpcReceipt<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RpcTransaction<'a> {
    hash: &'a str,
    #[serde(rename = "type")]
    tx_type: Option<&'a str>,
    chain_id: Option<&'a str>,
    nonce: &'a str,
    from: Option<&'a str>,
    to: Option<&'a str>,
    value: &'a str,
    gas: &'a str,
    gas_price: Option<&'a str>,
    max_fee_per_gas: Option<&'a str>,
    max_priority_fee_per_gas: Option<&'a str>,
    max_fee_per_blob_gas: Option<&'a str>,
    #[serde(alias = "data")]
    input: &'a str,
    #[serde(borrow, default)]
    access_list: Option<Vec<RpcAccess<'a>>>,
    #[serde(borrow, default)]
    blob_versioned_hashes: Option<Vec<&'a str>>,
    #[serde(borrow, default)]
    authorization_list: Option<Vec<RpcAuthorization<'a>>>,
    v: Option<&'a str>,
    r: Option<&'a str>,
    s: Option<&'a str>,
    y_parity: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RpcAccess<'a> {
    address: &'a str,
    #[serde(borrow)]
    storage_keys: Vec<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RpcAuthorization<'a> {
    chain_id: &'a str,
    address: &'a str,
    nonce: &'a str,
    y_parity: &'a str,
    r: &'a str,
    s: &'a str,
}

#[derive(Deserialize)]
struct RpcWithdrawal<'a> {
    address: &'a str,
    amount: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RpcReceipt<'a> {
    transaction_hash: &'a str,
    status: Option<&'a str>,
    contract_address: Option<&'a str>,
    #[serde(borrow)]
    logs: Vec<RpcLog<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RpcLog<'a> {
    address: &'a str,
    #[serde(borrow)]
    topics: Vec<&'a str>,
    data: &'a str,
    log_index: &'a str,
}

/// Where a field stands, for errors.
struct Place<'a>(&'a str);

impl Place<'_> {
    fn bad(&self, field: &'static str, text: &str, expected: &str) -> ChainError {
        let shown: String = text.chars().take(80).collect();
        ChainError::malformed(self.0, field, format!("'{shown}' is not {expected}"))
    }

    fn amount(&self, field: &'static str, text: &str) -> Result<Amount, ChainError> {
        Amount::from_hex_quantity(text).map_err(|e| ChainError::malformed(self.0, field, e))
    }

    fn optional_amount(
        &self,
        field: &'static str,
        text: Option<&str>,
    ) -> Result<Amount, ChainError> {
        text.map_or(Ok(Amount::ZERO), |text| self.amount(field, text))
    }

    fn u64(&self, field: &'static str, text: &str) -> Result<u64, ChainError> {
        self.amount(field, text)?
            .to_u128()
            .and_then(|value| u64::try_from(value).ok())
            .ok_or_else(|| self.bad(field, text, "a quantity of at most 64 bits"))
    }

    fn bytes(&self, field: &'static str, text: &str) -> Result<Vec<u8>, ChainError> {
        text.strip_prefix("0x")
            .and_then(unhex)
            .ok_or_else(|| self.bad(field, text, "0x and pairs of hexadecimal digits"))
    }

    fn fixed<const N: usize>(
        &self,
        field: &'static str,
        text: &str,
    ) -> Result<[u8; N], ChainError> {
        self.bytes(field, text)?.try_into().map_err(|_| {
            ChainError::malformed(self.0, field, format!("it needs exactly {N} bytes"))
        })
    }

    fn optional_fixed<const N: usize>(
        &self,
        field: &'static str,
        text: Option<&str>,
    ) -> Result<Option<[u8; N]>, ChainError> {
        text.map(|text| self.fixed(field, text)).transpose()
    }
}

/// Reads blocks from lines of JSON.
pub struct JsonReader<R> {
    lines: Lines<R>,
    network: Network,
    pending: Option<Pending>,
    line: String,
}

/// A block that waits for its receipts.
struct Pending {
    context: BlockContext,
    hash: TxHash,
    transactions: Vec<EvmTransaction>,
    withdrawals: Vec<([u8; 20], Amount)>,
}

impl<R: BufRead> JsonReader<R> {
    /// A reader of blocks of `network`.
    pub fn new(reader: R, network: Network) -> Self {
        Self {
            lines: Lines::new(reader, LINE_LEN_MAX),
            network,
            pending: None,
            line: String::new(),
        }
    }

    /// The next block, `None` at the end.
    ///
    /// # Errors
    /// [`ChainError`] for anything that is not a block or the receipts of the block before it, and
    /// [`ChainError::SenderMismatch`] when a named sender did not sign.
    pub fn next_block(&mut self) -> Result<Option<Block>, ChainError> {
        let mut line = std::mem::take(&mut self.line);
        let result = self.advance(&mut line);
        self.line = line;
        result
    }

    fn advance(&mut self, line: &mut String) -> Result<Option<Block>, ChainError> {
        loop {
            if self.lines.next_line(line)?.is_none() {
                return self.pending.take().map(Pending::finish).transpose();
            }
            let place = self.lines.place();
            let json_error = |e: serde_json::Error| ChainError::malformed(place.clone(), "json", e);
            // An array of one element would pass for an envelope with that element in it.
            let is_object = line.trim_start().starts_with('{');
            let value = match serde_json::from_str::<Envelope<'_>>(line) {
                Ok(envelope) if is_object => envelope.result.get(),
                _ => line.as_str(),
            };
            if value.trim_start().starts_with('[') {
                let receipts: Vec<RpcReceipt<'_>> =
                    serde_json::from_str(value).map_err(json_error)?;
                let pending = self.pending.as_mut().ok_or_else(|| {
                    ChainError::malformed(&place, "receipts", "no block stands before them")
                })?;
                pending.attach(&receipts, &Place(&place))?;
                continue;
            }
            let block: RpcBlock<'_> = serde_json::from_str(value).map_err(json_error)?;
            let mut next = Pending::new(self.network, &block, &Place(&place))?;
            if let Some(receipts) = &block.receipts {
                next.attach(receipts, &Place(&place))?;
            }
            if let Some(ready) = self.pending.replace(next) {
                return ready.finish().map(Some);
            }
        }
    }
}

impl Pending {
    fn new(network: Network, block: &RpcBlock<'_>, place: &Place<'_>) -> Result<Self, ChainError> {
        let number = place.u64("number", block.number)?;
        let time_s = place.u64("timestamp", block.timestamp)?;
        let hash = place.optional_fixed("hash", block.hash)?.unwrap_or_default();
        let mut transactions = Vec::with_capacity(block.transactions.len());
        for (index, transaction) in block.transactions.iter().enumerate() {
            transactions.push(read_transaction(transaction, index as u32)?);
        }
        let withdrawals = block
            .withdrawals
            .iter()
            .map(|withdrawal| {
                let address = place.fixed("withdrawals.address", withdrawal.address)?;
                let gwei = place.u64("withdrawals.amount", withdrawal.amount)?;
                Ok((address, Amount::from_u128(u128::from(gwei) * GWEI)))
            })
            .collect::<Result<_, ChainError>>()?;
        let context = BlockContext { network, number, time_s };
        Ok(Self { context, hash: TxHash(hash), transactions, withdrawals })
    }

    fn attach(&mut self, receipts: &[RpcReceipt<'_>], place: &Place<'_>) -> Result<(), ChainError> {
        if receipts.len() != self.transactions.len() {
            let problem = format!(
                "{} receipts for the {} transactions of block {}",
                receipts.len(),
                self.transactions.len(),
                self.context.number
            );
            return Err(ChainError::malformed(place.0, "receipts", problem));
        }
        for (receipt, transaction) in receipts.iter().zip(&mut self.transactions) {
            let hash: [u8; 32] = place.fixed("transactionHash", receipt.transaction_hash)?;
            if hash != transaction.hash.0 {
                let problem = "it is not the transaction at this place of the block";
                return Err(ChainError::malformed(place.0, "transactionHash", problem));
            }
            transaction.success = match receipt.status {
                Some(status) => Some(place.u64("status", status)? == 1),
                None => None,
            };
            transaction.created =
                place.optional_fixed("contractAddress", receipt.contract_address)?;
            let logs: Result<Vec<Log>, ChainError> =
                receipt.logs.iter().map(|log| read_log(log, place)).collect();
            transaction.logs = Some(logs?);
        }
        Ok(())
    }

    fn finish(self) -> Result<Block, ChainError> {
        let context = self.context;
        let mut transactions = self
            .transactions
            .iter()
            .map(|transaction| transaction.decode(context))
            .collect::<Result<Vec<Transaction>, ChainError>>()?;
        if !self.withdrawals.is_empty() {
            // Withdrawals have no transaction; they stand after the last one, under the block's hash.
            let index = transactions.len() as u32;
            let mut movements = Movements::new(context, self.hash, index, true);
            for (address, amount) in self.withdrawals {
                let kind = TransferKind::Withdrawal;
                movements.transfer(kind, Asset::Native, None, Some(address), amount);
            }
            transactions.push(movements.out);
        }
        Ok(Block {
            network: context.network,
            number: context.number,
            hash: self.hash,
            time_s: context.time_s,
            transactions,
        })
    }
}

fn read_log(log: &RpcLog<'_>, place: &Place<'_>) -> Result<Log, ChainError> {
    Ok(Log {
        contract: place.fixed("logs.address", log.address)?,
        topics: log
            .topics
            .iter()
            .map(|topic| place.fixed("logs.topics", topic))
            .collect::<Result<_, ChainError>>()?,
        data: place.bytes("logs.data", log.data)?,
        index: u32::try_from(place.u64("logs.logIndex", log.log_index)?)
            .map_err(|_| place.bad("logs.logIndex", log.log_index, "below 2^32"))?,
    })
}

fn read_transaction(rpc: &RpcTransaction<'_>, index: u32) -> Result<EvmTransaction, ChainError> {
    let at = format!("transaction {}", rpc.hash.chars().take(66).collect::<String>());
    let place = Place(&at);
    let hash = TxHash(place.fixed("hash", rpc.hash)?);
    let claimed: Option<[u8; 20]> = place.optional_fixed("from", rpc.from)?;
    let to = match rpc.to {
        Some("") | None => None,
        Some(to) => Some(place.fixed("to", to)?),
    };
    let value = place.amount("value", rpc.value)?;
    let input = place.bytes("input", rpc.input)?;
    let signed = match (rpc.r, rpc.s) {
        (Some(r), Some(s)) => Some(recover(rpc, &place, to, value, &input, r, s)?),
        _ => None,
    };
    let from = match (claimed, signed) {
        (Some(claimed), Some(signed)) if claimed != signed => {
            return Err(ChainError::SenderMismatch {
                tx: format!("0x{hash}"),
                claimed: format!("0x{}", hex(&claimed)),
                signed: format!("0x{}", hex(&signed)),
            });
        }
        (Some(address), _) | (None, Some(address)) => address,
        (None, None) => {
            let problem = "it is absent, and so is the signature from which it could be recovered";
            return Err(ChainError::malformed(at.as_str(), "from", problem));
        }
    };
    let created = None;
    Ok(EvmTransaction { hash, index, from, to, created, value, input, success: None, logs: None })
}

fn recover(
    rpc: &RpcTransaction<'_>,
    place: &Place<'_>,
    to: Option<[u8; 20]>,
    value: Amount,
    input: &[u8],
    r: &str,
    s: &str,
) -> Result<[u8; 20], ChainError> {
    let tx_type = place.optional_amount("type", rpc.tx_type)?.to_u128().unwrap_or(u128::MAX);
    let tx_type = u8::try_from(tx_type)
        .ok()
        .filter(|tx_type| *tx_type <= 4)
        .ok_or_else(|| place.bad("type", rpc.tx_type.unwrap_or(""), "a known type (0x0 to 0x4)"))?;
    let v = rpc.y_parity.filter(|_| tx_type != 0).or(rpc.v);
    let v = v.ok_or_else(|| ChainError::malformed(place.0, "v", "it is absent beside r and s"))?;
    let v = place.u64("v", v)?;
    let (chain_id, y_parity) = if tx_type == 0 {
        split_legacy_v(v).ok_or_else(|| place.bad("v", &v.to_string(), "27, 28 or EIP-155"))?
    } else {
        let chain_id = rpc.chain_id.ok_or_else(|| {
            ChainError::malformed(place.0, "chainId", "it is absent in a typed transaction")
        })?;
        let parity = u8::try_from(v).ok().filter(|parity| *parity <= 1);
        let parity = parity.ok_or_else(|| place.bad("yParity", &v.to_string(), "0 or 1"))?;
        (Some(place.u64("chainId", chain_id)?), parity)
    };
    let access_list = rpc.access_list.iter().flatten().map(|item| {
        let keys: Result<Vec<[u8; 32]>, ChainError> =
            item.storage_keys.iter().map(|key| place.fixed("accessList", key)).collect();
        Ok((place.fixed("accessList", item.address)?, keys?))
    });
    let blob_hashes = rpc.blob_versioned_hashes.iter().flatten();
    let fields = SignedFields {
        tx_type,
        chain_id,
        nonce: place.u64("nonce", rpc.nonce)?,
        gas_price: place.optional_amount("gasPrice", rpc.gas_price)?,
        priority_fee: place
            .optional_amount("maxPriorityFeePerGas", rpc.max_priority_fee_per_gas)?,
        fee_cap: place.optional_amount("maxFeePerGas", rpc.max_fee_per_gas)?,
        gas: place.u64("gas", rpc.gas)?,
        to,
        value,
        input: input.to_vec(),
        access_list: access_list.collect::<Result<_, ChainError>>()?,
        blob_fee_cap: place.optional_amount("maxFeePerBlobGas", rpc.max_fee_per_blob_gas)?,
        blob_hashes: blob_hashes
            .map(|hash| place.fixed("blobVersionedHashes", hash))
            .collect::<Result<_, ChainError>>()?,
        authorizations_rlp: encode_authorizations(rpc, place)?,
    };
    let r = place.amount("r", r)?.to_be_bytes();
    let s = place.amount("s", s)?.to_be_bytes();
    fields.recover_sender(&Signature { r, s, y_parity }).ok_or_else(|| {
        ChainError::malformed(place.0, "r, s, v", "the signature fits no key; the block is corrupt")
    })
}

/// EIP-7702: each item is `[chain_id, address, nonce, y_parity, r, s]`.
fn encode_authorizations(
    rpc: &RpcTransaction<'_>,
    place: &Place<'_>,
) -> Result<Vec<u8>, ChainError> {
    use alloy_rlp::{Encodable, Header};
    let mut list = Vec::new();
    for item in rpc.authorization_list.iter().flatten() {
        let mut fields = Vec::new();
        let number = |field, text| -> Result<Vec<u8>, ChainError> {
            let bytes = place.amount(field, text)?.to_be_bytes();
            let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(32);
            Ok(bytes[first..].to_vec())
        };
        let parts = [
            number("authorizationList.chainId", item.chain_id)?,
            place.fixed::<20>("authorizationList.address", item.address)?.to_vec(),
            number("authorizationList.nonce", item.nonce)?,
            number("authorizationList.yParity", item.y_parity)?,
            number("authorizationList.r", item.r)?,
            number("authorizationList.s", item.s)?,
        ];
        for part in parts {
            part.as_slice().encode(&mut fields);
        }
        Header { list: true, payload_length: fields.len() }.encode(&mut list);
        list.extend_from_slice(&fields);
    }
    Ok(list)
}
