//! Credential stuffing, simulated: somebody has a list of everybody's name and some old password, a small
//! part of which is still right, and tries it from ten thousand addresses for a day, while the owners sign
//! in as they always do.
//!
//! What decides is what the server uses: [`crate::throttle`], [`crate::totp`], and
//! [`account::factor::Credentials::signs_in`]. Comparing passwords is a comparison here instead of a hash, and
//! the clock is a number. Beside it runs the same day against a lock of the whole account
//! ([`softlock`]), as identity servers have it.
//!
//! Half of the attempts go to everybody in turn, the other half at a few accounts that are worth more:
//! `targets`. The attacker does whatever work is asked for.

mod owners;
mod softlock;
mod world;

use account::time::At;
use serde::{Deserialize, Serialize};

use crate::throttle::Throttle;
use softlock::Softlock;
use world::{Gate, World};

/// What is simulated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Config {
    /// Another seed is another day.
    pub seed: u64,
    /// Accounts. Three in ten have a passkey and nothing else, three a password and an app, four a password.
    pub accounts: u32,
    /// Of 10,000 accounts, so many whose password the attacker knows.
    pub reused_per_10k: u32,
    /// Addresses of the attacker.
    pub sources: u32,
    /// Attempts of the attacker.
    pub attempts: u32,
    /// Accounts at which half of the attempts are aimed.
    pub targets: u32,
    /// Seconds that it takes.
    pub span_s: u64,
    /// Of 100 sign-ins of owners, so many are on a device that the account does not know.
    pub new_devices_per_100: u32,
    /// Of 100 passwords that owners type, so many are mistyped.
    pub mistyped_per_100: u32,
    /// CPU time of one hash in microseconds, for the cost.
    pub hash_us: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            accounts: 100_000,
            reused_per_10k: 100,
            sources: 10_000,
            attempts: 1_000_000,
            targets: 1_000,
            span_s: 86_400,
            new_devices_per_100: 5,
            mistyped_per_100: 5,
            hash_us: 92_000,
        }
    }
}

/// What came of the attack.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Attack {
    /// Attempts.
    pub attempts: u64,
    /// Of these, refused without looking at the password.
    pub refused: u64,
    /// Of these, looked at after a proof of work.
    pub worked: u64,
    /// Hashes that the attacker computed for that, on average.
    pub work_hashes: u64,
    /// Of these, with the right password.
    pub right_passwords: u64,
    /// Accounts whose password was found. Their owners are asked to change it.
    pub passwords_found: u64,
    /// Accounts with a password alone that were asked for the mailbox then, and stayed closed.
    pub stepped_up: u64,
    /// Codes of an app that were guessed at, with the right password.
    pub codes_guessed: u64,
    /// Accounts that a guessed code would have opened, on average: three in a million for each guess.
    pub expected_by_guessing: f64,
    /// Accounts with a passkey or an app that were opened.
    pub takeovers_protected: u64,
    /// Accounts with a password alone that were opened.
    pub takeovers_password_only: u64,
}

/// What the owners saw.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Owners {
    /// Sign-ins that were begun.
    pub sign_ins: u64,
    /// Of these, that succeeded.
    pub succeeded: u64,
    /// Of these, with a proof of work.
    pub worked: u64,
    /// Given up because of a wait.
    pub refused: u64,
    /// Given up after mistyping too often.
    pub mistyped: u64,
}

impl Owners {
    /// Part of the sign-ins that succeeded.
    pub fn rate(&self) -> f64 {
        if self.sign_ins == 0 { 1.0 } else { self.succeeded as f64 / self.sign_ins as f64 }
    }
}

/// What came of one day.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// The attack.
    pub attack: Attack,
    /// Owners with a password, on devices that the account knows.
    pub known_devices: Owners,
    /// Owners with a password, on other devices.
    pub new_devices: Owners,
    /// Of these two, owners of the accounts that were aimed at, on devices that the account knows.
    pub targets_known_devices: Owners,
    /// The same, on other devices.
    pub targets_new_devices: Owners,
    /// Owners with a passkey.
    pub passkeys: Owners,
    /// Hashes for the attacker.
    pub attack_hashes: u64,
    /// Hashes for the owners.
    pub owner_hashes: u64,
}

/// Both days.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Report {
    /// What was simulated.
    pub config: Config,
    /// With what the server does.
    pub throttled: Outcome,
    /// With a lock of the whole account.
    pub softlocked: Outcome,
    /// Part of the sign-ins on known devices that succeeded, by what the server does.
    pub owner_rate_known: f64,
    /// The same of new devices.
    pub owner_rate_new: f64,
    /// The first with a lock of the whole account.
    pub owner_rate_known_softlocked: f64,
    /// CPU seconds of hashing for the attacker, with the throttle.
    pub attack_cpu_s: f64,
    /// The part of it for which the attacker did no work.
    pub attack_cpu_s_free: f64,
    /// The same if each attempt were hashed.
    pub attack_cpu_s_unguarded: f64,
}

/// Runs both days. Takes some seconds for the default configuration.
pub fn run(config: Config) -> Report {
    let throttled = World::new(config).run(&mut Throttle::default());
    let softlocked = World::new(config).run(&mut Softlock::default());
    let cpu_s = |hashes: u64| hashes as f64 * config.hash_us as f64 / 1e6;
    Report {
        config,
        throttled,
        softlocked,
        owner_rate_known: throttled.known_devices.rate(),
        owner_rate_new: throttled.new_devices.rate(),
        owner_rate_known_softlocked: softlocked.known_devices.rate(),
        attack_cpu_s: cpu_s(throttled.attack_hashes),
        attack_cpu_s_free: cpu_s(throttled.attack_hashes - throttled.attack.worked),
        attack_cpu_s_unguarded: cpu_s(u64::from(config.attempts)),
    }
}

impl Gate for Throttle {
    fn ask(&mut self, attempt: &crate::throttle::Attempt, now: At) -> crate::throttle::Decision {
        Throttle::ask(self, attempt, now)
    }

    fn succeeded(&mut self, attempt: &crate::throttle::Attempt, now: At) {
        Throttle::succeeded(self, attempt, now);
    }

    /// It was counted when it was asked for.
    fn failed(&mut self, _: &crate::throttle::Attempt, _: At) {}
}

#[cfg(test)]
mod tests;
