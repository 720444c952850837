//! One client's line to the relay: datagrams, a plain stream or one inside TLS, without blocking.

use alongside::sys::datagram::{Inbox, Postman, Run};
use alongside::turn::framing::{self, Frame};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    Udp,
    Tcp,
    Tls,
}

/// What all lines of a load share.
pub struct Tools {
    inbox: Inbox,
    postman: Postman,
    room: Vec<u8>,
    tls: Arc<ClientConfig>,
}

impl Default for Tools {
    fn default() -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
        let config = config.dangerous().with_custom_certificate_verifier(Arc::new(Trusting)).with_no_client_auth();
        Self { inbox: Inbox::default(), postman: Postman::default(), room: vec![0; 256 << 10], tls: Arc::new(config) }
    }
}

pub enum Line {
    Udp(UdpSocket, SocketAddr),
    Stream { socket: TcpStream, tls: Option<Box<ClientConnection>>, waiting: Vec<u8>, unsent: Vec<u8> },
}

impl Line {
    /// Opens a line; it blocks until [`Self::stop_blocking`].
    pub fn open(by: By, plain: SocketAddr, tls: SocketAddr, tools: &Tools) -> Self {
        if by == By::Udp {
            let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).expect("a socket");
            let _ = (socket.set_recv_buffer_size(4 << 20), socket.set_send_buffer_size(4 << 20));
            socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("bound");
            let socket = UdpSocket::from(socket);
            socket.connect(plain).expect("connected");
            socket.set_read_timeout(Some(Duration::from_secs(5))).expect("a time-out");
            return Self::Udp(socket, plain);
        }
        let socket = TcpStream::connect(if by == By::Tcp { plain } else { tls }).expect("connected");
        socket.set_nodelay(true).expect("no delay");
        socket.set_read_timeout(Some(Duration::from_secs(5))).expect("a time-out");
        let tls = (by == By::Tls).then(|| {
            let name = ServerName::try_from("localhost").expect("a name");
            Box::new(ClientConnection::new(tools.tls.clone(), name).expect("TLS"))
        });
        Self::Stream { socket, tls, waiting: Vec::new(), unsent: Vec::new() }
    }

    pub fn stop_blocking(&self) {
        match self {
            Self::Udp(socket, _) => socket.set_nonblocking(true).expect("non-blocking"),
            Self::Stream { socket, .. } => socket.set_nonblocking(true).expect("non-blocking"),
        }
    }

    /// Sends one message and waits for one.
    pub fn ask(&mut self, request: &[u8]) -> Vec<u8> {
        match self {
            Self::Udp(socket, _) => {
                socket.send(request).expect("sent");
                let mut buffer = vec![0; 2048];
                let length = socket.recv(&mut buffer).expect("an answer");
                buffer.truncate(length);
                buffer
            }
            Self::Stream { socket, tls, waiting, .. } => {
                match tls {
                    None => socket.write_all(request).expect("sent"),
                    Some(tls) => {
                        tls.writer().write_all(request).expect("written");
                        rustls::Stream::new(&mut **tls, socket).flush().expect("sent");
                    }
                }
                loop {
                    if let Frame::Whole { length, step } = framing::first(waiting) {
                        let frame = waiting[..length].to_vec();
                        waiting.drain(..step);
                        return frame;
                    }
                    let mut buffer = [0; 4096];
                    let got = match tls {
                        None => socket.read(&mut buffer),
                        Some(tls) => rustls::Stream::new(&mut **tls, socket).read(&mut buffer),
                    };
                    let got = got.expect("an answer");
                    assert!(got > 0, "the relay closed the line");
                    waiting.extend_from_slice(&buffer[..got]);
                }
            }
        }
    }

    /// Sends this frame so many times at once; how many of them were taken.
    pub fn burst(&mut self, frame: &[u8], count: usize, tools: &mut Tools) -> usize {
        match self {
            Self::Udp(socket, to) => {
                let runs: Vec<Run> = (0..count).map(|n| Run { to: *to, local: None, packets: n..n + 1 }).collect();
                tools.postman.send(socket.as_fd(), false, &runs, |_| frame).unwrap_or(0)
            }
            Self::Stream { socket, tls, unsent, .. } => {
                let mut taken = 0;
                while taken < count && unsent.len() < 512 << 10 {
                    unsent.extend_from_slice(frame);
                    taken += 1;
                }
                write(socket, tls, unsent);
                taken
            }
        }
    }

    /// Takes what has come; how many frames of that length it was.
    pub fn take(&mut self, length: usize, tools: &mut Tools) -> usize {
        match self {
            Self::Udp(socket, _) => {
                let got = tools.inbox.receive(socket.as_fd()).unwrap_or(0);
                (0..got).filter(|n| tools.inbox.message(*n).is_some_and(|(_, bytes)| bytes.len() == length)).count()
            }
            Self::Stream { socket, tls, waiting, unsent } => {
                if !unsent.is_empty() {
                    write(socket, tls, unsent);
                }
                let got = match socket.read(&mut tools.room) {
                    Ok(got) => got,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
                    Err(error) => panic!("the line broke: {error}"),
                };
                match tls {
                    None => waiting.extend_from_slice(&tools.room[..got]),
                    Some(tls) => {
                        let mut rest = &tools.room[..got];
                        while !rest.is_empty() {
                            tls.read_tls(&mut rest).expect("room");
                            tls.process_new_packets().expect("sound records");
                            let _ = tls.reader().read_to_end(waiting);
                        }
                    }
                }
                // Only frames of this one length are under way.
                let whole = waiting.len() / length;
                waiting.drain(..whole * length);
                whole
            }
        }
    }
}

impl AsFd for Line {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Udp(socket, _) => socket.as_fd(),
            Self::Stream { socket, .. } => socket.as_fd(),
        }
    }
}

fn write(socket: &mut TcpStream, tls: &mut Option<Box<ClientConnection>>, unsent: &mut Vec<u8>) {
    match tls {
        None => {
            let written = socket.write(unsent).unwrap_or(0);
            unsent.drain(..written);
        }
        Some(tls) => {
            while !unsent.is_empty() || tls.wants_write() {
                let taken = tls.writer().write(unsent).unwrap_or(0);
                unsent.drain(..taken);
                if tls.wants_write() && tls.write_tls(socket).is_err() {
                    return;
                }
            }
        }
    }
}

/// Trusts every certificate: the load measures relays, not trust.
#[derive(Debug)]
struct Trusting;

impl ServerCertVerifier for Trusting {
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
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
