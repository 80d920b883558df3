use super::*;
use proptest::prelude::*;

fn tag(params: Params, password: &[u8], salt: &[u8]) -> Vec<u8> {
    let mut tag = vec![0; 32];
    params.tag(password, salt, &mut tag, &mut vec![Block::new(); params.blocks()]).unwrap();
    tag
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// RFC 9106, section 5.3. It has a secret and associated data, which this crate does not use, so the
/// library is called as the pool calls it, but for these.
#[test]
fn the_vector_of_rfc_9106_holds() {
    let mut params = argon2::ParamsBuilder::new();
    params.m_cost(32).t_cost(3).p_cost(4).output_len(32);
    params.data(argon2::AssociatedData::new(&[4; 12]).unwrap());
    let params = params.build().unwrap();
    let mut memory = vec![Block::new(); params.block_count()];
    let secret = [3; 8];
    let argon2 =
        Argon2::new_with_secret(&secret, Algorithm::Argon2id, Version::V0x13, params).unwrap();
    let mut tag = [0; 32];
    argon2.hash_password_into_with_memory(&[1; 32], &[2; 16], &mut tag, &mut memory).unwrap();
    assert_eq!(hex(&tag), "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
}

/// Made with the reference implementation in C (its `src/test.c`, Argon2id, version 19).
#[test]
fn the_vectors_of_the_reference_implementation_hold() {
    let password = b"password";
    for (memory_kib, passes, lanes, expected) in [
        (256, 2, 1, "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"),
        (256, 2, 2, "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"),
        (65_536, 2, 1, "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"),
    ] {
        let params = Params { memory_kib, passes, lanes };
        assert_eq!(hex(&tag(params, password, b"somesalt")), expected, "{params:?}");
    }
}

#[test]
fn memory_that_was_used_before_does_not_change_the_tag() {
    let params = Params { memory_kib: 64, passes: 1, lanes: 2 };
    let mut memory = vec![Block::new(); params.blocks() + 40];
    let mut tags = Vec::new();
    for password in ["one", "two", "one"] {
        let mut tag = vec![0; 32];
        params.tag(password.as_bytes(), b"somesalt", &mut tag, &mut memory).unwrap();
        tags.push(tag);
    }
    assert_eq!(tags[0], tags[2]);
    assert_eq!(tags[0], tag(params, b"one", b"somesalt"));
    assert_ne!(tags[0], tags[1]);
}

#[test]
fn lines_that_are_no_hash_of_ours_are_refused() {
    let good = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA";
    assert!(Phc::parse(good).is_ok());
    for (from, to) in [
        ("argon2id", "argon2i"),
        ("v=19", "v=16"),
        ("m=64", "m=064"),
        ("m=64", "m=+64"),
        ("t=1,p=1", "p=1,t=1"),
        (",p=1", ",p=1,x=1"),
        ("$c29tZXNhbHQ", ""),
        ("c29tZXNhbHQ", "c29t"),
        ("c29tZXNhbHQ", "c29tZXNhbHQ="),
        ("AAAAAAAAAAAAAAAAAAAAAA", "AAAA"),
        ("$argon2id", "argon2id"),
    ] {
        let line = good.replacen(from, to, 1);
        assert_eq!(Phc::parse(&line).map(|_| ()), Err(PhcError::Malformed), "{line}");
    }
    let line = format!("{good}$x");
    assert_eq!(Phc::parse(&line).map(|_| ()), Err(PhcError::Malformed));
    assert_eq!(Phc::parse(&"$".repeat(100_000)).map(|_| ()), Err(PhcError::Malformed));
}

#[test]
fn a_stored_hash_does_not_take_the_machine() {
    for costs in ["m=4294967295,t=1,p=1", "m=64,t=4294967295,p=1", "m=64,t=1,p=9", "m=64,t=0,p=1"] {
        let line = format!("$argon2id$v=19${costs}$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA");
        let refused = Phc::parse(&line).map(|_| ()).unwrap_err();
        assert_eq!(refused.code(), "password.hash_out_of_bounds");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        memory_kib in 8u32..MEMORY_KIB_MAX, passes in 1..=PASSES_MAX,
        salt in prop::collection::vec(any::<u8>(), 8..=64),
        tag in prop::collection::vec(any::<u8>(), 16..=64),
    ) {
        let phc = Phc { params: Params { memory_kib, passes, lanes: 1 }, salt, tag };
        let read = Phc::parse(&phc.write()).unwrap();
        prop_assert_eq!((read.params, &read.salt, &read.tag), (phc.params, &phc.salt, &phc.tag));
    }

    #[test]
    fn any_text_is_answered_without_a_panic(text in "(\\$argon2id\\$v=19\\$)?[mtp=,$0-9A-Za-z+/]{0,80}") {
        let _ = Phc::parse(&text);
    }
}
