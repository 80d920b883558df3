//! What goes wrong around a server with customers: its mail server, its database, its machine, and clients
//! that mean harm.

use engine::record::AccountEntry;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::mpsc::channel;

use super::super::serve::{Served, pause};
use super::{ADDRESS, Bank, Customer, FRIEND, PASSWORD, kept};

const MIA: &str = "mia@bank.example";
/// Where nobody was paid before: what goes there waits, and is told.
const STRANGER: &str = "0x1111111111111111111111111111111111111111";

fn cookie_of(who: &Customer<'_>) -> String {
    let cookies = who.cookies.borrow();
    let pairs: Vec<String> =
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("; ")
}

/// Waits until a query counts something, as long as mail is waited for.
fn until(bank: &Bank, text: &'static str, count: i64) {
    for _ in 0..1_500 {
        if kept::numbers(&bank.database(), text) == [count] {
            return;
        }
        pause(20);
    }
    let outbox = "SELECT kind, state, CAST(tries AS TEXT), detail FROM outbox";
    panic!("never {count}: {text}: {:?}", kept::texts(&bank.database(), outbox));
}

/// The answers of eight who send the same at the same moment.
fn eight_at_once(who: &Customer<'_>, path: &str, body: &Value) -> Vec<(u16, Value)> {
    let (cookies, csrf) = (who.cookies.borrow().clone(), who.csrf.clone());
    let (bank, email) = (who.bank, who.email.as_str());
    std::thread::scope(|scope| {
        let (cookies, csrf) = (&cookies, &csrf);
        let asked: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(move || {
                    let mut tab = Customer::new(bank, email);
                    tab.cookies.borrow_mut().clone_from(cookies);
                    tab.csrf.clone_from(csrf);
                    tab.ask("POST", path, body)
                })
            })
            .collect();
        asked.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn mail_that_cannot_be_sent_comes_later_once_for_each_notice() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    bank.mail.all(MIA);
    bank.mail.fall(true);
    for place in 0..5 {
        assert_eq!(mia.withdraw(&format!("w{place}"), "1000", STRANGER).0, 201);
    }
    until(
        &bank,
        "SELECT COUNT(*) FROM outbox WHERE kind = 'mail' AND state = 'waiting' AND tries = 1",
        5,
    );
    assert!(bank.mail.refused() >= 5 && bank.mail.all(MIA).is_empty());
    // What waits outlives the server, and so does a mail server that is still down.
    let bank = bank.restart(|_| {});
    kept::change(&bank.database(), "UPDATE outbox SET next_at = 0 WHERE state = 'waiting'");
    until(
        &bank,
        "SELECT COUNT(*) FROM outbox WHERE kind = 'mail' AND state = 'waiting' AND tries = 2",
        5,
    );
    bank.mail.fall(false);
    kept::change(&bank.database(), "UPDATE outbox SET next_at = 0 WHERE state = 'waiting'");
    until(&bank, "SELECT COUNT(*) FROM outbox WHERE state = 'waiting'", 0);
    let mails = bank.mail.all(MIA);
    let id = |mail: &String| {
        let line = mail.lines().find(|line| line.to_lowercase().starts_with("message-id:"));
        line.unwrap_or_else(|| panic!("{mail}")).to_owned()
    };
    let mut ids: Vec<String> = mails.iter().map(id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((mails.len(), ids.len()), (5, 5));
    assert!(
        kept::numbers(&bank.database(), "SELECT COUNT(*) FROM outbox WHERE state = 'failed'")
            == [0]
    );
}

#[test]
fn asvs_16_5_3_a_locked_database_refuses_changes_nothing_and_later_it_works() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    assert_eq!(mia.withdraw("before", "1000", STRANGER).0, 201);
    let open = mia.get("/v1/withdrawals")["items"][0]["id"].as_str().unwrap().to_owned();
    let counts = |bank: &Bank| {
        let texts = [
            "SELECT COUNT(*) FROM account_events",
            "SELECT COUNT(*) FROM withdrawals",
            "SELECT COUNT(*) FROM outbox",
            "SELECT COUNT(*) FROM customer_sessions",
        ];
        texts.map(|text| kept::numbers(&bank.database(), text)[0])
    };
    until(&bank, "SELECT COUNT(*) FROM outbox WHERE state = 'waiting'", 0);
    let before = counts(&bank);
    let cancel = format!("/v1/withdrawals/{open}/cancel");
    let body = json!({ "kind": "password", "email": MIA, "password": PASSWORD });
    let freeze = json!({ "command": { "do": "freeze" } });
    let refused = kept::while_locked(&bank.database(), || {
        let asked = [
            mia.withdraw("during", "1000", STRANGER),
            mia.ask("POST", &cancel, &json!({})),
            mia.ask("POST", "/v1/my/commands", &freeze),
            mia.ask("POST", "/v1/my/session", &body),
        ];
        // Reading goes on.
        assert_eq!(mia.get("/v1/my/account")["is_frozen"], false);
        asked
    });
    for (status, problem) in refused {
        assert_eq!((status, &problem["code"]), (503, &json!("database.unavailable")), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("nothing was changed"), "{problem}");
    }
    assert_eq!(counts(&bank), before);
    assert_eq!(mia.withdraw("during", "1000", STRANGER).0, 201);
    assert_eq!(mia.ask("POST", &cancel, &json!({})).1["state"], "cancelled");
    assert_eq!(mia.ask("POST", "/v1/my/session", &body).0, 201);
}

