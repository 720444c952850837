//! The list of parts is what cargo builds into the program, and nothing that features or another system switch off.
//!
//! It is a file, so that a build asks nobody and anybody can read what changed. `ALONGSIDE_WRITE_PARTS=1 cargo test --test service
//! parts` writes it anew after a change of Cargo.lock. It is CycloneDX, with no time and no serial number in it: the same sources
//! have the same list.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// The machines that programs are handed out for.
const TARGETS: [&str; 2] = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];

/// A crate: name, version, licence.
type Crate = (String, String, String);

#[test]
fn the_list_of_parts_is_what_the_program_is_built_of() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("packaging/sbom.json");
    let made = cyclonedx(&crates("normal,no-proc-macro"), &crates("normal,build"), &hashes(root));
    if std::env::var_os("ALONGSIDE_WRITE_PARTS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == made, "{} is not what is built: ALONGSIDE_WRITE_PARTS=1 cargo test --test service parts", path.display());
}

/// Every crate that is reached along these kinds of edges, with the features that are on.
fn crates(edges: &str) -> BTreeSet<Crate> {
    let ask = |offline: &[&str]| {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).args([
            "tree",
            "--locked",
            "--prefix=none",
            "--format={p}|{l}",
            "-e",
            edges,
        ]);
        command.args(TARGETS.iter().flat_map(|target| ["--target", target])).args(offline);
        command.output().unwrap()
    };
    let mut asked = ask(&["--offline"]);
    if !asked.status.success() {
        asked = ask(&[]);
    }
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    let text = String::from_utf8(asked.stdout).unwrap();
    text.lines().filter(|line| !line.is_empty()).map(of_line).collect()
}

/// `serde v1.0.228 (proc-macro)|MIT OR Apache-2.0 (*)`
fn of_line(line: &str) -> Crate {
    let (package, licence) = line.trim_end_matches(" (*)").split_once('|').unwrap();
    let mut words = package.split(' ');
    let (name, version) = (words.next().unwrap(), words.next().unwrap().trim_start_matches('v'));
    (name.to_owned(), version.to_owned(), expression(licence))
}

/// Older crates write a stroke where SPDX has a word.
fn expression(licence: &str) -> String {
    licence.split('/').map(str::trim).collect::<Vec<_>>().join(" OR ")
}

/// The checksums of the lock file, by name and version.
fn hashes(root: &Path) -> BTreeMap<(String, String), String> {
    let lock: toml::Table = std::fs::read_to_string(root.join("Cargo.lock")).unwrap().parse().unwrap();
    let of = |package: &toml::Value| {
        let text = |key: &str| package.get(key).and_then(|value| value.as_str()).map(ToOwned::to_owned);
        Some(((text("name")?, text("version")?), text("checksum")?))
    };
    lock["package"].as_array().unwrap().iter().filter_map(of).collect()
}

fn cyclonedx(inside: &BTreeSet<Crate>, all: &BTreeSet<Crate>, hashes: &BTreeMap<(String, String), String>) -> String {
    let own = |one: &&Crate| one.0 != "alongside";
    let sqlite = rusqlite::version();
    let mut parts = vec![
        json!({ "type": "library", "name": "GNU C Library", "scope": "required", "licenses": [{ "expression": "LGPL-2.1-or-later" }] }),
        json!({ "type": "library", "name": "Rust standard library", "scope": "required", "licenses": [{ "expression": "MIT OR Apache-2.0" }] }),
        json!({ "type": "library", "name": "SQLite", "version": sqlite, "scope": "required", "licenses": [{ "expression": "blessing" }] }),
    ];
    parts.extend(inside.iter().filter(own).map(|one| component(one, "required", hashes)));
    parts.extend(all.difference(inside).filter(own).map(|one| component(one, "excluded", hashes)));
    let lines: Vec<String> = parts.iter().map(Value::to_string).collect();
    let whole = json!({ "type": "application", "name": "alongside", "version": env!("CARGO_PKG_VERSION") });
    format!(
        "{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"version\":1,\"metadata\":{{\"component\":{whole}}},\"components\":[\n{}\n]}}\n",
        lines.join(",\n")
    )
}

/// `excluded` is what only the build needed: its code is not in the program.
fn component((name, version, licence): &Crate, scope: &str, hashes: &BTreeMap<(String, String), String>) -> Value {
    assert!(!licence.is_empty(), "{name} names no licence");
    let hash = hashes.get(&(name.clone(), version.clone())).unwrap_or_else(|| panic!("{name} {version} is not in Cargo.lock"));
    json!({
        "type": "library", "name": name, "version": version, "scope": scope, "purl": format!("pkg:cargo/{name}@{version}"),
        "licenses": [{ "expression": licence }], "hashes": [{ "alg": "SHA-256", "content": hash }],
    })
}
