//! A field for a path: typed with completion, or chosen in the system's own dialog where there is one.

use super::parts;
use crate::ui::{
    icons,
    task::Task,
    texts::tr,
    theme::{self, Theme},
    widgets,
};
use egui::{Key, Modifiers, RichText, TextEdit, Ui};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Completions that are listed at once.
const LISTED: usize = 6;
/// A dialog that is gone sooner than a person can close it was never there.
const TOO_SOON: Duration = Duration::from_millis(350);

/// What the path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// A folder, there already or not.
    Folder,
    /// A file to read.
    File,
    /// One or several files or folders to read, with `;` between them; `*` and `?` in the last part.
    Files,
    /// A file to write.
    NewFile,
}

/// What the user did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathResponse {
    pub changed: bool,
    /// Enter was pressed.
    pub submitted: bool,
}

pub struct PathField {
    text: String,
    kind: PathKind,
    /// What lies in the folder that is being typed.
    listing: Option<(PathBuf, Vec<Entry>)>,
    reading: Option<(PathBuf, Task<Vec<Entry>>)>,
    chosen: Option<usize>,
    open: bool,
    /// True once something was typed: before that the list would only be in the way.
    touched: bool,
    browsing: Option<(Instant, Task<Option<Vec<PathBuf>>>)>,
    /// True once no dialog of the system answered.
    no_dialog: bool,
    focus: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    name: String,
    is_folder: bool,
}

impl PathField {
    pub fn new(kind: PathKind, path: &Path) -> Self {
        Self {
            text: path.display().to_string(),
            kind,
            listing: None,
            reading: None,
            chosen: None,
            open: false,
            touched: false,
            browsing: None,
            no_dialog: false,
            focus: false,
        }
    }

    /// Takes the keyboard at the next frame.
    pub fn focused(mut self) -> Self {
        self.focus = true;
        self
    }

    /// For another kind of path; what was typed stays.
    pub fn set_kind(&mut self, kind: PathKind) {
        self.kind = kind;
    }

    pub fn set(&mut self, path: &Path) {
        self.text = path.display().to_string();
        self.chosen = None;
    }

    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The path, with `~` as the user's folder.
    pub fn path(&self) -> PathBuf {
        expand_home(self.text.trim())
    }

