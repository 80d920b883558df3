//! Proof of reserves, the exchange's side: from what is owed to what is published.
//!
//! Reading order: [`plan`] (customers shared out among shards), [`trace`] (the rows of a shard), [`totals`]
//! (the rows that add shards up), [`prove`] (their proofs).

mod lanes;
mod permuted;
pub mod plan;
pub mod prove;
pub mod secret;
pub mod totals;
pub mod trace;

#[cfg(test)]
mod checked;
#[cfg(test)]
mod needed;
#[cfg(test)]
mod tests;
