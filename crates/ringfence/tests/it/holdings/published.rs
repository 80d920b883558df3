//! A round as it is published, with what the exchange says that it holds.

use proof::bundle::{MANIFEST, Manifest};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::keys::{BITCOIN, hex};
use super::state::State;
use crate::{ok, refused};

pub(crate) const ETHEREUM: &str = "eip155:1";
pub(crate) const OPTIMISM: &str = "eip155:10";
pub(crate) const HEIGHT: u64 = 24_000_000;
pub(crate) const BITCOIN_HEIGHT: u64 = 900_000;
pub(crate) const TOKEN: [u8; 20] = [0xda; 20];
const HEAD: &str =
    "asset,chain,address,amount,height,source,message,signatures,script_or_keys,owners";

/// Symbols and ids of the round's assets.
fn assets() -> Vec<(&'static str, String, u8)> {
    let token = format!("{ETHEREUM}/erc20:0x{}", hex(&TOKEN));
    let own = |symbol, id: &str, decimals| (symbol, id.to_owned(), decimals);
    vec![
        own("BTC", &format!("{BITCOIN}/slip44:0"), 8),
        own("ETH", "eip155:1/slip44:60", 18),
        ("USDT", token, 6),
        own("STETH", "eip155:1/erc20:0xae7ab96520de3a18e5e111b5eaab095312d7fe84", 18),
        own("TRX", "tron:0x2b6653dc/slip44:195", 6),
        own("SOL", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp/slip44:501", 9),
        own("ATOM", "cosmos:cosmoshub-4/slip44:118", 6),
        own("BCH", "bip122:000000000000000000651ef99cb9fcbe/slip44:145", 8),
        own("LTC", "bip122:12a765e31ffd4059bada1e25190f6e98/slip44:2", 8),
        own("FIL", "fil:f/slip44:461", 18),
        own("INJ", "cosmos:injective-1/slip44:22000119", 18),
        own("EOS", "antelope:aca376f206b8fc25a6ed44dbdc66547c/slip44:194", 4),
        own("HBAR", "hedera:mainnet/slip44:3030", 8),
        own("TON", "tvm:-239/slip44:607", 9),
    ]
}

/// One line of a list in our layout.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) asset: String,
    pub(crate) chain: String,
    pub(crate) address: String,
    pub(crate) amount: u128,
    pub(crate) height: u64,
    pub(crate) message: String,
    pub(crate) signatures: Vec<String>,
    pub(crate) keys: Vec<String>,
    pub(crate) owners: Vec<String>,
}

impl Row {
    fn line(&self) -> String {
        let Row { asset, chain, address, amount, height, message, .. } = self;
        let [signatures, keys, owners] =
            [&self.signatures, &self.keys, &self.owners].map(|words| words.join(" "));
        format!(
            "{asset},{chain},{address},{amount},{height},node,{message},{signatures},{keys},{owners}"
        )
    }
}

/// What an exchange publishes of what it holds.
#[derive(Clone)]
pub(crate) struct Holdings {
    pub(crate) rows: Vec<Row>,
    pub(crate) evidence: Vec<String>,
    pub(crate) tokens: Option<String>,
    /// By asset: proof, two sources, claim.
    pub(crate) sums: BTreeMap<String, [u128; 3]>,
    /// Text in place of the list's, or of the summary's.
    pub(crate) list: Option<Vec<u8>>,
    pub(crate) summary: Option<Vec<u8>>,
}

impl Holdings {
    pub(crate) fn list_text(&self) -> String {
        let lines: Vec<String> = self.rows.iter().map(Row::line).collect();
        format!("{HEAD}\n{}\n", lines.join("\n"))
    }

    pub(crate) fn summary_text(&self) -> String {
        let line = |(symbol, ..): &(&str, String, u8)| {
            let [proof, two, claim] = self.sums.get(*symbol).copied().unwrap_or_default();
            format!(
                r#"{{"asset":"{symbol}","proof":"{proof}","two_sources":"{two}","claim":"{claim}"}}"#
            )
        };
        let lines: Vec<String> = assets().iter().map(line).collect();
        format!(r#"{{"version":1,"assets":[{}]}}"#, lines.join(","))
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let list = self.list.clone().unwrap_or_else(|| self.list_text().into_bytes());
        let summary = self.summary.clone().unwrap_or_else(|| self.summary_text().into_bytes());
        let mut files = BTreeMap::from([
            ("reserves/list.csv".to_owned(), list),
            ("reserves/summary.json".to_owned(), summary),
            ("reserves/evidence.jsonl".to_owned(), self.evidence.join("\n").into_bytes()),
        ]);
        if let Some(tokens) = &self.tokens {
            files.insert("reserves/tokens.csv".to_owned(), tokens.clone().into_bytes());
        }
        files
    }
}

/// A round whose debts are proved, and nothing yet of what is held.
pub(crate) struct Published {
    folder: tempfile::TempDir,
    files: BTreeMap<String, Vec<u8>>,
    header: [u8; 32],
}

/// Where cases are kept for the second verifier.
fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tmp/attacks-holdings")
}

