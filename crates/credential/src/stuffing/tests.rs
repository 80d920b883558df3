use super::*;

/// A tenth of the default, with the same proportions.
fn small() -> Config {
    Config {
        accounts: 10_000,
        sources: 1_000,
        attempts: 100_000,
        targets: 100,
        ..Config::default()
    }
}

#[test]
fn asvs_6_3_1_stuffing_opens_no_account_and_keeps_no_owner_out() {
    let report = run(small());
    let attack = report.throttled.attack;
    assert_eq!(attack.attempts, 100_000);
    assert_eq!(attack.takeovers_protected, 0);
    assert_eq!(attack.takeovers_password_only, 0);
    // The attack is one: it finds passwords, and those accounts ask for more.
    assert!(attack.passwords_found > 50, "{attack:?}");
    assert!(attack.stepped_up > 0 && attack.codes_guessed > 0);
    assert!(attack.worked > 0 && attack.refused > 0);
    assert!(report.owner_rate_known >= 0.999, "{:?}", report.throttled.known_devices);
    assert_eq!(report.throttled.known_devices.refused, 0);
    assert_eq!(report.throttled.passkeys.rate(), 1.0);
    assert!(report.attack_cpu_s < report.attack_cpu_s_unguarded);
}

#[test]
fn a_lock_of_the_whole_account_keeps_owners_out_where_the_throttle_does_not() {
    let report = run(small());
    let (ours, lock) =
        (report.throttled.targets_known_devices, report.softlocked.targets_known_devices);
    assert_eq!(ours.sign_ins, lock.sign_ins);
    assert_eq!(ours.refused, 0);
    assert!(lock.rate() < 0.9, "{lock:?}");
}

#[test]
fn the_same_seed_gives_the_same_day_and_another_seed_another() {
    let config = Config { accounts: 1_000, attempts: 5_000, ..small() };
    assert_eq!(run(config), run(config));
    assert_ne!(run(config).throttled, run(Config { seed: 2, ..config }).throttled);
}

#[test]
fn a_day_without_anybody_is_simulated_too() {
    let nobody = run(Config { accounts: 0, attempts: 0, ..small() });
    assert_eq!(nobody.throttled, Outcome::default());
    let calm =
        run(Config { accounts: 100, attempts: 0, targets: 0, sources: 0, span_s: 0, ..small() });
    assert_eq!(calm.throttled.attack, Attack::default());
    assert_eq!(calm.throttled.known_devices.refused, 0);
}
