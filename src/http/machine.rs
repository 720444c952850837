//! The admin's page about the machine: how much of what it carries is taken, and how much its log says.

use super::answer::{self, Answer};
use super::call::Call;
use super::{Web, guard};
use crate::actions::{admin, me};
use crate::domain::capacity::Outlook;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::page;
use std::pin::Pin;
use std::sync::Arc;

/// A measuring that is under way.
pub type Measuring<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// Who knows the machine.
pub trait Machine: Send + Sync {
    /// What it carries, and how much of that is taken.
    fn outlook(&self) -> Outlook;
    /// Measures it, unless that would disturb somebody; the error is a sentence.
    fn measure(&self) -> Measuring<'_>;
    /// Until when its log says more than usual, if it does.
    fn log_until(&self) -> Option<Timestamp>;
    /// Lets the log say more for an hour, or as much as usual.
    fn log(&self, more: bool);
}

pub async fn page(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let me = web.read(move |conn| admin::examiner(conn, who).and_then(|()| me(conn, who))).await?;
    let outlook = web.machine()?.outlook();
    if call.head.wants_json() {
        return Ok(answer::json(
            http::StatusCode::OK,
            &serde_json::json!({ "used": outlook.used, "promised": outlook.promised }),
        ));
    }
    Ok(answer::page(page::admin_machine::page(&me, &outlook, web.machine()?.log_until(), web.now())))
}

pub async fn measure(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    web.read(move |conn| admin::examiner(conn, who)).await?;
    web.machine()?.measure().await.map_err(|sentence| Refusal::new("measure", sentence.replace(", or add --anyway", "")))?;
    Ok(answer::done(call.head.wants_json(), "The machine was measured.", "/admin/machine"))
}

pub async fn log(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let more = call.form.text("say") == "more";
    web.write(move |tx| admin::log_changed(tx, who, more)).await?;
    web.machine()?.log(more);
    let said = if more { "The log says more for an hour." } else { "The log says as much as usual." };
    Ok(answer::done(call.head.wants_json(), said, "/admin/machine"))
}

impl Web {
    fn machine(&self) -> Result<&dyn Machine, Refusal> {
        self.gauges.machine.as_deref().ok_or_else(Refusal::gone)
    }
}
