//! The server as programs and people use it: a real process, a real port.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{HOP, LISTED, ringfence, world};

/// A server that runs, with somebody signed in.
pub(super) struct Served {
    child: Child,
    pub(super) base: String,
    cookie: String,
    csrf: String,
    agent: ureq::Agent,
}

#[allow(clippy::disallowed_methods, reason = "real processes take real time")]
pub(super) fn pause(ms: u64) {
    std::thread::sleep(std::time::Duration::from_millis(ms));
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

impl Served {
    /// Starts a server on a free port and signs in with the link that it prints.
    pub(super) fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::start_in(folder, arguments, &[])
    }

    /// The same with an environment.
    pub(super) fn start_in(folder: &Path, arguments: &[&str], env: &[(&str, &str)]) -> Self {
        Self::start_by(ringfence(folder).envs(env.iter().copied()), folder, arguments)
    }

    /// The same by a command that runs the program.
    pub(super) fn start_by(command: &mut Command, folder: &Path, arguments: &[&str]) -> Self {
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut base = None;
        let mut token = None;
        while token.is_none() {
            let line = lines.next().expect("the server ended").unwrap();
            if let Some(url) = line.strip_prefix("Ringfence serves ") {
                base = Some(url.replace("localhost", "127.0.0.1"));
            }
            if line.contains("ringfence sign-in-link") {
                let made = ringfence(folder).arg("sign-in-link").args(data_dir(arguments)).output();
                let text = String::from_utf8(made.unwrap().stdout).unwrap();
                token = text
                    .lines()
                    .next()
                    .and_then(|l| l.split_once("token="))
                    .map(|t| t.1.to_owned());
            } else if let Some((_, found)) = line.split_once("token=") {
                token = Some(found.to_owned());
            }
        }
        // Nobody reads the rest; the pipe must not fill up.
        std::thread::spawn(move || lines.for_each(drop));
        let mut served = Self {
            child,
            base: base.unwrap(),
            cookie: String::new(),
            csrf: String::new(),
            agent: agent(),
        };
        let (session, cookie) = served.sign_in(&token.unwrap());
        served.cookie = cookie;
        served.csrf = session["csrf_token"].as_str().unwrap().to_owned();
        served
    }

    /// Exchanges a one-time link for a session and its cookie.
    fn sign_in(&self, token: &str) -> (Value, String) {
        let mut response = self
            .agent
            .post(format!("{}/v1/session", self.base))
            .header("content-type", "application/json")
            .send(json!({ "token": token }).to_string())
            .unwrap();
        let cookie = response.headers().get("set-cookie").map_or(String::new(), |value| {
            value.to_str().unwrap().split(';').next().unwrap().to_owned()
        });
        let text = response.body_mut().read_to_string().unwrap();
        (serde_json::from_str(&text).unwrap(), cookie)
    }

    pub(super) fn get(&self, path: &str) -> Value {
        let (status, value) = self.ask("GET", path, None);
        assert_eq!(status, 200, "{path}: {value}");
        value
    }

    /// Asks as the person who is signed in.
    pub(super) fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let headers = [("cookie", self.cookie.as_str()), ("x-csrf-token", self.csrf.as_str())];
        self.ask_as(method, path, body, &headers)
    }

    pub(super) fn ask_as(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> (u16, Value) {
        let url = format!("{}{path}", self.base);
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let text = body.map_or(String::new(), Value::to_string);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let mut response = self.agent.run(request.body(text).unwrap()).unwrap();
        let status = response.status().as_u16();
        let text = response.body_mut().with_config().limit(1 << 30).read_to_string().unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// The same of a server that may be killed meanwhile.
    pub(super) fn try_ask(
        &self,
        method: &str,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> Option<(u16, Value)> {
        let url = format!("{}{path}", self.base);
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.header("content-type", "application/json");
        let mut response = self.agent.run(request.body(body.to_string()).unwrap()).ok()?;
        let text = response.body_mut().read_to_string().ok()?;
        Some((response.status().as_u16(), serde_json::from_str(&text).ok()?))
    }

    /// Status and headers of a path, asked without anything.
    pub(super) fn headers(&self, path: &str) -> (u16, ureq::http::HeaderMap) {
        let response = self.agent.get(format!("{}{path}", self.base)).call().unwrap();
        (response.status().as_u16(), response.headers().clone())
    }

    /// Status, answer and cookies that are set.
    pub(super) fn ask_whole(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> (u16, Value, Vec<String>) {
        let url = format!("{}{path}", self.base);
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let text = body.map_or(String::new(), Value::to_string);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let mut response = self.agent.run(request.body(text).unwrap()).unwrap();
        let status = response.status().as_u16();
        let set = response.headers().get_all("set-cookie").iter();
        let set = set.map(|value| value.to_str().unwrap().to_owned()).collect();
        let text = response.body_mut().read_to_string().unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)), set)
    }

    /// Sends a form of a page.
    pub(super) fn post_form(&self, path: &str, body: &str) -> (u16, String) {
        self.post_as(path, body, "application/x-www-form-urlencoded")
    }

    /// Sends a text as JSON that it may not be.
    pub(super) fn post_raw(&self, path: &str, body: &str) -> (u16, String) {
        self.post_as(path, body, "application/json")
    }

    fn post_as(&self, path: &str, body: &str, kind: &str) -> (u16, String) {
        let request = self.agent.post(format!("{}{path}", self.base)).header("content-type", kind);
        let mut response = request.send(body).unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }

    /// None, while one is started again.
    pub(super) fn none() -> Self {
        let child = Command::new("true").stdout(Stdio::null()).spawn().unwrap();
        let (base, cookie, csrf) = (String::new(), String::new(), String::new());
        Self { child, base, cookie, csrf, agent: agent() }
    }

    /// Sends lines and gives the answer's lines.
    fn send_lines(&self, body: Vec<u8>, encoding: Option<&str>) -> Vec<Value> {
        let mut request = self
            .agent
            .post(format!("{}/v1/events?answers=all", self.base))
            .header("content-type", "application/x-ndjson")
            .header("cookie", &self.cookie)
            .header("x-csrf-token", &self.csrf);
        if let Some(encoding) = encoding {
            request = request.header("content-encoding", encoding);
        }
        let mut response = request.send(body).unwrap();
        let text = response.body_mut().with_config().limit(1 << 30).read_to_string().unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(super) fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops it as an operator does, and waits until it has saved its state.
    pub(super) fn stop(mut self) {
        rustix::process::kill_process(self.pid(), rustix::process::Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn data_dir<'a>(arguments: &[&'a str]) -> [&'a str; 2] {
    let place = arguments.iter().position(|argument| *argument == "--data-dir").unwrap();
    ["--data-dir", arguments[place + 1]]
}

pub(super) const ARGUMENTS: [&str; 4] = ["--data-dir", "d", "--intel", "lists"];

pub(super) fn event(id: &str, n: u64, from: &str, to: &str) -> Value {
    json!({
        "id": id, "network": "ethereum", "tx": format!("0x{n:064x}"), "block": n,
        "time": "2023-11-14T22:13:20Z",
        "transfers": [{ "from": from, "to": to, "amount": "1000000000000000000" }],
    })
}

#[test]
fn an_event_is_decided_once_recorded_and_has_a_receipt_that_verifies() {
    let (folder, _) = world();
    let served = Served::start(folder.path(), &ARGUMENTS);
    let first = event("e1", 1, LISTED, HOP[0]);
    let (status, decided) = served.ask("POST", "/v1/events", Some(&first));
    assert_eq!((status, &decided["status"]), (200, &json!("decided")), "{decided}");
    assert_eq!(decided["level"], "deny");
    assert_eq!(decided["decisions"][0]["lead"], "sanctions.payer.listed");
    let index = decided["decisions"][0]["index"].as_u64().unwrap();
    let size = served.get("/v1/journal")["size"].clone();
    let (_, again) = served.ask("POST", "/v1/events", Some(&first));
    assert_eq!((&again["status"], &again["level"]), (&json!("known"), &json!("deny")));
    assert_eq!(again["decisions"][0]["index"], index);
    let (status, conflict) =
        served.ask("POST", "/v1/events", Some(&event("e1", 2, LISTED, HOP[0])));
    assert_eq!((status, &conflict["code"]), (409, &json!("event.conflict")));
    assert_eq!(served.get("/v1/journal")["size"], size, "nothing was doubled");
    // The receipt is checked with nothing but itself.
    let receipt = served.get(&format!("/v1/decisions/{index}/receipt"));
    let text = |field: &str| receipt[field].as_str().unwrap().to_owned();
    let key = journal::VerifyingKey::parse(&text("verifying_key")).unwrap();
    let unhex = |digits: &str| -> [u8; 32] {
        let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        std::array::from_fn(|place| byte(2 * place))
    };
    let proof = receipt["proof"].as_array().unwrap().iter();
    let proof = proof.map(|hash| unhex(hash.as_str().unwrap())).collect();
    let checked = journal::Receipt { index, proof, checkpoint: text("checkpoint") };
    let entry = base64(&text("entry"));
    checked.verify(&entry, &key).unwrap();
    assert!(checked.verify(b"another entry", &key).is_err());
    let detail = served.get(&format!("/v1/decisions/{index}"));
    assert_eq!(detail["has_detail"], true);
    assert_eq!(detail["rules"][0]["state"], "fired");
    assert!(detail["customer"]["text"].as_str().unwrap().contains("still where it was"));
    // The money is followed: the next hop is held back, and the alert waits.
    served.ask("POST", "/v1/events", Some(&event("e2", 2, HOP[0], HOP[1])));
    let held = served.get("/v1/decisions?level=hold");
    assert_eq!(held["items"][0]["lead"], "sanctions.payer.exposure");
    let alerts = served.get("/v1/alerts");
    assert_eq!(alerts["total"], 2);
    let profile = served.get(&format!("/v1/addresses/eip155:1/{}", HOP[1]));
    assert_eq!(profile["received"][0]["category"], "sanctions");
    let path = served.get(&format!("/v1/addresses/eip155:1/{}/path?category=sanctions", HOP[1]));
    assert_eq!(path["steps"].as_array().unwrap().len(), 2);
    let graph = served.get(&format!("/v1/addresses/eip155:1/{}/graph", HOP[0]));
    assert_eq!((graph["nodes"].as_array().unwrap().len(), graph["scanned"].clone()), (3, json!(2)));
    // An amount that nobody can have stays a number in every figure.
    let mut giant = event("giant", 9, HOP[2], HOP[2]);
    giant["transfers"][0]["to"] = json!("0x5555555555555555555555555555555555555555");
    giant["transfers"][0]["amount"] = json!(model::Amount::MAX.to_string());
    served.ask("POST", "/v1/events", Some(&giant));
    let profile = served.get("/v1/addresses/eip155:1/0x5555555555555555555555555555555555555555");
    assert_eq!(profile["coins"]["in"], "1000000000000000");
    assert!(profile["windows"][0]["value_in"].is_number(), "{profile}");
    let pre_check = json!({ "network": "ethereum", "from": HOP[2], "to": LISTED, "amount": "5" });
    let (_, screened) = served.ask("POST", "/v1/screen/transfer", Some(&pre_check));
    assert_eq!(screened["lead"], "sanctions.receiver.listed");
    served.stop();
}

fn base64(text: &str) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text.bytes().filter(|c| *c != b'=').map(value).collect();
    let mut bytes = Vec::new();
    for part in digits.chunks(4) {
        let bits =
            part.iter().enumerate().fold(0u32, |all, (i, d)| all | u32::from(*d) << (18 - 6 * i));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..part.len()]);
    }
    bytes
}

