use super::*;
use crate::event::{Asked, Page, Shown};
use crate::place::Country;
use proptest::prelude::*;

fn place(country: &str, latitude: f64, longitude: f64) -> Place {
    Place {
        country: Country::parse(country),
        asn: Some(3320),
        fix: Fix::new(latitude, longitude, 20),
        tor: Some(false),
        vpn: Some(false),
        datacenter: Some(false),
        ..Place::default()
    }
}

fn event(at: u64, kind: Kind, device: u64, place: Place) -> Event {
    Event { at, kind, device: Some(DeviceKey(device)), place }
}

fn sign_in(at: u64, device: u64, place: Place) -> Event {
    event(at, Kind::SignedIn(Shown::PASSWORD), device, place)
}

const DAY_S: u64 = 86_400;

fn settled() -> Profile {
    let mut profile = Profile::new(Segment::Retail);
    for day in 0..30 {
        profile.observe(&sign_in(1_700_000_000 + day * DAY_S, 1, place("DE", 52.5, 13.4)));
    }
    profile
}

#[test]
fn a_customer_at_home_gives_no_sign() {
    let mut profile = settled();
    let at = profile.last_at + DAY_S;
    assert_eq!(profile.observe(&sign_in(at, 1, place("DE", 52.5, 13.4))), []);
}

#[test]
fn a_new_device_in_a_far_country_an_hour_later_gives_four_signs() {
    let mut profile = settled();
    let at = profile.last_at + 3_600;
    let mut far = place("BR", -23.5, -46.6);
    far.asn = Some(26599);
    let signs = profile.observe(&sign_in(at, 9, far));
    let expected = [Sign::NewDevice, Sign::NewCountry, Sign::NewNetwork, Sign::ImpossibleTravel];
    assert_eq!(signs, expected);
    assert!(profile.is_new_device(Some(DeviceKey(9)), at + SETTLED_S - 1));
    assert!(!profile.is_new_device(Some(DeviceKey(9)), at + SETTLED_S));
}

#[test]
fn the_exit_of_a_vpn_is_no_journey() {
    let mut profile = settled();
    let at = profile.last_at + 3_600;
    let exit = Place { vpn: Some(true), ..place("US", 40.7, -74.0) };
    let signs = profile.observe(&sign_in(at, 1, exit));
    assert!(signs.contains(&Sign::Vpn) && !signs.contains(&Sign::ImpossibleTravel), "{signs:?}");
    let back = profile.observe(&sign_in(at + 600, 1, place("DE", 52.5, 13.4)));
    assert!(!back.contains(&Sign::ImpossibleTravel), "{back:?}");
}

#[test]
fn who_cannot_sign_in_teaches_nothing_but_their_failures() {
    let mut profile = settled();
    let at = profile.last_at + DAY_S;
    for n in 0..6 {
        let failed = Kind::SignInFailed(Shown::PASSWORD);
        profile.observe(&event(at + n, failed, 66, place("RU", 55.7, 37.6)));
    }
    assert!(profile.devices.find(66).is_none());
    assert_eq!(profile.countries.len(), 1);
    let signs = profile.observe(&sign_in(at + 60, 1, place("DE", 52.5, 13.4)));
    assert_eq!(signs, [Sign::FailuresBefore]);
}

#[test]
fn who_asks_for_much_and_is_held_does_not_get_used_to_it() {
    let mut profile = settled();
    let asked = Asked {
        value_cents: 900_000,
        destination: 66,
        is_new_destination: true,
        balance_cents: None,
    };
    for _ in 0..10 {
        let at = profile.last_at + 60;
        profile.observe(&event(at, Kind::Asked(asked), 1, place("DE", 52.5, 13.4)));
    }
    assert_eq!((profile.amounts.total(), profile.withdrawals.day(profile.last_at).count), (0, 10));
    assert_eq!(profile.destinations.find(66).map(|entry| entry.times), Some(0));
}

#[test]
fn a_session_that_moves_to_another_place_is_seen_without_a_sign_in() {
    let mut profile = settled();
    let at = profile.last_at + 60;
    let mut elsewhere = place("NL", 52.3, 4.9);
    elsewhere.datacenter = Some(true);
    let signs = profile.observe(&event(at, Kind::Viewed(Page::Balance), 1, elsewhere));
    assert!(signs.contains(&Sign::NewCountry) && signs.contains(&Sign::Datacenter), "{signs:?}");
}

#[test]
fn a_place_that_is_not_known_is_a_sign_of_its_own() {
    let mut profile = settled();
    let at = profile.last_at + DAY_S;
    assert_eq!(profile.observe(&sign_in(at, 1, Place::default())), [Sign::UnknownPlace]);
}

