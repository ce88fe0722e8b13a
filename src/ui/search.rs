//! Search: the bar over the table of hits, and the hits in context, one below the other.
//!
//! Everything that takes time happens on another thread: see [`super::search_task`].

use super::{
    command::Command,
    dialogs, icons, kwic,
    link_box::list_keys,
    request::{PanelContext, Request},
    search_task::{Cache, Job, News, Row, Scope},
    table::{self, Shape, fits, nothing, nothing_left},
    task::{self, Task},
    texts::{in_articles, tr},
    theme::{self, size},
    widgets,
};
use crate::{
    model::{ArticleId, Name, Status},
    session::{Mode, Query, SearchError, Session, SpanFilter},
    text::{Case, TextRange},
};
use egui::{Button, Id, Key, Modifiers, RichText, ScrollArea, TextEdit, Ui, pos2, vec2};
use std::sync::{Arc, Mutex};

/// Height of a hit.
const ROW: f32 = 24.0;
/// Seconds without a key after which a search starts.
const PAUSE: f64 = 0.12;
/// Most hits that are pointed out in the article.
const POINTED_OUT: usize = 2_000;

/// What was searched and found.
pub struct SearchState {
    pattern: String,
    mode: Mode,
    case: Case,
    labels: Vec<Name>,
    statuses: Vec<Status>,
    scope: Scope,
    error: Option<String>,
    /// When to search for what was typed.
    due: Option<f64>,
    task: Option<Task<News>>,
    /// True until the first news of a search: the old hits stay as long.
    fresh: bool,
    rows: Vec<Row>,
    complete: bool,
    current: Option<usize>,
    scroll: bool,
    focus: bool,
    /// Go to the next hit as soon as there is one.
    go: bool,
    searched: Option<Searched>,
    cache: Arc<Mutex<Cache>>,
}

/// For what the hits were found: in which article if in one only, and in which state of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Searched {
    article: Option<ArticleId>,
    revision: u64,
    /// Length of the history.
    history: usize,
}

impl Searched {
    /// True if the hits can be other ones now. Where only texts were searched, annotations do not matter.
    fn is_outdated(&self, now: &Self, session: &Session, only_texts: bool) -> bool {
        if self == now {
            return false;
        }
        let news = session.history().get(self.history..).unwrap_or_default();
        let explained = now.revision.checked_sub(self.revision) == u64::try_from(news.len()).ok();
        let touches_text =
            news.iter().any(|entry| !entry.touched.texts.is_empty() || !entry.touched.articles.is_empty());
        self.article != now.article || !only_texts || !explained || touches_text
    }
}

impl Default for SearchState {
    fn default() -> Self {
        Self {
            pattern: String::new(),
            mode: Mode::Plain,
            case: Case::Ignore,
            labels: Vec::new(),
            statuses: Vec::new(),
            scope: Scope::All,
            error: None,
            due: None,
            task: None,
            fresh: false,
            rows: Vec::new(),
            complete: true,
            current: None,
            scroll: false,
            focus: false,
            go: false,
            searched: None,
            cache: Arc::default(),
        }
    }
}

impl SearchState {
    /// Gives the keyboard to the search field; starts with `words` if there are any.
    pub fn begin(&mut self, words: &str) {
        let words = words.trim();
        if !words.is_empty() && !words.contains('\n') && words.chars().count() <= 80 && words != self.pattern {
            self.pattern = words.to_owned();
            self.mode = Mode::Plain;
            self.due = Some(0.0);
        }
        self.focus = true;
    }

    /// Goes to the next hit, or to the one before.
    pub fn step(&mut self, forward: bool, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        if self.rows.is_empty() {
            requests.push(Request::Run(Command::Find));
            return;
        }
        let count = self.rows.len();
        let next = match (self.current, forward) {
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => at.checked_sub(1).unwrap_or(count - 1),
            (None, _) => self.first_from_caret(context),
        };
        self.jump(next, context, requests);
    }

