//! Waiting for many sockets at once, and being woken from another thread: `epoll` and `eventfd`, level-triggered.
//!
//! Level-triggered, so that whoever takes only a part of what waits is told again. Sockets are named by the caller's numbers.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

/// How many sockets one wait tells of; the others are told by the next one.
const EVENTS: usize = 256;

/// A socket that has something to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    pub token: u64,
    /// There is something to read, or the end.
    pub readable: bool,
    pub writable: bool,
}

/// The set of sockets that are waited for. A socket leaves it by being closed.
pub struct Poll {
    fd: OwnedFd,
    events: Vec<libc::epoll_event>,
}

impl Poll {
    pub fn new() -> io::Result<Self> {
        // SAFETY: no pointer is passed; the result is checked before it is owned.
        let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is fresh and nobody else's.
        Ok(Self { fd: unsafe { OwnedFd::from_raw_fd(fd) }, events: vec![libc::epoll_event { events: 0, u64: 0 }; EVENTS] })
    }

    /// Waits for what this socket brings, and for room to write where that is wanted, from here on.
    pub fn add(&self, socket: BorrowedFd<'_>, token: u64, writable: bool) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, socket, token, writable)
    }

    /// Changes whether room to write is waited for.
    pub fn change(&self, socket: BorrowedFd<'_>, token: u64, writable: bool) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_MOD, socket, token, writable)
    }

    fn control(&self, what: libc::c_int, socket: BorrowedFd<'_>, token: u64, writable: bool) -> io::Result<()> {
        let wanted = libc::EPOLLIN | libc::EPOLLRDHUP | if writable { libc::EPOLLOUT } else { 0 };
        let mut event = libc::epoll_event { events: wanted as u32, u64: token };
        // SAFETY: both descriptors are open, and the event outlives the call, which copies it.
        let done = unsafe { libc::epoll_ctl(self.fd.as_raw_fd(), what, socket.as_raw_fd(), &raw mut event) };
        if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// Waits until something is ready or the time is over, whichever comes first, and puts into `ready` what is.
    pub fn wait(&mut self, ready: &mut Vec<Ready>, limit: Option<Duration>) -> io::Result<()> {
        ready.clear();
        // Rounded up: to wake a little before a deadline would be to spin until it.
        let millis = limit.map_or(-1, |limit| limit.as_micros().div_ceil(1000).min(60_000) as libc::c_int);
        let (events, most) = (self.events.as_mut_ptr(), self.events.len() as libc::c_int);
        // SAFETY: the pointer leads to `most` events that this struct owns.
        let got = unsafe { libc::epoll_wait(self.fd.as_raw_fd(), events, most, millis) };
        let Ok(got) = usize::try_from(got) else {
            let error = io::Error::last_os_error();
            return if error.kind() == io::ErrorKind::Interrupted { Ok(()) } else { Err(error) };
        };
        let seen = |event: &libc::epoll_event| {
            let (flags, token) = (event.events as libc::c_int, event.u64);
            Ready { token, readable: flags & !libc::EPOLLOUT != 0, writable: flags & libc::EPOLLOUT != 0 }
        };
        ready.extend(self.events[..got].iter().map(seen));
        Ok(())
    }
}

/// Wakes a [`Poll`] from any thread. Cloning shares it.
#[derive(Clone)]
pub struct Waker(Arc<File>);

impl Waker {
    pub fn new() -> io::Result<Self> {
        // SAFETY: no pointer is passed; the result is checked before it is owned.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is fresh and nobody else's.
        Ok(Self(Arc::new(File::from(unsafe { OwnedFd::from_raw_fd(fd) }))))
    }

    /// Makes the waker readable; once more changes nothing.
    pub fn wake(&self) {
        let _ = (&*self.0).write(&1u64.to_ne_bytes());
    }

    /// Makes it quiet again.
    pub fn quiet(&self) {
        let _ = (&*self.0).read(&mut [0; 8]);
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn a_socket_with_something_to_read_is_told_of_until_it_is_read() {
        let mut poll = Poll::new().expect("a poll");
        let socket = UdpSocket::bind("127.0.0.1:0").expect("bind");
        poll.add(socket.as_fd(), 7, false).expect("added");
        let mut ready = Vec::new();
        poll.wait(&mut ready, Some(Duration::ZERO)).expect("waited");
        assert_eq!(ready, []);
        socket.send_to(b"x", socket.local_addr().expect("addr")).expect("sent");
        for _ in 0..2 {
            poll.wait(&mut ready, None).expect("waited");
            assert_eq!(ready, [Ready { token: 7, readable: true, writable: false }]);
        }
        socket.recv(&mut [0; 8]).expect("read");
        poll.change(socket.as_fd(), 8, true).expect("changed");
        poll.wait(&mut ready, None).expect("waited");
        assert_eq!(ready, [Ready { token: 8, readable: false, writable: true }]);
    }

    #[test]
    fn a_waker_wakes_and_is_quiet_again() {
        let mut poll = Poll::new().expect("a poll");
        let waker = Waker::new().expect("a waker");
        poll.add(waker.as_fd(), 1, false).expect("added");
        let other = waker.clone();
        let thread = std::thread::spawn(move || other.wake());
        let mut ready = Vec::new();
        poll.wait(&mut ready, None).expect("woken");
        assert!(ready[0].readable);
        thread.join().expect("no panic");
        waker.wake();
        waker.quiet();
        poll.wait(&mut ready, Some(Duration::ZERO)).expect("waited");
        assert_eq!(ready, []);
    }
}
