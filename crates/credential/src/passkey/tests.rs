mod authenticator;

use super::*;
use authenticator::{Authenticator, ORIGIN, RP_ID};
use proptest::prelude::*;

const USER: [u8; 16] = [0x42; 16];

fn site() -> Passkeys {
    let origins = [ORIGIN.to_owned(), "https://moon.example".to_owned()];
    Passkeys::new(RP_ID, &origins, "Moon").unwrap()
}

fn register(
    site: &Passkeys,
    authenticator: &mut Authenticator,
) -> Result<NewPasskey, PasskeyError> {
    let (options, ceremony) = site.begin_registration(USER, "alice", "Alice", &[]).unwrap();
    site.finish_registration(ceremony, &authenticator.create(&options))
}

/// A site, an authenticator with a passkey there, and what the site stores of it.
fn registered() -> (Passkeys, Authenticator, Vec<String>) {
    let (site, mut authenticator) = (site(), Authenticator::new(7));
    let stored = register(&site, &mut authenticator).unwrap().stored;
    (site, authenticator, vec![stored])
}

fn sign_in(
    site: &Passkeys,
    authenticator: &mut Authenticator,
    stored: &[String],
) -> Result<Used, PasskeyError> {
    let (options, ceremony) = site.begin_sign_in(false).unwrap();
    site.finish_sign_in(ceremony, stored, &authenticator.get(&options))
}

#[test]
fn a_passkey_is_registered_and_signs_in_without_a_name() {
    let (site, mut authenticator) = (site(), Authenticator::new(7));
    let new = register(&site, &mut authenticator).unwrap();
    assert_eq!(new.id, URL_SAFE_NO_PAD.encode([7; 32]));
    assert_eq!(new.transports, ["hybrid", "internal"]);
    assert!(!new.is_synced);
    let (options, ceremony) = site.begin_sign_in(false).unwrap();
    let response = authenticator.get(&options);
    let claimed = Passkeys::claimed(&response).unwrap();
    assert_eq!((claimed.user_handle, &claimed.id), (USER, &new.id));
    let used = site.finish_sign_in(ceremony, &[new.stored], &response).unwrap();
    assert_eq!((used.id, used.counter, used.is_user_verified), (new.id, 2, true));
    // What is stored instead goes on counting from there.
    let stored = [used.stored.unwrap()];
    assert_eq!(sign_in(&site, &mut authenticator, &stored).unwrap().counter, 3);
}

#[test]
fn what_browsers_are_asked_for_requires_a_resident_key_and_user_verification() {
    let site = site();
    let known = vec![URL_SAFE_NO_PAD.encode([7; 32])];
    let (options, _) = site.begin_registration(USER, "alice", "Alice", &known).unwrap();
    let selection = &options["publicKey"]["authenticatorSelection"];
    assert_eq!(selection["residentKey"], "required");
    assert_eq!(selection["requireResidentKey"], true);
    assert_eq!(selection["userVerification"], "required");
    assert_eq!(options["publicKey"]["excludeCredentials"][0]["id"], known[0]);
    assert_eq!(options["publicKey"]["rp"]["id"], RP_ID);
    let (options, _) = site.begin_sign_in(false).unwrap();
    assert_eq!(options["publicKey"]["userVerification"], "required");
    assert_eq!(options["publicKey"]["allowCredentials"], json!([]));
    assert!(options.get("mediation").is_none());
    assert_eq!(site.begin_sign_in(true).unwrap().0["mediation"], "conditional");
}

#[test]
fn challenges_are_never_the_same() {
    let site = site();
    let challenge = || site.begin_sign_in(false).unwrap().0["publicKey"]["challenge"].clone();
    assert_ne!(challenge(), challenge());
}

#[test]
fn an_answer_to_one_question_is_none_to_the_next() {
    let (site, mut authenticator, stored) = registered();
    let (options, ceremony) = site.begin_sign_in(false).unwrap();
    let response = authenticator.get(&options);
    site.finish_sign_in(ceremony, &stored, &response).unwrap();
    let (_, ceremony) = site.begin_sign_in(false).unwrap();
    let refused = site.finish_sign_in(ceremony, &stored, &response);
    assert_eq!(refused, Err(PasskeyError::OtherChallenge));
    let (options, _) = site.begin_registration(USER, "alice", "Alice", &[]).unwrap();
    let response = authenticator.create(&options);
    let (_, ceremony) = site.begin_registration(USER, "alice", "Alice", &[]).unwrap();
    let refused = site.finish_registration(ceremony, &response);
    assert_eq!(refused, Err(PasskeyError::OtherChallenge));
}

