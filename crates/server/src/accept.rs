//! The accept loop: what stands between the network and the API.
//!
//! A client gets a bounded number of connections. When it wants more, the one that has waited
//! longest without a request gives way, so that slow connections starve themselves and not honest
//! ones. Headers, bodies and answers that do not move are cut off after [`Limits::stall`].

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::collections::HashMap;
use std::future::Future;
use std::io::IoSlice;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, Sleep};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::meter::Meter;

/// Largest head of a request.
const HEAD_LEN_MAX: usize = 64 << 10;
/// Most header lines.
const HEADERS_MAX: usize = 64;
/// Bytes a second that a large body must keep up with after the first moments.
const BODY_RATE_MIN: u64 = 16 << 10;
/// Bytes that a client must take before it counts as reading again.
const TAKEN_MIN: usize = 64 << 10;
/// Bytes of an answer that the kernel holds for a client. More would let clients that do not read
/// fill the memory of all connections.
pub const SEND_BUFFER: u32 = 128 << 10;
/// Bytes of an answer that the kernel takes before the client has room for them: so a client that
/// does not read costs its own window and little more.
const UNSENT_MAX: u32 = 16 << 10;
/// Connections that wait to be accepted.
pub const BACKLOG: u32 = 4_096;
/// How long a stopping server waits for requests under way.
const STOP_PATIENCE: Duration = Duration::from_secs(10);
/// Pause after the system refused a connection, so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Bounds of the accept loop.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a head, a body or an answer may stand still.
    pub stall: Duration,
    /// Connections of one client (an IPv4 address or an IPv6 /64).
    pub per_client: usize,
    /// Connections in all.
    pub total: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { stall: Duration::from_secs(8), per_client: 512, total: 16_384 }
    }
}

/// The address of whoever is asking, after trusted proxies.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Client(pub IpAddr);

/// Who counts as one client: an IPv4 address, or the /64 that one IPv6 subscriber gets.
pub fn client_key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let network = u128::from(v6) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// The client behind trusted proxies: the right-most address of `x-forwarded-for` that is no
/// proxy of ours. What stands left of it is the client's own claim.
pub fn client_of(peer: IpAddr, forwarded: &[&str], trusted: &[IpAddr]) -> IpAddr {
    let mut client = peer.to_canonical();
    let hops = forwarded.iter().flat_map(|line| line.split(',')).map(str::trim);
    for hop in hops.collect::<Vec<_>>().into_iter().rev() {
        if !trusted.contains(&client) {
            break;
        }
        let Ok(address) = hop.parse::<IpAddr>() else { break };
        client = address.to_canonical();
    }
    client
}

struct Connection {
    /// Milliseconds since the start of the server at which it last ended a request, or began.
    waiting_since: AtomicU64,
    is_busy: AtomicBool,
    give_way: Notify,
}

#[derive(Default)]
struct Registry {
    clients: Mutex<HashMap<IpAddr, Vec<Arc<Connection>>>>,
    total: std::sync::atomic::AtomicUsize,
}

impl Registry {
    /// Admits a connection; `None` when every other one of its client is at work.
    fn admit(&self, key: IpAddr, now_ms: u64, limits: &Limits) -> Option<Arc<Connection>> {
        let mut clients = self.clients.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let is_full = self.total.load(Relaxed) >= limits.total;
        let crowded = if is_full {
            // The client with the most connections pays for the crowd.
            clients.iter().max_by_key(|(_, list)| list.len()).map(|(key, _)| *key)
        } else {
            clients.get(&key).filter(|list| list.len() >= limits.per_client).map(|_| key)
        };
        if let Some(crowded) = crowded {
            let list = clients.get_mut(&crowded)?;
            let waiting = list.iter().enumerate().filter(|(_, c)| !c.is_busy.load(Relaxed));
            let longest = waiting.min_by_key(|(_, c)| c.waiting_since.load(Relaxed));
            let (place, _) = longest?;
            list.swap_remove(place).give_way.notify_one();
            self.total.fetch_sub(1, Relaxed);
        }
        let connection = Arc::new(Connection {
            waiting_since: AtomicU64::new(now_ms),
            is_busy: AtomicBool::new(false),
            give_way: Notify::new(),
        });
        clients.entry(key).or_default().push(Arc::clone(&connection));
        self.total.fetch_add(1, Relaxed);
        Some(connection)
    }

    fn leave(&self, key: IpAddr, connection: &Arc<Connection>) {
        let mut clients = self.clients.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(list) = clients.get_mut(&key) {
            if let Some(place) = list.iter().position(|known| Arc::ptr_eq(known, connection)) {
                list.swap_remove(place);
                self.total.fetch_sub(1, Relaxed);
            }
            if list.is_empty() {
                clients.remove(&key);
            }
        }
    }
}

