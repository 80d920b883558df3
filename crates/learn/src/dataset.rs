//! The labelled set: accounts with a flag, addresses by id, transactions and ERC-20 transfers.

use sha2::Digest;
use std::io::Read;

use model::{Address, Amount, Asset, Network, Position, Transfer, TransferKind, TxHash};

use crate::LearnError;

/// Who says that an account is illicit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LabelSource {
    /// The 9,841-account set.
    Kaggle,
    /// Accounts added from explorer labels.
    Etherscan,
}

impl LabelSource {
    /// Name as in the file.
    pub fn name(self) -> &'static str {
        match self {
            LabelSource::Kaggle => "kaggle",
            LabelSource::Etherscan => "etherscan",
        }
    }
}

/// A labelled account.
#[derive(Clone, Copy, Debug)]
pub struct Labelled {
    /// Its address.
    pub address: Address,
    /// The label.
    pub is_illicit: bool,
    /// Who gave it.
    pub source: LabelSource,
}

/// The set in memory.
pub struct Dataset {
    /// Labelled accounts in the order of the file.
    pub accounts: Vec<Labelled>,
    /// Every movement in time order.
    pub transfers: Vec<Transfer>,
}

struct Table<R> {
    file: &'static str,
    reader: csv::Reader<R>,
    record: csv::StringRecord,
    columns: Vec<usize>,
    row: u64,
}

impl<R: Read> Table<R> {
    fn open(file: &'static str, input: R, columns: &[&str]) -> Result<Self, LearnError> {
        let mut reader = csv::Reader::from_reader(input);
        let malformed = |problem: String| {
            let place = "header".to_owned();
            LearnError::Malformed { file, place, problem }
        };
        let header = reader.headers().map_err(|e| malformed(e.to_string()))?.clone();
        let places = columns.iter().map(|column| {
            let place = header.iter().position(|name| name == *column);
            place.ok_or_else(|| malformed(format!("column '{column}' is missing")))
        });
        let columns = places.collect::<Result<_, _>>()?;
        Ok(Self { file, reader, record: csv::StringRecord::new(), columns, row: 1 })
    }

    fn next_row(&mut self) -> Result<bool, LearnError> {
        self.row += 1;
        let read = self.reader.read_record(&mut self.record);
        read.map_err(|e| self.malformed("csv", e))
    }

    fn malformed(&self, column: &str, problem: impl std::fmt::Display) -> LearnError {
        let place = format!("row {}, column '{column}'", self.row);
        LearnError::Malformed { file: self.file, place, problem: problem.to_string() }
    }

    fn text(&self, column: usize) -> &str {
        self.record.get(self.columns[column]).unwrap_or("")
    }

    fn number<T: std::str::FromStr>(&self, column: usize, name: &str) -> Result<T, LearnError> {
        let text = self.text(column);
        text.parse().map_err(|_| self.malformed(name, format!("'{text}' is not a whole number")))
    }

    fn optional_id(&self, column: usize, name: &str) -> Result<Option<usize>, LearnError> {
        if self.text(column).is_empty() { Ok(None) } else { self.number(column, name).map(Some) }
    }
}

/// Largest id of an address; the set has half a million.
const ID_MAX: usize = 50_000_000;

impl Dataset {
    /// Reads the set from its four files, decompressed.
    ///
    /// # Errors
    /// [`LearnError::Malformed`] naming file, row and column.
    pub fn read(
        accounts: impl Read,
        transactions: impl Read,
        erc20: impl Read,
        addresses: impl Read,
    ) -> Result<Self, LearnError> {
        let mut known: Vec<Option<Address>> = Vec::new();
        let mut table = Table::open("addresses", addresses, &["id", "address"])?;
        while table.next_row()? {
            let id: usize = table.number(0, "id")?;
            if id > ID_MAX {
                return Err(table.malformed("id", format!("it is larger than {ID_MAX}")));
            }
            let address = counterparty(table.text(1)).map_err(|e| table.malformed("address", e))?;
            if id >= known.len() {
                known.resize(id + 1, None);
            }
            known[id] = Some(address);
        }

        let mut labelled = Vec::new();
        let mut table = Table::open("accounts", accounts, &["address", "flag", "source"])?;
        while table.next_row()? {
            let address = counterparty(table.text(0)).map_err(|e| table.malformed("address", e))?;
            let is_illicit = match table.text(1) {
                "0" => false,
                "1" => true,
                _ => return Err(table.malformed("flag", "it is neither 0 nor 1")),
            };
            let source = match table.text(2) {
                "kaggle" => LabelSource::Kaggle,
                "etherscan" => LabelSource::Etherscan,
                _ => return Err(table.malformed("source", "it is neither kaggle nor etherscan")),
            };
            labelled.push(Labelled { address, is_illicit, source });
        }

        let mut transfers = Vec::new();
        read_transactions(transactions, &known, &mut transfers)?;
        read_erc20(erc20, &known, &mut transfers)?;
        // Native before token within a transaction; rows of one kind keep the order of their file.
        transfers.sort_by_key(|t| (t.time_s, t.position, t.kind));
        Ok(Self { accounts: labelled, transfers })
    }
}

