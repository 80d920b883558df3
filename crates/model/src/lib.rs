//! The words that every room of the house speaks: networks and addresses, assets and amounts,
//! transfers, and the one algebra of verdicts.
//!
//! Reading order: [`Network`], [`Address`], [`Asset`] and [`Amount`] name things; [`Transfer`] and
//! [`Approval`] say what happened; [`Category`] says what lists call somebody; [`Verdict`] and
//! [`Reason`] say what we decided and why.
//!
//! This crate holds values and their laws. It has no clock, no I/O, no hashing and no text formats
//! that need a checksum (those live in `chain`).

mod address;
mod amount;
mod asset;
mod category;
mod network;
mod transfer;
mod verdict;

pub use address::{Account, Address, AddressKind, Family};
pub use amount::{Amount, AmountError};
pub use asset::Asset;
pub use category::{CATEGORY_COUNT, Category, CategorySet};
pub use network::{Network, UnknownNetwork};
pub use transfer::{Approval, Block, Position, Transaction, Transfer, TransferKind, TxHash};
pub use verdict::{Evidence, Level, Reason, Verdict};
