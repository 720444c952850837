//! Every route on one page, and what happens before and after each: forgery check, login, cookie, headers, errors.

use super::answer::{self, Answer, Trouble};
use super::call::{self, Call, Form, Head, Unread};
use super::taking::{Sender, Share};
use super::{
    Web, about, account, admin, assets, backups, booking, bring_back, calendar, check, coming_in, doctor, groups, guard, guide,
    history, hours, invites, machine, metrics, people, plans, roll, room, session, system, trust, way_in,
};
use crate::actions::{Fault, me, set_up};
use crate::domain::id::{BookingId, GroupId, InviteId, MemberId, ReportId, RoomId};
use crate::domain::refusal::Refusal;
use crate::domain::view::{Me, RelationKind};
use crate::page;
use crate::store::Ailment;
use bytes::{Buf, Bytes};
use futures_util::Stream;
use http::{Method, StatusCode};
use std::sync::Arc;
use warp::reply::Response;

/// The table.
async fn route(web: &Arc<Web>, call: &Call) -> Answer {
    let path = call.head.path.clone();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let post = call.head.method == Method::POST;
    match (post, parts.as_slice()) {
        (false, [""]) => calendar::home(web, call).await,
        (false, ["calendar", "part"]) => calendar::part(web, call).await,
        (false, ["calendar", "waiting"]) => calendar::waiting(web, call).await,
        (false, ["live"]) => calendar::live(web, call).await,

        (true, ["book"]) => booking::book(web, call).await,
        (true, ["start-now"]) => booking::start_now(web, call).await,
        (true, ["cancel"]) => booking::cancel(web, call).await,
        (true, ["move"]) => booking::move_to(web, call).await,
        (true, ["ask-around"]) => booking::ask_around(web, call).await,
        (true, ["late"]) => booking::late(web, call).await,
        (false, ["booking", file]) => booking::calendar_file(web, call, file).await,

        (false, ["session", id]) => session::page(web, call, booking_id(id)?).await,
        (false, ["session", id, "events"]) => session::events(web, call, booking_id(id)?).await,
        (true, ["session", id, "send"]) => session::send(web, call, booking_id(id)?).await,
        (true, ["session", id, "report"]) => session::report(web, call, booking_id(id)?).await,
        (true, ["session", id, kind]) => session::relate(web, call, booking_id(id)?, relation(kind)?).await,
        (false, ["test-session"]) => session::test_page(web, call).await,
        (true, ["test-session", "media"]) => session::test_media(web, call).await,
        (true, ["test-session", "done"]) => session::tested(web, call).await,

        (false, ["check"]) => check::page(web, call).await,
        (false, ["check", "ways"]) => check::ways(web, call).await,
        (false, ["check", "events"]) => check::events(web, call).await,
        (false, ["check", "me"]) => Ok(check::seen(call)),
        (true, ["check", "media"]) => check::media(web, call).await,

        (false, ["rooms"]) => room::list(web, call).await,
        (false, ["rooms", "part"]) => room::part(web, call).await,
        (false, ["rooms", "live"]) => room::live_list(web, call).await,
        (false, ["room", id]) => room::page(web, call, room_id(id)?).await,
        (false, ["room", id, "events"]) => room::events(web, call, room_id(id)?).await,
        (true, ["room", id, "send"]) => room::send(web, call, room_id(id)?).await,
        (true, ["room", id, "mute"]) => room::mute(web, call, room_id(id)?).await,
        (true, ["room", id, "remove"]) => room::remove(web, call, room_id(id)?).await,
        (true, ["room", id, "report"]) => room::report(web, call, room_id(id)?).await,

        (false, ["setup"]) => coming_in::setup_page(web, call).await,
        (true, ["setup"]) => coming_in::set_up(web, call).await,
        (false, ["join", token]) => coming_in::join_page(web, call, token).await,
        (true, ["join", token]) => coming_in::join(web, call, token).await,
        (false, ["login"]) => coming_in::login_page(web, call).await,
        (true, ["login"]) => coming_in::log_in(web, call).await,
        (true, ["logout"]) => coming_in::log_out(web, call).await,
        (true, ["logout-everywhere"]) => coming_in::log_out_everywhere(web, call).await,
        (false, ["reset", token]) => coming_in::reset_page(web, call, token).await,
        (true, ["reset", token]) => coming_in::reset(web, call, token).await,
        (false, ["slip"]) => roll::door(web, call).await,
        (true, ["slip"]) => roll::typed(web, call).await,
        (false, ["slip", code]) => roll::open(web, call, code).await,
        (true, ["slip", code]) => roll::come(web, call, code).await,
        (false, ["enter", token]) => coming_in::enter(web, call, token).await,

        (false, ["history"]) => history::page(web, call).await,
        (false, ["people"]) => people::page(web, call).await,
        (true, ["people", id, "clear"]) => people::relate(web, call, member_id(id)?, None).await,
        (true, ["people", id, kind]) => people::relate(web, call, member_id(id)?, Some(relation(kind)?)).await,
        (false, ["me"]) => account::page(web, call).await,
        (true, ["me"]) => account::change(web, call).await,
        (true, ["me", "company"]) => account::company(web, call).await,
        (true, ["me", "password"]) => account::password(web, call).await,
        (true, ["me", "zone"]) => account::zone(web, call).await,
        (false, ["plans"]) => plans::page(web, call).await,
        (true, ["plans", "find"]) => plans::find(web, call).await,
        (true, ["plans", "order", id, "end"]) => plans::end_order(web, call, number(id)?).await,
        (true, ["plans", "appointment", id, act]) => plans::appointment_act(web, call, number(id)?, act).await,
        (true, ["plans", "holiday"]) => plans::holiday(web, call).await,
        (true, ["plans", "wait"]) => plans::wait(web, call).await,
        (true, ["plans", "wait", "end"]) => plans::wait_no_more(web, call).await,
        (true, ["notice", id, "away"]) => plans::put_away(web, call, number(id)?).await,
        (true, ["not-this-week"]) => plans::not_this_week(web, call).await,
        (false, ["guide"]) => guide::page(web, call).await,
        (false, ["guide", "managers"]) => guide::managers(web, call).await,

        (false, ["admin"]) => admin::overview(web, call).await,
        (false, ["admin", "company"]) => admin::company(web, call).await,
        (true, ["admin", "company", "gather"]) => admin::gather(web, call).await,
        (false, ["admin", "invites"]) => invites::page(web, call, None, None).await,
        (true, ["admin", "invites"]) => invites::make(web, call).await,
        (true, ["admin", "invites", id, "revoke"]) => invites::revoke(web, call, InviteId(number(id)?)).await,
        (false, ["admin", "invites", id, "qr.svg"]) => invites::qr(web, call, InviteId(number(id)?)).await,
        (false, ["admin", "members"]) => admin::members(web, call, None).await,
        (false, ["admin", "members", "list"]) => roll::form(web, call).await,
        (true, ["admin", "members", "list"]) => roll::bring(web, call).await,
        (true, ["admin", "members", "slips"]) => roll::slips(web, call).await,
        (true, ["admin", "members", id, act]) => admin::member_act(web, call, member_id(id)?, act).await,
        (false, ["admin", "reports"]) => admin::reports(web, call).await,
        (true, ["admin", "reports", id, "settle"]) => admin::settle(web, call, ReportId(number(id)?)).await,
        (false, ["admin", "rooms"]) => room::admin_page(web, call).await,
        (true, ["admin", "rooms"]) => room::make(web, call).await,
        (true, ["admin", "rooms", id]) => room::change(web, call, room_id(id)?).await,
        (true, ["admin", "rooms", id, "close"]) => room::close(web, call, room_id(id)?).await,
        (false, ["admin", "groups"]) => groups::page(web, call).await,
        (true, ["admin", "groups"]) => groups::make(web, call).await,
        (true, ["admin", "groups", id]) => groups::change(web, call, GroupId(number(id)?)).await,
        (true, ["admin", "groups", id, "end"]) => groups::end(web, call, GroupId(number(id)?)).await,
        (false, ["admin", "house"]) => admin::house(web, call).await,
        (false, ["admin", "hours"]) => hours::show(web, call).await,
        (true, ["admin", "hours"]) => hours::change(web, call).await,
        (false, ["admin", "doctor"]) => doctor::page(web, call).await,
        (true, ["admin", "doctor"]) => doctor::look(web, call).await,
        (false, ["admin", "machine"]) => machine::page(web, call).await,
        (true, ["admin", "machine", "measure"]) => machine::measure(web, call).await,
        (true, ["admin", "machine", "log"]) => machine::log(web, call).await,
        (true, ["admin", "house"]) => admin::change_house(web, call).await,

        (false, ["admin", "way-in"]) => way_in::page(web, call).await,
        (false, ["admin", "way-in", "part"]) => way_in::part(web, call).await,
        (true, ["admin", "way-in"]) => way_in::choose(web, call).await,
        (true, ["admin", "way-in", "name"]) => way_in::answer_to_name(web, call).await,
        (true, ["admin", "way-in", "look"]) => way_in::look_again(web, call).await,

        (false, ["admin", "backups"]) => backups::page(web, call).await,
        (true, ["admin", "backups"]) => backups::make(web, call).await,
        (true, ["admin", "backups", "check"]) => backups::check(web, call).await,
        (false, ["admin", "backups", name]) => backups::download(web, call, name).await,

        (false, ["assets", version, ..]) => assets::file(&call.head, version, &parts[2..].join("/")),
        (false, ["favicon.ico"]) => assets::file(&call.head, page::ASSETS, "icons/app.svg"),
        (false, ["manifest.webmanifest"]) => system::manifest(web).await,
        (false, ["about"]) => about::about(web, call).await,
        (false, ["about", "parts"]) => about::parts(web, call).await,
        (false, ["about", "news"]) => about::news(web, call).await,
        (false, ["about", "sbom.json"]) => Ok(about::parts_for_machines()),
        (false, ["healthz"]) => Ok(system::alive()),
        (false, ["readyz"]) => system::ready(web).await,
        (false, ["metrics"]) => metrics::metrics(web, call).await,
        (true, ["call-made"]) => metrics::call_made(web, call).await,
        (false, ["here", word]) => way_in::known_by(web, word),
        (false, ["trust"]) => trust::page(web, call).await,
        (false, ["trust", _] | ["ca.crt"]) => trust::file(web, call),
        _ => Err(Refusal::gone().into()),
    }
}