#[test]
fn only_the_very_origins_that_are_configured_are_accepted() {
    let (site, authenticator, stored) = registered();
    for origin in [
        "https://evil.example",
        "https://moon.example.evil.com",
        "https://badmoon.example",
        "https://api.moon.example",
        "https://www.moon.example:8443",
        "https://www.moon.example/",
        "https://a@www.moon.example",
        "https://WWW.moon.example",
        "http://www.moon.example",
        "null",
        "",
    ] {
        let mut other = authenticator.clone();
        origin.clone_into(&mut other.origin);
        let refused = sign_in(&site, &mut other, &stored).unwrap_err();
        assert_eq!(refused, PasskeyError::OtherOrigin, "{origin}");
        assert_eq!(register(&site, &mut other).unwrap_err(), PasskeyError::OtherOrigin, "{origin}");
    }
    let mut second = authenticator.clone();
    "https://moon.example".clone_into(&mut second.origin);
    assert!(sign_in(&site, &mut second, &stored).is_ok());
}

#[test]
fn a_site_on_localhost_does_not_accept_a_suffix_of_it() {
    let site = Passkeys::new("localhost", &["http://localhost:8080".to_owned()], "Moon").unwrap();
    let mut authenticator = Authenticator::new(7);
    authenticator.rp_id = "localhost".to_owned();
    for (origin, is_good) in [
        ("http://localhost:8080", true),
        ("http://localhost", false),
        ("http://localhost.evil.com:8080", false),
        ("http://evil.localhost:8080", false),
    ] {
        origin.clone_into(&mut authenticator.origin);
        assert_eq!(register(&site, &mut authenticator).is_ok(), is_good, "{origin}");
    }
}

#[test]
fn a_page_that_is_embedded_in_another_is_refused() {
    let (site, mut authenticator, stored) = registered();
    authenticator.is_embedded = true;
    assert_eq!(sign_in(&site, &mut authenticator, &stored), Err(PasskeyError::Embedded));
    assert_eq!(register(&site, &mut authenticator), Err(PasskeyError::Embedded));
}

#[test]
fn a_key_of_another_relying_party_is_refused() {
    let (site, mut authenticator, stored) = registered();
    authenticator.rp_id = "evil.example".to_owned();
    assert_eq!(sign_in(&site, &mut authenticator, &stored), Err(PasskeyError::OtherOrigin));
}

#[test]
fn a_user_who_was_not_verified_or_not_there_is_refused() {
    let (site, mut authenticator, stored) = registered();
    authenticator.is_verifying = false;
    assert_eq!(sign_in(&site, &mut authenticator, &stored), Err(PasskeyError::UserNotVerified));
    assert_eq!(register(&site, &mut authenticator), Err(PasskeyError::UserNotVerified));
    authenticator.is_verifying = true;
    authenticator.is_present = false;
    assert_eq!(sign_in(&site, &mut authenticator, &stored), Err(PasskeyError::UserNotPresent));
}

#[test]
fn a_counter_that_goes_back_or_stands_still_tells_of_a_copy() {
    let (site, mut authenticator, stored) = registered();
    authenticator.counter = Some(9);
    let stored = [sign_in(&site, &mut authenticator, &stored).unwrap().stored.unwrap()];
    for earlier in [Some(0), Some(5), Some(9), None] {
        let mut copy = authenticator.clone();
        copy.counter = earlier;
        let refused = sign_in(&site, &mut copy, &stored).unwrap_err();
        assert_eq!(refused.code(), "passkey.cloned");
        assert_eq!(refused, PasskeyError::Cloned { id: URL_SAFE_NO_PAD.encode([7; 32]) });
    }
    assert_eq!(sign_in(&site, &mut authenticator, &stored).unwrap().counter, 11);
}

