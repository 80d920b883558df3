//! What is done to accounts: seven scripts, each easy or hard to see where it can be either.

use behavior::event::{Change, Kind, Page, Shown};

use super::cities::{abroad, home, mobile, rented};
use super::life::Life;
use super::{Attack, DAY_S, START_S, Truth};

/// Where a thief is.
enum Where {
    /// In another country, at home or on a rented machine.
    Abroad,
    /// Behind a home's connection in the customer's own city.
    Near,
}

/// Begins an attack on a day; what the customer would have done from then on is left out.
pub(super) fn begin(life: &mut Life, day: u64) {
    let attack = Attack::ALL[life.random.below(Attack::ALL.len() as u64) as usize];
    let has_easy_form = matches!(
        attack,
        Attack::CredentialStuffing
            | Attack::SessionTheft
            | Attack::SimSwap
            | Attack::MailboxTakeover
    );
    let is_hard = !has_easy_form || life.happens(0.5);
    life.truth = Some(Truth { attack, is_hard });
    // What a customer does by their own hand is done at their own hours.
    let by_owner = matches!(attack, Attack::RemoteAccess | Attack::SlowMule | Attack::Coerced);
    let hour = if by_owner { life.hour() } else { life.random.unit() * 24.0 };
    life.now = (life.now + 600).max(START_S + day * DAY_S + (hour * 3_600.0) as u64);
    let from = if is_hard { Where::Near } else { Where::Abroad };
    match attack {
        Attack::CredentialStuffing => credential_stuffing(life, &from),
        Attack::SessionTheft => session_theft(life, &from),
        Attack::SimSwap => takeover(life, &from, Shown::PHONE, is_hard),
        Attack::MailboxTakeover => takeover(life, &from, Shown::MAILBOX, is_hard),
        Attack::RemoteAccess => remote_access(life),
        Attack::SlowMule => slow_mule(life),
        Attack::Coerced => coerced(life),
    }
}

/// A thief's place and, unless they have the customer's, their device.
fn arrive(life: &mut Life, from: &Where, has_device: bool) {
    let city = life.person.city;
    life.place = match from {
        Where::Abroad if life.happens(0.3) => {
            let is_listed = life.happens(0.8);
            rented(life.random.below(4) as usize, is_listed)
        }
        Where::Abroad => {
            let city = abroad(city, &mut life.random);
            home(city, life.random.below(3) as usize)
        }
        Where::Near if life.happens(0.5) => home(city, life.person.provider),
        Where::Near if life.happens(0.5) => mobile(city, &mut life.random),
        Where::Near => home(city, life.random.below(3) as usize),
    };
    life.device = if has_device { life.person.devices[0] } else { life.random.next_u64() };
}

/// Sends money away: all of it, or in the hard form often a part.
fn take(life: &mut Life, takes_all: bool) {
    let destination = life.random.next_u64();
    if life.happens(0.6) {
        life.view(Page::Balance);
    }
    life.view(Page::WithdrawalForm);
    if life.happens(0.6) {
        life.view(Page::AddressBook);
        life.step(Kind::AddressAdded { destination });
        life.view(Page::WithdrawalForm);
    }
    let value_cents = if takes_all {
        life.view(Page::ChoseAll);
        life.balance_cents
    } else {
        (life.balance_cents as f64 * (0.3 + 0.7 * life.random.unit())) as u64
    };
    life.ask(value_cents, destination);
}

fn credential_stuffing(life: &mut Life, from: &Where) {
    arrive(life, from, false);
    let is_near = matches!(from, Where::Near);
    for _ in 0..life.random.below(if is_near { 2 } else { 12 }) {
        life.step(Kind::SignInFailed(Shown::PASSWORD));
    }
    life.step(Kind::SignedIn(Shown::PASSWORD));
    if life.happens(0.4) {
        life.view(Page::Security);
    }
    let takes_all = !is_near || life.happens(0.4);
    take(life, takes_all);
}

fn session_theft(life: &mut Life, from: &Where) {
    let is_near = matches!(from, Where::Near);
    arrive(life, from, is_near);
    life.view(Page::Balance);
    if life.happens(0.3) {
        life.view(Page::Security);
    }
    let takes_all = !is_near || life.happens(0.4);
    take(life, takes_all);
}

/// By the telephone number or the mailbox: the password is set anew, and who is patient waits until
/// holds have ended.
fn takeover(life: &mut Life, from: &Where, by: Shown, is_hard: bool) {
    arrive(life, from, false);
    if life.happens(0.5) {
        life.step(Kind::SignInFailed(Shown::PASSWORD));
    }
    life.step(Kind::SignedIn(by));
    life.step(Kind::Changed(Change::Password));
    if life.happens(0.5) {
        life.view(Page::Security);
        life.step(Kind::Changed(Change::Totp));
    }
    if is_hard && life.happens(0.5) {
        life.now += (4 + life.random.below(3)) * DAY_S;
        life.step(Kind::SignedIn(by.and(Shown::PASSWORD)));
    }
    let takes_all = !is_hard || life.happens(0.5);
    take(life, takes_all);
}

/// The customer signs in as always, on their own device, and somebody leads.
fn remote_access(life: &mut Life) {
    life.device = life.person.devices[0];
    life.place = life.usual_place();
    life.step(Kind::SignedIn(life.person.shown));
    if life.happens(0.25) {
        life.step(Kind::RemoteHint);
    }
    for page in [Page::Help, Page::Security, Page::Balance] {
        if life.happens(0.6) {
            life.view(page);
        }
        if life.happens(0.3) {
            life.now += 60;
            life.view(Page::Paused);
        }
    }
    if life.happens(0.3) {
        life.step(Kind::Changed(Change::Loosened));
    }
    let takes_all = life.happens(0.6);
    take(life, takes_all);
}

/// Money comes and leaves within hours, for weeks, by the hand of the account's owner.
fn slow_mule(life: &mut Life) {
    let destination = life.random.next_u64();
    for round in 0..3 + life.random.below(6) {
        let value_cents = life.amount();
        let midnight = life.now - life.now % DAY_S + (1 + life.random.below(3)) * DAY_S;
        life.now = midnight + (life.hour() * 3_600.0) as u64;
        let at = life.now - 600 - life.random.below(20_000);
        life.deposit(at, value_cents);
        life.device = life.person.devices[0];
        life.place = life.usual_place();
        life.step(Kind::SignedIn(life.person.shown));
        if life.happens(0.7) {
            life.view(Page::Balance);
        }
        life.view(Page::WithdrawalForm);
        if round == 0 && life.person.uses_book {
            life.view(Page::AddressBook);
            life.step(Kind::AddressAdded { destination });
            life.view(Page::WithdrawalForm);
        }
        let share = 0.85 + 0.12 * life.random.unit();
        life.ask((value_cents as f64 * share) as u64, destination);
    }
}

/// The customer does what somebody on the telephone says.
fn coerced(life: &mut Life) {
    if life.happens(0.4) {
        let value_cents = life.amount().saturating_mul(4);
        let at = life.now;
        life.deposit(at, value_cents);
        life.now += 1_800;
    }
    life.device = life.person.devices[0];
    life.place = life.usual_place();
    if life.happens(0.85) {
        life.step(Kind::SignedIn(life.person.shown));
    }
    life.view(Page::Balance);
    for _ in 0..life.random.below(3) {
        life.now += 60;
        life.view(Page::Paused);
    }
    let takes_all = life.happens(0.5);
    take(life, takes_all);
}
