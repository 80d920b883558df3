//! Requirements of the OWASP ASVS 5.0 on a server that runs: what signs in, what is sent and what is told.
//! `docs/asvs.md` says which tests show which requirement; a test here checks that they are there.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};

use super::{Bank, Customer, FRIEND, PASSWORD, kept, keys};

const MIA: &str = "mia@bank.example";
const OTHER: &str = "eight brown owls sleep";

/// A customer with an authenticator app, and the app's seed. The code of the step before now is used.
fn with_app(bank: &Bank) -> (Customer<'_>, Vec<u8>) {
    let mia = bank.customer(MIA);
    let begun = mia.ask("POST", "/v1/my/commands", &json!({ "command": { "do": "begin_totp" } })).1;
    let secret = &begun["secret"];
    let seed = keys::base32(secret["seed_text"].as_str().unwrap());
    let code = keys::totp(&seed, keys::step_now() - 1);
    mia.done(&json!({ "do": "set_totp", "code": code }));
    (mia, seed)
}

/// A code of the app that is not right now.
fn wrong_code(seed: &[u8]) -> String {
    let now = keys::step_now();
    let right: Vec<String> = (now - 3..now + 4).map(|step| keys::totp(seed, step)).collect();
    let digits = (0..10).map(|digit| digit.to_string().repeat(6));
    digits.into_iter().find(|code| !right.contains(code)).unwrap()
}

fn password_of(who: &Customer<'_>) -> (u16, Value) {
    let body = json!({ "kind": "password", "email": who.email, "password": PASSWORD });
    who.ask("POST", "/v1/my/session", &body)
}

fn second(who: &Customer<'_>, pending: &Value, code: &str) -> (u16, Value) {
    let body = json!({ "kind": "second", "pending": pending, "code": code });
    who.ask("POST", "/v1/my/session", &body)
}

/// Asks for a link that opens an account, and gives its token.
fn link(bank: &Bank, email: &str) -> String {
    let stranger = Customer::new(bank, email);
    assert_eq!(stranger.ask("POST", "/v1/my/sign-up", &json!({ "email": email })).0, 202);
    let text = bank.mail.next(email);
    let token = text.split("enrol?token=").nth(1).unwrap();
    token.chars().take_while(|c| !c.is_whitespace()).collect()
}

fn enrol(bank: &Bank, email: &str, token: &str, password: &str) -> (u16, Value) {
    let method = json!({ "kind": "password", "password": password });
    let body = json!({ "token": token, "name": "Mia Muster", "method": method });
    Customer::new(bank, email).ask("POST", "/v1/my/enrol", &body)
}

/// The tree of the sources.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn rust_files(folder: &Path, texts: &mut Vec<String>) {
    for item in std::fs::read_dir(folder).unwrap().flatten() {
        let path = item.path();
        if path.is_dir() {
            rust_files(&path, texts);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            texts.push(std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_test_that_the_list_of_requirements_names_is_in_the_sources() {
    let list = std::fs::read_to_string(root().join("docs/asvs.md")).unwrap();
    let mut sources = Vec::new();
    rust_files(&root().join("crates"), &mut sources);
    let rows: Vec<&str> = list
        .lines()
        .filter(|line| line.starts_with("| ") && line.as_bytes()[2].is_ascii_digit())
        .collect();
    assert!(rows.len() >= 43, "{} rows", rows.len());
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [number, _, _, tests, state] = cells[..] else { panic!("{row}") };
        assert!(["met", "partly", "not"].contains(&state), "{number}: {state}");
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(state == "not" || !names.is_empty(), "{number} has no test");
        for name in names {
            let name = name.rsplit("::").next().unwrap();
            let sought = format!("fn {name}(");
            let is_there = sources.iter().any(|source| source.contains(&sought));
            assert!(is_there, "{number}: there is no test '{name}'");
        }
    }
}

#[test]
fn asvs_6_2_4_common_passwords_open_no_account() {
    let bank = Bank::open();
    let token = link(&bank, MIA);
    for (password, code) in
        [("1qaz2wsx3edc4rfv", "password.too_common"), ("fourteen chars", "password.too_short")]
    {
        let (status, refused) = enrol(&bank, MIA, &token, password);
        assert_eq!((status, &refused["code"]), (400, &json!(code)), "{refused}");
        assert_eq!(refused["field"], "password");
    }
    assert_eq!(enrol(&bank, MIA, &token, PASSWORD).0, 201);
}

#[test]
fn asvs_6_3_4_sessions_begin_in_two_documented_ways_only() {
    let bank = Bank::open();
    let document = bank.served.get("/openapi.json");
    let mut ways = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let begins = operation["responses"]["201"].to_string().contains("CustomerSession");
            if begins {
                ways.push(format!("{method} {path}"));
            }
        }
    }
    assert_eq!(ways, ["post /v1/my/enrol", "post /v1/my/session"]);
    // With an app, a password and a mailed code do not sign in: no way is weaker than another.
    let (mia, _) = with_app(&bank);
    let stranger = Customer::new(&bank, MIA);
    for who in [&mia, &stranger] {
        let (status, answer) = password_of(who);
        assert_eq!((status, &answer["wants"]), (202, &json!("totp")), "{answer}");
    }
}

