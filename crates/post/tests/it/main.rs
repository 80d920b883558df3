//! Mail and webhooks against peers that behave, and peers that do not.

mod aiosmtpd;
mod encrypted;
mod hook;
mod mail;
mod receiver;
mod sink;

use account::time::At;
use post::header::{EmailAddress, HeaderText, Id};
use post::message::Mail;
use post::smtp::{Mailer, Server};

/// A time of these tests.
const NOW: At = At(1_795_391_820);

/// A mail with this number and text.
fn mail(number: usize, text: &str) -> Mail {
    Mail {
        id: Id::parse(&format!("n-{number}")).unwrap(),
        at: NOW,
        to: EmailAddress::parse("Ann.Lee@example.com").unwrap(),
        subject: HeaderText::parse("Zürich: a new device — 東京").unwrap(),
        text: text.to_owned(),
        html: format!("<p>{text}</p>"),
        headers: Vec::new(),
    }
}

fn mailer(server: Server) -> Mailer {
    let from = EmailAddress::parse("no-reply@example.org").unwrap();
    Mailer::new(server, from, HeaderText::parse("Börse").unwrap())
}
