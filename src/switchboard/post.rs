//! What is to be sent, put together so that few calls carry it: by destination, and one message for packets of one size.
//!
//! Packets to one destination keep their order; between destinations there is none. Nothing is copied, and once the tables have
//! grown nothing is allocated. A full buffer of the kernel drops packets, as a full buffer anywhere on the way would.

use crate::path::Path;
use crate::sys::datagram::{Local, MOST_BYTES, MOST_SEGMENTS, Postman, Run};
use std::collections::HashMap;
use std::io;
use std::net::UdpSocket;
use std::os::fd::AsFd;
use tracing::{debug, trace};

/// The end of a list of packets.
const NONE: u32 = u32::MAX;

/// A socket that packets leave by.
pub(super) struct Door {
    pub socket: UdpSocket,
    pub ipv6: bool,
    /// Whether the kernel divides one message into datagrams here.
    pub divides: bool,
}

/// The packets for one destination: a list through `next`.
struct Group {
    path: Path,
    head: u32,
    tail: u32,
}

#[derive(Default)]
pub(super) struct Post {
    groups: Vec<Group>,
    by_path: HashMap<Path, u32, foldhash::fast::RandomState>,
    /// For each packet that was put in, its number and the next one to the same destination.
    packets: Vec<(u32, u32)>,
    order: Vec<u32>,
    runs: Vec<Run>,
    postman: Postman,
    pub dropped: u64,
}

impl Post {
    /// Puts in a packet, by its number.
    pub fn put(&mut self, path: Path, number: usize) {
        let entry = self.packets.len() as u32;
        self.packets.push((number as u32, NONE));
        let last = self.groups.last().is_some_and(|group| group.path == path).then(|| self.groups.len() as u32 - 1);
        match last.or_else(|| self.by_path.get(&path).copied()) {
            Some(place) => {
                let group = &mut self.groups[place as usize];
                self.packets[group.tail as usize].1 = entry;
                group.tail = entry;
            }
            None => {
                self.by_path.insert(path, self.groups.len() as u32);
                self.groups.push(Group { path, head: entry, tail: entry });
            }
        }
    }

