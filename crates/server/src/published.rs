//! Proof of reserves for everybody: the files of a folder that `ringfence reserves site` made, under
//! `/reserves/`, without sign-in. The same folder works on any other host.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::Service;
use crate::problem::Problem;

/// Largest file: the list of liabilities of 20,000 shards.
const FILE_LEN_MAX: u64 = 16 << 20;
/// Deepest folder.
const DEPTH_MAX: usize = 4;
/// What the pages may do: run the verifier, and ask this host for files.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Whether a path is under the pages.
pub(crate) fn is_under(path: &str) -> bool {
    path == "/reserves" || path.starts_with("/reserves/")
}

/// A name that stays within a folder.
fn below(site: &Path, path: &str) -> Option<PathBuf> {
    let name = if path.is_empty() || path.ends_with('/') {
        format!("{path}index.html")
    } else {
        path.to_owned()
    };
    let parts: Vec<&str> = name.split('/').collect();
    let is_plain = |part: &&str| {
        let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_known)
    };
    (parts.len() <= DEPTH_MAX && parts.iter().all(is_plain)).then(|| site.join(name))
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        Some("svg") => "image/svg+xml",
        Some("csv" | "txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = std::fs::File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::ErrorKind::NotFound.into());
    }
    let mut bytes = Vec::new();
    file.take(FILE_LEN_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_LEN_MAX {
        return Err(std::io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// Serves a file of the pages.
pub(crate) async fn file(
    State(service): State<Service>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let missing = || Problem::not_found(uri.path()).into_response();
    if uri.path() == "/reserves" {
        let to = [(header::LOCATION, HeaderValue::from_static("/reserves/"))];
        return (StatusCode::PERMANENT_REDIRECT, to).into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return missing();
    }
    let Some(site) = &service.options.reserves_site else {
        let detail = "no proof of reserves is published here: the operator sets 'reserves_site' to a folder of `ringfence reserves site`";
        return Problem::new(StatusCode::NOT_FOUND, "reserves.none", detail).into_response();
    };
    let name = uri.path().strip_prefix("/reserves/").unwrap_or_default();
    let Some(path) = below(site, name) else { return missing() };
    let kind = kind(&path);
    let Ok(Ok(bytes)) = tokio::task::spawn_blocking(move || read(&path)).await else {
        return missing();
    };
    let tag = format!("\"{}\"", crate::view::hex(&Sha256::digest(&bytes)[..12]));
    let known = headers.get(header::IF_NONE_MATCH).map(HeaderValue::as_bytes);
    let mut response = Response::new(Body::empty());
    if known == Some(tag.as_bytes()) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        *response.body_mut() = Body::from(Bytes::from(bytes));
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let site = Path::new("/site");
        assert_eq!(below(site, ""), Some(site.join("index.html")));
        let proof = "2026-11/shards/00000.proof";
        assert_eq!(below(site, proof), Some(site.join(proof)));
        for path in [
            "..",
            "../a",
            "a/../b",
            "/etc/passwd",
            "a//b",
            ".git/config",
            "a/.b",
            "%2e%2e/a",
            "a\\b",
            "a/b/c/d/e",
            "a\0",
        ] {
            assert_eq!(below(site, path), None, "{path}");
        }
    }
}
