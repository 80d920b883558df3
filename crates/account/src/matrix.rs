//! What a thief can do at worst: every set of stolen credentials, every sequence of actions up to a
//! length, tried on the very functions that guard accounts.
//!
//! A thief has some of nine capabilities, but no passkey whose owner is verified. The owner does nothing,
//! which is the worst case. The search goes through all states that actions lead to, with a clock that
//! jumps to the next time at which something changes. It claims:
//! - money leaves to an address that was not in the book no earlier than the cool-down of addresses;
//! - money leaves, wherever to, no earlier than a hold after each change that the thief made;
//! - before money leaves to such an address, the customer was told on a channel that the thief does not
//!   hold, where there is one.

use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::account::{Account, Rules};
use crate::book::Destination;
use crate::decide::{Request, decide};
use crate::factor::{Credentials, Factor, Factors};
use crate::hold::{CAUSES, Cause};
use crate::notice::Channel;
use crate::setting::{Effect, KINDS, Setting, change};
use crate::step::{By, Command, Credential, step};
use crate::time::{At, Span};
use model::Level;

/// What can be stolen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Capability {
    /// The password.
    Password,
    /// The seed of the authenticator app.
    TotpSeed,
    /// The mailbox.
    Mailbox,
    /// The phone number.
    Sim,
    /// The cookie of a live session.
    Session,
    /// An agent of the support who vouches for the thief.
    SupportAgent,
    /// A device that the account is used on.
    KnownDevice,
    /// The recovery codes.
    RecoveryCodes,
    /// An API key that may withdraw, with an address that it is bound to.
    ApiKey,
}

impl Capability {
    /// All of them.
    pub const ALL: [Capability; 9] = [
        Capability::Password,
        Capability::TotpSeed,
        Capability::Mailbox,
        Capability::Sim,
        Capability::Session,
        Capability::SupportAgent,
        Capability::KnownDevice,
        Capability::RecoveryCodes,
        Capability::ApiKey,
    ];

    /// What a thief can show with it.
    const fn factor(self) -> Option<Factor> {
        match self {
            Capability::Password => Some(Factor::Password),
            Capability::TotpSeed => Some(Factor::Totp),
            Capability::Mailbox => Some(Factor::Mailbox),
            Capability::Sim => Some(Factor::Phone),
            Capability::Session => None,
            Capability::SupportAgent => Some(Factor::Identity),
            Capability::KnownDevice => Some(Factor::KnownDevice),
            Capability::RecoveryCodes => Some(Factor::RecoveryCode),
            Capability::ApiKey => Some(Factor::ApiKey),
        }
    }

    /// Which channel it reads.
    const fn channel(self) -> Option<Channel> {
        match self {
            Capability::Mailbox => Some(Channel::Email),
            Capability::Sim => Some(Channel::Phone),
            Capability::KnownDevice => Some(Channel::Devices),
            _ => None,
        }
    }
}

/// Sets of capabilities.
pub const SETS: u16 = 1 << Capability::ALL.len();

/// The capabilities of a set, by its number.
pub fn capabilities(set: u16) -> impl Iterator<Item = Capability> {
    Capability::ALL.into_iter().filter(move |capability| set & 1 << *capability as u16 != 0)
}

/// The largest sets: all capabilities, and all but one of those that read a channel. Whatever a thief can
/// do with a set, a thief with more can do too, and as early; so what is claimed of these is claimed of
/// all sets.
pub fn largest() -> impl Iterator<Item = u16> {
    let all = SETS - 1;
    let reads = Capability::ALL.into_iter().filter(|capability| capability.channel().is_some());
    std::iter::once(all).chain(reads.map(move |capability| all & !(1 << capability as u16)))
}

/// How an owner has set up their account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// A passkey beside all else.
    Passkey,
    /// A password and an authenticator app.
    App,
    /// A password alone.
    Password,
    /// As `App`, with the book only, a delay, and locked settings.
    Locked,
}

