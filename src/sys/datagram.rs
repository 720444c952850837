//! Datagrams by the batch: many per call in both directions, from and to the right one of the machine's addresses.
//!
//! A call into the kernel costs more than anything else that happens to a packet, so one call takes several messages, and
//! one message may hold many datagrams of one size for one destination (`UDP_SEGMENT` out, `UDP_GRO` in). Pointers handed to the
//! kernel lead only to memory that this file owns or that is borrowed for the call.

use std::io;
use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::ops::Range;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Messages that leave by one call.
pub const BATCH: usize = 64;
/// Messages that come in by one call: few, because the room of each is memory from its first message on, and a further call costs
/// next to nothing beside sixteen messages.
pub const TAKEN: usize = 16;
/// Datagrams that the kernel takes as one message.
pub const MOST_SEGMENTS: usize = 64;
/// The bytes that such a message may have: what fits a UDP datagram's length field, with room for the headers.
pub const MOST_BYTES: usize = 65_000;
/// Room for one message that came in: as much as the kernel ever puts together.
const ROOM: usize = 64 << 10;

/// The address of this machine that a datagram was sent to, and so the one that its answer must come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    /// The local address; IPv4 stays IPv4 even where the socket is a dual-stack one.
    pub ip: IpAddr,
    /// The interface's index: link-local IPv6 addresses mean nothing without it.
    pub interface: u32,
}

/// One message as it came out of the kernel.
#[derive(Clone, Copy, Debug)]
pub struct Datagram {
    /// The sender, with IPv4 written as IPv4.
    pub from: SocketAddr,
    /// The address that was hit, where the kernel told it.
    pub local: Option<Local>,
    /// The message is several datagrams of this size, the last of which may be shorter; 0 where it is a single one.
    pub segment: usize,
    /// Whether there was more than room for, so that the end is missing.
    pub cut: bool,
}

/// Datagrams for one destination that leave by one message.
#[derive(Clone, Debug)]
pub struct Run {
    pub to: SocketAddr,
    pub local: Option<Local>,
    /// Which of the caller's packets, in order. More than one only where all have the same size but the last, which may be shorter.
    pub packets: Range<usize>,
}

/// Asks the kernel to tell for each datagram which local address it hit (`IP_PKTINFO`, `IPV6_RECVPKTINFO`).
pub fn report_local_address(socket: BorrowedFd<'_>, ipv6: bool) -> io::Result<()> {
    match ipv6 {
        true => set_option(socket, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO),
        false => set_option(socket, libc::IPPROTO_IP, libc::IP_PKTINFO),
    }
}

/// Lets the kernel hand over datagrams of one sender together. One that cannot says so, and nothing is lost but speed.
pub fn receive_together(socket: BorrowedFd<'_>) -> io::Result<()> {
    set_option(socket, libc::SOL_UDP, libc::UDP_GRO)
}

