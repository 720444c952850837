//! The server is killed and started again: what was acknowledged is there, and one job's trouble is its own.

use super::house::{House, PASSWORD, at};
use super::live::Page;
use super::visitor::{Ask, Visitor};
use alongside::actions::Fault;
use alongside::domain::refusal::Refusal;
use alongside::store::{Connection, Store, StoreError};
use http_body_util::BodyExt;

const TEN: &str = "2026-11-16T10:00";

async fn sees_their_session(who: &Visitor, house: &House, booking: i64, phase: &str, partner: &str, goal: &str) {
    let who = who.before(house);
    let page = who.get(&format!("/session/{booking}")).await.is(200);
    page.says(&format!("data-phase=\"{phase}\"")).says(partner).says(goal);
    if phase != "closed" {
        let mut live = Page::named(&who, booking, "reloaded").await;
        let again = live.until_seat(booking, |_| true);
        drop(again);
        live.says(serde_json::json!({ "t": "media", "media": { "mic": true } })).await;
        let mine = live.until_seat(booking, |seat| seat["media"]["mic"] == true).await;
        assert_eq!(mine["sat"], true, "who sat is known to have sat");
        assert_eq!(mine["goals"][0]["text"], goal);
    }
}

#[tokio::test]
async fn killed_in_any_phase_both_are_back_in_their_session_with_goals_and_phase() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let (a, b) = (ana.books(at(TEN), 50).await, ben.books(at(TEN), 50).await);
    house.advance_to(at(TEN).plus(-300));
    for (who, booking, goal) in [(&ana, a, "Write the letter"), (&ben, b, "Mend the chair")] {
        let mut page = Page::open(who, booking).await;
        page.sits().await;
        page.means_to(&[goal]).await;
    }
    for (from_start, phase) in [(-200, "lobby"), (60, "goals"), (1200, "focus"), (3100, "wrap_up")] {
        house.advance_to(at(TEN).plus(from_start));
        let again = house.killed();
        sees_their_session(&ana, &again, a, phase, "Ben", "Write the letter").await;
        sees_their_session(&ben, &again, b, phase, "Ana", "Mend the chair").await;
    }
    house.advance_to(at(TEN).plus(4000));
    let again = house.killed();
    again.settle().await;
    assert_eq!(again.count("SELECT sum(sessions) FROM member").await, 2);
    ana.before(&again).get("/history").await.says("Write the letter").says("Ben");
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let (house, ana) = House::new().await;
    let fresh = house.visitor();
    ana.post("/admin/invites", &[("role", "member"), ("uses", "3"), ("days", "3")]).await.is(303);
    let token = house.word("SELECT token FROM invite").await;
    let form = [("name", "Ben"), ("password", PASSWORD), ("zone", "UTC"), ("rules", "on")];
    fresh.post(&format!("/join/{token}"), &form).await.is(303);
    let b = fresh.books(at(TEN), 50).await;
    let a = ana.picks(b).await;
    ana.does("/me/zone", &[("zone", "Europe/Lisbon")]).await;
    let cancelled = fresh.books(at("2026-11-16T15:00"), 50).await;
    fresh.cancels(cancelled).await;
    let again = house.killed();
    let (ana, ben) = (ana.before(&again), fresh.before(&again));
    ana.get(&format!("/session/{a}")).await.is(200).says("Session with Ben").says("Europe/Lisbon");
    ben.get(&format!("/session/{b}")).await.is(200).says("Session with Ana");
    ben.get(&format!("/session/{cancelled}")).await.is(404);
    assert_eq!(again.count("SELECT uses_left FROM invite").await, 2);
}

