//! The one port as a service manager hands it over: bound and listening already, at a number that may be reserved for root.
//!
//! Each number comes as TCP and UDP, or is refused, as with [`super::bind()`]. The first listener's number is the one that is
//! announced; further ones are served all the same.

use super::bind::{BindError, Bound, Half, UDP_BUFFER, equip};
use crate::sys::handed::{self, Handed};
use socket2::{SockRef, Socket};
use std::io;
use std::net::{TcpListener, UdpSocket};

/// What a connection may have waiting in the kernel: the socket unit asks for buffers that are right for datagrams, and every
/// connection would inherit them from its listener.
const CONNECTION_BUFFER: usize = 512 << 10;

/// The port that this process was started with; `None` where it has to bind one itself.
///
/// # Errors
/// What was handed over is not a whole port; one sentence for the log.
pub fn adopt() -> Result<Option<Bound>, BindError> {
    let handed = handed::sockets().map_err(|cause| BindError::Strange { cause })?;
    if handed.is_empty() { Ok(None) } else { of(handed).map(Some) }
}

fn of(handed: Vec<Handed>) -> Result<Bound, BindError> {
    let (mut tcp, mut udp) = (Vec::new(), Vec::new());
    for socket in handed {
        match socket {
            Handed::Stream(listener) => tcp.push(listener),
            Handed::Datagram(socket) => udp.push(socket),
        }
    }
    let numbers = |found: Vec<io::Result<u16>>| found.into_iter().collect::<io::Result<Vec<_>>>();
    let strange = |cause| BindError::Strange { cause };
    let streams = numbers(tcp.iter().map(|one| Ok(one.local_addr()?.port())).collect()).map_err(strange)?;
    let datagrams = numbers(udp.iter().map(|one| Ok(one.local_addr()?.port())).collect()).map_err(strange)?;
    if let Some(port) = streams.iter().find(|port| !datagrams.contains(port)) {
        return Err(BindError::Lonely { half: Half::Tcp, port: *port });
    }
    if let Some(port) = datagrams.iter().find(|port| !streams.contains(port)) {
        return Err(BindError::Lonely { half: Half::Udp, port: *port });
    }
    let prepared = prepare(&tcp, udp).map_err(strange)?;
    let port = streams.first().copied().unwrap_or_default();
    Ok(Bound { port, tcp, udp: prepared.0, udp_buffer: prepared.1 })
}

fn prepare(tcp: &[TcpListener], udp: Vec<UdpSocket>) -> io::Result<(Vec<UdpSocket>, usize)> {
    for listener in tcp {
        listener.set_nonblocking(true)?;
        let listener = SockRef::from(listener);
        listener.set_recv_buffer_size(CONNECTION_BUFFER)?;
        listener.set_send_buffer_size(CONNECTION_BUFFER)?;
    }
    let mut smallest = UDP_BUFFER;
    let mut ready = Vec::new();
    for socket in udp {
        socket.set_nonblocking(true)?;
        let ipv6 = socket.local_addr()?.is_ipv6();
        let socket = Socket::from(socket);
        smallest = smallest.min(equip(&socket, ipv6)?);
        ready.push(socket.into());
    }
    Ok((ready, smallest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> (Handed, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let port = listener.local_addr().expect("addr").port();
        (Handed::Stream(listener), port)
    }

    #[test]
    fn both_halves_of_a_number_are_a_port_in_whatever_order_they_come() {
        let (stream, port) = stream();
        let datagram = Handed::Datagram(UdpSocket::bind(("127.0.0.1", port)).expect("bind"));
        let bound = of(vec![datagram, stream]).expect("a port");
        assert_eq!((bound.port, bound.tcp.len(), bound.udp.len()), (port, 1, 1));
        let waits = bound.tcp[0].accept().expect_err("nobody knocks");
        assert_eq!(waits.kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn half_a_port_is_refused_in_one_sentence() {
        let (stream, port) = stream();
        let error = of(vec![stream]).expect_err("no UDP");
        assert!(matches!(error, BindError::Lonely { half: Half::Tcp, port: p } if p == port));
        assert!(error.to_string().contains("ListenDatagram"));
        let lone = UdpSocket::bind("127.0.0.1:0").expect("bind");
        assert!(matches!(of(vec![Handed::Datagram(lone)]), Err(BindError::Lonely { half: Half::Udp, .. })));
    }
}
