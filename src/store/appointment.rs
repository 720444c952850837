//! Rows of `appointment` ("every Tuesday at 9:00"), `appointment_date` (what became of each date) and `holiday`.

use super::StoreError;
use super::booking::{length_of, wishes_of};
use super::orders::date_of;
use crate::domain::booking::{Length, Wishes};
use crate::domain::company::whom_word;
use crate::domain::id::{BookingId, GroupId, MemberId};
use crate::domain::matching::Whom;
use crate::domain::plan::{Holiday, Weekly};
use crate::domain::time::{Timestamp, Zone};
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

/// An appointment.
#[derive(Clone, Debug)]
pub struct AppointmentRow {
    pub id: i64,
    pub member: MemberId,
    /// With whom, if it is always the same person.
    pub partner: Option<MemberId>,
    pub agreed: bool,
    pub weekly: Weekly,
    pub length: Length,
    pub wishes: Wishes,
    /// Anyone, favorites first, or favorites only.
    pub whom: Whom,
    pub inside: Option<GroupId>,
    /// The date that is booked next.
    pub next_date: Date,
}

impl AppointmentRow {
    /// Who keeps it.
    pub fn people(&self) -> Vec<MemberId> {
        [Some(self.member), self.partner].into_iter().flatten().collect()
    }
}

macro_rules! appointments {
    ($which:literal) => {
        concat!(
            "SELECT id, member, partner, agreed_at IS NOT NULL, zone, weekday, minute, minutes,
                    task, quiet, camera_off_ok, mic_muted, sharing, title, whom, next_date, inside
             FROM appointment WHERE ended_at IS NULL AND ",
            $which
        )
    };
}

fn appointment_of(row: &Row<'_>) -> rusqlite::Result<AppointmentRow> {
    let partner = row.get::<_, Option<i64>>(2)?.map(MemberId);
    Ok(AppointmentRow {
        id: row.get(0)?,
        member: MemberId(row.get(1)?),
        partner,
        agreed: partner.is_none() || row.get(3)?,
        weekly: Weekly { zone: Zone::or_utc(row.get_ref(4)?.as_str()?), weekday: row.get(5)?, minute: row.get(6)? },
        length: length_of(row.get(7)?),
        wishes: wishes_of(row, 8)?,
        whom: match row.get_ref(14)?.as_str()? {
            "first" => Whom::FavoritesFirst,
            "favorites" => Whom::FavoritesOnly,
            _ => Whom::Anyone,
        },
        next_date: date_of(row.get_ref(15)?.as_str()?),
        inside: row.get::<_, Option<i64>>(16)?.map(GroupId),
    })
}

/// Makes an appointment; `at` is when its next date is to be booked, `None` until the partner has agreed.
pub fn appointment_insert(
    conn: &Connection,
    new: &AppointmentRow,
    at: Option<Timestamp>,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let wishes = &new.wishes;
    conn.prepare_cached(
        "INSERT INTO appointment (member, partner, zone, weekday, minute, minutes, task, quiet, camera_off_ok, mic_muted, sharing, title,
                                  whom, inside, next_date, next_at, made_at)
         VALUES (:member, :partner, :zone, :weekday, :minute, :minutes, :task, :quiet, :camera, :mic, :sharing, :title,
                 :whom, :inside, :date, :at, :now)",
    )?
    .execute(named_params! {
        ":member": new.member.0,
        ":partner": new.partner.map(|m| m.0),
        ":zone": new.weekly.zone.name(),
        ":weekday": new.weekly.weekday,
        ":minute": new.weekly.minute,
        ":minutes": new.length.minutes(),
        ":task": wishes.task.word(),
        ":quiet": wishes.quiet,
        ":camera": wishes.camera_off_ok,
        ":mic": wishes.mic_muted,
        ":sharing": wishes.sharing,
        ":title": wishes.title,
        ":whom": whom_word(new.whom),
        ":inside": new.inside.map(|g| g.0),
        ":date": new.next_date.to_string(),
        ":at": at.map(|t| t.0),
        ":now": now.0,
    })?;
    Ok(conn.last_insert_rowid())
}

/// One that has not ended.
pub fn appointment(conn: &Connection, id: i64) -> Result<Option<AppointmentRow>, StoreError> {
    Ok(conn.prepare_cached(appointments!("id = :id"))?.query_row(named_params! { ":id": id }, appointment_of).optional()?)
}