    /// The paths, where several can be given.
    pub fn paths(&self) -> Vec<PathBuf> {
        let whole = self.path();
        if self.is_empty() {
            return Vec::new();
        }
        if whole.exists() || !self.text.contains([';', '\n']) {
            return vec![whole];
        }
        let parts = self.text.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty());
        parts.map(expand_home).collect()
    }

    pub fn show(&mut self, ui: &mut Ui, theme: &Theme, name: &str) -> PathResponse {
        let mut response = PathResponse::default();
        self.take_answer(&mut response);
        let id = ui.make_persistent_id(egui::IdSalt::new(("path", name)));
        let focused = ui.memory(|memory| memory.has_focus(id));
        self.touched |= focused && ui.input(|input| input.key_pressed(Key::ArrowDown));
        let wanted = self.touched && (focused || self.open);
        if wanted {
            self.read_folder(ui);
        }
        let matches = if wanted { self.matches() } else { Vec::new() };
        if focused && !matches.is_empty() {
            self.take_keys(ui, &matches, &mut response);
        }
        ui.horizontal(|ui| {
            let room = (ui.available_width() - browse_width(ui) - ui.spacing().item_spacing.x).max(120.0);
            let hint = match self.kind {
                PathKind::Folder => tr("Path of a folder"),
                PathKind::File => tr("Path of a file"),
                PathKind::Files => tr("Paths of files or folders, with ; between them"),
                PathKind::NewFile => tr("Path of the file to write"),
            };
            let edit = TextEdit::singleline(&mut self.text)
                .id(id)
                .hint_text(hint)
                .desired_width(room)
                .lock_focus(!matches.is_empty());
            let field = ui.add(edit);
            field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, name));
            if std::mem::take(&mut self.focus) {
                field.request_focus();
                // What is typed or pasted replaces what was there; a key of the caret keeps it.
                select(ui, id, 0, &self.text);
            }
            if field.changed() {
                response.changed = true;
                self.touched = true;
                self.chosen = None;
            }
            response.submitted |= field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let idle = self.browsing.is_none();
            if parts::icon_text_button(ui, icons::FOLDER_OPEN, tr("Browse…"), idle).clicked() {
                self.browse(ui);
            }
        });
        // The list outlives the focus of the field until the click on one of its rows is over.
        let pointer = ui.input(|input| input.pointer.any_down() || input.pointer.any_released());
        self.open = focused || self.open && pointer;
        if self.open && !response.changed {
            self.list(ui, theme, &matches, &mut response, id);
        }
        if self.no_dialog {
            let text = tr("No file dialog of the system answered: type the path, Tab completes it");
            ui.label(RichText::new(text).small().color(theme.text_faint));
        }
        response
    }

    fn list(&mut self, ui: &mut Ui, theme: &Theme, matches: &[Entry], response: &mut PathResponse, id: egui::Id) {
        ui.spacing_mut().item_spacing.y = 1.0;
        let first = self.chosen.map_or(0, |chosen| (chosen + 1).saturating_sub(LISTED));
        for (index, entry) in matches.iter().enumerate().skip(first).take(LISTED) {
            let chosen = self.chosen == Some(index);
            let row = widgets::list_row(ui, theme, 21.0, chosen, &entry.name, |painter, rect| {
                let icon = if entry.is_folder { icons::FOLDER_OPEN } else { icons::NOTE };
                let at = rect.left_center() + egui::vec2(8.0, 0.0);
                painter.text(at, egui::Align2::LEFT_CENTER, icon, icons::font(13.0), theme.text_faint);
                let at = rect.left_top() + egui::vec2(28.0, 2.5);
                let font = egui::FontId::proportional(theme::size::BODY);
                widgets::line_text(painter, at, rect.width() - 34.0, &entry.name, font, theme.text);
            });
            if row.clicked() {
                self.take(entry, response);
                ui.memory_mut(|memory| memory.request_focus(id));
                put_caret_at_end(ui, id, &self.text);
            }
        }
        let more = matches.len().saturating_sub(LISTED);
        if more > 0 {
            ui.label(RichText::new(format!("… {more} {}", tr("more"))).small().color(theme.text_faint));
        }
    }

    fn take_keys(&mut self, ui: &mut Ui, matches: &[Entry], response: &mut PathResponse) {
        let (tab, up, down) = ui.input_mut(|input| {
            (
                input.consume_key(Modifiers::NONE, Key::Tab),
                input.consume_key(Modifiers::NONE, Key::ArrowUp),
                input.consume_key(Modifiers::NONE, Key::ArrowDown),
            )
        });
        let enter = self.chosen.is_some() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        let last = matches.len() - 1;
        if down {
            self.chosen = Some(self.chosen.map_or(0, |chosen| (chosen + 1).min(last)));
        }
        if up {
            self.chosen = self.chosen.and_then(|chosen| chosen.checked_sub(1));
        }
        if !(tab || enter) {
            return;
        }
        match (self.chosen.and_then(|chosen| matches.get(chosen)), matches) {
            (Some(entry), _) | (None, [entry]) => self.take(entry, response),
            _ => {
                let common = common_start(matches);
                let typed = split(&self.text).1.to_owned();
                if common.chars().count() > typed.chars().count() {
                    self.replace_last(&common);
                    response.changed = true;
                } else {
                    self.chosen = Some(0);
                }
            }
        }
        let id = ui.memory(|memory| memory.focused());
        if let Some(id) = id {
            put_caret_at_end(ui, id, &self.text);
        }
    }

    fn take(&mut self, entry: &Entry, response: &mut PathResponse) {
        let name =
            if entry.is_folder { format!("{}{}", entry.name, std::path::MAIN_SEPARATOR) } else { entry.name.clone() };
        self.replace_last(&name);
        self.chosen = None;
        response.changed = true;
    }

    fn replace_last(&mut self, name: &str) {
        let keep = self.text.len() - split(&self.text).1.len();
        self.text.truncate(keep);
        self.text.push_str(name);
    }

    /// What is being typed can be one of these.
    fn matches(&self) -> Vec<Entry> {
        let (folder, typed) = split(&self.text);
        let Some((known, entries)) = &self.listing else { return Vec::new() };
        if self.text.trim().is_empty() || *known != expand_home(folder) {
            return Vec::new();
        }
        let typed = typed.to_lowercase();
        let fits = |entry: &&Entry| {
            let is_wanted = entry.is_folder || matches!(self.kind, PathKind::File | PathKind::Files);
            let is_hidden = entry.name.starts_with('.') && !typed.starts_with('.');
            is_wanted && !is_hidden && entry.name.to_lowercase().starts_with(&typed)
        };
        let found: Vec<Entry> = entries.iter().filter(fits).cloned().collect();
        match found.as_slice() {
            // Nothing is left to complete.
            [only] if only.name.to_lowercase() == typed && !only.is_folder => Vec::new(),
            _ => found,
        }
    }

    /// Reads the folder that is being typed, on another thread: it can be far away.
    fn read_folder(&mut self, ui: &Ui) {
        if let Some((folder, task)) = &mut self.reading
            && let Some(entries) = task.poll()
        {
            self.listing = Some((folder.clone(), entries));
            self.reading = None;
        }
        let folder = expand_home(split(&self.text).0);
        let is_known = self.listing.as_ref().is_some_and(|(known, _)| *known == folder);
        let is_coming = self.reading.as_ref().is_some_and(|(coming, _)| *coming == folder);
        if !is_known && !is_coming && !self.text.trim().is_empty() {
            let wanted = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.clone() };
            let task = Task::start(ui.ctx(), move |_, results| results.send(entries(&wanted)));
            self.reading = Some((folder, task));
        }
    }

    fn browse(&mut self, ui: &Ui) {
        let start = self.path();
        let start = start.ancestors().find(|folder| folder.is_dir()).map(Path::to_owned);
        let name = self.path().file_name().map(|name| name.to_string_lossy().into_owned());
        let kind = self.kind;
        let task = Task::start(ui.ctx(), move |_, results| {
            let mut dialog = rfd::FileDialog::new();
            if let Some(start) = start {
                dialog = dialog.set_directory(start);
            }
            let answer = match kind {
                PathKind::Folder => dialog.pick_folder().map(|path| vec![path]),
                PathKind::File => dialog.pick_file().map(|path| vec![path]),
                PathKind::Files => dialog.pick_files(),
                PathKind::NewFile => dialog.set_file_name(name.unwrap_or_default()).save_file().map(|path| vec![path]),
            };
            results.send(answer);
        });
        self.browsing = Some((Instant::now(), task));
        self.no_dialog = false;
    }

    fn take_answer(&mut self, response: &mut PathResponse) {
        let Some((since, task)) = &mut self.browsing else { return };
        match task.poll() {
            Some(Some(paths)) if !paths.is_empty() => {
                let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
                self.text = paths.join("; ");
                response.changed = true;
                self.browsing = None;
            }
            Some(_) => {
                self.no_dialog = since.elapsed() < TOO_SOON;
                self.browsing = None;
            }
            None if task.is_over() => {
                self.no_dialog = true;
                self.browsing = None;
            }
            None => {}
        }
    }
}

