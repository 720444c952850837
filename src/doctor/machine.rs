//! The machine: its clock, its memory, where it puts passing files, and how long a password takes on it.

use super::{Patient, process, said_size};
use crate::capacity::{Machine, Record};
use crate::clock::{Clock, Dice};
use crate::domain::capacity::Capacity;
use crate::domain::health::{Check, Finding};
use crate::domain::time::{DAY, Timestamp};
use crate::password::hash_here;
use crate::store::checkup;
use crate::sys::disk;
use std::fs;
use std::path::Path;

const CLOCK: Check = Check::new("clock.sane", "The clock");
const KEPT: Check = Check::new("clock.kept", "The clock is kept right");
const ZONES: Check = Check::new("machine.zone", "The machine's time zone");
const MEMORY: Check = Check::new("machine.memory", "Memory");
const TEMPORARY: Check = Check::new("machine.temporary", "The directory for passing files");
const CARRIES: Check = Check::new("machine.capacity", "What it carries");
const PASSWORD: Check = Check::new("machine.password", "Time for a password");

/// No clock is right that shows a time before this program was made (November 2026).
const MADE_S: i64 = 1_793_491_200;
const MEMORY_LEAST: u64 = 64 << 20;
/// A login takes this long at most before people think that it hangs, in milliseconds.
const PASSWORD_MS: i64 = 1500;

pub fn look(patient: &Patient) -> Vec<Finding> {
    let last_seen = checkup::look(&patient.database()).ok().and_then(|health| health.last_seen_s).map(Timestamp);
    // A clock that tests shift has no machine behind it to be compared with.
    let last_seen = last_seen.filter(|_| patient.config.test_clock.is_none());
    vec![
        judge_clock(patient.machine_now, last_seen),
        kept(),
        zone(),
        judge_memory(fs::read_to_string("/proc/meminfo").ok().as_deref()),
        temporary(&std::env::temp_dir()),
        judge_capacity(Record::read(&patient.config.data_dir).as_ref(), &Machine::this()),
        password(),
    ]
}

fn judge_clock(now: Timestamp, last_seen: Option<Timestamp>) -> Finding {
    const FIX: &str = "sudo timedatectl set-ntp true (or set it by hand: sudo date -s 'YYYY-MM-DD HH:MM')";
    if now.0 < MADE_S {
        return CLOCK.fail("It shows a time from before this program was made.", FIX);
    }
    match last_seen {
        Some(seen) if seen.since(now) > 300 => {
            CLOCK.fail("It is behind the time at which somebody was last here: it was set back.", FIX)
        }
        Some(seen) if now.since(seen) > 400 * DAY => {
            CLOCK.warn("It is more than a year ahead of the last time that somebody was here.", FIX)
        }
        _ => CLOCK.fine(format!("{} UTC.", now.instant().strftime("%Y-%m-%d %H:%M"))),
    }
}

/// Whether somebody sets the clock by others.
fn kept() -> Finding {
    let timesync = Path::new("/run/systemd/timesync/synchronized").exists();
    let keepers = ["/run/chrony", "/run/chronyd.pid", "/run/ntpd.pid", "/run/openntpd.pid", "/run/chrony/chronyd.pid"];
    if timesync || keepers.iter().any(|place| Path::new(place).exists()) {
        return KEPT.fine("It is set by the time of the network.");
    }
    KEPT.unseen("Nobody is seen who keeps it right; sessions start by this clock.", "sudo timedatectl set-ntp true".to_owned())
}

fn zone() -> Finding {
    let zone = jiff::tz::TimeZone::system();
    match zone.iana_name() {
        Some(name) => ZONES.fine(format!("{name}; members see their own.")),
        None => ZONES.unseen("It has none that is known by a name; members see their own all the same.", None),
    }
}

fn judge_memory(table: Option<&str>) -> Finding {
    let (Some(free), Some(total)) =
        (table.and_then(|t| process::kib_in(t, "MemAvailable:")), table.and_then(|t| process::kib_in(t, "MemTotal:")))
    else {
        return MEMORY.unseen("It can't be read here.", None);
    };
    let said = format!("{} of {} are free.", said_size(free), said_size(total));
    if free < MEMORY_LEAST {
        MEMORY.warn(said, "End another program: see who uses much with top -o %MEM")
    } else {
        MEMORY.fine(said)
    }
}

