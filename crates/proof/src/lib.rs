//! Proof of reserves, the public side: the words of the statement, and what anybody needs to check
//! it. Natively and in a browser the same; no clock, no threads, no files, no randomness.
//!
//! Reading order: [`header`] (what a round claims), [`id`] (who a leaf belongs to), [`leaf`] (what
//! is owed to one customer, as field elements), [`tree`] (leaves under one root), [`poseidon`] (the
//! hash under all of them), [`circuit`] (what a proof shows of a shard's leaves), [`argument`]
//! (how it shows it). Plonky3's types stay within the last three.
//!
//! Values are checked where they are made: a [`leaf::Leaf`] has entries of the round's assets in
//! order and in range, a digest has canonical elements, a header is in its one canonical form.

pub mod argument;
pub mod circuit;
pub mod header;
pub mod id;
pub mod leaf;
pub mod poseidon;
pub mod tree;

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
    #[error("the openings do not hold: {0}")]
    Opening(String),
    /// The committed rows do not satisfy the circuit.
    #[error("the rows do not satisfy the circuit: the shard's statement is not proved")]
    Circuit,
    /// A path does not lead to the root.
    #[error("the path does not lead from the leaf to the root")]
    Path,
}

impl ProofError {
    pub(crate) fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
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
        }
    }
}
