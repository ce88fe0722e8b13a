//! `glosse check`: everything that is wrong with a project.

use super::{CliError, Outcome, Streams, table::count};
use crate::store::{self, Level};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "Looks at schema, offsets, covered texts, relations and journal. Prints one finding a line, \
                        `path:line: message`. Exit code 1 if there is any.")]
pub struct Check {
    /// The project folder
    project: PathBuf,
}

pub(super) fn run(arguments: &Check, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let notices = store::check(&arguments.project)?;
    let mut findings = 0;
    for notice in &notices {
        if notice.level == Level::Info {
            writeln!(streams.errors, "{notice} (note)")?;
        } else {
            findings += 1;
            writeln!(streams.output, "{notice}")?;
        }
    }
    match findings {
        0 => writeln!(streams.errors, "Nothing is wrong.")?,
        number => writeln!(streams.errors, "{}.", count(number, "finding"))?,
    }
    Ok(if findings == 0 { Outcome::Clean } else { Outcome::Findings })
}
