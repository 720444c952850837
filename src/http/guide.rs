//! The guide, for everybody.

use super::answer::{self, Answer};
use super::call::Call;
use super::{Web, routes};
use crate::actions::Fault;
use crate::domain::policy::Kind;
use crate::domain::refusal::Refusal;
use crate::page;
use crate::store::house;
use std::sync::Arc;

pub async fn page(web: &Arc<Web>, call: &Call) -> Answer {
    let found = web
        .read(|conn| {
            let kind: Kind = house::kind(conn)?;
            Ok::<_, Fault>((crate::actions::admin::house(conn)?, kind.defaults().history_days))
        })
        .await?;
    let (Some(house), days) = found else { return Err(Refusal::new("not_set_up", "This instance isn't set up yet.").into()) };
    let me = routes::signed_in(web, call).await;
    let fingerprint = (web.fingerprint)();
    Ok(answer::page(page::guide::page(me.as_ref(), &house, days, Some(&fingerprint))))
}
