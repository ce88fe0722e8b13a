//! The window's state and one frame of it.

mod article;
mod keys;
mod panels;
mod work;

use super::{
    article_list::ArticleList,
    asking::Asking,
    command::Command,
    dialogs,
    document::{DocumentView, Reveal},
    focus_ring, fonts,
    guesses::Guessing,
    inspector::Inspector,
    keymap::Keymap,
    label_strip::Labels,
    link_box::{LinkBox, Picker},
    messages::Messages,
    palette_box::PaletteBox,
    request::{Dialog, PanelContext, Request},
    settings::{ProjectPlace, Settings},
    suggest_all::SuggestAll,
    table::{Tab, Table},
    texts::{self, tr},
    theme::{LabelPalette, Theme, size},
};
use crate::{
    model::{AnnotationId, AnnotatorName, ArticleId, Schema},
    session::{Assistant, Session, Stopwatch, lower_shared_priority, relation_choices::Place},
    store::{Access, WorkLog},
    text::{ByteOffset, TextRange},
};
use egui::{Context, Event, Id, Ui};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Where a relation starts, or which place of it gets another target; the state of the project; what it can lead to.
type Targets = ((AnnotationId, Option<Place>), u64, BTreeSet<AnnotationId>);

/// Where the inspector stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InspectorPlace {
    Beside,
    /// Below the text, in a window that is too narrow for both: what was just made stays in sight.
    Below,
}

/// Everything that the window shows and remembers.
pub struct App {
    pub(super) session: Option<Session>,
    /// Suggests beside the user.
    pub(super) assistant: Option<Assistant>,
    /// Suggestions for all articles, under way.
    pub(super) suggest_all: Option<SuggestAll>,
    pub(super) guessing: Guessing,
    /// How often the annotations of the open article were changed by hand, since the window was opened.
    pub(super) edits: usize,
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
    /// True while the inspector has no room beside the text.
    is_narrow: bool,
    /// True while the window is so narrow that the list lies over the text.
    list_lies_over: bool,
    /// True while it does so.
    list_is_over: bool,
    /// How much room the labels over the article have.
    labels: Labels,
    pub(super) inspector: Inspector,
    pub(super) table: Table,
    pub(super) palette_box: Option<PaletteBox>,
    pub(super) link_box: Option<LinkBox>,
    pub(super) picker: Option<Picker>,
    dialog: Option<Box<dyn Dialog>>,
    /// An extractor from outside that is at work.
    pub(super) asking: Option<Asking>,
    pub(super) requests: Vec<Request>,
    /// Where jumps began: article, caret, what was selected.
    pub(super) jumps: Vec<(ArticleId, ByteOffset, Option<AnnotationId>)>,
    /// The annotation whose relations are followed, and how many of their ends were shown.
    pub(super) followed: Option<(AnnotationId, usize)>,
    /// True if the caret was moved by keyboard in this frame.
    caret_moved: bool,
    /// True from a jump out of a list on, until a key or the mouse was used in the text.
    pub(super) has_jumped: bool,
    /// What was pressed after a command in the last frame, and what the next frame is to scroll into sight.
    held: Vec<Event>,
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
    /// How long the user works on which article, and where that is noted once there is something to note.
    stopwatch: Stopwatch,
    work_log: Option<WorkLog>,
    /// Who annotates, if the program was started under a name.
    pub(super) annotator_given: Option<AnnotatorName>,
    /// What the panel on suggestions need not make anew.
    pub(super) kept_curve: dialogs::KeptCurve,
}

