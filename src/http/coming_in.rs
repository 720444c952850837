//! Coming in and going out: setup, invites, logins, reset links.

use super::answer::{self, Answer, Trouble, page_with};
use super::call::Call;
use super::{Web, guard, routes, way_in};
use crate::actions::set_up::SetUp;
use crate::actions::{Fault, invite, login, set_up as set_up_action};
use crate::domain::member::password_checked;
use crate::domain::policy::Kind;
use crate::domain::refusal::Refusal;
use crate::domain::time::Zone;
use crate::domain::way_in::Opening;
use crate::page;
use crate::page::in_app::in_app_browser;
use crate::page::join::{Invitation, JoinForm};
use crate::page::login::LoginForm;
use crate::page::setup::SetupForm;
use crate::page::way_in::Typed;
use http::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

/// A refused form is shown again with what was typed.
const AGAIN: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

pub async fn setup_page(web: &Arc<Web>, call: &Call) -> Answer {
    let token = call.head.ask("t").unwrap_or_default();
    let zone = web.pins.zone.as_ref().map_or_else(Zone::utc, |pin| pin.value.clone());
    let instance = web.pins.name.as_ref().map(|pin| pin.value.clone()).unwrap_or_default();
    let way_in = web.pins.asks_the_way_in().then(Typed::default);
    let form = SetupForm { zone: zone.name().to_owned(), instance, way_in, ..SetupForm::default() };
    setup_door(web, call, &token, &form, None).await
}

/// The setup page in the state that fits: open, shut or done.
async fn setup_door(web: &Arc<Web>, call: &Call, token: &str, form: &SetupForm, refusal: Option<&Refusal>) -> Answer {
    let (link, now) = (guard::hash(token), web.now());
    web.doors.open(call.head.address(), None, now)?;
    let (done, good) =
        web.read(move |conn| Ok((set_up_action::is_done(conn)?, set_up_action::link_is_good(conn, &link, now)?))).await?;
    let door = if done {
        page::setup::Door::Done
    } else if good {
        page::setup::Door::Open { token }
    } else {
        if !token.is_empty() {
            web.doors.failed(call.head.address(), None, now);
        }
        page::setup::Door::Shut
    };
    let status = if refusal.is_some() { AGAIN } else { StatusCode::OK };
    Ok(page_with(status, page::setup::page(door, form, refusal)))
}

pub async fn set_up(web: &Arc<Web>, call: &Call) -> Answer {
    let token = call.form.text("t");
    let form = SetupForm {
        instance: call.form.text("instance"),
        zone: call.form.text("zone"),
        name: call.form.text("name"),
        kind: Kind::from_word(&call.form.text("kind")).unwrap_or_default(),
        way_in: web.pins.asks_the_way_in().then(|| way_in::typed(call)),
    };
    match set_up_checked(web, call, &token, &form).await {
        Ok(response) => Ok(response),
        Err(Trouble::Fault(Fault::Refusal(refusal))) => setup_door(web, call, &token, &form, Some(&refusal)).await,
        Err(trouble) => Err(trouble),
    }
}

async fn set_up_checked(web: &Arc<Web>, call: &Call, token: &str, form: &SetupForm) -> Answer {
    let (link, now) = (guard::hash(token), web.now());
    let choice = form.way_in.as_ref().map(way_in::chosen).transpose()?.flatten();
    let (instance, zone, name) = (form.instance.clone(), form.zone.clone(), form.name.clone());
    let wish = SetUp { instance, zone, name, kind: form.kind, way_in: choice.clone() };
    set_up_action::checked(&wish)?;
    let password = call.form.text("password");
    password_checked(&password)?;
    if !web.read(move |conn| set_up_action::link_is_good(conn, &link, now)).await? {
        return Err(Refusal::new("link", "This setup link has been used or has run out.").into());
    }
    let hash = web.passwords.hash(password, web.dice.bytes()).await;
    let pins = web.pins.clone();
    let founded = web.write(move |tx| {
        let who = set_up_action::set_up(tx, &link, &wish, &hash)?;
        set_up_action::fix(tx, &pins)?;
        Ok::<_, Fault>(who)
    });
    let who = founded.await?;
    tracing::info!("The instance was set up.");
    let next = match choice.as_ref().map(|choice| choice.opening) {
        Some(Opening::Anywhere) => "/admin/way-in?note=first",
        Some(Opening::House) => "/trust?note=first",
        None => "/",
    };
    choice.into_iter().for_each(|choice| way_in::take(web, choice));
    guard::sign_in(web, &call.head, who, answer::go(next)).await
}

pub async fn join_page(web: &Arc<Web>, call: &Call, token: &str) -> Answer {
    join_door(web, call, token, &JoinForm::default(), None).await
}

