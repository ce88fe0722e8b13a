//! `glosse entities import`: a local knowledge base becomes entities of the project.

use super::super::{CliError, Outcome, Streams, annotator::default_annotator};
use crate::{
    format::knowledge::{Kinds, KnowledgeFormat, KnowledgeOptions},
    model::ArticleId,
    session::knowledge::KnowledgePlan,
};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
FILE may be packed by gzip. `tsv`: the first line names the columns, among them `name`, and if there are any `id`, `aliases` \
(with | between them), `label`, `description`. `wikidata`: an entity in each line, as in the JSON dumps; `skos-xml` and \
`skos-turtle`: concepts with prefLabel, altLabel, definition.\n\n\
An entity with the same outside id gets the names that it does not have; one made by hand with the same name and kind gets the \
id. So a second import of one file changes nothing. All is one step that `undo` takes back. What can not be used is told with \
its line, and the exit code is 1.")]
pub(super) struct Import {
    /// The project folder
    project: PathBuf,
    /// The knowledge base
    file: PathBuf,
    /// Its format: tsv, wikidata, skos-xml or skos-turtle [default: by the ending of its name]
    #[arg(long, short, value_name = "NAME")]
    format: Option<String>,
    /// Language of names and notes, as de or en; can be repeated, the first that there is gives the name [default: that of the
    /// project, then en]
    #[arg(long, short, value_name = "TAG")]
    language: Vec<String>,
    /// Name for ids that are none of Wikidata
    #[arg(long, value_name = "NAME", default_value = "")]
    scheme: String,
    /// Label for things of a class, as Q5=PER; can be repeated and goes before the usual ones
    #[arg(long, value_name = "CLASS=LABEL")]
    kind: Vec<String>,
}

pub(super) fn run(arguments: &Import, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let format = match &arguments.format {
        None => None,
        Some(name) => Some(KnowledgeFormat::parse(name).ok_or_else(|| {
            let known = KnowledgeFormat::ALL.map(KnowledgeFormat::as_str).join(", ");
            CliError::usage(format!("--format: there is no format {name:?} of knowledge bases; there are {known}"))
        })?),
    };
    let mut session = streams.open_to_change(&arguments.project, default_annotator()?)?;
    let project = session.project();
    let kinds = Kinds::new(&project.schema, &arguments.kind);
    let options = KnowledgeOptions {
        languages: match arguments.language.as_slice() {
            [] => vec![project.settings.default_language.clone(), "en".to_owned()],
            chosen => chosen.to_vec(),
        },
        scheme: arguments.scheme.clone(),
        kinds: kinds.map_err(|error| CliError::usage(format!("--kind: {error}")))?,
    };
    let plan = KnowledgePlan::read(&arguments.file, format, &options, &project.entities, &|_| true)
        .map_err(|error| CliError::usage(format!("{}: {error}", arguments.file.display())))?;
    for warning in &plan.warnings {
        writeln!(streams.errors, "{}: {warning}", arguments.file.display())?;
    }
    if !plan.is_empty() {
        let title = format!("Import entities of {}", arguments.file.file_name().unwrap_or_default().to_string_lossy());
        session.edit(&ArticleId::new(""), title, |draft| Ok(plan.carry_out(draft)?))?;
    }
    session.close()?;
    let joined = match plan.joined {
        0 => String::new(),
        count => format!(" ({count} known by name)"),
    };
    let KnowledgePlan { read, added, updated, .. } = plan;
    writeln!(streams.output, "{read} read, {added} added, {updated} updated{joined}")?;
    Ok(if plan.warnings.is_empty() { Outcome::Clean } else { Outcome::Findings })
}