/// Every event once in the journal, where it says that it is; gives how many.
fn each_event_is_in_the_journal_once(bank: &Bank) -> usize {
    let mut journal = store::JournalDir::open(&bank.folder.path().join("d/journal"), "x").unwrap();
    let mut places: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for index in 0..journal.head().0 {
        if let Some(entry) = AccountEntry::decode(&journal.entry(index).unwrap()) {
            places.entry(entry.seq).or_default().push(index);
        }
    }
    let rows = kept::texts(
        &bank.database(),
        "SELECT CAST(seq AS TEXT), CAST(journal_index AS TEXT) FROM account_events ORDER BY seq",
    );
    assert_eq!(rows.len(), places.len());
    for row in &rows {
        let (seq, index): (u64, u64) = (row[0].parse().unwrap(), row[1].parse().unwrap());
        assert_eq!(places[&seq], [index], "event {seq}");
    }
    rows.len()
}

#[test]
fn kills_in_the_middle_of_withdrawals_lose_and_double_no_transition() {
    const KILLS: usize = 12;
    const ANSWERS: usize = 9;
    let mut bank = Bank::open();
    let (cookie, csrf) = {
        let mia = bank.customer(MIA);
        (cookie_of(&mia), mia.csrf)
    };
    let headers = [("cookie", cookie.as_str()), ("x-csrf-token", csrf.as_str())];
    let mut answered: Vec<(String, String)> = Vec::new();
    for kill in 0..KILLS {
        let (out, told) = channel();
        // Four lanes ask and cancel until the server is gone; it is killed between two answers.
        let victim = std::mem::replace(&mut bank.served, Served::none());
        let pid = victim.pid();
        std::thread::scope(|scope| {
            for lane in 0..4 {
                let (out, victim, headers) = (out.clone(), &victim, &headers);
                scope.spawn(move || {
                    for place in 0.. {
                        let name = format!("k{kill}-{lane}-{place}");
                        let body = json!({ "request_id": name, "network": "ethereum",
                            "amount": "1000", "to": STRANGER });
                        let asked = victim.try_ask("POST", "/v1/withdrawals", &body, headers);
                        let Some((201, asked)) = asked else { return };
                        let id = asked["id"].as_str().unwrap().to_owned();
                        let _ = out.send((id.clone(), "held".to_owned()));
                        let path = format!("/v1/withdrawals/{id}/cancel");
                        let done = victim.try_ask("POST", &path, &json!({}), headers);
                        let Some((200, _)) = done else { return };
                        let _ = out.send((id, "cancelled".to_owned()));
                    }
                });
            }
            drop(out);
            answered.extend(told.iter().take(ANSWERS + kill));
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
            answered.extend(told.iter());
        });
        bank = bank.restart_after(|_| victim.kill(), |_| {});
    }
    let (status, list) = bank.served.ask_as("GET", "/v1/my/events?limit=500", None, &headers);
    assert_eq!(status, 200, "the session outlives a kill: {list}");
    until(&bank, "SELECT COUNT(*) FROM account_events WHERE journal_index IS NULL", 0);
    let bank_dir = bank.restart_after(Served::stop, |_| {});
    let events = {
        let rows = kept::texts(
            &bank_dir.database(),
            "SELECT detail FROM account_events WHERE kind = 'withdrawal' ORDER BY seq",
        );
        let mut events: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in rows {
            let detail: Value = serde_json::from_str(&row[0]).unwrap();
            let text = |field: &str| detail[field].as_str().unwrap().to_owned();
            events.entry(text("withdrawal")).or_default().push(text("state"));
        }
        events
    };
    let kept_rows = kept::texts(
        &bank_dir.database(),
        "SELECT id, state, CAST(version AS TEXT), request_id FROM withdrawals",
    );
    assert_eq!(kept_rows.len(), events.len());
    let mut names: Vec<&String> = kept_rows.iter().map(|row| &row[3]).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), kept_rows.len(), "a request made two withdrawals");
    for row in &kept_rows {
        let states = &events[&row[0]];
        assert_eq!(states.last(), Some(&row[1]), "{row:?}");
        assert_eq!(states.len().to_string(), row[2], "one event for each version: {row:?}");
        assert!(["held", "cancelled"].contains(&states[0].as_str()) && states.len() <= 2);
    }
    for (id, state) in &answered {
        assert!(events[id].contains(state), "{id} was told to be {state}: {:?}", events[id]);
    }
    let mut bank = bank_dir;
    std::mem::replace(&mut bank.served, Served::none()).stop();
    let count = each_event_is_in_the_journal_once(&bank);
    println!("{KILLS} kills, {} answers, {count} events, each once in the journal", answered.len());
    assert!(answered.len() >= KILLS * ANSWERS);
}