fn set_option(socket: BorrowedFd<'_>, level: libc::c_int, name: libc::c_int) -> io::Result<()> {
    let on: libc::c_int = 1;
    // SAFETY: the descriptor is borrowed and so open; the pointer and the length describe one c_int that outlives the call.
    let done = unsafe {
        libc::setsockopt(socket.as_raw_fd(), level, name, (&raw const on).cast(), mem::size_of_val(&on) as libc::socklen_t)
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Room for the control messages of one message, aligned for `cmsghdr`.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Control([u8; 128]);

/// Where a batch is received.
///
/// Each head points at a name, a part and a control buffer of the same place. The vectors never change their length, so the
/// memory that the pointers lead to stays where it is for as long as the `Inbox` lives, wherever that itself is moved to.
pub struct Inbox {
    bytes: Vec<u8>,
    names: Vec<libc::sockaddr_storage>,
    controls: Vec<Control>,
    _parts: Vec<libc::iovec>,
    heads: Vec<libc::mmsghdr>,
    /// How many of the heads the kernel has filled.
    got: usize,
}

impl Default for Inbox {
    fn default() -> Self {
        // SAFETY: sockaddr_storage and mmsghdr are plain C structures for which all zeroes is a valid value.
        let (name, head): (libc::sockaddr_storage, libc::mmsghdr) = unsafe { (mem::zeroed(), mem::zeroed()) };
        // Zeroed memory of this size comes from the kernel untouched: what no message ever reaches costs nothing.
        let mut bytes = vec![0; TAKEN * ROOM];
        let mut names = vec![name; TAKEN];
        let mut controls = vec![Control([0; 128]); TAKEN];
        let part = |room: &mut [u8]| libc::iovec { iov_base: room.as_mut_ptr().cast(), iov_len: room.len() };
        let mut parts: Vec<_> = bytes.chunks_exact_mut(ROOM).map(part).collect();
        let mut heads = vec![head; TAKEN];
        for (n, head) in heads.iter_mut().enumerate() {
            head.msg_hdr.msg_name = (&raw mut names[n]).cast();
            head.msg_hdr.msg_iov = &raw mut parts[n];
            head.msg_hdr.msg_iovlen = 1;
            head.msg_hdr.msg_control = controls[n].0.as_mut_ptr().cast();
        }
        Self { bytes, names, controls, _parts: parts, heads, got: TAKEN }
    }
}

impl Inbox {
    /// Takes what waits on a non-blocking socket, up to a batch; `WouldBlock` means that there is nothing.
    pub fn receive(&mut self, socket: BorrowedFd<'_>) -> io::Result<usize> {
        for head in &mut self.heads[..self.got] {
            head.msg_hdr.msg_namelen = mem::size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            head.msg_hdr.msg_controllen = mem::size_of::<Control>() as _;
        }
        self.got = 0;
        let (heads, flags) = (self.heads.as_mut_ptr(), libc::MSG_DONTWAIT as _);
        // SAFETY: there are TAKEN heads, and every pointer in them leads to memory of the stated length that this struct owns.
        let got = unsafe { libc::recvmmsg(socket.as_raw_fd(), heads, TAKEN as libc::c_uint, flags, std::ptr::null_mut()) };
        self.got = usize::try_from(got).map_err(|_| io::Error::last_os_error())?;
        Ok(self.got)
    }

    /// One message of the last batch; nothing where its sender has no address that we understand.
    pub fn message(&mut self, n: usize) -> Option<(Datagram, &mut [u8])> {
        let head = self.heads[..self.got].get(n)?;
        let from = socket_address(&self.names[n])?;
        let cut = head.msg_hdr.msg_flags & libc::MSG_TRUNC != 0;
        #[allow(clippy::unnecessary_cast)] // narrower in musl's headers
        let told = (head.msg_hdr.msg_controllen as usize).min(self.controls[n].0.len());
        let (local, segment) = read_control(&self.controls[n].0[..told]);
        let room = &mut self.bytes[n * ROOM..(n + 1) * ROOM];
        Some((Datagram { from, local, segment, cut }, &mut room[..(head.msg_len as usize).min(ROOM)]))
    }
}

/// What a batch is sent with. Between calls it holds nothing of the caller's.
pub struct Postman {
    names: Vec<libc::sockaddr_storage>,
    controls: Vec<Control>,
    parts: Vec<libc::iovec>,
    heads: Vec<libc::mmsghdr>,
}

impl Default for Postman {
    fn default() -> Self {
        // SAFETY: as in `Inbox`, zeroes are valid for both.
        let (name, head): (libc::sockaddr_storage, libc::mmsghdr) = unsafe { (mem::zeroed(), mem::zeroed()) };
        let (names, controls) = (vec![name; BATCH], vec![Control([0; 128]); BATCH]);
        Self { names, controls, parts: Vec::new(), heads: vec![head; BATCH] }
    }
}

impl Postman {
    /// Sends up to a batch of runs by one call and says how many of them the kernel took; an error is about the first one.
    ///
    /// `packet` gives a packet by its number; a dual-stack socket (`ipv6`) reaches IPv4 by mapped addresses.
    pub fn send<'a>(
        &mut self,
        socket: BorrowedFd<'_>,
        ipv6: bool,
        runs: &[Run],
        packet: impl Fn(usize) -> &'a [u8],
    ) -> io::Result<usize> {
        let runs = &runs[..runs.len().min(BATCH)];
        self.parts.clear();
        for bytes in runs.iter().flat_map(|run| run.packets.clone()).map(&packet) {
            self.parts.push(libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() });
        }
        let mut first = 0;
        for (n, run) in runs.iter().enumerate() {
            let mut written = 0;
            if let Some(local) = run.local {
                written = write_local(&mut self.controls[n], ipv6, local);
            }
            if run.packets.len() > 1 {
                let size = self.parts[first].iov_len as u16;
                written = write_control(&mut self.controls[n], written, libc::SOL_UDP, libc::UDP_SEGMENT, size);
            }
            let head = &mut self.heads[n].msg_hdr;
            head.msg_namelen = write_address(&mut self.names[n], ipv6, run.to);
            head.msg_name = (&raw mut self.names[n]).cast();
            head.msg_iov = &raw mut self.parts[first];
            head.msg_iovlen = run.packets.len() as _;
            head.msg_control = if written == 0 { std::ptr::null_mut() } else { self.controls[n].0.as_mut_ptr().cast() };
            head.msg_controllen = written as _;
            first += run.packets.len();
        }
        let flags = (libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) as _;
        // SAFETY: every pointer in the first `runs.len()` heads was set above and leads to memory of the stated length, which
        // this struct owns or the caller lends for `'a`; the kernel only reads it.
        let sent = unsafe { libc::sendmmsg(socket.as_raw_fd(), self.heads.as_mut_ptr(), runs.len() as libc::c_uint, flags) };
        usize::try_from(sent).map_err(|_| io::Error::last_os_error())
    }
}

