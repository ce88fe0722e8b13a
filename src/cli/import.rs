//! `glosse import`: reads files into a project.

use super::{AnnotatorArgument, CliError, Outcome, Streams, format_named, table::count};
use crate::{format::folder::files_to_read, session::ImportRequest};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Import {
    /// The project folder
    project: PathBuf,
    /// Files and folders to read; of a folder every file that a format fits
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The files' format, as `glosse formats` lists it [default: recognized for each file]
    #[arg(long, short, value_name = "NAME")]
    format: Option<String>,
    #[command(flatten)]
    annotator: AnnotatorArgument,
    /// For CSV and JSON: the column or key that holds the text [default: found by its name]
    #[arg(long, value_name = "COLUMN")]
    text_column: Option<String>,
    /// The encoding of the files, such as windows-1252 [default: detected]
    #[arg(long, value_name = "LABEL")]
    encoding: Option<String>,
}

pub(super) fn run(arguments: Import, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let mut session = streams.open_to_change(&arguments.project, arguments.annotator.or_default()?)?;
    let chosen = arguments.format.as_deref().map(format_named).transpose()?;
    let files = files_to_read(&arguments.files, chosen)?.into_iter().map(|file| file.path).collect();
    let request = ImportRequest {
        files,
        format: arguments.format,
        annotator: None,
        text_column: arguments.text_column,
        encoding: arguments.encoding,
    };
    let report = session.import(&request)?;
    session.close()?;
    streams.print_notices(&mut session)?;
    for warning in &report.warnings {
        writeln!(streams.errors, "{warning} (warning)")?;
    }
    for failed in &report.failed {
        writeln!(streams.errors, "{failed} (not imported)")?;
    }
    for id in &report.articles {
        writeln!(streams.output, "{id}")?;
    }
    for id in &report.extended {
        writeln!(streams.output, "{id} (was there already)")?;
    }
    writeln!(
        streams.errors,
        "Imported {}, {} that were there already; {}, {}; {}; {} could not be read.",
        count(report.articles.len(), "new article"),
        report.extended.len(),
        count(report.spans, "span"),
        count(report.relations, "relation"),
        count(report.warnings.len(), "warning"),
        count(report.failed.len(), "file")
    )?;
    Ok(if report.failed.is_empty() { Outcome::Clean } else { Outcome::Findings })
}
