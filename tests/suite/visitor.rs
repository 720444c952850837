//! A browser before the real router: it keeps cookies, and posts as pages of the house do unless it is told otherwise.
//!
//! **Every answer is looked at before a test sees it**: no fault of the machine, the headers that each must carry, and no
//! page that its own content security policy would refuse.

use super::house::{House, ORIGIN};
use ::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, SET_COOKIE};
use ::http::{HeaderValue, Request};
use alongside::domain::id::MemberId;
use alongside::domain::time::Timestamp;
use alongside::http::{self, Web};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full, StreamBody};
use serde_json::Value;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use tower_service::Service;

const HOST: &str = "house.test:8443";
const COOKIE: &str = "__Host-alongside";

/// A browser.
pub struct Visitor {
    web: Arc<Web>,
    pub id: MemberId,
    pub name: String,
    pub address: IpAddr,
    cookie: Mutex<Option<String>>,
}

impl Visitor {
    /// Somebody with an empty cookie jar.
    pub fn new(web: Arc<Web>) -> Self {
        let address = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 20));
        Self { web, id: MemberId(0), name: String::new(), address, cookie: Mutex::default() }
    }

    pub fn cookie(&self) -> Option<String> {
        self.cookie.lock().unwrap().clone()
    }

    pub fn take_cookie(&self, secret: impl Into<String>) {
        *self.cookie.lock().unwrap() = Some(secret.into());
    }

    /// The same browser with the same cookies, before another server.
    pub fn before(&self, house: &House) -> Self {
        let visitor = Self { id: self.id, name: self.name.clone(), address: self.address, ..house.visitor() };
        *visitor.cookie.lock().unwrap() = self.cookie();
        visitor
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Ask::get(path)).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(Ask::post(path, fields)).await
    }

    /// A post of a script: the answer is data.
    pub async fn json(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let answer = self.send(Ask::post(path, fields).header("accept", "application/json")).await;
        assert_eq!(answer.header("content-type"), "application/json", "{path}");
        (answer.status, serde_json::from_str(&answer.text).unwrap())
    }

    /// The same, and it must have been done.
    pub async fn does(&self, path: &str, fields: &[(&str, &str)]) -> Value {
        let (status, value) = self.json(path, fields).await;
        assert_eq!(status, 200, "{path} {fields:?}: {value}");
        value
    }

    /// The same, and it must have been refused: gives the code.
    pub async fn refused(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let (status, value) = self.json(path, fields).await;
        assert!((400..500).contains(&status), "{path} {fields:?}: {status} {value}");
        assert!(value["sentence"].as_str().is_some_and(|s| s.len() > 10), "{value}");
        value["code"].as_str().unwrap().to_owned()
    }

    pub async fn send(&self, ask: Ask) -> Answer {
        let (parts, body) = self.open(ask).await.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let answer =
            Answer { status: parts.status.as_u16(), headers: parts.headers, text: String::from_utf8_lossy(&bytes).into() };
        answer.is_sound();
        answer
    }

    /// Begins to send a form of so many bytes and never ends; the status, should there be an answer all the same.
    pub async fn stalls(self, bytes: usize) -> u16 {
        let part = Ok::<_, Infallible>(Frame::data(Bytes::from(vec![b'x'; bytes])));
        let body = StreamBody::new(stream::once(async { part }).chain(stream::pending()));
        self.open_with(Ask::post("/login", &[]).0.map(|_| body)).await.status().as_u16()
    }

    /// The answer with its body still under way, as event streams need it.
    pub async fn open(&self, ask: Ask) -> warp::reply::Response {
        self.open_with(ask.0.map(Full::new)).await
    }

    async fn open_with<B>(&self, mut request: Request<B>) -> warp::reply::Response
    where
        B: Body<Data = Bytes, Error = Infallible> + Send + Sync + 'static,
    {
        if let Some(cookie) = self.cookie() {
            request.headers_mut().append("cookie", HeaderValue::from_str(&format!("{COOKIE}={cookie}")).unwrap());
        }
        let tls = request.extensions().get::<ByProxy>().is_none();
        request.extensions_mut().insert(alongside::port::Peer { addr: SocketAddr::new(self.address, 50_000), tls });
        let mut service = warp::service(http::filter(self.web.clone()));
        let response = service.call(request).await.unwrap();
        for set in response.headers().get_all(SET_COOKIE) {
            let (name, value) = set.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            assert_eq!(name, COOKIE);
            *self.cookie.lock().unwrap() = (!value.is_empty()).then(|| value.to_owned());
        }
        response
    }

    /// Books one start; gives the booking.
    pub async fn books(&self, start: Timestamp, minutes: i64) -> i64 {
        let done = self.does("/book", &[("start", &start.0.to_string()), ("minutes", &minutes.to_string())]).await;
        assert!(done["refused"].as_array().unwrap().is_empty(), "{done}");
        done["booked"][0]["booking"].as_i64().unwrap()
    }

    /// Sits with somebody who waits; gives the booking.
    pub async fn picks(&self, with: i64) -> i64 {
        let done = self.does("/book", &[("with", &with.to_string())]).await;
        done["booked"][0]["booking"].as_i64().unwrap()
    }

    pub async fn cancels(&self, booking: i64) {
        self.does("/cancel", &[("booking", &booking.to_string())]).await;
    }
}

