//! What customers change of their account. What could hurt is confirmed for this very change.

use account::book::Destination;
use account::setting::Setting;
use account::step::{By, Command, Credential, Refused, step};
use account::time::Span;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use credential::password::policy::Purpose;
use credential::recovery_code;
use credential::totp::Seed;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::net::IpAddr;
use store::sql::{AccountKeyRow, CredentialKind, CredentialRow, CustomerOp};
use utoipa::ToSchema;

use super::change::{Draft, json_text};
use super::confirm::{Confirmation, digest, passkey_problem};
use super::enrol::{checked_email, checked_name, hashed};
use super::letter::Occasion;
use super::profile::Label;
use super::session::{Owner, Waiting};
use super::view::AccountView;
use super::{Asked, refusal};
use crate::Service;
use crate::api::{Body, event_in};
use crate::auth::new_secret;
use crate::problem::Problem;

/// Longest anti-phishing code.
const CODE_LEN_MAX: usize = 32;
/// Keys of a customer's programs.
const KEYS_MAX: usize = 30;
/// Addresses that a key is bound to.
const IPS_MAX: usize = 16;

/// Another value of a setting.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum SettingIn {
    BookOnly(bool),
    CooldownS(u64),
    DailyLimitCents(u64),
    DelayS(u64),
    LockS(u64),
}

impl SettingIn {
    fn setting(&self) -> Setting {
        match *self {
            SettingIn::BookOnly(is_only) => Setting::BookOnly(is_only),
            SettingIn::CooldownS(span) => Setting::Cooldown(Span(span)),
            SettingIn::DailyLimitCents(cents) => Setting::DailyLimit(cents),
            SettingIn::DelayS(span) => Setting::Delay(Span(span)),
            SettingIn::LockS(span) => Setting::Lock(Span(span)),
        }
    }

    fn words(&self) -> String {
        match self {
            SettingIn::BookOnly(true) => "only addresses of the book".to_owned(),
            SettingIn::BookOnly(false) => "any address".to_owned(),
            SettingIn::CooldownS(s) => format!("new addresses wait {}", Span(*s)),
            SettingIn::DailyLimitCents(c) => format!("{}.{:02} a day", c / 100, c % 100),
            SettingIn::DelayS(s) => format!("withdrawals wait {}", Span(*s)),
            SettingIn::LockS(0) => "settings are not locked".to_owned(),
            SettingIn::LockS(s) => format!("settings are locked for {}", Span(*s)),
        }
    }
}

/// Something to change.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum CommandIn {
    AddAddress {
        network: String,
        address: String,
        label: String,
    },
    RemoveAddress {
        network: String,
        address: String,
    },
    ChangeSetting {
        setting: SettingIn,
    },
    SetPassword {
        password: String,
    },
    BeginTotp {},
    SetTotp {
        ceremony: String,
        code: String,
    },
    RemoveTotp {},
    BeginPasskey {},
    AddPasskey {
        name: String,
        ceremony: String,
        #[schema(value_type = Object)]
        response: Value,
        #[serde(default)]
        is_duress: bool,
    },
    RenamePasskey {
        id: String,
        name: String,
    },
    RemovePasskey {
        id: String,
    },
    NewRecoveryCodes {},
    ChangeEmail {
        email: String,
    },
    SetAntiPhishingCode {
        code: String,
    },
    Freeze {},
    Unfreeze {},
    StopRecovery {},
    EndSession {
        id: String,
    },
    EndOtherSessions {},
    ForgetDevice {
        id: String,
    },
    AddKey {
        name: String,
        public_key: String,
        scopes: Vec<String>,
        #[serde(default)]
        ips: Vec<String>,
    },
    RemoveKey {
        id: String,
    },
}

/// A command with what confirms it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandRequest {
    command: CommandIn,
    #[serde(default)]
    confirmation: Option<Confirmation>,
}

/// What is shown once.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum SecretOut {
    /// The seed of an app.
    Totp { ceremony: String, uri: String, seed_text: String },
    /// A question for a new passkey.
    Passkey {
        ceremony: String,
        #[schema(value_type = Object)]
        options: Value,
    },
    /// Recovery codes.
    RecoveryCodes { codes: Vec<String> },
}

