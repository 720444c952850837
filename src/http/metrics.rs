//! `/metrics` for Prometheus: figures of the machine and the house, with no person in them.
//!
//! It is open to whoever bears the token of the configuration, else to the machine itself only, under its own loopback name. A request
//! that a proxy or a tunnel brought is not from the machine itself, wherever that runs; where a proxy is configured, only the token counts.

use super::answer::{self, Answer};
use super::call::{Call, Head};
use super::{Machine, Web};
use crate::actions::figures;
use crate::domain::capacity::Outlook;
use crate::domain::refusal::Refusal;
use crate::keep::backup::Standing;
use crate::keep::meters::{CONNECT_CLASSES, Meters};
use crate::live::wire::Load;
use crate::store::figures::HouseFigures;
use crate::store::health::{COMMIT_CLASSES, Figures};
use http::StatusCode;
use ring::digest;
use std::fmt::Write;
use std::pin::Pin;
use std::sync::Arc;

/// What the relay has done and has to do.
#[derive(Clone, Copy, Debug, Default)]
pub struct RelayFigures {
    pub allocations: usize,
    pub packets: u64,
    pub bytes: u64,
    pub refused: u64,
    /// Calls over TCP, what waits in their queues, and what all calls were sent and lost here.
    pub streams: usize,
    pub waiting: usize,
    pub sent: u64,
    pub dropped: u64,
}

/// Asks the wire thread; `None` when it is too busy to answer.
pub type AskRelay = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Option<RelayFigures>> + Send>> + Send + Sync>;

/// What `/metrics` needs besides the store.
#[derive(Default)]
pub struct Gauges {
    pub meters: Meters,
    /// The bearer token; without one only the machine itself may ask.
    pub token: Option<String>,
    /// Whether a proxy is configured: who comes from this machine is then perhaps brought by it.
    pub behind_proxy: bool,
    pub relay: Option<AskRelay>,
    /// Until when the certificate holds, in Unix seconds.
    pub certificate: Option<Box<dyn Fn() -> i64 + Send + Sync>>,
    /// What the machine carries.
    pub machine: Option<Arc<dyn Machine>>,
}

/// A page tells how its call came about.
pub async fn call_made(web: &Arc<Web>, call: &Call) -> Answer {
    super::guard::member(call)?;
    let seconds = call.form.text("seconds").parse().unwrap_or(f64::NAN);
    web.gauges.meters.call(&call.form.text("kind"), &call.form.text("way"), seconds);
    Ok(answer::done(true, "Thank you.", "/"))
}

pub async fn metrics(web: &Arc<Web>, call: &Call) -> Answer {
    if !may_ask(&call.head, web.gauges.token.as_deref(), web.gauges.behind_proxy) {
        // Whoever may not ask does not learn whether there is anything.
        return Err(Refusal::gone().into());
    }
    let now = web.now();
    let house = web.read(move |conn| figures::figures(conn, now)).await.ok();
    let relay = match &web.gauges.relay {
        Some(ask) => ask().await,
        None => None,
    };
    let mut text = Text::default();
    text.gauge(
        "up",
        "Whether a booking could be saved: 1, or 0 while something ails the disk.",
        i64::from(web.store.ailment().is_none()),
    );
    house.iter().for_each(|(figures, shown)| of_house(&mut text, figures, *shown));
    of_calls(&mut text, &web.gauges.meters);
    of_store(&mut text, &web.store.figures());
    of_backups(&mut text, &super::backups::standing(web).await);
    relay.iter().for_each(|relay| of_relay(&mut text, relay));
    of_pages(&mut text, web.hub.load() + web.rooms.load());
    web.gauges.machine.iter().for_each(|machine| of_machine(&mut text, &machine.outlook()));
    if let Some(not_after) = &web.gauges.certificate {
        text.gauge("certificate_seconds", "Time that the certificate still holds.", not_after() - now.0);
    }
    if let Some(free) = web.watch.free() {
        text.gauge("disk_free_bytes", "Room on the disk of the data directory.", free);
    }
    text.gauge(
        "clock_doubted",
        "1 while the machine's clock is not believed after a jump.",
        u8::from(web.watch.clock_is_doubted()),
    );
    text.counter("auth_failures_total", "Wrong passwords and guessed links.", web.doors.failures());
    Ok(answer::bytes(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text.0.into()))
}

fn may_ask(head: &Head, token: Option<&str>, behind_proxy: bool) -> bool {
    let Some(token) = token else { return !behind_proxy && is_of_this_machine(head) };
    let given = head.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
    // By hashes, so that the time it takes says nothing of the token.
    let hash = |text: &str| digest::digest(&digest::SHA256, text.as_bytes()).as_ref().to_vec();
    hash(given) == hash(token)
}

