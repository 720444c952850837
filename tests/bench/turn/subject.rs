//! A relay under measurement: ours or coturn, as a process of its own, watched through `/proc` and ended by its id.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const SECRET: &str = "a secret for loads and nothing else";
/// Nothing that works takes longer to be ready.
const PATIENCE: Duration = Duration::from_secs(15);
/// Clock ticks a second in `/proc`, the same on every Linux that this runs on.
const TICKS: f64 = 100.0;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    Ours,
    Coturn,
}

/// A running relay.
pub struct Subject {
    process: Child,
    /// Where it takes datagrams and plain streams, and where TLS.
    pub plain: SocketAddr,
    pub tls: SocketAddr,
}

impl Subject {
    pub fn start(whose: Whose, scratch: &Path) -> Self {
        match whose {
            Whose::Ours => Self::ours(),
            Whose::Coturn => Self::coturn(scratch),
        }
    }

    fn ours() -> Self {
        let exe = std::env::current_exe().expect("a path of this program");
        let engine = exe.parent().expect("target/release/examples").join("media_engine");
        let mut process = Command::new(engine)
            .args(["--turn-secret", SECRET])
            .args(std::env::var("ENGINE_ARGS").unwrap_or_default().split_whitespace())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("media_engine, built by `cargo build --release --examples`");
        let said = BufReader::new(process.stdout.take().expect("its standard output"));
        let port = said.lines().map_while(Result::ok).find_map(|line| line.strip_prefix("Ready on port ")?.parse().ok());
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port.expect("a port")));
        Self { process, plain: at, tls: at }
    }

    fn coturn(scratch: &Path) -> Self {
        let (cert, key) = certificate(scratch);
        let (plain, tls) = (free_port(), free_port());
        let process = Command::new("turnserver")
            .args(["-n", "--no-cli", "--no-software-attribute", "--log-file=stdout", "--simple-log", "--use-auth-secret"])
            .args(["--realm=bench", "--allow-loopback-peers", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1"])
            .args([format!("--static-auth-secret={SECRET}"), format!("--pidfile={}", scratch.join("coturn.pid").display())])
            .args([format!("--listening-port={plain}"), format!("--tls-listening-port={tls}")])
            .args([format!("--cert={}", cert.display()), format!("--pkey={}", key.display())])
            .args(["--min-port=20000", "--max-port=60000", "-m", &relay_threads()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("turnserver, installed by `apt-get install coturn`");
        let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let subject = Self { process, plain: at(plain), tls: at(tls) };
        subject.wait_for_binding();
        subject
    }

    fn wait_for_binding(&self) {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a time-out");
        let request = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let _ = socket.send_to(&request, self.plain);
            if socket.recv(&mut [0; 200]).is_ok() {
                return;
            }
        }
        panic!("coturn was not ready within {PATIENCE:?}");
    }

    /// Processor time of the process since it began, in seconds: all of it, and the kernel's part.
    pub fn cpu_s(&self) -> (f64, f64) {
        let stat = self.proc("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        // Fields 14 and 15 of the line, counted behind the name in brackets, which is the second.
        let ticks: Vec<f64> = fields[11..13].iter().filter_map(|ticks| ticks.parse().ok()).collect();
        ((ticks[0] + ticks[1]) / TICKS, ticks[1] / TICKS)
    }

    /// Resident memory, in KiB.
    pub fn rss_kib(&self) -> f64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.process.id())).expect("the relay runs")
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// How many relay threads coturn gets; one was its best on two processors.
fn relay_threads() -> String {
    std::env::var("COTURN_THREADS").unwrap_or_else(|_| "1".to_owned())
}

/// A port that is free for both protocols at this moment.
fn free_port() -> u16 {
    loop {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = tcp.local_addr().expect("an address").port();
        if UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// A certificate that nobody has to trust.
fn certificate(scratch: &Path) -> (PathBuf, PathBuf) {
    let (cert, key) = (scratch.join("cert.pem"), scratch.join("key.pem"));
    if !cert.exists() {
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=localhost", "-out"])
            .arg(&cert)
            .arg("-keyout")
            .arg(&key)
            .stderr(Stdio::null())
            .status();
        assert!(made.is_ok_and(|status| status.success()), "openssl makes a certificate");
    }
    (cert, key)
}
