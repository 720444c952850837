//! What must never be believed, and must never break: wrong certificates, bad offers, replays, noise.

use alongside::media::{Event, Join, JoinError};
use alongside::path::Outbox;
use proptest::prelude::*;
use std::time::{Duration, Instant};

use super::calls::Camera;
use super::client::{Client, Shape};
use super::world::{ROOM, World, candidate, new_sfu, path};

#[test]
fn a_certificate_that_was_not_offered_is_refused() {
    let mut world = World::new(30);
    world.join(Shape::default());
    world.client(0).lies = true;
    world.negotiate(0).unwrap();
    world.run(5000, |_| {});
    assert!(!world.client(0).connected());
    assert!(!world.events.iter().any(|event| matches!(event, Event::Connected { .. })));
    world.run(40_000, |_| {});
    assert_eq!(world.sfu.poll_timeout(), None, "nothing is kept of it");
}

#[test]
fn offers_that_cannot_work_are_refused_with_a_reason() {
    let now = Instant::now();
    let mut sfu = new_sfu(now, 31);
    let good = Client::new(now, 1, Shape::default()).offer();
    let without =
        |what: &str| good.lines().filter(|line| !line.starts_with(what)).map(|line| format!("{line}\r\n")).collect::<String>();
    let bad = [
        String::new(),
        "v=0\r\n".to_owned(),
        without("a=ice-ufrag"),
        without("a=ice-pwd"),
        without("a=fingerprint"),
        without("a=mid"),
        without("a=rtpmap"),
        good.replace("a=setup:actpass", "a=setup:passive"),
        good.replace("a=mid:cam", "a=mid:mic"),
        good.replace("m=audio 9", "m=audio 0").replace("m=video 9", "m=video 0"),
        good.replace("sha-256", "sha-1"),
        format!("{good}{}", "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n".repeat(100)),
        format!("{good}{}", "a=x:y\r\n".repeat(100_000)),
    ];
    for offer in &bad {
        let join = Join { room: ROOM, participant: 1, offer, candidates: &[candidate()], screens: 1, echo: false };
        assert!(matches!(sfu.join(now, join), Err(JoinError::Malformed(_) | JoinError::Unsupported(_))), "{offer:.200}");
    }
    assert_eq!(sfu.poll_timeout(), None);
}