/// From a loopback address, and to one: a tunnel, or a proxy that passes TLS on unopened, comes from here too, but asks for the name
/// that people use. Proxies that open TLS leave a word of it in the head.
fn is_of_this_machine(head: &Head) -> bool {
    let brings = |name: &str| {
        name.starts_with("x-forwarded") || ["forwarded", "via", "x-real-ip"].contains(&name) || name.ends_with("-ip")
    };
    let brought = head.headers.keys().any(|name| brings(name.as_str()));
    let host = head.host.rsplit_once(':').filter(|(_, port)| !port.contains(']')).map_or(head.host.as_str(), |(host, _)| host);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let own = bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback());
    !brought && own && head.address().to_canonical().is_loopback()
}

fn of_house(text: &mut Text, house: &HouseFigures, shown: bool) {
    text.gauge("members", "Members of the house.", house.members);
    text.counter("sessions_booked_total", "Bookings made since the house was set up.", house.booked);
    text.gauge("bookings_upcoming", "Bookings whose start is to come.", house.upcoming);
    text.gauge("bookings_unmatched", "Bookings of the next 24 hours that have nobody yet.", house.unmatched);
    text.gauge("seats_recent", "Seats of the last seven days.", house.seats);
    // What can't be said is no number: the series is there all the same, so that a board or an alarm can name it.
    let rate = if house.seats > 0 { house.in_company as f64 / house.seats as f64 } else { f64::NAN };
    text.gauge("match_rate", "Share of the seats of the last seven days that were in company; NaN while there are none.", rate);
    text.gauge(
        "no_shows_recent",
        "Seats of the last seven days that nobody came to; NaN where that would tell of fewer than five people.",
        if shown { house.no_shows as f64 } else { f64::NAN },
    );
    text.summary(
        "rematch_seconds",
        "Time until who was alone in a session had company again, of the last half year; weeks of fewer than five people are left out.",
        house.rematch_s,
        house.rematches,
    );
}

fn of_calls(text: &mut Text, meters: &Meters) {
    text.head("calls_total", "counter", "Calls that came about, by the way they go.");
    for (kind, way, count) in meters.calls() {
        let (path, transport) = way.split_once('_').unwrap_or((way, ""));
        let _ = writeln!(text.0, "alongside_calls_total{{kind=\"{kind}\",path=\"{path}\",transport=\"{transport}\"}} {count}");
    }
    let (classes, sum_ms) = meters.connect_times();
    let ends = CONNECT_CLASSES.map(|ms| ms as f64 / 1e3);
    text.histogram("call_connect_seconds", "From the first attempt to pictures.", &ends, &classes, sum_ms as f64 / 1e3);
}

fn of_store(text: &mut Text, store: &Figures) {
    text.counter("writes_total", "Writes that reached the disk.", store.writes);
    text.counter("commit_failures_total", "Commits that did not; nothing of them was acknowledged.", store.failures);
    let ends = COMMIT_CLASSES.map(|us| us as f64 / 1e6);
    text.histogram(
        "commit_seconds",
        "Time of a commit, the disk's flush in it.",
        &ends,
        &store.classes,
        store.commit_us as f64 / 1e6,
    );
    text.gauge("writes_waiting", "Writes in the queue.", store.waiting);
}

fn of_backups(text: &mut Text, backups: &Standing) {
    text.gauge("backups_kept", "Backups in their folder.", backups.kept);
    if let Some((at, bytes)) = backups.newest {
        text.gauge("backup_timestamp_seconds", "When the newest backup was made.", at);
        text.gauge("backup_bytes", "Size of the newest backup.", bytes);
    }
    let failed = u8::from(backups.state.failed.is_some());
    text.gauge("backup_failed", "1 when the last backup could not be made.", failed);
    if let Some(checked) = &backups.state.checked {
        let good = u8::from(checked.good);
        text.gauge("backup_check_good", "1 when the backup that was tried last can be brought back, 0 when not.", good);
        text.gauge("backup_check_timestamp_seconds", "When one was tried last.", checked.at);
    }
}

fn of_relay(text: &mut Text, relay: &RelayFigures) {
    text.gauge("relay_allocations", "Relayed addresses in use.", relay.allocations);
    text.counter("relay_packets_total", "Packets that were relayed.", relay.packets);
    text.counter("relay_bytes_total", "Bytes that were relayed.", relay.bytes);
    text.counter("relay_refused_total", "Requests to the relay that were refused.", relay.refused);
    text.gauge("media_streams", "Calls that go over TCP.", relay.streams);
    text.gauge("media_queue_bytes", "Bytes that wait until who calls over TCP takes them.", relay.waiting);
    text.counter("media_packets_total", "Packets that were sent.", relay.sent);
    text.counter("media_dropped_total", "Packets that a full queue or the kernel's full buffer has dropped.", relay.dropped);
}

fn of_pages(text: &mut Text, load: Load) {
    text.gauge("live_pages", "Pages of sessions and rooms that are connected.", load.pages);
    text.gauge("live_messages_waiting", "Messages of theirs that nobody has worked off yet.", load.waiting);
}

