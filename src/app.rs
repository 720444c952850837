//! Composition root: opens the store, binds the sockets, starts the drivers, ends them in order.
#![allow(clippy::print_stdout)]

pub mod control;
pub mod front;
mod hurt;
mod keeping;
mod load;
mod log;
mod machine;
mod media_line;
pub mod media_ways;
mod supervisor;
mod welcome;
pub mod wire;

use keeping::{WebDoor, gauges, proxies};
pub use keeping::{alone, backups, stamp};
use machine::Machine;

use crate::actions::{Fault, set_up, upgrade};
use crate::app::media_ways::{BESIDE, MediaDoors};
use crate::clock::{Clock, Dice};
use crate::config::Config;
use crate::doctor::{self, Patient, Server};
use crate::domain::health::Report;
use crate::domain::lan_name;
use crate::domain::pins::Pins;
use crate::domain::way_in::Choice;
use crate::http::{self, Authority, Gauges, Logins, Rounds, Shelf, WayIn, Web};
use crate::keep::backup::Backups;
use crate::keep::restore;
use crate::keep::watch::Watch;
use crate::live::calendar::Calendar;
use crate::live::hub::Hub;
use crate::live::media::Media;
use crate::live::media::events::MediaEvents;
use crate::live::rooms::Rooms;
use crate::live::ways::Relays;
use crate::password::Passwords;
use crate::port::{self, BindError, Bound, Listeners, Unencrypted, Want, addresses};
use crate::scheduler;
use crate::store::Store;
use crate::sys;
use crate::tls::{self, Tls};
use control::{Door, Link};
use front::Front;
use std::collections::HashSet;
use std::fs::{DirBuilder, File};
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use supervisor::Supervisor;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Where the running server notes its port, for the verbs that print links.
const RUNNING: &str = "running-port";
/// How often names, addresses and the age of the certificate are looked at, and how often files from elsewhere.
const CERTIFICATE_LOOK: Duration = Duration::from_secs(10);
const FILES_LOOK: Duration = Duration::from_secs(5);
/// How long a router may take to say goodbye.
const ROUTER_PATIENCE: Duration = Duration::from_secs(5);
/// How often memory that nobody needs is given back.
const MEMORY_LOOK: Duration = Duration::from_secs(30);

/// Runs the server until SIGTERM or Ctrl-C.
///
/// # Errors
/// One sentence: what could not be done, and what to do about it.
pub fn serve(config: Config, demo: bool) -> Result<(), String> {
    log::begin();
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
    match runtime.block_on(run(config, demo))? {
        Ended::ForGood => Ok(()),
        Ended::ToBeginAnew => {
            drop(runtime);
            Err(keeping::begin_anew())
        }
    }
}

/// How the server's run came to its end.
enum Ended {
    ForGood,
    /// A backup waits to take its place: nothing of this process may touch the files any more.
    ToBeginAnew,
}

