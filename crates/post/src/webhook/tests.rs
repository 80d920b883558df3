use super::*;
use proptest::prelude::*;

const NOW: At = At(1_700_000_000);

fn secret(byte: u8) -> HookSecret {
    HookSecret::from_bytes(&[byte; 32])
}

fn hook(body: &[u8], before: Option<&HookSecret>) -> Webhook {
    let url = HookUrl::parse("https://example.com/hook").unwrap();
    let id = Id::parse("evt_1").unwrap();
    Webhook::sign(id, url, body.to_vec(), (&secret(1), before), NOW).unwrap()
}

/// Computed with Python's `hmac`: key 32 times 0x01, over `evt_1.1700000000.{"a":1}`.
const PYTHON: &str = "9fbdabe4add514f5a87ac55b3ae6e4c2ff4df740da84bfd4ca94a91ff47d1e4f";

#[test]
fn the_signature_is_what_another_implementation_computes() {
    let [id, time, signature] = hook(br#"{"a":1}"#, None).headers();
    assert_eq!((id.1.as_str(), time.1.as_str()), ("evt_1", "1700000000"));
    assert_eq!(signature, (SIGNATURE_HEADER, format!("v1={PYTHON}")));
}

#[test]
fn both_secrets_sign_while_one_is_replaced() {
    let headers = hook(b"{}", Some(&secret(2))).headers();
    let [id, time, signature] = headers.each_ref().map(|(_, value)| value.as_str());
    let take =
        |secrets: &[HookSecret]| verify(secrets, (id, time, signature), b"{}", NOW, TOLERANCE);
    assert_eq!(take(&[secret(1)]), Ok(()));
    assert_eq!(take(&[secret(2)]), Ok(()));
    assert_eq!(take(&[secret(3), secret(2)]), Ok(()));
    assert_eq!(take(&[secret(3)]), Err(Unverified::Signature));
    assert_eq!(take(&[]), Err(Unverified::Signature));
}

#[test]
fn an_old_delivery_and_a_broken_header_are_refused() {
    let headers = hook(b"{}", None).headers();
    let [id, time, signature] = headers.each_ref().map(|(_, value)| value.as_str());
    let take = |id, time, signature, now| {
        verify(&[secret(1)], (id, time, signature), b"{}", At(now), TOLERANCE)
    };
    assert_eq!(take(id, time, signature, NOW.0 + 300), Ok(()));
    assert_eq!(take(id, time, signature, NOW.0 + 301), Err(Unverified::Time));
    assert_eq!(take(id, time, signature, NOW.0 - 301), Err(Unverified::Time));
    for (id, time, signature) in [
        ("", time, signature),
        (id, "", signature),
        (id, "+1700000000", signature),
        (id, time, ""),
        (id, time, "v2=00"),
        (id, time, "v1=zz"),
        (id, "99999999999999999999", signature),
        ("a.b", time, signature),
    ] {
        assert_eq!(take(id, time, signature, NOW.0), Err(Unverified::Malformed));
    }
}

#[test]
fn a_secret_is_written_and_read_and_not_told() {
    let text = secret(9).text();
    assert_eq!(*HookSecret::parse(&text).unwrap().0, [9; 32]);
    for text in ["", "whsec_", "whsec_AAAA", "AAAA", "whsec_!"] {
        assert_eq!(HookSecret::parse(text).err(), Some(Invalid::Secret));
    }
    let told = format!("{:?}", hook(b"secret", None));
    assert!(told.contains("6 bytes") && told.contains("https://example.com/…"), "{told}");
}

#[test]
fn a_url_of_another_form_is_refused() {
    for text in [
        "",
        "/x",
        "example.com",
        "ftp://example.com/",
        "file:///etc/passwd",
        "http://a@example.com/",
        "http://a:b@127.0.0.1/",
        "http:///x",
        "http://exa mple.com/",
        "http://x/\r\nA: b",
        "gopher://x/",
    ] {
        assert!(HookUrl::parse(text).is_err(), "{text:?}");
    }
    let url = HookUrl::parse("http://example.com").unwrap();
    let body = vec![0; BODY_LEN_MAX + 1];
    let id = Id::parse("a").unwrap();
    let signed = Webhook::sign(id, url, body, (&secret(1), None), NOW);
    assert!(matches!(signed, Err(Invalid::Body { .. })));
}

proptest! {
    #[test]
    fn any_change_breaks_the_signature(
        body in prop::collection::vec(any::<u8>(), 1..200),
        place in any::<prop::sample::Index>(),
        bit in 0u8..8,
        later in 1u64..300,
    ) {
        let hook = hook(&body, None);
        let headers = hook.headers();
        let [id, time, signature] = headers.each_ref().map(|(_, value)| value.as_str());
        let take = |id, time, body: &[u8]| {
            verify(&[secret(1)], (id, time, signature), body, NOW, TOLERANCE)
        };
        prop_assert_eq!(take(id, time, &body), Ok(()));
        let mut changed = body.clone();
        changed[place.index(body.len())] ^= 1 << bit;
        prop_assert_eq!(take(id, time, &changed), Err(Unverified::Signature));
        prop_assert_eq!(take("evt_2", time, &body), Err(Unverified::Signature));
        let other = (NOW.0 + later).to_string();
        prop_assert_eq!(take(id, &other, &body), Err(Unverified::Signature));
    }

    #[test]
    fn no_header_makes_it_panic(id in any::<String>(), time in any::<String>(), signature in any::<String>()) {
        let _ = verify(&[secret(1)], (&id, &time, &signature), b"", NOW, TOLERANCE);
    }
}
