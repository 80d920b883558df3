use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use post::error::SendError;
use post::smtp::Server;

use crate::sink::{Manner, Sink};
use crate::{mail, mailer};

fn server(sink: &Sink) -> Server {
    Server::parse(&sink.url()).unwrap()
}

#[tokio::test]
async fn a_mail_arrives_once_with_its_headers_encoded() {
    let sink = Sink::start(Manner::Takes).await;
    mailer(server(&sink)).send_mail(&mail(1, "Größe")).await.unwrap();
    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    for line in [
        "Message-ID: <n-1@example.org>\r\n",
        "To: Ann.Lee@example.com\r\n",
        "Date: Sun, 22 Nov 2026 23:57:00 +0000\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Content-Type: multipart/alternative;",
    ] {
        assert!(mails[0].contains(line), "{line}: {}", mails[0]);
    }
    // RFC 2047.
    assert!(mails[0].contains("Subject: =?utf-8?b?"), "{}", mails[0]);
    assert!(mails[0].is_ascii());
    let commands = sink.seen.lock().unwrap().commands.clone();
    let of_envelope =
        |command: &&String| command.starts_with("MAIL") || command.starts_with("RCPT");
    let envelope: Vec<&String> = commands.iter().filter(of_envelope).collect();
    assert_eq!(envelope, ["MAIL FROM:<no-reply@example.org>", "RCPT TO:<Ann.Lee@example.com>"]);
}

#[tokio::test]
async fn lines_of_dots_end_no_mail_and_begin_no_command() {
    let sink = Sink::start(Manner::Takes).await;
    let mailer = mailer(server(&sink));
    let text =
        ".\n..\n.\r\nMAIL FROM:<thief@example.com>\r\nRCPT TO:<x@example.com>\r\nDATA\r\n.x\n";
    mailer.send_mail(&mail(1, text)).await.unwrap();
    mailer.send_mail(&mail(2, "next")).await.unwrap();
    let mails = sink.mails();
    assert_eq!(mails.len(), 2);
    assert!(
        mails[0].contains("\r\n\r\n.\r\n..\r\n.\r\nMAIL FROM:<thief@example.com>"),
        "{}",
        mails[0]
    );
    let commands = sink.seen.lock().unwrap().commands.clone();
    assert!(!commands.iter().any(|command| command.contains("thief")), "{commands:?}");
}

#[tokio::test]
async fn a_server_that_is_down_is_tried_again() {
    let sink = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", sink.local_addr().unwrap());
    drop(sink);
    let sent = mailer(Server::parse(&url).unwrap()).send_mail(&mail(1, "x")).await.unwrap_err();
    assert_eq!((sent.code(), sent.is_permanent()), ("post.connection", false));
}

#[tokio::test]
async fn a_server_that_hangs_is_left() {
    let sink = Sink::start(Manner::HangsAtGreeting).await;
    let server = server(&sink).with_patience(Duration::from_millis(200));
    let sent = mailer(server).send_mail(&mail(1, "x")).await;
    assert_eq!(sent, Err(SendError::Timeout));
}

#[tokio::test]
async fn a_line_without_an_end_is_not_read_on() {
    let sink = Sink::start(Manner::Floods).await;
    let sent = mailer(server(&sink)).send_mail(&mail(1, "x")).await.unwrap_err();
    assert_eq!((sent.code(), sent.is_permanent()), ("post.connection", false));
}

#[tokio::test]
async fn an_answer_out_of_turn_is_no_success_and_ends_the_connection() {
    let sink = Sink::start(Manner::OutOfTurn).await;
    let mailer = mailer(server(&sink).with_connections(1));
    let sent = mailer.send_mail(&mail(1, "x")).await.unwrap_err();
    assert_eq!((sent.code(), sent.is_permanent()), ("post.connection", false));
    mailer.send_mail(&mail(1, "x")).await.unwrap();
    assert_eq!((sink.mails().len(), sink.seen.lock().unwrap().connections), (1, 2));
}

