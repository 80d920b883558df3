//! Runs against a real server: load, the console in a browser, databases.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A server of the release binary on a folder of its own.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    pub(crate) token: String,
    folder: PathBuf,
}

impl Server {
    pub(crate) fn start(root: &Path, name: &str, arguments: &[&str]) -> Result<Self> {
        // CI has built it; a cargo within a cargo may see another toolchain and build all of it again.
        if std::env::var("CI").is_err() {
            let build = Command::new("cargo")
                .args(["build", "--quiet", "--release", "--locked"])
                .current_dir(root)
                .status()?;
            ensure!(build.success(), "the release binary does not build");
        }
        let folder = root.join("target/peers").join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        let mut child = Command::new(root.join("target/release/ringfence"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder.join("data"))
            .args(arguments)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .context("target/release/ringfence")?;
        let output = child.stdout.take().context("the server has an output")?;
        let mut lines = BufReader::new(output).lines();
        let (mut address, mut token) = (None, None);
        while token.is_none() {
            let line = lines.next().context("the server ended")??;
            if let Some((_, port)) = line.split_once("Ringfence serves http://localhost:") {
                address = Some(format!("127.0.0.1:{port}"));
            }
            token = line.split_once("token=").map(|(_, token)| token.to_owned());
        }
        std::thread::spawn(move || lines.for_each(drop));
        let address = address.context("the server says where it listens")?;
        Ok(Self { child, address, token: token.unwrap_or_default(), folder })
    }

    /// One request; gives the headers and the JSON of the answer.
    fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &Value,
    ) -> Result<(String, Value)> {
        let body = body.to_string();
        let mut stream = TcpStream::connect(&self.address)?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let (head, body) = text.split_once("\r\n\r\n").context("an HTTP answer")?;
        Ok((head.to_owned(), serde_json::from_str(body).with_context(|| body.to_owned())?))
    }

    /// Signs in with the link and makes an API key.
    pub(crate) fn key(&self) -> Result<String> {
        let (head, session) =
            self.ask("POST", "/v1/session", "", &json!({ "token": self.token }))?;
        let cookie = head
            .lines()
            .find_map(|line| line.strip_prefix("set-cookie: "))
            .and_then(|cookie| cookie.split(';').next())
            .context("a session cookie")?;
        let csrf = session["csrf_token"].as_str().context("a csrf token")?;
        let headers = format!("cookie: {cookie}\r\nx-csrf-token: {csrf}\r\n");
        let scopes = json!({ "name": "load", "scopes": ["events:write", "screen", "read"] });
        let (_, made) = self.ask("POST", "/v1/api-keys", &headers, &scopes)?;
        Ok(made["secret"].as_str().context("a secret")?.to_owned())
    }

