//! The window's state and one frame of it.

use super::{
    article_list::ArticleList,
    bar,
    command::Command,
    document::{DocumentAction, DocumentInput, DocumentView, Reveal},
    fonts,
    inspector::Inspector,
    keymap::Keymap,
    label_strip,
    link_box::{LinkBox, Picker, Position},
    messages::Messages,
    palette_box::PaletteBox,
    request::{Dialog, DialogState, PanelContext, Request},
    settings::{ProjectPlace, Settings},
    status_line,
    table::{Tab, Table},
    texts::{self, tr},
    theme::{LabelPalette, Theme, size},
    widgets,
};
use crate::{
    model::{AnnotationId, AnnotatorName, ArticleId, Schema},
    session::{
        Session,
        linking::{Place, can_link, can_retarget},
    },
    store::Access,
    text::{ByteOffset, TextRange},
};
use egui::{CentralPanel, Context, Event, Frame, Id, Key, Margin, Panel, Ui};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Where a relation starts, or which place of it gets another target; the state of the project; what it can lead to.
type Targets = ((AnnotationId, Option<Place>), u64, BTreeSet<AnnotationId>);

/// Where the inspector stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InspectorPlace {
    Beside,
    /// Over the text, in a narrow window.
    Over,
    /// Below the text, in a window with no room for both.
    Below,
}

/// Everything that the window shows and remembers.
pub struct App {
    pub(super) session: Option<Session>,
    pub(super) settings: Settings,
    settings_path: Option<PathBuf>,
    saved_settings: Settings,
    pub(super) theme: Theme,
    pub(super) palette: LabelPalette,
    palette_of: Option<(Arc<Schema>, bool)>,
    pub(super) keymap: Keymap,
    pub(super) messages: Messages,
    pub(super) article: Option<ArticleId>,
    pub(super) views: BTreeMap<ArticleId, DocumentView>,
    pub(super) selected: Option<AnnotationId>,
    /// What was selected until text was.
    pub(super) left: Option<AnnotationId>,
    pub(super) highlights: Vec<TextRange>,
    pub(super) list: ArticleList,
    /// True while the window is so narrow that the list lies over the text.
    list_lies_over: bool,
    /// True while it does so.
    list_is_over: bool,
    pub(super) inspector: Inspector,
    pub(super) table: Table,
    pub(super) palette_box: Option<PaletteBox>,
    pub(super) link_box: Option<LinkBox>,
    pub(super) picker: Option<Picker>,
    dialog: Option<Box<dyn Dialog>>,
    pub(super) requests: Vec<Request>,
    /// Where jumps began: article, caret, what was selected.
    pub(super) jumps: Vec<(ArticleId, ByteOffset, Option<AnnotationId>)>,
    /// The annotation whose relations are followed, and how many of their ends were shown.
    pub(super) followed: Option<(AnnotationId, usize)>,
    /// True if the caret was moved by keyboard in this frame.
    caret_moved: bool,
    /// True when the article should have the keyboard.
    pub(super) focus_article: bool,
    set_up: bool,
    pub(super) quit: bool,
    /// The transaction of which the user was told that undoing it takes articles away.
    pub(super) undo_asked: Option<u64>,
    /// Which annotations a relation under way can lead to, and for which state that was found.
    targets: Option<Targets>,
    /// What had the keyboard at the end of the last frame.
    had_focus: Option<Id>,
}

impl App {
    /// A window with these settings; `settings_path` is where they are kept, `None` keeps them nowhere.
    pub fn new(settings: Settings, settings_path: Option<PathBuf>) -> Self {
        texts::set_language(settings.language);
        Self {
            session: None,
            theme: Theme::light(),
            palette: LabelPalette::default(),
            palette_of: None,
            keymap: Keymap::new(settings.keys.clone()),
            messages: Messages::default(),
            article: None,
            views: BTreeMap::new(),
            selected: None,
            left: None,
            highlights: Vec::new(),
            list: ArticleList::default(),
            list_lies_over: false,
            list_is_over: false,
            inspector: Inspector::default(),
            table: Table::default(),
            palette_box: None,
            link_box: None,
            picker: None,
            dialog: None,
            requests: Vec::new(),
            jumps: Vec::new(),
            followed: None,
            caret_moved: false,
            focus_article: true,
            set_up: false,
            quit: false,
            undo_asked: None,
            targets: None,
            had_focus: None,
            saved_settings: settings.clone(),
            settings,
            settings_path,
        }
    }

    /// The open project.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The open project, to be changed beside the window; for tests and figures.
    pub fn session_mut(&mut self) -> Option<&mut Session> {
        self.session.as_mut()
    }

    /// The open article.
    pub fn article(&self) -> Option<&ArticleId> {
        self.article.as_ref()
    }