#[test]
fn asvs_6_3_5_a_right_password_with_a_wrong_code_is_told_to_the_owner() {
    let bank = Bank::open();
    let (mia, seed) = with_app(&bank);
    let stranger = Customer::new(&bank, MIA);
    let pending = password_of(&stranger).1["pending"].clone();
    let (status, refused) = second(&stranger, &pending, &wrong_code(&seed));
    assert_eq!((status, &refused["code"]), (401, &json!("auth.code")), "{refused}");
    let mut mails = std::iter::repeat_with(|| bank.mail.next(MIA));
    assert!(
        mails.any(|mail| mail.contains("right password of your account and then a wrong code"))
    );
    let events = mia.get("/v1/my/events");
    assert_eq!(events["items"][0]["kind"], "second_refused", "{events}");
}

#[test]
fn asvs_6_3_7_each_change_of_what_signs_in_is_told_by_mail() {
    let bank = Bank::open();
    let (mia, seed) = with_app(&bank);
    let told = |what: &str| {
        let mails = std::iter::repeat_with(|| bank.mail.next(MIA));
        let text = mails.into_iter().find(|text| !text.contains("Your code for")).unwrap();
        assert!(text.to_lowercase().contains(what), "{what}: {text}");
    };
    told("app");
    // With an app, password and app confirm. Each code works once, so each change has its own.
    let confirmed = |command: Value, step: u64| {
        let confirmation = json!({ "password": PASSWORD, "totp": keys::totp(&seed, step) });
        let body = json!({ "command": command, "confirmation": confirmation });
        let (status, answer) = mia.ask("POST", "/v1/my/commands", &body);
        assert_eq!(status, 200, "{answer}");
    };
    confirmed(json!({ "do": "new_recovery_codes" }), keys::step_now());
    told("recovery code");
    confirmed(json!({ "do": "remove_totp" }), keys::step_now() + 1);
    told("app");
    mia.done(&json!({ "do": "change_email", "email": "mia2@bank.example" }));
    told("e-mail");
    assert!(bank.mail.next("mia2@bank.example").to_lowercase().contains("e-mail"));
    let mut mia = mia;
    mia.email = "mia2@bank.example".to_owned();
    bank.mail.all(MIA);
    mia.done(&json!({ "do": "set_password", "password": OTHER }));
    told("password");
}

#[test]
fn asvs_6_4_1_a_link_opens_one_account_and_is_over_after_a_day() {
    let bank = Bank::open();
    let token = link(&bank, MIA);
    assert!(token.len() >= 43, "256 random bits");
    let late = link(&bank, "tom@bank.example");
    let spans = kept::numbers(
        &bank.database(),
        "SELECT expires_at - CAST(strftime('%s', 'now') AS INTEGER) FROM account_links",
    );
    assert!(spans.len() == 2 && spans.iter().all(|span| *span <= 86_400), "{spans:?}");
    kept::change(
        &bank.database(),
        "UPDATE account_links SET expires_at = 1 WHERE subject = 'tom@bank.example'",
    );
    let (status, refused) = enrol(&bank, "tom@bank.example", &late, PASSWORD);
    assert_eq!((status, &refused["code"]), (401, &json!("auth.link")));
    assert_eq!(enrol(&bank, MIA, &token, PASSWORD).0, 201);
    assert_eq!(enrol(&bank, MIA, &token, OTHER).1["code"], "auth.link");
    assert_eq!(enrol(&bank, MIA, &token[1..], OTHER).1["code"], "auth.link");
}

