//! The test session: the whole of a session, alone, with a stand-in partner who lives inside the page.
//!
//! It takes no seat and leaves no trace on the server but the mark that it was done.

use super::session::{Room, document};
use crate::domain::booking::{Length, Wishes};
use crate::domain::session::Phase;
use crate::domain::time::{MINUTE, Timestamp};
use crate::domain::view::{Me, Partner};
use maud::Markup;

/// Who sits at the other desk.
const STAND_IN: &str = "Robin";

pub fn page(me: &Me, now: Timestamp) -> Markup {
    let length = Length::Short;
    let start = now.plus(5 * MINUTE);
    let partner = Partner {
        name: STAND_IN.to_owned(),
        zone: me.zone.clone(),
        sessions: 40,
        wishes: Wishes::default(),
        late_minutes: None,
        welcomes: false,
    };
    let room = Room {
        me,
        now,
        booking: 0,
        start,
        ends: start.plus(length.seconds()),
        closes: start.plus(length.footprint_s()),
        phase: Phase::Lobby,
        mic_muted: false,
        sessions: 0,
        goals: &[],
        carried: &[],
        partner: Some(&partner),
        next: None,
        test: true,
    };
    document(&room, "Test session", "js/pages/test_session.js")
}
