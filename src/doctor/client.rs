//! A plain client of the instance: connects like a browser would, notes the certificate that it is shown, asks over HTTP/1.1.
//!
//! It accepts any certificate, because what is wrong with it is a finding and no reason to stop; nothing secret is sent but what
//! the instance itself knows. Every wait and every answer has a bound.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// How long anything may take.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// The longest answer that is read, in bytes.
const ANSWER_MOST: usize = 1 << 20;

pub type Secure = StreamOwned<ClientConnection, TcpStream>;

/// Connects without TLS.
pub fn plain(to: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpStream::connect_timeout(&to, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// Connects with TLS, for this name or address; `web` says that HTTP will be spoken.
pub fn secure(to: SocketAddr, name: &str, web: bool) -> io::Result<Secure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Anybody(provider.clone()));
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(io::Error::other)?;
    let mut config = config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    if web {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
    }
    let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
    let mut session = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let mut socket = plain(to)?;
    while session.is_handshaking() {
        session.complete_io(&mut socket)?;
    }
    Ok(StreamOwned::new(session, socket))
}

/// The certificate that was shown.
pub fn certificate(line: &Secure) -> Option<CertificateDer<'static>> {
    line.conn.peer_certificates()?.first().cloned()
}

/// An answer over HTTP.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.trim())
    }
}

/// Asks for a page or posts a form (`name=value&…`), and reads the whole answer.
pub fn ask(line: &mut (impl Read + Write), host: &str, path: &str, form: Option<&str>) -> io::Result<Answer> {
    let method = if form.is_some() { "POST" } else { "GET" };
    let body = form.unwrap_or_default();
    let length = if form.is_some() {
        format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n", body.len())
    } else {
        String::new()
    };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\norigin: https://{host}\r\naccept: application/json\r\nconnection: close\r\n{length}\r\n"
    );
    line.write_all(head.as_bytes())?;
    line.write_all(body.as_bytes())?;
    line.flush()?;
    let (head, mut body) = head_of(line)?;
    let answer = answer_of(head)?;
    let wanted = answer.header("content-length").and_then(|n| n.parse().ok()).unwrap_or(ANSWER_MOST).min(ANSWER_MOST);
    let mut chunk = [0; 4096];
    while body.len() < wanted {
        match line.read(&mut chunk) {
            Ok(0) => break,
            Ok(got) => body.extend_from_slice(&chunk[..got]),
            // Whoever closes without a goodbye has said what it wanted to say.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        }
    }
    Ok(Answer { body, ..answer })
}

/// Opens a WebSocket and waits until it is open.
pub fn open_socket(line: &mut Secure, host: &str, path: &str) -> io::Result<Answer> {
    let head = format!(
        "GET {path} HTTP/1.1\r\nhost: {host}\r\norigin: https://{host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: YWxvbmdzaWRlIGRvY3Rvcg==\r\n\r\n"
    );
    line.write_all(head.as_bytes())?;
    line.flush()?;
    answer_of(head_of(line)?.0)
}

/// Reads until something of a stream of events has come.
pub fn first_event(line: &mut Secure, host: &str, path: &str) -> io::Result<bool> {
    let head = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\naccept: text/event-stream\r\n\r\n");
    line.write_all(head.as_bytes())?;
    line.flush()?;
    let (head, mut body) = head_of(line)?;
    let mut chunk = [0; 1024];
    while answer_of(head.clone())?.status == 200 && body.len() < 4096 {
        if body.windows(5).any(|five| five == b"data:") {
            return Ok(true);
        }
        match line.read(&mut chunk)? {
            0 => break,
            got => body.extend_from_slice(&chunk[..got]),
        }
    }
    Ok(false)
}

/// The head of an answer, and what came behind it.
fn head_of(line: &mut impl Read) -> io::Result<(String, Vec<u8>)> {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return Ok((String::from_utf8_lossy(&bytes).into_owned(), rest));
        }
        if bytes.len() > 32 << 10 {
            return Err(io::Error::other("an answer without an end of its head"));
        }
        match line.read(&mut chunk)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            got => bytes.extend_from_slice(&chunk[..got]),
        }
    }
}

fn answer_of(head: String) -> io::Result<Answer> {
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("no answer of a web server"))?;
    Ok(Answer { status, head, body: Vec::new() })
}

/// Takes whatever certificate it is shown, but checks that the other end has its key.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The other end, as it was recorded.
    struct Recorded {
        said: io::Cursor<Vec<u8>>,
        heard: Vec<u8>,
    }

    impl Read for Recorded {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let few = buffer.len().min(7);
            self.said.read(&mut buffer[..few])
        }
    }

    impl Write for Recorded {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.heard.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn ask_of(said: &str) -> io::Result<Answer> {
        let mut line = Recorded { said: io::Cursor::new(said.as_bytes().to_vec()), heard: Vec::new() };
        let answer = ask(&mut line, "house.test", "/x", Some("a=b"));
        assert!(line.heard.starts_with(b"POST /x HTTP/1.1\r\nhost: house.test\r\n") && line.heard.ends_with(b"\r\n\r\na=b"));
        answer
    }

    #[test]
    fn an_answer_is_read_to_the_length_it_says_however_it_is_cut() {
        let answer = ask_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx: y\r\n\r\nhello").expect("an answer");
        assert_eq!((answer.status, answer.header("X"), &answer.body[..]), (200, Some("y"), &b"hello"[..]));
        assert_eq!(ask_of("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhel").expect("cut short").body, b"hel");
    }

    #[test]
    fn what_is_no_answer_is_an_error_and_not_a_wait_for_ever() {
        assert!(ask_of("").is_err());
        assert!(ask_of("SSH-2.0-x\r\n\r\n").is_err());
        assert!(ask_of(&"x".repeat(40_000)).is_err());
    }
}
