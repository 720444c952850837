//! The line to the authority: one HTTPS request a connection, bounded in time and size. It believes the public roots that came with
//! the program, or a file of the keeper's, and nothing of the machine. What the client's library would stumble over is kept from it.

use super::order::Failed;
use bytes::Bytes;
use http::{Request, Response, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const PATIENCE: Duration = Duration::from_secs(30);
/// No answer of an authority is longer, in bytes.
const LONGEST: usize = 1 << 20;
/// What is passed on of an authority's words, in letters.
const SAID_MOST: usize = 400;

/// No authority makes us wait longer for the next question.
const LONGEST_WAIT_S: u64 = 24 * 3600;

pub type Wrong = Box<dyn std::error::Error + Send + Sync>;
/// What is asked.
pub type Asked = Request<BodyWrapper<Bytes>>;
/// What comes back, in a while.
pub type Answered = Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, Wrong>> + Send>>;
/// How a question reaches an authority and its answer comes back.
pub type Line = Arc<dyn Fn(Asked) -> Answered + Send + Sync>;

/// The client.
pub struct Asker(Line);

impl Asker {
    /// Asks by a line that somebody else holds.
    pub fn by(line: Line) -> Self {
        Self(line)
    }

    /// Believes the certificates in this file, or the public ones.
    pub fn trusting(roots: Option<&Path>) -> Result<Self, Failed> {
        let mut store = RootCertStore::empty();
        match roots {
            None => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(path) => {
                let unusable = |why: &dyn std::fmt::Display| Failed(format!("acme.ca_file {}: {why}.", path.display()));
                let all = CertificateDer::pem_file_iter(path).map_err(|e| unusable(&e))?;
                for root in all {
                    store.add(root.map_err(|e| unusable(&e))?).map_err(|e| unusable(&e))?;
                }
                if store.is_empty() {
                    return Err(unusable(&"there is no certificate in it"));
                }
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| Failed(e.to_string()))?
            .with_root_certificates(store)
            .with_no_client_auth();
        let tls = TlsConnector::from(Arc::new(config));
        Ok(Self(Arc::new(move |request| Box::pin(asked(tls.clone(), request)))))
    }
}

impl HttpClient for Asker {
    fn request(&self, request: Asked) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let whom = request.uri().host().unwrap_or_default().to_owned();
        let answer = (self.0)(request);
        Box::pin(async move {
            let unreached = |why: String| Error::Other(format!("{whom} could not be asked: {why}").into());
            let sound = async { sound(answer.await?).await };
            match tokio::time::timeout(PATIENCE, sound).await {
                Ok(Ok(response)) => Ok(BytesResponse::from(response)),
                Ok(Err(why)) => Err(unreached(why.to_string())),
                Err(_) => Err(unreached("it did not answer in time".to_owned())),
            }
        })
    }
}

/// Of a directory, what the library takes on trust.
#[derive(Deserialize)]
struct Directory {
    #[serde(rename = "newNonce")]
    new_nonce: String,
}

/// An answer at which the library does not panic: it adds any number of seconds to the time of day, and expects that where numbers
/// used once are had is an address.
async fn sound(response: Response<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Wrong> {
    let (mut parts, body) = response.into_parts();
    let asked_to_wait = parts.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
    if asked_to_wait.is_some_and(|seconds| seconds > LONGEST_WAIT_S) {
        parts.headers.insert(header::RETRY_AFTER, LONGEST_WAIT_S.into());
    }
    let body = body.collect().await?.to_bytes();
    if let Ok(directory) = serde_json::from_slice::<Directory>(&body)
        && directory.new_nonce.parse::<Uri>().is_err()
    {
        return Err("its directory names no address for newNonce".into());
    }
    Ok(Response::from_parts(parts, Full::new(body)))
}

async fn asked(tls: TlsConnector, request: Asked) -> Result<Response<Full<Bytes>>, Wrong> {
    let (mut parts, body) = request.into_parts();
    if parts.uri.scheme_str() != Some("https") {
        return Err("its address does not begin with https".into());
    }
    let authority = parts.uri.authority().ok_or("its address has no host")?.clone();
    let host = authority.host().trim_matches(['[', ']']).to_owned();
    let stream = TcpStream::connect((host.as_str(), authority.port_u16().unwrap_or(443))).await?;
    let stream = tls.connect(ServerName::try_from(host)?, stream).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driving = tokio::spawn(connection);
    parts.headers.insert(header::HOST, authority.as_str().parse()?);
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = path.parse()?;
    let response = sender.send_request(Request::from_parts(parts, body)).await?;
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, LONGEST).collect().await?.to_bytes();
    driving.abort();
    Ok(Response::from_parts(parts, Full::new(body)))
}

/// An authority's words as one bounded line that ends a sentence.
pub fn said(words: &str) -> String {
    let line: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SAID_MOST).collect();
    let line = line.trim().trim_start_matches("API error: ");
    if line.ends_with(['.', '!', '?']) { line.to_owned() } else { format!("{line}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authoritys_words_are_one_bounded_sentence() {
        assert_eq!(said("no\nway"), "no way.");
        assert_eq!(said("Stop."), "Stop.");
        assert_eq!(said("API error: too many (rateLimited)"), "too many (rateLimited).");
        assert!(said(&"x".repeat(5000)).len() <= SAID_MOST + 1);
    }

    #[tokio::test]
    async fn an_authority_that_says_the_unheard_of_is_an_error_and_no_panic() {
        let answer = |wait: &str, body: &'static str| {
            Response::builder().header("retry-after", wait).body(Full::new(Bytes::from(body))).expect("an answer")
        };
        let kept = |wait| async move { sound(answer(wait, "{}")).await.expect("sound").headers()["retry-after"].clone() };
        assert_eq!(kept("18446744073709551615").await, "86400");
        assert_eq!((kept("7").await, kept("soon").await), ("7".parse().expect("a value"), "soon".parse().expect("a value")));
        assert!(sound(answer("7", "{\"newNonce\":\"https://a b\"}")).await.is_err());
        assert!(sound(answer("7", "{\"newNonce\":\"https://a/b\"}")).await.is_ok());
    }

    #[test]
    fn a_file_without_a_root_is_told_by_its_key() {
        let Err(Failed(why)) = Asker::trusting(Some(Path::new("/nowhere/roots.pem"))) else { panic!("it is not there") };
        assert!(why.contains("acme.ca_file"), "{why}");
    }
}
