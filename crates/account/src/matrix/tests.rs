use super::*;
use crate::hold::Spans;

/// Actions that are tried here; `ringfence account matrix` tries more.
const DEPTH: u32 = 4;

#[test]
fn sets_are_as_many_as_nine_capabilities_make() {
    assert_eq!(SETS, 512);
    assert_eq!(capabilities(511).count(), 9);
    assert_eq!(capabilities(0).count(), 0);
}

#[test]
fn no_set_of_stolen_things_moves_money_before_a_hold_and_a_notice() {
    let rules = Rules::default();
    for owner in Owner::ALL {
        let rows = (0..SETS).map(|set| row(owner, set, DEPTH, &rules, &rules));
        let rows: Vec<Row> = rows.collect();
        for row in &rows {
            assert_eq!(row.violations, [""; 0], "{row:?}");
            // With one thing more, money leaves no later.
            for capability in Capability::ALL {
                let more = &rows[usize::from(row.set | 1 << capability as u16)];
                assert!(row.earliest.is_none_or(|at| more.earliest.is_some_and(|more| more <= at)));
            }
        }
    }
    assert_eq!(largest().count(), 1 + Channel::ALL.len());
}

/// A search that finds nothing wherever it looks would prove nothing.
#[test]
fn money_leaves_in_time_where_a_thief_has_enough() {
    let rules = Rules::default();
    let stolen = |capabilities: &[Capability]| -> u16 {
        capabilities.iter().map(|capability| 1 << *capability as u16).sum()
    };
    let app = stolen(&[Capability::Password, Capability::TotpSeed]);
    assert_eq!(row(Owner::App, app, 4, &rules, &rules).earliest, Some(Span::hours(24)));
    let codes = stolen(&[Capability::Mailbox, Capability::RecoveryCodes]);
    let days = Some(Span::hours(72 + 72));
    assert_eq!(row(Owner::Passkey, codes, 7, &rules, &rules).earliest, days);
    assert_eq!(row(Owner::Passkey, app, 6, &rules, &rules).earliest, None);
}

#[test]
fn without_any_one_of_its_rules_the_claim_does_not_hold() {
    let claimed = Rules::default();
    let is_violated = |rules: &Rules, depth: u32| {
        let mut rows =
            Owner::ALL.into_iter().map(|owner| row(owner, SETS - 1, depth, rules, &claimed));
        rows.any(|row| !row.violations.is_empty())
    };
    assert!(!is_violated(&claimed, 5));
    for cause in CHANGED {
        let rules = Rules { holds: Spans::default().without(cause), ..claimed };
        assert!(is_violated(&rules, 5), "{cause:?}");
    }
    let mut without_cooldown = claimed;
    without_cooldown.waits.cooldown_min = Span(0);
    assert!(is_violated(&without_cooldown, 5));
    // A lock takes the time that its owner has chosen, whatever the rules say.
    for kind in 0..Setting::Lock(Span(0)).kind() {
        let mut rules = claimed;
        rules.waits.loosen[kind] = Span(0);
        assert!(is_violated(&rules, 6), "setting {kind}");
    }
}
