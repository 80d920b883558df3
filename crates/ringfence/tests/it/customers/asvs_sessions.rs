//! Requirements of the OWASP ASVS 5.0 on a server that runs: sessions, access, browsers and proxies.

use serde_json::{Value, json};

use super::{ADDRESS, Bank, Customer, FRIEND, PASSWORD, journey, kept};

const MIA: &str = "mia@bank.example";

fn is_in(who: &Customer<'_>) -> bool {
    match who.ask("GET", "/v1/my/account", &Value::Null) {
        (200, _) => true,
        (401, _) => false,
        other => panic!("{other:?}"),
    }
}

fn do_it(who: &Customer<'_>, command: Value) -> (u16, Value) {
    who.ask("POST", "/v1/my/commands", &json!({ "command": command }))
}

#[test]
fn asvs_7_2_3_a_session_is_256_random_bits_and_only_their_hash_is_kept() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    let tom = bank.customer("tom@bank.example");
    let secret = |who: &Customer<'_>| {
        let cookies = who.cookies.borrow();
        cookies.iter().find(|(name, _)| name.contains("customer")).unwrap().1.clone()
    };
    let (one, other) = (secret(&mia), secret(&tom));
    assert!(one.len() >= 43 && other.len() >= 43 && one != other);
    let rows = kept::texts(&bank.database(), "SELECT id_hash, id FROM customer_sessions");
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().flatten().all(|kept| !one.contains(kept.as_str()) && *kept != one));
    // One that differs in a letter opens nothing.
    let turned: String = one.chars().rev().collect();
    mia.cookies.borrow_mut().insert("__Host-ringfence-customer".to_owned(), turned);
    assert!(!is_in(&mia));
}

#[test]
fn asvs_7_2_4_a_new_sign_in_ends_the_session_that_the_browser_had() {
    let bank = Bank::open();
    let mut mia = bank.customer(MIA);
    let before = (mia.cookies.borrow().clone(), mia.csrf.clone());
    assert_eq!(mia.sign_in(PASSWORD).0, 201);
    assert!(is_in(&mia));
    let mut old = Customer::new(&bank, MIA);
    (*old.cookies.borrow_mut(), old.csrf) = before;
    assert!(!is_in(&old), "the session before was not ended");
    assert_eq!(mia.get("/v1/my/sessions")["items"].as_array().unwrap().len(), 1);
}

#[test]
fn asvs_7_3_1_a_session_that_is_not_used_for_half_an_hour_is_over() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    kept::change(
        &bank.database(),
        "UPDATE customer_sessions SET last_seen_at = last_seen_at - 1700",
    );
    assert!(is_in(&mia), "28 minutes");
    kept::change(
        &bank.database(),
        "UPDATE customer_sessions SET last_seen_at = last_seen_at - 1800",
    );
    assert!(!is_in(&mia), "30 minutes");
    let left = kept::numbers(&bank.database(), "SELECT COUNT(*) FROM customer_sessions");
    assert_eq!(left, [0], "it is gone and does not come back");
}

#[test]
fn asvs_7_3_2_a_session_is_over_after_twelve_hours_of_use() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    kept::change(&bank.database(), "UPDATE customer_sessions SET created_at = created_at - 43000");
    assert!(is_in(&mia), "less than twelve hours");
    kept::change(&bank.database(), "UPDATE customer_sessions SET created_at = created_at - 200");
    assert!(!is_in(&mia), "twelve hours, used a moment ago");
}

#[test]
fn asvs_7_4_1_a_session_that_was_signed_out_opens_nothing_with_the_same_cookie() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    let before = mia.cookies.borrow().clone();
    assert_eq!(mia.ask("DELETE", "/v1/my/session", &Value::Null).0, 204);
    *mia.cookies.borrow_mut() = before;
    assert!(!is_in(&mia));
    assert_eq!(do_it(&mia, json!({ "do": "freeze" })).0, 401);
}

#[test]
fn asvs_7_4_2_a_frozen_account_and_a_disabled_person_have_no_session() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    let mut phone = Customer::new(&bank, MIA);
    assert_eq!(phone.sign_in(PASSWORD).0, 201);
    mia.done(&ADDRESS());
    let text = std::iter::repeat_with(|| bank.mail.next(MIA))
        .find(|text| text.contains("/a/freeze?t=") && text.contains(FRIEND))
        .unwrap();
    let token = text.split("/a/freeze?t=").nth(1).unwrap();
    let is_of_token = |c: &char| c.is_ascii_alphanumeric() || "-_".contains(*c);
    let token: String = token.chars().take_while(is_of_token).collect();
    assert_eq!(bank.served.post_form("/a/freeze", &format!("t={token}")).0, 200);
    assert!(!is_in(&mia) && !is_in(&phone));
    // Somebody of the staff.
    let kim = json!({ "name": "Kim", "role": "analyst" });
    let (status, made) = bank.served.ask("POST", "/v1/users", Some(&kim));
    assert_eq!(status, 201, "{made}");
    let token = made["sign_in_path"].as_str().unwrap().split("token=").nth(1).unwrap();
    let body = json!({ "token": token });
    let (_, _, set) = bank.served.ask_whole("POST", "/v1/session", Some(&body), &[]);
    let cookie = set[0].split(';').next().unwrap().to_owned();
    let headers = [("cookie", cookie.as_str())];
    assert_eq!(bank.served.ask_as("GET", "/v1/alerts", None, &headers).0, 200);
    let disabled = json!({ "is_disabled": true });
    let path = format!("/v1/users/{}", made["user"]["id"]);
    assert_eq!(bank.served.ask("PATCH", &path, Some(&disabled)).0, 200);
    assert_eq!(bank.served.ask_as("GET", "/v1/alerts", None, &headers).0, 401);
}

