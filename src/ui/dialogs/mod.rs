//! The dialogs: each is made from a look at the present state, draws itself, and sends requests.

mod about;
mod annotator;
mod entities;
mod form;
mod guidelines;
mod link_entity;
mod message_log;
mod metadata;
mod schema;
mod schema_delete;
mod schema_forms;
mod schema_step;
mod shortcuts;

pub use annotator::annotator;
pub use entities::entities;
pub use guidelines::guidelines;
pub use link_entity::link_entity;
pub use metadata::metadata;
pub use schema::schema;
pub use shortcuts::shortcuts;

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
    Box::new(message_log::MessageLog::new(log))
}

macro_rules! not_yet {
    ($($name:ident),*) => {
        $(pub fn $name(context: &PanelContext<'_>) -> Made {
            let _ = context;
            Ok(about())
        })*
    };
}

not_yet!(export, find, edit_text, compare_original, occurrences);
