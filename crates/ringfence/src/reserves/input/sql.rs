//! Rows of a SQL database.

use anyhow::Result;
use store::table_stream::{self, Database, Kind, Select, TableError, TableStream};

use super::cell::Cell;
use super::{LONG, Rows, USER, Wanted};
use crate::reserves::ReservesError;

/// Rows that come over a [`TableStream`].
pub(super) struct SqlRows {
    name: String,
    stream: TableStream,
    columns: Vec<String>,
    row: u64,
}

fn source(file: &str, problem: &str) -> anyhow::Error {
    ReservesError::Source { file: file.to_owned(), problem: problem.to_owned() }.into()
}

fn database(file: &str, error: &TableError) -> anyhow::Error {
    ReservesError::Database { file: file.to_owned(), problem: error.to_string() }.into()
}

/// The database, if the input is the address of one, and its rows. Nothing if it is a file.
pub(super) fn open(wanted: Wanted<'_>) -> Result<Option<(String, SqlRows)>> {
    let input = wanted.input;
    let address = input.to_str().map(Database::parse).transpose();
    let address = address.map_err(|error| database("--input", &error))?.flatten();
    let Some(address) = address else {
        if let Some((scheme, _)) = input.to_str().and_then(|text| text.split_once("://")) {
            // What follows may be a password.
            let problem = "it is no database that can be read: sqlite:PATH and postgres://… are";
            return Err(source(&format!("--input {scheme}://…"), problem));
        }
        if wanted.table.is_some() || wanted.query.is_some() {
            let problem = "--table and --query are for a database: sqlite:PATH or postgres://…";
            return Err(source(&input.display().to_string(), problem));
        }
        return Ok(None);
    };
    let (name, select) = match (wanted.table, wanted.query) {
        (Some(table), None) => {
            let select = Select::Table { name: table.to_owned(), order_by: &[USER, LONG[0]] };
            (format!("{}, table {table}", address.name()), select)
        }
        (None, Some(query)) => {
            (format!("{}, query", address.name()), Select::Query(query.to_owned()))
        }
        _ => {
            let problem =
                "which rows? give --table NAME, or --query 'SELECT user_id, … ORDER BY user_id'";
            return Err(source(&address.name(), problem));
        }
    };
    let stream = TableStream::open(address, select).map_err(|error| database(&name, &error))?;
    for column in stream.columns() {
        let is_read = match &column.kind {
            Kind::Text | Kind::Integer | Kind::Any => true,
            Kind::Decimal => column.name != USER,
            Kind::Other(_) => false,
        };
        if !is_read {
            let kind = match &column.kind {
                Kind::Other(kind) => kind,
                _ => "NUMERIC",
            };
            let wanted = match column.name == USER {
                true => "text or an integer",
                false => "an integer, numeric or text",
            };
            let problem = format!(
                "column {} is {kind}: {wanted} is wanted; cast it in a query, and look whether digits were lost",
                column.name
            );
            return Err(ReservesError::Columns { file: name, problem }.into());
        }
    }
    let columns = stream.columns().iter().map(|column| column.name.clone()).collect();
    Ok(Some((name.clone(), SqlRows { name, stream, columns, row: 0 })))
}

impl Rows for SqlRows {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn advance(&mut self) -> Result<bool> {
        let is_row = self
            .stream
            .advance()
            .map_err(|error| database(&format!("{}: after row {}", self.name, self.row), &error))?;
        self.row += u64::from(is_row);
        Ok(is_row)
    }

    fn cell(&self, column: usize) -> Cell<'_> {
        match self.stream.cell(column) {
            table_stream::Cell::Text(text) => Cell::Text(text),
            table_stream::Cell::Null => Cell::Null,
            table_stream::Cell::Other(what) => Cell::Other(what),
        }
    }

    fn row(&self) -> u64 {
        self.row
    }

    fn digest(&self) -> Option<[u8; 32]> {
        None
    }
}
