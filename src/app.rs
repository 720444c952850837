//! Composition root: opens the store, binds the sockets, starts the drivers, ends them in order.
#![allow(clippy::print_stdout)]

mod media_line;
pub mod wire;

use crate::actions::{Fault, demo, set_up};
use crate::clock::{Clock, Dice};
use crate::config::Config;
use crate::http::{self, Boards, Logins, Web};
use crate::live::calendar::Calendar;
use crate::live::hub::Hub;
use crate::live::media::Media;
use crate::live::media::events::MediaEvents;
use crate::live::rooms::Rooms;
use crate::live::ways::Relays;
use crate::password::{Passwords, hash_here, secret_hash};
use crate::port::{self, BindError, Bound, Want, addresses};
use crate::scheduler;
use crate::store::{Store, Tx};
use crate::sys;
use crate::tls::{self, Tls};
use qrcode::QrCode;
use qrcode::render::unicode;
use std::fmt::Write;
use std::fs::{DirBuilder, File};
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Where the running server notes its port, for the verbs that print links.
const RUNNING: &str = "running-port";
/// How often names, addresses and the age of the certificate are looked at.
const CERTIFICATE_LOOK: Duration = Duration::from_secs(600);
/// How often memory that nobody needs is given back.
const MEMORY_LOOK: Duration = Duration::from_secs(30);

/// Runs the server until SIGTERM or Ctrl-C.
///
/// # Errors
/// One sentence: what could not be done, and what to do about it.
pub fn serve(config: Config, demo: bool) -> Result<(), String> {
    log();
    sys::raise_open_files();
    let scratch = if demo { Some(Scratch::new()?) } else { None };
    let config = match &scratch {
        Some(scratch) => Config { data_dir: scratch.0.clone(), ..config },
        None => config,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(std::thread::available_parallelism().map_or(2, |n| n.get().min(4)))
        .max_blocking_threads(8)
        .thread_keep_alive(Duration::from_secs(2))
        .build()
        .map_err(|e| format!("The machine gives no threads: {e}."))?;
    runtime.block_on(run(config, demo))
}

async fn run(config: Config, demo: bool) -> Result<(), String> {
    let dir = data_dir(&config.data_dir)?;
    let _lock = lock(dir)?;
    let clock = Clock::system();
    if let Some(file) = config.test_clock.clone() {
        clock.follow_once(&file);
        tokio::spawn(clock.clone().follow(file));
    }
    let store = Store::open(&dir.join("alongside.db")).map_err(|e| e.to_string())?;
    let tls = Arc::new(open_tls(&config)?);
    let bound = bind(&config, demo)?;
    let port = bound.port;
    let wire = wire::start(&config, bound.udp, port, &clock)?;
    Config { port, ..config.clone() }.remember_port();
    let _ = std::fs::write(dir.join(RUNNING), format!("{port}\n"));

    let stop = CancellationToken::new();
    let wire::Started { switchboard, handle, events, secret } = wire;
    let media = Media::over(Arc::new(media_line::WireLine::new(handle.clone(), port)));
    let events = MediaEvents::of(media_line::events_of(events));
    let hub = Hub::start(store.clone(), clock.clone(), &Dice, Calendar::default(), media.clone(), events.sessions);
    let rooms = Rooms::start(store.clone(), clock.clone(), &Dice, media.clone(), events.rooms);
    let relays = Relays::new(&secret, &config.turn.external);
    let web = web(&store, &clock, (&hub, &rooms, &media), relays, &tls);
    let service = warp::service(http::filter(web));
    let served = tokio::spawn(port::serve(bound.tcp, tls.config.clone(), service, stop.clone(), known_host(&config), handle));
    let errands = tokio::spawn(scheduler::run(store.clone(), clock.clone(), hub.clone()));
    let certificate = tokio::spawn(keep_certificate(tls.clone(), config.clone()));
    let memory = tokio::spawn(keep_small());

    print_welcome(&config, &store, &clock, &tls, port, demo).await?;
    wait_for_end().await?;
    tracing::info!("Ending: open pages connect again when the server is back.");
    errands.abort();
    certificate.abort();
    memory.abort();
    hub.calendar().stop();
    hub.stop().await;
    rooms.stop().await;
    stop.cancel();
    let ended = served.await.map_err(|e| e.to_string())?;
    drop(switchboard);
    let _ = std::fs::remove_file(dir.join(RUNNING));
    ended.map_err(|e| format!("The port could not be served: {e}."))
}

fn web(store: &Store, clock: &Clock, (hub, rooms, media): (&Hub, &Rooms, &Media), relays: Relays, tls: &Arc<Tls>) -> Arc<Web> {
    let shown = tls.clone();
    Arc::new(Web {
        store: store.clone(),
        clock: clock.clone(),
        dice: Dice,
        hub: hub.clone(),
        rooms: rooms.clone(),
        relays,
        media: media.clone(),
        echoes: AtomicU64::new(1),
        passwords: Passwords::new(Dice.bytes()),
        doors: http::doors(),
        boards: Boards::default(),
        logins: Logins::default(),
        fingerprint: Arc::new(move || shown.leaf_fingerprint()),
        authority: tls.authority_der().to_vec(),
    })
}

/// The data directory, made for nobody but its owner.
fn data_dir(dir: &Path) -> Result<&Path, String> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|e| format!("The data directory {} cannot be made: {e}. Name another with --data-dir DIR.", dir.display()))?;
    let probe = dir.join(".writable");
    let written = File::create(&probe).and_then(|_| std::fs::remove_file(&probe));
    written.map_err(|e| {
        format!("The data directory {} cannot be written to: {e}. Name another with --data-dir DIR.", dir.display())
    })?;
    Ok(dir)
}

