#![no_main]
use behavior::place::{Emails, List};
use behavior::profile::Profile;
use credential::passkey::{self, Passkeys};
use credential::password::Filter;
use libfuzzer_sys::fuzz_target;
use post::header::{EmailAddress, HeaderText, Link};
use post::signed_notice::{NoticeKey, check};

// What strangers hand over is read or refused, and what is read is what was written.
fuzz_target!(|bytes: &[u8]| {
    if let Ok(answer) = passkey::parse(bytes) {
        let _ = Passkeys::claimed(&answer);
    }
    if let Ok(profile) = Profile::decode(bytes) {
        let written = profile.encode();
        assert_eq!(Profile::decode(&written).map(|again| again.encode()), Ok(written));
    }
    if let Ok(list) = Filter::parse(bytes) {
        assert_eq!(list.to_bytes(), bytes);
    }
    let _ = List::parse("list", "version", bytes);
    let _ = Emails::parse("version", bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // Nobody without the key writes a notice.
    assert!(check(&[NoticeKey::from_seed(&[7; 32]).public()], text).is_err());
    for parsed in [
        EmailAddress::parse(text).map(|parsed| parsed.as_str().to_owned()),
        HeaderText::parse(text).map(|parsed| parsed.as_str().to_owned()),
        Link::parse(text).map(|parsed| parsed.as_str().to_owned()),
    ] {
        assert!(!parsed.unwrap_or_default().contains(['\r', '\n']));
    }
});
