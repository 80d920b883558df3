//! Proof of reserves, the public side: the words of the statement, and what anybody needs to check
//! it. Natively and in a browser the same; no clock, no threads, no files, no randomness.
//!
//! Reading order: [`header`] (what a round claims), [`id`] (who a leaf belongs to), [`leaf`] (what
//! is owed to one customer, as field elements), [`margin`] (what is pledged and borrowed), [`tree`] (leaves under one root), [`poseidon`] (the
//! hash under all of them), [`circuit`] (what proofs show), [`argument`] (how they show it),
//! [`systems`] (which ones a round has), [`liabilities`] and [`receipt`] (what is published, and what
//! a customer holds), [`bundle`] (all of it checked). [`plonky3`] is where
//! Plonky3's crates are named. A browser enters through `wasm`, with [`parts`].
//!
//! Values are checked where they are made: a [`leaf::Leaf`] has entries of the round's assets in
//! order and in range, a digest has canonical elements, a header is in its one canonical form.

pub mod argument;
pub mod bundle;
pub mod circuit;
pub mod header;
pub mod id;
pub mod key;
pub mod leaf;
pub mod liabilities;
pub mod margin;
pub mod parts;
pub mod plonky3;
pub mod poseidon;
pub mod receipt;
mod row_hash;
pub mod systems;
pub mod tree;
#[cfg(target_arch = "wasm32")]
mod wasm;

/// Why something of a bundle or a receipt is refused. The code is stable.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProofError {
    /// A field does not hold what it must.
    #[error("{field}: {problem}")]
    Field {
        /// Which one, such as `assets[3].decimals`.
        field: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The text is not in its one canonical form, so that its digest would not be one.
    #[error("{what} is not in canonical form: {problem}")]
    Canonical {
        /// Which file or part.
        what: &'static str,
        /// Where it parts from the form.
        problem: String,
    },
    /// Values were claimed that are not those of what was committed.
    #[error("the proof is not of what is said here, or it was changed ({0})")]
    Opening(String),
    /// The committed rows do not satisfy the circuit.
    #[error("the committed rows do not satisfy the circuit: what is said is not proved")]
    Circuit,
    /// A path does not lead to the root.
    #[error(
        "the path does not lead from the leaf to the root: these balances are not among those that were counted"
    )]
    Path,
    /// The header names other constraints than this program has.
    #[error(
        "the header names constraints that this program does not know (its own are {own}): verify with the program of the header's version"
    )]
    Constraints {
        /// The digest of those that it has.
        own: String,
    },
    /// Something is of another round.
    #[error("{what} is of another round than the header")]
    OtherRound {
        /// Which part.
        what: &'static str,
    },
    /// There are not as many as the header says.
    #[error("{what}: {found} of them, the header says {wanted}")]
    Count {
        /// Which part.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are wanted.
        wanted: usize,
    },
    /// A shard does not begin where the one before it ends.
    #[error(
        "shard {shard} does not begin where the one before it ends: a leaf could be counted twice, or left out"
    )]
    Keys {
        /// Which shard.
        shard: usize,
    },
    /// The roots of shards lead to another root.
    #[error("the roots of the shards do not lead to the root")]
    Root,
    /// A file is not there.
    #[error("the file is not in the bundle")]
    Missing,
    /// A file is there that belongs to no bundle.
    #[error("the file is no part of a bundle: what is not checked is not published beside it")]
    Extra,
    /// A file could not be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// The log's proof is not one of this bundle.
    #[error("the log of rounds does not have this bundle: {0}")]
    Log(String),
    /// The log's key did not sign where the log's proof leads to.
    #[error("the log of rounds did not sign this: {0}")]
    LogSignature(String),
    /// Too few witnesses, or one whose co-signature does not hold.
    #[error("the log of rounds is not witnessed as demanded: {0}")]
    Witnesses(String),
    /// The manifest says otherwise.
    #[error("the file is not what the manifest lists")]
    Manifest,
}

impl ProofError {
    /// A field that does not hold what it must.
    pub fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        ProofError::Field { field: field.into(), problem: problem.into() }
    }

    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            ProofError::Field { .. } => "proof.field",
            ProofError::Canonical { .. } => "proof.canonical",
            ProofError::Opening(_) => "proof.opening",
            ProofError::Circuit => "proof.circuit",
            ProofError::Path => "proof.path",
            ProofError::Constraints { .. } => "proof.constraints",
            ProofError::OtherRound { .. } => "proof.round",
            ProofError::Count { .. } => "proof.count",
            ProofError::Keys { .. } => "proof.keys",
            ProofError::Root => "proof.root",
            ProofError::Missing => "proof.file.missing",
            ProofError::Extra => "proof.file.extra",
            ProofError::Unreadable(_) => "proof.file.unreadable",
            ProofError::Log(_) => "proof.log",
            ProofError::LogSignature(_) => "proof.log.signature",
            ProofError::Witnesses(_) => "proof.log.witnesses",
            ProofError::Manifest => "proof.manifest",
        }
    }
}
