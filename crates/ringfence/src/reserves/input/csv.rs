//! Balances as they come in: a table with a row for each user. The first column is `user_id`, each
//! other column is named by an asset and holds a whole number of its base units.
//!
//! Read as a stream: memory does not grow with the number of rows.

use anyhow::{Context, Result};
use proof::leaf::{ASSETS_MAX, Entry};
use proof::receipt::check_account;
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::path::Path;

use super::ReservesError;

/// Longest line: a thousand assets of forty digits.
const LINE_LEN_MAX: usize = 1 << 16;
/// Most bits of an amount.
const AMOUNT_BITS: u32 = 96;

/// A user's balances.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Balances {
    /// The user, as they know their account.
    pub(crate) account: String,
    /// What is not zero, by the column's place.
    pub(crate) entries: Vec<Entry>,
    /// Where it stands, the header row being the first.
    pub(crate) row: u64,
}

/// Hands bytes on, hashes them, and refuses lines without an end.
struct Guarded {
    inner: Box<dyn Read>,
    hash: Sha256,
    line_len: usize,
}

impl Read for Guarded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let bytes = &buffer[..count];
        self.hash.update(bytes);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line_len += piece.len();
            if self.line_len > LINE_LEN_MAX {
                let problem = format!("a line has more than {LINE_LEN_MAX} bytes");
                return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
            }
            if piece.ends_with(b"\n") {
                self.line_len = 0;
            }
        }
        Ok(count)
    }
}

/// A table that is read row by row.
pub(crate) struct Table {
    file: String,
    reader: csv::Reader<Guarded>,
    record: csv::ByteRecord,
    /// Symbols of the assets, by column.
    pub(crate) assets: Vec<String>,
    row: u64,
}

/// A whole number of base units, or what is wrong with it.
pub(crate) fn amount(text: &[u8]) -> Result<u128, String> {
    const WANTED: &str = "a whole number of base units is wanted, such as 150000000 for 1.5 BTC";
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let shown = || String::from_utf8_lossy(&text[..text.len().min(40)]).into_owned();
    let problem = if digits(text) {
        let number = std::str::from_utf8(text).ok().and_then(|text| text.parse::<u128>().ok());
        match number {
            Some(number) if number >> AMOUNT_BITS == 0 => return Ok(number),
            _ => format!("'{}' is not below 2^{AMOUNT_BITS}", shown()),
        }
    } else if text.is_empty() {
        "it is blank: write 0 where nothing is owed".to_owned()
    } else if text[0] == b'-' {
        format!("'{}' is negative: what a user owes is not a balance and is never netted", shown())
    } else {
        format!("'{}' is no such number", shown())
    };
    Err(format!("{problem}; {WANTED}"))
}

