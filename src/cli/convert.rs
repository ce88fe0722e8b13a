//! `glosse convert`: from one format into another, without a project.

use super::{CliError, Outcome, Streams, export::Writing, fold, format_named, losses, table::count};
use crate::format::{
    ReadOptions,
    export::{ConvertJob, convert},
};
use clap::Args;
use jiff::Timestamp;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Convert {
    /// The file or folder to read
    input: PathBuf,
    /// The file or folder to write
    output: PathBuf,
    /// The input's format, as `glosse formats` lists it [default: recognized for each file]
    #[arg(long, value_name = "NAME")]
    from: Option<String>,
    /// The output's format
    #[arg(long, value_name = "NAME")]
    to: String,
    #[command(flatten)]
    writing: Writing,
    /// Write everything that the files do not hold into this file, as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// For CSV and JSON: the column or key that holds the text [default: found by its name]
    #[arg(long, value_name = "COLUMN")]
    text_column: Option<String>,
    /// The encoding of the input, such as windows-1252 [default: detected]
    #[arg(long, value_name = "LABEL")]
    encoding: Option<String>,
    /// Print every warning, however many are alike
    #[arg(long)]
    all: bool,
}

pub(super) fn run(arguments: &Convert, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let from = arguments.from.as_deref().map(format_named).transpose()?;
    let to = format_named(&arguments.to)?;
    let split = arguments.writing.split()?;
    arguments.writing.without_project()?;
    if !arguments.input.exists() {
        return Err(CliError::usage(format!("there is no file or folder: {}", arguments.input.display())));
    }
    if from.is_none() && arguments.input.join("project.ron").is_file() {
        let folder = arguments.input.display();
        let text =
            format!("{folder} is a project of Glosse: `glosse export {folder} --format {}` writes it", arguments.to);
        return Err(CliError::usage(text));
    }
    if let (Ok(input), Ok(output)) = (arguments.input.canonicalize(), arguments.output.canonicalize())
        && input == output
    {
        let text = format!("{} would be written over while it is read; write to another place", output.display());
        return Err(CliError::usage(text));
    }
    let read = ReadOptions {
        // The text goes through as it is.
        normalize_line_endings: false,
        text_column: arguments.text_column.clone(),
        encoding: arguments.encoding.clone(),
        default_language: String::new(),
        time: Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH),
    };
    let filter = arguments.writing.filter();
    let write = arguments.writing.options_of(to)?;
    let report = convert(&ConvertJob {
        inputs: std::slice::from_ref(&arguments.input),
        from,
        read: &read,
        target: &arguments.output,
        to,
        filter: &filter,
        split: split.as_ref(),
        write: &write,
        card: arguments.writing.card(),
    })?;
    let warnings = report.warnings.iter();
    let warnings = warnings.map(|warning| (format!("{warning} (warning)"), warning.message.as_str()));
    fold::print(warnings, arguments.all, streams.errors)?;
    let written = &report.written;
    let left_out = losses::left_out(&written.left_out);
    writeln!(
        streams.output,
        "Converted {}, {}, {}, {} to {}: {} annotations{}.",
        count(written.articles(), "article"),
        count(written.spans, "span"),
        count(written.relations, "relation"),
        count(written.document_labels, "document label"),
        to.info().name,
        losses::states(&filter),
        if left_out.is_empty() { String::new() } else { format!("; {left_out}") }
    )?;
    losses::print(&written.losses, streams)?;
    if let Some(path) = &arguments.report {
        let record = json!({
            "format": to.info().name,
            "parts": written.parts.iter().map(|(name, count)| json!({ "name": name, "articles": count })).collect::<Vec<_>>(),
            "files": written.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>(),
            "warnings": report.warnings.iter().map(|warning| json!({
                "file": warning.file,
                "line": warning.line,
                "message": warning.message,
            })).collect::<Vec<_>>(),
            "losses": losses::records(&written.losses, |_| None),
        });
        std::fs::write(path, format!("{record:#}\n")).map_err(CliError::file(path, "write the report"))?;
    }
    Ok(arguments.writing.outcome(written, report.warnings.len()))
}