#[test]
fn an_answer_mirrors_the_offer_line_by_line() {
    let now = Instant::now();
    let mut sfu = new_sfu(now, 32);
    let offer = Client::new(now, 1, Shape { layers: &["l", "m", "h"], ..Shape::default() }).offer()
        + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:data\r\na=sctp-port:5000\r\n";
    let join = Join { room: ROOM, participant: 1, offer: &offer, candidates: &[candidate()], screens: 1, echo: false };
    let answer = sfu.join(now, join).unwrap();
    let mids = |sdp: &str| sdp.lines().filter_map(|line| line.strip_prefix("a=mid:")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(mids(&answer), mids(&offer));
    for wanted in [
        "a=ice-lite",
        "a=setup:passive",
        "a=simulcast:recv l;m;h",
        "a=fmtp:97 apt=96",
        "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
        "a=candidate:1 1 udp 2130706431 192.0.2.9 9 typ host",
        "a=group:BUNDLE mic cam scr v0 v1 c0 c1 s0",
    ] {
        assert!(answer.lines().any(|line| line == wanted), "{wanted} in\n{answer}");
    }
    assert_eq!(answer.matches("a=ssrc-group:FID").count(), 3);
}

#[test]
fn packets_said_again_or_altered_change_nothing() {
    let mut world = World::new(33);
    world.join_all(2, &Shape::default());
    world.record = Some(Vec::new());
    world.settle();
    let mut a = Camera::new(0);
    world.run(1000, |world| a.run(world));
    let record = world.record.take().unwrap();
    let count = world.client(1).count;
    let mut out = Outbox::new();
    let sealed = |bytes: &[u8]| bytes[0] >= 128;
    for (n, (path, bytes)) in record.iter().enumerate() {
        world.sfu.handle(world.now, *path, &mut bytes.clone(), &mut out);
        let mut altered = bytes.clone();
        let at = n * 7 % altered.len();
        altered[at] ^= 1 << (n % 8);
        world.sfu.handle(world.now, *path, &mut altered, &mut out);
        altered.truncate(at);
        world.sfu.handle(world.now, *path, &mut altered, &mut out);
    }
    assert!(!out.iter().any(|(_, bytes)| sealed(bytes)), "nothing is passed on");
    world.run(1000, |world| a.run(world));
    assert!(world.client(1).count > count + 50, "and the call goes on");
}

#[test]
fn strangers_leave_no_trace() {
    let mut world = World::new(34);
    world.join(Shape::default());
    world.settle();
    let mut out = Outbox::new();
    for n in 0..2000u64 {
        let mut bytes: Vec<u8> = (0..40 + n % 900).map(|_| world.dice.next() as u8).collect();
        bytes[0] = [0, 1, 20, 22, 128, 144][n as usize % 6];
        world.sfu.handle(world.now, path(60 + n % 90), &mut bytes, &mut out);
    }
    assert!(out.is_empty());
    // From the client's own way, too.
    for n in 0..2000u64 {
        let mut bytes: Vec<u8> = (0..13 + n % 900).map(|_| world.dice.next() as u8).collect();
        bytes[0] = [20, 22, 128, 144][n as usize % 4];
        world.sfu.handle(world.now, path(1), &mut bytes, &mut out);
    }
    world.run(3000, |_| {});
    assert!(!world.events.iter().any(|event| matches!(event, Event::Gone { .. })));
}

/// Whatever a member says inside its own seal: odd headers, odd reports.
#[test]
fn noise_under_the_right_seal_breaks_nothing() {
    let mut world = World::new(35);
    world.join_all(2, &Shape { layers: &["l", "m", "h"], ..Shape::default() });
    world.settle();
    let mut a = Camera::new(0);
    world.run(4000, |world| {
        a.run(world);
        let kinds = [200u8, 201, 203, 205, 206];
        let count = (world.dice.next() % 32) as u8;
        let words = world.dice.next() % 30 + 1;
        let mut report = vec![0x80 | count, kinds[(world.dice.next() % 5) as usize], 0, words as u8];
        report.extend((0..words * 4).map(|_| 0u8));
        let ssrc = world.client(1).slot_ssrc("c0");
        report[4..].iter_mut().for_each(|byte| *byte = world.dice.next() as u8);
        if report.len() >= 12 && count.is_multiple_of(2) {
            report[8..12].copy_from_slice(&ssrc.to_be_bytes());
        }
        world.client(1).seal(&report);
        let payload: Vec<u8> = (0..world.dice.next() % 40).map(|n| (n as u8).wrapping_mul(37)).collect();
        let rid = ["l", "m", "h", "x"][(world.dice.next() % 4) as usize];
        let (timestamp, odd) = (world.dice.next() as u32, world.dice.next() % 2 == 0);
        world.client(1).send_media("cam", Some(rid), timestamp, odd, Some(timestamp as u8), &payload);
    });
    assert!(world.client(1).count > 100);
    world.parties[1].up.delay = Duration::from_millis(10);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_offer_makes_it_panic(cuts in proptest::collection::vec((any::<u16>(), any::<u8>(), "[ -~]{0,12}"), 1..12)) {
        let now = Instant::now();
        let mut sfu = new_sfu(now, 36);
        let shape = Shape { layers: &["l", "m", "h"], ..Shape::default() };
        let mut offer: Vec<u8> = Client::new(now, 1, shape).offer().into_bytes();
        for (at, with, insert) in cuts {
            let at = usize::from(at) % offer.len();
            match with % 3 {
                0 => offer[at] = with,
                1 => drop(offer.splice(at..at, insert.bytes())),
                _ => drop(offer.drain(at..(at + usize::from(with)).min(offer.len()))),
            }
            if offer.is_empty() {
                break;
            }
        }
        let offer = String::from_utf8_lossy(&offer).into_owned();
        let join = Join { room: 1, participant: 1, offer: &offer, candidates: &[candidate()], screens: 2, echo: false };
        if let Ok(answer) = sfu.join(now, join) {
            prop_assert!(answer.len() < 400_000);
            prop_assert!(answer.lines().all(|line| line.is_char_boundary(1) && line.as_bytes()[1] == b'='), "{}", answer);
        }
    }
}