async fn run(config: Config, demo: bool) -> Result<Ended, String> {
    let dir = data_dir(&config.data_dir)?;
    let _lock = lock(dir)?;
    // From here on: an end that is asked for while things are being opened comes in order, as soon as they are.
    let mut end = End::watched()?;
    let supervisor = Supervisor::found(&|name| std::env::var_os(name));
    restore::finish(dir).map_err(|e| format!("A backup that was being brought back could not take its place: {e}."))?;
    let clock = Clock::system();
    if let Some(file) = config.test_clock.clone() {
        clock.follow_once(&file);
        tokio::spawn(clock.clone().follow(file));
    }
    let opened = hurt::open(dir)?;
    let (choice, answers) = match &opened {
        Ok(store) => keeping::chosen(store).await,
        Err(_) => (Choice::default(), true),
    };
    let tls = Arc::new(open_tls(&config)?);
    let mut bound = bind(&config, demo)?;
    let port = bound.port;
    let front = Front::new(Config { port, ..config.clone() }, choice, keeping::answers(&config, answers) && !demo);
    let doors = MediaDoors { port, beside: open_beside(&config, &mut bound) };
    let (listeners, later) = Listeners::and_later(std::mem::take(&mut bound.tcp));
    let mut web_door = WebDoor::beside(port, &config.listen, later);
    // Before the port: what is kept is shown from the first connection on.
    let acme = keeping::wish(&front.config()).and_then(|wish| keeping::acme_for(&config, wish, &tls, web_door.open()));
    let wire = wire::start(&config, bound.udp, doors, &clock)?;
    let proxies = proxies(&config)?;
    let _ = std::fs::write(dir.join(RUNNING), format!("{port}\n"));

    let stop = CancellationToken::new();
    let wire::Started { switchboard, handle, events, secret } = wire;
    let ledger = load::Ledger::new(handle.clone(), clock.clone(), dir);
    let mapped = front.clone();
    let mapped = move || mapped.mapped().map(|held| SocketAddr::new(held.outside, held.port));
    let line = Arc::new(media_line::WireLine::new(handle.clone(), doors, ledger.clone(), mapped));
    let addresses = tokio::spawn(line.clone().follow());
    let media = Media::over(line);
    let store = match opened {
        Ok(store) => store,
        Err(ailment) => {
            // The service runs, so that people read what is the matter; it is watched meanwhile as ever.
            supervisor.ready(&format!("Not well, on port {port}: {}", ailment.word()));
            let ended = async {
                end.comes().await;
                Ok(())
            };
            let sound = tokio::select! {
                sound = hurt::until_sound(dir, ailment, (listeners.first(), &tls, handle.clone()), ended) => sound?,
                () = supervisor.feed(port, &handle) => None,
            };
            let Some(store) = sound else { return Ok(Ended::ForGood) };
            store
        }
    };
    let pins = config.pins.clone();
    let fixed = store
        .write(clock.now(), move |tx| set_up::fix(tx, &pins).and_then(|()| upgrade::started(tx, env!("CARGO_PKG_VERSION"))))
        .await;
    // A disk that takes no changes is said by the pages; what is fixed for the house waits for the next start.
    fixed.unwrap_or_else(|fault: Fault| {
        tracing::warn!(%fault, "What the configuration fixes of the house could not be saved.");
        if let Fault::Store(error) = &fault {
            store.note(error);
        }
    });
    store.ask(ledger.clone());
    let watch = Watch::over(&store, dir);
    let backups = Arc::new(backups(&config, config.backup.passphrase.clone()));
    let events = MediaEvents::of(media_line::events_of(events, ledger.clone()));
    let hub = Hub::start(store.clone(), clock.clone(), &Dice, Calendar::default(), media.clone(), events.sessions);
    let rooms = Rooms::start(store.clone(), clock.clone(), &Dice, media.clone(), events.rooms);
    let relays = Relays::new(&secret, &config.turn.external).weighing(ledger.clone());
    let weighed = tokio::spawn(ledger.clone().follow());
    let trusted = keeping::authority(&tls);
    let volume = log::Volume::new(&clock);
    let machine = Machine { ledger, volume: volume.clone() };
    let tended = Tended {
        doctor: rounds(&front, &clock, doctor::examine),
        way_in: way_in_of(&front, &tls, &clock),
        watch: watch.clone(),
        gauges: Gauges { machine: Some(Arc::new(machine.clone())), ..gauges(&config, &handle, &tls) },
        backups: backups.clone(),
        pins: config.pins.clone(),
        authority: trusted.clone(),
    };
    let web = web(&store, &clock, (&hub, &rooms, &media), relays, &tls, tended);
    let anew = web.anew.clone();
    let service = warp::service(http::filter(web));
    // Before the port: whoever got an answer there finds this door open.
    let verbs = tokio::spawn(Door::open(&front, &store, &clock, port, machine).serve());
    let (shown, proofs) = (trusted.clone(), tls.clone());
    let shown = move |path: &str| {
        let proof = proofs.proofs().text(path).map(|text| ("application/octet-stream", text.into_bytes()));
        proof.or_else(|| http::shown_unencrypted(&shown, path))
    };
    let known = Unencrypted::redirecting(known_host(front.clone()), port).showing(shown);
    let served = tokio::spawn(port::serve(listeners, tls.config.clone(), service, stop.clone(), known, handle.clone(), proxies));
    let errands = tokio::spawn(scheduler::run(store.clone(), clock.clone(), hub.clone(), watch.clone()));
    let backed_up = tokio::spawn(backups.run(clock.clone(), watch.clone()));
    let watched = tokio::spawn(watch.run(clock.clone()));
    let logged = tokio::spawn(volume.clone().follow());
    let certificate = tokio::spawn(keep_certificate(tls.clone(), front.clone(), end.looks.clone()));
    let public = tokio::spawn(front.clone().tend(tls.clone(), move || web_door.open(), acme));
    let mapped = tokio::spawn(front.clone().keep_mapped());
    let named = tokio::spawn(front.lan().clone().keep(addresses::machine_name));
    let memory = tokio::spawn(keep_small());

    welcome::print(&front.config(), &store, &clock, &tls, port, demo).await?;
    supervisor.ready(&format!("Ready on port {port}"));
    let how = tokio::select! {
        () = end.comes() => Ended::ForGood,
        () = anew.notified() => Ended::ToBeginAnew,
        () = supervisor.feed(port, &handle) => Ended::ForGood,
    };
    supervisor.stopping();
    tracing::info!("Ending: open pages connect again when the server is back.");
    errands.abort();
    verbs.abort();
    addresses.abort();
    weighed.abort();
    watched.abort();
    backed_up.abort();
    logged.abort();
    certificate.abort();
    public.abort();
    mapped.abort();
    named.abort();
    memory.abort();
    // A router that keeps silent holds nobody up; what it lets through ends by itself.
    let _ = tokio::time::timeout(ROUTER_PATIENCE, async { tokio::join!(front.give_back(), front.lan().give_back()) }).await;
    hub.calendar().stop();
    hub.stop().await;
    rooms.stop().await;
    stop.cancel();
    let ended = served.await.map_err(|e| e.to_string())?;
    drop(switchboard);
    let _ = std::fs::remove_file(dir.join(RUNNING));
    ended.map(|()| how).map_err(|e| format!("The port could not be served: {e}."))
}

