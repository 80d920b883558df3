//! The real public lists, the test databases of MaxMind, and the sample of the RBA data set.

use behavior::place::{Country, Emails, GeoDatabases, List, Places};
use behavior::rba::{Rows, Scores};
use std::path::PathBuf;

fn shared(folder: &str) -> Option<PathBuf> {
    let path = std::env::var_os("RINGFENCE_SHARED_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = path.join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: {} is absent (set RINGFENCE_SHARED_DATA)", path.display());
    None
}

fn unpacked(path: PathBuf) -> Vec<u8> {
    zstd::decode_all(std::fs::read(path).unwrap().as_slice()).unwrap()
}

#[test]
fn public_lists_are_read_whole_and_hold_their_first_and_last_lines() {
    let Some(root) = shared("ip-intelligence") else { return };
    let tor = std::fs::read(root.join("tor-exit-nodes-2024-02.txt")).unwrap();
    let vpn = [
        unpacked(root.join("x4bnet_output_vpn_ipv4.txt.zst")),
        unpacked(root.join("x4bnet_output_vpn_ipv6.txt.zst")),
    ]
    .join(&b'\n');
    let datacenter = [
        unpacked(root.join("x4bnet_output_datacenter_ipv4.txt.zst")),
        unpacked(root.join("x4bnet_output_datacenter_ipv6.txt.zst")),
    ]
    .join(&b'\n');
    for (name, bytes, at_least) in
        [("tor", tor, 1_000), ("vpn", vpn, 5_000), ("datacenter", datacenter, 20_000)]
    {
        let list = List::parse(name, "2024-02", &bytes).unwrap();
        assert!(list.ranges.len() > at_least, "{name}: {}", list.ranges.len());
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        for line in [lines[0], lines[lines.len() / 2], lines[lines.len() - 1]] {
            let address = line.split('/').next().unwrap().trim();
            assert!(list.ranges.contains(address.parse().unwrap()), "{name}: {line}");
        }
        assert!(!list.ranges.contains("127.0.0.1".parse().unwrap()));
    }
}

#[test]
fn the_public_list_of_disposable_domains_is_read_whole() {
    let Some(root) = shared("ip-intelligence") else { return };
    let bytes = std::fs::read(root.join("disposable_email_blocklist.txt")).unwrap();
    let emails = Emails::parse("2026-08-21", &bytes).unwrap();
    assert_eq!(emails.len(), bytes.split(|byte| *byte == b'\n').filter(|l| !l.is_empty()).count());
    assert_eq!(emails.is_disposable("somebody@mailinator.com"), Some(true));
    assert_eq!(emails.is_disposable("somebody@example.org"), Some(false));
}

/// Expected answers: source-data of MaxMind-DB (GeoLite2-City, GeoLite2-ASN, GeoIP2-Anonymous-IP).
#[test]
fn test_databases_give_the_answers_that_their_source_lists() {
    let Some(root) = shared("ip-intelligence/maxmind") else { return };
    let read = |name: &str| std::fs::read(root.join(name)).unwrap();
    let geo = GeoDatabases::default()
        .with_city(read("GeoLite2-City-Test.mmdb"))
        .unwrap()
        .with_asn(read("GeoLite2-ASN-Test.mmdb"))
        .unwrap()
        .with_anonymous(read("GeoIP2-Anonymous-IP-Test.mmdb"))
        .unwrap();
    assert_eq!(geo.versions().len(), 3);
    assert!(geo.versions().iter().all(|(_, built_at)| *built_at > 1_500_000_000));
    let places = Places { geo, ..Places::default() };
    let find = |ip: &str| places.find(ip.parse().unwrap());
    let boxford = find("2.125.160.216");
    assert_eq!(boxford.country, Country::parse("GB"));
    let fix = boxford.fix.unwrap();
    assert_eq!((fix.latitude, fix.longitude, fix.radius_km), (51.75, -1.25, 100));
    let linkoping = find("89.160.20.129");
    assert_eq!(linkoping.country, Country::parse("SE"));
    assert_eq!(linkoping.fix.unwrap().radius_km, 76);
    assert_eq!(find("67.43.156.1").country, Country::parse("BT"));
    assert_eq!(find("1.128.0.1").asn, Some(1_221));
    for (ip, tor, vpn, datacenter) in [
        ("1.2.0.1", false, true, false),
        ("1.124.213.1", true, true, false),
        ("81.2.69.144", true, true, true),
        ("71.160.223.9", false, false, true),
        ("186.30.236.1", false, true, false),
        ("65.0.0.1", true, false, false),
        ("6.1.0.2", false, false, true),
        ("6.1.0.4", false, true, false),
        ("2001:480:3a::1", false, true, false),
        ("89.160.20.129", false, false, false),
    ] {
        let place = find(ip);
        let found = (place.tor, place.vpn, place.datacenter);
        assert_eq!(found, (Some(tor), Some(vpn), Some(datacenter)), "{ip}");
    }
    let nowhere = find("127.0.0.1");
    assert!(nowhere.country.is_none() && !nowhere.is_known());
}

#[test]
fn a_database_of_another_kind_or_a_damaged_one_is_refused_or_does_not_know() {
    let Some(root) = shared("ip-intelligence/maxmind") else { return };
    let city = std::fs::read(root.join("GeoLite2-City-Test.mmdb")).unwrap();
    let error = GeoDatabases::default().with_asn(city.clone()).err().unwrap();
    assert_eq!(error.code(), "behavior.database.invalid");
    assert!(GeoDatabases::default().with_city(b"no database".to_vec()).is_err());
    for place in (0..city.len()).step_by(61) {
        let mut damaged = city.clone();
        damaged[place] ^= 0xff;
        if let Ok(geo) = GeoDatabases::default().with_city(damaged) {
            geo.find("89.160.20.129".parse().unwrap());
            geo.find("2001:220::1".parse().unwrap());
        }
    }
}

#[test]
fn the_sample_of_the_public_sign_ins_is_read_whole() {
    let Some(root) = shared("rba-login") else { return };
    let bytes = std::fs::read(root.join("rba_sample.csv")).unwrap();
    let mut rows = Rows::new(bytes.as_slice()).unwrap();
    let (mut scores, mut bad) = (Scores::default(), Vec::new());
    loop {
        match rows.next_row() {
            Ok(Some(row)) => {
                scores.take(&row);
            }
            Ok(None) => break,
            Err(error) => bad.push(error.to_string()),
        }
    }
    assert_eq!((scores.tally().rows, bad.len()), (19, 0), "{bad:?}");
    assert!(scores.tally().takeovers == 0 && scores.auc().is_none(), "the sample has no takeover");
}
