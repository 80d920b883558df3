use super::*;
use crate::factor::Credentials;

const ALL_BUT_PASSKEY: Factors = Factors::of(&[
    Factor::Password,
    Factor::Totp,
    Factor::RecoveryCode,
    Factor::Mailbox,
    Factor::Phone,
    Factor::KnownDevice,
    Factor::Identity,
    Factor::ApiKey,
]);

fn account() -> Account {
    let credentials = Credentials {
        has_password: true,
        has_totp: true,
        passkeys: 1,
        recovery_codes: 2,
        has_phone: true,
    };
    Account::new(credentials, &Rules::default())
}

fn by(fresh: &[Factor]) -> By {
    By { is_signed_in: true, fresh: Factors::of(fresh) }
}

fn to(address: &str) -> Destination {
    Destination { network: "eip155:1".to_owned(), address: address.to_owned() }
}

fn asked(account: &Account, command: Command, by: &By, at: u64) -> Result<Account, Refused> {
    step(account, &Rules::default(), &command, by, At(at)).map(|change| change.account)
}

#[test]
fn what_could_hurt_is_confirmed_held_and_told() {
    let thief = By { is_signed_in: true, fresh: ALL_BUT_PASSKEY };
    let owner = by(&[Factor::Passkey]);
    let rules = Rules::default();
    let commands = [
        Command::AddAddress(to("0xaa")),
        Command::Set(Credential::Passkey),
        Command::Set(Credential::Password),
        Command::Set(Credential::Totp),
        Command::Set(Credential::RecoveryCodes),
        Command::RemovePasskey,
        Command::RemoveTotp,
        Command::ChangeContact,
        Command::Unfreeze,
        Command::Change(Setting::DailyLimit(u64::MAX)),
    ];
    for command in commands {
        let refused = step(&account(), &rules, &command, &thief, At(0)).unwrap_err();
        assert_eq!(refused.code(), "account.unconfirmed", "{command:?}");
        let done = step(&account(), &rules, &command, &owner, At(0)).unwrap();
        assert!(done.notice.is_some(), "{command:?}");
        let keeps = done.account.holds.end(At(0)).is_some();
        let waits =
            !done.account.book.entries().is_empty() || done.account.settings.waiting().count() > 0;
        assert!(keeps || waits, "{command:?}");
        let nobody = By { is_signed_in: false, ..owner };
        let refused = step(&account(), &rules, &command, &nobody, At(0)).unwrap_err();
        assert_eq!(refused, Refused::SignedOut, "{command:?}");
        // Locked settings allow none of it, but for the end of a freeze.
        let locked = asked(&account(), Command::Change(Setting::Lock(Span::days(1))), &owner, 0);
        let locked = step(&locked.unwrap(), &rules, &command, &owner, At(0));
        assert_eq!(locked.is_ok(), command == Command::Unfreeze, "{command:?}");
    }
}

#[test]
fn a_recovery_waits_can_be_stopped_and_leaves_nothing_of_before() {
    let one = by(&[Factor::Mailbox]);
    let two = by(&[Factor::Mailbox, Factor::RecoveryCode]);
    assert_eq!(asked(&account(), Command::BeginRecovery, &one, 0), Err(Refused::Evidence));
    let password = by(&[Factor::Mailbox, Factor::Password, Factor::Totp, Factor::KnownDevice]);
    assert_eq!(asked(&account(), Command::BeginRecovery, &password, 0), Err(Refused::Evidence));
    let begun = asked(&account(), Command::BeginRecovery, &two, 0).unwrap();
    assert_eq!(begun.credentials.recovery_codes, 1);
    let ripe_at = At(0) + Span::hours(72);
    let early = asked(&begun, Command::FinishRecovery, &two, ripe_at.0 - 1);
    assert_eq!(early, Err(Refused::Unripe { ripe_at }));
    // Beginning again does not begin anew, nor hurry.
    let again = asked(&begun, Command::BeginRecovery, &two, 3_600).unwrap();
    assert_eq!(again.recovery, begun.recovery);
    let without = asked(&begun, Command::FinishRecovery, &by(&[]), ripe_at.0);
    assert!(matches!(without, Err(Refused::Unconfirmed { .. })));
    let done = asked(&begun, Command::FinishRecovery, &one, ripe_at.0).unwrap();
    assert!(!done.credentials.has_password && !done.credentials.has_totp);
    assert_eq!(done.holds.end(ripe_at), Some(ripe_at + Span::hours(72)));
    let stopped = asked(&begun, Command::StopRecovery, &by(&[]), 60).unwrap();
    let late = asked(&stopped, Command::FinishRecovery, &two, ripe_at.0);
    assert_eq!(late, Err(Refused::NoRecovery));
}

#[test]
fn the_last_way_to_sign_in_is_not_taken_away() {
    let owner = by(&[Factor::Passkey]);
    let mut only = account();
    only.credentials.has_password = false;
    assert_eq!(asked(&only, Command::RemovePasskey, &owner, 0), Err(Refused::Last));
    only.credentials.passkeys = 2;
    assert!(asked(&only, Command::RemovePasskey, &owner, 0).is_ok());
    only.credentials.passkeys = PASSKEYS_MAX;
    let full = asked(&only, Command::Set(Credential::Passkey), &owner, 0);
    assert_eq!(full, Err(Refused::Full));
}

#[test]
fn a_value_below_the_least_is_not_chosen() {
    let owner = by(&[Factor::Passkey]);
    for setting in [Span::hours(23), Span::days(31)].map(Setting::Lock) {
        let refused = asked(&account(), Command::Change(setting), &owner, 0);
        assert_eq!(refused, Err(Refused::Value));
    }
    let less = Command::Change(Setting::Cooldown(Span::hours(23)));
    assert_eq!(asked(&account(), less, &owner, 0), Err(Refused::Value));
    // Staff keep money for as long as they say, and never for less than it is kept already.
    let held = asked(&account(), Command::Hold(Cause::Staff, Span::days(9)), &by(&[]), 0).unwrap();
    let less = asked(&held, Command::Hold(Cause::Staff, Span::days(1)), &by(&[]), 0).unwrap();
    assert_eq!(less.holds.end(At(0)), Some(At(0) + Span::days(9)));
}
