//! Which customer is asking, and what waits for a browser's answer.

use account::account::Account;
use account::factor::Factors;
use account::time::At;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use credential::passkey::Ceremony;
use credential::throttle::Attempt;
use credential::totp::Seed;
use std::net::IpAddr;
use store::sql::{CustomerRow, CustomerSessionRow};
use subtle::ConstantTimeEq;

use super::change::Doer;
use super::profile::Profile;
use super::{Accounts, Asked, locked};
use crate::Service;
use crate::accept::Client;
use crate::auth::{cookie, csrf_token, hash};
use crate::problem::Problem;

/// Name of the cookie of customers' sessions.
pub(crate) const COOKIE: &str = "__Host-ringfence-customer";
/// Name of the cookie that a device is known by.
pub(crate) const DEVICE_COOKIE: &str = "__Host-ringfence-device";
/// A session that was not used for this long is over.
pub(crate) const IDLE_S: i64 = 30 * 60;
/// A session is over after this, used or not.
pub(crate) const ABSOLUTE_S: i64 = 12 * 3_600;
/// How long a device is known.
pub(crate) const DEVICE_S: i64 = 400 * 86_400;
/// Uses are noted this often at most.
const TOUCH_S: i64 = 60;
/// Longest secret in a cookie.
const SECRET_LEN_MAX: usize = 200;
/// Longest name of a browser that is kept.
const AGENT_LEN_MAX: usize = 200;

/// What waits for a browser's answer.
pub(crate) enum Waiting {
    /// Somebody signs in with a passkey.
    SignIn(Ceremony),
    /// A password was right; something else is wanted.
    Second(Second),
    /// Somebody makes the passkey of a new account.
    Enrol { handle: [u8; 16], token_hash: String, ceremony: Ceremony },
    /// A customer makes a passkey more.
    AddPasskey { customer_id: String, ceremony: Ceremony },
    /// A customer confirms one very thing.
    Confirm { customer_id: String, about: [u8; 32], ceremony: Ceremony },
    /// A customer sets an app up.
    AddTotp { seed: Seed },
    /// A customer makes the passkey that a recovery ends with.
    Recover { customer_id: String, ceremony: Ceremony },
    /// Somebody of the staff signs in.
    StaffSignIn(Ceremony),
    /// Somebody of the staff makes a passkey.
    StaffAddPasskey { user_id: i64, ceremony: Ceremony },
}

/// A sign-in that a password has begun.
pub(crate) struct Second {
    pub(crate) customer_id: String,
    pub(crate) shown: Factors,
    /// Whether a code of the app is wanted; else one from the mailbox.
    pub(crate) wants_totp: bool,
    /// Wrong answers that are left.
    pub(crate) tries: u8,
    /// What a mailed code is bound to.
    pub(crate) nonce: String,
    /// Counted until the sign-in has succeeded: codes are not guessed without end.
    pub(crate) attempt: Attempt,
}

impl Accounts {
    /// Keeps what waits, and gives the id that comes back with the answer.
    pub(crate) fn wait(&self, kind: Asked, what: Waiting) -> Result<String, Problem> {
        let mut id = [0; 32];
        getrandom::fill(&mut id).map_err(Problem::internal)?;
        locked(&self.ceremonies).put(id, kind, what, self.now());
        Ok(BASE64.encode(id))
    }

    /// Takes out what waited; it is gone then.
    pub(crate) fn take(&self, kind: Asked, id: &str) -> Result<Waiting, Problem> {
        let mut bytes = [0; 32];
        let length = BASE64.decode_slice(id, &mut bytes).ok().filter(|length| *length == 32);
        match length {
            Some(_) => self.take_as(&bytes, kind),
            None => Err(over(credential::ceremony::CeremonyError::Unknown)),
        }
    }

    /// Puts back what was taken out under an id that a browser knows.
    pub(crate) fn put_back(&self, kind: Asked, id: &str, what: Waiting) {
        let mut bytes = [0; 32];
        if BASE64.decode_slice(id, &mut bytes).is_ok_and(|length| length == 32) {
            self.wait_as(bytes, kind, what);
        }
    }

    /// Keeps what waits under an id that both sides know.
    pub(crate) fn wait_as(&self, id: [u8; 32], kind: Asked, what: Waiting) {
        locked(&self.ceremonies).put(id, kind, what, self.now());
    }

    /// Takes it out again.
    pub(crate) fn take_as(&self, id: &[u8; 32], kind: Asked) -> Result<Waiting, Problem> {
        locked(&self.ceremonies).take(id, kind, self.now()).map_err(over)
    }
}

fn over(error: credential::ceremony::CeremonyError) -> Problem {
    Problem::field("ceremony", error.code(), format!("{error}: begin again"))
}

/// Where a request comes from.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) ip: IpAddr,
    /// The hash of the secret that the device is known by.
    pub(crate) device_hash: Option<String>,
    /// The hash of the session that the browser had, which may be over or somebody else's.
    pub(crate) session_hash: Option<String>,
    pub(crate) agent: String,
}

impl Origin {
    pub(crate) fn of(parts: &Parts) -> Self {
        let ip = parts.extensions.get::<Client>();
        let ip = ip.map_or(IpAddr::from([127, 0, 0, 1]), |client| client.0);
        let hashed = |name| {
            let secret = cookie(&parts.headers, name);
            secret.filter(|secret| secret.len() <= SECRET_LEN_MAX && !secret.is_empty()).map(hash)
        };
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let agent = agent.unwrap_or("").chars().take(AGENT_LEN_MAX).collect();
        Self { ip, device_hash: hashed(DEVICE_COOKIE), session_hash: hashed(COOKIE), agent }
    }