#[test]
fn a_synchronised_passkey_that_does_not_count_signs_in_again_and_again() {
    let (site, mut authenticator) = (site(), Authenticator::new(7));
    (authenticator.counter, authenticator.is_synced) = (None, true);
    let new = register(&site, &mut authenticator).unwrap();
    assert!(new.is_synced);
    let stored = [new.stored];
    for _ in 0..3 {
        let used = sign_in(&site, &mut authenticator, &stored).unwrap();
        assert_eq!((used.counter, used.stored, used.is_synced), (0, None, true));
    }
    // One that was bound to a device does not become synchronised.
    let (site, mut authenticator, stored) = registered();
    authenticator.is_synced = true;
    assert_eq!(sign_in(&site, &mut authenticator, &stored), Err(PasskeyError::BackupChanged));
    let (options, ceremony) = site.begin_confirmation(&stored, [1; 32]).unwrap();
    let response = authenticator.get(&options);
    let refused = site.finish_confirmation(ceremony, [1; 32], &stored, &response);
    assert_eq!(refused, Err(PasskeyError::BackupChanged));
}

#[test]
fn a_passkey_that_is_not_known_or_of_another_account_is_refused() {
    let (site, mut authenticator, stored) = registered();
    let mut other = Authenticator::new(8);
    other.user = USER.to_vec();
    assert_eq!(sign_in(&site, &mut other, &stored), Err(PasskeyError::Unknown));
    assert_eq!(sign_in(&site, &mut authenticator, &[]), Err(PasskeyError::Unknown));
    authenticator.user = vec![0x43; 16];
    assert_eq!(sign_in(&site, &mut authenticator, &stored), Err(PasskeyError::OtherAccount));
    // Without a name, the passkey has to say whose it is.
    authenticator.names_user = false;
    assert_eq!(sign_in(&site, &mut authenticator, &stored), Err(PasskeyError::Malformed));
}

#[test]
fn a_signature_by_another_key_or_over_something_else_is_refused() {
    let (site, mut authenticator, stored) = registered();
    let mut forger = Authenticator::new(8);
    (forger.id, forger.user, forger.counter) = (vec![7; 32], USER.to_vec(), Some(9));
    assert_eq!(sign_in(&site, &mut forger, &stored), Err(PasskeyError::WrongSignature));
    let (options, ceremony) = site.begin_sign_in(false).unwrap();
    let mut response = authenticator.get(&options);
    let data = URL_SAFE_NO_PAD
        .encode(authenticator.client_data("webauthn.get", &options["publicKey"]) + " ");
    response["response"]["clientDataJSON"] = json!(data);
    let refused = site.finish_sign_in(ceremony, &stored, &response);
    assert_eq!(refused, Err(PasskeyError::WrongSignature));
}

#[test]
fn a_challenge_that_was_tampered_with_is_refused() {
    let (site, mut authenticator, stored) = registered();
    let (mut options, ceremony) = site.begin_sign_in(false).unwrap();
    options["publicKey"]["challenge"] = json!(URL_SAFE_NO_PAD.encode([0; 32]));
    let refused = site.finish_sign_in(ceremony, &stored, &authenticator.get(&options));
    assert_eq!(refused, Err(PasskeyError::OtherChallenge));
}

#[test]
fn an_answer_is_of_the_kind_that_was_asked_for() {
    let (site, mut authenticator, stored) = registered();
    let (options, ceremony) = site.begin_sign_in(false).unwrap();
    let data = authenticator.client_data("webauthn.create", &options["publicKey"]);
    authenticator.counter = Some(9);
    let refused = site.finish_sign_in(ceremony, &stored, &authenticator.sign(&data));
    assert_eq!(refused, Err(PasskeyError::OtherCeremony));
    let (options, ceremony) = site.begin_sign_in(false).unwrap();
    let response = authenticator.get(&options);
    let refused = site.finish_confirmation(ceremony, [1; 32], &stored, &response);
    assert_eq!(refused, Err(PasskeyError::OtherCeremony));
    let (_, ceremony) = site.begin_sign_in(false).unwrap();
    let refused = site.finish_registration(ceremony, &response);
    assert_eq!(refused, Err(PasskeyError::OtherCeremony));
}

