//! A call as handlers see it: method, path, query, headers, form. Bounded, and never a panic whatever is sent.

use super::taking::{PATIENCE, Share, WAITING};
use crate::domain::booking::{Length, TaskType, Wishes};
use crate::domain::company::{CompanyAsk, Flexibility};
use crate::domain::id::{BookingId, GroupId, MemberId};
use crate::domain::matching::Whom;
use crate::domain::part::Wanted;
use crate::domain::refusal::Refusal;
use crate::port::Peer;
use bytes::{Buf, Bytes, BytesMut};
use futures_util::{FutureExt, Stream, StreamExt};
use http::{HeaderMap, Method};
use std::net::{IpAddr, Ipv4Addr};
use std::pin::pin;

/// The most bytes that a form or a batch of messages may have.
pub const BODY_BYTES: usize = 256 * 1024;

/// Everything but the body.
#[derive(Clone, Debug)]
pub struct Head {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub peer: Option<Peer>,
    /// Host and port as the browser wrote them.
    pub host: String,
}

impl Head {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// A value of the query.
    pub fn ask(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The part of a long list that is asked for.
    pub fn wanted(&self) -> Wanted {
        let page = self.ask("page").and_then(|page| page.parse().ok()).unwrap_or(1);
        Wanted { find: self.ask("find").unwrap_or_default(), page }
    }

    /// The way back to a list with a note, to the same part of it where the caller came from there.
    pub fn back_to(&self, path: &str, note: &str) -> String {
        let came = self.header("referer").strip_prefix(&self.origin()).unwrap_or_default();
        let (from, query) = came.split_once('?').unwrap_or((came, ""));
        let parts = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| from == path && (key == "find" || key == "page"));
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("note", note).extend_pairs(parts).finish();
        format!("{path}?{query}")
    }

    /// The caller wants data, not a page.
    pub fn wants_json(&self) -> bool {
        self.header("accept").contains("application/json")
    }

    pub fn address(&self) -> IpAddr {
        self.peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.addr.ip())
    }

    /// A cookie's value.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let lines = self.headers.get_all("cookie").into_iter().filter_map(|v| v.to_str().ok());
        lines
            .flat_map(|line| line.split("; "))
            .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
    }

    /// "https://host:port" as the browser sees this instance.
    pub fn origin(&self) -> String {
        format!("https://{}", self.host)
    }
}

/// A call from somebody who is signed in or not.
#[derive(Clone, Debug)]
pub struct Call {
    pub head: Head,
    pub form: Form,
    pub body: Bytes,
    /// The signed-in member and the number of their login.
    pub login: Option<(MemberId, i64)>,
}

/// Fields of a form, in order, repeated ones kept.
#[derive(Clone, Debug, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    pub fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).map(|(key, value)| (key.into_owned(), value.into_owned())).take(2_000).collect())
    }

    /// A field's text; empty when it is not there.
    pub fn text(&self, name: &str) -> String {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A checkbox.
    pub fn on(&self, name: &str) -> bool {
        matches!(self.text(name).as_str(), "on" | "true" | "1" | "yes")
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name).trim().parse().ok()
    }

    pub fn booking(&self, name: &str) -> Result<BookingId, Refusal> {
        self.number(name).map(BookingId).ok_or_else(Refusal::gone)
    }

    pub fn length(&self) -> Result<Length, Refusal> {
        let length = self.number("minutes").and_then(|minutes| Length::try_from(minutes).ok());
        length.ok_or_else(|| Refusal::new("minutes", "A session has 25, 50 or 75 minutes."))
    }

    pub fn wishes(&self) -> Wishes {
        Wishes {
            task: TaskType::from_word(&self.text("task")).unwrap_or_default(),
            quiet: self.on("quiet"),
            camera_off_ok: self.on("camera_off_ok"),
            mic_muted: self.on("mic_muted"),
            sharing: self.on("sharing"),
            title: self.text("title"),
        }
    }
}

impl Form {
    /// What is asked for beside the slot itself: how far it may move, whom, whether a third may come.
    ///
    /// # Errors
    /// A refusal when the two times of a window cannot be read.
    pub fn company(&self) -> Result<CompanyAsk, Refusal> {
        let time = |name: &str| self.text(name).trim().parse().ok();
        let flexibility = match self.text("flexible").as_str() {
            "15" => Flexibility::Within(15),
            "30" => Flexibility::Within(30),
            "60" => Flexibility::Within(60),
            "between" => match (time("from"), time("to")) {
                (Some(from), Some(to)) => Flexibility::Between(from, to),
                _ => return Err(Refusal::new("between", "Say both times, such as 9:00 and 11:00.")),
            },
            _ => Flexibility::Exact,
        };
        let trio = match self.text("trio").as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        let whom = match self.text("whom").as_str() {
            "first" => Whom::FavoritesFirst,
            "favorites" => Whom::FavoritesOnly,
            named => named.parse().map_or(Whom::Anyone, |id| Whom::Member(MemberId(id))),
        };
        let inside = self.number("inside").map(GroupId);
        let (any_length, by_itself) = (self.on("any_length"), self.on("by_itself"));
        Ok(CompanyAsk { flexibility, any_length, trio, whom, inside, by_itself })
    }
}

/// Why a body was not read.
#[derive(Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is larger than a page takes.
    TooLarge,
    /// It broke off, or took too long.
    BrokeOff,
    /// Too much is under way already.
    NoRoom,
}

/// Reads a body up to [`BODY_BYTES`], as long as the share has room for it and within [`PATIENCE`].
///
/// # Errors
/// Why there is none.
pub async fn body<S, B>(stream: S, share: &mut Share) -> Result<Bytes, Unread>
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let reading = async {
        let mut stream = pin!(stream);
        let (mut bytes, mut waits) = (BytesMut::new(), false);
        loop {
            let part = match stream.next().now_or_never() {
                Some(part) => part,
                None => {
                    if !waits && !share.grow(WAITING) {
                        return Err(Unread::NoRoom);
                    }
                    waits = true;
                    stream.next().await
                }
            };
            let Some(part) = part else { return Ok(bytes.freeze()) };
            let part = part.map_err(|_| Unread::BrokeOff)?;
            if bytes.len() + part.remaining() > BODY_BYTES {
                return Err(Unread::TooLarge);
            }
            if !share.grow(part.remaining()) {
                return Err(Unread::NoRoom);
            }
            bytes.extend_from_slice(&collect(part));
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.unwrap_or(Err(Unread::BrokeOff))
}

fn collect(mut part: impl Buf) -> Bytes {
    part.copy_to_bytes(part.remaining())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_keeps_repeated_fields_and_reads_nonsense_as_nothing() {
        let form = Form::parse(b"start=900&start=1800&quiet=on&minutes=fifty&%ff=%00");
        assert_eq!(form.all("start").collect::<Vec<_>>(), ["900", "1800"]);
        assert!(form.on("quiet") && !form.on("sharing"));
        assert!(form.length().is_err());
    }
}
