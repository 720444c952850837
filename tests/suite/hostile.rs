//! Whoever sends whatever: never a panic, never a fault of the machine, and no answer without its headers.
//!
//! What every answer must be is checked by the test app itself, on each answer of the whole suite.

use super::house::{House, ORIGIN, at};
use super::visitor::{Ask, Visitor};
use alongside::clock::Dice;
use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Paths as the table has them, with holes for nonsense.
const PATHS: &[&str] = &[
    "/",
    "/calendar/part",
    "/calendar/waiting?start={}",
    "/book",
    "/start-now",
    "/cancel",
    "/late",
    "/booking/{}",
    "/booking/1.ics",
    "/session/{}",
    "/session/1",
    "/session/1/{}",
    "/session/1/send",
    "/session/{}/send",
    "/session/1/report",
    "/session/1/block",
    "/session/{}/live",
    "/check",
    "/check/ways",
    "/check/media",
    "/check/me",
    "/admin/doctor",
    "/test-session",
    "/test-session/done",
    "/setup",
    "/join/{}",
    "/login",
    "/reset/{}",
    "/enter/{}",
    "/history",
    "/people",
    "/people/{}/block",
    "/people/2/{}",
    "/people/2/favorite",
    "/me",
    "/me/password",
    "/me/zone",
    "/guide",
    "/admin",
    "/admin/invites",
    "/admin/invites/{}/revoke",
    "/admin/invites/1/qr.svg",
    "/admin/members",
    "/admin/members/{}/role",
    "/admin/members/2/{}",
    "/admin/reports",
    "/admin/reports/{}/settle",
    "/admin/house",
    "/assets/{}/{}",
    "/favicon.ico",
    "/manifest.webmanifest",
    "/move",
    "/ask-around",
    "/rooms",
    "/rooms/part",
    "/room/{}",
    "/room/1",
    "/room/1/send",
    "/room/{}/mute",
    "/room/1/remove",
    "/room/1/report",
    "/slip",
    "/slip/{}",
    "/people/{}/clear",
    "/me/company",
    "/plans",
    "/plans/find",
    "/plans/order/{}/end",
    "/plans/appointment/{}/{}",
    "/plans/appointment/1/yes",
    "/plans/holiday",
    "/plans/wait",
    "/plans/wait/end",
    "/notice/{}/away",
    "/not-this-week",
    "/guide/managers",
    "/admin/company",
    "/admin/company/gather",
    "/admin/members/list",
    "/admin/members/slips",
    "/admin/members/2/ends",
    "/admin/rooms",
    "/admin/rooms/{}",
    "/admin/rooms/1",
    "/admin/rooms/{}/close",
    "/admin/groups",
    "/admin/groups/{}",
    "/admin/groups/1",
    "/admin/groups/{}/end",
    "/admin/machine",
    "/admin/machine/log",
    "/admin/way-in",
    "/admin/way-in/part",
    "/admin/backups/{}",
    "/test-session/media",
    "/trust",
    "/trust/{}",
    "/here/{}",
    "/call-made",
    "/about/sbom.json",
    "/metrics",
    "/about",
    "/healthz",
    "/readyz",
    "/ca.crt",
    "/{}",
    "/{}/{}/{}",
];

/// Names of fields, so that random values meet the code that reads them.
const FIELDS: &[&str] = &[
    "start",
    "minutes",
    "task",
    "quiet",
    "title",
    "with",
    "booking",
    "seat",
    "text",
    "name",
    "email",
    "zone",
    "pick",
    "as_someone",
    "who",
    "next",
    "old",
    "new",
    "t",
    "instance",
    "kind",
    "rules",
    "role",
    "uses",
    "days",
    "step",
    "focus",
    "welcome",
    "week",
    "day",
    "note",
    "made",
    "page",
    "any_length",
    "ask",
    "back",
    "by_itself",
    "camera_off_ok",
    "capacity",
    "code",
    "contact",
    "cookie",
    "date",
    "ends",
    "every_week",
    "first",
    "flexible",
    "from",
    "group",
    "host",
    "inside",
    "last",
    "list",
    "make",
    "maps",
    "member",
    "mic_muted",
    "nudges",
    "opening",
    "part",
    "pass",
    "password",
    "purpose",
    "rhythm",
    "say",
    "sdp",
    "seconds",
    "sharing",
    "times",
    "to",
    "trio",
    "wall",
    "way",
    "welcomes",
    "whom",
];

