//! What is remembered of one account, in bounded bytes.
//!
//! The same events in the same order give the same profile, bit for bit. Nothing is learned from who
//! could not sign in: a stranger's failures are counted, and the stranger's device and place are not.

mod amounts;
mod habits;
mod recent;
mod session;
mod window;

pub(crate) use amounts::bucket;
pub use amounts::{Amounts, BUCKETS};
pub use habits::{Hours, Pairs, SESSIONS_MIN};
pub use recent::{Entry, Recent};
pub use session::{GAP_S, STEPS_MAX, Session};
pub use window::{Sum, Velocity};

use serde::{Deserialize, Serialize};

use crate::BehaviorError;
use crate::event::{Change, DeviceKey, Event, Kind};
use crate::place::{Fix, Place};
use crate::population::Segment;
use crate::signal::Sign;
use crate::travel::{IMPOSSIBLE_KMH, speed_kmh};

/// Largest profile, as bytes: 120 devices, places and destinations of at most 35 bytes, three times 46
/// buckets of at most 15, 96 pairs of steps of 6, and 700 bytes of the rest. A test fills all of it. An
/// account that is used on and off has about an eighth of it.
pub const PROFILE_LEN_MAX: usize = 8_192;
/// What was first seen longer ago, in seconds, is no longer new: as long as an account holds money after
/// its contacts were changed.
pub const SETTLED_S: u64 = 72 * 3_600;
/// What was seen within this time after the account's first event belongs to its beginning.
pub const BEGINNING_S: u64 = 3_600;
/// Failures before a sign-in that are worth a sign.
pub const FAILURES_MANY: u32 = 5;
/// Share of own sessions below which an hour is unusual.
pub const HOUR_UNUSUAL: f64 = 0.03;

/// Kinds of place that hide somebody: Tor, VPN, data centre.
const HIDDEN_KINDS: usize = 3;
/// Kinds of change.
const CHANGES: usize = 6;

/// What an account did until now.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Profile {
    /// What kind of customer it is.
    pub segment: Segment,
    /// Its first event; `None` before there is one.
    pub begun_at: Option<u64>,
    /// Its latest event.
    pub last_at: u64,
    /// Sessions.
    pub sessions: u32,
    /// Devices.
    pub devices: Recent<16>,
    /// Countries.
    pub countries: Recent<16>,
    /// Autonomous systems.
    pub networks: Recent<24>,
    /// Addresses that money was sent to, or that were written down for it.
    pub destinations: Recent<64>,
    /// The latest point that was not hidden, and when.
    pub fix: Option<(Fix, u64)>,
    /// When a sign-in first came by Tor, a VPN, a data centre.
    hidden: [Option<u64>; HIDDEN_KINDS],
    /// When each thing that guards the account was last changed.
    changed: [Option<u64>; CHANGES],
    /// Hours of its sessions.
    pub hours: Hours,
    /// Steps after steps of its sessions that are over.
    pub pairs: Pairs,
    /// Values of withdrawals that left.
    pub amounts: Amounts,
    /// Failures to sign in.
    pub failures: Velocity,
    /// Withdrawals that were asked for.
    pub withdrawals: Velocity,
    /// Deposits.
    pub inflow: Velocity,
    /// What is going on.
    pub session: Session,
}

fn hidden_kinds(place: &Place) -> [bool; HIDDEN_KINDS] {
    [place.tor, place.vpn, place.datacenter].map(|is| is == Some(true))
}

impl Profile {
    /// The profile of an account that has done nothing.
    pub fn new(segment: Segment) -> Self {
        Self {
            segment,
            begun_at: None,
            last_at: 0,
            sessions: 0,
            devices: Recent::default(),
            countries: Recent::default(),
            networks: Recent::default(),
            destinations: Recent::default(),
            fix: None,
            hidden: [None; HIDDEN_KINDS],
            changed: [None; CHANGES],
            hours: Hours::default(),
            pairs: Pairs::default(),
            amounts: Amounts::default(),
            failures: Velocity::default(),
            withdrawals: Velocity::default(),
            inflow: Velocity::default(),
            session: Session::default(),
        }
    }