#[test]
fn asvs_6_4_6_nobody_of_the_staff_sets_a_password() {
    let bank = Bank::open();
    bank.customer(MIA);
    let document = bank.served.get("/openapi.json");
    let schemas = &document["components"]["schemas"];
    for (path, methods) in document["paths"].as_object().unwrap() {
        if path.starts_with("/v1/my/") || path.starts_with("/v1/withdrawals") {
            continue;
        }
        for (method, operation) in methods.as_object().unwrap() {
            let body = operation["requestBody"].to_string();
            let named = body.split("schemas/").nth(1).unwrap_or("");
            let named = named.split('"').next().unwrap_or("");
            let fields = schemas[named].to_string() + &body;
            assert!(!fields.contains("\"password\""), "{method} {path}");
        }
    }
    let id = kept::texts(&bank.database(), "SELECT id FROM customers")[0][0].clone();
    let set = json!({ "password": OTHER });
    for path in ["password", "credentials", "commands", "recovery"] {
        let path = format!("/v1/customers/{id}/{path}");
        assert!([404, 405].contains(&bank.served.ask("POST", &path, Some(&set)).0), "{path}");
    }
}

#[test]
fn asvs_6_5_1_a_recovery_code_works_once() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    let codes = mia.done(&json!({ "do": "new_recovery_codes" }))["secret"]["codes"].clone();
    let thief = Customer::new(&bank, MIA);
    let recover = |code: &Value| {
        thief.ask("POST", "/v1/my/recovery/mail", &json!({ "email": MIA }));
        let mailed = bank.mail.code_for(MIA, "recovering");
        let body = json!({ "email": MIA, "mail_code": mailed, "recovery_code": code });
        thief.ask("POST", "/v1/my/recovery", &body)
    };
    assert_eq!(recover(&codes[0]).0, 202);
    let stop = json!({ "command": { "do": "stop_recovery" } });
    assert_eq!(mia.ask("POST", "/v1/my/commands", &stop).0, 200);
    let (status, refused) = recover(&codes[0]);
    assert_eq!((status, &refused["code"]), (403, &json!("account.recovery.evidence")));
    assert_eq!(recover(&codes[1]).0, 202, "the next one works");
}

#[test]
fn asvs_6_5_5_a_mailed_code_is_over_after_ten_minutes() {
    let bank = Bank::open();
    bank.customer(MIA);
    let stranger = Customer::new(&bank, MIA);
    let pending = password_of(&stranger).1["pending"].clone();
    let code = bank.mail.code_for(MIA, "signing in");
    let spans = kept::numbers(
        &bank.database(),
        "SELECT expires_at - CAST(strftime('%s', 'now') AS INTEGER) FROM account_links WHERE kind = 'sign-in'",
    );
    assert!(spans.len() == 1 && (1..=600).contains(&spans[0]), "{spans:?}");
    kept::change(
        &bank.database(),
        "UPDATE account_links SET expires_at = expires_at - 600 WHERE kind = 'sign-in'",
    );
    assert_eq!(second(&stranger, &pending, &code).1["code"], "auth.code");
}

#[test]
fn asvs_6_5_6_an_app_codes_a_device_and_a_key_are_taken_away() {
    let bank = Bank::open();
    let (mia, seed) = with_app(&bank);
    let body = |command: Value, step: u64| json!({ "command": command, "confirmation": { "password": PASSWORD, "totp": keys::totp(&seed, step) } });
    let remove = body(json!({ "do": "remove_totp" }), keys::step_now());
    let (status, done) = mia.ask("POST", "/v1/my/commands", &remove);
    assert_eq!((status, &done["account"]["credentials"]["has_totp"]), (200, &json!(false)));
    // What the app shows is worth nothing now: a new device is asked for a mailed code.
    let mut other = Customer::new(&bank, MIA);
    assert_eq!(password_of(&other).1["wants"], "mail_code");
    bank.mail.code_for(MIA, "signing in");
    assert_eq!(other.sign_in(PASSWORD).0, 201);
    // The device is known until it is forgotten, and its session ends with it.
    let devices = mia.get("/v1/my/devices")["items"].clone();
    let theirs = devices.as_array().unwrap().iter().find(|d| d["is_current"] == false).unwrap();
    let forget = json!({ "command": { "do": "forget_device", "id": theirs["id"] } });
    assert_eq!(mia.ask("POST", "/v1/my/commands", &forget).0, 200);
    assert_eq!(other.ask("GET", "/v1/my/account", &Value::Null).0, 401);
    assert_eq!(password_of(&other).1["wants"], "mail_code");
    bank.mail.code_for(MIA, "signing in");
    // New codes void the ones before.
    let first = mia.done(&json!({ "do": "new_recovery_codes" }))["secret"]["codes"].clone();
    mia.done(&json!({ "do": "new_recovery_codes" }));
    let thief = Customer::new(&bank, MIA);
    thief.ask("POST", "/v1/my/recovery/mail", &json!({ "email": MIA }));
    let mailed = bank.mail.code_for(MIA, "recovering");
    let begin = json!({ "email": MIA, "mail_code": mailed, "recovery_code": first[0] });
    assert_eq!(thief.ask("POST", "/v1/my/recovery", &begin).0, 403);
}