/// What looks at this very server, for the admin's pages.
fn rounds(front: &Arc<Front>, clock: &Clock, look: fn(&Patient) -> Report) -> Rounds {
    let (front, clock) = (front.clone(), clock.clone());
    Rounds::new(move || {
        let (config, now) = (front.config(), clock.now());
        look(&Patient { port: config.port, config, server: Server::Here, now, machine_now: Clock::system().now() })
    })
}

/// What the pages about the way in show and change.
fn way_in_of(front: &Arc<Front>, tls: &Arc<Tls>, clock: &Clock) -> WayIn {
    let (chosen, again, named, stands, tls) = (front.clone(), front.clone(), front.clone(), front.clone(), tls.clone());
    WayIn {
        rounds: rounds(front, clock, doctor::examine_way_in),
        take: Arc::new(move |choice| chosen.take(choice)),
        ask_again: Arc::new(move || again.ask_again()),
        answer: Arc::new(move |answers| named.lan().switch(answers)),
        standing: Arc::new(move || stands.standing(&tls)),
    }
}

/// What the keeper's pages show and fix.
struct Tended {
    doctor: Rounds,
    way_in: WayIn,
    watch: Arc<Watch>,
    gauges: Gauges,
    backups: Arc<Backups>,
    pins: Pins,
    authority: Authority,
}

fn web(
    store: &Store,
    clock: &Clock,
    (hub, rooms, media): (&Hub, &Rooms, &Media),
    relays: Relays,
    tls: &Arc<Tls>,
    tended: Tended,
) -> Arc<Web> {
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
        shelf: Shelf::default(),
        logins: Logins::default(),
        pins: tended.pins,
        doctor: tended.doctor,
        way_in: tended.way_in,
        fingerprint: Arc::new(move || shown.leaf_fingerprint()),
        authority: tended.authority,
        watch: tended.watch,
        gauges: tended.gauges,
        backups: tended.backups,
        lines: Default::default(),
        taking: Default::default(),
        bringing_back: Default::default(),
        anew: Default::default(),
    })
}