    /// How long it is known, in seconds.
    pub fn age_s(&self, now: u64) -> u64 {
        self.begun_at.map_or(0, |begun_at| now.saturating_sub(begun_at))
    }

    /// When a thing that guards the account was last changed.
    pub fn changed_at(&self, change: Change) -> Option<u64> {
        self.changed[change as usize]
    }

    /// Whether something that was first seen so long ago is new: not seen before, or only within
    /// [`SETTLED_S`] and after the account's beginning.
    fn is_unsettled(&self, age_s: Option<u64>, now: u64) -> bool {
        match age_s {
            None => true,
            Some(age_s) => age_s < SETTLED_S && self.age_s(now) > age_s + BEGINNING_S,
        }
    }

    /// Whether a device is new. One that is not known is.
    pub fn is_new_device(&self, device: Option<DeviceKey>, now: u64) -> bool {
        let age_s = device.and_then(|device| self.devices.age_s(device.0, now));
        self.is_unsettled(age_s, now)
    }

    /// Whether a place's country is new; `None` when the country is not known.
    pub fn is_new_country(&self, place: &Place, now: u64) -> Option<bool> {
        let country = place.country?;
        Some(self.is_unsettled(self.countries.age_s(country.key(), now), now))
    }

    /// Whether a place's autonomous system is new; `None` when it is not known.
    pub fn is_new_network(&self, place: &Place, now: u64) -> Option<bool> {
        let asn = place.asn?;
        Some(self.is_unsettled(self.networks.age_s(u64::from(asn), now), now))
    }

    /// Whether a place hides somebody in a way that this account did not before.
    pub fn is_newly_hidden(&self, place: &Place, now: u64) -> bool {
        let used = hidden_kinds(place).into_iter().zip(self.hidden);
        used.into_iter().any(|(is_used, first_at)| {
            let age_s = first_at.map(|first_at| now.saturating_sub(first_at));
            is_used && self.is_unsettled(age_s, now)
        })
    }

    /// The speed that explains a place after the latest one; `None` when either is not known or hidden:
    /// the exit of a VPN is no place where somebody is.
    pub fn travel_kmh(&self, place: &Place, now: u64) -> Option<f64> {
        let (before, at) = self.fix?;
        let fix = place.fix.filter(|_| !place.is_hidden())?;
        Some(speed_kmh(before, fix, now.saturating_sub(at)))
    }

    /// Takes an event in and says what is worth telling of it. A time before the latest one is taken as
    /// the latest one.
    pub fn observe(&mut self, event: &Event) -> Vec<Sign> {
        let at = event.at.max(self.last_at);
        let mut signs = Vec::new();
        self.last_at = at;
        match event.kind {
            Kind::SignInFailed(_) => self.failures.add(at, 0),
            Kind::Deposited { value_cents } => self.inflow.add(at, value_cents),
            Kind::Sent { value_cents, destination } => {
                self.destinations.note(destination, at, 1);
                self.amounts.add(value_cents);
            }
            _ => {}
        }
        if !event.kind.is_of_session() {
            return signs;
        }
        let begins = self.begun_at.is_none() || self.session.is_over(event.kind, at);
        let has_moved = self.session.device != event.device || self.session.place != event.place;
        if begins {
            self.begin_session(event, at, &mut signs);
        }
        if begins || has_moved {
            self.see_where(event, at, &mut signs);
        }
        self.begun_at.get_or_insert(at);
        match event.kind {
            Kind::Changed(change) => {
                self.changed[change as usize] = Some(at);
                signs.push(Sign::Changed(change));
            }
            Kind::AddressAdded { destination } => self.destinations.note(destination, at, 0),
            Kind::Asked(asked) => {
                self.destinations.note(asked.destination, at, 0);
                self.withdrawals.add(at, asked.value_cents);
            }
            Kind::RemoteHint => signs.push(Sign::RemoteHint),
            _ => {}
        }
        self.session.go_on(event.kind, at);
        signs
    }

