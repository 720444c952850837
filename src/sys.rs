//! The only place that talks to the C library by hand: the allocator, name look-ups, and which of the machine's addresses a
//! datagram hit.
//!
//! Every `unsafe` block of the crate is in this file, small enough to be read in one sitting, each with its reason. What the
//! standard library, `socket2` or `tokio` can do stays with them.
#![allow(unsafe_code)]

use std::io::{self, IsTerminal};
use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsRawFd, BorrowedFd};

/// The address of this machine that a datagram was sent to, and so the one that its answer must come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    /// The local address; IPv4 stays IPv4 even where the socket is a dual-stack one.
    pub ip: IpAddr,
    /// The interface's index: link-local IPv6 addresses mean nothing without it.
    pub interface: u32,
}

/// One datagram as it came out of the kernel.
#[derive(Clone, Copy, Debug)]
pub struct Datagram {
    /// How many bytes of the caller's buffer hold it.
    pub len: usize,
    /// The sender, with IPv4 written as IPv4.
    pub from: SocketAddr,
    /// The address that was hit, where the kernel told it.
    pub local: Option<Local>,
    /// Whether the buffer was too small, so that the end is missing.
    pub cut: bool,
}

/// Makes glibc give large blocks back to the kernel: argon2's 19 MiB must not stay in the process after a login.
///
/// Pages, some of which have hundreds of KiB, stay below the threshold: memory that is asked of the kernel anew for each of them
/// costs more than making the page. Setting the thresholds also stops glibc from raising them by itself. Two arenas are enough for
/// a server whose work waits on sockets, and each arena keeps its own leftovers. To be called before the first thread starts;
/// elsewhere than glibc a no-op.
pub fn tune_allocator() {
    #[cfg(target_env = "gnu")]
    {
        const KIB: libc::c_int = 1024;
        // SAFETY: mallopt takes two integers, touches only glibc's own settings and is documented as callable at any time.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, 2048 * KIB);
            libc::mallopt(libc::M_TRIM_THRESHOLD, 4096 * KIB);
            libc::mallopt(libc::M_ARENA_MAX, 2);
        }
    }
}

/// Gives memory that is free inside glibc's heaps back to the kernel; elsewhere than glibc a no-op.
///
/// A crowd that has left leaves holes between what stays, and glibc by itself gives back only what lies at a heap's end.
pub fn give_back_memory() {
    #[cfg(target_env = "gnu")]
    // SAFETY: malloc_trim takes no pointer, locks each heap itself and is documented as safe beside other threads.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Raises the limit of open files to what the system allows: every open page of a member is one, and the usual start is 1024.
pub fn raise_open_files() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls are given a whole rlimit that outlives them, and change nothing but this process's limit.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 && limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
        }
    }
}

/// Makes every file that is created from here on readable by its owner only: the database holds what members trust us with.
pub fn keep_private() {
    // SAFETY: umask takes a mode and touches no memory; it is called before any thread is started.
    unsafe { libc::umask(0o077) };
}

/// Keeps a statically linked binary from loading the host's name service plug-ins, which crash it where glibc's version differs.
///
/// Must be the first statement of `main`. `/etc/hosts` and DNS answer afterwards; `.local` names from a plug-in do not. A
/// dynamically linked binary keeps what the machine has configured.
pub fn restrict_name_lookups() {
    #[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
    {
        unsafe extern "C" {
            fn __nss_configure_lookup(database: *const libc::c_char, services: *const libc::c_char) -> libc::c_int;
        }
        // SAFETY: both arguments are C strings that live for ever; glibc copies them, and no look-up runs before main's first line.
        unsafe {
            __nss_configure_lookup(c"hosts".as_ptr(), c"files dns".as_ptr());
        }
    }
}