    /// The first hit at or behind the caret of the open article, or of all.
    fn first_from_caret(&self, context: &PanelContext<'_>) -> usize {
        let Some(article) = context.article else { return 0 };
        let caret = context.selection.start();
        let in_article = |row: &&Row| row.hit.article == *article;
        let behind = self.rows.iter().position(|row| in_article(&row) && row.hit.range.start() >= caret);
        behind.or_else(|| self.rows.iter().position(|row| in_article(&row))).unwrap_or(0)
    }

    fn jump(&mut self, index: usize, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let Some(row) = self.rows.get(index) else { return };
        self.current = Some(index);
        self.scroll = true;
        let article = row.hit.article.clone();
        // A listed span is selected as what it is, found words as text that a key can label.
        let own = context.session.map(|session| session.annotator());
        let span = row.hit.spans.iter().find(|(name, _)| Some(name) == own).map(|(_, id)| *id);
        let select = span.filter(|_| self.pattern.is_empty());
        requests.push(Request::Go { article: article.clone(), range: Some(row.hit.range), select });
        if select.is_none() {
            requests.push(Request::SelectText(row.hit.range));
        }
        let ranges = self.rows.iter().filter(|row| row.hit.article == article).map(|row| row.hit.range);
        requests.push(Request::Highlight(ranges.take(POINTED_OUT).collect()));
    }

    pub fn show(
        &mut self,
        ui: &mut Ui,
        shape: Shape,
        context: &PanelContext<'_>,
        words: &[String],
        requests: &mut Vec<Request>,
    ) {
        let Some(session) = context.session else { return };
        self.bar(ui, shape, context, session, requests);
        self.tick(ui, context, session);
        if std::mem::take(&mut self.go) {
            if self.due.is_none() && self.task.is_none() || !self.fresh && !self.rows.is_empty() && self.due.is_none() {
                self.step(true, context, requests);
            } else {
                self.go = true;
            }
        }
        if let Some(error) = &self.error {
            ui.label(RichText::new(error).color(context.theme.error));
        }
        self.list(ui, context, session, words, requests);
    }

    /// Starts what is due and takes in what was found.
    fn tick(&mut self, ui: &Ui, context: &PanelContext<'_>, session: &Session) {
        let now = ui.input(|input| input.time);
        // A change of the project makes hits outdated: they are searched anew, quietly.
        let state = Searched {
            article: (self.scope == Scope::Article).then(|| context.article.cloned()).flatten(),
            revision: session.revision(),
            history: session.history().len(),
        };
        let only_texts = self.labels.is_empty() && self.statuses.is_empty();
        if let Some(searched) = &mut self.searched
            && *searched != state
            && self.due.is_none()
            && self.task.is_none()
        {
            if searched.is_outdated(&state, session, only_texts) {
                self.due = Some(now + PAUSE);
            } else {
                *searched = state.clone();
            }
        }
        match self.due {
            Some(due) if due <= now => {
                self.due = None;
                self.searched = Some(state);
                self.start(ui, context, session);
            }
            Some(due) => {
                let pause = std::time::Duration::from_secs_f64((due - now).clamp(0.0, 1.0));
                ui.ctx().request_repaint_after(pause);
            }
            None => {}
        }
        let Some(task) = &mut self.task else { return };
        while let Some(news) = task.poll() {
            match news {
                News::Rows(rows) => {
                    if std::mem::take(&mut self.fresh) {
                        self.rows.clear();
                    }
                    self.rows.extend(rows);
                }
                News::Labels { first, labels } => {
                    for (row, labels) in self.rows.iter_mut().skip(first).zip(labels) {
                        row.labels = labels;
                    }
                }
                News::End { complete } => {
                    if std::mem::take(&mut self.fresh) {
                        self.rows.clear();
                    }
                    self.complete = complete;
                    self.current = self.current.filter(|at| *at < self.rows.len());
                }
            }
        }
        if task.is_over() {
            self.task = None;
        }
    }