#[test]
fn a_confirmation_signs_what_is_confirmed() {
    let (site, mut authenticator, stored) = registered();
    let challenge = [0x5a; 32];
    let (options, ceremony) = site.begin_confirmation(&stored, challenge).unwrap();
    assert_eq!(options["publicKey"]["challenge"], URL_SAFE_NO_PAD.encode(challenge));
    assert_eq!(options["publicKey"]["userVerification"], "required");
    let allowed = json!([{
        "type": "public-key", "id": URL_SAFE_NO_PAD.encode([7; 32]),
        "transports": ["hybrid", "internal"],
    }]);
    assert_eq!(options["publicKey"]["allowCredentials"], allowed);
    // With a list of passkeys, authenticators need not say whose it is.
    authenticator.names_user = false;
    let response = authenticator.get(&options);
    let used = site.finish_confirmation(ceremony, challenge, &stored, &response).unwrap();
    assert_eq!((used.counter, used.is_user_verified), (2, true));
}

#[test]
fn a_confirmation_of_another_amount_or_address_is_refused() {
    let (site, mut authenticator, stored) = registered();
    // The thief changes the transaction after the question was asked.
    let (options, ceremony) = site.begin_confirmation(&stored, [1; 32]).unwrap();
    let response = authenticator.get(&options);
    let refused = site.finish_confirmation(ceremony, [2; 32], &stored, &response);
    assert_eq!(refused, Err(PasskeyError::OtherTransaction));
    // The thief's page shows another question to the owner.
    let (_, ceremony) = site.begin_confirmation(&stored, [2; 32]).unwrap();
    let refused = site.finish_confirmation(ceremony, [2; 32], &stored, &response);
    assert_eq!(refused, Err(PasskeyError::OtherChallenge));
    // A sign-in is no confirmation.
    let (options, _) = site.begin_sign_in(false).unwrap();
    let response = authenticator.get(&options);
    let (_, ceremony) = site.begin_confirmation(&stored, [2; 32]).unwrap();
    let refused = site.finish_confirmation(ceremony, [2; 32], &stored, &response);
    assert_eq!(refused, Err(PasskeyError::OtherChallenge));
}

#[test]
fn a_confirmation_needs_a_passkey_that_was_there_from_beginning_to_end() {
    let (site, mut authenticator, stored) = registered();
    let mut second = Authenticator::new(8);
    let both = [stored[0].clone(), register(&site, &mut second).unwrap().stored];
    let (options, ceremony) = site.begin_confirmation(&stored, [1; 32]).unwrap();
    let refused = site.finish_confirmation(ceremony, [1; 32], &both, &second.get(&options));
    assert_eq!(refused, Err(PasskeyError::Unknown), "added since");
    let (options, ceremony) = site.begin_confirmation(&both, [1; 32]).unwrap();
    let refused =
        site.finish_confirmation(ceremony, [1; 32], &both[1..], &authenticator.get(&options));
    assert_eq!(refused, Err(PasskeyError::Unknown), "removed since");
    assert_eq!(site.begin_confirmation(&[], [1; 32]).map(|_| ()), Err(PasskeyError::Unknown));
    let (options, ceremony) = site.begin_confirmation(&both, [1; 32]).unwrap();
    authenticator.is_verifying = false;
    let refused = site.finish_confirmation(ceremony, [1; 32], &both, &authenticator.get(&options));
    assert_eq!(refused, Err(PasskeyError::UserNotVerified));
}

#[test]
fn a_passkey_that_the_account_has_is_not_registered_again() {
    let (site, mut authenticator, _) = registered();
    let known = [URL_SAFE_NO_PAD.encode(&authenticator.id)];
    let (options, ceremony) = site.begin_registration(USER, "alice", "Alice", &known).unwrap();
    assert!(site.finish_registration(ceremony, &authenticator.create(&options)).is_err());
}

#[test]
fn a_relying_party_that_browsers_would_refuse_is_refused_at_the_start() {
    for (rp_id, origin) in [
        ("moon.example", "https://badmoon.example"),
        ("moon.example", "https://example"),
        ("moon.example", "http://moon.example"),
        ("moon.example", "https://moon.example/path"),
        ("moon.example", "moon.example"),
        ("moon.example", "https://192.0.2.1"),
        ("", "https://moon.example"),
    ] {
        let refused = Passkeys::new(rp_id, &[origin.to_owned()], "Moon").map(|_| ());
        assert!(matches!(refused, Err(PasskeyError::Configuration(_))), "{rp_id} {origin}");
    }
    assert!(Passkeys::new("moon.example", &[], "Moon").is_err());
    assert!(site().begin_registration(USER, "", "Alice", &[]).is_err());
}

