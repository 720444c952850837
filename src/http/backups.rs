//! The admin's page of backups. Making and trying one take a while, so they run beside everything else.

use super::answer::{self, Answer};
use super::call::Call;
use super::{Web, guard};
use crate::actions::{Fault, admin, me};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::keep::backup::{Standing, Verdict};
use crate::page;
use crate::page::admin_backups::{Backups, Line, Went};
use crate::page::layout::Notice;
use bytes::Bytes;
use http::header::{self, HeaderValue};
use std::io;
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use warp::Reply;

/// What is read of a file at one time, in bytes.
const PART: usize = 64 << 10;

pub async fn page(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, now) = (guard::member(call)?, web.now());
    let me = web
        .read(move |conn| {
            admin::is_admin(conn, who)?;
            me(conn, who)
        })
        .await?;
    let backups = web.backups.clone();
    let shown = tokio::task::spawn_blocking(move || shown(&backups)).await.unwrap_or_default();
    let notice = match call.head.ask("note").as_deref() {
        Some("made") => Some(Notice::good("Made, and on the disk.")),
        Some("tried") => Some(Notice::good("Tried. It says below how it went.")),
        _ => None,
    };
    Ok(answer::page(page::admin_backups::page(&me, now, &shown, notice.as_ref())))
}

/// How backups stand; looked up beside everything else, since their folder may lie on a slow disk.
pub async fn standing(web: &Arc<Web>) -> Standing {
    let (backups, now) = (web.backups.clone(), web.now().0);
    tokio::task::spawn_blocking(move || backups.standing(now)).await.unwrap_or_default()
}

fn shown(backups: &crate::keep::backup::Backups) -> Backups {
    let state = backups.state();
    let went = |verdict: Verdict| Went { at: Timestamp(verdict.at), good: verdict.good, sentence: verdict.sentence };
    let line = |made: crate::keep::backup::Made| Line {
        made: Timestamp(made.at),
        name: made.name,
        bytes: made.bytes,
        locked: made.locked,
    };
    Backups {
        all: backups.list().into_iter().map(line).collect(),
        checked: state.checked.map(went),
        failed: state.failed.map(went),
        folder: backups.folder.display().to_string(),
        locked: backups.passphrase.is_some(),
    }
}

pub async fn make(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    web.read(move |conn| admin::is_admin(conn, who)).await?;
    let (backups, now) = (web.backups.clone(), web.now().0);
    let made = tokio::task::spawn_blocking(move || backups.make(now)).await;
    let made = made.unwrap_or_else(|_| Err("The backup broke off.".to_owned()));
    made.map_err(|sentence| Refusal::new("backup", format!("No backup was made. {sentence} Those that are there are safe.")))?;
    Ok(answer::done(call.head.wants_json(), "Made.", "/admin/backups?note=made"))
}

pub async fn check(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    web.read(move |conn| admin::is_admin(conn, who)).await?;
    let (backups, now) = (web.backups.clone(), web.now().0);
    let _ = tokio::task::spawn_blocking(move || backups.check_newest(now)).await;
    Ok(answer::done(call.head.wants_json(), "Tried.", "/admin/backups?note=tried"))
}

/// Hands a backup out, and writes down that it was.
pub async fn download(web: &Arc<Web>, call: &Call, name: &str) -> Answer {
    let who = guard::member(call)?;
    web.read(move |conn| admin::is_admin(conn, who)).await?;
    let path = web.backups.file(name).ok_or_else(Refusal::gone)?;
    let noted = name.to_owned();
    match web.write(move |tx| admin::backup_taken(tx, who, &noted)).await {
        // On a full disk a backup is wanted all the more.
        Ok(()) | Err(Fault::Store(_)) => {}
        Err(fault) => return Err(fault.into()),
    }
    let file = tokio::fs::File::open(path).await.map_err(|_| Refusal::gone())?;
    let parts = futures_util::stream::try_unfold(file, |mut file| async move {
        let mut part = vec![0; PART];
        let got = file.read(&mut part).await?;
        part.truncate(got);
        Ok::<_, io::Error>((got > 0).then(|| (Bytes::from(part), file)))
    });
    let mut response = warp::reply::stream(parts).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
