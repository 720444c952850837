//! `bench media`: measures what this machine carries, and lets the instance keep it.

use super::say;
use crate::app::{self, control};
use crate::capacity;
use crate::config::Config;
use clap::{Args, Subcommand};
use control::{Question, Reply};

#[derive(Debug, Subcommand)]
pub enum BenchAct {
    /// Runs the relay and the media engine on loopback for some seconds and keeps what they carry, for the rule that says "full"
    Media(Wish),
}

#[derive(Debug, Args)]
pub struct Wish {
    /// Measures also while calls are under way
    #[arg(long)]
    anyway: bool,
    /// Prints the figures as JSON
    #[arg(long)]
    json: bool,
    /// Prints the figures and keeps nothing
    #[arg(long)]
    dry_run: bool,
}

/// Measures and keeps.
///
/// # Errors
/// One sentence.
pub fn media(config: &Config, named: bool, wish: &Wish) -> Result<(), String> {
    let runs = match control::ask(config, named, &Question::Quiet)? {
        Some(Reply::Refused(sentence)) if !wish.anyway => return Err(sentence),
        Some(_) => true,
        None => false,
    };
    let record = capacity::measure(&|line| eprintln!("{line}"))?;
    let carries = record.capacity;
    if wish.json {
        say(&serde_json::to_string(&record).map_err(|e| e.to_string())?);
    } else {
        say(&format!(
            "This machine ({}) carries about {} pairs by the relay, or {} people in rooms of four, or {} in rooms of sixteen.",
            record.processor,
            carries.relayed_calls(),
            carries.people_in_rooms(4),
            carries.people_in_rooms(16)
        ));
    }
    if wish.dry_run {
        return Ok(());
    }
    let kept = if runs { control::ask(config, named, &Question::Measured(record.clone()))? } else { None };
    let sentence = match kept {
        Some(Reply::Text(text)) => text,
        Some(Reply::Refused(sentence)) => return Err(sentence),
        Some(_) => return Err("The running server answered something else than was asked.".to_owned()),
        None => {
            app::alone(config, || record.write(&config.data_dir))?.map_err(|e| format!("The figures could not be kept: {e}."))?;
            format!("The figures are kept in {}; the next start uses them.", config.data_dir.join(capacity::FILE).display())
        }
    };
    eprintln!("{sentence}");
    Ok(())
}
