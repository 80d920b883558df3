//! Passwords: which ones are taken, and how they are hashed.
//!
//! Reading order: [`policy`] (length, lists, words of the context), [`filter`] (a list of common passwords
//! in little space), [`phc`] (how a hash is written), [`pool`] (a bounded number of hashes at once, in
//! memory that was set aside before), [`answer`] (what that answers).

pub mod answer;
pub mod filter;
pub mod phc;
pub mod policy;
pub mod pool;

pub use answer::{HashError, Pending, StartError, Verified};
pub use filter::Filter;
pub use phc::Params;
pub use policy::Refusal;
pub use pool::Hasher;