/// The page behind an invite in the state that fits.
async fn join_door(web: &Arc<Web>, call: &Call, token: &str, form: &JoinForm, refusal: Option<&Refusal>) -> Answer {
    let (wanted, now) = (token.to_owned(), web.now());
    web.doors.open(call.head.address(), None, now)?;
    let me = routes::signed_in(web, call).await;
    let looked = web.read(move |conn| invite::look(conn, &wanted, now)).await;
    let instance = routes::instance(web).await;
    let open = match looked {
        Ok(open) => open,
        Err(Fault::Refusal(shut)) if shut.code.starts_with("invite_") => return Ok(shut_invite(web, call, &instance, &shut)),
        Err(fault) => return Err(fault.into()),
    };
    let link = format!("{}/join/{token}", call.head.origin());
    let invitation = Invitation {
        token,
        link: &link,
        inviter: &open.invite.made_by_name,
        rules: &open.house.rules,
        welcome: &open.house.welcome,
        in_app: in_app_browser(call.head.header("user-agent")),
    };
    let door = me.as_ref().map_or(page::join::Door::Open(invitation), |me| page::join::Door::Seated { name: &me.name });
    let zone = if form.zone.is_empty() { open.house.zone.name().to_owned() } else { form.zone.clone() };
    let form = JoinForm { zone, ..form.clone() };
    let status = if refusal.is_some() { AGAIN } else { StatusCode::OK };
    Ok(page_with(status, page::join::page(&instance, &door, &form, refusal)))
}

/// An invite that leads nowhere: who tries many of them is slowed down.
fn shut_invite(web: &Web, call: &Call, instance: &str, shut: &Refusal) -> Response {
    let door = match shut.code {
        "invite_expired" => page::join::Door::Expired,
        "invite_used" => page::join::Door::UsedUp,
        _ => page::join::Door::Gone,
    };
    if shut.code == "invite_gone" {
        web.doors.failed(call.head.address(), None, web.now());
    }
    page_with(StatusCode::GONE, page::join::page(instance, &door, &JoinForm::default(), None))
}

pub async fn join(web: &Arc<Web>, call: &Call, token: &str) -> Answer {
    let form = JoinForm {
        name: call.form.text("name"),
        email: call.form.text("email"),
        zone: call.form.text("zone"),
        rules: call.form.on("rules"),
    };
    match join_checked(web, call, token, &form).await {
        Ok(response) => Ok(response),
        Err(Trouble::Fault(Fault::Refusal(refusal))) => join_door(web, call, token, &form, Some(&refusal)).await,
        Err(trouble) => Err(trouble),
    }
}

async fn join_checked(web: &Arc<Web>, call: &Call, token: &str, form: &JoinForm) -> Answer {
    let (invite_token, now) = (token.to_owned(), web.now());
    let wish = invite::Join { name: form.name.clone(), email: form.email.clone(), zone: form.zone.clone(), accepted: form.rules };
    let password = call.form.text("password");
    password_checked(&password)?;
    let (looked, asked) = (wish.clone(), invite_token.clone());
    web.read(move |conn| invite::join_checked(conn, &asked, &looked, now)).await?;
    let hash = web.passwords.hash(password, web.dice.bytes()).await;
    let who = web.write(move |tx| invite::join(tx, &invite_token, &wish, &hash)).await?;
    guard::sign_in(web, &call.head, who, answer::go("/?note=welcome")).await
}

pub async fn login_page(web: &Arc<Web>, call: &Call) -> Answer {
    if call.login.is_some() {
        return Ok(answer::go("/"));
    }
    if !web.read(set_up_action::is_done).await? {
        return Ok(page_with(StatusCode::SERVICE_UNAVAILABLE, page::error::not_set_up()));
    }
    let form = LoginForm { next: own_path(&call.head.ask("next").unwrap_or_default()), ..LoginForm::default() };
    Ok(answer::page(sign_in_page(web, &form, None).await))
}

pub async fn log_in(web: &Arc<Web>, call: &Call) -> Answer {
    let form = LoginForm { who: call.form.text("who"), next: own_path(&call.form.text("next")) };
    match log_in_checked(web, call, &form).await {
        Err(Trouble::Fault(Fault::Refusal(refusal))) => {
            let status = if refusal.code == "slow_down" { StatusCode::TOO_MANY_REQUESTS } else { AGAIN };
            Ok(page_with(status, sign_in_page(web, &form, Some(&refusal)).await))
        }
        other => other,
    }
}

/// With the reason for being asked, where the clock of the machine is to blame.
async fn sign_in_page(web: &Arc<Web>, form: &LoginForm, refusal: Option<&Refusal>) -> maud::Markup {
    let odd = web.watch.clock_is_doubted().then(|| page::login::odd_clock(web.now()));
    page::login::page(&routes::instance(web).await, form, refusal, odd.as_ref())
}

