//! The files under `web/`, embedded in a release, under an address that changes when they do.

use super::answer::{Answer, bytes, gzip_of};
use super::call::Head;
use super::slim::slim;
use crate::domain::refusal::Refusal;
use crate::page::ASSETS;
use crate::page::files::Files;
use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderValue};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Packed once, at the best level, when first asked for.
static PACKED: OnceLock<Mutex<HashMap<String, Bytes>>> = OnceLock::new();

/// A file; one whose address names another version is given all the same, but not to be kept.
pub fn file(head: &Head, version: &str, path: &str) -> Answer {
    let found = Files::get(path).ok_or_else(Refusal::gone)?;
    let kind = kind_of(path);
    let text = !matches!(kind, "image/png" | "font/woff2");
    let gzip = head.header("accept-encoding").contains("gzip");
    let body = if text && gzip { packed(path, &found.data) } else { None };
    let squeezed = body.is_some();
    // One copy for all who ask: whoever asks for much and reads nothing holds none of their own.
    let whole = || match found.data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => Bytes::from(data),
    };
    let mut response = bytes(StatusCode::OK, kind, body.unwrap_or_else(whole));
    let headers = response.headers_mut();
    if squeezed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let keep = version == ASSETS && ASSETS != "dev";
    let keep = if keep { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    Ok(response)
}

/// Whatever version the address names, it is this one's file: packed anew for nobody, but where files change while it runs.
fn packed(path: &str, data: &[u8]) -> Option<Bytes> {
    if ASSETS == "dev" {
        return gzip_of(&slimmed(path, data), 1).map(Bytes::from);
    }
    let mut all = PACKED.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = all.get(path) {
        return Some(kept.clone());
    }
    let fresh = Bytes::from(gzip_of(&slimmed(path, data), 9)?);
    all.insert(path.to_owned(), fresh.clone());
    Some(fresh)
}

/// Modules and style sheets go without their comments.
fn slimmed<'a>(path: &str, data: &'a [u8]) -> Cow<'a, [u8]> {
    match std::str::from_utf8(data) {
        Ok(text) if path.ends_with(".js") || path.ends_with(".css") => Cow::Owned(slim(text).into_bytes()),
        _ => Cow::Borrowed(data),
    }
}

fn kind_of(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("json" | "webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