#[test]
fn roles_scopes_tokens_and_links_open_what_they_should_and_nothing_else() {
    let (folder, _) = world();
    let served = Served::start(folder.path(), &ARGUMENTS);
    let code =
        |answer: (u16, Value)| (answer.0, answer.1["code"].as_str().unwrap_or("").to_owned());
    let is = |answer: (u16, Value), status: u16, name: &str| {
        assert_eq!(code(answer), (status, name.to_owned()));
    };
    is(served.ask_as("GET", "/v1/alerts", None, &[]), 401, "auth.required");
    is(
        served.ask_as("GET", "/v1/alerts", None, &[("authorization", "Bearer rf_no")]),
        401,
        "auth.required",
    );
    let stolen = [("cookie", served.cookie.as_str())];
    let body = json!({ "name": "x", "scopes": ["read"] });
    is(served.ask_as("POST", "/v1/api-keys", Some(&body), &stolen), 403, "auth.csrf");
    let (status, made) = served.ask("POST", "/v1/api-keys", Some(&body));
    assert_eq!(status, 201);
    let bearer = format!("Bearer {}", made["secret"].as_str().unwrap());
    let key = [("authorization", bearer.as_str())];
    assert_eq!(served.ask_as("GET", "/v1/alerts", None, &key).0, 200);
    is(
        served.ask_as("POST", "/v1/events", Some(&event("e", 1, LISTED, HOP[0])), &key),
        403,
        "auth.scope",
    );
    is(
        served.ask_as("POST", "/v1/users", Some(&json!({ "name": "y", "role": "analyst" })), &key),
        403,
        "auth.person",
    );
    assert!(served.get("/v1/api-keys")["items"][0]["last_used_at"].is_string());
    // An auditor reads everything and changes nothing.
    let (_, created) =
        served.ask("POST", "/v1/users", Some(&json!({ "name": "Kim", "role": "auditor" })));
    let token =
        created["sign_in_path"].as_str().unwrap().split_once("token=").unwrap().1.to_owned();
    let (session, cookie) = served.sign_in(&token);
    let csrf = session["csrf_token"].as_str().unwrap();
    let auditor = [("cookie", cookie.as_str()), ("x-csrf-token", csrf)];
    assert_eq!(served.ask_as("GET", "/v1/decisions", None, &auditor).0, 200);
    for (method, path, body) in [
        ("POST", "/v1/alerts/actions", json!({ "ids": [1], "action": "release" })),
        ("POST", "/v1/rules", json!({ "text": "name = \"x\"\nversion = 1\n", "note": "n" })),
        ("POST", "/v1/users", json!({ "name": "z", "role": "analyst" })),
        ("POST", "/v1/api-keys", json!({ "name": "z", "scopes": ["read"] })),
        ("POST", "/v1/events", event("e", 1, LISTED, HOP[0])),
        ("POST", "/v1/rescoring", json!({})),
        ("POST", "/v1/intel/sync", json!({})),
    ] {
        assert_eq!(
            code(served.ask_as(method, path, Some(&body), &auditor)).1,
            "auth.role",
            "{path}"
        );
    }
    let (again, _) = served.sign_in(&token);
    assert_eq!(again["code"], "auth.link", "a link works once");
    let id = created["user"]["id"].as_i64().unwrap();
    served.ask("PATCH", &format!("/v1/users/{id}"), Some(&json!({ "is_disabled": true })));
    is(served.ask_as("GET", "/v1/decisions", None, &auditor), 401, "auth.required");
    assert_eq!(served.ask("DELETE", "/v1/session", None).0, 204);
    is(served.ask("GET", "/v1/session", None), 401, "auth.required");
}

