//! Parquet: row group by row group, page by page, a few rows of each column at a time.

mod guard;

use ::parquet::basic::{ConvertedType, Type};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use ::parquet::data_type::{ByteArray, DataType};
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::schema::types::ColumnDescriptor;
use anyhow::{Context, Result};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::Rows;
use super::cell::Cell;
use crate::reserves::ReservesError;

/// What a file begins with, and ends with.
pub(super) const MAGIC: &[u8] = b"PAR1";
/// Rows that are decoded at a time.
const BATCH: usize = 1_024;
/// Most columns: a thousand assets, and what no asset is.
const COLUMNS_MAX: usize = 1_024;

/// How a column's values are to be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Signed,
    Unsigned,
    /// Bytes of a number, the highest first.
    BigEndian,
    Text,
}

/// The kind of a column, or what it is instead.
fn kind(column: &ColumnDescriptor) -> Result<Kind, String> {
    use ConvertedType as C;
    if column.max_rep_level() > 0 || column.path().parts().len() > 1 {
        return Err("a list or group".to_owned());
    }
    let (physical, converted) = (column.physical_type(), column.converted_type());
    let is_plain = converted == C::NONE && column.logical_type_ref().is_none();
    let is_decimal = converted == C::DECIMAL;
    if is_decimal && column.type_scale() != 0 {
        return Err(format!("a decimal of scale {}", column.type_scale()));
    }
    match physical {
        Type::INT32 | Type::INT64 => match converted {
            C::INT_8 | C::INT_16 | C::INT_32 | C::INT_64 | C::DECIMAL => Ok(Kind::Signed),
            C::UINT_8 | C::UINT_16 | C::UINT_32 | C::UINT_64 => Ok(Kind::Unsigned),
            _ if is_plain => Ok(Kind::Signed),
            other => Err(format!("{physical} ({other})")),
        },
        Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY if is_decimal => Ok(Kind::BigEndian),
        Type::BYTE_ARRAY if is_plain || matches!(converted, C::UTF8 | C::ENUM) => Ok(Kind::Text),
        _ if is_plain => Err(physical.to_string()),
        _ => Err(format!("{physical} ({:?})", column.logical_type_ref())),
    }
}

/// A value of a row.
enum Value {
    Null,
    Integer(i128),
    Text(ByteArray),
    Beyond,
}

/// A number of any length.
fn big_endian(bytes: &[u8]) -> Value {
    let sign = if bytes.first().is_some_and(|first| first >> 7 == 1) { 0xff } else { 0 };
    let (high, low) = bytes.split_at(bytes.len().saturating_sub(16));
    let mut number = [sign; 16];
    number[16 - low.len()..].copy_from_slice(low);
    let is_whole =
        high.iter().all(|byte| *byte == sign) && (high.is_empty() || low[0] >> 7 == sign >> 7);
    if is_whole { Value::Integer(i128::from_be_bytes(number)) } else { Value::Beyond }
}

/// A column of the file, and the part of a row group that is decoded.
struct Column {
    kind: Kind,
    is_optional: bool,
    reader: Option<ColumnReader>,
    values: Vec<Value>,
}

impl Column {
    /// Decodes so many rows; gives how many there were.
    fn read(&mut self, rows: usize) -> Result<usize, ParquetError> {
        let kind = self.kind;
        let mut values = std::mem::take(&mut self.values);
        values.clear();
        let out = (rows, self.is_optional, &mut values);
        let read = match self.reader.as_mut() {
            Some(ColumnReader::Int32ColumnReader(reader)) => take(reader, out, |value| {
                Value::Integer(match kind {
                    Kind::Unsigned => i128::from(value.cast_unsigned()),
                    _ => i128::from(value),
                })
            }),
            Some(ColumnReader::Int64ColumnReader(reader)) => take(reader, out, |value| {
                Value::Integer(match kind {
                    Kind::Unsigned => i128::from(value.cast_unsigned()),
                    _ => i128::from(value),
                })
            }),
            Some(ColumnReader::ByteArrayColumnReader(reader)) => {
                take(reader, out, |value| match kind {
                    Kind::Text => Value::Text(value),
                    _ => big_endian(value.data()),
                })
            }
            Some(ColumnReader::FixedLenByteArrayColumnReader(reader)) => {
                take(reader, out, |value| big_endian(value.data()))
            }
            _ => Err(ParquetError::General("a column has another type than it says".to_owned())),
        };
        self.values = values;
        read
    }
}

fn take<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    (rows, is_optional, out): (usize, bool, &mut Vec<Value>),
    value: impl Fn(T::T) -> Value,
) -> Result<usize, ParquetError> {
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    let levels_out = is_optional.then_some(&mut levels);
    let (read, _, _) = reader.read_records(rows, levels_out, None, &mut values)?;
    let mut values = values.into_iter();
    if !is_optional {
        out.extend(values.map(value));
    } else {
        for level in levels {
            out.push(match level {
                0 => Value::Null,
                _ => values.next().map_or(Value::Null, &value),
            });
        }
    }
    if out.len() != read {
        return Err(ParquetError::General("a column has fewer values than rows".to_owned()));
    }
    Ok(read)
}

/// Rows of a file.
pub(super) struct ParquetRows {
    file: String,
    reader: SerializedFileReader<guard::Guarded>,
    names: Vec<String>,
    columns: Vec<Column>,
    /// The row group to be opened next.
    group: usize,
    /// Rows of the open one that are not decoded yet.
    left: usize,
    /// The row in what is decoded, and how many there are.
    place: usize,
    decoded: usize,
    row: u64,
}

