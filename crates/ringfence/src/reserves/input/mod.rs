//! Balances as they come in: CSV, Parquet or the rows of a SQL database, with one meaning. A column is
//! named `user_id`; then either each other column is named by an asset and holds a whole number of its
//! base units (wide), or there are the columns `asset` and `amount` and no other (long).
//!
//! [`Rows`] is what a format gives: rows of cells. [`Source`] is what they mean: customers, one after
//! another. Read as a stream: memory does not grow with the number of rows. So the rows of a user in
//! the long form must follow each other; one who comes again is found when the customers are sorted.

mod cell;
mod csv;
mod digest;
mod long;
mod parquet;
mod sql;
mod wide;

use anyhow::Result;
use proof::leaf::Entry;
use std::path::Path;

use super::ReservesError;
use cell::Cell;
use digest::Canonical;

/// The column that names users.
const USER: &str = "user_id";
/// The other columns of the long form.
const LONG: [&str; 2] = ["asset", "amount"];

/// A user's balances.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Balances {
    /// The user, as they know their account.
    pub(crate) account: String,
    /// What is not zero, by the asset's place.
    pub(crate) entries: Vec<Entry>,
    /// Where it begins, as [`Rows::row`] counts.
    pub(crate) row: u64,
}

/// Rows of cells, one after another.
trait Rows {
    /// Names of the columns.
    fn columns(&self) -> &[String];
    /// Goes to the next row; false after the last.
    fn advance(&mut self) -> Result<bool>;
    /// A cell of the row.
    fn cell(&self, column: usize) -> Cell<'_>;
    /// The row's number as people count: from 1, or from 2 after a header row.
    fn row(&self) -> u64;
    /// SHA-256 of all bytes, of a format whose bytes are the table.
    fn digest(&self) -> Option<[u8; 32]>;
}

/// Which table is wanted.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// A file, or the address of a database.
    pub(crate) input: &'a Path,
    /// Of a database: a table's name.
    pub(crate) table: Option<&'a str>,
    /// Of a database: a query.
    pub(crate) query: Option<&'a str>,
}

enum Form {
    Wide(wide::Wide),
    Long(long::Long),
}

/// Where balances come from, user by user.
pub(crate) struct Source {
    name: String,
    rows: Box<dyn Rows>,
    form: Form,
    assets: Vec<String>,
    /// Of what was read, where the format does not hash its bytes.
    canonical: Option<Canonical>,
}

impl Source {
    /// Opens it; `round` are the symbols of the round's assets, which the long form needs.
    ///
    /// # Errors
    /// [`ReservesError`] when there is no table, or its columns are no balances.
    pub(crate) fn open(wanted: Wanted<'_>, round: &[String]) -> Result<Self> {
        let (name, rows): (String, Box<dyn Rows>) = match sql::open(wanted)? {
            Some((name, rows)) => (name, Box::new(rows)),
            None => {
                let path = wanted.input;
                let name = path.display().to_string();
                if parquet::is_parquet(path)? {
                    (name, Box::new(parquet::ParquetRows::open(path)?))
                } else {
                    (name, Box::new(csv::CsvRows::open(path)?))
                }
            }
        };
        Self::of(name, rows, round)
    }

    fn of(name: String, rows: Box<dyn Rows>, round: &[String]) -> Result<Self> {
        let columns = rows.columns();
        let place = |wanted: &str| columns.iter().position(|column| column == wanted);
        let refused = |problem: String| ReservesError::Columns { file: name.clone(), problem };
        let Some(user) = place(USER) else {
            let problem = "one column must be named user_id, each other column by an asset; \
                           or the columns are user_id,asset,amount";
            return Err(refused(problem.to_owned()).into());
        };
        let (form, assets) = match LONG.map(place) {
            [Some(asset), Some(amount)] if columns.len() == 3 => {
                let long = long::Long::new([user, asset, amount], round).map_err(refused)?;
                (Form::Long(long), round.to_vec())
            }
            _ => {
                let (wide, assets) = wide::Wide::new(columns, user).map_err(refused)?;
                (Form::Wide(wide), assets)
            }
        };
        let canonical = rows.digest().is_none().then(|| Canonical::new(&assets));
        Ok(Self { name, rows, form, assets, canonical })
    }

    /// What errors call it: never with a password.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Symbols of the assets, by their place in [`Balances::entries`].
    pub(crate) fn assets(&self) -> &[String] {
        &self.assets
    }

    /// What to do about a user who comes twice.
    pub(crate) fn once(&self) -> &'static str {
        match self.form {
            Form::Wide(_) => "add them up, each user stands in one row",
            Form::Long(_) => {
                "put the rows of a user next to each other, such as by ORDER BY user_id"
            }
        }
    }

    /// The next user.
    ///
    /// # Errors
    /// [`ReservesError`] with the row and column.
    pub(crate) fn next(&mut self) -> Result<Option<Balances>> {
        let rows = self.rows.as_mut();
        let next = match &mut self.form {
            Form::Wide(wide) => wide.next(rows, &self.name, &self.assets)?,
            Form::Long(long) => long.next(rows, &self.name)?,
        };
        if let (Some(canonical), Some(balances)) = (&mut self.canonical, &next) {
            canonical.add(balances);
        }
        Ok(next)
    }

    /// SHA-256 of the table, once it was read to its end: of its bytes (CSV, decompressed), or of
    /// users, assets and amounts as they came (Parquet, SQL).
    pub(crate) fn digest(self) -> [u8; 32] {
        let of_bytes = self.rows.digest();
        let canonical = self.canonical.map(Canonical::digest);
        of_bytes.or(canonical).expect("what is not hashed by its bytes is by what it says")
    }
}

/// A problem in a cell, by its place.
fn in_cell(file: &str, row: u64, column: &str, problem: String) -> anyhow::Error {
    ReservesError::Cell { file: file.to_owned(), row, column: column.to_owned(), problem }.into()
}

#[cfg(test)]
mod tests;
