//! Writes down of what the program is made: every crate of the lock file that it is built from, as CycloneDX.
//!
//! Used by the build script and by its tests. The lock file is regular enough to be read line by line, so that building needs no
//! crate of its own; there is no time and no serial number in the result, so the same sources give the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// One package of the lock file.
#[derive(Debug, Default)]
struct Package {
    name: String,
    version: String,
    checksum: String,
    /// `name`, or `name version` where there are several.
    needs: Vec<String>,
}

/// The list as JSON, from the texts of `Cargo.toml` and `Cargo.lock`. What only the tests need is left out.
pub fn cyclonedx(manifest: &str, lock: &str) -> String {
    let packages = packages(lock);
    let wanted = ["[dependencies]", "[build-dependencies]"].map(|table| names(manifest, table)).concat();
    let root = packages.iter().find(|package| package.checksum.is_empty());
    let (name, version) = root.map_or(("", ""), |root| (root.name.as_str(), root.version.as_str()));
    let starts = root.into_iter().flat_map(|root| &root.needs);
    let starts = starts.filter(|need| wanted.iter().any(|name| need.split(' ').next() == Some(name))).cloned();
    let used = reached(&packages, starts.collect());
    let components: Vec<String> = used.iter().map(|package| component(package)).collect();
    format!(
        "{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"version\":1,\"metadata\":{{\"component\":{{\"type\":\"application\",\
         \"name\":\"{name}\",\"version\":\"{version}\"}}}},\"components\":[\n{}\n]}}\n",
        components.join(",\n")
    )
}

fn component(package: &Package) -> String {
    let Package { name, version, checksum, .. } = package;
    let mut text =
        format!("{{\"type\":\"library\",\"name\":\"{name}\",\"version\":\"{version}\",\"purl\":\"pkg:cargo/{name}@{version}\"");
    if !checksum.is_empty() {
        // A String takes whatever is written.
        let _ = write!(text, ",\"hashes\":[{{\"alg\":\"SHA-256\",\"content\":\"{checksum}\"}}]");
    }
    text + "}"
}

/// Everything that these need, by name and version.
fn reached(packages: &[Package], mut open: Vec<String>) -> Vec<&Package> {
    let mut by_name: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
    for package in packages {
        by_name.entry(&package.name).or_default().push(package);
    }
    let mut seen = BTreeSet::new();
    let mut found = BTreeMap::new();
    while let Some(need) = open.pop() {
        if !seen.insert(need.clone()) {
            continue;
        }
        let (name, version) = need.split_once(' ').unwrap_or((&need, ""));
        for package in by_name.get(name).into_iter().flatten().filter(|p| version.is_empty() || p.version == version) {
            open.extend(package.needs.iter().cloned());
            found.insert((package.name.as_str(), package.version.as_str()), *package);
        }
    }
    found.into_values().collect()
}

fn packages(lock: &str) -> Vec<Package> {
    let mut all = Vec::new();
    for part in lock.split("[[package]]").skip(1) {
        let mut package = Package::default();
        for line in part.lines() {
            let value = |line: &str| line.trim_end_matches(',').trim().trim_matches('"').to_owned();
            match line.split_once(" = ") {
                Some(("name", text)) => package.name = value(text),
                Some(("version", text)) => package.version = value(text),
                Some(("checksum", text)) => package.checksum = value(text),
                Some(_) => {}
                None if line.starts_with(" \"") => package.needs.push(value(line)),
                None => {}
            }
        }
        all.push(package);
    }
    all
}

/// The names in one table of the manifest.
fn names(manifest: &str, table: &str) -> Vec<String> {
    let lines = manifest.lines().skip_while(|line| line.trim() != table).skip(1).take_while(|line| !line.starts_with('['));
    lines.filter(|line| !line.starts_with('#')).filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned())).collect()
}
