//! What an account did before, and what that says of what it does now. The crate `behavior` judges; here
//! its profiles are read and kept.

use account::account::{Account, Rules};
use account::book::Destination;
use account::factor::{Factor, Factors};
use account::setting::{Effect, change};
use account::step::{Command, Credential};
use account::time::At;
use behavior::assess::{Assessment, Judge};
use behavior::event::{Asked, Change, DeviceKey, Event, Kind, Shown};
use behavior::friction::{Friction, Scam};
use behavior::population::{Population, Segment};
use behavior::profile::Profile;
use behavior::signal::{Signals, Withdrawal};
use model::{Level, Verdict};
use sha2::{Digest, Sha256};
use std::sync::Mutex;
use store::sql::{Sql, SqlError};

use super::session::Origin;
use super::{locked, unhex};
use crate::Service;
use crate::problem::Problem;
use crate::run::StartError;

/// What an account did, and where it is used from now.
pub(crate) struct Seen<'a> {
    habits: &'a Habits,
    profile: Profile,
    device: Option<DeviceKey>,
    place: behavior::place::Place,
}

/// What the past says of a withdrawal.
pub(crate) struct Assessed {
    /// Without what questions are asked for.
    pub(crate) verdict: Verdict,
    /// Which questions are asked.
    pub(crate) interview: Option<Scam>,
    pub(crate) not_checked: Vec<String>,
}

/// Rules over what accounts did, and what customers usually do.
pub(crate) struct Habits {
    judge: Judge,
    /// Learned from sessions as they end; each is judged before it is learned.
    population: Mutex<Population>,
}

/// Under which name what customers usually do is kept.
const POPULATION: &str = "population";

impl Habits {
    /// With what was learned before the last stop. Bytes of another version are begun anew.
    pub(crate) async fn open(sql: &Sql) -> Result<Self, StartError> {
        let judge = Judge::new(behavior::assess::DEFAULT_PACK, None);
        let judge = judge.map_err(|error| StartError::Other(error.to_string()))?;
        let kept = sql.binding(POPULATION).await?;
        let kept = kept.as_deref().and_then(unhex);
        let population = kept.and_then(|bytes| Population::decode(&bytes).ok());
        Ok(Self { judge, population: Mutex::new(population.unwrap_or_default()) })
    }

    /// Keeps what was learned.
    pub(crate) async fn keep(&self, sql: &Sql) -> Result<(), SqlError> {
        let bytes = locked(&self.population).encode();
        sql.set_binding(POPULATION, &crate::view::hex(&bytes)).await
    }

    /// Takes an event into a profile. A session that it ends is learned as one of many.
    fn take_in(&self, profile: &mut Profile, event: &Event) {
        let session = &profile.session;
        let ends = event.kind.is_of_session()
            && session.is_over(event.kind, event.at)
            && !session.steps.is_empty();
        if ends {
            locked(&self.population).learn(profile.segment, &session.steps);
        }
        profile.observe(event);
    }

    fn assess(&self, profile: &Profile, withdrawal: &Withdrawal, now: At) -> Assessment {
        self.judge.assess(profile, &locked(&self.population), withdrawal, now.0)
    }

    /// What was asked for is usual for others from now on.
    fn count(&self, profile: &Profile, signals: &Signals) {
        let mut population = locked(&self.population);
        population.count_amount(profile.segment, signals.value_cents);
        if let Some(bits) = signals.sequence_bits {
            population.calibrate(profile.segment, bits);
        }
    }
}

fn short_hash(parts: &[&str]) -> u64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// A device, by the hash of the secret in its cookie.
fn device_key(device_hash: &str) -> DeviceKey {
    DeviceKey(short_hash(&["device", device_hash]))
}

fn destination_key(to: &Destination) -> u64 {
    short_hash(&["destination", &to.network, &to.address])
}

fn shown(factors: Factors) -> Shown {
    let pairs = [
        (Factor::Password, Shown::PASSWORD),
        (Factor::Totp, Shown::TOTP),
        (Factor::Passkey, Shown::PASSKEY),
        (Factor::Mailbox, Shown::MAILBOX),
        (Factor::Phone, Shown::PHONE),
    ];
    pairs
        .into_iter()
        .filter(|(factor, _)| factors.has(*factor))
        .fold(Shown::default(), |all, (_, one)| all.and(one))
}

fn encoded(profile: &Profile) -> String {
    crate::view::hex(&profile.encode())
}

