//! Layers: by the width of a tile, and by what the way carries.

use alongside::media::{Event, Quality, Wish};
use std::time::Duration;

use super::client::{MARK, Shape, vp8};
use super::world::World;

const LAYERS: [(&str, u16, usize); 3] = [("l", 320, 130_000), ("m", 640, 450_000), ("h", 1280, 1_400_000)];

/// A camera in three layers, 20 pictures a second, and a voice of 20 kbit/s in packets of 60 ms.
struct Simulcast {
    who: usize,
    picture: u16,
    asked: usize,
}

impl Simulcast {
    fn run(&mut self, world: &mut World) {
        let ms = world.ms();
        let client = world.client(self.who);
        if !client.connected() {
            return;
        }
        if ms.is_multiple_of(60) {
            client.send_media("mic", None, (ms * 48) as u32, false, Some(25), &[9; 150]);
        }
        if !ms.is_multiple_of(50) {
            return;
        }
        self.picture += 1;
        let asked = client.asked.key_frames.len();
        let key = self.picture == 1 || std::mem::replace(&mut self.asked, asked) != asked;
        for (rank, (rid, width, rate)) in LAYERS.into_iter().enumerate() {
            // A key frame is four times as long as another.
            let mut left = rate / 8 / 20 * if key { 4 } else { 1 };
            let mut first = true;
            while left > 0 {
                let size = left.clamp(30, 1000);
                left = left.saturating_sub(size);
                let mut payload = vp8(key && first, self.picture, width, &[rank as u8; 8], size);
                if !first {
                    payload[0] &= !0x10;
                }
                first = false;
                client.send_media("cam", Some(rid), (ms * 90) as u32, left == 0, None, &payload);
            }
        }
    }
}

fn world(seed: u64) -> (World, Simulcast) {
    let mut world = World::new(seed);
    world.join(Shape { layers: &["l", "m", "h"], ..Shape::default() });
    world.join(Shape { camera: false, ..Shape::default() });
    world.settle();
    (world, Simulcast { who: 0, picture: 0, asked: 0 })
}

/// Which layers came in the slot since the last time.
fn layers(world: &mut World) -> Vec<u8> {
    let mut found: Vec<u8> = world.client(1).in_order("c0").iter().map(|heard| heard.payload[MARK]).collect();
    found.dedup();
    world.client(1).heard.clear();
    found
}

#[test]
fn the_layer_follows_the_width_of_the_tile() {
    let (mut world, mut camera) = world(20);
    world.run(6000, |world| camera.run(world));
    assert_eq!(layers(&mut world).last(), Some(&2));
    for (width, layer) in [(200, 0), (640, 1), (1920, 2)] {
        world.sfu.wish(world.now, 2, "c0", Wish { who: None, width });
        world.run(3000, |world| camera.run(world));
        layers(&mut world);
        world.run(1000, |world| camera.run(world));
        assert_eq!(layers(&mut world), [layer], "{width}");
    }
}

#[test]
fn a_layer_begins_with_a_key_frame_and_numbers_go_on() {
    let (mut world, mut camera) = world(21);
    for width in [200, 1920, 640, 1920] {
        world.sfu.wish(world.now, 2, "c0", Wish { who: None, width });
        world.run(2500, |world| camera.run(world));
    }
    let heard = world.parties[1].client.in_order("c0");
    let mut changes = 0;
    for pair in heard.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
        if pair[0].payload[MARK] != pair[1].payload[MARK] {
            changes += 1;
            assert_eq!((pair[1].payload[0] & 0x10, pair[1].payload[4] & 1), (0x10, 0), "a key frame");
        }
    }
    assert!(changes >= 3, "{changes}");
}

#[test]
fn a_narrow_way_gets_a_smaller_picture_and_a_wide_one_the_whole_again() {
    let (mut world, mut camera) = world(22);
    world.run(6000, |world| camera.run(world));
    assert_eq!(layers(&mut world).last(), Some(&2));
    world.parties[1].down.rate = Some(700_000.0);
    world.run(6000, |world| camera.run(world));
    layers(&mut world);
    world.run(4000, |world| camera.run(world));
    let found = layers(&mut world);
    assert!(!found.contains(&2) && found.contains(&1), "{found:?}");
    assert!(world.events.contains(&Event::Quality { participant: 2, quality: Quality::Reduced }));
    world.parties[1].down.rate = None;
    world.run(40_000, |world| camera.run(world));
    layers(&mut world);
    world.run(1000, |world| camera.run(world));
    assert_eq!(layers(&mut world), [2]);
    let last = world.events.iter().rev().find_map(|event| match event {
        Event::Quality { quality, .. } => Some(*quality),
        _ => None,
    });
    assert_eq!(last, Some(Quality::Good));
}

#[test]
fn sixty_kilobits_carry_the_voice_and_a_still_picture() {
    let (mut world, mut camera) = world(23);
    world.parties[1].down.rate = Some(60_000.0);
    world.run(15_000, |world| camera.run(world));
    world.client(1).heard.clear();
    world.run(20_000, |world| camera.run(world));
    let client = &world.parties[1].client;
    let voice = client.in_order("v0");
    assert!(voice.len() > 300, "{} of 333 voice packets", voice.len());
    let late = voice.windows(2).filter(|pair| pair[1].at - pair[0].at > Duration::from_millis(400)).count();
    assert!(late <= 2, "{late}");
    let stills = client.in_order("c0").iter().filter(|heard| heard.marker).count();
    assert!((2..=8).contains(&stills), "{stills}");
    assert!(world.events.contains(&Event::Quality { participant: 2, quality: Quality::Weak }));
}

#[test]
fn nothing_is_asked_for_again_of_a_layer_that_nobody_watches() {
    let (mut world, mut camera) = world(25);
    world.sfu.wish(world.now, 2, "c0", Wish { who: None, width: 640 });
    world.run(3000, |world| camera.run(world));
    world.parties[0].up.loss = 0.05;
    let before = world.client(0).asked.nacks.len();
    world.run(8000, |world| camera.run(world));
    let client = world.client(0);
    let ssrcs = ["l", "m", "h"].map(|rid| client.stream("cam", Some(rid)).0);
    let asked = ssrcs.map(|ssrc| client.asked.nacks[before..].iter().filter(|(media, _)| *media == ssrc).count());
    assert!(asked[1] > 10 && asked[0] == 0 && asked[2] == 0, "{asked:?}");
}

#[test]
fn layers_are_mended_too() {
    let (mut world, mut camera) = world(24);
    world.parties[0].up.loss = 0.05;
    world.run(8000, |world| camera.run(world));
    assert!(world.client(0).sent_repeats > 20);
    let heard = world.parties[1].client.in_order("c0");
    let gaps = heard.windows(2).filter(|pair| pair[1].sequence != pair[0].sequence.wrapping_add(1)).count();
    assert!(gaps * 200 <= heard.len(), "{gaps} of {}", heard.len());
}
