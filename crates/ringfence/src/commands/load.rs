//! `ringfence bench http`: load on a server that runs, over plain HTTP/1.1.
//!
//! Requests are sent at fixed times, whether or not earlier ones were answered, and latency counts
//! from the time at which a request was due: a server that stalls does not slow its own clock.

use anyhow::{Context, Result, bail};
use clap::Args;
use model::{Amount, Transaction};
use serde_json::{Value, json};
use simulate::Market;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How long an answer may take before the run fails.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Args)]
pub(crate) struct HttpArgs {
    /// Server, such as 127.0.0.1:8080.
    #[arg(long)]
    server: String,
    /// API key with the scopes events:write and screen.
    #[arg(long, env = "RINGFENCE_BENCH_KEY", hide_env_values = true)]
    key: String,
    /// Single events a second.
    #[arg(long, default_value_t = 2_000)]
    requests_per_s: u32,
    /// How long single events are sent.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Connections that they are spread over.
    #[arg(long, default_value_t = 16)]
    connections: u32,
    /// Events of the stream.
    #[arg(long, default_value_t = 200_000)]
    lines: u64,
    /// Makes the ids of this run differ from those of another.
    #[arg(long, default_value_t = 1)]
    run: u64,
}

/// An event as the API takes it.
fn event(id: &str, transaction: &Transaction) -> Value {
    let first = transaction.transfers.first();
    let network = first.map_or(model::Network::ETHEREUM, |transfer| transfer.network);
    let name = |address: &Option<model::Address>| {
        address.map(|address| chain::format_address(network, &address))
    };
    let transfers: Vec<Value> = transaction
        .transfers
        .iter()
        .map(|transfer| {
            json!({
                "from": name(&transfer.from),
                "to": name(&transfer.to),
                "initiator": name(&transfer.initiator),
                "asset": transfer.asset.caip19(network),
                "amount": transfer.amount.to_string(),
                "success": transfer.success,
                "has_call_data": transfer.has_call_data,
            })
        })
        .collect();
    let approvals: Vec<Value> = transaction
        .approvals
        .iter()
        .map(|approval| {
            let contract = model::Address::account20(approval.contract);
            json!({
                "owner": chain::format_address(network, &approval.owner),
                "spender": chain::format_address(network, &approval.spender),
                "contract": chain::format_address(network, &contract),
                "amount": if approval.amount == Amount::MAX { "unlimited".to_owned() } else { approval.amount.to_string() },
            })
        })
        .collect();
    json!({
        "id": id,
        "network": network.to_string(),
        "tx": transaction.hash.to_string(),
        "block": first.map_or(0, |transfer| transfer.position.block),
        "index": transaction.index,
        "time": server::view::show_time(first.map_or(0, |transfer| transfer.time_s)),
        "transfers": transfers,
        "approvals": approvals,
    })
}

struct Connection {
    stream: BufReader<TcpStream>,
    head: String,
}

impl Connection {
    fn open(args: &HttpArgs) -> Result<Self> {
        let stream = TcpStream::connect(&args.server)
            .with_context(|| format!("--server {}: nobody listens there", args.server))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let head = format!("host: {}\r\nauthorization: Bearer {}\r\n", args.server, args.key);
        Ok(Self { stream: BufReader::with_capacity(1 << 16, stream), head })
    }

    fn send(&mut self, kind: &str, body: &[u8]) -> Result<()> {
        let head = format!(
            "POST /v1/events HTTP/1.1\r\n{}content-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            self.head,
            body.len()
        );
        let stream = self.stream.get_mut();
        stream.write_all(head.as_bytes())?;
        Ok(stream.write_all(body)?)
    }

    /// Reads an answer: its status and body.
    fn receive(&mut self) -> Result<(u16, Vec<u8>)> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.with_context(|| format!("no HTTP answer: '{}'", line.trim()))?;
        let (mut length, mut is_chunked) = (0, false);
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let header = line.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            is_chunked |= header == "transfer-encoding: chunked";
        }
        let mut body = Vec::new();
        if !is_chunked {
            body.resize(length, 0);
            self.stream.read_exact(&mut body)?;
            return Ok((status, body));
        }
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim(), 16)?;
            let start = body.len();
            body.resize(start + size, 0);
            self.stream.read_exact(&mut body[start..])?;
            line.clear();
            self.stream.read_line(&mut line)?;
            if size == 0 {
                return Ok((status, body));
            }
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "a load generator waits for its schedule")]
fn wait_until(due: Instant) {
    std::thread::sleep(due.saturating_duration_since(Instant::now()));
}

