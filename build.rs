//! Names the version of the files under `web/`: their hash in a release, so that browsers may keep them for ever.
//!
//! A debug build reads the files from disk at run time and calls them `dev`; whoever serves them must not let them be kept.

use std::fs;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let release = std::env::var("PROFILE").is_ok_and(|p| p == "release");
    let version = if release {
        println!("cargo::rerun-if-changed=web");
        let mut hash = 0xcbf2_9ce4_8422_2325;
        hash_all(Path::new("web"), &mut hash);
        format!("{hash:016x}")
    } else {
        "dev".to_owned()
    };
    println!("cargo::rustc-env=ALONGSIDE_ASSETS={version}");
}

/// FNV-1a over every path and its bytes, in the order of their names.
fn hash_all(dir: &Path, hash: &mut u64) {
    let mut entries: Vec<_> = fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            hash_all(&path, hash);
        } else {
            let bytes = fs::read(&path).unwrap_or_default();
            for byte in path.to_string_lossy().bytes().chain(bytes) {
                *hash = (*hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
    }
}
