//! `glosse model`: models of which proposals are made, trained from corpora.

use super::{CliError, Outcome, Streams, table::count};
use crate::assist::tagger::{Options, Tagger, conll_examples, three_classes};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Model {
    #[command(subcommand)]
    command: ModelCommand,
}

#[derive(Debug, Subcommand)]
enum ModelCommand {
    /// Train a model for persons, places and organizations, as the bundled one was
    Build(Build),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Reads tokens with BIO tags in the last column, separated by tabs, a blank line between sentences. Types are \
                        taken as PER, LOC or ORG by their names; derived forms, parts of words and other types are left out."
)]
struct Build {
    /// Files to learn from, in CoNLL columns
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    from: Vec<PathBuf>,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The name that proposals give as their source
    #[arg(long, value_name = "NAME", default_value = "starter")]
    name: String,
    /// Leave out weights below this; more is smaller and a little worse
    #[arg(long, value_name = "WEIGHT", default_value_t = 0.02)]
    prune: f32,
    /// The same files and seed give the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) fn run(arguments: &Model, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let ModelCommand::Build(arguments) = &arguments.command;
    let mut examples = Vec::new();
    for path in &arguments.from {
        let text = std::fs::read_to_string(path).map_err(CliError::file(path, "read the corpus"))?;
        let read = conll_examples(&text, &three_classes);
        examples.extend(read.map_err(|error| CliError::usage(format!("{error}: {}", path.display())))?);
    }
    let options = Options { seed: arguments.seed, ..Options::careful() };
    let Some(mut tagger) = Tagger::train(&examples, &options, &|_| true) else {
        return Err(CliError::usage("training was stopped"));
    };
    tagger.name = arguments.name.as_str().into();
    let bytes = tagger.to_pruned_bytes(arguments.prune);
    std::fs::write(&arguments.out, &bytes).map_err(CliError::file(&arguments.out, "write the model"))?;
    let spans = examples.iter().map(|example| example.spans.len()).sum();
    writeln!(
        streams.output,
        "Learned from {}, {}; wrote {}.",
        count(examples.len(), "sentence"),
        count(spans, "span"),
        count(bytes.len(), "byte")
    )?;
    Ok(Outcome::Clean)
}