    /// The selected annotation.
    pub fn selected(&self) -> Option<AnnotationId> {
        self.selected
    }

    /// The view of the open article.
    pub fn view(&self) -> Option<&DocumentView> {
        self.views.get(self.article.as_ref()?)
    }

    pub fn view_mut(&mut self) -> Option<&mut DocumentView> {
        self.views.get_mut(self.article.as_ref()?)
    }

    /// Does what a panel would ask for, at the next frame.
    pub fn request(&mut self, request: Request) {
        self.requests.push(request);
    }

    /// All messages so far.
    pub fn messages(&self) -> &Messages {
        &self.messages
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// True once the user asked to quit.
    pub fn wants_to_quit(&self) -> bool {
        self.quit
    }

    /// Opens the project in `root`, and the article where the user was.
    pub fn open_project(&mut self, root: &Path) {
        if let Some(reason) = self.unsaved() {
            self.messages.error(reason);
            return;
        }
        self.close_project();
        let annotator = if self.settings.annotator.is_empty() {
            default_annotator()
        } else {
            AnnotatorName::new(&self.settings.annotator)
        };
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        match Session::open(&root, Access::Write, annotator) {
            Ok(mut session) => {
                // Whoever has not said who they are sees what there is: the work of the only annotator.
                if self.settings.annotator.is_empty()
                    && let [only] = session.store().annotators().as_slice()
                    && let Err(error) = session.set_annotator(only.clone())
                {
                    self.messages.error(error.to_string());
                }
                self.settings.remember_project(&root);
                let place = self.settings.places.get(&root).cloned().unwrap_or_default();
                let wanted = ArticleId::new(&place.article);
                let first = session.project().articles.keys().next().cloned();
                let start = if session.project().articles.contains_key(&wanted) { Some(wanted) } else { first };
                for (id, (top, caret)) in &place.positions {
                    self.views.insert(ArticleId::new(id), DocumentView::at(*top, ByteOffset(*caret)));
                }
                self.session = Some(session);
                if let Some(id) = start {
                    self.open_article(&id);
                }
            }
            Err(error) => self.messages.error(format!("{}: {error}", tr("The project could not be opened"))),
        }
        self.focus_article = true;
    }

    /// Brings the files up to date and forgets the project.
    pub fn close_project(&mut self) {
        self.keep_typed();
        self.remember_place();
        if let Some(mut session) = self.session.take()
            && let Err(error) = session.close()
        {
            self.messages.error(error.to_string());
        }
        self.article = None;
        self.views.clear();
        self.selected = None;
        self.highlights.clear();
        self.jumps.clear();
        self.link_box = None;
        self.picker = None;
        self.list = ArticleList::default();
        self.inspector = Inspector::default();
        self.palette_box = None;
        self.dialog = None;
        self.table.forget();
    }

    /// Takes over what is still being typed in the inspector.
    fn keep_typed(&mut self) {
        self.selected = None;
        let mut inspector = std::mem::take(&mut self.inspector);
        let mut requests = Vec::new();
        inspector.keep_typed(&self.context(), &mut requests);
        for request in requests {
            let Request::Change(change) = request else { continue };
            if let Some(session) = &mut self.session
                && let Err(error) = change(session)
            {
                self.messages.error(error.to_string());
            }
        }
    }

    /// Why the project can not be left now: changes that are not on disk, and the reason.
    pub fn unsaved(&self) -> Option<String> {
        match self.session.as_ref()?.saved() {
            crate::store::SaveState::Failed { message, pending } if pending > 0 => {
                Some(format!("{} ({pending}): {message}", tr("Not saved")))
            }
            _ => None,
        }
    }

    fn remember_place(&mut self) {
        let Some(session) = &self.session else { return };
        let place = ProjectPlace {
            article: self.article.as_ref().map(ToString::to_string).unwrap_or_default(),
            positions: self
                .views
                .iter()
                .map(|(id, view)| (id.to_string(), (view.scroll_position(), view.selection.head.0)))
                .collect(),
        };
        self.settings.places.insert(session.root().to_owned(), place);
    }

    /// Shows an article.
    pub(super) fn open_article(&mut self, id: &ArticleId) {
        let Some(session) = &mut self.session else { return };
        if let Err(error) = session.load(id) {
            self.messages.error(error.to_string());
            return;
        }
        if self.article.as_ref() != Some(id) {
            self.selected = None;
            self.left = None;
            self.highlights.clear();
            self.picker = None;
            self.link_box = None;
            self.article = Some(id.clone());
            self.list.reveal(id);
            self.list_is_over = false;
        }
        self.views.entry(id.clone()).or_default();
    }

    /// Writes the settings if they changed.
    pub fn save_settings(&mut self) {
        self.remember_place();
        self.settings.keys = self.keymap.changed().clone();
        if self.settings == self.saved_settings {
            return;
        }
        if let Some(path) = &self.settings_path
            && let Err(error) = self.settings.save(path)
        {
            self.messages.warning(format!("{}: {error}", tr("The settings could not be saved")));
        }
        self.saved_settings = self.settings.clone();
    }

    /// Fonts and appearance. Done by the first frame; call it earlier to have it done before.
    pub fn set_up(&mut self, context: &Context) {
        if !self.set_up {
            self.set_up = true;
            context.set_fonts(fonts::definitions());
            context.options_mut(|options| options.zoom_with_keyboard = false);
            self.apply_appearance(context);
        }
    }

    pub(super) fn apply_appearance(&mut self, context: &Context) {
        let system_dark = context.system_theme() == Some(egui::Theme::Dark);
        self.theme = if self.settings.dark.unwrap_or(system_dark) { Theme::dark() } else { Theme::light() };
        self.theme.apply(context);
        context.set_zoom_factor(self.settings.zoom);
    }

    fn update_palette(&mut self) {
        let schema = self.session.as_ref().map(|session| session.project().schema.clone()).unwrap_or_default();
        let key = (schema, self.theme.dark);
        if self.palette_of.as_ref() != Some(&key) {
            self.palette = LabelPalette::new(&self.theme, &key.0);
            self.palette_of = Some(key);
        }
    }

    /// One frame.
    pub fn ui(&mut self, ui: &mut Ui) {
        let context = ui.ctx().clone();
        self.set_up(&context);
        self.update_palette();
        self.tick(&context);
        self.take_drops(&context);
        self.take_keys(&context);
        self.carry_out_requests(&context);
        self.update_palette();

        ui.painter().rect_filled(ui.max_rect(), 0.0, self.theme.panel);
        let narrow = ui.available_width() < size::NARROW;
        self.list_lies_over = ui.available_width() < size::TIGHT;
        self.show_bar(ui);
        self.show_status(ui);
        if self.session.is_some() {
            if !self.list_lies_over {
                self.show_articles(ui);
            }
            let place = match (self.list_lies_over, narrow) {
                (true, _) => InspectorPlace::Below,
                (false, true) => InspectorPlace::Over,
                (false, false) => InspectorPlace::Beside,
            };
            if place != InspectorPlace::Over {
                self.show_inspector(ui, place);
            }
            self.show_table(ui);
            self.show_center(ui);
            if place == InspectorPlace::Over {
                self.show_inspector(ui, place);
            }
            if self.list_lies_over {
                self.show_articles_over(ui);
            }
        } else {
            self.show_welcome(ui);
        }
        self.show_boxes(&context);
        self.show_dialog(&context);
        let bottom = if self.table.is_open() { 0.0 } else { size::STATUS };
        self.messages.show(&context, &self.theme, bottom);
        self.carry_out_requests(&context);
        self.had_focus = context.memory(|memory| memory.focused());
    }

    fn tick(&mut self, context: &Context) {
        let Some(session) = &mut self.session else { return };
        let repaint = context.clone();
        session.start_background(move || repaint.request_repaint());
        for text in session.tick() {
            self.messages.warning(text);
        }
        for notice in session.take_notices() {
            self.messages.warning(notice.to_string());
        }
        // Saving and outside changes are looked after without the user.
        context.request_repaint_after(std::time::Duration::from_millis(1000));
        // What is selected may be gone by undo or by an outside change.
        if let (Some(id), Some(article)) = (self.selected, &self.article) {
            let exists = session.set(article).is_some_and(|set| set.contains(id));
            if !exists {
                self.selected = None;
            }
        }
        if let Some(article) = &self.article
            && !session.project().articles.contains_key(article)
        {
            self.article = session.project().articles.keys().next().cloned();
            self.selected = None;
            if let Some(id) = self.article.clone() {
                self.open_article(&id);
            }
        }
    }

    fn take_drops(&mut self, context: &Context) {
        let dropped: Vec<PathBuf> =
            context.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
        if dropped.is_empty() || self.dialog.is_some() {
            return;
        }
        if let [folder] = dropped.as_slice()
            && folder.is_dir()
        {
            self.requests.push(Request::OpenProject(folder.clone()));
        } else if !dropped.is_empty() {
            self.requests.push(Request::Import(dropped));
        }
    }

    /// Turns pressed keys into commands and labels. Bare keys belong to text fields while one has the keyboard.
    fn take_keys(&mut self, context: &Context) {
        let focused = context.memory(|memory| memory.focused());
        let article = article_id();
        let in_text = context.text_edit_focused() || self.dialog.is_some() || self.palette_box.is_some();
        let elsewhere = focused.is_some() && focused != Some(article);
        let in_picker = self.picker.as_ref().is_some_and(|picker| {
            context.input(|input| {
                let pressed =
                    |event: &Event| matches!(event, Event::Key { key, pressed: true, .. } if picker.wants(*key));
                input.events.iter().any(pressed)
            })
        });
        let in_box = self.link_box.is_some() || in_picker || egui::Popup::is_any_open(context);
        if self.dialog.is_some() {
            return;
        }
        // Escape has taken the keyboard from a field or button already; it leads back to the article and does no more.
        let is_box_open = self.palette_box.is_some() || self.link_box.is_some() || self.picker.is_some();
        if !is_box_open
            && self.had_focus.is_some_and(|id| id != article)
            && context.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Escape))
        {
            self.focus_article = true;
        }
        let mut commands = Vec::new();
        let mut labels = Vec::new();
        context.input_mut(|input| {
            commands = self.keymap.take_pressed(&mut input.events, in_text || elsewhere || in_box);
            if !in_text && !elsewhere && !in_box {
                input.events.retain(|event| match self.label_of(event) {
                    Some(found) => {
                        labels.push(found);
                        false
                    }
                    None => true,
                });
            }
        });
        if !(in_text || elsewhere || in_box) {
            self.move_caret(context);
        }
        if !commands.is_empty() || !labels.is_empty() {
            self.picker = None;
        }
        self.requests.extend(commands.into_iter().map(Request::Run));
        self.requests.extend(labels);
    }

    /// The label whose key an event presses. With Alt the span is made at the caret, without width.
    fn label_of(&self, event: &Event) -> Option<Request> {
        let schema = &self.session.as_ref()?.project().schema;
        match event {
            Event::Key { key, pressed: true, modifiers, .. } if !modifiers.command && !modifiers.shift => {
                let mut characters = key.name().chars();
                let character = characters.next().filter(|_| characters.next().is_none())?;
                let label = schema.label_for_key(character.to_ascii_lowercase())?.name.clone();
                Some(if modifiers.alt { Request::LabelPlace(label) } else { Request::Label(label) })
            }
            Event::Text(text) => {
                let mut characters = text.chars();
                let character = characters.next().filter(|_| characters.next().is_none())?;
                let is_key = character.is_ascii_alphanumeric();
                let label = schema.label_for_key(character).filter(|_| !is_key)?.name.clone();
                Some(Request::Label(label))
            }
            _ => None,
        }
    }

    fn move_caret(&mut self, context: &Context) {
        use super::document::Motion;
        let Some(id) = self.article.clone() else { return };
        let Some(session) = &self.session else { return };
        let Some(article) = session.project().article(&id) else { return };
        let Some(view) = self.views.get_mut(&id) else { return };
        let mut moved = false;
        let mut escaped = false;
        context.input_mut(|input| {
            input.events.retain(|event| {
                let Event::Key { key, pressed: true, modifiers, .. } = event else { return true };
                if modifiers.alt {
                    return true;
                }
                let motion = match (key, modifiers.command) {
                    (Key::ArrowLeft, false) => Motion::Left,
                    (Key::ArrowRight, false) => Motion::Right,
                    (Key::ArrowLeft, true) => Motion::TokenLeft,
                    (Key::ArrowRight, true) => Motion::TokenRight,
                    (Key::ArrowUp, false) => Motion::Up,
                    (Key::ArrowDown, false) => Motion::Down,
                    (Key::PageUp, false) => Motion::PageUp,
                    (Key::PageDown, false) => Motion::PageDown,
                    (Key::Home, false) => Motion::LineStart,
                    (Key::End, false) => Motion::LineEnd,
                    (Key::Home, true) => Motion::Start,
                    (Key::End, true) => Motion::End,
                    (Key::Escape, _) => {
                        escaped = true;
                        return false;
                    }
                    _ => return true,
                };
                view.move_caret(motion, modifiers.shift, article.text());
                moved = true;
                false
            });
        });
        if escaped {
            if !self.highlights.is_empty() {
                self.highlights.clear();
            } else if !view.pieces.is_empty() {
                view.pieces.clear();
            } else if !view.selection.is_empty() {
                view.selection = super::document::Selection::caret(view.selection.head);
            } else if self.list_is_over {
                self.list_is_over = false;
            } else {
                self.selected = None;
            }
        }
        if moved {
            self.picker = None;
        }
        self.caret_moved |= moved;
    }

    /// What is done next is about the text that is selected anew, or the place where the caret went, not about the annotation
    /// that was selected before.
    fn leave_selected(&mut self) {
        if !std::mem::take(&mut self.caret_moved) {
            return;
        }
        let Some(selection) = self.view().map(|view| view.selection) else { return };
        let anchor = self.selected.and_then(|id| self.set()?.anchor(id));
        let is_there = anchor.is_some_and(|range| range.contains(TextRange::at(selection.head)));
        if !is_there || !selection.is_empty() {
            self.left = self.selected.take().or(self.left);
        }
    }

    pub(super) fn context(&self) -> PanelContext<'_> {
        PanelContext {
            session: self.session.as_ref(),
            settings: &self.settings,
            theme: &self.theme,
            palette: &self.palette,
            keymap: &self.keymap,
            article: self.article.as_ref(),
            selected: self.selected,
            selection: self.view().map(|view| view.selection.range()).unwrap_or_default(),
        }
    }

    /// Runs a panel that needs its own state and a look at everything else.
    fn with_requests<T>(&mut self, show: impl FnOnce(&Self, &mut Vec<Request>) -> T) -> T {
        let mut requests = Vec::new();
        let result = show(self, &mut requests);
        self.requests.extend(requests);
        result
    }

    fn show_bar(&mut self, ui: &mut Ui) {
        let frame = Frame::new().fill(self.theme.panel).inner_margin(Margin::symmetric(12, 0));
        Panel::top("bar").exact_size(size::BAR).resizable(false).frame(frame).show(ui, |ui| {
            self.with_requests(|app, requests| bar::show(ui, &app.context(), requests));
        });
    }

    fn show_status(&mut self, ui: &mut Ui) {
        let frame = Frame::new().fill(self.theme.panel).inner_margin(Margin::symmetric(12, 0));
        Panel::bottom("status").exact_size(size::STATUS).resizable(false).frame(frame).show(ui, |ui| {
            self.with_requests(|app, requests| status_line::show(ui, &app.context(), app.view(), requests));
        });
    }

    fn show_articles(&mut self, ui: &mut Ui) {
        if !self.settings.show_articles {
            return;
        }
        let frame = Frame::new().fill(self.theme.panel).inner_margin(Margin::symmetric(8, 8));
        let widest = (ui.available_width() * 0.4).max(256.0).min(ui.available_width() * 0.6);
        let panel =
            Panel::left("articles").default_size(256.0_f32.min(widest)).min_size(140.0).max_size(widest).frame(frame);
        let mut list = std::mem::take(&mut self.list);
        panel.show(ui, |ui| {
            self.with_requests(|app, requests| list.show(ui, &app.context(), requests));
        });
        self.list = list;
    }

    /// In a tight window the list lies over the text, from when it is asked for until an article was chosen.
    fn show_articles_over(&mut self, ui: &mut Ui) {
        if !self.list_is_over {
            return;
        }
        let screen = ui.ctx().content_rect();
        let frame = Frame::popup(ui.style()).inner_margin(Margin::symmetric(10, 8));
        let area = egui::Area::new(Id::unique("articles overlay"))
            .order(egui::Order::Middle)
            .anchor(egui::Align2::LEFT_TOP, egui::vec2(8.0, size::BAR + 6.0));
        let mut list = std::mem::take(&mut self.list);
        area.show(ui.ctx(), |ui| {
            frame.show(ui, |ui| {
                ui.set_width(280.0_f32.min(screen.width() - 60.0));
                ui.set_height((screen.height() - size::BAR - size::STATUS - 40.0).max(120.0));
                self.with_requests(|app, requests| list.show(ui, &app.context(), requests));
            });
        });
        self.list = list;
    }

    /// Shows or hides the list of articles.
    pub(super) fn toggle_articles(&mut self) {
        if self.list_lies_over {
            self.list_is_over = !self.list_is_over;
        } else {
            self.settings.show_articles = !self.settings.show_articles;
        }
    }

    /// Shows the list of articles.
    pub(super) fn reveal_articles(&mut self) {
        self.settings.show_articles = true;
        self.list_is_over = true;
    }

    fn show_inspector(&mut self, ui: &mut Ui, place: InspectorPlace) {
        let mut inspector = std::mem::take(&mut self.inspector);
        self.with_requests(|app, requests| inspector.keep_typed(&app.context(), requests));
        let has_room = match place {
            InspectorPlace::Beside => true,
            InspectorPlace::Over => self.selected.is_some(),
            InspectorPlace::Below => self.selected.is_some() && !self.table.is_open(),
        };
        if !self.settings.show_inspector || !has_room {
            self.inspector = inspector;
            return;
        }
        let screen = ui.ctx().content_rect();
        let frame = Frame::new().fill(self.theme.panel).inner_margin(Margin::symmetric(14, 10));
        let show = |ui: &mut Ui| self.with_requests(|app, requests| inspector.show(ui, &app.context(), requests));
        match place {
            InspectorPlace::Beside => {
                let widest = (ui.available_width() * 0.45).max(200.0);
                let panel =
                    Panel::right("inspector").default_size(312.0_f32.min(widest)).min_size(200.0).max_size(widest);
                panel.frame(frame).show(ui, |ui| {
                    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, show);
                });
            }
            InspectorPlace::Over => {
                let frame = Frame::popup(ui.style()).inner_margin(Margin::symmetric(14, 10));
                let area = egui::Area::new(Id::unique("inspector overlay"))
                    .order(egui::Order::Middle)
                    .anchor(egui::Align2::RIGHT_TOP, egui::vec2(-10.0, size::BAR + 8.0));
                area.show(ui.ctx(), |ui| {
                    frame.show(ui, |ui| {
                        ui.set_width(280.0_f32.min(screen.width() - 60.0));
                        egui::ScrollArea::vertical().max_height(screen.height() - 130.0).show(ui, show);
                    });
                });
            }
            InspectorPlace::Below => {
                let highest = (ui.available_height() * 0.36).max(80.0);
                Panel::bottom("inspector below").exact_size(highest).resizable(false).frame(frame).show(ui, |ui| {
                    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, show);
                });
            }
        }
        self.inspector = inspector;
    }

    fn show_table(&mut self, ui: &mut Ui) {
        if !self.table.is_open() {
            return;
        }
        let frame = Frame::new().fill(self.theme.panel).inner_margin(Margin::symmetric(12, 6));
        // Some lines of the article stay in sight.
        let highest = (ui.available_height() - 170.0).min(ui.available_height() * 0.7).max(110.0);
        let panel =
            Panel::bottom("table").default_size(230.0_f32.min(highest)).min_size(90.0).max_size(highest).frame(frame);
        let mut table = std::mem::take(&mut self.table);
        panel.show(ui, |ui| {
            self.with_requests(|app, requests| table.show(ui, &app.context(), requests));
        });
        self.table = table;
    }

    fn show_center(&mut self, ui: &mut Ui) {
        let frame = Frame::new().fill(self.theme.page);
        CentralPanel::default().frame(frame).show(ui, |ui| {
            let Some(id) = self.article.clone() else {
                widgets::empty_state(
                    ui,
                    &self.theme,
                    super::icons::FILE_PLUS,
                    tr("This project has no articles yet. Add some with Ctrl+I, or drop files here."),
                );
                return;
            };
            let strip = Frame::new().fill(self.theme.page).inner_margin(Margin::symmetric(14, 5));
            Panel::top("labels").resizable(false).frame(strip).show(ui, |ui| {
                self.with_requests(|app, requests| label_strip::show(ui, &app.context(), requests));
            });
            self.show_hint(ui);
            self.show_document(ui, &id);
            self.leave_selected();
        });
    }

    /// Three steps for the first start; gone for good once closed.
    fn show_hint(&mut self, ui: &mut Ui) {
        if self.settings.hints_seen {
            return;
        }
        let frame = Frame::new().fill(self.theme.selection).inner_margin(Margin::symmetric(16, 7));
        Panel::top("hint").resizable(false).frame(frame).show(ui, |ui| {
            let close = 30.0;
            let text = tr(
                "Select words with the mouse or Shift and the arrow keys · press a label's key, such as P for a person · press R to link it to another span. Ctrl+Z takes anything back.",
            );
            let font = egui::FontId::proportional(size::BODY);
            let width = (ui.available_width() - close).max(80.0);
            let galley = ui.painter().layout(text.to_owned(), font, self.theme.text, width);
            let (rect, response) =
                ui.allocate_exact_size(egui::vec2(ui.available_width(), galley.size().y.max(22.0)), egui::Sense::hover());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, text));
            ui.painter().galley(rect.left_top() + egui::vec2(0.0, 3.0), galley, self.theme.text);
            let corner = egui::Rect::from_min_size(rect.right_top() - egui::vec2(close, 0.0), egui::vec2(close, 22.0));
            ui.scope_builder(egui::UiBuilder::new().max_rect(corner), |ui| {
                if widgets::icon_button(ui, super::icons::CLOSE, tr("Close hint")).clicked() {
                    self.settings.hints_seen = true;
                }
            });
        });
    }

    fn show_document(&mut self, ui: &mut Ui, id: &ArticleId) {
        let Some(session) = &self.session else { return };
        let Some(article) = session.project().article(id) else { return };
        let Some(text) = article.text.clone() else { return };
        let Some(mut view) = self.views.remove(id) else { return };
        let in_box = self.link_box.as_ref().map(|link_box| (link_box.source(), link_box.place()));
        let linking = view.link_source().map(|source| (source, None)).or(in_box);
        self.find_targets(linking);
        let session = self.session.as_ref();
        let Some((session, article)) = session.and_then(|session| Some((session, session.project().article(id)?)))
        else {
            return;
        };
        let metadata = &article.metadata;
        let parts = [&metadata.source, &metadata.date, &metadata.language];
        let byline =
            parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join("  ·  ");
        view.snap = self.settings.snap;
        let focus = article_id();
        let input = DocumentInput {
            text: &text,
            set: session.set(id),
            schema: &session.project().schema,
            theme: &self.theme,
            palette: &self.palette,
            title: &metadata.title,
            byline: &byline,
            tags: self.settings.tags,
            arcs: self.settings.arcs,
            selected: self.selected,
            highlights: &self.highlights,
            targets: self.targets.as_ref().map(|(_, _, targets)| targets),
            read_only: session.read_only_reason().is_some(),
            focused: ui.ctx().memory(|memory| memory.has_focus(focus)),
        };
        let (response, actions) = view.show(ui, &input);
        // The article takes the keyboard under an id that the key handling knows.
        let focusable =
            ui.interact(response.rect.shrink(response.rect.width()), focus, egui::Sense::focusable_noninteractive());
        focusable.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Document, true, tr("Article, keyboard")));
        // What nothing else has belongs to the article, so that its keys always work.
        let is_free = ui.ctx().memory(|memory| memory.focused().is_none());
        let is_alone = self.dialog.is_none() && self.palette_box.is_none() && self.link_box.is_none();
        if self.focus_article || is_free && is_alone || response.clicked() || response.drag_started() {
            ui.ctx().memory_mut(|memory| memory.request_focus(focus));
            self.focus_article = false;
        }
        ui.ctx().memory_mut(|memory| {
            memory.set_focus_lock_filter(
                focus,
                egui::EventFilter { tab: true, horizontal_arrows: true, vertical_arrows: true, escape: true },
            );
        });
        self.hover_card(&response, &view, id);
        self.views.insert(id.clone(), view);
        self.carry_out_document_actions(actions);
    }

    /// What the span under the pointer is.
    fn hover_card(&self, response: &egui::Response, view: &DocumentView, article: &ArticleId) {
        let Some(id) = view.hovered().filter(|_| view.link_source().is_none()) else { return };
        let Some(set) = self.session.as_ref().and_then(|session| session.set(article)) else { return };
        let Some(span) = set.span(id) else { return };
        let text = self.context().open_article().map(|article| article.text()).unwrap_or_default();
        response.clone().on_hover_ui_at_pointer(|ui| {
            ui.set_max_width(320.0);
            ui.horizontal(|ui| {
                let colors = self.palette.get(&span.label);
                let (rect, _) = ui.allocate_exact_size(egui::vec2(10.0, 14.0), egui::Sense::hover());
                widgets::swatch(ui, rect.center(), colors);
                ui.label(egui::RichText::new(&*span.label).font(super::theme::strong(size::BODY)));
                ui.label(super::document::shortened(&span.fragments.surface(text), 60));
            });
            let values = span.attributes.iter().map(|(name, value)| format!("{name} {value}"));
            let entity = span.entity.as_ref().map(|entity| format!("→ {entity}"));
            let line = values.chain(entity).collect::<Vec<_>>().join(" · ");
            if !line.is_empty() {
                ui.label(egui::RichText::new(line).color(self.theme.text_weak));
            }
            if !span.note.is_empty() {
                ui.label(egui::RichText::new(&span.note).italics());
            }
        });
    }

    /// Finds the annotations that a relation from `source` can lead to, once for each state of the project.
    fn find_targets(&mut self, source: Option<(AnnotationId, Option<Place>)>) {
        let Some(((source, place), session, article)) =
            source.and_then(|source| Some((source, self.session.as_ref()?, self.article.as_ref()?)))
        else {
            self.targets = None;
            return;
        };
        let revision = session.revision();
        if self.targets.as_ref().is_some_and(|(known, at, _)| *known == (source, place) && *at == revision) {
            return;
        }
        let Some(set) = session.set(article) else { return };
        let schema = &session.project().schema;
        let ids = set.spans().map(|span| span.id).chain(set.relations().map(|relation| relation.id));
        let allowed = |target: &AnnotationId| match place {
            Some(place) => can_retarget(set, schema, source, place, *target),
            None => can_link(set, schema, source, *target),
        };
        self.targets = Some(((source, place), revision, ids.filter(allowed).collect()));
    }

    fn carry_out_document_actions(&mut self, actions: Vec<DocumentAction>) {
        for action in actions {
            match action {
                DocumentAction::Select(id) => {
                    if self.link_box.is_some()
                        && let Some(id) = id
                    {
                        self.link_to(id);
                    } else {
                        self.left = self.selected.filter(|_| id.is_none()).or(self.left);
                        self.selected = id;
                        self.picker = None;
                    }
                }
                DocumentAction::Pick { spans, position } => self.picker = Some(Picker::new(spans, position)),
                DocumentAction::Menu { spans, position } => {
                    if let Some(first) = spans.first() {
                        self.selected = Some(*first);
                        self.picker = Some(Picker::new(spans, position));
                    }
                }
                DocumentAction::Resize { id, fragments } => self.resize(id, fragments),
                DocumentAction::Link { from, to, position } => {
                    self.selected = Some(from);
                    self.link_box = Some(LinkBox::new(from, Position::At(position)));
                    self.link_to(to);
                }
                DocumentAction::Jump(id) => self.jump_to(id),
            }
        }
    }

    fn show_boxes(&mut self, context: &Context) {
        if let Some(mut palette_box) = self.palette_box.take() {
            let open = self.with_requests(|app, requests| palette_box.show(context, &app.context(), requests));
            if open {
                self.palette_box = Some(palette_box);
            } else {
                self.focus_article = true;
            }
        }
        if let Some(mut link_box) = self.link_box.take() {
            let open = self.with_requests(|app, requests| link_box.show(context, &app.context(), requests));
            if open {
                self.link_box = Some(link_box);
            } else {
                self.focus_article = true;
            }
        }
        if let Some(mut picker) = self.picker.take()
            && self.with_requests(|app, requests| picker.show(context, &app.context(), requests))
        {
            self.picker = Some(picker);
        }
    }

    fn show_dialog(&mut self, context: &Context) {
        let Some(mut dialog) = self.dialog.take() else { return };
        let screen = context.content_rect();
        let width = dialog.width().min(screen.width() - 60.0);
        let mut state = DialogState::Open;
        let mut dismissed = false;
        // The article keeps Tab to itself while it has the keyboard.
        context.memory_mut(|memory| memory.surrender_focus(article_id()));
        let frame = Frame::popup(&context.global_style()).inner_margin(Margin::symmetric(20, 16));
        let response = egui::Modal::new(Id::unique("dialog")).frame(frame).show(context, |ui| {
            ui.set_width(width);
            ui.set_max_height(screen.height() - 90.0);
            ui.horizontal(|ui| {
                ui.label(egui::RichText::new(dialog.title()).font(super::theme::strong(16.0)));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if widgets::icon_button(ui, super::icons::CLOSE, tr("Close")).clicked() {
                        dismissed = true;
                    }
                });
            });
            ui.add_space(6.0);
            let shown = self.with_requests(|app, requests| dialog.show(ui, &app.context(), requests));
            if shown == DialogState::Close {
                state = DialogState::Close;
            }
        });
        let outside = response.backdrop_response.clicked();
        dismissed |= response.should_close() && (dialog.closes_outside() || !outside);
        if state == DialogState::Open && (!dismissed || !dialog.may_close()) {
            self.dialog.get_or_insert(dialog);
        } else {
            self.focus_article = true;
        }
    }

    pub(super) fn open_dialog(&mut self, dialog: Box<dyn Dialog>) {
        self.dialog = Some(dialog);
    }

    pub(super) fn close_dialog(&mut self) {
        self.dialog = None;
        self.focus_article = true;
    }

    /// True while a dialog is open.
    pub fn has_dialog(&self) -> bool {
        self.dialog.is_some()
    }

    fn show_welcome(&mut self, ui: &mut Ui) {
        let frame = Frame::new().fill(self.theme.page);
        CentralPanel::default().frame(frame).show(ui, |ui| {
            self.with_requests(|app, requests| super::welcome::show(ui, &app.context(), requests));
        });
    }

    /// Shows a place of the open article, and remembers where the user was.
    pub(super) fn reveal(&mut self, range: TextRange) {
        if let Some(view) = self.view_mut() {
            view.reveal(range, Reveal::Comfortably);
        }
    }

    /// Remembers the present place, for [`Command::JumpBack`].
    pub(super) fn push_jump(&mut self) {
        if let (Some(article), Some(view)) = (self.article.clone(), self.view()) {
            let caret = view.selection.head;
            self.jumps.push((article, caret, self.selected));
            let surplus = self.jumps.len().saturating_sub(50);
            self.jumps.drain(..surplus);
        }
    }

    /// Opens a table, or closes it when it is open already.
    pub(super) fn toggle_table(&mut self, tab: Tab) {
        self.table.toggle(tab);
    }

    /// Whether a command can be run now.
    pub fn can_run(&self, command: Command) -> bool {
        super::dispatch::can_run(&self.context(), command)
    }
}

/// The id under which the article has the keyboard.
pub fn article_id() -> Id {
    Id::unique("article keyboard")
}

/// The login name as an annotator's name.
pub fn default_annotator() -> AnnotatorName {
    let login =
        std::env::var("GLOSSE_ANNOTATOR").or_else(|_| std::env::var("USER")).or_else(|_| std::env::var("USERNAME"));
    AnnotatorName::new(&crate::model::slug(login.as_deref().unwrap_or("annotator")))
}