#[tokio::test]
async fn a_kill_at_any_moment_leaves_nothing_half_done() {
    let (house, ana) = House::new().await;
    let mut members = vec![ana];
    for n in 0..5 {
        members.push(house.member(&format!("Guest {n}")).await);
    }
    for round in 0..6 {
        let start = at(TEN).plus(round * 3600);
        let work = futures_util::future::join_all(members.iter().map(|who| async move { who.books(start, 50).await }));
        let look = async {
            for _ in 0..4 {
                tokio::task::yield_now().await;
                let again = house.killed();
                let odd = "SELECT count(*) FROM booking b WHERE alone <> ((SELECT count(*) FROM booking o WHERE o.session = b.session) <= 1)";
                assert_eq!(again.count(odd).await, 0);
                assert_eq!(again.word("PRAGMA integrity_check").await, "ok");
            }
        };
        let (_, ()) = tokio::join!(work, look);
    }
}

#[tokio::test]
async fn one_job_that_fails_undoes_itself_and_nothing_else_in_the_same_commit() {
    let (house, ana) = House::new().await;
    let store = house.web.store.clone();
    let name = |n: i64| format!("UPDATE member SET minutes = minutes + {n} WHERE id = 1");
    let jobs = (0..100).map(|n| {
        let (store, sql, now) = (store.clone(), name(1), house.now());
        async move {
            store
                .write::<(), Fault, _>(now, move |tx| {
                    tx.conn.execute_batch(&sql).map_err(StoreError::from)?;
                    match n % 4 {
                        1 => Err(Refusal::gone().into()),
                        2 => Err(tx.conn.execute_batch("UPDATE nowhere SET x = 1").map_err(StoreError::from).unwrap_err().into()),
                        _ => Ok(()),
                    }
                })
                .await
                .is_ok()
        }
    });
    let done = futures_util::future::join_all(jobs).await;
    assert_eq!(done.iter().filter(|ok| **ok).count(), 50);
    assert_eq!(house.count("SELECT minutes FROM member WHERE id = 1").await, 50);
    ana.get("/").await.is(200);
}