/// Marks a connection as at work for as long as its answer is on the way.
struct Busy {
    connection: Arc<Connection>,
    started: Instant,
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.connection.waiting_since.store(self.started.elapsed().as_millis() as u64, Relaxed);
        self.connection.is_busy.store(false, Relaxed);
    }
}

/// An answer's body that keeps its connection marked as at work.
struct BusyBody {
    inner: Body,
    _busy: Busy,
}

impl HttpBody for BusyBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// A request's body that must keep coming.
struct MovingBody {
    inner: Incoming,
    started: Instant,
    received: u64,
    stall: Duration,
    deadline: Pin<Box<Sleep>>,
}

impl HttpBody for MovingBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        match Pin::new(&mut self.inner).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                self.received += frame.data_ref().map_or(0, |data| data.len() as u64);
                let earned = Duration::from_secs(self.received / BODY_RATE_MIN);
                let deadline = self.started + self.stall + earned;
                self.deadline.as_mut().reset(deadline);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(std::io::Error::other(error)))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                ready!(self.deadline.as_mut().poll(context));
                let problem = "the body came too slowly";
                Poll::Ready(Some(Err(std::io::Error::new(std::io::ErrorKind::TimedOut, problem))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// A stream whose writes must get through.
struct MovingIo<T> {
    inner: T,
    stall: Duration,
    /// Since the client does not take what it is sent: the deadline, and the bytes it took meanwhile.
    stuck: Option<(Pin<Box<Sleep>>, usize)>,
}

impl<T> MovingIo<T> {
    fn watch<R>(
        &mut self,
        context: &mut Context<'_>,
        polled: Poll<std::io::Result<R>>,
        taken: impl FnOnce(&R) -> usize,
    ) -> Poll<std::io::Result<R>> {
        if let Poll::Ready(Ok(done)) = &polled {
            // One byte now and then is not reading.
            if let Some((_, bytes)) = &mut self.stuck {
                *bytes += taken(done);
                if *bytes >= TAKEN_MIN {
                    self.stuck = None;
                }
            }
            return polled;
        }
        if polled.is_ready() {
            return polled;
        }
        let stall = self.stall;
        let new = || (Box::pin(tokio::time::sleep(stall)), 0);
        let (stuck, _) = self.stuck.get_or_insert_with(new);
        ready!(stuck.as_mut().poll(context));
        let problem = "the client does not read";
        Poll::Ready(Err(std::io::Error::new(std::io::ErrorKind::TimedOut, problem)))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for MovingIo<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for MovingIo<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.watch(context, polled, |count| *count)
    }

    // Without it hyper would copy each answer behind its head.
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write_vectored(context, parts);
        self.watch(context, polled, |count| *count)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_flush(context);
        self.watch(context, polled, |()| TAKEN_MIN)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_shutdown(context);
        self.watch(context, polled, |()| TAKEN_MIN)
    }
}

/// Everything that a connection needs.
#[derive(Clone)]
struct Door {
    router: Router,
    limits: Limits,
    trusted: Arc<[IpAddr]>,
    registry: Arc<Registry>,
    meter: Arc<Meter>,
    started: Instant,
}

impl Door {
    async fn answer(
        self,
        mut request: hyper::Request<Incoming>,
        peer: IpAddr,
        connection: Arc<Connection>,
    ) -> Result<hyper::Response<BusyBody>, std::convert::Infallible> {
        connection.is_busy.store(true, Relaxed);
        let busy = Busy { connection, started: self.started };
        let forwarded: Vec<&str> = request
            .headers()
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        let client = Client(client_of(peer, &forwarded, &self.trusted));
        request.extensions_mut().insert(client);
        let now = Instant::now();
        let stall = self.limits.stall;
        let request: Request = request.map(|inner| {
            let deadline = Box::pin(tokio::time::sleep_until(now + stall));
            Body::new(MovingBody { inner, started: now, received: 0, stall, deadline })
        });
        let response = match self.router.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        self.meter.answered(response.status().as_u16());
        Ok(response.map(|inner| BusyBody { inner, _busy: busy }))
    }

    async fn connection<T: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        self,
        stream: T,
        peer: SocketAddr,
        connection: Arc<Connection>,
        graceful: hyper_util::server::graceful::Watcher,
    ) {
        let io = MovingIo { inner: stream, stall: self.limits.stall, stuck: None };
        let (meter, stall) = (Arc::clone(&self.meter), self.limits.stall);
        let known = Arc::clone(&connection);
        let service = hyper::service::service_fn(move |request| {
            self.clone().answer(request, peer.ip(), Arc::clone(&known))
        });
        let serving = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(stall)
            .max_headers(HEADERS_MAX)
            .max_buf_size(HEAD_LEN_MAX)
            .serve_connection(TokioIo::new(io), service);
        let serving = graceful.watch(serving);
        tokio::select! {
            served = serving => {
                // Clients go away in many ways; only those that were too slow are counted.
                if served.is_err_and(|e| e.is_timeout()) {
                    meter.refused_connection();
                }
            }
            () = connection.give_way.notified() => meter.refused_connection(),
        }
    }
}

