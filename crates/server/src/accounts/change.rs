//! One change of a customer: what was decided, what happened, who is told, written in one transaction and
//! answered when it is on the record.

use account::account::{Account, Rules};
use account::hold::Cause;
use account::notice::Notice;
use account::step::{By, Command, step};
use account::time::At;
use post::happening::{CredentialChange, Happening};
use serde_json::{Value, json};
use store::sql::{AccountEvent, Customer, CustomerChange, CustomerOp, LinkRow, Parcel};

use super::letter::{Letter, Occasion};
use super::profile::Profile;
use super::refusal;
use crate::Service;
use crate::auth::{hash, new_secret};
use crate::problem::Problem;

/// How long a link that freezes works: as long as people look at old mails.
const FREEZE_LINK_S: i64 = 90 * 86_400;

/// Who does something, as the customer will read it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Doer {
    /// `you`, `a link`, `a key`, `staff`, `the exchange`, `time`.
    pub(crate) name: &'static str,
    /// On which device.
    pub(crate) device: Option<String>,
    /// From which address.
    pub(crate) ip: Option<String>,
}

impl Doer {
    pub(crate) const fn named(name: &'static str) -> Self {
        Self { name, device: None, ip: None }
    }
}

/// A change that is being put together.
pub(crate) struct Draft<'a> {
    pub(crate) known: &'a Customer,
    pub(crate) account: Account,
    pub(crate) profile: Profile,
    pub(crate) now: At,
    service: &'a Service,
    doer: Doer,
    was: (Account, Profile),
    email_key: Option<String>,
    ops: Vec<CustomerOp>,
    events: Vec<AccountEvent>,
    letters: Vec<Letter>,
    parcels: Vec<Parcel>,
}

impl<'a> Draft<'a> {
    fn new(
        service: &'a Service,
        known: &'a Customer,
        doer: Doer,
        now: At,
    ) -> Result<Self, Problem> {
        let account: Account =
            serde_json::from_str(&known.row.account).map_err(Problem::internal)?;
        let profile: Profile =
            serde_json::from_str(&known.row.profile).map_err(Problem::internal)?;
        Ok(Self {
            known,
            was: (account.clone(), profile.clone()),
            account,
            profile,
            now,
            service,
            doer,
            email_key: None,
            ops: Vec::new(),
            events: Vec::new(),
            letters: Vec::new(),
            parcels: Vec::new(),
        })
    }

    /// The customer's id.
    pub(crate) fn id(&self) -> &str {
        &self.known.row.id
    }

    /// The time in the database's seconds.
    pub(crate) fn now_s(&self) -> i64 {
        self.now.0.cast_signed()
    }

    /// The rules in force.
    pub(crate) fn rules(&self) -> &Rules {
        &self.service.accounts.rules
    }

    /// Does something to the account; what the rules want told is told.
    pub(crate) fn does(
        &mut self,
        command: &Command,
        by: &By,
        kind: &str,
        detail: Value,
    ) -> Result<(), Problem> {
        let done = step(&self.account, self.rules(), command, by, self.now).map_err(refusal)?;
        self.account = done.account;
        self.happened(kind, detail);
        if let Some(notice) = done.notice {
            let happening = happening(&self.account, command, notice, self.now);
            self.tell(Occasion::Happened(happening));
        }
        Ok(())
    }

    /// Something else that is written with it.
    pub(crate) fn op(&mut self, op: CustomerOp) {
        self.ops.push(op);
    }

    /// The customer has another e-mail address.
    pub(crate) fn set_email(&mut self, email: &str) {
        let until = self.now + account::time::Span(super::profile::FORMER_S);
        self.profile.former_email = Some((std::mem::take(&mut self.profile.email), until));
        email.clone_into(&mut self.profile.email);
        self.email_key = Some(super::profile::email_key(email));
    }

    /// Something happened that the customer will see in the timeline and the journal will hold.
    pub(crate) fn happened(&mut self, kind: &str, detail: Value) {
        let mut detail = if detail.is_object() { detail } else { json!({}) };
        if let Some(device) = &self.doer.device {
            detail["device"] = json!(device);
        }
        if let Some(ip) = &self.doer.ip {
            detail["ip"] = json!(ip);
        }
        self.events.push(AccountEvent {
            at: self.now_s(),
            kind: kind.to_owned(),
            actor: self.doer.name.to_owned(),
            detail: detail.to_string(),
        });
    }

    /// The customer is told on all channels.
    pub(crate) fn tell(&mut self, occasion: Occasion) {
        for to in self.profile.mailboxes(self.now) {
            self.letters.push(Letter {
                to: to.to_owned(),
                anti_phishing_code: self.profile.anti_phishing_code.clone(),
                customer_id: self.known.row.id.clone(),
                at: self.now,
                device: self.doer.device.clone(),
                ip: self.doer.ip.clone(),
                occasion: occasion.clone(),
                number: String::new(),
                freeze_token: None,
            });
        }
    }