/// Values at the edges of what is read.
const VALUES: &[&str] = &[
    "",
    "0",
    "1",
    "-1",
    "25",
    "50",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999",
    "1e9",
    "NaN",
    "2026-11-16",
    "9999-12-31",
    "-9999-01-01",
    "UTC",
    "Europe/Berlin",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "\u{0}",
    "\u{202e}",
    "\r\nSet-Cookie: a=b",
    "admin",
    "block",
    "6-1440",
    "255-65535",
    "%",
    "%ff",
    "é",
    "on",
    "between",
    "0:00",
    "23:59:59.999999999",
    "-9999-01-01T00:00",
    "31.12.9999",
    "name,email\nDai,dai@desk.example",
    "25/5",
    "yes",
    "favorites",
    "clear",
];

#[derive(Clone, Debug)]
struct Nonsense {
    post: bool,
    path: String,
    fields: Vec<(String, String)>,
    raw: Option<Vec<u8>>,
    headers: Vec<(usize, Vec<u8>)>,
}

/// Headers that somebody could send with anything in them.
const HEADERS: &[&str] = &[
    "accept",
    "accept-encoding",
    "cookie",
    "user-agent",
    "content-type",
    "referer",
    "range",
    "x-forwarded-for",
    "if-none-match",
    "content-length",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => proptest::sample::select(VALUES).prop_map(str::to_owned),
        1 => "[0-9]{1,4}",
        1 => "\\PC{0,24}",
        1 => proptest::collection::vec(any::<char>(), 0..12).prop_map(|c| c.into_iter().collect()),
    ]
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn nonsense() -> impl Strategy<Value = Nonsense> {
    let path = (
        proptest::sample::select(PATHS),
        proptest::collection::vec(word(), 3),
        proptest::collection::vec((0..FIELDS.len(), word()), 0..3),
    )
        .prop_map(|(shape, words, query)| {
            let mut path = shape.to_owned();
            for word in words {
                path = path.replacen("{}", &encoded(&word), 1);
            }
            let query: Vec<String> = query.iter().map(|(f, v)| format!("{}={}", FIELDS[*f], encoded(v))).collect();
            if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
        });
    let fields = proptest::collection::vec((proptest::sample::select(FIELDS).prop_map(str::to_owned), word()), 0..40);
    let raw = proptest::option::weighted(0.3, proptest::collection::vec(any::<u8>(), 0..400));
    let visible = proptest::collection::vec(prop_oneof![32u8..127, 128u8..=255], 0..40);
    let headers = proptest::collection::vec((0..HEADERS.len(), visible), 0..3);
    (any::<bool>(), path, fields, raw, headers).prop_map(|(post, path, fields, raw, headers)| Nonsense {
        post,
        path,
        fields,
        raw,
        headers,
    })
}

async fn try_it(who: &Visitor, nonsense: &Nonsense) {
    let fields: Vec<(&str, &str)> = nonsense.fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let mut ask = match (&nonsense.raw, nonsense.post) {
        (_, false) => Ask::get(&nonsense.path),
        (None, true) => Ask::post(&nonsense.path, &fields),
        (Some(raw), true) => {
            Ask::raw("POST", &nonsense.path, Bytes::from(raw.clone())).header("content-type", "application/x-www-form-urlencoded")
        }
    };
    for (name, value) in &nonsense.headers {
        ask = ask.header_bytes(HEADERS[*name], value);
    }
    // The streams that never end are tried elsewhere.
    if !nonsense.path.starts_with("/live") && !nonsense.path.contains("/events") {
        who.send(ask).await;
    }
}

