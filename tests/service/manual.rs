//! The manual page, the words that shells complete and the reference of the configuration are what the program says of itself.
//!
//! They are files, so that a package needs no step to make them. `ALONGSIDE_WRITE_MANUAL=1 cargo test --test service manual`
//! writes them anew.

use alongside::{cli, config};
use clap::{Arg, Command};
use clap_complete::Shell;
use std::io::Write;
use std::path::PathBuf;

fn kept(file: &str, made: &[u8]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("packaging/manual").join(file);
    if std::env::var_os("ALONGSIDE_WRITE_MANUAL").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, made).unwrap();
    }
    let there = std::fs::read(&path).unwrap_or_default();
    assert!(
        there == made,
        "{} is not what the program says: ALONGSIDE_WRITE_MANUAL=1 cargo test --test service manual",
        path.display()
    );
}

#[test]
fn the_reference_is_the_list_of_keys() {
    kept("configuration.md", config::reference::markdown().as_bytes());
}

#[test]
fn shells_complete_the_words_of_the_command_line() {
    for (shell, file) in [(Shell::Bash, "alongside.bash"), (Shell::Zsh, "_alongside"), (Shell::Fish, "alongside.fish")] {
        let mut made = Vec::new();
        clap_complete::generate(shell, &mut cli::definition(), "alongside", &mut made);
        kept(file, &made);
    }
}

#[test]
fn the_manual_page_tells_every_verb() {
    let mut command = cli::definition();
    command.build();
    let page = clap_mangen::Man::new(command.clone()).section("1").date("").manual("Alongside");
    let mut made = Vec::new();
    page.render_title(&mut made).unwrap();
    page.render_name_section(&mut made).unwrap();
    page.render_synopsis_section(&mut made).unwrap();
    page.render_description_section(&mut made).unwrap();
    writeln!(made, ".SH VERBS").unwrap();
    verbs("alongside", &command, &mut made);
    page.render_options_section(&mut made).unwrap();
    write!(made, "{FILES}").unwrap();
    kept("alongside.1", &made);
}

const FILES: &str = "\
.SH EXIT STATUS
0 when all went well, 1 when it did not, 2 when the line could not be read. \\fBalongside doctor\\fR ends with 0, 1 for a warning or 2 for a fault.
.SH ENVIRONMENT
.TP
ALONGSIDE_DATA_DIR, ALONGSIDE_CONFIG, ALONGSIDE_PORT and so on
Every key of the configuration has a name here; \\fBalongside config reference\\fR tells it.
.TP
ALONGSIDE_LOG
How much the server says on standard error: error, warn, info (as it comes), debug or trace, or parts such as alongside::tls=debug with commas between. Text on a terminal,
lines with their priority in systemd's journal, JSON elsewhere.
.SH FILES
.TP
/etc/alongside/alongside.toml
The configuration of the packages, if there is one; none is needed. \\fBalongside config reference\\fR tells every key.
.TP
/var/lib/alongside
The data of the packages: database, certificates, keys.
.TP
/run/alongside/control
Where verbs find the running server.
";

/// Verbs with what they do and their own options, deeper ones by their whole name.
fn verbs(before: &str, command: &Command, into: &mut Vec<u8>) {
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help" && !verb.is_hide_set()) {
        let name = format!("{before} {}", verb.get_name());
        if !verb.has_subcommands() || !verb.is_subcommand_required_set() {
            one(&name, verb, command, into);
        }
        verbs(&name, verb, into);
    }
}

/// `above` has the options that hold for all verbs below it.
fn one(name: &str, verb: &Command, above: &Command, into: &mut Vec<u8>) {
    let plain = |text: String| text.trim_end_matches('.').replace('-', "\\-");
    let mut line = format!("\\fB{}\\fR", plain(name.to_owned()));
    for word in verb.get_positionals() {
        let (open, shut) = if word.is_required_set() { ("", "") } else { ("[", "]") };
        line += &format!(" {open}\\fI{}\\fR{shut}", word.get_id().as_str().to_uppercase());
    }
    let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
    writeln!(into, ".TP\n{line}\n{}.", plain(about)).unwrap();
    let inherited = |option: &Arg| above.get_arguments().any(|other| other.get_id() == option.get_id());
    let own = |option: &&Arg| !option.is_positional() && !option.is_hide_set() && option.get_id() != "help" && !inherited(option);
    for option in verb.get_arguments().filter(own) {
        let value = if option.get_action().takes_values() { option.get_value_names().unwrap_or_default() } else { &[] };
        let value = value.iter().map(|name| format!(" \\fI{name}\\fR")).collect::<String>();
        let help = option.get_help().map(ToString::to_string).unwrap_or_default();
        let name = format!("--{}", option.get_long().unwrap_or_default());
        writeln!(into, ".RS\n.TP\n\\fB{}\\fR{value}\n{}.\n.RE", plain(name), plain(help)).unwrap();
    }
}
