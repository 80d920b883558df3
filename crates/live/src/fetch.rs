//! Lists by conditional GET: unchanged ones cost one small answer. And requests of others, sent as
//! they are.

use crate::rpc::agent;
use ureq::Agent;
use ureq::http::{Request, Response};

/// Largest list.
const LIST_LEN_MAX: u64 = 256 << 20;

/// What a server remembers of a file, to be asked again with.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Seen {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

/// What came of fetching.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fetch {
    /// The file, with what to ask again with.
    Changed(Vec<u8>, Seen),
    /// It is as it was.
    Unchanged,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("{url}: {problem}; what is in force stays")]
pub struct FetchError {
    /// From where.
    pub url: String,
    /// What went wrong.
    pub problem: String,
}

/// Fetches lists.
pub struct Fetcher(Agent);

impl Default for Fetcher {
    fn default() -> Self {
        Self(agent())
    }
}

impl Fetcher {
    /// Fetches a file unless it is as it was when `seen`.
    ///
    /// # Errors
    /// [`FetchError`] when it cannot be had whole.
    pub fn get(&self, url: &str, seen: &Seen) -> Result<Fetch, FetchError> {
        let wrong = |problem: String| FetchError { url: url.to_owned(), problem };
        let mut request = self.0.get(url);
        if let Some(etag) = &seen.etag {
            request = request.header("if-none-match", etag);
        }
        if let Some(time) = &seen.last_modified {
            request = request.header("if-modified-since", time);
        }
        let mut response = request.call().map_err(|e| wrong(e.to_string()))?;
        let status = response.status().as_u16();
        if status == 304 {
            return Ok(Fetch::Unchanged);
        }
        if status != 200 {
            return Err(wrong(format!("HTTP status {status}")));
        }
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let seen = Seen { etag: header("etag"), last_modified: header("last-modified") };
        let expected = header("content-length").and_then(|text| text.parse::<u64>().ok());
        let is_encoded = header("content-encoding").is_some();
        let body = response.body_mut().with_config().limit(LIST_LEN_MAX);
        let bytes = body.read_to_vec().map_err(|e| wrong(e.to_string()))?;
        // A connection that broke must not pass for a shorter list.
        if !is_encoded && expected.is_some_and(|expected| expected != bytes.len() as u64) {
            return Err(wrong("the answer was cut off".to_owned()));
        }
        Ok(Fetch::Changed(bytes, seen))
    }
}

/// Largest answer to a request that is sent for somebody else.
const ANSWER_LEN_MAX: u64 = 4 << 20;

/// Sends requests as they are, with the bounds of this crate.
#[derive(Clone, Debug)]
pub struct Sender(Agent);

impl Default for Sender {
    fn default() -> Self {
        Self(agent())
    }
}

impl Sender {
    /// Sends a request and reads the answer, whatever its status.
    ///
    /// # Errors
    /// [`FetchError`] when there is no whole answer.
    pub fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, FetchError> {
        let url = request.uri().to_string();
        let wrong = |problem: ureq::Error| FetchError { url, problem: problem.to_string() };
        let answer = self.0.run(request).and_then(|answer| {
            let (head, mut body) = answer.into_parts();
            let bytes = body.with_config().limit(ANSWER_LEN_MAX).read_to_vec()?;
            Ok(Response::from_parts(head, bytes))
        });
        answer.map_err(wrong)
    }
}
