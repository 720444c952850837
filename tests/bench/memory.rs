//! Resident memory at rest after a hundred people have logged in with their passwords and looked at their week.

use crate::client::{Ask, Door, Protocol};
use crate::seed::{House, PASSWORD};
use crate::server::Server;
use crate::table::Table;
use std::path::Path;
use std::time::Duration;

/// After this long every connection is closed and every thread for passwords gone.
const REST: Duration = Duration::from_secs(8);

pub async fn run(house: &House, dir: &Path, table: &mut Table) {
    let server = Server::start(dir).await;
    let fresh = server.memory();
    let door = Door::new(dir, server.port, Protocol::Http2);
    let names: Vec<String> = house.names.iter().take(house.size.logins).cloned().collect();
    let four = names.chunks(names.len().div_ceil(4)).map(|some| {
        let (door, some) = (door.clone(), some.to_vec());
        tokio::spawn(async move {
            for name in some {
                let mut line = door.open().await;
                let form = format!("who={}&password={}&next=%2F", name.replace(' ', "+"), PASSWORD.replace(' ', "+"));
                let answer = line.ask(Ask { path: "/login", accept: "text/html", form: Some(&form), ..Ask::default() }).await;
                assert_eq!(answer.status, 303, "a login");
            }
        })
    });
    for one in four.collect::<Vec<_>>() {
        one.await.expect("logins");
    }
    let mut line = door.open().await;
    for cookie in house.cookies.iter().take(house.size.logins) {
        let page = line.ask(Ask { path: "/", cookie, accept: "text/html", ..Ask::default() }).await;
        assert_eq!(page.status, 200, "a calendar");
    }
    drop(line);
    tokio::time::sleep(REST).await;
    let memory = server.memory();
    let beside = format!("{}, fresh {:.1} MiB", memory.said(), fresh.rss / 1024.0);
    let what = format!(
        "RSS with {} members and {} bookings, after {} logins and calendars, idle",
        house.size.members, house.size.bookings, house.size.logins
    );
    table.most(&what, "MiB", 32.0, memory.rss / 1024.0, &beside);
    server.stop().await;
}
