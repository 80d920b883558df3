//! Sends mail by a mail server (SMTP, RFC 5321), encrypted unless that is this machine.
//!
//! A connection is used again only when the server has answered all that was said on it. One that was cut off
//! is closed: the next mail on it would be read as the rest of the one before.

mod lines;
mod server;
mod written;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Severity;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

pub use server::{Security, Server};

use crate::error::SendError;
use crate::header::{EmailAddress, HeaderText};
use crate::message::Mail;

type SmtpError = lettre::transport::smtp::Error;

/// Mails that go over one connection: servers close it after some hundred.
const MAILS_PER_CONNECTION: u32 = 50;
/// How long a server is waited for to say goodbye: nothing depends on it.
const GOODBYE: Duration = Duration::from_secs(1);

/// A connection on which all was answered.
struct Idle {
    connection: AsyncSmtpConnection,
    mails: u32,
}

/// Sends mail by one server, over at most so many connections as the server is described with.
pub struct Mailer {
    server: Server,
    from: EmailAddress,
    name: HeaderText,
    permits: Semaphore,
    /// At most one for each permit: who puts one here holds a permit and took one from here before, or
    /// opened it.
    idle: Mutex<Vec<Idle>>,
}

impl Mailer {
    /// Sends as `name`, from an address of ours.
    pub fn new(server: Server, from: EmailAddress, name: HeaderText) -> Self {
        let permits = Semaphore::new(server.connections);
        Self { server, from, name, permits, idle: Mutex::new(Vec::new()) }
    }

    /// Sends a mail once. It waits until one of the connections is free, and then takes no longer than the
    /// server's patience.
    ///
    /// # Errors
    /// [`SendError`] when the server did not take it, or did not say that it has: then it may have arrived,
    /// and comes again with the same `Message-ID`.
    pub async fn send_mail(&self, mail: &Mail) -> Result<(), SendError> {
        let text = written::dotted(&written::written(mail, &self.from, &self.name)?);
        let closed = |_| SendError::Connection("the server stops".to_owned());
        let _permit = self.permits.acquire().await.map_err(closed)?;
        let talk = async {
            let mut idle = match self.take().await {
                Some(idle) => idle,
                None => Idle { connection: self.connect().await?, mails: 0 },
            };
            idle.mails += 1;
            let said = self.say(&mut idle.connection, &mail.to, text).await;
            Ok((idle, said))
        };
        // What is cut off here is dropped with its connection.
        let talked = tokio::time::timeout(self.server.patience, talk).await;
        let (idle, said) = talked.map_err(|_| SendError::Timeout)??;
        if matches!(said, Ok(()) | Err(SendError::Later(_) | SendError::Never(_))) {
            self.keep(idle).await;
        }
        said
    }

    /// One mail, command by command. The text goes in one piece with its end: a piece of its own would wait
    /// for the one before it to be acknowledged, which some servers do after 40 ms.
    async fn say(
        &self,
        connection: &mut AsyncSmtpConnection,
        to: &EmailAddress,
        text: String,
    ) -> Result<(), SendError> {
        let (from, to) = (self.from.as_str(), to.as_str());
        for (command, expected) in [
            (format!("MAIL FROM:<{from}>\r\n"), Severity::PositiveCompletion),
            (format!("RCPT TO:<{to}>\r\n"), Severity::PositiveCompletion),
            ("DATA\r\n".to_owned(), Severity::PositiveIntermediate),
            (text, Severity::PositiveCompletion),
        ] {
            let answer = connection.command(command).await.map_err(refused)?;
            if answer.code().severity != expected {
                let problem = format!("an answer out of turn: {}", u16::from(answer.code()));
                return Err(SendError::Connection(problem));
            }
        }
        Ok(())
    }

    /// A connection that is still there, with nothing begun on it.
    async fn take(&self) -> Option<Idle> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut idle = idle?;
            if idle.connection.command("RSET\r\n").await.is_ok() {
                return Some(idle);
            }
        }
    }

    async fn keep(&self, mut idle: Idle) {
        if idle.mails < MAILS_PER_CONNECTION {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(idle);
        } else {
            // However it goes, the mail was answered.
            tokio::time::timeout(GOODBYE, idle.connection.quit()).await.ok();
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let server = &self.server;
        let hello = ClientId::Domain(self.from.domain().to_owned());
        let untrusted = |error: SmtpError| SendError::Untrusted(told(&error));
        let tls = || {
            let tls = TlsParameters::builder(server.host.trim_matches(['[', ']']).to_owned());
            let tls = match &server.authority {
                Some(authority) => tls.add_root_certificate(authority.clone()),
                None => tls,
            };
            tls.build_rustls().map_err(untrusted)
        };
        let place = (server.host.trim_matches(['[', ']']), server.port);
        let mut connection = if server.security == Security::Implicit {
            let connected =
                AsyncSmtpConnection::connect_tokio1(place, None, &hello, Some(tls()?), None);
            connected.await.map_err(unconnected)?
        } else {
            let unreached = |error: std::io::Error| SendError::Connection(error.to_string());
            let stream = TcpStream::connect(place).await.map_err(unreached)?;
            let lines = Box::new(lines::Lines::new(stream));
            let connected = AsyncSmtpConnection::connect_with_transport(lines, &hello);
            connected.await.map_err(unconnected)?
        };
        if server.security == Security::StartTls {
            // A server that offers none is an error too.
            connection.starttls(tls()?, &hello).await.map_err(untrusted)?;
        }
        if let Some((user, password)) = &server.login {
            let login = Credentials::new(user.to_string(), password.to_string());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            let refused = |error: SmtpError| match error.status() {
                Some(code) => SendError::Login(code.into()),
                None => unconnected(error),
            };
            connection.auth(&mechanisms, &login).await.map_err(refused)?;
        }
        Ok(connection)
    }
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Mailer").field("server", &self.server).finish_non_exhaustive()
    }
}

/// An error with what is behind it, in one line: what a server said is not trusted with more.
fn told(error: &SmtpError) -> String {
    crate::shown::sentence_shown(&error.to_string())
}

/// What goes wrong before a mail's first command says nothing of the mail: it is tried again.
fn unconnected(error: SmtpError) -> SendError {
    match error.status() {
        Some(code) => SendError::Later(code.into()),
        None if error.is_tls() => SendError::Untrusted(told(&error)),
        None => SendError::Connection(told(&error)),
    }
}

fn refused(error: SmtpError) -> SendError {
    match error.status() {
        Some(code) if error.is_permanent() => SendError::Never(code.into()),
        Some(code) => SendError::Later(code.into()),
        None => SendError::Connection(told(&error)),
    }
}
