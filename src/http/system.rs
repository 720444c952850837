//! What machines ask: alive, ready, manifest; and the page about this program.

use super::answer::{self, Answer};
use super::call::Call;
use super::{Web, routes};
use crate::actions::Fault;
use crate::page;
use http::StatusCode;
use http::header::{self, HeaderValue};
use std::sync::Arc;
use warp::reply::Response;

pub fn alive() -> Response {
    answer::bytes(StatusCode::OK, "text/plain; charset=utf-8", "alive\n".into())
}

/// Ready when a write reaches the disk.
pub async fn ready(web: &Arc<Web>) -> Answer {
    web.write(|_| Ok::<_, Fault>(())).await?;
    Ok(answer::bytes(StatusCode::OK, "text/plain; charset=utf-8", "ready\n".into()))
}

pub async fn about(web: &Arc<Web>, call: &Call) -> Answer {
    let me = routes::signed_in(web, call).await;
    Ok(answer::page(page::about::page(me.as_ref(), &routes::instance(web).await)))
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

/// The authority's certificate, for whoever wants to trust it on a device.
pub fn authority(web: &Web) -> Response {
    answer::bytes(StatusCode::OK, "application/x-x509-ca-cert", web.authority.clone().into())
}
