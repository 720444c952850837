//! Theirs: Janus with its plugin of video rooms, as the distribution packs it, told by its HTTP interface.
//!
//! It gets what makes the two alike: ICE-lite, AES-GCM of 128 bits, no cap of bandwidth, transport-wide numbers only if ours has
//! them, nothing loaded but what the room needs. Whoever publishes and plays has two connections, as everywhere with Janus.

use super::client::{Client, Shape};
use super::http::request;
use super::people::{self, Load, Person};
use super::process::Process;
use rtc::dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(15);
const ROOM: u32 = 1;
const PROFILES: &[SrtpProtectionProfile] = &[SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm];

/// Starts Janus with a configuration of its own below `scratch`.
pub fn start(scratch: &Path) -> (Process, SocketAddr) {
    let port =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a free port").port();
    let parts = "/usr/lib/x86_64-linux-gnu/janus";
    let write = |name: &str, text: String| std::fs::write(scratch.join(name), text).expect("a file of the configuration");
    write(
        "janus.jcfg",
        format!(
            "general: {{ configs_folder = \"{}\" plugins_folder = \"{parts}/plugins\" transports_folder = \"{parts}/transports\" \
             debug_level = 2 session_timeout = 0 }}\nnat: {{ ice_lite = true full_trickle = false }}\nmedia: {{ ipv6 = false }}\n\
             plugins: {{ disable = \"{}\" }}\ntransports: {{ disable = \"{}\" }}\nevents: {{ broadcast = false }}\n",
            scratch.display(),
            others(&format!("{parts}/plugins"), "libjanus_videoroom.so"),
            others(&format!("{parts}/transports"), "libjanus_http.so"),
        ),
    );
    write("janus.plugin.videoroom.jcfg", "general: { }\n".to_owned());
    write(
        "janus.transport.http.jcfg",
        format!(
            "general: {{ base_path = \"/janus\" http = true port = {port} ip = \"127.0.0.1\" https = false }}\nadmin: {{ admin_http = false admin_https = false }}\n"
        ),
    );
    let process = Command::new("janus")
        .args(["-F", &scratch.display().to_string(), "-C", &scratch.join("janus.jcfg").display().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("janus, installed by `apt-get install janus`");
    let process = Process(process);
    let http = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let until = Instant::now() + PATIENCE;
    while TcpStream::connect(http).is_err() {
        assert!(Instant::now() < until, "Janus was not ready within {PATIENCE:?}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
    (process, http)
}

/// The names of a folder but one, as Janus wants them to leave them out.
fn others(folder: &str, but: &str) -> String {
    let names = std::fs::read_dir(folder).expect("the folder of Janus").flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name.ends_with(".so") && name != but).collect::<Vec<_>>().join(",")
}

/// A handle of the room's plugin, with a session of its own.
struct Handle {
    http: SocketAddr,
    session: u64,
    id: u64,
}

impl Handle {
    fn attach(http: SocketAddr) -> Self {
        let id = |answer: &Value| answer["data"]["id"].as_u64().expect("an id");
        let session = id(&post(http, "/janus", &json!({ "janus": "create", "transaction": "t" })));
        let attach = json!({ "janus": "attach", "plugin": "janus.plugin.videoroom", "transaction": "t" });
        let handle = id(&post(http, &format!("/janus/{session}"), &attach));
        Self { http, session, id: handle }
    }

    /// Says something to the plugin, and waits for what comes of it: its data and a description.
    fn ask(&self, body: Value, kind: &str, sdp: Option<String>) -> (Value, String) {
        let mut message = json!({ "janus": "message", "transaction": "t", "body": body });
        if let Some(sdp) = sdp {
            message["jsep"] = json!({ "type": kind, "sdp": sdp });
        }
        let mut said = post(self.http, &format!("/janus/{}/{}", self.session, self.id), &message);
        while said["janus"] == "ack" || said["janus"] == "keepalive" || said["plugindata"].is_null() {
            let (text, _) = request(self.http, "GET", &format!("/janus/{}?maxev=1", self.session), "");
            said = serde_json::from_str(&text).expect("JSON");
        }
        let data = said["plugindata"]["data"].clone();
        assert!(data["error"].is_null(), "{data}");
        (data, said["jsep"]["sdp"].as_str().unwrap_or_default().to_owned())
    }
}

fn post(http: SocketAddr, path: &str, body: &Value) -> Value {
    serde_json::from_str(&request(http, "POST", path, &body.to_string()).0).expect("JSON")
}

/// Everybody joins one room.
pub fn join(http: SocketAddr, load: &Load) -> Vec<Person> {
    let everybody = load.publishers + load.players;
    let create = json!({ "request": "create", "room": ROOM, "publishers": everybody, "bitrate": 0, "videocodec": "vp8",
        "transport_wide_cc_ext": load.transport_cc, "notify_joining": false });
    Handle::attach(http).ask(create, "", None);
    let mut feeds = Vec::new();
    let mut people: Vec<Person> = (0..load.publishers)
        .map(|n| {
            let (person, feed) = publisher(http, load, n);
            feeds.push(feed);
            person
        })
        .collect();
    // Nobody can ask for what does not come yet, and that is known a moment after the handshake.
    people::connect(&mut people);
    let asking = Handle::attach(http);
    let until = Instant::now() + PATIENCE;
    loop {
        let (listed, _) = asking.ask(json!({ "request": "listparticipants", "room": ROOM }), "", None);
        let coming = listed["participants"].as_array().map_or(0, |all| all.iter().filter(|one| one["publisher"] == true).count());
        if coming == load.publishers {
            break;
        }
        assert!(Instant::now() < until, "Janus knows {coming} who publish");
        std::thread::park_timeout(Duration::from_millis(50));
    }
    let players = if load.all_to_all() { load.publishers } else { load.players };
    people.extend((0..players).map(|n| {
        let wanted: Vec<u64> =
            feeds.iter().enumerate().filter(|(own, _)| !load.all_to_all() || *own != n).map(|(_, feed)| *feed).collect();
        player(http, load, everybody + n, &wanted)
    }));
    people
}

fn publisher(http: SocketAddr, load: &Load, n: usize) -> (Person, u64) {
    let shape = Shape { profiles: PROFILES, ..load.shape(true, 0) };
    let mut client = Client::new(Instant::now(), n as u64 + 1, shape);
    let (own, repeats) = client.stream("cam", None);
    let mut offer = client.offer().replace("a=setup:actpass", "a=setup:active");
    let _ = write!(offer, "a=ssrc-group:FID {own} {repeats}\r\na=ssrc:{own} cname:load\r\na=ssrc:{repeats} cname:load\r\n");
    let body = json!({ "request": "joinandconfigure", "room": ROOM, "ptype": "publisher", "video": true, "audio": false });
    let socket = people::socket();
    offer += &own_candidate(&socket);
    let (data, answer) = Handle::attach(http).ask(body, "offer", Some(offer));
    client.answer(&answer);
    (Person::on(socket, client, &answer, true), data["id"].as_u64().expect("the id of who publishes"))
}

fn player(http: SocketAddr, load: &Load, n: usize, feeds: &[u64]) -> Person {
    let handle = Handle::attach(http);
    let shape = Shape { profiles: PROFILES, ..load.shape(false, feeds.len()) };
    let mut client = Client::new(Instant::now(), n as u64 + 1, shape);
    let streams: Vec<Value> = feeds.iter().map(|feed| json!({ "feed": feed })).collect();
    let join = json!({ "request": "join", "room": ROOM, "ptype": "subscriber", "streams": streams });
    let (_, offer) = handle.ask(join, "", None);
    client.answer(&offer);
    let socket = people::socket();
    handle.ask(json!({ "request": "start" }), "answer", Some(reply(&client, &offer) + &own_candidate(&socket)));
    Person::on(socket, client, &offer, false)
}

/// Where the client is: Janus does not answer somebody of whom it was not told.
fn own_candidate(socket: &UdpSocket) -> String {
    let port = socket.local_addr().expect("an address").port();
    let ips = alongside::port::addresses::of_machine().unwrap_or_default();
    let ips = ips.iter().map(|found| found.ip).filter(|ip| ip.is_ipv4());
    let mut lines: String = ips.map(|ip| format!("a=candidate:1 1 udp 2015363327 {ip} {port} typ host\r\n")).collect();
    lines += "a=end-of-candidates\r\n";
    lines
}

/// The answer to an offer of Janus: everything is taken, with the credentials that the client would offer itself.
fn reply(client: &Client, offer: &str) -> String {
    let own = client.offer();
    let line = |name: &str| own.lines().find(|line| line.starts_with(name)).expect("a line of every offer").to_owned();
    let credentials = [line("a=ice-ufrag:"), line("a=ice-pwd:"), line("a=fingerprint:"), "a=setup:active".to_owned()];
    let kept = [
        "v=",
        "s=",
        "t=",
        "m=",
        "c=",
        "a=group:BUNDLE",
        "a=mid:",
        "a=rtcp-mux",
        "a=rtpmap:",
        "a=fmtp:",
        "a=rtcp-fb:",
        "a=extmap:",
    ];
    let mut answer = String::new();
    for line in offer.lines().map(str::trim_end) {
        if line.starts_with("o=") {
            answer += "o=- 1 2 IN IP4 127.0.0.1\r\n";
        } else if kept.iter().any(|start| line.starts_with(start)) {
            let _ = write!(answer, "{line}\r\n");
        }
        if line.starts_with("a=mid:") {
            credentials.iter().for_each(|line| {
                let _ = write!(answer, "{line}\r\n");
            });
            answer += "a=recvonly\r\n";
        }
    }
    answer
}
