//! The reserves side of a proof of reserves: what an exchange owns, and how surely.
//!
//! Reading order: [`list`] (the rows that an exchange publishes, in its layout or in ours),
//! [`key`] (one key for each address, so that nothing counts twice), [`ownership`] (who signed and
//! holds the address), [`evidence`] (how surely an amount is known, and sums that keep the levels
//! apart), [`report`] (a whole list judged for a round).
//!
//! Nothing here opens a file, asks a node or the time, or believes a row: what is unknown,
//! undecodable or left out is refused by name, never passed over.

mod chains;
mod encoding;
pub mod evidence;
pub mod key;
pub mod list;
pub mod ownership;
pub mod report;

pub use chains::{Chain, UnknownChain};
