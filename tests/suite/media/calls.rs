//! Calls: who sees and hears whom, through loss, new addresses and restarts.

use alongside::media::{Event, Role, Shown, Wish};
use rtc::dtls::endpoint::EndpointEvent;
use std::collections::HashSet;
use std::time::Duration;

use super::client::{CM, GCM, MARK, SERVER, Shape, VP8, vp8};
use super::world::{ROOM, World, path};

/// Sends 25 pictures a second of three packets each, and a voice packet every 20 ms; a key frame when asked, and at first.
pub struct Camera {
    who: usize,
    picture: u16,
    next_ms: u64,
    voice_ms: u64,
    asked: usize,
    pub level: u8,
    pub marks: Vec<u64>,
}

impl Camera {
    pub fn new(who: usize) -> Self {
        Self { who, picture: 0, next_ms: 0, voice_ms: 0, asked: usize::MAX, level: 30, marks: Vec::new() }
    }

    pub fn run(&mut self, world: &mut World) {
        let ms = world.ms();
        let client = world.client(self.who);
        if !client.connected() {
            return;
        }
        if ms >= self.voice_ms {
            self.voice_ms = ms + 20;
            client.send_media("mic", None, (ms * 48) as u32, false, Some(self.level), &[self.who as u8; 40]);
        }
        if ms >= self.next_ms {
            self.next_ms = ms + 40;
            let asked = client.asked.key_frames.len();
            let key = std::mem::replace(&mut self.asked, asked) != asked;
            self.picture += 1;
            for part in 0..3u64 {
                let mark = (self.who as u64) << 48 | u64::from(self.picture) << 8 | part;
                let mut payload = vp8(key && part == 0, self.picture, 640, &mark.to_be_bytes(), 900);
                if part > 0 {
                    payload[0] &= !0x10;
                }
                self.marks.push(mark);
                client.send_media("cam", None, (ms * 90) as u32, part == 2, None, &payload);
            }
        }
    }
}

fn marks(world: &World, n: usize, mid: &str) -> Vec<u64> {
    let heard = world.parties[n].client.in_order(mid);
    heard.iter().map(|heard| u64::from_be_bytes(heard.payload[MARK..MARK + 8].try_into().unwrap())).collect()
}

fn shown(world: &World, who: u64) -> Vec<Shown> {
    let slots = |event: &Event| match event {
        Event::Slots { participant, slots } if *participant == who => Some(slots.clone()),
        _ => None,
    };
    world.events.iter().rev().find_map(slots).unwrap_or_default()
}

#[test]
fn two_see_and_hear_each_other() {
    let mut world = World::new(1);
    world.join(Shape::default());
    world.join(Shape { profiles: CM, ..Shape::default() });
    world.settle();
    assert_eq!(world.events.iter().filter(|event| matches!(event, Event::Connected { .. })).count(), 2);
    let (mut a, mut b) = (Camera::new(0), Camera::new(1));
    world.run(3000, |world| {
        a.run(world);
        b.run(world);
    });
    world.run(200, |_| {});
    for (n, sent) in [(1, &a), (0, &b)] {
        let seen = marks(&world, n, "c0");
        assert!(seen.len() > 200 && sent.marks.ends_with(&seen[seen.len() - 200..]), "everything, in order, once");
        let heard = world.parties[n].client.in_order("v0");
        assert!(heard.len() > 140, "{}", heard.len());
        assert!(heard.windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)));
        assert!(world.parties[n].client.heard.iter().all(|heard| heard.mid != "s0" && heard.mid != "c1"));
        let asked = &world.parties[n].client.asked;
        assert!(asked.reports > 0 && asked.sender_reports > 0 && asked.told > 20 && asked.nacks.is_empty(), "{asked:?}");
    }
    assert_eq!(shown(&world, 1)[0], Shown { mid: "v0".into(), role: Role::Voice, who: Some(2) });
}

#[test]
fn a_hushed_voice_reaches_nobody_whatever_its_client_sends_and_pictures_go_on() {
    let mut world = World::new(21);
    world.join(Shape::default());
    world.join(Shape::default());
    world.settle();
    let (mut a, mut b) = (Camera::new(0), Camera::new(1));
    let mut both = |world: &mut World, ms| {
        world.run(ms, |world| {
            a.run(world);
            b.run(world);
        });
        world.parties[1].client.in_order("v0").len()
    };
    both(&mut world, 1000);
    let now = world.now;
    world.sfu.hush(now, 1, true);
    let before = both(&mut world, 100);
    let pictures = marks(&world, 1, "c0").len();
    assert_eq!(both(&mut world, 1000), before, "not a packet of the voice");
    assert!(marks(&world, 1, "c0").len() > pictures + 20);
    assert!(shown(&world, 2).iter().all(|slot| slot.role != Role::Voice || slot.who.is_none()));
    let now = world.now;
    world.sfu.hush(now, 1, false);
    assert!(both(&mut world, 1000) > before + 40, "heard again");
}

