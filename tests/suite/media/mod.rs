//! The SFU's promises, kept in process: no sockets, a told clock, links that fail by a seed.

mod bandwidth;
mod browser_like;
mod calls;
mod client;
mod hostile;
mod world;
