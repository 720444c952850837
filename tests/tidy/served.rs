//! What the web folder serves and who asks for it: every stylesheet and module is used, and everything asked for is there.

use std::collections::{BTreeMap, BTreeSet};

/// Faults in the references among pages and the files of `web/`. `pages` are the strings of the Rust sources with the
/// file they stand in; `files` are the files below `web/` (path and text, empty for pictures and sounds).
pub fn faults(pages: &[(String, String)], files: &BTreeMap<String, String>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut reached = BTreeSet::new();
    let mut open = Vec::new();
    for (from, text) in pages {
        let path = text.trim_start_matches('/');
        if files.contains_key(path) {
            open.push(path.to_string());
        } else if is_asset(path) {
            faults.push(format!("{from}: asks for `web/{path}`, which is not there"));
        }
    }
    while let Some(path) = open.pop() {
        let Some(text) = files.get(&path).filter(|_| reached.insert(path.clone())) else {
            continue;
        };
        for target in references(text) {
            let target = join(&path, &target);
            if files.contains_key(&target) {
                open.push(target);
            } else if is_asset(&target) {
                faults.push(format!("web/{path}: asks for `web/{target}`, which is not there"));
            }
        }
    }
    let code = files.keys().filter(|path| path.ends_with(".js") || path.ends_with(".css"));
    faults.extend(
        code.filter(|path| !reached.contains(*path)).map(|path| format!("web/{path}: nothing asks for it: remove it or link it")),
    );
    faults
}

fn is_asset(path: &str) -> bool {
    let served = ["css/", "js/", "icons/", "img/", "sounds/", "drawings/"].iter().any(|folder| path.starts_with(folder));
    let ends = [".css", ".js", ".svg", ".png", ".ico", ".webp", ".mp3", ".ogg"].iter().any(|end| path.ends_with(end));
    served && ends && !path.contains(['{', '*', ' '])
}

/// Relative paths in quotes (`./a.js`, `../b.css`) and in `url(…)`.
fn references(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for quote in ['"', '\'', '`'] {
        let inside = text.split(quote).filter(|part| part.len() < 200 && (part.starts_with("./") || part.starts_with("../")));
        found.extend(inside.map(str::to_string));
    }
    let urls = text.split("url(").skip(1).filter_map(|rest| rest.split_once(')'));
    found.extend(
        urls.map(|(path, _)| path.trim_matches(['"', '\'']).to_string())
            .filter(|path| !path.starts_with("data:") && !path.starts_with('#')),
    );
    found
}

/// A relative path, seen from the folder of `from`.
fn join(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split(['?', '#']).next().unwrap_or("").split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pages: &[&str], files: &[(&str, &str)]) -> Vec<String> {
        let pages: Vec<_> = pages.iter().map(|p| ("src/page/a.rs".to_string(), p.to_string())).collect();
        faults(&pages, &files.iter().map(|(p, t)| (p.to_string(), t.to_string())).collect())
    }

    #[test]
    fn a_file_that_nothing_asks_for_is_named() {
        let found = check(&["css/a.css"], &[("css/a.css", ""), ("css/b.css", "")]);
        assert_eq!(found, ["web/css/b.css: nothing asks for it: remove it or link it"]);
    }

    #[test]
    fn what_is_reached_by_imports_is_used() {
        let files = [
            ("js/pages/a.js", "import { b } from \"../models/b.js\";"),
            ("js/models/b.js", "import('../lib/c.js')"),
            ("js/lib/c.js", ""),
        ];
        assert_eq!(check(&["js/pages/a.js"], &files), Vec::<String>::new());
    }

    #[test]
    fn what_is_asked_for_and_missing_is_named() {
        assert_eq!(check(&["css/gone.css"], &[]).len(), 1);
        assert_eq!(check(&["css/a.css"], &[("css/a.css", "a { background: url(../icons/gone.svg) }")]).len(), 1);
    }
}
