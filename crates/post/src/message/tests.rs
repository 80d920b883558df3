use super::*;
use account::book::Destination;
use account::setting::Setting;
use account::step::Credential;
use account::time::Span;
use account::withdrawal::State;
use proptest::prelude::*;

use crate::happening::{CredentialChange, Payment};
use crate::signed_notice::check;

const NOW: At = At(1_795_391_820);

fn letterhead() -> Letterhead {
    Letterhead {
        name: HeaderText::parse("Example Exchange").unwrap(),
        site: HeaderText::parse("example.com").unwrap(),
    }
}

fn mail_of(happening: &Happening, device: &str, code: Option<&str>) -> Mail {
    let zone = Zone { name: "Europe/Berlin".to_owned(), offset_min: 60 };
    let freeze = Link::parse("https://example.com/freeze#n-1.a&b").unwrap();
    let told = Told {
        happening,
        at: NOW,
        zone: Some(&zone),
        device: Some(device),
        place: Some("Zürich, Switzerland"),
        anti_phishing: code,
        freeze: &freeze,
    };
    let ids = (&Id::parse("ann").unwrap(), &Id::parse("n-1").unwrap());
    let to = EmailAddress::parse("ann@example.net").unwrap();
    render(&letterhead(), &NoticeKey::from_seed(&[7; 32]), ids, &to, &told)
}

fn destination() -> Destination {
    Destination {
        network: "eip155:1".to_owned(),
        address: "0x8589427373D6D84E98730D7795D8f6f8731FDA16".to_owned(),
    }
}

fn payment() -> Payment {
    Payment {
        asset: "ETH".to_owned(),
        amount: model::Amount::from_u128(1_500_000_000_000_000_000),
        decimals: 18,
        to: destination(),
    }
}

fn all() -> Vec<(&'static str, Happening)> {
    let held_until = NOW + Span::hours(24);
    let withdrawal = |state| Happening::Withdrawal {
        payment: payment(),
        state,
        why: Some("Held for 24 hours because this address is new.".to_owned()),
    };
    vec![
        ("new_device", Happening::NewDevice),
        ("new_address", Happening::NewAddress { to: destination(), usable_from: held_until }),
        ("withdrawal_held", withdrawal(State::Held { not_before: Some(held_until) })),
        ("withdrawal_sent", withdrawal(State::Released)),
        ("loosened", Happening::Loosened { setting: Setting::BookOnly(false), from: held_until }),
        (
            "credential",
            Happening::Credential {
                change: CredentialChange::Set(Credential::Passkey),
                held_until,
            },
        ),
        ("contact", Happening::Contact { held_until: NOW + Span::hours(72) }),
        ("recovery_begun", Happening::RecoveryBegun { completes_at: NOW + Span::hours(72) }),
        ("recovered", Happening::Recovered { held_until: NOW + Span::hours(72) }),
        ("frozen", Happening::Frozen),
        ("unfrozen", Happening::Unfrozen { held_until }),
    ]
}

#[test]
fn each_kind_of_notice_reads_as_it_did() {
    for (name, happening) in all() {
        let mail = mail_of(&happening, "Firefox 131.0 on Linux", Some("blue heron"));
        let text = format!("Subject: {}\n\n{}", mail.subject.as_str(), mail.text);
        insta::assert_snapshot!(name, text);
    }
    let mail = mail_of(&Happening::NewDevice, "<b>\"x\"</b>\r\n@ä", None);
    insta::assert_snapshot!("html", mail.html);
}

#[test]
fn every_mail_shows_code_token_and_freeze() {
    let keys = [NoticeKey::from_seed(&[7; 32]).public()];
    for (name, happening) in all() {
        let mail = mail_of(&happening, "x", Some("blue heron"));
        assert!(mail.text.starts_with("Your anti-phishing code: blue heron\n"), "{name}");
        for form in [&mail.text, &mail.html] {
            let facts = check(&keys, form).unwrap();
            assert_eq!((facts.kind, facts.at), (happening.notice(), NOW), "{name}");
            assert!(form.contains("https://example.com/freeze#n-1.a"), "{name}");
        }
        let links = mail.html.matches("://").count();
        assert_eq!(links, 2, "{name}: the link to freeze and its text, and no other");
        assert!(!mail.html.contains("<img") && !mail.html.contains("src="), "{name}");
        let without = mail_of(&happening, "x", None);
        assert!(without.text.starts_with("You have set no anti-phishing code yet."), "{name}");
        assert!(mail.text.lines().all(|line| line.len() <= 998), "{name}");
    }
}

#[test]
fn logs_do_not_see_what_is_in_a_mail() {
    let mail = mail_of(&Happening::NewDevice, "x", Some("blue heron"));
    assert_eq!(format!("{mail:?}"), "Mail { id: \"n-1\", to: a…@example.net, .. }");
}

proptest! {
    /// Whatever a thief calls a device, a place is called or the code is: the mail has as many lines, tags
    /// and links as with plain names.
    #[test]
    fn a_name_adds_no_line_no_tag_and_no_link(device: String, code: String) {
        let plain = mail_of(&Happening::NewDevice, "x", Some("x"));
        let mail = mail_of(&Happening::NewDevice, &device, Some(&code));
        for mark in ["\n", "\r", "://"] {
            prop_assert_eq!(mail.text.matches(mark).count(), plain.text.matches(mark).count());
        }
        for mark in ["\n", "\r", "://", "<", ">", "\""] {
            prop_assert_eq!(mail.html.matches(mark).count(), plain.html.matches(mark).count());
        }
    }
}
