//! What the server stands on fails and comes back: disk and database.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};

use super::serve::{ARGUMENTS, Served, event, pause};
use super::{HOP, LISTED, world};

/// Sends events with these numbers one after the other until one is refused. Gives the number of
/// that one, and notes the entries of the others.
fn send_until_refused(
    served: &Served,
    numbers: std::ops::Range<u64>,
    entries: &mut HashMap<u64, u64>,
) -> Option<(u64, u16, Value)> {
    for n in numbers {
        let body = event(&format!("f{n}"), n, HOP[n as usize % 2], HOP[2]);
        let (status, answer) = served.ask("POST", "/v1/events", Some(&body));
        if status != 200 {
            return Some((n, status, answer));
        }
        entries.insert(n, answer["decisions"][0]["index"].as_u64().unwrap());
    }
    None
}

fn assert_all_known(served: &Served, entries: &HashMap<u64, u64>) {
    for (n, index) in entries {
        let body = event(&format!("f{n}"), *n, HOP[*n as usize % 2], HOP[2]);
        let (status, answer) = served.ask("POST", "/v1/events", Some(&body));
        assert_eq!((status, &answer["status"]), (200, &json!("known")), "{answer}");
        assert_eq!(answer["decisions"][0]["index"], *index);
    }
}

/// Waits until a question is answered well.
fn wait_for(served: &Served, method: &str, path: &str, body: Option<&Value>) -> Value {
    for _ in 0..300 {
        let (status, answer) = served.ask(method, path, body);
        if status == 200 {
            return answer;
        }
        assert_eq!(status, 503, "{answer}");
        pause(100);
    }
    panic!("{path} is not answered again");
}

#[test]
fn a_full_disk_refuses_everything_until_there_is_room_and_loses_nothing() {
    let (folder, _) = world();
    // A full disk is an error; a file that is too long would be a signal first.
    let mut command = Command::new("bash");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_ringfence")]);
    let served = Served::start_by(command.current_dir(folder.path()), folder.path(), &ARGUMENTS);
    let mut entries = HashMap::new();
    assert!(send_until_refused(&served, 0..50, &mut entries).is_none());
    let limit = |bytes: Option<u64>| {
        let limit = rustix::process::Rlimit { current: bytes, maximum: None };
        let resource = rustix::process::Resource::Fsize;
        rustix::process::prlimit(Some(served.pid()), resource, limit).unwrap();
    };
    let log = folder.path().join("d/events/00000000000000000000.log");
    limit(Some(std::fs::metadata(log).unwrap().len() + 4_000));
    let refused = send_until_refused(&served, 50..5_000, &mut entries);
    let (refused, status, answer) = refused.expect("the disk is full");
    assert_eq!((status, &answer["code"]), (503, &json!("journal.unavailable")), "{answer}");
    // What is not on the record is not said: no answer reads as an allow.
    let pre_check = json!({ "network": "ethereum", "from": HOP[2], "to": HOP[0], "amount": "5" });
    let (status, answer) = served.ask("POST", "/v1/screen/transfer", Some(&pre_check));
    assert_eq!((status, answer.get("level")), (503, None), "{answer}");
    let (status, _) = served.ask("GET", "/readyz", None);
    assert_eq!(status, 503);
    limit(None);
    let again = event(&format!("f{refused}"), refused, HOP[refused as usize % 2], HOP[2]);
    let answer = wait_for(&served, "POST", "/v1/events", Some(&again));
    entries.insert(refused, answer["decisions"][0]["index"].as_u64().unwrap());
    assert_all_known(&served, &entries);
    wait_for(&served, "GET", "/readyz", None);
    served.stop();
    super::ok(folder.path(), &["journal", "verify", "d", "--json"]);
}

/// Stands between the server and its database, and can be cut.
struct Wire {
    address: String,
    is_cut: Arc<Mutex<bool>>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Wire {
    fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (is_cut, open) = (Arc::new(Mutex::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (cut, known) = (Arc::clone(&is_cut), Arc::clone(&open));
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if *cut.lock().unwrap() {
                    continue;
                }
                let far = TcpStream::connect(&target).unwrap();
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    known.lock().unwrap().push(from.try_clone().unwrap());
                    std::thread::spawn(move || copy(from, to));
                }
            }
        });
        Self { address, is_cut, open }
    }

    fn cut(&self) {
        *self.is_cut.lock().unwrap() = true;
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn mend(&self) {
        *self.is_cut.lock().unwrap() = false;
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let mut bytes = [0; 1 << 14];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

#[test]
fn a_database_that_is_away_stops_no_decision_and_is_told_everything_afterwards() {
    let Ok(url) = std::env::var("RINGFENCE_TEST_POSTGRES") else {
        println!("skipped: RINGFENCE_TEST_POSTGRES names no PostgreSQL; use 'xtask postgres'");
        return;
    };
    // Other tests make databases of their own, so the one that is named is free.
    let (server, name) = url.rsplit_once('/').unwrap();
    let (user, target) = server.rsplit_once('@').unwrap();
    let wire = Wire::to(target.to_owned());
    let (folder, _) = world();
    let database = format!("{user}@{}/{name}", wire.address);
    let served = Served::start_in(folder.path(), &ARGUMENTS, &[("RINGFENCE_DATABASE", &database)]);
    let mut entries = HashMap::new();
    assert!(send_until_refused(&served, 0..5, &mut entries).is_none());
    wait_for(&served, "GET", "/readyz", None);
    wire.cut();
    // Who is asking was known a moment ago; decisions need nothing else.
    let denied = event("away", 100, LISTED, HOP[0]);
    let (status, answer) = served.ask("POST", "/v1/events", Some(&denied));
    let was_decided = status == 200;
    assert!(was_decided || status == 503, "{answer}");
    let (status, answer) = served.ask("GET", "/v1/alerts", None);
    assert_eq!(status, 503, "a queue that cannot be read is not an empty queue: {answer}");
    let (status, _) = served.ask("GET", "/readyz", None);
    assert_eq!(status, 503);
    wire.mend();
    wait_for(&served, "GET", "/readyz", None);
    let answer = wait_for(&served, "POST", "/v1/events", Some(&denied));
    assert_eq!(answer["status"], if was_decided { "known" } else { "decided" });
    assert_all_known(&served, &entries);
    for _ in 0..100 {
        let alerts = served.get("/v1/alerts");
        if alerts["total"] == 1 {
            assert_eq!(alerts["items"][0]["code"], "sanctions.payer.listed");
            served.stop();
            return;
        }
        pause(100);
    }
    panic!("nobody was told of the denied transfer");
}
