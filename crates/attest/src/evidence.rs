//! How surely an amount is known: by proof, by two sources that agree, or by somebody's claim.

mod header;
mod proof;
mod sources;
mod summary;

pub use header::{StateHeader, header_rlp, state_header};
pub use proof::{AccountProof, AccountState, StorageProof, TokenLayout, mapping_slot};
pub use sources::{Reading, agree};
pub use summary::{AssetSum, Summary};

/// How surely something is known, the surest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// It follows by computation: a state proof against the header that the round names, or an
    /// address that is made of the key.
    Proof,
    /// Two independent sources say the same at the same height.
    TwoSources,
    /// One source says so, be it the exchange itself.
    Claim,
}

impl Level {
    /// Every level, the surest first.
    pub const ALL: [Level; 3] = [Level::Proof, Level::TwoSources, Level::Claim];

    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Level::Proof => "proof",
            Level::TwoSources => "two_sources",
            Level::Claim => "claim",
        }
    }
}

/// Why evidence of an amount is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EvidenceError {
    /// More bytes, nodes or entries than any proof has.
    #[error("proof: {what} has {got} where at most {limit} are looked at; ask the node again")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How much.
        got: usize,
        /// The limit.
        limit: usize,
    },
    /// Not the JSON of `eth_getProof`.
    #[error("proof: field '{field}': {problem}; give the node's whole answer to eth_getProof")]
    Malformed {
        /// The field, or `proof` for the whole.
        field: String,
        /// What is wrong.
        problem: String,
    },
    /// Not a block header.
    #[error("header: {0}; give the RLP of the header that the round names")]
    HeaderMalformed(String),
    /// Another block's header.
    #[error("header: its hash is not the one that the round names; give the RLP of that block")]
    HeaderOther,
    /// The nodes do not lead from the header's state to what is said.
    #[error("proof: {what} does not follow from the header's state root; ask the node again")]
    ProofInvalid {
        /// The account or slot.
        what: String,
    },
    /// Sources that say different things, or of different heights.
    #[error("sources: {0}; read again at one final height")]
    Disagree(String),
    /// No reading, or one without a name.
    #[error("sources: {0}")]
    SourceMissing(&'static str),
    /// A sum past 256 bits.
    #[error("amount: the sum of {asset} does not fit 256 bits; check the decimals of its rows")]
    Overflow {
        /// The asset.
        asset: String,
    },
}

impl EvidenceError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            EvidenceError::TooLarge { .. } => "evidence.proof.too_large",
            EvidenceError::Malformed { .. } => "evidence.proof.malformed",
            EvidenceError::HeaderMalformed(_) => "evidence.header.malformed",
            EvidenceError::HeaderOther => "evidence.header.other",
            EvidenceError::ProofInvalid { .. } => "evidence.proof.invalid",
            EvidenceError::Disagree(_) => "evidence.sources.disagree",
            EvidenceError::SourceMissing(_) => "evidence.sources.missing",
            EvidenceError::Overflow { .. } => "evidence.sum.overflow",
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
