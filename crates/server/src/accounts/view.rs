//! What customers see of their account.

use account::account::Account;
use account::factor::Factors;
use account::hold::Cause;
use account::setting::Setting;
use account::time::At;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::sql::{AccountEventRow, AccountKeyRow, CredentialKind, CredentialRow, DeviceRow};
use utoipa::ToSchema;

use super::profile::{Profile, masked_phone};
use super::session::{Owner, account_of};
use crate::Service;
use crate::api::{Page, PageQuery, Query};
use crate::problem::Problem;
use crate::view::{show_seconds, show_time};

/// How long a key that is not used may still withdraw, in seconds.
pub(crate) const KEY_UNUSED_S: i64 = 90 * 86_400;

/// A setting.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct SettingView<T> {
    /// In force now.
    value: T,
    /// What will be in force, and from when.
    #[schema(required)]
    waiting: Option<WaitingValue<T>>,
}

/// A value that will be in force.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct WaitingValue<T> {
    value: T,
    from: String,
}

/// All settings.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct SettingsView {
    /// Money goes to addresses of the book only.
    book_only: SettingView<bool>,
    /// How long a new address waits.
    cooldown_s: SettingView<u64>,
    /// What may leave in a day.
    daily_limit_cents: SettingView<u64>,
    /// How long every withdrawal waits.
    delay_s: SettingView<u64>,
    /// How long it takes to loosen anything; 0 for no lock.
    lock_s: SettingView<u64>,
}

/// How long loosening takes.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct LoosenView {
    book_only: u64,
    cooldown_s: u64,
    daily_limit_cents: u64,
    delay_s: u64,
    lock_s: u64,
}

/// How long things take, as the operator has them.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct WaitsView {
    cooldown_min_s: u64,
    lock_min_s: u64,
    lock_max_s: u64,
    loosen_s: LoosenView,
}

/// Why money waits.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct HoldView {
    cause: String,
    until: String,
    sentence: String,
}

/// A recovery that was begun.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct RecoveryView {
    /// From when on it can be finished.
    ripe_at: String,
    /// What was shown for it.
    evidence: Vec<String>,
}

impl RecoveryView {
    pub(crate) fn of(recovery: &account::account::Recovery) -> Self {
        Self { ripe_at: show_time(recovery.ripe_at.0), evidence: names(recovery.evidence) }
    }
}

/// A passkey.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct PasskeyView {
    id: String,
    name: String,
    created_at: String,
    #[schema(required)]
    last_used_at: Option<String>,
    /// Kept on several devices by a manager of passkeys.
    is_synced: bool,
    /// Signs in as always, and holds money silently. Shown only where it was made in this session.
    is_duress: bool,
}

/// What the account is signed in to with.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct CredentialsView {
    has_password: bool,
    has_totp: bool,
    recovery_codes_left: u8,
    passkeys: Vec<PasskeyView>,
}

/// One thing that protects, or would.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct ScorePart {
    code: String,
    points: u32,
    of: u32,
    sentence: String,
    /// Section of the pages that changes it.
    #[schema(required)]
    action: Option<String>,
}

/// What protects the account, and what is missing.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Score {
    points: u32,
    of: u32,
    parts: Vec<ScorePart>,
}

/// The exchange is calling the customer now.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct CallView {
    since: String,
    purpose: String,
}

/// An account as its owner sees it.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct AccountView {
    id: String,
    name: String,
    email: String,
    #[schema(required)]
    phone: Option<String>,
    #[schema(required)]
    anti_phishing_code: Option<String>,
    is_frozen: bool,
    #[schema(required)]
    call: Option<CallView>,
    holds: Vec<HoldView>,
    #[schema(required)]
    recovery: Option<RecoveryView>,
    settings: SettingsView,
    waits: WaitsView,
    credentials: CredentialsView,
    /// What confirms what could hurt: all of these.
    confirm_with: Vec<String>,
    score: Score,
}

/// What a hold is told as.
pub(crate) fn hold_sentence(cause: Cause) -> &'static str {
    match cause {
        Cause::Credential => "Money waits because something you sign in with was changed.",
        Cause::Contact => "Money waits because the e-mail address was changed.",
        Cause::Recovery => "Money waits because the account is being, or was, recovered.",
        Cause::Unfreeze => "Money waits because a freeze was ended.",
        Cause::Risk => "Money waits because what we saw does not look like you.",
        Cause::Staff => "Money waits because somebody of our team asked for it.",
        // Not shown: whoever stands beside the customer must not read of it.
        Cause::Duress => "",
    }
}

