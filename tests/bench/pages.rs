//! Load on pages: as fast as it goes, or at a rate that does not wait for the server.

use crate::client::{Ask, Door, Line};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// A member's browser: a connection and a login.
pub struct Browser {
    line: Line,
    cookie: String,
}

/// What came of a load.
pub struct Load {
    pub pages: usize,
    pub seconds: f64,
    /// Milliseconds from the moment a page was due to its last byte.
    pub waits_ms: Vec<f64>,
    /// Mean size of a page as it came over the line.
    pub bytes: usize,
}

/// Each looks once, so that nothing is done for the first time, and because a house shuts out who rings and says nothing.
pub async fn browsers(door: &Door, cookies: &[String], path: &str) -> Vec<Browser> {
    let mut all = Vec::new();
    for cookie in cookies {
        let mut browser = Browser { line: door.open().await, cookie: cookie.clone() };
        browser.look(path).await;
        all.push(browser);
    }
    all
}

impl Browser {
    async fn look(&mut self, path: &str) -> usize {
        let page = self.line.ask(Ask { path, cookie: &self.cookie, accept: "text/html", ..Ask::default() }).await;
        assert_eq!(page.status, 200, "a page");
        page.body.len()
    }
}

/// Each of `hands` goes round its share of the browsers, one page after the other, until `pages` have been seen in all.
pub async fn closed(browsers: Vec<Browser>, hands: usize, pages: usize, path: &str) -> (Load, Vec<Browser>) {
    let left = Arc::new(AtomicUsize::new(pages));
    let bytes = Arc::new(AtomicUsize::new(0));
    let mut shares: Vec<Vec<Browser>> = (0..hands).map(|_| Vec::new()).collect();
    for (n, browser) in browsers.into_iter().enumerate() {
        shares[n % hands].push(browser);
    }
    let began = Instant::now();
    let tasks = shares.into_iter().map(|mut share| {
        let (left, bytes, path) = (left.clone(), bytes.clone(), path.to_owned());
        tokio::spawn(async move {
            let mut waits = Vec::new();
            let mut turn = 0;
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok() {
                let at = turn % share.len();
                let from = Instant::now();
                bytes.fetch_add(share[at].look(&path).await, Ordering::Relaxed);
                waits.push(from.elapsed().as_secs_f64() * 1e3);
                turn += 1;
            }
            (waits, share)
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let (mut waits_ms, mut back) = (Vec::new(), Vec::new());
    for task in tasks {
        let (waits, share) = task.await.expect("a hand");
        waits_ms.extend(waits);
        back.extend(share);
    }
    let seconds = began.elapsed().as_secs_f64();
    (Load { pages, seconds, waits_ms, bytes: bytes.load(Ordering::Relaxed) / pages }, back)
}

/// Pages fall due at `rate` a second whatever the server does; a page that waits for its turn counts as waiting.
pub async fn open(browsers: Vec<Browser>, rate: f64, seconds: f64, path: &str) -> Load {
    let every = Duration::from_secs_f64(browsers.len() as f64 / rate);
    let gap = every.div_f64(browsers.len() as f64);
    let (began, count) = (Instant::now() + Duration::from_millis(50), browsers.len());
    let tasks = browsers.into_iter().enumerate().map(|(n, mut browser)| {
        let path = path.to_owned();
        tokio::spawn(async move {
            let mut waits = Vec::new();
            let mut due = began + gap * n as u32;
            while due < began + Duration::from_secs_f64(seconds) {
                tokio::time::sleep_until(due).await;
                browser.look(&path).await;
                waits.push(due.elapsed().as_secs_f64() * 1e3);
                due += every;
            }
            waits
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let mut waits_ms = Vec::new();
    for task in tasks {
        waits_ms.extend(task.await.expect("a browser"));
    }
    assert!(count > 0);
    Load { pages: waits_ms.len(), seconds: began.elapsed().as_secs_f64(), waits_ms, bytes: 0 }
}
