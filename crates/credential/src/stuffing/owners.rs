//! Owners, who sign in once a day: most on a device that the account knows, some with a slip of the finger.

use account::factor::{Factor, Factors};
use account::time::{At, Span};
use std::net::IpAddr;

use super::Owners;
use super::world::{Gate, World, key, seed};
use crate::random::Random;
use crate::throttle::{Attempt, Decision};
use crate::totp;

/// An owner who is told to wait for longer gives up.
const PATIENCE_S: u64 = 60;
/// Waits that an owner puts up with.
const WAITS_MAX: u8 = 2;
/// Passwords that an owner mistypes before giving up.
const MISTYPED_MAX: u8 = 4;
/// Seconds until an owner has typed again.
const RETYPING_S: u64 = 5;
/// One owner in a hundred has an address that the attacker uses as well.
const SHARED_ADDRESS_PER_100: u64 = 1;

/// A sign-in of an owner.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SignIn {
    pub(super) account: u32,
    pub(super) is_known_device: bool,
    pub(super) work_bits: u8,
    pub(super) waits: u8,
    pub(super) mistyped: u8,
    pub(super) has_worked: bool,
}

impl World {
    /// One try of an owner; when and how the next one is, if there is one.
    pub(super) fn sign_in(
        &mut self,
        gate: &mut impl Gate,
        mut sign_in: SignIn,
        now: At,
    ) -> Option<(At, SignIn)> {
        let account = sign_in.account;
        let credentials = Self::credentials(account);
        if credentials.passkeys > 0 {
            // Nothing is guessed there, and nothing is throttled by account.
            let is_in = credentials.signs_in(Factors::of(&[Factor::Passkey]));
            self.outcome.passkeys.sign_ins += 1;
            self.outcome.passkeys.succeeded += u64::from(is_in);
            return None;
        }
        let attempt = Attempt {
            source: self.address_of(account),
            account: key(account),
            device: sign_in.is_known_device.then_some([1; 32]),
            work_bits: sign_in.work_bits,
        };
        match gate.ask(&attempt, now) {
            Decision::Work(bits) => {
                sign_in.work_bits = bits;
                sign_in.has_worked = true;
                return Some((now + Span(1), sign_in));
            }
            Decision::Wait(wait) if wait <= PATIENCE_S && sign_in.waits < WAITS_MAX => {
                sign_in.waits += 1;
                return Some((now + Span(wait), sign_in));
            }
            Decision::Wait(_) => {
                self.count(&sign_in, |owners| owners.refused += 1);
                return None;
            }
            Decision::Go => {}
        }
        self.outcome.owner_hashes += 1;
        if self.random.is(u64::from(self.config.mistyped_per_100), 100) {
            gate.failed(&attempt, now);
            sign_in.mistyped += 1;
            if sign_in.mistyped <= MISTYPED_MAX {
                return Some((now + Span(RETYPING_S), sign_in));
            }
            self.count(&sign_in, |owners| owners.mistyped += 1);
            return None;
        }
        let mut shown = Factors::of(&[Factor::Password]);
        if sign_in.is_known_device {
            shown = shown.and(Factors::of(&[Factor::KnownDevice]));
        }
        if credentials.has_totp {
            let place = account as usize;
            let code = totp::code(&seed(account), now);
            if let Some(step) = totp::check(&seed(account), &code, now, self.last_steps[place]) {
                self.last_steps[place] = Some(step);
                shown = shown.and(Factors::of(&[Factor::Totp]));
            }
        } else if !sign_in.is_known_device {
            // The owner reads the mailbox.
            shown = shown.and(Factors::of(&[Factor::Mailbox]));
        }
        if credentials.signs_in(shown) {
            gate.succeeded(&attempt, now);
            self.count(&sign_in, |owners| owners.succeeded += 1);
        } else {
            gate.failed(&attempt, now);
            self.count(&sign_in, |owners| owners.refused += 1);
        }
        None
    }

    /// Counts a sign-in that is over.
    fn count(&mut self, sign_in: &SignIn, how: impl Fn(&mut Owners)) {
        let is_target = self.is_target(sign_in.account);
        let (all, targets) = match sign_in.is_known_device {
            true => (&mut self.outcome.known_devices, &mut self.outcome.targets_known_devices),
            false => (&mut self.outcome.new_devices, &mut self.outcome.targets_new_devices),
        };
        for owners in [Some(all), is_target.then_some(targets)].into_iter().flatten() {
            owners.sign_ins += 1;
            owners.worked += u64::from(sign_in.has_worked);
            how(owners);
        }
    }

    fn address_of(&self, account: u32) -> IpAddr {
        let mut random = Random(self.config.seed ^ u64::from(account) << 21 ^ 1);
        let address = match random.is(SHARED_ADDRESS_PER_100, 100) {
            true => 0x0a00_0000 + random.below(u64::from(self.config.sources.max(1))) as u32,
            false => 0x6400_0000 + account,
        };
        IpAddr::V4(address.into())
    }
}
