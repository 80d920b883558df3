//! What a notice tells: what happened to the account, in values. Which words it is told in is here too; how
//! they are laid out is in [`crate::message`].

mod values;

use account::book::Destination;
use account::notice::Notice;
use account::setting::Setting;
use account::step::Credential;
use account::time::{At, Span};
use account::withdrawal::State;
use serde::{Deserialize, Serialize};

use crate::calendar::{Zone, duration, written};
use crate::shown::sentence_shown;
pub use values::Payment;
use values::{destination, setting_written};

/// What was done with something that is shown to sign in or to confirm.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialChange {
    /// It was added or replaced.
    Set(Credential),
    /// A passkey was taken away.
    PasskeyRemoved,
    /// The authenticator app was taken away.
    AppRemoved,
    /// An API key was made or changed.
    ApiKey,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// Somebody signed in on a device that was not known.
    NewDevice,
    /// An address was added to the book.
    NewAddress {
        /// Which.
        to: Destination,
        /// From when on money may go there.
        usable_from: At,
    },
    /// A withdrawal was asked for, or has come further.
    Withdrawal {
        /// Which.
        payment: Payment,
        /// Where it has come to.
        state: State,
        /// Why, in a sentence of the decision.
        why: Option<String>,
    },
    /// A setting was loosened.
    Loosened {
        /// The setting, as it becomes.
        setting: Setting,
        /// From when on; it can be taken back until then.
        from: At,
    },
    /// Something to sign in with was changed.
    Credential {
        /// What was changed.
        change: CredentialChange,
        /// Until when money waits.
        held_until: At,
    },
    /// The e-mail address or the phone number was changed.
    Contact {
        /// Until when money waits.
        held_until: At,
    },
    /// A recovery has begun.
    RecoveryBegun {
        /// When it can be finished.
        completes_at: At,
    },
    /// The account was recovered.
    Recovered {
        /// Until when money waits.
        held_until: At,
    },
    /// The account was frozen.
    Frozen,
    /// The freeze was ended.
    Unfrozen {
        /// Until when money waits.
        held_until: At,
    },
}

/// What is said of a happening: a subject, sentences, and values with their names.
pub(crate) struct Said {
    pub(crate) subject: &'static str,
    pub(crate) sentences: Vec<String>,
    pub(crate) values: Vec<(&'static str, String)>,
    pub(crate) remedy: &'static str,
}

const NOT_YOU: &str = "If it was you, there is nothing to do. If it was not, freeze your account with the link below.";

impl Happening {
    /// What kind of notice it is.
    pub fn notice(&self) -> Notice {
        match self {
            Happening::NewDevice => Notice::NewDevice,
            Happening::NewAddress { .. } => Notice::NewAddress,
            Happening::Withdrawal { .. } => Notice::Withdrawal,
            Happening::Loosened { .. } => Notice::Loosened,
            Happening::Credential { .. } => Notice::Credential,
            Happening::Contact { .. } => Notice::Contact,
            Happening::RecoveryBegun { .. } => Notice::RecoveryBegun,
            Happening::Recovered { .. } => Notice::Recovered,
            Happening::Frozen | Happening::Unfrozen { .. } => Notice::Freeze,
        }
    }

