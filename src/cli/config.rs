//! `config check`, `config show` and `config reference`: what is written, what holds, and what could be.

use crate::app::{
    self,
    control::{self, Question, Reply},
};
use crate::config::{Config, listing, reference};
use crate::tls;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum ConfigAct {
    /// Says whether everything written is sound, and changes nothing. Another file is named by --config FILE
    Check,
    /// Prints every key with what holds in the running instance and where it was said; secrets are masked
    Show,
    /// Prints what every key means
    Reference,
}

/// What a configuration verb says. That there is a [`Config`] means that what was written is sound.
///
/// # Errors
/// The running instance does not answer.
pub fn said(act: &ConfigAct, config: &Config, named: bool) -> Result<String, String> {
    Ok(match act {
        ConfigAct::Check => checked(config),
        ConfigAct::Show => match control::ask(config, named, &Question::Configuration)? {
            Some(Reply::Text(text)) => text,
            Some(Reply::Refused(sentence)) => return Err(sentence),
            _ => listing::listed(config),
        },
        ConfigAct::Reference => reference::markdown().trim_end().to_owned(),
    })
}

fn checked(config: &Config) -> String {
    let file = config.file.display();
    let read = if config.file.exists() { format!("{file} was read.") } else { format!("There is no {file}; none is needed.") };
    let sound = match config.pins.said.len() {
        0 => format!("Sound: nothing is written, so everything is as it comes. {read}"),
        1 => format!("Sound: 1 key is written. {read}"),
        n => format!("Sound: {n} keys are written. {read}"),
    };
    let (names, addresses) = app::subjects(config);
    let mut left_out =
        if config.tls.certificate.is_some() { Vec::new() } else { tls::left_out(&config.data_dir, &names, &addresses) };
    // Those have another authority.
    left_out.retain(|name| !config.acme.names.contains(name));
    if left_out.is_empty() {
        return sound;
    }
    format!("{sound}\nThe house's own authority does not vouch for {}: browsers warn who come that way.", left_out.join(", "))
}