pub(crate) fn holds(account: &Account, now: At) -> Vec<HoldView> {
    let active = account.holds.active(now).filter(|(cause, _)| *cause != Cause::Duress);
    active
        .map(|(cause, until)| HoldView {
            cause: cause.name().to_owned(),
            until: show_time(until.0),
            sentence: hold_sentence(cause).to_owned(),
        })
        .collect()
}

pub(crate) fn names(factors: Factors) -> Vec<String> {
    factors.iter().map(|factor| factor.name().to_owned()).collect()
}

fn number(setting: Setting) -> u64 {
    match setting {
        Setting::BookOnly(is_only) => u64::from(is_only),
        Setting::Cooldown(span) | Setting::Delay(span) | Setting::Lock(span) => span.0,
        Setting::DailyLimit(cents) => cents,
    }
}

pub(crate) fn settings(account: &Account, now: At) -> SettingsView {
    let waiting: Vec<(At, Setting)> = account.settings.waiting().collect();
    let one = |kind: usize| {
        let waits = waiting.iter().find(|(from, setting)| setting.kind() == kind && *from > now);
        SettingView {
            value: number(account.settings.value(kind, now)),
            waiting: waits.map(|(from, setting)| WaitingValue {
                value: number(*setting),
                from: show_time(from.0),
            }),
        }
    };
    let book = one(0);
    SettingsView {
        book_only: SettingView {
            value: book.value > 0,
            waiting: book
                .waiting
                .map(|waits| WaitingValue { value: waits.value > 0, from: waits.from }),
        },
        cooldown_s: one(1),
        daily_limit_cents: one(2),
        delay_s: one(3),
        lock_s: one(4),
    }
}

fn passkeys(credentials: &[CredentialRow]) -> Vec<PasskeyView> {
    let passkeys = credentials.iter().filter(|row| row.kind == CredentialKind::Passkey);
    passkeys
        .map(|row| PasskeyView {
            id: row.id.clone(),
            name: row.name.clone(),
            created_at: show_seconds(row.created_at),
            last_used_at: row.last_used_at.map(show_seconds),
            is_synced: row.is_synced,
            is_duress: false,
        })
        .collect()
}

/// What protects the account, honestly: points for what keeps a thief away, and what each missing thing
/// would do. It never says that an account is safe.
fn score(account: &Account, profile: &Profile, now: At) -> Score {
    let credentials = &account.credentials;
    let locked = account.settings.value(4, now).strength() > 0;
    let book_only = account.settings.value(0, now).strength() > 0;
    let part =
        |code: &str, has: bool, of: u32, there: &str, missing: &str, action: &str| ScorePart {
            code: code.to_owned(),
            points: if has { of } else { 0 },
            of,
            sentence: if has { there } else { missing }.to_owned(),
            action: (!has).then(|| action.to_owned()),
        };
    let parts = vec![
        part(
            "passkey",
            credentials.passkeys > 0,
            40,
            "A passkey confirms what could hurt: a stolen password moves nothing.",
            "Without a passkey, whoever gets your password and your codes can move your money after a day.",
            "passkeys",
        ),
        part(
            "second_passkey",
            credentials.passkeys > 1 || credentials.recovery_codes > 0,
            15,
            "If you lose one device, there is another way in.",
            "If you lose your only device, recovery takes days. Add a second passkey or print recovery codes.",
            "passkeys",
        ),
        part(
            "book_only",
            book_only,
            15,
            "Money goes only to addresses of your book.",
            "Money can go to an address that nobody has seen before, after a day.",
            "limits",
        ),
        part(
            "lock",
            locked,
            10,
            "Nothing of this can be loosened at once.",
            "Somebody who gets in can begin to loosen settings. A lock makes that take longer.",
            "limits",
        ),
        part(
            "anti_phishing_code",
            profile.anti_phishing_code.is_some(),
            10,
            "Our mails carry your code: one without it is not ours.",
            "You cannot tell our mails from copies yet. Choose a code that only we know.",
            "notices",
        ),
        part(
            "totp",
            credentials.has_totp || !credentials.has_password,
            10,
            "A password alone does not sign in.",
            "Your password and your mailbox are enough to sign in. Add an app, or remove the password's need with a passkey.",
            "passkeys",
        ),
    ];
    let sum = |count: fn(&ScorePart) -> u32| parts.iter().map(count).sum();
    Score { points: sum(|part| part.points), of: sum(|part| part.of), parts }
}

