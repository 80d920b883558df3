//! The layouts: which column means what, and how its field is written.

use model::Amount;

use super::{Decimal, Quantity, ReservesError, Row, Total};
use crate::chains::Chain;
use crate::encoding::shown;

/// Header of our own layout. Amounts are integers in base units; lists within a field (signatures,
/// keys, owners) are separated by one blank.
pub(super) const OWN_HEADER: &str =
    "asset,chain,address,amount,height,source,message,signatures,script_or_keys,owners";
/// Longest symbol of an asset.
const SYMBOL_LEN_MAX: usize = 40;
/// Header of the anchor's totals.
const TOTALS_HEADER: &str = "coin,snapshotheight,amount";

/// The layouts that are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// Ours: ten columns, CAIP-2 chains, integers in base units.
    Own,
    /// The anchor's audit rows over many chains: nine columns without amounts.
    AnchorNine,
    /// The anchor's list: totals, then eleven columns.
    AnchorEleven,
    /// The anchor's list with types of staking: totals, then twelve columns.
    AnchorTwelve,
}

/// Headers as they are compared: without blanks, in lower case.
const HEADERS: &[(Layout, &str)] = &[
    (Layout::Own, OWN_HEADER),
    (
        Layout::AnchorNine,
        "digitalasset,network,address,signedmessage,signedmessage2,message,publickey,owner1,owner2",
    ),
    (
        Layout::AnchorEleven,
        "coin,network,snapshotheight,address,amount,message,signature1,signature2,redeemscript/publickey,eoa1,eoa2",
    ),
    (
        Layout::AnchorTwelve,
        "coin,type,network,snapshotheight,address,amount,message,signature1,signature2,redeemscript/publickey,eoa1,eoa2",
    ),
];

fn normal(header: &str) -> String {
    header.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

pub(super) fn is_totals_header(text: &str) -> bool {
    normal(text) == TOTALS_HEADER
}

pub(super) fn unknown(line: u64, text: &str) -> ReservesError {
    ReservesError::Header { line, text: shown(text) }
}

/// A field with its place, for the error.
struct Field<'a> {
    line: u64,
    column: &'static str,
    text: &'a str,
}

impl Field<'_> {
    fn refuse(&self, problem: impl Into<String>) -> ReservesError {
        let (line, column) = (self.line, self.column);
        ReservesError::Field { line, column, text: shown(self.text), problem: problem.into() }
    }

    fn decimal(&self) -> Result<Decimal, ReservesError> {
        Decimal::parse(self.text).map_err(|problem| self.refuse(problem))
    }

    fn base_units(&self) -> Result<Amount, ReservesError> {
        let problem = "write a non-negative integer in base units, digits only";
        Amount::from_decimal(self.text).map_err(|_| self.refuse(problem))
    }

    fn height(&self) -> Result<u64, ReservesError> {
        let is_digits = !self.text.is_empty() && self.text.bytes().all(|b| b.is_ascii_digit());
        let height = self.text.parse().ok().filter(|_| is_digits);
        height.ok_or_else(|| self.refuse("write the height of the snapshot in digits"))
    }

    /// A symbol in plain letters: a look-alike letter would make a second asset.
    fn symbol(&self) -> Result<String, ReservesError> {
        let is_symbol = (1..=SYMBOL_LEN_MAX).contains(&self.text.len())
            && self.text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-()".contains(&b));
        if !is_symbol {
            let problem = "write a symbol of 1 to 40 plain letters, digits, dots and hyphens";
            return Err(self.refuse(problem));
        }
        Ok(self.text.to_owned())
    }
}

/// A total of the anchor's first block.
pub(super) fn total(fields: &[String], line: u64) -> Result<Total, ReservesError> {
    let field = |at: usize, column| Field { line, column, text: &fields[at] };
    let coin = field(0, "asset").symbol()?;
    Ok(Total { line, coin, amount: field(2, "amount").decimal()? })
}

/// What the anchor writes where it has nothing.
fn is_nothing(text: &str) -> bool {
    matches!(text, "" | "null" | "\\N")
}

fn some(texts: &[&String]) -> Vec<String> {
    texts.iter().filter(|text| !is_nothing(text)).map(|text| (*text).clone()).collect()
}

/// The header that was read.
pub(super) struct Columns(Layout);