    /// What the device is called, from what the browser says of itself.
    pub(crate) fn device_name(&self) -> String {
        let system = ["iPhone", "iPad", "Android", "Windows", "Macintosh", "CrOS", "Linux"]
            .into_iter()
            .find(|system| self.agent.contains(system));
        let system = match system {
            Some("Macintosh") => "Mac",
            Some("CrOS") => "Chromebook",
            Some(system) => system,
            None => "unknown device",
        };
        // The order matters: most browsers name others too.
        let browser = [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox")]
            .into_iter()
            .chain([("Chrome/", "Chrome"), ("Safari/", "Safari")])
            .find(|(mark, _)| self.agent.contains(mark));
        match browser {
            Some((_, browser)) => format!("{browser} on {system}"),
            None => system.to_owned(),
        }
    }

    /// As the customer will read who did something.
    pub(crate) fn doer(&self, name: &'static str) -> Doer {
        Doer { name, device: Some(self.device_name()), ip: Some(self.ip.to_string()) }
    }
}

impl FromRequestParts<Service> for Origin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Service) -> Result<Self, Problem> {
        Ok(Self::of(parts))
    }
}

/// A request that no page of another site made.
pub(crate) struct SameSite;

impl FromRequestParts<Service> for SameSite {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Service) -> Result<Self, Problem> {
        let is_cross_site = parts
            .headers
            .get("sec-fetch-site")
            .is_some_and(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"));
        if is_cross_site {
            let detail = "another site sent this; open the page itself";
            return Err(Problem::new(StatusCode::FORBIDDEN, "auth.cross_site", detail));
        }
        Ok(Self)
    }
}

/// The customer who is signed in.
#[derive(Clone)]
pub(crate) struct Owner {
    pub(crate) customer: CustomerRow,
    pub(crate) session: CustomerSessionRow,
    pub(crate) secret: String,
    pub(crate) origin: Origin,
}

impl Owner {
    /// What protects the account, as it was when the request came.
    pub(crate) fn account(&self, now: At) -> Result<Account, Problem> {
        account_of(&self.customer, now)
    }

    /// Name, addresses and choices.
    pub(crate) fn profile(&self) -> Result<Profile, Problem> {
        serde_json::from_str(&self.customer.profile).map_err(Problem::internal)
    }

    /// As the customer will read who did something.
    pub(crate) fn doer(&self) -> Doer {
        self.origin.doer("you")
    }
}

/// What protects an account, at a time.
pub(crate) fn account_of(row: &CustomerRow, now: At) -> Result<Account, Problem> {
    let mut account: Account = serde_json::from_str(&row.account).map_err(Problem::internal)?;
    account.settings.settle(now);
    Ok(account)
}

fn signed_out(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "auth.required", detail)
}

/// Whose session a secret is of.
pub(crate) async fn by_secret(
    service: &Service,
    secret: &str,
    origin: Origin,
) -> Result<Owner, Problem> {
    let over = || signed_out("the session is over: sign in again");
    if secret.len() > SECRET_LEN_MAX {
        return Err(over());
    }
    let id_hash = hash(secret);
    let session = service.sql.customer_session(&id_hash).await?.ok_or_else(over)?;
    let now_s = crate::now_s().cast_signed();
    if now_s >= session.last_seen_at + IDLE_S || now_s >= session.created_at + ABSOLUTE_S {
        service.sql.delete_customer_session(&id_hash).await?;
        return Err(over());
    }
    if now_s >= session.last_seen_at + TOUCH_S {
        service.sql.touch_customer_session(&id_hash, now_s).await?;
    }
    let customer = service.sql.customer(&session.customer_id).await?.ok_or_else(over)?;
    Ok(Owner { customer, session, secret: secret.to_owned(), origin })
}

impl FromRequestParts<Service> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        let origin = Origin::of(parts);
        let Some(secret) = cookie(&parts.headers, COOKIE) else {
            return Err(signed_out("sign in first"));
        };
        let owner = by_secret(service, secret, origin).await?;
        let is_change = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
        if is_change {
            let given = parts.headers.get("x-csrf-token").map(HeaderValue::as_bytes);
            let expected = csrf_token(secret);
            if !given.is_some_and(|given| bool::from(given.ct_eq(expected.as_bytes()))) {
                let detail =
                    "the header 'x-csrf-token' is missing or of another session; reload the page";
                return Err(Problem::new(StatusCode::FORBIDDEN, "auth.csrf", detail));
            }
        }
        Ok(owner)
    }
}

/// A cookie for this host alone, which no script reads.
pub(crate) fn set_cookie(name: &str, value: &str, max_age_s: i64) -> Result<HeaderValue, Problem> {
    let text =
        format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={max_age_s}");
    HeaderValue::from_str(&text).map_err(Problem::internal)
}

/// Sets a cookie beside others.
pub(crate) fn add_cookie(headers: &mut HeaderMap, value: HeaderValue) {
    headers.append(header::SET_COOKIE, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_called_what_people_call_it() {
        let named = |agent: &str| {
            let ip = IpAddr::from([127, 0, 0, 1]);
            Origin { ip, device_hash: None, session_hash: None, agent: agent.to_owned() }
                .device_name()
        };
        let edge = "Mozilla/5.0 (Windows NT 10.0) Chrome/156.0 Safari/537.36 Edg/156.0";
        assert_eq!(named(edge), "Edge on Windows");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604.1";
        assert_eq!(named(phone), "Safari on iPhone");
        assert_eq!(named("curl/8"), "unknown device");
    }
}