fn of_machine(text: &mut Text, outlook: &Outlook) {
    text.gauge("capacity_used", "Share of what this machine carries that calls took in the last minute.", outlook.used);
    // An empty sum of fractions is -0.
    text.gauge("capacity_promised", "Share of it that the calls under way were promised.", outlook.promised + 0.0);
    text.gauge(
        "capacity_measured",
        "1 when it was measured on this machine, 0 for a careful guess.",
        u8::from(outlook.measured.is_some()),
    );
    if let Some(capacity) = outlook.capacity {
        text.gauge("capacity_relayed_packets", "Packets that a second of one processor relays.", capacity.relayed);
        text.gauge(
            "capacity_given_packets",
            "Packets that a second of one processor gives to the people of rooms.",
            capacity.given,
        );
    }
    text.gauge("people_in_server_calls", "People in rooms and at tables of three.", outlook.people);
    text.gauge("relayed_pairs", "Calls of two that go by the relay.", outlook.relayed);
}

/// The text format of Prometheus.
#[derive(Default)]
struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.0, "# HELP alongside_{name} {help}\n# TYPE alongside_{name} {kind}\n");
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, "gauge", help);
        let _ = writeln!(self.0, "alongside_{name} {value}");
    }

    fn counter(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, "counter", help);
        let _ = writeln!(self.0, "alongside_{name} {value}");
    }

    fn summary(&mut self, name: &str, help: &str, sum: i64, count: i64) {
        self.head(name, "summary", help);
        let _ = write!(self.0, "alongside_{name}_sum {sum}\nalongside_{name}_count {count}\n");
    }

    /// `classes` has one more element than `ends`: what was above them all.
    fn histogram(&mut self, name: &str, help: &str, ends: &[f64], classes: &[u64], sum: f64) {
        self.head(name, "histogram", help);
        let mut so_far = 0;
        for (n, class) in classes.iter().enumerate() {
            so_far += class;
            let end = ends.get(n).map_or_else(|| "+Inf".to_owned(), f64::to_string);
            let _ = writeln!(self.0, "alongside_{name}_bucket{{le=\"{end}\"}} {so_far}");
        }
        let _ = write!(self.0, "alongside_{name}_sum {sum}\nalongside_{name}_count {so_far}\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::Peer;
    use http::{HeaderMap, HeaderValue, Method};

    fn head(address: &str, host: &str, name: &'static str, value: &'static str) -> Head {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        let peer = Some(Peer { addr: format!("{address}:9").parse().expect("an address"), tls: true });
        Head { method: Method::GET, path: "/metrics".into(), query: String::new(), headers, peer, host: host.to_owned() }
    }

    #[test]
    fn without_a_token_only_the_machine_itself_may_ask() {
        for host in ["localhost:8443", "LOCALHOST", "127.0.0.1:8443", "[::1]:8443", "[::1]"] {
            assert!(may_ask(&head("127.0.0.1", host, "accept", "*/*"), None, false), "{host}");
        }
        assert!(may_ask(&head("[::ffff:127.0.0.1]", "localhost", "accept", "*/*"), None, false));
        assert!(!may_ask(&head("192.0.2.1", "localhost:8443", "accept", "*/*"), None, false));
    }

    #[test]
    fn what_a_proxy_or_a_tunnel_on_this_machine_brings_is_not_from_the_machine_itself() {
        for name in ["x-forwarded-for", "x-forwarded-host", "forwarded", "via", "x-real-ip", "cf-connecting-ip", "true-client-ip"]
        {
            assert!(!may_ask(&head("127.0.0.1", "localhost", name, "192.0.2.1"), None, false), "{name}");
        }
        for host in
            ["desk.example.org", "desk.example.org:8443", "192.0.2.9:8443", "[2001:db8::9]:8443", "localhost.example.org", ""]
        {
            assert!(!may_ask(&head("127.0.0.1", host, "accept", "*/*"), None, false), "{host}");
        }
        assert!(!may_ask(&head("127.0.0.1", "localhost", "accept", "*/*"), None, true), "its proxy may say nothing at all");
    }

    #[test]
    fn with_a_token_only_its_bearer_may_ask() {
        let bears = |address: &str, given: &'static str| {
            may_ask(&head(address, "desk.example.org", "authorization", given), Some("good"), true)
        };
        assert!(bears("192.0.2.1", "Bearer good"));
        assert!(!bears("192.0.2.1", "Bearer bad") && !bears("127.0.0.1", "Bearer ") && !bears("127.0.0.1", "good"));
        assert!(!may_ask(&head("127.0.0.1", "localhost", "accept", "*/*"), Some("good"), false));
    }

    #[test]
    fn classes_add_up_and_end_with_all() {
        let mut text = Text::default();
        text.histogram("x_seconds", "X.", &[0.5, 1.0], &[2, 1, 4], 9.5);
        assert!(text.0.contains("x_seconds_bucket{le=\"1\"} 3\n") && text.0.contains("x_seconds_bucket{le=\"+Inf\"} 7\n"));
        assert!(text.0.ends_with("alongside_x_seconds_sum 9.5\nalongside_x_seconds_count 7\n"));
    }
}
