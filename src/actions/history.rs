//! What I see of the past: seven days, and counts without names.

use super::{Fault, house_of, me, session_door};
use crate::domain::id::MemberId;
use crate::domain::time::{DAY, Timestamp};
use crate::domain::view::History;
use crate::store::{house, past};
use jiff::ToSpan;
use rusqlite::Connection;

/// Days that the bars of the history page show.
const DAYS_DRAWN: i64 = 28;

/// My history page.
///
/// # Errors
/// `gone` when the account was removed.
pub fn history(conn: &Connection, who: MemberId, now: Timestamp) -> Result<History, Fault> {
    house_of(conn)?;
    let me = me(conn, who)?;
    let days_kept = house::kind(conn)?.defaults().history_days;
    let mut rows = past::seats_past(conn, who, now.plus(-days_kept * DAY), now)?;
    rows.retain(|row| row.booking.closes_at() >= now.plus(-days_kept * DAY));
    let past = rows.iter().map(|row| session_door::past_of(conn, row)).collect::<Result<_, _>>()?;
    let today = me.zone.date(now);
    let first = today.saturating_sub((DAYS_DRAWN - 1).days());
    let counted = past::days_since(conn, who, &first.to_string())?;
    let days = (0..DAYS_DRAWN)
        .map(|n| {
            let date = first.saturating_add(n.days());
            let count = counted.iter().find(|(day, _)| *day == date.to_string()).map_or(0, |(_, count)| *count);
            (date, count)
        })
        .collect();
    Ok(History { now, past, days_kept, totals: past::totals(conn, who)?, days, me })
}