/// Answers a call, whatever it is.
pub async fn answer<S, B>(web: Arc<Web>, head: Head, body: S) -> Response
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let accepts = head.headers.clone();
    let wants_body = head.method != Method::HEAD;
    let mut stranger = None;
    let mut response = match readable(&head) {
        Ok(()) => answer_readable(&web, head, body, &mut stranger).await,
        Err(refusal) => plain(&refusal),
    };
    answer::finish(&mut response);
    if !wants_body {
        return without_body(response);
    }
    let response = answer::compressed(&accepts, response).await;
    let Some(share) = stranger else { return response };
    answer::held(response, share).await.unwrap_or_else(|| {
        let mut busy = plain(&unread(&Unread::NoRoom));
        answer::finish(&mut busy);
        busy
    })
}

/// Methods that are answered at all, and the forgery check.
fn readable(head: &Head) -> Result<(), Refusal> {
    match head.method {
        Method::GET | Method::HEAD => Ok(()),
        Method::POST => guard::same_origin(head),
        _ => Err(Refusal::new("method", "This address is opened or posted to; nothing else.")),
    }
}

/// The answer; `stranger` becomes the share of somebody who is not signed in.
async fn answer_readable<S, B>(web: &Arc<Web>, head: Head, body: S, stranger: &mut Option<Share>) -> Response
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    if head.path.starts_with("/assets/") {
        let call = Call { head, form: Form::default(), body: Bytes::new(), login: None };
        return match route(web, &call).await {
            Ok(response) => response,
            Err(_) => plain(&Refusal::gone()),
        };
    }
    if head.path == bring_back::PATH && head.method == Method::POST {
        return match bring_back::bring_back(web, &head, body).await {
            Ok(response) => response,
            Err(trouble) => {
                let call = Call { head, form: Form::default(), body: Bytes::new(), login: None };
                troubled(web, &call, trouble).await
            }
        };
    }
    let (row, unknown) = match guard::login_of(web, &head).await {
        Ok(row) => (row, None),
        Err(fault) => (None, Some(fault)),
    };
    let sender = row.as_ref().map_or_else(|| Sender::Stranger(head.address().into()), |row| Sender::Member(row.member));
    // Kept until the answer is made, as the body is, and a stranger's until it was read.
    let mut share = web.taking.share(sender);
    let bytes = match call::body(body, &mut share).await {
        Ok(bytes) => bytes,
        Err(why) => return plain(&unread(&why)),
    };
    let _of_member = if row.is_some() {
        Some(share)
    } else {
        *stranger = Some(share);
        None
    };
    let form = head.header("content-type").starts_with("application/x-www-form-urlencoded").then(|| Form::parse(&bytes));
    let login = row.as_ref().map(|row| (row.member, row.id));
    let call = Call { head, form: form.unwrap_or_default(), body: bytes, login };
    let mut response = match route(web, &call).await {
        Ok(response) => response,
        Err(trouble) => {
            // Where nobody knows whether they are signed in, they are told what is the matter, and not to sign in.
            let ails = unknown.filter(|_| matches!(trouble, Trouble::NeedsLogin)).map(Trouble::Fault);
            troubled(web, &call, ails.unwrap_or(trouble)).await
        }
    };
    if let Some(row) = row {
        guard::note_seen(web, &row);
        if !call.head.path.starts_with("/logout") {
            guard::rotate(web, &row, &mut response).await;
        }
    }
    response
}

