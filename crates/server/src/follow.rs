//! Followed chains: one thread for each, which hands block after block to the desk, and takes back
//! those that the chain undid.

use live::bitcoin::BitcoinNode;
use live::ethereum::EthereumNode;
use live::follow::{Chain, Step, Taken};
use live::{Node, NodeError};
use model::Network;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use store::Batch;
use tokio::sync::oneshot;

use crate::desk::{DeskError, Job};
use crate::{Service, SourceState};

/// Pauses after a failure: doubled each time, within these bounds.
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// A source that is this far behind its node is catching up.
const CATCHING_UP: u64 = 3;

/// What kind of node it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Ethereum JSON-RPC.
    Ethereum,
    /// JSON-RPC of the Bitcoin Core kind.
    Bitcoin,
}

impl Kind {
    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Ethereum => "ethereum_rpc",
            Kind::Bitcoin => "bitcoin_rpc",
        }
    }
}

/// A chain to follow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Follow {
    /// Its name; positions are kept under it.
    pub name: String,
    /// The chain.
    pub network: Network,
    /// The kind of node.
    pub kind: Kind,
    /// The node.
    pub url: String,
    /// A second node that must have the same block.
    pub second_url: Option<String>,
    /// Where the node tells of new blocks.
    pub websocket: Option<String>,
    /// First block; the newest without one.
    pub from: Option<u64>,
    /// Blocks that must stand on a block before it is taken in.
    pub confirmations: u64,
    /// Time between two questions for new blocks.
    pub poll: Duration,
}

/// Why a round did not end well.
#[derive(Debug, thiserror::Error)]
enum RoundError {
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error("the second source: {0}")]
    Second(NodeError),
    #[error("the sources disagree about block {0}: nothing more is taken in until they agree")]
    Disagree(u64),
    #[error(
        "the chain turned deeper than {} blocks: check the node; to go on, begin a new data directory from a block before the turn",
        live::follow::REMEMBERED
    )]
    TooDeep,
    #[error(transparent)]
    Desk(#[from] DeskError),
    #[error("block {0} lies ahead of this machine's clock; check both clocks")]
    Future(u64),
}

fn node(kind: Kind, url: &str, network: Network) -> Box<dyn Node> {
    match kind {
        Kind::Ethereum => Box::new(EthereumNode::new(url, network)),
        Kind::Bitcoin => Box::new(BitcoinNode::new(url, network)),
    }
}

struct Follower {
    follow: Follow,
    service: Service,
    node: Box<dyn Node>,
    second: Option<Box<dyn Node>>,
    chain: Chain,
    reorganisations: u64,
    place: usize,
}

/// Starts following; ends when the server stops.
pub fn start(service: &Service, follow: Follow) -> std::io::Result<()> {
    let place = {
        let mut sources = service.sources.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        sources.push(SourceState {
            name: follow.name.clone(),
            network: follow.network.to_string(),
            kind: follow.kind.name().to_owned(),
            height: None,
            behind_s: None,
            state: "waiting".to_owned(),
            detail: None,
            reorganisations: 0,
        });
        sources.len() - 1
    };
    let (wake, woken) = sync_channel(1);
    let is_stopping = Arc::new(AtomicBool::new(false));
    if let Some(url) = follow.websocket.clone() {
        let (wake, is_stopping) = (wake.clone(), Arc::clone(&is_stopping));
        std::thread::Builder::new().name(format!("heads {}", follow.name)).spawn(move || {
            live::wake::heads(&url, &is_stopping, || {
                // One wake that waits is enough.
                let _ = wake.try_send(());
            });
        })?;
    }
    tokio::spawn(stop_with(service.clone(), wake, Arc::clone(&is_stopping)));
    let service = service.clone();
    std::thread::Builder::new().name(format!("follow {}", follow.name)).spawn(move || {
        let node_of = |url: &str| node(follow.kind, url, follow.network);
        let follower = Follower {
            node: node_of(&follow.url),
            second: follow.second_url.as_deref().map(node_of),
            service,
            chain: Chain::default(),
            reorganisations: 0,
            place,
            follow,
        };
        follower.run(&woken, &is_stopping);
    })?;
    Ok(())
}

async fn stop_with(service: Service, wake: SyncSender<()>, is_stopping: Arc<AtomicBool>) {
    let mut stop = service.stop.clone();
    drop(stop.wait_for(|is_stopping| *is_stopping).await);
    is_stopping.store(true, Relaxed);
    let _ = wake.try_send(());
}

