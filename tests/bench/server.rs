//! The server under measurement: the release binary as a process of its own, watched through `/proc` and ended by its id.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Nothing that works takes longer to be ready, or to end.
const PATIENCE: Duration = Duration::from_secs(30);
/// Clock ticks a second in `/proc`, the same on every Linux that this runs on.
const TICKS: f64 = 100.0;

pub struct Server {
    process: Child,
    pub port: u16,
    /// From the start of the process to the line "Ready on port".
    pub ready: Duration,
    pub began: Instant,
}

/// Resident memory in KiB.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    pub rss: f64,
    /// The most that it ever was.
    pub peak: f64,
    /// Of it what belongs to no file.
    pub own: f64,
}

impl Memory {
    pub fn said(&self) -> String {
        format!("{:.1} MiB of it no file's, peak {:.1} MiB", self.own / 1024.0, self.peak / 1024.0)
    }
}

impl Server {
    /// Starts the server on a data directory, on loopback and a free port, and waits until it says that it is ready.
    pub async fn start(data: &Path) -> Self {
        std::fs::write(data.join("alongside.toml"), "listen = [\"127.0.0.1\"]\n").expect("a configuration");
        let began = Instant::now();
        let mut process = Command::new(binary())
            .args(["serve", "--port", "0", "--data-dir"])
            .arg(data)
            .env("ALONGSIDE_LOG", "warn")
            .env("ALONGSIDE_LAN_NAME", "no")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("target/release/alongside, built by `cargo build --release`");
        let said = process.stdout.take().expect("its standard output");
        let (tell, told) = oneshot::channel();
        std::thread::spawn(move || {
            let mut tell = Some(tell);
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                let port = line.strip_prefix("Ready on port ").and_then(|port| port.trim().parse::<u16>().ok());
                if let (Some(port), Some(tell)) = (port, tell.take_if(|_| port.is_some())) {
                    let _ = tell.send((port, began.elapsed()));
                }
            }
        });
        let told = tokio::time::timeout(PATIENCE, told).await;
        let Ok(Ok((port, ready))) = told else {
            let _ = process.kill();
            panic!("the server was not ready within {PATIENCE:?}");
        };
        Self { process, port, ready, began }
    }

    /// Processor time of the process since it began, in seconds.
    pub fn cpu_s(&self) -> f64 {
        let stat = self.proc("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        // Fields 14 and 15 of the line, counted behind the name in brackets, which is the second.
        fields[11..13].iter().filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
    }

    pub fn memory(&self) -> Memory {
        let status = self.proc("status");
        let kib = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
        };
        Memory { rss: kib("VmRSS:"), peak: kib("VmHWM:"), own: kib("RssAnon:") }
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.process.id())).expect("the server runs")
    }

    /// Ends it as an operator does.
    pub async fn stop(mut self) {
        let asked = Command::new("kill").arg("-TERM").arg(self.process.id().to_string()).status();
        asked.expect("kill");
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if matches!(self.process.try_wait(), Ok(Some(_))) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        eprintln!("    the server did not end within {PATIENCE:?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn binary() -> PathBuf {
    let named = std::env::var_os("ALONGSIDE_BIN").map(PathBuf::from);
    named.unwrap_or_else(|| {
        let exe = std::env::current_exe().expect("a path of this program");
        exe.ancestors().nth(2).expect("target/release/examples/bench").join("alongside")
    })
}
