//! Lists of reserves: the anchor's three layouts and our own, read as a stream.
//!
//! [`List`] yields [`Row`]s and remembers the published totals; [`Audit`] looks at all rows
//! together: nothing twice, totals as published, no receipt beside what it stands for.

mod amount;
mod audit;
mod layout;
mod row;
mod split;

use std::io::BufRead;

pub use amount::{Decimal, Quantity};
pub use audit::{AssetNames, Audit, Finding};
pub use layout::Layout;
pub use row::Row;

use layout::Columns;
use split::Lines;

/// Longest line: a row with 16 signatures and their script.
pub const LINE_BYTES_MAX: usize = 16 * 1024;
/// Most rows: ten times the largest published list. [`Audit`] keeps a key for each.
pub const ROWS_MAX: u64 = 2_000_000;
/// Most totals in the first block.
const TOTALS_MAX: usize = 10_000;

/// Why a list or a row is refused.
#[derive(Debug, thiserror::Error)]
pub enum ReservesError {
    /// The input could not be read.
    #[error("line {line}: reading failed: {source}")]
    Read {
        /// Line, from 1.
        line: u64,
        /// The cause.
        source: std::io::Error,
    },
    /// A line that is longer than any row.
    #[error("line {line}: it has more than {LINE_BYTES_MAX} bytes; export the list again as CSV")]
    LineTooLong {
        /// Line, from 1.
        line: u64,
    },
    /// More rows or totals than any list.
    #[error("line {line}: there are more than {limit} of them; split the list")]
    TooMany {
        /// Line, from 1.
        line: u64,
        /// The limit.
        limit: u64,
    },
    /// No layout begins with this line.
    #[error(
        "line {line}: '{text}' is the first line of no layout; expected {}",
        layout::OWN_HEADER
    )]
    Header {
        /// Line, from 1.
        line: u64,
        /// The line, cut.
        text: String,
    },
    /// A field that cannot be read.
    #[error("line {line}, column {column}: '{text}': {problem}")]
    Field {
        /// Line, from 1.
        line: u64,
        /// The column's name.
        column: &'static str,
        /// The field, cut.
        text: String,
        /// What is wrong and what to write.
        problem: String,
    },
    /// The line is not CSV, or has more or fewer fields than the header.
    #[error("line {line}: {problem}; write one field for each column of the header")]
    Columns {
        /// Line, from 1.
        line: u64,
        /// What is wrong.
        problem: String,
    },
}

impl ReservesError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            ReservesError::Read { .. } => "reserves.list.unreadable",
            ReservesError::LineTooLong { .. } => "reserves.line.too_long",
            ReservesError::TooMany { .. } => "reserves.list.too_many",
            ReservesError::Header { .. } => "reserves.list.header",
            ReservesError::Columns { .. } => "reserves.row.columns",
            ReservesError::Field { column, .. } => match *column {
                "amount" => "reserves.row.amount",
                "height" => "reserves.row.height",
                "chain" | "network" => "reserves.row.chain",
                "address" => "reserves.row.address",
                "asset" => "reserves.row.asset",
                _ => "reserves.row.field",
            },
        }
    }
}

/// A total that the anchor publishes above its rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Total {
    /// Line, from 1.
    pub line: u64,
    /// The coin as the list writes it; `COIN(ALL)` for the sum over its networks.
    pub coin: String,
    /// The amount.
    pub amount: Decimal,
}

/// A list as a stream of rows.
pub struct List<R> {
    lines: Lines<R>,
    columns: Columns,
    totals: Vec<Total>,
    rows: u64,
    is_done: bool,
}

impl<R: BufRead> List<R> {
    /// Reads up to the header of the rows: recognises the layout and reads the published totals.
    ///
    /// # Errors
    /// [`ReservesError`] for a header of no layout or a total that is no amount.
    pub fn open(reader: R) -> Result<List<R>, ReservesError> {
        let mut lines = Lines::new(reader);
        let mut totals = Vec::new();
        let mut header = lines.next_line()?.unwrap_or_default();
        if layout::is_totals_header(&header) {
            loop {
                let Some(text) = lines.next_line()? else {
                    return Err(layout::unknown(lines.number(), ""));
                };
                let fields = split::fields(&text, lines.number())?;
                if fields.len() != 3 {
                    header = text;
                    break;
                }
                if totals.len() == TOTALS_MAX {
                    let line = lines.number();
                    return Err(ReservesError::TooMany { line, limit: TOTALS_MAX as u64 });
                }
                totals.push(layout::total(&fields, lines.number())?);
            }
        }
        let columns = Columns::of(&header, lines.number())?;
        Ok(List { lines, columns, totals, rows: 0, is_done: false })
    }

    /// Which layout the list has.
    pub fn layout(&self) -> Layout {
        self.columns.layout()
    }

    /// The totals that stand above the rows; none in layouts without them.
    pub fn totals(&self) -> &[Total] {
        &self.totals
    }

    fn read_row(&mut self) -> Result<Option<Row>, ReservesError> {
        let Some(text) = self.lines.next_line()? else {
            return Ok(None);
        };
        let line = self.lines.number();
        self.rows += 1;
        if self.rows > ROWS_MAX {
            return Err(ReservesError::TooMany { line, limit: ROWS_MAX });
        }
        let fields = split::fields(&text, line)?;
        self.columns.row(&fields, line).map(Some)
    }
}

/// Rows in the order of the list. After an error of one row the next rows follow; after an error
/// of the input, none.
impl<R: BufRead> Iterator for List<R> {
    type Item = Result<Row, ReservesError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let item = self.read_row().transpose();
        self.is_done = match &item {
            None => true,
            Some(Err(error)) => {
                !matches!(error, ReservesError::Field { .. } | ReservesError::Columns { .. })
            }
            Some(Ok(_)) => false,
        };
        item
    }
}

#[cfg(test)]
mod tests;
