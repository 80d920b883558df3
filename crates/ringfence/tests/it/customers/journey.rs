//! A withdrawal from its request to its end, and what races it.

use serde_json::{Value, json};
use sqlx::Connection;
use std::path::Path;

use super::{ADDRESS, Bank, Customer, FRIEND, PASSWORD};

/// Changes the kept accounts while no server runs: addresses are as old as if days had passed.
pub(super) fn days_pass(database: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite://{}", database.display());
        let mut sql = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT id, account FROM customers").fetch_all(&mut sql).await.unwrap();
        for (id, account) in rows {
            let mut account: Value = serde_json::from_str(&account).unwrap();
            for entry in account["book"].as_array_mut().unwrap() {
                entry["usable_from"] = json!(0);
            }
            sqlx::query("UPDATE customers SET account = $1 WHERE id = $2")
                .bind(account.to_string())
                .bind(id)
                .execute(&mut sql)
                .await
                .unwrap();
        }
    });
}

/// A program of the exchange.
pub(super) fn program(bank: &Bank) -> String {
    let body = json!({ "name": "signer", "scopes": ["withdrawals", "customers"] });
    let (status, made) = bank.served.ask("POST", "/v1/api-keys", Some(&body));
    assert_eq!(status, 201, "{made}");
    format!("Bearer {}", made["secret"].as_str().unwrap())
}

fn release(bank: &Bank, bearer: &str, id: &str) -> (u16, Value) {
    let headers = [("authorization", bearer)];
    bank.served.ask_as("POST", &format!("/v1/withdrawals/{id}/release"), None, &headers)
}

/// What became of a withdrawal that was to be released. A database with many writers may answer that
/// nothing was done; programs ask again.
fn released_or_not(bank: &Bank, bearer: &str, id: &str) -> Value {
    loop {
        let (status, answer) = release(bank, bearer, id);
        if status != 503 {
            return answer["state"].clone();
        }
        assert_eq!(answer["code"], "database.unavailable", "{answer}");
    }
}

/// Confirms a withdrawal with password and mailed code.
fn confirm(mia: &Customer<'_>, id: &str) -> Value {
    let path = format!("/v1/withdrawals/{id}");
    let seen = mia.get(&path);
    assert_eq!(seen["confirm"]["wanted"], json!(["password", "mailbox"]), "{seen}");
    // To look at it mails no code; to begin to confirm it does.
    let (status, wanted) =
        mia.ask("POST", &format!("{path}/confirm"), &json!({ "confirmation": {} }));
    assert_eq!((status, &wanted["code"]), (403, &json!("account.unconfirmed")), "{wanted}");
    let code = mia.bank.mail.code_for(&mia.email, "a withdrawal");
    let body = json!({ "confirmation": { "password": PASSWORD, "mail_code": code } });
    let (status, answer) = mia.ask("POST", &format!("{path}/confirm"), &body);
    assert_eq!(status, 200, "{answer}");
    answer
}

#[test]
fn asvs_7_5_3_a_withdrawal_is_held_confirmed_approved_and_released_once() {
    let bank = Bank::open();
    {
        let mia = bank.customer("mia@bank.example");
        mia.done(&ADDRESS());
    }
    let bank = bank.restart(days_pass);
    let mut mia = Customer::new(&bank, "mia@bank.example");
    assert_eq!(mia.sign_in(PASSWORD).0, 201);
    let bearer = program(&bank);
    // To an address that nobody knows: held for its cool-down, on the record, with an alert.
    let stranger = "0x1111111111111111111111111111111111111111";
    let (status, held) = mia.withdraw("w1", "1000000000000000", stranger);
    assert_eq!((status, &held["state"]), (201, &json!("held")), "{held}");
    assert!(held["not_before"].is_string() && held["receipt"]["journal_index"].is_u64());
    let codes: Vec<&str> =
        held["reasons"].as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"account.address.new"), "{codes:?}");
    assert_eq!(mia.withdraw("w1", "1000000000000000", stranger).0, 200, "asked twice, it is one");
    assert_eq!(mia.withdraw("w1", "2000000000000000", stranger).0, 409);
    let id = held["id"].as_str().unwrap().to_owned();
    let (status, refused) = release(&bank, &bearer, &id);
    assert_eq!((status, &refused["state"]), (200, &json!("held")), "{refused}");
    let (status, cancelled) = mia.ask("POST", &format!("/v1/withdrawals/{id}/cancel"), &json!({}));
    assert_eq!((status, &cancelled["state"]), (200, &json!("cancelled")), "{cancelled}");
    assert_eq!(release(&bank, &bearer, &id).0, 409);
    let alerts = bank.served.get("/v1/alerts");
    let alert = &alerts["items"][0];
    assert!(alert["sentence"].as_str().unwrap().contains("withdrawal of 0.001 ETH"), "{alerts}");
    // To an address of the book: confirmed, approved, released once.
    let (_, asked) = mia.withdraw("w2", "1000000000000000", FRIEND);
    assert_eq!(asked["state"], "challenged", "{asked}");
    assert_eq!(asked["value_cents"], 300);
    let id = asked["id"].as_str().unwrap().to_owned();
    let (status, refused) = release(&bank, &bearer, &id);
    assert_eq!((status, &refused["state"]), (200, &json!("challenged")), "{refused}");
    assert_eq!(confirm(&mia, &id)["state"], "approved");
    let outcomes: Vec<(u16, Value)> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| release(&bank, &bearer, &id))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let released = outcomes.iter().filter(|(status, _)| *status == 200).count();
    assert_eq!(released, 1, "{outcomes:?}");
    assert_eq!(mia.get(&format!("/v1/withdrawals/{id}"))["state"], "released");
    // A limit counts what has left: 10,000.00 a day.
    let (_, above) = mia.withdraw("w3", "4000000000000000000", FRIEND);
    assert_eq!(above["state"], "denied", "{above}");
    // An asset whose worth is not known is not small.
    let body = json!({ "request_id": "w4", "network": "bitcoin", "amount": "1", "to": "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq" });
    let (_, unknown) = mia.ask("POST", "/v1/withdrawals", &body);
    assert!(unknown["reasons"].to_string().contains("withdrawal.value.unknown"), "{unknown}");
    // Somebody else sees nothing of it.
    let tom = bank.customer("tom@bank.example");
    assert_eq!(tom.ask("GET", &format!("/v1/withdrawals/{id}"), &Value::Null).0, 404);
    assert_eq!(tom.get("/v1/withdrawals")["items"], json!([]));
    // asvs 8.2.2: nor do they confirm or cancel it.
    for act in ["cancel", "confirm", "answers"] {
        let body = json!({ "confirmation": {}, "answers": {} });
        let body = match act {
            "confirm" => json!({ "confirmation": body["confirmation"] }),
            "answers" => json!({ "answers": body["answers"] }),
            _ => json!({}),
        };
        let (status, _) = tom.ask("POST", &format!("/v1/withdrawals/{id}/{act}"), &body);
        assert_eq!(status, 404, "{act}");
    }
}

