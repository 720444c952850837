//! The real program as a service: started with sockets in its hands, watched, ended, and spoken to from the command line.
//!
//! [`manager`] plays the service manager. Waiting is always for a message: readiness is told, the end is waited for.
#![allow(clippy::unwrap_used)]

mod acme;
mod activation;
mod configuration;
mod control;
mod installing;
mod manager;
mod manual;
mod parts;