#[tokio::test]
async fn a_mail_that_was_cut_off_never_becomes_part_of_the_next() {
    for manner in [Manner::HangsAfterFirst, Manner::DropsInFirst] {
        let sink = Sink::start(manner).await;
        // One connection: the second mail would be sent on that of the first.
        let patient = Duration::from_secs(60);
        let patience =
            if manner == Manner::HangsAfterFirst { Duration::from_millis(500) } else { patient };
        let mailer = mailer(server(&sink).with_connections(1).with_patience(patience));
        let first = mailer.send_mail(&mail(1, &"first\n".repeat(100))).await.unwrap_err();
        assert!(!first.is_permanent(), "{first}");
        while mailer.send_mail(&mail(2, "second")).await.is_err() {}
        for mail in sink.mails() {
            assert!(mail.contains("second") && !mail.contains("first"), "{mail}");
        }
        assert!(sink.seen.lock().unwrap().connections >= 2);
    }
}

#[tokio::test]
async fn what_a_server_answers_says_whether_to_try_again() {
    for (code, expected) in [(451, SendError::Later(451)), (550, SendError::Never(550))] {
        let sink = Sink::start(Manner::AnswersFirst(code)).await;
        let mailer = mailer(server(&sink));
        let sent = mailer.send_mail(&mail(1, "x")).await.unwrap_err();
        assert_eq!(sent.is_permanent(), code == 550);
        assert_eq!(sent, expected);
        mailer.send_mail(&mail(1, "x")).await.unwrap();
        assert_eq!(sink.mails().len(), 1);
    }
}

#[tokio::test]
async fn a_refused_login_is_the_operators_matter_and_no_mail_is_given_up() {
    let sink = Sink::start(Manner::RefusesLogin).await;
    let url = format!("smtp://ann:secret@{}", sink.address);
    let mailer = mailer(Server::parse(&url).unwrap());
    let sent = mailer.send_mail(&mail(1, "x")).await.unwrap_err();
    assert_eq!((sent.clone(), sent.is_permanent()), (SendError::Login(535), false));
    assert!(!format!("{mailer:?} {sent:?} {sent}").contains("secret"));
}

#[tokio::test]
async fn nothing_is_sent_where_encryption_is_wanted_and_missing() {
    for manner in [Manner::NoStartTls, Manner::BrokenStartTls] {
        let sink = Sink::start(manner).await;
        let url = format!("smtp://ann:secret@{}?tls=starttls", sink.address);
        let sent = mailer(Server::parse(&url).unwrap()).send_mail(&mail(1, "x")).await.unwrap_err();
        assert_eq!((sent.code(), sent.is_permanent()), ("post.untrusted", false));
        let commands = sink.seen.lock().unwrap().commands.clone();
        let is_said = |word: &str| commands.iter().any(|command| command.starts_with(word));
        assert!(!is_said("AUTH") && !is_said("MAIL"), "{commands:?}");
    }
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_not_used_again() {
    let sink = Sink::start(Manner::ClosesAfterEach).await;
    let mailer = mailer(server(&sink).with_connections(1));
    for number in 0..5 {
        mailer.send_mail(&mail(number, "x")).await.unwrap();
    }
    assert_eq!((sink.mails().len(), sink.seen.lock().unwrap().connections), (5, 5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_mails_go_over_four_connections_at_a_time() {
    let sink = Sink::start(Manner::Takes).await;
    let mailer = Arc::new(mailer(server(&sink).with_connections(4)));
    let sends: Vec<_> = (0..1_000)
        .map(|number| {
            let mailer = Arc::clone(&mailer);
            tokio::spawn(async move { mailer.send_mail(&mail(number, "x")).await })
        })
        .collect();
    for sent in sends {
        sent.await.unwrap().unwrap();
    }
    let mails = sink.mails();
    let ids =
        mails.iter().filter_map(|mail| mail.lines().find(|line| line.starts_with("Message-ID")));
    assert_eq!((mails.len(), ids.collect::<BTreeSet<_>>().len()), (1_000, 1_000));
    let seen = sink.seen.lock().unwrap();
    assert!(seen.open_most <= 4, "{} at a time", seen.open_most);
    // 50 mails go over each, and there are four at the end.
    assert!((20..=24).contains(&seen.connections), "{} connections", seen.connections);
}
