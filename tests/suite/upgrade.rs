//! Houses of every released format are opened by this program: nothing is lost, a copy from before is kept, strangers' tables stay.

use super::house::House;
use alongside::store::{Connection, Store, copy};
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
