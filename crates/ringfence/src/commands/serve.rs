//! `ringfence serve` and `sign-in-link`.

use anyhow::{Context, Result};
use clap::Args;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use server::desk::{Answer, Item, Settings};
use server::run::{Running, Setup};
use server::{Options, Service, SourceState, accept};
use simulate::Market;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::EventKey;
use store::sql::Sql;
use tokio_rustls::TlsAcceptor;
use tracing_subscriber::prelude::*;

use super::simulate::market_lists;
use crate::config::{Config, LogFormat};
use crate::{Common, lists, setup};

/// Simulated time before the demo goes live, and transactions of a second of it.
const DEMO_PAST_S: u64 = 80 * 86_400;
const DEMO_PAST_PER_S: f64 = 0.01;
/// Simulated time that the demo catches up with live, and how much faster than life.
const DEMO_LIVE_S: u64 = 6 * 3_600;
const DEMO_SPEED: f64 = 36.0;
/// Crimes in ten thousand transactions: more than in life, so that there is something to see.
const DEMO_CRIMES: f64 = 12.0;
/// Pause when the desk has too much to do.
const DEMO_PAUSE: Duration = Duration::from_millis(200);
/// Transactions decided together while the past is drawn.
const DEMO_BATCH: usize = 1_024;
/// How often the live market sends what has happened since.
const DEMO_STEP: Duration = Duration::from_millis(100);

#[derive(Args)]
pub(crate) struct ServeArgs {
    /// Serve a simulated market: lists, history and live traffic are drawn.
    #[arg(long)]
    demo: bool,
    /// Transactions a second of the simulated market.
    #[arg(long, default_value_t = 200.0, requires = "demo")]
    demo_rate: f64,
    /// Address and port.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Args)]
pub(crate) struct SignInArgs {
    /// Whose link; the first administrator without a name.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

fn now_s() -> i64 {
    setup::now_s().cast_signed()
}

async fn database(config: &Config) -> Result<Sql> {
    if config.database.is_empty() {
        std::fs::create_dir_all(&config.data_dir)
            .with_context(|| format!("--data-dir {}", config.data_dir.display()))?;
        let path = config.data_dir.join("ringfence.sqlite");
        return Ok(Sql::open_sqlite(&path, now_s()).await?);
    }
    Ok(Sql::open_postgres(&config.database, now_s()).await?)
}

fn tls(config: &Config) -> Result<Option<TlsAcceptor>> {
    let (certificate, key) = match (&config.tls_certificate, &config.tls_key) {
        (None, None) => return Ok(None),
        (Some(certificate), Some(key)) => (certificate, key),
        _ => anyhow::bail!("field 'tls_key': 'tls_certificate' and 'tls_key' go together"),
    };
    let shown = |path: &Path| path.display().to_string();
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .with_context(|| format!("field 'tls_certificate': {}", shown(certificate)))?;
    let key = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("field 'tls_key': {}", shown(key)))?;
    let mut tls = rustls::ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()?
    .with_no_client_auth()
    .with_single_cert(chain, key)
    .context("field 'tls_key': it does not belong to the certificate")?;
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(tls))))
}

#[cfg(feature = "otlp")]
use server::otlp::Traces;
/// Without the feature nothing is sent.
#[cfg(not(feature = "otlp"))]
type Traces = std::convert::Infallible;

/// Where OpenTelemetry's specification wants collectors to be named.
const COLLECTOR: [&str; 2] = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

/// Starts the log, and traces when a collector is named. What is given sends the last traces when it
/// is dropped.
fn start_log(config: &Config) -> Result<Option<Traces>> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("RUST_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn"));
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let log = match config.log_format {
        LogFormat::Text => log.boxed(),
        LogFormat::Json => log.json().boxed(),
    };
    let registry = tracing_subscriber::registry().with(log.with_filter(filter));
    let has_collector = COLLECTOR.iter().any(|name| std::env::var_os(name).is_some());
    #[cfg(feature = "otlp")]
    if has_collector {
        let (layer, traces) = server::otlp::traces().context(COLLECTOR[0])?;
        let _ = registry.with(layer).try_init();
        return Ok(Some(traces));
    }
    // A second start in one process, in tests, keeps the first log.
    let _ = registry.try_init();
    if has_collector {
        tracing::warn!("{} is set, but this build has no feature 'otlp'", COLLECTOR[0]);
    }
    Ok(None)
}