impl Follower {
    fn run(mut self, woken: &Receiver<()>, is_stopping: &AtomicBool) {
        let mut pause = PAUSE_MIN;
        while !is_stopping.load(Relaxed) {
            let rest = match self.round(is_stopping) {
                Ok(()) => {
                    pause = PAUSE_MIN;
                    self.follow.poll
                }
                Err(error) => {
                    let state = match &error {
                        RoundError::Disagree(_) => "disagrees",
                        RoundError::TooDeep => "stopped",
                        _ => "waiting",
                    };
                    tracing::warn!(source = self.follow.name, %error, "following waits");
                    self.tell(state, None, None, Some(error.to_string()));
                    let rest = pause;
                    pause = (pause * 2).min(PAUSE_MAX);
                    rest
                }
            };
            // A new head ends the rest; a lost sender is a stop.
            if woken
                .recv_timeout(rest)
                .is_err_and(|e| e == std::sync::mpsc::RecvTimeoutError::Disconnected)
            {
                break;
            }
        }
        self.tell("stopped", None, None, None);
    }

    fn ask<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, DeskError>>) -> Job,
    ) -> Result<T, DeskError> {
        let (reply, answer) = oneshot::channel();
        self.service.desk.send(job(reply))?;
        answer.blocking_recv().map_err(|_| DeskError::Stopping)?
    }

    /// Where following stands, from the desk: also what a restart or another failure left there.
    fn learn_position(&mut self) -> Result<(), DeskError> {
        let (reply, answer) = oneshot::channel();
        self.service.desk.send(Job::Blocks(self.follow.name.clone(), reply))?;
        let blocks = answer.blocking_recv().map_err(|_| DeskError::Stopping)?;
        let taken = blocks.into_iter();
        self.chain =
            Chain::new(taken.map(|(number, hash, sequence)| Taken { number, hash, sequence }));
        Ok(())
    }

    /// Takes in what is new.
    fn round(&mut self, is_stopping: &AtomicBool) -> Result<(), RoundError> {
        self.learn_position()?;
        let newest = self.node.tip()?;
        let tip = newest.saturating_sub(self.follow.confirmations);
        // A chain can turn without growing.
        if let Some(last) = self.chain.last()
            && self.node.hash_at(last.number)? != Some(last.hash)
        {
            self.turn()?;
        }
        loop {
            let next = match self.chain.last() {
                Some(last) => last.number + 1,
                None => self.follow.from.unwrap_or(tip),
            };
            if next > tip || is_stopping.load(Relaxed) {
                break;
            }
            let Some(fetched) = self.node.block(next)? else { break };
            match self.chain.step(next, fetched.parent) {
                Step::Take => {}
                Step::Turned => {
                    self.turn()?;
                    continue;
                }
                Step::Foreign => break,
            }
            let (hash, time_s) = (fetched.block.hash, fetched.block.time_s);
            if let Some(second) = &mut self.second
                && second.hash_at(next).map_err(RoundError::Second)? != Some(hash)
            {
                return Err(RoundError::Disagree(next));
            }
            if time_s > crate::now_s() + 7_200 {
                return Err(RoundError::Future(next));
            }
            let batch = Batch {
                source: self.follow.name.clone(),
                block: Some((next, hash)),
                transactions: fetched.block.transactions,
                keys: Vec::new(),
            };
            let (sequence, _) = self.ask(|reply| Job::Block(batch, reply))?;
            self.chain.take(Taken { number: next, hash, sequence });
            let state = if tip.saturating_sub(next) > CATCHING_UP { "catching_up" } else { "live" };
            self.tell(state, Some(next), Some(time_s), None);
        }
        if let Some(last) = self.chain.last() {
            self.tell("live", Some(last.number), None, None);
        }
        Ok(())
    }

    /// Takes back what the node no longer has.
    fn turn(&mut self) -> Result<(), RoundError> {
        let node = &mut self.node;
        let gone = self.chain.turn(|number| node.hash_at(number));
        let gone = gone.map_err(|error| match error {
            Some(error) => RoundError::Node(error),
            None => RoundError::TooDeep,
        })?;
        if gone.is_empty() {
            return Ok(());
        }
        let sequences: Vec<u64> = gone.iter().map(|block| block.sequence).collect();
        let retracted = self.ask(|reply| Job::Retract(sequences, reply))?;
        self.reorganisations += 1;
        let from = gone.last().map_or(0, |block| block.number);
        tracing::warn!(
            source = self.follow.name,
            blocks = gone.len(),
            from,
            decisions = retracted,
            "the chain turned: its blocks are taken back and judged again"
        );
        self.chain.undo(gone.len());
        Ok(())
    }

    fn tell(&self, state: &str, height: Option<u64>, time_s: Option<u64>, detail: Option<String>) {
        let mut sources =
            self.service.sources.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let source = &mut sources[self.place];
        state.clone_into(&mut source.state);
        source.height = height.or(source.height);
        if let Some(time_s) = time_s {
            source.behind_s = Some(crate::now_s().saturating_sub(time_s));
        }
        source.detail = detail;
        source.reorganisations = self.reorganisations;
    }
}
