//! SkyNet: what is remembered of addresses, where their money came from, how they behave, and what
//! a trained model thinks of them.
//!
//! Reading order: [`skynet`] (a transaction in, observations out), [`book`] and [`table`] (numbers
//! and states of addresses), [`state`] (512 bytes an address), [`ledger`] (booking a transfer to
//! its parties), [`exposure`] (haircut shares with paths), [`clusters`] (common owners on UTXO
//! chains), [`patterns`] (shapes worth a reason), [`features`], [`forest`] and [`account_model`]
//! (the trained model), [`snapshot`] (all of it as bytes, for a quick restart).
//!
//! Nothing here asks the time, draws randomness or touches a file: the same transactions with the
//! same lists give the same observations, bit for bit. Logarithms come from `libm`, not from the
//! platform, for that reason.

pub mod account_model;
pub mod book;
pub mod clusters;
pub mod exposure;
pub mod features;
pub mod forest;
pub mod ledger;
pub mod patterns;
pub mod skynet;
pub mod snapshot;
pub mod state;
pub mod table;
