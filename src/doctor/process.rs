//! What `/proc` tells of processes: who holds a lock or a port, and under which limits a server lives.
//!
//! Elsewhere than on Linux, or where it may not be read, the answer is "not known".

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The process that holds a lock on this file.
pub fn holder_of(path: &Path) -> Option<u32> {
    let inode = fs::metadata(path).ok()?.ino();
    holder_in(&fs::read_to_string("/proc/locks").ok()?, inode)
}

/// `1: FLOCK  ADVISORY  WRITE 123 08:01:456 0 EOF`
fn holder_in(table: &str, inode: u64) -> Option<u32> {
    let held = |line: &&str| line.split_whitespace().nth(5).and_then(|id| id.rsplit(':').next()?.parse().ok()) == Some(inode);
    table.lines().find(held)?.split_whitespace().nth(4)?.parse().ok()
}

/// A limit's soft value: `Max open files            1024                 4096                 files`.
pub fn limit(pid: u32, name: &str) -> Option<u64> {
    limit_in(&fs::read_to_string(format!("/proc/{pid}/limits")).ok()?, name)
}

fn limit_in(table: &str, name: &str) -> Option<u64> {
    let value = table.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?;
    if value == "unlimited" { Some(u64::MAX) } else { value.parse().ok() }
}

/// The systemd unit that a process belongs to, if it is a service.
pub fn unit(pid: u32) -> Option<String> {
    unit_in(&fs::read_to_string(format!("/proc/{pid}/cgroup")).ok()?)
}

fn unit_in(table: &str) -> Option<String> {
    let path = table.lines().find_map(|line| line.strip_prefix("0::"))?;
    path.rsplit('/').find(|part| part.ends_with(".service")).filter(|unit| !unit.starts_with("user@")).map(str::to_owned)
}

/// Whether the program that a process runs was replaced on the disk since.
pub fn is_replaced(pid: u32) -> Option<bool> {
    let program = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    Some(program.to_string_lossy().ends_with(" (deleted)"))
}

/// What a process keeps in memory, in bytes.
pub fn memory(pid: u32) -> Option<u64> {
    kib_in(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?, "VmRSS:")
}

/// A line of `/proc/meminfo` or of a status: `MemAvailable:   123 kB`.
pub fn kib_in(table: &str, name: &str) -> Option<u64> {
    let value = table.lines().find_map(|line| line.strip_prefix(name))?;
    value.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Who holds a port.
#[derive(Debug, PartialEq, Eq)]
pub enum Holder {
    Nobody,
    /// "nginx (123)", or "a program of another user".
    Somebody(String),
    /// The kernel's tables can't be read.
    Unknown,
}

/// Who holds this port. Asked by way of this very process: a hardened service sees nothing else of `/proc`.
pub fn holder_of_port(port: u16, tcp: bool) -> Holder {
    let tables = if tcp { ["tcp", "tcp6"] } else { ["udp", "udp6"] };
    let texts: Vec<String> =
        tables.iter().filter_map(|table| fs::read_to_string(format!("/proc/self/net/{table}")).ok()).collect();
    if texts.is_empty() {
        return Holder::Unknown;
    }
    let inodes: Vec<u64> = texts.iter().flat_map(|text| sockets_in(text, port, tcp)).collect();
    if inodes.is_empty() {
        return Holder::Nobody;
    }
    Holder::Somebody(owner_of(&inodes).unwrap_or_else(|| "a program of another user".to_owned()))
}

/// Inodes of the sockets on a port; of TCP only those that listen.
fn sockets_in(table: &str, port: u16, tcp: bool) -> Vec<u64> {
    let of_line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let own = u16::from_str_radix(words.get(1)?.rsplit(':').next()?, 16).ok()?;
        let listens = !tcp || words.get(3) == Some(&"0A");
        (own == port && listens).then(|| words.get(9)?.parse().ok()).flatten()
    };
    table.lines().skip(1).filter_map(of_line).collect()
}

fn owner_of(inodes: &[u64]) -> Option<String> {
    let wanted: Vec<String> = inodes.iter().map(|inode| format!("socket:[{inode}]")).collect();
    for entry in fs::read_dir("/proc").ok()?.flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(files) = fs::read_dir(entry.path().join("fd")) else { continue };
        let mut links = files.flatten().filter_map(|file| fs::read_link(file.path()).ok());
        if links.any(|link| wanted.iter().any(|socket| link.as_os_str() == socket.as_str())) {
            let command = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            return Some(format!("{} ({pid})", command.trim()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locks_holder_a_limit_and_a_unit_are_read_from_the_tables() {
        let locks = "1: POSIX  ADVISORY  WRITE 7 08:01:5 0 EOF\n2: FLOCK  ADVISORY  WRITE 123 08:01:456 0 EOF\n";
        assert_eq!((holder_in(locks, 456), holder_in(locks, 9)), (Some(123), None));
        let limits = "Limit                     Soft Limit           Hard Limit\nMax open files            1024                 4096  files\n";
        assert_eq!(limit_in(limits, "Max open files"), Some(1024));
        assert_eq!(unit_in("0::/system.slice/alongside.service\n").as_deref(), Some("alongside.service"));
        assert_eq!(unit_in("0::/user.slice/user-0.slice/user@0.service/app.slice/x.scope\n"), None);
        assert_eq!(kib_in("MemTotal: 5 kB\nMemAvailable:   12 kB\n", "MemAvailable:"), Some(12 * 1024));
    }

    #[test]
    fn a_port_is_held_by_who_listens_and_not_by_who_is_connected() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 00000000:20FB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1\n\
             1: 0100007F:20FB 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 4712 1\n";
        assert_eq!(sockets_in(table, 8443, true), [4711]);
        assert_eq!(sockets_in(table, 8443, false), [4711, 4712]);
        assert!(sockets_in(table, 443, true).is_empty());
    }

    #[test]
    fn this_very_process_is_found_by_the_port_it_holds() {
        let held = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let port = held.local_addr().expect("an address").port();
        let Holder::Somebody(holder) = holder_of_port(port, false) else { panic!("it is held") };
        assert!(holder.ends_with(&format!("({})", std::process::id())), "{holder}");
        drop(held);
        assert_eq!(holder_of_port(port, false), Holder::Nobody);
    }
}
