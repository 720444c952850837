//! From the start of the process to a server that answers, on a database that is already there.

use crate::client::{Ask, Door, Protocol};
use crate::seed::House;
use crate::server::Server;
use crate::table::{Table, quantile};
use std::path::Path;

pub async fn run(house: &House, dir: &Path, table: &mut Table) {
    let (mut said, mut answered) = (Vec::new(), Vec::new());
    // The first start makes the certificates and is not counted.
    Server::start(dir).await.stop().await;
    for _ in 0..house.size.starts {
        let server = Server::start(dir).await;
        let mut line = Door::new(dir, server.port, Protocol::Http1).open().await;
        let health = line.ask(Ask { path: "/healthz", accept: "*/*", ..Ask::default() }).await;
        answered.push(server.began.elapsed().as_secs_f64() * 1e3);
        assert_eq!(health.status, 200, "/healthz");
        said.push(server.ready.as_secs_f64() * 1e3);
        server.stop().await;
    }
    let beside = format!("worst {:.0}, “Ready on port” after {:.0}", quantile(&mut answered, 1.0), quantile(&mut said, 0.5));
    table.most("start to the first answer over TLS, median", "ms", 250.0, quantile(&mut answered, 0.5), &beside);
}
