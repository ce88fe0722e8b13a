//! `glosse check`: everything that is wrong with a project.

use super::{CliError, Outcome, Streams, fold, table::count};
use crate::store::{self, Level, Notice};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "Looks at schema, offsets, covered texts, relations and journal. Prints one finding a line, \
                        `path:line: message`; of those that are alike, the first ten. Exit code 1 if there is any.\n\n\
                        With --json: a list of all, each with `level` (info, warning or error), `path`, `line` (from 1, or \
                        null) and `message`.")]
pub struct Check {
    /// The project folder
    project: PathBuf,
    /// Print every finding, however many are alike
    #[arg(long)]
    all: bool,
    /// Print JSON, with every finding
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Check, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let notices = store::check(&arguments.project)?;
    let findings = notices.iter().filter(|notice| notice.level > Level::Info);
    if arguments.json {
        let records: Vec<Value> = notices.iter().map(record).collect();
        writeln!(streams.output, "{:#}", Value::from(records))?;
    } else {
        let notes = notices.iter().filter(|notice| notice.level == Level::Info);
        let notes = notes.map(|notice| (format!("{notice} (note)"), notice.message.as_str()));
        fold::print(notes, arguments.all, streams.errors)?;
        let lines = findings.clone().map(|notice| (notice, notice.message.as_str()));
        fold::print(lines, arguments.all, streams.output)?;
    }
    let findings = findings.count();
    match findings {
        0 => writeln!(streams.errors, "Nothing is wrong.")?,
        number => writeln!(streams.errors, "{}.", count(number, "finding"))?,
    }
    Ok(if findings == 0 { Outcome::Clean } else { Outcome::Findings })
}

fn record(notice: &Notice) -> Value {
    let level = match notice.level {
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    json!({
        "level": level,
        "path": notice.path.display().to_string(),
        "line": notice.line,
        "message": notice.message,
    })
}
