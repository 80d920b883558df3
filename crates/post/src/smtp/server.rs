//! How the mail server is described: one URL.

use std::net::IpAddr;
use std::time::Duration;

use lettre::transport::smtp::client::Certificate;
use url::Url;
use zeroize::Zeroizing;

use crate::error::Invalid;

/// Connections to the mail server, unless it says otherwise: small servers allow 10 of one client.
const CONNECTIONS: usize = 4;
/// Most that can be asked for: Postfix allows 50 of one client.
const CONNECTIONS_MAX: usize = 50;
/// How long a mail may take. RFC 5321 (section 4.5.3.2) would wait for 10 minutes after the last dot; a
/// notice that is tried again is better than a connection that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

const PEM_BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// How a connection is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Security {
    /// Encrypted from the first byte (RFC 8314).
    Implicit,
    /// Encrypted before anything is said; without encryption nothing is sent.
    StartTls,
    /// Not encrypted: this machine, or a network that the operator answers for.
    Plain,
}

/// A mail server.
#[derive(Clone)]
pub struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) login: Option<(Zeroizing<String>, Zeroizing<String>)>,
    pub(super) connections: usize,
    pub(super) patience: Duration,
    pub(super) authority: Option<Certificate>,
}

impl Server {
    /// Reads `smtps://user:password@host:465`, `smtp://host:587`, or `smtp://host:25?tls=none`.
    ///
    /// `smtp` uses STARTTLS, and fails where the server does not offer it. It is plain to this machine, or
    /// with `tls=none`, and then without a login. A password is percent-encoded.
    ///
    /// # Errors
    /// [`Invalid::Server`] with what is wrong; the text is not told, for it can hold a password.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let bad = Invalid::Server;
        let url = Url::parse(text).map_err(|_| bad("it is no URL"))?;
        let host = url.host_str().unwrap_or("").to_ascii_lowercase();
        let is_address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        let is_name = host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
        if host.is_empty() || !(is_name || is_address.is_ok()) {
            return Err(bad("it has no host"));
        }
        let is_here = host == "localhost" || is_address.is_ok_and(|address| address.is_loopback());
        let (security, port) = match (url.scheme(), url.query()) {
            ("smtps", None) => (Security::Implicit, 465),
            ("smtp", None) if !is_here => (Security::StartTls, 587),
            ("smtp", Some("tls=starttls")) => (Security::StartTls, 587),
            ("smtp", None | Some("tls=none")) => (Security::Plain, 25),
            ("smtps" | "smtp", _) => return Err(bad("after '?' it has 'tls=none' or nothing")),
            _ => return Err(bad("it begins with smtps:// or smtp://")),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(bad("it has more than a host and a port"));
        }
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return Err(bad("it has half a login")),
            (user, Some(password)) => Some((decoded(user)?, decoded(password)?)),
        };
        if login.is_some() && security == Security::Plain && !is_here {
            return Err(bad("a password is not sent unencrypted"));
        }
        let port = url.port().unwrap_or(port);
        let (connections, patience) = (CONNECTIONS, PATIENCE);
        Ok(Self { host, port, security, login, connections, patience, authority: None })
    }

    /// With so many connections, of 1 to 50.
    #[must_use]
    pub fn with_connections(self, connections: usize) -> Self {
        Self { connections: connections.clamp(1, CONNECTIONS_MAX), ..self }
    }

    /// With so much time for each mail.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Trusts a certificate authority of the operator (PEM) besides those of the web.
    ///
    /// # Errors
    /// [`Invalid::Server`] when it cannot be read.
    pub fn with_authority(self, pem: &[u8]) -> Result<Self, Invalid> {
        let problem = Invalid::Server("its authority is no certificate in PEM");
        // Text without a certificate in it reads as none at all.
        if !pem.windows(PEM_BEGIN.len()).any(|window| window == PEM_BEGIN) {
            return Err(problem);
        }
        let authority = Certificate::from_pem(pem).map_err(|_| problem)?;
        Ok(Self { authority: Some(authority), ..self })
    }

    /// How connections are protected.
    pub fn security(&self) -> Security {
        self.security
    }
}

/// The user and the password are not told.
impl std::fmt::Debug for Server {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{} ({:?})", self.host, self.port, self.security)
    }
}

/// Undoes percent-encoding. A line break would be a command of its own.
fn decoded(text: &str) -> Result<Zeroizing<String>, Invalid> {
    let bad = Invalid::Server("its login is not percent-encoded text");
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            bytes.push(byte);
            rest = after;
            continue;
        }
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = digits
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.ok_or_else(|| bad.clone())?);
        rest = &after[2..];
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| bad.clone())?;
    if text.chars().any(char::is_control) { Err(bad) } else { Ok(Zeroizing::new(text.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read_with_its_protection() {
        for (text, shown) in [
            ("smtps://u:p@mail.example.com", "mail.example.com:465 (Implicit)"),
            ("smtp://mail.example.com", "mail.example.com:587 (StartTls)"),
            ("smtp://mail.example.com:25", "mail.example.com:25 (StartTls)"),
            ("smtp://mail.example.com:25?tls=none", "mail.example.com:25 (Plain)"),
            ("smtp://localhost:2525", "localhost:2525 (Plain)"),
            ("smtp://127.0.0.1", "127.0.0.1:25 (Plain)"),
            ("smtp://[::1]:26/", "[::1]:26 (Plain)"),
            ("smtp://127.0.0.1?tls=starttls", "127.0.0.1:587 (StartTls)"),
        ] {
            assert_eq!(format!("{:?}", Server::parse(text).unwrap()), shown);
        }
        let server = Server::parse("smtps://ann%40x.de:p%3Aw%2F@mail.example.com").unwrap();
        let (user, password) = server.login.unwrap();
        assert_eq!((user.as_str(), password.as_str()), ("ann@x.de", "p:w/"));
    }

    #[test]
    fn an_authority_is_a_certificate() {
        let server = || Server::parse("smtps://mail.example.com").unwrap();
        for pem in [&b""[..], b"x", b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"]
        {
            assert!(server().with_authority(pem).is_err());
        }
    }

    #[test]
    fn a_server_that_would_betray_its_password_is_refused() {
        for text in [
            "",
            "mail.example.com",
            "http://mail.example.com",
            "smtp://",
            "smtp://u@mail.example.com",
            "smtp://u:p@mail.example.com?tls=none",
            "smtp://mail.example.com?tls=maybe",
            "smtps://mail.example.com?tls=none",
            "smtps://mail.example.com/path",
            "smtp://a b",
            "smtps://u:%0d%0aX@mail.example.com",
            "smtps://u:%ff@mail.example.com",
            "smtps://u:%4@mail.example.com",
            "smtp://a%20b/",
            "smtp://:p@mail.example.com",
        ] {
            let refused = Server::parse(text).unwrap_err();
            assert_eq!(refused.code(), "post.server.invalid", "{text}");
        }
    }
}
