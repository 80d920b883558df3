//! A mail server that keeps what it gets.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

type Kept = Arc<(Mutex<HashMap<String, Vec<String>>>, Condvar)>;

/// Mailboxes by address.
pub(super) struct Mailbox {
    pub(super) port: u16,
    kept: Kept,
    is_down: Arc<AtomicBool>,
    refused: Arc<AtomicUsize>,
}

impl Mailbox {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let kept = Kept::default();
        let (is_down, refused) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let (keeps, falls, counts) =
            (Arc::clone(&kept), Arc::clone(&is_down), Arc::clone(&refused));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if falls.load(Ordering::SeqCst) {
                    counts.fetch_add(1, Ordering::SeqCst);
                    continue;
                }
                let keeps = Arc::clone(&keeps);
                let (falls, counts) = (Arc::clone(&falls), Arc::clone(&counts));
                std::thread::spawn(move || talk(stream, &keeps, &falls, &counts));
            }
        });
        Self { port, kept, is_down, refused }
    }

    /// Hangs up on whoever connects, or not any more.
    pub(super) fn fall(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    /// How often it hung up.
    pub(super) fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }

    /// All mails to an address that have come and were not looked at.
    pub(super) fn all(&self, to: &str) -> Vec<String> {
        self.kept.0.lock().unwrap().remove(to).unwrap_or_default()
    }

    /// The text of the next mail to an address.
    pub(super) fn next(&self, to: &str) -> String {
        let (kept, changed) = (&self.kept.0, &self.kept.1);
        let mut kept = kept.lock().unwrap();
        for _ in 0..600 {
            if let Some(mails) = kept.get_mut(to).filter(|mails| !mails.is_empty()) {
                return mails.remove(0);
            }
            kept = changed.wait_timeout(kept, Duration::from_millis(50)).unwrap().0;
        }
        panic!("no mail came to {to}");
    }

    /// The code in the next mail to an address that has one; mails before it are passed over.
    pub(super) fn code(&self, to: &str) -> String {
        self.code_for(to, "")
    }

    /// The same, of the next code for something.
    pub(super) fn code_for(&self, to: &str, what: &str) -> String {
        loop {
            let text = self.next(to);
            if let Some((_, rest)) = text.split_once(&format!("Your code for {what}")) {
                let code = rest.split_once(": ").unwrap().1;
                return code.chars().take_while(char::is_ascii_digit).collect();
            }
        }
    }
}

fn talk(stream: TcpStream, kept: &Kept, falls: &AtomicBool, counts: &AtomicUsize) {
    let mut out = stream.try_clone().unwrap();
    let mut lines = BufReader::new(stream).lines();
    let mut say = |text: &str| out.write_all(format!("{text}\r\n").as_bytes());
    let _ = say("220 sink");
    let mut to = String::new();
    while let Some(Ok(line)) = lines.next() {
        // Also on whoever has connected before.
        if falls.load(Ordering::SeqCst) {
            counts.fetch_add(1, Ordering::SeqCst);
            return;
        }
        let answer = match line.split([' ', ':']).next().unwrap_or("") {
            "DATA" => {
                let _ = say("354 go on");
                let mut text = String::new();
                for line in lines.by_ref().map_while(Result::ok) {
                    if line == "." {
                        break;
                    }
                    text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    text.push('\n');
                }
                let plain = plain_text(&text);
                kept.0.lock().unwrap().entry(to.clone()).or_default().push(plain);
                kept.1.notify_all();
                "250 kept"
            }
            "QUIT" => {
                let _ = say("221 bye");
                return;
            }
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or("").to_owned();
                "250 ok"
            }
            _ => "250 ok",
        };
        let _ = say(answer);
    }
}

/// The plain text of a mail, decoded: quoted-printable or as it is.
fn plain_text(mail: &str) -> String {
    let part = mail.split("text/html").next().unwrap_or(mail);
    let joined = part.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    let is_quoted = part.to_lowercase().contains("quoted-printable");
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        match code.filter(|_| is_quoted && *first == b'=') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
