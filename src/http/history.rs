//! The last days and the counts.

use super::answer::{self, Answer};
use super::call::Call;
use super::{Web, guard};
use crate::actions::history;
use crate::page;
use crate::page::layout::Notice;
use std::sync::Arc;

pub async fn page(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, now) = (guard::member(call)?, web.now());
    let view = web.read(move |conn| history::history(conn, who, now)).await?;
    let notice = call.head.ask("note").and_then(|note| match note.as_str() {
        "noted" => Some(Notice::good("Noted. We don't tell them.")),
        "reported" => Some(Notice::good("Thank you. Somebody will read it.")),
        _ => None,
    });
    Ok(answer::page(page::history::page(&view, notice.as_ref())))
}