fn socket_address(name: &libc::sockaddr_storage) -> Option<SocketAddr> {
    match libc::c_int::from(name.ss_family) {
        libc::AF_INET => {
            // SAFETY: sockaddr_storage is large enough and aligned for every address family, and the family says which it is.
            let v4 = unsafe { &*(&raw const *name).cast::<libc::sockaddr_in>() };
            Some(SocketAddrV4::new(Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr)), u16::from_be(v4.sin_port)).into())
        }
        libc::AF_INET6 => {
            // SAFETY: as above.
            let v6 = unsafe { &*(&raw const *name).cast::<libc::sockaddr_in6>() };
            let (ip, port) = (Ipv6Addr::from(v6.sin6_addr.s6_addr), u16::from_be(v6.sin6_port));
            Some(match ip.to_ipv4_mapped() {
                Some(v4) => SocketAddrV4::new(v4, port).into(),
                None => SocketAddrV6::new(ip, port, 0, v6.sin6_scope_id).into(),
            })
        }
        _ => None,
    }
}

fn write_address(name: &mut libc::sockaddr_storage, ipv6: bool, to: SocketAddr) -> libc::socklen_t {
    match (to, ipv6) {
        (SocketAddr::V4(to), false) => {
            // SAFETY: sockaddr_storage is large enough and aligned for every address family.
            let v4 = unsafe { &mut *(&raw mut *name).cast::<libc::sockaddr_in>() };
            v4.sin_family = libc::AF_INET as libc::sa_family_t;
            v4.sin_port = to.port().to_be();
            v4.sin_addr.s_addr = u32::from(*to.ip()).to_be();
            mem::size_of::<libc::sockaddr_in>() as libc::socklen_t
        }
        (to, _) => {
            let (ip, scope) = match to {
                SocketAddr::V4(to) => (to.ip().to_ipv6_mapped(), 0),
                SocketAddr::V6(to) => (*to.ip(), to.scope_id()),
            };
            // SAFETY: as above.
            let v6 = unsafe { &mut *(&raw mut *name).cast::<libc::sockaddr_in6>() };
            v6.sin6_family = libc::AF_INET6 as libc::sa_family_t;
            v6.sin6_port = to.port().to_be();
            v6.sin6_flowinfo = 0;
            v6.sin6_addr.s6_addr = ip.octets();
            v6.sin6_scope_id = scope;
            mem::size_of::<libc::sockaddr_in6>() as libc::socklen_t
        }
    }
}

/// The size of a control message's header, after which its value stands.
const HEADER: usize = mem::size_of::<libc::cmsghdr>();

/// The address that was hit, and the size of the datagrams where they came together.
fn read_control(mut control: &[u8]) -> (Option<Local>, usize) {
    let (mut local, mut segment) = (None, 0);
    while control.len() >= HEADER {
        // SAFETY: there are as many bytes as a cmsghdr has, any bytes are a valid one, and it is read unaligned.
        let header = unsafe { control.as_ptr().cast::<libc::cmsghdr>().read_unaligned() };
        #[allow(clippy::unnecessary_cast)] // narrower in musl's headers
        let length = header.cmsg_len as usize;
        let Some(value) = control.get(HEADER..length) else { break };
        match (header.cmsg_level, header.cmsg_type) {
            (libc::IPPROTO_IP, libc::IP_PKTINFO) if value.len() >= mem::size_of::<libc::in_pktinfo>() => {
                // SAFETY: the length was checked, any bytes are a valid in_pktinfo, and it is read unaligned.
                let info = unsafe { value.as_ptr().cast::<libc::in_pktinfo>().read_unaligned() };
                let ip = Ipv4Addr::from(u32::from_be(info.ipi_spec_dst.s_addr));
                local = Some(Local { ip: ip.into(), interface: info.ipi_ifindex as u32 });
            }
            (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) if value.len() >= mem::size_of::<libc::in6_pktinfo>() => {
                // SAFETY: as above, for an in6_pktinfo.
                let info = unsafe { value.as_ptr().cast::<libc::in6_pktinfo>().read_unaligned() };
                let ip = IpAddr::V6(Ipv6Addr::from(info.ipi6_addr.s6_addr)).to_canonical();
                local = Some(Local { ip, interface: info.ipi6_ifindex });
            }
            (libc::SOL_UDP, libc::UDP_GRO) => {
                let size = value.first_chunk().map_or(0, |bytes| libc::c_int::from_ne_bytes(*bytes));
                segment = usize::try_from(size).unwrap_or(0);
            }
            _ => {}
        }
        control = control.get(length.next_multiple_of(mem::size_of::<usize>())..).unwrap_or_default();
    }
    (local, segment)
}

