//! What the matcher promises, held against brute force and against pools that nobody sane would send.

mod brute;
mod lounge;
mod orders;
mod planner;
mod pools;
mod seating;
mod starting;
mod taste;
