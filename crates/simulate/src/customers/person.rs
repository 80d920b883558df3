//! Who a customer is: habits that their days are drawn from.

use behavior::event::Shown;
use behavior::population::Segment;

use super::cities::{CITIES, shift_h};
use crate::Random;

/// How somebody uses a VPN.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Vpn {
    Never,
    Sometimes,
    Always,
}

/// A customer.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) segment: Segment,
    pub(super) city: usize,
    pub(super) provider: usize,
    pub(super) vpn: Vpn,
    pub(super) exit: usize,
    /// Their devices, the one that is used most first.
    pub(super) devices: Vec<u64>,
    pub(super) shown: Shown,
    /// Hour of the day (UTC) around which they come, and how far they stray.
    pub(super) hour: f64,
    pub(super) stray_h: f64,
    pub(super) sessions_a_day: f64,
    /// Chance that a session has a withdrawal.
    pub(super) withdraws: f64,
    /// Logarithm of the amount in cents that is usual, and how far amounts stray.
    pub(super) ln_amount: f64,
    pub(super) stray_amount: f64,
    pub(super) destinations: Vec<u64>,
    /// Chance that a withdrawal goes somewhere new.
    pub(super) new_destination: f64,
    /// Whether addresses are written down before they are paid.
    pub(super) uses_book: bool,
    /// Chance of a journey on any day.
    pub(super) travels: f64,
    /// What they look at first.
    pub(super) first_page: u64,
    pub(super) is_thorough: bool,
}

/// About normal: mean 0, deviation 1.
pub(super) fn normal(random: &mut Random) -> f64 {
    ((0..6).map(|_| random.unit()).sum::<f64>() - 3.0) * std::f64::consts::SQRT_2
}

impl Person {
    pub(super) fn draw(random: &mut Random) -> Self {
        let segment = match random.below(100) {
            0..80 => Segment::Retail,
            80..96 => Segment::Trader,
            _ => Segment::Business,
        };
        let city = random.below(CITIES.len() as u64) as usize;
        let devices = 1 + random.below(if segment == Segment::Business { 4 } else { 2 });
        let (sessions_a_day, withdraws, ln_amount, destinations, new_destination) = match segment {
            Segment::Retail => (0.25 + 0.6 * random.unit(), 0.08, 10.0, 1 + random.below(3), 0.12),
            Segment::Trader => (1.0 + 2.0 * random.unit(), 0.06, 12.0, 2 + random.below(4), 0.06),
            Segment::Business => (0.8 + random.unit(), 0.45, 13.0, 5 + random.below(25), 0.10),
        };
        let vpn = match random.below(100) {
            0..84 => Vpn::Never,
            84..95 => Vpn::Sometimes,
            _ => Vpn::Always,
        };
        let shown = match random.below(10) {
            0..4 => Shown::PASSWORD.and(Shown::TOTP),
            4..6 => Shown::PASSKEY,
            6..8 => Shown::PASSWORD.and(Shown::MAILBOX),
            _ => Shown::PASSWORD,
        };
        let local_hour = if segment == Segment::Business { 13.0 } else { 19.0 };
        Self {
            segment,
            city,
            provider: random.below(3) as usize,
            vpn,
            exit: random.below(4) as usize,
            devices: (0..devices).map(|_| random.next_u64()).collect(),
            shown,
            hour: (local_hour + 2.0 * normal(random) - shift_h(city)).rem_euclid(24.0),
            stray_h: 1.0 + 2.5 * random.unit(),
            sessions_a_day,
            withdraws: withdraws * (0.5 + random.unit()),
            ln_amount: ln_amount + 1.2 * normal(random),
            stray_amount: 0.3 + 0.8 * random.unit(),
            destinations: (0..destinations).map(|_| random.next_u64()).collect(),
            new_destination,
            uses_book: random.below(10) < 6,
            travels: if random.below(3) == 0 { 0.02 } else { 0.004 },
            first_page: random.below(3),
            is_thorough: random.below(3) == 0,
        }
    }
}
