//! Exports of ethereum-etl: CSV or JSON lines of transactions, logs, token transfers or blocks.
//!
//! The kind of a file is read from its header or from the `type` field of its rows. Rows of one
//! block must stand together. Amounts may be larger than 64 bits, so JSON numbers are read as text.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::{Amount, Asset, Block, Network, TransferKind, TxHash};
use serde_json::value::RawValue;

use super::{BlockContext, EvmTransaction, Log, Movements};
use crate::ChainError;
use crate::address::unhex;
use crate::lines::Lines;

/// Longest line that is read; a block's row with its call data stays far below.
const LINE_LEN_MAX: usize = 16 << 20;

/// What a row says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum RowKind {
    Block,
    Transaction,
    Log,
    TokenTransfer,
}

/// One row with its fields by name.
enum Row<'a> {
    Csv { header: &'a csv::StringRecord, record: &'a csv::StringRecord },
    Json(HashMap<Cow<'a, str>, &'a RawValue>),
}

impl Row<'_> {
    /// The text of the first field of these names that is there and not null or empty.
    fn find(&self, names: &[&str]) -> Option<Cow<'_, str>> {
        names.iter().find_map(|name| match self {
            Row::Csv { header, record } => {
                let column = header.iter().position(|field| field == *name)?;
                record.get(column).filter(|cell| !cell.is_empty()).map(Cow::Borrowed)
            }
            Row::Json(fields) => match fields.get(*name)?.get() {
                "null" => None,
                text if text.starts_with('"') => {
                    serde_json::from_str::<String>(text).ok().map(Cow::Owned)
                }
                text => Some(Cow::Borrowed(text)),
            },
        })
    }
}

/// A row with the place it came from, for errors.
struct Fields<'a> {
    row: Row<'a>,
    place: &'a str,
}

impl Fields<'_> {
    fn bad(&self, field: &'static str, problem: impl std::fmt::Display) -> ChainError {
        ChainError::malformed(self.place, field, problem)
    }

    fn get(&self, names: &'static [&'static str]) -> Result<Cow<'_, str>, ChainError> {
        self.row.find(names).ok_or_else(|| self.bad(names[0], "it is absent or empty"))
    }

    fn amount(&self, names: &'static [&'static str]) -> Result<Amount, ChainError> {
        Amount::from_decimal(&self.get(names)?).map_err(|e| self.bad(names[0], e))
    }

    fn u64(&self, names: &'static [&'static str]) -> Result<u64, ChainError> {
        let text = self.get(names)?;
        text.parse().map_err(|_| self.bad(names[0], format!("'{text}' is not a whole number")))
    }

    fn u32(&self, names: &'static [&'static str]) -> Result<u32, ChainError> {
        u32::try_from(self.u64(names)?).map_err(|_| self.bad(names[0], "it is not below 2^32"))
    }

    fn bytes(&self, field: &'static str, text: &str) -> Result<Vec<u8>, ChainError> {
        text.strip_prefix("0x")
            .and_then(unhex)
            .ok_or_else(|| self.bad(field, "it is not 0x and pairs of hexadecimal digits"))
    }

    fn fixed<const N: usize>(
        &self,
        field: &'static str,
        text: &str,
    ) -> Result<[u8; N], ChainError> {
        let bytes = self.bytes(field, text)?;
        bytes.try_into().map_err(|_| self.bad(field, format!("it needs exactly {N} bytes")))
    }

    fn required<const N: usize>(
        &self,
        names: &'static [&'static str],
    ) -> Result<[u8; N], ChainError> {
        self.fixed(names[0], &self.get(names)?)
    }

    fn optional<const N: usize>(
        &self,
        names: &'static [&'static str],
    ) -> Result<Option<[u8; N]>, ChainError> {
        self.row.find(names).map(|text| self.fixed(names[0], &text)).transpose()
    }
}

/// Refuses to read on when one record has taken too many bytes, so that a quoted field cannot grow
/// without bound. The reader of records sets the count back.
struct RecordGuard<R> {
    inner: R,
    since_record: Arc<AtomicUsize>,
}

impl<R: Read> Read for RecordGuard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if self.since_record.fetch_add(count, Ordering::Relaxed) + count > LINE_LEN_MAX {
            let problem = format!("a record has more than {LINE_LEN_MAX} bytes");
            return Err(std::io::Error::other(problem));
        }
        Ok(count)
    }
}