/// An account as its owner sees it.
pub(crate) fn account_view(
    service: &Service,
    row: &store::sql::CustomerRow,
    credentials: &[CredentialRow],
    now: At,
) -> Result<AccountView, Problem> {
    let account = account_of(row, now)?;
    let profile: Profile = serde_json::from_str(&row.profile).map_err(Problem::internal)?;
    let waits = &service.accounts.rules.waits;
    let loosen = waits.loosen;
    Ok(AccountView {
        id: row.id.clone(),
        is_frozen: account.is_frozen,
        call: profile.call.as_ref().map(|(since, purpose)| CallView {
            since: show_time(since.0),
            purpose: purpose.clone(),
        }),
        holds: holds(&account, now),
        recovery: account.recovery.as_ref().map(RecoveryView::of),
        settings: settings(&account, now),
        waits: WaitsView {
            cooldown_min_s: waits.cooldown_min.0,
            lock_min_s: waits.lock[0].0,
            lock_max_s: waits.lock[1].0,
            loosen_s: LoosenView {
                book_only: loosen[0].0,
                cooldown_s: loosen[1].0,
                daily_limit_cents: loosen[2].0,
                delay_s: loosen[3].0,
                lock_s: loosen[4].0,
            },
        },
        credentials: CredentialsView {
            has_password: account.credentials.has_password,
            has_totp: account.credentials.has_totp,
            recovery_codes_left: account.credentials.recovery_codes,
            passkeys: passkeys(credentials),
        },
        confirm_with: names(account.credentials.confirming()),
        score: score(&account, &profile, now),
        name: profile.name,
        email: profile.email,
        phone: profile.phone.as_deref().map(masked_phone),
        anti_phishing_code: profile.anti_phishing_code,
    })
}

impl Service {
    /// An account as its owner sees it now.
    pub(crate) async fn account_view(&self, customer_id: &str) -> Result<AccountView, Problem> {
        let row = self.sql.customer(customer_id).await?;
        let row = row.ok_or_else(|| Problem::not_found("the account"))?;
        let credentials = self.sql.credentials(customer_id).await?;
        account_view(self, &row, &credentials, self.accounts.now())
    }
}

/// The account.
#[utoipa::path(get, path = "/v1/my/account", tag = "customers", operation_id = "get_account",
    responses((status = 200, description = "The account.", body = AccountView),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = [])))]
pub(crate) async fn account(
    State(service): State<Service>,
    owner: Owner,
) -> Result<Json<AccountView>, Problem> {
    Ok(Json(service.account_view(&owner.customer.id).await?))
}

/// An address of the book.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct AddressEntry {
    network: String,
    network_name: String,
    address: String,
    label: String,
    added_at: String,
    usable_from: String,
    is_usable: bool,
}

/// What a network is called.
pub(crate) fn network_name(network: &str) -> String {
    network.parse::<model::Network>().map_or_else(|_| network.to_owned(), model::Network::name)
}

/// The address book.
#[utoipa::path(get, path = "/v1/my/addresses", tag = "customers", operation_id = "list_addresses",
    responses((status = 200, description = "Addresses, in the order in which they came.", body = Page<AddressEntry>),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = [])))]
pub(crate) async fn addresses(
    State(service): State<Service>,
    owner: Owner,
) -> Result<Json<Page<AddressEntry>>, Problem> {
    let now = service.accounts.now();
    let (account, profile) = (owner.account(now)?, owner.profile()?);
    let entry = |entry: &account::book::Entry| {
        let to = &entry.destination;
        let label = profile.label(&to.network, &to.address);
        AddressEntry {
            network_name: network_name(&to.network),
            label: label.map_or_else(String::new, |label| label.label.clone()),
            added_at: show_time(label.map_or(entry.usable_from, |label| label.added_at).0),
            usable_from: show_time(entry.usable_from.0),
            is_usable: entry.usable_from <= now,
            network: to.network.clone(),
            address: to.address.clone(),
        }
    };
    Ok(Json(Page { items: account.book.entries().iter().map(entry).collect(), next: None }))
}

/// A session.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct SessionEntry {
    id: String,
    device: String,
    ip: String,
    #[schema(required)]
    place: Option<String>,
    created_at: String,
    last_seen_at: String,
    is_current: bool,
}

/// Sessions.
#[utoipa::path(get, path = "/v1/my/sessions", tag = "customers", operation_id = "list_customer_sessions",
    responses((status = 200, description = "Sessions, the one used last first.", body = Page<SessionEntry>),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = [])))]