    fn start(&mut self, ui: &Ui, context: &PanelContext<'_>, session: &Session) {
        self.task = None;
        let filter = SpanFilter { labels: self.labels.clone(), statuses: self.statuses.clone(), entity: None };
        match Query::new(&self.pattern, self.mode, self.case, filter) {
            Ok(query) => {
                self.error = None;
                self.fresh = true;
                self.complete = true;
                let job = Job::new(session, query, self.scope, context.article, &self.cache);
                self.task = Some(Task::start(ui.ctx(), move |control, results| job.run(control, results)));
            }
            Err(error) => {
                // While an expression is being typed its last hits stay in sight.
                if error == SearchError::Empty {
                    self.rows.clear();
                    self.searched = None;
                    self.current = None;
                }
                self.error = (error != SearchError::Empty).then(|| capitalized(&error.to_string()));
            }
        }
    }

    fn changed(&mut self, ui: &Ui) {
        self.due = Some(ui.input(|input| input.time) + PAUSE);
        self.current = None;
        self.go = false;
    }

    fn bar(
        &mut self,
        ui: &mut Ui,
        shape: Shape,
        context: &PanelContext<'_>,
        session: &Session,
        requests: &mut Vec<Request>,
    ) {
        let theme = context.theme;
        table::bar(ui, shape, |ui| {
            ui.spacing_mut().item_spacing = vec2(5.0, 4.0);
            self.field(ui, context, requests);
            let mut case = self.case == Case::Match;
            if toggle(ui, &mut case, "Aa", tr("Match case")) {
                self.case = if case { Case::Match } else { Case::Ignore };
                self.changed(ui);
            }
            let mut regex = self.mode == Mode::Regex;
            if toggle(ui, &mut regex, ".*", tr("Regular expression")) {
                self.mode = if regex { Mode::Regex } else { Mode::Plain };
                self.changed(ui);
            }
            let mut only = self.scope == Scope::Article;
            if toggle(ui, &mut only, tr("This article"), tr("Only this article")) {
                self.scope = if only { Scope::Article } else { Scope::All };
                self.changed(ui);
            }
            self.filters(ui, context, session);
            ui.add_space(4.0);
            if let Some(task) = &self.task {
                if task::progress_line(ui, theme, tr("Searching"), task.progress()) {
                    task.cancel();
                }
            } else if self.searched.is_some() && self.error.is_none() {
                let text = RichText::new(self.summary()).color(theme.text_weak);
                ui.add(egui::Label::new(text).extend());
            }
            if self.rows.is_empty() {
                return;
            }
            for (icon, command) in [(icons::ARROW_UP, Command::PreviousHit), (icons::ARROW_DOWN, Command::NextHit)] {
                let response = widgets::icon_button(ui, icon, command.title());
                if response.clicked() {
                    requests.push(Request::Run(command));
                }
            }
            let text = tr("Label all hits…");
            if table::bar_button(ui, shape, icons::TAG, text, context.is_writable()).clicked() {
                requests.push(Request::Dialog(dialogs::label_hits(context, &self.rows)));
            }
        });
    }

