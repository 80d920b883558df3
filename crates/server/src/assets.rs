//! The console, embedded: files with hashed names are kept by browsers for ever, the page itself is
//! asked for each time. Unknown paths get the page, which routes by itself.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::sync::Mutex;

use crate::problem::Problem;

#[derive(RustEmbed)]
#[folder = "../../console/dist"]
struct Console;

/// The pages of the proof of reserves and what they load, by their names below the pages: the console's
/// own page is not among them.
pub fn reserves_pages() -> Vec<(String, Vec<u8>)> {
    const PAGE: &str = "reserves.html";
    let wanted = |name: &str| {
        name.starts_with("assets/reserves/") || ["proof.wasm", "mark.svg", PAGE].contains(&name)
    };
    Console::iter()
        .filter(|name| wanted(name))
        .filter_map(|name| {
            let file = Console::get(&name)?;
            let name = if name == PAGE { "index.html".to_owned() } else { name.into_owned() };
            Some((name, file.data.into_owned()))
        })
        .collect()
}

/// Files that were compressed once, by path and hash.
type Packed = HashMap<(String, [u8; 32]), Bytes>;

static PACKED: Mutex<Option<Packed>> = Mutex::new(None);

fn packed(path: &str, hash: [u8; 32], bytes: &[u8]) -> Option<Bytes> {
    let is_text = [".js", ".css", ".html", ".svg", ".json", ".txt"]
        .iter()
        .any(|ending| path.ends_with(ending));
    if !is_text {
        return None;
    }
    let mut known = PACKED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(bytes) = known.get(&(path.to_owned(), hash)) {
        return Some(bytes.clone());
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    let compressed = Bytes::from(encoder.finish().ok()?);
    known.insert((path.to_owned(), hash), compressed.clone());
    Some(compressed)
}

/// Serves a file of the console.
pub async fn console(method: Method, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let path = uri.path().trim_start_matches('/');
    if !matches!(method, Method::GET | Method::HEAD) {
        return Problem::not_found(&format!("/{path}")).into_response();
    }
    if path == "v1" || path.starts_with("v1/") {
        return Problem::not_found(&format!("/{path}")).into_response();
    }
    if path == "account" {
        // A page's own links are relative to its folder.
        let to = [(header::LOCATION, HeaderValue::from_static("/account/"))];
        return (StatusCode::PERMANENT_REDIRECT, to).into_response();
    }
    let path = if path == "account/" { "account.html" } else { path };
    let (path, file) = match Console::get(path).filter(|_| !path.is_empty()) {
        Some(file) => (path, file),
        // A file that is not there is an error; anything else is a page of the console.
        None if path.starts_with("assets/") => return Problem::not_found(path).into_response(),
        None => match Console::get("index.html") {
            Some(file) => ("index.html", file),
            None => return Problem::not_found("the console").into_response(),
        },
    };
    let hash = file.metadata.sha256_hash();
    let tag = format!("\"{}\"", crate::view::hex(&hash[..12]));
    let is_known =
        headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = Response::new(Body::empty());
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        let takes_gzip = headers
            .get(header::ACCEPT_ENCODING)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.split(',').any(|part| part.trim().starts_with("gzip")));
        let compressed = takes_gzip.then(|| packed(path, hash, &file.data)).flatten();
        if compressed.is_some() {
            let gzip = HeaderValue::from_static("gzip");
            response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
        }
        // All clients share the bytes: those that do not read them cost nothing here.
        *response.body_mut() = Body::from(compressed.unwrap_or_else(|| match file.data {
            Cow::Borrowed(data) => Bytes::from_static(data),
            Cow::Owned(data) => Bytes::from(data),
        }));
    }
    let headers = response.headers_mut();
    let lasting = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(lasting));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    for (name, value) in
        [(header::CONTENT_TYPE, file.metadata.mimetype()), (header::ETAG, tag.as_str())]
    {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}