/// Takes lists of a folder into the data directory, so that later runs and other basis entries find
/// the very same ones.
fn keep_lists(config: &Config) -> Result<()> {
    let Some(folder) = &config.intel_dir else { return Ok(()) };
    let kept = store::SnapshotDir::open(&config.data_dir.join("intel"))?;
    for snapshot in lists::read_folder(folder)? {
        let known = kept.current(&snapshot.meta.source)?;
        let is_same = known.as_ref().is_some_and(|known| known.meta.id == snapshot.meta.id);
        if !is_same {
            kept.put(&intel::gate::admit(snapshot, known.as_ref().map(|k| &k.meta), false)?)?;
        }
    }
    Ok(())
}

pub(crate) fn serve(config: &Config, args: &ServeArgs) -> Result<()> {
    let mut config = config.clone();
    if let Some(listen) = args.listen {
        config.listen = listen;
    }
    if args.demo && config.data_dir == Config::default().data_dir {
        config.data_dir = "ringfence-demo".into();
    }
    let _traces = start_log(&config)?;
    // What the server writes is its user's alone.
    rustix::process::umask(rustix::fs::Mode::from_bits_truncate(0o077));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(config, args))
}

async fn run(config: Config, args: &ServeArgs) -> Result<()> {
    // Before anything else is touched: another server may be at work here.
    let data = setup::data_dir(&config)?;
    let sql = database(&config).await?;
    keep_lists(&config)?;
    let demo = if args.demo { Some(Demo::begin(&config, args.demo_rate)?) } else { None };
    let tls = tls(&config)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let rules = match &config.rules {
        Some(path) => {
            std::fs::read_to_string(path).with_context(|| format!("--rules {}", path.display()))?
        }
        None => setup::DEFAULT_PACK.to_owned(),
    };
    let rules_note = match &config.rules {
        Some(path) => format!("from {}", path.display()),
        None => "shipped with the program".to_owned(),
    };
    let link = server::run::first_link(&sql).await?;
    let accounts = account_options(&config, args.demo)?;
    let setup = Setup {
        data,
        sql,
        rules,
        rules_note,
        model: setup::model_bytes(config.model.as_deref())?,
        threads: config.threads,
        settings: Settings { hot_addresses: config.hot_addresses, seed: setup::random_u64()? },
        listen: config.listen,
        tls,
        trusted: config.trusted_proxies.clone(),
        limits: accept::Limits {
            per_client: config.connections_per_client,
            ..accept::Limits::default()
        },
        options: Options {
            is_demo: args.demo,
            config: config.shown(),
            has_tls: scheme == "https",
            rate_per_s: config.rate_per_s as f64,
            reserves_site: config.reserves_site.clone(),
        },
        accounts,
    };
    let running = server::run::start(setup).await?;
    let port = running.address.port();
    // Browsers take the session cookie over plain HTTP from 'localhost' only.
    let host = if running.address.ip().is_loopback() || running.address.ip().is_unspecified() {
        "localhost".to_owned()
    } else {
        running.address.ip().to_string()
    };
    let base = format!("{scheme}://{host}:{port}");
    println!("Ringfence serves {base}");
    let recovery = &running.recovery;
    if recovery.from + recovery.learned + recovery.met + recovery.decided > 0 {
        println!(
            "recovered: state of journal entry {}, {} transfers learned again, {} met, {} decided",
            recovery.from, recovery.learned, recovery.met, recovery.decided
        );
    }
    for problem in &recovery.problems {
        println!("note: {problem}");
    }
    match link {
        Some(path) => println!("sign in once with this link (24 hours): {base}{path}"),
        None => println!(
            "sign-in link: ringfence sign-in-link --data-dir {}",
            config.data_dir.display()
        ),
    }
    if args.demo {
        let people = server::accounts::demo::seed(&running.service).await;
        let people = people.map_err(|problem| anyhow::anyhow!("{}", problem.detail))?;
        println!(
            "customers to sign in as at {base}/account/ , password: {}",
            server::accounts::demo::PASSWORD
        );
        for (email, state) in people {
            println!("  {email}: {state}");
        }
        println!("their mails: {base}/v1/demo/mails");
    }
    for chain in &config.chains {
        server::follow::start(&running.service, chain.clone())?;
    }
    tokio::spawn(server::sync::run(running.service.clone(), config.lists.clone()));
    let market = demo.map(|demo| demo.run(&running));
    wait_for_signal().await?;
    println!("stopping: requests under way end, the state is saved");
    running.stop().await;
    if let Some(market) = market {
        market.abort();
    }
    Ok(())
}

async fn wait_for_signal() -> Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}