pub(crate) async fn sessions(
    State(service): State<Service>,
    owner: Owner,
) -> Result<Json<Page<SessionEntry>>, Problem> {
    let rows = service.sql.customer_sessions(&owner.customer.id).await?;
    let items = rows.into_iter().map(|row| SessionEntry {
        is_current: row.id_hash == owner.session.id_hash,
        id: row.id,
        device: row.agent,
        ip: row.ip,
        place: row.place,
        created_at: show_seconds(row.created_at),
        last_seen_at: show_seconds(row.last_seen_at),
    });
    Ok(Json(Page { items: items.collect(), next: None }))
}

/// A device.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct DeviceEntry {
    id: String,
    name: String,
    first_seen_at: String,
    last_seen_at: String,
    last_ip: String,
    is_current: bool,
}

/// Devices.
#[utoipa::path(get, path = "/v1/my/devices", tag = "customers", operation_id = "list_devices",
    responses((status = 200, description = "Devices, the one used last first.", body = Page<DeviceEntry>),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = [])))]
pub(crate) async fn devices(
    State(service): State<Service>,
    owner: Owner,
) -> Result<Json<Page<DeviceEntry>>, Problem> {
    let rows = service.sql.devices(&owner.customer.id).await?;
    let items = rows.into_iter().map(|row: DeviceRow| DeviceEntry {
        is_current: row.device_hash == owner.session.device_hash,
        id: row.id,
        name: row.name,
        first_seen_at: show_seconds(row.created_at),
        last_seen_at: show_seconds(row.last_seen_at),
        last_ip: row.last_ip,
    });
    Ok(Json(Page { items: items.collect(), next: None }))
}

/// A key of a customer's program.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct KeyEntry {
    id: String,
    name: String,
    /// Ed25519, in base64.
    public_key: String,
    /// `read`, `withdraw`.
    scopes: Vec<String>,
    /// Addresses that it may be used from.
    ips: Vec<String>,
    created_at: String,
    #[schema(required)]
    last_used_at: Option<String>,
    is_revoked: bool,
    /// Until when it may withdraw if it is not used; null when it may not.
    #[schema(required)]
    withdraw_until: Option<String>,
}

/// Words of a text.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Until when a key may withdraw.
pub(crate) fn withdraws_until(row: &AccountKeyRow) -> Option<i64> {
    let may = row.scopes.split(' ').any(|scope| scope == "withdraw") && row.revoked_at.is_none();
    may.then(|| row.last_used_at.unwrap_or(row.created_at) + KEY_UNUSED_S)
}

/// Keys of the customer's programs.
#[utoipa::path(get, path = "/v1/my/keys", tag = "customers", operation_id = "list_account_keys",
    responses((status = 200, description = "Keys, the newest first.", body = Page<KeyEntry>),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = [])))]
pub(crate) async fn keys(
    State(service): State<Service>,
    owner: Owner,
) -> Result<Json<Page<KeyEntry>>, Problem> {
    let rows = service.sql.account_keys(&owner.customer.id).await?;
    let items = rows.into_iter().map(|row| KeyEntry {
        withdraw_until: withdraws_until(&row).map(show_seconds),
        scopes: words(&row.scopes),
        ips: words(&row.ips),
        id: row.id,
        name: row.name,
        public_key: row.public_key,
        created_at: show_seconds(row.created_at),
        last_used_at: row.last_used_at.map(show_seconds),
        is_revoked: row.revoked_at.is_some(),
    });
    Ok(Json(Page { items: items.collect(), next: None }))
}

/// Something that happened to the account.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct EventEntry {
    seq: i64,
    at: String,
    kind: String,
    sentence: String,
    /// `you`, `a link`, `a key`, `staff`, `the exchange`, `time`, `somebody`.
    by: String,
    #[schema(required)]
    device: Option<String>,
    #[schema(required)]
    ip: Option<String>,
    /// Its entry in the journal.
    #[schema(required)]
    journal_index: Option<i64>,
}

/// An address with its middle left out; shorter words as they are.
pub(crate) fn shortened(word: &str) -> String {
    const LONG: usize = 20;
    const END: usize = 6;
    let letters: Vec<char> = word.chars().collect();
    if letters.len() < LONG {
        return word.to_owned();
    }
    let (first, last): (String, String) =
        (letters[..END].iter().collect(), letters[letters.len() - END..].iter().collect());
    format!("{first}…{last}")
}

impl EventEntry {
    /// Without where it was done from, and with the middle of addresses left out.
    pub(crate) fn hide_places(&mut self) {
        (self.ip, self.device) = (None, None);
        let words = self.sentence.split(' ').map(shortened);
        self.sentence = words.collect::<Vec<_>>().join(" ");
    }
}

