//! era1 archives: pre-merge blocks with receipts (go-ethereum `internal/era`, e2store format).
//!
//! Layout: `Version | (CompressedHeader CompressedBody CompressedReceipts TotalDifficulty)* |
//! Accumulator | BlockIndex`. An entry is type (2 bytes, little-endian), length (4), reserved (2)
//! and data; compressed data are snappy frames of RLP.

use std::io::Read;

use model::{Block, Network, TxHash};

use super::envelope::{RlpItems, decode_signed};
use super::{BlockContext, EvmTransaction, Log, keccak256};
use crate::ChainError;

const VERSION: u16 = 0x3265;
const HEADER: u16 = 0x03;
const BODY: u16 = 0x04;
const RECEIPTS: u16 = 0x05;
const TOTAL_DIFFICULTY: u16 = 0x06;
const ACCUMULATOR: u16 = 0x07;
const BLOCK_INDEX: u16 = 0x3266;

/// Largest entry, and largest decompressed body, that is read: real ones stay below 8 MiB.
const ENTRY_LEN_MAX: usize = 64 << 20;

/// Reads an archive block by block.
pub struct Era1Reader<R> {
    reader: R,
    network: Network,
    offset: u64,
    block: u64,
    is_done: bool,
}

impl<R: Read> Era1Reader<R> {
    /// Reads the version entry.
    ///
    /// # Errors
    /// [`ChainError`] when the input is not an era1 archive.
    pub fn new(reader: R, network: Network) -> Result<Self, ChainError> {
        let mut era = Self { reader, network, offset: 0, block: 0, is_done: false };
        match era.entry()? {
            Some((VERSION, data)) if data.is_empty() => Ok(era),
            _ => Err(era.malformed("version", "the archive does not begin with an era1 version")),
        }
    }

    fn malformed(&self, field: &'static str, problem: impl std::fmt::Display) -> ChainError {
        let place = format!("era1 offset {} (block {} of the archive)", self.offset, self.block);
        ChainError::malformed(place, field, problem)
    }

    /// The next entry; `None` at the clean end of the input.
    fn entry(&mut self) -> Result<Option<(u16, Vec<u8>)>, ChainError> {
        let read_error = |source| ChainError::Read { place: "era1 archive".to_owned(), source };
        let mut head = [0; 8];
        let mut filled = 0;
        while filled < head.len() {
            match self.reader.read(&mut head[filled..]).map_err(read_error)? {
                0 if filled == 0 => return Ok(None),
                0 => return Err(self.malformed("entry header", "the archive is cut off")),
                count => filled += count,
            }
        }
        let kind = u16::from_le_bytes([head[0], head[1]]);
        let len = u32::from_le_bytes([head[2], head[3], head[4], head[5]]) as usize;
        if head[6..] != [0, 0] {
            return Err(self.malformed("entry header", "its reserved bytes are not zero"));
        }
        if len > ENTRY_LEN_MAX {
            let place = format!("era1 offset {}", self.offset);
            return Err(ChainError::TooLarge { place, what: "the entry", limit: ENTRY_LEN_MAX });
        }
        let mut data = Vec::new();
        (&mut self.reader).take(len as u64).read_to_end(&mut data).map_err(read_error)?;
        if data.len() != len {
            return Err(self.malformed("entry data", "the archive is cut off"));
        }
        self.offset += 8 + len as u64;
        Ok(Some((kind, data)))
    }

    fn expect(&mut self, kind: u16, field: &'static str) -> Result<Vec<u8>, ChainError> {
        match self.entry()? {
            Some((found, data)) if found == kind => Ok(data),
            Some((found, _)) => {
                Err(self.malformed(field, format!("found an entry of type 0x{found:04x}")))
            }
            None => Err(self.malformed(field, "the archive is cut off")),
        }
    }

    fn decompress(&self, data: &[u8], field: &'static str) -> Result<Vec<u8>, ChainError> {
        let mut plain = Vec::new();
        snap::read::FrameDecoder::new(data)
            .take(ENTRY_LEN_MAX as u64 + 1)
            .read_to_end(&mut plain)
            .map_err(|e| self.malformed(field, e))?;
        if plain.len() > ENTRY_LEN_MAX {
            let place = format!("era1 offset {}", self.offset);
            return Err(ChainError::TooLarge { place, what: field, limit: ENTRY_LEN_MAX });
        }
        Ok(plain)
    }

    /// The next block; `None` after the last, once the archive has been read to its last byte.
    ///
    /// # Errors
    /// [`ChainError`] for bytes that do not follow the format, and for signatures that fit no key.
    pub fn next_block(&mut self) -> Result<Option<Block>, ChainError> {
        if self.is_done {
            return Ok(None);
        }
        let header = match self.entry()? {
            Some((HEADER, data)) => self.decompress(&data, "header")?,
            Some((ACCUMULATOR, data)) if data.len() == 32 => {
                let index = self.expect(BLOCK_INDEX, "block index")?;
                // Start number, one offset a block, count: 8 bytes each.
                if index.len() as u64 != 8 * (self.block + 2) {
                    return Err(self.malformed("block index", "it does not count the blocks read"));
                }
                if self.entry()?.is_some() {
                    return Err(self.malformed("block index", "entries follow it"));
                }
                self.is_done = true;
                return Ok(None);
            }
            Some((kind, _)) => {
                return Err(self.malformed("entry type", format!("0x{kind:04x} is not expected")));
            }
            None => return Err(self.malformed("accumulator", "the archive is cut off")),
        };
        let body = self.expect(BODY, "body")?;
        let body = self.decompress(&body, "body")?;
        let receipts = self.expect(RECEIPTS, "receipts")?;
        let receipts = self.decompress(&receipts, "receipts")?;
        self.expect(TOTAL_DIFFICULTY, "total difficulty")?;
        self.block += 1;
        let block = self
            .assemble(&header, &body, &receipts)
            .map_err(|(field, e)| self.malformed(field, e))?;
        Ok(Some(block))
    }

