//! Training and measuring the account model on labelled histories.
//!
//! Reading order: [`dataset`] (the four CSV files), [`replay`] (histories in time order through the
//! same booking code as live judgement), [`train`], [`evaluate`] (recall at fixed false-positive
//! rates, by horizon and by source of the label).
//!
//! The labelled data separate the classes by date, so that the date of the first transaction alone
//! scores F1 0.997. Absolute time and what stands for it are therefore no inputs, and the figure
//! that counts is recall on illicit accounts of a source that was not trained on.

pub mod dataset;
pub mod evaluate;
pub mod replay;
pub mod train;

/// Why a model cannot be trained or measured.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// A file is not in the format of the labelled set.
    #[error("{file}: {place}: {problem}")]
    Malformed {
        /// Which of the files.
        file: &'static str,
        /// Row and column.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// Too few accounts of a class.
    #[error("{0}; at least ten normal and ten illicit accounts with history are needed")]
    TooFew(String),
    /// The trainer failed.
    #[error("training failed: {0}")]
    Trainer(String),
}
