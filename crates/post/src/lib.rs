//! What leaves the house for people and programs: notices by mail, and signed webhooks.
//!
//! Reading order: [`error`] (why a text is not taken, why nothing was delivered), [`header`] (texts that may stand in an address, a header or a link), [`shown`] (how a text
//! of a stranger is shown so that it cannot deceive), [`calendar`] (how times are written), [`happening`]
//! (what a notice tells), [`signed_notice`] (how a customer asks whether it is ours), [`message`] (the mail),
//! [`webhook`] (what programs are sent, and how they check it), [`schedule`] (when a delivery is tried again,
//! and when it is given up), [`reach`] (which addresses a webhook may go to), [`smtp`] and [`caller`] (the two
//! that use the network).
//!
//! Everything but the last two is a function of its parameters: time, keys and jitter come in. Nothing here
//! keeps a queue: the caller stores what is to be sent and asks [`schedule`] when. A delivery that was cut
//! off may have arrived, so a notice can come twice, with the same id; it is never lost in silence.

pub mod calendar;
pub mod caller;
pub mod error;
pub mod happening;
pub mod header;
pub mod message;
pub mod reach;
pub mod schedule;
pub mod shown;
pub mod signed_notice;
pub mod smtp;
pub mod webhook;
