//! How an instance fares: what was looked at, what was found, and the one thing to do about it.
//!
//! A finding's id never changes, so that a script or a help page can speak of it.

use super::time::Timestamp;
use serde::Serialize;

/// How bad it is, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Fine,
    /// Nothing is known to be wrong, but this cannot be seen from where it was looked from.
    Unseen,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `area.thing`
    pub id: &'static str,
    pub title: &'static str,
    pub level: Level,
    /// What was found, as a sentence.
    pub said: String,
    /// What to do: one line to type or to change.
    pub fix: Option<String>,
}

/// Everything that was looked at, in the order in which it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub at: Timestamp,
    pub version: &'static str,
    pub findings: Vec<Finding>,
}

impl Report {
    pub fn worst(&self) -> Level {
        self.findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Fine)
    }

    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }
}

/// A thing to look at: its id and what it is called.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    pub id: &'static str,
    pub title: &'static str,
}

impl Check {
    pub const fn new(id: &'static str, title: &'static str) -> Self {
        Self { id, title }
    }

    pub fn fine(self, said: impl Into<String>) -> Finding {
        self.found(Level::Fine, said, None)
    }

    /// What cannot be seen from inside; `fix` says how to see it.
    pub fn unseen(self, said: impl Into<String>, fix: impl Into<Option<String>>) -> Finding {
        self.found(Level::Unseen, said, fix.into())
    }

    pub fn warn(self, said: impl Into<String>, fix: impl Into<String>) -> Finding {
        self.found(Level::Warn, said, Some(fix.into()))
    }

    pub fn fail(self, said: impl Into<String>, fix: impl Into<String>) -> Finding {
        self.found(Level::Fail, said, Some(fix.into()))
    }

    fn found(self, level: Level, said: impl Into<String>, fix: Option<String>) -> Finding {
        Finding { id: self.id, title: self.title, level, said: said.into(), fix }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_finding_speaks_for_all() {
        const A: Check = Check::new("a.b", "A");
        let mut report = Report { at: Timestamp(0), version: "1", findings: vec![] };
        assert_eq!(report.worst(), Level::Fine);
        report.findings = vec![A.fine("well"), A.unseen("who knows", None)];
        assert_eq!(report.worst(), Level::Unseen);
        report.findings.push(A.warn("hm", "do"));
        report.findings.push(A.fine("well"));
        assert_eq!((report.worst(), report.count(Level::Fine)), (Level::Warn, 2));
        report.findings.push(A.fail("oh", "do"));
        assert_eq!(report.worst(), Level::Fail);
    }
}