/// Listens at an address.
///
/// # Errors
/// The system's, when the address is taken or not ours.
pub fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    // Accepted connections inherit both.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(&socket).set_tcp_notsent_lowat(UNSENT_MAX)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop` turns true, then lets requests under way end.
///
/// # Errors
/// Only when the listener itself is broken.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    limits: Limits,
    trusted: Vec<IpAddr>,
    meter: Arc<Meter>,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let graceful = GracefulShutdown::new();
    let door = Door {
        router,
        limits,
        trusted: trusted.into(),
        registry: Arc::default(),
        meter,
        started: Instant::now(),
    };
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
            () = async { drop(stop.wait_for(|is_stopping| *is_stopping).await) } => break,
        };
        let key = client_key(peer.ip());
        let now_ms = door.started.elapsed().as_millis() as u64;
        let Some(connection) = door.registry.admit(key, now_ms, &door.limits) else {
            door.meter.refused_connection();
            continue;
        };
        let (door, tls, watcher) = (door.clone(), tls.clone(), graceful.watcher());
        tokio::spawn(async move {
            let registry = Arc::clone(&door.registry);
            let _ = stream.set_nodelay(true);
            // What a client does not acknowledge is dropped with it, also after we closed.
            let stall_ms = u32::try_from(door.limits.stall.as_millis()).unwrap_or(u32::MAX);
            let _ = rustix::net::sockopt::set_tcp_user_timeout(&stream, stall_ms);
            handshake_and_serve(door, tls, stream, peer, Arc::clone(&connection), watcher).await;
            registry.leave(key, &connection);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(STOP_PATIENCE, graceful.shutdown()).await;
    Ok(())
}

async fn handshake_and_serve(
    door: Door,
    tls: Option<TlsAcceptor>,
    stream: TcpStream,
    peer: SocketAddr,
    connection: Arc<Connection>,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let Some(tls) = tls else {
        return door.connection(stream, peer, connection, watcher).await;
    };
    let stall = door.limits.stall;
    tokio::select! {
        shaken = tokio::time::timeout(stall, tls.accept(stream)) => {
            if let Ok(Ok(stream)) = shaken {
                door.connection(stream, peer, connection, watcher).await;
            } else {
                door.meter.refused_connection();
            }
        }
        () = connection.give_way.notified() => door.meter.refused_connection(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn forwarded_addresses_count_from_the_right_and_only_through_our_proxies() {
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        let of = |peer: &str, lines: &[&str]| client_of(ip(peer), lines, &trusted).to_string();
        assert_eq!(of("1.2.3.4", &["6.6.6.6"]), "1.2.3.4");
        assert_eq!(of("10.0.0.1", &["6.6.6.6, 5.5.5.5"]), "5.5.5.5");
        assert_eq!(of("10.0.0.1", &["6.6.6.6", "5.5.5.5, 10.0.0.2"]), "5.5.5.5");
        assert_eq!(of("10.0.0.1", &["nonsense"]), "10.0.0.1");
        assert_eq!(of("::ffff:10.0.0.1", &["5.5.5.5"]), "5.5.5.5");
        assert_eq!(client_key(ip("2001:db8::1:2")), client_key(ip("2001:db8::9")));
        assert_ne!(client_key(ip("2001:db8:0:1::1")), client_key(ip("2001:db8::1")));
    }

    #[test]
    fn the_connection_that_waited_longest_gives_way_and_one_at_work_never_does() {
        let registry = Registry::default();
        let limits = Limits { per_client: 2, total: 3, ..Limits::default() };
        let key = ip("1.1.1.1");
        let first = registry.admit(key, 1, &limits).unwrap();
        let second = registry.admit(key, 2, &limits).unwrap();
        first.is_busy.store(true, Relaxed);
        let third = registry.admit(key, 3, &limits).unwrap();
        assert_eq!(Arc::strong_count(&second), 1, "the second was asked to go");
        third.is_busy.store(true, Relaxed);
        assert!(registry.admit(key, 4, &limits).is_none());
        let other = registry.admit(ip("2.2.2.2"), 5, &limits).unwrap();
        // Full: the client with the most connections would pay, but all of its are at work.
        assert!(registry.admit(ip("3.3.3.3"), 6, &limits).is_none());
        first.is_busy.store(false, Relaxed);
        assert!(registry.admit(ip("3.3.3.3"), 7, &limits).is_some());
        assert_eq!(Arc::strong_count(&first), 1);
        registry.leave(ip("2.2.2.2"), &other);
        assert_eq!(registry.total.load(Relaxed), 2);
    }
}
