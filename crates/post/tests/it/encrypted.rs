//! Encrypted connections, with a certificate that is made for the test.

use std::process::{Command, Stdio};
use std::sync::Arc;

use post::smtp::Server;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::sink::{Manner, Sink, Tls};
use crate::{mail, mailer};

/// A certificate of `localhost` that vouches for itself, and who speaks with it; nothing where there is
/// no `openssl`.
fn certificate() -> Option<(Vec<u8>, TlsAcceptor)> {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"])
        .args([
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
        ])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: there is no openssl to make a certificate with");
        return None;
    }
    let pem = std::fs::read(folder.path().join("cert.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.path().join("key.pem")).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(&pem).unwrap()];
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    Some((pem, TlsAcceptor::from(Arc::new(config))))
}

#[tokio::test]
async fn mail_goes_encrypted_to_a_server_that_is_vouched_for() {
    let Some((pem, acceptor)) = certificate() else { return };
    for (tls, form) in [
        (Tls::Implicit(acceptor.clone()), "smtps://ann:pw@localhost:PORT"),
        (Tls::Start(acceptor), "smtp://ann:pw@localhost:PORT?tls=starttls"),
    ] {
        let sink = Sink::start_with(Manner::Takes, tls).await;
        let server =
            Server::parse(&form.replace("PORT", &sink.address.port().to_string())).unwrap();
        let unknown = mailer(server.clone()).send_mail(&mail(1, "x")).await.unwrap_err();
        assert!(!unknown.is_permanent(), "{unknown}");
        assert!(sink.mails().is_empty());
        let said = sink.seen.lock().unwrap().commands.join("\n");
        assert!(!said.contains("AUTH") && !said.contains("MAIL"), "{said}");
        mailer(server.with_authority(&pem).unwrap()).send_mail(&mail(1, "x")).await.unwrap();
        assert_eq!(sink.mails().len(), 1);
    }
}

/// What a thief on the way adds before the encryption must not count as said within it (CVE-2011-0411).
#[tokio::test]
async fn a_line_injected_before_the_encryption_is_not_taken_for_an_answer() {
    let Some((pem, acceptor)) = certificate() else { return };
    let sink = Sink::start_with(Manner::Takes, Tls::Injected(acceptor)).await;
    let url = format!("smtp://localhost:{}?tls=starttls", sink.address.port());
    let server = Server::parse(&url).unwrap().with_authority(&pem).unwrap();
    let sent = mailer(server).send_mail(&mail(1, "x")).await.unwrap_err();
    assert_eq!(sent.code(), "post.untrusted", "{sent}");
    let said = sink.seen.lock().unwrap().commands.join("\n");
    assert!(said.ends_with("STARTTLS"), "{said}");
}