/// Writes the source address as the first control message; returns how many bytes of the control buffer count.
fn write_local(control: &mut Control, ipv6: bool, local: Local) -> usize {
    // Routing chooses the interface, except for link-local addresses, where nothing else says which is meant.
    let interface = match local.ip {
        IpAddr::V6(ip) if ip.is_unicast_link_local() => local.interface,
        _ => 0,
    };
    if ipv6 {
        let ip = match local.ip {
            IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            IpAddr::V6(ip) => ip,
        };
        let info = libc::in6_pktinfo { ipi6_addr: libc::in6_addr { s6_addr: ip.octets() }, ipi6_ifindex: interface as _ };
        return write_control(control, 0, libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, info);
    }
    let IpAddr::V4(ip) = local.ip else { return 0 };
    let spec = libc::in_addr { s_addr: u32::from(ip).to_be() };
    let info = libc::in_pktinfo { ipi_ifindex: interface as _, ipi_spec_dst: spec, ipi_addr: libc::in_addr { s_addr: 0 } };
    write_control(control, 0, libc::IPPROTO_IP, libc::IP_PKTINFO, info)
}

/// Writes one control message at `at`, which is where another one ended; returns where this one ends.
fn write_control<T: Copy>(control: &mut Control, at: usize, level: libc::c_int, kind: libc::c_int, value: T) -> usize {
    let end = at + (HEADER + mem::size_of::<T>()).next_multiple_of(mem::size_of::<usize>());
    assert!(end <= control.0.len(), "two control messages fit");
    // SAFETY: zeroes are a valid cmsghdr.
    let mut header: libc::cmsghdr = unsafe { mem::zeroed() };
    header.cmsg_len = (HEADER + mem::size_of::<T>()) as _;
    (header.cmsg_level, header.cmsg_type) = (level, kind);
    // SAFETY: header and value lie inside the buffer, as was just checked, and are written unaligned.
    unsafe {
        let base = control.0.as_mut_ptr().add(at);
        base.cast::<libc::cmsghdr>().write_unaligned(header);
        base.add(HEADER).cast::<T>().write_unaligned(value);
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;
    use std::os::fd::AsFd;

    fn server(address: &str) -> Option<UdpSocket> {
        let server = UdpSocket::bind(address).ok()?;
        report_local_address(server.as_fd(), address.starts_with('[')).expect("pktinfo");
        Some(server)
    }

    fn client() -> UdpSocket {
        UdpSocket::bind("127.0.0.1:0").expect("bind")
    }

    /// Receives on a socket that blocks: `receive` never does, so wait by peeking.
    fn wait_and_receive(server: &UdpSocket, inbox: &mut Inbox) -> usize {
        server.peek(&mut [0; 1]).expect("a datagram comes");
        inbox.receive(server.as_fd()).expect("it is there")
    }

    fn post(server: &UdpSocket, ipv6: bool, to: SocketAddr, local: Option<Local>, packets: &[&[u8]]) -> io::Result<usize> {
        let run = Run { to, local, packets: 0..packets.len() };
        Postman::default().send(server.as_fd(), ipv6, &[run], |n| packets[n])
    }

    #[test]
    fn an_answer_leaves_from_the_address_that_was_hit() {
        let server = server("0.0.0.0:0").expect("bind");
        let port = server.local_addr().expect("addr").port();
        let client = client();
        client.send_to(b"hello", ("127.0.0.2", port)).expect("send");
        let mut inbox = Inbox::default();
        assert_eq!(wait_and_receive(&server, &mut inbox), 1);
        let (got, bytes) = inbox.message(0).expect("a message");
        assert_eq!((&*bytes, got.cut, got.segment), (&b"hello"[..], false, 0));
        assert_eq!(got.from, client.local_addr().expect("addr"));
        assert_eq!(got.local.map(|l| l.ip), Some(Ipv4Addr::new(127, 0, 0, 2).into()));
        post(&server, false, got.from, got.local, &[b"back"]).expect("send");
        let mut buffer = [0; 64];
        let (len, from) = client.recv_from(&mut buffer).expect("answer");
        assert_eq!((&buffer[..len], from), (&b"back"[..], SocketAddr::from(([127, 0, 0, 2], port))));
    }

    #[test]
    fn a_dual_stack_socket_answers_both_families_from_the_address_that_was_hit() {
        let Some(server) = server("[::]:0") else {
            return;
        }; // a machine without IPv6 has nothing to promise here
        let port = server.local_addr().expect("addr").port();
        for (here, there) in [("127.0.0.1:0", "127.0.0.3"), ("[::1]:0", "::1")] {
            let Ok(client) = UdpSocket::bind(here) else {
                continue;
            };
            let there: IpAddr = there.parse().expect("an address");
            if client.send_to(b"x", (there, port)).is_err() {
                continue;
            }
            let mut inbox = Inbox::default();
            wait_and_receive(&server, &mut inbox);
            let (got, _) = inbox.message(0).expect("a message");
            assert_eq!(got.from, client.local_addr().expect("addr"));
            assert_eq!(got.local.map(|l| l.ip), Some(there));
            post(&server, true, got.from, got.local, &[b"y"]).expect("send");
            assert_eq!(client.recv_from(&mut [0; 8]).expect("answer").1, SocketAddr::new(there, port));
        }
    }

    #[test]
    fn a_burst_is_taken_by_one_call_and_again_after_it() {
        let (server, client) = (server("127.0.0.1:0").expect("bind"), client());
        let to = server.local_addr().expect("addr");
        let mut inbox = Inbox::default();
        for round in 0..3 {
            (0..10u8).for_each(|n| drop(client.send_to(&[n; 30], to)));
            let mut taken = 0;
            while taken < 10 {
                let got = wait_and_receive(&server, &mut inbox);
                for n in 0..got {
                    let (_, bytes) = inbox.message(n).expect("a message");
                    assert_eq!(bytes, [(taken + n) as u8; 30], "round {round}");
                }
                assert!(inbox.message(got).is_none());
                taken += got;
            }
        }
        assert_eq!(inbox.receive(server.as_fd()).expect_err("nothing waits").kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn a_run_leaves_as_one_message_and_arrives_as_its_datagrams() {
        let (server, client) = (server("0.0.0.0:0").expect("bind"), client());
        let to = client.local_addr().expect("addr");
        let local = Some(Local { ip: Ipv4Addr::LOCALHOST.into(), interface: 0 });
        assert_eq!(post(&server, false, to, local, &[&[1; 100], &[2; 100], &[3; 40]]).expect("sent"), 1);
        let mut buffer = [0; 200];
        for (value, length) in [(1, 100), (2, 100), (3, 40)] {
            assert_eq!(client.recv(&mut buffer).expect("a datagram"), length);
            assert_eq!(buffer[..length], vec![value; length]);
        }
    }

    #[test]
    fn what_came_together_says_where_it_is_to_be_divided() {
        let (server, sender) = (server("127.0.0.1:0").expect("bind"), client());
        if receive_together(server.as_fd()).is_err() {
            return; // a kernel without it hands them over one by one
        }
        let to = server.local_addr().expect("addr");
        post(&sender, false, to, None, &[&[1; 100], &[2; 100], &[3; 40]]).expect("sent");
        let mut inbox = Inbox::default();
        assert_eq!(wait_and_receive(&server, &mut inbox), 1);
        let (got, bytes) = inbox.message(0).expect("a message");
        assert_eq!((got.segment, bytes.len()), (100, 240));
    }

    #[test]
    fn no_control_bytes_make_reading_panic() {
        let mut control = Control([0; 128]);
        let end = write_local(&mut control, false, Local { ip: Ipv4Addr::LOCALHOST.into(), interface: 3 });
        let end = write_control(&mut control, end, libc::SOL_UDP, libc::UDP_GRO, 1200 as libc::c_int);
        assert_eq!(read_control(&control.0[..end]).1, 1200);
        for n in 0..end {
            let _ = read_control(&control.0[..n]);
            let mut bent = control;
            bent.0[n] ^= 0xFF;
            let _ = read_control(&bent.0[..end]);
        }
    }
}
