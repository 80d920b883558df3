//! Networks as bytes and text: parse and compare addresses, decode blocks, transactions, logs and
//! call data into the one shape of `model::Block`.
//!
//! Reading order: [`address`] (text forms with their checksums), [`ethereum`] (JSON-RPC blocks and
//! receipts, ethereum-etl exports, era1 archives, sender recovery), [`bitcoin`] (raw blocks, undo
//! data, `getblock` JSON, the UTXO index).
//!
//! Decoders read from any `BufRead` and never open a file, ask the time or trust a length that
//! they have not checked. Every failure is a [`ChainError`] that says which field of which record
//! is wrong.

pub mod address;
pub mod bitcoin;
mod error;
pub mod ethereum;
mod lines;

pub use address::{AddressError, format_address, parse_address};
pub use error::ChainError;
