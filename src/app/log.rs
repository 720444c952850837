//! The log: text for a person at a terminal, lines with their priority for systemd's journal, a line of JSON each for everything else;
//! how much of it can be changed while the server runs.
//!
//! SIGUSR1, a verb and the admin's page lead from "info" to "debug" and back, and an hour later it goes back by itself. No log file is kept here: what the terminal or the journal holds, and for how
//! long, is theirs. Names and addresses stay below "info", but for the one line that bans guessers, `auth.fail`.

use crate::clock::Clock;
use crate::domain::loudness::Loudness;
use crate::domain::time::Timestamp;
use std::io::IsTerminal;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, OnceLock};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{self, FmtContext};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Registry, reload};

const USUAL: &str = "info,rtc_dtls=error";
const VARIABLE: &str = "ALONGSIDE_LOG";
const MORE: &str = "debug,rtc_dtls=error,hyper=info,h2=info,rustls=info";

static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Begins the log; `ALONGSIDE_LOG` says how much of it. A second call changes nothing.
pub fn begin() {
    let wanted = wanted();
    let (filter, handle) = reload::Layer::new(filter(wanted.as_deref().unwrap_or(USUAL)));
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
    let all = tracing_subscriber::registry().with(filter);
    let begun = match Reader::of_stderr() {
        Reader::Person => all.with(lines).try_init(),
        Reader::Journal => all.with(lines.event_format(Journal)).try_init(),
        Reader::Program => all.with(lines.json().flatten_event(true).with_current_span(false).with_span_list(false)).try_init(),
    };
    if begun.is_ok() {
        let _ = FILTER.set(handle);
        if let Err(sentence) = wanted {
            tracing::warn!("{sentence}");
        }
    }
}

fn filter(text: &str) -> EnvFilter {
    EnvFilter::try_new(text).unwrap_or_default()
}

/// How much is wanted from the start on.
///
/// # Errors
/// A sentence, where the variable says what can't be meant: a slip of the pen would silence the log.
fn wanted() -> Result<String, String> {
    std::env::var(VARIABLE).map_or_else(|_| Ok(USUAL.to_owned()), |said| checked(&said))
}

fn checked(said: &str) -> Result<String, String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let directive =
        |part: &str| part.contains('=') || part.contains("::") || LEVELS.contains(&part.trim().to_lowercase().as_str());
    if said.trim().is_empty() {
        return Ok(USUAL.to_owned());
    }
    if said.split(',').all(directive) && EnvFilter::try_new(said).is_ok() {
        return Ok(said.to_owned());
    }
    Err(format!(
        "{VARIABLE} is {said:?}: write error, warn, info, debug or trace, or parts such as alongside::tls=debug with commas between. \
         The log says as much as usual."
    ))
}

/// Who reads what the server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    Person,
    /// systemd's journal: it has the time, and takes a priority at the head of each line.
    Journal,
    Program,
}

impl Reader {
    fn of_stderr() -> Self {
        let stream = std::env::var("JOURNAL_STREAM").unwrap_or_default();
        let stderr = std::fs::metadata("/proc/self/fd/2").map(|about| (about.dev(), about.ino())).ok();
        Self::of(std::io::stderr().is_terminal(), &stream, stderr)
    }

    /// By `$JOURNAL_STREAM`, device and inode of the journal's stream, which is handed down to programs whose output goes elsewhere.
    fn of(terminal: bool, stream: &str, stderr: Option<(u64, u64)>) -> Self {
        let journal = stderr.is_some_and(|(device, inode)| stream == format!("{device}:{inode}"));
        if terminal {
            Self::Person
        } else if journal {
            Self::Journal
        } else {
            Self::Program
        }
    }
}

/// `<6>The instance was set up. port=8443`: priority (sd-daemon(3)), sentence, fields; one line whatever is in them.
struct Journal;

