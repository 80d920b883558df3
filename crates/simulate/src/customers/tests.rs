use super::*;
use behavior::event::Kind;
use std::collections::BTreeSet;

fn config(customers: u32) -> Config {
    Config { customers, days: 90, ..Config::default() }
}

#[test]
fn the_same_seed_gives_the_same_history_and_another_seed_another() {
    let small = config(10);
    let firsts: BTreeSet<u64> = (0..200)
        .map(|number| history(&config(200), number).events[0].event.device)
        .map(|device| device.map_or(0, |device| device.0))
        .collect();
    assert!(firsts.len() > 150, "customers are different people: {}", firsts.len());
    for number in 0..10 {
        assert_eq!(history(&small, number), history(&config(20), number));
        let other = history(&Config { seed: 2, ..small }, number);
        assert_ne!(history(&small, number), other);
    }
}

#[test]
fn time_never_runs_backwards_and_every_attack_happens_and_asks_for_money() {
    let config = config(400);
    let mut seen = BTreeSet::new();
    for number in 0..400 {
        let history = history(&config, number);
        let at = |told: &Told| told.event.at;
        assert!(history.events.windows(2).all(|two| at(&two[0]) <= at(&two[1])));
        for told in &history.events {
            if let (Some(truth), Kind::Asked(_)) = (told.truth, told.event.kind) {
                seen.insert(truth);
            }
        }
    }
    let attacks: BTreeSet<Attack> = seen.iter().map(|truth| truth.attack).collect();
    assert_eq!(attacks.len(), Attack::ALL.len(), "{seen:?}");
    assert!(seen.iter().any(|truth| truth.is_hard) && seen.iter().any(|truth| !truth.is_hard));
}

#[test]
fn honest_customers_do_what_looks_like_an_attack_too() {
    let config = Config { attacked_per_1000: 0, ..config(400) };
    let (mut drains, mut changes, mut asked) = (0, 0, 0);
    for number in 0..400 {
        for told in history(&config, number).events {
            assert!(told.truth.is_none());
            match told.event.kind {
                Kind::Asked(ask) => {
                    asked += 1;
                    drains += u32::from(Some(ask.value_cents) == ask.balance_cents);
                }
                Kind::Changed(_) => changes += 1,
                _ => {}
            }
        }
    }
    assert!(asked > 1_000 && drains > 20 && changes > 20, "{asked} {drains} {changes}");
}