    fn field(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let id = Id::unique("search field");
        let focused = ui.memory(|memory| memory.has_focus(id));
        let mut keys = (false, false, false);
        if focused {
            let back = ui.input_mut(|input| input.consume_key(Modifiers::SHIFT, Key::Enter));
            keys = list_keys(ui.ctx());
            if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
                requests.push(Request::Highlight(Vec::new()));
                requests.push(Request::FocusArticle);
            }
            if back {
                self.step(false, context, requests);
            }
        }
        // As wide as the rest of the bar allows in one line.
        let width = match ui.available_width() {
            f32::INFINITY => 110.0,
            width => (width - 570.0).clamp(110.0, 280.0),
        };
        let edit = TextEdit::singleline(&mut self.pattern)
            .id(id)
            .hint_text(tr("Find in texts and annotations"))
            .desired_width(width);
        let response = ui.add(edit);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SearchInput, true, tr("Find")));
        if std::mem::take(&mut self.focus) {
            response.request_focus();
            widgets::select_all(ui, id, &self.pattern);
        }
        if response.changed() {
            self.changed(ui);
        }
        let (up, down, enter) = keys;
        if enter {
            match self.current.filter(|_| self.due.is_none()) {
                // Rows that were only moved over by arrow keys are gone to, others passed.
                Some(at) if !self.is_at(at, context) => self.jump(at, context, requests),
                _ => self.go = true,
            }
            if let Some(due) = &mut self.due {
                *due = 0.0;
            }
        }
        if (up || down) && !self.rows.is_empty() {
            let last = self.rows.len() - 1;
            self.current = Some(match (self.current, down) {
                (Some(at), true) => (at + 1).min(last),
                (Some(at), false) => at.saturating_sub(1),
                (None, _) => 0,
            });
            self.scroll = true;
        }
    }

    fn is_at(&self, index: usize, context: &PanelContext<'_>) -> bool {
        self.rows.get(index).is_some_and(|row| {
            Some(&row.hit.article) == context.article && row.hit.range.start() == context.selection.start()
        })
    }

    /// Which labels and review states spans at a hit must have.
    fn filters(&mut self, ui: &mut Ui, context: &PanelContext<'_>, session: &Session) {
        let mut changed = false;
        let title = (icons::icon(icons::FILTER, 14.0), tr("Labels"));
        let menu = ui.menu_button(title, |ui| {
            ScrollArea::vertical().max_height(300.0).show(ui, |ui| {
                for label in &session.project().schema.labels {
                    let place = self.labels.iter().position(|name| *name == label.name);
                    let mut chosen = place.is_some();
                    ui.horizontal(|ui| {
                        let (rect, _) = ui.allocate_exact_size(vec2(10.0, 16.0), egui::Sense::hover());
                        widgets::swatch(ui, rect.center(), context.palette.get(&label.name));
                        if ui.checkbox(&mut chosen, &*label.name).changed() {
                            match place {
                                Some(place) => drop(self.labels.remove(place)),
                                None => self.labels.push(label.name.clone()),
                            }
                            changed = true;
                        }
                    });
                }
            });
            ui.separator();
            for (status, text) in [
                (Status::Accepted, tr("accepted")),
                (Status::Suggested, tr("suggested")),
                (Status::Rejected, tr("rejected")),
            ] {
                let place = self.statuses.iter().position(|other| *other == status);
                let mut chosen = place.is_some();
                if ui.checkbox(&mut chosen, text).changed() {
                    match place {
                        Some(place) => drop(self.statuses.remove(place)),
                        None => self.statuses.push(status),
                    }
                    changed = true;
                }
            }
        });
        menu.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, tr("Filter by labels")));
        let mut gone = None;
        for (index, name) in self.labels.iter().enumerate() {
            let response = widgets::label_chip(ui, context.theme, context.palette.get(name), name);
            if response.on_hover_text(tr("Click to take the filter away")).clicked() {
                gone = Some(index);
            }
        }
        if let Some(index) = gone {
            self.labels.remove(index);
            changed = true;
        }
        if changed {
            self.changed(ui);
        }
    }

    fn summary(&self) -> String {
        let mut articles = 0;
        let mut last = None;
        for row in &self.rows {
            if last.replace(&row.hit.article) != Some(&row.hit.article) {
                articles += 1;
            }
        }
        let count = if self.complete { self.rows.len().to_string() } else { format!("{}+", self.rows.len()) };
        match (self.rows.len(), articles) {
            (0, _) => tr("Nothing found").to_owned(),
            (1, _) => tr("1 hit").to_owned(),
            (_, 1) => format!("{count} {}", tr("hits")),
            (_, articles) => format!("{count} {} {}", tr("hits"), in_articles(articles)),
        }
    }

    fn list(
        &mut self,
        ui: &mut Ui,
        context: &PanelContext<'_>,
        session: &Session,
        words: &[String],
        requests: &mut Vec<Request>,
    ) {
        if self.rows.is_empty() {
            if self.searched.is_none() && self.error.is_none() {
                nothing(ui, context, tr("Type words to find, or choose labels to list their spans"));
            }
            return;
        }
        let fitting =
            |index: &usize| self.rows.get(*index).is_some_and(|row| words.is_empty() || fits(&row.name(), words));
        let shown: Vec<usize> = (0..self.rows.len()).filter(fitting).collect();
        if shown.is_empty() {
            return nothing_left(ui, context, false, "");
        }
        let mut area = table::rows_area();
        ui.spacing_mut().item_spacing.y = 1.0;
        if std::mem::take(&mut self.scroll)
            && let Some(place) = self.current.and_then(|current| shown.iter().position(|index| *index == current))
        {
            let height = ui.available_height();
            area = widgets::reveal_row(ui, area, "hits", (place, ROW + 1.0), height);
        }
        let mut clicked = None;
        area.id_salt("hits").show_rows(ui, ROW, shown.len(), |ui, range| {
            for index in shown.get(range).unwrap_or_default() {
                let Some(row) = self.rows.get(*index) else { continue };
                let chosen = self.current == Some(*index);
                let response = widgets::list_row(ui, context.theme, ROW, chosen, &row.name(), |painter, rect| {
                    paint_row(painter, rect, context, session, row);
                });
                if response.clicked() {
                    clicked = Some(*index);
                }
            }
        });
        if let Some(index) = clicked {
            self.jump(index, context, requests);
        }
    }
}

