//! `glosse extractors`: the programs, services and models from outside that a project names, and how they are spoken to.

use super::{AnnotatorArgument, CliError, Outcome, Streams, table::Table};
use crate::{
    model::{Extractor, ExtractorKind},
    outside::PROTOCOL,
};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Extractors stand in the settings of `project.ron`; --protocol says how, and what they read and write. \
                        With --json: an array of objects with `name`, `kind`, `reaches`, `seconds`, `leaves_computer`."
)]
pub struct Extractors {
    /// The project folder; without one it is said how extractors are configured, as with --protocol
    project: Option<PathBuf>,
    /// Print how extractors are configured and what they read and write
    #[arg(long, conflicts_with_all = ["project", "json"])]
    protocol: bool,
    /// Print JSON
    #[arg(long, requires = "project")]
    json: bool,
    #[command(flatten)]
    annotator: AnnotatorArgument,
}

pub(super) fn run(arguments: &Extractors, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let Some(project) = arguments.project.as_deref().filter(|_| !arguments.protocol) else {
        writeln!(streams.output, "{}", PROTOCOL.trim_end())?;
        return Ok(Outcome::Clean);
    };
    let session = streams.open_to_read(project, arguments.annotator.or_default()?)?;
    let extractors = &session.project().settings.extractors;
    if arguments.json {
        let records: Vec<Value> = extractors.iter().map(record).collect();
        writeln!(streams.output, "{:#}", Value::Array(records))?;
        return Ok(Outcome::Clean);
    }
    if extractors.is_empty() {
        writeln!(streams.errors, "The project names no extractors; `glosse extractors --protocol` says how it can.")?;
        return Ok(Outcome::Clean);
    }
    let mut table = Table::new(&["name", "kind", "seconds", "texts go to", "reaches"]);
    for extractor in extractors {
        let goes_to = extractor.foreign_host().unwrap_or("this computer");
        let seconds = extractor.seconds.to_string();
        table.row([&*extractor.name, extractor.kind.as_str(), &seconds, goes_to, &reaches(extractor)]);
    }
    table.print(streams.output)?;
    Ok(Outcome::Clean)
}

/// The command line, address or file of an extractor.
fn reaches(extractor: &Extractor) -> String {
    match &extractor.kind {
        ExtractorKind::Process { command, arguments } => {
            std::iter::once(command).chain(arguments).map(String::as_str).collect::<Vec<_>>().join(" ")
        }
        ExtractorKind::Http { url, .. } => url.clone(),
        ExtractorKind::Onnx { model, .. } => model.clone(),
    }
}

fn record(extractor: &Extractor) -> Value {
    json!({
        "name": &*extractor.name,
        "kind": extractor.kind.as_str(),
        "reaches": reaches(extractor),
        "seconds": extractor.seconds,
        "leaves_computer": extractor.foreign_host().is_some(),
    })
}