    /// Sends all that was put in; `packet` gives the bytes of a number.
    pub fn send<'a>(&mut self, doors: &mut [Door], packet: impl Fn(usize) -> &'a [u8]) {
        if self.groups.is_empty() {
            return;
        }
        for (n, door) in doors.iter_mut().enumerate() {
            self.line_up(n, door.divides, &packet);
            self.carry(door, &packet);
        }
        self.groups.clear();
        self.by_path.clear();
        self.packets.clear();
    }

    /// Makes runs of the groups that leave by this door.
    fn line_up<'a>(&mut self, door: usize, divides: bool, packet: &impl Fn(usize) -> &'a [u8]) {
        self.order.clear();
        self.runs.clear();
        for group in &self.groups {
            let Path::Udp { socket, local, interface, remote } = group.path else { continue };
            if usize::from(socket) != door {
                continue;
            }
            let local = local.map(|ip| Local { ip, interface });
            let (mut entry, mut size, mut total, mut open) = (group.head, 0, 0, false);
            while entry != NONE {
                let (number, next) = self.packets[entry as usize];
                let length = packet(number as usize).len();
                let place = self.order.len();
                self.order.push(number);
                let fits = |run: &Run| run.packets.len() < MOST_SEGMENTS && length <= size && total + length <= MOST_BYTES;
                match self.runs.last_mut().filter(|run| open && fits(run)) {
                    Some(run) => run.packets.end = place + 1,
                    None => {
                        self.runs.push(Run { to: remote, local, packets: place..place + 1 });
                        (size, total) = (length, 0);
                    }
                }
                total += length;
                // A shorter packet is the last one of its message.
                open = divides && length == size;
                entry = next;
            }
        }
    }

    fn carry<'a>(&mut self, door: &mut Door, packet: &impl Fn(usize) -> &'a [u8]) {
        let Self { order, runs, postman, dropped, .. } = self;
        let bytes = |place: usize| packet(order[place] as usize);
        let mut done = 0;
        while done < runs.len() {
            match postman.send(door.socket.as_fd(), door.ipv6, &runs[done..], bytes) {
                Ok(sent) => done += sent.max(1),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    *dropped += runs[done..].iter().map(|run| run.packets.len() as u64).sum::<u64>();
                    return trace!("the kernel's buffer is full");
                }
                Err(error) => {
                    let run = runs[done].clone();
                    done += 1;
                    if run.packets.len() == 1 {
                        *dropped += 1;
                        trace!(%error, "a datagram was not sent");
                        continue;
                    }
                    if error.raw_os_error() == Some(libc::EIO) {
                        door.divides = false;
                        debug!("this machine's network cannot divide messages; datagrams leave one by one");
                    }
                    for place in run.packets.clone() {
                        let single = Run { packets: place..place + 1, ..run.clone() };
                        let sent = postman.send(door.socket.as_fd(), door.ipv6, &[single], bytes);
                        *dropped += u64::from(sent.is_err());
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;

    fn door() -> Door {
        Door { socket: UdpSocket::bind("127.0.0.1:0").expect("bind"), ipv6: false, divides: true }
    }

    fn to(client: &UdpSocket) -> Path {
        Path::Udp { socket: 0, local: None, interface: 0, remote: client.local_addr().expect("addr") }
    }

    fn shape(post: &Post) -> Vec<(u16, usize)> {
        post.runs.iter().map(|run| (run.to.port(), run.packets.len())).collect()
    }

    fn path(port: u16) -> Path {
        Path::Udp { socket: 0, local: None, interface: 0, remote: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    #[test]
    fn packets_of_one_size_leave_together_and_a_shorter_one_ends_the_message() {
        let packets: Vec<Vec<u8>> = [100, 100, 100, 60, 100, 120, 120].iter().map(|n| vec![0; *n]).collect();
        let mut post = Post::default();
        (0..packets.len()).for_each(|n| post.put(path(1), n));
        post.line_up(0, true, &|n| &packets[n]);
        assert_eq!(shape(&post), [(1, 4), (1, 1), (1, 2)]);
        post.line_up(0, false, &|n| &packets[n]);
        assert_eq!(shape(&post), [(1, 1); 7]);
    }

    #[test]
    fn a_message_has_a_bound() {
        let small = vec![0; 10];
        let mut post = Post::default();
        (0..100).for_each(|n| post.put(path(1), n));
        post.line_up(0, true, &|_| &small);
        assert_eq!(shape(&post), [(1, MOST_SEGMENTS), (1, 100 - MOST_SEGMENTS)]);
        let large = vec![0; 1400];
        post.line_up(0, true, &|_| &large);
        assert!(post.runs.iter().all(|run| run.packets.len() * 1400 <= MOST_BYTES));
        assert_eq!(post.runs.iter().map(|run| run.packets.len()).sum::<usize>(), 100);
    }

    #[test]
    fn every_destination_gets_its_packets_in_order() {
        let clients: Vec<_> = (0..3).map(|_| UdpSocket::bind("127.0.0.1:0").expect("bind")).collect();
        let packets: Vec<Vec<u8>> = (0..60u8).map(|n| vec![n; 50 + usize::from(n) % 2]).collect();
        let (mut post, mut doors) = (Post::default(), [door()]);
        for round in 0..2 {
            (0..packets.len()).for_each(|n| post.put(to(&clients[n % 3]), n));
            post.send(&mut doors, |n| &packets[n]);
            for (n, packet) in packets.iter().enumerate() {
                let mut buffer = [0; 100];
                let length = clients[n % 3].recv(&mut buffer).expect("a packet");
                assert_eq!(&buffer[..length], packet, "round {round}");
            }
        }
        assert_eq!(post.dropped, 0);
    }

    #[test]
    fn a_destination_that_cannot_be_reached_holds_up_nobody() {
        let client = UdpSocket::bind("127.0.0.1:0").expect("bind");
        let (mut post, mut doors) = (Post::default(), [door()]);
        post.put(path(0), 0);
        post.put(to(&client), 1);
        post.send(&mut doors, |n| [&b"nobody"[..], b"me"][n]);
        let mut buffer = [0; 8];
        assert_eq!((client.recv(&mut buffer).expect("a packet"), post.dropped), (2, 1));
    }
}