/// The data directory, made for nobody but its owner.
fn data_dir(dir: &Path) -> Result<&Path, String> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|e| format!("The data directory {} cannot be made: {e}. Name another with --data-dir DIR.", dir.display()))?;
    let probe = dir.join(".writable");
    let written = File::create(&probe).and_then(|_| std::fs::remove_file(&probe));
    match written {
        Ok(()) => Ok(dir),
        // People can read on; what cannot be saved says so itself.
        Err(e) if e.kind() == ErrorKind::StorageFull => Ok(dir),
        Err(e) if e.kind() == ErrorKind::ReadOnlyFilesystem => Err(format!(
            "The data directory {} is on a disk that takes no changes. Everything in it is safe. Make the disk writable (often: mount -o \
             remount,rw), then start again.",
            dir.display()
        )),
        Err(e) if e.kind() == ErrorKind::PermissionDenied => Err(format!(
            "The data directory {0} may not be written to by this user. Start Alongside as the user whom it belongs to, give it to this \
             one (chown -R USER {0}), or name another with --data-dir DIR.",
            dir.display()
        )),
        Err(e) => {
            Err(format!("The data directory {} cannot be written to: {e}. Name another with --data-dir DIR.", dir.display()))
        }
    }
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
pub fn subjects(config: &Config) -> (Vec<String>, Vec<IpAddr>) {
    let mut names = config.names.clone();
    if let Some(name) = addresses::machine_name() {
        // What the network's own look-up (mDNS) answers to.
        names.extend(lan_name::wished(&name));
        names.push(name);
    }
    if let Some(name) = config.lan_name.clone().filter(|name| !names.contains(name)) {
        names.push(name);
    }
    let found = addresses::of_machine().unwrap_or_default();
    (names, found.iter().filter(|a| a.lasts()).map(|a| a.ip).collect())
}

fn open_tls(config: &Config) -> Result<Tls, String> {
    let (names, addresses) = subjects(config);
    // The real time: a certificate is judged by the clocks of others.
    let tls = tls::open(&config.data_dir, &names, &addresses, Clock::system().now().0).map_err(|e| e.to_string())?;
    if let (Some(certificate), Some(key)) = (&config.tls.certificate, &config.tls.key) {
        tls.take_own(certificate, key, Clock::system().now().0).map_err(|e| e.to_string())?;
    }
    Ok(tls)
}

