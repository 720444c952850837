//! Sentences in the page: said once, read on the calendar, put away by the member or when they are over.

use super::{Effects, Fault};
use crate::domain::id::MemberId;
use crate::store::Tx;
use crate::store::notice::{self, NewNotice};

/// Tells a member something, on the calendar.
pub(super) fn say(tx: &Tx<'_>, new: &NewNotice<'_>, effects: &mut Effects) -> Result<(), Fault> {
    notice::notice_insert(tx.conn, new, tx.now)?;
    super::push_new(&mut effects.members, new.member);
    Ok(())
}

/// Puts one of my notices away; one that is gone already is no trouble.
///
/// # Errors
/// Only those of the store.
pub fn put_away(tx: &Tx<'_>, who: MemberId, id: i64) -> Result<Effects, Fault> {
    notice::notice_delete(tx.conn, who, id)?;
    Ok(Effects { members: vec![who], ..Effects::default() })
}
