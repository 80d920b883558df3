use super::*;
use crate::event::{Event, Page, Shown};
use crate::place::{Country, Fix};
use crate::population::Segment;

const DAY_S: u64 = 86_400;
const BEGIN_S: u64 = 1_700_000_000;

fn home() -> Place {
    Place {
        country: Country::parse("DE"),
        asn: Some(3320),
        fix: Fix::new(52.5, 13.4, 20),
        tor: Some(false),
        vpn: Some(false),
        datacenter: Some(false),
        ..Place::default()
    }
}

fn asked(value_cents: u64, destination: u64) -> Asked {
    Asked { value_cents, destination, is_new_destination: false, balance_cents: Some(100_000) }
}

fn profile() -> Profile {
    let mut profile = Profile::new(Segment::Retail);
    for day in 0..30 {
        let at = BEGIN_S + day * DAY_S;
        let device = Some(DeviceKey(1));
        let mut see = |at, kind| {
            profile.observe(&Event { at, kind, device, place: home() });
        };
        see(at, Kind::SignedIn(Shown::PASSWORD));
        see(at + 5, Kind::Viewed(Page::Balance));
        if day % 5 == 0 {
            see(at + 60, Kind::Asked(asked(10_000, 50)));
            see(at + 90, Kind::Sent { value_cents: 10_000, destination: 50 });
        }
    }
    profile
}

fn of(profile: &Profile, asked: Asked, now: u64) -> Signals {
    let withdrawal = Withdrawal { asked, device: Some(DeviceKey(1)), place: home() };
    Signals::of(profile, &Population::default(), &withdrawal, now)
}

#[test]
fn a_usual_payment_shows_nothing() {
    let profile = profile();
    let signals = of(&profile, asked(10_000, 50), profile.last_at + DAY_S);
    assert!(!signals.device_is_new && signals.country_is_new == Some(false));
    assert!(!signals.destination_is_first && signals.destination_times == 6);
    assert!(signals.amount_times.unwrap() < 1.3);
    assert_eq!((signals.changed_s, signals.is_takeover_order), (None, false));
    assert_eq!(signals.sequence_rank, None, "nothing is known of others");
}

#[test]
fn only_a_change_before_the_address_is_the_order_of_a_takeover() {
    let device = Some(DeviceKey(1));
    let steps = |kinds: [Kind; 2]| {
        let mut profile = profile();
        for kind in kinds {
            let at = profile.last_at + 60;
            profile.observe(&Event { at, kind, device, place: home() });
        }
        of(&profile, asked(90_000, 77), profile.last_at + 60)
    };
    let change = Kind::Changed(Change::Password);
    let address = Kind::AddressAdded { destination: 77 };
    assert!(steps([change, address]).is_takeover_order);
    assert!(!steps([address, change]).is_takeover_order);
    // An address that was never written down is as new as the payment.
    assert!(steps([change, Kind::Viewed(Page::Balance)]).is_takeover_order);
}

#[test]
fn the_order_of_a_takeover_ends_with_the_week() {
    let mut profile = profile();
    let at = profile.last_at + 60;
    let kind = Kind::Changed(Change::Contact);
    profile.observe(&Event { at, kind, device: Some(DeviceKey(1)), place: home() });
    assert!(of(&profile, asked(9_000, 77), at + STORY_S).is_takeover_order);
    assert!(!of(&profile, asked(9_000, 77), at + STORY_S + 1).is_takeover_order);
}

#[test]
fn an_unknown_device_is_new_and_a_remote_hint_ends_with_its_session() {
    let mut profile = profile();
    let at = profile.last_at + 60;
    let device = Some(DeviceKey(1));
    profile.observe(&Event { at, kind: Kind::RemoteHint, device, place: home() });
    assert!(of(&profile, asked(9_000, 50), at + 60).remote_hint);
    assert!(!of(&profile, asked(9_000, 50), at + 2 * DAY_S).remote_hint);
    let withdrawal = Withdrawal { asked: asked(9_000, 50), device: None, place: home() };
    let signals = Signals::of(&profile, &Population::default(), &withdrawal, at + 60);
    assert!(signals.device_is_new);
}

#[test]
fn what_leaves_in_a_day_is_compared_with_what_came_in_a_week() {
    let mut profile = profile();
    let at = profile.last_at + DAY_S;
    let kind = Kind::Deposited { value_cents: 50_000 };
    profile.observe(&Event { at, kind, device: None, place: Place::default() });
    let signals = of(&profile, asked(45_000, 50), at + 60);
    assert_eq!(signals.drain_of_inflow, Some(0.9));
    assert_eq!(signals.drain_of_balance, Some(0.45));
}