/// Renews the certificate when it ages and when the machine's addresses change; open connections go on.
async fn keep_certificate(tls: Arc<Tls>, front: Arc<Front>, asked: Arc<Notify>) {
    let every = if front.config().tls.certificate.is_some() { FILES_LOOK } else { CERTIFICATE_LOOK };
    let mut changes = front.changes();
    loop {
        tokio::select! {
            _ = tokio::time::timeout(every, changes.changed()) => {}
            () = asked.notified() => {}
        }
        let (names, addresses) = subjects(&front.config());
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

/// The port that a service manager hands over, else the one that the configuration wants.
fn bind(config: &Config, demo: bool) -> Result<Bound, String> {
    let bound = match port::adopt().map_err(|e| e.to_string())? {
        Some(bound) => {
            if !config.port_is_default && config.port != bound.port {
                tracing::info!("The service manager hands over port {}; the configured {} is not used.", bound.port, config.port);
            }
            bound
        }
        None => bind_here(config, demo)?,
    };
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

fn bind_here(config: &Config, demo: bool) -> Result<Bound, String> {
    let want = |port| Want { port, addresses: config.listen.clone() };
    // Any free port is best the one before: links, and what was opened in a router, stay true.
    let before = config.last_port().filter(|_| config.port == 0).and_then(|port| port::bind(want(port)).ok());
    let bound = match before.map_or_else(|| port::bind(want(config.port)), Ok) {
        Err(BindError::Occupied { .. }) if demo && config.port_is_default => port::bind(want(0)),
        other => other,
    }
    .map_err(|e| e.to_string())?;
    Config { port: bound.port, ..config.clone() }.remember_port();
    Ok(bound)
}

/// Opens 8443 beside a port that browsers refuse for media at private addresses, so that calls inside the house's own network have
/// a door of their own. Where another program has it, everything but that shorter way works.
fn open_beside(config: &Config, bound: &mut Bound) -> Option<u16> {
    if !MediaDoors::needs_another(bound.port) {
        return None;
    }
    match port::bind(Want { port: BESIDE, addresses: config.listen.clone() }) {
        Ok(beside) => {
            bound.tcp.extend(beside.tcp);
            bound.udp.extend(beside.udp);
            Some(beside.port)
        }
        Err(error) => {
            tracing::info!(%error, "Rooms inside this network's own addresses need port {BESIDE} beside {}.", bound.port);
            None
        }
    }
}

fn known_host(front: Arc<Front>) -> impl Fn(&str) -> bool + Send + Sync + 'static {
    move |host| {
        let own = |ip: IpAddr| addresses::of_machine().is_ok_and(|all| all.iter().any(|a| a.ip == ip));
        host == "localhost"
            || front.lan().standing().leads_here() == Some(host)
            || front.config().names.iter().any(|n| n.eq_ignore_ascii_case(host))
            || addresses::machine_name().is_some_and(|n| n == host || lan_name::wished(&n).as_deref() == Some(host))
            || host.parse::<IpAddr>().is_ok_and(own)
    }
}

/// "https://host:port" for every name and address the machine can be reached at, best first, localhost last.
pub fn origins(config: &Config, port: u16) -> Vec<String> {
    let bracketed = |name: &String| if name.contains(':') { format!("[{name}]") } else { name.clone() };
    let mut hosts: Vec<String> = config.names.iter().map(bracketed).collect();
    let found = addresses::of_machine().unwrap_or_default();
    let listens = |ip: IpAddr| config.listen.is_empty() || config.listen.iter().any(|l| l.is_unspecified() || *l == ip);
    let useful = found.iter().filter(|a| a.lasts() && !a.ip.is_loopback() && listens(a.ip));
    let (named, mut found) = (hosts.len(), useful.map(addresses::Address::url_host));
    hosts.extend(found.next());
    // Behind the first address: it is easier to say, and not every device finds it.
    hosts.extend(config.lan_name.clone().filter(|_| hosts.len() > named));
    hosts.extend(found);
    hosts.push("localhost".to_owned());
    // An address of this machine may be written down as well.
    let mut told = HashSet::new();
    hosts.retain(|host| told.insert(host.clone()));
    hosts.into_iter().map(|host| if port == 443 { format!("https://{host}") } else { format!("https://{host}:{port}") }).collect()
}

/// The port that a running server noted, else the configured one.
pub fn running_port(config: &Config) -> u16 {
    let noted = std::fs::read_to_string(config.data_dir.join(RUNNING)).ok();
    noted.and_then(|text| text.trim().parse().ok()).unwrap_or(config.port)
}

/// Makes a link from the command line, where no instance is running.
///
/// # Errors
/// One sentence.
pub fn offline(config: &Config, link: Link) -> Result<String, String> {
    let dir = &config.data_dir;
    let path = dir.join("alongside.db");
    if !path.exists() {
        return Err(format!(
            "No instance is running, and there is none in {}. Start the server, or name its directory with --data-dir DIR.",
            dir.display()
        ));
    }
    // Files that another user makes here would be shut to the instance. Root may: SQLite gives what it makes to the database's owner.
    let owner = |path: &Path| std::fs::metadata(path).map(|data| data.uid()).ok();
    let me = owner(Path::new("/proc/self"));
    if me != Some(0) && owner(&path) != me {
        return Err(format!("{} belongs to another user. Run this as root or as that user.", dir.display()));
    }
    let opened = hurt::open(dir)?;
    let store = opened.map_err(|ailment| format!("The database {} can't be opened. {}", path.display(), ailment.remedy()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(|e| e.to_string())?;
    let clock = Clock::system();
    if let Some(file) = &config.test_clock {
        clock.follow_once(file);
    }
    runtime.block_on(control::path_of(&store, &clock, link)).map_err(|fault| match &fault {
        Fault::Store(error) => {
            error.ailment().map_or_else(|| fault.to_string(), |ailment| format!("{fault} {}", ailment.remedy()))
        }
        Fault::Refusal(_) => fault.to_string(),
    })
}

/// The signals that end the server; heard from when this is made.
///
/// SIGHUP ends it only where its terminal is gone; to a service it is the custom of asking for a fresh look at files.
struct End {
    term: Signal,
    int: Signal,
    hup: Signal,
    /// Somebody looked at a terminal when it began: at its end nobody can be asked.
    watched: bool,
    /// Told when somebody asks for a look.
    looks: Arc<Notify>,
}

impl End {
    fn watched() -> Result<Self, String> {
        let watch = |kind| signal(kind).map_err(|e| format!("The machine lets this program hear no signals: {e}."));
        let (term, int, hup) = (SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup());
        Ok(Self { term: watch(term)?, int: watch(int)?, hup: watch(hup)?, watched: sys::is_terminal(), looks: Arc::default() })
    }

    async fn comes(&mut self) {
        loop {
            tokio::select! {
                _ = self.term.recv() => return,
                _ = self.int.recv() => return,
                _ = self.hup.recv() => {}
            }
            if self.watched {
                return;
            }
            tracing::info!("Asked by SIGHUP: the certificate is looked at.");
            self.looks.notify_one();
        }
    }
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