#[test]
fn rules_are_published_by_a_second_person_and_decide_from_then_on() {
    let (folder, _) = world();
    let served = Served::start(folder.path(), &ARGUMENTS);
    // Of plain allows one in sixteen is kept for backtests, by the hash of its transaction.
    served.ask("POST", "/v1/events", Some(&event("e1", 16, HOP[0], HOP[1])));
    let text = "name = \"strict\"\nversion = 1\n[[rule]]\nid = \"all.held\"\nwhen = 'transfer.native'\nthen = \"hold\"\nsentence = \"Everything waits.\"\nremedy = \"Wait.\"\n";
    let (_, check) = served.ask(
        "POST",
        "/v1/rules/check",
        Some(&json!({ "text": text.replace("native", "nativ") })),
    );
    assert_eq!((&check["ok"], &check["errors"][0]["line"]), (&json!(false), &json!(5)));
    let (_, backtest) = served.ask("POST", "/v1/rules/backtest", Some(&json!({ "text": text })));
    assert_eq!((&backtest["decisions"], &backtest["stricter"]), (&json!(1), &json!(1)));
    let (status, draft) =
        served.ask("POST", "/v1/rules", Some(&json!({ "text": text, "note": "why" })));
    assert_eq!(status, 201, "{draft}");
    let publish = format!("/v1/rules/{}/publish", draft["version"]);
    let (_, own) = served.ask("POST", &publish, Some(&json!({})));
    assert_eq!(own["code"], "rules.same_person");
    let (_, created) =
        served.ask("POST", "/v1/users", Some(&json!({ "name": "Kim", "role": "compliance" })));
    let token =
        created["sign_in_path"].as_str().unwrap().split_once("token=").unwrap().1.to_owned();
    let (session, cookie) = served.sign_in(&token);
    let other =
        [("cookie", cookie.as_str()), ("x-csrf-token", session["csrf_token"].as_str().unwrap())];
    let (status, live) = served.ask_as("POST", &publish, Some(&json!({})), &other);
    assert_eq!((status, &live["state"]), (200, &json!("live")), "{live}");
    let (_, decided) = served.ask("POST", "/v1/events", Some(&event("e2", 2, HOP[1], HOP[2])));
    assert_eq!(decided["decisions"][0]["lead"], "all.held");
    let index = &decided["decisions"][0]["index"];
    let basis = served.get(&format!("/v1/decisions/{index}"))["basis"].clone();
    assert_eq!(basis["pack"], "strict v1");
    // It stays in force over a restart, and so does the basis.
    served.stop();
    let served = Served::start(folder.path(), &ARGUMENTS);
    let (_, decided) = served.ask("POST", "/v1/events", Some(&event("e3", 3, HOP[2], HOP[0])));
    assert_eq!(decided["decisions"][0]["lead"], "all.held");
    let index = &decided["decisions"][0]["index"];
    assert_eq!(served.get(&format!("/v1/decisions/{index}"))["basis"], basis);
}

