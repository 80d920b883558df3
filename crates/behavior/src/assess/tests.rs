use super::*;
use crate::event::{Asked, DeviceKey, Event, Kind, Shown};
use crate::place::{Country, Place};
use crate::population::Segment;
use crate::score::{FEATURES, NAMES, RANKS, Threshold, Weight, features};
use model::Level;
use proptest::prelude::*;
use std::sync::OnceLock;

fn scorer() -> Scorer {
    let scorer = Scorer {
        learned_from: "a test".to_owned(),
        intercept: -3.0,
        weights: NAMES
            .iter()
            .map(|name| Weight { feature: (*name).to_owned(), weight: 0.7 })
            .collect(),
        thresholds: RANKS
            .iter()
            .enumerate()
            .map(|(place, rank)| Threshold { rank: *rank, score: place as f64 - 3.0 })
            .collect(),
    };
    scorer.check().unwrap();
    scorer
}

fn judge() -> Judge {
    Judge::new(DEFAULT_PACK, Some(scorer())).unwrap()
}

#[test]
fn the_default_pack_passes_its_own_tests() {
    let judge = judge();
    let (passed, failures) = judge.pack().test();
    assert!(failures.is_empty() && passed >= 6, "{failures:?}");
}

fn calm() -> Signals {
    Signals {
        value_cents: 10_000,
        history_s: 90 * 86_400,
        country_is_new: Some(false),
        network_is_new: Some(false),
        tor: Some(false),
        vpn: Some(false),
        datacenter: Some(false),
        place_is_known: true,
        destination_age_s: Some(60 * 86_400),
        destination_times: 4,
        drain_of_balance: Some(0.1),
        amount_times: Some(0.5),
        amount_rank: Some(0.4),
        sequence_rank: Some(0.5),
        hour_share: Some(0.5),
        ..Signals::default()
    }
}

#[test]
fn a_calm_withdrawal_is_allowed_without_a_reason() {
    let assessment = judge().judge(calm());
    assert_eq!(assessment.friction, Friction::Allow);
    assert!(assessment.verdict.reasons().is_empty());
}

#[test]
fn a_place_that_is_not_known_never_reads_as_safe() {
    let unknown = Signals {
        country_is_new: None,
        network_is_new: None,
        tor: None,
        vpn: None,
        datacenter: None,
        place_is_known: false,
        ..calm()
    };
    let assessment = Judge::new(DEFAULT_PACK, None).unwrap().judge(unknown.clone());
    assert!(assessment.verdict.level() > Level::Allow);
    let codes: Vec<&str> =
        assessment.verdict.reasons().iter().map(|reason| reason.code.as_ref()).collect();
    assert_eq!(codes, ["behavior.place.unknown"]);
    assert!(scorer().raw(&unknown) > scorer().raw(&calm()));
}

#[test]
fn each_kind_of_scam_can_be_suspected() {
    let led = Signals {
        destination_is_first: true,
        destination_times: 0,
        amount_times: Some(9.0),
        drain_of_balance: Some(1.0),
        sequence_rank: Some(0.99),
        ..calm()
    };
    let with = |change: fn(&mut Signals)| {
        let mut signals = led.clone();
        change(&mut signals);
        suspect(&signals)
    };
    assert_eq!(with(|s| s.remote_hint = true), Some(Scam::RemoteAccess));
    assert_eq!(with(|s| s.changed_s = Some(60)), Some(Scam::Impersonation));
    assert_eq!(with(|s| s.drain_of_inflow = Some(1.0)), Some(Scam::Investment));
    assert_eq!(
        with(|s| {
            s.drain_of_inflow = Some(1.0);
            s.destination_times = 2;
        }),
        Some(Scam::Romance)
    );
    assert_eq!(with(|s| s.withdrawals_24h = 2), Some(Scam::Job));
    assert_eq!(with(|_| ()), Some(Scam::Giveaway));
    assert_eq!(suspect(&calm()), None);
}

fn maybe(values: std::ops::Range<f64>) -> impl Strategy<Value = Option<f64>> {
    prop::option::of(values)
}

fn any_signals() -> impl Strategy<Value = Signals> {
    let flags = (any::<[bool; 6]>(), any::<[Option<bool>; 5]>());
    let shares = (
        maybe(0.0..5_000.0),
        maybe(0.0..1.0),
        maybe(0.0..20.0),
        maybe(0.0..1.0),
        maybe(0.0..2.0),
        maybe(0.0..1.0),
        maybe(0.0..1.0),
    );
    let times = any::<[Option<u32>; 3]>();
    (flags, shares, times, 0u32..10, 0u32..5).prop_map(|((b, o), f, t, failures, count)| {
        let time_s = |time: Option<u32>| time.map(|time| u64::from(time % 1_000_000));
        Signals {
            device_is_new: b[0],
            hidden_is_new: b[1],
            place_is_known: b[2],
            destination_is_first: b[3],
            is_takeover_order: b[4],
            remote_hint: b[5],
            country_is_new: o[0],
            network_is_new: o[1],
            tor: o[2],
            vpn: o[3],
            datacenter: o[4],
            travel_kmh: f.0,
            hour_share: f.1,
            amount_times: f.2,
            amount_rank: f.3,
            drain_of_inflow: f.4,
            drain_of_balance: f.5,
            sequence_rank: f.6,
            destination_age_s: time_s(t[0]),
            changed_s: time_s(t[1]),
            loosened_s: time_s(t[2]),
            failures,
            destination_times: count,
            withdrawals_1h: count,
            withdrawals_24h: count,
            ..Signals::default()
        }
    })
}

