//! A mail server for these tests, with manners that a real one has on bad days.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// How the server behaves.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Manner {
    /// It takes what comes.
    Takes,
    /// It accepts the connection and says nothing.
    HangsAtGreeting,
    /// It reads the first mail and does not say that it has; later ones it takes.
    HangsAfterFirst,
    /// It closes the connection in the middle of the first mail.
    DropsInFirst,
    /// It answers the first recipient with this, and takes the next.
    AnswersFirst(u16),
    /// It knows nobody.
    RefusesLogin,
    /// It offers no encryption.
    NoStartTls,
    /// It offers encryption and then has none.
    BrokenStartTls,
    /// It closes the connection after each mail, without a word.
    ClosesAfterEach,
    /// It answers the first DATA as if the mail had been taken.
    OutOfTurn,
    /// It never ends its greeting.
    Floods,
}

/// What the server saw.
#[derive(Default, Debug)]
pub(crate) struct Seen {
    pub(crate) connections: usize,
    pub(crate) commands: Vec<String>,
    pub(crate) mails: Vec<String>,
    /// Mails between their first command and their last answer.
    pub(crate) open: usize,
    pub(crate) open_most: usize,
}

impl Seen {
    fn is_first(&self, word: &str) -> bool {
        self.commands.iter().filter(|command| command.starts_with(word)).count() == 1
    }

    fn begin(&mut self) {
        self.open += 1;
        self.open_most = self.open_most.max(self.open);
    }

    fn end(&mut self, mail: String) {
        self.open -= 1;
        self.mails.push(mail);
    }
}

pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Arc<Mutex<Seen>>,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Where a server speaks TLS.
#[derive(Clone)]
pub(crate) enum Tls {
    None,
    Implicit(TlsAcceptor),
    Start(TlsAcceptor),
    /// As `Start`, with a line in the clear that a thief on the way put after the answer.
    Injected(TlsAcceptor),
}

impl Sink {
    pub(crate) async fn start(manner: Manner) -> Self {
        Self::start_with(manner, Tls::None).await
    }

    pub(crate) async fn start_with(manner: Manner, tls: Tls) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                let (shared, tls) = (Arc::clone(&shared), tls.clone());
                // How a conversation ends is the client's affair; what was seen is what counts.
                tokio::spawn(async move { converse(stream, manner, tls, &shared).await.ok() });
            }
        });
        Self { address, seen }
    }

    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    pub(crate) fn mails(&self) -> Vec<String> {
        self.seen.lock().unwrap().mails.clone()
    }
}

async fn converse(
    stream: TcpStream,
    manner: Manner,
    tls: Tls,
    seen: &Mutex<Seen>,
) -> std::io::Result<()> {
    let stream: Box<dyn Stream> = match &tls {
        Tls::Implicit(acceptor) => Box::new(acceptor.accept(stream).await?),
        _ => Box::new(stream),
    };
    let mut peer = BufReader::new(stream);
    if manner == Manner::HangsAtGreeting {
        std::future::pending::<()>().await;
    }
    if manner == Manner::Floods {
        loop {
            peer.write_all(&[b'2'; 4096]).await?;
        }
    }
    peer.write_all(b"220 sink ready\r\n").await?;
    loop {
        let mut line = String::new();
        if peer.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end().to_owned();
        seen.lock().unwrap().commands.push(command.clone());
        let word = command.split([' ', ':']).next().unwrap_or("").to_ascii_uppercase();
        match word.as_str() {
            "EHLO" => {
                let offers = match (manner, &tls) {
                    (Manner::NoStartTls, _) => "250 8BITMIME\r\n",
                    (_, Tls::None | Tls::Implicit(_)) if manner != Manner::BrokenStartTls => {
                        "250 AUTH PLAIN LOGIN\r\n"
                    }
                    _ => "250-STARTTLS\r\n250 AUTH PLAIN\r\n",
                };
                peer.write_all(format!("250-sink\r\n{offers}").as_bytes()).await?;
            }
            "STARTTLS" => match &tls {
                Tls::Start(acceptor) | Tls::Injected(acceptor) => {
                    let injected = matches!(tls, Tls::Injected(_));
                    let answer = match injected {
                        true => "220 go\r\n250 injected\r\n",
                        false => "220 go\r\n",
                    };
                    peer.write_all(answer.as_bytes()).await?;
                    let stream = acceptor.accept(peer.into_inner()).await?;
                    peer = BufReader::new(Box::new(stream));
                }
                _ => peer.write_all(b"454 no encryption today\r\n").await?,
            },
            "AUTH" => match manner {
                Manner::RefusesLogin => peer.write_all(b"535 who are you\r\n").await?,
                _ => peer.write_all(b"235 welcome\r\n").await?,
            },
            "RCPT" => {
                let is_first = seen.lock().unwrap().is_first("RCPT");
                match manner {
                    Manner::AnswersFirst(code) if is_first => {
                        seen.lock().unwrap().open -= 1;
                        peer.write_all(format!("{code} not this\r\n").as_bytes()).await?;
                    }
                    _ => peer.write_all(b"250 ok\r\n").await?,
                }
            }
            "MAIL" => {
                seen.lock().unwrap().begin();
                peer.write_all(b"250 ok\r\n").await?;
            }
            "DATA" if manner == Manner::OutOfTurn && seen.lock().unwrap().is_first("DATA") => {
                seen.lock().unwrap().open -= 1;
                peer.write_all(b"250 taken\r\n").await?;
            }
            "DATA" => {
                peer.write_all(b"354 go on\r\n").await?;
                let is_first = seen.lock().unwrap().is_first("DATA");
                let mut text = String::new();
                loop {
                    let mut line = String::new();
                    if peer.read_line(&mut line).await? == 0
                        || (manner == Manner::DropsInFirst && is_first && text.len() > 100)
                    {
                        return Ok(());
                    }
                    if line == ".\r\n" {
                        break;
                    }
                    text.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                if manner == Manner::HangsAfterFirst && is_first {
                    std::future::pending::<()>().await;
                }
                seen.lock().unwrap().end(text);
                peer.write_all(b"250 taken\r\n").await?;
                if manner == Manner::ClosesAfterEach {
                    return Ok(());
                }
            }
            "QUIT" => {
                peer.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => peer.write_all(b"250 ok\r\n").await?,
        }
    }
}