/// Marks a request that came by plain HTTP.
#[derive(Clone)]
struct ByProxy;

/// A request, as a page of the house makes it unless it is told otherwise.
pub struct Ask(Request<Bytes>);

impl Ask {
    pub fn get(path: &str) -> Self {
        Self(Request::get(path).header("host", HOST).body(Bytes::new()).unwrap())
    }

    pub fn post(path: &str, fields: &[(&str, &str)]) -> Self {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::raw("POST", path, form.into()).header("content-type", "application/x-www-form-urlencoded")
    }

    pub fn raw(method: &str, path: &str, body: Bytes) -> Self {
        let request = Request::builder().method(method).uri(path).header("host", HOST).header("origin", ORIGIN);
        Self(request.body(body).unwrap())
    }

    /// As a proxy that ends TLS brings it.
    pub fn by_proxy(mut self) -> Self {
        self.0.extensions_mut().insert(ByProxy);
        self
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.0.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        self
    }

    pub fn header_bytes(mut self, name: &'static str, value: &[u8]) -> Self {
        self.0.headers_mut().append(name, HeaderValue::from_bytes(value).unwrap());
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.0.headers_mut().remove(name);
        self
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// Where it leads to: for answers that say that something was done.
    pub fn leads_to(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.text);
        self.header("location")
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "“{text}” is not in:\n{}", self.text);
        self
    }

    #[track_caller]
    pub fn does_not_say(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "“{text}” is in:\n{}", self.text);
        self
    }

    /// What each answer must be, whatever was asked.
    #[track_caller]
    fn is_sound(&self) {
        assert!(self.status < 500 || (self.status == 503 && self.text.contains("set up")), "{} {}", self.status, self.text);
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        assert_eq!(self.header("referrer-policy"), "same-origin");
        assert_eq!(self.header("cross-origin-resource-policy"), "same-origin");
        assert!(!self.header("cache-control").is_empty() && self.headers.contains_key(CONTENT_TYPE));
        if self.header("content-type").starts_with("text/html") {
            self.is_a_sound_page();
        }
    }

    #[track_caller]
    fn is_a_sound_page(&self) {
        let policy = self.headers.get(CONTENT_SECURITY_POLICY).expect("a page has a policy").to_str().unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{part} is not in {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert_eq!(self.header("cache-control"), "no-store");
        let page = self.text.to_lowercase();
        for tag in page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
            // What stands in quotes is a value, whatever it looks like.
            let bare: String = tag.split('"').step_by(2).collect();
            assert!(!tag.starts_with("style") && !bare.contains(" style="), "<{tag}>");
            assert!(!tag.starts_with("script") || tag.contains(" src=\"/assets/"), "<{tag}>");
            assert!(!bare.split(' ').skip(1).any(|a| a.starts_with("on") && a.contains('=')), "<{tag}>");
            assert!(!tag.contains("=\"javascript:"), "<{tag}>");
        }
    }
}
