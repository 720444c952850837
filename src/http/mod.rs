//! The web: one warp filter, every route on one page ([`routes`]), a handler file per noun.
//!
//! Handlers read a call, ask an action, and hand its view to a page. No SQL and no rule lives here; who may do what is
//! decided by the actions, who is asking by the [`guard`].

mod about;
mod account;
mod admin;
mod answer;
mod assets;
mod backups;
mod booking;
mod bring_back;
mod calendar;
mod call;
mod check;
mod coming_in;
mod doctor;
mod groups;
mod guard;
mod guide;
mod history;
mod hours;
mod invites;
mod kept;
mod lines;
mod live;
mod machine;
mod metrics;
mod people;
mod plans;
mod qr;
mod roll;
mod room;
mod routes;
mod session;
mod slim;
mod system;
mod taking;
mod trust;
mod way_in;

pub use doctor::Rounds;
pub use kept::{Logins, Shelf};
pub use lines::{Kind as LineKind, Lines};
pub use machine::{Machine, Measuring};
pub use metrics::{Gauges, RelayFigures};
pub use roll::fields_of;
pub use taking::Taking;
pub use trust::{Authority, plain as shown_unencrypted};
pub use way_in::WayIn;

use crate::actions::{Effects, Fault};
use crate::clock::{Clock, Dice};
use crate::domain::id::MemberId;
use crate::domain::pins::Pins;
use crate::domain::time::Timestamp;
use crate::keep::backup::Backups;
use crate::keep::watch::Watch;
use crate::live::hub::Hub;
use crate::live::media::{self, Media, MediaJoin};
use crate::live::rooms::Rooms;
use crate::live::ways::Relays;
use crate::password::Passwords;
use crate::port::Peer;
use crate::store::{Ailment, Connection, Store, StoreError, Tx};
use bytes::Buf;
use futures_util::Stream;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use warp::Filter;
use warp::reply::Response;

/// Everything that handlers may reach; made once by `app`.
pub struct Web {
    pub store: Store,
    pub clock: Clock,
    pub dice: Dice,
    pub hub: Hub,
    pub rooms: Rooms,
    /// Where calls may go when browsers cannot reach each other.
    pub relays: Relays,
    pub media: Media,
    /// Test sessions that have called so far: each is a participant of its own.
    pub echoes: AtomicU64,
    pub passwords: Passwords,
    pub doors: guard::Doors,
    pub shelf: Shelf,
    pub logins: Logins,
    /// What the keeper has fixed outside the pages.
    pub pins: Pins,
    /// How the instance fares, for admins.
    pub doctor: doctor::Rounds,
    /// From where people come, and how that stands.
    pub way_in: WayIn,
    /// Fingerprint of the certificate that browsers show, as they write it.
    pub fingerprint: Arc<dyn Fn() -> String + Send + Sync>,
    /// The house's own authority, to be trusted on devices.
    pub authority: Authority,
    /// What the keeper of the machine should know.
    pub watch: Arc<Watch>,
    pub gauges: Gauges,
    pub backups: Arc<Backups>,
    /// What is still being sent.
    pub taking: Taking,
    /// Event streams and sockets of each member.
    pub lines: Lines,
    /// Held while a backup is brought back by the setup page.
    pub bringing_back: tokio::sync::Mutex<()>,
    /// Told when the program is to begin anew.
    pub anew: Arc<tokio::sync::Notify>,
}

impl Web {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Reads by an action.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        self.store.read(work).await
    }

    /// Writes by an action; answers when it is durable.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, Fault> + Send + 'static,
    {
        self.store.write(self.clock.now(), work).await
    }

    /// Takes note of what ails the disk, if that is the cause: it is said once, at each call it would fill the log.
    pub(crate) fn ail(&self, error: &StoreError, path: &str) {
        self.store.note(error);
        if error.ailment().is_none() {
            tracing::error!(%error, path, "A call failed.");
        }
    }

    /// The next test session's place in the media engine.
    pub(crate) fn echo(&self, who: MemberId, offer: String, local_host: String) -> MediaJoin {
        let participant = media::tester(self.echoes.fetch_add(1, Ordering::Relaxed));
        MediaJoin { room: media::of_test(who), participant, offer, screens: 0, echo: true, local_host }
    }

    /// Ends every live page of a member who may not be here any more.
    pub(crate) fn hang_up(&self, who: MemberId) {
        self.hub.hang_up(who);
        self.rooms.hang_up(who);
    }

    /// Tells everybody whom an action concerns.
    pub(crate) fn announce(&self, effects: &Effects) {
        self.hub.announce(effects);
    }
}

/// Doors for `app`: failures per address and account.
pub fn doors() -> guard::Doors {
    guard::Doors::default()
}

/// The whole web as one filter.
pub fn filter(web: Arc<Web>) -> impl Filter<Extract = (Response,), Error = warp::Rejection> + Clone {
    let with_web = warp::any().map(move || web.clone());
    let socket = warp::path!("session" / i64 / "live").and(warp::ws()).and(head()).and(with_web.clone()).then(session::socket);
    let room = warp::path!("room" / i64 / "live").and(warp::ws()).and(head()).and(with_web.clone()).then(room::socket);
    let check = warp::path!("check" / "live").and(warp::ws()).and(head()).and(with_web.clone()).then(check::socket);
    let pages = head().and(warp::body::stream()).and(with_web).then(answer_page);
    socket.or(room).unify().or(check).unify().or(pages).unify()
}

async fn answer_page<S, B>(head: call::Head, body: S, web: Arc<Web>) -> Response
where
    S: Stream<Item = Result<B, warp::Error>> + Send + 'static,
    B: Buf + Send,
{
    routes::answer(web, head, body).await
}

/// The web of a house whose database cannot be opened: every page says so, and what it is made of is there.
pub fn closed(ailment: Ailment) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone {
    head().map(move |head: call::Head| routes::closed(&head, ailment))
}

/// What every call brings besides its body. A host that cannot be read is no host: nothing is refused here.
fn head() -> impl Filter<Extract = (call::Head,), Error = Infallible> + Clone {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::method()
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::ext::optional::<Peer>())
        .and(warp::host::optional().or(warp::any().map(|| None)).unify())
        .map(|method, path: warp::path::FullPath, query: String, headers, peer, host: Option<http::uri::Authority>| {
            let host = host.map(|h| h.to_string()).unwrap_or_default();
            call::Head { method, path: path.as_str().to_owned(), query, headers, peer, host }
        })
}