#[test]
fn lines_are_decided_around_the_broken_ones_plain_or_compressed() {
    let (folder, _) = world();
    let served = Served::start(folder.path(), &ARGUMENTS);
    let mut text = String::new();
    for n in 0..300u64 {
        text.push_str(&format!("{}\n", event(&format!("l{n}"), n, HOP[(n % 2) as usize], HOP[2])));
        if n == 7 {
            text.push_str("{\"id\": \"broken\"\n\n[[[[\n");
        }
    }
    let answers = served.send_lines(text.clone().into_bytes(), None);
    let summary = &answers.last().unwrap()["summary"];
    assert_eq!((&summary["events"], &summary["refused"]), (&json!(300), &json!(2)), "{summary}");
    assert_eq!(summary["is_complete"], true);
    let broken: Vec<&Value> =
        answers.iter().filter(|answer| answer.get("line").is_some()).collect();
    assert_eq!((broken.len(), &broken[0]["line"]), (2, &json!(9)));
    assert_eq!(broken[0]["error"]["code"], "body.invalid");
    let size = served.get("/v1/journal")["size"].clone();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    for (bytes, encoding) in
        [(packed.clone(), "gzip"), (zstd::encode_all(text.as_bytes(), 1).unwrap(), "zstd")]
    {
        let answers = served.send_lines(bytes, Some(encoding));
        let summary = &answers.last().unwrap()["summary"];
        assert_eq!((&summary["known"], &summary["refused"]), (&json!(300), &json!(2)), "{summary}");
    }
    let zstd = zstd::encode_all(text.as_bytes(), 1).unwrap();
    for (whole, encoding) in [(&packed, "gzip"), (&zstd, "zstd")] {
        for len in [whole.len() - 5, whole.len() / 2] {
            let cut = served.send_lines(whole[..len].to_vec(), Some(encoding));
            let summary = &cut.last().unwrap()["summary"];
            assert_eq!(summary["is_complete"], false, "{encoding} cut to {len}: {summary}");
        }
    }
    // Two packed files one after another are one stream.
    let answers = served.send_lines([&packed[..], &packed].concat(), Some("gzip"));
    assert_eq!(answers.last().unwrap()["summary"]["known"], 600);
    // Lines that are no events end it early, in few words.
    let answers = served.send_lines(b"x\n".repeat(1 << 20), None);
    assert!(answers.len() < 1_100, "{}", answers.len());
    assert_eq!(answers[answers.len() - 2]["error"]["code"], "body.too_many_faults");
    assert_eq!(served.get("/v1/journal")["size"], size, "known events are not booked again");
    // A bomb: 64 MB of one line out of 64 kB.
    let bomb = zstd::encode_all(std::io::Cursor::new(vec![b' '; 64 << 20]), 3).unwrap();
    let answers = served.send_lines(bomb, Some("zstd"));
    assert_eq!(answers[0]["error"]["code"], "body.incomplete", "{answers:?}");
    assert_eq!(answers[1]["summary"]["is_complete"], false);
    served.stop();
}