impl Columns {
    pub(super) fn of(header: &str, line: u64) -> Result<Columns, ReservesError> {
        let normal = normal(header);
        let found = HEADERS.iter().find(|(_, known)| *known == normal);
        found.map(|(layout, _)| Columns(*layout)).ok_or_else(|| unknown(line, header))
    }

    pub(super) fn layout(&self) -> Layout {
        self.0
    }

    pub(super) fn row(&self, fields: &[String], line: u64) -> Result<Row, ReservesError> {
        let expected = match self.0 {
            Layout::Own => 10,
            Layout::AnchorNine => 9,
            Layout::AnchorEleven => 11,
            Layout::AnchorTwelve => 12,
        };
        // The anchor leaves out empty fields at the end of a row.
        let most_left_out = if self.0 == Layout::Own { 0 } else { 2 };
        if fields.len() > expected || fields.len() + most_left_out < expected {
            let problem = format!("it has {} fields where {expected} are named", fields.len());
            return Err(ReservesError::Columns { line, problem });
        }
        let mut fields = fields.to_vec();
        fields.resize(expected, String::new());
        match self.0 {
            Layout::Own => own(&fields, line),
            Layout::AnchorNine => nine(&fields, line),
            Layout::AnchorEleven => eleven(&fields, line, None),
            Layout::AnchorTwelve => {
                let staking = fields.remove(1);
                eleven(&fields, line, Some(staking))
            }
        }
    }
}

fn own(fields: &[String], line: u64) -> Result<Row, ReservesError> {
    let field = |at: usize, column| Field { line, column, text: &fields[at] };
    let chain = field(1, "chain");
    let words = |at: usize| -> Vec<String> {
        fields[at].split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let row = Row {
        line,
        asset: field(0, "asset").symbol()?,
        chain: chain.text.parse().map_err(|error| chain.refuse(format!("{error}")))?,
        height: Some(field(4, "height").height()?),
        address: fields[2].clone(),
        amount: Quantity::Base(field(3, "amount").base_units()?),
        source: fields[5].clone(),
        staking: None,
        message: fields[6].clone(),
        signatures: words(7),
        script_or_keys: words(8),
        owners: words(9),
    };
    with_address(row, "address")
}

/// The chain of an anchor's network name.
fn anchor_chain(network: &Field<'_>) -> Result<Chain, ReservesError> {
    Chain::of_anchor(network.text).ok_or_else(|| {
        network.refuse("no chain with known rules has this name; its rows prove nothing here")
    })
}

fn nine(fields: &[String], line: u64) -> Result<Row, ReservesError> {
    let field = |at: usize, column| Field { line, column, text: &fields[at] };
    let row = Row {
        line,
        asset: field(0, "asset").symbol()?,
        chain: anchor_chain(&field(1, "network"))?,
        height: None,
        address: fields[2].clone(),
        amount: Quantity::None,
        source: String::new(),
        staking: None,
        message: fields[5].clone(),
        signatures: some(&[&fields[3], &fields[4]]),
        script_or_keys: some(&[&fields[6]]),
        owners: some(&[&fields[7], &fields[8]]),
    };
    with_address(row, "address")
}

fn eleven(fields: &[String], line: u64, staking: Option<String>) -> Result<Row, ReservesError> {
    let field = |at: usize, column| Field { line, column, text: &fields[at] };
    let row = Row {
        line,
        asset: field(0, "asset").symbol()?,
        chain: anchor_chain(&field(1, "network"))?,
        height: Some(field(2, "height").height()?),
        address: fields[3].clone(),
        amount: Quantity::Coins(field(4, "amount").decimal()?),
        source: String::new(),
        staking: staking.filter(|kind| kind != "Non Staking"),
        message: fields[5].clone(),
        signatures: some(&[&fields[6], &fields[7]]),
        script_or_keys: some(&[&fields[8]]),
        owners: some(&[&fields[9], &fields[10]]),
    };
    with_address(row, "address")
}

/// The row, if its address can be decoded.
fn with_address(row: Row, column: &'static str) -> Result<Row, ReservesError> {
    match row.key() {
        Ok(_) => Ok(row),
        Err(error) => {
            let field = Field { line: row.line, column, text: &row.address };
            Err(field.refuse(error.to_string()))
        }
    }
}