#[test]
fn of_eight_who_use_a_recovery_code_at_once_one_begins() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    let codes = mia.done(&json!({ "do": "new_recovery_codes" }))["secret"]["codes"].clone();
    let thief = Customer::new(&bank, MIA);
    thief.ask("POST", "/v1/my/recovery/mail", &json!({ "email": MIA }));
    let mailed = bank.mail.code_for(MIA, "recovering");
    let body = json!({ "email": MIA, "mail_code": mailed, "recovery_code": codes[0] });
    let answers = eight_at_once(&thief, "/v1/my/recovery", &body);
    let begun = answers.iter().filter(|(status, _)| *status == 202).count();
    assert_eq!(begun, 1, "{answers:?}");
    let account = mia.get("/v1/my/account");
    assert_eq!(account["credentials"]["recovery_codes_left"], 7);
    let events = mia.get("/v1/my/events");
    let begins = events["items"].as_array().unwrap().iter();
    assert_eq!(begins.filter(|event| event["kind"] == "recovery_begun").count(), 1);
}

#[test]
fn of_eight_who_use_a_mailed_code_at_once_one_gets_on() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    let (status, _) = mia.ask("POST", "/v1/my/commands", &json!({ "command": ADDRESS() }));
    assert_eq!(status, 403);
    let code = bank.mail.code(MIA);
    let confirmation = json!({ "password": PASSWORD, "mail_code": code });
    let body = json!({ "command": ADDRESS(), "confirmation": confirmation });
    let answers = eight_at_once(&mia, "/v1/my/commands", &body);
    let done = answers.iter().filter(|(status, _)| *status == 200).count();
    assert_eq!(done, 1, "{answers:?}");
    let events = mia.get("/v1/my/events");
    let added = events["items"].as_array().unwrap().iter();
    assert_eq!(added.filter(|event| event["kind"] == "address_added").count(), 1);
}

#[test]
fn an_answer_to_a_sign_in_works_once() {
    let bank = Bank::open();
    bank.customer(MIA);
    let owner = Customer::new(&bank, MIA);
    let body = json!({ "kind": "password", "email": MIA, "password": PASSWORD });
    let pending = owner.ask("POST", "/v1/my/session", &body).1["pending"].clone();
    let code = bank.mail.code_for(MIA, "signing in");
    let answer = json!({ "kind": "second", "pending": pending, "code": code });
    let answers = eight_at_once(&owner, "/v1/my/session", &answer);
    let entered = answers.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!(entered, 1, "{answers:?}");
    let (status, refused) = owner.ask("POST", "/v1/my/session", &answer);
    assert_eq!((status, &refused["code"]), (400, &json!("ceremony.unknown")), "{refused}");
}

