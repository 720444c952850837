//! Newtypes for the row numbers that must never be mixed up.
//!
//! A booking and the seat that comes of it share one number: a seat is a booking while its session lives.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(
    /// A person with an account.
    MemberId
);
id!(
    /// A member's wish to work at a slot; also the number of the seat that comes of it.
    BookingId
);
id!(
    /// A set of seats that belong together.
    SessionId
);
id!(
    /// Members who share a purpose: a team, a class.
    GroupId
);
id!(
    /// A link that lets people become members.
    InviteId
);
id!(
    /// A line in the moderators' queue.
    ReportId
);
id!(
    /// A place for more than two people.
    RoomId
);