#[tokio::test]
async fn a_job_that_panics_answers_an_error_and_the_others_go_on() {
    let (house, ana) = House::new().await;
    let broken = house.write(|tx| -> Result<(), Fault> {
        tx.conn.execute_batch("DELETE FROM member").map_err(StoreError::from)?;
        std::panic::panic_any("on purpose")
    });
    let sound = house.write(|_| Ok(7));
    let (broken, sound) = tokio::join!(broken, sound);
    assert!(matches!(broken, Err(Fault::Store(StoreError::Stopped))));
    assert_eq!(sound.unwrap(), 7);
    let read: Result<(), Fault> = house.web.store.read(|_| std::panic::panic_any("on purpose")).await;
    assert!(read.is_err());
    for _ in 0..5 {
        ana.get("/").await.is(200);
    }
    assert_eq!(house.count("SELECT count(*) FROM member").await, 1);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_stop_what_it_asked_for() {
    let (house, ana) = House::new().await;
    {
        let mut booking = std::pin::pin!(ana.books(at(TEN), 50));
        // Asked once and dropped, as a browser that hangs up.
        let _ = futures_util::poll!(booking.as_mut());
    }
    ana.get("/readyz").await.is(200);
    let count = house.count("SELECT count(*) FROM booking").await;
    assert!(count <= 1);
    house.web.store.write::<(), Fault, _>(house.now(), |_| Ok(())).await.unwrap();
    assert_eq!(house.word("PRAGMA integrity_check").await, "ok");
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused_in_one_sentence() {
    let (house, _) = House::new().await;
    let again = house.killed();
    let file = again.dir.file();
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let refused = Store::open(&file).map(|_| ()).unwrap_err();
    assert!(refused.to_string().contains("written by a newer Alongside (format 99"), "{refused}");
    assert_eq!(refused.to_string().matches('\n').count(), 0);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let house = House::bare();
    let file = house.dir.file().with_file_name("letter.db");
    let text = "Dear diary, ".repeat(500);
    std::fs::write(&file, &text).unwrap();
    assert!(Store::open(&file).is_err());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    assert!(Store::open(&house.dir.file().with_file_name("no/such/place.db")).is_err());
}

#[tokio::test]
async fn opening_again_changes_nothing() {
    let (house, ana) = House::new().await;
    ana.books(at(TEN), 50).await;
    let mut last = house.killed();
    for _ in 0..3 {
        last = last.killed();
    }
    ana.before(&last).get("/").await.is(200).says("mine-1");
    assert_eq!(last.count("SELECT count(*) FROM member").await, 1);
}

#[tokio::test]
async fn after_a_graceful_end_the_file_is_whole_by_itself() {
    let dir = House::bare().dir;
    let file = dir.file().with_file_name("whole.db");
    for round in 1..=20_i64 {
        let store = Store::open(&file).unwrap();
        let wrote = store.write::<_, Fault, _>(alongside::domain::time::Timestamp(round), |tx| {
            Ok(alongside::store::past::job_ran(tx.conn, "round", tx.now)?)
        });
        wrote.await.unwrap();
        drop(store);
        assert!(!file.with_file_name("whole.db-wal").exists(), "round {round}");
        let kept: i64 = Connection::open(&file).unwrap().query_row("SELECT max(ran_at) FROM job", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, round);
    }
}

#[tokio::test]
async fn an_emptied_file_does_not_take_the_log_that_waits_with_it() {
    let (house, ana) = House::new().await;
    ana.books(at(TEN), 50).await;
    let (file, log) = (house.dir.file(), house.dir.file().with_extension("db-wal"));
    let copy = file.with_file_name("copy.db");
    std::fs::write(&copy, "").unwrap();
    std::fs::copy(&log, copy.with_extension("db-wal")).unwrap();
    let kept = std::fs::read(copy.with_extension("db-wal")).unwrap();
    assert!(!kept.is_empty());
    let refused = Store::open(&copy).map(|_| ()).unwrap_err();
    assert!(refused.to_string().contains("is damaged"), "{refused}");
    assert_eq!(std::fs::read(copy.with_extension("db-wal")).unwrap(), kept);
}

#[tokio::test]
async fn a_file_cut_off_beside_a_waiting_log_opens_only_when_the_log_holds_the_rest() {
    let (house, ana) = House::new().await;
    ana.books(at(TEN), 50).await;
    let (file, log) = (house.dir.file(), house.dir.file().with_extension("db-wal"));
    let copy = file.with_file_name("cut.db");
    let again = |length: u64, with_log: bool| {
        std::fs::copy(&file, &copy).unwrap();
        std::fs::OpenOptions::new().write(true).open(&copy).unwrap().set_len(length).unwrap();
        let _ = std::fs::remove_file(copy.with_extension("db-shm"));
        std::fs::write(copy.with_extension("db-wal"), if with_log { std::fs::read(&log).unwrap() } else { Vec::new() }).unwrap();
        Store::open(&copy).map(|store| store.path().to_owned()).map_err(|error| error.to_string())
    };
    let whole = std::fs::metadata(&file).unwrap().len();
    assert!(again(whole, true).is_ok());

    let checkpoint = Connection::open(&file).unwrap();
    checkpoint.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    ana.books(at("2026-11-17T10:00"), 50).await;
    let whole = std::fs::metadata(&file).unwrap().len();
    assert!(again(whole, true).is_ok());
    let cut = again(whole / 2 / 4096 * 4096, true).unwrap_err();
    assert!(cut.contains("is damaged"), "{cut}");
}

#[tokio::test]
async fn where_logins_cannot_be_read_nobody_is_told_to_sign_in() {
    let (house, ana) = House::new().await;
    let again = house.killed();
    Connection::open(again.dir.file()).unwrap().execute_batch("ALTER TABLE login RENAME TO torn").unwrap();
    let ana = ana.before(&again);
    for ask in [Ask::get("/"), Ask::post("/book", &[("start", "0"), ("minutes", "25")])] {
        let (parts, body) = ana.open(ask).await.into_parts();
        let text = body.collect().await.unwrap().to_bytes();
        assert_eq!(parts.status.as_u16(), 503);
        assert!(String::from_utf8_lossy(&text).contains("was saved before is safe"));
    }
    ana.get("/healthz").await.is(200);
}