#[test]
fn what_was_answered_before_a_kill_is_known_after_it_and_nothing_is_doubled() {
    let (folder, _) = world();
    let mut answered: Vec<(String, u64)> = Vec::new();
    for round in 0..4u64 {
        let served = Served::start(folder.path(), &ARGUMENTS);
        for (id, index) in &answered {
            let n: u64 = id[1..].parse().unwrap();
            let (_, known) =
                served.ask("POST", "/v1/events", Some(&event(id, n, LISTED, HOP[n as usize % 3])));
            assert_eq!(
                (&known["status"], &known["decisions"][0]["index"]),
                (&json!("known"), &json!(index))
            );
        }
        let alerts = served.get("/v1/alerts?limit=500");
        let told: u64 = alerts["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|a| a["transfers"].as_u64().unwrap())
            .sum();
        // Every held or denied decision counts in exactly one alert.
        let mut held = 0;
        let mut cursor = String::new();
        loop {
            let page =
                served.get(&format!("/v1/decisions?level=hold&level=deny&limit=500{cursor}"));
            held += page["items"].as_array().unwrap().len() as u64;
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(told, held);
        assert!(held >= answered.len() as u64, "{held} of {}", answered.len());
        if round == 3 {
            served.stop();
            break;
        }
        // Killed while several are on their way.
        let base = served.base.clone();
        let (cookie, csrf) = (served.cookie.clone(), served.csrf.clone());
        let senders: Vec<_> = (0..4u64)
            .map(|lane| {
                let (base, cookie, csrf) = (base.clone(), cookie.clone(), csrf.clone());
                std::thread::spawn(move || {
                    let agent = agent();
                    let mut answered = Vec::new();
                    for step in 0..1_000u64 {
                        let n = round * 10_000 + lane * 1_000 + step;
                        let body = event(&format!("k{n}"), n, LISTED, HOP[n as usize % 3]);
                        let sent = agent
                            .post(format!("{base}/v1/events"))
                            .header("content-type", "application/json")
                            .header("cookie", &cookie)
                            .header("x-csrf-token", &csrf)
                            .send(body.to_string());
                        let Ok(mut response) = sent else { break };
                        let Ok(text) = response.body_mut().read_to_string() else { break };
                        let value: Value = serde_json::from_str(&text).unwrap();
                        answered.push((
                            format!("k{n}"),
                            value["decisions"][0]["index"].as_u64().unwrap(),
                        ));
                    }
                    answered
                })
            })
            .collect();
        pause(150 + 100 * round);
        served.kill();
        answered.extend(senders.into_iter().flat_map(|sender| sender.join().unwrap()));
        assert!(!answered.is_empty());
    }
    let verified = super::ok(folder.path(), &["journal", "verify", "d", "--json"]);
    assert!(verified["size"].as_u64().unwrap() as usize > answered.len());
}

#[test]
fn new_lists_score_the_past_again_and_say_since_when() {
    let (folder, _) = world();
    let served = Served::start(folder.path(), &["--data-dir", "d"]);
    let (_, decided) = served.ask("POST", "/v1/events", Some(&event("e1", 1, LISTED, HOP[0])));
    assert_eq!(decided["level"], "allow");
    assert!(served.get("/v1/system")["degraded"][0].as_str().unwrap().contains("no list"));
    served.stop();
    let lists = folder.path().join("lists/ofac-crypto-addresses");
    std::fs::write(lists.join("README.md"), "Commit 1, 2026-01-02.\n").unwrap();
    let served = Served::start(folder.path(), &ARGUMENTS);
    assert_eq!(served.ask("POST", "/v1/rescoring", Some(&json!({}))).0, 202);
    let mut state = Value::Null;
    for _ in 0..200 {
        state = served.get("/v1/rescoring");
        if state["state"] != "running" {
            break;
        }
        pause(20);
    }
    assert_eq!((&state["state"], &state["stricter"]), (&json!("done"), &json!(1)), "{state}");
    let alerts = served.get("/v1/alerts");
    assert_eq!(alerts["items"][0]["known_since"], "2026-01-02");
    served.stop();
}

/// A publisher of one list: answers with what it is told, and knows its own ETag.
fn publisher(body: std::sync::Arc<std::sync::Mutex<(String, Vec<u8>, usize)>>) -> String {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/list.csv", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                request.push(byte[0]);
            }
            let request = String::from_utf8_lossy(&request).to_lowercase();
            let (etag, bytes, sent) = body.lock().unwrap().clone();
            let head = if request.contains(&format!("if-none-match: \"{etag}\"")) {
                "HTTP/1.1 304 Not Modified\r\ncontent-length: 0\r\n\r\n".to_owned()
            } else {
                let length = bytes.len();
                format!(
                    "HTTP/1.1 200 OK\r\netag: \"{etag}\"\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                )
            };
            stream.write_all(head.as_bytes()).unwrap();
            if head.contains("200 OK") {
                let _ = stream.write_all(&bytes[..sent]);
            }
        }
    });
    url
}

