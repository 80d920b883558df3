//! A receiver of webhooks for these tests.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How the receiver behaves.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Manner {
    /// It answers with this status and these headers.
    Answers(u16, String),
    /// It reads and does not answer.
    Hangs,
    /// It answers with a body that does not end.
    EndlessBody,
    /// It answers with headers that do not end.
    EndlessHead,
    /// It closes without an answer.
    Closes,
}

/// A request as it came.
#[derive(Clone, Default, Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

#[derive(Default, Debug)]
pub(crate) struct Seen {
    pub(crate) connections: usize,
    pub(crate) requests: Vec<Request>,
    pub(crate) open: usize,
    pub(crate) open_most: usize,
}

pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Arc<Mutex<Seen>>,
    /// Bytes of an endless answer, once the sender has closed.
    pub(crate) endless: watch::Receiver<Option<usize>>,
}

impl Receiver {
    pub(crate) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (told, endless) = watch::channel(None);
        let (shared, told) = (Arc::clone(&seen), Arc::new(told));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (shared, manner, told) =
                    (Arc::clone(&shared), manner.clone(), Arc::clone(&told));
                shared.lock().unwrap().connections += 1;
                tokio::spawn(async move { answer(stream, manner, &shared, &told).await.ok() });
            }
        });
        Self { address, seen, endless }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().requests.clone()
    }
}

async fn answer(
    stream: TcpStream,
    manner: Manner,
    seen: &Mutex<Seen>,
    told: &watch::Sender<Option<usize>>,
) -> std::io::Result<()> {
    let mut peer = BufReader::new(stream);
    let mut request = Request::default();
    peer.read_line(&mut request.line).await?;
    loop {
        let mut line = String::new();
        peer.read_line(&mut line).await?;
        let Some((name, value)) = line.split_once(':') else { break };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    request.body = vec![0; request.header("content-length").parse().unwrap_or(0)];
    peer.read_exact(&mut request.body).await?;
    {
        let mut seen = seen.lock().unwrap();
        seen.requests.push(request);
        seen.open += 1;
        seen.open_most = seen.open_most.max(seen.open);
    }
    // Others get a chance to be seen at the same time.
    tokio::task::yield_now().await;
    let head: &[u8] = match &manner {
        Manner::Answers(status, headers) => {
            seen.lock().unwrap().open -= 1;
            let answer = format!("HTTP/1.1 {status} x\r\n{headers}content-length: 0\r\n\r\n");
            return peer.write_all(answer.as_bytes()).await;
        }
        Manner::Closes => return Ok(()),
        Manner::Hangs => {
            std::future::pending::<()>().await;
            return Ok(());
        }
        Manner::EndlessBody => b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n",
        Manner::EndlessHead => b"HTTP/1.1 200 OK\r\nx: ",
    };
    peer.write_all(head).await?;
    let mut sent = 0;
    while let Ok(count) = peer.write(&[b'x'; 65_536]).await {
        sent += count;
    }
    told.send_replace(Some(sent));
    Ok(())
}
