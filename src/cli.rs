//! The command line: `serve` (the default), `setup-link`, `member reset-link`.
//!
//! A verb that changes something opens the database itself: SQLite lets it work beside a running server. Whatever goes
//! wrong is one sentence on standard error and an exit code that is not 0.
#![allow(clippy::print_stdout)]

use crate::app;
use crate::clock::Dice;
use crate::config::{Config, Written};
use crate::password::secret_hash;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// A private virtual-coworking server: book, be paired, work side by side.
#[derive(Debug, Parser)]
#[command(name = "alongside", version, about, max_term_width = 100)]
struct Line {
    #[command(flatten)]
    written: Flags,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Clone, Debug, Default, Args)]
struct Flags {
    /// Where everything is kept [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]
    #[arg(long, value_name = "DIR", env = "ALONGSIDE_DATA_DIR", global = true)]
    data_dir: Option<PathBuf>,
    /// The one port, TCP and UDP; 0 picks a free one and says which [default: 8443]
    #[arg(long, value_name = "N", env = "ALONGSIDE_PORT", global = true)]
    port: Option<u16>,
    /// A configuration file [default: alongside.toml in the configuration or data directory, if it is there]
    #[arg(long, value_name = "FILE", env = "ALONGSIDE_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// A further host name under which people reach this machine; may be repeated
    #[arg(long = "name", value_name = "HOST", global = true)]
    names: Vec<String>,
    /// Lets a file shift the clock: for tests only
    #[arg(long, hide = true, global = true)]
    test_clock: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Runs the server (also without any verb)
    Serve {
        /// Makes a throw-away instance with a few members and a session that starts in two minutes
        #[arg(long)]
        demo: bool,
    },
    /// Prints a fresh one-time setup link, good for 30 minutes
    SetupLink,
    /// Looks after one member
    Member {
        #[command(subcommand)]
        act: MemberAct,
    },
}

#[derive(Debug, Subcommand)]
enum MemberAct {
    /// Prints a link with which this member sets a new password, good for a day
    ResetLink {
        /// The display name
        name: String,
    },
}

/// Reads the line and does what it says.
pub fn run() -> ExitCode {
    let line = Line::parse();
    match perform(line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("alongside: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn perform(line: Line) -> Result<(), String> {
    let demo = matches!(line.verb, Some(Verb::Serve { demo: true }));
    let flags = line.written;
    let written = Written {
        data_dir: flags.data_dir,
        port: flags.port,
        config: flags.config,
        names: flags.names,
        test_clock: flags.test_clock,
    };
    let config = Config::meant(written, &|name| std::env::var_os(name))?;
    match line.verb {
        None | Some(Verb::Serve { .. }) => app::serve(config, demo),
        Some(Verb::SetupLink) => {
            let token = app::offline(&config, |tx| {
                let secret = Dice.word::<16>();
                crate::actions::set_up::link(tx, &secret_hash(&secret))?;
                Ok(secret)
            })?;
            print_links(&config, &format!("/setup?t={token}"), "Open one of these within 30 minutes:")
        }
        Some(Verb::Member { act: MemberAct::ResetLink { name } }) => {
            let token = app::offline(&config, move |tx| {
                let secret = Dice.word::<16>();
                let who = crate::actions::login::named(tx.conn, &name)?;
                crate::actions::login::reset_link(tx, None, who, &secret_hash(&secret))?;
                Ok(secret)
            })?;
            print_links(&config, &format!("/reset/{token}"), "Give one of these to the member; each works once, within a day:")
        }
    }
}

fn print_links(config: &Config, path: &str, sentence: &str) -> Result<(), String> {
    println!("{sentence}\n");
    for origin in app::origins(config, app::running_port(config)) {
        println!("  {origin}{path}");
    }
    Ok(())
}