impl App {
    /// A window with these settings; `settings_path` is where they are kept, `None` keeps them nowhere.
    pub fn new(settings: Settings, settings_path: Option<PathBuf>) -> Self {
        texts::set_language(settings.language);
        lower_shared_priority();
        Self {
            session: None,
            assistant: None,
            suggest_all: None,
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
            is_narrow: false,
            list_lies_over: false,
            list_is_over: false,
            labels: Labels::default(),
            inspector: Inspector::default(),
            table: Table::new(settings.review_order),
            palette_box: None,
            link_box: None,
            picker: None,
            dialog: None,
            asking: None,
            requests: Vec::new(),
            jumps: Vec::new(),
            followed: None,
            caret_moved: false,
            has_jumped: false,
            held: Vec::new(),
            focus_article: true,
            set_up: false,
            quit: false,
            undo_asked: None,
            targets: None,
            had_focus: None,
            stopwatch: Stopwatch::default(),
            annotator_given: None,
            guessing: Guessing::default(),
            edits: 0,
            kept_curve: dialogs::KeptCurve::default(),
            work_log: None,
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

    /// True once for each time that the user asked to quit: the window may stay open, since changes are not saved.
    pub fn take_quit(&mut self) -> bool {
        std::mem::take(&mut self.quit)
    }

    /// Opens the project in `root`, and the article where the user was.
    pub fn open_project(&mut self, root: &Path) {
        if let Some(reason) = self.unsaved() {
            self.messages.error(reason);
            return;
        }
        self.close_project();
        let annotator = self.named_annotator().unwrap_or_else(crate::session::annotator::from_login);
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        match Session::open(&root, Access::Write, annotator) {
            Ok(session) => {
                self.tell_annotator(&session);
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

    /// Opens the sample project. Whoever has not said who they are sees the work that it shows.
    pub fn open_sample(&mut self, root: &Path) {
        self.open_project(root);
        if self.named_annotator().is_none()
            && let Some(session) = &mut self.session
            && let [only] = session.store().annotators().as_slice()
            && let Err(error) = session.set_annotator(only.clone())
        {
            self.messages.error(error.to_string());
        }
    }

    /// Goes by this name in all projects that are opened from now on, whatever the settings say.
    pub fn annotate_as(&mut self, name: AnnotatorName) {
        self.annotator_given = Some(name);
    }

    /// The annotator that somebody named: when the program was started, or in the settings.
    fn named_annotator(&self) -> Option<AnnotatorName> {
        let chosen = Some(&self.settings.annotator).filter(|name| !name.is_empty());
        self.annotator_given.clone().or_else(|| chosen.map(|name| AnnotatorName::new(name)))
    }

    /// Says who annotates where nobody said so and only others have annotated, whose work is not shown then.
    fn tell_annotator(&mut self, session: &Session) {
        let (own, others) = (session.annotator(), session.store().annotators());
        if self.named_annotator().is_some() || others.is_empty() || others.contains(own) {
            return;
        }
        let others = others.iter().map(AnnotatorName::as_str).collect::<Vec<_>>().join(", ");
        let values = [own.as_str(), &others, Command::ChooseAnnotator.title()];
        let text = tr("You annotate as {}. The annotations that are there are by {}: “{}” shows them");
        self.messages.info(texts::fill(text, &values));
    }

    /// Brings the files up to date and forgets the project.
    pub fn close_project(&mut self) {
        if let Some(asking) = self.asking.take() {
            asking.stop();
        }
        self.keep_typed();
        self.assistant = None;
        self.kept_curve = dialogs::KeptCurve::default();
        self.guessing = Guessing::default();
        self.stop_work();
        self.suggest_all = None;
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
        inspector.keep_typed(&self.context(), false, &mut requests);
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
        self.list_is_over = false;
        if self.article.as_ref() != Some(id) {
            self.selected = None;
            self.left = None;
            self.highlights.clear();
            self.picker = None;
            self.link_box = None;
            self.article = Some(id.clone());
            self.list.reveal(id);
        }
        self.views.entry(id.clone()).or_default();
    }

    /// Writes the settings if they changed.
    pub fn save_settings(&mut self) {
        self.remember_place();
        self.settings.keys = self.keymap.changed().clone();
        self.settings.review_order = self.table.review.order();
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
        let held = std::mem::take(&mut self.held);
        context.input_mut(|input| {
            input.events.splice(0..0, held);
        });
        self.measure_work(&context);
        self.tick(&context);
        self.follow_suggest_all(&context);
        self.follow_suggestions(&context);
        self.take_drops(&context);
        self.take_keys(&context);
        self.carry_out_requests(&context);
        self.follow_guesses(&context);
        self.update_palette();

        ui.painter().rect_filled(ui.max_rect(), 0.0, self.theme.panel);
        let narrow = ui.available_width() < size::NARROW;
        self.is_narrow = narrow;
        self.list_lies_over = ui.available_width() < size::TIGHT;
        self.show_bar(ui);
        self.show_status(ui);
        self.show_asking(ui);
        if self.session.is_some() {
            if !self.list_lies_over {
                self.show_articles(ui);
            }
            self.show_inspector(ui, if narrow { InspectorPlace::Below } else { InspectorPlace::Beside });
            self.show_table(ui);
            self.show_center(ui);
            if self.list_lies_over {
                self.show_articles_over(ui);
            }
        } else {
            self.show_welcome(ui);
        }
        self.show_boxes(&context);
        self.show_dialog(&context);
        let bottom = if self.table.is_open() { 0.0 } else { size::STATUS };
        let key = self.dialog.is_none().then_some("Esc");
        self.messages.show(&context, &self.theme, bottom, key);
        focus_ring::show(&context, &self.theme);
        self.carry_out_requests(&context);
        self.held.extend(focus_ring::out_of_sight(&context, self.had_focus));
        self.had_focus = context.memory(|memory| memory.focused());
    }

    fn tick(&mut self, context: &Context) {
        let Some(session) = &mut self.session else { return };
        let repaint = context.clone();
        session.start_background(move || repaint.request_repaint());
        for text in session.tick() {
            self.messages.warning(text);
            if let Some(assistant) = &mut self.assistant {
                assistant.expire();
            }
        }
        for notice in session.take_notices() {
            self.messages.warning(notice.to_string());
        }
        if let Some(asking) = &mut self.asking
            && asking.tick(session, &mut self.messages)
        {
            self.asking = None;
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

    /// What panels may look at.
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
            guess: self.guessing.here(),
        }
    }

    /// Runs a panel that needs its own state and a look at everything else.
    fn with_requests<T>(&mut self, show: impl FnOnce(&Self, &mut Vec<Request>) -> T) -> T {
        let mut requests = Vec::new();
        let result = show(self, &mut requests);
        self.requests.extend(requests);
        result
    }

    /// True while a dialog is open.
    pub fn has_dialog(&self) -> bool {
        self.dialog.is_some()
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

    /// Opens a table, some with the keyboard in it, so that keys meant for their rows do nothing to the text, or closes it when
    /// it is open already.
    pub(super) fn toggle_table(&mut self, tab: Tab) {
        self.table.toggle(tab);
        self.focus_article = !self.table.is_open();
    }

    /// Opens the review queue with the keyboard in its list, or closes it. From elsewhere the keyboard goes to the open list.
    pub(super) fn toggle_review(&mut self, context: &Context) {
        let is_elsewhere = context.memory(|memory| memory.focused()) != Some(super::review::list_id());
        if !self.table.is_review() || !is_elsewhere {
            self.table.toggle(Tab::Review);
        }
        if self.table.is_open() {
            self.table.review.begin();
            self.focus_article = false;
        } else {
            self.focus_article = true;
        }
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
