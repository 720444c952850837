//! A service manager for one program: it binds the port, hands it over, hears what the program tells, and starts it again on the
//! same sockets. Everything lives in a directory of its own, which goes with it.

use std::io::Read;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Nobody in this network is to find a test by its name.
const NAMELESS: (&str, &str) = ("ALONGSIDE_LAN_NAME", "no");
const BIN: &str = env!("CARGO_BIN_EXE_alongside");
/// Long enough for a busy machine; nothing waits that long where all is well.
const PATIENCE: Duration = Duration::from_secs(60);

static HOUSES: AtomicU32 = AtomicU32::new(0);

/// A directory for one test, gone with it.
pub struct Place(pub PathBuf);

impl Place {
    pub fn new() -> Self {
        let name = format!("alongside-service-{}-{}", std::process::id(), HOUSES.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn data(&self) -> PathBuf {
        self.0.join("data")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The manager with the port in its hands.
pub struct Manager {
    pub place: Place,
    pub port: u16,
    tcp: TcpListener,
    udp: Option<UdpSocket>,
    told: UnixDatagram,
    told_at: String,
}

impl Manager {
    pub fn new() -> Self {
        let (tcp, udp) = both_halves();
        let port = tcp.local_addr().unwrap().port();
        let place = Place::new();
        let name = place.0.file_name().unwrap().to_string_lossy().into_owned();
        let told = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        told.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { place, port, tcp, udp: Some(udp), told, told_at: format!("@{name}") }
    }

    /// A manager whose unit names the TCP half only.
    pub fn with_half_a_port() -> Self {
        Self { udp: None, ..Self::new() }
    }

    /// Starts the program with the sockets as its descriptors 3 and 4.
    pub fn start(&self) -> Running {
        // A shell moves the descriptors to their places: the standard streams are the ones that a child may be given.
        let (count, moved) = if self.udp.is_some() { (2, "exec 3<&0 4<&1") } else { (1, "exec 3<&0") };
        let script =
            format!("{moved}; export LISTEN_PID=$$ LISTEN_FDS={count}; exec \"$0\" serve --data-dir \"$1\" </dev/null >&2");
        let tcp = OwnedFd::from(self.tcp.try_clone().unwrap());
        let udp = self.udp.as_ref().map(|udp| OwnedFd::from(udp.try_clone().unwrap()));
        let mut command = program("sh", &self.place);
        command.args(["-c", &script, BIN]).arg(self.place.data());
        command.env("NOTIFY_SOCKET", &self.told_at).env("WATCHDOG_USEC", "300000").env(NAMELESS.0, NAMELESS.1);
        command.stdin(tcp).stdout(udp.map_or_else(Stdio::null, Stdio::from)).stderr(Stdio::piped());
        Running(command.spawn().unwrap())
    }

    /// Starts the program without sockets, on any port that it likes; the port that it says.
    pub fn start_anywhere(&self) -> (Running, String) {
        let mut command = program(BIN, &self.place);
        command.args(["serve", "--port", "0", "--data-dir"]).arg(self.place.data()).env("NOTIFY_SOCKET", &self.told_at);
        command.env(NAMELESS.0, NAMELESS.1);
        let running = Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let told = self.hears("Ready on port ");
        let port = told.split("Ready on port ").nth(1).unwrap().split_whitespace().next().unwrap();
        (running, port.to_owned())
    }

    /// Runs a server that was made ready elsewhere, its log going to a file, until it is ready, and ends it.
    pub fn runs(&self, server: &mut Command, log: std::fs::File) {
        let running = server.env("NOTIFY_SOCKET", &self.told_at).stdout(Stdio::null()).stderr(log).spawn();
        let running = Running(running.unwrap());
        self.hears("READY=1");
        assert!(running.ends());
    }

    /// The next message that holds these words; others are passed over.
    pub fn hears(&self, words: &str) -> String {
        let mut bytes = [0; 1024];
        loop {
            let length = self.told.recv(&mut bytes).unwrap_or_else(|e| panic!("{words:?} was not told: {e}"));
            let message = String::from_utf8_lossy(&bytes[..length]);
            if message.contains(words) {
                return message.into_owned();
            }
        }
    }
}

/// TCP and UDP of one number that is free for both.
fn both_halves() -> (TcpListener, UdpSocket) {
    loop {
        let tcp = TcpListener::bind("[::]:0").or_else(|_| TcpListener::bind("0.0.0.0:0")).unwrap();
        if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()) {
            return (tcp, udp);
        }
    }
}

/// The running program; killed when a test gives up on it.
pub struct Running(pub Child);

impl Running {
    /// Asks it to end, as a manager does, and waits until it has.
    pub fn ends(mut self) -> bool {
        let asked = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().unwrap();
        asked.success() && self.0.wait().unwrap().success()
    }

    /// Waits for an end that it chose itself, and gives what it said.
    pub fn gives_up(mut self) -> String {
        let mut said = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(!self.0.wait().unwrap().success());
        said
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A command that sees nothing of this machine's own configuration.
pub fn program(name: &str, place: &Place) -> Command {
    let mut command = Command::new(name);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", &place.0);
    command
}

/// Runs a verb to its end: whether it went well, and what it said on both streams.
pub fn verb(place: &Place, args: &[&str]) -> (bool, String) {
    let done = alongside(place).args(args).output().unwrap();
    (done.status.success(), String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
}

/// The program itself.
pub fn alongside(place: &Place) -> Command {
    program(BIN, place)
}