impl Published {
    /// Proves a small round that names these blocks.
    pub(crate) fn new(ethereum: &State, optimism: [u8; 32]) -> Published {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let assets = assets();
        let symbols: Vec<&str> = assets.iter().map(|(symbol, ..)| *symbol).collect();
        let users = (1..=3).map(|user| {
            let amounts: Vec<String> = assets.iter().map(|_| user.to_string()).collect();
            format!("user-{user},{}\n", amounts.join(","))
        });
        let users: String = users.collect();
        fs::write(at.join("users.csv"), format!("user_id,{}\n{users}", symbols.join(","))).unwrap();
        let lines =
            assets.iter().map(|(symbol, id, decimals)| format!("{symbol},{id},{decimals},1\n"));
        let table = format!("symbol,id,decimals,price\n{}", lines.collect::<String>());
        fs::write(at.join("assets.csv"), table).unwrap();
        let chains = format!(
            "id,height,hash\n{ETHEREUM},{HEIGHT},0x{}\n{BITCOIN},{BITCOIN_HEIGHT},{}\n{OPTIMISM},5,0x{}\n",
            hex(&ethereum.hash()),
            "0".repeat(64),
            hex(&optimism),
        );
        fs::write(at.join("chains.csv"), chains).unwrap();
        let prove = "reserves prove --input users.csv --assets assets.csv --chains chains.csv \
                     --exchange example --round 2026-11 --out bundle --json";
        ok(at, &prove.split_whitespace().collect::<Vec<_>>());
        let mut files = BTreeMap::new();
        for name in ["header.json", "liabilities.json", "totals.proof", "shards/00000.proof"] {
            files.insert(name.to_owned(), fs::read(at.join("bundle").join(name)).unwrap());
        }
        use sha2::{Digest, Sha256};
        let header = Sha256::digest(&files["header.json"]).into();
        Published { folder, files, header }
    }

    /// What a key signs in this round.
    pub(crate) fn challenge(&self, chain: &str, address: &str) -> String {
        let header = hex(&self.header);
        format!(
            "Ringfence reserves v1 | exchange=example | round=2026-11 | header={header} | chain={chain} | address={address}"
        )
    }

    /// Keeps a case and what is expected of it.
    fn keep(&self, name: &str, files: &BTreeMap<String, Vec<u8>>, expected: &str) -> PathBuf {
        let dir = cases().join(name);
        let _ = fs::remove_dir_all(&dir);
        let mut all = self.files.clone();
        all.extend(files.clone());
        let listed = all.iter().map(|(name, bytes)| Manifest::list(name, bytes)).collect();
        all.insert(MANIFEST.to_owned(), Manifest::new(listed).encode());
        for (name, bytes) in &all {
            let path = dir.join("bundle").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        fs::write(dir.join("expected"), format!("{expected}\n")).unwrap();
        dir.join("bundle")
    }

    /// An honest bundle holds, and says what it is expected to.
    pub(crate) fn holds(&self, name: &str, holdings: &Holdings) -> Value {
        let bundle = self.keep(name, &holdings.files(), "ok");
        let bundle = bundle.to_str().unwrap();
        ok(self.folder.path(), &["reserves", "verify", bundle, "--json"])
    }

    /// A bundle that lies is refused, in this file and for this reason.
    pub(crate) fn refuses(&self, name: &str, holdings: &Holdings, file: &str, code: &str) {
        self.refuses_files(name, &holdings.files(), file, code);
    }

    /// The same of files that are none of what is held, or not all of it.
    pub(crate) fn refuses_files(
        &self,
        name: &str,
        files: &BTreeMap<String, Vec<u8>>,
        file: &str,
        code: &str,
    ) {
        let bundle = self.keep(name, files, &format!("{code} {file}"));
        let bundle = bundle.to_str().unwrap();
        let (found, message) =
            refused(self.folder.path(), &["reserves", "verify", bundle, "--json"]);
        assert_eq!(found, code, "{name}: {message}");
        assert!(message.starts_with(&format!("{file}: ")), "{name}: {message}");
    }

    /// The files of what is held, to change them.
    pub(crate) fn files_of(holdings: &Holdings) -> BTreeMap<String, Vec<u8>> {
        holdings.files()
    }
}

/// A line of evidence: a source's reading of a balance.
pub(crate) fn reading(row: &Row, source: &str, height: u64, amount: u128) -> String {
    json!({
        "kind": "reading", "chain": row.chain, "address": row.address, "asset": row.asset,
        "source": source, "height": height, "amount": amount.to_string(),
    })
    .to_string()
}

/// A line of evidence: the header of the round's block, or of another.
pub(crate) fn header(chain: &str, state: &State) -> String {
    json!({ "kind": "header", "chain": chain, "rlp": format!("0x{}", hex(&state.header())) })
        .to_string()
}

/// A line of evidence: an account and its slots.
pub(crate) fn account(chain: &str, proof: &Value) -> String {
    json!({ "kind": "account", "chain": chain, "proof": proof }).to_string()
}

/// A line of evidence: keys or accounts that control an address.
pub(crate) fn keys(row: &Row, sources: &[&str], keys: &[Vec<u8>], threshold: u64) -> String {
    let keys: Vec<String> = keys.iter().map(|key| hex(key)).collect();
    json!({
        "kind": "keys", "chain": row.chain, "address": row.address, "height": HEIGHT,
        "sources": sources, "keys": keys, "threshold": threshold,
    })
    .to_string()
}
