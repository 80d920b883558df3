use super::*;
use proptest::prelude::*;

const ALICE: AccountKey = [1; 32];
const BOB: AccountKey = [2; 32];

fn stranger(source: u32, account: AccountKey) -> Attempt {
    Attempt { source: IpAddr::V4(source.into()), account, device: None, work_bits: 0 }
}

fn owner(source: u32, account: AccountKey) -> Attempt {
    Attempt { device: Some([9; 32]), ..stranger(source, account) }
}

#[test]
fn asvs_6_3_1_guesses_at_an_account_from_everywhere_cost_work_and_end() {
    let mut throttle = Throttle::default();
    let (mut free, mut paid, mut asked) = (0, 0, 0);
    for source in 0..10_000 {
        let mut attempt = stranger(source, ALICE);
        loop {
            match throttle.ask(&attempt, At(1_000)) {
                Decision::Go if attempt.work_bits == 0 => free += 1,
                Decision::Go => paid += 1,
                Decision::Work(bits) => {
                    assert!(bits > attempt.work_bits && bits >= asked);
                    (attempt.work_bits, asked) = (bits, bits);
                    continue;
                }
                Decision::Wait(wait) => assert_eq!(wait, 900),
            }
            break;
        }
    }
    assert_eq!((free, paid, asked), (10, 90, 21));
    // It comes back, with work, one in a quarter of an hour.
    assert_eq!(throttle.ask(&stranger(1, ALICE), At(1_900)), Decision::Work(21));
    let paid = Attempt { work_bits: 21, ..stranger(1, ALICE) };
    assert_eq!(throttle.ask(&paid, At(1_900)), Decision::Go);
    assert_eq!(throttle.ask(&paid, At(1_900)), Decision::Wait(900));
    // Other accounts are not concerned.
    assert_eq!(throttle.ask(&stranger(20_000, BOB), At(1_900)), Decision::Go);
}

#[test]
fn guesses_at_many_accounts_from_one_source_end() {
    let mut throttle = Throttle::default();
    let went = (0..200u8)
        .filter(|number| throttle.ask(&stranger(1, [*number; 32]), At(5)) == Decision::Go);
    assert_eq!(went.count(), 60);
    assert_eq!(throttle.ask(&stranger(1, [250; 32]), At(5)), Decision::Wait(20));
    assert_eq!(throttle.ask(&stranger(2, [250; 32]), At(5)), Decision::Go);
}

#[test]
fn a_source_is_an_ipv4_address_or_half_of_an_ipv6_address() {
    let of = |text: &str| Source::of(text.parse().unwrap());
    assert!(of("192.0.2.1") == of("::ffff:192.0.2.1"));
    assert!(of("192.0.2.1") != of("192.0.2.2"));
    assert!(of("2001:db8::1") == of("2001:db8:0:0:ffff::1"));
    assert!(of("2001:db8::1") != of("2001:db8:0:1::1"));
}

#[test]
fn a_known_device_is_slowed_down_by_its_own_mistakes_only() {
    let mut throttle = Throttle::default();
    for _ in 0..10 {
        assert_eq!(throttle.ask(&owner(1, ALICE), At(0)), Decision::Go);
    }
    assert_eq!(throttle.ask(&owner(1, ALICE), At(0)), Decision::Wait(60));
    let other_device = Attempt { device: Some([8; 32]), ..owner(1, ALICE) };
    assert_eq!(throttle.ask(&other_device, At(0)), Decision::Go);
    assert_eq!(throttle.ask(&owner(1, ALICE), At(60)), Decision::Go);
}

#[test]
fn who_succeeds_is_not_counted_and_what_strangers_tried_still_is() {
    let mut throttle = Throttle::default();
    for _ in 0..1_000 {
        assert_eq!(throttle.ask(&owner(1, ALICE), At(0)), Decision::Go);
        throttle.succeeded(&owner(1, ALICE), At(0));
    }
    assert!(throttle.is_empty());
    for source in 0..10 {
        throttle.ask(&stranger(source, ALICE), At(0));
    }
    let paid = Attempt { work_bits: 22, ..stranger(99, ALICE) };
    assert_eq!(throttle.ask(&paid, At(0)), Decision::Go);
    throttle.succeeded(&paid, At(0));
    assert_eq!(throttle.ask(&stranger(98, ALICE), At(0)), Decision::Work(18));
}

