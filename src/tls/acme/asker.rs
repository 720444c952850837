//! The line to the authority: one HTTPS request a connection, bounded in time and size. It believes the public roots that came with
//! the program, or a file of the keeper's, and nothing of the machine.

use super::order::Failed;
use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
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

type Wrong = Box<dyn std::error::Error + Send + Sync>;

/// The client.
pub struct Asker(TlsConnector);

impl Asker {
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
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }
}

impl HttpClient for Asker {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let tls = self.0.clone();
        Box::pin(async move {
            let whom = request.uri().host().unwrap_or_default().to_owned();
            let unreached = |why: String| Error::Other(format!("{whom} could not be asked: {why}").into());
            match tokio::time::timeout(PATIENCE, asked(tls, request)).await {
                Ok(Ok(response)) => Ok(BytesResponse::from(response)),
                Ok(Err(why)) => Err(unreached(why.to_string())),
                Err(_) => Err(unreached("it did not answer in time".to_owned())),
            }
        })
    }
}

async fn asked(tls: TlsConnector, request: Request<BodyWrapper<Bytes>>) -> Result<Response<Full<Bytes>>, Wrong> {
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

    #[test]
    fn a_file_without_a_root_is_told_by_its_key() {
        let Err(Failed(why)) = Asker::trusting(Some(Path::new("/nowhere/roots.pem"))) else { panic!("it is not there") };
        assert!(why.contains("acme.ca_file"), "{why}");
    }
}