    /// What is said of it to the customer, `at` being when it happened.
    pub(crate) fn said(&self, at: At, zone: Option<&Zone>) -> Said {
        let time = |at: At| written(at, zone);
        let held = |until: At| {
            let span = duration(Span(until.0.saturating_sub(at.0)));
            format!(
                "Withdrawals are held for {span} because of this change, until {}.",
                time(until)
            )
        };
        let mut values = Vec::new();
        let (subject, sentences, remedy) = match self {
            Happening::NewDevice => (
                "a new device signed in",
                vec!["A device that we had not seen before signed in to your account.".to_owned()],
                NOT_YOU,
            ),
            Happening::NewAddress { to, usable_from } => {
                values = destination(to);
                let span = duration(Span(usable_from.0.saturating_sub(at.0)));
                let wait = match *usable_from > at {
                    true => format!(
                        "Held for {span} because this address is new: money can go there from {}.",
                        time(*usable_from)
                    ),
                    false => "Money can go there now.".to_owned(),
                };
                let added = "An address was added to your address book.".to_owned();
                ("an address was added", vec![added, wait], NOT_YOU)
            }
            Happening::Withdrawal { payment, state, why } => {
                values.push(("Amount", payment.written()));
                values.extend(destination(&payment.to));
                let (subject, sentence) = withdrawal(*state, &time);
                let mut sentences = vec![sentence];
                sentences.extend(why.as_deref().map(sentence_shown));
                (
                    subject,
                    sentences,
                    "If you did not ask for it, freeze your account with the link below.",
                )
            }
            Happening::Loosened { setting, from } => {
                values.push(("Setting", setting_written(*setting)));
                let sentence = match *from > at {
                    true => format!(
                        "A setting that protects your account will be weaker from {}. Until then you \
                         can take it back.",
                        time(*from)
                    ),
                    false => "A setting that protects your account is weaker now.".to_owned(),
                };
                ("a protection is loosened", vec![sentence], NOT_YOU)
            }
            Happening::Credential { change, held_until } => (
                "how you sign in was changed",
                vec![credential(*change).to_owned(), held(*held_until)],
                NOT_YOU,
            ),
            Happening::Contact { held_until } => {
                let sentence = "The e-mail address or the phone number of your account was changed. We \
                                tell the old one and the new one.";
                ("your contact was changed", vec![sentence.to_owned(), held(*held_until)], NOT_YOU)
            }
            Happening::RecoveryBegun { completes_at } => (
                "a recovery of your account has begun",
                vec![
                    "Somebody asked to recover your account without its passkey or password."
                        .to_owned(),
                    format!("It cannot be finished before {}.", time(*completes_at)),
                ],
                "If it was not you, stop it: sign in, or freeze your account with the link below.",
            ),
            Happening::Recovered { held_until } => (
                "your account was recovered",
                vec![
                    "Your account was recovered. What you signed in with before is void."
                        .to_owned(),
                    held(*held_until),
                ],
                NOT_YOU,
            ),
            Happening::Frozen => (
                "your account is frozen",
                vec!["Your account is frozen: nothing leaves it.".to_owned()],
                "When you are sure that it is yours alone, end the freeze with your passkey or app.",
            ),
            Happening::Unfrozen { held_until } => (
                "the freeze of your account was ended",
                vec!["The freeze of your account was ended.".to_owned(), held(*held_until)],
                "If it was not you, freeze your account again with the link below.",
            ),
        };
        Said { subject, sentences, values, remedy }
    }
}

fn withdrawal(state: State, time: &dyn Fn(At) -> String) -> (&'static str, String) {
    let plain = |subject, sentence: &str| (subject, sentence.to_owned());
    match state {
        State::Requested => plain("a withdrawal was asked for", "A withdrawal was asked for."),
        State::Challenged { expires_at } => (
            "confirm a withdrawal",
            format!("A withdrawal waits for you to confirm it, until {}.", time(expires_at)),
        ),
        State::Held { not_before: Some(until) } => (
            "a withdrawal is held",
            format!("A withdrawal is held until {} at least. You can cancel it.", time(until)),
        ),
        State::Held { not_before: None } => plain(
            "a withdrawal is held",
            "A withdrawal is held until a person has looked at it. You can cancel it.",
        ),
        State::Approved { .. } => {
            plain("a withdrawal is approved", "A withdrawal is approved and will be sent.")
        }
        State::Released => plain("a withdrawal was sent", "A withdrawal was sent."),
        State::Cancelled => {
            plain("a withdrawal was cancelled", "A withdrawal was cancelled: nothing was sent.")
        }
        State::Denied => {
            plain("a withdrawal was denied", "A withdrawal was denied: nothing was sent.")
        }
        State::Expired => plain(
            "a withdrawal has expired",
            "A withdrawal was not confirmed in time: nothing was sent.",
        ),
    }
}

fn credential(change: CredentialChange) -> &'static str {
    match change {
        CredentialChange::Set(Credential::Passkey) => "A passkey was added to your account.",
        CredentialChange::Set(Credential::Password) => "The password of your account was changed.",
        CredentialChange::Set(Credential::Totp) => {
            "An authenticator app was set up for your account."
        }
        CredentialChange::Set(Credential::RecoveryCodes) => {
            "New recovery codes were made for your account. Those before are void."
        }
        CredentialChange::PasskeyRemoved => "A passkey was taken off your account.",
        CredentialChange::AppRemoved => "The authenticator app was taken off your account.",
        CredentialChange::Set(Credential::ApiKey) | CredentialChange::ApiKey => {
            "An API key of your account was made or changed."
        }
    }
}
