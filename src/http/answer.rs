//! Answers: pages, data, redirects, and the headers that go with each. What may be compressed is.

use super::taking::Share;
use crate::actions::Fault;
use crate::domain::refusal::Refusal;
use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress, Status};
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use maud::Markup;
use serde::Serialize;
use std::cell::RefCell;
use warp::reply::Response;

/// Nothing from elsewhere, nothing inline, no frame around us.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
                   connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const PERMISSIONS: &str =
    "camera=(self), microphone=(self), display-capture=(self), screen-wake-lock=(self), geolocation=(), payment=(), usb=()";

/// Smaller answers are not worth compressing (bytes).
const COMPRESS_FROM: usize = 1_000;
/// Pages are compressed on the fly: level 1 of 9 costs a third of level 6 and gives nine tenths of it on HTML.
const LEVEL: u32 = 1;

/// Why a handler gave no answer of its own.
#[derive(Debug)]
pub enum Trouble {
    /// Nobody is signed in; they come back here afterwards.
    NeedsLogin,
    Fault(Fault),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Fault(refusal.into())
    }
}

pub type Answer = Result<Response, Trouble>;

/// A page.
pub fn page(markup: Markup) -> Response {
    page_with(StatusCode::OK, markup)
}

pub fn page_with(status: StatusCode, markup: Markup) -> Response {
    let mut response = bytes(status, "text/html; charset=utf-8", markup.into_string().into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    headers.insert(HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    response
}

/// Data.
pub fn json(status: StatusCode, value: &impl Serialize) -> Response {
    bytes(status, "application/json", serde_json::to_vec(value).unwrap_or_default().into())
}

/// Bytes of a kind, not to be kept by anybody.
pub fn bytes(status: StatusCode, kind: &'static str, body: Bytes) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// "See there": after something was done.
pub fn go(path: &str) -> Response {
    let mut response = bytes(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", Bytes::new());
    let to = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, to);
    response
}

/// Done, for whoever wants data.
#[derive(Serialize)]
pub struct Done<'a> {
    pub ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub go: Option<&'a str>,
}

/// Something was done: data for who asked for data, else a way on.
pub fn done(wants_json: bool, note: &str, path: &str) -> Response {
    if wants_json { json(StatusCode::OK, &Done { ok: true, note: Some(note), go: Some(path) }) } else { go(path) }
}

/// Headers of every answer.
pub fn finish(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
}

/// Compresses text for a browser that can take it.
pub async fn compressed(accepts: &HeaderMap, response: Response) -> Response {
    let gzip = accepts.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("gzip"));
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let text = kind.starts_with("text/html") || kind == "application/json";
    let size = http_body::Body::size_hint(response.body()).exact().unwrap_or(0) as usize;
    if !gzip || !text || size < COMPRESS_FROM {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(whole) = http_body_util::BodyExt::collect(body).await else { return Response::from_parts(parts, Bytes::new().into()) };
    let whole = whole.to_bytes();
    let Some(packed) = gzip_of(&whole, LEVEL) else { return Response::from_parts(parts, whole.into()) };
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts.headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Response::from_parts(parts, packed.into())
}

/// The bytes of an answer, with the room they take in their receiver's share.
struct Held {
    bytes: Bytes,
    _share: Share,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// An answer that counts in its receiver's share until the last of it was read: whoever asks for much and reads nothing gets no more.
/// `None` where there is no room for it. What has no length is bounded elsewhere.
pub async fn held(response: Response, mut share: Share) -> Option<Response> {
    let length = http_body::Body::size_hint(response.body()).exact().and_then(|length| usize::try_from(length).ok());
    let Some(length) = length.filter(|length| *length > 0) else { return Some(response) };
    if !share.grow(length) {
        return None;
    }
    let (parts, body) = response.into_parts();
    let bytes = http_body_util::BodyExt::collect(body).await.ok()?.to_bytes();
    Some(Response::from_parts(parts, Bytes::from_owner(Held { bytes, _share: share }).into()))
}

thread_local! {
    /// The compressor's state is a quarter of a megabyte: made once per thread and level, then used again.
    static COMPRESSOR: RefCell<Option<(u32, Compress)>> = const { RefCell::new(None) };
}

/// The bytes as a gzip file; `None` when the compressor fails.
pub fn gzip_of(whole: &[u8], level: u32) -> Option<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|slot| {
        if slot.as_ref().is_none_or(|(l, _)| *l != level) {
            *slot = Some((level, Compress::new_gzip(Compression::new(level), 15)));
        }
        let (_, compressor) = slot.as_mut()?;
        compressor.reset();
        let mut packed = Vec::with_capacity(whole.len() / 4 + 512);
        loop {
            let read = compressor.total_in() as usize;
            let status = compressor.compress_vec(&whole[read..], &mut packed, FlushCompress::Finish).ok()?;
            if status == Status::StreamEnd {
                return Some(packed);
            }
            packed.reserve(packed.capacity().max(4096));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn what_was_packed_can_be_unpacked_again_and_again() {
        for text in ["a".repeat(5), "kitchen table ".repeat(20_000), String::new()] {
            let packed = gzip_of(text.as_bytes(), 1).expect("it packs");
            let mut back = String::new();
            flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut back).expect("it unpacks");
            assert_eq!(back, text);
        }
    }
}
