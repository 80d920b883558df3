//! What programs and apps of customers do: codes of RFC 6238 and signed requests, written apart from the
//! program.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{ADDRESS, Bank, FRIEND};

#[allow(clippy::disallowed_methods, reason = "codes of apps are of the time of day")]
pub(super) fn now_s() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

pub(super) fn step_now() -> u64 {
    now_s() / 30
}

pub(super) fn base32(text: &str) -> Vec<u8> {
    let mut bits = 0u64;
    let mut count = 0;
    let mut bytes = Vec::new();
    for letter in text.bytes().filter(|byte| *byte != b'=') {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => panic!("{text}"),
        };
        bits = bits << 5 | u64::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

/// HMAC with SHA-1 (RFC 2104), for RFC 6238.
fn hmac_sha1(key: &[u8], text: &[u8]) -> Vec<u8> {
    use sha1::Sha1;
    let mut block = [0u8; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |with: u8| block.map(|byte| byte ^ with).to_vec();
    let inner = Sha1::digest([pad(0x36), text.to_vec()].concat());
    Sha1::digest([pad(0x5c), inner.to_vec()].concat()).to_vec()
}

pub(super) fn totp(seed: &[u8], step: u64) -> String {
    let hash = hmac_sha1(seed, &step.to_be_bytes());
    let at = usize::from(hash[19] & 15);
    let number = u32::from_be_bytes([hash[at], hash[at + 1], hash[at + 2], hash[at + 3]]);
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// Headers that sign a request.
fn signed(
    key: &SigningKey,
    id: &str,
    method: &str,
    path: &str,
    body: &str,
    at: u64,
) -> [(String, String); 3] {
    let hash: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    let text = format!("ringfence-request-v1\n{method}\n{path}\n{at}\n{hash}\n");
    [
        ("ringfence-key".to_owned(), id.to_owned()),
        ("ringfence-timestamp".to_owned(), at.to_string()),
        ("ringfence-signature".to_owned(), BASE64.encode(key.sign(text.as_bytes()).to_bytes())),
    ]
}

#[test]
fn a_key_pays_addresses_of_the_book_from_where_it_is_bound_and_nothing_else() {
    let bank = Bank::open();
    let mia = bank.customer("mia@bank.example");
    mia.done(&ADDRESS());
    let key = SigningKey::from_bytes(&[9; 32]);
    let public = BASE64.encode(key.verifying_key().to_bytes());
    let add = |scopes: Value, ips: Value| json!({ "do": "add_key", "name": "robot", "public_key": public, "scopes": scopes, "ips": ips });
    // A key that withdraws is bound to where it is used from.
    let (status, refused) = mia.confirmed(&add(json!(["withdraw"]), json!([])));
    assert_eq!((status, &refused["field"]), (400, &json!("ips")), "{refused}");
    mia.done(&add(json!(["read", "withdraw"]), json!(["127.0.0.1"])));
    let id = mia.get("/v1/my/keys")["items"][0]["id"].as_str().unwrap().to_owned();
    let body = |to: &str, name: &str| {
        json!({ "request_id": name, "network": "ethereum", "amount": "1000", "to": to }).to_string()
    };
    let ask = |text: &str, headers: &[(String, String); 3]| {
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body: Value = serde_json::from_str(text).unwrap();
        bank.served.ask_whole("POST", "/v1/withdrawals", Some(&body), &headers)
    };
    let elsewhere = body("0x1111111111111111111111111111111111111111", "a");
    // The JSON is sent as it was signed: serde_json keeps the order of names.
    let (status, answer, _) =
        ask(&elsewhere, &signed(&key, &id, "POST", "/v1/withdrawals", &elsewhere, now_s()));
    assert_eq!((status, &answer["state"]), (201, &json!("denied")), "{answer}");
    let known = body(FRIEND, "b");
    let (status, answer, _) =
        ask(&known, &signed(&key, &id, "POST", "/v1/withdrawals", &known, now_s()));
    assert_eq!((status, &answer["state"]), (201, &json!("held")), "{answer}");
    assert_eq!(answer["by"], "key");
    let other = body(FRIEND, "c");
    for headers in [
        signed(&key, &id, "POST", "/v1/withdrawals", &known, now_s()),
        signed(&key, &id, "GET", "/v1/withdrawals", &other, now_s()),
        signed(&key, &id, "POST", "/v1/withdrawals", &other, now_s() - 60),
        signed(&SigningKey::from_bytes(&[8; 32]), &id, "POST", "/v1/withdrawals", &other, now_s()),
        signed(&key, "unknown", "POST", "/v1/withdrawals", &other, now_s()),
    ] {
        let (status, answer, _) = ask(&other, &headers);
        assert_eq!((status, &answer["code"]), (401, &json!("key.refused")), "{answer}");
    }
    let revoke = json!({ "command": { "do": "remove_key", "id": id } });
    assert_eq!(mia.ask("POST", "/v1/my/commands", &revoke).0, 200);
    let (status, ..) = ask(&other, &signed(&key, &id, "POST", "/v1/withdrawals", &other, now_s()));
    assert_eq!(status, 401);
}
