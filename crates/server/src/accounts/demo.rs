//! Customers of a demonstration: one whom nothing happened to, one under attack, one frozen, one held; and
//! the mails that they get, which a demonstration shows instead of sending.

use account::factor::{Factor, Factors};
use account::setting::Setting;
use account::step::{By, Command, Credential};
use account::time::Span;
use axum::Json;
use axum::extract::State;
use credential::secret::Secret;
use post::message::Mail;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::sql::{AssetPriceRow, CredentialKind};
use utoipa::ToSchema;

use super::change::Doer;
use super::commands::destination;
use super::enrol::New;
use super::profile::Label;
use super::{MAILS_MAX, locked};
use crate::Service;
use crate::auth::new_secret;
use crate::problem::Problem;
use crate::view::show_time;

/// Password of every customer of a demonstration.
pub const PASSWORD: &str = "a demonstration, not a secret";

/// A customer of a demonstration.
struct Person {
    email: &'static str,
    name: &'static str,
    state: &'static str,
}

const PEOPLE: [Person; 4] = [
    Person { email: "maria@demo.example", name: "Maria Weber", state: "ordinary" },
    Person { email: "tom@demo.example", name: "Tom Okafor", state: "under attack" },
    Person { email: "li@demo.example", name: "Li Wang", state: "frozen" },
    Person { email: "ana@demo.example", name: "Ana Costa", state: "held" },
];

/// Address in Maria's book.
const BOOK: &str = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045";
/// Where the thief would like Tom's money.
const THIEF: &str = "0x742d35Cc6634C0532925a3b844Bc454e4438f44e";

impl super::Accounts {
    /// Keeps a mail where a demonstration shows it.
    pub(crate) fn show_mail(&self, mail: Mail) {
        let mut mails = locked(&self.mails);
        mails.push_back(mail);
        if mails.len() > MAILS_MAX {
            mails.pop_front();
        }
    }
}

/// A mail of a demonstration.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct DemoMail {
    to: String,
    at: String,
    subject: String,
    text: String,
}

/// Mails of a demonstration, the newest first.
#[utoipa::path(get, path = "/v1/demo/mails", tag = "system", operation_id = "list_demo_mails",
    responses((status = 200, description = "Mails.", body = Vec<DemoMail>),
              (status = "default", description = "There are none outside a demonstration.", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn mails(State(service): State<Service>) -> Result<Json<Vec<DemoMail>>, Problem> {
    if !service.accounts.options.shows_mails {
        return Err(Problem::not_found("/v1/demo/mails"));
    }
    let mails = locked(&service.accounts.mails);
    let view = |mail: &Mail| DemoMail {
        to: mail.to.as_str().to_owned(),
        at: show_time(mail.at.0),
        subject: mail.subject.as_str().to_owned(),
        text: mail.text.clone(),
    };
    Ok(Json(mails.iter().rev().map(view).collect()))
}

/// Makes the customers of a demonstration, once. Gives what somebody signs in with: address, password,
/// what is to be seen.
///
/// # Errors
/// [`Problem`] when the database or the journal does not answer.
pub async fn seed(service: &Service) -> Result<Vec<(&'static str, &'static str)>, Problem> {
    let told = PEOPLE.iter().map(|person| (person.email, person.state)).collect();
    put_prices(service).await?;
    if service.sql.customer_by_email(PEOPLE[0].email).await?.is_some() {
        return Ok(told);
    }
    for person in PEOPLE {
        let mut handle = [0; 16];
        getrandom::fill(&mut handle).map_err(Problem::internal)?;
        let secret = Secret::new(PASSWORD.to_owned()).map_err(Problem::internal)?;
        let hashed = service.accounts.hasher.hash(secret, handle).await;
        let credential = New {
            kind: CredentialKind::Password,
            id: new_secret()?,
            secret: hashed.map_err(super::hash_problem)?,
            name: String::new(),
            is_synced: false,
        };
        let row = service.open_account(person.email, person.name, handle, vec![credential]).await?;
        happen(service, &row.id, person.state).await?;
    }
    Ok(told)
}

async fn put_prices(service: &Service) -> Result<(), Problem> {
    for (network, symbol, decimals, price_cents) in [
        ("eip155:1", "ETH", 18, 310_000),
        ("bip122:000000000019d6689c085ae165831e93", "BTC", 8, 9_400_000),
    ] {
        let row = AssetPriceRow {
            network: network.to_owned(),
            asset: "native".to_owned(),
            symbol: symbol.to_owned(),
            decimals,
            price_cents,
            price_at: crate::now_s().cast_signed(),
        };
        service.sql.put_asset_price(&row).await?;
    }
    Ok(())
}

/// What happened to a customer before somebody looks.
async fn happen(service: &Service, id: &str, state: &str) -> Result<(), Problem> {
    let by = By { is_signed_in: true, fresh: Factors::of(&[Factor::Password, Factor::Mailbox]) };
    let doer = |device: &str, ip: &str| Doer {
        name: "you",
        device: Some(device.to_owned()),
        ip: Some(ip.to_owned()),
    };
    match state {
        "ordinary" => {
            let to = destination("eip155:1", BOOK)?;
            let doer = doer("Firefox on Linux", "192.0.2.10");
            service
                .change(id, doer, |draft| {
                    let detail = json!({ "network": to.network, "address": to.address, "label": "My ledger" });
                    draft.does(&Command::AddAddress(to.clone()), &by, "address_added", detail)?;
                    draft.profile.labels.push(Label {
                        network: to.network,
                        address: to.address,
                        label: "My ledger".to_owned(),
                        added_at: draft.now,
                    });
                    draft.profile.anti_phishing_code = Some("blue heron 42".to_owned());
                    let setting = Command::Change(Setting::BookOnly(true));
                    let detail = json!({ "setting": "only addresses of the book" });
                    draft.does(&setting, &by, "setting_changed", detail)
                })
                .await
        }
        "under attack" => {
            // A thief with the password and the mailbox: each step holds money and is told.
            let to = destination("eip155:1", THIEF)?;
            let doer = doer("Chrome on Windows", "198.51.100.77");
            service
                .change(id, doer, |draft| {
                    let with = json!({ "with": ["password", "mailbox"], "is_new_device": true });
                    draft.happened("signed_in", with);
                    draft.does(
                        &Command::Set(Credential::RecoveryCodes),
                        &by,
                        "recovery_codes_set",
                        json!({}),
                    )?;
                    let detail =
                        json!({ "network": to.network, "address": to.address, "label": "x" });
                    draft.does(&Command::AddAddress(to), &by, "address_added", detail)?;
                    let span = Span::hours(24);
                    let hold = Command::Hold(account::hold::Cause::Risk, span);
                    let nobody = By::default();
                    draft.does(&hold, &nobody, "held", json!({ "cause": "risk" }))
                })
                .await?;
            service.alert_of_attack(id).await;
            Ok(())
        }
        "frozen" => {
            service
                .change(id, Doer::named("a link"), |draft| {
                    draft.does(&Command::Freeze, &By::default(), "frozen", json!({}))
                })
                .await
        }
        _ => {
            let doer = doer("Safari on iPhone", "203.0.113.5");
            service
                .change(id, doer, |draft| {
                    let set = Command::Set(Credential::Password);
                    draft.does(&set, &by, "password_set", json!({}))
                })
                .await
        }
    }
}
