//! `health`: whether the instance answers, for whoever watches it from beside, such as a container's health check.

use crate::app::control::{self, Question, Reply};
use crate::config::Config;

/// Says where the running instance is.
///
/// # Errors
/// None is running, or it does not answer.
pub fn said(config: &Config, named: bool) -> Result<String, String> {
    match control::ask(config, named, &Question::Place)? {
        Some(Reply::Place { data_dir, port, version }) => {
            Ok(format!("Alongside {version} serves port {port}; its data is in {}.", data_dir.display()))
        }
        Some(Reply::Refused(sentence)) => Err(sentence),
        Some(_) => Err("The running server answered something else than was asked.".to_owned()),
        None => Err("No instance is running here.".to_owned()),
    }
}
