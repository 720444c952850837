//! Settings of the instance (`setting`), a word and its text each.

use super::StoreError;
use crate::domain::booking::Lengths;
use crate::domain::hours::Hours;
use crate::domain::policy::Kind;
use crate::domain::time::Zone;
use crate::domain::view::House;
use crate::domain::way_in::{Choice, Opening};
use rusqlite::{Connection, OptionalExtension, named_params};

pub fn setting(conn: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    Ok(conn
        .prepare_cached("SELECT value FROM setting WHERE key = :key")?
        .query_row(named_params! { ":key": key }, |row| row.get(0))
        .optional()?)
}

pub fn setting_put(conn: &Connection, key: &str, value: &str) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO setting (key, value) VALUES (:key, :value) ON CONFLICT DO UPDATE SET value = excluded.value",
    )?
    .execute(named_params! { ":key": key, ":value": value })?;
    Ok(())
}

/// The house as it was set up; `None` before that. One query: every page asks.
pub fn house(conn: &Connection) -> Result<Option<House>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT key, value FROM setting
         WHERE key IN ('name', 'zone', 'step', 'lengths', 'focus_hours', 'opening', 'rules', 'welcome', 'rules_version')",
    )?;
    let (name, rules, welcome) = <(String, String, String)>::default();
    let (focus_hours, hours) = (Vec::new(), Hours::default());
    let mut house = House {
        name,
        zone: Zone::utc(),
        step: 15,
        lengths: Lengths::default(),
        focus_hours,
        hours,
        rules,
        welcome,
        rules_version: 1,
    };
    let mut named = false;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (key, value) = (row.get_ref(0)?, row.get_ref(1)?);
        let value = value.as_str().unwrap_or_default();
        match key.as_str().unwrap_or_default() {
            "name" => (named, house.name) = (true, value.to_owned()),
            "zone" => house.zone = Zone::or_utc(value),
            "step" => house.step = value.parse().unwrap_or(house.step),
            "lengths" => house.lengths = serde_json::from_str(value).unwrap_or_default(),
            "focus_hours" => house.focus_hours = serde_json::from_str(value).unwrap_or_default(),
            "opening" => house.hours = serde_json::from_str(value).unwrap_or_default(),
            "rules" => house.rules = value.to_owned(),
            "welcome" => house.welcome = value.to_owned(),
            "rules_version" => house.rules_version = value.parse().unwrap_or(house.rules_version),
            _ => {}
        }
    }
    Ok(named.then_some(house))
}

/// The opening hours and the house's zone alone; `None` where it is always open.
pub fn opening(conn: &Connection) -> Result<Option<(Hours, Zone)>, StoreError> {
    let hours: Option<Hours> = setting(conn, "opening")?.and_then(|text| serde_json::from_str(&text).ok());
    let Some(hours) = hours.filter(|hours| !hours.is_always()) else { return Ok(None) };
    Ok(Some((hours, Zone::or_utc(&setting(conn, "zone")?.unwrap_or_default()))))
}

pub fn opening_put(conn: &Connection, hours: &Hours) -> Result<(), StoreError> {
    setting_put(conn, "opening", &serde_json::to_string(hours).unwrap_or_default())
}

/// The grid's step alone, in minutes.
pub fn step(conn: &Connection) -> Result<Option<i64>, StoreError> {
    Ok(setting(conn, "step")?.and_then(|step| step.parse().ok()))
}

pub fn house_put(conn: &Connection, house: &House) -> Result<(), StoreError> {
    setting_put(conn, "name", &house.name)?;
    setting_put(conn, "zone", house.zone.name())?;
    setting_put(conn, "step", &house.step.to_string())?;
    setting_put(conn, "lengths", &serde_json::to_string(&house.lengths).unwrap_or_default())?;
    setting_put(conn, "focus_hours", &serde_json::to_string(&house.focus_hours).unwrap_or_default())?;
    setting_put(conn, "rules", &house.rules)?;
    setting_put(conn, "welcome", &house.welcome)?;
    setting_put(conn, "rules_version", &house.rules_version.to_string())
}

/// From where people come, as a page chose it.
pub fn choice(conn: &Connection) -> Result<Choice, StoreError> {
    let said = |key: &str| Ok::<_, StoreError>(setting(conn, key)?.filter(|text| !text.is_empty()));
    let opening = said("way_in")?.as_deref().and_then(Opening::from_word).unwrap_or_default();
    let maps = said("way_in_router")?.as_deref() == Some("asked");
    Ok(Choice { opening, name: said("way_in_name")?, contact: said("way_in_contact")?, maps })
}

pub fn choice_put(conn: &Connection, choice: &Choice) -> Result<(), StoreError> {
    setting_put(conn, "way_in", choice.opening.word())?;
    setting_put(conn, "way_in_name", choice.name.as_deref().unwrap_or_default())?;
    setting_put(conn, "way_in_contact", choice.contact.as_deref().unwrap_or_default())?;
    setting_put(conn, "way_in_router", if choice.maps { "asked" } else { "left alone" })
}

/// Whether this server answers to the machine's name in its own network; it does where nobody has switched it off.
pub fn answers_to_name(conn: &Connection) -> Result<bool, StoreError> {
    Ok(setting(conn, "lan_name")?.as_deref() != Some("off"))
}

pub fn answers_to_name_put(conn: &Connection, answers: bool) -> Result<(), StoreError> {
    setting_put(conn, "lan_name", if answers { "on" } else { "off" })
}

pub fn kind(conn: &Connection) -> Result<Kind, StoreError> {
    Ok(setting(conn, "kind")?.as_deref().and_then(Kind::from_word).unwrap_or_default())
}
