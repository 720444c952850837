//! The rules of the house, pure: told the time, given the dice, knowing no socket, file, page or clock.

pub mod booking;
pub mod capacity;
pub mod company;
pub mod grid;
pub mod group;
pub mod health;
pub mod id;
pub mod keeper;
pub mod limit;
pub mod loudness;
pub mod lounge;
pub mod matching;
pub mod member;
pub mod nudge;
pub mod pins;
pub mod plan;
pub mod policy;
pub mod refusal;
pub mod roll;
pub mod room;
pub mod seat;
pub mod session;
pub mod texts;
pub mod time;
pub mod view;
pub mod week;