#[test]
fn of_a_hundred_devices_sixty_four_are_remembered_and_thirty_two_signed_in() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    for _ in 0..100 {
        let mut device = Customer::new(&bank, MIA);
        let (status, answer) = device.sign_in(PASSWORD);
        assert_eq!(status, 201, "{answer}");
    }
    let count = |text: &'static str| kept::numbers(&bank.database(), text)[0];
    assert_eq!(count("SELECT COUNT(*) FROM devices"), 64);
    assert_eq!(count("SELECT COUNT(*) FROM customer_sessions"), 32);
    // The first is forgotten: its session was driven out, and it is asked for a code again.
    assert_eq!(mia.ask("GET", "/v1/my/account", &Value::Null).0, 401);
    let body = json!({ "kind": "password", "email": MIA, "password": PASSWORD });
    assert_eq!(mia.ask("POST", "/v1/my/session", &body).0, 202);
}

/// Sends bytes as they are; gives the status, or nothing when the server hangs up.
fn raw(bank: &Bank, bytes: &[u8]) -> Option<u16> {
    let at = bank.served.base.trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(at).unwrap();
    // It may hang up before it has read all.
    let _ = stream.write_all(bytes);
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text);
    String::from_utf8_lossy(&text).split(' ').nth(1)?.parse().ok()
}

#[test]
fn bodies_and_headers_beyond_measure_are_refused_and_nothing_is_smuggled_into_a_mail() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    let large = format!("{{\"email\":\"{}\"}}", "x".repeat(3 << 20));
    for path in ["/v1/my/session", "/v1/my/sign-up", "/v1/my/enrol", "/v1/my/recovery"] {
        let (status, answer) = bank.served.post_raw(path, &large);
        assert_eq!(status, 413, "{path}: {answer}");
    }
    let head = |more: &str| {
        format!("GET /v1/my/session HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{more}\r\n")
    };
    let agent = format!("user-agent: {}\r\n", "x".repeat(100_000));
    let many: String = (0..200).map(|place| format!("x-{place}: 1\r\n")).collect();
    for more in
        [agent.as_str(), many.as_str(), "a: b\rc\r\n", "content-length: 5\r\ncontent-length: 6\r\n"]
    {
        let status = raw(&bank, head(more).as_bytes());
        assert!(status.is_none_or(|status| (400..500).contains(&status)), "{status:?}");
    }
    assert_eq!(
        raw(&bank, head("cookie: a=b; ;;=; __Host-ringfence-customer=\r\n").as_bytes()),
        Some(401)
    );
    // What goes into mails from a request: the device's name and texts that the customer chose.
    let body = json!({ "kind": "password", "email": MIA, "password": PASSWORD });
    let agent = "Firefox/1 Linux\u{e9}<b>&\"; =?utf-8?q?x?= Bcc: all@bank.example";
    let text = body.to_string();
    let request = format!(
        "POST /v1/my/session HTTP/1.1\r\nhost: x\r\nuser-agent: {agent}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
    assert_eq!(raw(&bank, request.as_bytes()), Some(202));
    bank.mail.code_for(MIA, "signing in");
    for label in ["x\r\nBcc: all@bank.example", "x\n\n.\r\nMAIL FROM:<a@b.example>", "x\u{2028}y"] {
        let add = json!({ "do": "add_address", "network": "ethereum", "address": FRIEND, "label": label });
        let (status, answer) = mia.confirmed(&add);
        assert_eq!((status, &answer["field"]), (400, &json!("label")), "{label:?}: {answer}");
    }
    mia.done(&json!({ "do": "set_anti_phishing_code", "code": "Bcc: x@bank.example" }));
    mia.done(&json!({ "do": "new_recovery_codes" }));
    let mails = std::iter::repeat_with(|| bank.mail.next(MIA));
    let mail =
        mails.into_iter().find(|mail| mail.contains("Your anti-phishing code: Bcc")).unwrap();
    let headers = mail.split("\n\n").next().unwrap().to_lowercase();
    assert!(!headers.contains("bcc"), "{headers}");
    assert!(
        bank.mail.all("all@bank.example").is_empty() && bank.mail.all("x@bank.example").is_empty()
    );
}