#[test]
fn random_requests_of_members_and_strangers_never_break_anything() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (house, ana, ben) = runtime.block_on(async {
        let (house, ana) = House::new().await;
        let ben = house.member("Ben").await;
        ana.books(at("2026-11-16T10:00"), 50).await;
        ben.books(at("2026-11-16T10:00"), 50).await;
        (house, ana, ben)
    });
    let guest = house.visitor();
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 400, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let kept = (ana.cookie(), ben.cookie());
    runner
        .run(&nonsense(), |case| {
            runtime.block_on(async {
                for (who, cookie) in [(&ana, &kept.0), (&ben, &kept.1)] {
                    if let Some(cookie) = cookie {
                        who.take_cookie(cookie.clone());
                    }
                    // Hashing a password is slow by intent: those doors are for the tests of coming in.
                    if !case.path.starts_with("/me/password") {
                        try_it(who, &case).await;
                    }
                }
                try_it(&guest, &case).await;
            });
            Ok(())
        })
        .unwrap();
    runtime.block_on(async {
        assert_eq!(house.word("PRAGMA integrity_check").await, "ok");
        assert!(house.count("SELECT count(*) FROM member WHERE role = 'admin'").await >= 1);
        house.visitor().get("/readyz").await.is(200);
    });
}

#[tokio::test]
async fn a_body_of_more_than_256_kib_is_refused_and_changes_nothing() {
    let (house, ana) = House::new().await;
    let form = |size: usize| {
        let mut body = format!("start={}&minutes=50&title=", at("2026-11-16T10:00").0);
        body.push_str(&"x".repeat(size - body.len()));
        Ask::raw("POST", "/book", body.into()).header("content-type", "application/x-www-form-urlencoded")
    };
    ana.send(form(256 * 1024 + 1)).await.is(413);
    ana.send(form(5_000_000)).await.is(413);
    assert_eq!(house.count("SELECT count(*) FROM booking").await, 0);
    ana.send(form(256 * 1024)).await.is(303);
    assert_eq!(house.count("SELECT count(*) FROM booking").await, 1);
}

#[tokio::test]
async fn a_form_of_a_hundred_thousand_fields_is_read_up_to_a_bound() {
    let (_house, ana) = House::new().await;
    let body = "start=1&".repeat(30_000);
    ana.send(Ask::raw("POST", "/book", body.into()).header("content-type", "application/x-www-form-urlencoded")).await.is(422);
    let deep = "[".repeat(200_000);
    ana.books(at("2026-11-16T09:00"), 50).await;
    ana.send(Ask::raw("POST", "/session/1/send?page=p", deep.into())).await.is(422);
}

#[tokio::test]
async fn forms_that_never_end_fill_no_more_than_their_senders_own_room() {
    const FORM: usize = 200 * 1024;
    /// What one stranger may have under way.
    const ROOM: usize = 8 * 1024 * 1024;
    let (house, ana) = House::new().await;
    let mut sent = tokio::task::JoinSet::new();
    for _ in 0..100 {
        sent.spawn(house.visitor().stalls(FORM));
    }
    let refused = 100 - ROOM / (FORM + 4096);
    for _ in 0..refused {
        assert_eq!(sent.join_next().await.unwrap().unwrap(), 429);
    }
    let (strangers, members) = house.web.taking.held();
    assert!(strangers > ROOM - FORM - 4096 && strangers <= ROOM && members == 0, "{strangers} bytes");
    // The others are let in as ever: another network, and a member of the same one.
    let mut elsewhere = house.visitor();
    elsewhere.address = [203, 0, 113, 9].into();
    elsewhere.post("/login", &[("who", "nobody"), ("password", &"x".repeat(100_000))]).await.is(422);
    ana.books(at("2026-11-16T10:00"), 50).await;
    sent.shutdown().await;
    assert_eq!(house.web.taking.held(), (0, 0), "who hangs up holds nothing");
}