/// What is known of IP addresses, from a folder that the operator fills.
fn places(folder: Option<&Path>) -> Result<behavior::place::Places> {
    use behavior::place::{GeoDatabases, List, Places};
    let mut places = Places::default();
    let Some(folder) = folder else { return Ok(places) };
    let read = |name: &str| -> Result<Option<Vec<u8>>> {
        let path = folder.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| path.display().to_string()),
        }
    };
    let list = |name: &str| -> Result<Option<List>> {
        let file = format!("{name}.txt");
        let Some(bytes) = read(&file)? else { return Ok(None) };
        let dated = std::fs::metadata(folder.join(&file))?.modified()?;
        let dated = dated.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let dated = engine::explain::show_time(dated);
        Ok(Some(List::parse(name, &dated, &bytes).with_context(|| file)?))
    };
    places.tor = list("tor")?;
    places.vpn = list("vpn")?;
    places.datacenter = list("datacenter")?;
    let mut geo = GeoDatabases::default();
    if let Some(bytes) = read("city.mmdb")? {
        geo = geo.with_city(bytes).context("city.mmdb")?;
    }
    if let Some(bytes) = read("asn.mmdb")? {
        geo = geo.with_asn(bytes).context("asn.mmdb")?;
    }
    if let Some(bytes) = read("anonymous.mmdb")? {
        geo = geo.with_anonymous(bytes).context("anonymous.mmdb")?;
    }
    places.geo = geo;
    Ok(places)
}

/// The operator's list of passwords that nobody may choose.
fn password_list(path: Option<&Path>) -> Result<Vec<credential::password::Filter>> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let text = std::fs::read(path).with_context(|| path.display().to_string())?;
    let text = String::from_utf8_lossy(&text);
    let list = credential::password::Filter::build(text.lines());
    Ok(vec![list.with_context(|| path.display().to_string())?])
}

fn account_options(config: &Config, is_demo: bool) -> Result<server::accounts::AccountOptions> {
    let networks = config.webhook_networks.iter().map(|network| network.parse());
    Ok(server::accounts::AccountOptions {
        public_url: config.public_url.clone(),
        exchange_name: config.exchange_name.clone(),
        is_sign_up_open: config.is_sign_up_open || is_demo,
        rules: account::account::Rules::default(),
        hashing_threads: config.hashing_threads,
        hashing_kib: u32::try_from(config.hashing_mib * 1_024).unwrap_or(u32::MAX),
        smtp: config.smtp.clone(),
        mail_from: config.mail_from.clone(),
        webhook_networks: networks.collect::<Result<_, _>>().context("field 'webhook_networks'")?,
        places: Arc::new(places(config.places_dir.as_deref()).context("field 'places_dir'")?),
        password_lists: password_list(config.password_list.as_deref())
            .context("field 'password_list'")?,
        shows_mails: is_demo && config.smtp.is_empty(),
    })
}

/// A simulated market that sends its transactions to the desk.
struct Demo {
    market: Market,
    start_s: u64,
    rate: f64,
}

impl Demo {
    /// Draws the market of a data directory: the same one at each start.
    fn begin(config: &Config, rate: f64) -> Result<Self> {
        anyhow::ensure!(
            rate.is_finite() && (0.1..=100_000.0).contains(&rate),
            "--demo-rate: {rate} is not between 0.1 and 100000"
        );
        let path = config.data_dir.join("demo.json");
        let start_s = match std::fs::read_to_string(&path) {
            Ok(text) => {
                let known: serde_json::Value =
                    serde_json::from_str(&text).with_context(|| path.display().to_string())?;
                known["start_s"].as_u64().with_context(|| path.display().to_string())?
            }
            Err(_) => {
                let start_s = setup::now_s() - DEMO_PAST_S - DEMO_LIVE_S;
                std::fs::write(&path, json!({ "start_s": start_s }).to_string())
                    .with_context(|| path.display().to_string())?;
                start_s
            }
        };
        let market = Market::new(simulate::Config {
            start_s,
            transactions_per_s: DEMO_PAST_PER_S,
            crimes_per_10k: DEMO_CRIMES,
            ..simulate::Config::default()
        });
        let snapshot = market_lists(&market)?;
        let kept = store::SnapshotDir::open(&config.data_dir.join("intel"))?;
        let known = kept.current(&snapshot.meta.source)?;
        if known.is_none() {
            kept.put(&snapshot)?;
        } else if known.is_some_and(|known| known.meta.id != snapshot.meta.id) {
            anyhow::bail!(
                "--data-dir {}: it holds real lists; use another for the demo",
                config.data_dir.display()
            );
        }
        Ok(Self { market, start_s, rate })
    }

    fn run(self, running: &Running) -> tokio::task::JoinHandle<()> {
        let service = running.service.clone();
        tokio::spawn(async move {
            if let Err(error) = self.feed(&service).await {
                tracing::warn!(%error, "the simulated market has ended");
                tell(&service, None, "stopped", Some(error.to_string()));
            }
        })
    }

