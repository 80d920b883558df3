use super::*;
use proptest::prelude::*;

fn key() -> NoticeKey {
    NoticeKey::from_seed(&[7; 32])
}

fn facts(account: &str, id: &str) -> Facts {
    Facts {
        account: Id::parse(account).unwrap(),
        id: Id::parse(id).unwrap(),
        kind: Notice::NewDevice,
        at: At(1_795_391_820),
        channel: Channel::Email,
    }
}

#[test]
fn a_token_is_found_in_what_a_mail_client_makes_of_it() {
    let facts = facts("ann-1", "n-77");
    let token = issue(&key(), &facts);
    let keys = [key().public()];
    let middle = token.len() / 2;
    let (begin, end) = token.split_at(middle);
    for text in [
        token.clone(),
        format!("  {begin}\r\n {end} "),
        format!("> {begin}\n> {end}\n> and so on. Yours"),
        format!("Hello,\n\n{begin}\u{200B}\u{AD}{end}\nIf it was you."),
        format!("{begin}\u{a0}{end}"),
    ] {
        assert_eq!(check(&keys, &text), Ok(facts.clone()), "{text}");
    }
}

#[test]
fn answers_tell_foreign_damaged_and_anothers_apart() {
    let token = issue(&key(), &facts("ann", "1"));
    let keys = [key().public()];
    let bob = Id::parse("bob").unwrap();
    assert_eq!(check_for(&keys, &token, &bob), Err(NotOurs::AnotherAccount));
    assert!(check_for(&keys, &token, &Id::parse("ann").unwrap()).is_ok());
    assert_eq!(check(&keys, "Dear customer"), Err(NotOurs::Foreign));
    assert_eq!(check(&keys, ""), Err(NotOurs::Foreign));
    assert_eq!(check(&keys, &"x".repeat(PASTED_LEN_MAX + 1)), Err(NotOurs::Foreign));
    assert_eq!(check(&keys, &token[..token.len() - 9]), Err(NotOurs::Damaged));
    assert_eq!(check(&keys, &token.to_lowercase()), Err(NotOurs::Damaged));
    assert_eq!(check(&keys, &format!("rf1.{}.", "A".repeat(5_000))), Err(NotOurs::Damaged));
    // Another's key, whose tokens have our form.
    let forged = issue(&NoticeKey::from_seed(&[8; 32]), &facts("ann", "1"));
    assert_eq!(check(&keys, &forged), Err(NotOurs::Foreign));
    // After a change of keys, both are ours.
    let both = [NoticeKey::from_seed(&[8; 32]).public(), key().public()];
    assert!(check(&both, &forged).is_ok() && check(&both, &token).is_ok());
    assert_eq!(NoticePublic::from_bytes(&both[0].to_bytes()).as_ref(), Some(&both[0]));
}

#[test]
fn a_signature_over_other_facts_with_a_right_sum_is_foreign() {
    let mut bytes = facts("bob", "1").to_bytes();
    bytes.extend(key().0.sign(facts("ann", "1").canonical().as_bytes()).to_bytes());
    bytes.extend(check_bytes(&bytes));
    let token = format!("rf1.{}.", URL_SAFE_NO_PAD.encode(bytes));
    assert_eq!(check(&[key().public()], &token), Err(NotOurs::Foreign));
}

#[test]
fn every_kind_and_channel_comes_back() {
    for (kind, _) in KINDS {
        for (channel, _) in CHANNELS {
            let facts = Facts { kind, channel, ..facts("a", "b") };
            assert_eq!(check(&[key().public()], &issue(&key(), &facts)), Ok(facts));
        }
    }
    let longest = facts(&"a".repeat(ID_LEN_MAX), &"b".repeat(ID_LEN_MAX));
    assert_eq!(check(&[key().public()], &issue(&key(), &longest)), Ok(longest));
}

#[test]
fn the_canonical_text_stays_as_it_is() {
    let text = "ringfence notice v1\nann\nn1\nnew_device\n1795391820\nemail\n";
    assert_eq!(facts("ann", "n1").canonical(), text);
}

proptest! {
    #[test]
    fn any_changed_character_is_refused(place in any::<prop::sample::Index>(), with in any::<char>()) {
        let token = issue(&key(), &facts("ann", "n1"));
        let mut letters: Vec<char> = token.chars().collect();
        let place = place.index(letters.len());
        prop_assume!(letters[place] != with);
        letters[place] = with;
        let changed: String = letters.into_iter().collect();
        prop_assert!(check(&[key().public()], &changed).is_err());
    }

    #[test]
    fn no_text_is_ours_by_chance(text in any::<String>(), inner in "[A-Za-z0-9_-]{0,200}") {
        prop_assert!(check(&[key().public()], &text).is_err());
        let of_our_form = format!("rf1.{inner}.");
        prop_assert!(check(&[key().public()], &of_our_form).is_err());
    }

    #[test]
    fn what_is_issued_is_checked(account in "[a-zA-Z0-9_-]{1,64}", id in "[a-zA-Z0-9_-]{1,64}", at: u64) {
        let facts = Facts { at: At(at), ..facts(&account, &id) };
        prop_assert_eq!(check(&[key().public()], &issue(&key(), &facts)), Ok(facts));
    }
}