/// Makes one sign worse.
fn worsen(signals: &Signals, which: usize, by: f64) -> Signals {
    let mut s = signals.clone();
    let more = |value: Option<f64>| value.map(|value| value + by);
    let sooner = |time: Option<u64>| Some((time.unwrap_or(1_000_000) as f64 * (1.0 - by)) as u64);
    match which {
        0 => s.device_is_new = true,
        1 => s.hidden_is_new = true,
        2 => s.place_is_known = false,
        3 => s.destination_is_first = true,
        4 => s.is_takeover_order = true,
        5 => s.remote_hint = true,
        6 => s.country_is_new = Some(true),
        7 => s.network_is_new = Some(true),
        8 => s.tor = Some(true),
        9 => s.datacenter = Some(true),
        10 => s.travel_kmh = more(s.travel_kmh.or(Some(0.0))).map(|speed| speed * 2.0),
        11 => s.amount_times = more(s.amount_times),
        12 => s.amount_rank = more(s.amount_rank).map(|rank| rank.min(1.0)),
        13 => s.drain_of_inflow = more(s.drain_of_inflow),
        14 => s.drain_of_balance = more(s.drain_of_balance),
        15 => s.sequence_rank = more(s.sequence_rank).map(|rank| rank.min(1.0)),
        16 => s.changed_s = sooner(s.changed_s),
        17 => s.loosened_s = sooner(s.loosened_s),
        18 => s.failures += 1,
        19 => {
            s.withdrawals_1h += 1;
            s.withdrawals_24h += 1;
        }
        _ => s.hour_share = s.hour_share.map(|share| share * (1.0 - by)),
    }
    s
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_worse_sign_never_lowers_score_verdict_or_friction(
        signals in any_signals(), which in 0usize..21, by in 0.0f64..1.0,
    ) {
        let worse = worsen(&signals, which, by);
        static JUDGE: OnceLock<Judge> = OnceLock::new();
        let judge = JUDGE.get_or_init(judge);
        let (before, after) = (judge.judge(signals.clone()), judge.judge(worse.clone()));
        prop_assert!(after.verdict.level() >= before.verdict.level());
        prop_assert!(after.friction.strictness() >= before.friction.strictness());
        prop_assert!(scorer().raw(&worse) >= scorer().raw(&signals) - 1e-9);
    }

    #[test]
    fn features_are_numbers_and_not_negative(signals in any_signals()) {
        let features = features(&signals);
        prop_assert_eq!(features.len(), FEATURES);
        prop_assert!(features.iter().all(|feature| feature.is_finite() && *feature >= 0.0));
    }
}

/// Every two signs are made worse and then a third one again and again, from a calm withdrawal on: each rule of
/// the pack is met at its edge, alone.
fn first_milder_answer(judge: &Judge) -> Option<[usize; 3]> {
    const SIGNS: usize = 21;
    let strictness = |signals: &Signals| {
        let assessment = judge.judge(signals.clone());
        (assessment.verdict.level(), assessment.friction.strictness())
    };
    for numbers in 0..SIGNS.pow(3) {
        let [a, b, c] = [numbers / SIGNS / SIGNS, numbers / SIGNS % SIGNS, numbers % SIGNS];
        let mut signals = worsen(&worsen(&calm(), a, 0.5), b, 0.5);
        let mut before = strictness(&signals);
        for _ in 0..6 {
            signals = worsen(&signals, c, 0.3);
            let after = strictness(&signals);
            if after.0 < before.0 || after.1 < before.1 {
                return Some([a, b, c]);
            }
            before = after;
        }
    }
    None
}

#[test]
fn no_chain_of_worse_signs_leads_to_a_milder_answer() {
    assert_eq!(first_milder_answer(&Judge::new(DEFAULT_PACK, None).unwrap()), None);
    assert_eq!(first_milder_answer(&judge()), None);
}

#[test]
fn a_rule_that_a_worse_sign_ends_is_found() {
    let rule = "behavior.device.is_new && behavior.place.hidden_is_new";
    assert!(DEFAULT_PACK.contains(rule));
    let broken = DEFAULT_PACK.replacen(rule, &format!("{rule} && behavior.failures < 3"), 1);
    let found = first_milder_answer(&Judge::new(&broken, None).unwrap());
    assert!(found.is_some_and(|signs| signs.contains(&18)), "{found:?}");
}

#[test]
fn assessing_changes_nothing_and_says_the_same_twice() {
    let mut profile = Profile::new(Segment::Retail);
    let place = Place { country: Country::parse("DE"), ..Place::default() };
    let device = Some(DeviceKey(1));
    for day in 0..10 {
        let kind = Kind::SignedIn(Shown::PASSWORD);
        profile.observe(&Event { at: 1_700_000_000 + day * 86_400, kind, device, place });
    }
    let asked =
        Asked { value_cents: 1_000, destination: 5, is_new_destination: true, balance_cents: None };
    let withdrawal = Withdrawal { asked, device, place };
    let population = Population::default();
    let assess = || judge().assess(&profile, &population, &withdrawal, profile.last_at + 60);
    assert_eq!(assess(), assess());
}
