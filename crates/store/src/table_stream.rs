//! A table of somebody else's database, read once from its first row to its last as text: a SQLite
//! file or PostgreSQL. What the cells mean is for the caller to say.
//!
//! A thread of its own asks and reads; rows come over a channel of a few batches, so memory does not
//! grow with the table. All is read in one transaction that cannot write and sees one moment.

mod postgres;
mod sqlite;

use sqlx::postgres::PgConnectOptions;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// How long a database may take to let us in.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// Longest silence between rows. Before the first one the server may sort all of them.
const SILENCE_MAX: Duration = Duration::from_secs(1_800);
/// A batch goes on its way when it has so many bytes: rows of a thousand assets, or thousands of rows.
const BATCH_LEN: usize = 1 << 16;
/// Batches between the database and whoever reads.
const BATCHES_MAX: usize = 4;
/// Longest cell that is handed on: names and numbers are shorter.
const CELL_LEN_MAX: usize = 1 << 10;

/// Why a table is not read, or not further. No text of it holds a password.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// What was given is no address of a database.
    #[error("the address of the database: {0}")]
    Address(String),
    /// The database cannot be reached, or lets nobody in.
    #[error("the database cannot be opened: {0}; check that it is there and who may read it")]
    Unreachable(String),
    /// The table or query is not one to read.
    #[error("the database refuses: {0}; check it with a client of the database")]
    Query(String),
    /// It stopped on the way.
    #[error(
        "the database stopped: {0}; nothing of it was kept, run the command again when that is mended"
    )]
    Stopped(String),
}

/// Where the table is.
#[derive(Clone)]
pub enum Database {
    /// A file, opened for reading only.
    Sqlite(PathBuf),
    /// A server.
    Postgres(Box<PgConnectOptions>),
}

impl Database {
    /// The database of `sqlite:PATH` or `postgres://USER@HOST/DATABASE`; nothing if the text is
    /// neither.
    ///
    /// # Errors
    /// [`TableError::Address`]; what was wrong is said without repeating the text, which may hold a
    /// password.
    pub fn parse(text: &str) -> Result<Option<Self>, TableError> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return Ok(Some(Database::Sqlite(PathBuf::from(path))));
        }
        if !["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Ok(None);
        }
        // A misspelled parameter would be ignored, and logged with its value.
        const KNOWN: &[&str] = &[
            "sslmode",
            "sslrootcert",
            "sslcert",
            "sslkey",
            "host",
            "hostaddr",
            "port",
            "dbname",
            "user",
            "password",
            "application_name",
            "options",
        ];
        let parameters = text.split_once('?').map_or("", |(_, parameters)| parameters);
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            let name = parameter.split('=').next().unwrap_or_default();
            if !KNOWN.contains(&name) {
                let problem = format!("a parameter is none of {}", KNOWN.join(", "));
                return Err(TableError::Address(problem));
            }
        }
        let options = PgConnectOptions::from_str(text).map_err(|_| {
            let form = "it must be postgres://USER:PASSWORD@HOST:PORT/DATABASE, with %40 for @ and so on in a password";
            TableError::Address(form.to_owned())
        })?;
        Ok(Some(Database::Postgres(Box::new(options))))
    }

    /// Its name, without a password.
    pub fn name(&self) -> String {
        match self {
            Database::Sqlite(path) => format!("sqlite:{}", path.display()),
            Database::Postgres(options) => {
                let (user, host) = (options.get_username(), options.get_host());
                let database = options.get_database().unwrap_or(user);
                format!("postgres://{user}@{host}:{}/{database}", options.get_port())
            }
        }
    }
}

/// What to read of it.
#[derive(Clone, Debug)]
pub enum Select {
    /// A whole table or view, `NAME` or `SCHEMA.NAME`, in the order of those of these columns that it
    /// has.
    Table {
        /// Its name, spelled as the database spells it.
        name: String,
        /// Columns to order by.
        order_by: &'static [&'static str],
    },
    /// The rows of a query.
    Query(String),
}

/// `a.b` as `"a"."b"`.
fn quoted(name: &str) -> String {
    let parts: Vec<String> =
        name.split('.').map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect();
    parts.join(".")
}

impl Select {
    /// The query that tells the columns.
    fn columns_query(&self) -> String {
        match self {
            Select::Table { name, .. } => format!("SELECT * FROM {}", quoted(name)),
            Select::Query(text) => text.trim_end().trim_end_matches(';').to_owned(),
        }
    }

    /// The query that tells the rows.
    fn rows_query(&self, columns: &[Column]) -> String {
        let text = self.columns_query();
        let Select::Table { order_by, .. } = self else { return text };
        let order: Vec<String> = order_by
            .iter()
            .filter(|name| columns.iter().any(|column| column.name == **name))
            .map(|name| quoted(name))
            .collect();
        if order.is_empty() { text } else { format!("{text} ORDER BY {}", order.join(", ")) }
    }
}

/// A column of the result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub kind: Kind,
}

/// What a column holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// Integers of any size.
    Integer,
    /// Exact decimal numbers.
    Decimal,
    /// Something else, by the database's name for it.
    Other(String),
    /// Each row says for itself (SQLite).
    Any,
}

