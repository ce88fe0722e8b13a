//! Making a project and opening one.

use super::{
    parts::{self, Footer, Tone},
    path_field::{PathField, PathKind},
};
use crate::{
    model::{Project, Schema, Settings as ProjectSettings, news_schema},
    store::{Store, read_schema},
    ui::{
        icons,
        request::{Dialog, DialogState, PanelContext, Request},
        settings::Settings,
        texts::tr,
        theme, widgets,
    },
};
use egui::{RichText, Ui};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// What a new project starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    News,
    File,
    Empty,
}

pub struct NewProject {
    folder: PathField,
    name: String,
    /// True once the name was typed: it does not follow the folder any more.
    named: bool,
    language: String,
    start: Start,
    schema: PathField,
    /// What is wrong with the folder, looked up when it changes.
    problem: Option<String>,
    error: Option<String>,
}

impl NewProject {
    pub fn new(settings: &Settings) -> Self {
        let parent = settings.recent_projects.first().and_then(|root| root.parent()).map(Path::to_owned);
        let parent = parent.or_else(|| directories::UserDirs::new().map(|user| user.home_dir().to_owned()));
        let mut folder = parent.unwrap_or_default().display().to_string();
        if !folder.ends_with(std::path::MAIN_SEPARATOR) {
            folder.push(std::path::MAIN_SEPARATOR);
        }
        Self {
            folder: PathField::new(PathKind::Folder, Path::new(&folder)).focused(),
            name: String::new(),
            named: false,
            language: "de".to_owned(),
            start: Start::News,
            schema: PathField::new(PathKind::File, Path::new("")),
            problem: None,
            error: None,
        }
    }

    fn schema(&self) -> Result<Schema, String> {
        match self.start {
            Start::News => Ok(news_schema()),
            Start::Empty => Ok(Schema::default()),
            Start::File => read_schema(&self.schema.path()).map_err(|error| error.to_string()),
        }
    }

    fn create(&self) -> Result<PathBuf, String> {
        let root = self.folder.path();
        if let Some(problem) = folder_problem(&root) {
            return Err(problem);
        }
        let settings = ProjectSettings {
            name: self.name.trim().to_owned(),
            default_language: self.language.trim().to_owned(),
            ..ProjectSettings::default()
        };
        let project = Project { settings: Arc::new(settings), schema: Arc::new(self.schema()?), ..Project::default() };
        Store::create(&root, &project).map_err(|error| error.to_string())?;
        Ok(root)
    }
}

impl Dialog for NewProject {
    fn title(&self) -> String {
        tr("New project").to_owned()
    }

    fn width(&self) -> f32 {
        600.0
    }

    fn closes_outside(&self) -> bool {
        false
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let theme = context.theme;
        let mut submitted = false;
        parts::row(ui, theme, tr("Folder"), |ui| {
            let response = self.folder.show(ui, theme, tr("Folder"));
            submitted |= response.submitted;
            if response.changed {
                let root = self.folder.path();
                self.problem = folder_problem(&root);
                self.error = None;
                if !self.named {
                    let is_new = !root.is_dir() || std::fs::read_dir(&root).is_ok_and(|mut read| read.next().is_none());
                    let name = root.file_name().filter(|_| is_new);
                    self.name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                }
            }
            match &self.problem {
                Some(problem) => parts::note(ui, theme, Tone::Warning, problem),
                None => {
                    let text = tr("A new or empty folder; the project is made of plain files in it");
                    ui.label(RichText::new(text).small().color(theme.text_faint));
                }
            }
        });
        ui.add_space(4.0);
        parts::row(ui, theme, tr("Name"), |ui| {
            let response = parts::text_field(ui, &mut self.name, tr("Name"), tr("as the folder"), 300.0);
            self.named |= response.changed();
        });
        parts::row(ui, theme, tr("Language"), |ui| {
            ui.horizontal(|ui| {
                parts::text_field(ui, &mut self.language, tr("Language"), "de", 60.0);
                ui.label(RichText::new(tr("of articles that do not say theirs")).small().color(theme.text_faint));
            });
        });
        ui.add_space(4.0);
        parts::row(ui, theme, tr("Schema"), |ui| {
            let choices = [
                (Start::News, tr("For news: persons, places, organizations, events, dates, quantities and more")),
                (Start::File, tr("From a file or another project")),
                (Start::Empty, tr("Empty: make your own labels")),
            ];
            for (start, text) in choices {
                if ui.radio_value(&mut self.start, start, text).changed() {
                    self.error = None;
                }
            }
            if self.start == Start::File {
                self.schema.show(ui, theme, tr("Schema file"));
                let text = tr("A project.ron, or a file with a schema alone");
                ui.label(RichText::new(text).small().color(theme.text_faint));
            }
        });
        if let Some(error) = &self.error {
            ui.add_space(6.0);
            parts::note(ui, theme, Tone::Error, error);
        }
        let ready = !self.folder.is_empty() && (self.start != Start::File || !self.schema.is_empty());
        let footer = parts::footer(ui, theme, tr("Create project"), ready && self.problem.is_none());
        if footer == Footer::Confirm || submitted && ready {
            match self.create() {
                Ok(root) => {
                    requests.push(Request::OpenProject(root));
                    return DialogState::Close;
                }
                Err(error) => self.error = Some(crate::ui::search::capitalized(&error)),
            }
        }
        if footer == Footer::Cancel { DialogState::Close } else { DialogState::Open }
    }
}

