//! The lists of people in a house with many: found by name, a page at a time, and back to where one was.

use super::house::House;
use super::visitor::{Ask, Visitor};
use alongside::domain::policy::Kind;

/// A school of 1 and 150: pupils 000 to 149.
async fn school() -> (House, Visitor) {
    let (house, ana) = House::founded(Kind::School).await;
    let list: String = (0..150).map(|n| format!("Pupil {n:03}\n")).collect();
    ana.post("/admin/members/list", &[("list", &format!("Name\n{list}")), ("make", "on")]).await.is(200);
    (house, ana)
}

#[tokio::test]
async fn a_long_list_comes_page_by_page_and_whoever_is_looked_for_is_found_on_any() {
    let (_house, ana) = school().await;
    for (path, last, beyond) in [("/people", "Pupil 059", "Pupil 060"), ("/admin/members", "Pupil 058", "Pupil 059")] {
        ana.get(path).await.says(last).says("</span>1 of 3").does_not_say(beyond);
        ana.get(&format!("{path}?page=2")).await.says(beyond).says("</span>2 of 3").does_not_say(last);
        ana.get(&format!("{path}?find=pupil+14")).await.says("Pupil 149").says("10 people").does_not_say("Pupil 015");
        ana.get(&format!("{path}?find=Zoe")).await.says("Nobody by “Zoe”").says("Show everybody");
        for odd in ["page=0", "page=-3", "page=x", "page=99999999999999999999", "find=%FF%00", "find=%3Cscript%3E"] {
            ana.get(&format!("{path}?{odd}")).await.is(200).does_not_say("<script>");
        }
    }
}

#[tokio::test]
async fn after_a_deed_on_a_later_page_one_is_back_there() {
    let (house, ana) = school().await;
    let id = house.count("SELECT id FROM member WHERE name = 'Pupil 100'").await;
    let from = "https://house.test:8443/people?find=pupil&page=2&note=noted";
    let done = ana.send(Ask::post(&format!("/people/{id}/favorite"), &[]).header("referer", from)).await;
    assert_eq!(done.leads_to(), "/people?note=noted&find=pupil&page=2");
    ana.get(done.leads_to()).await.says("A favorite of yours").says("</span>2 of 3");
    let elsewhere = "https://elsewhere.test/people?page=2";
    let done = ana.send(Ask::post(&format!("/people/{id}/clear"), &[]).header("referer", elsewhere)).await;
    assert_eq!(done.leads_to(), "/people?note=noted");
    let from = "https://house.test:8443/admin/members?page=3";
    let done = ana.send(Ask::post(&format!("/admin/members/{id}/pause"), &[]).header("referer", from)).await;
    assert_eq!(done.leads_to(), "/admin/members?note=done&page=3");
}
