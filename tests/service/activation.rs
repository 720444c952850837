//! Socket activation of both halves, readiness, the watchdog's food, and a restart that refuses nobody.

use super::manager::Manager;
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// A STUN Binding request (RFC 8489) without attributes, with this transaction.
fn binding(transaction: [u8; 12]) -> Vec<u8> {
    let head: [u8; 8] = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    [head.as_slice(), &transaction].concat()
}

/// Asks for a page in plain HTTP; the port answers with the way to HTTPS.
fn knock(port: u16) -> std::io::Result<String> {
    let mut tcp = TcpStream::connect(("127.0.0.1", port))?;
    tcp.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(tcp, "GET /about HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    tcp.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn a_handed_port_is_served_in_both_halves_and_the_manager_is_told() {
    let manager = Manager::new();
    let running = manager.start();
    let ready = manager.hears("READY=1");
    assert!(ready.contains(&format!("STATUS=Ready on port {}", manager.port)), "{ready}");
    assert!(knock(manager.port).unwrap().contains(&format!("https://localhost:{}/about", manager.port)));

    let asking = UdpSocket::bind("127.0.0.1:0").unwrap();
    asking.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    asking.send_to(&binding(*b"alongside-12"), ("127.0.0.1", manager.port)).unwrap();
    let mut answer = [0; 512];
    let (length, _) = asking.recv_from(&mut answer).unwrap();
    assert_eq!(&answer[..2], &[1, 1], "a Binding success");
    assert_eq!(&answer[8..20], b"alongside-12");
    assert!(length > 20);

    let fed = manager.hears("WATCHDOG=1");
    assert!(fed.contains("relayed addresses open"), "{fed}");
    assert!(running.ends());
    manager.hears("STOPPING=1");
    assert!(!manager.place.data().join("port").exists(), "a handed port is not the one to remember");
}

#[test]
fn a_service_that_is_asked_for_a_look_at_its_files_goes_on() {
    let manager = Manager::new();
    let mut running = manager.start();
    manager.hears("READY=1");
    assert!(Command::new("kill").args(["-HUP", &running.0.id().to_string()]).status().unwrap().success());
    // Its next sign of life comes after the signal: the watchdog is fed ten times a second.
    (0..3).for_each(|_| drop(manager.hears("WATCHDOG=1")));
    assert!(running.0.try_wait().unwrap().is_none(), "SIGHUP ended it");
    assert!(knock(manager.port).unwrap().starts_with("HTTP/1.1 308"));
    assert!(running.ends());
}

#[test]
fn a_restart_refuses_no_connection() {
    let manager = Manager::new();
    let running = manager.start();
    manager.hears("READY=1");
    let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (stopped, count, port) = (stop.clone(), answered.clone(), manager.port);
    let knocking = thread::spawn(move || {
        let mut troubles = Vec::new();
        while !stopped.load(Ordering::Relaxed) {
            match knock(port) {
                Ok(answer) if answer.starts_with("HTTP/1.1 308") => drop(count.fetch_add(1, Ordering::Relaxed)),
                Ok(other) => troubles.push(format!("answered {other:?}")),
                Err(error) => troubles.push(error.to_string()),
            }
        }
        troubles
    });
    assert!(running.ends());
    let again = manager.start();
    manager.hears("READY=1");
    let before = answered.load(Ordering::Relaxed);
    // The socket kept whoever knocked in between; everybody is answered in the end.
    assert!(knock(port).unwrap().starts_with("HTTP/1.1 308"));
    stop.store(true, Ordering::Relaxed);
    let troubles = knocking.join().unwrap();
    let refused: Vec<_> = troubles.iter().filter(|trouble| trouble.contains("refused")).collect();
    assert!(refused.is_empty(), "{refused:?}");
    // Who had just been let in when the end came may be cut off once, and knocks again.
    assert!(troubles.len() <= 1, "{troubles:?}");
    assert!(answered.load(Ordering::Relaxed) >= before);
    assert!(again.ends());
}

#[test]
fn half_a_port_is_refused_with_the_line_to_change() {
    let manager = Manager::with_half_a_port();
    let said = manager.start().gives_up();
    assert!(said.contains("ListenDatagram") && said.contains(&manager.port.to_string()), "{said}");
}
