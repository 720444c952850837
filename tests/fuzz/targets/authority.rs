//! What an ACME authority answers, whoever stands in for it: an order from the directory to the certificate, or as far as it goes.

use alongside::tls::acme::{Acme, Answered, Asked, Line, Wish, kept};
use alongside::tls::{self, Tls};
use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll, Waker};

const NOW: i64 = 1_800_000_000;
const NAME: &str = "house.example";
/// Questions of one look at the authority, by both ways: more would be a loop.
const ASKED_MOST: usize = 400;
/// In letters, what is kept of its words, by both ways.
const WHY_MOST: usize = 1_000;

/// The house's TLS, whose leaf stands for a certificate that came earlier.
static HOUSE: LazyLock<(PathBuf, Arc<Tls>)> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let above = if memory.is_dir() { memory } else { std::env::temp_dir() };
    let folder = above.join(format!("alongside-authority-{}", std::process::id()));
    let tls = tls::open(&folder, &[NAME.to_owned()], &[], NOW).expect("a folder");
    (folder, Arc::new(tls))
});

/// Timers and nothing else: what is not answered at once is not waited for.
static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime"));

/// Answers of an authority, a line each: a letter for how it stands, and the body. The first byte of all says whether there is a
/// certificate that the authority is asked about. It goes as far as the first wait.
pub fn authority(bytes: &[u8]) {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let Some((how, rest)) = bytes.split_first() else { return };
    let (house, tls) = &*HOUSE;
    let place = house.join(NEXT.fetch_add(1, Ordering::Relaxed).to_string());
    if how % 2 == 1 {
        present(house, &place.join("acme"));
    }
    let answers: VecDeque<Vec<u8>> = rest.split(|byte| *byte == b'\n').take(64).map(<[u8]>::to_vec).collect();
    let (answers, asked) = (Arc::new(Mutex::new(answers)), Arc::new(AtomicU64::new(0)));
    let counted = asked.clone();
    let line: Line = Arc::new(move |question: Asked| -> Answered {
        counted.fetch_add(1, Ordering::Relaxed);
        assert!(question.uri().path().len() <= 64 << 10);
        let answer = answers.lock().ok().and_then(|mut answers| answers.pop_front());
        Box::pin(async move { answer.ok_or("it has no more to say".into()).map(|answer| response(&answer)) })
    });
    let directory = "https://authority.example/directory".to_owned();
    let wish = Wish { names: vec![NAME.to_owned()], contact: None, directory, roots: None };
    let mut acme = Acme::open(&place, wish, tls.clone(), true, NOW).expect("a folder").by(line);
    let _in_time = RUNTIME.enter();
    let looked = pin!(acme.tend(NOW)).poll(&mut Context::from_waker(Waker::noop()));
    assert!(asked.load(Ordering::Relaxed) <= ASKED_MOST as u64);
    if let Poll::Ready(again_at) = looked {
        assert!(again_at > NOW && again_at <= NOW + 2 * 24 * 3600, "again in {} s", again_at - NOW);
        let why = kept(&place).and_then(|record| record.why).unwrap_or_default();
        assert!(why.chars().count() <= WHY_MOST && !why.contains(char::is_control), "{why:?}");
    }
    let _ = std::fs::remove_dir_all(&place);
}

/// The leaf of the house as the certificate that came.
fn present(house: &Path, folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder");
    for (from, to) in [("leaf.pem", "certificate.pem"), ("leaf.key", "key.pem")] {
        std::fs::copy(house.join(from), folder.join(to)).expect("the leaf");
    }
}

/// An answer: by its first letter the status and how long to wait, and then the body.
fn response(answer: &[u8]) -> Response<Full<Bytes>> {
    let (letter, body) = answer.split_first().map_or((b'a', &[][..]), |(letter, body)| (*letter, body));
    let (status, wait) = match letter {
        b'b' => (400, "0"),
        b'c' => (201, "18446744073709551615"),
        b'd' => (403, "Fri, 31 Dec 9999 23:59:59 GMT"),
        b'e' => (500, "-1"),
        b'f' => (200, "86400"),
        _ => (200, "0"),
    };
    // A place of its own in the body, so that it may be anything.
    let place =
        String::from_utf8_lossy(body).split('"').find(|part| part.contains("://")).unwrap_or("https://a.example/1").to_owned();
    let place = if http::HeaderValue::from_str(&place).is_ok() { place } else { "https://a.example/1".to_owned() };
    Response::builder()
        .status(status)
        .header("replay-nonce", "a-nonce")
        .header("location", place)
        .header("retry-after", wait)
        .body(Full::new(Bytes::copy_from_slice(body)))
        .expect("an answer")
}
