//! The guide, for everybody.

use super::answer::{self, Answer};
use super::call::Call;
use super::{Web, routes};
use crate::actions::Fault;
use crate::domain::policy::Kind;
use crate::domain::refusal::Refusal;
use crate::page;
use crate::page::guide::managers::Place;
use crate::store::house;
use data_encoding::BASE64;
use std::sync::Arc;

/// What device managers hand out, with this place's own address in it.
pub async fn managers(web: &Arc<Web>, call: &Call) -> Answer {
    let me = routes::signed_in(web, call).await;
    let (instance, origin) = (routes::instance(web).await, call.head.origin());
    let authority = (!super::trust::is_known(web, call)).then(|| BASE64.encode(&web.authority.der));
    let place = Place { instance: &instance, origin: &origin, authority: authority.as_deref() };
    Ok(answer::page(page::guide::managers::page(me.as_ref(), &place)))
}

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