#[test]
fn a_late_joiner_gets_a_key_frame_at_once() {
    let mut world = World::new(2);
    world.join(Shape::default());
    world.settle();
    let mut a = Camera::new(0);
    world.run(2000, |world| a.run(world));
    let before = world.client(0).asked.key_frames.len();
    world.join(Shape::default());
    let joined = world.now;
    world.run(2000, |world| a.run(world));
    assert!(world.client(0).asked.key_frames.len() > before);
    let client = &world.parties[1].client;
    let key = client.in_order("c0").into_iter().find(|heard| heard.payload[4] & 1 == 0).expect("a key frame");
    assert!(key.at - joined < Duration::from_millis(800), "{:?}", key.at - joined);
    let asked = &world.parties[0].client.asked.key_frames;
    assert!(asked.windows(2).all(|pair| pair[1].0 - pair[0].0 >= Duration::from_millis(480)), "at most two a second");
}

#[test]
fn a_source_that_sends_no_key_frame_is_passed_on_from_its_first_packet() {
    let mut world = World::new(21);
    world.join_all(2, &Shape::default());
    world.settle();
    let mut sent = 0u64;
    world.run(500, |world| {
        let payload = vp8(false, sent as u16, 640, &sent.to_be_bytes(), 300);
        world.client(0).send_media("cam", None, sent as u32 * 450, true, None, &payload);
        sent += 1;
    });
    world.run(100, |_| {});
    let seen = marks(&world, 1, "c0");
    assert_eq!(seen, (0..sent).collect::<Vec<_>>());
}

#[test]
fn three_see_each_other_and_a_wish_moves_a_tile() {
    let mut world = World::new(3);
    world.join_all(3, &Shape::default());
    world.settle();
    let mut cameras = [Camera::new(0), Camera::new(1), Camera::new(2)];
    world.run(1500, |world| cameras.iter_mut().for_each(|camera| camera.run(world)));
    for n in 0..3 {
        let seen: HashSet<u64> = ["c0", "c1"].iter().flat_map(|mid| marks(&world, n, mid)).map(|mark| mark >> 48).collect();
        let others: HashSet<u64> = (0..3).filter(|other| *other != n as u64).collect();
        assert_eq!(seen, others);
    }
    let before = shown(&world, 1);
    let in_second = before.iter().find(|slot| slot.mid == "c1").unwrap().who;
    world.sfu.wish(world.now, 1, "c0", Wish { who: in_second, width: 1280 });
    world.client(0).heard.clear();
    world.run(1500, |world| cameras.iter_mut().for_each(|camera| camera.run(world)));
    let after = shown(&world, 1);
    assert_eq!(after.iter().find(|slot| slot.mid == "c0").unwrap().who, in_second);
    assert!(marks(&world, 0, "c0").iter().rev().take(50).all(|mark| Some((mark >> 48) + 1) == in_second));
    world.sfu.wish(world.now, 1, "c0", Wish { who: in_second, width: 0 });
    world.run(500, |world| cameras.iter_mut().for_each(|camera| camera.run(world)));
    world.client(0).heard.clear();
    world.run(500, |world| cameras.iter_mut().for_each(|camera| camera.run(world)));
    assert!(marks(&world, 0, "c0").is_empty() && !marks(&world, 0, "c1").is_empty());
}

#[test]
fn the_numbers_of_a_slot_go_on_when_another_is_shown() {
    let mut world = World::new(4);
    world.join_all(3, &Shape { cameras: 1, ..Shape::default() });
    world.settle();
    let mut cameras = [Camera::new(1), Camera::new(2)];
    for who in [2, 3, 2, 3] {
        world.sfu.wish(world.now, 1, "c0", Wish { who: Some(who), width: 640 });
        world.run(1200, |world| cameras.iter_mut().for_each(|camera| camera.run(world)));
    }
    let heard = world.parties[0].client.in_order("c0");
    let changes = heard.windows(2).filter(|pair| pair[0].payload[MARK + 1] != pair[1].payload[MARK + 1]).count();
    assert!(changes >= 3);
    for pair in heard.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
        assert!((pair[1].timestamp.wrapping_sub(pair[0].timestamp) as i32) >= 0, "time never runs back");
        let picture = |heard: &super::client::Heard| u16::from_be_bytes([heard.payload[2] & 0x7f, heard.payload[3]]);
        assert!(picture(pair[1]).wrapping_sub(picture(pair[0])) <= 1, "pictures are counted on");
    }
}