impl Owner {
    /// All of them.
    pub const ALL: [Owner; 4] = [Owner::Passkey, Owner::App, Owner::Password, Owner::Locked];

    fn account(self, rules: &Rules) -> Account {
        let credentials = Credentials {
            has_password: true,
            has_totp: self != Owner::Password,
            passkeys: u8::from(self == Owner::Passkey),
            recovery_codes: 8,
            has_phone: true,
        };
        let mut account = Account::new(credentials, rules);
        account.book.add(known(), At(0));
        if self == Owner::Locked {
            let settings = [
                Setting::BookOnly(true),
                Setting::Delay(Span::hours(24)),
                Setting::Lock(Span::days(3)),
                Setting::Cooldown(Span::hours(48)),
                Setting::DailyLimit(10_000),
            ];
            for setting in settings {
                account.settings.set(setting, &rules.waits, At(0));
            }
        }
        account
    }
}

fn known() -> Destination {
    Destination { network: "example".to_owned(), address: "of-the-owner".to_owned() }
}

fn of_thief() -> Destination {
    Destination { network: "example".to_owned(), address: "of-the-thief".to_owned() }
}

/// When the search begins: long after all that the owner has set up.
const BEGIN: At = At(1_000_000_000);

/// Where a thief has come to.
#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    account: Account,
    now: At,
    is_signed_in: bool,
    /// What the thief has put in place of the owner's.
    gained: Factors,
    /// When a withdrawal to the thief's address, and to the known one, was asked for.
    asked: [Option<At>; 2],
    /// Whether the customer was told where the thief does not read it, before now.
    is_told: bool,
    /// When the thief last made a change of each cause.
    changed: [Option<At>; CAUSES],
    /// When the thief last asked to loosen each setting.
    loosened: [Option<At>; KINDS],
}

/// What a thief with a set of capabilities comes to at worst.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Number of the set.
    pub set: u16,
    /// What is stolen.
    pub capabilities: Vec<Capability>,
    /// How the account is set up.
    pub owner: Owner,
    /// How long it takes at least until money leaves to an address that was not in the book.
    pub earliest: Option<Span>,
    /// Whether there is a channel that the thief does not read.
    pub has_channel_outside: bool,
    /// States that were tried.
    pub states: usize,
    /// What does not hold.
    pub violations: Vec<String>,
}

/// Changes whose holds a thief can bring about.
const CHANGED: [Cause; 4] = [Cause::Credential, Cause::Contact, Cause::Recovery, Cause::Unfreeze];

/// All that a thief can try to do to an account.
fn commands() -> Vec<Command> {
    vec![
        Command::AddAddress(of_thief()),
        Command::Change(Setting::BookOnly(false)),
        Command::Change(Setting::Cooldown(Span::hours(24))),
        Command::Change(Setting::DailyLimit(u64::MAX)),
        Command::Change(Setting::Delay(Span(0))),
        Command::Change(Setting::Lock(Span(0))),
        Command::Set(Credential::Passkey),
        Command::Set(Credential::Password),
        Command::Set(Credential::Totp),
        Command::Set(Credential::RecoveryCodes),
        Command::Set(Credential::ApiKey),
        Command::RemovePasskey,
        Command::RemoveTotp,
        Command::ChangeContact,
        Command::BeginRecovery,
        Command::FinishRecovery,
        Command::Freeze,
        Command::Unfreeze,
    ]
}

