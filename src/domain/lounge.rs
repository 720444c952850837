//! What somebody who sits alone may be offered, as actions say it and living sessions show it.

use super::id::{BookingId, SessionId};

/// With whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum With {
    /// With others who are alone too, all of them named: each says yes.
    Together(Vec<BookingId>),
    /// On the free chair of this pair, which may say "not now".
    Joins(SessionId),
}

/// Company for one booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub booking: BookingId,
    pub with: With,
    /// The others' names.
    pub names: Vec<String>,
}
