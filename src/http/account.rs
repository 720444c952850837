//! My settings.

use super::answer::{self, Answer, Trouble as HandlerTrouble, page_with};
use super::call::Call;
use super::{Web, guard};
use crate::actions::{Fault, account, login};
use crate::domain::member::{Pick, password_checked};
use crate::domain::refusal::Refusal;
use crate::domain::view::Account;
use crate::page::account::{AccountForm, Trouble, page as account_page};
use crate::page::layout::Notice;
use http::StatusCode;
use std::sync::Arc;

pub async fn page(web: &Arc<Web>, call: &Call) -> Answer {
    let view = view(web, call).await?;
    let notice = call.head.ask("note").and_then(|note| match note.as_str() {
        "saved" => Some(Notice::good("Saved.")),
        "password" => Some(Notice::good("Your new password holds. Other browsers were signed out.")),
        _ => None,
    });
    Ok(answer::page(account_page(&view, web.now(), &AccountForm::of(&view), None, notice.as_ref())))
}

async fn view(web: &Arc<Web>, call: &Call) -> Result<Account, HandlerTrouble> {
    let (who, login) = call.login.ok_or(HandlerTrouble::NeedsLogin)?;
    let now = web.now();
    Ok(web.read(move |conn| account::account(conn, who, login, now)).await?)
}

pub async fn change(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let form = &call.form;
    let change = account::Change {
        name: form.text("name"),
        email: form.text("email"),
        zone: form.text("zone"),
        pick: form.text("pick"),
        as_someone: form.on("as_someone"),
    };
    let wish = change.clone();
    match web.write(move |tx| account::change(tx, who, &wish)).await {
        Ok(()) => Ok(answer::done(call.head.wants_json(), "Saved.", "/me?note=saved")),
        Err(Fault::Refusal(refusal)) if !call.head.wants_json() => {
            let typed = AccountForm {
                name: change.name,
                email: change.email,
                zone: change.zone,
                pick: Pick::from_word(&change.pick).unwrap_or_default(),
                as_someone: change.as_someone,
            };
            let view = view(web, call).await?;
            let markup = account_page(&view, web.now(), &typed, Some(Trouble::Settings(&refusal)), None);
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, markup))
        }
        Err(fault) => Err(fault.into()),
    }
}

pub async fn company(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let (trio, welcomes, nudges) = (call.form.on("trio"), call.form.on("welcomes"), call.form.on("nudges"));
    web.write(move |tx| account::change_company(tx, who, trio, welcomes, nudges)).await?;
    Ok(answer::done(call.head.wants_json(), "Saved.", "/me?note=saved"))
}

pub async fn password(web: &Arc<Web>, call: &Call) -> Answer {
    match password_checked_and_changed(web, call).await {
        Err(HandlerTrouble::Fault(Fault::Refusal(refusal))) if !call.head.wants_json() => {
            let view = view(web, call).await?;
            let markup = account_page(&view, web.now(), &AccountForm::of(&view), Some(Trouble::Password(&refusal)), None);
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, markup))
        }
        other => other,
    }
}

async fn password_checked_and_changed(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, id) = call.login.ok_or(HandlerTrouble::NeedsLogin)?;
    let (address, account, now) = (call.head.address(), format!("#{who}"), web.now());
    web.doors.open(address, Some(&account), now)?;
    let (old, new) = (call.form.text("old"), call.form.text("new"));
    password_checked(&new)?;
    let hash = web.read(move |conn| login::own_hash(conn, who)).await?;
    let right = web.passwords.find(vec![((), hash)], old).await.is_some();
    web.doors.open(address, Some(&account), now)?;
    if !right {
        web.doors.failed(address, Some(&account), now);
        return Err(Refusal::new("old_password", "That isn't your present password. Nothing was changed.").into());
    }
    web.doors.succeeded(&account);
    let hash = web.passwords.hash(new, web.dice.bytes()).await;
    web.write(move |tx| account::change_password(tx, who, &hash, Some(id))).await?;
    web.hub.hang_up(who);
    Ok(answer::done(call.head.wants_json(), "Your new password holds.", "/me?note=password"))
}

pub async fn zone(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, zone) = (guard::member(call)?, call.form.text("zone"));
    web.write(move |tx| account::change_zone(tx, who, &zone)).await?;
    Ok(answer::done(call.head.wants_json(), "Times are shown in your new zone.", "/?note=zone"))
}