#[test]
fn asvs_7_4_3_other_sessions_end_with_the_password_and_whenever_the_owner_wants() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    let (mut phone, mut tablet) = (Customer::new(&bank, MIA), Customer::new(&bank, MIA));
    assert_eq!(phone.sign_in(PASSWORD).0, 201);
    assert_eq!(tablet.sign_in(PASSWORD).0, 201);
    assert_eq!(do_it(&mia, json!({ "do": "end_other_sessions" })).0, 200);
    assert_eq!((is_in(&mia), is_in(&phone), is_in(&tablet)), (true, false, false));
    assert_eq!(phone.sign_in(PASSWORD).0, 201);
    mia.done(&json!({ "do": "set_password", "password": "eight brown owls sleep" }));
    assert_eq!((is_in(&mia), is_in(&phone)), (true, false));
}

#[test]
fn asvs_7_5_2_a_customer_sees_all_sessions_and_ends_each_of_their_own() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    let mut phone = Customer::new(&bank, MIA);
    assert_eq!(phone.sign_in(PASSWORD).0, 201);
    let sessions = mia.get("/v1/my/sessions")["items"].clone();
    assert_eq!(sessions.as_array().unwrap().len(), 2);
    let other = sessions.as_array().unwrap().iter().find(|s| s["is_current"] == false).unwrap();
    assert_eq!(do_it(&mia, json!({ "do": "end_session", "id": other["id"] })).0, 200);
    assert_eq!((is_in(&mia), is_in(&phone)), (true, false));
}

#[test]
fn asvs_8_2_2_what_belongs_to_another_customer_is_neither_seen_nor_changed() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    mia.done(&ADDRESS());
    let key = json!({ "do": "add_key", "name": "robot", "scopes": ["read"],
        "public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" });
    mia.done(&key);
    let (_, asked) = mia.withdraw("w1", "1000", FRIEND);
    let first = |who: &Customer<'_>, path: &str| who.get(path)["items"][0]["id"].clone();
    let (device, key) = (first(&mia, "/v1/my/devices"), first(&mia, "/v1/my/keys"));
    let session = first(&mia, "/v1/my/sessions");
    let tom = bank.customer("tom@bank.example");
    for path in ["/v1/my/keys", "/v1/my/addresses", "/v1/withdrawals"] {
        assert_eq!(tom.get(path)["items"], json!([]), "{path}");
    }
    for command in [
        json!({ "do": "end_session", "id": session }),
        json!({ "do": "forget_device", "id": device }),
        json!({ "do": "remove_key", "id": key }),
        json!({ "do": "rename_passkey", "id": key, "name": "mine" }),
    ] {
        do_it(&tom, command);
    }
    let id = asked["id"].as_str().unwrap();
    for act in ["cancel", "confirm", "answers"] {
        let body = match act {
            "confirm" => json!({ "confirmation": {} }),
            "answers" => json!({ "answers": {} }),
            _ => json!({}),
        };
        assert_eq!(tom.ask("POST", &format!("/v1/withdrawals/{id}/{act}"), &body).0, 404, "{act}");
    }
    assert!(is_in(&mia));
    assert_eq!(first(&mia, "/v1/my/devices"), device);
    assert_eq!(mia.get("/v1/my/keys")["items"][0]["id"], key);
    let revoked = kept::numbers(
        &bank.database(),
        "SELECT COUNT(*) FROM account_keys WHERE revoked_at IS NOT NULL",
    );
    assert_eq!(revoked, [0]);
    assert_eq!(mia.get(&format!("/v1/withdrawals/{id}"))["state"], asked["state"]);
}

#[test]
fn asvs_8_3_2_what_is_taken_away_is_gone_with_the_next_request() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    let mut phone = Customer::new(&bank, MIA);
    assert_eq!(phone.sign_in(PASSWORD).0, 201);
    assert_eq!(phone.withdraw("w1", "1000", FRIEND).1["state"], "held");
    assert_eq!(do_it(&mia, json!({ "do": "freeze" })).0, 200);
    for who in [&mia, &phone] {
        let (status, denied) = who.withdraw(&format!("w2-{}", who.csrf.len()), "1000", FRIEND);
        assert!(status == 401 || denied["state"] == "denied", "{status} {denied}");
    }
    // A program whose key is revoked.
    let bearer = journey::program(&bank);
    let headers = [("authorization", bearer.as_str())];
    assert_ne!(bank.served.ask_as("GET", "/v1/withdrawals", None, &headers).0, 401);
    let keys = bank.served.get("/v1/api-keys");
    let path = format!("/v1/api-keys/{}", keys["items"][0]["id"]);
    assert_eq!(bank.served.ask("DELETE", &path, None).0, 204);
    assert_eq!(bank.served.ask_as("GET", "/v1/withdrawals", None, &headers).0, 401);
}