/// Latencies in microseconds of single events at a fixed rate, and how many were not decided.
#[allow(clippy::disallowed_methods, reason = "a load generator measures time")]
fn singles(args: &HttpArgs) -> Result<(Vec<u64>, u64)> {
    let mut market =
        Market::new(simulate::Config { seed: args.run, ..simulate::Config::default() });
    let count = u64::from(args.requests_per_s) * u64::from(args.seconds);
    let lanes = u64::from(args.connections.max(1));
    let mut bodies: Vec<Vec<Vec<u8>>> = vec![Vec::new(); lanes as usize];
    for n in 0..count {
        let transaction = market.next_transaction().transaction;
        let body = event(&format!("single-{}-{n}", args.run), &transaction).to_string();
        bodies[(n % lanes) as usize].push(body.into_bytes());
    }
    let gap = Duration::from_secs_f64(1.0 / f64::from(args.requests_per_s.max(1)));
    let begin = Instant::now() + Duration::from_millis(200);
    let lane = |(place, bodies): (usize, Vec<Vec<u8>>)| -> Result<(Vec<u64>, u64)> {
        let mut connection = Connection::open(args)?;
        let (mut latencies, mut failed) = (Vec::with_capacity(bodies.len()), 0);
        for (step, body) in bodies.into_iter().enumerate() {
            let due = begin + gap * (step as u32 * lanes as u32 + place as u32);
            wait_until(due);
            connection.send("application/json", &body)?;
            let (status, _) = connection.receive()?;
            failed += u64::from(status != 200);
            latencies.push(due.elapsed().as_micros() as u64);
        }
        Ok((latencies, failed))
    };
    std::thread::scope(|scope| {
        let lane = &lane;
        let lanes: Vec<_> =
            bodies.into_iter().enumerate().map(|part| scope.spawn(move || lane(part))).collect();
        let (mut all, mut failed) = (Vec::new(), 0);
        for lane in lanes {
            let (latencies, lost) =
                lane.join().map_err(|_| anyhow::anyhow!("a connection panicked"))??;
            all.extend(latencies);
            failed += lost;
        }
        all.sort_unstable();
        Ok((all, failed))
    })
}

/// Transfers a second of a stream of lines, and its summary.
#[allow(clippy::disallowed_methods, reason = "a load generator measures time")]
fn stream(args: &HttpArgs) -> Result<(f64, Value)> {
    let market = simulate::Config::default();
    // A long stream begins earlier, so that it ends before now.
    let span_s = (args.lines as f64 / market.transactions_per_s) as u64;
    let start_s = market.start_s.saturating_sub(span_s);
    let mut market = Market::new(simulate::Config { seed: args.run + 1_000, start_s, ..market });
    let mut body = Vec::new();
    for n in 0..args.lines {
        let transaction = market.next_transaction().transaction;
        let line = event(&format!("line-{}-{n}", args.run), &transaction).to_string();
        body.extend_from_slice(line.as_bytes());
        body.push(b'\n');
    }
    let mut connection = Connection::open(args)?;
    let mut writer = Connection {
        stream: BufReader::new(connection.stream.get_ref().try_clone()?),
        head: connection.head.clone(),
    };
    let begin = Instant::now();
    let (status, answer) = std::thread::scope(|scope| {
        let sending = scope.spawn(|| writer.send("application/x-ndjson", &body));
        let received = connection.receive();
        let sent = sending.join().map_err(|_| anyhow::anyhow!("the sender panicked"))?;
        // A server that refuses stops reading; what it says tells more than the broken pipe.
        received.or_else(|error| sent.and(Err(error)))
    })?;
    let elapsed_s = begin.elapsed().as_secs_f64();
    let text = String::from_utf8(answer)?;
    let last = text.lines().last().unwrap_or("");
    let summary: Value = serde_json::from_str(last).with_context(|| format!("{status}: {last}"))?;
    let summary = summary["summary"].clone();
    if summary["events"].as_u64() != Some(args.lines) {
        bail!("{} lines were sent, the server says {summary}", args.lines);
    }
    let transfers = summary["transfers"].as_f64().unwrap_or(0.0);
    Ok((transfers / elapsed_s, summary))
}

pub(crate) fn http(args: &HttpArgs, json: bool) -> Result<()> {
    let (latencies, failed) = singles(args)?;
    let at = |share: f64| {
        let place = (latencies.len() as f64 * share) as usize;
        latencies.get(place.min(latencies.len().saturating_sub(1))).copied().unwrap_or(0)
    };
    let (p50, p99, p999) = (at(0.5), at(0.99), at(0.999));
    let (transfers_per_s, summary) = stream(args)?;
    if json {
        println!(
            "{}",
            json!({
                "requests_per_s": args.requests_per_s,
                "requests": latencies.len(),
                "failed": failed,
                "latency_us_p50": p50,
                "latency_us_p99": p99,
                "latency_us_p99_9": p999,
                "stream_transfers_per_s": transfers_per_s,
                "stream": summary,
            })
        );
        return Ok(());
    }
    println!(
        "{} single events at {}/s: p50 {p50} us, p99 {p99} us, p99.9 {p999} us, {failed} not decided",
        latencies.len(),
        args.requests_per_s
    );
    println!("stream of {} lines: {transfers_per_s:.0} transfers/s", args.lines);
    Ok(())
}
