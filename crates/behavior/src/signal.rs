//! What is seen of an event, and of a withdrawal that is asked for.

use serde::{Deserialize, Serialize};

use crate::event::{Asked, Change, DeviceKey, Kind};
use crate::place::Place;
use crate::population::Population;
use crate::profile::Profile;

/// What is worth telling of one event.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// A device that was not seen before.
    NewDevice,
    /// A country that was not seen before.
    NewCountry,
    /// An autonomous system that was not seen before.
    NewNetwork,
    /// An exit of Tor.
    Tor,
    /// A VPN or a proxy.
    Vpn,
    /// A data centre.
    Datacenter,
    /// Where it came from is not known.
    UnknownPlace,
    /// Nobody travels that fast.
    ImpossibleTravel,
    /// Many failures before a sign-in.
    FailuresBefore,
    /// An hour at which the customer is hardly ever there.
    UnusualHour,
    /// Somebody else sees or leads the screen, as the customer's program says.
    RemoteHint,
    /// What guards the account was changed.
    Changed(Change),
}

impl Sign {
    /// Stable code. Rules have codes of their own: a sign is what was seen, a reason why something is done.
    pub const fn code(self) -> &'static str {
        match self {
            Sign::NewDevice => "behavior.seen.device",
            Sign::NewCountry => "behavior.seen.country",
            Sign::NewNetwork => "behavior.seen.network",
            Sign::Tor => "behavior.seen.tor",
            Sign::Vpn => "behavior.seen.vpn",
            Sign::Datacenter => "behavior.seen.datacenter",
            Sign::UnknownPlace => "behavior.seen.unknown_place",
            Sign::ImpossibleTravel => "behavior.seen.travel",
            Sign::FailuresBefore => "behavior.seen.failures",
            Sign::UnusualHour => "behavior.seen.hour",
            Sign::RemoteHint => "behavior.seen.remote_hint",
            Sign::Changed(_) => "behavior.seen.change",
        }
    }
}

/// A withdrawal that is asked for, before it is taken into the profile.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Withdrawal {
    /// What is asked for.
    pub asked: Asked,
    /// On which device.
    pub device: Option<DeviceKey>,
    /// Where from.
    pub place: Place,
}

/// How long an order of steps is taken to be one story, in seconds.
pub const STORY_S: u64 = 7 * 86_400;
/// Own withdrawals before an amount is compared with them.
pub const AMOUNTS_MIN: u64 = 5;
/// What is usual for an account: the amount that nine in ten of its withdrawals do not exceed.
const USUAL_SHARE: f64 = 0.9;

/// All that is seen of one withdrawal. `None` is "not known", which no rule may read as safe.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Signals {
    /// Its value, in cents.
    pub value_cents: u64,
    /// Place of the segment in [`crate::population::Segment::ALL`].
    pub segment: usize,
    /// How long the account is known, in seconds.
    pub history_s: u64,
    /// The device is new or not known.
    pub device_is_new: bool,
    /// The country is new.
    pub country_is_new: Option<bool>,
    /// The autonomous system is new.
    pub network_is_new: Option<bool>,
    /// It is an exit of Tor.
    pub tor: Option<bool>,
    /// It is a VPN or a proxy.
    pub vpn: Option<bool>,
    /// It is a data centre.
    pub datacenter: Option<bool>,
    /// The place hides somebody in a way that the account did not use before.
    pub hidden_is_new: bool,
    /// Country and lists are known.
    pub place_is_known: bool,
    /// Speed that explains the place, in kilometres an hour.
    pub travel_kmh: Option<f64>,
    /// Failures to sign in within the day before the session.
    pub failures: u32,
    /// Share of own sessions at this time of day.
    pub hour_share: Option<f64>,
    /// The amount in usual ones of this account.
    pub amount_times: Option<f64>,
    /// Share of the segment's withdrawals that are smaller.
    pub amount_rank: Option<f64>,
    /// The amount, and what left in the last day, over what came in the last seven days.
    pub drain_of_inflow: Option<f64>,
    /// The amount over what the account holds.
    pub drain_of_balance: Option<f64>,
    /// Money was never sent there.
    pub destination_is_first: bool,
    /// How long the destination is known, in seconds.
    pub destination_age_s: Option<u64>,
    /// How often money was sent there before.
    pub destination_times: u32,
    /// Time since a credential or contact was changed or the account was recovered, in seconds.
    pub changed_s: Option<u64>,
    /// Time since a setting was asked to be weaker, in seconds.
    pub loosened_s: Option<u64>,
    /// A change, then a new address, then money to it, within [`STORY_S`].
    pub is_takeover_order: bool,
    /// Somebody else sees or leads the screen, as the customer's program says. `false` says nothing.
    pub remote_hint: bool,
    /// Mean surprise of the session's steps, in bits.
    pub sequence_bits: Option<f64>,
    /// Share of the segment's sessions that are less surprising.
    pub sequence_rank: Option<f64>,
    /// Withdrawals in the last hour, without this one.
    pub withdrawals_1h: u32,
    /// Withdrawals in the last day, without this one.
    pub withdrawals_24h: u32,
    /// Value that left in the last day, without this one, in cents.
    pub withdrawn_24h_cents: u64,
}