fn paint_row(painter: &egui::Painter, rect: egui::Rect, context: &PanelContext<'_>, session: &Session, row: &Row) {
    let theme = context.theme;
    let font = egui::FontId::proportional(size::BODY);
    let y = rect.top() + 4.0;
    let title_width = (rect.width() * 0.17).clamp(60.0, 200.0);
    widgets::line_text(painter, pos2(rect.left() + 8.0, y), title_width, &row.title, font.clone(), theme.text_faint);
    let mut right = rect.right() - 6.0;
    for name in labels_at(session, row).iter().rev().take(3) {
        let galley = painter.layout_no_wrap(name.to_string(), theme::medium(10.5), theme.text_weak);
        right -= galley.size().x + 20.0;
        let square = egui::Rect::from_center_size(pos2(right + 6.0, rect.center().y), vec2(8.0, 8.0));
        painter.rect_filled(square, 2.5, context.palette.get(name).bar);
        painter.galley(pos2(right + 14.0, rect.center().y - galley.size().y / 2.0), galley, theme.text_weak);
    }
    let left = rect.left() + title_width + 20.0;
    let room = egui::Rect::from_min_max(pos2(left, rect.top()), pos2((right - 10.0).max(left), rect.bottom()));
    let middle = left + (rect.right() - left) * 0.38;
    kwic::paint(painter, room, middle, theme, [&row.hit.before, &row.hit.hit, &row.hit.after]);
}

/// The labels on a hit: as they are now where the article is in memory, else as they were found.
fn labels_at(session: &Session, row: &Row) -> Vec<Name> {
    let loaded = session.project().article(&row.hit.article).filter(|_| session.is_loaded(&row.hit.article));
    match loaded {
        Some(_) => labels_of(session, &row.hit.article, row.hit.range),
        None => row.labels.clone(),
    }
}

/// The labels of the annotator's spans at a place of a loaded article, each once.
pub fn labels_of(session: &Session, article: &ArticleId, range: TextRange) -> Vec<Name> {
    let spans = session.set(article).into_iter().flat_map(|set| set.spans_overlapping(range));
    super::search_task::labels(spans, range)
}

fn toggle(ui: &mut Ui, value: &mut bool, text: &str, name: &str) -> bool {
    let response = ui.add(Button::selectable(*value, RichText::new(text).font(theme::medium(12.0))));
    let on = *value;
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Switch, true, on, name));
    let clicked = response.on_hover_text(name).clicked();
    if clicked {
        *value = !*value;
    }
    clicked
}

/// The sentence with a capital letter at its start.
pub fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
