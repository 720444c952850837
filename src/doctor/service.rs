//! Whether the server runs, who starts it, and what it lives under.

use super::process::{self, Holder};
use super::{Patient, said_size};
use crate::domain::health::{Check, Finding};
use crate::port::{self, Want};
use std::path::Path;

const RUNNING: Check = Check::new("service.running", "The server runs");
const UNIT: Check = Check::new("service.unit", "It comes back by itself");
const VERSION: Check = Check::new("service.version", "Version");
const FILES: Check = Check::new("service.files", "Open files");
const PORT_TCP: Check = Check::new("port.tcp", "The port, TCP");
const PORT_UDP: Check = Check::new("port.udp", "The port, UDP");
const BUFFERS: Check = Check::new("port.buffers", "Room for bursts of packets");

/// Every open page is a file; below this a full house would notice.
const FILES_LEAST: u64 = 4096;

pub fn look(patient: &Patient) -> Vec<Finding> {
    let pid = patient.server.pid();
    let systemd = Path::new("/run/systemd/system").exists();
    let port = |tcp| judge_port(patient.runs(), patient.port, tcp, process::holder_of_port(patient.port, tcp));
    let mut found = vec![
        running(patient),
        judge_unit(patient.runs(), systemd, pid.and_then(process::unit)),
        version(pid),
        judge_files(pid.and_then(|pid| process::limit(pid, "Max open files"))),
        port(true),
        port(false),
    ];
    found.push(judge_buffers(largest_buffer()));
    found
}

fn running(patient: &Patient) -> Finding {
    if !patient.runs() {
        let dir = patient.config.data_dir.display();
        let start = patient.config.verb("serve");
        return RUNNING.fail(format!("No server runs on {dir}."), format!("systemctl start alongside (by hand: {start})"));
    }
    let memory = patient.server.pid().and_then(process::memory);
    let memory = memory.map(|bytes| format!(", with {} in memory", said_size(bytes))).unwrap_or_default();
    RUNNING.fine(format!("It runs on port {}{memory}.", patient.port))
}

fn judge_unit(runs: bool, systemd: bool, unit: Option<String>) -> Finding {
    match (runs, unit) {
        (_, Some(unit)) => UNIT.fine(format!("systemd looks after it, as {unit}.")),
        (true, None) if systemd => UNIT.warn(
            "It was started by hand: after a power cut nobody starts it again.",
            "Install the package, or a systemd unit of your own: systemctl enable --now alongside",
        ),
        (true, None) => UNIT.unseen("This machine has no systemd; whatever starts it is not known here.", None),
        (false, None) => UNIT.unseen("It doesn't run, so who would start it can't be seen.", None),
    }
}

fn version(pid: Option<u32>) -> Finding {
    let version = env!("CARGO_PKG_VERSION");
    match pid.and_then(process::is_replaced) {
        Some(true) => VERSION.warn(
            format!("The program was exchanged (this one is {version}) and the old one still runs."),
            "systemctl restart alongside",
        ),
        _ => VERSION.fine(format!("{version} on {}.", std::env::consts::ARCH)),
    }
}

fn judge_files(limit: Option<u64>) -> Finding {
    match limit {
        None => FILES.unseen("The limit of open files can't be read here.", None),
        Some(limit) if limit < FILES_LEAST => FILES.warn(
            format!("It may open {limit} files; every open page is one, so a full house would be turned away."),
            "LimitNOFILE=65536 in the [Service] part of the unit",
        ),
        Some(u64::MAX) => FILES.fine("No limit."),
        Some(limit) => FILES.fine(format!("It may open {limit}.")),
    }
}

fn judge_port(runs: bool, port: u16, tcp: bool, holder: Holder) -> Finding {
    let (check, half) = if tcp { (PORT_TCP, "TCP") } else { (PORT_UDP, "UDP") };
    match (runs, holder) {
        (_, Holder::Unknown) => check.unseen(format!("Who holds {half} port {port} can't be read here."), None),
        (true, Holder::Somebody(_)) => check.fine(format!("{half} port {port} is open on this machine.")),
        (true, Holder::Nobody) => check.fail(
            format!("A server runs, and nobody listens on {half} port {port}."),
            "systemctl restart alongside, then look at its log: journalctl -u alongside",
        ),
        (false, Holder::Nobody) => check.fine(format!("{half} port {port} is free.")),
        (false, Holder::Somebody(holder)) => check.fail(
            format!("{half} port {port} is taken by {holder}, so the server can't start."),
            format!("End that program, or give Alongside another number: alongside serve --port {}", port.saturating_add(1)),
        ),
    }
}

/// What the kernel gives a socket of this user, in bytes.
fn largest_buffer() -> Option<usize> {
    port::bind(Want { port: 0, addresses: vec![std::net::Ipv4Addr::LOCALHOST.into()] }).ok().map(|bound| bound.udp_buffer)
}

fn judge_buffers(bytes: Option<usize>) -> Finding {
    let wanted = port::UDP_BUFFER;
    match bytes {
        None => BUFFERS.unseen("No socket could be opened to ask the kernel.", None),
        Some(bytes) if bytes < wanted => BUFFERS.warn(
            format!(
                "The kernel gives {} KiB where {} KiB are wanted; with many calls, packets may be lost.",
                bytes >> 10,
                wanted >> 10
            ),
            format!("echo 'net.core.rmem_max={wanted}\nnet.core.wmem_max={wanted}' | sudo tee /etc/sysctl.d/60-alongside.conf && sudo sysctl --system"),
        ),
        Some(bytes) => BUFFERS.fine(format!("{} KiB.", bytes >> 10)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::Level;

    #[test]
    fn a_server_started_by_hand_is_a_warning_only_where_systemd_could_do_it() {
        assert_eq!(judge_unit(true, true, None).level, Level::Warn);
        assert_eq!(judge_unit(true, false, None).level, Level::Unseen);
        assert_eq!(judge_unit(true, true, Some("alongside.service".into())).level, Level::Fine);
    }

    #[test]
    fn a_port_is_wanted_free_before_the_start_and_held_after_it() {
        let level = |runs, holder| judge_port(runs, 8443, false, holder).level;
        let nginx = || Holder::Somebody("nginx (5)".to_owned());
        assert_eq!([level(true, nginx()), level(true, Holder::Nobody)], [Level::Fine, Level::Fail]);
        assert_eq!([level(false, nginx()), level(false, Holder::Nobody)], [Level::Fail, Level::Fine]);
        assert_eq!(level(true, Holder::Unknown), Level::Unseen);
        let taken = judge_port(false, 8443, false, nginx());
        assert!(taken.said.contains("UDP port 8443 is taken by nginx (5)") && taken.fix.expect("a fix").contains("--port 8444"));
    }

    #[test]
    fn few_files_and_small_buffers_name_the_line_to_change() {
        let files = judge_files(Some(1024));
        assert_eq!((files.level, files.fix.expect("a fix").contains("LimitNOFILE")), (Level::Warn, true));
        let buffers = judge_buffers(Some(212_992));
        assert!(buffers.level == Level::Warn && buffers.fix.expect("a fix").contains("net.core.rmem_max=4194304"));
        assert_eq!(judge_buffers(Some(port::UDP_BUFFER)).level, Level::Fine);
    }
}
