//! The bench: measures the release server as its own process, over loopback and TLS, and prints a row for each figure.
//!
//! `tests/bench/run` builds what is needed and starts it. Progress goes to standard error, rows of the table to standard
//! output. A small run (`--small`) shows in seconds that everything works; its figures are no judgement.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bookings;
mod calendar;
mod client;
mod live;
mod memory;
mod pages;
mod seed;
mod server;
mod start;
mod table;

use seed::{House, Size};
use std::path::{Path, PathBuf};
use table::Table;

/// The parts, in the order in which they run.
const PARTS: [&str; 5] = ["start", "memory", "calendar", "bookings", "live"];

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let size = if asked.iter().any(|a| a == "--small") { Size::SMALL } else { Size::FULL };
    let names: Vec<&str> = asked.iter().map(String::as_str).filter(|a| !a.starts_with("--")).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    runtime.block_on(async {
        if let ["seed", dir] = names[..] {
            let house = House::seed(Path::new(dir), size).await;
            std::fs::write(Path::new(dir).join("cookies"), house.cookies.join("\n")).expect("a file of cookies");
            return;
        }
        let scratch = Scratch::new();
        let house = House::seed(&scratch.0.join("seeded"), size).await;
        let mut table = Table::default();
        for part in PARTS.iter().filter(|part| names.is_empty() || names.contains(part)) {
            eprintln!("{part} …");
            let dir = scratch.0.join(part);
            house.copy_to(&dir);
            match *part {
                "start" => start::run(&house, &dir, &mut table).await,
                "memory" => memory::run(&house, &dir, &mut table).await,
                "calendar" => calendar::run(&house, &dir, &mut table).await,
                "bookings" => bookings::run(&house, &dir, &mut table).await,
                _ => live::run(&house, &dir, &mut table).await,
            }
            let _ = std::fs::remove_dir_all(&dir);
        }
        let kept = table.print(size == Size::FULL);
        drop(scratch);
        std::process::exit(if kept { 0 } else { 1 });
    });
}

/// A directory that is gone in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        // Beside the build, so that bookings are timed on a real disk and not on a memory file system.
        let exe = std::env::current_exe().expect("a path of this program");
        let target = exe.ancestors().nth(3).expect("target/release/examples/bench").to_owned();
        let path = target.join(format!("bench-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory to work in");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
