//! `glosse import`: reads files into a project.

use super::{
    AnnotatorArgument, CliError, Outcome, Streams, fold, format_named,
    streams::{ProgressLine, stop_on_interrupt},
    table::count,
};
use crate::{
    format::folder::files_to_read,
    model::{Name, Schema},
    session::{ImportProgress, ImportReport, ImportRequest, UnknownLabels, label_map, missing_labels},
};
use clap::Args;
use std::{path::PathBuf, sync::atomic::Ordering};

#[derive(Debug, Args)]
#[command(after_long_help = "\
With --as-suggestions what is read comes in for review, beside what is there: articles are found by their text, whatever its \
white space; what stands is not changed, the same is not suggested twice, and what was rejected or corrected at that place with \
that label does not come back. Labels that the schema does not have are left out and counted: --map gives them one that it has, \
--add-labels adds them to it. \
Scores are kept where the format has them. Texts that the project does not have become articles.

Without it, annotations that are there already, at the same place with the same label, are not added again, and labels that the \
schema does not have stay as they are, which `glosse check` names; --add-labels adds them to it, also of files that were imported \
before.

Articles of which the file does not say the language get the one that their words show, or the project's where that is not clear.

Files may be larger than the memory. Ctrl+C stops: what came in by then stays, and the same command passes over it and brings in \
the rest. Undo takes back all of one import.")]
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
    /// Bring annotations in as suggestions of an extractor [default NAME: as the file says, else its own name]
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    as_suggestions: Option<String>,
    /// Give a label another name, or leave it out with OLD=; can be repeated
    #[arg(long = "map", value_name = "OLD=NEW")]
    labels: Vec<String>,
    /// Print every warning, however many are alike
    #[arg(long)]
    all: bool,
    /// Add labels, relations and attributes that the schema does not have to it
    #[arg(long)]
    add_labels: bool,
}

pub(super) fn run(arguments: Import, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let labels = label_map(arguments.labels.iter().map(String::as_str));
    let labels = labels.map_err(|error| CliError::usage(format!("--map: {error}")))?;
    let mut session = streams.open_to_change(&arguments.project, arguments.annotator.or_default()?)?;
    let chosen = arguments.format.as_deref().map(format_named).transpose()?;
    let files = files_to_read(&arguments.files, chosen)?.into_iter().map(|file| file.path).collect();
    let request = ImportRequest {
        files,
        format: arguments.format,
        annotator: None,
        text_column: arguments.text_column,
        encoding: arguments.encoding,
        suggestions_of: arguments.as_suggestions.map(|name| name.as_str().into()),
        labels,
        unknown_labels: if arguments.add_labels { UnknownLabels::Add } else { UnknownLabels::Report },
    };
    let as_suggestions = request.suggestions_of.is_some();
    let stopped = stop_on_interrupt();
    let goes_on = || !stopped.load(Ordering::Relaxed);
    let mut line = ProgressLine::new();
    let report = session.import_watched(&request, &mut |progress| {
        let ImportProgress { articles, bytes, total } = progress;
        let megabytes = |bytes: u64| bytes / 1_000_000;
        let of = format!("{} of {} MB", megabytes(bytes), megabytes(total));
        line.show(&format!("importing: {}, {of}", count(articles, "article")), streams);
        goes_on()
    })?;
    // Whoever stops the import waits for the files, and may stop that too.
    stopped.store(false, Ordering::Relaxed);
    session.close_watched(&mut |done, total| {
        line.show(&format!("writing files: {done} of {}", count(total, "article")), streams);
        goes_on()
    })?;
    let files_are_left = !goes_on();
    line.clear(streams)?;
    streams.print_notices(&mut session)?;
    let warnings = report.warnings.iter();
    let warnings = warnings.map(|warning| (format!("{warning} (warning)"), warning.message.as_str()));
    fold::print(warnings, arguments.all, streams.errors)?;
    for failed in &report.failed {
        writeln!(streams.errors, "{failed} (not imported)")?;
    }
    print_labels_and_languages(&report, &session.project().schema, streams)?;
    for id in &report.articles {
        writeln!(streams.output, "{id}")?;
    }
    for id in &report.extended {
        writeln!(streams.output, "{id} (was there already)")?;
    }
    let mut known = String::new();
    if report.there > 0 {
        known += &format!("; {} there already and not added again", count(report.there, "annotation"));
    }
    if report.rejected > 0 {
        known += &format!("; {} rejected or corrected before and left out", count(report.rejected, "suggestion"));
    }
    writeln!(
        streams.errors,
        "Imported {}, {} that were there already; {}{}, {}{known}; {}; {} could not be read.",
        count(report.articles.len(), "new article"),
        report.extended.len(),
        if as_suggestions { "suggested " } else { "" },
        count(report.spans, "span"),
        count(report.relations, "relation"),
        count(report.warnings.len(), "warning"),
        count(report.failed.len(), "file")
    )?;
    if report.stopped {
        writeln!(streams.errors, "glosse: stopped; what came in stays, and the same command brings in the rest")?;
    }
    if files_are_left {
        writeln!(
            streams.errors,
            "glosse: the journal has everything; the next change of the project writes its files"
        )?;
    }
    Ok(if report.failed.is_empty() && !report.stopped { Outcome::Clean } else { Outcome::Findings })
}

/// What was added to the schema or is missing there, and the languages that were guessed.
fn print_labels_and_languages(
    report: &ImportReport,
    schema: &Schema,
    streams: &mut Streams<'_>,
) -> Result<(), CliError> {
    let list = |names: &[Name]| names.iter().map(|name| &**name).collect::<Vec<_>>().join(", ");
    if !report.added.is_empty() {
        writeln!(streams.errors, "added to the schema: {}", list(&report.added))?;
    }
    let missing = missing_labels::names(&report.missing(schema));
    if !missing.is_empty() {
        let names = list(&missing);
        writeln!(
            streams.errors,
            "the schema does not have: {names}; the same command with --add-labels adds them (note)"
        )?;
    }
    let mut languages: Vec<String> = report
        .guessed_languages
        .iter()
        .map(|(language, articles)| format!("{} as {language}", count(*articles, "article")))
        .collect();
    if report.project_language > 0 {
        languages.push(format!(
            "{} as the project's language, too short or not clear enough to tell",
            count(report.project_language, "article")
        ));
    }
    if !languages.is_empty() {
        writeln!(
            streams.errors,
            "language by the words, since the files do not say it: {} (note)",
            languages.join("; ")
        )?;
    }
    Ok(())
}
