use super::*;
use proptest::prelude::*;
use std::path::PathBuf;

fn shared_data() -> Option<PathBuf> {
    let path = std::env::var_os("RINGFENCE_SHARED_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: {} is absent (set RINGFENCE_SHARED_DATA)", path.display());
    None
}

#[test]
fn the_list_that_is_built_in_is_whole() {
    let filter = Filter::parse(COMMON).unwrap();
    assert_eq!(filter.len(), 47_023);
    assert_eq!(Filter::common().to_bytes(), COMMON);
}

/// First words of the lines of a list.
fn words_of(shared: &std::path::Path, list: &str) -> Vec<String> {
    let file = std::fs::File::open(shared.join(format!("passwords/{list}.txt.zst"))).unwrap();
    let bytes = zstd::decode_all(file).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn the_list_that_is_built_in_is_the_one_that_the_source_gives() {
    let Some(shared) = shared_data() else { return };
    let words = words_of(&shared, "zxcvbn_passwords_counts");
    assert_eq!(Filter::build(words.iter().map(String::as_str)).unwrap().to_bytes(), COMMON);
    let common = Filter::common();
    assert!(words.iter().all(|word| common.has(word)));
}

#[test]
fn asvs_6_2_4_more_than_three_thousand_of_the_common_passwords_are_long_enough() {
    let Some(shared) = shared_data() else { return };
    let words = words_of(&shared, "zxcvbn_passwords_counts");
    assert_eq!(words.iter().filter(|word| word.chars().count() >= 8).count(), 15_769);
}

#[test]
fn most_passwords_that_another_list_has_in_front_are_on_ours() {
    let Some(shared) = shared_data() else { return };
    let words = words_of(&shared, "top304thousand_probable_v2");
    let long_enough = words.iter().filter(|word| word.chars().count() >= 8);
    let common = Filter::common();
    assert_eq!(long_enough.take(3_000).filter(|word| common.has(word)).count(), 2_790);
}

#[test]
fn good_passwords_are_hardly_ever_refused_by_accident() {
    let common = Filter::common();
    let refused =
        (0..200_000).filter(|number| common.has(&format!("x{number}-Ω-{number}"))).count();
    // Two looks, as typed and in lower case, of 47,023 in 2^32 each: 4 are expected.
    assert!(refused <= 16, "{refused} of 200,000");
}

#[test]
fn asvs_6_2_12_hashes_of_breached_passwords_are_read_as_they_come() {
    let lines = [
        "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:10434004",
        "7c4a8d09ca3762af61e59520943dc26494f8941b",
        "hunter2\r",
        "",
    ];
    let filter = Filter::build(lines).unwrap();
    assert_eq!(filter.len(), 3);
    for listed in ["password", "PASSWORD", "123456", "hunter2"] {
        assert!(filter.has(listed), "{listed}");
    }
    assert!(!filter.has("hunter3") && !filter.has(""));
    assert!(Filter::build([]).unwrap().is_empty());
    assert!(!Filter::build([]).unwrap().has("password"));
}

#[test]
fn bytes_that_are_no_filter_are_refused() {
    let good = Filter::build(["one", "two", "three"]).unwrap().to_bytes();
    assert!(Filter::parse(&good).is_ok());
    let mut unsorted = good.clone();
    unsorted[HEADER_BYTES..].rotate_left(4);
    let mut wide = good.clone();
    wide[9] = 9;
    for bad in [&good[1..], &good[..good.len() - 1], &unsorted, &wide, &[]] {
        assert_eq!(Filter::parse(bad).map(|_| ()), Err(FilterError::Malformed));
    }
}

proptest! {
    #[test]
    fn every_password_of_a_list_is_found(words in prop::collection::vec("\\PC{1,20}", 0..50)) {
        let filter = Filter::build(words.iter().map(String::as_str)).unwrap();
        let read = Filter::parse(&filter.to_bytes()).unwrap();
        for word in &words {
            prop_assert!(filter.has(word) && read.has(word));
        }
    }

    #[test]
    fn any_bytes_are_answered_without_a_panic(bytes: Vec<u8>) {
        let _ = Filter::parse(&bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let _ = Filter::build(text.lines()).unwrap().has(&text);
    }
}