/// What holds are caused by a command, and what the thief can show after it.
fn consequences(command: &Command) -> (Option<Cause>, Factors) {
    match command {
        Command::Set(Credential::Passkey) => (Some(Cause::Credential), of(&[Factor::Passkey])),
        Command::Set(Credential::Password) => (Some(Cause::Credential), of(&[Factor::Password])),
        Command::Set(Credential::Totp) => (Some(Cause::Credential), of(&[Factor::Totp])),
        Command::Set(Credential::RecoveryCodes) => {
            (Some(Cause::Credential), of(&[Factor::RecoveryCode]))
        }
        Command::Set(Credential::ApiKey) => (Some(Cause::Credential), of(&[Factor::ApiKey])),
        Command::RemovePasskey | Command::RemoveTotp => (Some(Cause::Credential), Factors::NONE),
        // The new contact is the thief's; the old one goes on to be told.
        Command::ChangeContact => (Some(Cause::Contact), of(&[Factor::Mailbox, Factor::Phone])),
        Command::BeginRecovery => (Some(Cause::Recovery), Factors::NONE),
        Command::FinishRecovery => (Some(Cause::Recovery), of(&[Factor::Passkey])),
        Command::Unfreeze => (Some(Cause::Unfreeze), Factors::NONE),
        _ => (None, Factors::NONE),
    }
}

const fn of(factors: &[Factor]) -> Factors {
    Factors::of(factors)
}

/// A search with one set of capabilities.
struct Search<'a> {
    /// The rules that accounts are guarded by.
    rules: &'a Rules,
    /// The rules that are claimed.
    claimed: &'a Rules,
    stolen: Factors,
    first: Account,
    has_channel_outside: bool,
    earliest: Option<Span>,
    violations: HashSet<String>,
}

impl Search<'_> {
    fn by(&self, state: &State) -> By {
        By { is_signed_in: state.is_signed_in, fresh: self.stolen.and(state.gained) }
    }

    fn told(&self, state: &mut State) {
        state.is_told |= self.has_channel_outside;
    }

    /// Whether money leaves now, to the thief's address or to the known one; judges it when it does.
    fn leaves(&mut self, state: &State, place: usize) -> bool {
        let Some(asked_at) = state.asked[place] else { return false };
        let to = if place == 0 { of_thief() } else { known() };
        let request = Request { to, value_cents: 1, left_cents: 0, asked_at };
        let by = self.by(state);
        // A thief who has stolen a key may use it or not.
        let without_key = By { fresh: by.fresh.without(Factor::ApiKey), ..by };
        let leaves = [by, without_key].iter().any(|by| {
            decide(&state.account, &request, by, state.now).verdict.level() == Level::Allow
        });
        if leaves {
            self.judge(state, place == 0);
        }
        leaves
    }

    fn judge(&mut self, state: &State, is_new: bool) {
        let mut violation = |text: &str| {
            self.violations.insert(text.to_owned());
        };
        if is_new {
            let passed = Span(state.now.0 - BEGIN.0);
            if passed < self.claimed.waits.cooldown_min {
                violation("money leaves to a new address before its cool-down");
            }
            if self.has_channel_outside && !state.is_told {
                violation("money leaves and nobody was told");
            }
            self.earliest = Some(self.earliest.map_or(passed, |earliest| earliest.min(passed)));
        }
        for cause in CHANGED {
            let changed = state.changed[cause as usize];
            if changed.is_some_and(|at| state.now < at + self.claimed.holds.of(cause)) {
                violation(&format!("money leaves within the hold of {cause:?}"));
            }
        }
        for (kind, asked) in state.loosened.iter().enumerate() {
            let is_weaker = state.account.settings.strength(kind, state.now)
                < self.first.settings.strength(kind, state.now);
            let wait = self.claimed.waits.loosen[kind];
            if is_weaker && asked.is_none_or(|at| state.now < at + wait) {
                violation(&format!("money leaves before setting {kind} may be loosened"));
            }
        }
    }

    /// Where one action leads to.
    fn next(&mut self, state: &State) -> Vec<State> {
        let mut next = Vec::new();
        let by = self.by(state);
        if !state.is_signed_in && state.account.credentials.signs_in(by.fresh) {
            let mut signed_in = State { is_signed_in: true, ..state.clone() };
            if !by.fresh.has(Factor::KnownDevice) {
                self.told(&mut signed_in);
            }
            next.push(signed_in);
        }
        for command in commands() {
            let Ok(done) = step(&state.account, self.rules, &command, &by, state.now) else {
                continue;
            };
            let mut after = State { account: done.account, ..state.clone() };
            let (cause, gained) = consequences(&command);
            after.gained = after.gained.and(gained);
            if let Some(cause) = cause {
                after.changed[cause as usize] = Some(state.now);
            }
            if let Command::Change(setting) = command {
                let current = state.account.settings.value(setting.kind(), state.now);
                let waits = &self.claimed.waits;
                if let Effect::At(_) = change(current, setting, waits, state.now) {
                    after.loosened[setting.kind()] = Some(state.now);
                }
            }
            if command == Command::FinishRecovery {
                // Whoever was signed in is not any more.
                after.is_signed_in = false;
            }
            if done.notice.is_some() {
                self.told(&mut after);
            }
            next.push(after);
        }
        for place in 0..2 {
            if state.asked[place].is_none() {
                let mut asked = state.clone();
                asked.asked[place] = Some(state.now);
                // It leaves, if it does, before anybody can read of it.
                if !self.leaves(&asked, place) {
                    self.told(&mut asked);
                    next.push(asked);
                }
            }
        }
        if let Some(now) = self.waits_until(state) {
            next.push(State { now, ..state.clone() });
        }
        next
    }

    /// The next time at which something changes.
    fn waits_until(&self, state: &State) -> Option<At> {
        let settings = &state.account.settings;
        let spans = [settings.cooldown(), settings.delay()];
        let asked = state.asked.iter().flatten();
        let asked = asked.flat_map(|at| spans.map(|span| *at + span));
        let next = state.account.next_change(state.now);
        asked.filter(|at| *at > state.now).chain(next).min()
    }
}

