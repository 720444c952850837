//! Invites: make one, hand it on as a link, a text or a QR code, and take it back.

use super::admin::{Tab, admin_page};
use super::form::{self, Field};
use super::{Notice, icon, words};
use crate::domain::group::Group;
use crate::domain::id::InviteId;
use crate::domain::member::Role;
use crate::domain::policy::Defaults;
use crate::domain::refusal::Refusal;
use crate::domain::time::{DAY, Timestamp};
use crate::domain::view::{Invite, Me};
use maud::{Markup, html};

/// What was typed, as it was typed.
#[derive(Clone, Debug)]
pub struct InviteForm {
    pub role: Role,
    pub uses: String,
    pub days: String,
}

impl InviteForm {
    /// The form as it stands before anything is typed.
    pub fn of(defaults: Defaults) -> Self {
        Self { role: Role::Member, uses: defaults.invite_uses.to_string(), days: defaults.invite_days.to_string() }
    }
}

/// What the page shows.
#[derive(Clone, Copy, Debug)]
pub struct Invites<'a> {
    pub me: &'a Me,
    pub now: Timestamp,
    /// Newest first.
    pub invites: &'a [Invite],
    /// Those that an invite can lead into.
    pub groups: &'a [Group],
    /// The one that has just been made, opened wide.
    pub made: Option<InviteId>,
    /// Of the certificate that this instance made for itself, if it did.
    pub fingerprint: Option<&'a str>,
}

/// The invites page.
pub fn page(view: &Invites<'_>, form: &InviteForm, refusal: Option<&Refusal>, notice: Option<&Notice>) -> Markup {
    let made = view.invites.iter().find(|i| Some(i.id) == view.made && open(i, view.now));
    let (good, over): (Vec<_>, Vec<_>) = view.invites.iter().partition(|i| open(i, view.now));
    let inside = html! {
        h1 { "Invites" }
        @if let Some(invite) = made { (just_made(view, invite)) }
        div.split {
            section.stack aria-labelledby="all-title" {
                h2 #all-title { @if made.is_some() { "All invites" } @else { "Handed out" } }
                @if view.invites.is_empty() { p.soft { "None yet. Make the first one: it is a link you send to somebody." } }
                @else if good.is_empty() { p.soft { "None that is still good. Those who came stay." } }
                @else { ul.invites { @for invite in good { (line(view, invite)) } } }
                // What nobody can come by any more is kept to be looked up, and is in nobody's way.
                @if !over.is_empty() {
                    details.fold {
                        summary { "Used up, run out or taken back: " (over.len()) }
                        ul.invites { @for invite in over { (line(view, invite)) } }
                    }
                }
            }
            (make(view, form, refusal))
        }
    };
    admin_page(view.me, Tab::Invites, "Invites", notice, inside)
}

/// Whether somebody can still come in by it.
fn open(invite: &Invite, now: Timestamp) -> bool {
    !invite.revoked && invite.uses_left > 0 && invite.expires > now
}

fn make(view: &Invites<'_>, form: &InviteForm, refusal: Option<&Refusal>) -> Markup {
    html! {
        form.card.stack.make method="post" action="/admin/invites" data-once aria-labelledby="make-title" {
            h2 #make-title { "A new invite" }
            (form::refusal(refusal))
            (Field::number("uses", "For how many people?", &form.uses, (1, 1000)).refused(refusal, &["uses"]))
            (Field::number("days", "Good for how many days?", &form.days, (1, 365)).refused(refusal, &["days"]))
            @if view.me.role == Role::Admin {
                div.field {
                    label for="role" { "They come as" }
                    select #role name="role" {
                        @for role in Role::ALL { option value=(role.word()) selected[role == form.role] { (role.word()) } }
                    }
                }
            } @else { input type="hidden" name="role" value="member"; }
            @if !view.groups.is_empty() {
                div.field {
                    label for="group" { "They are in" }
                    select #group name="group" {
                        option value="" selected { "no group" }
                        @for group in view.groups { option value=(group.id) { (group.name) } }
                    }
                }
            }
            button.button.primary.wide { (icon("plus")) "Make the invite" }
        }
    }
}

/// The new invite with everything needed to hand it on.
fn just_made(view: &Invites<'_>, invite: &Invite) -> Markup {
    html! {
        section.card.glow.made aria-labelledby="made-title" {
            div.stack {
                h2 #made-title { "Here it is. Hand it on as you like" }
                div.field {
                    label for="made-link" { "The link" }
                    div.copy-line {
                        input #made-link readonly value=(invite.link);
                        button.button.primary type="button" data-copy="#made-link" { (icon("copy")) span data-word { "Copy" } }
                    }
                }
                div.field {
                    label for="made-text" { "Or a whole message" }
                    textarea #made-text readonly rows="9" { "\n" (message(view, invite)) }
                    div { button.button.small type="button" data-copy="#made-text" { (icon("copy")) span data-word { "Copy the message" } } }
                }
            }
            figure.made-qr {
                img src={ "/admin/invites/" (invite.id) "/qr.svg" } width="240" height="240" alt="QR code of the invite link";
                figcaption.small.soft { "Or hold a phone's camera to it." }
            }
        }
    }
}