/// Whether a person reads what is printed.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Asks the kernel to tell for each datagram which local address it hit (`IP_PKTINFO`, `IPV6_RECVPKTINFO`).
pub fn report_local_address(socket: BorrowedFd<'_>, ipv6: bool) -> io::Result<()> {
    let (level, name) = match ipv6 {
        true => (libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO),
        false => (libc::IPPROTO_IP, libc::IP_PKTINFO),
    };
    let on: libc::c_int = 1;
    // SAFETY: the descriptor is borrowed and so open; the pointer and the length describe one c_int that outlives the call.
    let done = unsafe {
        libc::setsockopt(socket.as_raw_fd(), level, name, (&raw const on).cast(), mem::size_of_val(&on) as libc::socklen_t)
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Room for one control message; a union of integers would do too, but this is aligned for `cmsghdr` and says why.
#[repr(C, align(8))]
struct Control([u8; 128]);

/// Takes one datagram off a non-blocking socket. `WouldBlock` means that there is none.
pub fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<Datagram> {
    let mut control = Control([0; 128]);
    let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // SAFETY: sockaddr_storage and msghdr are plain C structures for which all zeroes is a valid value.
    let (mut name, mut message): (libc::sockaddr_storage, libc::msghdr) = unsafe { (mem::zeroed(), mem::zeroed()) };
    message.msg_name = (&raw mut name).cast();
    message.msg_namelen = mem::size_of_val(&name) as libc::socklen_t;
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.0.as_mut_ptr().cast();
    message.msg_controllen = control.0.len() as _;
    // SAFETY: every pointer in the message leads to memory of the stated length that outlives the call.
    let got = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut message, libc::MSG_DONTWAIT) };
    let len = usize::try_from(got).map_err(|_| io::Error::last_os_error())?;
    let from = socket_address(&name).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
    Ok(Datagram { len, from, local: local_of(&message), cut: message.msg_flags & libc::MSG_TRUNC != 0 })
}

/// Sends one datagram, leaving from `local` where it is given; a dual-stack socket (`ipv6`) reaches IPv4 by mapped addresses.
pub fn send(socket: BorrowedFd<'_>, ipv6: bool, bytes: &[u8], to: SocketAddr, local: Option<Local>) -> io::Result<usize> {
    let mut control = Control([0; 128]);
    let mut part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // SAFETY: as in `receive`, zeroes are valid for both.
    let (mut name, mut message): (libc::sockaddr_storage, libc::msghdr) = unsafe { (mem::zeroed(), mem::zeroed()) };
    message.msg_name = (&raw mut name).cast();
    message.msg_namelen = write_address(&mut name, ipv6, to);
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    if let Some(local) = local {
        message.msg_control = control.0.as_mut_ptr().cast();
        message.msg_controllen = control.0.len() as _;
        message.msg_controllen = write_local(&message, ipv6, local) as _;
    }
    // SAFETY: every pointer in the message leads to memory of the stated length that outlives the call; sendmsg only reads it.
    let sent = unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const message, libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
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
                None => SocketAddrV6::new(ip, port, v6.sin6_flowinfo, v6.sin6_scope_id).into(),
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
            v6.sin6_addr.s6_addr = ip.octets();
            v6.sin6_scope_id = scope;
            mem::size_of::<libc::sockaddr_in6>() as libc::socklen_t
        }
    }
}

fn local_of(message: &libc::msghdr) -> Option<Local> {
    // SAFETY: the kernel filled msg_control and set msg_controllen to what it wrote; the CMSG functions stay within it.
    let mut header = unsafe { libc::CMSG_FIRSTHDR(message) };
    while !header.is_null() {
        // SAFETY: CMSG_FIRSTHDR and CMSG_NXTHDR return null or a whole header inside the buffer; the data may be unaligned.
        let (level, kind, data) = unsafe { ((*header).cmsg_level, (*header).cmsg_type, libc::CMSG_DATA(header)) };
        if (level, kind) == (libc::IPPROTO_IP, libc::IP_PKTINFO) {
            // SAFETY: the kernel sends a whole in_pktinfo under this level and type.
            let info = unsafe { data.cast::<libc::in_pktinfo>().read_unaligned() };
            let ip = Ipv4Addr::from(u32::from_be(info.ipi_spec_dst.s_addr));
            return Some(Local { ip: ip.into(), interface: info.ipi_ifindex as u32 });
        }
        if (level, kind) == (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) {
            // SAFETY: the kernel sends a whole in6_pktinfo under this level and type.
            let info = unsafe { data.cast::<libc::in6_pktinfo>().read_unaligned() };
            let ip = IpAddr::V6(Ipv6Addr::from(info.ipi6_addr.s6_addr)).to_canonical();
            return Some(Local { ip, interface: info.ipi6_ifindex });
        }
        // SAFETY: as for CMSG_FIRSTHDR.
        header = unsafe { libc::CMSG_NXTHDR(message, header) };
    }
    None
}

