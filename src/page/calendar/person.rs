//! A person who waits, in a line: who, how many sessions, how long, how, and what their clock says.

use crate::domain::time::Zone;
use crate::domain::view::Waiter;
use crate::page::words;
use std::fmt::Write;

/// "12 sessions, 50 min, at the desk, 16:15 for Ben, Thesis".
pub fn line(zone: &Zone, who: &Waiter) -> String {
    let mut said = words::sessions(who.sessions);
    let _ = write!(said, ", {} min", who.length.minutes());
    for wish in words::wishes(&who.wishes) {
        said.push_str(", ");
        said.push_str(wish);
    }
    if let Some(local) = words::local_line(&who.name, &who.zone, zone, who.start) {
        said.push_str(", ");
        said.push_str(&local);
    }
    if !who.wishes.title.is_empty() {
        let _ = write!(said, ", “{}”", who.wishes.title);
    }
    said
}
