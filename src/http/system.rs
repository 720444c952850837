//! What machines ask: alive, ready, manifest.

use super::answer::{self, Answer};
use super::{Web, routes};
use crate::page;
use crate::store::Ailment;
use http::StatusCode;
use http::header::{self, HeaderValue};
use std::sync::Arc;
use std::time::Duration;
use warp::reply::Response;

/// A disk that takes longer for one row is no disk to book on.
const READY: Duration = Duration::from_secs(3);

pub fn alive() -> Response {
    answer::bytes(StatusCode::OK, "text/plain; charset=utf-8", "alive\n".into())
}

/// Ready when a write reaches the disk in time. Otherwise the word for what ails it: reading and calls go on, and a monitor
/// that ends the process because of it would end them too.
pub async fn ready(web: &Arc<Web>) -> Answer {
    Ok(match web.watch.ready(web.now(), READY).await {
        Ok(()) => answer::bytes(StatusCode::OK, "text/plain; charset=utf-8", "ready\n".into()),
        Err(ailment) => degraded(ailment),
    })
}

/// Not ready, and the word for why.
pub fn degraded(ailment: Ailment) -> Response {
    let said = format!("degraded: {}\n", ailment.word());
    answer::bytes(StatusCode::SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", said.into())
}

pub async fn manifest(web: &Arc<Web>) -> Answer {
    let name = routes::instance(web).await;
    let icon = serde_json::json!({ "src": page::asset("icons/app.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any maskable" });
    let body = serde_json::json!({
        "name": name, "short_name": name, "start_url": "/", "display": "standalone",
        "background_color": "#EEF2EF", "theme_color": "#EEF2EF", "icons": [icon],
    });
    let mut response = answer::json(StatusCode::OK, &body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/manifest+json"));
    Ok(response)
}
