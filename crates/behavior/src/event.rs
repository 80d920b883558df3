//! What happens at an account, as the exchange saw it.

use serde::{Deserialize, Serialize};

use crate::place::Place;

/// A device, by a keyed hash of what the exchange bound to it. A device that is known by the cookie
/// alone goes along with a stolen cookie.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct DeviceKey(pub u64);

/// What somebody showed or tried to show at a sign-in, a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Shown(pub u8);

impl Shown {
    /// A password.
    pub const PASSWORD: Shown = Shown(1);
    /// A code of an authenticator app.
    pub const TOTP: Shown = Shown(2);
    /// A passkey.
    pub const PASSKEY: Shown = Shown(4);
    /// A code or link in the mailbox.
    pub const MAILBOX: Shown = Shown(8);
    /// A code sent to the phone number.
    pub const PHONE: Shown = Shown(16);

    /// All that either has.
    pub const fn and(self, other: Shown) -> Shown {
        Shown(self.0 | other.0)
    }

    /// Whether it has all of another.
    pub const fn has(self, other: Shown) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A change of what guards an account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The password.
    Password,
    /// The authenticator app.
    Totp,
    /// A passkey was added or removed.
    Passkey,
    /// The e-mail address or the phone number.
    Contact,
    /// The account was recovered.
    Recovery,
    /// A setting was asked to be weaker.
    Loosened,
}

/// A step of a session.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    /// The front page.
    Home,
    /// What the account holds.
    Balance,
    /// What it did.
    History,
    /// A market.
    Market,
    /// How to deposit.
    DepositForm,
    /// How to withdraw.
    WithdrawalForm,
    /// The address book.
    AddressBook,
    /// Security settings.
    Security,
    /// API keys.
    Keys,
    /// Personal data.
    Personal,
    /// Help.
    Help,
    /// The customer copied an address of their own.
    CopiedAddress,
    /// A whole balance was put into a form by its button.
    ChoseAll,
    /// The form was left for longer than a minute and gone on with.
    Paused,
}

/// Money that somebody wants to send away.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Asked {
    /// Its value, in cents of the exchange's currency.
    pub value_cents: u64,
    /// Keyed hash of network and address.
    pub destination: u64,
    /// Whether money was never sent there, as the exchange's own books say.
    pub is_new_destination: bool,
    /// What the account holds in all, in cents; `None` when it is not told.
    pub balance_cents: Option<u64>,
}

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody signed in.
    SignedIn(Shown),
    /// Somebody tried to and failed.
    SignInFailed(Shown),
    /// What guards the account was changed.
    Changed(Change),
    /// An address was put into the book.
    AddressAdded {
        /// Keyed hash of network and address.
        destination: u64,
    },
    /// Money came.
    Deposited {
        /// Its value, in cents.
        value_cents: u64,
    },
    /// Something was bought or sold.
    Traded {
        /// Its value, in cents.
        value_cents: u64,
    },
    /// A withdrawal was asked for.
    Asked(Asked),
    /// Money left. Only this makes an amount or a destination usual: who asks for much, and is held, does
    /// not get used to it.
    Sent {
        /// Its value, in cents.
        value_cents: u64,
        /// Keyed hash of network and address.
        destination: u64,
    },
    /// A step of a session.
    Viewed(Page),
    /// The customer's program says that the screen is seen or led by somebody else. Its silence says
    /// nothing.
    RemoteHint,
}

/// Words of the alphabet that sessions are written in.
pub const SYMBOLS: usize = 36;

impl Kind {
    /// The word of the alphabet for it, below [`SYMBOLS`].
    pub fn symbol(self) -> u8 {
        match self {
            Kind::SignedIn(shown) if shown.has(Shown::PASSKEY) => 0,
            Kind::SignedIn(shown) if shown.has(Shown::TOTP) => 1,
            Kind::SignedIn(shown) if shown.has(Shown::PHONE) || shown.has(Shown::MAILBOX) => 2,
            Kind::SignedIn(_) => 3,
            Kind::SignInFailed(_) => 4,
            Kind::Changed(change) => 5 + change as u8,
            Kind::AddressAdded { .. } => 11,
            Kind::Deposited { .. } => 12,
            Kind::Traded { .. } => 13,
            Kind::Asked(asked) if asked.is_new_destination => 14,
            Kind::Asked(_) => 15,
            Kind::RemoteHint => 16,
            Kind::Viewed(page) => 17 + page as u8,
            Kind::Sent { .. } => 31,
        }
    }

    /// Whether it shows that whoever did it was signed in. Money comes and leaves without anybody, and
    /// failures are made by strangers.
    pub fn is_of_session(self) -> bool {
        !matches!(self, Kind::SignInFailed(_) | Kind::Deposited { .. } | Kind::Sent { .. })
    }
}

/// Something that happened at one account.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Event {
    /// When, in seconds since 1970-01-01 UTC.
    pub at: u64,
    /// What.
    pub kind: Kind,
    /// On which device; `None` when it is not known.
    pub device: Option<DeviceKey>,
    /// Where from.
    pub place: Place,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_event_has_a_word_of_the_alphabet() {
        let pages = [Page::Home, Page::Paused];
        let changes = [Change::Password, Change::Loosened];
        let kinds = pages
            .map(Kind::Viewed)
            .into_iter()
            .chain(changes.map(Kind::Changed))
            .chain([Kind::RemoteHint, Kind::SignedIn(Shown::default())]);
        for kind in kinds {
            assert!(usize::from(kind.symbol()) < SYMBOLS, "{kind:?}");
        }
        assert_ne!(Kind::Changed(Change::Loosened).symbol(), 11);
        assert_eq!(Kind::Viewed(Page::Home).symbol(), 17);
    }
}