/// A cell of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cell<'a> {
    /// Its text, numbers in decimal digits.
    Text(&'a [u8]),
    /// Nothing.
    Null,
    /// Something that is neither text nor an exact number.
    Other(&'static str),
}

/// Rows on their way.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    /// For each cell, where its text ends, or why it has none.
    cells: Vec<Result<usize, Cell<'static>>>,
}

impl Batch {
    fn add(&mut self, cell: Cell<'_>) {
        let cell = match cell {
            Cell::Text(text) if text.len() <= CELL_LEN_MAX => {
                self.bytes.extend_from_slice(text);
                Ok(self.bytes.len())
            }
            Cell::Text(_) => Err(Cell::Other("a text of more than 1024 bytes")),
            Cell::Null => Err(Cell::Null),
            Cell::Other(what) => Err(Cell::Other(what)),
        };
        self.cells.push(cell);
    }
}

enum Message {
    Columns(Vec<Column>),
    Rows(Batch),
    /// A thread that ends without it has not read everything.
    End,
}

/// The reader hung up: nobody wants more.
struct HungUp;

/// The end of the channel at which the database's thread stands.
struct Output {
    sender: SyncSender<Result<Message, TableError>>,
    batch: Batch,
}

impl Output {
    fn send(&self, message: Message) -> Result<(), HungUp> {
        self.sender.send(Ok(message)).map_err(|_| HungUp)
    }

    /// Called after each row.
    fn row(&mut self) -> Result<(), HungUp> {
        if self.batch.bytes.len() + self.batch.cells.len() * 16 >= BATCH_LEN {
            let batch = std::mem::take(&mut self.batch);
            self.send(Message::Rows(batch))?;
        }
        Ok(())
    }

    fn end(mut self) -> Result<(), HungUp> {
        let batch = std::mem::take(&mut self.batch);
        self.send(Message::Rows(batch))?;
        self.send(Message::End)
    }
}

/// Why the thread stops before the end.
enum Stop {
    HungUp,
    Error(TableError),
}

impl From<HungUp> for Stop {
    fn from(_: HungUp) -> Self {
        Stop::HungUp
    }
}

impl From<TableError> for Stop {
    fn from(error: TableError) -> Self {
        Stop::Error(error)
    }
}

fn work(database: Database, select: &Select, sender: SyncSender<Result<Message, TableError>>) {
    let errors = sender.clone();
    let output = Output { sender, batch: Batch::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let worked = match runtime {
        Ok(runtime) => runtime.block_on(async {
            match database {
                Database::Sqlite(path) => sqlite::read(&path, select, output).await,
                Database::Postgres(options) => postgres::read(*options, select, output).await,
            }
        }),
        Err(error) => Err(TableError::Unreachable(error.to_string()).into()),
    };
    if let Err(Stop::Error(error)) = worked {
        let _ = errors.send(Err(error));
    }
}

/// A table that is read row by row.
pub struct TableStream {
    columns: Vec<Column>,
    receiver: Receiver<Result<Message, TableError>>,
    batch: Batch,
    /// First cell of the row, and where its text begins.
    cell: usize,
    is_ended: bool,
    /// Where the texts of the row stand.
    row: Vec<Result<(usize, usize), Cell<'static>>>,
    text: usize,
}

impl TableStream {
    /// Opens the database and asks; comes back when the columns are known.
    ///
    /// # Errors
    /// [`TableError`] when there is no such database or table.
    pub fn open(database: Database, select: Select) -> Result<Self, TableError> {
        let (sender, receiver) = sync_channel(BATCHES_MAX);
        let spawned = std::thread::Builder::new()
            .name("table".to_owned())
            .spawn(move || work(database, &select, sender));
        spawned.map_err(|error| TableError::Unreachable(error.to_string()))?;
        let mut stream = Self {
            columns: Vec::new(),
            receiver,
            batch: Batch::default(),
            cell: 0,
            is_ended: false,
            row: Vec::new(),
            text: 0,
        };
        if let Message::Columns(columns) = stream.receive()? {
            stream.columns = columns;
        }
        if stream.columns.is_empty() {
            return Err(TableError::Query("it gives no columns".to_owned()));
        }
        Ok(stream)
    }

    fn receive(&self) -> Result<Message, TableError> {
        let stopped = |_| TableError::Stopped("its reader ended early".to_owned());
        self.receiver.recv().map_err(stopped)?
    }

    /// The columns, in their order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Goes to the next row; false after the last.
    ///
    /// # Errors
    /// [`TableError`] when the database does not go on.
    pub fn advance(&mut self) -> Result<bool, TableError> {
        while self.cell == self.batch.cells.len() {
            if self.is_ended {
                return Ok(false);
            }
            match self.receive()? {
                Message::Columns(_) => {}
                Message::Rows(batch) => (self.batch, self.cell, self.text) = (batch, 0, 0),
                Message::End => self.is_ended = true,
            }
        }
        self.row.clear();
        for cell in &self.batch.cells[self.cell..self.cell + self.columns.len()] {
            self.row.push(cell.map(|end| (std::mem::replace(&mut self.text, end), end)));
        }
        self.cell += self.columns.len();
        Ok(true)
    }

    /// A cell of the row.
    pub fn cell(&self, column: usize) -> Cell<'_> {
        match self.row[column] {
            Ok((begin, end)) => Cell::Text(&self.batch.bytes[begin..end]),
            Err(other) => other,
        }
    }
}

#[cfg(test)]
mod tests;
