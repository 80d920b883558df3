//! What protects a customer's account: nobody moves a customer's money but the customer.
//!
//! Reading order: [`time`] (when things happen), [`factor`] (what somebody has shown), [`setting`] (what
//! protects an account, and the one rule of changing it: tighten now, loosen later), [`hold`] (why money
//! waits), [`book`] (addresses that money may go to), [`notice`] (who hears of it), [`account`] (all of
//! these together), [`step`] (what may be done to an account, by whom), [`decide`] (whether a withdrawal
//! may leave), [`withdrawal`] (its way from request to end), [`matrix`] (what a thief with stolen credentials
//! can do at worst).
//!
//! Nothing here reads a clock, a store or the network: time and what was shown come in as parameters, and
//! what has changed goes out as a value for the caller to store. Whether a signature, a code or a link is
//! good is checked before; here is only what it is good for.

pub mod account;
pub mod book;
pub mod decide;
pub mod factor;
pub mod hold;
pub mod matrix;
pub mod notice;
pub mod setting;
pub mod step;
pub mod time;
pub mod withdrawal;