impl Seen<'_> {
    fn observe(&mut self, kind: Kind, now: At) -> String {
        let event = Event { at: now.0, kind, device: self.device, place: self.place };
        self.habits.take_in(&mut self.profile, &event);
        encoded(&self.profile)
    }

    /// The profile after a sign-in.
    pub(crate) fn signed_in(mut self, factors: Factors, now: At) -> String {
        self.observe(Kind::SignedIn(shown(factors)), now)
    }

    /// The profile after a change of the account, if it is one that guards it.
    pub(crate) fn changed(
        mut self,
        account: &Account,
        command: &Command,
        rules: &Rules,
        now: At,
    ) -> Option<String> {
        let kind = match command {
            Command::AddAddress(to) => Kind::AddressAdded { destination: destination_key(to) },
            Command::Set(Credential::Password) => Kind::Changed(Change::Password),
            Command::Set(Credential::Totp) | Command::RemoveTotp => Kind::Changed(Change::Totp),
            Command::Set(_) | Command::RemovePasskey => Kind::Changed(Change::Passkey),
            Command::ChangeContact => Kind::Changed(Change::Contact),
            Command::BeginRecovery | Command::FinishRecovery => Kind::Changed(Change::Recovery),
            Command::Change(setting) => {
                let current = account.settings.value(setting.kind(), now);
                let effect = change(current, *setting, &rules.waits, now);
                matches!(effect, Effect::At(_)).then_some(Kind::Changed(Change::Loosened))?
            }
            _ => return None,
        };
        Some(self.observe(kind, now))
    }

    /// The profile after a withdrawal was asked for.
    pub(crate) fn asked(
        mut self,
        to: &Destination,
        is_new: bool,
        value_cents: Option<u64>,
        now: At,
    ) -> String {
        let asked = asked(to, is_new, value_cents);
        let withdrawal = Withdrawal { asked, device: self.device, place: self.place };
        let signals = self.habits.assess(&self.profile, &withdrawal, now).signals;
        self.habits.count(&self.profile, &signals);
        self.observe(Kind::Asked(asked), now)
    }
}

fn asked(to: &Destination, is_new: bool, value_cents: Option<u64>) -> Asked {
    Asked {
        // What is not known is taken for much.
        value_cents: value_cents.unwrap_or(u64::MAX),
        destination: destination_key(to),
        is_new_destination: is_new,
        balance_cents: None,
    }
}

impl Service {
    async fn profile_of(&self, customer_id: &str) -> Result<Profile, Problem> {
        let kept = self.sql.behavior(customer_id).await?;
        let Some(bytes) = kept.as_deref().and_then(unhex) else {
            return Ok(Profile::new(Segment::Retail));
        };
        // One of another version is begun anew: it is a memory, and money is not at stake by its loss.
        Ok(Profile::decode(&bytes).unwrap_or_else(|_| Profile::new(Segment::Retail)))
    }

    /// What an account did, and where it is used from now.
    pub(crate) async fn seen(
        &self,
        customer_id: &str,
        origin: &Origin,
    ) -> Result<Seen<'_>, Problem> {
        Ok(Seen {
            habits: &self.accounts.habits,
            profile: self.profile_of(customer_id).await?,
            device: origin.device_hash.as_deref().map(device_key),
            place: self.accounts.options.places.find(origin.ip),
        })
    }

    /// The profile after money has left.
    pub(crate) async fn sent(
        &self,
        customer_id: &str,
        to: &Destination,
        value_cents: Option<u64>,
    ) -> Result<String, Problem> {
        let mut profile = self.profile_of(customer_id).await?;
        let kind =
            Kind::Sent { value_cents: value_cents.unwrap_or(0), destination: destination_key(to) };
        let place = behavior::place::Place::default();
        let event = Event { at: self.accounts.now().0, kind, device: None, place };
        self.accounts.habits.take_in(&mut profile, &event);
        Ok(encoded(&profile))
    }

    /// What the past says of a withdrawal.
    pub(crate) async fn assessed(
        &self,
        customer_id: &str,
        to: &Destination,
        is_new: bool,
        value_cents: Option<u64>,
        (device_hash, ip): (Option<&str>, &str),
        now: At,
    ) -> Result<Assessed, Problem> {
        let profile = self.profile_of(customer_id).await?;
        let place = ip.parse().map(|ip| self.accounts.options.places.find(ip));
        let place = place.unwrap_or_default();
        let withdrawal = Withdrawal {
            asked: asked(to, is_new, value_cents),
            device: device_hash.map(device_key),
            place,
        };
        let assessment = self.accounts.habits.assess(&profile, &withdrawal, now);
        let mut not_checked = Vec::new();
        if !place.is_known() {
            not_checked.push(
                "where the account is used from: no databases of addresses are set up".to_owned(),
            );
        }
        let (verdict, interview) = match assessment.friction {
            Friction::Interview(scam) => (Verdict::allow(), Some(scam)),
            _ => (assessment.verdict, None),
        };
        Ok(Assessed { verdict, interview, not_checked })
    }
}

/// What is said while questions wait for answers.
pub(crate) fn unanswered() -> Verdict {
    let reason = model::Reason {
        code: "behavior.interview.open".into(),
        sentence: "We ask three questions before this money leaves.".to_owned(),
        evidence: Vec::new(),
        remedy: "Answer them, or pause the payment.".into(),
    };
    Verdict::because(Level::Challenge, reason)
}

impl Service {
    /// Takes in what an account did at the exchange.
    pub(crate) async fn tell_activities(
        &self,
        customer_id: &str,
        told: Vec<(Kind, At, Origin)>,
    ) -> Result<(), Problem> {
        let mut profile = self.profile_of(customer_id).await?;
        for (kind, at, origin) in told {
            let event = Event {
                at: at.0,
                kind,
                device: origin.device_hash.as_deref().map(device_key),
                place: self.accounts.options.places.find(origin.ip),
            };
            self.accounts.habits.take_in(&mut profile, &event);
        }
        let encoded = encoded(&profile);
        self.change(customer_id, super::change::Doer::named("the exchange"), |draft| {
            draft.op(store::sql::CustomerOp::PutBehavior(encoded));
            Ok(())
        })
        .await
    }
}
