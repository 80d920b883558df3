//! How a text of a stranger is shown in a notice: a name of a device or a place can be chosen by a thief, and
//! must not look like an address, a link, a line of ours or another's name.
//!
//! What is seen and harmless stays. All else is written as its code point, `[U+202E]`, which is ugly and
//! true.

use crate::header::is_unseen;

/// Longest name that is shown, in characters: the longest addresses of networks have 103.
pub const SHOWN_LEN_MAX: usize = 128;
/// Longest sentence that is shown, in characters.
pub const SENTENCE_LEN_MAX: usize = 500;

/// A script that has letters which look like another's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Cherokee,
}

/// The script of a letter, of those that are mistaken for each other (UTS 39, section 5).
fn script(c: char) -> Option<Script> {
    match u32::from(c) {
        0x41..=0x5A | 0x61..=0x7A | 0xC0..=0x24F | 0x1E00..=0x1EFF => Some(Script::Latin),
        0x370..=0x3FF | 0x1F00..=0x1FFF => Some(Script::Greek),
        0x400..=0x52F | 0x1C80..=0x1C8F | 0x2DE0..=0x2DFF | 0xA640..=0xA69F => {
            Some(Script::Cyrillic)
        }
        0x530..=0x58F => Some(Script::Armenian),
        0x13A0..=0x13FF | 0xAB70..=0xABBF => Some(Script::Cherokee),
        _ => None,
    }
}

/// Whether a letter is made to look like a plain one: letters in circles, wide ones, phonetic ones,
/// mathematical ones.
fn is_imitation(c: char) -> bool {
    matches!(
        u32::from(c),
        0x250..=0x2FF | 0x1D00..=0x1DBF | 0x2070..=0x218F | 0x2460..=0x24FF | 0x2C60..=0x2C7F
            | 0xA720..=0xA7FF | 0xAB30..=0xAB6F | 0xFB00..=0xFB4F | 0xFF00..=0xFFEF
            | 0x1D400..=0x1D7FF | 0x1F100..=0x1F1FF
    )
}

/// A name as it is shown: one line, at most [`SHOWN_LEN_MAX`] characters of it.
pub fn shown(text: &str) -> String {
    shown_up_to(SHOWN_LEN_MAX, text)
}

/// A sentence as it is shown: one line, at most [`SENTENCE_LEN_MAX`] characters of it.
pub fn sentence_shown(text: &str) -> String {
    shown_up_to(SENTENCE_LEN_MAX, text)
}

fn shown_up_to(len_max: usize, text: &str) -> String {
    let mut out = String::new();
    let mut left = len_max;
    for (place, word) in text.split(' ').enumerate() {
        if left == 0 {
            break;
        }
        if place > 0 {
            out.push(' ');
            left -= 1;
        }
        let word: Vec<char> = word.chars().take(left).collect();
        left -= word.len();
        word_shown(&word, &mut out);
    }
    if text.chars().count() > len_max {
        out.push('…');
    }
    out
}

fn word_shown(word: &[char], out: &mut String) {
    let mut scripts = word.iter().filter_map(|c| script(*c));
    let first = scripts.next();
    let is_mixed = scripts.any(|other| Some(other) != first);
    for (place, &c) in word.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| word[before]);
        let after = word.get(place + 1).copied();
        let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let stays = match c {
            // A dot makes a link of what is around it, other than in a number or at an end.
            '.' => (is_digit(before) && is_digit(after)) || after.is_none(),
            // Two slashes make a link of what is before and after them.
            '/' => after != Some('/') && before != Some('/') && before != Some(':'),
            '-' | '_' | '\'' | '(' | ')' | ',' | '+' | '&' | ':' | '#' | '!' | '?' | ';' | '%'
            | '*' | '=' | '$' | '€' | '£' | '’' | '–' | '—' => true,
            // An accent after a letter, once.
            '\u{300}'..='\u{36F}' => before.is_some_and(char::is_alphabetic),
            _ if is_unseen(c) || is_imitation(c) => false,
            _ if c.is_ascii_alphanumeric() => true,
            _ => c.is_alphanumeric() && !(is_mixed && script(c).is_some()),
        };
        if stays {
            out.push(c);
        } else if c.is_ascii_graphic() {
            out.extend(['[', c, ']']);
        } else {
            out.push_str(&format!("[U+{:04X}]", u32::from(c)));
        }
    }
}

/// A text for HTML: nothing in it begins a tag, an attribute or an entity.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn honest_names_stay_as_they_are() {
        for name in [
            "Firefox 131.0 on Linux",
            "iPhone 15 (Ann's)",
            "Zürich, Switzerland",
            "Москва, Россия",
            "東京",
            "Ελλάδα",
            "São Paulo",
            "St. Gallen",
            "Windows/Chrome",
            "Việt Nam",
            "Ann’s – 50 % of 5 €",
            "קרית גת",
        ] {
            assert_eq!(shown(name), name);
        }
    }

    #[test]
    fn a_name_made_to_deceive_is_shown_as_what_it_is() {
        for (name, seen) in [
            ("support@bank.com", "support[@]bank[.]com"),
            ("https://evil.example/x", "https:[/][/]evil[.]example/x"),
            ("a\r\nBcc: b", "a[U+000D][U+000A]Bcc: b"),
            ("\u{202E}moc.knab", "[U+202E]moc[.]knab"),
            ("b\u{456}nance", "b[U+0456]nance"),
            ("ｂank", "[U+FF42]ank"),
            ("ba\u{200B}nk", "ba[U+200B]nk"),
            ("evil。com", "evil[U+3002]com"),
            ("evil․com", "evil[U+2024]com"),
            ("<b>x</b>", "[<]b[>]x[<]/b[>]"),
            ("\u{1F512} safe", "[U+1F512] safe"),
            ("\u{a0}x", "[U+00A0]x"),
            ("𝐛ank", "[U+1D41B]ank"),
        ] {
            assert_eq!(shown(name), seen);
        }
        assert_eq!(shown(&"a".repeat(200)).chars().count(), SHOWN_LEN_MAX + 1);
    }

    proptest! {
        #[test]
        fn whatever_it_was_it_is_one_line_without_addresses_links_and_tags(text in any::<String>()) {
            let seen = shown(&text);
            prop_assert!(!seen.chars().any(is_unseen));
            prop_assert!(!seen.contains("//"));
            prop_assert!(!seen.replace("[@]", "").contains('@'));
            prop_assert!(seen.chars().count() <= 10 * (SHOWN_LEN_MAX + 1));
            prop_assert!(!escaped(&seen).contains(['<', '>', '"', '\'']));
        }
    }
}
