//! Takes the one port: TCP and UDP of the same number on every wanted address, all of them or none.
//!
//! Synchronous, before any driver starts, so that an occupied port is a sentence on the terminal and not a task that died. A
//! socket that was bound on the way to a failure is closed by being dropped.

use crate::sys::datagram;
use socket2::{Domain, Protocol, Socket, Type};
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::AsFd;

/// What is asked of the kernel per UDP socket and direction: Linux's default overflows in one scheduling gap.
pub const UDP_BUFFER: usize = 4 << 20;

/// How often a free number is looked for before giving up; the second protocol is rarely taken on a number the first one got.
const TRIES: usize = 64;

const BACKLOG: i32 = 1024;

/// What is to be bound.
#[derive(Clone, Debug, Default)]
pub struct Want {
    /// The number; 0 takes one that is free for both protocols.
    pub port: u16,
    /// The addresses; none means every address of the machine, in both families where it has both.
    pub addresses: Vec<IpAddr>,
}

/// The one port, bound and listening, but not yet served.
#[derive(Debug)]
pub struct Bound {
    /// The number, the same for both protocols and all addresses.
    pub port: u16,
    /// Non-blocking listeners, one for each address.
    pub tcp: Vec<TcpListener>,
    /// Non-blocking sockets in the same order.
    pub udp: Vec<UdpSocket>,
    /// The smallest receive buffer that the kernel gave, in bytes; below [`UDP_BUFFER`] the operator may want to raise
    /// `net.core.rmem_max`.
    pub udp_buffer: usize,
}

/// Which half of the port failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    Tcp,
    Udp,
}

/// Why the port could not be taken, as one sentence for the terminal.
#[derive(Debug)]
pub enum BindError {
    /// Another program has it.
    Occupied { half: Half, port: u16 },
    /// The kernel reserves it for root.
    Forbidden { half: Half, port: u16 },
    /// The address is not one of this machine's.
    NotHere { address: IpAddr },
    /// No number is free for both protocols.
    NoneFree,
    /// The service manager handed over one half of a port only.
    Lonely { half: Half, port: u16 },
    /// The service manager handed over what cannot be served.
    Strange { cause: io::Error },
    /// What else the kernel may say.
    Other { half: Half, port: u16, cause: io::Error },
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        })
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Occupied { half, port } => {
                write!(
                    f,
                    "{half} port {port} is already used by another program: end that program, or choose another port with --port N."
                )
            }
            Self::Forbidden { half, port } => write!(
                f,
                "{half} port {port} needs a permission that this process does not have (ports below 1024 are reserved): run as a \
                 service with CAP_NET_BIND_SERVICE, or choose a port from 1024 up, such as --port 8443."
            ),
            Self::NotHere { address } => {
                write!(
                    f,
                    "The address {address} does not belong to this machine: choose one that it has, or none to use all of them."
                )
            }
            Self::NoneFree => write!(f, "No free port was found for both TCP and UDP: choose one with --port N."),
            Self::Lonely { half, port } => write!(
                f,
                "The service manager handed over {half} port {port} without its other half: name the same number for ListenStream \
                 and ListenDatagram in alongside.socket."
            ),
            Self::Strange { cause } => {
                write!(f, "The service manager handed over a socket that cannot be used ({cause}): look at alongside.socket.")
            }
            Self::Other { half, port, cause } => {
                write!(f, "{half} port {port} cannot be opened ({cause}): choose another port with --port N.")
            }
        }
    }
}

impl std::error::Error for BindError {}

impl BindError {
    fn of(half: Half, address: SocketAddr, cause: io::Error) -> Self {
        let port = address.port();
        match cause.kind() {
            io::ErrorKind::AddrInUse => Self::Occupied { half, port },
            io::ErrorKind::PermissionDenied => Self::Forbidden { half, port },
            io::ErrorKind::AddrNotAvailable => Self::NotHere { address: address.ip() },
            _ => Self::Other { half, port, cause },
        }
    }
}

/// Binds both protocols on every wanted address, or says in one sentence why not.
pub fn bind(want: Want) -> Result<Bound, BindError> {
    let addresses = distinct(want.addresses);
    if want.port != 0 {
        return bind_number(want.port, &addresses);
    }
    for _ in 0..TRIES {
        match bind_number(0, &addresses) {
            Err(BindError::Occupied { .. }) => continue,
            other => return other,
        }
    }
    Err(BindError::NoneFree)
}

/// Binds one number; 0 lets the first listener's number decide for all others.
fn bind_number(mut port: u16, addresses: &[IpAddr]) -> Result<Bound, BindError> {
    let (mut tcp, mut udp, mut udp_buffer) = (Vec::new(), Vec::new(), UDP_BUFFER);
    for ip in addresses {
        let listener =
            listener(SocketAddr::new(*ip, port)).map_err(|e| BindError::of(Half::Tcp, SocketAddr::new(*ip, port), e))?;
        if port == 0 {
            let local = listener.local_addr().map_err(|cause| BindError::Other { half: Half::Tcp, port, cause })?;
            port = local.port();
        }
        let address = SocketAddr::new(*ip, port);
        let (socket, buffer) = datagram_socket(address).map_err(|e| BindError::of(Half::Udp, address, e))?;
        tcp.push(listener);
        udp.push(socket);
        udp_buffer = udp_buffer.min(buffer);
    }
    Ok(Bound { port, tcp, udp, udp_buffer })
}

fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restart must not wait for old connections in TIME_WAIT. Two listeners on one number are refused all the same.
    socket.set_reuse_address(true)?;
    prepare(&socket, address)?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// UDP has no TIME_WAIT, and with SO_REUSEADDR two programs could take one number and steal each other's datagrams.
fn datagram_socket(address: SocketAddr) -> io::Result<(UdpSocket, usize)> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    prepare(&socket, address)?;
    let buffer = equip(&socket, address.is_ipv6())?;
    Ok((socket.into(), buffer))
}

/// Gives a datagram socket its buffers and its reports; returns the receive buffer that it has.
pub(super) fn equip(socket: &Socket, ipv6: bool) -> io::Result<usize> {
    // The kernel caps what it does not allow without an error, so what was got is read back; Linux reports the double. A service
    // manager may have given more than this process is allowed to ask for: asking again would take it away.
    let got = |size: usize| size / if cfg!(target_os = "linux") { 2 } else { 1 };
    if got(socket.recv_buffer_size()?) < UDP_BUFFER {
        let _ = socket.set_recv_buffer_size(UDP_BUFFER);
    }
    if got(socket.send_buffer_size()?) < UDP_BUFFER {
        let _ = socket.set_send_buffer_size(UDP_BUFFER);
    }
    datagram::report_local_address(socket.as_fd(), ipv6)?;
    Ok(got(socket.recv_buffer_size()?))
}

fn prepare(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    if address.is_ipv6() {
        // `[::]` is for both families; any other IPv6 address is for itself.
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())
}

/// The addresses without repetition. `[::]` covers all others, and they would collide with it.
fn distinct(mut addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    if addresses.is_empty() {
        return vec![any_address()];
    }
    if addresses.contains(&Ipv6Addr::UNSPECIFIED.into()) {
        return vec![Ipv6Addr::UNSPECIFIED.into()];
    }
    addresses.sort();
    addresses.dedup();
    addresses
}

/// `[::]` where the kernel has IPv6 at all, else `0.0.0.0`.
fn any_address() -> IpAddr {
    let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0));
    let works = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP)).and_then(|socket| prepare(&socket, any));
    if works.is_ok() { any.ip() } else { Ipv4Addr::UNSPECIFIED.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpStream;

    fn on_loopback(port: u16) -> Want {
        Want { port, addresses: vec![Ipv4Addr::LOCALHOST.into()] }
    }

    #[test]
    fn both_protocols_have_the_same_number_on_every_address() {
        let addresses = vec![Ipv4Addr::LOCALHOST.into(), Ipv4Addr::new(127, 0, 0, 2).into()];
        let bound = bind(Want { port: 0, addresses: addresses.clone() }).expect("a free port");
        assert_ne!(bound.port, 0);
        for (n, ip) in addresses.into_iter().enumerate() {
            let address = SocketAddr::new(ip, bound.port);
            assert_eq!(bound.tcp[n].local_addr().expect("addr"), address);
            assert_eq!(bound.udp[n].local_addr().expect("addr"), address);
        }
        assert!(bound.udp_buffer > 0);
    }

    #[test]
    fn without_addresses_the_port_is_reached_over_ipv4() {
        let bound = bind(Want::default()).expect("a free port");
        TcpStream::connect((Ipv4Addr::LOCALHOST, bound.port)).expect("a connection");
        assert_eq!((bound.tcp.len(), bound.udp.len()), (1, 1));
    }

    #[test]
    fn an_occupied_port_says_which_half_and_what_to_do_and_leaves_nothing_bound() {
        let other = UdpSocket::bind("127.0.0.1:0").expect("bind");
        let port = other.local_addr().expect("addr").port();
        let error = bind(on_loopback(port)).expect_err("occupied");
        assert!(matches!(error, BindError::Occupied { half: Half::Udp, port: p } if p == port));
        assert!(error.to_string().contains(&format!("UDP port {port}")) && error.to_string().contains("--port N"));
        drop(other);
        let bound = bind(on_loopback(port)).expect("free again, so the TCP half was let go");
        let error = bind(on_loopback(port)).expect_err("occupied by ourselves");
        assert!(matches!(error, BindError::Occupied { half: Half::Tcp, .. }));
        drop(bound);
    }

    #[test]
    fn a_foreign_address_is_refused_in_one_sentence() {
        let want = Want { port: 0, addresses: vec![Ipv4Addr::new(192, 0, 2, 1).into()] };
        let error = bind(want).expect_err("not ours");
        assert!(error.to_string().contains("192.0.2.1 does not belong to this machine"));
    }

    #[test]
    fn a_reserved_port_says_what_to_do() {
        let error = BindError::of(Half::Tcp, SocketAddr::from(([0; 4], 443)), io::ErrorKind::PermissionDenied.into());
        assert!(error.to_string().contains("TCP port 443") && error.to_string().contains("--port 8443"));
    }
}
