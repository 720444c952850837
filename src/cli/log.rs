//! `log more` and `log usual`: how much the running server's log says, changed while it runs.

use crate::app::control::{self, Question, Reply};
use crate::config::Config;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum LogAct {
    /// Says more for an hour, then as much as before by itself
    More,
    /// Says as much as usual again
    Usual,
}

/// Asks the running instance, and says what follows.
///
/// # Errors
/// None is running, or it refuses.
pub fn said(config: &Config, named: bool, act: &LogAct) -> Result<String, String> {
    match control::ask(config, named, &Question::Log { more: matches!(act, LogAct::More) })? {
        Some(Reply::Text(text)) => Ok(text),
        Some(Reply::Refused(sentence)) => Err(sentence),
        Some(_) => Err("The running server answered something else than was asked.".to_owned()),
        None => Err("No instance is running here; ALONGSIDE_LOG=debug says more from its start on.".to_owned()),
    }
}
