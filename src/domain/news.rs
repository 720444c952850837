//! What changed from one version to the next, read out of CHANGELOG.md: releases, their parts, a line for each change.

/// One release, as the changelog tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// None while it has no number: then it is what runs.
    pub version: Option<String>,
    /// The day it was made, as it is written there.
    pub day: Option<String>,
    pub parts: Vec<Part>,
}

/// What belongs together in a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    pub title: String,
    pub changes: Vec<String>,
}

/// All releases, in the order of the text, which is the newest first.
pub fn releases(changelog: &str) -> Vec<Release> {
    let mut all: Vec<Release> = Vec::new();
    for line in changelog.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            all.push(titled(title.trim()));
            continue;
        }
        let Some(release) = all.last_mut() else { continue };
        if let Some(title) = line.strip_prefix("### ") {
            release.parts.push(Part { title: title.trim().to_owned(), changes: Vec::new() });
            continue;
        }
        if release.parts.is_empty() {
            release.parts.push(Part::default());
        }
        let Some(part) = release.parts.last_mut() else { continue };
        match (line.strip_prefix("- "), part.changes.last_mut()) {
            (Some(change), _) => part.changes.push(change.trim().to_owned()),
            // A line that is not indented far goes on with the change above it.
            (None, Some(change)) if !line.trim().is_empty() => {
                change.push(' ');
                change.push_str(line.trim());
            }
            (None, _) => {}
        }
    }
    for release in &mut all {
        release.parts.retain(|part| !part.changes.is_empty());
    }
    all
}

/// `0.2.0, 1 March 2027`, or `Unreleased`.
fn titled(title: &str) -> Release {
    let (version, day) = title.split_once(", ").map_or((title, None), |(version, day)| (version, Some(day.to_owned())));
    let version = numbers(version).is_some().then(|| version.to_owned());
    Release { version, day, parts: Vec::new() }
}

/// The releases that somebody has not met yet who last ran `before`, up to the one that runs. Who ran a version that is not known
/// is told of the one that runs.
pub fn since<'a>(all: &'a [Release], before: Option<&str>, running: &str) -> Vec<&'a Release> {
    let known = before.and_then(numbers);
    let runs = numbers(running);
    let fresh = |release: &&Release| {
        let own = release.version.as_deref().map_or_else(|| runs.clone(), numbers);
        if known.is_some() { own > known && own <= runs } else { own == runs }
    };
    all.iter().filter(fresh).collect()
}

/// Whether `running` is a later version than `before`.
pub fn later(running: &str, before: &str) -> bool {
    numbers(running) > numbers(before)
}

/// `0.10.2` as numbers, so that it is later than `0.9.0`.
fn numbers(version: &str) -> Option<Vec<u64>> {
    version.split('.').map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: &str = "# Changelog\n\nAll of it.\n\n## Unreleased\n\n### Rooms\n\n- One\n  that goes on.\n- Two.\n\n### Empty\n\n\
                        ## 0.2.0, 1 March 2027\n\n- Three.\n\n## 0.1.0\n\n- Four.\n";

    fn versions<'a>(found: &[&'a Release]) -> Vec<Option<&'a str>> {
        found.iter().map(|release| release.version.as_deref()).collect()
    }

    #[test]
    fn a_changelog_is_releases_with_parts_and_changes() {
        let all = releases(TOLD);
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].parts, [Part { title: "Rooms".into(), changes: vec!["One that goes on.".into(), "Two.".into()] }]);
        assert_eq!((all[1].version.as_deref(), all[1].day.as_deref()), (Some("0.2.0"), Some("1 March 2027")));
        assert_eq!(all[2].parts[0].changes, ["Four."]);
    }

    #[test]
    fn what_is_new_is_what_came_after_the_version_that_ran_before() {
        let all = releases(TOLD);
        assert_eq!(versions(&since(&all, Some("0.1.0"), "0.10.0")), [None, Some("0.2.0")]);
        assert_eq!(versions(&since(&all, Some("0.2.0"), "0.10.0")), [None]);
        assert_eq!(versions(&since(&all[1..], Some("0.1.0"), "0.2.0")), [Some("0.2.0")]);
        assert!(since(&all, Some("0.10.0"), "0.10.0").is_empty());
        assert_eq!(versions(&since(&all, None, "0.2.0")), [None, Some("0.2.0")]);
    }

    #[test]
    fn the_tenth_version_is_later_than_the_ninth() {
        assert!(later("0.10.0", "0.9.3") && !later("0.9.3", "0.10.0") && !later("1.0.0", "1.0.0"));
    }
}
