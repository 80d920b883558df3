//! A mail as it goes over the wire (RFC 5322, MIME).

use std::time::{Duration, UNIX_EPOCH};

use account::time::At;
use lettre::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, Message, MultiPart, SinglePart};
use sha2::{Digest, Sha256};

use crate::error::SendError;
use crate::header::EmailAddress;
use crate::header::HeaderText;
use crate::message::Mail;

fn unwritable(error: impl std::fmt::Display) -> SendError {
    SendError::Unwritable(error.to_string())
}

fn address(address: &EmailAddress) -> Result<Address, SendError> {
    Address::new(address.local(), address.domain()).map_err(unwritable)
}

/// Last second that a mail can be dated: the year 9999.
const LAST: At = At(253_402_300_799);

/// A part in quoted-printable, whatever its text: lines of 76 letters at most, all of them ASCII.
fn part(content_type: ContentType, text: &str) -> Result<SinglePart, SendError> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let body = Body::new_with_encoding(text, ContentTransferEncoding::QuotedPrintable);
    let body = body.map_err(|_| unwritable("its text cannot be encoded"))?;
    Ok(SinglePart::builder().header(content_type).body(body))
}

/// A mail as DATA takes it: dots at the begin of lines doubled, and its end (RFC 5321, section 4.5.2).
pub(super) fn dotted(mail: &str) -> String {
    let mut out = String::with_capacity(mail.len() + 64);
    for line in mail.strip_suffix("\r\n").unwrap_or(mail).split("\r\n") {
        if line.starts_with('.') {
            out.push('.');
        }
        out.push_str(line);
        out.push_str("\r\n");
    }
    out.push_str(".\r\n");
    out
}

/// The bytes of a mail: the same for the same mail. Lines are short and ASCII, whatever the texts are.
pub(super) fn written(
    mail: &Mail,
    from: &EmailAddress,
    name: &HeaderText,
) -> Result<String, SendError> {
    let digest = Sha256::digest(mail.id.as_str());
    // Quoted-printable never has "=_", so no text can end its part (RFC 2045, section 6.7).
    let boundary: String = digest[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    let parts = MultiPart::alternative()
        .boundary(format!("=_{boundary}"))
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text)?)
        .singlepart(part(ContentType::TEXT_HTML, &mail.html)?);
    let mut message = Message::builder()
        .date(UNIX_EPOCH + Duration::from_secs(mail.at.min(LAST).0))
        .from(Mailbox::new(Some(name.as_str().to_owned()), address(from)?))
        .to(Mailbox::new(None, address(&mail.to)?))
        .subject(mail.subject.as_str())
        .message_id(Some(format!("<{}@{}>", mail.id.as_str(), from.domain())))
        .multipart(parts)
        .map_err(unwritable)?;
    // A machine wrote it: other machines do not answer (RFC 3834, section 5).
    let automatic = [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")];
    let more = mail.headers.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    for (name, text) in automatic.into_iter().chain(more) {
        let name = HeaderName::new_from_ascii(name.to_owned()).map_err(unwritable)?;
        message.headers_mut().insert_raw(HeaderValue::new(name, text.to_owned()));
    }
    String::from_utf8(message.formatted()).map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::{HeaderName, Id};

    fn mail(subject: &str, text: &str) -> Mail {
        Mail {
            id: Id::parse("n-1").unwrap(),
            at: At(1_795_391_820),
            to: EmailAddress::parse("ann@example.com").unwrap(),
            subject: HeaderText::parse(subject).unwrap(),
            text: text.to_owned(),
            html: format!("<p>{text}</p>"),
            headers: vec![(HeaderName::parse("X-Kind").unwrap(), HeaderText::parse("Ä").unwrap())],
        }
    }

    fn wire(mail: &Mail) -> String {
        let from = EmailAddress::parse("no-reply@example.org").unwrap();
        let name = HeaderText::parse("Börse").unwrap();
        written(mail, &from, &name).unwrap()
    }

    #[test]
    fn a_mail_is_the_same_bytes_each_time() {
        let mail = mail("Zürich: a new device", "Größe\n.\n..\nFrom x");
        insta::assert_snapshot!(wire(&mail).replace("\r\n", "\n"));
        assert_eq!(wire(&mail), wire(&mail));
    }

    #[test]
    fn dots_are_doubled_at_the_begin_of_lines_and_the_end_is_one_dot() {
        for (mail, on_the_wire) in [
            ("a\r\n", "a\r\n.\r\n"),
            ("a", "a\r\n.\r\n"),
            (".", "..\r\n.\r\n"),
            ("a\r\n.\r\n..b\r\nc.\r\n", "a\r\n..\r\n...b\r\nc.\r\n.\r\n"),
            ("", "\r\n.\r\n"),
        ] {
            assert_eq!(dotted(mail), on_the_wire);
        }
    }

    #[test]
    fn lines_are_short_and_ascii_whatever_the_text_is() {
        let long = "ä".repeat(3_000);
        for text in [long.as_str(), &"x".repeat(5_000), "a\r\nb\rc\nd", &"word ".repeat(900)] {
            let wire = wire(&mail(&"ü".repeat(200), text));
            assert!(wire.is_ascii());
            assert!(
                wire.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n']))
            );
        }
    }
}
