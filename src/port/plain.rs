//! Plain HTTP for a proxy that does the TLS itself: on a loopback address or a Unix socket, never for the world.
//!
//! Whoever connects here is believed when it says for whom it asks; so nobody else gets in. Over TCP that is the machine itself and
//! the proxies that the configuration trusts, over a socket whoever may open the file.

use super::Peer;
use super::proxy::Trusted;
use super::tcp::{House, PAUSE};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{TcpListener, UnixListener};
use tracing::debug;

/// Where plain HTTP is taken.
#[derive(Debug)]
pub enum Plain {
    Tcp(std::net::TcpListener),
    Unix(std::os::unix::net::UnixListener),
}

/// A place that the configuration names: `127.0.0.1:8080`, `/run/alongside/http.sock`.
#[derive(Debug)]
pub enum Place<'a> {
    Address(SocketAddr),
    Socket(&'a Path),
}

impl<'a> Place<'a> {
    /// What the words mean; nothing is opened.
    ///
    /// # Errors
    /// One sentence.
    pub fn read(text: &'a str, trusted: &Trusted) -> Result<Self, String> {
        if text.starts_with('/') {
            return Ok(Self::Socket(Path::new(text)));
        }
        let Ok(address) = text.parse::<SocketAddr>() else {
            return Err(format!(
                "proxy.listen has {text:?}: write an address with a port such as 127.0.0.1:8080, or the path of a socket."
            ));
        };
        if !address.ip().is_loopback() && *trusted == Trusted::default() {
            return Err(format!(
                "proxy.listen has {text}, which others can reach: name the proxies in proxy.trusted, or take 127.0.0.1."
            ));
        }
        Ok(Self::Address(address))
    }
}

/// Takes the place that the configuration names.
///
/// # Errors
/// One sentence.
pub fn open(text: &str, trusted: &Trusted) -> Result<Plain, String> {
    let cannot = |e: io::Error| format!("proxy.listen: {text} cannot be opened: {e}.");
    match Place::read(text, trusted)? {
        Place::Socket(path) => open_socket(path).map(Plain::Unix).map_err(cannot),
        Place::Address(address) => {
            let listener = std::net::TcpListener::bind(address).map_err(cannot)?;
            listener.set_nonblocking(true).map_err(cannot)?;
            Ok(Plain::Tcp(listener))
        }
    }
}

/// A socket that was left behind by a killed process is replaced; any other file is left alone.
fn open_socket(path: &Path) -> io::Result<std::os::unix::net::UnixListener> {
    if path.symlink_metadata().is_ok_and(|found| found.file_type().is_socket())
        && std::os::unix::net::UnixStream::connect(path).is_err()
    {
        std::fs::remove_file(path)?;
    }
    let listener = std::os::unix::net::UnixListener::bind(path)?;
    // The proxy runs as somebody else: owner and group may come in.
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves it until the house stops.
pub(super) async fn serve(plain: Plain, house: Arc<House>) -> io::Result<()> {
    match plain {
        Plain::Tcp(listener) => {
            let listener = TcpListener::from_std(listener)?;
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = house.stop.cancelled() => return Ok(()),
                };
                match accepted {
                    Ok((stream, from)) if from.ip().to_canonical().is_loopback() || house.trusted.contains(from.ip()) => {
                        let _ = stream.set_nodelay(true);
                        speak(&house, stream, SocketAddr::new(from.ip().to_canonical(), from.port()));
                    }
                    Ok((_, from)) => debug!(%from, "somebody who is no proxy of ours was sent away"),
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            }
        }
        Plain::Unix(listener) => {
            let listener = UnixListener::from_std(listener)?;
            let _gone = Gone(listener.local_addr().ok().and_then(|address| address.as_pathname().map(Path::to_owned)));
            loop {
                tokio::select! {
                    accepted = listener.accept() => match accepted {
                        Ok((stream, _)) => speak(&house, stream, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
                        Err(_) => tokio::time::sleep(PAUSE).await,
                    },
                    () = house.stop.cancelled() => return Ok(()),
                }
            }
        }
    }
}

fn speak<S>(house: &Arc<House>, stream: S, addr: SocketAddr)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let Ok(permit) = house.connections.clone().try_acquire_owned() else {
        return debug!("all connections are taken");
    };
    let (peer, service) = (Peer { addr, tls: false }, house.service.clone());
    let serving =
        house.speaker.serve(stream, (peer, Some(house.trusted.clone())), service, house.stop.clone(), house.deadlines.grace);
    house.tasks.spawn(async move {
        let _permit = permit;
        serving.await;
    });
}

/// A socket's file goes when it is no longer listened on.
struct Gone(Option<PathBuf>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.iter().for_each(|path| _ = std::fs::remove_file(path));
    }
}
