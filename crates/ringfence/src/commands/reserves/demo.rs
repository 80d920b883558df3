//! `ringfence reserves demo`: a small exchange from its balances to its customers' pages, and three who
//! lie.

use anyhow::{Context, Result, ensure};
use clap::Args;
use journal::Witnesses;
use live::rpc::Rpc;
use proof::bundle::{LIABILITIES, MANIFEST, Manifest, TOTALS};
use proof::header::Header;
use proof::liabilities::Liabilities;
use proof::systems::hex;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use store::WitnessDir;

use super::args::RoundArgs;
use super::show::{Owed, holdings_json, print_holdings, print_totals, verified_json};
use super::workers;
use crate::reserves::bundle::{self, Bundle};
use crate::reserves::holdings::{self, Node};
use crate::reserves::job::Job;
use crate::reserves::{cosigned, files, log, prove, site};
use crate::setup;

/// How often a node that starts is asked whether it is there.
const ASKS_MAX: u32 = 100;
const ASK_AGAIN: Duration = Duration::from_millis(100);

#[derive(Args)]
pub(crate) struct DemoArgs {
    /// Folder to make.
    #[arg(long, value_name = "DIR", default_value = "ringfence-reserves-demo")]
    dir: PathBuf,
    /// Users of the exchange.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    users: u32,
    /// The program anvil, whose chain has the exchange's ether (default: the one in PATH).
    #[arg(long, value_name = "FILE", env = "PEER_ANVIL", default_value = "anvil")]
    anvil: PathBuf,
    /// Draws the users.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Symbol, CAIP-19 id on the demo's own chain, digits, price, largest balance of a user in base units.
type Row = (&'static str, &'static str, u8, &'static str, u64);

const ASSETS: [Row; 25] = [
    (
        "BTC",
        "eip155:31337/erc20:0xda8562e7abc01a6f0d49a25d144ce6a9d7752a07",
        8,
        "65000",
        30_000_000,
    ),
    ("ETH", "eip155:31337/slip44:60", 18, "3200", 4_000_000_000_000_000_000),
    (
        "USDT",
        "eip155:31337/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7",
        6,
        "1",
        9_000_000_000,
    ),
    (
        "USDC",
        "eip155:31337/erc20:0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48",
        6,
        "1",
        9_000_000_000,
    ),
    (
        "SOL",
        "eip155:31337/erc20:0x29296c07a5ba406f81057d14fdd0d58bd981b8e5",
        9,
        "150",
        90_000_000_000,
    ),
    (
        "XRP",
        "eip155:31337/erc20:0x631ff8768671f3eae0117246886ac4978e351ef2",
        6,
        "0.5",
        5_000_000_000,
    ),
    (
        "ADA",
        "eip155:31337/erc20:0x8a15fea9a8880c224de3366daec293cd232310be",
        6,
        "0.4",
        5_000_000_000,
    ),
    (
        "DOGE",
        "eip155:31337/erc20:0x6776fd13088f74ab1e77d67bd621e7bda25bcb12",
        8,
        "0.1",
        900_000_000_000,
    ),
    (
        "LTC",
        "eip155:31337/erc20:0x3601f5e223de6c7f46e71834f13c1d2c5a86fe29",
        8,
        "80",
        4_000_000_000,
    ),
    (
        "TRX",
        "eip155:31337/erc20:0x6c9c28597512ebf0ecb2dff22c2254d74a2096d8",
        6,
        "0.12",
        9_000_000_000,
    ),
    (
        "DOT",
        "eip155:31337/erc20:0x4bf03efe2ec7be1916ad27a674a99d343b26c5f9",
        10,
        "6",
        2_000_000_000_000,
    ),
    (
        "LINK",
        "eip155:31337/erc20:0x514910771af9ca656af840dff83e8264ecf986ca",
        18,
        "14",
        5_000_000_000_000_000_000,
    ),
    (
        "UNI",
        "eip155:31337/erc20:0x1f9840a85d5af5bf1d1762f925bdaddc4201f984",
        18,
        "8",
        5_000_000_000_000_000_000,
    ),
    (
        "AAVE",
        "eip155:31337/erc20:0x7fc66500c84a76ad7e9c93437bfc5ac33e2ddae9",
        18,
        "90",
        5_000_000_000_000_000_000,
    ),
    ("ATOM", "eip155:31337/erc20:0x939f34238170826d249f0103a04e8d7406da30ab", 6, "7", 900_000_000),
    (
        "AVAX",
        "eip155:31337/erc20:0x2ee1df9892c2c4c1a50bc74137a7b2f825c24fa8",
        18,
        "30",
        5_000_000_000_000_000_000,
    ),
    ("BCH", "eip155:31337/erc20:0x5424cb881e62854b33ad8b390dddb205904568b8", 8, "350", 900_000_000),
    ("DASH", "eip155:31337/erc20:0x1ce382dc148a7555d0be908bc34baf90747d5d1c", 8, "25", 900_000_000),
    ("ZEC", "eip155:31337/erc20:0x554dcb7428f568be74b05f0cbc231242f4fce936", 8, "30", 900_000_000),
    (
        "XLM",
        "eip155:31337/erc20:0x4e3c27636ee9bcbead5577c49a291fb1ec9a07e9",
        7,
        "0.1",
        90_000_000_000,
    ),
    (
        "NEAR",
        "eip155:31337/erc20:0xa9fb8458da311aee6519d6ae4cee1b5265cce0f7",
        9,
        "5",
        900_000_000_000,
    ),
    (
        "APT",
        "eip155:31337/erc20:0x6e23a36976162bc841a2ed6f6319cc6745d9d701",
        8,
        "8",
        90_000_000_000,
    ),
    (
        "SUI",
        "eip155:31337/erc20:0x269f54e09495ac6a0e1983c4cda36cbca08b00cf",
        9,
        "1.5",
        900_000_000_000,
    ),
    (
        "TON",
        "eip155:31337/erc20:0x1a4219fe5e60d63af2a3cc7dce6fec69b45c6b57",
        9,
        "6",
        900_000_000_000,
    ),
    (
        "FIL",
        "eip155:31337/erc20:0x9b73732fbe30f014764e7aecee3c820391c42a52",
        18,
        "4",
        5_000_000_000_000_000_000,
    ),
];

/// A node that stops when the demo does.
struct Anvil {
    child: Child,
    url: String,
}

impl Drop for Anvil {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Anvil {
    #[allow(clippy::disallowed_methods, reason = "another process takes its time to start")]
    fn start(program: &Path) -> Result<Self> {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let child = Command::new(program)
            .args(["--silent", "--port", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        let anvil = Self { child, url: format!("http://127.0.0.1:{port}") };
        let rpc = Rpc::new(&anvil.url);
        for _ in 0..ASKS_MAX {
            if rpc.ask("eth_chainId", &json!([])).is_ok() {
                // Its first block has no state, and blocks become final after some more.
                rpc.ask("anvil_mine", &json!(["0x60"]))?;
                return Ok(anvil);
            }
            std::thread::sleep(ASK_AGAIN);
        }
        anyhow::bail!("{} does not answer on port {port}", program.display())
    }

    fn ask(&self, method: &'static str, params: &Value) -> Result<Value> {
        let answer = Rpc::new(&self.url).ask(method, params)?.context(method)?;
        Ok(serde_json::from_str(&answer)?)
    }
}

/// The asset of which the demo's exchange holds less than it owes.
const SHORT: &str = "XLM";

fn write_users(path: &Path, users: u32, seed: u64) -> Result<()> {
    let mut rng = StdRng::seed_from_u64(seed);
    let symbols: Vec<&str> = ASSETS.iter().map(|asset| asset.0).collect();
    let mut text = format!("user_id,{}\n", symbols.join(","));
    for user in 0..users {
        write!(text, "user-{user}")?;
        for (place, asset) in ASSETS.iter().enumerate() {
            // Most hold the first few assets, few the others.
            let holds = rng.random_range(0..5 + place as u32 * 2) < 3;
            let amount = if holds { rng.random_range(0..asset.4) } else { 0 };
            write!(text, ",{amount}")?;
        }
        text.push('\n');
    }
    files::write(path, text.as_bytes())
}

fn write_assets(path: &Path) -> Result<()> {
    let rows = ASSETS
        .iter()
        .map(|(symbol, id, decimals, price, _)| format!("{symbol},{id},{decimals},{price}\n"));
    let text = format!("symbol,id,decimals,price\n{}", rows.collect::<String>());
    files::write(path, text.as_bytes())
}

/// The exchange's list: its accounts on anvil, with ether that the chain proves, and balances of other
/// assets that it only claims, one of them short.
fn write_list(path: &Path, anvil: &Anvil, header: &Header, owed: &[u128]) -> Result<()> {
    let challenge = holdings::challenge(header)?;
    let chain: attest::Chain = header.chains[0].id.parse()?;
    let height = header.chains[0].height;
    let accounts = anvil.ask("eth_accounts", &json!([]))?;
    let accounts = accounts.as_array().context("eth_accounts")?;
    let mut text =
        "asset,chain,address,amount,height,source,message,signatures,script_or_keys,owners\n"
            .to_owned();
    for (place, account) in accounts.iter().take(4).enumerate() {
        let address = account.as_str().context("an account is a text")?;
        let message = challenge.text(chain, address);
        let data = format!("0x{}", hex(message.as_bytes()));
        let signature = anvil.ask("eth_sign", &json!([address, data]))?;
        let signature = signature.as_str().context("eth_sign")?;
        let at = format!("0x{height:x}");
        let balance = anvil.ask("eth_getBalance", &json!([address, at]))?;
        let wei = model::Amount::from_hex_quantity(balance.as_str().context("eth_getBalance")?)?;
        writeln!(text, "ETH,{chain},{address},{wei},{height},node,{message},{signature},,")?;
        if place > 0 {
            continue;
        }
        for (asset, owed) in header.assets.iter().zip(owed) {
            let percent = match asset.symbol.as_str() {
                "ETH" => continue,
                SHORT => 97,
                _ => 104,
            };
            let (symbol, amount) = (&asset.symbol, owed / 100 * percent);
            writeln!(
                text,
                "{symbol},{chain},{address},{amount},{height},books,{message},{signature},,"
            )?;
        }
    }
    files::write(path, text.as_bytes())
}

/// A lie, and how it is refused.
struct Lie {
    what: &'static str,
    code: String,
    message: String,
}

fn refused<T>(what: &'static str, result: Result<T>) -> Result<Lie> {
    let Err(error) = result else { anyhow::bail!("{what}: it was not refused") };
    Ok(Lie { what, code: crate::code_of(&error).to_owned(), message: format!("{error:#}") })
}

fn copy(from: &Bundle, to: &Path) -> Result<()> {
    for name in from.names() {
        let path = to.join(name);
        std::fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
        std::fs::write(path, from.read(name)?)?;
    }
    Ok(())
}

/// Writes another file into a bundle, and the manifest anew.
fn replace(dir: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    std::fs::write(dir.join(name), bytes)?;
    let bundle = Bundle::open(dir)?;
    let names = bundle.names().iter().filter(|name| *name != MANIFEST && *name != "journal.proof");
    let listed = names.map(|name| Ok(Manifest::list(name, &bundle.read(name)?)));
    let listed = listed.collect::<Result<Vec<_>>>()?;
    std::fs::write(dir.join(MANIFEST), Manifest::new(listed).encode())?;
    Ok(())
}

fn lies(dir: &Path, published: &Path, receipt: &proof::receipt::Receipt) -> Result<Vec<Lie>> {
    let bundle = Bundle::open(published)?;
    let round = bundle.round()?;
    let mut more = receipt.clone();
    let entry = more.entries.first_mut().context("the user has a balance")?;
    entry.1 /= 2;
    let half = refused(
        "a receipt that shows a customer half of what was counted",
        round.check_receipt(&more.encode()).map_err(anyhow::Error::from),
    )?;

    let lie = dir.join("lie-totals");
    copy(&bundle, &lie)?;
    let mut less = round.liabilities.clone();
    less.totals[0] /= 2;
    replace(&lie, LIABILITIES, &less.encode())?;
    let totals = refused("half of the bitcoin owed", bundle::verify(&Bundle::open(&lie)?, 1))?;

    let lie = dir.join("lie-shard");
    copy(&bundle, &lie)?;
    let proof = bundle.read(TOTALS)?;
    replace(&lie, &proof::bundle::shard_name(0), &proof)?;
    let shard = refused(
        "the totals' proof in place of the customers' own",
        bundle::verify(&Bundle::open(&lie)?, 1),
    )?;
    Ok(vec![half, totals, shard])
}

/// A row whose address somebody else owns.
fn stolen(header: &Header, dir: &Path) -> Result<Lie> {
    let mut files = holdings::read(dir)?;
    let text = String::from_utf8(files.list)?;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let address = lines[1].split(',').nth(2).context("a row has an address")?.to_owned();
    let other =
        lines.last().context("there are rows")?.split(',').nth(2).unwrap_or_default().to_owned();
    lines[1] = lines[1].replace(&address, &other);
    files.list = (lines.join("\n") + "\n").into_bytes();
    refused("somebody else's address among the reserves", holdings::judged(header, &files))
}

/// Somebody else, who is here in the next folder, sees the log with its new round and co-signs it.
fn witness(dir: &Path, log: &Path, published: &Path) -> Result<()> {
    let mut witness = WitnessDir::make(&dir.join("witness"), "witness.demo")?;
    let key = log::key(&log.join("log.vkey").display().to_string())?;
    let note = witness.cosign(log, Some(&key), setup::now_s())?.note;
    let path = dir.join("witness/checkpoint");
    files::write(&path, note.encode().as_bytes())?;
    let known = Witnesses::new(vec![witness.key().clone()])?;
    cosigned::take(&[path], log, &[published.to_owned()], &known)?;
    Ok(())
}

pub(crate) fn demo(args: &DemoArgs, json: bool) -> Result<()> {
    let dir = &args.dir;
    ensure!(!dir.exists(), "{}: the folder is there already", dir.display());
    std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    let say = |text: &str| {
        if !json {
            println!("{text}");
        }
    };
    let users = dir.join("users.csv");
    let assets = dir.join("assets.csv");
    write_users(&users, args.users, args.seed)?;
    write_assets(&assets)?;
    say(&format!("{} users, {} assets: {}", args.users, ASSETS.len(), users.display()));

    let anvil = match Anvil::start(&args.anvil) {
        Ok(anvil) => Some(anvil),
        Err(error) => {
            say(&format!("without reserves: {error:#}; give --anvil to have them"));
            None
        }
    };
    let chains = match &anvil {
        Some(anvil) => {
            let block = Node::parse(&format!("eip155:31337={}", anvil.url))?.block()?;
            let path = dir.join("chains.csv");
            let text = format!("id,height,hash\n{},{},{}\n", block.id, block.height, block.hash);
            files::write(&path, text.as_bytes())?;
            Some(path)
        }
        None => None,
    };
    let job_dir = dir.join("job");
    let round = RoundArgs::of_demo(users, assets, chains);
    round.snapshot(&job_dir)?;
    let job = Job::open(&job_dir)?;
    let done = prove::run(&job, 0..job.header.shards, workers(None)?)?;
    ensure!(done.is_complete, "all shards were asked for");
    say(&format!("{} shards proved", done.shards));

    let mut held = Vec::new();
    let reserves = dir.join("reserves");
    if let Some(anvil) = &anvil {
        std::fs::create_dir_all(&reserves)?;
        let owed = Liabilities::parse(&files::read(&job.done_file(LIABILITIES), 1 << 24)?)?.totals;
        write_list(&reserves.join(holdings::LIST), anvil, &job.header, &owed)?;
        let list = files::read(&reserves.join(holdings::LIST), 1 << 20)?;
        let node = Node::parse(&format!("eip155:31337={}", anvil.url))?;
        let evidence = holdings::gather(&job.header, &list, None, &[node])?;
        files::write(&reserves.join(holdings::EVIDENCE), evidence.as_bytes())?;
        held = holdings::for_bundle(&job.header, holdings::read(&reserves)?)?;
    }
    let (published, log, pages) = (dir.join("bundle"), dir.join("log"), dir.join("site"));
    let verified = bundle::publish(&job, &published, &held, Some(&log), workers(None)?)?;
    witness(dir, &log, &published)?;
    let bundle = Bundle::open(&published)?;
    let report = holdings::of_bundle(&bundle, &job.header)?;
    say(&format!("published, and verified as an auditor would: {}", published.display()));
    say("the log of rounds co-signed by a witness, made up as well");
    if !json {
        print_totals(&verified);
        if let Some(report) = &report {
            let totals = &verified.round.liabilities.totals;
            print_holdings(&job.header, Some(Owed { totals, to_hold: totals }), report);
        }
    }
    let receipt = job.receipt("user-7")?;
    let path = dir.join("receipt-of-user-7.json");
    files::write_private(&path, &receipt.encode())?;
    verified.round.check_receipt(&receipt.encode())?;
    say(&format!("\nverified as user-7 would: {}", path.display()));

    let mut told = lies(dir, &published, &receipt)?;
    if anvil.is_some() {
        told.push(stolen(&job.header, &reserves)?);
    }
    say("\nand these are refused:");
    for lie in &told {
        say(&format!("  {}\n    [{}] {}", lie.what, lie.code, lie.message));
    }
    site::make(&[(bundle, verified.clone())], Some(&log), &pages)?;
    say(&format!("\npages for customers: {}", pages.display()));
    say(&format!("  RINGFENCE_RESERVES_SITE={} ringfence serve", pages.display()));
    say("  and open http://127.0.0.1:8080/reserves/");
    if json {
        let mut shown = verified_json(&verified);
        shown["site"] = json!(pages);
        shown["receipt"] = json!(path);
        shown["reserves"] = json!(report.as_ref().map(|report| holdings_json(&job.header, report)));
        let lies = told.iter().map(|lie| json!({ "lie": lie.what, "code": lie.code }));
        shown["refused"] = json!(lies.collect::<Vec<_>>());
        println!("{shown}");
    }
    Ok(())
}
