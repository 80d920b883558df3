//! What rules see of a withdrawal's behaviour.

use policy::{Facts, FieldId, Schema, SchemaBuilder, Type};

use crate::population::Segment;
use crate::signal::Signals;

/// Numbers of the facts that this crate sets.
pub struct FactIds {
    value: FieldId,
    segment: FieldId,
    history: FieldId,
    device_is_new: FieldId,
    country_is_new: FieldId,
    network_is_new: FieldId,
    tor: FieldId,
    vpn: FieldId,
    datacenter: FieldId,
    hidden_is_new: FieldId,
    place_is_known: FieldId,
    travel: FieldId,
    failures: FieldId,
    hour_share: FieldId,
    amount_times: FieldId,
    amount_rank: FieldId,
    drain_of_inflow: FieldId,
    drain_of_balance: FieldId,
    destination_is_first: FieldId,
    destination_age: FieldId,
    destination_times: FieldId,
    changed: FieldId,
    loosened: FieldId,
    is_takeover_order: FieldId,
    remote_hint: FieldId,
    sequence_bits: FieldId,
    sequence_rank: FieldId,
    withdrawals_1h: FieldId,
    withdrawals_24h: FieldId,
    withdrawn_24h: FieldId,
    score_rank: FieldId,
}

/// The schema of rules about behaviour and the numbers of its facts.
pub fn schema() -> (Schema, FactIds) {
    use Type::{Bool, Duration, Float, Int};
    let mut b = SchemaBuilder::default();
    let segments = Type::Word(Segment::NAMES.to_vec());
    let ids = FactIds {
        value: b.field("withdrawal.value_cents", Int, "its value in cents"),
        segment: b.field("account.segment", segments, "what kind of customer it is"),
        history: b.field("account.history_s", Duration, "how long the account is known"),
        changed: b.optional(
            "account.changed_s",
            Duration,
            "time since a credential or contact was changed or the account was recovered",
        ),
        loosened: b.optional(
            "account.loosened_s",
            Duration,
            "time since a setting was asked to be weaker",
        ),
        device_is_new: b.field(
            "behavior.device.is_new",
            Bool,
            "not seen before, or only within 72 hours; also when the device is not known",
        ),
        country_is_new: b.optional(
            "behavior.country.is_new",
            Bool,
            "as for devices; missing when the country is not known",
        ),
        network_is_new: b.optional(
            "behavior.network.is_new",
            Bool,
            "as for devices, of the autonomous system; missing when it is not known",
        ),
        tor: b.optional("behavior.place.tor", Bool, "an exit of Tor; missing without a list"),
        vpn: b.optional(
            "behavior.place.vpn",
            Bool,
            "a VPN or a proxy; missing without a list",
        ),
        datacenter: b.optional(
            "behavior.place.datacenter",
            Bool,
            "a data centre; missing without a list",
        ),
        hidden_is_new: b.field(
            "behavior.place.hidden_is_new",
            Bool,
            "Tor, VPN or data centre, and the account did not use that before",
        ),
        place_is_known: b.field(
            "behavior.place.is_known",
            Bool,
            "the country and the lists of Tor and VPNs are known",
        ),
        travel: b.optional(
            "behavior.travel.speed_kmh",
            Float,
            "lowest speed that explains the place; missing when a place is not known or hidden",
        ),
        failures: b.field(
            "behavior.failures",
            Int,
            "failures to sign in within the day before the session",
        ),
        hour_share: b.optional(
            "behavior.hour.share",
            Float,
            "share of own sessions at this time of day; missing below 20 sessions",
        ),
        amount_times: b.optional(
            "behavior.amount.times_usual",
            Float,
            "the amount in what nine of ten own withdrawals do not exceed; missing below five",
        ),
        amount_rank: b.optional(
            "behavior.amount.rank",
            Float,
            "share of the segment's withdrawals that are smaller; missing when too few are known",
        ),
        drain_of_inflow: b.optional(
            "behavior.drain.of_inflow",
            Float,
            "what leaves in a day over what came in seven; missing when nothing came",
        ),
        drain_of_balance: b.optional(
            "behavior.drain.of_balance",
            Float,
            "the amount over what the account holds; missing when that is not told",
        ),
        destination_is_first: b.field(
            "behavior.destination.is_first",
            Bool,
            "money was never sent there",
        ),
        destination_age: b.optional(
            "behavior.destination.age_s",
            Duration,
            "how long the address is known; missing for one that was never written down",
        ),
        destination_times: b.field(
            "behavior.destination.times",
            Int,
            "how often money was sent there before",
        ),
        is_takeover_order: b.field(
            "behavior.order.is_takeover",
            Bool,
            "a change of credential or contact, then a new address, then money to it, in a week",
        ),
        remote_hint: b.field(
            "behavior.session.remote_hint",
            Bool,
            "the customer's program says that somebody else sees or leads the screen; false says nothing",
        ),
        sequence_bits: b.optional(
            "behavior.sequence.bits",
            Float,
            "mean surprise of the session's steps, in bits",
        ),
        sequence_rank: b.optional(
            "behavior.sequence.rank",
            Float,
            "share of the segment's sessions that are less surprising; missing when too few are known",
        ),
        withdrawals_1h: b.field(
            "behavior.withdrawals.hour",
            Int,
            "withdrawals in the last hour, without this one",
        ),
        withdrawals_24h: b.field(
            "behavior.withdrawals.day",
            Int,
            "withdrawals in the last day, without this one",
        ),
        withdrawn_24h: b.field(
            "behavior.withdrawals.day_cents",
            Int,
            "value that left in the last day, without this one, in cents",
        ),
        score_rank: b.optional(
            "behavior.score.rank",
            Float,
            "share of honest withdrawals with a lower score, where weights are in use",
        ),
    };
    (b.build(), ids)
}

fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl FactIds {
    /// Sets the facts of a withdrawal into blank ones.
    pub fn fill(&self, facts: &mut Facts, signals: &Signals, score_rank: Option<f64>) {
        let s = signals;
        for (id, value) in [
            (self.device_is_new, s.device_is_new),
            (self.hidden_is_new, s.hidden_is_new),
            (self.place_is_known, s.place_is_known),
            (self.destination_is_first, s.destination_is_first),
            (self.is_takeover_order, s.is_takeover_order),
            (self.remote_hint, s.remote_hint),
        ] {
            facts.set_bool(id, value);
        }
        for (id, value) in [
            (self.country_is_new, s.country_is_new),
            (self.network_is_new, s.network_is_new),
            (self.tor, s.tor),
            (self.vpn, s.vpn),
            (self.datacenter, s.datacenter),
        ] {
            if let Some(value) = value {
                facts.set_bool(id, value);
            }
        }
        for (id, value) in [
            (self.value, s.value_cents),
            (self.history, s.history_s),
            (self.failures, u64::from(s.failures)),
            (self.destination_times, u64::from(s.destination_times)),
            (self.withdrawals_1h, u64::from(s.withdrawals_1h)),
            (self.withdrawals_24h, u64::from(s.withdrawals_24h)),
            (self.withdrawn_24h, s.withdrawn_24h_cents),
        ] {
            facts.set_int(id, int(value));
        }
        for (id, value) in [
            (self.destination_age, s.destination_age_s),
            (self.changed, s.changed_s),
            (self.loosened, s.loosened_s),
        ] {
            if let Some(value) = value {
                facts.set_int(id, int(value));
            }
        }
        for (id, value) in [
            (self.travel, s.travel_kmh),
            (self.hour_share, s.hour_share),
            (self.amount_times, s.amount_times),
            (self.amount_rank, s.amount_rank),
            (self.drain_of_inflow, s.drain_of_inflow),
            (self.drain_of_balance, s.drain_of_balance),
            (self.sequence_bits, s.sequence_bits),
            (self.sequence_rank, s.sequence_rank),
            (self.score_rank, score_rank),
        ] {
            if let Some(value) = value {
                facts.set_float(id, value);
            }
        }
        facts.set_word(self.segment, s.segment.min(Segment::ALL.len() - 1));
    }
}
