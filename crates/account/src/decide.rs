//! Whether a withdrawal may leave: one pure function, and no way around it. A transfer to another
//! customer, from a sub-account, by an API key is a withdrawal too.

use model::{Evidence, Level, Reason, Verdict};
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::book::Destination;
use crate::factor::Factor;
use crate::step::By;
use crate::time::At;

/// A withdrawal that was asked for.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Request {
    /// Where it goes.
    pub to: Destination,
    /// What it is worth, in cents of the account's currency.
    pub value_cents: u64,
    /// What has left in the day before, in cents.
    pub left_cents: u64,
    /// When it was asked for.
    pub asked_at: At,
}

/// What is said of a withdrawal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// How far it may go, and why.
    pub verdict: Verdict,
    /// Where it waits for nothing but time: when that is over.
    pub not_before: Option<At>,
}

/// What a decision is put together from.
#[derive(Default)]
struct Said {
    verdict: Verdict,
    not_before: Option<At>,
}

impl Said {
    fn because(
        &mut self,
        level: Level,
        code: &'static str,
        sentence: String,
        remedy: &'static str,
    ) {
        let reason = Reason {
            code: code.into(),
            sentence,
            evidence: Vec::<Evidence>::new(),
            remedy: remedy.into(),
        };
        let verdict = std::mem::take(&mut self.verdict);
        self.verdict = verdict.join(Verdict::because(level, reason));
    }

    fn wait(&mut self, until: At, code: &'static str, sentence: String, remedy: &'static str) {
        self.not_before = self.not_before.max(Some(until));
        self.because(Level::Hold, code, sentence, remedy);
    }
}

/// Decides on a withdrawal. `by` is who asked for it, with what they have shown *for this very
/// withdrawal*: its asset, amount, address and network.
pub fn decide(account: &Account, request: &Request, by: &By, now: At) -> Decision {
    let mut account = account.clone();
    account.settings.settle(now);
    let mut said = Said::default();
    if account.is_frozen {
        let sentence = "The account is frozen: nothing leaves.".to_owned();
        said.because(Level::Deny, "account.frozen", sentence, "End the freeze with a passkey.");
    }
    for (_, until) in account.holds.active(now) {
        let sentence = "Money waits after a change that could be somebody else's.".to_owned();
        said.wait(until, "account.hold", sentence, "Wait, or stop what you did not do.");
    }
    said_of_destination(&account, request, by, now, &mut said);
    said_of_confirmation(&account, by, &mut said);
    let is_above =
        request.left_cents.saturating_add(request.value_cents) > account.settings.daily_limit();
    if is_above {
        let sentence = "It is more than may leave in a day.".to_owned();
        said.because(Level::Deny, "account.limit", sentence, "Take less, or raise the limit.");
    }
    let leaves_at = request.asked_at + account.settings.delay();
    if leaves_at > now {
        let sentence = "Every withdrawal waits, as you have chosen.".to_owned();
        said.wait(leaves_at, "account.delay", sentence, "Wait, or cancel it.");
    }
    Decision { verdict: said.verdict, not_before: said.not_before }
}

fn said_of_destination(account: &Account, request: &Request, by: &By, now: At, said: &mut Said) {
    let entry = account.book.find(&request.to);
    let usable_from = entry.map(|entry| entry.usable_from);
    let is_strict = account.settings.is_book_only() || by.fresh.has(Factor::ApiKey);
    let remedy = "Add the address to your book; it can be used after its cool-down.";
    match usable_from {
        Some(from) if from <= now => {}
        Some(from) => {
            let sentence = "The address is new and waits.".to_owned();
            said.wait(from, "account.address.new", sentence, "Wait, or use another address.");
        }
        None if is_strict => {
            let sentence = "The address is not in your book.".to_owned();
            said.because(Level::Deny, "account.address.unknown", sentence, remedy);
        }
        None => {
            let from = request.asked_at + account.settings.cooldown();
            if from > now {
                let sentence = "Money has never gone to this address.".to_owned();
                said.wait(from, "account.address.new", sentence, "Wait, or cancel it.");
            }
        }
    }
}

/// A key confirms what it signs, where the address is in the book; a person confirms with the strongest
/// thing that the account has.
fn said_of_confirmation(account: &Account, by: &By, said: &mut Said) {
    if by.fresh.has(Factor::ApiKey) {
        return;
    }
    if !by.is_signed_in {
        let sentence = "Nobody is signed in.".to_owned();
        said.because(Level::Deny, "account.signed_out", sentence, "Sign in.");
    } else if !by.fresh.has_all(account.credentials.confirming()) {
        let sentence = "It is not confirmed by its owner.".to_owned();
        let remedy = "Confirm this withdrawal with your passkey or app.";
        said.because(Level::Challenge, "account.unconfirmed", sentence, remedy);
    }
}

#[cfg(test)]
mod tests;
