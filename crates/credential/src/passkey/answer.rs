//! What a browser answers, looked at before a library does: size, depth, and the page that asked.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use webauthn_rs::prelude::Url;

use super::PasskeyError;

/// Largest answer, in bytes. Those with certificates of a TPM have some 8,000.
pub const ANSWER_BYTES_MAX: usize = 32 * 1_024;
/// Deepest answer. Browsers write four levels.
pub const ANSWER_DEPTH_MAX: usize = 8;
/// Most values in an answer. Browsers write some thirty.
const ANSWER_VALUES_MAX: usize = 256;
/// Longest list of transports that is kept.
const TRANSPORTS_MAX: usize = 8;

/// Reads the answer of a browser from the body of a request.
pub fn parse(body: &[u8]) -> Result<Value, PasskeyError> {
    if body.len() > ANSWER_BYTES_MAX {
        return Err(PasskeyError::TooLarge);
    }
    let value = serde_json::from_slice(body).map_err(|_| PasskeyError::Malformed)?;
    bounded(&value)?;
    Ok(value)
}

/// Whether an answer is as small and flat as they are.
pub(super) fn bounded(answer: &Value) -> Result<(), PasskeyError> {
    let (mut values, mut bytes) = (0, 0);
    let mut level = vec![answer];
    for _ in 0..ANSWER_DEPTH_MAX {
        let mut below = Vec::new();
        for value in level {
            match value {
                Value::String(text) => bytes += text.len(),
                Value::Array(items) => below.extend(items),
                Value::Object(members) => {
                    bytes += members.keys().map(String::len).sum::<usize>();
                    below.extend(members.values());
                }
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
        values += below.len();
        if values > ANSWER_VALUES_MAX || bytes > ANSWER_BYTES_MAX {
            return Err(PasskeyError::TooLarge);
        }
        level = below;
    }
    if level.is_empty() { Ok(()) } else { Err(PasskeyError::TooLarge) }
}

/// What the browser says of the page that asked (WebAuthn, section 5.8.1).
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    is_cross_origin: Option<bool>,
}

/// Whether an answer is small, of this kind, and from a page of ours. Here, because the library compares
/// origins as parsed addresses, and does not look at embedding in a sign-in.
pub(super) fn check(answer: &Value, kind: &str, origins: &[String]) -> Result<(), PasskeyError> {
    bounded(answer)?;
    if answer["type"] != "public-key" {
        return Err(PasskeyError::Malformed);
    }
    let data = bytes_of(&answer["response"]["clientDataJSON"])?;
    let data: ClientData = serde_json::from_slice(&data).map_err(|_| PasskeyError::Malformed)?;
    if data.kind != kind {
        return Err(PasskeyError::OtherCeremony);
    }
    if !origins.contains(&data.origin) {
        return Err(PasskeyError::OtherOrigin);
    }
    if data.is_cross_origin == Some(true) {
        return Err(PasskeyError::Embedded);
    }
    Ok(())
}

/// Credential id and, if there is one, user handle of an assertion.
pub(super) fn named(answer: &Value) -> Result<(Vec<u8>, Option<Vec<u8>>), PasskeyError> {
    let id = bytes_of(&answer["rawId"])?;
    let handle = &answer["response"]["userHandle"];
    let handle = if handle.is_null() { None } else { Some(bytes_of(handle)?) };
    Ok((id, handle))
}

/// Transports that the browser names, those that are known (WebAuthn, section 5.8.4).
pub(super) fn transports(answer: &Value) -> Vec<String> {
    let known = ["ble", "hybrid", "internal", "nfc", "smart-card", "usb"];
    let named = answer["response"]["transports"].as_array().into_iter().flatten();
    let named = named.filter_map(Value::as_str).filter(|name| known.contains(name));
    let mut names: Vec<String> = named.take(TRANSPORTS_MAX).map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether a passkey, as the library writes it, is kept on several devices.
pub(super) fn is_backed_up(passkey: &Value) -> bool {
    passkey["cred"]["backup_state"].as_bool().unwrap_or(false)
}

/// An origin of the configuration, as an address without path.
pub(super) fn origin_url(rp_id: &str, origin: &str) -> Result<Url, PasskeyError> {
    let fault = |text: &str| PasskeyError::Configuration(format!("origin {origin}: {text}"));
    let url = Url::parse(origin).map_err(|_| fault("it is not an address"))?;
    let domain = url.domain().ok_or_else(|| fault("it has no domain name"))?;
    let is_below = domain.strip_suffix(rp_id).is_some_and(|rest| rest.ends_with('.'));
    if domain != rp_id && !is_below {
        return Err(fault(&format!("it is not on {rp_id} or below it")));
    }
    if url.scheme() != "https" && domain != "localhost" {
        return Err(fault("it is not https"));
    }
    if url.origin().ascii_serialization() != origin.trim_end_matches('/') {
        return Err(fault("it is scheme, domain and port, and nothing else"));
    }
    Ok(url)
}

fn bytes_of(value: &Value) -> Result<Vec<u8>, PasskeyError> {
    let text = value.as_str().ok_or(PasskeyError::Malformed)?;
    URL_SAFE_NO_PAD.decode(text).map_err(|_| PasskeyError::Malformed)
}
