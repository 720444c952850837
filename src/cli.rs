//! The command line: `serve` (the default), `setup-link`, `admin recover`, `member reset-link`, `config`, `health`, `doctor`,
//! `bench`, `log`, `backup`, `restore`, `new-authority`, `install`, `uninstall`.
//!
//! A verb that changes something asks the running instance ([`crate::app::control`]), and works on the database itself only where
//! none is running. Whatever goes wrong is one sentence on standard error and an exit code that is not 0.
#![allow(clippy::print_stdout)]

mod authority;
mod backup;
mod bench;
mod config;
mod doctor;
mod health;
mod install;
mod links;
mod log;

use crate::app;
use crate::app::control::{self, Link};
use crate::config::{Config, DATA_DIR_VARIABLE, Written, keys, stopped_service};
use clap::{Args, CommandFactory, Parser, Subcommand};
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Where systemd says that a service's configuration is, and where the packages' is for verbs beside it.
const CONFIGURATION: &str = "CONFIGURATION_DIRECTORY";
const SERVICE_CONFIGURATION: &str = "/etc/alongside";

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
    /// Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]
    #[arg(long, value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,
    /// The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]
    #[arg(long, value_name = "N", global = true, value_parser = clap::value_parser!(u16))]
    port: Option<u16>,
    /// A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// A further host name under which people reach this machine; may be repeated
    #[arg(long = "name", value_name = "HOST", global = true)]
    names: Vec<String>,
    /// Says any key of the configuration; may be repeated. `config reference` tells them all
    #[arg(long = "set", value_name = "KEY=VALUE", global = true, value_parser = key_and_value)]
    set: Vec<(String, String)>,
    /// Lets a file shift the clock: for tests only
    #[arg(long, hide = true, global = true)]
    test_clock: bool,
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

impl From<Flags> for Written {
    fn from(flags: Flags) -> Self {
        let mut said = flags.set;
        said.extend(flags.port.map(|port| ("port".to_owned(), port.to_string())));
        said.extend(flags.names.into_iter().map(|name| ("names".to_owned(), name)));
        Self { data_dir: flags.data_dir, config: flags.config, said, test_clock: flags.test_clock }
    }
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
    /// Tells what is configured, and what could be
    Config {
        #[command(subcommand)]
        act: config::ConfigAct,
    },
    /// Says whether the instance answers
    Health,
    /// Makes a service of this program, on machines with systemd and without a package of it
    Install(install::Install),
    /// Ends that service and takes it away; the data stays
    Uninstall(install::Uninstall),
    /// Looks at everything and says what to do; ends with 0, 1 for a warning or 2 for a fault
    Doctor(doctor::Ask),
    /// Makes a backup of everything: database, authority, keys, configuration
    Backup(backup::BackupLine),
    /// Brings a backup back; what is there is kept beside it. The server must not be running
    Restore(backup::RestoreLine),
    /// Measures what this machine carries
    Bench {
        #[command(subcommand)]
        act: bench::BenchAct,
    },
    /// Changes how much the running server's log says
    Log {
        #[command(subcommand)]
        act: log::LogAct,
    },
    /// Lets the people who look after the instance in again
    Admin {
        #[command(subcommand)]
        act: AdminAct,
    },
    /// Sets the house's own certificate authority aside: the next start makes another, which every device must trust anew
    NewAuthority,
    /// Looks after one member
    Member {
        #[command(subcommand)]
        act: MemberAct,
    },
}

/// The whole command line as data, for the manual page and what completes words in shells.
pub fn definition() -> clap::Command {
    Line::command()
}

#[derive(Debug, Subcommand)]
enum AdminAct {
    /// Prints a link by which an admin chooses a new password; lets them in again where they were paused or no admin any more
    Recover {
        /// The display name; without one, the instance's only admin
        name: Option<String>,
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
    // Who asked for the doctor goes by the number: what can't even begin is a fault.
    let failure = if matches!(line.verb, Some(Verb::Doctor(_))) { ExitCode::from(2) } else { ExitCode::FAILURE };
    perform(line).unwrap_or_else(|sentence| {
        eprintln!("alongside: {sentence}");
        failure
    })
}

/// Prints lines; who stops reading (`| head`) has what they wanted.
fn say(text: &str) {
    let written = writeln!(std::io::stdout().lock(), "{text}");
    if let Err(error) = written
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        eprintln!("alongside: It could not be printed: {error}.");
    }
}

/// Refuses a variable that was meant to be a key's and is not.
fn strangers() -> Result<(), String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    match names.into_iter().find_map(|name| keys::meant(&name).map(|meant| (name, meant))) {
        Some((name, meant)) => Err(format!("There is no key {name:?} (in the environment). Did you mean `{meant}`?")),
        None => Ok(()),
    }
}

fn perform(line: Line) -> Result<ExitCode, String> {
    // Who names a directory means the instance in it, and not the service of this machine.
    let named = line.written.data_dir.is_some() || std::env::var_os(DATA_DIR_VARIABLE).is_some();
    let env = |name: &str| std::env::var_os(name);
    // Read by the verbs that need it: the others work whatever is configured.
    let written = Written::from(line.written);
    let config = || {
        strangers()?;
        let service = if named { None } else { control::service_data_dir().or_else(|| stopped_service(&env)) };
        let configured =
            |name: &str| env(name).or_else(|| (name == CONFIGURATION).then(|| OsString::from(SERVICE_CONFIGURATION)));
        match service {
            Some(dir) => Config::meant(Written { data_dir: Some(dir), ..written.clone() }, &configured),
            None => Config::meant(written.clone(), &env),
        }
    };
    let done = match line.verb.unwrap_or(Verb::Serve { demo: false }) {
        Verb::Doctor(ask) => return doctor::run(config()?, named, &ask),
        Verb::Serve { demo } => {
            strangers()?;
            app::serve(Config::meant(written.clone(), &env)?, demo)
        }
        Verb::Config { act } => {
            say(&config::said(&act, &config()?, named)?);
            Ok(())
        }
        Verb::Backup(line) => backup::backup(&config()?, &line),
        Verb::Restore(line) => backup::restore(&config()?, &line),
        Verb::Health => {
            say(&health::said(&config()?, named)?);
            Ok(())
        }
        Verb::Bench { act: bench::BenchAct::Media(wish) } => bench::media(&config()?, named, &wish),
        Verb::Log { act } => {
            say(&log::said(&config()?, named, &act)?);
            Ok(())
        }
        Verb::Install(wish) => install::goes_by_units(&written).and_then(|()| install::install(&wish)),
        Verb::Uninstall(wish) => install::goes_by_units(&written).and_then(|()| install::uninstall(&wish)),
        Verb::NewAuthority => {
            say(&authority::retired(&config()?)?);
            Ok(())
        }
        Verb::SetupLink => links::print(&config()?, named, Link::Setup, "Open one of these within 30 minutes:"),
        Verb::Admin { act: AdminAct::Recover { name } } => {
            let sentence = "Open one of these, choose a new password, and you are an admin. It works once, within a day:";
            links::print(&config()?, named, Link::Recover { name }, sentence)
        }
        Verb::Member { act: MemberAct::ResetLink { name } } => {
            let sentence = "Give one of these to the member; each works once, within a day:";
            links::print(&config()?, named, Link::Reset { name }, sentence)
        }
    };
    done.map(|()| ExitCode::SUCCESS)
}
