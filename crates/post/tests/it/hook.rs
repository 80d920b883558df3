use std::time::Duration;

use account::time::Span;
use post::caller::{CALLS_MAX, Caller, Patience};
use post::error::SendError;
use post::header::Id;
use post::reach::Reach;
use post::webhook::{HookSecret, HookUrl, Webhook, verify};
use sha2::{Digest, Sha256};

use crate::NOW;
use crate::receiver::{Manner, Receiver};

const BODY: &[u8] = br#"{"type":"withdrawal.held","id":"w-1"}"#;

fn hook(url: &str) -> Webhook {
    let secret = HookSecret::from_bytes(&[3; 32]);
    let url = HookUrl::parse(url).unwrap();
    Webhook::sign(Id::parse("evt_7").unwrap(), url, BODY.to_vec(), (&secret, None), NOW).unwrap()
}

fn here() -> Reach {
    Reach { also: vec!["127.0.0.0/8".parse().unwrap()] }
}

fn caller() -> Caller {
    Caller::new(here(), Patience::default())
}

async fn delivered(manner: Manner) -> (Result<u16, SendError>, Receiver) {
    let receiver = Receiver::start(manner).await;
    let hook = hook(&format!("http://{}/hook?a=1", receiver.address));
    (caller().deliver(&hook).await, receiver)
}

fn answers(status: u16) -> Manner {
    Manner::Answers(status, String::new())
}

/// HMAC-SHA256 by its definition (RFC 2104), for keys of one block or less.
fn hmac(key: &[u8], message: &[u8]) -> String {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_delivery_arrives_with_a_signature_that_others_compute_too() {
    let (status, receiver) = delivered(answers(204)).await;
    assert_eq!(status, Ok(204));
    let request = receiver.requests().remove(0);
    assert_eq!(request.line, "POST /hook?a=1 HTTP/1.1\r\n");
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.body, BODY);
    let [id, time, signature] = ["ringfence-id", "ringfence-timestamp", "ringfence-signature"]
        .map(|name| request.header(name));
    let message = [id.as_bytes(), b".", time.as_bytes(), b".", &request.body].concat();
    assert_eq!(signature, format!("v1={}", hmac(&[3; 32], &message)));
    let secrets = [HookSecret::from_bytes(&[3; 32])];
    assert_eq!(verify(&secrets, (id, time, signature), &request.body, NOW, Span(300)), Ok(()));
}

#[tokio::test]
async fn what_a_receiver_answers_says_whether_to_try_again() {
    for (status, expected) in [
        (500, SendError::Status(500)),
        (503, SendError::Status(503)),
        (404, SendError::Status(404)),
        (429, SendError::Status(429)),
        (410, SendError::Status(410)),
    ] {
        let (refused, _) = delivered(answers(status)).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.is_permanent(), status == 410);
        assert_eq!(refused, expected);
    }
    let (closed, _) = delivered(Manner::Closes).await;
    assert_eq!(closed.unwrap_err().code(), "post.connection");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Receiver::start(answers(200)).await;
        let to = format!("location: http://{}/\r\n", elsewhere.address);
        let (refused, receiver) = delivered(Manner::Answers(status, to)).await;
        assert_eq!(refused, Err(SendError::Redirect(status)));
        assert_eq!(receiver.requests().len(), 1);
        assert_eq!(elsewhere.seen.lock().unwrap().connections, 0);
    }
}

#[tokio::test]
async fn a_receiver_that_hangs_is_left() {
    let receiver = Receiver::start(Manner::Hangs).await;
    let patience = Patience { connect: Duration::from_secs(5), whole: Duration::from_millis(300) };
    let hook = hook(&format!("http://{}/", receiver.address));
    let refused = Caller::new(here(), patience).deliver(&hook).await;
    assert_eq!(refused, Err(SendError::Timeout));
}

#[tokio::test]
async fn an_answer_without_end_is_not_read() {
    let (status, mut receiver) = delivered(Manner::EndlessBody).await;
    assert_eq!(status, Ok(200));
    // The rest of it is in buffers of the system, and then the receiver sees that nobody listens.
    let sent = *receiver.endless.wait_for(Option::is_some).await.unwrap();
    assert!(sent.unwrap() < 64 << 20, "{sent:?} bytes");
    let (refused, mut receiver) = delivered(Manner::EndlessHead).await;
    assert_eq!(refused.unwrap_err().code(), "post.connection");
    assert!(receiver.endless.wait_for(Option::is_some).await.unwrap().unwrap() < 64 << 20);
}

#[tokio::test]
async fn inner_addresses_are_not_reached_however_they_are_written() {
    let receiver = Receiver::start(answers(200)).await;
    let port = receiver.address.port();
    let caller = Caller::new(Reach::default(), Patience::default());
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "LOCALHOST",
    ] {
        let refused = caller.deliver(&hook(&format!("http://{host}:{port}/"))).await.unwrap_err();
        // A name that is not found at all is as good.
        assert!(
            matches!(refused, SendError::Forbidden | SendError::Connection(_)),
            "{host}: {refused}"
        );
    }
    for host in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "[fd00:ec2::254]"] {
        let refused = caller.deliver(&hook(&format!("http://{host}:{port}/"))).await;
        assert_eq!(refused, Err(SendError::Forbidden), "{host}");
    }
    assert!(SendError::Forbidden.is_permanent());
    assert_eq!(receiver.seen.lock().unwrap().connections, 0);
    // The operator allows one of them.
    assert_eq!(delivered(answers(200)).await.0, Ok(200));
}

#[tokio::test]
async fn a_receiver_without_encryption_gets_nothing_over_https() {
    let receiver = Receiver::start(answers(200)).await;
    let refused =
        caller().deliver(&hook(&format!("https://{}/", receiver.address))).await.unwrap_err();
    assert!(!refused.is_permanent(), "{refused}");
    assert!(receiver.requests().iter().all(|request| request.body.is_empty()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_at_the_same_time_are_bounded() {
    let receiver = Receiver::start(answers(200)).await;
    let caller = caller();
    let url = format!("http://{}/", receiver.address);
    let calls: Vec<_> = (0..200)
        .map(|_| {
            let (caller, hook) = (caller.clone(), hook(&url));
            tokio::spawn(async move { caller.deliver(&hook).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), Ok(200));
    }
    let seen = receiver.seen.lock().unwrap();
    assert_eq!(seen.requests.len(), 200);
    assert!(seen.open_most <= CALLS_MAX, "{} at a time", seen.open_most);
}