/// Why no project can be made in this folder: hidden files alone do no harm, so a fresh git repository can become one.
fn folder_problem(root: &Path) -> Option<String> {
    if root.join("project.ron").exists() {
        return Some(tr("There is a project in this folder already: open it instead").to_owned());
    }
    if root.is_file() {
        return Some(tr("This is a file, not a folder").to_owned());
    }
    let entries = match std::fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => return Some(format!("{}: {error}", tr("The folder can not be read"))),
    };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let visible = names.filter(|name| !name.starts_with('.')).min()?;
    Some(format!("{} ({visible}, …): {}", tr("The folder is not empty"), tr("type the name of a new one behind it")))
}

pub struct OpenProject {
    folder: PathField,
    error: Option<String>,
}

impl OpenProject {
    pub fn new(settings: &Settings) -> Self {
        let start = settings.recent_projects.first().and_then(|root| root.parent()).unwrap_or(Path::new(""));
        let mut text = start.display().to_string();
        if !text.is_empty() && !text.ends_with(std::path::MAIN_SEPARATOR) {
            text.push(std::path::MAIN_SEPARATOR);
        }
        Self { folder: PathField::new(PathKind::Folder, Path::new(&text)).focused(), error: None }
    }
}

/// The project that a path leads to, or what is wrong.
fn find_project(path: &Path) -> Result<PathBuf, String> {
    if path.file_name().is_some_and(|name| name == "project.ron") && path.is_file() {
        return Ok(path.parent().unwrap_or(path).to_owned());
    }
    if path.join("project.ron").is_file() {
        return Ok(path.to_owned());
    }
    if !path.exists() {
        return Err(tr("There is no such folder").to_owned());
    }
    if path.is_file() {
        return Err(tr("This is a file; a project is a folder with a project.ron in it").to_owned());
    }
    let inside = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut projects: Vec<String> = inside
        .filter(|folder| folder.join("project.ron").is_file())
        .filter_map(|folder| Some(folder.file_name()?.to_string_lossy().into_owned()))
        .collect();
    projects.sort();
    match projects.as_slice() {
        [] => Err(tr("This folder is no project: it has no project.ron").to_owned()),
        names => Err(format!("{} {}", tr("This folder is no project, but there are some in it:"), names.join(", "))),
    }
}

impl Dialog for OpenProject {
    fn title(&self) -> String {
        tr("Open project").to_owned()
    }

    fn width(&self) -> f32 {
        600.0
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let theme = context.theme;
        let mut submitted = false;
        parts::row(ui, theme, tr("Folder"), |ui| {
            let response = self.folder.show(ui, theme, tr("Folder"));
            submitted = response.submitted;
            if response.changed {
                self.error = None;
            }
        });
        if let Some(error) = &self.error {
            ui.add_space(4.0);
            parts::note(ui, theme, Tone::Error, error);
        }
        let recent = &context.settings.recent_projects;
        let mut opened = None;
        if !recent.is_empty() {
            widgets::section(ui, theme, tr("Recent projects"));
            ui.spacing_mut().item_spacing.y = 1.0;
            for root in recent {
                let name = root.file_name().unwrap_or(root.as_os_str()).to_string_lossy().into_owned();
                let is_there = root.join("project.ron").is_file();
                let response = widgets::list_row(ui, theme, 28.0, false, &name, |painter, rect| {
                    let (name_color, color) =
                        if is_there { (theme.text, theme.text_weak) } else { (theme.text_faint, theme.text_faint) };
                    let icon = rect.left_center() + egui::vec2(8.0, 0.0);
                    painter.text(icon, egui::Align2::LEFT_CENTER, icons::FOLDER_OPEN, icons::font(15.0), color);
                    let at = rect.left_top() + egui::vec2(32.0, 6.0);
                    let room = rect.width() - 40.0;
                    let font = theme::medium(theme::size::BODY);
                    let used = widgets::line_text(painter, at, room * 0.45, &name, font, name_color);
                    let place = root.parent().unwrap_or(root).display().to_string();
                    let place = if is_there { place } else { format!("{place} · {}", tr("not there any more")) };
                    let at = egui::pos2(used.right() + 12.0, at.y + 1.0);
                    let font = egui::FontId::proportional(11.5);
                    widgets::line_text(painter, at, rect.right() - at.x - 6.0, &place, font, theme.text_faint);
                });
                if response.clicked() {
                    opened = Some(root.clone());
                }
            }
        }
        let footer = parts::footer(ui, theme, tr("Open"), !self.folder.is_empty());
        if footer == Footer::Confirm || submitted {
            opened = Some(self.folder.path());
        }
        if let Some(path) = opened {
            match find_project(&path) {
                Ok(root) => {
                    requests.push(Request::OpenProject(root));
                    return DialogState::Close;
                }
                Err(error) => self.error = Some(error),
            }
        }
        if footer == Footer::Cancel { DialogState::Close } else { DialogState::Open }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_folder_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        assert_eq!(folder_problem(root), None);
        assert_eq!(folder_problem(&root.join("new/one")), None);
        std::fs::create_dir(root.join(".git")).expect("made");
        assert_eq!(folder_problem(root), None);
        std::fs::write(root.join("a.txt"), "").expect("written");
        assert!(folder_problem(root).is_some_and(|text| text.contains("a.txt")));
        assert!(folder_problem(&root.join("a.txt")).is_some());
        assert!(find_project(root).is_err_and(|text| text.contains("project.ron")));
        std::fs::create_dir(root.join("inner")).expect("made");
        std::fs::write(root.join("inner/project.ron"), "").expect("written");
        assert!(find_project(root).is_err_and(|text| text.contains("inner")));
        assert_eq!(find_project(&root.join("inner")), Ok(root.join("inner")));
        assert_eq!(find_project(&root.join("inner/project.ron")), Ok(root.join("inner")));
        assert!(find_project(&root.join("none")).is_err());
        assert!(folder_problem(&root.join("inner")).is_some_and(|text| text.contains("open it")));
    }
}