    /// CPU seconds of the server so far.
    fn cpu_s(&self) -> f64 {
        let path = format!("/proc/{}/stat", self.child.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let fields: Vec<&str> =
            text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
        let ticks = |place: usize| fields.get(place).and_then(|t| t.parse::<f64>().ok());
        (ticks(11).unwrap_or(0.0) + ticks(12).unwrap_or(0.0)) / 100.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn last_json(command: &mut Command) -> Result<Value> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(text.lines().last().unwrap_or("")).with_context(|| text)
}

/// Rounds of a stream and the same work in one process, each first in turn: shared machines slow down
/// under load.
const ROUNDS: usize = 4;

/// `ringfence bench http` on a server of its own. Gives its result and the server's CPU seconds.
fn bench_http(root: &Path, arguments: &[&str]) -> Result<(Value, f64)> {
    let server = Server::start(root, "load", &[])?;
    let key = server.key()?;
    let before_s = server.cpu_s();
    let mut command = Command::new(root.join("target/release/ringfence"));
    command.args(["bench", "http", "--server", &server.address, "--key", &key, "--json"]);
    let result = last_json(command.args(arguments))?;
    ensure!(result["failed"] == 0, "requests failed");
    Ok((result, server.cpu_s() - before_s))
}

/// Load over HTTP: single events at a fixed rate, then streams in turn with the same work in one
/// process.
pub(crate) fn load(root: &Path, seconds: &str) -> Result<()> {
    let number = |value: &Value, name: &str| value[name].as_f64().unwrap_or(0.0);
    let (http, cpu_s) = bench_http(root, &["--seconds", seconds, "--lines", "1000"])?;
    println!(
        "{} requests/s: p50 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms; server {cpu_s:.1} CPU-s",
        http["requests_per_s"],
        number(&http, "latency_us_p50") / 1e3,
        number(&http, "latency_us_p99") / 1e3,
        number(&http, "latency_us_p99_9") / 1e3,
    );
    // As many transfers as the other side draws by default.
    let lines = ["--seconds", "1", "--requests-per-s", "10", "--lines", "400000"];
    let within = || {
        let mut command = Command::new(root.join("target/release/ringfence"));
        last_json(command.args(["bench", "onchain", "--json"]))
    };
    let mut shares = Vec::new();
    for round in 0..ROUNDS {
        let ((http, cpu_s), within) = if round % 2 == 0 {
            (bench_http(root, &lines)?, within()?)
        } else {
            let within = within()?;
            (bench_http(root, &lines)?, within)
        };
        let stream = number(&http, "stream_transfers_per_s");
        let whole = number(&within, "whole_path_transfers_per_s");
        shares.push(stream / whole);
        println!(
            "stream {stream:.0} transfers/s, in one process {whole:.0}: {:.0} %; {:.1} and {:.1} CPU-us a transfer",
            stream / whole * 100.0,
            cpu_s * 1e6 / number(&http["stream"], "transfers"),
            1e6 / number(&within, "whole_path_transfers_per_cpu_s"),
        );
    }
    let mean = shares.iter().map(|share| share.ln()).sum::<f64>() / ROUNDS as f64;
    println!("geometric mean {:.0} %", mean.exp() * 100.0);
    Ok(())
}

/// The console in a real browser, on the simulated market.
pub(crate) fn e2e(root: &Path, shots: Option<&str>) -> Result<()> {
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    let has_tools = Path::new(&chromium).is_file()
        && root.join("console/node_modules/playwright-core").is_dir();
    if !has_tools {
        ensure!(std::env::var("CI").is_err(), "CI installs chromium and the console's packages");
        println!("skipped: {chromium} or console/node_modules is missing");
        return Ok(());
    }
    let server = Server::start(root, "e2e", &["--demo"])?;
    let mut command = Command::new("node");
    command
        .arg("e2e/run.mjs")
        .args([
            "--base",
            &format!("http://localhost:{}", server.address.rsplit(':').next().unwrap_or("")),
        ])
        .arg(format!("--token={}", server.token))
        .current_dir(root.join("console"));
    if let Some(shots) = shots {
        command.args(["--shots", shots]);
    }
    ensure!(command.status().context("node")?.success(), "the console's checks failed");
    drop(server);
    security_centre(root)
}

/// The security centre in a real browser with virtual passkeys, on a demonstration of its own: browsers
/// make passkeys for `localhost` only, and the walk leaves the account changed.
#[allow(clippy::disallowed_methods, reason = "a real process takes real time")]
fn security_centre(root: &Path) -> Result<()> {
    let server = Server::start(root, "e2e-accounts", &["--demo", "--demo-rate", "5"])?;
    let port = server.address.rsplit(':').next().unwrap_or("");
    let base = format!("http://localhost:{port}");
    // The customers are made after the door is open.
    let has_customers = || {
        let mails = server.ask("GET", "/v1/demo/mails", "", &Value::Null);
        mails.is_ok_and(|(_, mails)| mails.to_string().contains("ana@demo.example"))
    };
    while !has_customers() {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let status = Command::new("node")
        .arg("e2e/account.mjs")
        .args(["--base", &base, "--mail", &format!("{base}/v1/demo/mails")])
        .args(["--email", "ana@demo.example", "--password", "a demonstration, not a secret"])
        .arg(format!("--staff-token={}", server.token))
        .current_dir(root.join("console"))
        .status();
    ensure!(status.context("node")?.success(), "the security centre's checks failed");
    Ok(())
}

/// Runs a command with a PostgreSQL of its own, on loopback, for as long as it takes.
pub(crate) fn postgres(root: &Path, command: &[String]) -> Result<()> {
    let Some((program, arguments)) = command.split_first() else {
        bail!("usage: cargo run -p xtask -- postgres COMMAND…");
    };
    let Some(tools) = postgres_tools() else {
        ensure!(std::env::var("CI").is_err(), "CI installs postgresql");
        println!("skipped: PostgreSQL is not installed");
        return Ok(());
    };
    // The server refuses to run as root, and its folder must be its own.
    let folder = std::env::temp_dir().join(format!("ringfence-pg-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let is_root = Command::new("id").arg("-u").output()?.stdout == b"0\n";
    let user = if is_root { "postgres" } else { "" };
    let run = |tool: &str, arguments: &[&str]| -> Result<()> {
        let path = tools.join(tool);
        let mut command = if user.is_empty() {
            Command::new(&path)
        } else {
            let mut command = Command::new("runuser");
            command.args(["-u", user, "--"]).arg(&path);
            command
        };
        let output = command.args(arguments).current_dir("/").output()?;
        ensure!(output.status.success(), "{tool}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    };
    if !user.is_empty() {
        ensure!(Command::new("chown").arg(user).arg(&folder).status()?.success(), "chown");
    }
    let data = folder.join("data").display().to_string();
    let log = folder.join("log").display().to_string();
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    run("initdb", &["-D", &data, "-A", "trust", "-U", "ringfence", "--no-sync"])?;
    let options = format!("-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''");
    run("pg_ctl", &["-D", &data, "-o", &options, "-l", &log, "-w", "start"])?;
    let url = format!("postgres://ringfence@127.0.0.1:{port}/postgres");
    let status = Command::new(program)
        .args(arguments)
        .env("RINGFENCE_TEST_POSTGRES", &url)
        .current_dir(root)
        .status();
    run("pg_ctl", &["-D", &data, "-m", "immediate", "stop"])?;
    let _ = std::fs::remove_dir_all(&folder);
    ensure!(status.context(program.clone())?.success(), "{program} failed");
    Ok(())
}

/// The folder of initdb and pg_ctl.
fn postgres_tools() -> Option<PathBuf> {
    let installed = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = installed
        .flatten()
        .map(|item| item.path().join("bin"))
        .filter(|path| path.join("initdb").is_file())
        .collect();
    found.sort();
    found.pop()
}