impl Table {
    /// Opens a CSV file, plain, gzip or zstd.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = path.display().to_string();
        let inner = Box::new(crate::input::open(path)?);
        let guarded = Guarded { inner, hash: Sha256::new(), line_len: 0 };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(guarded);
        let columns = |problem: &str| ReservesError::Columns {
            file: file.clone(),
            problem: problem.to_owned(),
        };
        let header = reader.byte_headers().with_context(|| file.clone())?.clone();
        let mut names = header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned());
        let first = names.next().unwrap_or_default();
        if first.trim_start_matches('\u{feff}') != "user_id" {
            let problem = "the first column must be named user_id, each other column by an asset";
            return Err(columns(problem).into());
        }
        let assets: Vec<String> = names.collect();
        if assets.is_empty() || assets.len() > ASSETS_MAX {
            let problem = format!("{} assets are not between 1 and {ASSETS_MAX}", assets.len());
            return Err(columns(&problem).into());
        }
        for (place, asset) in assets.iter().enumerate() {
            if let Err(error) = check_account(asset) {
                let problem = format!("column {}: {error}", place + 2);
                return Err(columns(&problem).into());
            }
            if assets[..place].contains(asset) {
                return Err(columns(&format!("the asset {asset} has two columns")).into());
            }
        }
        Ok(Self { file, reader, record: csv::ByteRecord::new(), assets, row: 1 })
    }

    /// The file's name.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// The next row.
    pub(crate) fn next(&mut self) -> Result<Option<Balances>> {
        if !self.reader.read_byte_record(&mut self.record).with_context(|| {
            format!("{}: after row {}: it is damaged or cut off", self.file, self.row)
        })? {
            return Ok(None);
        }
        self.row += 1;
        let row = self.row;
        let in_row = |problem: String| ReservesError::Row { file: self.file.clone(), row, problem };
        if self.record.len() != self.assets.len() + 1 {
            let (found, wanted) = (self.record.len(), self.assets.len() + 1);
            let problem =
                format!("{found} cells, the header row has {wanted}: is the file cut off?");
            return Err(in_row(problem).into());
        }
        let cell = |column: &str, problem: String| ReservesError::Cell {
            file: self.file.clone(),
            row,
            column: column.to_owned(),
            problem,
        };
        let account = std::str::from_utf8(&self.record[0]).unwrap_or_default();
        if let Err(error) = check_account(account) {
            return Err(cell("user_id", error.to_string()).into());
        }
        let mut entries = Vec::new();
        for (place, asset) in self.assets.iter().enumerate() {
            match amount(&self.record[place + 1]) {
                Ok(0) => {}
                Ok(amount) => entries.push(Entry { asset: place as u16, amount }),
                Err(problem) => return Err(cell(asset, problem).into()),
            }
        }
        Ok(Some(Balances { account: account.to_owned(), entries, row }))
    }

    /// SHA-256 of the whole table, once it was read to its end.
    pub(crate) fn digest(self) -> [u8; 32] {
        self.reader.into_inner().hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> (tempfile::TempDir, Result<Table>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.csv");
        std::fs::write(&path, text).unwrap();
        let table = Table::open(&path);
        (folder, table)
    }

    fn code(error: &anyhow::Error) -> &'static str {
        error.downcast_ref::<ReservesError>().map_or("other", ReservesError::code)
    }

    #[test]
    fn a_table_is_read_row_by_row() {
        let (_folder, table) =
            table("user_id,BTC,ETH\nada,5,0\r\nbob@example.org,0,79228162514264337593543950335\n");
        let mut table = table.unwrap();
        assert_eq!(table.assets, ["BTC", "ETH"]);
        let ada = table.next().unwrap().unwrap();
        assert_eq!((ada.account.as_str(), ada.row), ("ada", 2));
        assert_eq!(ada.entries, [Entry { asset: 0, amount: 5 }]);
        let bob = table.next().unwrap().unwrap();
        assert_eq!(bob.entries, [Entry { asset: 1, amount: (1 << 96) - 1 }]);
        assert_eq!(table.next().unwrap(), None);
    }

    #[test]
    fn what_is_no_table_is_refused_by_its_place() {
        for text in ["", "id,BTC\n", "user_id\n", "user_id,BTC,BTC\n", "user_id,B TC\n"] {
            let (_folder, table) = table(text);
            let error = table.err().unwrap();
            assert_eq!(code(&error), "reserves.input.columns", "{text}: {error:#}");
        }
        let bad = [
            "-1",
            "1.5",
            "1e3",
            "NaN",
            "",
            " ",
            "+1",
            "0x1",
            "1_000",
            "79228162514264337593543950336",
            "340282366920938463463374607431768211456",
            "١",
        ];
        for amount in bad {
            let (_folder, table) = table(&format!("user_id,BTC\nada,1\nbob,{amount}\n"));
            let mut table = table.unwrap();
            table.next().unwrap();
            let error = table.next().unwrap_err();
            assert_eq!(code(&error), "reserves.input.cell", "{amount}");
            let text = error.to_string();
            assert!(text.contains("row 3, column BTC") && text.contains("150000000"), "{text}");
        }
        let rows = ["ada\n", "ada,1,2\n"];
        for row in rows {
            let (_folder, table) = table(&format!("user_id,BTC\n{row}"));
            assert_eq!(code(&table.unwrap().next().unwrap_err()), "reserves.input.row");
        }
        for user in ["", "a b", "a\u{e9}", &"a".repeat(129)] {
            let (_folder, table) = table(&format!("user_id,BTC\n{user},1\n"));
            let error = table.unwrap().next().unwrap_err();
            assert!(error.to_string().contains("column user_id"), "{error}");
        }
    }

    #[test]
    fn a_line_without_an_end_is_refused_and_not_kept() {
        let (_folder, table) = table(&format!("user_id,BTC\nada,{}\n", "1".repeat(1 << 20)));
        let error = table.and_then(|mut table| table.next()).unwrap_err();
        assert!(format!("{error:#}").contains("a line has more than"), "{error:#}");
    }
}
