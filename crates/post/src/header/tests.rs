use super::*;
use proptest::prelude::*;

#[test]
fn an_address_keeps_the_case_of_its_local_part_only() {
    let address = EmailAddress::parse("Ann.Lee+x@Mail.Example.COM").unwrap();
    assert_eq!(address.as_str(), "Ann.Lee+x@mail.example.com");
    assert_eq!((address.local(), address.domain()), ("Ann.Lee+x", "mail.example.com"));
    assert_eq!(format!("{address:?}"), "A…@mail.example.com");
}

#[test]
fn what_could_smuggle_a_line_or_a_second_address_is_refused() {
    for text in [
        "",
        "@",
        "a",
        "a@",
        "@b.c",
        "a@b",
        "a b@c.de",
        "a@b.c\r\nBcc: x@y.z",
        "a@b.c\n",
        "a\r@b.c",
        "a@b@c.de",
        "a,b@c.de",
        "<a@b.cd>",
        "\"a b\"@c.de",
        "a..b@c.de",
        ".a@c.de",
        "a.@c.de",
        "a@-b.cd",
        "a@b-.cd",
        "a@b..cd",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "а@b.cd",
        "a@bücher.de",
        "a@b.cd ",
        "a\0@b.cd",
        "a@b.cd>",
        "a(x)@b.cd",
    ] {
        assert!(EmailAddress::parse(text).is_err(), "{text:?}");
    }
    let local = "a".repeat(64);
    assert!(EmailAddress::parse(&format!("{local}@b.cd")).is_ok());
    assert!(EmailAddress::parse(&format!("{local}a@b.cd")).is_err());
    let domain = format!("{}.{}.{}.de", "b".repeat(63), "c".repeat(63), "d".repeat(63));
    assert!(EmailAddress::parse(&format!("a@{domain}")).is_ok());
    assert!(EmailAddress::parse(&format!("{local}@{domain}")).is_err());
    assert!(EmailAddress::parse(&format!("a@{}.de", "b".repeat(64))).is_err());
}

#[test]
fn a_header_is_one_line_that_is_seen() {
    for text in
        ["", " ", "a\r\nBcc: b", "a\nb", "a\u{85}b", "a\u{2028}b", "a\u{202E}b", "a\u{200B}b"]
    {
        assert!(HeaderText::parse(text).is_err(), "{text:?}");
    }
    assert!(HeaderText::parse("Börse Zürich").is_ok());
    assert!(HeaderText::parse(&"ä".repeat(201)).is_err());
    for name in ["Bcc", "FROM", "content-type", "a:b", "a b", "a\r\nb", ""] {
        assert!(HeaderName::parse(name).is_err(), "{name:?}");
    }
    assert!(HeaderName::parse("Ringfence-Notice").is_ok());
}

#[test]
fn a_link_is_to_a_page_of_ours() {
    for text in [
        "",
        "example.com",
        "http://example.com/",
        "javascript:alert(1)",
        "https://a@example.com/",
        "https://example.com/\r\n",
        "https://example.com/\"x",
        "data:text/html,x",
        "https://",
    ] {
        assert!(Link::parse(text).is_err(), "{text:?}");
    }
    assert!(Link::parse("https://example.com/freeze#a=b&c").is_ok());
    assert!(Link::parse("http://localhost:8080/freeze").is_ok());
    assert_eq!(format!("{:?}", Link::parse("https://example.com/s3cret").unwrap()), "Link");
}

#[test]
fn what_was_stored_is_parsed_again() {
    let text = serde_json::to_string(&EmailAddress::parse("a@b.cd").unwrap()).unwrap();
    assert_eq!(text, "\"a@b.cd\"");
    assert!(serde_json::from_str::<EmailAddress>("\"a@b.cd\\r\\n\"").is_err());
    assert!(serde_json::from_str::<HeaderText>("\"a\\nb\"").is_err());
}

proptest! {
    #[test]
    fn whatever_is_taken_has_no_line_break(text in ".{0,60}") {
        for taken in [
            EmailAddress::parse(&text).map(String::from),
            HeaderText::parse(&text).map(String::from),
            HeaderName::parse(&text).map(String::from),
            Link::parse(&text).map(String::from),
            Id::parse(&text).map(String::from),
        ].into_iter().flatten() {
            prop_assert!(!taken.chars().any(|c| c.is_control()));
        }
    }

    #[test]
    fn an_address_is_read_as_it_was_written(local in "[a-zA-Z0-9+_]{1,20}", domain in "[a-z0-9]{1,20}\\.[a-z]{2,6}") {
        let text = format!("{local}@{domain}");
        let address = EmailAddress::parse(&text).unwrap();
        prop_assert_eq!(address.as_str(), text.as_str());
        prop_assert_eq!(EmailAddress::parse(address.as_str()), Ok(address.clone()));
    }
}