/// Writes the source address as the only control message; returns how many bytes of the control buffer count.
fn write_local(message: &libc::msghdr, ipv6: bool, local: Local) -> u32 {
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
        return write_control(message, libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, info);
    }
    let IpAddr::V4(ip) = local.ip else { return 0 };
    let spec = libc::in_addr { s_addr: u32::from(ip).to_be() };
    let info = libc::in_pktinfo { ipi_ifindex: interface as _, ipi_spec_dst: spec, ipi_addr: libc::in_addr { s_addr: 0 } };
    write_control(message, libc::IPPROTO_IP, libc::IP_PKTINFO, info)
}

fn write_control<T: Copy>(message: &libc::msghdr, level: libc::c_int, kind: libc::c_int, value: T) -> u32 {
    let size = mem::size_of::<T>() as libc::c_uint;
    // SAFETY: the control buffer is 128 bytes, aligned for cmsghdr, and CMSG_SPACE of either pktinfo is below 48, so the first
    // header and its data lie inside it.
    unsafe {
        let header = libc::CMSG_FIRSTHDR(message);
        (*header).cmsg_level = level;
        (*header).cmsg_type = kind;
        (*header).cmsg_len = libc::CMSG_LEN(size) as _;
        libc::CMSG_DATA(header).cast::<T>().write_unaligned(value);
        libc::CMSG_SPACE(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;
    use std::os::fd::AsFd;

    /// Receives on a socket that blocks: `receive` never does, so wait by peeking.
    fn wait_and_receive(socket: &UdpSocket, buffer: &mut [u8]) -> Datagram {
        socket.peek(&mut [0; 1]).expect("a datagram comes");
        receive(socket.as_fd(), buffer).expect("it is there")
    }

    #[test]
    fn an_answer_leaves_from_the_address_that_was_hit() {
        let server = UdpSocket::bind("0.0.0.0:0").expect("bind");
        report_local_address(server.as_fd(), false).expect("pktinfo");
        let port = server.local_addr().expect("addr").port();
        let client = UdpSocket::bind("127.0.0.1:0").expect("bind");
        client.send_to(b"hello", ("127.0.0.2", port)).expect("send");
        let mut buffer = [0; 64];
        let got = wait_and_receive(&server, &mut buffer);
        assert_eq!((&buffer[..got.len], got.cut), (&b"hello"[..], false));
        assert_eq!(got.from, client.local_addr().expect("addr"));
        assert_eq!(got.local.map(|l| l.ip), Some(Ipv4Addr::new(127, 0, 0, 2).into()));
        send(server.as_fd(), false, b"back", got.from, got.local).expect("send");
        let (len, from) = client.recv_from(&mut buffer).expect("answer");
        assert_eq!((&buffer[..len], from), (&b"back"[..], SocketAddr::from(([127, 0, 0, 2], port))));
    }

    #[test]
    fn a_dual_stack_socket_answers_both_families_from_the_address_that_was_hit() {
        let Ok(server) = UdpSocket::bind("[::]:0") else {
            return;
        }; // a machine without IPv6 has nothing to promise here
        report_local_address(server.as_fd(), true).expect("pktinfo");
        let port = server.local_addr().expect("addr").port();
        for (here, there) in [("127.0.0.1:0", "127.0.0.3"), ("[::1]:0", "::1")] {
            let Ok(client) = UdpSocket::bind(here) else {
                continue;
            };
            let there: IpAddr = there.parse().expect("an address");
            if client.send_to(b"x", (there, port)).is_err() {
                continue;
            }
            let got = wait_and_receive(&server, &mut [0; 64]);
            assert_eq!(got.from, client.local_addr().expect("addr"));
            assert_eq!(got.local.map(|l| l.ip), Some(there));
            send(server.as_fd(), true, b"y", got.from, got.local).expect("send");
            assert_eq!(client.recv_from(&mut [0; 8]).expect("answer").1, SocketAddr::new(there, port));
        }
    }

    #[test]
    fn a_datagram_larger_than_the_buffer_says_so() {
        let server = UdpSocket::bind("127.0.0.1:0").expect("bind");
        let client = UdpSocket::bind("127.0.0.1:0").expect("bind");
        client.send_to(&[7; 100], server.local_addr().expect("addr")).expect("send");
        let got = wait_and_receive(&server, &mut [0; 10]);
        assert!(got.cut);
        assert_eq!(got.local, None);
    }

    #[test]
    fn tuning_and_restricting_are_harmless_to_repeat() {
        tune_allocator();
        tune_allocator();
        restrict_name_lookups();
    }
}