#[test]
fn a_clock_that_is_set_back_makes_nobody_wait_longer_than_an_empty_bucket_does() {
    let mut throttle = Throttle::default();
    for _ in 0..10 {
        throttle.ask(&owner(1, ALICE), At(1_000_000));
    }
    assert_eq!(throttle.ask(&owner(1, ALICE), At(10)), Decision::Wait(60));
    assert_eq!(throttle.ask(&owner(1, ALICE), At(u64::MAX)), Decision::Go);
}

#[test]
fn buckets_are_bounded_and_who_has_tried_most_is_forgotten_last() {
    let mut throttle = Throttle::new(64);
    for _ in 0..5 {
        throttle.ask(&stranger(7, ALICE), At(0));
    }
    for source in 0..10_000u32 {
        let mut account = BOB;
        account[..4].copy_from_slice(&source.to_le_bytes());
        throttle.ask(&stranger(1_000 + source, account), At(0));
        assert!(throttle.len() <= 2 * 64);
    }
    assert_eq!(throttle.strangers.taken(&ALICE, At(0)), 5);
    throttle.ask(&stranger(1, BOB), At(1_000_000));
    assert!(throttle.len() <= 2 * 64);
}

#[derive(Clone, Debug)]
struct Step {
    passed: u64,
    attempt: Attempt,
    succeeds: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0u64..400, 0u32..4, 0u8..3, any::<bool>(), 0u8..24, any::<bool>());
    let step = step.prop_map(|(passed, source, account, is_known, work_bits, succeeds)| Step {
        passed,
        succeeds,
        attempt: Attempt {
            source: IpAddr::V4(source.into()),
            account: [account; 32],
            device: is_known.then_some([account; 32]),
            work_bits,
        },
    });
    prop::collection::vec(step, 1..300)
}

proptest! {
    /// What a known device is told does not depend on what strangers do, nor on other devices.
    #[test]
    fn a_known_device_never_suffers_from_strangers(steps in steps()) {
        let (mut all, mut alone, mut now) = (Throttle::default(), Throttle::default(), At(0));
        for step in steps {
            now = now + Span(step.passed);
            let decision = all.ask(&step.attempt, now);
            if step.attempt.device.is_some() {
                prop_assert_eq!(decision, alone.ask(&step.attempt, now));
                if step.succeeds && decision == Decision::Go {
                    alone.succeeded(&step.attempt, now);
                }
            }
            if step.succeeds && decision == Decision::Go {
                all.succeeded(&step.attempt, now);
            }
        }
    }

    /// In no stretch of time do more wrong attempts go on than a full bucket and what came back.
    #[test]
    fn no_more_goes_on_than_the_rates_allow(steps in steps()) {
        let (mut throttle, mut now) = (Throttle::default(), At(0));
        let mut went: HashMap<[u8; 32], Vec<u64>> = HashMap::new();
        for step in steps {
            now = now + Span(step.passed);
            if throttle.ask(&step.attempt, now) == Decision::Go && step.attempt.device.is_none() {
                went.entry(step.attempt.account).or_default().push(now.0);
            }
        }
        let Rate { burst, refill_s } = STRANGERS_PER_ACCOUNT;
        for times in went.values() {
            for (first, start) in times.iter().enumerate() {
                for (last, end) in times.iter().enumerate().skip(first) {
                    let most = burst + (end - start) / refill_s;
                    prop_assert!(((last - first) as u64) < most);
                }
            }
        }
    }

    /// Waiting for as long as one is told helps, and work of as many bits as one is told.
    #[test]
    fn what_one_is_told_helps(steps in steps()) {
        let (mut throttle, mut now) = (Throttle::default(), At(0));
        for step in steps {
            now = now + Span(step.passed);
            let mut attempt = step.attempt;
            let mut decision = throttle.ask(&attempt, now);
            if let Decision::Wait(wait) = decision {
                prop_assert!(wait > 0);
                now = now + Span(wait);
                decision = throttle.ask(&attempt, now);
            }
            if let Decision::Work(bits) = decision {
                prop_assert!(attempt.device.is_none());
                prop_assert!((WORK_BITS_MIN..=WORK_BITS_MAX).contains(&bits));
                attempt.work_bits = bits;
                decision = throttle.ask(&attempt, now);
            }
            prop_assert_eq!(decision, Decision::Go);
        }
    }
}
