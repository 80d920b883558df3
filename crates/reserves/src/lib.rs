//! Proof of reserves, the exchange's side: from what is owed to what is published.
//!
//! Reading order: [`trace`] (the rows of a shard), [`prove`] (their proof).

pub mod prove;
pub mod trace;