    fn assemble(
        &self,
        header: &[u8],
        body: &[u8],
        receipts: &[u8],
    ) -> Result<Block, (&'static str, alloy_rlp::Error)> {
        let (number, time_s) = decode_header(header).map_err(|e| ("header", e))?;
        let context = BlockContext { network: self.network, number, time_s };
        let envelopes = split_envelopes(body).map_err(|e| ("body", e))?;
        let receipts = decode_receipts(receipts).map_err(|e| ("receipts", e))?;
        if envelopes.len() != receipts.len() {
            let problem = alloy_rlp::Error::Custom("their number differs from the transactions'");
            return Err(("receipts", problem));
        }
        let mut transactions = Vec::with_capacity(envelopes.len());
        for (index, (envelope, (success, logs))) in envelopes.iter().zip(receipts).enumerate() {
            let (fields, signature) = decode_signed(envelope).map_err(|e| ("transaction", e))?;
            let from = fields
                .recover_sender(&signature)
                .ok_or(("signature", alloy_rlp::Error::Custom("no key fits it")))?;
            let transaction = EvmTransaction {
                hash: TxHash(keccak256(envelope)),
                index: index as u32,
                from,
                to: fields.to,
                created: None,
                value: fields.value,
                input: fields.input,
                success,
                logs: Some(logs),
            };
            let decoded = transaction
                .decode(context)
                .map_err(|_| ("receipts", alloy_rlp::Error::Custom("more than four topics")))?;
            transactions.push(decoded);
        }
        let hash = TxHash(keccak256(header));
        Ok(Block { network: self.network, number, hash, time_s, transactions })
    }
}

/// Number and time of a block header. Fields before the number: parent, uncles, coinbase, three
/// roots, bloom, difficulty; between number and time: gas limit and gas used.
fn decode_header(mut header: &[u8]) -> Result<(u64, u64), alloy_rlp::Error> {
    let mut items = RlpItems::list(&mut header)?;
    for _ in 0..8 {
        items.bytes()?;
    }
    let number = items.u64()?;
    items.bytes()?;
    items.bytes()?;
    let time_s = items.u64()?;
    if header.is_empty() { Ok((number, time_s)) } else { Err(alloy_rlp::Error::UnexpectedLength) }
}

/// The transactions of a body in their network form. In a body, a typed one is a byte string and
/// a legacy one a list.
fn split_envelopes(mut body: &[u8]) -> Result<Vec<&[u8]>, alloy_rlp::Error> {
    let mut items = RlpItems::list(&mut body)?;
    let mut list = items.sub_list()?;
    let mut envelopes = Vec::new();
    while !list.is_empty() {
        let envelope = if list.next_is_list() { list.raw()? } else { list.bytes()? };
        envelopes.push(envelope);
    }
    items.sub_list()?; // uncles
    if items.is_empty() && body.is_empty() {
        Ok(envelopes)
    } else {
        Err(alloy_rlp::Error::UnexpectedLength)
    }
}

type Receipt = (Option<bool>, Vec<Log>);

fn decode_receipts(mut bytes: &[u8]) -> Result<Vec<Receipt>, alloy_rlp::Error> {
    let mut list = RlpItems::list(&mut bytes)?;
    let mut receipts = Vec::new();
    let mut log_index = 0;
    while !list.is_empty() {
        let mut receipt = if list.next_is_list() {
            list.sub_list()?
        } else {
            let envelope = list.bytes()?;
            let mut rest = envelope.get(1..).ok_or(alloy_rlp::Error::InputTooShort)?;
            RlpItems::list(&mut rest)?
        };
        // Before Byzantium (EIP-658) a receipt has a state root instead of a status.
        let success = match receipt.bytes()? {
            [] => Some(false),
            [1] => Some(true),
            root if root.len() == 32 => None,
            _ => return Err(alloy_rlp::Error::Custom("a status is neither 0 nor 1")),
        };
        receipt.u64()?;
        receipt.bytes()?; // bloom
        let mut entries = receipt.sub_list()?;
        let mut logs = Vec::new();
        while !entries.is_empty() {
            let mut entry = entries.sub_list()?;
            let contract = entry.fixed()?;
            let mut topic_list = entry.sub_list()?;
            let mut topics = Vec::with_capacity(4);
            while !topic_list.is_empty() {
                topics.push(topic_list.fixed()?);
            }
            logs.push(Log { contract, topics, data: entry.bytes()?.to_vec(), index: log_index });
            log_index += 1;
        }
        receipts.push((success, logs));
    }
    if bytes.is_empty() { Ok(receipts) } else { Err(alloy_rlp::Error::UnexpectedLength) }
}