/// Width of the button that opens the dialog of the system, whose words are longer in some languages.
fn browse_width(ui: &Ui) -> f32 {
    let font = egui::FontId::proportional(theme::size::BODY);
    let words = widgets::widest(ui, std::iter::once(tr("Browse…")), &font);
    // The icon and the space around both.
    words + 14.0 + ui.spacing().icon_spacing + 2.0 * ui.spacing().button_padding.x + 2.0
}

/// The folder with its separator, and what is typed of the name in it. Of several paths the last one counts.
fn split(text: &str) -> (&str, &str) {
    let last = text.rfind(';').map_or(text, |place| text.get(place + 1..).unwrap_or_default().trim_start());
    let end = last.rfind(std::path::is_separator).map_or(0, |place| place + 1);
    (last.get(..end).unwrap_or_default(), last.get(end..).unwrap_or_default())
}

/// The path with the user's folder for a `~` at its start.
fn expand_home(text: &str) -> PathBuf {
    let rest = text.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with(std::path::is_separator));
    match (rest, directories::UserDirs::new()) {
        (Some(rest), Some(user)) => user.home_dir().join(rest.trim_start_matches(std::path::is_separator)),
        _ => PathBuf::from(text),
    }
}

/// What lies in a folder: folders first, by name. Nothing where it can not be read, which is said when the path is used.
fn entries(folder: &Path) -> Vec<Entry> {
    let read = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut entries: Vec<Entry> = read
        .map(|entry| Entry { name: entry.file_name().to_string_lossy().into_owned(), is_folder: entry.path().is_dir() })
        .collect();
    entries.sort_by_key(|entry| (!entry.is_folder, entry.name.to_lowercase()));
    entries
}

fn common_start(entries: &[Entry]) -> String {
    let Some((first, others)) = entries.split_first() else { return String::new() };
    let mut common: Vec<char> = first.name.chars().collect();
    for other in others {
        let same = common.iter().zip(other.name.chars()).take_while(|(one, other)| **one == *other).count();
        common.truncate(same);
    }
    common.into_iter().collect()
}

fn put_caret_at_end(ui: &Ui, id: egui::Id, text: &str) {
    select(ui, id, text.chars().count(), text);
}

/// Selects a field's text from a character on.
fn select(ui: &Ui, id: egui::Id, from: usize, text: &str) {
    use egui::text::{CCursor, CCursorRange};
    let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    let range = CCursorRange::two(CCursor::new(from), CCursor::new(text.chars().count()));
    state.cursor.set_char_range(Some(range));
    TextEdit::store_state(ui.ctx(), id, state);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_being_typed_is_the_last_one() {
        let check = |text: &str, expected: (&str, &str)| assert_eq!(split(text), expected, "{text:?}");
        check("", ("", ""));
        check("pro", ("", "pro"));
        check("/home/an", ("/home/", "an"));
        check("/home/", ("/home/", ""));
        check("/a/b.txt; /c/d", ("/c/", "d"));
    }

    #[test]
    fn several_paths_are_told_apart() {
        let check = |text: &str, expected: &[&str]| {
            let field = PathField { text: text.to_owned(), ..PathField::new(PathKind::Files, Path::new("")) };
            assert_eq!(field.paths(), expected.iter().map(PathBuf::from).collect::<Vec<_>>(), "{text:?}");
        };
        check("", &[]);
        check("/a b/c.txt", &["/a b/c.txt"]);
        check("/a.txt; /b/*.html ;", &["/a.txt", "/b/*.html"]);
    }

    #[test]
    fn names_are_completed_to_what_they_share() {
        let entry = |name: &str| Entry { name: name.to_owned(), is_folder: true };
        assert_eq!(common_start(&[entry("projekte"), entry("projekt-alt"), entry("projekt")]), "projekt");
        assert_eq!(common_start(&[entry("äb"), entry("äc")]), "ä");
        assert_eq!(common_start(&[]), "");
    }
}