/// The text to send, with what the browser will say and why.
fn message(view: &Invites<'_>, invite: &Invite) -> String {
    let Me { name, instance, zone, .. } = view.me;
    let until = words::long_day(zone.date(invite.expires));
    let mut text = format!(
        "{name} keeps a seat for you at {instance}: two people at one table, each on their own work.\n\n{}\n\nOpen it in your own browser, not inside a chat program. It is good until {until}.",
        invite.link
    );
    if let Some(fingerprint) = view.fingerprint {
        text.push_str(
            "\n\nThe browser will warn once that it doesn't know this place: it runs on our own machine and made its own certificate. \
             Look at the certificate there; its SHA-256 fingerprint is\n",
        );
        text.push_str(fingerprint);
        text.push_str("\nIf it is the same, go on.");
    }
    text
}

fn line(view: &Invites<'_>, invite: &Invite) -> Markup {
    let is_open = open(invite, view.now);
    let id = format!("link-{}", invite.id);
    html! {
        li.card.quiet[!is_open].stack.tight {
            div.row.between {
                p { b { (seats(invite)) } @if invite.role != Role::Member { " " span.tag { "as " (invite.role.word()) } } }
                p.small.soft { (ending(view, invite)) " · by " (invite.made_by) }
            }
            @if is_open {
                div.copy-line {
                    input #(id) readonly value=(invite.link) aria-label={ "Link of the invite: " (seats(invite)) };
                    button.button type="button" data-copy={ "#" (id) } { (icon("copy")) span data-word { "Copy" } }
                }
                div.row.tight {
                    a.button.small.quiet href={ "/admin/invites?made=" (invite.id) } { (icon("qr")) "Message and QR code" }
                    form method="post" action={ "/admin/invites/" (invite.id) "/revoke" } data-confirm="Nobody comes in by this link any more. Those who came stay." {
                        button.button.small.quiet { "Take back" }
                    }
                }
            }
        }
    }
}

fn seats(invite: &Invite) -> String {
    let came = invite.uses - invite.uses_left;
    match (invite.uses, came) {
        (1, 0) => "For one person".to_owned(),
        (1, _) => "One person came".to_owned(),
        (uses, 0) => format!("For {uses} people"),
        (uses, came) => format!("{came} of {uses} came"),
    }
}

fn ending(view: &Invites<'_>, invite: &Invite) -> String {
    let left = invite.expires.since(view.now);
    if invite.revoked {
        "taken back".to_owned()
    } else if left <= 0 {
        "run out".to_owned()
    } else if invite.uses_left <= 0 {
        "used up".to_owned()
    } else if left < DAY {
        "ends today".to_owned()
    } else {
        format!("until {}", words::day_words(view.me.zone.date(invite.expires), view.me.zone.date(view.now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::MemberId;
    use crate::domain::policy::Kind;
    use crate::domain::time::Zone;

    const NOW: Timestamp = Timestamp(1_795_300_000);

    fn invite(id: i64, revoked: bool) -> Invite {
        Invite {
            id: InviteId(id),
            token: format!("t{id}"),
            role: Role::Member,
            uses_left: 3,
            uses: 5,
            expires: NOW.plus(9 * DAY),
            revoked,
            made_by: "Mia".into(),
            link: format!("https://192.168.1.5:8443/join/t{id}"),
        }
    }

    fn shown(role: Role, invites: &[Invite], made: Option<InviteId>, fingerprint: Option<&str>) -> String {
        let me = Me { id: MemberId(1), name: "Ana".into(), role, zone: Zone::utc(), instance: "Room".into() };
        let view = Invites { me: &me, now: NOW, invites, groups: &[], made, fingerprint };
        page(&view, &InviteForm::of(Kind::Friends.defaults()), None, None).into_string()
    }

    #[test]
    fn a_new_invite_comes_with_link_message_qr_and_the_reason_for_the_warning() {
        let shown = shown(Role::Admin, &[invite(3, false)], Some(InviteId(3)), Some("AB:CD:EF"));
        assert!(shown.contains(r#"src="/admin/invites/3/qr.svg""#) && shown.contains("Ana keeps a seat for you at Room"));
        assert!(shown.contains("warn once") && shown.contains("AB:CD:EF"));
    }

    #[test]
    fn a_certificate_that_browsers_know_needs_no_warning() {
        assert!(!shown(Role::Admin, &[invite(3, false)], Some(InviteId(3)), None).contains("warn once"));
    }

    #[test]
    fn an_invite_that_was_taken_back_shows_no_link() {
        let shown = shown(Role::Admin, &[invite(4, true)], Some(InviteId(4)), None);
        assert!(!shown.contains("/join/t4") && shown.contains("taken back") && shown.contains("2 of 5 came"));
    }

    #[test]
    fn what_nobody_can_come_by_any_more_is_folded_below_what_is_good() {
        let used = Invite { uses_left: 0, ..invite(5, false) };
        let shown = shown(Role::Admin, &[used, invite(6, false)], None, None);
        let fold = shown.find("Used up, run out or taken back: 1").unwrap_or_default();
        assert!(shown.find("/join/t6").is_some_and(|at| at < fold) && shown.find("used up").is_some_and(|at| at > fold));
    }

    #[test]
    fn a_member_who_may_invite_invites_members_only() {
        let shown = shown(Role::Member, &[], None, None);
        assert!(
            !shown.contains("<select") && shown.contains(r#"name="role" value="member""#) && !shown.contains(r#"class="tabs""#)
        );
    }
}
