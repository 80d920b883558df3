//! A connection that is read line by line until it is encrypted.
//!
//! What comes after the answer to STARTTLS is said in the clear, and must not be taken for said within the
//! encryption (RFC 3207, section 6; CVE-2011-0411 was this). The client below keeps what it has read ahead over
//! the change, so it is given no more than a line, and a connection on which more has come is ended. No line
//! is longer than answers are, so that a flood fills no memory.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::TcpStream;

/// Longest line of an answer, in bytes: RFC 5321 (section 4.5.3.1.5) has 512, some servers greet with more.
const LINE_LEN_MAX: usize = 4_096;
/// First byte of all that a TLS client says first (RFC 8446, section 5.1); no command begins so.
const HANDSHAKE: u8 = 0x16;

/// A connection to a mail server.
#[derive(Debug)]
pub(super) struct Lines {
    stream: BufReader<TcpStream>,
    is_encrypted: bool,
    line_len: usize,
}

impl Lines {
    /// Over a connection on which nothing was said.
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream: BufReader::new(stream), is_encrypted: false, line_len: 0 }
    }
}

fn broken(problem: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

impl AsyncRead for Lines {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.is_encrypted {
            return Pin::new(this.stream.get_mut()).poll_read(context, out);
        }
        let came = ready!(Pin::new(&mut this.stream).poll_fill_buf(context))?;
        let end = came.iter().position(|byte| *byte == b'\n').map(|place| place + 1);
        let len = end.unwrap_or(came.len()).min(out.remaining());
        out.put_slice(&came[..len]);
        this.line_len = if end == Some(len) { 0 } else { this.line_len + len };
        Pin::new(&mut this.stream).consume(len);
        match this.line_len > LINE_LEN_MAX {
            true => Poll::Ready(Err(broken("the mail server sends a line without an end"))),
            false => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for Lines {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.is_encrypted && bytes.first() == Some(&HANDSHAKE) {
            if !self.stream.buffer().is_empty() {
                let problem = "something was said in the clear after encryption was agreed on";
                return Poll::Ready(Err(broken(problem)));
            }
            self.is_encrypted = true;
        }
        Pin::new(self.stream.get_mut()).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.stream.get_mut()).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.stream.get_mut()).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Lines {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.get_ref().peer_addr()
    }
}