/// Whether a file is one.
pub(super) fn is_parquet(path: &Path) -> Result<bool> {
    let place = || format!("--input {}", path.display());
    // A pipe can be read once only.
    if !std::fs::metadata(path).with_context(place)?.is_file() {
        return Ok(false);
    }
    let mut magic = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut magic))
        .with_context(place)?;
    Ok(magic == MAGIC)
}

/// Calls the crate: an error of it is the file's.
fn call<T>(file: &str, row: u64, work: impl FnOnce() -> Result<T, ParquetError>) -> Result<T> {
    guard::unwound(work).map_err(|problem| damaged(file, row, &problem).into())
}

impl ParquetRows {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| format!("--input {name}"))?;
        let reader = call(&name, 0, || SerializedFileReader::new(guard::Guarded::new(file)?))?;
        let (metadata, schema) =
            (reader.metadata(), reader.metadata().file_metadata().schema_descr());
        let refused = |problem: String| ReservesError::Columns { file: name.clone(), problem };
        if schema.num_columns() > COLUMNS_MAX {
            let problem = format!("{} are more than {COLUMNS_MAX}", schema.num_columns());
            return Err(refused(problem).into());
        }
        let (mut names, mut columns) = (Vec::new(), Vec::new());
        for column in schema.columns() {
            let kind = kind(column).map_err(|what| {
                refused(format!(
                    "column {} is {what}: text, an integer or a decimal of scale 0 is wanted; \
                     write it so, and look whether digits were lost",
                    column.path().string()
                ))
            })?;
            names.push(column.name().to_owned());
            let is_optional = column.max_def_level() > 0;
            columns.push(Column { kind, is_optional, reader: None, values: Vec::new() });
        }
        // A number of rows that is too small would leave users out.
        let mut rows = 0i64;
        for group in metadata.row_groups() {
            let is_whole = group.columns().iter().all(|part| part.num_values() == group.num_rows());
            anyhow::ensure!(
                is_whole && group.num_rows() >= 0 && group.num_columns() == columns.len(),
                damaged(&name, 0, "a row group has other numbers of rows than its columns")
            );
            rows = rows.saturating_add(group.num_rows());
        }
        anyhow::ensure!(
            rows == metadata.file_metadata().num_rows(),
            damaged(&name, 0, "it has another number of rows than its row groups")
        );
        Ok(Self {
            file: name,
            reader,
            names,
            columns,
            group: 0,
            left: 0,
            place: 0,
            decoded: 0,
            row: 0,
        })
    }

    fn open_group(&mut self) -> Result<()> {
        let Self { reader, columns, group, .. } = self;
        self.left = call(&self.file, self.row, || {
            let open = reader.get_row_group(*group)?;
            let rows = usize::try_from(open.metadata().num_rows())?;
            for (place, column) in columns.iter_mut().enumerate() {
                let schema = open.metadata().schema_descr().column(place);
                let pages = guard::Pages::new(
                    open.get_column_page_reader(place)?,
                    rows,
                    column.is_optional,
                );
                column.reader = Some(get_column_reader(schema, Box::new(pages)));
            }
            Ok(rows)
        })?;
        self.group += 1;
        Ok(())
    }

    /// Decodes the next rows; false after the last.
    fn decode(&mut self) -> Result<bool> {
        let uneven = "a column has other rows than its row group says";
        while self.left == 0 {
            for column in &mut self.columns {
                let is_open = column.reader.is_some();
                let more = is_open.then(|| call(&self.file, self.row, || column.read(1)));
                anyhow::ensure!(
                    more.transpose()?.unwrap_or(0) == 0,
                    damaged(&self.file, self.row, uneven)
                );
            }
            if self.group == self.reader.metadata().num_row_groups() {
                return Ok(false);
            }
            self.open_group()?;
        }
        let rows = self.left.min(BATCH);
        for column in &mut self.columns {
            let read = call(&self.file, self.row, || column.read(rows))?;
            anyhow::ensure!(read == rows, damaged(&self.file, self.row, uneven));
        }
        self.left -= rows;
        (self.place, self.decoded) = (0, rows);
        Ok(true)
    }
}

fn damaged(file: &str, row: u64, problem: &str) -> ReservesError {
    let problem = format!("after row {row}: {problem}");
    ReservesError::Damaged { file: file.to_owned(), problem }
}

impl Rows for ParquetRows {
    fn columns(&self) -> &[String] {
        &self.names
    }

    fn advance(&mut self) -> Result<bool> {
        if self.row > 0 {
            self.place += 1;
        }
        if self.place >= self.decoded && !self.decode()? {
            return Ok(false);
        }
        self.row += 1;
        Ok(true)
    }

    fn cell(&self, column: usize) -> Cell<'_> {
        match &self.columns[column].values[self.place] {
            Value::Null => Cell::Null,
            Value::Integer(number) => Cell::Integer(*number),
            Value::Text(text) => Cell::Text(text.data()),
            Value::Beyond => Cell::Other("a number of more than 127 bits"),
        }
    }

    fn row(&self) -> u64 {
        self.row
    }

    fn digest(&self) -> Option<[u8; 32]> {
        None
    }
}

#[cfg(test)]
pub(crate) mod tests;