/// What came of a command.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Done {
    account: AccountView,
    /// What was done, in a sentence.
    done: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<SecretOut>,
}

/// What a command is for the rules, where they have a say.
fn of_rules(command: &CommandIn) -> Result<Option<Command>, Problem> {
    Ok(Some(match command {
        CommandIn::AddAddress { network, address, .. } => {
            Command::AddAddress(destination(network, address)?)
        }
        CommandIn::RemoveAddress { network, address } => {
            Command::RemoveAddress(destination(network, address)?)
        }
        CommandIn::ChangeSetting { setting } => Command::Change(setting.setting()),
        CommandIn::SetPassword { .. } => Command::Set(Credential::Password),
        CommandIn::SetTotp { .. } => Command::Set(Credential::Totp),
        CommandIn::AddPasskey { .. } => Command::Set(Credential::Passkey),
        CommandIn::NewRecoveryCodes {} => Command::Set(Credential::RecoveryCodes),
        CommandIn::AddKey { .. } => Command::Set(Credential::ApiKey),
        CommandIn::RemoveTotp {} => Command::RemoveTotp,
        CommandIn::RemovePasskey { .. } => Command::RemovePasskey,
        CommandIn::ChangeEmail { .. } => Command::ChangeContact,
        CommandIn::Freeze {} => Command::Freeze,
        CommandIn::Unfreeze {} => Command::Unfreeze,
        CommandIn::StopRecovery {} => Command::StopRecovery,
        CommandIn::BeginTotp {}
        | CommandIn::BeginPasskey {}
        | CommandIn::RenamePasskey { .. }
        | CommandIn::SetAntiPhishingCode { .. }
        | CommandIn::EndSession { .. }
        | CommandIn::EndOtherSessions {}
        | CommandIn::ForgetDevice { .. }
        | CommandIn::RemoveKey { .. } => return Ok(None),
    }))
}

/// An address in the normal form of its network.
pub(crate) fn destination(network: &str, address: &str) -> Result<Destination, Problem> {
    let network: model::Network = network.parse()?;
    let parsed = event_in::address("address", network, address)?;
    Ok(Destination {
        network: network.to_string(),
        address: chain::format_address(network, &parsed),
    })
}

/// What is confirmed, in words, for a mail.
fn purpose(command: &CommandIn) -> &'static str {
    match command {
        CommandIn::AddAddress { .. } => "adding an address to your book",
        CommandIn::ChangeSetting { .. } => "loosening a setting",
        CommandIn::SetPassword { .. } => "setting a password",
        CommandIn::SetTotp { .. } => "setting up an authenticator app",
        CommandIn::AddPasskey { .. } => "adding a passkey",
        CommandIn::NewRecoveryCodes {} => "making recovery codes",
        CommandIn::AddKey { .. } => "adding an API key",
        CommandIn::RemoveTotp {} => "removing your authenticator app",
        CommandIn::RemovePasskey { .. } => "removing a passkey",
        CommandIn::ChangeEmail { .. } => "changing your e-mail address",
        CommandIn::Unfreeze {} => "ending the freeze",
        _ => "a change of your account",
    }
}

/// Change something of the account.
#[utoipa::path(post, path = "/v1/my/commands", tag = "customers", operation_id = "change_account",
    request_body = CommandRequest,
    responses((status = 200, description = "Done.", body = Done),
              (status = 403, description = "It has to be confirmed: `confirm` says with what.", body = Problem, content_type = "application/problem+json"),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = [])))]
