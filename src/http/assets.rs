//! The files under `web/`, packed into a release, under an address that changes when they do.

use super::answer::{Answer, bytes, gzip_of};
use super::call::Head;
use crate::domain::refusal::Refusal;
use crate::page::ASSETS;
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::StatusCode;
use http::header::{self, HeaderValue};
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Path and gzip of every file, by path; nothing in a debug build, which reads them as they are.
static PACKED: &[(&str, &[u8])] = &include!(concat!(env!("OUT_DIR"), "/web.rs"));

/// Unpacked when first asked for by somebody who cannot.
static PLAIN: OnceLock<Mutex<HashMap<&'static str, Bytes>>> = OnceLock::new();

/// A file; one whose address names another version is given all the same, but not to be kept.
pub fn file(head: &Head, version: &str, path: &str) -> Answer {
    let kind = kind_of(path);
    let text = !matches!(kind, "image/png" | "font/woff2");
    let gzip = text && head.header("accept-encoding").contains("gzip");
    let found = if ASSETS == "dev" { on_disk(path, gzip) } else { inside(path, gzip) };
    let mut response = bytes(StatusCode::OK, kind, found.ok_or_else(Refusal::gone)?);
    let headers = response.headers_mut();
    if gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let keep = version == ASSETS && ASSETS != "dev";
    let keep = if keep { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    Ok(response)
}

/// One copy for all who ask: whoever asks for much and reads nothing holds none of their own.
fn inside(path: &str, gzip: bool) -> Option<Bytes> {
    let (path, packed) = PACKED[PACKED.binary_search_by_key(&path, |file| file.0).ok()?];
    if gzip {
        return Some(Bytes::from_static(packed));
    }
    let mut all = PLAIN.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = all.get(path) {
        return Some(kept.clone());
    }
    let mut plain = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut plain).ok()?;
    let plain = Bytes::from(plain);
    all.insert(path, plain.clone());
    Some(plain)
}

/// Files that change while it runs; only those below `web/`.
fn on_disk(path: &str, gzip: bool) -> Option<Bytes> {
    let proper = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains('\\');
    if !path.split('/').all(proper) || path == "jsconfig.json" {
        return None;
    }
    let data = std::fs::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/web")).join(path)).ok()?;
    if gzip { gzip_of(&data, 1).map(Bytes::from) } else { Some(Bytes::from(data)) }
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
