//! Starting and stopping: the data directory is recovered, the desk begins, the door opens; on the
//! way out the other way round.

use sha2::{Digest, Sha256};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::DataDir;
use store::sql::{Role, RuleState, RuleVersionRow, Sql};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::accounts::{AccountOptions, Accounts};
use crate::act::Actor;
use crate::auth::{KeyCache, LINK_S, hash, new_secret};
use crate::desk::{Core, Desk, DeskHandle, Job, Maker, Settings, recover};
use crate::limit::Limiter;
use crate::maker::{EngineMaker, Rulebook, compile};
use crate::meter::Meter;
use crate::problem::Problem;
use crate::{Inner, Options, Rescoring, Service, SourceState, accept, api};

/// Sign-in attempts of one client a minute, and at once.
const SIGN_INS_PER_S: f64 = 0.5;
const SIGN_INS_AT_ONCE: f64 = 20.0;
/// How often sessions that are over are ended.
const SWEEP_PAUSE: Duration = Duration::from_secs(300);

/// Everything a server needs.
pub struct Setup {
    /// The data directory, opened: nothing else is touched before it is ours.
    pub data: DataDir,
    /// The database.
    pub sql: Sql,
    /// Text of the rules that the operator configured, or of those that ship with the program.
    pub rules: String,
    /// Where they come from, for people.
    pub rules_note: String,
    /// Bytes of the account model.
    pub model: Vec<u8>,
    /// Threads that judge.
    pub threads: usize,
    /// How the desk keeps its state.
    pub settings: Settings,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Answers over TLS.
    pub tls: Option<TlsAcceptor>,
    /// Proxies whose word about the client counts.
    pub trusted: Vec<IpAddr>,
    /// Bounds of the accept loop.
    pub limits: accept::Limits,
    /// Choices that people may see.
    pub options: Options,
    /// Customers' accounts.
    pub accounts: AccountOptions,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory is in use or damaged.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The database does not answer.
    #[error(transparent)]
    Sql(#[from] store::sql::SqlError),
    /// The journal cannot be written.
    #[error(transparent)]
    Engine(#[from] engine::EngineError),
    /// The rules do not compile.
    #[error(transparent)]
    Rules(#[from] policy::PackError),
    /// The address cannot be listened on.
    #[error("listen {0}: {1}; choose another with --listen")]
    Listen(SocketAddr, std::io::Error),
    /// Something that has no better name.
    #[error("{0}")]
    Other(String),
}

/// A server that runs.
pub struct Running {
    /// What requests share.
    pub service: Service,
    /// Where it listens.
    pub address: SocketAddr,
    /// How the recovery went.
    pub recovery: store::Recovery,
    stop: watch::Sender<bool>,
    door: tokio::task::JoinHandle<std::io::Result<()>>,
    desk: std::thread::JoinHandle<()>,
}

/// The rules in force: those that two people published, or those of the operator.
async fn rules_in_force(sql: &Sql, rules: &str, rules_note: &str) -> Result<Rulebook, StartError> {
    let pack = compile(rules)?;
    let digest: [u8; 32] = Sha256::digest(rules).into();
    let digest = crate::view::hex(&digest);
    let live = sql.live_rules().await?;
    let is_ours = |row: &RuleVersionRow| row.created_by.is_none();
    let text = match live {
        // Rules of people stay; rules of the program follow the program.
        Some(row) if !is_ours(&row) || row.digest == digest => row.text,
        _ => {
            let now_s = crate::now_s().cast_signed();
            let row = RuleVersionRow {
                version: 0,
                digest,
                name: format!("{} v{}", pack.name, pack.version),
                note: rules_note.to_owned(),
                text: rules.to_owned(),
                state: RuleState::Live,
                rules: pack.rules().len() as u64,
                created_at: now_s,
                created_by: None,
                approved_by: None,
                published_at: Some(now_s),
            };
            sql.put_live_rules(&row).await?.text
        }
    };
    let known = sql.rule_versions().await?;
    let texts = known.into_iter().map(|row| (row.digest, row.text)).collect();
    Ok(Rulebook { live: text, texts })
}

/// Makes the first administrator and a one-time link, until somebody has signed in.
///
/// # Errors
/// [`StartError`] when the database does not answer.
pub async fn first_link(sql: &Sql) -> Result<Option<String>, StartError> {
    let users = sql.users().await?;
    if users.iter().any(|user| user.last_seen_at.is_some()) {
        return Ok(None);
    }
    let now_s = crate::now_s().cast_signed();
    let admin = match users.into_iter().find(|user| user.role == Role::Administrator) {
        Some(admin) => admin,
        None => sql.create_user("Administrator", Role::Administrator, now_s).await?,
    };
    sign_in_path(sql, admin.id).await.map(Some)
}

/// Makes a one-time link for a person.
///
/// # Errors
/// [`StartError`] when the database does not answer.
pub async fn sign_in_path(sql: &Sql, user_id: i64) -> Result<String, StartError> {
    let token = new_secret().map_err(|problem: Problem| StartError::Other(problem.detail))?;
    let expires_at = crate::now_s().cast_signed() + LINK_S;
    sql.create_link(&hash(&token), user_id, expires_at).await?;
    Ok(format!("/#/welcome?token={token}"))
}

/// Starts a server.
///
/// # Errors
/// [`StartError`] naming what is in the way.
pub async fn start(setup: Setup) -> Result<Running, StartError> {
    let mut data = setup.data;
    setup.sql.bind_journal(&data.journal().verifying_key()).await?;
    let rules = rules_in_force(&setup.sql, &setup.rules, &setup.rules_note).await?;
    let rules = Arc::new(Mutex::new(rules));
    let listener =
        accept::listen(setup.listen).map_err(|error| StartError::Listen(setup.listen, error))?;
    let address = listener.local_addr().map_err(|e| StartError::Listen(setup.listen, e))?;
    let scheme = if setup.tls.is_some() { "https" } else { "http" };
    let accounts =
        Accounts::open(setup.accounts, scheme, address.port(), data.root(), &setup.sql).await?;
    let meter = Arc::new(Meter::default());
    let acted_until = setup.sql.acted_until().await?;
    let size = data.journal().head().0;
    if acted_until > size {
        let problem = format!(
            "the database knows decisions up to {acted_until}, the journal has {size}: the data directory is older than its database; restore both of one time"
        );
        return Err(StartError::Other(problem));
    }
    let actor = Actor::start(setup.sql.clone(), Arc::clone(&meter), acted_until);
    let lists_root = data.root().join("intel");
    let telling = actor.clone();
    let mut maker = EngineMaker::new(
        lists_root.clone(),
        Arc::clone(&rules),
        setup.model.clone(),
        setup.threads,
        Box::new(move |acted| telling.act(acted)),
    );
    let settings = setup.settings;
    let recovered = tokio::task::spawn_blocking(move || {
        let (mut engine, mut report) = recover(&mut data, &mut maker, settings, acted_until)?;
        report.problems.extend(maker.recovered(&mut engine));
        data.record_basis(&mut engine)?;
        Ok::<_, StartError>((data, engine, report, maker))
    });
    let (data, engine, recovery, maker) =
        recovered.await.map_err(|e| StartError::Other(e.to_string()))??;
    meter.set_degraded(&recovery.problems);
    let core = Core {
        engine,
        data,
        samples: std::collections::VecDeque::new(),
        hits: std::collections::HashMap::new(),
        is_whole: true,
    };
    let (desk, handle) =
        Desk::new(core, Box::new(maker), actor.clone(), Arc::clone(&meter), settings);
    let desk = std::thread::Builder::new()
        .name("desk".to_owned())
        .spawn(move || desk.run())
        .map_err(|e| StartError::Other(e.to_string()))?;
    let (stop, stopped) = watch::channel(false);
    let rate = setup.options.rate_per_s;
    let service = Service(Arc::new(Inner {
        desk: handle,
        actor,
        sql: setup.sql,
        meter: Arc::clone(&meter),
        keys: KeyCache::default(),
        lists_root,
        options: setup.options,
        started_at: crate::now_s(),
        sources: Arc::new(Mutex::new(Vec::<SourceState>::new())),
        accounts,
        rescoring: Mutex::new(Rescoring { state: "idle".to_owned(), ..Rescoring::default() }),
        model: setup.model.clone(),
        sync_lists: tokio::sync::Notify::new(),
        limiter: Limiter::new(rate, rate * 2.0),
        sign_ins: Limiter::new(SIGN_INS_PER_S, SIGN_INS_AT_ONCE),
        open_alerts: AtomicU64::new(0),
        sampled_out: AtomicU64::new(0),
        rules,
        publishing: tokio::sync::Mutex::new(()),
        costly: tokio::sync::Semaphore::new(1),
        sizes: Mutex::default(),
        stop: stopped.clone(),
    }));
    tokio::spawn(every_second(service.clone()));
    crate::accounts::keeper::start(&service);
    let router = api::router(service.clone());
    let (tls, limits, trusted) = (setup.tls, setup.limits, setup.trusted);
    let door = accept::serve(listener, tls, router, limits, trusted, meter, stopped);
    let door = tokio::spawn(door);
    Ok(Running { service, address, recovery, stop, door, desk })
}

/// What is counted once a second, and tidied up now and then.
async fn every_second(service: Service) {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let mut sweep = tokio::time::interval(SWEEP_PAUSE);
    let mut stop = service.stop.clone();
    loop {
        tokio::select! {
            () = async { drop(stop.wait_for(|is_stopping| *is_stopping).await) } => return,
            _ = second.tick() => {
                service.meter.tick();
                service.sampled_out.store(service.meter.take_sampled_out(), Relaxed);
                match service.sql.open_alerts().await {
                    Ok(count) => {
                        service.open_alerts.store(count, Relaxed);
                        service.meter.set_database(None);
                    }
                    Err(error) => service.meter.set_database(Some(error.to_string())),
                }
            }
            _ = sweep.tick() => {
                if let Err(problem) = api::sweep_sessions(&service).await {
                    tracing::warn!(detail = problem.detail, "sessions were not swept");
                }
            }
        }
    }
}

impl Running {
    /// Turns true when the server stops.
    pub fn stopped(&self) -> watch::Receiver<bool> {
        self.service.stop.clone()
    }

    /// The way to the desk.
    pub fn desk(&self) -> &DeskHandle {
        &self.service.desk
    }

    /// Stops: no new connections, requests under way end, the state is saved.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        self.service.actor.abandon();
        let _ = self.door.await;
        // The queue may be full for a moment; the desk empties it.
        while let Err(crate::desk::DeskError::Busy) = self.service.desk.send(Job::Stop) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let desk = self.desk;
        let _ = tokio::task::spawn_blocking(move || desk.join()).await;
        self.service.sql.close().await;
    }
}