enum Source<R: BufRead> {
    Csv {
        reader: Box<csv::Reader<RecordGuard<R>>>,
        since_record: Arc<AtomicUsize>,
        header: csv::StringRecord,
        kind: RowKind,
    },
    Json {
        lines: Lines<R>,
        line: String,
    },
}

/// Reads blocks from an export.
pub struct EtlReader<R: BufRead> {
    source: Source<R>,
    network: Network,
    pending: Option<(Block, HashMap<TxHash, usize>)>,
    finished: HashSet<u64>,
    row: u64,
}

impl<R: BufRead> EtlReader<R> {
    /// Finds out whether the input is CSV or JSON lines, and of what.
    ///
    /// # Errors
    /// [`ChainError`] when the header has none of the known column sets.
    pub fn new(mut reader: R, network: Network) -> Result<Self, ChainError> {
        let read_error = |source| ChainError::Read { place: "row 1".to_owned(), source };
        let is_json = reader.fill_buf().map_err(read_error)?.first() == Some(&b'{');
        let source = if is_json {
            Source::Json { lines: Lines::new(reader, LINE_LEN_MAX), line: String::new() }
        } else {
            let since_record = Arc::new(AtomicUsize::new(0));
            let guard = RecordGuard { inner: reader, since_record: since_record.clone() };
            let mut reader = Box::new(csv::Reader::from_reader(guard));
            let header = reader.headers().map_err(|e| csv_error(1, &e))?.clone();
            let has = |name: &str| header.iter().any(|field| field == name);
            let kind = if has("topics") {
                RowKind::Log
            } else if has("token_address") && has("transaction_hash") {
                RowKind::TokenTransfer
            } else if has("hash") && (has("from_address") || has("from")) {
                RowKind::Transaction
            } else if has("hash") && has("parent_hash") {
                RowKind::Block
            } else {
                let problem = "these are not the columns of ethereum-etl blocks, transactions, logs or token transfers";
                return Err(ChainError::malformed("line 1", "header", problem));
            };
            Source::Csv { reader, since_record, header, kind }
        };
        Ok(Self { source, network, pending: None, finished: HashSet::new(), row: 0 })
    }

    /// The next block with what this file says of it; `None` at the end.
    ///
    /// # Errors
    /// [`ChainError`] naming the row and the field.
    pub fn next_block(&mut self) -> Result<Option<Block>, ChainError> {
        loop {
            self.row += 1;
            let network = self.network;
            let place = format!("row {}", self.row);
            let part = match &mut self.source {
                Source::Csv { reader, since_record, header, kind } => {
                    since_record.store(0, Ordering::Relaxed);
                    let mut record = csv::StringRecord::new();
                    if !reader.read_record(&mut record).map_err(|e| csv_error(self.row, &e))? {
                        return Ok(self.pending.take().map(|(block, _)| block));
                    }
                    let row = Row::Csv { header, record: &record };
                    read_row(*kind, &Fields { row, place: &place }, network)?
                }
                Source::Json { lines, line } => {
                    if lines.next_line(line)?.is_none() {
                        return Ok(self.pending.take().map(|(block, _)| block));
                    }
                    let fields: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(line)
                        .map_err(|e| ChainError::malformed(&place, "json", e))?;
                    let fields = Fields { row: Row::Json(fields), place: &place };
                    let kind = match &*fields.get(&["type"])? {
                        "block" => RowKind::Block,
                        "transaction" => RowKind::Transaction,
                        "log" => RowKind::Log,
                        "token_transfer" => RowKind::TokenTransfer,
                        other => {
                            let problem = format!(
                                "'{other}' is not block, transaction, log or token_transfer"
                            );
                            return Err(fields.bad("type", problem));
                        }
                    };
                    read_row(kind, &fields, network)?
                }
            };
            match &mut self.pending {
                Some((block, places)) if block.number == part.number => {
                    if block.hash == TxHash::default() {
                        block.hash = part.hash;
                    }
                    for transaction in part.transactions {
                        add_part(block, places, transaction, false);
                    }
                }
                pending => {
                    if self.finished.contains(&part.number) {
                        let problem = format!(
                            "the rows of block {} do not stand together; sort the export by block",
                            part.number
                        );
                        return Err(ChainError::malformed(place, "block_number", problem));
                    }
                    let places = places_of(&part);
                    if let Some((ready, _)) = pending.replace((part, places)) {
                        self.finished.insert(ready.number);
                        return Ok(Some(ready));
                    }
                }
            }
        }
    }
}

fn csv_error(row: u64, error: &csv::Error) -> ChainError {
    ChainError::malformed(format!("row {row}"), "csv", error)
}