/// One server per data directory.
fn lock(dir: &Path) -> Result<File, String> {
    let path = dir.join("lock");
    let file = File::create(&path).map_err(|e| format!("{} cannot be written: {e}.", path.display()))?;
    file.try_lock().map_err(|_| {
        format!("Another Alongside is running on {}. End it first, or name another directory with --data-dir DIR.", dir.display())
    })?;
    let _ = file.set_permissions(std::fs::Permissions::from_mode(0o600));
    Ok(file)
}

/// Names and lasting addresses of this machine.
fn subjects(config: &Config) -> (Vec<String>, Vec<IpAddr>) {
    let mut names = config.names.clone();
    names.extend(addresses::machine_name());
    let found = addresses::of_machine().unwrap_or_default();
    (names, found.iter().filter(|a| a.lasts()).map(|a| a.ip).collect())
}

fn open_tls(config: &Config) -> Result<Tls, String> {
    let (names, addresses) = subjects(config);
    // The real time: a certificate is judged by the clocks of others.
    tls::open(&config.data_dir, &names, &addresses, Clock::system().now().0).map_err(|e| e.to_string())
}

/// Renews the certificate when it ages and when the machine's addresses change; open connections go on.
async fn keep_certificate(tls: Arc<Tls>, config: Config) {
    loop {
        tokio::time::sleep(CERTIFICATE_LOOK).await;
        let (names, addresses) = subjects(&config);
        if let Err(error) = tls.renew(&names, &addresses, Clock::system().now().0) {
            tracing::warn!(%error, "The certificate could not be renewed; the present one goes on.");
        }
    }
}

/// Gives back what a crowd has left behind.
async fn keep_small() {
    loop {
        tokio::time::sleep(MEMORY_LOOK).await;
        let _ = tokio::task::spawn_blocking(sys::give_back_memory).await;
    }
}

fn bind(config: &Config, demo: bool) -> Result<Bound, String> {
    let want = |port| Want { port, addresses: config.listen.clone() };
    let bound = match port::bind(want(config.port)) {
        Err(BindError::Occupied { .. }) if demo && config.port_is_default => port::bind(want(0)),
        other => other,
    }
    .map_err(|e| e.to_string())?;
    if bound.udp_buffer < port::UDP_BUFFER {
        let (got, wanted) = (bound.udp_buffer >> 10, port::UDP_BUFFER >> 10);
        tracing::info!(
            "The kernel gives UDP {got} KiB of buffer where {wanted} KiB are wanted; with many calls packets may be lost. \
             To change it: sysctl -w net.core.rmem_max={0} net.core.wmem_max={0}",
            port::UDP_BUFFER
        );
    }
    Ok(bound)
}

fn known_host(config: &Config) -> impl Fn(&str) -> bool + Send + Sync + 'static {
    let names = config.names.clone();
    move |host| {
        let own = |ip: IpAddr| addresses::of_machine().is_ok_and(|all| all.iter().any(|a| a.ip == ip));
        host == "localhost"
            || names.iter().any(|n| n.eq_ignore_ascii_case(host))
            || addresses::machine_name().is_some_and(|n| n == host || format!("{n}.local") == host)
            || host.parse::<IpAddr>().is_ok_and(own)
    }
}

/// "https://host:port" for every name and address the machine can be reached at, best first, localhost last.
pub fn origins(config: &Config, port: u16) -> Vec<String> {
    let mut hosts = config.names.clone();
    let found = addresses::of_machine().unwrap_or_default();
    let listens = |ip: IpAddr| config.listen.is_empty() || config.listen.iter().any(|l| l.is_unspecified() || *l == ip);
    let useful = found.iter().filter(|a| a.lasts() && !a.ip.is_loopback() && listens(a.ip));
    hosts.extend(useful.map(addresses::Address::url_host));
    hosts.push("localhost".to_owned());
    hosts.into_iter().map(|host| if port == 443 { format!("https://{host}") } else { format!("https://{host}:{port}") }).collect()
}

/// The port that a running server noted, else the configured one.
pub fn running_port(config: &Config) -> u16 {
    let noted = std::fs::read_to_string(config.data_dir.join(RUNNING)).ok();
    noted.and_then(|text| text.trim().parse().ok()).unwrap_or(config.port)
}

