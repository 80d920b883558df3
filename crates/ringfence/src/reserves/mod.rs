//! Proof of reserves on disk: what comes in, the job that proves it, the bundle that goes out. What is
//! computed lives in the crates `proof` and `reserves`; here are files, threads and the clock.

pub(crate) mod bundle;
pub(crate) mod cosigned;
pub(crate) mod files;
pub(crate) mod holdings;
pub(crate) mod input;
pub(crate) mod job;
pub(crate) mod log;
pub(crate) mod prove;
pub(crate) mod report;
pub(crate) mod site;
pub(crate) mod snapshot;
pub(crate) mod tables;

/// Why something of the reserves was refused; each names where and what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReservesError {
    /// What is to be read, and how.
    #[error("{file}: {problem}")]
    Source { file: String, problem: String },
    /// The database of the input.
    #[error("{file}: {problem}")]
    Database { file: String, problem: String },
    /// A file that cannot be read to its end.
    #[error("{file}: {problem}; it is damaged or cut off: write it anew")]
    Damaged { file: String, problem: String },
    /// The columns of the input, in its header row if it has one.
    #[error("{file}: columns: {problem}")]
    Columns { file: String, problem: String },
    /// A cell of the input.
    #[error("{file}: row {row}, column {column}: {problem}")]
    Cell { file: String, row: u64, column: String, problem: String },
    /// A row of the input.
    #[error("{file}: row {row}: {problem}")]
    Row { file: String, row: u64, problem: String },
    /// One user at two places.
    #[error("{file}: rows {first} and {second} are both of user '{user}': {remedy}")]
    Twice { file: String, first: u64, second: u64, user: String, remedy: &'static str },
    /// Rows of a list of holdings.
    #[error("{refused} rows of the list do not hold:\n  {told}")]
    Holdings { code: &'static str, refused: u64, told: String },
    /// A row of the table of tokens.
    #[error("line {line}: {problem}")]
    Tokens { line: usize, problem: String },
    /// A token of the table is not the asset of the header.
    #[error("{asset}: the header names the asset {id}, which is another contract")]
    Contract { asset: String, id: String },
    /// A challenge cannot be made of these.
    #[error(
        "exchange '{exchange}' and round '{round}': a challenge names them by 1 to 64 letters, digits, dots, hyphens and underscores"
    )]
    Names { exchange: String, round: String },
    /// A file of a job or bundle that is not as it was written.
    #[error("{path}: {problem}")]
    Job { path: String, problem: String },
}

impl ReservesError {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            ReservesError::Source { .. } => "reserves.input.source",
            ReservesError::Database { .. } => "reserves.input.database",
            ReservesError::Damaged { .. } => "reserves.input.damaged",
            ReservesError::Columns { .. } => "reserves.input.columns",
            ReservesError::Cell { .. } => "reserves.input.cell",
            ReservesError::Row { .. } => "reserves.input.row",
            ReservesError::Twice { .. } => "reserves.input.twice",
            ReservesError::Holdings { code, .. } => code,
            ReservesError::Tokens { .. } => "reserves.tokens.malformed",
            ReservesError::Contract { .. } => "reserves.tokens.contract",
            ReservesError::Names { .. } => "reserves.challenge.names",
            ReservesError::Job { .. } => "reserves.job",
        }
    }
}
