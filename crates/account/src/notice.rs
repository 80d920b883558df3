//! Who hears of what was done to an account.

use serde::{Deserialize, Serialize};

/// A way to reach the customer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The e-mail address, and for a while the one before it.
    Email,
    /// The phone number, and for a while the one before it.
    Phone,
    /// Devices on which the customer is signed in.
    Devices,
}

impl Channel {
    /// All of them. A notice always goes to all that the account has: a thief who holds one does not
    /// choose where it is read.
    pub const ALL: [Channel; 3] = [Channel::Email, Channel::Phone, Channel::Devices];
}

/// What a notice is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// Somebody signed in on a device that was not known.
    NewDevice,
    /// An address was added to the book.
    NewAddress,
    /// A withdrawal was asked for.
    Withdrawal,
    /// A setting was loosened, or will be.
    Loosened,
    /// A password, an app, a passkey, recovery codes or a key were changed.
    Credential,
    /// The e-mail address or the phone number was changed.
    Contact,
    /// A recovery has begun: it can be stopped.
    RecoveryBegun,
    /// The account was recovered.
    Recovered,
    /// The account was frozen, or the freeze was ended.
    Freeze,
}
