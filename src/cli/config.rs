//! `config check`, `config show` and `config reference`: what is written, what holds, and what could be.

use crate::app::{
    self,
    control::{self, Question, Reply},
};
use crate::config::{Config, listing, reference};
use crate::port::{Place, Trusted};
use crate::tls;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum ConfigAct {
    /// Says whether everything written is sound, and changes nothing. Another file is named by --config FILE
    Check,
    /// Prints every key with what holds in the running instance and where it was said; secrets are masked
    Show {
        /// Says it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Prints what every key means
    Reference,
}

/// What a configuration verb says. That there is a [`Config`] means that what was written is sound.
///
/// # Errors
/// The running instance does not answer.
pub fn said(act: &ConfigAct, config: &Config, named: bool) -> Result<String, String> {
    Ok(match act {
        ConfigAct::Check => {
            usable(config)?;
            checked(config)
        }
        ConfigAct::Show { json } => {
            let question = if *json { Question::ConfigurationAsData } else { Question::Configuration };
            match control::ask(config, named, &question)? {
                Some(Reply::Text(text)) => text,
                Some(Reply::Refused(sentence)) => return Err(sentence),
                _ if *json => control::data_of(config),
                _ => listing::listed(config),
            }
        }
        ConfigAct::Reference => reference::markdown().trim_end().to_owned(),
    })
}

/// What a start would stumble over, tried without starting: files that are named, and places to listen on.
fn usable(config: &Config) -> Result<(), String> {
    let trusted = Trusted::read(&config.proxy.trusted)?;
    config.proxy.listen.as_deref().map(|text| Place::read(text, &trusted)).transpose()?;
    if let (Some(certificate), Some(key)) = (&config.tls.certificate, &config.tls.key) {
        tls::try_own(certificate, key).map_err(|e| e.to_string())?;
    }
    config.acme.ca_file.as_deref().map_or(Ok(()), tls::acme::try_roots)?;
    let folder = config.backup.folder.as_deref();
    if let Some(file) = folder.filter(|folder| folder.exists() && !folder.is_dir()) {
        return Err(format!("backup.folder names {}, which is no folder.", file.display()));
    }
    Ok(())
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
