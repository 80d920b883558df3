//! What customers are told by mail. A letter is written down sealed, in the transaction that it tells of,
//! and becomes a mail when it is sent.

use account::time::At;
use post::happening::Happening;
use post::header::{EmailAddress, HeaderText, Id, Link};
use post::message::{Letterhead, Mail, Told, render};
use post::shown::{escaped, shown};
use serde::{Deserialize, Serialize};

use super::Accounts;
use crate::problem::Problem;

/// What a letter is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Occasion {
    /// Something happened to the account.
    Happened(Happening),
    /// The code that mails carry was changed.
    AntiPhishing,
    /// A passkey was refused: there may be a copy of it.
    Cloned,
    /// A password was right, and the code after it wrong.
    Guessed,
    /// A code to go on with, wherever it was asked for.
    Code { code: String, purpose: String },
    /// A link to begin with.
    Enrol { token: String },
    /// Somebody asked for an account of an address that has one.
    AlreadyEnrolled,
}

impl Occasion {
    /// Stable name.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Occasion::Happened(_) => "notice",
            Occasion::AntiPhishing => "anti_phishing",
            Occasion::Cloned => "cloned",
            Occasion::Guessed => "guessed",
            Occasion::Code { .. } => "code",
            Occasion::Enrol { .. } => "enrol",
            Occasion::AlreadyEnrolled => "already_enrolled",
        }
    }
}

/// A letter.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Letter {
    pub(crate) to: String,
    pub(crate) anti_phishing_code: Option<String>,
    /// Empty for somebody who has no account.
    pub(crate) customer_id: String,
    /// What it is known by: a mail that is sent again has the same id.
    pub(crate) number: String,
    pub(crate) at: At,
    pub(crate) device: Option<String>,
    pub(crate) ip: Option<String>,
    pub(crate) occasion: Occasion,
    pub(crate) freeze_token: Option<String>,
}

impl Accounts {
    /// The mail that a letter becomes.
    pub(crate) fn mail(&self, letter: &Letter) -> Result<Mail, Problem> {
        let base = self.base_url.trim_end_matches('/');
        let invalid = |error: post::error::Invalid| Problem::internal(error);
        let to = EmailAddress::parse(&letter.to).map_err(invalid)?;
        let id = Id::parse(&letter.number).map_err(invalid)?;
        let site = base.split_once("://").map_or(base, |(_, host)| host);
        let head = Letterhead {
            name: HeaderText::parse(&self.options.exchange_name).map_err(invalid)?,
            site: HeaderText::parse(site).map_err(invalid)?,
        };
        let token = letter.freeze_token.as_deref().unwrap_or("");
        let freeze = Link::parse(&format!("{base}/a/freeze?t={token}")).map_err(invalid)?;
        if let Occasion::Happened(happening) = &letter.occasion {
            let account = Id::parse(&letter.customer_id).map_err(invalid)?;
            let told = Told {
                happening,
                at: letter.at,
                zone: None,
                device: letter.device.as_deref(),
                place: letter.ip.as_deref(),
                anti_phishing: letter.anti_phishing_code.as_deref(),
                freeze: &freeze,
            };
            return Ok(render(&head, &self.notice_key, (&account, &id), &to, &told));
        }
        let (subject, mut lines) = words(&letter.occasion, base);
        let code = letter.anti_phishing_code.as_deref();
        if let Some(code) = code {
            lines.insert(0, format!("Your anti-phishing code: {}", shown(code)));
        }
        if letter.freeze_token.is_some() {
            lines.push(
                "If this was not you, freeze your account. Opening this page changes nothing:"
                    .to_owned(),
            );
            lines.push(freeze.as_str().to_owned());
        }
        let html: String = lines.iter().map(|line| format!("<p>{}</p>\n", escaped(line))).collect();
        Ok(Mail {
            id,
            at: letter.at,
            to,
            subject: HeaderText::subject(&head.name, subject),
            text: lines.join("\n\n") + "\n",
            html: format!("<!doctype html>\n<html lang=\"en\"><body>\n{html}</body></html>\n"),
            headers: Vec::new(),
        })
    }
}

/// What is said, and under which subject. No subject has a code: locked screens show them.
fn words(occasion: &Occasion, base: &str) -> (&'static str, Vec<String>) {
    let never = "Nobody of us asks for this code, by phone, in a chat or by mail. Whoever asks wants to steal from you.";
    match occasion {
        Occasion::Happened(_) => ("something happened to your account", Vec::new()),
        Occasion::AntiPhishing => (
            "the code of our mails was changed",
            vec!["The code that our mails carry was changed. This mail carries the one before.".to_owned()],
        ),
        Occasion::Cloned => (
            "a passkey was refused",
            vec![
                "A passkey of your account was refused: its counter went back, so there may be a copy of it. Money waits for a day.".to_owned(),
                "Sign in with another passkey and remove this one.".to_owned(),
            ],
        ),
        Occasion::Guessed => (
            "somebody tried to sign in",
            vec![
                "Somebody gave the right password of your account and then a wrong code. Nobody was let in.".to_owned(),
                "If it was not you, your password is known to somebody: set another one, or add a passkey.".to_owned(),
            ],
        ),
        Occasion::Code { code, purpose } => (
            "your code",
            vec![
                format!("Your code for {}: {code}", shown(purpose)),
                "It works for 10 minutes, once, and for nothing else.".to_owned(),
                never.to_owned(),
            ],
        ),
        Occasion::Enrol { token } => (
            "open your account",
            vec![
                "Somebody, probably you, asked for an account of this address. This link opens it, for a day:".to_owned(),
                format!("{base}/account/#/enrol?token={token}"),
                "If it was not you, do nothing.".to_owned(),
            ],
        ),
        Occasion::AlreadyEnrolled => (
            "you have an account",
            vec![
                "Somebody, probably you, asked for an account of this address. There is one: sign in.".to_owned(),
                format!("{base}/account/"),
                "If you cannot sign in any more, recover the account on that page. If it was not you, do nothing.".to_owned(),
            ],
        ),
    }
}