fn temporary(place: &Path) -> Finding {
    let shown = place.display();
    let probe = place.join(format!("alongside-doctor-{}", Dice.word::<6>()));
    let written = fs::write(&probe, b"x").and_then(|()| fs::remove_file(&probe));
    match (written, disk::room(place)) {
        (Err(error), _) => TEMPORARY
            .warn(format!("{shown} can't be written to: {error}."), "sudo chmod 1777 /tmp (or set TMPDIR to another directory)"),
        (Ok(()), Ok(room)) if room.free < 32 << 20 => {
            TEMPORARY.warn(format!("{shown} has {} free.", said_size(room.free)), format!("Make room in {shown}"))
        }
        (Ok(()), _) => TEMPORARY.fine(format!("{shown} can be written to.")),
    }
}

fn judge_capacity(record: Option<&Record>, machine: &Machine) -> Finding {
    let said = |carries: Capacity| {
        let (pairs, people) = (carries.relayed_calls(), carries.people_in_rooms(4));
        format!("about {pairs} pairs by the relay or {people} people in rooms of four; pairs that reach each other cost nothing.")
    };
    match record {
        Some(record) if record.is_of(machine) => CARRIES.fine(format!("Measured: {}", said(record.capacity))),
        Some(_) => CARRIES.unseen(
            "It was measured on another processor; it is measured anew when nobody is in a call. Until then a careful guess counts.",
            "alongside bench media".to_owned(),
        ),
        None => {
            let guess = said(Capacity::careful(machine.processors));
            CARRIES.fine(format!("A careful guess: {guess} Measure it with alongside bench media."))
        }
    }
}

fn password() -> Finding {
    let clock = Clock::system();
    let began = clock.now_ms();
    hash_here("a password of nobody", Dice.bytes());
    judge_password(clock.now_ms() - began)
}

fn judge_password(ms: i64) -> Finding {
    if ms > PASSWORD_MS {
        return PASSWORD.warn(
            format!("Looking at one takes {ms} ms just now: the machine is busy or slow, and signing in takes as long."),
            "See what keeps it busy: top",
        );
    }
    PASSWORD.fine(format!("Looking at one takes {ms} ms."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::Level;

    #[test]
    fn a_clock_that_was_set_back_is_told_from_one_that_is_right() {
        let now = Timestamp(MADE_S + DAY);
        let judged = |now, seen: Option<i64>| judge_clock(now, seen.map(|s| Timestamp(MADE_S + DAY + s))).level;
        assert_eq!(judged(Timestamp(5), None), Level::Fail);
        assert_eq!(judged(now, Some(3600)), Level::Fail);
        assert_eq!(judged(now, Some(-3600)), Level::Fine);
        assert_eq!(judged(now.plus(500 * DAY), Some(0)), Level::Warn);
    }

    #[test]
    fn figures_of_another_processor_are_told_from_the_own() {
        let machine = |name: &str| Machine { processor: name.to_owned(), processors: 2 };
        let capacity = Capacity { relayed: 90_000, given: 60_000, processors: 2 };
        let record = Record { at: Timestamp(0), version: "1".into(), processor: "A".into(), capacity };
        assert!(judge_capacity(Some(&record), &machine("A")).said.starts_with("Measured: about 175 pairs"));
        assert_eq!(judge_capacity(Some(&record), &machine("B")).level, Level::Unseen);
        assert!(judge_capacity(None, &machine("A")).said.contains("careful guess"));
    }

    #[test]
    fn little_memory_and_a_slow_password_are_warnings() {
        let table = |free: u64| format!("MemTotal: 1000000 kB\nMemAvailable: {free} kB\n");
        assert_eq!(judge_memory(Some(&table(10_000))).level, Level::Warn);
        assert_eq!(judge_memory(Some(&table(500_000))).level, Level::Fine);
        assert_eq!(judge_memory(None).level, Level::Unseen);
        assert_eq!([judge_password(50), judge_password(3000)].map(|f| f.level), [Level::Fine, Level::Warn]);
    }
}
