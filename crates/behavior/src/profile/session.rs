//! The session that an account is in: its steps, and what was seen as it began.

use serde::{Deserialize, Serialize};

use crate::event::{DeviceKey, Kind};
use crate::place::Place;

/// After so long without a step, in seconds, another session begins.
pub const GAP_S: u64 = 1_800;
/// Steps that are remembered: the last ones. Nine of ten sessions have fewer.
pub const STEPS_MAX: usize = 48;

/// What is going on at an account.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Session {
    /// When it began.
    pub begun_at: u64,
    /// Its last step.
    pub last_at: u64,
    /// Its last steps, as words of the alphabet.
    pub steps: Vec<u8>,
    /// Its device, as it was when it began.
    pub device: Option<DeviceKey>,
    /// Its place, as it was when it began.
    pub place: Place,
    /// The speed that explains the place, when there was a place to compare with.
    pub travel_kmh: Option<f64>,
    /// Failures to sign in within the day before it began.
    pub failures: u32,
    /// Whether the customer's program said that somebody else sees or leads the screen.
    pub has_remote_hint: bool,
}

impl Session {
    /// Whether a step at this time is of another session.
    pub fn is_over(&self, kind: Kind, at: u64) -> bool {
        let signs_in = matches!(kind, Kind::SignedIn(_)) && !self.steps.is_empty();
        signs_in || at.saturating_sub(self.last_at) > GAP_S
    }

    /// Goes on by a step.
    pub fn go_on(&mut self, kind: Kind, at: u64) {
        if self.steps.len() >= STEPS_MAX {
            self.steps.remove(0);
        }
        self.steps.push(kind.symbol());
        self.last_at = at;
        self.has_remote_hint |= kind == Kind::RemoteHint;
    }
}
