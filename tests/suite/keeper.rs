//! The keeper's figures of company: summed up as sessions are counted, without a name, and never of a few people only.

use super::house::{House, at};
use super::live::Page;
use super::visitor::Visitor;
use alongside::actions::{Fault, figures};
use alongside::domain::keeper::Figure;
use alongside::store::keeper::figure_add;
use jiff::civil::date;

const TEN: &str = "2026-11-16T10:00";

/// Two who work together, one whose partner never comes, one whom nobody was free for, and one whose partner cancelled.
async fn a_morning(house: &House, ana: &Visitor) -> Vec<Visitor> {
    let mut people = Vec::new();
    for name in ["Ben", "Cleo", "Dai", "Eva", "Fay", "Gus"] {
        people.push(house.member(name).await);
    }
    let [ben, cleo, dai, eva, fay, gus] = people.as_slice() else { unreachable!() };
    let a = ana.books(at(TEN), 50).await;
    let b = ben.picks(a).await;
    let c = cleo.books(at(TEN).plus(-1800), 25).await;
    dai.picks(c).await;
    let e = eva.books(at(TEN).plus(5400), 25).await;
    let f = fay.books(at(TEN).plus(-900), 75).await;
    let g = gus.picks(f).await;
    gus.cancels(g).await;
    let mut pages = Vec::new();
    for (when, who, booking) in [(-1800, cleo, c), (-900, fay, f), (0, ana, a), (0, ben, b), (5400, eva, e)] {
        house.advance_to(at(TEN).plus(when - 30));
        house.settle().await;
        let mut page = Page::open(who, booking).await;
        page.sits().await;
        pages.push(page);
    }
    house.advance_to(at(TEN).plus(3 * 3600));
    house.settle().await;
    drop(pages);
    people
}

async fn sums(house: &House) -> String {
    house.word("SELECT group_concat(figure || ' ' || amount, ', ') FROM (SELECT * FROM company_week ORDER BY figure)").await
}

#[tokio::test]
async fn a_morning_is_summed_up_and_shown_to_the_keeper_alone() {
    let (house, ana) = House::new().await;
    let people = a_morning(&house, &ana).await;
    assert_eq!(
        sums(&house).await,
        "attended 5, in_company 2, minutes 225, minutes_alone 125, partner_cancelled 1, stranded 1, unmatched 2"
    );
    let shown = ana.get("/admin/company").await.is(200);
    shown.says("In the week from 16 November, 2 of 5 sessions had company.");
    // Nobody is told by name.
    for name in ["Ben", "Cleo", "Fay"] {
        shown.does_not_say(name);
    }
    people[0].get("/admin/company").await.is(403);
}

#[tokio::test]
async fn what_the_sums_came_from_is_deleted_and_the_sums_stay_for_half_a_year() {
    let (house, ana) = House::new().await;
    a_morning(&house, &ana).await;
    house.advance_to(at("2026-11-17T10:00"));
    house.settle().await;
    house.advance_to(at("2026-12-05T10:00"));
    house.settle().await;
    assert_eq!(house.count("SELECT count(*) FROM booking").await, 0);
    ana.get("/admin/company").await.is(200).says("2 of 5 sessions had company");
    house.advance_to(at("2027-06-20T10:00"));
    house.settle().await;
    assert_eq!(house.count("SELECT count(*) FROM company_week").await, 0);
}

#[tokio::test]
async fn a_week_of_four_people_is_shown_to_nobody() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    for (n, who) in [&ana, &ben, &cleo].into_iter().enumerate() {
        let booking = who.books(at(TEN).plus(n as i64 * 7200), 25).await;
        house.advance_to(at(TEN).plus(n as i64 * 7200 - 30));
        Page::open(who, booking).await.sits().await;
    }
    house.advance_to(at(TEN).plus(8 * 3600));
    house.settle().await;
    assert!(sums(&house).await.contains("attended 3"));
    ana.get("/admin/company")
        .await
        .is(200)
        .says("five different people")
        .does_not_say("sessions had company")
        .does_not_say("<table");
}

#[tokio::test]
async fn how_long_a_rematch_takes_is_told_of_weeks_with_enough_people_only() {
    let (house, _) = House::new().await;
    let sums =
        |people, rematches, seconds| [(Figure::People, people), (Figure::Rescued, rematches), (Figure::RescueSeconds, seconds)];
    let written: Result<(), Fault> = house
        .write(move |tx| {
            for (monday, week) in [(date(2026, 11, 2), sums(4, 3, 900)), (date(2026, 11, 9), sums(5, 2, 30))] {
                for (figure, amount) in week {
                    figure_add(tx.conn, monday, figure, amount)?;
                }
            }
            Ok(())
        })
        .await;
    written.unwrap();
    let now = house.now();
    let (figures, _) = house.read(move |conn| figures::figures(conn, now)).await;
    assert_eq!((figures.rematches, figures.rematch_s), (2, 30));
}

#[tokio::test]
async fn starts_where_people_gather_are_put_forward_by_one_button() {
    let (house, ana) = House::new().await;
    for name in ["Ben", "Cleo", "Dai", "Eva", "Fay", "Gus"] {
        house.member(name).await.books(at(TEN), 50).await;
    }
    house.advance_to(at("2026-11-17T09:00"));
    house.settle().await;
    ana.get("/admin/company").await.is(200).says("Where people gather").says("Monday 10:00");
    let ben = house.member("Hal").await;
    ben.post("/admin/company/gather", &[]).await.is(403);
    ana.post("/admin/company/gather", &[]).await.is(303);
    assert!(house.word("SELECT value FROM setting WHERE key = 'focus_hours'").await.contains("600"));
    ana.get("/admin/company").await.is(200).does_not_say("Monday 10:00");
}
