//! Traces reach a collector (feature `otlp`).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;

use super::serve::Served;

/// Takes one batch of spans: its path and its body.
fn collect(listener: &TcpListener) -> (String, Vec<u8>) {
    let (stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
    (first, body)
}

#[test]
fn requests_reach_the_collector_as_spans_of_the_callers_trace() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let served =
        Served::start_in(folder.path(), &[], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let (status, _) = served.ask_as("GET", "/v1/rules", None, &[("traceparent", &parent)]);
    assert_eq!(status, 401);
    // What is left is sent when the server stops.
    let stopping = std::thread::spawn(|| served.stop());
    let (first, body) = collect(&listener);
    stopping.join().unwrap();
    assert_eq!(first.trim(), "POST /v1/traces HTTP/1.1");
    let holds = |part: &[u8]| body.windows(part.len()).any(|window| window == part);
    let id: Vec<u8> =
        (0..16).map(|at| u8::from_str_radix(&trace[2 * at..2 * at + 2], 16).unwrap()).collect();
    assert!(holds(&id), "the caller's trace is taken up");
    for part in ["ringfence", "GET /v1/rules", "http.response.status_code", "POST /v1/session"] {
        assert!(holds(part.as_bytes()), "{part}");
    }
}
