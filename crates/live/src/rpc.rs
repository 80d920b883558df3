//! JSON-RPC over HTTP, with bounds on time and size.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::time::Duration;
use ureq::Agent;

use crate::NodeError;

/// Longest answer: a block of many megabytes with all its receipts.
const ANSWER_LEN_MAX: u64 = 256 << 20;
/// How long a node may take to be reached, and to answer.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
const ANSWER_PATIENCE: Duration = Duration::from_secs(60);

/// A node's JSON-RPC interface.
pub struct Rpc {
    agent: Agent,
    url: String,
    authorization: Option<String>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error: Option<RpcError>,
}

#[derive(Deserialize)]
struct RpcError {
    code: i64,
    message: String,
}

/// An HTTP agent with the bounds of this crate.
pub(crate) fn agent() -> Agent {
    Agent::config_builder()
        .timeout_connect(Some(CONNECT_PATIENCE))
        .timeout_global(Some(ANSWER_PATIENCE))
        // Errors of a node come with a status of their own; their body says more.
        .http_status_as_error(false)
        .build()
        .into()
}

/// A URL without the user and password in it, and these.
fn split_login(url: &str) -> (String, Option<String>) {
    let Some((scheme, rest)) = url.split_once("://") else {
        return (url.to_owned(), None);
    };
    let authority_end = rest.find('/').unwrap_or(rest.len());
    match rest[..authority_end].rsplit_once('@') {
        Some((login, host)) => {
            let plain = format!("{scheme}://{host}{}", &rest[authority_end..]);
            (plain, Some(format!("Basic {}", BASE64.encode(login))))
        }
        None => (url.to_owned(), None),
    }
}

impl Rpc {
    /// The interface at `url`, which may hold a user and password.
    pub fn new(url: &str) -> Self {
        let (url, authorization) = split_login(url);
        Self { agent: agent(), url, authorization }
    }

    /// The address without user and password, for people.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks and gives the result as text of JSON; `None` for `null`.
    ///
    /// # Errors
    /// [`NodeError`] when there is none.
    pub fn ask(
        &self,
        method: &'static str,
        params: &serde_json::Value,
    ) -> Result<Option<String>, NodeError> {
        let unreachable = |e: &dyn std::fmt::Display| {
            NodeError::Unreachable(format!("{} does not answer {method}: {e}", self.url))
        };
        let body = serde_json::json!({
            "jsonrpc": "2.0", "id": 1, "method": method, "params": params,
        });
        let mut request = self.agent.post(&self.url).header("content-type", "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let mut response = request.send(body.to_string()).map_err(|e| unreachable(&e))?;
        let status = response.status();
        let text = response
            .body_mut()
            .with_config()
            .limit(ANSWER_LEN_MAX)
            .read_to_string()
            .map_err(|e| unreachable(&e))?;
        let answer: Answer<'_> = serde_json::from_str(&text).map_err(|e| {
            if status.is_success() {
                NodeError::Nonsense(format!("its answer to {method} is no JSON-RPC: {e}"))
            } else {
                unreachable(&format!("HTTP status {status}"))
            }
        })?;
        if let Some(error) = answer.error {
            let problem = format!("{} ({})", error.message, error.code);
            return Err(NodeError::Refused { method, problem });
        }
        Ok(answer.result.map(RawValue::get).filter(|text| *text != "null").map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::split_login;

    #[test]
    fn logins_are_taken_out_of_urls() {
        let (url, login) = split_login("http://user:pa@ss@127.0.0.1:9332/wallet/x@y");
        assert_eq!(url, "http://127.0.0.1:9332/wallet/x@y");
        assert_eq!(login.as_deref(), Some("Basic dXNlcjpwYUBzcw=="));
        assert_eq!(split_login("http://h/a@b"), ("http://h/a@b".to_owned(), None));
    }
}