fn unread(why: &Unread) -> Refusal {
    match why {
        Unread::TooLarge | Unread::BrokeOff => {
            Refusal::new("too_large", "That was more than this page takes. Nothing was changed.")
        }
        Unread::NoRoom => {
            Refusal::new("slow_down", "A lot is under way from your network at once. Nothing is lost; try again in a moment.")
        }
    }
}

/// What the person sees when a handler gave up: a page, data, or the way to the login.
async fn troubled(web: &Arc<Web>, call: &Call, trouble: Trouble) -> Response {
    let refusal = match trouble {
        Trouble::NeedsLogin => return needs_login(web, call).await,
        Trouble::Fault(Fault::Refusal(refusal)) => refusal,
        Trouble::Fault(Fault::Store(error)) => {
            web.ail(&error, &call.head.path);
            Refusal::new("fault", error.told())
        }
    };
    let status = StatusCode::from_u16(if refusal.code == "fault" { 503 } else { refusal.status() }).unwrap_or_default();
    if call.head.wants_json() {
        return answer::json(status, &refusal);
    }
    if refusal.code == "not_set_up" {
        return answer::page_with(StatusCode::SERVICE_UNAVAILABLE, page::error::not_set_up());
    }
    let me = signed_in(web, call).await;
    let instance = instance(web).await;
    answer::page_with(status, page::error::page(status.as_u16(), me.as_ref(), &instance, &refusal.sentence))
}

