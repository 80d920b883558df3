//! Accounts and the attacker, through one day.

use account::factor::{Credentials, Factor, Factors};
use account::time::{At, Span};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::IpAddr;

use super::owners::SignIn;
use super::{Config, Outcome};
use crate::random::Random;
use crate::throttle::{AccountKey, Attempt, Decision};
use crate::totp::{self, Seed};

/// What stands before the check of a password.
pub(super) trait Gate {
    fn ask(&mut self, attempt: &Attempt, now: At) -> Decision;
    fn succeeded(&mut self, attempt: &Attempt, now: At);
    fn failed(&mut self, attempt: &Attempt, now: At);
}

/// When the day begins: not at midnight, so that it has two halves of days.
const START: At = At(1_700_000_000);
/// Codes that are right at one time: of the present step and those beside it.
const CODES_TAKEN: f64 = (2 * totp::WINDOW + 1) as f64;

pub(super) struct World {
    pub(super) config: Config,
    pub(super) random: Random,
    pub(super) last_steps: Vec<Option<u64>>,
    /// Accounts whose password the attacker has found, and those that were opened.
    found: Vec<bool>,
    opened: Vec<bool>,
    /// How often each account was tried: the attacker begins with the old password.
    tried: Vec<u32>,
    pub(super) outcome: Outcome,
}

impl World {
    pub(super) fn new(config: Config) -> Self {
        let accounts = config.accounts as usize;
        Self {
            config,
            random: Random(config.seed),
            last_steps: vec![None; accounts],
            found: vec![false; accounts],
            opened: vec![false; accounts],
            tried: vec![0; accounts],
            outcome: Outcome::default(),
        }
    }

    pub(super) fn run(mut self, gate: &mut impl Gate) -> Outcome {
        let Config { accounts, attempts, span_s, .. } = self.config;
        if accounts == 0 {
            return self.outcome;
        }
        // Each owner signs in once a day.
        let mut owners = BinaryHeap::with_capacity(accounts as usize);
        for account in 0..accounts {
            let at = START + Span(self.random.below(span_s.max(1)));
            let is_known_device = !self.random.is(u64::from(self.config.new_devices_per_100), 100);
            let fresh = SignIn {
                account,
                is_known_device,
                work_bits: 0,
                waits: 0,
                mistyped: 0,
                has_worked: false,
            };
            owners.push(Reverse((at, fresh)));
        }
        for number in 0..attempts {
            let now = START + Span(span_s * u64::from(number) / u64::from(attempts));
            while let Some(Reverse((at, sign_in))) = owners.peek().copied()
                && at <= now
            {
                owners.pop();
                if let Some(again) = self.sign_in(gate, sign_in, at) {
                    owners.push(Reverse(again));
                }
            }
            self.attack(gate, number, now);
        }
        while let Some(Reverse((at, sign_in))) = owners.pop() {
            if let Some(again) = self.sign_in(gate, sign_in, at) {
                owners.push(Reverse(again));
            }
        }
        self.outcome
    }

    /// What an account has: three in ten a passkey, three a password and an app, four a password.
    pub(super) fn credentials(account: u32) -> Credentials {
        Credentials {
            has_password: account % 10 >= 3,
            has_totp: (3..6).contains(&(account % 10)),
            passkeys: u8::from(account % 10 < 3),
            recovery_codes: 8,
            has_phone: false,
        }
    }

    fn is_reused(&self, account: u32) -> bool {
        let mut random = Random(self.config.seed ^ u64::from(account) << 20);
        random.is(u64::from(self.config.reused_per_10k), 10_000)
    }

    pub(super) fn is_target(&self, account: u32) -> bool {
        // Spread over all kinds of accounts.
        account.is_multiple_of((self.config.accounts / self.config.targets.max(1)).max(1) | 1)
            && self.config.targets > 0
    }

    fn attack(&mut self, gate: &mut impl Gate, number: u32, now: At) {
        let Config { accounts, targets, sources, .. } = self.config;
        let account = if number % 2 == 1 && targets > 0 {
            let stride = (accounts / targets).max(1) | 1;
            (self.random.below(u64::from(accounts.div_ceil(stride))) as u32) * stride
        } else {
            number / 2 % accounts
        };
        let place = account as usize;
        self.outcome.attack.attempts += 1;
        let source = self.random.below(u64::from(sources.max(1)));
        let mut attempt = Attempt {
            source: IpAddr::V4((0x0a00_0000 + source as u32).into()),
            account: key(account),
            device: None,
            work_bits: 0,
        };
        let mut decision = gate.ask(&attempt, now);
        if let Decision::Work(bits) = decision {
            attempt.work_bits = bits;
            decision = gate.ask(&attempt, now);
            if decision == Decision::Go {
                self.outcome.attack.worked += 1;
                self.outcome.attack.work_hashes += 1 << bits;
            }
        }
        if decision != Decision::Go {
            self.outcome.attack.refused += 1;
            return;
        }
        self.outcome.attack_hashes += 1;
        let credentials = Self::credentials(account);
        let is_first = self.tried[place] == 0;
        self.tried[place] += 1;
        // The old password comes first. If it was right it is used again, to guess at what is asked for next.
        let is_right =
            credentials.has_password && self.is_reused(account) && (is_first || self.found[place]);
        if !is_right {
            gate.failed(&attempt, now);
            return;
        }
        self.outcome.attack.right_passwords += 1;
        let mut shown = Factors::of(&[Factor::Password]);
        if credentials.has_totp {
            self.outcome.attack.codes_guessed += 1;
            self.outcome.attack.expected_by_guessing += CODES_TAKEN / 1e6;
            let code = format!("{:06}", self.random.below(1_000_000));
            if totp::check(&seed(account), &code, now, self.last_steps[place]).is_some() {
                shown = shown.and(Factors::of(&[Factor::Totp]));
            }
        } else if !self.found[place] {
            self.outcome.attack.stepped_up += 1;
        }
        if !self.found[place] {
            self.found[place] = true;
            self.outcome.attack.passwords_found += 1;
        }
        if !credentials.signs_in(shown) {
            gate.failed(&attempt, now);
        } else if !self.opened[place] {
            self.opened[place] = true;
            match credentials.has_totp || credentials.passkeys > 0 {
                true => self.outcome.attack.takeovers_protected += 1,
                false => self.outcome.attack.takeovers_password_only += 1,
            }
        }
    }
}

pub(super) fn key(account: u32) -> AccountKey {
    let mut key = [0; 32];
    key[..4].copy_from_slice(&account.to_le_bytes());
    key
}

pub(super) fn seed(account: u32) -> Seed {
    let mut random = Random(u64::from(account) << 22 ^ 2);
    Seed::new(std::array::from_fn(|_| random.below(256) as u8))
}