pub(crate) async fn command(
    State(service): State<Service>,
    owner: Owner,
    Body(body): Body<CommandRequest>,
) -> Result<Json<Done>, Problem> {
    let CommandRequest { command, confirmation } = body;
    // The text is that of the parsed command: other words for the same thing are the same thing.
    let about = digest(&owner, json_text(&command)?.as_bytes());
    let shown = service.shown(&owner, about, confirmation).await?;
    let now = service.accounts.now();
    let account = owner.account(now)?;
    let rule = of_rules(&command)?;
    // Tried before anything costs: the rules say what is wanted.
    if let Some(rule) = &rule {
        match step(&account, &service.accounts.rules, rule, &shown.by, now) {
            Err(Refused::Unconfirmed { wanted }) => {
                return Err(service.unconfirmed(&owner, wanted, about, purpose(&command)).await);
            }
            Err(refused) => return Err(refusal(refused)),
            Ok(_) => {}
        }
    }
    let is_code = matches!(command, CommandIn::SetAntiPhishingCode { .. });
    let wanted = account.credentials.confirming();
    if is_code && !shown.by.fresh.has_all(wanted) {
        return Err(service.unconfirmed(&owner, wanted, about, "changing your code").await);
    }
    let made = make(&service, &owner, command).await?;
    let (work, secret, done) = (made.work, made.secret, made.done);
    let (by, ops) = (shown.by, shown.ops);
    if !matches!(work, Work::Nothing) {
        let seen = service.seen(&owner.customer.id, &owner.origin).await?;
        let rules = &service.accounts.rules;
        let profile = rule.as_ref().and_then(|rule| seen.changed(&account, rule, rules, now));
        service
            .change(&owner.customer.id, owner.doer(), |draft| {
                for op in ops {
                    draft.op(op);
                }
                if let Some(profile) = profile {
                    draft.op(CustomerOp::PutBehavior(profile));
                }
                carry_out(draft, rule.as_ref(), &by, work)
            })
            .await?;
    }
    let account = service.account_view(&owner.customer.id).await?;
    Ok(Json(Done { account, done, secret }))
}

