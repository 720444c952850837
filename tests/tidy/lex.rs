//! Rust source as the checks want it: code without comments and without what stands in strings, the strings by themselves,
//! and the paths that the code names. A reader of tokens, not of grammar: what it cannot know it leaves out.

/// A source file, read once.
pub struct Source {
    /// The code up to the tests at the foot: comments gone, strings emptied, lines kept.
    pub code: String,
    /// What stood in strings, with the line of each, up to the tests at the foot.
    pub strings: Vec<(usize, String)>,
    /// Lines before the tests at the foot.
    pub lines: usize,
}

/// A path that the code names: its line, its parts, and the name it goes by from there on.
#[derive(Debug, PartialEq)]
pub struct Path {
    pub line: usize,
    pub parts: Vec<String>,
    /// `Some` in a `use`: the last part, or what follows `as`.
    pub bound: Option<String>,
}

impl Source {
    pub fn new(text: &str) -> Self {
        let (code, strings) = blank(text);
        let lines = foot(&code).unwrap_or_else(|| code.lines().count());
        let code = code.lines().take(lines).collect::<Vec<_>>().join("\n");
        let strings = strings.into_iter().filter(|(line, _)| *line <= lines).collect();
        Self { code, strings, lines }
    }

    /// Every path: each leaf of each `use`, and each `a::b` elsewhere.
    pub fn paths(&self) -> Vec<Path> {
        let tokens = tokens(&self.code);
        let mut found = Vec::new();
        let mut n = 0;
        while n < tokens.len() {
            let (line, token) = (tokens[n].0, tokens[n].1.as_str());
            let after_path = n > 0 && matches!(tokens[n - 1].1.as_str(), "::" | ".");
            if token == "use" && tokens.get(n + 1).is_some_and(|t| t.1 != "<") {
                n = tree(&tokens, n + 1, &[], &mut found);
            } else if is_name(token) && !after_path && tokens.get(n + 1).is_some_and(|t| t.1 == "::") {
                let mut parts = vec![token.to_string()];
                while tokens.get(n + 1).is_some_and(|t| t.1 == "::") && tokens.get(n + 2).is_some_and(|t| is_name(&t.1)) {
                    parts.push(tokens[n + 2].1.clone());
                    n += 2;
                }
                found.push(Path { line, parts, bound: None });
                n += 1;
            } else {
                n += 1;
            }
        }
        found
    }

    /// The modules that this file declares: names that shadow a crate of the same name.
    pub fn modules(&self) -> Vec<String> {
        let tokens = tokens(&self.code);
        tokens.windows(2).filter(|pair| pair[0].1 == "mod").map(|pair| pair[1].1.clone()).collect()
    }

    /// The line of each place where the code has this word, whole.
    pub fn word(&self, word: &str) -> Vec<usize> {
        let whole = |line: &str| {
            line.match_indices(word).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                let after = line[at + word.len()..].chars().next();
                !before.is_some_and(in_name) && !after.is_some_and(in_name)
            })
        };
        self.code.lines().enumerate().filter(|(_, line)| whole(line)).map(|(n, _)| n + 1).collect()
    }
}

/// One tree of a `use`, from token `n`; answers the token after it.
fn tree(tokens: &[(usize, String)], mut n: usize, prefix: &[String], found: &mut Vec<Path>) -> usize {
    let mut parts = prefix.to_vec();
    let mut bound = None;
    let line = tokens.get(n).map_or(0, |t| t.0);
    while let Some((_, token)) = tokens.get(n) {
        match token.as_str() {
            "::" => n += 1,
            "{" => {
                n += 1;
                while tokens.get(n).is_some_and(|t| t.1 != "}") {
                    n = tree(tokens, n, &parts, found);
                    if tokens.get(n).is_some_and(|t| t.1 == ",") {
                        n += 1;
                    }
                }
                return n + 1;
            }
            "as" => {
                bound = tokens.get(n + 1).map(|t| t.1.clone());
                n += 2;
            }
            "*" => {
                parts.push("*".into());
                n += 1;
            }
            name if is_name(name) => {
                parts.push(name.to_string());
                n += 1;
            }
            _ => break,
        }
    }
    if parts.is_empty() {
        return n.max(1);
    }
    let bound = bound.or_else(|| parts.iter().rev().find(|p| *p != "self").cloned());
    found.push(Path { line, parts, bound });
    n.max(1)
}