#[test]
fn asvs_6_6_2_a_code_for_one_sign_in_is_no_good_in_another() {
    let bank = Bank::open();
    bank.customer(MIA);
    let (thief, mut owner) = (Customer::new(&bank, MIA), Customer::new(&bank, MIA));
    let theirs = password_of(&thief).1["pending"].clone();
    bank.mail.code_for(MIA, "signing in");
    let ours = password_of(&owner).1["pending"].clone();
    let code = bank.mail.code_for(MIA, "signing in");
    // The owner is talked into reading it out: it does not open the thief's sign-in.
    let (status, refused) = second(&thief, &theirs, &code);
    assert_eq!((status, &refused["code"]), (401, &json!("auth.code")), "{refused}");
    let (status, session) = second(&owner, &ours, &code);
    assert_eq!(status, 201, "{session}");
    owner.csrf = session["csrf_token"].as_str().unwrap().to_owned();
    assert_eq!(owner.get("/v1/my/account")["is_frozen"], false);
}

#[test]
fn asvs_6_6_3_codes_are_not_guessed_without_end_by_who_has_the_password() {
    let bank = Bank::open();
    let (_, seed) = with_app(&bank);
    let thief = Customer::new(&bank, MIA);
    let mut guesses = 0;
    let wanted = loop {
        let (status, answer) = password_of(&thief);
        if status != 202 {
            break answer;
        }
        // The same question is answered until it is over.
        loop {
            let (_, refused) = second(&thief, &answer["pending"], &wrong_code(&seed));
            if refused["code"] != "auth.code" {
                assert_eq!(refused["code"], "ceremony.unknown", "{refused}");
                break;
            }
            guesses += 1;
        }
        assert!(guesses <= 100, "{guesses} guesses");
    };
    assert_eq!(wanted["code"], "auth.work", "{wanted}");
    assert_eq!(guesses, 50, "ten sign-ins with five answers each");
}

#[test]
fn asvs_7_5_1_what_signs_in_or_recovers_is_changed_after_it_was_shown_again() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    mia.ask("POST", "/v1/my/commands", &json!({ "command": { "do": "begin_totp" } }));
    for command in [
        json!({ "do": "set_password", "password": OTHER }),
        json!({ "do": "set_totp", "code": "000000" }),
        json!({ "do": "new_recovery_codes" }),
        json!({ "do": "change_email", "email": "thief@bank.example" }),
        json!({ "do": "set_anti_phishing_code", "code": "grey wolf" }),
        json!({ "do": "add_passkey", "name": "x", "ceremony": "x", "response": {} }),
        json!({ "do": "add_address", "network": "ethereum", "address": FRIEND, "label": "x" }),
        json!({ "do": "add_key", "name": "x", "public_key": "x", "scopes": ["read"] }),
    ] {
        for confirmation in [json!({}), json!({ "password": PASSWORD })] {
            let body = json!({ "command": command, "confirmation": confirmation });
            let (status, refused) = mia.ask("POST", "/v1/my/commands", &body);
            let is_refused = status == 403 && refused["code"] == "account.unconfirmed";
            assert!(is_refused, "{command}: {status} {refused}");
        }
    }
    let account = mia.get("/v1/my/account");
    assert_eq!(account["credentials"]["has_totp"], false, "{account}");
    assert_eq!(account["credentials"]["recovery_codes_left"], 0);
    assert_eq!(mia.get("/v1/my/session")["customer"]["email"], MIA);
}
