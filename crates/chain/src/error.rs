//! What can be wrong with foreign chain data.

/// Why a record cannot be decoded. `place` says where: a file position, block or transaction.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The input ended or its bytes do not follow the format.
    #[error("{place}: field '{field}': {problem}")]
    Malformed {
        /// Line, block or transaction.
        place: String,
        /// The field in the source's own name.
        field: &'static str,
        /// What is wrong and what was expected.
        problem: String,
    },
    /// The sender that the source names is not the one that signed.
    #[error(
        "transaction {tx}: field 'from': the source says {claimed}, the signature says {signed}; the source is corrupt or lying, fetch the block again from another one"
    )]
    SenderMismatch {
        /// Transaction hash.
        tx: String,
        /// What the source says.
        claimed: String,
        /// What the signature says.
        signed: String,
    },
    /// A record is larger than any real one.
    #[error("{place}: {what} has more than {limit} bytes; split the input or fetch it again")]
    TooLarge {
        /// Line or block.
        place: String,
        /// What is too large.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// The source could not be read.
    #[error("{place}: reading failed: {source}")]
    Read {
        /// Line or offset.
        place: String,
        /// The cause.
        source: std::io::Error,
    },
}

impl ChainError {
    /// Stable code for logs and exit messages.
    pub fn code(&self) -> &'static str {
        match self {
            ChainError::Malformed { .. } => "chain.input.malformed",
            ChainError::SenderMismatch { .. } => "chain.sender.mismatch",
            ChainError::TooLarge { .. } => "chain.input.too_large",
            ChainError::Read { .. } => "chain.input.unreadable",
        }
    }

    pub(crate) fn malformed(
        place: impl Into<String>,
        field: &'static str,
        problem: impl std::fmt::Display,
    ) -> Self {
        ChainError::Malformed { place: place.into(), field, problem: problem.to_string() }
    }
}