impl<S, N> FormatEvent<S, N> for Journal
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> std::fmt::Result {
        let mut line = String::new();
        context.field_format().format_fields(Writer::new(&mut line), event)?;
        let priority = match *event.metadata().level() {
            Level::ERROR => 3,
            Level::WARN => 4,
            Level::INFO => 6,
            _ => 7,
        };
        writeln!(out, "<{priority}>{}", line.replace(['\n', '\r'], " "))
    }
}

/// How much the log says: changed by the signal, by an admin and by a verb, and led back after an hour.
pub struct Volume {
    clock: Clock,
    asked: watch::Sender<Loudness>,
}

impl Volume {
    pub fn new(clock: &Clock) -> Arc<Self> {
        Arc::new(Self { clock: clock.clone(), asked: watch::Sender::new(Loudness::usual()) })
    }

    /// More for an hour, or as much as usual.
    pub fn say(&self, more: bool) {
        self.asked.send_replace(if more { Loudness::more(self.clock.now()) } else { Loudness::usual() });
    }

    /// Until when it says more, if it does.
    pub fn until(&self) -> Option<Timestamp> {
        self.asked.borrow().until(self.clock.now())
    }

    /// Does what is asked, until dropped.
    pub async fn follow(self: Arc<Self>) {
        let Ok(mut signalled) = signal(SignalKind::user_defined1()) else { return };
        let (mut asked, mut loud) = (self.asked.subscribe(), false);
        loop {
            let until = self.until();
            if until.is_some() != loud {
                loud = until.is_some();
                turn(loud);
            }
            let over = async {
                match until {
                    Some(at) => self.clock.sleep_until_ms(at.0 * 1000).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = signalled.recv() => self.say(self.until().is_none()),
                _ = asked.changed() => {}
                () = over => {}
            }
        }
    }
}

fn turn(more: bool) {
    let filter = filter(&if more { MORE.to_owned() } else { wanted().unwrap_or_else(|_| USUAL.to_owned()) });
    if FILTER.get().is_some_and(|handle| handle.reload(filter).is_ok()) {
        let how =
            if more { "more, for an hour: SIGUSR1 or `alongside log usual` for as much as before" } else { "as much as before" };
        tracing::info!("The log says {how}.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::Mutex;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("the page").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_for_the_journal_has_its_priority_and_stays_one_line() {
        let page = Page::default();
        let write = page.clone();
        let lines = fmt::layer().with_writer(move || write.clone()).with_ansi(false).event_format(Journal);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            tracing::info!(port = 8443, "It was set up.");
            tracing::warn!("one\nauth.fail ip=192.0.2.1 door=login");
            tracing::error!(why = "no\nroom", "It failed.");
        });
        let said = String::from_utf8(page.0.lock().expect("the page").clone()).expect("text");
        let lines: Vec<_> = said.lines().collect();
        assert_eq!(lines[..2], ["<6>It was set up. port=8443", "<4>one auth.fail ip=192.0.2.1 door=login"]);
        assert!(lines.len() == 3 && lines[2].starts_with("<3>It failed. why="), "{said}");
    }

    #[test]
    fn the_journal_is_told_by_its_stream_and_a_person_by_the_terminal() {
        assert_eq!(Reader::of(true, "8:12", Some((8, 12))), Reader::Person);
        assert_eq!(Reader::of(false, "8:12", Some((8, 12))), Reader::Journal);
        assert_eq!(Reader::of(false, "8:12", Some((8, 13))), Reader::Program, "sent elsewhere by a shell");
        assert_eq!(Reader::of(false, "", None), Reader::Program);
    }

    #[test]
    fn a_slip_of_the_pen_is_said_and_silences_nothing() {
        for well in ["debug", "WARN", "info,rtc_dtls=error", "alongside::tls=debug", "off"] {
            assert_eq!(checked(well).as_deref(), Ok(well));
        }
        assert_eq!(checked(" ").as_deref(), Ok(USUAL));
        for wrong in ["debgu", "verbose", "info,", "alongside=loud"] {
            assert!(checked(wrong).expect_err("a sentence").contains("error, warn, info"), "{wrong}");
        }
    }
}