#[test]
fn a_list_is_fetched_put_in_force_and_kept_when_the_next_is_cut_or_too_small() {
    let (folder, _) = world();
    let row = |n: u32| format!("0x{n:040x},ETH\n");
    let list = |rows: std::ops::Range<u32>| {
        let rows: String = rows.map(row).collect();
        format!("address,currency\n{LISTED},ETH\n{rows}").into_bytes()
    };
    let published = std::sync::Arc::new(std::sync::Mutex::new((
        "v1".to_owned(),
        list(1..40),
        list(1..40).len(),
    )));
    let url = publisher(std::sync::Arc::clone(&published));
    std::fs::write(
        folder.path().join("ringfence.toml"),
        format!("[[list]]\nsource = \"ofac\"\nurls = [\"{url}\"]\n"),
    )
    .unwrap();
    let served = Served::start(folder.path(), &["--data-dir", "d"]);
    let sync = |wanted: &str| {
        assert_eq!(served.ask("POST", "/v1/intel/sync", Some(&json!({}))).0, 202);
        for _ in 0..200 {
            let lists = served.get("/v1/intel/lists");
            let found =
                lists["items"].as_array().unwrap().iter().find(|list| list["source"] == "ofac");
            if found.is_some_and(|list| list["sync"]["status"] == wanted) {
                return found.unwrap().clone();
            }
            pause(50);
        }
        panic!("never {wanted}: {}", served.get("/v1/intel/lists"));
    };
    // The first comes by itself, at the start.
    for _ in 0..200 {
        if served.get("/v1/intel/lists")["claims"] == 40 {
            break;
        }
        pause(50);
    }
    let (_, decided) = served.ask("POST", "/v1/events", Some(&event("e1", 1, LISTED, HOP[0])));
    assert_eq!(decided["level"], "deny", "{decided}");
    assert_eq!(sync("unchanged")["rows"], 40);
    // Cut on the way: the connection ends before the length that was promised.
    *published.lock().unwrap() = ("v2".to_owned(), list(1..60), 100);
    assert_eq!(sync("failed")["rows"], 40);
    // Whole, and a tenth smaller than the last.
    *published.lock().unwrap() = ("v3".to_owned(), list(1..10), list(1..10).len());
    let refused = sync("refused");
    assert_eq!((&refused["rows"], &refused["is_stale"]), (&json!(40), &json!(true)));
    // Another address is listed: what it did before is scored again and becomes an alert.
    let later = format!("0x{:040x}", 50);
    served.ask("POST", "/v1/events", Some(&event("e2", 2, &later, HOP[1])));
    *published.lock().unwrap() = ("v4".to_owned(), list(1..60), list(1..60).len());
    assert_eq!(sync("fresh")["rows"], 60);
    for _ in 0..200 {
        if served.get("/v1/alerts")["total"] == 2 {
            break;
        }
        pause(50);
    }
    let alerts = served.get("/v1/alerts");
    let found = alerts["items"].as_array().unwrap().iter().any(|alert| {
        alert["address"].as_str().unwrap().eq_ignore_ascii_case(&later)
            && !alert["known_since"].is_null()
    });
    assert!(found, "{alerts}");
    served.stop();
}
