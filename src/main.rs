//! The program: reads the command line and hands over to the window or to a command.

use clap::Parser;
use glosse::cli::{self, Arguments};
use std::{path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(command) => cli::run(command, pictures()),
        None => open_window(arguments.project),
    }
}

#[cfg(feature = "gui")]
fn open_window(project: Option<PathBuf>) -> ExitCode {
    if let Some(reason) = cli::no_window_reason(project.as_deref()) {
        return cli::no_window(&reason);
    }
    match glosse::ui::run(project) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => cli::no_window(&reason),
    }
}

#[cfg(not(feature = "gui"))]
fn open_window(project: Option<PathBuf>) -> ExitCode {
    let reason = cli::no_window_reason(project.as_deref());
    cli::no_window(reason.as_deref().unwrap_or("this glosse was built without the window (feature `gui`)"))
}

#[cfg(feature = "gui")]
fn pictures() -> Option<cli::DrawPicture> {
    Some(glosse::ui::picture::picture)
}

#[cfg(not(feature = "gui"))]
fn pictures() -> Option<cli::DrawPicture> {
    None
}
