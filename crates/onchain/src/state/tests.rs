use super::*;
use crate::features::COUNT;
use proptest::prelude::*;

fn event(direction: Direction, time_s: u32, value: f32, counterparty: u32) -> Event {
    Event {
        direction,
        time_s,
        is_token: false,
        value,
        trailing_zeros: 17,
        significant_digits: 1,
        is_error: false,
        has_call_data: false,
        is_own_payment: true,
        counterparty_hash: u64::from(counterparty).wrapping_mul(0x9e37_79b9_7f4a_7c15),
        counterparty,
        token_hash: 0,
    }
}

fn replay(events: &[Event]) -> AddressState {
    let mut state = AddressState::default();
    events.iter().for_each(|event| state.record(event, &Glance::default()));
    state
}

#[test]
fn windows_forget_and_life_does_not() {
    let state = replay(&[
        event(Direction::In, 1_000_000, 5.0, 1),
        event(Direction::Out, 1_000_100, 2.0, 2),
    ]);
    let hour = state.window(0, 1_000_200);
    assert_eq!((hour.count_in, hour.count_out), (1, 1));
    assert_eq!((hour.value_in, hour.value_out, hour.paid_max), (5.0, 2.0, 2.0));
    assert!((hour.counterparties - 2.0).abs() < 0.2);
    assert_eq!(state.window(0, 1_000_000 + 4_000), Window::default());
    assert_eq!(state.window(1, 1_000_000 + 4_000).count_in, 1);
    assert_eq!(state.window(3, 1_000_000 + 40 * 86_400), Window::default());
    assert_eq!((state.events(), state.balance()), (2, 3.0));
}

/// The law behind "no feature sees the future": time may be moved as a whole without any input
/// noticing, so none of them can tell the year.
#[test]
fn moving_all_of_history_by_whole_days_changes_no_input() {
    let mut rng = 12345u64;
    let mut next = |bound: u64| {
        rng = rng.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (rng >> 33) % bound
    };
    let mut time_s = 1_500_000_000;
    let events: Vec<Event> = (0..60)
        .map(|_| {
            time_s += next(100_000) as u32;
            let direction = if next(2) == 0 { Direction::In } else { Direction::Out };
            event(direction, time_s, next(50) as f32 / 8.0, next(9) as u32)
        })
        .collect();
    let read = |shift_s: u32| {
        let moved: Vec<Event> =
            events.iter().map(|e| Event { time_s: e.time_s + shift_s, ..*e }).collect();
        let mut row = [0.0; COUNT];
        replay(&moved).read_features(&mut row);
        row.map(f32::to_bits)
    };
    assert_eq!(read(0), read(86_400 * 365 * 8));
}

#[test]
fn a_newcomer_has_defined_or_missing_inputs_only() {
    let mut row = [0.0; COUNT];
    replay(&[event(Direction::In, 1_500_000_000, 1.0, 1)]).read_features(&mut row);
    assert!(row.iter().all(|value| !value.is_infinite()), "{row:?}");
    assert_eq!(row[crate::features::find("in_share").unwrap()], 1.0);
    assert!(row[crate::features::find("out_gap").unwrap()].is_nan());
}

#[test]
fn windows_tell_the_usual_time_between_events() {
    let events: Vec<Event> =
        (0..12).map(|i| event(Direction::In, 1_500_000_000 + i * 600, 1.0, i)).collect();
    let state = replay(&events);
    let gap_s = |index| state.window(index, state.last_s()).gap_s.unwrap();
    assert!((500.0..=900.0).contains(&gap_s(0)), "{}", gap_s(0));
    assert_eq!(gap_s(3), 600.0, "all events lie within the month");
    let alone = replay(&events[..1]);
    assert_eq!(alone.window(0, alone.last_s()).gap_s, None);
}

proptest! {
    #[test]
    fn no_event_makes_an_input_infinite_and_balances_stay_non_negative(
        events in prop::collection::vec(
            (any::<bool>(), 0u32..4_000_000_000, 0f32..1e12, 0u32..20, any::<bool>(), any::<bool>()),
            1..80),
    ) {
        let mut state = AddressState::default();
        for (is_in, time_s, value, counterparty, is_token, is_error) in events {
            let direction = if is_in { Direction::In } else { Direction::Out };
            let mut e = event(direction, time_s, value, counterparty);
            (e.is_token, e.is_error) = (is_token, is_error);
            let glance = state.glance(time_s);
            state.record(&e, &glance);
            prop_assert!(state.balance() >= 0.0);
        }
        let mut row = [0.0; COUNT];
        state.read_features(&mut row);
        prop_assert!(row.iter().all(|value| !value.is_infinite()));
    }
}