#[test]
fn five_percent_loss_is_mended_with_few_repetitions() {
    let mut world = World::new(5);
    world.join_all(2, &Shape::default());
    world.settle();
    for party in &mut world.parties {
        (party.up.loss, party.down.loss) = (0.05, 0.05);
        (party.up.jitter, party.down.jitter) = (Duration::from_millis(8), Duration::from_millis(8));
    }
    let mut a = Camera::new(0);
    world.run(10_000, |world| a.run(world));
    world.run(1000, |_| {});
    let seen: HashSet<u64> = marks(&world, 1, "c0").into_iter().collect();
    let from = a.marks.iter().position(|mark| seen.contains(mark)).unwrap();
    let missing = a.marks[from..].iter().filter(|mark| !seen.contains(mark)).count();
    assert!(missing * 500 <= a.marks.len(), "{missing} of {}", a.marks.len());
    let packets = a.marks.len();
    let up = world.parties[0].client.sent_repeats;
    let down = world.parties[1].client.heard.iter().filter(|heard| heard.repeated).count();
    assert!(up * 10 <= packets && down * 10 <= packets, "{up} and {down} of {packets}");
}

#[test]
fn a_new_address_needs_no_new_handshake() {
    let mut world = World::new(6);
    world.join_all(2, &Shape::default());
    world.settle();
    let (mut a, mut b) = (Camera::new(0), Camera::new(1));
    world.run(1000, |world| (a.run(world), b.run(world)).0);
    world.parties[0].path = path(50);
    world.client(0).heard.clear();
    world.client(1).heard.clear();
    world.run(4000, |world| (a.run(world), b.run(world)).0);
    assert!(marks(&world, 0, "c0").len() > 50 && marks(&world, 1, "c0").len() > 50);
    assert_eq!(world.events.iter().filter(|event| matches!(event, Event::Connected { .. })).count(), 2);
}

#[test]
fn an_ice_restart_keeps_keys_and_slots() {
    let mut world = World::new(7);
    world.join_all(2, &Shape::default());
    world.settle();
    let (mut a, mut b) = (Camera::new(0), Camera::new(1));
    world.run(500, |world| (a.run(world), b.run(world)).0);
    let ssrc = world.client(0).slot_ssrc("c0");
    world.client(0).restart();
    world.negotiate(0).unwrap();
    assert_eq!(world.client(0).slot_ssrc("c0"), ssrc);
    world.parties[0].path = path(60);
    world.client(0).heard.clear();
    world.client(1).heard.clear();
    world.run(2000, |world| (a.run(world), b.run(world)).0);
    assert!(marks(&world, 0, "c0").len() > 90 && marks(&world, 1, "c0").len() > 90);
    assert_eq!(world.events.iter().filter(|event| matches!(event, Event::Connected { .. })).count(), 2);
}

#[test]
fn whoever_is_silent_for_fifteen_seconds_is_gone_and_comes_back_by_a_restart() {
    let mut world = World::new(8);
    world.join_all(2, &Shape::default());
    world.settle();
    world.client(0).mute = true;
    world.run(12_000, |_| {});
    assert!(!world.events.contains(&Event::Gone { participant: 1 }));
    world.run(5_000, |_| {});
    assert!(world.events.contains(&Event::Gone { participant: 1 }));
    assert_eq!(shown(&world, 2).iter().filter(|slot| slot.who.is_some()).count(), 0);
    world.client(0).mute = false;
    world.client(0).restart();
    world.negotiate(0).unwrap();
    let mut a = Camera::new(0);
    world.run(2000, |world| a.run(world));
    assert!(marks(&world, 1, "c0").len() > 50);
    world.client(0).mute = true;
    world.run(100_000, |_| {});
    assert_eq!(world.events.iter().filter(|event| **event == Event::Gone { participant: 1 }).count(), 2, "told once each time");
    assert!(world.sfu.poll_timeout().is_some());
}

