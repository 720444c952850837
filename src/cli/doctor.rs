//! `alongside doctor`: the examination as text or as data, and an exit code that a script can go by.

use super::say;
use crate::app;
use crate::app::control::{self, Question};
use crate::clock::Clock;
use crate::config::Config;
use crate::doctor::{self, Patient, Server};
use crate::domain::health::{Finding, Level, Report};
use clap::Args;
use std::fmt::Write;
use std::process::ExitCode;

#[derive(Clone, Copy, Debug, Args)]
pub struct Ask {
    /// Says it as JSON
    #[arg(long)]
    json: bool,
    /// First mends what is safe to mend: a missing directory, files that others may read
    #[arg(long)]
    fix: bool,
}

/// Examines the instance of this configuration.
///
/// # Errors
/// Nothing of this user's is here, and the service of this machine answers others only.
pub fn run(config: Config, named: bool, ask: &Ask) -> Result<ExitCode, String> {
    if !named && !config.data_dir.exists() && control::ask(&config, named, &Question::Place).is_err() {
        return Err("The service of this machine is looked at by root: sudo alongside doctor".to_owned());
    }
    let (machine, clock) = (Clock::system(), Clock::system());
    if let Some(file) = &config.test_clock {
        clock.follow_once(file);
    }
    // What a page chose holds for who looks from beside as well.
    let config = app::front::as_chosen(config);
    let server = Server::of(&config);
    let port = if server == Server::Stopped { config.port } else { app::running_port(&config) };
    let patient = Patient { config, port, server, now: clock.now(), machine_now: machine.now() };
    let mended = if ask.fix { doctor::fix(&patient) } else { Vec::new() };
    let report = doctor::examine(&patient);
    if ask.json {
        say(&json(&report, &mended));
    } else {
        mended.iter().for_each(|line| say(line));
        say(text(&report).trim_end());
    }
    Ok(code(report.worst()))
}

fn code(worst: Level) -> ExitCode {
    ExitCode::from(match worst {
        Level::Fine | Level::Unseen => 0,
        Level::Warn => 1,
        Level::Fail => 2,
    })
}

fn json(report: &Report, mended: &[String]) -> String {
    let value = serde_json::json!({
        "version": report.version, "at": report.at, "worst": report.worst(), "mended": mended, "findings": report.findings,
    });
    format!("{value:#}")
}

fn text(report: &Report) -> String {
    let mut text = format!("Alongside {}\n\n", report.version);
    for finding in &report.findings {
        line(&mut text, finding);
    }
    let count = |level| report.count(level);
    let _ = writeln!(
        text,
        "\n{} looked at: {} well, {} not to be seen from here, {} to look after, {} wrong.",
        report.findings.len(),
        count(Level::Fine),
        count(Level::Unseen),
        count(Level::Warn),
        count(Level::Fail)
    );
    text
}

fn line(text: &mut String, finding: &Finding) {
    let mark = match finding.level {
        Level::Fine => "ok  ",
        Level::Unseen => "?   ",
        Level::Warn => "WARN",
        Level::Fail => "FAIL",
    };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  {mark}  {:<22}  {}: {}", finding.id, finding.title, finding.said);
    if let Some(fix) = &finding.fix {
        for (n, part) in fix.lines().enumerate() {
            let _ = writeln!(text, "        {:<22}  {} {part}", "", if n == 0 { "→" } else { " " });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::Check;
    use crate::domain::time::Timestamp;

    #[test]
    fn each_finding_is_a_line_with_its_id_and_below_it_what_to_do() {
        const DISK: Check = Check::new("data.room", "Room on the disk");
        let findings = vec![DISK.warn("1 MB of 2 GB are free.", "Make room")];
        let report = Report { at: Timestamp(5), version: "1.2.3", findings };
        let said = text(&report);
        assert!(said.contains("WARN  data.room") && said.contains("→ Make room") && said.contains("1 looked at: 0 well"));
        let data: serde_json::Value = serde_json::from_str(&json(&report, &[])).expect("JSON");
        assert_eq!((data["worst"].as_str(), data["findings"][0]["id"].as_str()), (Some("warn"), Some("data.room")));
    }
}