/// What a command comes to, with everything made that takes time or randomness.
enum Work {
    /// Nothing is written.
    Nothing,
    /// The rules do it; an event is written.
    Rule { kind: &'static str, detail: Value, ops: Vec<CustomerOp>, labels: Labels },
    /// The e-mail address.
    Email(String),
    /// The code of mails.
    AntiPhishing(String),
}

enum Labels {
    Keep,
    Add(Label),
    Remove(Destination),
}

struct Made {
    work: Work,
    secret: Option<SecretOut>,
    done: String,
}

impl Made {
    fn rule(kind: &'static str, detail: Value, ops: Vec<CustomerOp>, done: &str) -> Self {
        let work = Work::Rule { kind, detail, ops, labels: Labels::Keep };
        Self { work, secret: None, done: done.to_owned() }
    }
}

fn carry_out(
    draft: &mut Draft<'_>,
    rule: Option<&Command>,
    by: &By,
    work: Work,
) -> Result<(), Problem> {
    match work {
        Work::Nothing => Ok(()),
        Work::Rule { kind, detail, ops, labels } => {
            match rule {
                Some(rule) => draft.does(rule, by, kind, detail)?,
                None => draft.happened(kind, detail),
            }
            for op in ops {
                draft.op(op);
            }
            match labels {
                Labels::Keep => {}
                Labels::Add(mut label) => {
                    label.added_at = draft.now;
                    let known = |known: &Label| {
                        known.network == label.network && known.address == label.address
                    };
                    draft.profile.labels.retain(|label| !known(label));
                    draft.profile.labels.push(label);
                }
                Labels::Remove(to) => draft
                    .profile
                    .labels
                    .retain(|label| label.network != to.network || label.address != to.address),
            }
            Ok(())
        }
        Work::Email(email) => {
            // Told at both addresses: the one before can stop what follows.
            let rule = rule.ok_or_else(|| Problem::internal("a command without its rule"))?;
            draft.set_email(&email);
            draft.does(rule, by, "email_changed", json!({}))
        }
        Work::AntiPhishing(code) => {
            draft.happened("anti_phishing_code_set", json!({}));
            draft.tell(Occasion::AntiPhishing);
            draft.profile.anti_phishing_code = Some(code);
            Ok(())
        }
    }
}

async fn make(service: &Service, owner: &Owner, command: CommandIn) -> Result<Made, Problem> {
    let (accounts, now) = (&service.accounts, service.accounts.now());
    let now_s = now.0.cast_signed();
    let customer_id = owner.customer.id.clone();
    let profile = owner.profile()?;
    let credential = |kind, id, secret, name| CredentialRow {
        id,
        customer_id: owner.customer.id.clone(),
        kind,
        secret,
        name,
        is_duress: false,
        is_synced: false,
        last_step: 0,
        created_at: now_s,
        last_used_at: None,
    };
    Ok(match command {
        CommandIn::AddAddress { network, address, label } => {
            let to = destination(&network, &address)?;
            let label = checked_name("label", &label)?;
            let detail = json!({ "network": to.network, "address": to.address, "label": label });
            let labels = Labels::Add(Label {
                network: to.network,
                address: to.address,
                label,
                added_at: now,
            });
            let work = Work::Rule { kind: "address_added", detail, ops: Vec::new(), labels };
            let done = "The address is in your book. It can be used after its cool-down.";
            Made { work, secret: None, done: done.to_owned() }
        }
        CommandIn::RemoveAddress { network, address } => {
            let to = destination(&network, &address)?;
            let detail = json!({ "network": to.network, "address": to.address });
            let labels = Labels::Remove(to);
            let work = Work::Rule { kind: "address_removed", detail, ops: Vec::new(), labels };
            Made { work, secret: None, done: "The address is out of your book.".to_owned() }
        }
        CommandIn::ChangeSetting { setting } => {
            let detail = json!({ "setting": setting.words() });
            Made::rule("setting_changed", detail, Vec::new(), "The setting was changed.")
        }
        CommandIn::SetPassword { password } => {
            let has_totp = owner.account(now)?.credentials.has_totp;
            let purpose = if has_totp { Purpose::WithSecond } else { Purpose::Alone };
            let secret = hashed(service, password, purpose, &profile.email, &profile.name).await?;
            let ops = vec![
                CustomerOp::RemoveCredentials(CredentialKind::Password),
                CustomerOp::AddCredential(credential(
                    CredentialKind::Password,
                    new_secret()?,
                    secret,
                    String::new(),
                )),
                // ASVS 7.4.3: whoever was signed in with the password before is not any more.
                CustomerOp::EndSessions { except: Some(owner.session.id_hash.clone()) },
            ];
            Made::rule(
                "password_set",
                json!({}),
                ops,
                "The password was set; other sessions have ended.",
            )
        }
        CommandIn::BeginTotp {} => {
            let mut bytes = [0; 20];
            getrandom::fill(&mut bytes).map_err(Problem::internal)?;
            let seed = Seed::new(bytes);
            let uri = seed.uri(&accounts.options.exchange_name, &profile.email).to_string();
            let seed_text = seed.base32().to_string();
            let ceremony = accounts.wait(Asked::AddTotp, Waiting::AddTotp { customer_id, seed })?;
            let secret = Some(SecretOut::Totp { ceremony, uri, seed_text });
            Made { work: Work::Nothing, secret, done: "Scan it, then type a code.".to_owned() }
        }
        CommandIn::SetTotp { ceremony, code } => {
            let Waiting::AddTotp { customer_id: whose, seed } =
                accounts.take(Asked::AddTotp, &ceremony)?
            else {
                return Err(Problem::internal("a ceremony of another kind"));
            };
            if whose != customer_id {
                return Err(Problem::field("ceremony", "ceremony.unknown", "begin again"));
            }
            let at = account::time::At(crate::now_s());
            let Some(step) = credential::totp::check(&seed, &code, at, None) else {
                let detail = "the code is wrong: check the clock of the device and begin again";
                return Err(Problem::field("code", "totp.wrong", detail));
            };
            let sealed = accounts.seal(&customer_id, "totp", seed.expose())?;
            let mut row = credential(CredentialKind::Totp, new_secret()?, sealed, String::new());
            row.last_step = step.cast_signed();
            let ops = vec![
                CustomerOp::RemoveCredentials(CredentialKind::Totp),
                CustomerOp::AddCredential(row),
            ];
            Made::rule("totp_set", json!({}), ops, "The app is set up.")
        }
        CommandIn::RemoveTotp {} => {
            let ops = vec![CustomerOp::RemoveCredentials(CredentialKind::Totp)];
            Made::rule("totp_removed", json!({}), ops, "The app was removed.")
        }
        CommandIn::BeginPasskey {} => {
            let credentials = service.sql.credentials(&customer_id).await?;
            let known: Vec<String> = credentials
                .iter()
                .filter(|row| row.kind == CredentialKind::Passkey)
                .map(|row| row.id.clone())
                .collect();
            let (options, ceremony) = accounts
                .passkeys
                .begin_registration(handle(&customer_id)?, &profile.email, &profile.name, &known)
                .map_err(|error| passkey_problem(&error))?;
            let waiting = Waiting::AddPasskey { customer_id, ceremony };
            let ceremony = accounts.wait(Asked::AddPasskey, waiting)?;
            let secret = Some(SecretOut::Passkey { ceremony, options });
            Made { work: Work::Nothing, secret, done: "Make the passkey.".to_owned() }
        }
        CommandIn::AddPasskey { name, ceremony, response, is_duress } => {
            let name = checked_name("name", &name)?;
            let made = accounts.new_passkey(&customer_id, &ceremony, &response)?;
            let mut row = credential(CredentialKind::Passkey, made.id, made.stored, name.clone());
            row.is_duress = is_duress;
            row.is_synced = made.is_synced;
            let ops = vec![CustomerOp::AddCredential(row)];
            Made::rule("passkey_added", json!({ "name": name }), ops, "The passkey was added.")
        }
        CommandIn::RenamePasskey { id, name } => {
            let name = checked_name("name", &name)?;
            let detail = json!({ "name": name });
            let ops = vec![CustomerOp::NameCredential { id, name }];
            Made::rule("passkey_renamed", detail, ops, "The passkey has its new name.")
        }
        CommandIn::RemovePasskey { id } => {
            let credentials = service.sql.credentials(&customer_id).await?;
            let known = credentials
                .iter()
                .find(|row| row.kind == CredentialKind::Passkey && row.id == id)
                .ok_or_else(|| Problem::not_found("the passkey"))?;
            let detail = json!({ "name": known.name });
            let ops = vec![CustomerOp::RemoveCredential(id)];
            Made::rule("passkey_removed", detail, ops, "The passkey was removed.")
        }
        CommandIn::NewRecoveryCodes {} => {
            let mut entropy =
                zeroize::Zeroizing::new([0; recovery_code::CODES * recovery_code::CODE_BYTES]);
            getrandom::fill(entropy.as_mut()).map_err(Problem::internal)?;
            let sheet = recovery_code::sheet(&entropy, &handle(&profile.salt)?);
            let mut ops = vec![CustomerOp::RemoveCredentials(CredentialKind::RecoveryCode)];
            for hash in &sheet.hashes {
                let text = crate::view::hex(hash);
                let kind = CredentialKind::RecoveryCode;
                let row = credential(kind, new_secret()?, text, String::new());
                ops.push(CustomerOp::AddCredential(row));
            }
            let codes = sheet.codes.iter().map(|code| code.to_string()).collect();
            let mut made = Made::rule(
                "recovery_codes_set",
                json!({}),
                ops,
                "Keep these codes where nobody else finds them. They are shown once.",
            );
            made.secret = Some(SecretOut::RecoveryCodes { codes });
            made
        }
        CommandIn::ChangeEmail { email } => {
            let email = checked_email(&email)?;
            let done = "The address was changed. The one before is told too for three days.";
            Made { work: Work::Email(email), secret: None, done: done.to_owned() }
        }
        CommandIn::SetAntiPhishingCode { code } => {
            let code = checked_name("code", &code)?;
            if code.chars().count() > CODE_LEN_MAX {
                let detail = format!("it has at most {CODE_LEN_MAX} characters");
                return Err(Problem::field("code", "name.invalid", detail));
            }
            let done = "Our mails carry this code from now on. Never tell it to anybody.";
            Made { work: Work::AntiPhishing(code), secret: None, done: done.to_owned() }
        }
        CommandIn::Freeze {} => {
            Made::rule("frozen", json!({}), Vec::new(), "The account is frozen: nothing leaves.")
        }
        CommandIn::Unfreeze {} => Made::rule(
            "unfrozen",
            json!({}),
            Vec::new(),
            "The freeze is over. Money waits for another day.",
        ),
        CommandIn::StopRecovery {} => {
            Made::rule("recovery_stopped", json!({}), Vec::new(), "The recovery was stopped.")
        }
        CommandIn::EndSession { id } => {
            let ops = vec![CustomerOp::EndSession(id)];
            Made::rule("session_ended", json!({}), ops, "The session was ended.")
        }
        CommandIn::EndOtherSessions {} => {
            let except = Some(owner.session.id_hash.clone());
            let ops = vec![CustomerOp::EndSessions { except }];
            Made::rule("sessions_ended", json!({}), ops, "All other sessions were ended.")
        }
        CommandIn::ForgetDevice { id } => {
            let ops = vec![CustomerOp::ForgetDevice(id)];
            Made::rule("device_forgotten", json!({}), ops, "The device is not known any more.")
        }
        CommandIn::AddKey { name, public_key, scopes, ips } => {
            let row = key_row(service, owner, &name, &public_key, &scopes, &ips).await?;
            let detail = json!({ "name": row.name, "scopes": row.scopes, "ips": row.ips });
            let ops = vec![CustomerOp::AddKey(row)];
            Made::rule("key_added", detail, ops, "The key was added.")
        }
        CommandIn::RemoveKey { id } => {
            let ops = vec![CustomerOp::RevokeKey { id, at: now_s }];
            Made::rule("key_revoked", json!({}), ops, "The key was revoked.")
        }
    })
}

impl super::Accounts {
    /// The passkey that a customer has made.
    fn new_passkey(
        &self,
        customer_id: &str,
        ceremony: &str,
        response: &Value,
    ) -> Result<credential::passkey::NewPasskey, Problem> {
        let Waiting::AddPasskey { customer_id: whose, ceremony } =
            self.take(Asked::AddPasskey, ceremony)?
        else {
            return Err(Problem::internal("a ceremony of another kind"));
        };
        if whose != customer_id {
            return Err(Problem::field("ceremony", "ceremony.unknown", "begin again"));
        }
        let made = self.passkeys.finish_registration(ceremony, response);
        made.map_err(|error| passkey_problem(&error))
    }
}

/// The sixteen bytes of an id.
pub(crate) fn handle(id: &str) -> Result<[u8; 16], Problem> {
    let bytes = super::unhex(id).and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    bytes.ok_or_else(|| Problem::internal("an id is damaged"))
}

async fn key_row(
    service: &Service,
    owner: &Owner,
    name: &str,
    public_key: &str,
    scopes: &[String],
    ips: &[String],
) -> Result<AccountKeyRow, Problem> {
    let name = checked_name("name", name)?;
    let bytes = BASE64.decode(public_key).ok().filter(|bytes| bytes.len() == 32);
    let bytes = bytes.ok_or_else(|| {
        let detail = "it is not 32 bytes in base64: the public half of an Ed25519 key";
        Problem::field("public_key", "key.public_key", detail)
    })?;
    credential::request::PublicKey::parse(&bytes)
        .map_err(|error| Problem::field("public_key", error.code(), error.to_string()))?;
    if scopes.is_empty() || scopes.iter().any(|scope| scope != "read" && scope != "withdraw") {
        let detail = "choose 'read', 'withdraw' or both";
        return Err(Problem::field("scopes", "key.scopes", detail));
    }
    let mut addresses = Vec::new();
    for ip in ips {
        let parsed: IpAddr = ip.trim().parse().map_err(|_| {
            let shown: String = ip.chars().take(60).collect();
            Problem::field("ips", "key.ips", format!("'{shown}' is not an IP address"))
        })?;
        addresses.push(parsed.to_canonical().to_string());
    }
    if addresses.len() > IPS_MAX {
        let detail = format!("a key is bound to {IPS_MAX} addresses at most");
        return Err(Problem::field("ips", "key.ips", detail));
    }
    if addresses.is_empty() && scopes.iter().any(|scope| scope == "withdraw") {
        let detail = "a key that withdraws is bound to addresses that it is used from: name them";
        return Err(Problem::field("ips", "key.ips", detail));
    }
    let known = service.sql.account_keys(&owner.customer.id).await?;
    if known.iter().filter(|key| key.revoked_at.is_none()).count() >= KEYS_MAX {
        let detail = format!("there are {KEYS_MAX} keys: revoke one first");
        return Err(Problem::new(StatusCode::CONFLICT, "account.full", detail));
    }
    let mut scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
    scopes.sort_unstable();
    scopes.dedup();
    Ok(AccountKeyRow {
        id: new_secret()?[..16].to_owned(),
        customer_id: owner.customer.id.clone(),
        name,
        public_key: BASE64.encode(bytes),
        scopes: scopes.join(" "),
        ips: addresses.join(" "),
        created_at: service.accounts.now().0.cast_signed(),
        last_used_at: None,
        revoked_at: None,
    })
}