/// What an event is told as. `detail` is what was written with it.
pub(crate) fn event_sentence(kind: &str, detail: &serde_json::Value) -> String {
    let text = |name: &str| detail[name].as_str().unwrap_or("").to_owned();
    match kind {
        "reason_set_aside" => {
            "Our team looked into a reason for which a withdrawal is held.".to_owned()
        }
        "duress" => String::new(),
        "opened" => "The account was opened.".to_owned(),
        "signed_in" if detail["is_new_device"] == true => {
            "Signed in on a device that was not known.".to_owned()
        }
        "signed_in" => "Signed in.".to_owned(),
        "password_set" => "A password was set.".to_owned(),
        "totp_set" => "An authenticator app was set up.".to_owned(),
        "totp_removed" => "The authenticator app was removed.".to_owned(),
        "passkey_added" => format!("The passkey '{}' was added.", text("name")),
        "passkey_renamed" => format!("A passkey is called '{}' now.", text("name")),
        "passkey_removed" => format!("The passkey '{}' was removed.", text("name")),
        "passkey_cloned" => {
            "A passkey was refused: its counter went back, so there may be a copy of it.".to_owned()
        }
        "recovery_codes_set" => "New recovery codes were made; those before are void.".to_owned(),
        "address_added" => format!("The address {} was added to the book.", text("address")),
        "address_removed" => format!("The address {} was taken out of the book.", text("address")),
        "setting_changed" => format!("A setting was changed: {}.", text("setting")),
        "email_changed" => "The e-mail address was changed.".to_owned(),
        "anti_phishing_code_set" => "The code that our mails carry was changed.".to_owned(),
        "frozen" => "The account was frozen.".to_owned(),
        "unfrozen" => "The freeze was ended.".to_owned(),
        "held" => "Money waits for a while.".to_owned(),
        "recovery_begun" => "A recovery was begun.".to_owned(),
        "recovery_stopped" => "A recovery was stopped.".to_owned(),
        "recovered" => "The account was recovered with a new passkey.".to_owned(),
        "second_refused" => "A password was right, and the code after it wrong.".to_owned(),
        "session_ended" => "A session was ended.".to_owned(),
        "sessions_ended" => "All other sessions were ended.".to_owned(),
        "device_forgotten" => "A device was forgotten.".to_owned(),
        "key_added" => format!("The key '{}' was added.", text("name")),
        "key_revoked" => "A key was revoked.".to_owned(),
        "call" => "We are calling you.".to_owned(),
        "call_ended" => "Our call has ended.".to_owned(),
        "viewed" => "Somebody of our team looked at the account, to help with an alert.".to_owned(),
        "vouched" => "Somebody of our team checked your identity.".to_owned(),
        "interviewed" => {
            format!("Questions about a withdrawal were answered: {}.", text("outcome"))
        }
        "withdrawal" => {
            format!("Withdrawal of {} to {}: {}.", text("amount"), text("to"), text("state"))
        }
        other => format!("{other}."),
    }
}

/// What an event is shown as; what must not be seen by whoever stands beside the customer is left out.
pub(crate) fn event_entry(row: &AccountEventRow) -> Option<EventEntry> {
    if row.kind == "duress" {
        return None;
    }
    let detail: serde_json::Value = serde_json::from_str(&row.detail).unwrap_or_default();
    let text = |name: &str| detail[name].as_str().map(str::to_owned);
    Some(EventEntry {
        seq: row.seq,
        at: show_seconds(row.at),
        sentence: event_sentence(&row.kind, &detail),
        kind: row.kind.clone(),
        by: row.actor.clone(),
        device: text("device"),
        ip: text("ip"),
        journal_index: row.journal_index,
    })
}

/// A page of a timeline.
pub(crate) async fn timeline(
    service: &Service,
    customer_id: &str,
    page: &PageQuery,
) -> Result<Page<EventEntry>, Problem> {
    let limit = page.limit()?;
    let rows = service.sql.account_events(customer_id, page.cursor()?, limit).await?;
    let is_full = rows.len() == limit as usize;
    let next = rows.last().filter(|_| is_full).map(|row| row.seq.to_string());
    Ok(Page { items: rows.iter().filter_map(event_entry).collect(), next })
}

/// Everything that happened to the account.
#[utoipa::path(get, path = "/v1/my/events", tag = "customers", operation_id = "list_account_events",
    params(PageQuery),
    responses((status = 200, description = "What happened, the newest first.", body = Page<EventEntry>),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = [])))]
pub(crate) async fn events(
    State(service): State<Service>,
    owner: Owner,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<EventEntry>>, Problem> {
    Ok(Json(timeline(&service, &owner.customer.id, &page).await?))
}
