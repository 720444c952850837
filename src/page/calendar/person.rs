//! A person who waits, in a line: who, how many sessions, how long, how, and what their clock says.

use crate::domain::time::Zone;
use crate::domain::view::Waiter;
use crate::page::words;

/// "12 sessions, 50 min, at the desk, 16:15 for Ben, Thesis".
pub fn line(zone: &Zone, who: &Waiter) -> String {
    let mut words = words_of(zone, who);
    words.swap(0, 1);
    words.join(", ")
}

/// What there is to say, each to be read whole; first what is asked first: how long.
pub fn words_of(zone: &Zone, who: &Waiter) -> Vec<String> {
    let mut said = vec![format!("{} min", who.length.minutes()), words::sessions(who.sessions)];
    said.extend(words::wishes(&who.wishes).into_iter().map(str::to_owned));
    said.extend(words::local_line(&who.name, &who.zone, zone, who.start));
    if !who.wishes.title.is_empty() {
        said.push(format!("“{}”", who.wishes.title));
    }
    said
}
