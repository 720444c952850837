//! `setup-link`, `admin recover` and `member reset-link`: a link that works once, made by the running instance, or on its database where none runs.

use super::say;
use crate::app::{self, control};
use crate::config::Config;
use control::{Link, Question, Reply};

/// Prints links below a sentence.
pub fn print(config: &Config, named: bool, link: Link, sentence: &str) -> Result<(), String> {
    let question = match &link {
        Link::Setup => Question::SetupLink,
        Link::Reset { name } => Question::ResetLink { name: name.clone() },
        Link::Recover { name } => Question::Recover { name: name.clone() },
    };
    let links = match control::ask(config, named, &question)? {
        Some(Reply::Links(links)) => links,
        Some(Reply::Refused(sentence)) => return Err(sentence),
        Some(_) => return Err("The running server answered something else than was asked.".to_owned()),
        None => {
            let path = app::offline(config, link)?;
            app::origins(config, app::running_port(config)).iter().map(|origin| format!("{origin}{path}")).collect()
        }
    };
    say(&format!("{sentence}\n"));
    links.iter().for_each(|link| say(&format!("  {link}")));
    Ok(())
}