#[test]
fn answers_that_are_too_large_or_too_deep_are_refused() {
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    assert_eq!(parse(deep.as_bytes()), Err(PasskeyError::TooLarge));
    assert_eq!(parse("[".repeat(20_000).as_bytes()), Err(PasskeyError::Malformed));
    assert_eq!(parse(&vec![b' '; ANSWER_BYTES_MAX + 1]), Err(PasskeyError::TooLarge));
    assert_eq!(parse(format!("[{}0]", "0,".repeat(300)).as_bytes()), Err(PasskeyError::TooLarge));
    assert_eq!(parse(b"{\"id\": "), Err(PasskeyError::Malformed));
    let (site, mut authenticator, stored) = registered();
    let (options, ceremony) = site.begin_sign_in(false).unwrap();
    let mut response = authenticator.get(&options);
    assert_eq!(parse(response.to_string().as_bytes()).as_ref(), Ok(&response));
    response["response"]["signature"] = json!("A".repeat(ANSWER_BYTES_MAX));
    let refused = site.finish_sign_in(ceremony, &stored, &response);
    assert_eq!(refused, Err(PasskeyError::TooLarge));
}

#[test]
fn an_answer_that_is_not_of_a_public_key_is_refused() {
    let (site, mut authenticator, stored) = registered();
    let (options, ceremony) = site.begin_sign_in(false).unwrap();
    let mut response = authenticator.get(&options);
    response["type"] = json!("password");
    let refused = site.finish_sign_in(ceremony, &stored, &response);
    assert_eq!(refused, Err(PasskeyError::Malformed));
}

#[test]
fn what_was_stored_and_damaged_is_told_apart() {
    let (site, mut authenticator, _) = registered();
    for damaged in ["", "{}", "null", "{\"version\":2}"] {
        let refused = sign_in(&site, &mut authenticator, &[damaged.to_owned()]);
        assert_eq!(refused, Err(PasskeyError::StoredDamaged));
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(|is| json!(is)),
        any::<i64>().prop_map(|number| json!(number)),
        "[A-Za-z0-9_-]{0,40}".prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(3, 16, 6, |inner| {
        let key = prop_oneof![
            Just("id".to_owned()),
            Just("rawId".to_owned()),
            Just("response".to_owned()),
            Just("clientDataJSON".to_owned()),
            Just("userHandle".to_owned()),
            Just("type".to_owned()),
            Just("signature".to_owned()),
        ];
        prop::collection::btree_map(key, inner, 0..6)
            .prop_map(|members| Value::Object(members.into_iter().collect()))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever one byte of an answer becomes, it is refused, and nothing panics.
    #[test]
    fn an_answer_that_was_changed_anywhere_is_refused(
        part in 0usize..4, place: prop::sample::Index, bit in 0u8..8,
    ) {
        let (site, mut authenticator, stored) = registered();
        let (options, ceremony) = site.begin_sign_in(false).unwrap();
        let mut response = authenticator.get(&options);
        let part = ["authenticatorData", "clientDataJSON", "signature", "userHandle"][part];
        let written = response["response"][part].as_str().unwrap();
        let mut bytes = URL_SAFE_NO_PAD.decode(written).unwrap();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        response["response"][part] = json!(URL_SAFE_NO_PAD.encode(bytes));
        prop_assert!(site.finish_sign_in(ceremony, &stored, &response).is_err());
    }

    #[test]
    fn any_json_is_answered_without_a_panic(response in any_json()) {
        let (site, _, stored) = registered();
        let _ = Passkeys::claimed(&response);
        let (_, ceremony) = site.begin_sign_in(false).unwrap();
        prop_assert!(site.finish_sign_in(ceremony, &stored, &response).is_err());
        let (_, ceremony) = site.begin_registration(USER, "alice", "Alice", &[]).unwrap();
        prop_assert!(site.finish_registration(ceremony, &response).is_err());
    }
}
