//! Houses of every released format are opened by this program: nothing is lost, a copy from before is kept, strangers' tables stay.

use super::house::House;
use alongside::actions::upgrade;
use alongside::store::{Connection, Store, copy, house as house_store};
use std::path::{Path, PathBuf};

/// Every format that was ever released, as it was left.
const FIXTURES: &[(i64, &str)] = &[
    (1, include_str!("../fixtures/schema_1.sql")),
    (2, include_str!("../fixtures/schema_2.sql")),
    (3, include_str!("../fixtures/schema_3.sql")),
    (6, include_str!("../fixtures/schema_6.sql")),
    (7, include_str!("../fixtures/schema_7.sql")),
];

fn laid_out(text: &str) -> (House, PathBuf) {
    // A directory of its own, gone with the house.
    let house = House::at("2026-11-22T09:00");
    let file = house.dir.file().with_file_name("old.db");
    Connection::open(&file).unwrap().execute_batch(text).unwrap();
    (house, file)
}

fn count(file: &Path, sql: &str) -> i64 {
    Connection::open(file).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn every_format_that_was_released_is_upgraded_and_keeps_what_was_in_it() {
    for (format, text) in FIXTURES {
        let (_house, file) = laid_out(text);
        drop(Store::open(&file).unwrap_or_else(|error| panic!("format {format}: {error}")));
        let found = copy::look_through(&file).unwrap();
        assert_eq!((found.name.as_str(), found.members, found.bookings), ("Maple Street", 2, 3));
        assert_eq!(count(&file, "SELECT count(*) FROM goal"), 2);
        assert_eq!(count(&file, "SELECT count(*) FROM relation"), 1);
        let newest = found.format;
        let kept = file.with_extension(format!("before-upgrade-from-{format}.db"));
        assert_eq!(kept.exists(), *format < newest, "a copy from before, where there was something to upgrade");
        if kept.exists() {
            assert_eq!(copy::look_through(&kept).unwrap().format, *format);
        }
    }
}

#[tokio::test]
async fn what_comes_out_of_an_old_house_has_the_same_form_as_a_fresh_one() {
    let form = |file: &Path| -> Vec<String> {
        let conn = Connection::open(file).unwrap();
        let mut all =
            conn.prepare("SELECT type || ' ' || name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 1").unwrap();
        all.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    for (_, text) in FIXTURES {
        let (house, file) = laid_out(text);
        drop(Store::open(&file).unwrap());
        assert_eq!(form(&file), form(&house.dir.file()));
    }
}

#[tokio::test]
async fn tables_of_other_programs_are_left_alone() {
    for (_, text) in FIXTURES {
        let (_house, file) = laid_out(text);
        let theirs =
            "CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER); INSERT INTO _litestream_seq VALUES (1, 7);
                      CREATE TABLE _litestream_lock (id INTEGER);";
        Connection::open(&file).unwrap().execute_batch(theirs).unwrap();
        drop(Store::open(&file).unwrap());
        assert_eq!(count(&file, "SELECT seq FROM _litestream_seq"), 7);
    }
}

#[tokio::test]
async fn a_newer_database_is_refused_by_a_sentence_that_names_the_copy_from_before() {
    let (_house, file) = laid_out(FIXTURES[0].1);
    drop(Store::open(&file).unwrap());
    let newest = count(&file, "PRAGMA user_version");
    if newest > 1 {
        Connection::open(&file).unwrap().pragma_update(None, "user_version", newest + 1).unwrap();
        let refused = Store::open(&file).map(|_| ()).unwrap_err().to_string();
        assert!(refused.contains("newer Alongside") && refused.contains("old.before-upgrade-from-1.db"), "{refused}");
        assert_eq!(count(&file, "PRAGMA user_version"), newest + 1, "nothing was changed");
    }
}

/// What an admin reads on the calendar of this house.
async fn says_so(visitor: &super::visitor::Visitor) -> bool {
    visitor.get("/").await.is(200).text.contains("Alongside was upgraded here")
}

#[tokio::test]
async fn after_an_upgrade_each_admin_is_told_once_with_the_way_to_what_is_new() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let started = |version: &'static str| house.write(move |tx| upgrade::started(tx, version));
    started(env!("CARGO_PKG_VERSION")).await.unwrap();
    assert!(!says_so(&ana).await, "a house that this version has founded is told of none");
    started("77.0.0").await.unwrap();
    started("77.0.0").await.unwrap();
    let page = ana.get("/").await;
    assert_eq!(page.text.matches("Alongside was upgraded here, to version 77.0.0").count(), 1);
    assert!(page.text.contains(r#"href="/about/news""#) && !says_so(&ben).await);
    let notice = house.count("SELECT id FROM notice").await;
    ana.does(&format!("/notice/{notice}/away"), &[]).await;
    started("77.0.0").await.unwrap();
    assert!(!says_so(&ana).await, "it is said once");
    started("76.0.0").await.unwrap();
    assert!(!says_so(&ana).await, "who goes back is told of nothing new");
}

#[tokio::test]
async fn what_is_new_and_every_part_with_its_licence_are_pages_that_the_about_page_leads_to() {
    let (house, ana) = House::new().await;
    let about = house.visitor().get("/about").await.is(200);
    assert!(about.text.contains(r#"href="/about/news""#) && about.text.contains(r#"href="/about/parts""#));
    // From a version that nobody wrote down: all of the one that runs.
    house.write(|tx| Ok(house_store::setting_put(tx.conn, "version_before", "")?)).await.unwrap();
    ana.get("/about/news").await.is(200).says("runs here");
    let parts = house.visitor().get("/about/parts").await.is(200);
    assert!(parts.text.contains("<td>rustls</td>") && parts.text.contains("Apache-2.0"));
    house.visitor().get("/about/sbom.json").await.is(200).says("CycloneDX");
}
