use super::*;
use crate::account::Rules;
use crate::factor::{Credentials, Factors};
use crate::hold::Cause;
use crate::setting::Setting;
use crate::step::{Command, step};
use crate::time::Span;
use proptest::prelude::*;

fn owner() -> By {
    By { is_signed_in: true, fresh: Factors::of(&[Factor::Passkey]) }
}

fn account() -> Account {
    let credentials = Credentials {
        has_password: true,
        has_totp: true,
        passkeys: 1,
        recovery_codes: 8,
        has_phone: true,
    };
    Account::new(credentials, &Rules::default())
}

fn to(address: &str) -> Destination {
    Destination { network: "eip155:1".to_owned(), address: address.to_owned() }
}

fn request(address: &str, asked_at: At) -> Request {
    Request { to: to(address), value_cents: 100, left_cents: 0, asked_at }
}

fn codes(decision: &Decision) -> Vec<&str> {
    decision.verdict.reasons().iter().map(|reason| &*reason.code).collect()
}

fn done(account: &Account, command: &Command, now: At) -> Account {
    step(account, &Rules::default(), command, &owner(), now).unwrap().account
}

#[test]
fn a_known_address_is_paid_at_once_and_a_new_one_after_its_wait() {
    let with = done(&account(), &Command::AddAddress(to("0xaa")), At(0));
    let day = At(0) + Span::hours(24);
    let decision = decide(&with, &request("0xaa", At(5)), &owner(), At(5));
    assert_eq!((codes(&decision), decision.not_before), (vec!["account.address.new"], Some(day)));
    let decision = decide(&with, &request("0xaa", At(5)), &owner(), day);
    assert_eq!(decision.verdict.level(), Level::Allow);
    // One that is not in the book waits from when it was asked for, or is refused.
    let decision = decide(&with, &request("0xbb", At(5)), &owner(), At(5));
    assert_eq!(decision.not_before, Some(At(5) + Span::hours(24)));
    let strict = done(&with, &Command::Change(Setting::BookOnly(true)), At(0));
    let decision = decide(&strict, &request("0xbb", At(5)), &owner(), day);
    assert_eq!(codes(&decision), ["account.address.unknown"]);
}

#[test]
fn nothing_weaker_than_the_strongest_confirms() {
    let with = done(&account(), &Command::AddAddress(to("0xaa")), At(0));
    let later = At(0) + Span::days(2);
    let weaker = [Factor::Password, Factor::Totp, Factor::Mailbox, Factor::RecoveryCode];
    let by = By { is_signed_in: true, fresh: Factors::of(&weaker) };
    let decision = decide(&with, &request("0xaa", later), &by, later);
    assert_eq!(
        (decision.verdict.level(), codes(&decision)),
        (Level::Challenge, vec!["account.unconfirmed"])
    );
    let nobody = By { is_signed_in: false, ..owner() };
    assert_eq!(decide(&with, &request("0xaa", later), &nobody, later).verdict.level(), Level::Deny);
    // A key pays addresses of the book and no others.
    let key = By { is_signed_in: false, fresh: Factors::of(&[Factor::ApiKey]) };
    assert_eq!(decide(&with, &request("0xaa", later), &key, later).verdict.level(), Level::Allow);
    assert_eq!(decide(&with, &request("0xbb", later), &key, later).verdict.level(), Level::Deny);
}

#[test]
fn a_freeze_a_limit_and_a_delay_keep_money() {
    let later = At(0) + Span::days(2);
    let with = done(&account(), &Command::AddAddress(to("0xaa")), At(0));
    let frozen = done(&with, &Command::Freeze, later);
    assert_eq!(
        codes(&decide(&frozen, &request("0xaa", later), &owner(), later)),
        ["account.frozen"]
    );
    let thawed = done(&frozen, &Command::Unfreeze, later);
    let decision = decide(&thawed, &request("0xaa", later), &owner(), later);
    assert_eq!(
        (codes(&decision), decision.not_before),
        (vec!["account.hold"], Some(later + Span::hours(24)))
    );
    let limit = with.settings.daily_limit();
    let much = Request { value_cents: 1, left_cents: limit, ..request("0xaa", later) };
    assert_eq!(codes(&decide(&with, &much, &owner(), later)), ["account.limit"]);
    let slow = done(&with, &Command::Change(Setting::Delay(Span::hours(5))), later);
    let decision = decide(&slow, &request("0xaa", later), &owner(), later);
    assert_eq!(
        (codes(&decision), decision.not_before),
        (vec!["account.delay"], Some(later + Span::hours(5)))
    );
}

proptest! {
    /// A further hold never lets anything leave earlier, and time alone never takes a reason back in.
    #[test]
    fn holds_only_keep_and_time_only_frees(
        holds in prop::collection::vec((prop::sample::select(&Cause::ALL), 0u64..100), 0..6),
        more in (prop::sample::select(&Cause::ALL), 0u64..100),
        hours in 0u64..120, later in 0u64..120,
    ) {
        let mut with = done(&account(), &Command::AddAddress(to("0xaa")), At(0));
        for (cause, hours) in holds {
            with.holds.add(cause, At(0) + Span::hours(hours));
        }
        let now = At(0) + Span::hours(hours);
        let level = |account: &Account, now: At| {
            decide(account, &request("0xaa", At(0)), &owner(), now).verdict.level()
        };
        let before = level(&with, now);
        prop_assert!(level(&with, now + Span::hours(later)) <= before);
        with.holds.add(more.0, At(0) + Span::hours(more.1));
        prop_assert!(level(&with, now) >= before);
    }
}