#[test]
fn asvs_15_4_2_no_withdrawal_passes_a_freeze() {
    const RACING: usize = 1_000;
    let bank = Bank::open();
    {
        let mia = bank.customer("mia@bank.example");
        mia.done(&ADDRESS());
        for place in 0..RACING {
            let (status, answer) = mia.withdraw(&format!("r{place}"), "1000", FRIEND);
            assert_eq!(status, 201, "{answer}");
        }
    }
    // As if days had passed and each had been confirmed.
    let bank = bank.restart(|database| {
        days_pass(database);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let url = format!("sqlite://{}", database.display());
            let mut sql = sqlx::SqliteConnection::connect(&url).await.unwrap();
            let rows: Vec<(String, String)> = sqlx::query_as("SELECT id, status FROM withdrawals")
                .fetch_all(&mut sql)
                .await
                .unwrap();
            for (id, status) in rows {
                let mut status: Value = serde_json::from_str(&status).unwrap();
                // Password and mailbox.
                status["shown"] = json!(1 | 1 << 4);
                status["stage"] = json!({ "state": "approved", "expires_at": 9_000_000_000u64 });
                sqlx::query("UPDATE withdrawals SET status = $1, state = 'approved' WHERE id = $2")
                    .bind(status.to_string())
                    .bind(id)
                    .execute(&mut sql)
                    .await
                    .unwrap();
            }
        });
    });
    let mut mia = Customer::new(&bank, "mia@bank.example");
    mia.sign_in(PASSWORD);
    let bearer = program(&bank);
    let mut ids: Vec<String> = Vec::new();
    let mut cursor = String::new();
    while ids.len() < RACING {
        let list = mia.get(&format!("/v1/withdrawals?limit=500&state=approved{cursor}"));
        let items = list["items"].as_array().unwrap().iter();
        ids.extend(items.map(|row| row["id"].as_str().unwrap().to_owned()));
        cursor = format!("&cursor={}", list["next"].as_str().unwrap_or_default());
    }
    assert_eq!(ids.len(), RACING);
    let (first, rest) = ids.split_at(10);
    for id in first {
        assert_eq!(release(&bank, &bearer, id).1["state"], "released");
    }
    let states: Vec<Value> = std::thread::scope(|scope| {
        let (bank, bearer) = (&bank, &bearer);
        let lanes: Vec<_> = rest
            .chunks(rest.len().div_ceil(16))
            .map(|ids| {
                scope.spawn(move || {
                    let answers = ids.iter().map(|id| released_or_not(bank, bearer, id));
                    answers.collect::<Vec<_>>()
                })
            })
            .collect();
        let freeze = json!({ "command": { "do": "freeze" } });
        let (status, answer) = mia.ask("POST", "/v1/my/commands", &freeze);
        assert_eq!(status, 200, "{answer}");
        lanes.into_iter().flat_map(|lane| lane.join().unwrap()).collect()
    });
    let released = states.iter().filter(|state| **state == "released").count();
    let denied = states.iter().filter(|state| **state == "denied").count();
    assert_eq!(released + denied, states.len(), "{states:?}");
    // In the order of the record nothing is released after the freeze.
    let mut events = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = mia.get(&format!("/v1/my/events?limit=500{cursor}"));
        events.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let frozen = events.iter().find(|event| event["kind"] == "frozen").unwrap();
    let after = events.iter().filter(|event| {
        event["kind"] == "withdrawal" && event["seq"].as_i64() > frozen["seq"].as_i64()
    });
    let after: Vec<&str> = after.map(|event| event["sentence"].as_str().unwrap()).collect();
    assert!(after.iter().all(|sentence| !sentence.contains("released")), "{after:?}");
    assert!(!after.is_empty(), "the race was no race: all were released before the freeze");
}