#[tokio::test]
async fn pages_that_are_never_read_are_given_to_a_stranger_up_to_a_bound() {
    let (house, ana) = House::new().await;
    let guest = house.visitor();
    let mut unread = Vec::new();
    while let page = guest.open(Ask::get("/login")).await
        && page.status() == 200
    {
        unread.push(page);
        assert!(unread.len() < 10_000, "{:?} held", house.web.taking.held());
    }
    assert!(unread.len() > 500, "a school behind one address is let in: {}", unread.len());
    assert!((7 << 20..=8 << 20).contains(&house.web.taking.held().0), "{:?}", house.web.taking.held());
    ana.get("/").await.is(200);
    unread.pop();
    guest.get("/login").await.is(200);
    drop(unread);
    assert_eq!(house.web.taking.held(), (0, 0));
}

#[tokio::test]
async fn no_path_leads_out_of_the_folder_of_files() {
    let house = House::bare();
    let guest = house.visitor();
    for path in [
        "/assets/dev/../../Cargo.toml",
        "/assets/dev/%2e%2e/Cargo.toml",
        "/assets/../src/main.rs",
        "/assets/dev//etc/passwd",
        "/assets/dev/",
        "/assets/dev/css/../../../Cargo.toml",
        "/assets/dev/jsconfig.json",
        "/assets",
        "/assets/dev/css",
        "/assets/dev/..%2f..%2fCargo.toml",
    ] {
        guest.get(path).await.is(404);
    }
}

#[tokio::test]
async fn odd_paths_and_methods_are_answered_calmly() {
    let (_house, ana) = House::new().await;
    let deep = format!("/{}", "a/".repeat(4_000));
    let long = format!("/{}", "x".repeat(8_000));
    for path in [
        deep.as_str(),
        &long,
        "/%00",
        "/%ff%fe",
        "/session/-1",
        "/session/1/2/3",
        "/people/1",
        "/admin/members/1/role",
        "/book",
        "/live/x",
        "/calendar",
    ] {
        let page = ana.get(path).await.is(404);
        page.says("isn't here any more");
    }
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"] {
        ana.send(Ask::raw(method, "/", Bytes::new())).await.is(405);
    }
    for path in ["/", "/guide", "/nowhere", "/healthz"] {
        let (head, get) = (ana.send(Ask::raw("HEAD", path, Bytes::new())).await, ana.get(path).await);
        assert_eq!((head.status, head.text.as_str()), (get.status, ""));
        assert_eq!(head.header("content-type"), get.header("content-type"));
    }
    ana.get("//").await.is(200);
    ana.get("/people/").await.is(200);
}

#[tokio::test]
async fn broken_cookies_are_no_login_and_no_fault() {
    let (house, ana) = House::new().await;
    let good = ana.cookie().unwrap();
    let long = "A".repeat(5_000);
    let changed = format!("{}A", &good[..42]);
    for cookie in ["", "x", &long, &changed, "é", "\"", "a=b", "../..", &good.to_lowercase(), &format!("{good}=")] {
        let guest = house.visitor();
        let sent = format!("__Host-alongside={cookie}");
        if cookie != good {
            guest.send(Ask::get("/me").header_bytes("cookie", sent.as_bytes())).await.is(303);
        }
    }
    let guest = house.visitor();
    guest.send(Ask::get("/me").header("cookie", &format!("theme=dark; __Host-alongside={good}; other=1"))).await.is(200);
    guest.send(Ask::get("/me").header("cookie", &format!("alongside={good}"))).await.is(303);
    guest
        .send(
            Ask::get("/me").header("cookie", "theme=dark").header_bytes("cookie", format!("__Host-alongside={good}").as_bytes()),
        )
        .await
        .is(200);
}