/// Any call while the database cannot be opened.
pub fn closed(head: &Head, ailment: Ailment) -> Response {
    let parts: Vec<&str> = head.path.trim_matches('/').split('/').collect();
    let kept = match parts.as_slice() {
        ["assets", version, ..] => assets::file(head, version, &parts[2..].join("/")).ok(),
        ["healthz"] => Some(system::alive()),
        ["readyz"] => Some(system::degraded(ailment)),
        _ => None,
    };
    let mut response = kept.unwrap_or_else(|| {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        if head.wants_json() {
            return answer::json(status, &Refusal::new("fault", ailment.told()));
        }
        answer::page_with(status, page::error::page(status.as_u16(), None, "Alongside", ailment.told()))
    });
    answer::finish(&mut response);
    response
}

async fn needs_login(web: &Arc<Web>, call: &Call) -> Response {
    if call.head.wants_json() || call.head.header("accept").contains("text/event-stream") {
        return answer::json(
            StatusCode::UNAUTHORIZED,
            &Refusal::new("login", "You are signed out here. Sign in again; your sessions are safe."),
        );
    }
    let set_up = web.read(set_up::is_done).await;
    if matches!(set_up, Ok(false)) {
        return answer::page_with(StatusCode::SERVICE_UNAVAILABLE, page::error::not_set_up());
    }
    let path = if call.head.method == Method::POST { "/" } else { call.head.path.as_str() };
    if path == "/" {
        return answer::go("/login");
    }
    let next: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
    answer::go(&format!("/login?next={next}"))
}

/// A refusal with no frame around it, for what never got as far as a page.
fn plain(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or_default();
    answer::bytes(status, "text/plain; charset=utf-8", refusal.sentence.clone().into())
}

fn without_body(response: Response) -> Response {
    let (parts, _) = response.into_parts();
    Response::from_parts(parts, Bytes::new().into())
}

/// The signed-in member as frames need them.
pub async fn signed_in(web: &Web, call: &Call) -> Option<Me> {
    let (who, _) = call.login?;
    web.read(move |conn| me(conn, who)).await.ok()
}

/// The name of the house, for pages of people who are not signed in.
pub async fn instance(web: &Web) -> String {
    let house = web.read(crate::actions::admin::house).await.ok().flatten();
    house.map_or_else(|| "Alongside".to_owned(), |house| house.name)
}

fn number(text: &str) -> Result<i64, Refusal> {
    text.parse().map_err(|_| Refusal::gone())
}

fn booking_id(text: &str) -> Result<BookingId, Refusal> {
    number(text).map(BookingId)
}

fn member_id(text: &str) -> Result<MemberId, Refusal> {
    number(text).map(MemberId)
}

fn room_id(text: &str) -> Result<RoomId, Refusal> {
    number(text).map(RoomId)
}

fn relation(word: &str) -> Result<RelationKind, Refusal> {
    RelationKind::from_word(word).ok_or_else(Refusal::gone)
}