/// Two states with one digest would be taken for one: with 2^24 states, one in 2^80 searches.
fn digest(state: &State) -> u128 {
    let half = |number: u8| {
        let mut hasher = DefaultHasher::new();
        (number, state).hash(&mut hasher);
        hasher.finish()
    };
    u128::from(half(0)) << 64 | u128::from(half(1))
}

/// What a thief with this set comes to at worst in so many actions, where accounts are guarded by `rules`
/// and `claimed` is claimed of them.
pub fn row(owner: Owner, set: u16, depth: u32, rules: &Rules, claimed: &Rules) -> Row {
    let stolen: Vec<Factor> = capabilities(set).filter_map(Capability::factor).collect();
    let read: Vec<Channel> = capabilities(set).filter_map(Capability::channel).collect();
    let first = owner.account(rules);
    let mut search = Search {
        rules,
        claimed,
        stolen: Factors::of(&stolen),
        first: first.clone(),
        has_channel_outside: read.len() < Channel::ALL.len(),
        earliest: None,
        violations: HashSet::new(),
    };
    let begin = State {
        account: first,
        now: BEGIN,
        is_signed_in: capabilities(set).any(|capability| capability == Capability::Session),
        gained: Factors::NONE,
        asked: [None; 2],
        is_told: false,
        changed: [None; CAUSES],
        loosened: [None; KINDS],
    };
    let mut seen = HashSet::from([digest(&begin)]);
    let mut layer = vec![begin];
    for action in 1..=depth {
        let mut next_layer = Vec::new();
        for state in &layer {
            for next in search.next(state) {
                let has_left = search.leaves(&next, 0);
                search.leaves(&next, 1);
                // What comes after money has left is no earlier.
                if !has_left && seen.insert(digest(&next)) && action < depth {
                    next_layer.push(next);
                }
            }
        }
        layer = next_layer;
    }
    let mut violations: Vec<String> = search.violations.into_iter().collect();
    violations.sort_unstable();
    Row {
        set,
        capabilities: capabilities(set).collect(),
        owner,
        earliest: search.earliest,
        has_channel_outside: search.has_channel_outside,
        states: seen.len(),
        violations,
    }
}

#[cfg(test)]
mod tests;
