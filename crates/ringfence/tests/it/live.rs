//! Chains followed from real nodes: anvil and litecoind, where they are installed.
//!
//! `PEER_ANVIL` and `PEER_LITECOIND` name them; otherwise the path is searched. In CI they
//! are installed and must be there (`CI=true`).

use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::holdings::keys::{Key, segwit_address};
use super::serve::{Served, pause};
use super::world;

/// A peer that ends with the test.
struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Starts a program, or says why the test is skipped.
fn start(variable: &str, name: &str, arguments: &[&str]) -> Option<Peer> {
    let program = std::env::var(variable).unwrap_or_else(|_| name.to_owned());
    let started =
        Command::new(&program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    match started {
        Ok(child) => Some(Peer(child)),
        Err(error) => {
            assert!(std::env::var("CI").is_err(), "{program}: {error}; CI installs it");
            println!("skipped: {program}: {error}; set {variable}");
            None
        }
    }
}

fn rpc(url: &str, login: Option<&str>, method: &str, params: Value) -> Value {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    for _ in 0..100 {
        let mut request = agent.post(url).header("content-type", "application/json");
        if let Some(login) = login {
            request = request.header("authorization", login);
        }
        if let Ok(mut response) = request.send(body.to_string())
            && let Ok(text) = response.body_mut().read_to_string()
            && let Ok(value) = serde_json::from_str::<Value>(&text)
            // Nodes of the Bitcoin Core kind answer so while they start.
            && value["error"]["code"] != -28
        {
            assert!(value["error"].is_null(), "{method}: {value}");
            return value["result"].clone();
        }
        pause(100);
    }
    panic!("{url} does not answer {method}");
}

/// Asks until the answer is as wanted.
fn wait_for(served: &Served, path: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    for _ in 0..200 {
        last = served.get(path);
        if is_wanted(&last) {
            return last;
        }
        pause(100);
    }
    panic!("{path} is still {last}; {}", served.get("/v1/system")["sources"]);
}

fn serve(folder: &Path, config: &str) -> Served {
    std::fs::write(folder.join("ringfence.toml"), config).unwrap();
    Served::start(folder, &["--data-dir", "d", "--intel", "lists"])
}

fn decisions_of(served: &Served, tx: &str) -> Vec<Value> {
    let all = served.get("/v1/decisions?limit=500");
    let items = all["items"].as_array().unwrap().iter();
    items.filter(|decision| decision["tx"] == tx).cloned().collect()
}

#[test]
fn ethereum_is_followed_over_a_turn_and_a_kill() {
    let port = free_port().to_string();
    let arguments = ["--port", &port, "--chain-id", "1", "--no-mining", "--silent"];
    let Some(_anvil) = start("PEER_ANVIL", "anvil", &arguments) else { return };
    let url = format!("http://127.0.0.1:{port}");
    let ask = |method: &str, params: Value| rpc(&url, None, method, params);
    let accounts = ask("eth_accounts", json!([]));
    let account = |n: usize| accounts[n].as_str().unwrap().to_owned();
    let (folder, _) = world();
    let list = folder.path().join("lists/ofac-crypto-addresses/sanctioned_addresses.csv");
    std::fs::write(list, format!("address,currency\n{},ETH\n", account(0))).unwrap();
    let config = format!(
        "[[chain]]\nname = \"anvil\"\nnetwork = \"ethereum\"\nkind = \"ethereum_rpc\"\nurl = \"{url}\"\nsecond_url = \"{url}\"\nwebsocket = \"ws://127.0.0.1:{port}\"\nfrom = 0\npoll_ms = 200\n"
    );
    let pay = |from: usize, to: usize, value: &str| {
        let transaction = json!([{ "from": account(from), "to": account(to), "value": value }]);
        let hash = ask("eth_sendTransaction", transaction);
        ask("evm_mine", json!([]));
        hash.as_str().unwrap().to_owned()
    };
    let first = pay(0, 1, "0xde0b6b3a7640000");
    let served = serve(folder.path(), &config);
    let denied =
        |decisions: &Value| decisions["items"].as_array().is_some_and(|items| !items.is_empty());
    wait_for(&served, "/v1/decisions?level=deny", denied);
    assert_eq!(decisions_of(&served, &first)[0]["lead"], "sanctions.payer.listed");
    // The chain turns: the payment of block 2 never happened, another one did.
    let before = ask("evm_snapshot", json!([]));
    let undone = pay(0, 2, "0x1");
    wait_for(&served, "/v1/decisions?limit=500", |_| !decisions_of(&served, &undone).is_empty());
    ask("evm_revert", json!([before]));
    let instead = pay(1, 3, "0x5");
    pay(4, 5, "0x1");
    wait_for(&served, "/v1/decisions?limit=500", |_| !decisions_of(&served, &instead).is_empty());
    assert_eq!(decisions_of(&served, &undone)[0]["is_retracted"], true);
    let tainted = decisions_of(&served, &instead);
    assert_eq!((tainted.len(), &tainted[0]["is_retracted"]), (1, &json!(false)));
    assert_eq!(tainted[0]["lead"], "sanctions.payer.exposure");
    let profile = served.get(&format!("/v1/addresses/eip155:1/{}", account(2)));
    assert_eq!(profile["is_known"], false, "what never happened is not remembered");
    let source = wait_for(&served, "/v1/system", |s| s["sources"][0]["state"] == "live");
    assert_eq!(source["sources"][0]["reorganisations"], 1);
    // Killed, the chain grows, started again: it goes on where it was, and nothing comes twice.
    served.kill();
    let later = pay(3, 6, "0x2");
    let served = serve(folder.path(), &config);
    wait_for(&served, "/v1/decisions?limit=500", |_| !decisions_of(&served, &later).is_empty());
    for tx in [&first, &instead, &later] {
        assert_eq!(decisions_of(&served, tx).len(), 1);
    }
    assert_eq!(decisions_of(&served, &undone)[0]["is_retracted"], true);
    let wrong = config.replace("\"ethereum\"", "\"eip155:10\"");
    served.kill();
    let served = serve(folder.path(), &wrong);
    let refused = wait_for(&served, "/v1/system", |s| !s["sources"][0]["detail"].is_null());
    let detail = refused["sources"][0]["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("node of eip155:1"), "{detail}");
}

/// A node of Litecoin on a chain of its own, and its port.
fn litecoind(folder: &Path) -> Option<(Peer, String)> {
    let node = folder.join("node");
    std::fs::create_dir(&node).unwrap();
    let port = free_port().to_string();
    let arguments = [
        "-regtest".to_owned(),
        format!("-datadir={}", node.display()),
        format!("-rpcport={port}"),
        "-rpcuser=u".to_owned(),
        "-rpcpassword=p".to_owned(),
        "-listen=0".to_owned(),
        "-txindex=1".to_owned(),
        "-fallbackfee=0.001".to_owned(),
        "-server=1".to_owned(),
    ];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    Some((start("PEER_LITECOIND", "litecoind", &arguments)?, port))
}

#[test]
fn litecoin_is_followed_over_a_turn() {
    let folder = world().0;
    let Some((_node, port)) = litecoind(folder.path()) else { return };
    let url = format!("http://127.0.0.1:{port}");
    let ask = |method: &str, params: Value| rpc(&url, Some("Basic dTpw"), method, params);
    let text = |value: Value| value.as_str().unwrap().to_owned();
    ask("createwallet", json!(["w"]));
    let mine_to = text(ask("getnewaddress", json!([])));
    ask("generatetoaddress", json!([101, mine_to]));
    let config = format!(
        "[[chain]]\nname = \"ltc\"\nnetwork = \"litecoin\"\nkind = \"bitcoin_rpc\"\nurl = \"http://u:p@127.0.0.1:{port}\"\nfrom = 100\npoll_ms = 200\n"
    );
    let served = serve(folder.path(), &config);
    let height = |wanted: u64| move |system: &Value| system["sources"][0]["height"] == wanted;
    wait_for(&served, "/v1/system", height(101));
    let pay = |amount: f64| {
        let to = text(ask("getnewaddress", json!([])));
        text(ask("sendtoaddress", json!([to, amount])))
    };
    let first = pay(1.5);
    ask("generatetoaddress", json!([1, mine_to]));
    wait_for(&served, "/v1/system", height(102));
    let decided = decisions_of(&served, &first);
    assert!(!decided.is_empty());
    // The spent output lies before the first followed block: the node was asked for it.
    assert!(decided.iter().all(|decision| !decision["from"].is_null()), "{decided:?}");
    let tip = text(ask("getblockhash", json!([102])));
    ask("invalidateblock", json!([tip]));
    let other = text(ask("getnewaddress", json!([])));
    ask("generatetoaddress", json!([2, other]));
    wait_for(&served, "/v1/system", |s| {
        s["sources"][0]["height"] == 103 && s["sources"][0]["reorganisations"] == 1
    });
    let decided = decisions_of(&served, &first);
    let count = |flag: bool| decided.iter().filter(|d| d["is_retracted"] == flag).count();
    assert!(count(true) > 0, "{decided:?}");
    // Back in the mempool, it was mined again in the new block.
    assert_eq!(count(true), count(false));
}

/// A script is the same on every network of a coin, so a node on a chain of its own holds the coins of an
/// address of the main chain.
#[test]
fn unspent_outputs_are_read_to_the_last_unit_at_the_rounds_block_only() {
    let folder = tempfile::tempdir().unwrap();
    let Some((_node, port)) = litecoind(folder.path()) else { return };
    let url = format!("http://127.0.0.1:{port}");
    let ask = |method: &str, params: Value| rpc(&url, Some("Basic dTpw"), method, params);
    ask("createwallet", json!(["w"]));
    let mine_to = ask("getnewaddress", json!([])).as_str().unwrap().to_owned();
    ask("generatetoaddress", json!([101, mine_to]));
    let key = Key::new(8);
    let here = segwit_address("rltc", 0, &key.hash160());
    for amount in ["12.00000001", "7.65432109"] {
        ask("sendtoaddress", json!([here, amount]));
    }
    ask("generatetoaddress", json!([1, mine_to]));

    let litecoin = "bip122:12a765e31ffd4059bada1e25190f6e98";
    let at = folder.path();
    let rpc = format!("{litecoin}=http://u:p@127.0.0.1:{port}");
    let chains = crate::run(at, &["reserves", "chains", "--rpc", &rpc]);
    std::fs::write(at.join("chains.csv"), chains.stdout).unwrap();
    let table = format!("symbol,id,decimals,price\nLTC,{litecoin}/slip44:2,8,1\n");
    std::fs::write(at.join("assets.csv"), table).unwrap();
    std::fs::write(at.join("users.csv"), "user_id,LTC\nada,5\n").unwrap();
    let snapshot = "reserves snapshot --input users.csv --assets assets.csv --chains chains.csv \
                    --exchange example --round 2026-11 --job job --json";
    let made = crate::ok(at, &snapshot.split_whitespace().collect::<Vec<_>>());
    let header = made["header"].as_str().unwrap().to_owned();
    let address = segwit_address("ltc", 0, &key.hash160());
    let message = format!(
        "Ringfence reserves v1 | exchange=example | round=2026-11 | header={header} | chain={litecoin} | address={address}"
    );
    let list = format!(
        "asset,chain,address,amount,height,source,message,signatures,script_or_keys,owners\nLTC,{litecoin},{address},1965432110,102,node,{message},{},,\n",
        key.anchor(&message)
    );
    std::fs::create_dir(at.join("reserves")).unwrap();
    std::fs::write(at.join("reserves/list.csv"), list).unwrap();
    let gather =
        ["reserves", "evidence", "--job", "job", "--reserves", "reserves", "--rpc", &rpc, "--json"];
    assert_eq!(crate::ok(at, &gather)["lines"], 1);
    let line = std::fs::read_to_string(at.join("reserves/evidence.jsonl")).unwrap();
    let reading: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (reading["amount"].as_str(), reading["height"].as_u64()),
        (Some("1965432110"), Some(102))
    );
    let attest = ["reserves", "attest", "--job", "job", "--reserves", "reserves", "--json"];
    crate::ok(at, &attest);
    // A node knows its newest block only.
    ask("generatetoaddress", json!([1, mine_to]));
    let (_, message) = crate::refused(at, &gather);
    assert!(message.contains("the node stands at block 103, the round names 102"), "{message}");
}