async fn log_in_checked(web: &Arc<Web>, call: &Call, form: &LoginForm) -> Answer {
    let (address, now) = (call.head.address(), web.now());
    web.doors.open(address, Some(&form.who), now)?;
    let (who, password) = (form.who.clone(), call.form.text("password"));
    let candidates = web.read(move |conn| login::candidates(conn, &who)).await?;
    let found = if password.chars().count() <= crate::domain::member::PASSWORD_MOST {
        web.passwords.find(candidates, password).await
    } else {
        None
    };
    // Of many tries at one time, those beyond the allowance learn nothing, right or wrong.
    web.doors.open(address, Some(&form.who), now)?;
    let Some(member) = found else {
        web.doors.failed(address, Some(&form.who), now);
        return Err(Refusal::new(
            "login",
            "That name and password don't go together. Try again, or ask an admin for a reset link.",
        )
        .into());
    };
    web.doors.succeeded(&form.who);
    web.read(move |conn| login::let_in(conn, member, now)).await?;
    let next = if form.next.is_empty() { "/" } else { &form.next };
    guard::sign_in(web, &call.head, member, answer::go(next)).await
}

/// A path of this instance, or nothing: a login never leads elsewhere.
fn own_path(next: &str) -> String {
    // Browsers drop tabs and line ends inside an address, so "/<tab>/elsewhere" would be another site.
    let own = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.bytes().all(|b| b.is_ascii_graphic())
        && next.len() < 512;
    if own { next.to_owned() } else { String::new() }
}

pub async fn log_out(web: &Arc<Web>, call: &Call) -> Answer {
    if let Some((_, id)) = call.login {
        web.write(move |tx| login::log_out(tx, id)).await?;
    }
    Ok(signed_out())
}

pub async fn log_out_everywhere(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    web.write(move |tx| login::log_out_everywhere(tx, who)).await?;
    web.hub.hang_up(who);
    Ok(signed_out())
}

fn signed_out() -> Response {
    let mut response = answer::go("/login");
    guard::clear_cookie(&mut response);
    response
}

pub async fn reset_page(web: &Arc<Web>, call: &Call, token: &str) -> Answer {
    reset_door(web, call, token, None).await
}

async fn reset_door(web: &Arc<Web>, call: &Call, token: &str, refusal: Option<&Refusal>) -> Answer {
    let (link, now) = (guard::hash(token), web.now());
    web.doors.open(call.head.address(), None, now)?;
    let name = web.read(move |conn| {
        let who = login::reset_look(conn, &link, now)?;
        Ok(crate::actions::me(conn, who)?.name)
    });
    let name = match name.await {
        Ok(name) => Some(name),
        Err(Fault::Refusal(_)) => {
            web.doors.failed(call.head.address(), None, now);
            None
        }
        Err(fault) => return Err(fault.into()),
    };
    let door = name.as_ref().map_or(page::reset::Door::Shut, |name| page::reset::Door::Open { token, name });
    let status = if refusal.is_some() { AGAIN } else { StatusCode::OK };
    Ok(page_with(status, page::reset::page(&routes::instance(web).await, door, refusal)))
}

pub async fn reset(web: &Arc<Web>, call: &Call, token: &str) -> Answer {
    let (link, now, password) = (guard::hash(token), web.now(), call.form.text("password"));
    if let Err(refusal) = password_checked(&password) {
        return reset_door(web, call, token, Some(&refusal)).await;
    }
    if web.read(move |conn| login::reset_look(conn, &link, now)).await.is_err() {
        return reset_door(web, call, token, None).await;
    }
    let hash = web.passwords.hash(password, web.dice.bytes()).await;
    let who = web.write(move |tx| login::reset(tx, &link, &hash)).await?;
    web.hub.hang_up(who);
    guard::sign_in(web, &call.head, who, answer::go("/")).await
}

pub async fn enter(web: &Arc<Web>, call: &Call, token: &str) -> Answer {
    let link = guard::hash(token);
    let who = web.write(move |tx| login::enter(tx, &link)).await?;
    let next = own_path(&call.head.ask("next").unwrap_or_default());
    guard::sign_in(web, &call.head, who, answer::go(if next.is_empty() { "/" } else { &next })).await
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn a_login_never_leads_to_another_site() {
        assert_eq!(own_path("/session/7?x=1"), "/session/7?x=1");
        for path in [
            "https://elsewhere.example",
            "//elsewhere.example",
            "/\\elsewhere.example",
            "",
            "javascript:alert(1)",
            "/a\r\nb",
            "/\t/elsewhere.example",
        ] {
            assert_eq!(own_path(path), "", "{path}");
        }
    }
}
