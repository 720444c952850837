//! What the service manager is told: ready, how things stand, ending, and that the port still turns (systemd's `sd_notify`).
//!
//! The watchdog is fed only by a full turn of the wire thread, asked for by a task of the runtime: when either stands still the
//! manager starts the server anew. A stuck disk holds up neither, so it never ends calls. Started by hand, nobody is told.

use crate::switchboard::Handle;
use std::ffi::OsString;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;
use tokio::time::timeout;

/// How often figures are told where no watchdog asks more often.
const FIGURES: Duration = Duration::from_secs(60);

/// The line to the service manager, if there is one.
pub struct Supervisor {
    line: Option<(UnixDatagram, SocketAddr)>,
    /// How long the manager waits for a sign of life.
    patience: Option<Duration>,
}

impl Supervisor {
    /// Finds the manager in the environment.
    pub fn found(env: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let line = env("NOTIFY_SOCKET").and_then(|name| connect(&name).ok());
        let number = |name: &str| env(name).and_then(|text| text.to_str()?.trim().parse::<u64>().ok());
        let mine = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
        let patience = number("WATCHDOG_USEC").filter(|us| mine && *us > 0).map(Duration::from_micros);
        Self { line, patience }
    }

    /// Tells that the port is served, and how things stand.
    pub fn ready(&self, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={status}"));
    }

    /// Tells that the end has begun.
    pub fn stopping(&self) {
        self.tell("STOPPING=1\nSTATUS=Ending: open pages connect again when the server is back.");
    }

    fn tell(&self, lines: &str) {
        if let Some((socket, to)) = &self.line {
            // A manager that does not listen loses a status line.
            let _ = socket.send_to_addr(lines.as_bytes(), to);
        }
    }

    /// Feeds the watchdog and tells figures until dropped. Three feedings fit into the manager's patience.
    pub async fn feed(&self, port: u16, wire: &Handle) {
        if self.line.is_none() {
            return std::future::pending().await;
        }
        let every = self.patience.map_or(FIGURES, |patience| (patience / 3).min(FIGURES));
        loop {
            tokio::time::sleep(every).await;
            // No turn in time, no feeding: the next round asks again.
            let Ok(Ok(counts)) = timeout(every, wire.counts()).await else { continue };
            let (open, dropped) = (counts.turn.allocations, counts.dropped);
            self.tell(&format!(
                "WATCHDOG=1\nSTATUS=Ready on port {port}; {open} relayed addresses open, {dropped} packets dropped"
            ));
        }
    }
}

/// An unbound socket and where the manager listens: a path, or a name beginning with `@`.
fn connect(name: &OsString) -> io::Result<(UnixDatagram, SocketAddr)> {
    let to = match name.as_bytes().strip_prefix(b"@") {
        Some(abstract_name) => SocketAddr::from_abstract_name(abstract_name)?,
        None => SocketAddr::from_pathname(name)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    Ok((socket, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manager(name: &str) -> (UnixDatagram, String) {
        let name = format!("alongside-test-{name}-{}", std::process::id());
        let at = SocketAddr::from_abstract_name(&name).expect("a name");
        (UnixDatagram::bind_addr(&at).expect("bound"), format!("@{name}"))
    }

    fn heard(manager: &UnixDatagram) -> String {
        let mut bytes = [0; 256];
        let length = manager.recv(&mut bytes).expect("a message");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    }

    #[test]
    fn the_manager_hears_ready_and_the_end() {
        let (manager, name) = manager("states");
        let supervisor = Supervisor::found(&|key| (key == "NOTIFY_SOCKET").then(|| OsString::from(&name)));
        supervisor.ready("Ready on port 443");
        assert_eq!(heard(&manager), "READY=1\nSTATUS=Ready on port 443");
        supervisor.stopping();
        assert!(heard(&manager).starts_with("STOPPING=1\n"));
    }

    #[test]
    fn a_watchdog_for_another_process_is_not_ours() {
        let env = |pid: u32| {
            move |key: &str| match key {
                "WATCHDOG_USEC" => Some(OsString::from("30000000")),
                "WATCHDOG_PID" => Some(OsString::from(pid.to_string())),
                _ => None,
            }
        };
        assert_eq!(Supervisor::found(&env(std::process::id())).patience, Some(Duration::from_secs(30)));
        assert_eq!(Supervisor::found(&env(1)).patience, None);
        Supervisor::found(&|_| None).ready("nobody listens, and nothing happens");
    }
}
