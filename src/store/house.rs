//! Settings of the instance (`setting`), a word and its text each.

use super::StoreError;
use crate::domain::policy::Kind;
use crate::domain::time::Zone;
use crate::domain::view::House;
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

/// The house as it was set up; `None` before that.
pub fn house(conn: &Connection) -> Result<Option<House>, StoreError> {
    let Some(name) = setting(conn, "name")? else { return Ok(None) };
    let number = |key: &str, usual: i64| -> Result<i64, StoreError> {
        Ok(setting(conn, key)?.and_then(|v| v.parse().ok()).unwrap_or(usual))
    };
    Ok(Some(House {
        name,
        zone: Zone::or_utc(&setting(conn, "zone")?.unwrap_or_default()),
        step: number("step", 15)?,
        focus_hours: setting(conn, "focus_hours")?.and_then(|v| serde_json::from_str(&v).ok()).unwrap_or_default(),
        rules: setting(conn, "rules")?.unwrap_or_default(),
        welcome: setting(conn, "welcome")?.unwrap_or_default(),
        rules_version: number("rules_version", 1)?,
    }))
}

pub fn house_put(conn: &Connection, house: &House) -> Result<(), StoreError> {
    setting_put(conn, "name", &house.name)?;
    setting_put(conn, "zone", house.zone.name())?;
    setting_put(conn, "step", &house.step.to_string())?;
    setting_put(conn, "focus_hours", &serde_json::to_string(&house.focus_hours).unwrap_or_default())?;
    setting_put(conn, "rules", &house.rules)?;
    setting_put(conn, "welcome", &house.welcome)?;
    setting_put(conn, "rules_version", &house.rules_version.to_string())
}

pub fn kind(conn: &Connection) -> Result<Kind, StoreError> {
    Ok(setting(conn, "kind")?.as_deref().and_then(Kind::from_word).unwrap_or_default())
}
