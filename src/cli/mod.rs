//! Every job without a window: each command is a file here, and [`run`] leads to it.
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0, also with warnings; 1 for findings (something
//! is wrong or was refused; with `--strict` also losses, and in `convert` warnings); 2 for wrong use or a project that can not be read.

mod annotator;
mod apply;
mod check;
mod convert;
mod entities;
mod error;
mod evaluate;
mod evaluate_record;
mod export;
mod extractors;
mod find;
mod fold;
mod formats;
mod import;
mod losses;
mod model;
mod new;
mod render;
mod stats;
mod stats_suggestions;
mod streams;
mod suggest;
mod suggest_outside;
mod table;
mod train;
mod window;

pub use annotator::default_annotator;
pub use apply::carry_out;
pub use error::CliError;
pub use render::{DrawPicture, PictureFormat};
pub use window::{no_window, no_window_reason};

use crate::format::{Format, registry};
use annotator::AnnotatorArgument;
use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};
use streams::{Streams, one_article};

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "glosse", version, about = "Label text: spans, relations, events and entities, offline", long_about = None)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = false)]
#[command(after_help = "Exit codes: 0 all well, 1 findings, 2 wrong use or unreadable project.")]
pub struct Arguments {
    /// The project folder to open in the window; the last one if none is given
    pub project: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// A job without a window.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new project folder
    New(new::New),
    /// Read articles and annotations into a project
    Import(import::Import),
    /// Write training or review data, with a report of what the format can not hold
    Export(export::Export),
    /// Convert files from one format into another, without a project
    Convert(convert::Convert),
    /// Annotate from standard input, one JSON operation a line
    Apply(apply::Apply),
    /// Look through a project for everything that is wrong
    Check(check::Check),
    /// Count annotations by label, relation, status, annotator and progress
    Stats(stats::Stats),
    /// Search the text of all articles
    Find(find::Find),
    /// List, import, merge, split and link the entities of the registry
    Entities(entities::Entities),
    /// List the file formats and what each can hold
    Formats(formats::Formats),
    /// List the extractors from outside that a project names, and how they are spoken to
    Extractors(extractors::Extractors),
    /// Suggest spans, to be accepted or rejected by a person
    Suggest(suggest::Suggest),
    /// Train the project's own tagger, and say how well it does
    Train(train::Train),
    /// Compare two opinions: annotators, suggestions, the built-in model, files
    Evaluate(evaluate::Evaluate),
    /// Train models of which proposals are made
    Model(model::Model),
    /// Draw an annotated article as a picture or page
    Render(render::Render),
}

/// What a command that could do its work found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Clean,
    /// Something is wrong, was left out or was refused.
    Findings,
}

/// Does what the command says and returns the exit code. `picture` draws articles where the program can.
pub fn run(command: Command, picture: Option<DrawPicture>) -> ExitCode {
    let mut output = std::io::BufWriter::new(std::io::stdout());
    let mut errors = std::io::stderr();
    let mut streams = Streams { output: &mut output, errors: &mut errors };
    let result = match command {
        Command::New(arguments) => new::run(&arguments, &mut streams),
        Command::Import(arguments) => import::run(arguments, &mut streams),
        Command::Export(arguments) => export::run(&arguments, &mut streams),
        Command::Convert(arguments) => convert::run(&arguments, &mut streams),
        Command::Apply(arguments) => apply::run(&arguments, &mut streams),
        Command::Check(arguments) => check::run(&arguments, &mut streams),
        Command::Stats(arguments) => stats::run(&arguments, &mut streams),
        Command::Find(arguments) => find::run(&arguments, &mut streams),
        Command::Entities(arguments) => entities::run(&arguments, &mut streams),
        Command::Formats(arguments) => formats::run(&arguments, &mut streams),
        Command::Extractors(arguments) => extractors::run(&arguments, &mut streams),
        Command::Suggest(arguments) => suggest::run(&arguments, &mut streams),
        Command::Train(arguments) => train::run(&arguments, &mut streams),
        Command::Evaluate(arguments) => evaluate::run(&arguments, &mut streams),
        Command::Model(arguments) => model::run(&arguments, &mut streams),
        Command::Render(arguments) => render::run(&arguments, picture, &mut streams),
    };
    let result = result.and_then(|outcome| Ok(streams.output.flush().map(|()| outcome)?));
    match result {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            // What was printed so far comes before the reason why it stops. If that fails too, there is nobody to tell.
            let _ = streams.output.flush();
            let _ = writeln!(streams.errors, "glosse: {error}");
            ExitCode::from(2)
        }
    }
}

/// The format with this name on the command line.
fn format_named(name: &str) -> Result<&'static dyn Format, CliError> {
    registry::by_name(name).ok_or_else(|| {
        let known: Vec<_> = registry::all().iter().map(|format| format.info().name).collect();
        let meant = streams::did_you_mean(name, known.iter().map(|known| (*known, [])));
        let meant = meant.map_or_else(String::new, |meant| format!("; {meant}?"));
        CliError::usage(format!("there is no format {name:?}{meant}; the formats are {}", known.join(", ")))
    })
}
