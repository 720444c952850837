//! What runs here: version, licences, of which parts it is made, and what changed.

use super::answer::{self, Answer};
use super::call::Call;
use super::{Web, routes};
use crate::actions::upgrade;
use crate::domain::news::{self, Release};
use crate::page::{self, parts::Part};
use http::StatusCode;
use std::sync::{Arc, LazyLock};
use warp::reply::Response;

/// Of what the program is made: every crate with version, licence and hash (CycloneDX), as a test compares it with cargo.
const MADE: &str = include_str!("../../packaging/sbom.json");
const CHANGELOG: &str = include_str!("../../CHANGELOG.md");

static PARTS: LazyLock<Vec<Part>> = LazyLock::new(|| parts_of(MADE));
static RELEASES: LazyLock<Vec<Release>> = LazyLock::new(|| news::releases(CHANGELOG));

pub async fn about(web: &Arc<Web>, call: &Call) -> Answer {
    let me = routes::signed_in(web, call).await;
    let inside = PARTS.iter().filter(|part| part.inside).count();
    Ok(answer::page(page::about::page(me.as_ref(), &routes::instance(web).await, inside)))
}

pub async fn parts(web: &Arc<Web>, call: &Call) -> Answer {
    let me = routes::signed_in(web, call).await;
    Ok(answer::page(page::parts::page(me.as_ref(), &routes::instance(web).await, &PARTS)))
}

pub fn parts_for_machines() -> Response {
    answer::bytes(StatusCode::OK, "application/vnd.cyclonedx+json", MADE.into())
}

pub async fn news(web: &Arc<Web>, call: &Call) -> Answer {
    let me = routes::signed_in(web, call).await;
    let before = web.read(upgrade::before).await?;
    let fresh = before.as_ref().map(|before| {
        let known = (!before.is_empty()).then_some(before.as_str());
        news::since(&RELEASES, known, env!("CARGO_PKG_VERSION"))
    });
    let fresh = fresh.unwrap_or_default();
    let older: Vec<&Release> = RELEASES.iter().filter(|release| !fresh.contains(release)).collect();
    let before = before.as_deref().filter(|before| !before.is_empty());
    Ok(answer::page(page::news::page(me.as_ref(), &routes::instance(web).await, &fresh, &older, before)))
}

fn parts_of(made: &str) -> Vec<Part> {
    let made: serde_json::Value = serde_json::from_str(made).unwrap_or_default();
    let part = |part: &serde_json::Value| {
        Some(Part {
            name: part["name"].as_str()?.to_owned(),
            version: part["version"].as_str().map(ToOwned::to_owned),
            licence: part["licenses"][0]["expression"].as_str()?.to_owned(),
            inside: part["scope"] == "required",
        })
    };
    made["components"].as_array().into_iter().flatten().filter_map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_parts_names_what_is_built_in_and_not_what_tests_need() {
        let made: serde_json::Value = serde_json::from_str(MADE).expect("JSON");
        assert_eq!(made["metadata"]["component"]["name"], "alongside");
        let crates = made["components"].as_array().expect("a list").iter().filter(|part| part["purl"].is_string());
        assert!(crates.clone().count() > 200);
        assert!(crates.into_iter().all(|part| part["hashes"][0]["content"].as_str().is_some_and(|hash| hash.len() == 64)));
        let inside = |name: &str| PARTS.iter().find(|part| part.name == name).map(|part| part.inside);
        assert_eq!(["rustls", "rtc", "libsqlite3-sys", "ring", "SQLite"].map(inside), [Some(true); 5]);
        assert_eq!(["syn", "cc"].map(inside), [Some(false); 2]);
        // What the tests need, and what features switch off.
        assert_eq!(["proptest", "clap_mangen", "aws-lc-rs", "alongside"].map(inside), [None; 4]);
        assert!(PARTS.iter().all(|part| !part.licence.is_empty()));
    }

    #[test]
    fn the_changelog_can_be_read() {
        let changes: usize = RELEASES.iter().flat_map(|release| &release.parts).map(|part| part.changes.len()).sum();
        assert!(changes > 25, "{changes}");
        assert_eq!(news::since(&RELEASES, None, env!("CARGO_PKG_VERSION")).len(), 1, "the release that runs is told");
    }
}