/// Those that a member keeps, proposed, or was proposed; by weekday and time.
pub fn appointments_of(conn: &Connection, member: MemberId) -> Result<Vec<AppointmentRow>, StoreError> {
    let mut query = conn.prepare_cached(appointments!("(member = :member OR partner = :member) ORDER BY weekday, minute, id"))?;
    let rows = query.query_map(named_params! { ":member": member.0 }, appointment_of)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Those of which a date is to be booked.
pub fn appointments_due(conn: &Connection, now: Timestamp, most: usize) -> Result<Vec<AppointmentRow>, StoreError> {
    let mut query = conn.prepare_cached(appointments!("next_at <= :now ORDER BY next_at, id LIMIT :most"))?;
    let rows =
        query.query_map(named_params! { ":now": now.0, ":most": most as i64 }, appointment_of)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// When a date is to be booked next.
pub fn next_booking(conn: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let at: Option<i64> =
        conn.prepare_cached("SELECT min(next_at) FROM appointment WHERE next_at IS NOT NULL")?.query_row([], |row| row.get(0))?;
    Ok(at.map(Timestamp))
}

/// Which date is booked next, and when.
pub fn appointment_next(conn: &Connection, id: i64, date: Date, at: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE appointment SET next_date = :date, next_at = :at WHERE id = :id")?
        .execute(named_params! { ":date": date.to_string(), ":at": at.0, ":id": id })?;
    Ok(())
}

/// The partner has agreed.
pub fn appointment_agree(conn: &Connection, id: i64, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE appointment SET agreed_at = :now WHERE id = :id")?
        .execute(named_params! { ":now": now.0, ":id": id })?;
    Ok(())
}

pub fn appointment_end(conn: &Connection, id: i64, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE appointment SET ended_at = :now, next_at = NULL WHERE id = :id")?
        .execute(named_params! { ":now": now.0, ":id": id })?;
    Ok(())
}

/// Keeps what became of a date for one of those who keep the appointment; no booking means that it was skipped.
pub fn date_put(conn: &Connection, id: i64, date: Date, member: MemberId, booking: Option<BookingId>) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT OR REPLACE INTO appointment_date (appointment, date, member, booking) VALUES (:id, :date, :member, :booking)",
    )?
    .execute(named_params! { ":id": id, ":date": date.to_string(), ":member": member.0, ":booking": booking.map(|b| b.0) })?;
    Ok(())
}

/// What became of a date for a member: `None` when it was not dealt with, `Some(None)` when it was skipped.
pub fn date(conn: &Connection, id: i64, date: Date, member: MemberId) -> Result<Option<Option<BookingId>>, StoreError> {
    Ok(conn
        .prepare_cached("SELECT booking FROM appointment_date WHERE appointment = :id AND date = :date AND member = :member")?
        .query_row(named_params! { ":id": id, ":date": date.to_string(), ":member": member.0 }, |row| {
            Ok(row.get::<_, Option<i64>>(0)?.map(BookingId))
        })
        .optional()?)
}

/// Forgets the dates from `first` on that were skipped, so that they may be booked after all.
pub fn dates_anew(conn: &Connection, id: i64, first: Date) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM appointment_date WHERE appointment = :id AND date >= :first AND booking IS NULL")?
        .execute(named_params! { ":id": id, ":first": first.to_string() })?;
    Ok(())
}

/// A booking that an appointment has made and that has not begun.
#[derive(Clone, Copy, Debug)]
pub struct Ahead {
    pub member: MemberId,
    pub date: Date,
    pub booking: BookingId,
    pub start: Timestamp,
}

/// Bookings of an appointment that have not begun, soonest first.
pub fn bookings_ahead(conn: &Connection, id: i64, now: Timestamp) -> Result<Vec<Ahead>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT d.member, d.date, d.booking, b.start FROM appointment_date d JOIN booking b ON b.id = d.booking
         WHERE d.appointment = :id AND b.cancelled_at IS NULL AND b.start > :now ORDER BY b.start, b.id",
    )?;
    let rows = query
        .query_map(named_params! { ":id": id, ":now": now.0 }, |row| {
            Ok(Ahead {
                member: MemberId(row.get(0)?),
                date: date_of(row.get_ref(1)?.as_str()?),
                booking: BookingId(row.get(2)?),
                start: Timestamp(row.get(3)?),
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

pub fn holiday(conn: &Connection, member: MemberId) -> Result<Option<Holiday>, StoreError> {
    Ok(conn
        .prepare_cached("SELECT first, last FROM holiday WHERE member = :member")?
        .query_row(named_params! { ":member": member.0 }, |row| {
            Ok(Holiday { first: date_of(row.get_ref(0)?.as_str()?), last: date_of(row.get_ref(1)?.as_str()?) })
        })
        .optional()?)
}

/// Sets a member's holiday, or takes it back with `None`.
pub fn holiday_set(conn: &Connection, member: MemberId, holiday: Option<Holiday>) -> Result<(), StoreError> {
    match holiday {
        Some(holiday) => {
            conn.prepare_cached("INSERT OR REPLACE INTO holiday (member, first, last) VALUES (:member, :first, :last)")?.execute(
                named_params! { ":member": member.0, ":first": holiday.first.to_string(), ":last": holiday.last.to_string() },
            )?
        }
        None => {
            conn.prepare_cached("DELETE FROM holiday WHERE member = :member")?.execute(named_params! { ":member": member.0 })?
        }
    };
    Ok(())
}

/// Deletes appointments that have ended, dates before `day`, and holidays that are over.
pub fn appointments_purge(conn: &Connection, before: Timestamp, day: Date) -> Result<(), StoreError> {
    conn.execute("DELETE FROM appointment WHERE ended_at < ?1", [before.0])?;
    conn.execute("DELETE FROM appointment_date WHERE date < ?1", [day.to_string()])?;
    conn.execute("DELETE FROM holiday WHERE last < ?1", [day.to_string()])?;
    Ok(())
}
