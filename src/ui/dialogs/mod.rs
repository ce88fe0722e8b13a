//! The dialogs: each is made from a look at the present state, draws itself, and sends requests.

mod about;

use super::{
    messages::Message,
    request::{Dialog, PanelContext},
    settings::Settings,
};
use std::path::PathBuf;

/// A dialog, or why there is none to show now.
pub type Made = Result<Box<dyn Dialog>, String>;

pub fn about() -> Box<dyn Dialog> {
    Box::new(about::About)
}

pub fn new_project(settings: &Settings) -> Box<dyn Dialog> {
    let _ = settings;
    about()
}

pub fn open_project(settings: &Settings) -> Box<dyn Dialog> {
    let _ = settings;
    about()
}

pub fn import(files: Vec<PathBuf>, settings: &Settings) -> Box<dyn Dialog> {
    let _ = (files, settings);
    about()
}

pub fn message_log(log: Vec<Message>) -> Box<dyn Dialog> {
    let _ = log;
    about()
}

macro_rules! not_yet {
    ($($name:ident),*) => {
        $(pub fn $name(context: &PanelContext<'_>) -> Made {
            let _ = context;
            Ok(about())
        })*
    };
}

not_yet!(
    export,
    schema,
    entities,
    annotator,
    find,
    edit_text,
    compare_original,
    metadata,
    occurrences,
    link_entity,
    guidelines,
    shortcuts
);