#[tokio::test]
async fn a_host_that_cannot_be_read_gets_a_plain_answer() {
    let (_house, ana) = House::new().await;
    for host in ["", "a b", "::::", "host:99999999", "\"", "a@b@c", "[::1", "<script>"] {
        let ask = Ask::get("/guide").without("host").header_bytes("host", host.as_bytes());
        ana.send(ask).await.is(200);
        let post = Ask::post("/book", &[]).without("host").header_bytes("host", host.as_bytes());
        ana.send(post).await.is(403);
    }
}

#[tokio::test]
async fn what_is_no_text_is_read_as_something_and_hurts_nobody() {
    let (house, ana) = House::new().await;
    let body: Vec<u8> =
        [b"minutes=50&start=" as &[u8], at("2026-11-16T10:00").0.to_string().as_bytes(), b"&title=\xff\xfe\x00\x80"].concat();
    ana.send(Ask::raw("POST", "/book", body.into()).header("content-type", "application/x-www-form-urlencoded")).await.is(303);
    ana.get("/").await.is(200).does_not_say("\u{0}");
    assert_eq!(house.count("SELECT count(*) FROM booking").await, 1);
    // A form that says that it is something else is no form.
    ana.send(Ask::post("/book", &[("minutes", "50")]).header("content-type", "text/plain")).await.is(422);
}

#[tokio::test]
async fn whatever_is_typed_comes_back_as_text() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let evil = "\"><img src=x onerror=alert(1)><script>alert(2)</script>";
    let start = at("2026-11-16T10:00").0.to_string();
    ana.does("/book", &[("start", &start), ("minutes", "50"), ("title", evil)]).await;
    ana.post("/admin/house", &[("name", evil), ("zone", "UTC"), ("step", "15"), ("rules", evil), ("welcome", evil)]).await;
    for path in ["/", "/calendar/part", "/people", "/guide", "/about", "/history", "/me"] {
        ben.get(path).await.is(200).does_not_say("<img src=x").does_not_say("<script>alert");
    }
    let guest = house.visitor();
    guest.post("/login", &[("who", evil), ("password", "x")]).await.is(422).does_not_say("<img src=x");
    guest.get(&format!("/login?next=/{}", encoded(evil))).await.is(200).does_not_say("<img src=x");
    guest.get(&format!("/setup?t={}", encoded(evil))).await.is(200).does_not_say("<img src=x");
    ana.get(&format!("/?note={}", encoded(evil))).await.is(200).does_not_say("<img src=x");
}

#[tokio::test]
async fn every_route_carries_its_headers() {
    let (house, ana) = House::new().await;
    let b = ana.books(at("2026-11-16T09:15"), 50).await;
    let guest = house.visitor();
    for path in PATHS {
        let path = path.replace("{}", "1");
        for who in [&ana, &guest] {
            let answer = who.get(&path).await;
            if answer.header("content-type").starts_with("text/html") {
                assert!(answer.header("permissions-policy").contains("camera=(self)"), "{path}");
                assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
            }
            assert!(!answer.headers.contains_key("strict-transport-security"), "the house vouches for its own certificate");
            assert!(!answer.headers.contains_key("access-control-allow-origin") && !answer.headers.contains_key("server"));
        }
    }
    let session = ana.get(&format!("/session/{b}")).await.is(200);
    assert!(session.header("content-security-policy").contains("media-src 'self' blob:"));
    assert!(
        !session.text.contains("https://") || session.text.matches("https://").count() == session.text.matches(ORIGIN).count()
    );
}

#[tokio::test]
async fn links_that_were_guessed_open_nothing() {
    let (house, _) = House::new().await;
    for _ in 0..3 {
        let guess = Dice.word::<12>();
        let guest = house.visitor();
        guest.get(&format!("/join/{guess}")).await.is(410);
        guest.get(&format!("/reset/{guess}")).await.is(200).does_not_say("name=\"password\"");
        guest.get(&format!("/enter/{guess}")).await.is(422);
        guest.post(&format!("/reset/{guess}"), &[("password", "a long password")]).await.is(200);
        assert_eq!(guest.cookie(), None);
    }
}