/// Does one write on the database from the command line, beside a server that may be running.
///
/// # Errors
/// One sentence.
pub fn offline<T: Send + 'static>(
    config: &Config,
    work: impl FnOnce(&Tx<'_>) -> Result<T, Fault> + Send + 'static,
) -> Result<T, String> {
    let path = config.data_dir.join("alongside.db");
    if !path.exists() {
        return Err(format!(
            "There is no instance in {}. Start the server once, or name its directory with --data-dir DIR.",
            config.data_dir.display()
        ));
    }
    let store = Store::open(&path).map_err(|e| e.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|e| e.to_string())?;
    let clock = Clock::system();
    if let Some(file) = &config.test_clock {
        clock.follow_once(file);
    }
    runtime.block_on(store.write(clock.now(), work)).map_err(|fault: Fault| fault.to_string())
}

async fn print_welcome(config: &Config, store: &Store, clock: &Clock, tls: &Tls, port: u16, demo: bool) -> Result<(), String> {
    let mut text = format!("Alongside {} keeps its data in {}\n\n", env!("CARGO_PKG_VERSION"), config.data_dir.display());
    let origins = origins(config, port);
    if demo {
        demo_links(store, clock, port, &mut text).await?;
    } else if store.read(set_up::is_done).await.map_err(|e: Fault| e.to_string())? {
        text += "  Open it at one of these addresses:\n\n";
        origins.iter().for_each(|origin| text += &format!("    {origin}\n"));
    } else {
        setup_links(store, clock, &origins, &mut text).await?;
    }
    text += "\n  The browser warns once: this machine made its certificate itself, so nobody else vouches for it yet.\n";
    let _ = writeln!(text, "  Compare the fingerprint, then go on:\n    SHA-256 {}\n", tls.leaf_fingerprint());
    let _ = write!(text, "Ready on port {port}");
    println!("{text}");
    Ok(())
}

async fn setup_links(store: &Store, clock: &Clock, origins: &[String], text: &mut String) -> Result<(), String> {
    let secret = Dice.word::<16>();
    let link = secret_hash(&secret);
    store.write(clock.now(), move |tx| set_up::link(tx, &link)).await.map_err(|e: Fault| e.to_string())?;
    *text += "  It isn't set up yet. Open one of these links within 30 minutes; it works once.\n";
    *text += "  (Another one: alongside setup-link)\n\n";
    for origin in origins {
        let _ = writeln!(text, "    {origin}/setup?t={secret}");
    }
    if let (true, Some(first)) = (crate::sys::is_terminal(), origins.first()) {
        let _ = writeln!(text, "\n{}", qr(&format!("{first}/setup?t={secret}")));
    }
    Ok(())
}

fn qr(link: &str) -> String {
    let Ok(code) = QrCode::new(link.as_bytes()) else { return String::new() };
    code.render::<unicode::Dense1x2>().dark_color(unicode::Dense1x2::Light).light_color(unicode::Dense1x2::Dark).build()
}

async fn demo_links(store: &Store, clock: &Clock, port: u16, text: &mut String) -> Result<(), String> {
    let (ana, ben) = (Dice.word::<16>(), Dice.word::<16>());
    let (links, zone) = ((secret_hash(&ana), secret_hash(&ben)), system_zone());
    let password = hash_here(&Dice.word::<32>(), Dice.bytes());
    let made = store.write(clock.now(), move |tx| demo::found(tx, &zone, &password, (&links.0, &links.1))).await;
    let made = made.map_err(|e: Fault| e.to_string())?;
    let zone = crate::domain::time::Zone::or_utc(&system_zone());
    let wall = zone.wall(made.start);
    let _ = writeln!(text, "  A throw-away house: everything is gone when it ends (Ctrl-C).");
    let _ = writeln!(
        text,
        "  A session of 25 minutes starts at {}:{:02}. Open these in two windows, side by side:\n",
        wall.hour(),
        wall.minute()
    );
    let _ = writeln!(text, "    Ana  https://localhost:{port}/enter/{ana}?next=/session/{}", made.first.1);
    // Another host name, so that the two logins live beside each other; muted, so that nothing howls.
    let _ = writeln!(text, "    Ben  https://127.0.0.1:{port}/enter/{ben}?next=/session/{}%3Fmuted%3D1", made.second.1);
    Ok(())
}

fn system_zone() -> String {
    jiff::tz::TimeZone::system().iana_name().unwrap_or("UTC").to_owned()
}

async fn wait_for_end() -> Result<(), String> {
    let mut term = signal(SignalKind::terminate()).map_err(|e| e.to_string())?;
    let mut int = signal(SignalKind::interrupt()).map_err(|e| e.to_string())?;
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    Ok(())
}

fn log() {
    let filter = std::env::var("ALONGSIDE_LOG").unwrap_or_else(|_| "info,rtc_dtls=error".to_owned());
    let filter = tracing_subscriber::EnvFilter::try_new(filter).unwrap_or_default();
    // A second call, in tests, changes nothing.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).try_init();
}

/// A directory for the demo, gone when it ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("alongside-demo-{}", Dice.word::<6>()));
        data_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