    /// Programs of the exchange are told.
    pub(crate) fn announce(&mut self, kind: &str, about: Value) {
        let body = json!({
            "kind": kind,
            "customer_id": self.known.row.id,
            "at": crate::view::show_time(self.now.0),
            "about": about,
        });
        self.parcels.push(Parcel { kind: "webhook", body: body.to_string() });
    }

    fn finish(mut self) -> Result<CustomerChange, Problem> {
        let accounts = &self.service.accounts;
        for mut letter in self.letters {
            // Each mail has a link of its own that freezes, so that one that leaks says whose it was.
            let token = new_secret()?;
            self.ops.push(CustomerOp::PutLink(LinkRow {
                token_hash: hash(&token),
                kind: "freeze".to_owned(),
                subject: self.known.row.id.clone(),
                detail: letter.occasion.code().to_owned(),
                tries: 1,
                expires_at: self.now.0.cast_signed() + FREEZE_LINK_S,
            }));
            letter.freeze_token = Some(token);
            letter.number = new_secret()?[..22].to_owned();
            self.parcels.push(Parcel { kind: "mail", body: accounts.seal_letter(&letter)? });
        }
        let (account, profile) = self.was;
        Ok(CustomerChange {
            account: (self.account != account).then(|| json_text(&self.account)).transpose()?,
            profile: (self.profile != profile).then(|| json_text(&self.profile)).transpose()?,
            email_key: self.email_key,
            ops: self.ops,
            events: self.events,
            parcels: self.parcels,
        })
    }
}

/// JSON of something, whose failure is a bug.
pub(crate) fn json_text<T: serde::Serialize>(value: &T) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(Problem::internal)
}

impl Service {
    /// Changes a customer; answers when the change is on the record.
    pub(crate) async fn change<T: Send>(
        &self,
        customer_id: &str,
        doer: Doer,
        decide: impl FnOnce(&mut Draft<'_>) -> Result<T, Problem> + Send,
    ) -> Result<T, Problem> {
        let now = self.accounts.now();
        let changed = self
            .sql
            .change_customer(customer_id, now.0.cast_signed(), |known| {
                let mut draft = Draft::new(self, known, doer, now)?;
                let told = decide(&mut draft)?;
                Ok::<_, Problem>((draft.finish()?, told))
            })
            .await?;
        let (told, last) = changed;
        self.recorded(last).await?;
        Ok(told)
    }

    /// Waits until an event is in the journal, and wakes whoever sends what was written with it.
    pub(crate) async fn recorded(&self, last: Option<i64>) -> Result<(), Problem> {
        self.accounts.parcels.notify_one();
        self.accounts.hooks.notify_one();
        match last {
            Some(seq) => self.accounts.journaled(seq).await,
            None => Ok(()),
        }
    }
}

/// What a notice of the rules tells, with the values that it has now.
fn happening(account: &Account, command: &Command, notice: Notice, now: At) -> Happening {
    let held_until = |cause: Cause| {
        let held = account.holds.active(now).find(|(known, _)| *known == cause);
        held.map_or(now, |(_, until)| until)
    };
    match (notice, command) {
        (Notice::NewAddress, Command::AddAddress(to)) => {
            let entry = account.book.find(to);
            let usable_from = entry.map_or(now, |entry| entry.usable_from);
            Happening::NewAddress { to: to.clone(), usable_from }
        }
        (Notice::Loosened, Command::Change(setting)) => {
            let waiting = account.settings.waiting().find(|(_, waiting)| waiting == setting);
            let from = waiting.map_or(now, |(from, _)| from);
            Happening::Loosened { setting: *setting, from }
        }
        (Notice::Freeze, Command::Unfreeze) => {
            Happening::Unfrozen { held_until: held_until(Cause::Unfreeze) }
        }
        (Notice::Freeze, _) => Happening::Frozen,
        (Notice::Contact, _) => Happening::Contact { held_until: held_until(Cause::Contact) },
        (Notice::RecoveryBegun, _) => Happening::RecoveryBegun {
            completes_at: account.recovery.map_or(now, |recovery| recovery.ripe_at),
        },
        (Notice::Recovered, _) => Happening::Recovered { held_until: held_until(Cause::Recovery) },
        (Notice::NewDevice, _) => Happening::NewDevice,
        (_, command) => {
            let change = match command {
                Command::Set(credential) => CredentialChange::Set(*credential),
                Command::RemoveTotp => CredentialChange::AppRemoved,
                _ => CredentialChange::PasskeyRemoved,
            };
            Happening::Credential { change, held_until: held_until(Cause::Credential) }
        }
    }
}