/// The steps of the session with the withdrawal as its last one.
pub fn steps_with(profile: &Profile, asked: Asked, now: u64) -> Vec<u8> {
    let kind = Kind::Asked(asked);
    let mut steps = match profile.session.is_over(kind, now) {
        true => Vec::new(),
        false => profile.session.steps.clone(),
    };
    steps.push(kind.symbol());
    steps
}

/// The larger of two speeds, as far as they are known.
fn fastest(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (known, None) | (None, known) => known,
    }
}

impl Signals {
    /// What is seen of a withdrawal by an account with this profile.
    pub fn of(
        profile: &Profile,
        population: &Population,
        withdrawal: &Withdrawal,
        now: u64,
    ) -> Signals {
        let now = now.max(profile.last_at);
        let Withdrawal { asked, device, place } = withdrawal;
        let since = |at: u64| now.saturating_sub(at);
        let is_new_session = profile.session.is_over(Kind::Asked(*asked), now);
        let session = (!is_new_session).then_some(&profile.session);
        let changes =
            [Change::Password, Change::Totp, Change::Passkey, Change::Contact, Change::Recovery];
        let changed_at = changes.iter().filter_map(|change| profile.changed_at(*change)).max();
        let known = profile.destinations.find(asked.destination);
        let destination_is_first =
            asked.is_new_destination || known.is_none_or(|entry| entry.times == 0);
        // An address that was never written down is as new as the withdrawal.
        let written_at = known.map_or(now, |entry| entry.first_at);
        let is_takeover_order = destination_is_first
            && changed_at.is_some_and(|at| at <= written_at && since(at) <= STORY_S);
        let day = profile.withdrawals.day(now);
        let inflow = profile.inflow.week(now).value_cents;
        let leaving = asked.value_cents.saturating_add(day.value_cents);
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let usual = profile.amounts.quantile(USUAL_SHARE);
        let usual = usual.filter(|_| profile.amounts.total() >= AMOUNTS_MIN);
        let steps = steps_with(profile, *asked, now);
        let bits = population.steps(profile.segment).bits(&steps, Some(&profile.pairs));
        Signals {
            value_cents: asked.value_cents,
            segment: profile.segment as usize,
            history_s: profile.age_s(now),
            device_is_new: profile.is_new_device(*device, now),
            country_is_new: profile.is_new_country(place, now),
            network_is_new: profile.is_new_network(place, now),
            tor: place.tor,
            vpn: place.vpn,
            datacenter: place.datacenter,
            hidden_is_new: profile.is_newly_hidden(place, now),
            place_is_known: place.is_known(),
            travel_kmh: fastest(
                session.and_then(|session| session.travel_kmh),
                profile.travel_kmh(place, now),
            ),
            failures: session
                .map_or_else(|| profile.failures.day(now).count, |session| session.failures),
            hour_share: profile.hours.share(now),
            amount_times: usual.map(|usual| asked.value_cents as f64 / usual.max(1) as f64),
            amount_rank: population.amount_rank(profile.segment, asked.value_cents),
            drain_of_inflow: share(leaving, inflow),
            drain_of_balance: asked
                .balance_cents
                .and_then(|balance| share(asked.value_cents, balance)),
            destination_is_first,
            destination_age_s: known.map(|entry| since(entry.first_at)),
            destination_times: known.map_or(0, |entry| entry.times),
            changed_s: changed_at.map(since),
            loosened_s: profile.changed_at(Change::Loosened).map(since),
            is_takeover_order,
            remote_hint: session.is_some_and(|session| session.has_remote_hint),
            sequence_bits: bits,
            sequence_rank: bits.and_then(|bits| population.bits_rank(profile.segment, bits)),
            withdrawals_1h: profile.withdrawals.hour(now).count,
            withdrawals_24h: day.count,
            withdrawn_24h_cents: day.value_cents,
        }
    }
}

#[cfg(test)]
mod tests;