/// Any event, with hostile numbers.
fn any_event() -> impl Strategy<Value = Event> {
    let kinds = prop_oneof![
        Just(Kind::SignedIn(Shown::PASSKEY)),
        Just(Kind::SignInFailed(Shown::PASSWORD)),
        Just(Kind::Changed(Change::Contact)),
        any::<u64>().prop_map(|destination| Kind::AddressAdded { destination }),
        any::<u64>().prop_map(|value_cents| Kind::Deposited { value_cents }),
        any::<[u64; 2]>()
            .prop_map(|[value_cents, destination]| Kind::Sent { value_cents, destination }),
        (any::<u64>(), any::<u64>(), any::<bool>()).prop_map(
            |(value_cents, destination, is_new_destination)| {
                let balance_cents = Some(value_cents);
                Kind::Asked(Asked { value_cents, destination, is_new_destination, balance_cents })
            }
        ),
        prop::sample::select(vec![Page::Home, Page::Security, Page::ChoseAll, Page::Help])
            .prop_map(Kind::Viewed),
        Just(Kind::RemoteHint),
    ];
    let places = (any::<[u8; 16]>(), any::<u32>(), -90.0f64..=90.0, -180.0f64..=180.0).prop_map(
        |(ip, asn, latitude, longitude)| Place {
            ip: Some(core::net::IpAddr::from(ip)),
            country: Some(Country([ip[0], ip[1]])),
            asn: Some(asn),
            fix: Fix::new(latitude, longitude, asn as u16),
            tor: Some(ip[2] & 1 == 0),
            vpn: (ip[2] & 2 == 0).then_some(ip[2] & 4 == 0),
            datacenter: None,
        },
    );
    (any::<u64>(), kinds, any::<u64>(), places)
        .prop_map(|(at, kind, device, place)| event(at >> (device % 60), kind, device, place))
}

proptest! {
    #[test]
    fn the_same_events_give_the_same_profile_bit_for_bit_and_bytes_come_back(
        events in prop::collection::vec(any_event(), 0..120),
    ) {
        let run = || {
            let mut profile = Profile::new(Segment::Trader);
            events.iter().for_each(|event| { profile.observe(event); });
            profile
        };
        let (one, other) = (run(), run());
        let bytes = one.encode();
        prop_assert_eq!(&bytes, &other.encode());
        prop_assert!(bytes.len() <= PROFILE_LEN_MAX);
        prop_assert_eq!(Profile::decode(&bytes).unwrap(), one);
    }

    #[test]
    fn no_bytes_make_a_profile_that_panics(
        bytes in prop::collection::vec(any::<u8>(), 0..400), event in any_event(),
    ) {
        if let Ok(mut profile) = Profile::decode(&bytes) {
            profile.observe(&event);
        }
    }

    #[test]
    fn a_profile_with_a_byte_changed_is_refused_or_goes_on(
        events in prop::collection::vec(any_event(), 0..30),
        place in any::<prop::sample::Index>(), to: u8, last in any_event(),
    ) {
        let mut profile = Profile::new(Segment::Retail);
        events.iter().for_each(|event| { profile.observe(event); });
        let mut bytes = profile.encode();
        let place = place.index(bytes.len());
        bytes[place] = to;
        if let Ok(mut profile) = Profile::decode(&bytes) {
            profile.observe(&last);
            prop_assert!(profile.encode().len() <= PROFILE_LEN_MAX);
        }
    }
}

#[test]
fn a_profile_stays_within_its_bytes_under_a_hundred_thousand_devices() {
    let mut profile = Profile::new(Segment::Business);
    let mut longest = 0;
    // Large numbers are long: times at the end of the range, keys with all bits used.
    let begin = u64::MAX - 400_000_000;
    for n in 0..100_000u64 {
        let key = u64::MAX - n * 0x9e37_79b9;
        let mut at_place = place("DE", (n % 180) as f64 - 90.0, (n % 360) as f64 - 180.0);
        at_place.country = Some(Country([(n % 251) as u8, (n % 241) as u8]));
        at_place.asn = Some(u32::MAX - n as u32);
        at_place.ip = Some(core::net::IpAddr::from([n as u8; 16]));
        let asked = Asked {
            value_cents: u64::MAX >> (n % 40),
            destination: key,
            is_new_destination: true,
            balance_cents: None,
        };
        let kinds = [
            Kind::SignedIn(Shown::TOTP),
            Kind::Asked(asked),
            Kind::Sent { value_cents: u64::MAX >> (n % 40), destination: key },
            Kind::Deposited { value_cents: u64::MAX },
            Kind::SignInFailed(Shown::PASSWORD),
        ];
        for kind in kinds {
            profile.observe(&event(begin + n * 3_600, kind, key, at_place));
        }
        if n % 1_000 == 0 || n > 99_990 {
            longest = longest.max(profile.encode().len());
        }
    }
    assert!(longest <= PROFILE_LEN_MAX, "{longest}");
    assert!(longest > 3_000, "it fills what is bounded: {longest}");
    assert_eq!(Profile::decode(&profile.encode()).unwrap(), profile);
}