    /// What the session before did becomes a habit only now: a session is not compared with itself.
    fn begin_session(&mut self, event: &Event, at: u64, signs: &mut Vec<Sign>) {
        let before = std::mem::take(&mut self.session);
        for two in before.steps.windows(2) {
            self.pairs.add(two[0], two[1]);
        }
        self.sessions = self.sessions.saturating_add(1);
        if self.hours.share(at).is_some_and(|share| share < HOUR_UNUSUAL) {
            signs.push(Sign::UnusualHour);
        }
        self.hours.add(at);
        self.session.begun_at = at;
        self.session.last_at = at;
        self.session.failures = self.failures.day(at).count;
        if self.session.failures >= FAILURES_MANY && matches!(event.kind, Kind::SignedIn(_)) {
            signs.push(Sign::FailuresBefore);
        }
    }

    fn see_where(&mut self, event: &Event, at: u64, signs: &mut Vec<Sign>) {
        let place = &event.place;
        let has_history = self.begun_at.is_some();
        let mut tell = |is_new: bool, sign| {
            if is_new && has_history {
                signs.push(sign);
            }
        };
        tell(self.is_new_device(event.device, at), Sign::NewDevice);
        tell(self.is_new_country(place, at) == Some(true), Sign::NewCountry);
        tell(self.is_new_network(place, at) == Some(true), Sign::NewNetwork);
        let hidden = [Sign::Tor, Sign::Vpn, Sign::Datacenter];
        for (is, sign) in hidden_kinds(place).into_iter().zip(hidden) {
            tell(is, sign);
        }
        tell(!place.is_known(), Sign::UnknownPlace);
        if let Some(speed) = self.travel_kmh(place, at) {
            tell(speed >= IMPOSSIBLE_KMH, Sign::ImpossibleTravel);
            let fastest = self.session.travel_kmh.map_or(speed, |before| before.max(speed));
            self.session.travel_kmh = Some(fastest);
        }
        if let Some(device) = event.device {
            self.devices.note(device.0, at, 1);
        }
        if let Some(country) = place.country {
            self.countries.note(country.key(), at, 1);
        }
        if let Some(asn) = place.asn {
            self.networks.note(u64::from(asn), at, 1);
        }
        for (is, first_at) in hidden_kinds(place).into_iter().zip(&mut self.hidden) {
            if is {
                first_at.get_or_insert(at);
            }
        }
        if let Some(fix) = place.fix.filter(|_| !place.is_hidden()) {
            self.fix = Some((fix, at));
        }
        self.session.device = event.device;
        self.session.place = *place;
    }

    /// The profile as bytes, at most [`PROFILE_LEN_MAX`].
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// [`BehaviorError::Profile`] for bytes that are none, or one that cannot have come about.
    pub fn decode(bytes: &[u8]) -> Result<Self, BehaviorError> {
        if bytes.len() > PROFILE_LEN_MAX {
            return Err(BehaviorError::Profile("it has too many bytes"));
        }
        let profile: Profile = postcard::from_bytes(bytes)
            .map_err(|_| BehaviorError::Profile("these bytes are no profile"))?;
        let is_point = |fix: &Fix| {
            let (latitude, longitude) = (f64::from(fix.latitude), f64::from(fix.longitude));
            Fix::new(latitude, longitude, fix.radius_km).is_some()
        };
        let session = &profile.session;
        let is_sound = profile.devices.is_sound()
            && profile.countries.is_sound()
            && profile.networks.is_sound()
            && profile.destinations.is_sound()
            && profile.pairs.is_sound()
            && profile.amounts.is_sound()
            && [&profile.failures, &profile.withdrawals, &profile.inflow]
                .iter()
                .all(|velocity| velocity.is_sound())
            && profile.fix.iter().all(|(fix, _)| is_point(fix))
            && session.place.fix.iter().all(is_point)
            && session.travel_kmh.is_none_or(f64::is_finite)
            && session.steps.len() <= STEPS_MAX
            && session.steps.iter().all(|step| usize::from(*step) < crate::event::SYMBOLS);
        is_sound.then_some(profile).ok_or(BehaviorError::Profile("its parts do not fit together"))
    }
}

#[cfg(test)]
mod tests;
