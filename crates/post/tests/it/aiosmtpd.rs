//! The same against a mail server that others wrote (aiosmtpd), read back by Python's own reader of mail.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use post::smtp::Server;

use crate::{mail, mailer};

/// Ends the server with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn python(arguments: &[&str]) -> Command {
    // CI names one that has the module.
    let python = std::env::var("PEER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut command = Command::new(python);
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// Prints subject, plain text and HTML of each mail of a folder, each as a line of JSON.
const READER: &str = "
import sys, json, email, email.policy, pathlib
for path in sorted(pathlib.Path(sys.argv[1]).glob('new/*')):
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    parts = [mail.get_body((kind,)).get_content().replace('\\r\\n', '\\n') for kind in ('plain', 'html')]
    print(json.dumps([mail['message-id'], mail['subject'], mail['from'], *parts, len(mail.defects)]))
";

fn read(folder: &Path) -> Vec<serde_json::Value> {
    let output = python(&["-c", READER]).arg(folder).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn another_server_and_another_reader_see_what_was_written() {
    let is_there = python(&["-c", "import aiosmtpd"]).status().is_ok_and(|status| status.success());
    if !is_there {
        assert!(std::env::var("PEER_PYTHON").is_err(), "PEER_PYTHON has no module aiosmtpd");
        println!("skipped: python3 has no module aiosmtpd");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let box_ = folder.path().join("box");
    let port = {
        let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        free.local_addr().unwrap().port()
    };
    let at = format!("127.0.0.1:{port}");
    let server = python(&["-m", "aiosmtpd", "-n", "-l", &at, "-c", "aiosmtpd.handlers.Mailbox"])
        .arg(&box_)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut server = Running(server);
    while tokio::net::TcpStream::connect(&at).await.is_err() {
        assert!(server.0.try_wait().unwrap().is_none(), "aiosmtpd has ended");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let mailer = mailer(Server::parse(&format!("smtp://{at}")).unwrap());
    let long = "words ".repeat(2_000);
    let texts = ["Größe, 東京\n", ".\n..\n.x\n\n.\n", long.as_str(), "a = b =3D c\n", ""];
    for (number, text) in texts.iter().enumerate() {
        mailer.send_mail(&mail(number, text)).await.unwrap();
    }
    let mut mails = read(&box_);
    mails.sort_by_key(|mail| mail[0].as_str().unwrap().to_owned());
    assert_eq!(mails.len(), texts.len());
    for (number, (seen, text)) in mails.iter().zip(texts).enumerate() {
        let sent = mail(number, text);
        let parts = [&seen[3], &seen[4]].map(|part| part.as_str().unwrap().trim_end_matches('\n'));
        assert_eq!(seen[0], format!("<n-{number}@example.org>"));
        assert_eq!(seen[1], sent.subject.as_str());
        assert_eq!(seen[2], "Börse <no-reply@example.org>");
        assert_eq!(parts, [sent.text.trim_end_matches('\n'), sent.html.trim_end_matches('\n')]);
        assert_eq!(seen[5], 0, "defects");
    }
}
