//! Being told of new blocks over WebSocket (`eth_subscribe`), so that nobody waits for a poll.

use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use tungstenite::Message;

/// Pause after a connection was lost.
const RETRY_PAUSE: Duration = Duration::from_secs(3);
/// Largest message: a head has about two kilobytes.
const MESSAGE_LEN_MAX: usize = 1 << 20;

/// Calls `wake` for each new head of the node at `url`, until `is_stopping`. A lost connection is
/// made again; whoever is woken polls as well, so nothing is missed meanwhile.
pub fn heads(url: &str, is_stopping: &Arc<AtomicBool>, mut wake: impl FnMut()) {
    while !is_stopping.load(Relaxed) {
        // What goes wrong here costs time only: polling goes on.
        let _ = subscribe(url, is_stopping, &mut wake);
        let mut waited = Duration::ZERO;
        while waited < RETRY_PAUSE && !is_stopping.load(Relaxed) {
            pause(Duration::from_millis(200));
            waited += Duration::from_millis(200);
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "a lost connection is not made again at once")]
fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

fn subscribe(
    url: &str,
    is_stopping: &Arc<AtomicBool>,
    wake: &mut impl FnMut(),
) -> Result<(), Box<tungstenite::Error>> {
    let config = tungstenite::protocol::WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_LEN_MAX))
        .max_frame_size(Some(MESSAGE_LEN_MAX));
    let (mut socket, _) = tungstenite::client::connect_with_config(url, Some(config), 0)?;
    if let tungstenite::stream::MaybeTlsStream::Plain(stream) = socket.get_ref() {
        // So that a stop is noticed on a quiet chain.
        let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
    }
    let ask =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": ["newHeads"] });
    socket.send(Message::text(ask.to_string()))?;
    while !is_stopping.load(Relaxed) {
        let message = match socket.read() {
            Ok(message) => message,
            Err(tungstenite::Error::Io(e))
                if matches!(
                    e.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ) =>
            {
                continue;
            }
            Err(error) => return Err(Box::new(error)),
        };
        let text = message.to_text().unwrap_or("");
        let is_head = serde_json::from_str::<Value>(text)
            .is_ok_and(|value| value["method"] == "eth_subscription");
        if is_head {
            wake();
        }
    }
    Ok(())
}