    async fn feed(mut self, service: &Service) -> Result<(), server::desk::DeskError> {
        let live_at = self.start_s + DEMO_PAST_S;
        let mut number = 0u64;
        // The past: as fast as it is decided.
        while self.market.time_s() < live_at {
            let mut items = Vec::with_capacity(DEMO_BATCH);
            while items.len() < DEMO_BATCH && self.market.time_s() < live_at {
                items.push(draw(&mut self.market, &mut number));
            }
            decide(service, items).await?;
            tell(service, Some(self.market.time_s()), "catching_up", None);
        }
        self.market.set_rate(self.rate / DEMO_SPEED);
        let mut step = tokio::time::interval(DEMO_STEP);
        step.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut stop = service.stop.clone();
        loop {
            let count = (self.rate * DEMO_STEP.as_secs_f64()).round().max(1.0) as usize;
            let items = (0..count).map(|_| draw(&mut self.market, &mut number)).collect();
            let answers = decide(service, items).await?;
            // What was decided before a restart is met at full speed.
            if answers.iter().all(|answer| matches!(answer, Answer::Known(_))) {
                continue;
            }
            let time_s = self.market.time_s();
            let now_s = setup::now_s();
            if time_s + 60 >= now_s {
                // The market has caught up with the clock and goes on at the pace of life.
                self.market.set_rate(self.rate);
            }
            tell(service, Some(time_s), "live", None);
            // It never runs ahead of the clock.
            let ahead = Duration::from_secs(time_s.saturating_sub(now_s));
            let rest = async {
                step.tick().await;
                tokio::time::sleep(ahead).await;
            };
            tokio::select! {
                () = rest => {}
                () = async { drop(stop.wait_for(|is_stopping| *is_stopping).await) } => return Ok(()),
            }
        }
    }
}

/// Has items decided, however long the desk takes.
async fn decide(
    service: &Service,
    items: Vec<Item>,
) -> Result<Vec<Answer>, server::desk::DeskError> {
    let mut items = items;
    loop {
        let (reply, answer) = tokio::sync::oneshot::channel();
        match service.desk.offer(items, reply) {
            Ok(()) => return answer.await.map_err(|_| server::desk::DeskError::Stopping)?,
            Err(back) if back.is_empty() || *service.stop.borrow() => {
                return Err(server::desk::DeskError::Stopping);
            }
            Err(back) => items = back,
        }
        tokio::time::sleep(DEMO_PAUSE).await;
    }
}

fn draw(market: &mut Market, number: &mut u64) -> Item {
    *number += 1;
    let transaction = market.next_transaction().transaction;
    let id = u128::from(*number) | 1 << 127;
    Item { key: EventKey { id, content: *number }, transaction }
}

/// Shows the market among the sources.
fn tell(service: &Service, time_s: Option<u64>, state: &str, detail: Option<String>) {
    let mut sources = service.sources.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let known = sources.iter().position(|source| source.kind == "demo");
    let place = known.unwrap_or_else(|| {
        sources.push(SourceState {
            name: "simulated market".to_owned(),
            network: model::Network::ETHEREUM.to_string(),
            kind: "demo".to_owned(),
            height: None,
            behind_s: None,
            state: String::new(),
            detail: None,
            reorganisations: 0,
        });
        sources.len() - 1
    });
    let source = &mut sources[place];
    state.clone_into(&mut source.state);
    source.detail = detail.or_else(|| {
        let time_s = time_s?;
        Some(format!("simulated time {}", engine::explain::show_time(time_s)))
    });
    source.behind_s = time_s.map(|time_s| setup::now_s().saturating_sub(time_s));
}

pub(crate) fn sign_in_link(config: &Config, args: &SignInArgs, json: bool) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let path = runtime.block_on(async {
        let sql = database(config).await?;
        let users = sql.users().await?;
        let found = match &args.user {
            Some(name) => users.iter().find(|user| user.name == *name),
            None => users
                .iter()
                .find(|user| user.role == store::sql::Role::Administrator && !user.is_disabled),
        };
        let path = match found {
            Some(user) => server::run::sign_in_path(&sql, user.id).await?,
            None if args.user.is_none() => server::run::first_link(&sql)
                .await?
                .context("there is no administrator; this data directory is damaged")?,
            None => anyhow::bail!(
                "--user {}: there is nobody of that name",
                args.user.as_deref().unwrap_or("")
            ),
        };
        sql.close().await;
        Ok::<_, anyhow::Error>(path)
    })?;
    let port = config.listen.port();
    let link = format!("http://localhost:{port}{path}");
    if json {
        println!("{}", json!({ "path": path, "link": link }));
    } else {
        println!("{link}\n(it works once, within 24 hours)");
    }
    Ok(())
}
