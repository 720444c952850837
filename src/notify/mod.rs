//! Notices to the outside. Here: the calendar file of a booking.

pub mod ics;
