use super::*;
use proptest::prelude::*;
use sha2::{Sha256, Sha512};

/// RFC 6238, appendix B: time, SHA-1, SHA-256, SHA-512. Its erratum 2866 gives seeds by hash length.
const VECTORS: [(u64, &str, &str, &str); 6] = [
    (59, "94287082", "46119246", "90693936"),
    (1_111_111_109, "07081804", "68084774", "25091201"),
    (1_111_111_111, "14050471", "67062674", "99943326"),
    (1_234_567_890, "89005924", "91819424", "93441116"),
    (2_000_000_000, "69279037", "90698825", "38618901"),
    (20_000_000_000, "65353130", "77737706", "47863826"),
];

fn seed() -> Seed {
    Seed::new(*b"12345678901234567890")
}

fn code(at: u64) -> String {
    super::code(&seed(), At(at))
}

#[test]
fn the_vectors_of_rfc_6238_hold() {
    let seed: Vec<u8> = b"1234567890".iter().copied().cycle().take(64).collect();
    for (at, sha1, sha256, sha512) in VECTORS {
        let step = at / STEP_S;
        assert_eq!(digits::<Hmac<Sha1>, 8>(&seed[..20], step), sha1.as_bytes());
        assert_eq!(digits::<Hmac<Sha256>, 8>(&seed[..32], step), sha256.as_bytes());
        assert_eq!(digits::<Hmac<Sha512>, 8>(&seed, step), sha512.as_bytes());
    }
}

#[test]
fn asvs_6_5_1_each_code_works_once() {
    let seed = seed();
    let step = check(&seed, &code(59), At(59), None);
    assert_eq!(step, Some(1));
    assert_eq!(check(&seed, &code(59), At(59), step), None);
    assert_eq!(check(&seed, &code(59), At(89), step), None);
    // Nor does one of a step before the last.
    assert_eq!(check(&seed, &code(29), At(59), step), None);
    assert_eq!(check(&seed, &code(60), At(61), step), Some(2));
}

#[test]
fn asvs_6_5_5_a_code_is_good_for_its_step_and_one_beside_it() {
    let seed = seed();
    let code = code(3_000);
    for (at, is_good) in
        [(2_969, false), (2_970, true), (3_029, true), (3_059, true), (3_060, false)]
    {
        assert_eq!(check(&seed, &code, At(at), None).is_some(), is_good, "at {at}");
    }
}

#[test]
fn a_code_of_another_length_is_wrong() {
    for wrong in ["", "28708", "2870820", "28708２", " 287082"] {
        assert_eq!(check(&seed(), wrong, At(59), None), None);
    }
    assert_eq!(check(&seed(), "287082", At(59), None), Some(1));
}

#[test]
fn labels_of_the_address_are_percent_encoded() {
    let uri = seed().uri("Ex & Change", "añ@b.example?secret=x");
    assert_eq!(
        uri.as_str(),
        "otpauth://totp/Ex%20%26%20Change:a%C3%B1%40b.example%3Fsecret%3Dx\
         ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ex%20%26%20Change\
         &algorithm=SHA1&digits=6&period=30"
    );
    assert_eq!(format!("{:?}", seed()), "Seed");
}

proptest! {
    /// However often and in whatever order codes come, steps only go up.
    #[test]
    fn no_step_is_taken_twice(times in prop::collection::vec((0u64..400, 0u64..400), 1..60)) {
        let (seed, mut last) = (seed(), None);
        for (of, at) in times {
            if let Some(step) = check(&seed, &code(of), At(at), last) {
                prop_assert!(last.is_none_or(|last| step > last));
                prop_assert!(step.abs_diff(at / STEP_S) <= WINDOW);
                last = Some(step);
            }
        }
    }

    #[test]
    fn any_text_and_any_time_are_answered_without_a_panic(text: String, at: u64, last: Option<u64>) {
        let _ = check(&seed(), &text, At(at), last);
    }
}
