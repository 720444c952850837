//! From where people come: the admin's page, what it changes, and the door by which this very server is known again.

use super::answer::{self, Answer, page_with};
use super::call::Call;
use super::doctor::Rounds;
use super::{Web, guard};
use crate::actions::{Fault, admin, me, way_in};
use crate::domain::refusal::Refusal;
use crate::domain::way_in::{Choice, Mapping, Opening, Proof, Standing};
use crate::page;
use crate::page::Notice;
use crate::page::way_in::{Look, Typed};
use bytes::Bytes;
use http::StatusCode;
use std::sync::Arc;
use std::time::Duration;

/// No word to be known by is longer, in letters.
const WORD_MOST: usize = 64;

/// How often it is looked whether the authority has spoken, and how many times.
const ASKED_EVERY: Duration = Duration::from_secs(2);
const ASKED_MOST: u32 = 90;

/// The way in, as it is kept elsewhere.
pub struct WayIn {
    /// Looks at the way from outside, as far as it can be seen.
    pub rounds: Rounds,
    /// Lets another choice hold from here on.
    pub take: Arc<dyn Fn(Choice) + Send + Sync>,
    /// Has the authority asked before its time.
    pub ask_again: Arc<dyn Fn() + Send + Sync>,
    /// Has the machine's name in its own network answered to, or not.
    pub answer: Arc<dyn Fn(bool) + Send + Sync>,
    pub standing: Arc<dyn Fn() -> Standing + Send + Sync>,
}

/// What a form says of the way in; none where the form does not ask.
pub fn typed(call: &Call) -> Typed {
    Typed {
        opening: Opening::from_word(&call.form.text("opening")),
        name: call.form.text("host"),
        contact: call.form.text("contact"),
        maps: call.form.on("maps"),
    }
}

/// The choice that a form makes.
///
/// # Errors
/// A refusal that names the field.
pub fn chosen(typed: &Typed) -> Result<Option<Choice>, Refusal> {
    typed.opening.map(|opening| Choice::typed(opening, &typed.name, &typed.contact, typed.maps)).transpose()
}

pub async fn page(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let me = web.read(move |conn| admin::is_admin(conn, who).and_then(|()| me(conn, who))).await?;
    let standing = (web.way_in.standing)();
    let report = web.way_in.rounds.last();
    let typed = Typed::of(&standing.choice);
    let notice = match call.head.ask("note").as_deref() {
        Some("saved") => Some(Notice::good("Kept. It holds from here on.")),
        Some("first") => Some(Notice::good("The table is set. While you read this, the way from outside is looked at.")),
        _ => None,
    };
    let look = look(web, &standing, report.as_deref());
    Ok(answer::page(page::way_in::page(&me, &standing, &typed, &web.pins, &look, None, notice.as_ref())))
}

fn look<'a>(web: &Web, standing: &Standing, report: Option<&'a crate::domain::health::Report>) -> Look<'a> {
    let busy = web.way_in.rounds.is_busy();
    Look { report, busy, pending: busy || is_under_way(standing) }
}

/// Whether the authority or the router has not answered yet.
fn is_under_way(standing: &Standing) -> bool {
    standing.proof == Some(Proof::Asking) || standing.mapping == Some(Mapping::Asking)
}

/// The part that changes by itself while the authority is asked.
pub async fn part(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let me = web.read(move |conn| admin::is_admin(conn, who).and_then(|()| me(conn, who))).await?;
    let standing = (web.way_in.standing)();
    let report = web.way_in.rounds.last();
    Ok(answer::page(page::way_in::state(&me, &standing, &web.pins, &look(web, &standing, report.as_deref()))))
}

pub async fn choose(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let typed = typed(call);
    if !web.pins.asks_the_way_in() {
        return Err(
            Refusal::new("fixed", "That is fixed where the server runs. Change it there, then start the server again.").into()
        );
    }
    match chosen(&typed) {
        Ok(Some(choice)) => {
            let saved = choice.clone();
            web.write(move |tx| way_in::choose(tx, who, &saved)).await?;
            take(web, choice);
            Ok(answer::done(call.head.wants_json(), "Saved.", "/admin/way-in?note=saved"))
        }
        Ok(None) => Err(Refusal::gone().into()),
        Err(refusal) if call.head.wants_json() => Err(Fault::Refusal(refusal).into()),
        Err(refusal) => {
            let me = web.read(move |conn| admin::is_admin(conn, who).and_then(|()| me(conn, who))).await?;
            let standing = (web.way_in.standing)();
            let report = web.way_in.rounds.last();
            let look = look(web, &standing, report.as_deref());
            let page = page::way_in::page(&me, &standing, &typed, &web.pins, &look, Some(&refusal), None);
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, page))
        }
    }
}

/// Lets a saved choice hold, and looks at the way that it opens: at once, and again when the authority has spoken.
pub fn take(web: &Arc<Web>, choice: Choice) {
    let anywhere = choice.opening == Opening::Anywhere;
    (web.way_in.take)(choice);
    if !anywhere {
        return;
    }
    let web = web.clone();
    tokio::spawn(async move {
        web.way_in.rounds.make().await;
        let mut ticks = tokio::time::interval(ASKED_EVERY);
        for _ in 0..ASKED_MOST {
            ticks.tick().await;
            if !is_under_way(&(web.way_in.standing)()) {
                return web.way_in.rounds.make().await;
            }
        }
    });
}

pub async fn look_again(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    web.read(move |conn| admin::is_admin(conn, who)).await?;
    if call.form.on("ask") {
        (web.way_in.ask_again)();
    }
    web.way_in.rounds.make().await;
    Ok(answer::done(call.head.wants_json(), "The way in was looked at.", "/admin/way-in"))
}

/// Has the machine's name in its own network answered to, or not.
pub async fn answer_to_name(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    if web.pins.lan_name.is_some() {
        return Err(
            Refusal::new("fixed", "That is fixed where the server runs. Change it there, then start the server again.").into()
        );
    }
    let answers = call.form.on("answers");
    web.write(move |tx| way_in::answer_to_name(tx, who, answers)).await?;
    (web.way_in.answer)(answers);
    Ok(answer::done(call.head.wants_json(), "Saved.", "/admin/way-in?note=saved"))
}

/// Says to a word what only this very server can say. Open to everybody: it tells nothing to who doesn't share the secret.
pub fn known_by(web: &Web, word: &str) -> Answer {
    let sound =
        !word.is_empty() && word.len() <= WORD_MOST && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let said = sound.then(|| web.relays.known_by(word)).flatten().ok_or_else(Refusal::gone)?;
    Ok(answer::bytes(StatusCode::OK, "text/plain; charset=utf-8", Bytes::from(said)))
}