#[test]
fn goodbyes_are_heard_and_said_long_after_the_handshake_whatever_was_sent_in_between() {
    for profiles in [GCM, CM] {
        let mut world = World::new(12);
        world.join_all(3, &Shape { profiles, ..Shape::default() });
        let (mut a, mut b) = (Camera::new(0), Camera::new(1));
        world.run(2500, |world| (a.run(world), b.run(world)).0);
        // Forged, of the kind that a goodbye has, and of that of a handshake.
        for kind in [21, 22] {
            let mut forged = [vec![kind, 254, 253, 0, 1, 0, 0, 0, 0, 0, 9, 0, 24], vec![7; 24]].concat();
            let mut out = alongside::path::Outbox::new();
            world.sfu.handle(world.now, world.parties[0].path, &mut forged, &mut out);
            assert!(out.is_empty(), "nothing is said to that");
        }
        let now = world.now;
        let client = world.client(0);
        client.endpoint.stop(now, SERVER);
        client.out.extend(client.endpoint.poll_transmit().map(|transmit| transmit.message.to_vec()));
        world.run(500, |world| b.run(world));
        assert!(world.events.contains(&Event::Gone { participant: 1 }));
        assert!(!world.events.contains(&Event::Gone { participant: 2 }));
        assert!(marks(&world, 2, "c0").len() > 10);
        let mut out = alongside::path::Outbox::new();
        world.sfu.leave(world.now, 2, &mut out);
        let goodbye = out.get(0).expect("a goodbye").1.to_vec();
        let heard = world.client(1).endpoint.read(now, SERVER, None, goodbye.as_slice().into()).unwrap();
        assert!(heard.iter().any(|event| matches!(event, EndpointEvent::PeerClosed)), "{profiles:?}");
    }
}

#[test]
fn leaving_empties_the_slots_of_others() {
    let mut world = World::new(9);
    world.join_all(2, &Shape::default());
    world.settle();
    let mut out = alongside::path::Outbox::new();
    world.sfu.leave(world.now, 1, &mut out);
    assert!(!out.is_empty(), "a goodbye");
    world.run(100, |_| {});
    assert!(shown(&world, 2).iter().all(|slot| slot.who.is_none()));
    world.sfu.end_room(world.now, ROOM, &mut out);
    assert_eq!(world.sfu.poll_timeout(), None, "nothing is left to do");
}

#[test]
fn my_own_picture_comes_back_in_an_echo() {
    let mut world = World::new(10);
    world.join(Shape { voices: 1, cameras: 1, screens: 0, ..Shape::default() });
    world.sfu.leave(world.now, 1, &mut alongside::path::Outbox::new());
    world.negotiate_with(0, true).unwrap();
    world.settle();
    let mut a = Camera::new(0);
    world.run(1000, |world| a.run(world));
    assert!(marks(&world, 0, "c0").len() > 50);
    assert!(world.parties[0].client.in_order("v0").len() > 40);
}

#[test]
fn a_screen_is_shown_when_it_comes_and_taken_down_when_it_stops() {
    let mut world = World::new(11);
    world.join_all(2, &Shape::default());
    world.settle();
    assert!(shown(&world, 2).iter().all(|slot| slot.role != Role::Screen || slot.who.is_none()));
    let mut picture = 0;
    world.run(1000, |world| {
        if world.ms().is_multiple_of(100) {
            picture += 1;
            let key = picture == 1 || world.client(0).asked.key_frames.len() > picture as usize / 4;
            let ms = world.ms();
            world.client(0).send_media("scr", None, (ms * 90) as u32, true, None, &vp8(key, picture, 1280, &[7; 8], 800));
        }
    });
    assert!(world.events.contains(&Event::ScreenOn { room: ROOM, participant: 1 }));
    assert_eq!(shown(&world, 2).iter().find(|slot| slot.role == Role::Screen).unwrap().who, Some(1));
    world.run(8000, |_| {});
    assert!(world.events.contains(&Event::ScreenOff { room: ROOM, participant: 1 }));
    assert!(shown(&world, 2).iter().all(|slot| slot.role != Role::Screen || slot.who.is_none()));
}

#[test]
fn of_six_voices_the_two_loudest_are_heard() {
    let mut world = World::new(12);
    let shape = || Shape { camera: false, screen: false, voices: 2, cameras: 0, screens: 0, ..Shape::default() };
    world.join_all(6, &shape());
    world.settle();
    let levels = |loud: [usize; 2], world: &mut World| {
        let ms = world.ms();
        if ms.is_multiple_of(20) {
            for n in 0..6 {
                let level = if loud.contains(&n) { 25 } else { 80 };
                world.client(n).send_media("mic", None, (ms * 48) as u32, false, Some(level), &[n as u8; 40]);
            }
        }
    };
    for loud in [[1, 2], [4, 5]] {
        world.run(1500, |world| levels(loud, world));
        world.client(0).heard.clear();
        world.run(500, |world| levels(loud, world));
        let heard: HashSet<u8> = world.parties[0].client.heard.iter().map(|heard| heard.payload[0]).collect();
        assert_eq!(heard, HashSet::from(loud.map(|n| n as u8)));
    }
    assert!(world.events.iter().any(|event| matches!(event, Event::Speaking { who: Some(5 | 6), .. })));
    assert!(world.parties[0].client.heard.iter().all(|heard| heard.payload_type != VP8));
}
