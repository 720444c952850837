//! A client with two arms: HTTP/1.1 by hand and HTTP/2 by h2, both over TLS kept alive, trusting one house's authority.
//!
//! It does as little as it can, because it shares the processors with the server that is measured.

use bytes::{Buf, Bytes, BytesMut};
use h2::client::SendRequest;
use http::{Method, Request};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Http1,
    Http2,
}

impl Protocol {
    pub fn name(self) -> &'static str {
        match self {
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        }
    }
}

/// A house's door and what is needed to trust it.
#[derive(Clone)]
pub struct Door {
    port: u16,
    protocol: Protocol,
    tls: TlsConnector,
}

/// What a request says besides its path.
#[derive(Clone, Copy, Default)]
pub struct Ask<'a> {
    pub path: &'a str,
    pub cookie: &'a str,
    pub accept: &'a str,
    /// A form, and so a POST.
    pub form: Option<&'a str>,
}

pub struct Answer {
    pub status: u16,
    pub body: Bytes,
}

/// A connection that is kept alive.
pub enum Line {
    Http1 { tls: Box<TlsStream<TcpStream>>, read: BytesMut, port: u16 },
    Http2 { send: SendRequest<Bytes>, driver: JoinHandle<()>, port: u16 },
}

impl Door {
    pub fn new(data: &Path, port: u16, protocol: Protocol) -> Self {
        let root = CertificateDer::from_pem_file(data.join("ca.pem")).expect("the house's authority");
        let mut roots = RootCertStore::empty();
        roots.add(root).expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let alpn: &[u8] = if protocol == Protocol::Http2 { b"h2" } else { b"http/1.1" };
        config.alpn_protocols = vec![alpn.to_vec()];
        Self { port, protocol, tls: Arc::new(config).into() }
    }

    pub async fn open(&self) -> Line {
        let tcp = TcpStream::connect(("127.0.0.1", self.port)).await.expect("a connection");
        tcp.set_nodelay(true).expect("no delay");
        let name = ServerName::try_from("localhost").expect("a name");
        let tls = self.tls.connect(name, tcp).await.expect("a handshake");
        match self.protocol {
            Protocol::Http1 => Line::Http1 { tls: Box::new(tls), read: BytesMut::new(), port: self.port },
            Protocol::Http2 => {
                let (send, connection) = h2::client::Builder::new()
                    .initial_window_size(1 << 20)
                    .initial_connection_window_size(1 << 20)
                    .handshake::<_, Bytes>(tls)
                    .await
                    .expect("HTTP/2");
                let driver = tokio::spawn(async move { drop(connection.await) });
                Line::Http2 { send, driver, port: self.port }
            }
        }
    }
}

impl Line {
    /// Asks and reads the whole answer.
    pub async fn ask(&mut self, ask: Ask<'_>) -> Answer {
        match self {
            Self::Http1 { tls, read, port } => {
                tls.write_all(written(&ask, *port).as_bytes()).await.expect("a request");
                whole(tls, read).await
            }
            Self::Http2 { send, port, .. } => {
                let (status, mut body) = sent(send, &ask, *port).await;
                let mut all = BytesMut::new();
                while let Some(part) = body.data().await {
                    let part = part.expect("a part");
                    body.flow_control().release_capacity(part.len()).expect("room");
                    all.extend_from_slice(&part);
                }
                Answer { status, body: all.freeze() }
            }
        }
    }

    /// Asks for an endless stream and waits for its first bytes, which must hold `word`; the connection stays open with it.
    pub async fn follow(mut self, ask: Ask<'_>, word: &str) -> Followed {
        let mut seen = Vec::new();
        let body = match &mut self {
            Self::Http1 { tls, port, .. } => {
                tls.write_all(written(&ask, *port).as_bytes()).await.expect("a request");
                while !holds(&seen, word) {
                    assert_ne!(tls.read_buf(&mut seen).await.expect("a stream"), 0, "the stream ended");
                }
                None
            }
            Self::Http2 { send, port, .. } => {
                let (status, mut body) = sent(send, &ask, *port).await;
                assert_eq!(status, 200);
                while !holds(&seen, word) {
                    seen.extend_from_slice(&body.data().await.expect("a stream").expect("a part"));
                }
                Some(body)
            }
        };
        Followed { _line: self, _body: body }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Self::Http2 { driver, .. } = self {
            driver.abort();
        }
    }
}

/// A stream that is open as long as this lives.
pub struct Followed {
    _line: Line,
    _body: Option<h2::RecvStream>,
}

fn holds(seen: &[u8], word: &str) -> bool {
    seen.windows(word.len()).any(|part| part == word.as_bytes())
}

fn written(ask: &Ask<'_>, port: u16) -> String {
    let (method, form) = ask.form.map_or(("GET", ""), |form| ("POST", form));
    let mut text = format!(
        "{method} {} HTTP/1.1\r\nhost: localhost:{port}\r\naccept: {}\r\naccept-encoding: gzip\r\nsec-fetch-site: same-origin\r\n",
        ask.path, ask.accept
    );
    if !ask.cookie.is_empty() {
        text += &format!("cookie: __Host-alongside={}\r\n", ask.cookie);
    }
    if ask.form.is_some() {
        text += &format!(
            "origin: https://localhost:{port}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n",
            form.len()
        );
    }
    text + "\r\n" + form
}

async fn sent(send: &mut SendRequest<Bytes>, ask: &Ask<'_>, port: u16) -> (u16, h2::RecvStream) {
    let method = if ask.form.is_some() { Method::POST } else { Method::GET };
    let mut request = Request::builder()
        .method(method)
        .uri(format!("https://localhost:{port}{}", ask.path))
        .header("accept", ask.accept)
        .header("accept-encoding", "gzip")
        .header("sec-fetch-site", "same-origin")
        .header("origin", format!("https://localhost:{port}"));
    if !ask.cookie.is_empty() {
        request = request.header("cookie", format!("__Host-alongside={}", ask.cookie));
    }
    if ask.form.is_some() {
        request = request.header("content-type", "application/x-www-form-urlencoded");
    }
    let request = request.body(()).expect("a request");
    let mut ready = send.clone().ready().await.expect("a stream");
    let (answer, mut body) = ready.send_request(request, ask.form.is_none()).expect("a request");
    if let Some(form) = ask.form {
        body.send_data(Bytes::copy_from_slice(form.as_bytes()), true).expect("a form");
    }
    let answer = answer.await.expect("an answer");
    (answer.status().as_u16(), answer.into_body())
}

/// One answer off an HTTP/1.1 connection; all that is asked for here says its length.
async fn whole(tls: &mut TlsStream<TcpStream>, read: &mut BytesMut) -> Answer {
    let head = loop {
        if let Some(end) = read.windows(4).position(|part| part == b"\r\n\r\n") {
            break read.split_to(end + 4);
        }
        assert_ne!(tls.read_buf(read).await.expect("an answer"), 0, "the connection was closed");
    };
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).and_then(|text| text.trim().parse().ok());
    let length: usize = length.expect("a length");
    while read.len() < length {
        assert_ne!(tls.read_buf(read).await.expect("a body"), 0, "the connection was closed");
    }
    let body = Bytes::copy_from_slice(&read[..length]);
    read.advance(length);
    Answer { status, body }
}
