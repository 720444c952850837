//! Packs the files under `web/` into a release, and names their version: their hash, so that browsers may keep them for ever.
//!
//! A debug build reads the files from disk at run time and calls them `dev`; whoever serves them must not let them be kept.

use flate2::{Compression, GzBuilder};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let release = std::env::var("PROFILE").is_ok_and(|p| p == "release");
    let place = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo names a place for what is made"));
    let mut files = Vec::new();
    if release {
        println!("cargo::rerun-if-changed=web");
        gather(Path::new("web"), &mut files);
        files.sort();
    }
    let version = if release { version(&files) } else { "dev".to_owned() };
    println!("cargo::rustc-env=ALONGSIDE_ASSETS={version}");
    let mut table = "[\n".to_owned();
    for (n, (path, bytes)) in files.iter().enumerate() {
        fs::write(place.join(format!("{n}.gz")), packed(bytes)).expect("the place can be written to");
        writeln!(table, "({path:?}, include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{n}.gz\"))),")
            .expect("a String takes everything");
    }
    fs::write(place.join("web.rs"), table + "]\n").expect("the place can be written to");
}

/// Every file that browsers ask for, by its path below `web/`.
fn gather(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            gather(&path, into);
        } else if !path.ends_with("jsconfig.json") {
            let bytes = fs::read(&path).expect("the files of web/ can be read");
            let below = path.strip_prefix("web").unwrap_or(&path);
            into.push((below.to_string_lossy().into_owned(), bytes));
        }
    }
}

/// With no time and no name in it: the same file is the same bytes.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    packer.write_all(bytes).and_then(|()| packer.finish()).expect("memory takes everything")
}

/// FNV-1a over every path and its bytes, in the order of their names.
fn version(files: &[(String, Vec<u8>)]) -> String {
    let bytes = files.iter().flat_map(|(path, bytes)| path.bytes().chain(bytes.iter().copied()));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}