/// Adds the transactions of `part` to those of the same block. Parts of one transaction (its row,
/// its logs, its token transfers) become one, and its movements are numbered anew.
///
/// What both parts name is kept once: exports write the same event as a log and as a token
/// transfer, and a file may be given twice.
pub fn merge_into(block: &mut Block, part: Block) {
    if block.hash == TxHash::default() {
        block.hash = part.hash;
    }
    let mut places = places_of(block);
    for transaction in part.transactions {
        add_part(block, &mut places, transaction, true);
    }
}

fn places_of(block: &Block) -> HashMap<TxHash, usize> {
    block.transactions.iter().enumerate().map(|(place, tx)| (tx.hash, place)).collect()
}

fn add_part(
    block: &mut Block,
    places: &mut HashMap<TxHash, usize>,
    mut transaction: model::Transaction,
    is_other_file: bool,
) {
    let Some(place) = places.get(&transaction.hash) else {
        places.insert(transaction.hash, block.transactions.len());
        block.transactions.push(transaction);
        return;
    };
    let known = &mut block.transactions[*place];
    // The index is known to the transaction's own row only; event rows say u32::MAX.
    known.index = known.index.min(transaction.index);
    if is_other_file {
        transaction.transfers.retain(|new| {
            !known.transfers.iter().any(|old| {
                old.kind == new.kind
                    && old.position.sub_index == new.position.sub_index
                    && old.asset.contract() == new.asset.contract()
            })
        });
        transaction.approvals.retain(|new| {
            !known.approvals.iter().any(|old| {
                old.position.sub_index == new.position.sub_index && old.contract == new.contract
            })
        });
    }
    known.transfers.append(&mut transaction.transfers);
    known.approvals.append(&mut transaction.approvals);
}

/// Settles the order and numbering of a block whose transactions came in parts.
pub fn settle(block: &mut Block) {
    block.transactions.sort_by_key(|transaction| transaction.index);
    for (place, transaction) in block.transactions.iter_mut().enumerate() {
        if transaction.index == u32::MAX {
            transaction.index = place as u32;
        }
        let index = transaction.index;
        let value = transaction.transfers.iter().find(|t| t.kind == TransferKind::Value).cloned();
        let has_logs = transaction.transfers.iter().any(|t| t.kind == TransferKind::Token)
            || transaction.approvals.iter().any(|approval| approval.position.sub_index > 0);
        if has_logs {
            transaction.transfers.retain(|transfer| transfer.kind != TransferKind::TokenCall);
        }
        transaction.transfers.sort_by_key(|transfer| transfer.position.sub_index);
        for (sub_index, transfer) in transaction.transfers.iter_mut().enumerate() {
            transfer.position.tx_index = index;
            transfer.position.sub_index = sub_index as u32;
            if let Some(value) = &value {
                transfer.success = value.success;
                transfer.has_call_data = value.has_call_data;
                let signer = value.from;
                transfer.initiator = signer.filter(|_| signer != transfer.from);
            }
        }
        let first = transaction.transfers.len() as u32;
        for (place, approval) in transaction.approvals.iter_mut().enumerate() {
            approval.position.tx_index = index;
            approval.position.sub_index = first + place as u32;
            approval.success &= value.as_ref().is_none_or(|value| value.success);
        }
    }
}

fn read_row(kind: RowKind, fields: &Fields<'_>, network: Network) -> Result<Block, ChainError> {
    let number = fields.u64(match kind {
        RowKind::Block => &["number"],
        _ => &["block_number"],
    })?;
    let time_s = fields.u64(match kind {
        RowKind::Block => &["timestamp"],
        _ => &["block_timestamp", "timestamp"],
    })?;
    let context = BlockContext { network, number, time_s };
    let hash = match kind {
        RowKind::Block => Some(fields.required(&["hash"])?),
        _ => fields.optional(&["block_hash"])?,
    };
    let transactions = match kind {
        RowKind::Block => read_withdrawals(fields, context, TxHash(hash.unwrap_or_default()))?,
        RowKind::Transaction => vec![read_transaction(fields, context)?],
        RowKind::Log => vec![read_log(fields, context)?],
        RowKind::TokenTransfer => vec![read_token_transfer(fields, context)?],
    };
    let hash = TxHash(hash.unwrap_or_default());
    Ok(Block { network, number, hash, time_s, transactions })
}

