//! The mail that tells a customer what happened: plain text first, and the same in HTML.
//!
//! Each begins with the customer's anti-phishing code, says what happened, when and from where, what to do,
//! how to freeze the account, and how to find out whether the mail is ours. There are no pictures, nothing
//! is loaded from anywhere, and the only link opens a page on which nothing happens until a button is
//! pressed, because scanners of mail open links.

use account::notice::Channel;
use account::time::At;
use serde::{Deserialize, Serialize};

use crate::calendar::{Zone, written};
use crate::happening::Happening;
use crate::header::{EmailAddress, HeaderName, HeaderText, Id, Link};
use crate::shown::{escaped, shown};
use crate::signed_notice::{Facts, NoticeKey, issue};

/// Letters of a token in one line, so that no mail client breaks it.
const TOKEN_LINE: usize = 64;

/// A mail as it is sent. It is written once and kept: sent again, it is the same with the same id.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// What it is known by: its `Message-ID`, so that a copy is seen as one.
    pub id: Id,
    /// When it was written.
    pub at: At,
    /// To whom.
    pub to: EmailAddress,
    /// Its subject.
    pub subject: HeaderText,
    /// The plain text.
    pub text: String,
    /// The same in HTML.
    pub html: String,
    /// Headers besides those that every mail has.
    pub headers: Vec<(HeaderName, HeaderText)>,
}

/// What is in a mail is between us and the customer.
impl std::fmt::Debug for Mail {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Mail").field("id", &self.id).field("to", &self.to).finish_non_exhaustive()
    }
}

/// Who writes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Letterhead {
    /// Name of the exchange.
    pub name: HeaderText,
    /// The address of its site, as customers type it, such as `example.com`.
    pub site: HeaderText,
}

/// What one customer is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told<'a> {
    /// What happened.
    pub happening: &'a Happening,
    /// When it happened.
    pub at: At,
    /// The customer's zone.
    pub zone: Option<&'a Zone>,
    /// The device that did it, as it calls itself.
    pub device: Option<&'a str>,
    /// Where it was, as far as is known.
    pub place: Option<&'a str>,
    /// The code that the customer has chosen to know our mails by.
    pub anti_phishing: Option<&'a str>,
    /// Opens the page on which the account can be frozen.
    pub freeze: &'a Link,
}

/// Writes the mail of a notice, known by `id`, to an account's address.
pub fn render(
    letterhead: &Letterhead,
    key: &NoticeKey,
    (account, id): (&Id, &Id),
    to: &EmailAddress,
    told: &Told<'_>,
) -> Mail {
    let facts = Facts {
        account: account.clone(),
        id: id.clone(),
        kind: told.happening.notice(),
        at: told.at,
        channel: Channel::Email,
    };
    let said = told.happening.said(told.at, told.zone);
    let blocks =
        blocks(letterhead, told, said.sentences, said.values, said.remedy, &issue(key, &facts));
    Mail {
        id: id.clone(),
        at: told.at,
        to: to.clone(),
        subject: HeaderText::subject(&letterhead.name, said.subject),
        text: blocks.iter().map(Block::text).collect::<Vec<_>>().join("\n"),
        html: html(&letterhead.name, &blocks),
        headers: Vec::new(),
    }
}

/// A part of a mail, in both forms.
enum Block {
    Sentence(String),
    Values(Vec<(&'static str, String)>),
    Freeze(Link),
    Token(String),
}

fn blocks(
    letterhead: &Letterhead,
    told: &Told<'_>,
    sentences: Vec<String>,
    more: Vec<(&'static str, String)>,
    remedy: &str,
    token: &str,
) -> Vec<Block> {
    let unknown = || "not known".to_owned();
    let mut values = vec![("When", written(told.at, told.zone))];
    values.push(("Device", told.device.map_or_else(unknown, shown)));
    values.push(("Place", told.place.map_or_else(unknown, shown)));
    values.extend(more);
    let code = match told.anti_phishing {
        Some(code) => format!("Your anti-phishing code: {}", shown(code)),
        None => {
            "You have set no anti-phishing code yet. Set one, and each mail of ours begins with it."
                .to_owned()
        }
    };
    let mut blocks = vec![Block::Sentence(code)];
    blocks.extend(sentences.into_iter().map(Block::Sentence));
    blocks.push(Block::Values(values));
    blocks.push(Block::Sentence(remedy.to_owned()));
    blocks.push(Block::Freeze(told.freeze.clone()));
    blocks.push(Block::Sentence(format!(
        "Is this mail ours? Type {} into your browser yourself, open \"Check a notice\" and paste the code \
         below. The answer says what we wrote to you, and when. If it is not the same, the mail is not ours.",
        shown(letterhead.site.as_str()).replace("[.]", "."),
    )));
    blocks.push(Block::Token(token.to_owned()));
    blocks.push(Block::Sentence(
        "We never ask for your password, codes or recovery words, and never call to have money moved."
            .to_owned(),
    ));
    blocks
}

const FREEZE: &str =
    "Freeze your account (opens a page; nothing happens until you press its button):";

/// A token in lines; all of it is ASCII.
fn token_lines(token: &str) -> Vec<String> {
    let bytes = token.as_bytes().chunks(TOKEN_LINE);
    bytes.map(|line| String::from_utf8_lossy(line).into_owned()).collect()
}

impl Block {
    fn text(&self) -> String {
        match self {
            Block::Sentence(sentence) => format!("{sentence}\n"),
            Block::Values(values) => values
                .iter()
                .map(|(name, value)| format!("{:<9}{value}\n", format!("{name}:")))
                .collect(),
            Block::Freeze(link) => format!("{FREEZE}\n{}\n", link.as_str()),
            Block::Token(token) => token_lines(token).join("\n") + "\n",
        }
    }

    fn html(&self) -> String {
        match self {
            Block::Sentence(sentence) => format!("<p>{}</p>\n", escaped(sentence)),
            Block::Values(values) => {
                let row = |(name, value): &(&str, String)| {
                    format!("<tr><th align=\"left\">{name}</th><td>{}</td></tr>\n", escaped(value))
                };
                format!("<table>\n{}</table>\n", values.iter().map(row).collect::<String>())
            }
            Block::Freeze(link) => {
                let link = escaped(link.as_str());
                format!("<p>{}<br>\n<a href=\"{link}\">{link}</a></p>\n", escaped(FREEZE))
            }
            Block::Token(token) => format!("<pre>{}</pre>\n", token_lines(token).join("\n")),
        }
    }
}

fn html(name: &HeaderText, blocks: &[Block]) -> String {
    let body: String = blocks.iter().map(Block::html).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n\
         <body>\n{body}</body>\n</html>\n",
        escaped(&shown(name.as_str())),
    )
}

#[cfg(test)]
mod tests;
