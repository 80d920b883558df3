//! Request bodies that nobody read to their end.
//!
//! HTTP/1.1 cannot go on after such a body, so the server closes the connection behind its answer;
//! a client that keeps connections would send its next request into a closed one, and one that is
//! still sending may lose the answer itself. So what is left of a small body is read away first,
//! and when more is left the answer says that the connection ends (RFC 9112, section 9.3).

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

/// What is read away of a body at most.
const DRAIN_MAX: usize = 4 << 20;
/// How long the rest of a body may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Reads the rest of a body away. True when it ended.
pub(crate) async fn drain(body: &mut (impl http_body::Body<Data = Bytes> + Unpin)) -> bool {
    let reading = async {
        let mut left = DRAIN_MAX;
        while !body.is_end_stream() {
            match body.frame().await {
                None => return true,
                Some(Err(_)) => return false,
                Some(Ok(frame)) => {
                    let read = frame.data_ref().map_or(0, Bytes::len);
                    if read > left {
                        return false;
                    }
                    left -= read;
                }
            }
        }
        true
    };
    tokio::time::timeout(PATIENCE, reading).await.unwrap_or(false)
}

/// A body that a handler reads, and whoever lent it reads on when the handler has let go of it.
struct Lent(Arc<Mutex<Body>>);

impl Lent {
    fn lock(&self) -> MutexGuard<'_, Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl http_body::Body for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut *self.lock()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.lock().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.lock().size_hint()
    }
}

/// What a handler leaves of a body.
pub(crate) struct Rest {
    body: Option<Lent>,
    waits: bool,
}

/// Lends the body of a request to its handler.
pub(crate) fn lend(request: Request) -> (Request, Rest) {
    // Who waits for a '100 Continue' has sent nothing that could be read away.
    let waits = request.headers().contains_key(header::EXPECT);
    if request.body().is_end_stream() {
        return (request, Rest { body: None, waits });
    }
    let (head, body) = request.into_parts();
    let body = Arc::new(Mutex::new(body));
    let lent = Body::new(Lent(Arc::clone(&body)));
    (Request::from_parts(head, lent), Rest { body: Some(Lent(body)), waits })
}

impl Rest {
    /// Reads away what is left. False when the connection must end.
    pub(crate) async fn finish(self) -> bool {
        let Some(mut body) = self.body else { return true };
        // A handler that answers while it reads on has the body still, and sees to it.
        if Arc::strong_count(&body.0) > 1 || body.is_end_stream() {
            return true;
        }
        !self.waits && drain(&mut body).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(len: usize) -> Request {
        let frames = (0..len / 1024).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![7; 1024])));
        Request::new(Body::from_stream(futures_util::stream::iter(frames.collect::<Vec<_>>())))
    }

    #[tokio::test]
    async fn what_a_handler_leaves_is_read_away_up_to_a_bound() {
        for (len, is_read) in
            [(0, true), (64 << 10, true), (DRAIN_MAX, true), (DRAIN_MAX + 1024, false)]
        {
            let (request, rest) = lend(request(len));
            drop(request);
            assert_eq!(rest.finish().await, is_read, "{len}");
        }
        let (mut asked, rest) = lend(request(64 << 10));
        assert_eq!(asked.body_mut().collect().await.unwrap().to_bytes().len(), 64 << 10);
        drop(asked);
        assert!(rest.finish().await);
        let mut waiting = request(1024);
        waiting.headers_mut().insert(header::EXPECT, "100-continue".parse().unwrap());
        let (waiting, rest) = lend(waiting);
        drop(waiting);
        assert!(!rest.finish().await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_ends_the_connection() {
        let never = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let (request, rest) = lend(Request::new(Body::from_stream(never)));
        drop(request);
        assert!(!rest.finish().await);
    }
}