fn tokens(code: &str) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for (n, line) in code.lines().enumerate() {
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            let length = if in_name(first) {
                rest.find(|c| !in_name(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            if !first.is_whitespace() {
                all.push((n + 1, rest[..length].to_string()));
            }
            rest = &rest[length..];
        }
    }
    all
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Lines before `#[cfg(test)] mod …`, if there is one.
fn foot(code: &str) -> Option<usize> {
    let lines: Vec<&str> = code.lines().map(str::trim).collect();
    lines.iter().enumerate().position(|(n, line)| {
        let next = lines[n + 1..].iter().find(|l| !l.is_empty() && !l.starts_with("#["));
        *line == "#[cfg(test)]" && next.is_some_and(|l| l.starts_with("mod "))
    })
}

/// Comments gone, strings emptied; and the strings, with their lines.
fn blank(text: &str) -> (String, Vec<(usize, String)>) {
    let chars: Vec<char> = text.chars().collect();
    let at = |n: usize| chars.get(n).copied().unwrap_or('\0');
    let (mut code, mut strings) = (String::with_capacity(text.len()), Vec::new());
    let (mut n, mut line) = (0, 1);
    while n < chars.len() {
        let raw = raw_string(&chars, n);
        let end = if at(n) == '/' && at(n + 1) == '/' {
            (n..chars.len()).find(|&m| at(m) == '\n').unwrap_or(chars.len())
        } else if at(n) == '/' && at(n + 1) == '*' {
            comment_end(&chars, n)
        } else if let Some((from, to, end)) = raw {
            strings.push((line, chars[from..to].iter().collect()));
            code.push_str("\"\"");
            end
        } else if at(n) == '"' {
            let close = string_end(&chars, n + 1);
            strings.push((line, chars[n + 1..close.min(chars.len())].iter().collect()));
            code.push_str("\"\"");
            close + 1
        } else if at(n) == '\'' && (at(n + 1) == '\\' || at(n + 2) == '\'') {
            let from = if at(n + 1) == '\\' { n + 3 } else { n + 2 };
            (from..chars.len()).find(|&m| at(m) == '\'').map_or(chars.len(), |m| m + 1)
        } else {
            code.push(at(n));
            line += usize::from(at(n) == '\n');
            n += 1;
            continue;
        };
        let end = end.min(chars.len());
        let breaks = chars[n..end].iter().filter(|c| **c == '\n').count();
        code.extend(std::iter::repeat_n('\n', breaks));
        line += breaks;
        n = end;
    }
    (code, strings)
}

fn string_end(chars: &[char], mut n: usize) -> usize {
    while n < chars.len() && chars[n] != '"' {
        n += if chars[n] == '\\' { 2 } else { 1 };
    }
    n
}

fn comment_end(chars: &[char], mut n: usize) -> usize {
    let mut depth = 0;
    while n + 1 < chars.len() {
        match (chars[n], chars[n + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                n += 1;
                continue;
            }
        }
        n += 2;
        if depth == 0 {
            return n;
        }
    }
    chars.len()
}

/// If a raw string begins here: where its text begins and ends, and the end of it all.
fn raw_string(chars: &[char], n: usize) -> Option<(usize, usize, usize)> {
    if chars[n] != 'r' || (n > 0 && in_name(chars[n - 1]) && chars[n - 1] != 'b') {
        return None;
    }
    let hashes = chars[n + 1..].iter().take_while(|c| **c == '#').count();
    let open = n + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let closes = |m: &usize| chars[*m] == '"' && chars[m + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
    let close = (open + 1..chars.len()).find(closes).unwrap_or(chars.len());
    Some((open + 1, close, close + 1 + hashes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        Source::new(text).paths().iter().map(|p| p.parts.join("::")).collect()
    }

    #[test]
    fn comments_and_strings_are_no_code() {
        let source =
            Source::new("// a::b\nlet x = \"c::d\"; /* e::f /* g */ h::i */ let q = r#\"j\"::k\"#; let c = '\"'; m::n();");
        assert_eq!(source.paths().len(), 1);
        assert_eq!(source.strings, [(2, "c::d".into()), (2, "j\"::k".into())]);
    }

    #[test]
    fn a_use_with_braces_is_all_of_its_leaves() {
        assert_eq!(
            paths("use crate::{store::{self, Store}, domain::id::*};\nuse std::fmt as f;"),
            ["crate::store::self", "crate::store::Store", "crate::domain::id::*", "std::fmt"]
        );
    }

    #[test]
    fn what_a_type_captures_is_no_path() {
        assert_eq!(paths("fn f<'a>(x: &'a u8) -> impl Iterator + use<'a> { g::h(x) }"), ["g::h"]);
    }

    #[test]
    fn a_path_in_the_middle_of_code_is_found_with_its_line() {
        let found = Source::new("fn a<'x>(t: &'x str) -> u8 {\n    crate::http::b(t).c::<u8>()\n}").paths();
        assert_eq!((found[0].line, found[0].parts.join("::")), (2, "crate::http::b".into()));
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn the_tests_at_the_foot_do_not_count() {
        let source = Source::new("fn a() {}\n\n#[cfg(test)]\nmod tests {\n    use crate::store::Store;\n}\n");
        assert_eq!((source.lines, source.paths().len()), (2, 0));
    }

    #[test]
    fn a_word_is_found_whole_only() {
        assert_eq!(Source::new("let hyper_util = 1;\nlet util = 2;").word("util"), [2]);
    }
}
