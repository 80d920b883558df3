use super::*;
use proptest::prelude::*;

const START: At = At(1_000_000);

#[test]
fn waits_double_up_to_the_longest_and_jitter_takes_off_at_most_a_half() {
    let schedule = Schedule::default();
    let waits: Vec<u64> = (1..=12).map(|failures| schedule.wait(failures, 0).0).collect();
    assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1_920, 3_840, 7_680, 15_360, 21_600, 21_600]);
    assert_eq!(schedule.wait(1, u16::MAX), Span(15));
    assert_eq!(schedule.wait(u32::MAX, u16::MAX), Span(10_800));
}

#[test]
fn a_mail_that_is_never_taken_is_given_up_within_three_days() {
    let schedule = Schedule::default();
    let (mut delivery, mut now, mut told) = (Delivery::new(START), START, 0);
    while let Some(at) = delivery.next_at() {
        now = at;
        (delivery, _) = step(delivery, Event::Take, &schedule, now).unwrap();
        let refused = Event::Refused { is_permanent: false, jitter: 0 };
        let (next, effect) = step(delivery, refused, &schedule, now).unwrap();
        told += u32::from(effect == Effect::TellOperators);
        delivery = next;
    }
    assert_eq!(told, 1);
    assert!(matches!(delivery, Delivery::Failed { tries: 20..=24, .. }), "{delivery:?}");
    assert!(now <= START + Span::days(3) && now >= START + Span::days(2));
}

#[test]
fn what_cannot_help_is_not_tried_again() {
    let schedule = Schedule::default();
    let (sending, effect) = step(Delivery::new(START), Event::Take, &schedule, START).unwrap();
    assert_eq!(effect, Effect::Send);
    let refused = Event::Refused { is_permanent: true, jitter: 0 };
    let (failed, effect) = step(sending, refused, &schedule, START).unwrap();
    assert_eq!((failed, effect), (Delivery::Failed { at: START, tries: 1 }, Effect::TellOperators));
}

#[test]
fn a_worker_that_comes_late_with_a_success_ends_it() {
    let schedule = Schedule::default();
    let (sending, _) = step(Delivery::new(START), Event::Take, &schedule, START).unwrap();
    let late = START + schedule.lease;
    let (due, _) = step(sending, Event::Passed { jitter: 0 }, &schedule, late).unwrap();
    assert!(matches!(due, Delivery::Due { tries: 1, .. }));
    let (ended, _) = step(due, Event::Sent, &schedule, late).unwrap();
    assert_eq!(ended, Delivery::Delivered { at: late, tries: 1 });
    assert_eq!(step(Delivery::new(START), Event::Sent, &schedule, late), Err(Refused::NotSending));
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => Just(Event::Take),
        1 => Just(Event::Sent),
        3 => (any::<bool>(), any::<u16>()).prop_map(|(often, jitter)| Event::Refused {
            is_permanent: often && jitter % 8 == 0,
            jitter,
        }),
        1 => any::<u16>().prop_map(|jitter| Event::Passed { jitter }),
    ]
}

fn schedules() -> impl Strategy<Value = Schedule> {
    (0u64..100, 0u64..1_000, 0u32..8, 0u64..10_000, 0u64..300).prop_map(
        |(first, longest, tries_max, over, lease)| Schedule {
            first: Span(first),
            longest: Span(longest),
            tries_max,
            give_up_after: Span(over),
            lease: Span(lease),
        },
    )
}

proptest! {
    #[test]
    fn nothing_is_lost_sent_after_its_end_or_given_up_twice(
        schedule in schedules(),
        run in prop::collection::vec((events(), 0u64..400), 0..60),
    ) {
        let (mut delivery, mut now) = (Delivery::new(START), START);
        let (mut sends, mut told) = (0u32, 0u32);
        for (event, passed) in run {
            now = now + Span(passed);
            let had_ended = delivery.has_ended();
            let is_due = matches!(delivery, Delivery::Due { at, .. } if at <= now);
            match step(delivery, event, &schedule, now) {
                Ok((next, effect)) => {
                    prop_assert!(!had_ended);
                    prop_assert!(event != Event::Take || is_due);
                    sends += u32::from(effect == Effect::Send);
                    told += u32::from(effect == Effect::TellOperators);
                    prop_assert_eq!(effect == Effect::TellOperators, matches!(next, Delivery::Failed { .. }));
                    delivery = next;
                }
                Err(refused) => prop_assert_eq!(had_ended, refused == Refused::Ended),
            }
            // What has not ended has a time at which somebody looks at it.
            prop_assert_eq!(delivery.next_at().is_none(), delivery.has_ended());
        }
        prop_assert!(told <= 1 && sends <= schedule.tries_max.max(1));
    }

    #[test]
    fn without_success_it_ends_in_bounded_time(schedule in schedules(), jitter: u16) {
        let (mut delivery, mut now, mut steps) = (Delivery::new(START), START, 0);
        while let Some(at) = delivery.next_at() {
            now = now.max(at);
            // A worker that dies each time.
            let event = match delivery {
                Delivery::Due { .. } => Event::Take,
                _ => Event::Passed { jitter },
            };
            (delivery, _) = step(delivery, event, &schedule, now).unwrap();
            steps += 1;
            prop_assert!(steps <= 2 * schedule.tries_max.max(1));
        }
        let is_failed = matches!(delivery, Delivery::Failed { .. });
        prop_assert!(is_failed && now <= START + schedule.give_up_after + schedule.lease + schedule.lease);
    }
}
