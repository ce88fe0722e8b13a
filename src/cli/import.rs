//! `glosse import`: reads files into a project.

use super::{AnnotatorArgument, CliError, Outcome, Streams};
use crate::session::ImportRequest;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Import {
    /// The project folder
    project: PathBuf,
    /// Files and folders to read; of a folder every file in it
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
    let mut files = Vec::new();
    for path in arguments.files {
        if path.is_dir() {
            files.extend(files_in(&path)?);
        } else {
            files.push(path);
        }
    }
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
        "Imported {} articles, {} spans, {} relations; {} warnings; {} files could not be read.",
        report.articles.len(),
        report.spans,
        report.relations,
        report.warnings.len(),
        report.failed.len()
    )?;
    Ok(if report.failed.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

/// The files in a folder, by name, without hidden ones and without going deeper.
fn files_in(folder: &std::path::Path) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(CliError::file(folder, "look into the folder"))? {
        let path = entry.map_err(CliError::file(folder, "look into the folder"))?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_file() && !is_hidden {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
