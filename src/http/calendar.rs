//! The home page, its fragment, and the stream that says what changed.

use super::answer::{Answer, page as page_answer};
use super::call::Call;
use super::kept::Sharing;
use super::{Web, guard, lines};
use crate::actions::calendar;
use crate::domain::time::Timestamp;
use crate::domain::view::Calendar;
use crate::live::calendar::{CalendarEvent, CalendarFeed};
use crate::page::calendar as page;
use crate::page::layout::Notice;
use futures_util::Stream;
use jiff::civil::Date;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use warp::Reply;
use warp::sse::Event;

/// A line now and then keeps proxies and phones from closing a quiet stream.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(25);

pub async fn home(web: &Arc<Web>, call: &Call) -> Answer {
    let known = web.hub.calendar().known();
    let view = view(web, call).await?;
    Ok(page_answer(page::page(&view, known, notice(call).as_ref())))
}

pub async fn part(web: &Arc<Web>, call: &Call) -> Answer {
    Ok(page_answer(page::part(&view(web, call).await?)))
}

/// Who waits in the cell that begins at `start`: the list in the sheet that opens over it.
pub async fn waiting(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let start = Timestamp(call.head.ask("start").and_then(|text| text.parse().ok()).unwrap_or_default());
    let now = web.now();
    let (zone, slots) = web.read(move |conn| calendar::waiting_in(conn, who, start, now)).await?;
    Ok(page_answer(page::waiting::in_cell(&zone, &slots)))
}

async fn view(web: &Arc<Web>, call: &Call) -> Result<Calendar, super::answer::Trouble> {
    let who = guard::member(call)?;
    let date = |name: &str| call.head.ask(name).and_then(|text| text.parse::<Date>().ok());
    let (first, day) = (date("week"), date("day"));
    let (now, version, kept) = (web.now(), web.store.version(), web.clone());
    let read = web.read(move |conn| {
        let shared = Sharing { shelf: &kept.shelf, version, now };
        calendar::calendar(conn, who, first, day, now, &shared)
    });
    Ok(read.await?)
}

fn notice(call: &Call) -> Option<Notice> {
    let text = match call.head.ask("note")?.as_str() {
        "booked" => "Booked. It is on your calendar.",
        "cancelled" => "Cancelled. Your time is your own again.",
        "late" => "Your partner knows you'll be a little late.",
        "moved" => "Moved. It is on your calendar.",
        "asked" => "Asked. Those who like to be asked, and are free then, read it on their calendar.",
        "zone" => "Times are shown in your new zone.",
        "welcome" => "Welcome. Pick a time below, and you're in.",
        _ => return None,
    };
    Some(Notice::good(text))
}

/// What changes on the calendar, as it happens.
pub async fn live(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let known = call.head.ask("known").and_then(|text| text.parse().ok());
    let line = web.lines.open(who, lines::Kind::Listening);
    let feed = web.hub.calendar().subscribe(who, known);
    let hello = Event::default().event("hello").data(format!("{{\"now_ms\":{}}}", web.clock.now_ms()));
    let stream = warp::sse::keep_alive().interval(HEARTBEAT).stream(lines::within(line, events(feed, hello), lines::goodbye()));
    Ok(warp::sse::reply(stream).into_response())
}

fn events(feed: CalendarFeed, hello: Event) -> impl Stream<Item = Result<Event, Infallible>> + Send + Sync + 'static {
    futures_util::stream::unfold((feed, Some(hello)), |(mut feed, hello)| async move {
        if let Some(hello) = hello {
            return Some((Ok(hello), (feed, None)));
        }
        let event = match feed.next().await? {
            CalendarEvent::Slot(start) => Event::default().event("slot").data(format!("{{\"start\":{}}}", start.0)),
            // "mine" makes the page load everything it shows.
            CalendarEvent::Mine | CalendarEvent::Everything => Event::default().event("mine").data("{}"),
        };
        Some((Ok(event), (feed, None)))
    })
}
