//! The files under `web/`, and which modules a page's module leads to.
//!
//! A browser finds a module's imports only when it has the module, so that a page would be a walk of as many steps as its graph is
//! deep; named in the head, all are asked for at once. Only what stands at the beginning of a line is read as an import, which is
//! how every module here writes it. A file that is missing leads nowhere: whoever asks for it is told so.

use super::ASSETS;
use rust_embed::RustEmbed;
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

#[derive(RustEmbed)]
#[folder = "web/"]
#[exclude = "jsconfig.json"]
#[exclude = "*.md"]
pub struct Files;

/// What was found out about a page's module; nothing of it changes while a release runs.
static KNOWN: OnceLock<Mutex<HashMap<String, Vec<String>>>> = OnceLock::new();

/// Every module that these lead to, themselves left out, each once, the nearest first; as paths under `web/`.
pub fn led_to(modules: &[&str]) -> Vec<String> {
    if ASSETS == "dev" {
        return walked(modules, &text_of);
    }
    let mut known = KNOWN.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(modules.join(" ")).or_insert_with(|| walked(modules, &text_of)).clone()
}

fn text_of(path: &str) -> String {
    Files::get(path).map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default()
}

fn walked(modules: &[&str], text: &impl Fn(&str) -> String) -> Vec<String> {
    let mut found: Vec<String> = modules.iter().map(|path| (*path).to_owned()).collect();
    let mut at = 0;
    while let Some(module) = found.get(at).cloned() {
        for path in imports(&text(&module), &module) {
            if !found.contains(&path) {
                found.push(path);
            }
        }
        at += 1;
    }
    found.split_off(modules.len())
}

/// What a module imports, as paths under `web/`.
fn imports(text: &str, module: &str) -> Vec<String> {
    let folder = module.rsplit_once('/').map_or("", |(folder, _)| folder);
    let statements = text.split('\n').scan(0, |from, line| {
        let start = *from;
        *from += line.len() + 1;
        Some((start, line))
    });
    statements
        .filter(|(_, line)| line.starts_with("import ") || line.starts_with("export {") || line.starts_with("export *"))
        .filter_map(|(start, _)| text[start..].split_once(';'))
        .filter_map(|(statement, _)| statement.strip_suffix('"')?.rsplit_once('"').map(|(_, path)| path))
        .filter(|path| path.starts_with('.'))
        .map(|path| resolved(folder, path))
        .collect()
}

/// `js/pages` and `../lib/dom.js` make `js/lib/dom.js`.
fn resolved(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_leads_to_all_that_it_needs_each_named_once_and_the_nearest_first() {
        let text = |path: &str| {
            let text = match path {
                "js/pages/a.js" => {
                    "/** @import { X } from \"./never.js\" */\nimport {\n  b,\n} from \"./b.js\";\nimport \"../lib/d.js\";\n"
                }
                "js/pages/b.js" => {
                    "import { c } from \"../lib/c.js\";\nconst said = \"import it\";\nexport function x() { return \"./no.js\"; }\n"
                }
                "js/lib/c.js" => "export * from \"./d.js\";\nexport { a } from \"../pages/a.js\";\n",
                _ => "export {};\n",
            };
            text.to_owned()
        };
        assert_eq!(walked(&["js/pages/a.js"], &text), ["js/pages/b.js", "js/lib/d.js", "js/lib/c.js"]);
    }

    #[test]
    fn every_import_of_every_module_leads_to_a_file() {
        let modules: Vec<_> = Files::iter().filter(|path| path.ends_with(".js")).collect();
        assert!(modules.len() > 50);
        for module in modules {
            for path in led_to(&[&module]) {
                assert!(Files::get(&path).is_some(), "{module} leads to {path}");
            }
        }
    }

    #[test]
    fn the_session_leads_to_its_models_and_to_what_they_need() {
        let all = led_to(&["js/pages/frame.js", "js/pages/session.js"]);
        for path in ["js/pages/session/room.js", "js/models/session.js", "js/models/peer.js", "js/lib/emitter.js"] {
            assert!(all.iter().any(|found| found == path), "{path}");
        }
    }
}
