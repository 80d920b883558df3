//! Customers of a server that runs: a real process, a real port, mail over real SMTP to a sink.

mod asvs;
mod asvs_sessions;
mod faults;
mod hooks;
mod journey;
mod kept;
mod keys;
mod sink;
mod staff;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use std::path::Path;

use super::serve::Served;
use super::world;
use sink::Mailbox;

/// A server that mails to a sink.
struct Bank {
    served: Served,
    mail: Mailbox,
    folder: tempfile::TempDir,
}

const ARGUMENTS: [&str; 4] = ["--data-dir", "d", "--intel", "lists"];
const PASSWORD: &str = "seven grey herons fly";
const FRIEND: &str = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045";

impl Bank {
    fn open() -> Self {
        Self::open_with(&[])
    }

    /// The same with more of an environment, until it is started again.
    fn open_with(more: &[(&str, &str)]) -> Self {
        let (folder, _) = world();
        let mail = Mailbox::start();
        let served = Self::serve(folder.path(), &mail, more);
        let bank = Self { served, mail, folder };
        bank.tell_prices();
        bank
    }

    fn serve(folder: &Path, mail: &Mailbox, more: &[(&str, &str)]) -> Served {
        let smtp = format!("smtp://127.0.0.1:{}", mail.port);
        let mut env = vec![
            ("RINGFENCE_SMTP", smtp.as_str()),
            ("RINGFENCE_SIGN_UP", "open"),
            ("RINGFENCE_HASHING_MIB", "19"),
            ("RINGFENCE_MAIL_FROM", "bank@bank.example"),
            ("RINGFENCE_EXCHANGE_NAME", "Bank"),
            ("RINGFENCE_WEBHOOK_NETWORKS", "127.0.0.0/8"),
        ];
        env.extend(more);
        Served::start_in(folder, &ARGUMENTS, &env)
    }

    fn tell_prices(&self) {
        let prices = json!({ "prices": [{ "network": "ethereum", "asset": "native", "symbol": "ETH",
            "decimals": 18, "price_cents": 300_000, "price_at": null }] });
        let (status, answer) = self.served.ask("PUT", "/v1/asset-prices", Some(&prices));
        assert_eq!(status, 204, "{answer}");
    }

    /// Stops the server, changes what it has kept of accounts, and starts it again.
    fn restart(self, change: impl FnOnce(&Path)) -> Self {
        self.restart_after(Served::stop, change)
    }

    /// The same, ended in another way.
    fn restart_after(mut self, end: impl FnOnce(Served), change: impl FnOnce(&Path)) -> Self {
        end(std::mem::replace(&mut self.served, Served::none()));
        change(&self.database());
        self.served = Self::serve(self.folder.path(), &self.mail, &[]);
        self
    }

    fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("d/ringfence.sqlite")
    }

    /// An account with a password, signed in on a device that is known.
    fn customer(&self, email: &str) -> Customer<'_> {
        let mut customer = Customer::new(self, email);
        let (status, answer) = customer.ask("POST", "/v1/my/sign-up", &json!({ "email": email }));
        assert_eq!((status, answer), (202, json!({})));
        let text = self.mail.next(email);
        let token = text.split("enrol?token=").nth(1).unwrap();
        let token: String = token.chars().take_while(|c| !c.is_whitespace()).collect();
        let enrol = json!({ "token": token, "name": "Mia Muster",
            "method": { "kind": "password", "password": PASSWORD } });
        let (status, session) = customer.ask("POST", "/v1/my/enrol", &enrol);
        assert_eq!(status, 201, "{session}");
        customer.csrf = session["csrf_token"].as_str().unwrap().to_owned();
        customer
    }
}

/// A customer's browser.
struct Customer<'a> {
    bank: &'a Bank,
    email: String,
    cookies: std::cell::RefCell<std::collections::BTreeMap<String, String>>,
    csrf: String,
}

impl<'a> Customer<'a> {
    fn new(bank: &'a Bank, email: &str) -> Self {
        Self { bank, email: email.to_owned(), cookies: Default::default(), csrf: String::new() }
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let cookies: Vec<String> =
            self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let headers = [("cookie", cookies.as_str()), ("x-csrf-token", self.csrf.as_str())];
        let body = (!body.is_null()).then_some(body);
        let (status, answer, set) = self.bank.served.ask_whole(method, path, body, &headers);
        for cookie in set {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
        }
        (status, answer)
    }

