//! `glosse new`: makes a project folder.

use super::{CliError, Outcome, Streams, table::count};
use crate::{
    model::{Project, Schema, Settings, news_schema},
    store::{Store, read_schema},
};
use clap::Args;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

#[derive(Debug, Args)]
pub struct New {
    /// The folder to make; may exist if it is empty
    folder: PathBuf,
    /// A project.ron, or a file with a schema alone [default: a schema for news]
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// The project's name [default: the folder's]
    #[arg(long)]
    name: Option<String>,
}

pub(super) fn run(arguments: &New, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let folder = &arguments.folder;
    let schema = match &arguments.schema {
        Some(path) => read_schema(path)?,
        None => news_schema(),
    };
    check_empty(folder)?;
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => folder_name(folder),
    };
    let (labels, relations) = (schema.labels.len(), schema.relations.len());
    Store::create(folder, &project(name, schema))?;
    let path = folder.display();
    let (labels, relations) = (count(labels, "label"), count(relations, "relation"));
    writeln!(streams.output, "Made the project {path} with {labels} and {relations}.\n")?;
    writeln!(streams.output, "glosse import {path} FILE…")?;
    writeln!(streams.output, "    puts articles in: text, web pages, Markdown, tables, other tools' files")?;
    writeln!(streams.output, "glosse {path}")?;
    writeln!(streams.output, "    opens the window to annotate them")?;
    writeln!(streams.output, "{}", folder.join("project.ron").display())?;
    writeln!(streams.output, "    has the labels, relations and attributes, to be changed there or in the window")?;
    Ok(Outcome::Clean)
}

fn project(name: String, schema: Schema) -> Project {
    Project {
        settings: Arc::new(Settings { name, ..Settings::default() }),
        schema: Arc::new(schema),
        ..Project::default()
    }
}

/// The name of the folder, also where the path ends in `..` or is `.`.
fn folder_name(folder: &Path) -> String {
    let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Refuses a folder with anything in it but hidden files: a fresh git repository can become a project.
fn check_empty(folder: &Path) -> Result<(), CliError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(CliError::file(folder, "look into the folder")(error)),
    };
    for entry in entries {
        let name = entry.map_err(CliError::file(folder, "look into the folder"))?.file_name();
        if name == "project.ron" {
            // The store says it in its own words.
            return Ok(());
        }
    }
    let visible = std::fs::read_dir(folder)
        .map_err(CliError::file(folder, "look into the folder"))?
        .flatten()
        .find(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    match visible {
        None => Ok(()),
        Some(entry) => Err(CliError::usage(format!(
            "{}: the folder is not empty (it has {:?}); name a new or an empty folder",
            folder.display(),
            entry.file_name().to_string_lossy()
        ))),
    }
}
