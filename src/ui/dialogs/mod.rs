//! The dialogs: each is made from a look at the present state, draws itself, and sends requests.

mod about;
mod accept;
mod annotator;
mod choice_list;
mod compare_original;
mod decide_listed;
mod edit_text;
mod entities;
mod entity_clusters;
mod entity_import;
mod entity_mentions;
mod entity_split;
mod export;
mod export_choices;
mod export_report;
mod export_task;
mod extractor_form;
mod extractors;
mod form;
mod guidelines;
mod import;
mod import_files;
mod link_entity;
mod message_log;
mod metadata;
mod occurrences;
mod parts;
mod path_field;
mod project;
mod questions;
mod report_grid;
mod rules;
mod save_text;
mod schema;
mod schema_delete;
mod schema_forms;
mod schema_step;
mod shortcuts;
mod suggest_with;
mod suggestion_plots;
mod suggestion_report;
mod suggestion_task;

pub use accept::accept;
pub use annotator::annotator;
pub use entities::entities;
pub use extractors::extractors;
pub use guidelines::guidelines;
pub use link_entity::link_entity;
pub use metadata::metadata;
pub use rules::rules;
pub use schema::schema;
pub use shortcuts::shortcuts;
pub use suggest_with::suggest_with;
pub use suggestion_report::suggestion_report;
pub use suggestion_task::KeptCurve;

use super::{
    decide::DecideAll,
    messages::Message,
    request::{Dialog, PanelContext},
    search_task::Row,
    settings::Settings,
};
use crate::model::ArticleId;
use std::path::PathBuf;

pub use form::choice;
pub use import::{add_to_schema, not_in_schema};
pub use parts::{counted, hold_confirm, icon_text_button, open_list};

/// A dialog, or why there is none to show now.
pub type Made = Result<Box<dyn Dialog>, String>;

pub fn about() -> Box<dyn Dialog> {
    Box::new(about::About)
}

pub fn new_project(settings: &Settings) -> Box<dyn Dialog> {
    Box::new(project::NewProject::new(settings))
}

pub fn open_project(settings: &Settings) -> Box<dyn Dialog> {
    Box::new(project::OpenProject::new(settings))
}

pub fn import(files: Vec<PathBuf>, settings: &Settings) -> Box<dyn Dialog> {
    Box::new(import::Import::new(files, settings))
}

/// `listed` are the articles that the list shows, if it does not show all.
pub fn export(context: &PanelContext<'_>, listed: Option<Vec<ArticleId>>) -> Made {
    export::Export::make(context, listed)
}

pub fn edit_text(context: &PanelContext<'_>) -> Made {
    edit_text::EditText::make(context)
}

pub fn compare_original(context: &PanelContext<'_>) -> Made {
    compare_original::CompareOriginal::make(context)
}

pub fn occurrences(context: &PanelContext<'_>) -> Made {
    occurrences::Occurrences::make(context)
}

/// Labels all hits of a search.
pub fn label_hits(context: &PanelContext<'_>, rows: &[Row]) -> Box<dyn Dialog> {
    Box::new(occurrences::Occurrences::for_hits(context, rows))
}

/// Writes a text into a file that the user chooses; `name` is proposed.
pub fn save_text(context: &PanelContext<'_>, name: &str, text: String) -> Box<dyn Dialog> {
    Box::new(save_text::SaveText::new(context, name, text))
}

/// Asks whether suggestions with these labels, in so many articles, are all to be accepted or rejected.
pub fn decide_listed(work: DecideAll) -> Box<dyn Dialog> {
    Box::new(decide_listed::DecideListed::new(work))
}

/// Asks about the suggestions of all articles, one by one.
pub fn questions() -> Box<dyn Dialog> {
    Box::new(questions::Questions::default())
}

pub fn message_log(log: Vec<Message>) -> Box<dyn Dialog> {
    Box::new(message_log::MessageLog::new(log))
}