fn read_transaction(
    fields: &Fields<'_>,
    context: BlockContext,
) -> Result<model::Transaction, ChainError> {
    let input = match fields.row.find(&["input"]) {
        Some(text) => fields.bytes("input", &text)?,
        None => match fields.row.find(&["selector"]) {
            // A table of transactions that keeps only the selector, with or without its 0x, still
            // tells calls from plain payments.
            Some(text) => unhex(text.trim_start_matches("0x"))
                .ok_or_else(|| fields.bad("selector", "it is not pairs of hexadecimal digits"))?,
            None => Vec::new(),
        },
    };
    let success = match fields.row.find(&["receipt_status"]) {
        Some(status) => match &*status {
            "1" => Some(true),
            "0" => Some(false),
            _ => return Err(fields.bad("receipt_status", "it is neither 0 nor 1")),
        },
        None => None,
    };
    let transaction = EvmTransaction {
        hash: TxHash(fields.required(&["hash"])?),
        index: fields.u32(&["transaction_index", "tx_index"])?,
        from: fields.required(&["from_address", "from"])?,
        to: fields.optional(&["to_address", "to"])?,
        created: fields.optional(&["receipt_contract_address"])?,
        value: fields.amount(&["value", "value_wei"])?,
        input,
        success,
        logs: None,
    };
    transaction.decode(context)
}

fn read_log(fields: &Fields<'_>, context: BlockContext) -> Result<model::Transaction, ChainError> {
    let hash = TxHash(fields.required(&["transaction_hash"])?);
    let mut topics = Vec::new();
    if let Some(list) = fields.row.find(&["topics"]) {
        let list = list.trim_matches(['[', ']']);
        for topic in list.split(',').map(|topic| topic.trim().trim_matches('"')) {
            if !topic.is_empty() {
                topics.push(fields.fixed("topics", topic)?);
            }
        }
    }
    let data = match fields.row.find(&["data"]) {
        Some(text) => fields.bytes("data", &text)?,
        None => Vec::new(),
    };
    let index = fields.u32(&["log_index"])?;
    let contract = fields.required(&["address"])?;
    let mut movements = Movements::new(context, hash, u32::MAX, true);
    Log { contract, topics, data, index }.decode_into(&mut movements)?;
    number_by_log(&mut movements.out, index);
    Ok(movements.out)
}

fn read_token_transfer(
    fields: &Fields<'_>,
    context: BlockContext,
) -> Result<model::Transaction, ChainError> {
    let hash = TxHash(fields.required(&["transaction_hash"])?);
    let index = fields.u32(&["log_index"])?;
    let mut movements = Movements::new(context, hash, u32::MAX, true);
    movements.transfer(
        TransferKind::Token,
        Asset::Erc20(fields.required(&["token_address"])?),
        fields.optional(&["from_address"])?,
        fields.optional(&["to_address"])?,
        fields.amount(&["value"])?,
    );
    number_by_log(&mut movements.out, index);
    Ok(movements.out)
}

/// Gives event movements their log's place, past the value transfer, until [`settle`] numbers them.
fn number_by_log(transaction: &mut model::Transaction, log_index: u32) {
    let sub_index = log_index.saturating_add(1);
    for transfer in &mut transaction.transfers {
        transfer.position.sub_index = sub_index;
    }
    for approval in &mut transaction.approvals {
        approval.position.sub_index = sub_index;
    }
}

#[derive(serde::Deserialize)]
struct EtlWithdrawal {
    address: String,
    amount: u64,
}

fn read_withdrawals(
    fields: &Fields<'_>,
    context: BlockContext,
    block_hash: TxHash,
) -> Result<Vec<model::Transaction>, ChainError> {
    let Some(text) = fields.row.find(&["withdrawals"]) else {
        return Ok(Vec::new());
    };
    // The CSV export writes the objects without the brackets of their list.
    let list = if text.starts_with('[') { text.into_owned() } else { format!("[{text}]") };
    let withdrawals: Vec<EtlWithdrawal> =
        serde_json::from_str(&list).map_err(|e| fields.bad("withdrawals", e))?;
    if withdrawals.is_empty() {
        return Ok(Vec::new());
    }
    let mut movements = Movements::new(context, block_hash, u32::MAX, true);
    for withdrawal in withdrawals {
        let address = fields.fixed("withdrawals.address", &withdrawal.address)?;
        let wei = Amount::from_u128(u128::from(withdrawal.amount) * 1_000_000_000);
        movements.transfer(TransferKind::Withdrawal, Asset::Native, None, Some(address), wei);
    }
    Ok(vec![movements.out])
}