    fn get(&self, path: &str) -> Value {
        let (status, answer) = self.ask("GET", path, &Value::Null);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Does something that is confirmed with the password and a mailed code.
    fn confirmed(&self, command: &Value) -> (u16, Value) {
        let (status, refused) = self.ask("POST", "/v1/my/commands", &json!({ "command": command }));
        assert_eq!((status, &refused["code"]), (403, &json!("account.unconfirmed")), "{refused}");
        assert_eq!(refused["confirm"]["wanted"], json!(["password", "mailbox"]));
        let code = self.bank.mail.code(&self.email);
        let confirmation = json!({ "password": PASSWORD, "mail_code": code });
        let body = json!({ "command": command, "confirmation": confirmation });
        self.ask("POST", "/v1/my/commands", &body)
    }

    fn done(&self, command: &Value) -> Value {
        let (status, answer) = self.confirmed(command);
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Signs in with the password, and with a mailed code when one is wanted.
    fn sign_in(&mut self, password: &str) -> (u16, Value) {
        let body = json!({ "kind": "password", "email": self.email, "password": password });
        let (mut status, mut answer) = self.ask("POST", "/v1/my/session", &body);
        if status == 202 {
            assert_eq!(answer["wants"], "mail_code", "{answer}");
            let code = self.bank.mail.code_for(&self.email, "signing in");
            let body = json!({ "kind": "second", "pending": answer["pending"], "code": code });
            (status, answer) = self.ask("POST", "/v1/my/session", &body);
        }
        if let Some(token) = answer["csrf_token"].as_str() {
            self.csrf = token.to_owned();
        }
        (status, answer)
    }

    fn withdraw(&self, name: &str, amount: &str, to: &str) -> (u16, Value) {
        let body = json!({ "request_id": name, "network": "ethereum", "amount": amount, "to": to });
        self.ask("POST", "/v1/withdrawals", &body)
    }
}

const ADDRESS: fn() -> Value = || json!({ "do": "add_address", "network": "ethereum", "address": FRIEND, "label": "A friend" });

#[test]
fn what_could_hurt_is_confirmed_for_this_very_change_held_and_told() {
    let bank = Bank::open();
    let mia = bank.customer("mia@bank.example");
    let account = mia.get("/v1/my/account");
    assert_eq!(account["confirm_with"], json!(["password", "mailbox"]));
    assert_eq!(account["score"]["points"], 0, "{account}");
    // A code for one thing does another thing no good.
    let (status, refused) = mia.ask("POST", "/v1/my/commands", &json!({ "command": ADDRESS() }));
    assert_eq!((status, &refused["code"]), (403, &json!("account.unconfirmed")));
    let code = bank.mail.code("mia@bank.example");
    let other = json!({ "command": { "do": "new_recovery_codes" },
        "confirmation": { "password": PASSWORD, "mail_code": code } });
    let (status, refused) = mia.ask("POST", "/v1/my/commands", &other);
    assert_eq!((status, &refused["field"]), (403, &json!("mail_code")), "{refused}");
    let body = json!({ "command": ADDRESS(), "confirmation": { "password": PASSWORD, "mail_code": code } });
    let (status, done) = mia.ask("POST", "/v1/my/commands", &body);
    assert_eq!(status, 200, "{done}");
    // The code was used: it does not work twice.
    let (status, _) = mia.ask("POST", "/v1/my/commands", &body);
    assert_eq!(status, 403);
    let entry = &mia.get("/v1/my/addresses")["items"][0];
    assert_eq!((&entry["label"], &entry["is_usable"]), (&json!("A friend"), &json!(false)));
    let text = bank.mail.next("mia@bank.example");
    assert!(text.contains(FRIEND) && text.contains("You have set no anti-phishing code"), "{text}");
    // The notice is ours; with a letter changed it is not.
    let checked = mia.ask("POST", "/v1/notices/check", &json!({ "text": text })).1;
    assert_eq!(
        (&checked["verdict"], &checked["notice"]["kind"]),
        (&json!("ours"), &json!("new_address"))
    );
    let checked = mia.ask("POST", "/v1/notices/check", &json!({ "text": "your code is 1" })).1;
    assert_eq!(checked["verdict"], "not_ours");
    let codes = mia.done(&json!({ "do": "new_recovery_codes" }));
    assert_eq!(codes["secret"]["codes"].as_array().unwrap().len(), 8);
    assert_eq!(codes["account"]["holds"][0]["cause"], "credential");
    bank.mail.next("mia@bank.example");
    mia.done(&json!({ "do": "set_anti_phishing_code", "code": "blue heron" }));
    // The mail about it carries the code before: a thief who sets one does not speak with our voice.
    assert!(bank.mail.next("mia@bank.example").contains("was changed"));
    let (status, _) = mia.confirmed(&json!({ "do": "change_email", "email": "mia2@bank.example" }));
    assert_eq!(status, 200);
    for mailbox in ["mia@bank.example", "mia2@bank.example"] {
        assert!(
            bank.mail.next(mailbox).contains("Your anti-phishing code: blue heron"),
            "{mailbox}"
        );
    }
    let events = mia.get("/v1/my/events");
    let kinds: Vec<&str> =
        events["items"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    for kind in ["opened", "signed_in", "address_added", "recovery_codes_set", "email_changed"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    // All of it is in the journal, once.
    let indices: std::collections::BTreeSet<u64> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["journal_index"].as_u64().expect("on the record"))
        .collect();
    assert_eq!(indices.len(), kinds.len());
}

#[test]
fn asvs_6_3_8_known_and_unknown_accounts_are_answered_alike() {
    let bank = Bank::open();
    bank.customer("mia@bank.example");
    let (known, unknown) =
        (Customer::new(&bank, "mia@bank.example"), Customer::new(&bank, "nobody@bank.example"));
    let answers = |customer: &Customer<'_>| {
        let email = &customer.email;
        let strip = |(status, mut answer): (u16, Value)| {
            answer.as_object_mut().map(|object| object.remove("id"));
            (status, answer)
        };
        [
            strip(customer.ask("POST", "/v1/my/sign-up", &json!({ "email": email }))),
            strip(customer.ask("POST", "/v1/my/recovery/mail", &json!({ "email": email }))),
            strip(customer.ask(
                "POST",
                "/v1/my/session",
                &json!({ "kind": "password", "email": email, "password": "wrong wrong wrong" }),
            )),
            strip(customer.ask(
                "POST",
                "/v1/my/recovery",
                &json!({ "email": email, "mail_code": "12345678", "recovery_code": "AAAA" }),
            )),
        ]
    };
    assert_eq!(answers(&known), answers(&unknown));
    assert_eq!(answers(&known)[2].0, 401);
    assert_eq!(answers(&known)[3].1["code"], "account.recovery.evidence");
}

#[test]
fn a_new_device_is_confirmed_and_told_and_a_known_one_is_not_asked_again() {
    let bank = Bank::open();
    let mut mia = bank.customer("mia@bank.example");
    let mut other = Customer::new(&bank, "mia@bank.example");
    assert_eq!(other.sign_in("wrong wrong wrong").0, 401);
    assert_eq!(other.sign_in(PASSWORD).0, 201);
    assert!(bank.mail.next("mia@bank.example").contains("new device"), "told");
    assert_eq!(other.get("/v1/my/devices")["items"].as_array().unwrap().len(), 2);
    // asvs 7.4.1, 7.4.2: a session that is ended opens nothing.
    let (status, _) = mia.ask("DELETE", "/v1/my/session", &Value::Null);
    assert_eq!(status, 204);
    assert_eq!(mia.ask("GET", "/v1/my/account", &Value::Null).0, 401);
    // The device is known: no code is wanted.
    let body = json!({ "kind": "password", "email": "mia@bank.example", "password": PASSWORD });
    assert_eq!(mia.ask("POST", "/v1/my/session", &body).0, 201);
    assert_eq!(mia.sign_in(PASSWORD).0, 201);
    // asvs 7.4.3: another password ends other sessions.
    let set = json!({ "do": "set_password", "password": "eight brown owls sleep" });
    assert_eq!(mia.confirmed(&set).0, 200);
    assert_eq!(other.ask("GET", "/v1/my/account", &Value::Null).0, 401);
    assert_eq!(mia.ask("GET", "/v1/my/account", &Value::Null).0, 200);
    // asvs 7.5.2: a customer ends any session, and another customer's none.
    let sessions = mia.get("/v1/my/sessions")["items"].clone();
    let tom = bank.customer("tom@bank.example");
    for session in sessions.as_array().unwrap() {
        let end = json!({ "command": { "do": "end_session", "id": session["id"] } });
        assert_eq!(tom.ask("POST", "/v1/my/commands", &end).0, 200);
    }
    assert_eq!(mia.get("/v1/my/sessions")["items"], sessions);
}

#[test]
fn asvs_6_5_1_a_code_of_the_app_works_once_also_in_parallel() {
    let bank = Bank::open();
    let mia = bank.customer("mia@bank.example");
    let begun = mia.ask("POST", "/v1/my/commands", &json!({ "command": { "do": "begin_totp" } })).1;
    let secret = &begun["secret"];
    let seed = keys::base32(secret["seed_text"].as_str().unwrap());
    let code = keys::totp(&seed, keys::step_now());
    let set = json!({ "do": "set_totp", "code": code });
    assert_eq!(mia.confirmed(&set).0, 200);
    // The code that set it up is used.
    let wanted = |body: &Value| mia.ask("POST", "/v1/my/session", body);
    let password = json!({ "kind": "password", "email": "mia@bank.example", "password": PASSWORD });
    let pending = || {
        let (status, answer) = wanted(&password);
        assert_eq!((status, &answer["wants"]), (202, &json!("totp")), "{answer}");
        answer["pending"].clone()
    };
    let again = json!({ "kind": "second", "pending": pending(), "code": code });
    assert_eq!(wanted(&again).1["code"], "auth.code");
    // The next one, by eight at once.
    let next = keys::totp(&seed, keys::step_now() + 1);
    let tries: Vec<Value> =
        (0..8).map(|_| json!({ "kind": "second", "pending": pending(), "code": next })).collect();
    let entered: usize = std::thread::scope(|scope| {
        let asked: Vec<_> = tries
            .iter()
            .map(|body| {
                let bank = &bank;
                scope.spawn(move || {
                    let fresh = Customer::new(bank, "mia@bank.example");
                    usize::from(fresh.ask("POST", "/v1/my/session", body).0 == 201)
                })
            })
            .collect();
        asked.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(entered, 1);
}

#[test]
fn a_freeze_from_a_mail_needs_the_button_and_ends_with_what_confirms() {
    let bank = Bank::open();
    let mut mia = bank.customer("mia@bank.example");
    mia.done(&ADDRESS());
    let text = bank.mail.next("mia@bank.example");
    let token = text.split("/a/freeze?t=").nth(1).unwrap();
    let token: String =
        token.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    let stranger = Customer::new(&bank, "x@bank.example");
    let (status, page) = stranger.ask("GET", &format!("/a/freeze?t={token}"), &Value::Null);
    assert_eq!(status, 200);
    assert!(page.as_str().unwrap().contains("<form method=\"post\">"));
    assert_eq!(mia.get("/v1/my/account")["is_frozen"], false, "a scanner of mail opens links");
    let (status, _) = bank.served.post_form("/a/freeze", &format!("t={token}"));
    assert_eq!(status, 200);
    // Whoever was signed in is not any more.
    assert_eq!(mia.ask("GET", "/v1/my/account", &Value::Null).0, 401);
    mia.sign_in(PASSWORD);
    assert_eq!(mia.get("/v1/my/account")["is_frozen"], true);
    let (status, refused) = mia.withdraw("w1", "1000", FRIEND);
    assert_eq!((status, &refused["state"]), (201, &json!("denied")), "{refused}");
    let done = mia.done(&json!({ "do": "unfreeze" }));
    assert_eq!(done["account"]["is_frozen"], false);
    assert_eq!(done["account"]["holds"][0]["cause"], "unfreeze");
    for (method, path) in
        [("GET", "/a/freeze?t=nothing"), ("GET", "/a/freeze?t=%3Cb%3E"), ("GET", "/a/freeze")]
    {
        assert_eq!(stranger.ask(method, path, &Value::Null).0, 404, "{path}");
    }
}

#[test]
fn asvs_6_4_3_a_recovery_waits_is_stopped_and_gives_no_session() {
    let bank = Bank::open();
    let mia = bank.customer("mia@bank.example");
    let codes = mia.done(&json!({ "do": "new_recovery_codes" }))["secret"]["codes"].clone();
    bank.mail.next("mia@bank.example");
    let thief = Customer::new(&bank, "mia@bank.example");
    let mail = json!({ "email": "mia@bank.example" });
    assert_eq!(thief.ask("POST", "/v1/my/recovery/mail", &mail).0, 202);
    let mail_code = bank.mail.code("mia@bank.example");
    // One class of evidence is not enough.
    let begin = json!({ "email": "mia@bank.example", "mail_code": mail_code });
    let (status, refused) = thief.ask("POST", "/v1/my/recovery", &begin);
    assert_eq!((status, &refused["code"]), (403, &json!("account.recovery.evidence")));
    thief.ask("POST", "/v1/my/recovery/mail", &mail);
    let mail_code = bank.mail.code("mia@bank.example");
    let begin =
        json!({ "email": "mia@bank.example", "mail_code": mail_code, "recovery_code": codes[0] });
    let (status, begun) = thief.ask("POST", "/v1/my/recovery", &begin);
    assert_eq!(status, 202, "{begun}");
    assert!(bank.mail.next("mia@bank.example").contains("recover"));
    thief.ask("POST", "/v1/my/recovery/mail", &mail);
    let mail_code = bank.mail.code("mia@bank.example");
    let finish = json!({ "email": "mia@bank.example", "mail_code": mail_code });
    let (status, refused) = thief.ask("POST", "/v1/my/recovery/finish/begin", &finish);
    assert_eq!((status, &refused["code"]), (409, &json!("account.recovery.unripe")), "{refused}");
    let account = mia.get("/v1/my/account");
    assert_eq!(account["recovery"]["evidence"], json!(["recovery_code", "mailbox"]));
    let stop = json!({ "command": { "do": "stop_recovery" } });
    let (status, done) = mia.ask("POST", "/v1/my/commands", &stop);
    assert_eq!((status, &done["account"]["recovery"]), (200, &Value::Null));
    // Begun again with another code, it is stopped from the mail, without sign-in.
    thief.ask("POST", "/v1/my/recovery/mail", &mail);
    let mail_code = bank.mail.code("mia@bank.example");
    let begin =
        json!({ "email": "mia@bank.example", "mail_code": mail_code, "recovery_code": codes[1] });
    assert_eq!(thief.ask("POST", "/v1/my/recovery", &begin).0, 202);
    let text = bank.mail.next("mia@bank.example");
    let token = text.split("/a/freeze?t=").nth(1).unwrap();
    let token: String =
        token.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    let (_, page) = thief.ask("GET", &format!("/a/freeze?t={token}"), &Value::Null);
    assert!(page.as_str().unwrap().contains(&format!("/a/stop-recovery?t={token}")));
    assert!(mia.get("/v1/my/account")["recovery"].is_object(), "to look stops nothing");
    assert_eq!(bank.served.post_form("/a/stop-recovery", &format!("t={token}")).0, 200);
    let done = json!({ "account": mia.get("/v1/my/account") });
    assert_eq!(done["account"]["recovery"], Value::Null);
    // The codes were used up, and money waits.
    assert_eq!(done["account"]["credentials"]["recovery_codes_left"], 6);
    let holds = done["account"]["holds"].as_array().unwrap();
    assert!(holds.iter().any(|hold| hold["cause"] == "recovery"));
}

#[test]
fn bad_input_is_told_by_its_field_and_changes_nothing() {
    let bank = Bank::open();
    let mia = bank.customer("mia@bank.example");
    let refused = |path: &str, body: Value| {
        let (status, answer) = mia.ask("POST", path, &body);
        assert!((400..500).contains(&status), "{path}: {status} {answer}");
        (
            answer["code"].as_str().unwrap().to_owned(),
            answer["field"].as_str().unwrap_or("").to_owned(),
        )
    };
    let pair = |code: &str, field: &str| (code.to_owned(), field.to_owned());
    // asvs 6.2.9: a long password is taken, a monstrous one refused before it costs anything.
    let session = |password: String| {
        refused(
            "/v1/my/session",
            json!({ "kind": "password", "email": "mia@bank.example", "password": password }),
        )
    };
    assert_eq!(session("x".repeat(1_025)), pair("password.too_long", "password"));
    assert_eq!(session("x".repeat(1_024)).0, "auth.wrong");
    let address = |network: &str, address: &str| {
        refused(
            "/v1/my/commands",
            json!({ "command": { "do": "add_address", "network": network, "address": address, "label": "x" } }),
        )
    };
    assert_eq!(address("nowhere", FRIEND).1, "network");
    assert_eq!(address("ethereum", "0x12").1, "address");
    // One wrong letter in an address with a checksum.
    assert_eq!(address("ethereum", &FRIEND.replace("8dA6", "8da6")).1, "address");
    let withdraw = |amount: &str, to: &str| {
        refused(
            "/v1/withdrawals",
            json!({ "request_id": "r", "network": "ethereum", "amount": amount, "to": to }),
        )
    };
    assert_eq!(withdraw("0", FRIEND), pair("withdrawal.amount", "amount"));
    assert_eq!(withdraw("-1", FRIEND).1, "amount");
    assert_eq!(withdraw("1e18", FRIEND).1, "amount");
    assert_eq!(withdraw("1", "bc1qxy").1, "to");
    // A name that looks like another, and one that smuggles a line into a mail.
    for name in ["Mia\u{202e}xe", "Mia\r\nBcc: all@bank.example", "", "\u{200b}"] {
        let named = json!({ "command": { "do": "set_anti_phishing_code", "code": name } });
        let (status, answer) = mia.ask("POST", "/v1/my/commands", &named);
        assert!(status == 403 || status == 400, "{answer}");
    }
    for email in [
        "a@b\r\nbcc:c@d.example",
        "a b@c.example",
        "@",
        "x@y",
        &format!("{}@c.example", "x".repeat(400)),
    ] {
        assert_eq!(refused("/v1/my/sign-up", json!({ "email": email })).1, "email", "{email}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let body = format!("{{\"kind\":\"passkey\",\"ceremony\":\"x\",\"response\":{deep}}}");
    assert_eq!(bank.served.post_raw("/v1/my/session", &body).0, 400);
    // asvs 3.5.1: a change without the session's token is refused.
    let cookie =
        mia.cookies.borrow().iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
    let freeze = json!({ "command": { "do": "freeze" } });
    let headers = [("cookie", cookie.as_str())];
    let (status, answer, _) =
        bank.served.ask_whole("POST", "/v1/my/commands", Some(&freeze), &headers);
    assert_eq!((status, &answer["code"]), (403, &json!("auth.csrf")));
    assert_eq!(mia.get("/v1/my/account")["is_frozen"], false);
    assert_eq!(mia.get("/v1/my/addresses")["items"], json!([]));
}

#[test]
fn asvs_3_3_1_3_3_2_3_3_3_3_3_4_the_cookies_of_customers_are_for_this_host_alone_and_no_script() {
    let bank = Bank::open();
    let mia = bank.customer("mia@bank.example");
    let body = json!({ "kind": "password", "email": "mia@bank.example", "password": PASSWORD });
    let cookies = mia.cookies.borrow().clone();
    assert!(cookies.keys().all(|name| name.starts_with("__Host-")), "{cookies:?}");
    let cookie = cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
    let headers = [("cookie", cookie.as_str())];
    let (status, _, set) = bank.served.ask_whole("POST", "/v1/my/session", Some(&body), &headers);
    assert_eq!(status, 201);
    assert!(!set.is_empty());
    for cookie in set {
        for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age="] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
        // asvs 7.2.3: 128 bits and more.
        assert!(cookie.split(['=', ';']).nth(1).unwrap().len() >= 43, "{cookie}");
    }
    let decoded = BASE64.encode("x");
    assert_eq!(decoded, "eA==");
}