/// A party of a transaction. The crawl has parties that are no addresses: "genesis" for the sender
/// of the first allocations, 32-byte rollup accounts, a few with stray characters. Each is somebody,
/// and stands for itself by its hash.
fn counterparty(text: &str) -> Result<Address, chain::AddressError> {
    match chain::parse_address(Network::ETHEREUM, text) {
        Err(chain::AddressError::Shape { .. }) => {
            let digest: [u8; 32] = sha2::Sha256::digest(text).into();
            Ok(Address::account20(digest[..20].try_into().expect("20 of 32 bytes")))
        }
        parsed => parsed,
    }
}

fn lookup<R: Read>(
    table: &Table<R>,
    known: &[Option<Address>],
    id: Option<usize>,
    column: &str,
) -> Result<Option<Address>, LearnError> {
    let Some(id) = id else { return Ok(None) };
    match known.get(id).copied().flatten() {
        Some(address) => Ok(Some(address)),
        None => Err(table.malformed(column, format!("id {id} is not among the addresses"))),
    }
}

fn transfer(
    time_s: u64,
    block: u64,
    tx_index: u32,
    parties: (Option<Address>, Option<Address>),
    asset: Asset,
    amount: Amount,
) -> Transfer {
    Transfer {
        network: Network::ETHEREUM,
        position: Position { block, tx_index, sub_index: 0 },
        time_s,
        tx: TxHash::default(),
        from: parties.0,
        to: parties.1,
        initiator: None,
        asset,
        amount,
        success: true,
        kind: TransferKind::Value,
        has_call_data: false,
    }
}

fn read_transactions(
    input: impl Read,
    known: &[Option<Address>],
    transfers: &mut Vec<Transfer>,
) -> Result<(), LearnError> {
    let columns = [
        "timestamp",
        "block",
        "tx_index",
        "from_id",
        "to_id",
        "created_id",
        "value_wei",
        "is_error",
        "method_id",
    ];
    let mut table = Table::open("transactions", input, &columns)?;
    while table.next_row()? {
        let (from, to) = (table.optional_id(3, "from_id")?, table.optional_id(4, "to_id")?);
        let created = table.optional_id(5, "created_id")?;
        let parties = (
            lookup(&table, known, from, "from_id")?,
            lookup(&table, known, to.or(created), "to_id")?,
        );
        let amount =
            Amount::from_decimal(table.text(6)).map_err(|e| table.malformed("value_wei", e))?;
        let (time_s, block) = (table.number(0, "timestamp")?, table.number(1, "block")?);
        let tx_index = table.number(2, "tx_index")?;
        let mut row = transfer(time_s, block, tx_index, parties, Asset::Native, amount);
        row.success = !matches!(table.text(7), "1" | "True" | "true");
        row.has_call_data = to.is_none() || !matches!(table.text(8), "" | "0x");
        transfers.push(row);
    }
    Ok(())
}

fn read_erc20(
    input: impl Read,
    known: &[Option<Address>],
    transfers: &mut Vec<Transfer>,
) -> Result<(), LearnError> {
    let columns = ["timestamp", "block", "tx_index", "token_id", "from_id", "to_id", "value"];
    let mut table = Table::open("erc20", input, &columns)?;
    while table.next_row()? {
        let (from, to) = (table.optional_id(4, "from_id")?, table.optional_id(5, "to_id")?);
        let parties =
            (lookup(&table, known, from, "from_id")?, lookup(&table, known, to, "to_id")?);
        let token: u64 = table.text(3).parse().unwrap_or(0);
        let mut contract = [0; 20];
        contract[..8].copy_from_slice(&token.to_le_bytes());
        // Only the fact of the transfer counts; what it is worth is not known.
        let (time_s, block) = (table.number(0, "timestamp")?, table.number(1, "block")?);
        let tx_index = table.number(2, "tx_index")?;
        let asset = Asset::Erc20(contract);
        let mut row = transfer(time_s, block, tx_index, parties, asset, Amount::from(1));
        row.kind = TransferKind::Token;
        transfers.push(row);
    }
    Ok(())
}
