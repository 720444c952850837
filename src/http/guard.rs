//! Who is asking: logins by cookie, forgery checks by Origin and Fetch metadata, and doors that close on guessers.

use super::Web;
use super::answer::Trouble;
use super::call::{Call, Head};
use crate::actions::{Fault, login};
use crate::domain::id::MemberId;
use crate::domain::limit::{Allowance, Failures};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
pub use crate::password::secret_hash as hash;
use crate::store::login::{Hash, LoginRow};
use http::header::{HeaderValue, SET_COOKIE};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use warp::reply::Response;

/// The login cookie: host-only, secure, for no script.
pub const COOKIE: &str = "__Host-alongside";
const COOKIE_DAYS: i64 = 60;

/// A call that changes something must come from our own pages.
pub fn same_origin(head: &Head) -> Result<(), Refusal> {
    let forged =
        Refusal::new("not_allowed", "That came from another site, so nothing was done. Open the page here and try again.");
    let site = head.header("sec-fetch-site");
    if !site.is_empty() && site != "same-origin" && site != "none" {
        return Err(forged);
    }
    let origin = head.header("origin");
    // A form without an Origin comes from no browser that is still in use, unless Fetch metadata vouch for it.
    let own = if origin.is_empty() { site == "same-origin" } else { origin.eq_ignore_ascii_case(&head.origin()) };
    if own { Ok(()) } else { Err(forged) }
}

/// The login behind a call's cookie, from memory if nothing was written since it was read.
///
/// # Errors
/// The database could not say: then nobody is signed out, and nobody is told so.
pub async fn login_of(web: &Web, head: &Head) -> Result<Option<LoginRow>, Fault> {
    let Some(cookie) = head.cookie(COOKIE).filter(|c| c.len() <= 64) else { return Ok(None) };
    let cookie = hash(cookie);
    let (now, version) = (web.now(), web.store.version());
    if let Some(row) = web.logins.get(version, &cookie).filter(|row| now.since(row.seen_at) < login::IDLE_S) {
        return Ok(Some(row));
    }
    let row = web.read(move |conn| login::by_cookie(conn, &cookie, now)).await?;
    // A cookie that was replaced is good for a minute only: it is asked for each time.
    row.iter().filter(|row| !row.by_old).for_each(|row| web.logins.put(version, cookie, row.clone()));
    Ok(row)
}

/// Keeps "last seen" roughly right, without making the caller wait.
pub fn note_seen(web: &Arc<Web>, row: &LoginRow) {
    if web.now().since(row.seen_at) > login::SEEN_S {
        let (web, id) = (web.clone(), row.id);
        tokio::spawn(async move { web.write(move |tx| login::seen(tx, id)).await });
    }
}

/// Replaces a cookie that is a day old, unless the answer brings another one already.
pub async fn rotate(web: &Web, row: &LoginRow, response: &mut Response) {
    let young = row.by_old || web.now().since(row.rotated_at) < login::ROTATE_S;
    if young || response.headers().contains_key(SET_COOKIE) {
        return;
    }
    let secret = web.dice.word::<32>();
    let (id, seen, fresh) = (row.id, row.rotated_at, hash(&secret));
    if matches!(web.write(move |tx| login::rotate(tx, id, seen, &fresh)).await, Ok(true)) {
        set_cookie(response, &secret);
    }
}

/// Signs the browser in and sends its cookie along.
pub async fn sign_in(web: &Web, head: &Head, who: MemberId, mut response: Response) -> Result<Response, Trouble> {
    let secret = web.dice.word::<32>();
    let (fresh, browser) = (hash(&secret), browser_name(head.header("user-agent")));
    web.write(move |tx| login::log_in(tx, who, &fresh, &browser)).await?;
    set_cookie(&mut response, &secret);
    Ok(response)
}

fn set_cookie(response: &mut Response, secret: &str) {
    let age = COOKIE_DAYS * 86_400;
    put_cookie(response, format!("{COOKIE}={secret}; Path=/; Max-Age={age}; Secure; HttpOnly; SameSite=Lax"));
}

pub fn clear_cookie(response: &mut Response) {
    put_cookie(response, format!("{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"));
}

fn put_cookie(response: &mut Response, cookie: String) {
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

/// The signed-in member, or the way to the login page.
pub fn member(call: &Call) -> Result<MemberId, Trouble> {
    call.login.map(|(who, _)| who).ok_or(Trouble::NeedsLogin)
}

/// "Firefox on Linux": what a member recognises their own browser by.
fn browser_name(agent: &str) -> String {
    let find =
        |names: &[(&'static str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let browsers = [("Firefox/", "Firefox"), ("Edg", "Edge"), ("OPR/", "Opera"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    format!("{} on {}", find(&browsers).unwrap_or("A browser"), find(&systems).unwrap_or("some system"))
}

/// A network as failures are counted: an IPv4 address, or an IPv6 network of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Network(u64);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(u64::from(u32::from(v4))),
            IpAddr::V6(v6) => Self((u128::from(v6) >> 64) as u64),
        }
    }
}

/// Failures by network and by account; successes are never counted.
pub struct Doors {
    networks: Mutex<Failures<Network>>,
    accounts: Mutex<Failures<Hash>>,
    /// All failures of this process.
    failures: AtomicU64,
}

impl Default for Doors {
    fn default() -> Self {
        // A class of thirty that mistypes once each is fine; a guesser gets three tries a minute in the end.
        let network = Allowance { burst: 40, forget_s: 20 };
        let account = Allowance { burst: 8, forget_s: 60 };
        Self {
            networks: Mutex::new(Failures::new(network, 20_000)),
            accounts: Mutex::new(Failures::new(account, 20_000)),
            failures: AtomicU64::new(0),
        }
    }
}

impl Doors {
    /// Whether this address may try, and, if given, for this account.
    pub fn open(&self, address: IpAddr, account: Option<&str>, now: Timestamp) -> Result<(), Refusal> {
        let by_account = account.map_or(0, |a| lock(&self.accounts).wait_s(&account_key(a), now));
        let wait = lock(&self.networks).wait_s(&address.into(), now).max(by_account);
        if wait == 0 {
            return Ok(());
        }
        Err(Refusal::new(
            "slow_down",
            format!("Too many wrong tries. Wait {}, then try again; nothing is locked for good.", said_wait(wait)),
        ))
    }

    pub fn failed(&self, address: IpAddr, account: Option<&str>, now: Timestamp) {
        lock(&self.networks).failed(address.into(), now);
        if let Some(account) = account {
            lock(&self.accounts).failed(account_key(account), now);
        }
        self.failures.fetch_add(1, Ordering::Relaxed);
        // The one line with an address in it, for programs that ban guessers: its words do not change.
        tracing::info!("auth.fail ip={} door={}", address.to_canonical(), if account.is_some() { "login" } else { "link" });
    }

    /// Failures since the start.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    pub fn succeeded(&self, account: &str) {
        lock(&self.accounts).succeeded(&account_key(account));
    }
}

fn account_key(account: &str) -> Hash {
    hash(&account.trim().to_lowercase())
}

fn said_wait(seconds: i64) -> String {
    if seconds <= 60 { format!("{seconds} seconds") } else { format!("{} minutes", (seconds + 59) / 60) }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_as_its_owner_would() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert_eq!(browser_name(firefox), "Firefox on Linux");
        assert_eq!(browser_name(""), "A browser on some system");
    }
}
