//! The corpus of the fuzz targets, replayed: each seed as it is, and thousands of mutations of them by a fixed generator.
//!
//! A target panics when a promise breaks; the input is then printed, to be kept as a seed.

#[path = "../fuzz/targets/mod.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

/// Of a parser by itself, of a whole machine, which costs more, and of one behind two handshakes: of all seeds together.
const MUTATIONS: usize = 40_000;
const MUTATIONS_OF_MACHINES: usize = 6_000;
const MUTATIONS_OF_HANDSHAKES: usize = 60;
/// Each makes an account with a key of its own.
const MUTATIONS_OF_ORDERS: usize = 1_000;
/// The whole corpus stays small enough to live beside the code, in bytes.
const CORPUS_MOST: usize = 900_000;
/// Seeds of one target, and bytes of them all.
const SEEDS_MOST: usize = 64;
const FOLDER_MOST: usize = 100 * 1024;

struct Generator(u64);

impl Generator {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }

    /// Bends one to four places: a bit, a byte, a telling number, a part cut out, said twice, or taken from another seed.
    fn mutate(&mut self, seed: &[u8], other: &[u8]) -> Vec<u8> {
        const TELLING: [u8; 8] = [0, 1, 3, 4, 127, 128, 254, 255];
        let mut bytes = seed.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let end = at + self.below((bytes.len() - at).min(64));
            match self.below(8) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 if at < bytes.len() => bytes[at] = self.below(256) as u8,
                2 | 3 if at < bytes.len() => bytes[at] = TELLING[self.below(8)],
                4 => drop(bytes.drain(at..end)),
                5 => bytes.truncate(at),
                6 => {
                    let part = bytes[at..end].to_vec();
                    bytes.splice(at..at, part);
                }
                _ => {
                    let from = self.below(other.len());
                    let part = other[from..(from + self.below(64)).min(other.len())].to_vec();
                    bytes.splice(at..end, part);
                }
            }
        }
        bytes
    }
}

fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let mut seeds: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|_| panic!("{} has seeds", folder.display()))
        .map(|entry| entry.unwrap().path())
        .map(|file| (file.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&file).unwrap()))
        .collect();
    seeds.sort();
    seeds
}

fn replay(name: &str) {
    let (_, target) = *targets::ALL.iter().find(|(own, _)| *own == name).unwrap();
    let seeds = corpus(name);
    assert!(!seeds.is_empty(), "{name} has seeds");
    let mutations = match name {
        "media_leg" => MUTATIONS_OF_HANDSHAKES,
        "authority" => MUTATIONS_OF_ORDERS,
        "turn_requests" | "offer" | "sfu_datagrams" | "signals" | "session" | "archive" | "matcher_lines" => {
            MUTATIONS_OF_MACHINES
        }
        _ => MUTATIONS,
    };
    let mut generator = Generator(name.len() as u64 + 1);
    for (file, seed) in &seeds {
        for n in 0..=mutations / seeds.len() {
            let other = &seeds[generator.below(seeds.len())].1;
            let bytes = if n == 0 { seed.clone() } else { generator.mutate(seed, other) };
            let held = catch_unwind(AssertUnwindSafe(|| target(&bytes)));
            assert!(held.is_ok(), "{name}/{file}, mutation {n}: {}", data_encoding::HEXLOWER.encode(&bytes));
        }
    }
}

#[test]
fn every_target_has_a_program_a_name_and_a_corpus_that_is_small() {
    let manifest = include_str!("../fuzz/Cargo.toml");
    for (name, _) in targets::ALL {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), targets::ALL.len());
    let mut all = 0;
    for (name, _) in targets::ALL {
        let seeds = corpus(name);
        let bytes: usize = seeds.iter().map(|(_, seed)| seed.len()).sum();
        assert!(seeds.len() <= SEEDS_MOST && bytes <= FOLDER_MOST, "{name}: {} seeds, {bytes} bytes", seeds.len());
        all += bytes;
    }
    assert!(all <= CORPUS_MOST, "{all} bytes");
}

#[test]
fn no_first_bytes_confuse_the_port() {
    replay("sniff");
}

#[test]
fn no_stun_message_breaks_the_relay() {
    replay("turn_message");
    replay("turn_requests");
}

#[test]
fn no_stream_breaks_its_framing() {
    replay("turn_stream");
    replay("ice_stream");
}

#[test]
fn no_offer_breaks_the_engine_and_every_answer_fits_it() {
    replay("offer");
}

#[test]
fn no_media_packet_is_read_beyond_its_end() {
    replay("rtp");
    replay("rtcp");
}

#[test]
fn no_datagram_breaks_the_engine_and_strangers_hear_nothing() {
    replay("sfu_datagrams");
}

#[test]
fn no_message_of_a_page_breaks_a_living_room() {
    replay("signals");
}

#[test]
fn no_history_of_a_session_breaks_its_machine() {
    replay("session");
}

#[test]
fn nothing_under_the_right_seal_breaks_the_engine() {
    replay("media_leg");
}

#[test]
fn no_proxy_and_no_plain_request_leads_astray() {
    replay("proxy");
    replay("plain_http");
}

#[test]
fn no_router_breaks_the_house_or_sends_it_elsewhere() {
    replay("router");
}

#[test]
fn no_list_and_nothing_typed_breaks_its_reader() {
    replay("people_list");
    replay("typed");
}

#[test]
fn no_archive_writes_outside_its_folder() {
    replay("archive");
}

#[test]
fn no_authority_breaks_who_asks_it() {
    replay("authority");
}

#[test]
fn every_question_to_the_matcher_has_one_answer() {
    replay("matcher_lines");
}
