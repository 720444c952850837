//! Sockets that a service manager has bound and hands over at the start (systemd's `LISTEN_FDS` protocol).
//!
//! They are told apart by what they are, not by their order or names. They are taken once: a second call finds none, so that no
//! descriptor ever has two owners. The manager keeps its own copies, and what knocks during a restart waits in them.

use socket2::{Socket, Type};
use std::io;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};

/// Where handed descriptors begin, by the protocol.
const FIRST: RawFd = 3;
/// More than any unit hands over; a wild number in the environment must not make this try thousands.
const MOST: RawFd = 32;

static TAKEN: AtomicBool = AtomicBool::new(false);

/// One socket that was handed over.
#[derive(Debug)]
pub enum Handed {
    Stream(TcpListener),
    Datagram(UdpSocket),
}

/// Takes the sockets that were handed to this process; none where it was started by hand.
///
/// # Errors
/// A descriptor is missing, or is neither a TCP listener nor a UDP socket.
pub fn sockets() -> io::Result<Vec<Handed>> {
    let env = |name: &str| std::env::var(name).ok();
    let count = announced(env("LISTEN_PID"), env("LISTEN_FDS"), std::process::id());
    if TAKEN.swap(true, Ordering::AcqRel) {
        return Ok(Vec::new());
    }
    (FIRST..FIRST + count).map(take).collect()
}

/// How many sockets the environment announces for this very process.
fn announced(pid: Option<String>, count: Option<String>, own: u32) -> RawFd {
    let mine = pid.and_then(|pid| pid.trim().parse().ok()) == Some(own);
    let count: RawFd = count.and_then(|count| count.trim().parse().ok()).unwrap_or(0);
    if mine { count.clamp(0, MOST) } else { 0 }
}

fn take(fd: RawFd) -> io::Result<Handed> {
    // SAFETY: fcntl with F_SETFD takes an integer; on a number that is no open descriptor it fails and changes nothing.
    if unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) } < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is open, was announced for this process, and is taken once (TAKEN), so nobody else owns it.
    let socket = Socket::from(unsafe { OwnedFd::from_raw_fd(fd) });
    let on_the_internet = socket.local_addr()?.as_socket().is_some();
    match socket.r#type()? {
        Type::STREAM if on_the_internet && socket.peer_addr().is_err() => Ok(Handed::Stream(socket.into())),
        Type::DGRAM if on_the_internet => Ok(Handed::Datagram(socket.into())),
        _ => Err(io::Error::other("it is neither a TCP listener nor a UDP socket")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_announced_for_this_very_process_is_taken() {
        let said = |pid: &str, count: &str| announced(Some(pid.to_owned()), Some(count.to_owned()), 7);
        assert_eq!(said("7", "2"), 2);
        assert_eq!(said("8", "2"), 0);
        assert_eq!(said("7", "-1"), 0);
        assert_eq!(said("7", "99999"), MOST);
        assert_eq!(announced(None, Some("2".to_owned()), 7), 0);
        assert_eq!(said("7", "many"), 0);
    }
}
