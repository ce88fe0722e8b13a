//! Writing a table that the window shows into a file.

use super::{
    parts::{self, Footer, Tone},
    path_field::{PathField, PathKind},
};
use crate::ui::{
    request::{Dialog, DialogState, PanelContext, Request},
    texts::tr,
};
use egui::Ui;
use std::path::PathBuf;

/// Asks for a file and writes a text into it.
pub struct SaveText {
    text: String,
    field: PathField,
    error: Option<String>,
}

impl SaveText {
    /// Proposes a file called `name` in the folder of the last export, else beside the project.
    pub fn new(context: &PanelContext<'_>, name: &str, text: String) -> Self {
        let last = &context.settings.export.folder;
        let beside = context.session.and_then(|session| session.root().parent().map(PathBuf::from));
        let folder = if last.is_dir() { last.clone() } else { beside.unwrap_or_default() };
        let field = PathField::new(PathKind::NewFile, &folder.join(name)).focused();
        Self { text, field, error: None }
    }
}

impl Dialog for SaveText {
    fn title(&self) -> String {
        tr("Save as CSV").to_owned()
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let theme = context.theme;
        let mut submitted = false;
        parts::row(ui, theme, tr("Write to"), |ui| {
            let response = self.field.show(ui, theme, tr("Write to"));
            submitted = response.submitted;
            if response.changed {
                self.error = None;
            }
            if self.field.path().is_file() {
                parts::note(ui, theme, Tone::Warning, tr("The file is there already and is replaced"));
            }
            if let Some(error) = &self.error {
                parts::note(ui, theme, Tone::Error, error);
            }
        });
        let footer = parts::footer(ui, theme, tr("Save"), !self.field.is_empty());
        if footer == Footer::Cancel {
            return DialogState::Close;
        }
        if footer != Footer::Confirm && !submitted {
            return DialogState::Open;
        }
        let path = self.field.path();
        match std::fs::write(&path, &self.text) {
            Ok(()) => {
                let text = format!("{}: {}", tr("Written"), path.display());
                requests.push(Request::Message(crate::ui::messages::Severity::Info, text));
                DialogState::Close
            }
            Err(error) => {
                self.error = Some(format!("{error}: {}", path.display()));
                DialogState::Open
            }
        }
    }
}
