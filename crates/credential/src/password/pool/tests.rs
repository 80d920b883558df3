use super::*;
use std::task::{Context, Poll};

const SMALL: Params = Params { memory_kib: 64, passes: 1, lanes: 1 };

fn pool() -> Hasher {
    Hasher::start(SMALL, 2).unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned()).unwrap()
}

#[test]
fn a_password_is_right_for_its_own_hash_and_no_other_is() {
    let pool = pool();
    let stored = pool.hash(secret("korrekt hörse"), [7; 16]).wait().unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
    let right = Verified { is_right: true, is_outdated: false };
    assert_eq!(pool.verify(secret("korrekt hörse"), Some(&stored)).wait(), Ok(right));
    for wrong in ["", "korrekt hörse ", "Korrekt hörse", "korrekt ho\u{308}rse"] {
        let answer = pool.verify(secret(wrong), Some(&stored)).wait().unwrap();
        assert!(!answer.is_right, "{wrong}");
    }
    let other = pool.hash(secret("korrekt hörse"), [8; 16]).wait().unwrap();
    assert_ne!(stored, other);
}

#[test]
fn asvs_11_4_2_a_hash_costs_more_than_owasp_asks_for_at_least() {
    let Params { memory_kib, passes, lanes } = Params::default();
    assert!(memory_kib >= 19 * 1_024 && passes >= 2 && lanes >= 1);
    let stored = Params::default().hash_once(&secret("any"), [7; 16]).unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=65536,t=2,p=1$"), "{stored}");
}

#[test]
fn asvs_6_3_8_an_unknown_account_has_no_password_that_is_right() {
    let pool = pool();
    for tried in ["", "password", "\0"] {
        let answer = pool.verify(secret(tried), None).wait().unwrap();
        assert_eq!(answer, Verified { is_right: false, is_outdated: false });
    }
}

#[test]
fn a_hash_with_other_parameters_is_still_right_and_outdated() {
    let old = Hasher::start(Params { memory_kib: 256, passes: 2, lanes: 2 }, 1).unwrap();
    let stored = old.hash(secret("tr0ub4dor"), [7; 16]).wait().unwrap();
    // More memory than a worker has, and less.
    for params in [SMALL, Params { memory_kib: 1_024, passes: 1, lanes: 1 }] {
        let pool = Hasher::start(params, 1).unwrap();
        let right = Verified { is_right: true, is_outdated: true };
        assert_eq!(pool.verify(secret("tr0ub4dor"), Some(&stored)).wait(), Ok(right));
        let wrong = pool.verify(secret("troubador"), Some(&stored)).wait().unwrap();
        assert!(!wrong.is_right);
    }
}

#[test]
fn what_was_stored_and_damaged_is_told_apart_from_a_wrong_password() {
    let pool = pool();
    let damaged = "$argon2id$v=19$m=64,t=1,p=1$x$y";
    let refused = pool.verify(secret("any"), Some(damaged)).wait().unwrap_err();
    assert_eq!(refused.code(), "password.hash_malformed");
    let huge = "$argon2id$v=19$m=4000000000,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA";
    let refused = pool.verify(secret("any"), Some(huge)).wait().unwrap_err();
    assert_eq!(refused.code(), "password.hash_out_of_bounds");
}

#[test]
fn more_requests_than_the_queue_holds_are_refused_rather_than_kept() {
    let pool = Hasher::start(Params { memory_kib: 8_192, passes: 2, lanes: 1 }, 1).unwrap();
    let asked: Vec<_> = (0..200).map(|_| pool.verify(secret("any"), None)).collect();
    let answers: Vec<_> = asked.into_iter().map(Pending::wait).collect();
    // The sixteen that fit, the one that was being hashed, and those for which one ended meanwhile.
    let answered = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!((1..60).contains(&answered), "{answered} of 200");
    assert!(answers.iter().flatten().all(|answer| !answer.is_right));
    let busy = HashError::Busy { retry_after_s: 1 };
    assert!(answers.iter().filter_map(|answer| answer.err()).all(|error| error == busy));
}

#[test]
fn a_pool_that_stops_answers_everybody() {
    let pool = pool();
    let asked: Vec<_> = (0..20).map(|_| pool.verify(secret("any"), None)).collect();
    drop(pool);
    for answer in asked.into_iter().map(Pending::wait) {
        assert!(answer.is_ok() || answer == Err(HashError::Stopped), "{answer:?}");
    }
}

#[test]
fn an_answer_can_be_awaited() {
    let pool = pool();
    let mut pending = std::pin::pin!(pool.verify(secret("any"), None));
    let mut context = Context::from_waker(std::task::Waker::noop());
    let answer = loop {
        match pending.as_mut().poll(&mut context) {
            Poll::Ready(answer) => break answer,
            Poll::Pending => std::thread::yield_now(),
        }
    };
    assert_eq!(answer, Ok(Verified { is_right: false, is_outdated: false }));
}

#[test]
fn a_pool_without_workers_or_with_costs_out_of_bounds_does_not_start() {
    assert!(matches!(Hasher::start(SMALL, 0), Err(StartError::Threads(0))));
    assert!(matches!(Hasher::start(SMALL, THREADS_MAX + 1), Err(StartError::Threads(_))));
    let params = Params { memory_kib: u32::MAX, passes: 1, lanes: 1 };
    assert!(matches!(Hasher::start(params, 1), Err(StartError::Params(_))));
}
