//! CSV: a header row, then rows; plain, gzip or zstd.

use anyhow::Result;
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, Read};
use std::path::Path;

use super::Rows;
use super::cell::Cell;
use crate::reserves::ReservesError;

/// Longest line: a thousand assets of forty digits.
const LINE_LEN_MAX: usize = 1 << 16;

/// Hands bytes on, hashes them, and refuses lines without an end.
struct Guarded {
    inner: Box<dyn BufRead>,
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

/// Rows of a file.
pub(super) struct CsvRows {
    file: String,
    reader: csv::Reader<Guarded>,
    record: csv::ByteRecord,
    columns: Vec<String>,
    row: u64,
}

impl CsvRows {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = path.display().to_string();
        let mut inner = crate::input::open(path)?;
        let damaged = |error: io::Error| damaged(&file, 0, &error);
        if inner.fill_buf().map_err(damaged)?.starts_with(super::parquet::MAGIC) {
            let problem = "it is a compressed Parquet file: decompress it first".to_owned();
            return Err(ReservesError::Source { file, problem }.into());
        }
        let guarded = Guarded { inner, hash: Sha256::new(), line_len: 0 };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(guarded);
        let header = reader.byte_headers().map_err(|error| self::damaged(&file, 0, &error))?;
        let mut columns: Vec<String> =
            header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        if let Some(first) = columns.first_mut()
            && let Some(name) = first.strip_prefix('\u{feff}')
        {
            *first = name.to_owned();
        }
        Ok(Self { file, reader, record: csv::ByteRecord::new(), columns, row: 1 })
    }
}

fn damaged(file: &str, row: u64, error: &dyn std::error::Error) -> anyhow::Error {
    let problem = format!("after row {row}: {error}");
    ReservesError::Damaged { file: file.to_owned(), problem }.into()
}

impl Rows for CsvRows {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn advance(&mut self) -> Result<bool> {
        let read = self.reader.read_byte_record(&mut self.record);
        if !read.map_err(|error| damaged(&self.file, self.row, &error))? {
            return Ok(false);
        }
        self.row += 1;
        let (found, wanted) = (self.record.len(), self.columns.len());
        if found != wanted {
            let problem =
                format!("{found} cells, the header row has {wanted}: is the file cut off?");
            let (file, row) = (self.file.clone(), self.row);
            return Err(ReservesError::Row { file, row, problem }.into());
        }
        Ok(true)
    }

    fn cell(&self, column: usize) -> Cell<'_> {
        Cell::Text(&self.record[column])
    }

    fn row(&self) -> u64 {
        self.row
    }

    fn digest(&self) -> Option<[u8; 32]> {
        Some(self.reader.get_ref().hash.clone().finalize().into())
    }
}