#[test]
fn asvs_2_3_4_a_daily_limit_is_not_passed_by_asking_eight_times_at_once() {
    let bank = Bank::open();
    {
        let mia = bank.customer(MIA);
        mia.done(&ADDRESS());
    }
    let bank = bank.restart(journey::days_pass);
    let mut mia = Customer::new(&bank, MIA);
    assert_eq!(mia.sign_in(PASSWORD).0, 201);
    // One ETH is 3,000.00 and a day has 10,000.00: three of eight fit.
    let (cookies, csrf) = (mia.cookies.borrow().clone(), mia.csrf.clone());
    let states: Vec<Value> = std::thread::scope(|scope| {
        let (bank, cookies, csrf) = (&bank, &cookies, &csrf);
        let asked: Vec<_> = (0..8)
            .map(|place| {
                scope.spawn(move || {
                    let mut tab = Customer::new(bank, MIA);
                    tab.cookies.borrow_mut().clone_from(cookies);
                    tab.csrf.clone_from(csrf);
                    let name = format!("w{place}");
                    tab.withdraw(&name, "1000000000000000000", FRIEND).1["state"].clone()
                })
            })
            .collect();
        asked.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let denied = states.iter().filter(|state| **state == "denied").count();
    assert_eq!(denied, 5, "{states:?}");
}

#[test]
fn asvs_3_4_1_3_4_3_14_3_2_browsers_are_told_https_a_policy_and_to_keep_nothing() {
    let bank = Bank::open_with(&[("RINGFENCE_PUBLIC_URL", "https://accounts.bank.example")]);
    for path in ["/v1/my/account", "/v1/my/session", "/v1/withdrawals", "/a/freeze", "/"] {
        let (_, headers) = bank.served.headers(path);
        let header = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap());
        // ASVS 3.4.1: a year at least, also behind a proxy that ends TLS.
        let hsts = header("strict-transport-security");
        let age = hsts.split(['=', ';']).nth(1).and_then(|age| age.parse::<u64>().ok());
        assert!(age >= Some(31_536_000) && hsts.contains("includeSubDomains"), "{path}: {hsts}");
        // ASVS 3.4.3.
        let policy = header("content-security-policy");
        for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        // ASVS 14.3.2: what is the customer's stays in no cache.
        if path != "/" {
            assert_eq!(header("cache-control"), "no-store", "{path}");
        }
    }
}

#[test]
fn asvs_3_5_1_a_change_without_the_token_or_from_another_site_is_refused() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    let cookies: Vec<String> =
        mia.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let cookie = cookies.join("; ");
    let freeze = json!({ "command": { "do": "freeze" } });
    let other = bank.customer("tom@bank.example").csrf;
    for token in ["", "x", other.as_str()] {
        let headers = [("cookie", cookie.as_str()), ("x-csrf-token", token)];
        let (status, refused) =
            bank.served.ask_as("POST", "/v1/my/commands", Some(&freeze), &headers);
        assert_eq!((status, &refused["code"]), (403, &json!("auth.csrf")), "{refused}");
    }
    // To sign in or up there is no token yet: the browser says where it comes from.
    let body = json!({ "kind": "password", "email": MIA, "password": PASSWORD });
    for site in ["cross-site", "same-site", "nonsense"] {
        let headers = [("sec-fetch-site", site)];
        for path in ["/v1/my/session", "/v1/my/sign-up", "/v1/my/recovery"] {
            let body = match path {
                "/v1/my/session" => body.clone(),
                _ => json!({ "email": MIA, "mail_code": "1" }),
            };
            let (status, _) = bank.served.ask_as("POST", path, Some(&body), &headers);
            assert_eq!(status, 403, "{path} {site}");
        }
    }
    // A form cannot send JSON.
    assert!((400..500).contains(&bank.served.post_form("/v1/my/session", &body.to_string()).0));
    assert_eq!(mia.get("/v1/my/account")["is_frozen"], false);
}

#[test]
fn asvs_15_3_4_an_address_that_a_client_makes_up_is_not_believed() {
    let bank = Bank::open();
    let mia = bank.customer(MIA);
    let cookies: Vec<String> =
        mia.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let cookie = cookies.join("; ");
    let body = json!({ "kind": "password", "email": MIA, "password": PASSWORD });
    let headers = [
        ("cookie", cookie.as_str()),
        ("x-forwarded-for", "203.0.113.9"),
        ("forwarded", "for=203.0.113.9"),
        ("x-real-ip", "203.0.113.9"),
    ];
    assert_eq!(bank.served.ask_whole("POST", "/v1/my/session", Some(&body), &headers).0, 201);
    let rows = kept::texts(&bank.database(), "SELECT ip FROM customer_sessions");
    assert!(rows.iter().flatten().all(|ip| ip == "127.0.0.1"), "{rows:?}");
}
