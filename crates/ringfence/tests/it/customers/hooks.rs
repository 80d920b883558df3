//! Programs of the exchange that are told: receivers that hang, fail and come back. What a receiver checks is
//! written apart from the program.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};

use super::{Bank, FRIEND, kept};

/// A delivery as a receiver sees it.
struct Heard {
    headers: HashMap<String, String>,
    body: String,
}

/// A receiver. What it answers is said by `answers`, one after the other; nothing is for hanging.
fn receiver(answers: Vec<Option<u16>>) -> (String, Receiver<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}/hook", listener.local_addr().unwrap().port());
    let (out, heard) = channel();
    std::thread::spawn(move || {
        let mut hanging = Vec::new();
        for (place, stream) in listener.incoming().flatten().enumerate() {
            let answer = answers.get(place).copied().unwrap_or(Some(200));
            if hear(&stream, &out).is_none() {
                continue;
            }
            match answer {
                Some(status) => {
                    let head = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n");
                    let _ = (&stream).write_all(head.as_bytes());
                }
                None => hanging.push(stream),
            }
        }
    });
    (url, heard)
}

fn hear(stream: &TcpStream, out: &Sender<Heard>) -> Option<()> {
    let mut lines = BufReader::new(stream);
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).ok().filter(|length| *length > 0)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line.trim().is_empty() {
                break;
            }
            continue;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    lines.read_exact(&mut body).ok()?;
    out.send(Heard { headers, body: String::from_utf8(body).ok()? }).ok()
}

/// HMAC with SHA-256 (RFC 2104), in hexadecimal digits.
fn hmac_sha256(key: &[u8], text: &[u8]) -> String {
    let mut block = [0u8; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |with: u8| block.map(|byte| byte ^ with).to_vec();
    let inner = Sha256::digest([pad(0x36), text.to_vec()].concat());
    let outer = Sha256::digest([pad(0x5c), inner.to_vec()].concat());
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_signed(heard: &Heard, secret: &str) -> bool {
    let key = BASE64.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let (id, at) = (&heard.headers["ringfence-id"], &heard.headers["ringfence-timestamp"]);
    let text = format!("{id}.{at}.{}", heard.body);
    heard.headers["ringfence-signature"] == format!("v1={}", hmac_sha256(&key, text.as_bytes()))
}

/// Tells a receiver of withdrawals from now on; gives its secret.
fn add(bank: &Bank, url: &str) -> String {
    let (status, made) = bank.served.ask("POST", "/v1/webhooks", Some(&json!({ "url": url })));
    assert_eq!(status, 201, "{made}");
    made["secret"].as_str().unwrap().to_owned()
}

/// What failed is tried now rather than later.
fn hurry(bank: &Bank) {
    kept::change(&bank.database(), "UPDATE outbox SET next_at = 0 WHERE state = 'waiting'");
}

#[test]
fn a_receiver_that_hangs_holds_up_neither_mail_nor_other_receivers() {
    let bank = Bank::open();
    let mia = bank.customer("mia@bank.example");
    let (hanging, stuck) = receiver(vec![None; 64]);
    let (honest, heard) = receiver(Vec::new());
    add(&bank, &hanging);
    let secret = add(&bank, &honest);
    let (_, first) = mia.withdraw("w1", "1000", FRIEND);
    stuck.recv().unwrap();
    // One call hangs from here on. All that follows comes before it is given up, or this would wait for it.
    let (_, second) = mia.withdraw("w2", "1000", FRIEND);
    for asked in [first, second] {
        let told = heard.recv().unwrap();
        assert!(is_signed(&told, &secret), "{:?}", told.headers);
        assert!(!is_signed(&told, &format!("whsec_{}", BASE64.encode([7; 32]))));
        let body: Value = serde_json::from_str(&told.body).unwrap();
        assert_eq!(
            (&body["kind"], &body["about"]["withdrawal"]),
            (&json!("withdrawal"), &asked["id"])
        );
        assert!(bank.mail.next("mia@bank.example").contains("withdrawal"));
    }
    let hung =
        "SELECT COUNT(*) FROM outbox WHERE kind = 'webhook-1' AND tries = 0 AND state = 'waiting'";
    assert!(kept::numbers(&bank.database(), hung)[0] >= 1, "the first call was over before");
}

#[test]
fn what_a_receiver_refuses_comes_again_with_its_id_and_to_nobody_else_twice() {
    let bank = Bank::open();
    let mia = bank.customer("mia@bank.example");
    let (failing, heard) = receiver(vec![Some(500), Some(302), Some(200)]);
    let (honest, once) = receiver(Vec::new());
    let secret = add(&bank, &failing);
    add(&bank, &honest);
    mia.withdraw("w1", "1000", FRIEND);
    let first = heard.recv().unwrap();
    let mut ids = vec![first.headers["ringfence-id"].clone()];
    for tries in 1..=2 {
        let noted = ["", "tries = 1", "tries = 2"][tries];
        let text = match noted {
            "tries = 1" => "SELECT COUNT(*) FROM outbox WHERE kind = 'webhook-1' AND tries = 1",
            _ => "SELECT COUNT(*) FROM outbox WHERE kind = 'webhook-1' AND tries = 2",
        };
        while kept::numbers(&bank.database(), text) != [1] {
            super::super::serve::pause(20);
        }
        hurry(&bank);
        let again = heard.recv().unwrap();
        assert!(is_signed(&again, &secret));
        assert_eq!(again.body, first.body);
        ids.push(again.headers["ringfence-id"].clone());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let waiting = "SELECT COUNT(*) FROM outbox WHERE state = 'waiting' AND kind LIKE 'webhook%'";
    while kept::numbers(&bank.database(), waiting) != [0] {
        super::super::serve::pause(20);
    }
    assert!(once.try_recv().is_ok() && once.try_recv().is_err(), "heard twice, or not at all");
    assert!(heard.try_recv().is_err(), "taken, and sent again");
}

#[test]
fn a_receiver_outside_of_what_is_allowed_and_one_that_was_removed_hear_nothing() {
    let bank = Bank::open();
    let mia = bank.customer("mia@bank.example");
    for url in ["ftp://127.0.0.1/x", "http://user@127.0.0.1/", "http:///x", "x", ""] {
        let (status, refused) =
            bank.served.ask("POST", "/v1/webhooks", Some(&json!({ "url": url })));
        assert_eq!((status, &refused["field"]), (400, &json!("url")), "{url}");
    }
    // The network of the cloud's secrets is none of the operator's.
    add(&bank, "http://169.254.169.254/latest");
    let (url, heard) = receiver(Vec::new());
    add(&bank, &url);
    assert_eq!(bank.served.ask("DELETE", "/v1/webhooks/2", None).0, 204);
    mia.withdraw("w1", "1000", FRIEND);
    let failed = "SELECT COUNT(*) FROM outbox WHERE kind = 'webhook-1' AND state = 'failed'";
    while kept::numbers(&bank.database(), failed) != [1] {
        super::super::serve::pause(20);
    }
    let all =
        kept::numbers(&bank.database(), "SELECT COUNT(*) FROM outbox WHERE kind LIKE 'webhook-%'");
    assert_eq!(all, [1]);
    assert!(heard.try_recv().is_err());
    for place in 0..40 {
        let body = json!({ "url": format!("https://receiver{place}.example/") });
        let (status, answer) = bank.served.ask("POST", "/v1/webhooks", Some(&body));
        let expected = if place < 31 { 201 } else { 409 };
        assert_eq!(status, expected, "{place}: {answer}");
    }
}
