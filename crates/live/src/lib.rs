//! Nodes and lists over the network: what is fetched, never what is decided.
//!
//! Reading order: [`follow`] (which block comes next, and when a chain has turned), [`Node`] with
//! [`ethereum`] and [`bitcoin`] (what nodes are asked), [`rpc`] (JSON-RPC over HTTP with bounds),
//! [`wake`] (being told of new blocks), [`fetch`] (lists by conditional GET).
//!
//! Everything blocks: callers give it threads. What a node says is checked where it can be (numbers
//! and parents must fit, senders must have signed) and otherwise believed; a second source can be
//! asked to agree.

pub mod bitcoin;
pub mod ethereum;
pub mod fetch;
pub mod follow;
pub mod rpc;
pub mod wake;

use model::{Block, TxHash};

/// Why a node's answer was of no use.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// It could not be reached, or answered too slowly or too much.
    #[error("{0}")]
    Unreachable(String),
    /// It answered with an error of its own.
    #[error("the node refuses {method}: {problem}")]
    Refused {
        /// What was asked.
        method: &'static str,
        /// What it said.
        problem: String,
    },
    /// It answered something else than was asked for.
    #[error("the node lies or is broken: {0}")]
    Nonsense(String),
    /// Its block does not parse.
    #[error(transparent)]
    Chain(#[from] chain::ChainError),
}

/// A block with what links it to the one before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fetched {
    /// The block.
    pub block: Block,
    /// Hash of the one before.
    pub parent: TxHash,
}

/// A node of one chain.
pub trait Node: Send {
    /// Number of the newest block.
    ///
    /// # Errors
    /// [`NodeError`].
    fn tip(&mut self) -> Result<u64, NodeError>;

    /// Hash of the block with this number on the chain that the node believes in; `None` when it
    /// does not have it.
    ///
    /// # Errors
    /// [`NodeError`].
    fn hash_at(&mut self, number: u64) -> Result<Option<TxHash>, NodeError>;

    /// The block with this number; `None` when the node does not have it (any more).
    ///
    /// # Errors
    /// [`NodeError`].
    fn block(&mut self, number: u64) -> Result<Option<Fetched>, NodeError>;
}
