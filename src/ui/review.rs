//! The review queue: the suggestions of all articles in a table, decided on by keyboard without opening each article.

use super::{
    command::Command,
    decide::DecideAll,
    dialogs, icons, kwic,
    messages::Severity,
    request::{PanelContext, Request},
    review_task::Gathering,
    table::{self, Shape, fits, nothing},
    task,
    texts::{fill, in_articles, tr},
    theme::{self, size},
    widgets,
};
use crate::{
    model::{AnnotationId, ArticleId, Name, Status},
    session::{
        Session,
        review::{Order, Says, Suggestion, What, decide},
    },
};
use egui::{Color32, Event, FontId, Id, Key, Modifiers, RichText, Sense, Ui, pos2, vec2};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

/// Height of a suggestion.
const ROW: f32 = 24.0;
/// How many rows a page key passes.
const PAGE: usize = 10;
/// How long articles of rows in sight are read into memory before the next frame.
const READING: Duration = Duration::from_millis(4);
/// Most articles that are kept up to date because of the queue.
const MOST_FOLLOWED: usize = 200;

/// What a key in the list does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    /// So many rows down, or up.
    Step(isize),
    First,
    Last,
    /// To the place in its article.
    Go,
    Decide(Status),
    DecideAll(Status),
    Filter,
}

/// The queue, and where the user is in it.
#[derive(Default)]
pub struct ReviewQueue {
    gathering: Gathering,
    order: Order,
    /// All suggestions in order that the filter lets through.
    rows: Vec<Arc<Suggestion>>,
    /// Their labels, each once.
    labels: BTreeSet<Name>,
    /// In how many articles they are.
    articles: usize,
    /// What the rows were made of: state of the review, order, words of the filter.
    made_of: Option<(u64, Order, Vec<String>)>,
    /// The chosen row, and where it stood.
    current: Option<(ArticleId, AnnotationId)>,
    place: usize,
    scroll: bool,
    focus: bool,
    /// What was decided here, the last one at the end.
    decided: Vec<(ArticleId, AnnotationId)>,
    /// What was pressed since the last frame.
    acts: Vec<Act>,
    /// True while a dialog has the keyboard that the list had.
    is_away: bool,
    /// Articles of the rows in sight.
    in_sight: BTreeSet<ArticleId>,
    /// Articles whose suggestions follow every decision as if they were open.
    followed: BTreeSet<ArticleId>,
    /// Articles that could not be read when a row of them was in sight.
    unreadable: BTreeSet<ArticleId>,
}

/// The id under which the list has the keyboard.
pub fn list_id() -> Id {
    Id::unique("review queue keyboard")
}

impl ReviewQueue {
    /// An empty queue with this order.
    pub fn in_order(order: Order) -> Self {
        Self { order, ..Self::default() }
    }

    /// The suggestion of the chosen row.
    pub fn chosen(&self) -> Option<&(ArticleId, AnnotationId)> {
        self.current.as_ref()
    }

    /// In which order suggestions are listed.
    pub fn order(&self) -> Order {
        self.order
    }

    /// Gives the keyboard to the list.
    pub fn begin(&mut self) {
        self.focus = true;
        self.scroll = true;
    }

    /// Leaves the keyboard to a dialog.
    pub fn leave(&mut self, context: &egui::Context) {
        if context.memory(|memory| memory.has_focus(list_id())) {
            context.memory_mut(|memory| memory.surrender_focus(list_id()));
            self.is_away = true;
        }
    }

    /// Takes the keyboard back after a dialog. False if the list did not have it before.
    pub fn come_back(&mut self) -> bool {
        self.focus |= self.is_away;
        std::mem::take(&mut self.is_away)
    }

    /// Takes the keys of the list out of the input.
    pub fn take_keys(&mut self, context: &egui::Context) {
        context.input_mut(|input| {
            input.events.retain(|event| match act_of(event) {
                Some(act) => {
                    self.acts.push(act);
                    false
                }
                None => true,
            });
        });
    }

    /// The articles whose suggestions follow every decision: those in which a row in sight, now or before, is a suggestion of
    /// Glosse, as long as they are in memory, up to a limit. Some more of them are read into memory at each call.
    pub fn follow<'s>(&'s mut self, session: &mut Session) -> &'s BTreeSet<ArticleId> {
        // What was let go to make room is read again while it is in sight.
        self.followed.retain(|id| session.is_loaded(id));
        let start = Instant::now();
        while start.elapsed() < READING
            && self.followed.len() < MOST_FOLLOWED
            && let Some(id) = self.in_sight.pop_first()
        {
            // An article that can not be read says so when it is opened.
            let is_read = session.bring(&BTreeSet::from([id.clone()])).is_ok();
            let known = if is_read { &mut self.followed } else { &mut self.unreadable };
            known.insert(id);
        }
        &self.followed
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
        self.gathering.tick(ui.ctx(), session);
        self.update(words);
        self.leave_filter(ui);
        for act in std::mem::take(&mut self.acts) {
            self.act(ui, act, requests);
        }
        self.bar(ui, shape, context, requests);
        self.list(ui, context, requests);
    }

    /// Puts the rows in order, if there is anything new.
    fn update(&mut self, words: &[String]) {
        let key = (self.gathering.version(), self.order, words.to_vec());
        let mut before = Vec::new();
        if self.made_of.as_ref() != Some(&key) {
            before = std::mem::replace(&mut self.rows, self.gathering.review().in_order(self.order));
            if !words.is_empty() {
                self.rows.retain(|row| fits(&filtered_by(row), words));
            }
            self.labels = self.rows.iter().map(|row| row.label.clone()).collect();
            self.articles = self.rows.iter().map(|row| &row.hit.article).collect::<BTreeSet<_>>().len();
            self.made_of = Some(key);
            self.unreadable.clear();
        }
        if self.row().is_none() {
            self.follow_current(&before);
        }
        // What undo brings back is looked at again.
        let place_of = |key: &(ArticleId, AnnotationId)| self.rows.iter().position(|row| is_at(row, key));
        if !before.is_empty()
            && let Some(key) = self.decided.last()
            && let Some(place) = place_of(key)
            && !before.iter().any(|row| is_at(row, key))
        {
            self.decided.pop();
            self.choose(place);
            self.scroll = true;
        }
    }

    /// Finds the chosen row again where it is now. If it is gone, the next one of those that were listed `before` and still
    /// are is chosen: what was decided elsewhere may have taken others away with it.
    fn follow_current(&mut self, before: &[Arc<Suggestion>]) {
        let Some(current) = self.current.clone() else { return self.choose(self.place) };
        let places: HashMap<(ArticleId, AnnotationId), usize> =
            self.rows.iter().enumerate().map(|(place, row)| (row.key(), place)).collect();
        let was_at = before.iter().position(|row| is_at(row, &current));
        let (earlier, later) = before.split_at(was_at.unwrap_or(before.len()));
        let found = later.iter().chain(earlier.iter().rev()).find_map(|row| places.get(&row.key()));
        match places.get(&current).or(found) {
            Some(place) => self.choose(*place),
            None => self.choose(self.place),
        }
    }

    fn choose(&mut self, place: usize) {
        self.place = place.min(self.rows.len().saturating_sub(1));
        self.current = self.rows.get(self.place).map(|row| row.key());
    }

    /// From the filter, arrow down and Enter lead into the list.
    fn leave_filter(&mut self, ui: &Ui) {
        let filter = super::table::filter_id();
        let response = ui.ctx().read_response(filter);
        let down = ui.memory(|memory| memory.has_focus(filter)) && ui.input(|input| input.key_pressed(Key::ArrowDown));
        let enter =
            response.is_some_and(|response| response.lost_focus()) && ui.input(|input| input.key_pressed(Key::Enter));
        // Also where nothing fits: what is typed then must not go to the article.
        self.focus |= down || enter;
    }

    fn act(&mut self, ui: &Ui, act: Act, requests: &mut Vec<Request>) {
        match act {
            Act::Step(by) => self.choose(self.place.saturating_add_signed(by)),
            Act::First => self.choose(0),
            Act::Last => self.choose(usize::MAX),
            Act::Go => self.go(requests),
            Act::Decide(status) => self.decide(status, requests),
            Act::DecideAll(status) => self.decide_all(status, requests),
            Act::Filter => ui.memory_mut(|memory| memory.request_focus(super::table::filter_id())),
        }
        self.scroll = true;
    }

    fn row(&self) -> Option<&Arc<Suggestion>> {
        self.rows.get(self.place).filter(|row| self.current.as_ref().is_some_and(|current| is_at(row, current)))
    }

    fn go(&self, requests: &mut Vec<Request>) {
        let Some(row) = self.row() else { return };
        let (article, id) = row.key();
        requests.push(Request::Go { article, range: Some(row.hit.range), select: Some(id) });
    }

    /// Accepts or rejects the chosen suggestion and goes to the next.
    fn decide(&mut self, status: Status, requests: &mut Vec<Request>) {
        let Some(row) = self.row().cloned() else { return };
        let verb = if status == Status::Accepted { "Accept" } else { "Reject" };
        let title = format!("{verb} {}", row.named);
        self.decided.push(row.key());
        requests.push(Request::edit(row.hit.article.clone(), title, move |draft| {
            decide(draft, row.id, &row.label, status).map(|_| ())
        }));
        // The row stays until the change was seen.
        let next = if self.place + 1 < self.rows.len() { self.place + 1 } else { self.place.saturating_sub(1) };
        self.choose(next);
    }

    /// Asks whether all listed ones are to be accepted or rejected.
    fn decide_all(&self, status: Status, requests: &mut Vec<Request>) {
        if self.rows.is_empty() {
            return;
        }
        let work = DecideAll::new(self.rows.iter().map(|row| &**row), status);
        requests.push(if work.labels().is_empty() {
            Request::Message(Severity::Info, tr("Nothing listed has words yet; place it first").to_owned())
        } else {
            Request::Dialog(dialogs::decide_listed(work))
        });
    }

    fn bar(&mut self, ui: &mut Ui, shape: Shape, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        table::bar(ui, shape, |ui| {
            ui.spacing_mut().item_spacing = vec2(6.0, 4.0);
            ui.scope(|ui| {
                ui.set_max_width(if shape == Shape::Strip { 110.0 } else { 160.0 });
                let options: Vec<(Order, &str)> = Order::ALL.into_iter().map(|order| (order, title(order))).collect();
                if dialogs::choice(ui, tr("Order of the queue"), &mut self.order, &options) {
                    // Whoever wants the most doubtful first wants to see it, and to go on from there.
                    self.current = None;
                    self.place = 0;
                    self.scroll = true;
                    self.focus = true;
                }
            });
            if shape == Shape::Panel {
                self.state(ui, context);
            }
            let can_decide = context.is_writable() && !self.rows.is_empty();
            let buttons = [
                (icons::CHECK, tr("Accept"), "Y", Act::Decide(Status::Accepted)),
                (icons::CLOSE, tr("Reject"), "X", Act::Decide(Status::Rejected)),
                (icons::CHECK_CIRCLE, tr("Accept all listed…"), "Shift+Y", Act::DecideAll(Status::Accepted)),
            ];
            for (icon, text, key, act) in buttons {
                let response = table::bar_button(ui, shape, icon, text, can_decide);
                let tip = if shape == Shape::Strip { format!("{text} · {key}") } else { key.to_owned() };
                if response.on_hover_text(tip).clicked() {
                    self.acts.push(act);
                    self.focus = true;
                    ui.ctx().request_repaint();
                }
            }
            for (icon, command) in [(icons::QUESTION, Command::YesNoQuestions), (icons::TAG, Command::SuggestInAll)] {
                let can_run = super::dispatch::can_run(context, command);
                let response = table::bar_button(ui, shape, icon, command.title(), can_run);
                if super::bar::command_tip(response, context, command).clicked() {
                    requests.push(Request::Run(command));
                }
            }
            if shape == Shape::Strip {
                self.state(ui, context);
            }
        });
    }

    /// How far it is with looking through articles, or how many suggestions are listed.
    fn state(&mut self, ui: &mut Ui, context: &PanelContext<'_>) {
        match self.gathering.progress() {
            Some(progress) => {
                if task::progress_line(ui, context.theme, tr("Looking through articles"), progress) {
                    self.gathering.stop();
                }
            }
            None => {
                let summary = RichText::new(self.summary()).color(context.theme.text_weak);
                ui.add(egui::Label::new(summary).extend());
                if self.gathering.stopped().is_some() && ui.small_button(tr("Look through all")).clicked() {
                    self.gathering.look_again();
                    ui.ctx().request_repaint();
                }
            }
        }
    }

    fn summary(&self) -> String {
        let all = self.gathering.review().len();
        let mut summary = match (self.rows.len(), self.articles) {
            (0, _) if all == 0 => String::new(),
            (0, _) => tr("No suggestion fits").to_owned(),
            (count, articles) => {
                let counted = dialogs::counted(count, tr("suggestion"), tr("suggestions"));
                format!("{counted} {}", in_articles(articles))
            }
        };
        if let Some((done, all)) = self.gathering.stopped() {
            let stopped = fill(tr("Stopped after {} of {} articles"), &[&done.to_string(), &all.to_string()]);
            summary = if summary.is_empty() { stopped } else { format!("{summary} · {stopped}") };
        }
        if self.gathering.unreadable() > 0 {
            let count = self.gathering.unreadable().to_string();
            summary = format!("{summary} · {}", fill(tr("Articles that could not be read: {}"), &[&count]));
        }
        summary
    }

    fn list(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let id = list_id();
        let focusable = ui.interact(ui.available_rect_before_wrap(), id, Sense::focusable_noninteractive());
        focusable.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ListBox, true, tr("Suggestions to review")));
        if std::mem::take(&mut self.focus) {
            focusable.request_focus();
        }
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        ui.memory_mut(|memory| {
            let filter = egui::EventFilter { vertical_arrows: true, horizontal_arrows: true, ..Default::default() };
            memory.set_focus_lock_filter(id, filter);
        });
        if self.rows.is_empty() {
            // The table keeps its height for the rows that come.
            ui.set_min_height(ui.available_height());
            let text = match (self.gathering.is_over(), self.gathering.review().is_empty()) {
                (false, _) => return,
                (true, true) if self.gathering.stopped().is_some() => tr("No suggestions in the articles looked at"),
                (true, true) => tr("No suggestions in any article. “Suggest in all articles” makes some."),
                (true, false) => tr("No suggestion fits"),
            };
            return nothing(ui, context, text);
        }
        ui.spacing_mut().item_spacing.y = 1.0;
        let mut area = table::rows_area().id_salt("review");
        if std::mem::take(&mut self.scroll) {
            let height = ui.available_height();
            area = widgets::reveal_row(ui, area, "review", (self.place, ROW + 1.0), height);
        }
        let mut clicked = None;
        let mut in_sight = BTreeSet::new();
        let labels = self.labels.iter().map(|label| &**label);
        let label_width = widgets::widest(ui, labels, &theme::medium(10.5)).min(ui.available_width() * 0.2) + 24.0;
        // Keys that go to the article must not look as if they were for the chosen row.
        let mut theme = context.theme.clone();
        if !has_focus {
            theme.selection = theme.hover;
        }
        area.show_rows(ui, ROW, self.rows.len(), |ui, range| {
            for (place, row) in self.rows.iter().enumerate().skip(range.start).take(range.len()) {
                // Nobody who reviews what comes from elsewhere wants more of it.
                let is_known = [&self.followed, &self.unreadable].iter().any(|known| known.contains(&row.hit.article));
                if row.is_own && !is_known {
                    in_sight.insert(row.hit.article.clone());
                }
                let chosen = place == self.place;
                let sensing = (ROW, Sense::CLICK);
                let name = name(row);
                let mut is_cut = false;
                let response = widgets::list_row_sensing(ui, &theme, sensing, chosen, &name, |painter, rect| {
                    is_cut = self.paint_row(painter, rect, context, row, label_width);
                    if chosen && has_focus {
                        widgets::row_mark(painter, rect, context.theme);
                    }
                });
                let response = if is_cut { response.on_hover_text(&name) } else { response };
                if response.clicked() {
                    clicked = Some(place);
                }
            }
        });
        self.in_sight = in_sight;
        if let Some(place) = clicked {
            self.choose(place);
            self.go(requests);
        }
    }

    /// Draws a suggestion, with a column of this width for the label. True if title, label or note had to be cut.
    fn paint_row(
        &self,
        painter: &egui::Painter,
        rect: egui::Rect,
        context: &PanelContext<'_>,
        row: &Suggestion,
        label_width: f32,
    ) -> bool {
        let mut is_cut = false;
        let theme = context.theme;
        let font = FontId::proportional(size::BODY);
        let y = rect.top() + 4.0;
        let is_tight = rect.width() < 560.0;
        let title_width = if is_tight { 0.0 } else { (rect.width() * 0.16).clamp(80.0, 190.0) };
        if !is_tight {
            let at = pos2(rect.left() + 8.0, y);
            is_cut |= widgets::fitted_text(painter, at, title_width, &row.title, font.clone(), theme.text_faint).1;
        }
        // From the right: who suggested it or what speaks against it, how sure, and the label.
        let mut right = rect.right() - 6.0;
        let note_width = if is_tight { 0.0 } else { (rect.width() * 0.17).clamp(90.0, 210.0) };
        if !is_tight {
            let rival = Some(self.order).filter(|order| *order == Order::Disagreement);
            let rival = rival.and_then(|_| self.gathering.review().rival(row));
            let (text, color) = match rival {
                Some(rival) => (says(&rival.says), theme.warning),
                None => (row.source.to_string(), theme.text_faint),
            };
            is_cut |= widgets::fitted_text(painter, pos2(right - note_width, y), note_width, &text, font, color).1;
            right -= note_width + 10.0;
        }
        let faint = |text: String, color: Color32| painter.layout_no_wrap(text, theme::medium(10.5), color);
        let score = faint(percent(row.score), theme.text_weak);
        painter.galley(pos2(right - score.size().x, rect.center().y - score.size().y / 2.0), score, theme.text_weak);
        right -= 38.0;
        let left = right - label_width;
        let square = egui::Rect::from_center_size(pos2(left + 6.0, rect.center().y), vec2(8.0, 8.0));
        painter.rect_filled(square, 2.5, context.palette.get(&row.label).bar);
        let (at, font) = (pos2(left + 14.0, y + 1.5), theme::medium(10.5));
        is_cut |= widgets::fitted_text(painter, at, label_width - 20.0, &row.label, font, theme.text_weak).1;
        let start = rect.left() + if is_tight { 8.0 } else { title_width + 20.0 };
        let room = egui::Rect::from_min_max(pos2(start, rect.top()), pos2((left - 10.0).max(start), rect.bottom()));
        let middle = start + room.width() * 0.36;
        match row.what {
            What::Span => {
                kwic::paint(painter, room, middle, theme, [&row.hit.before, &row.hit.hit, &row.hit.after]);
            }
            What::Relation => {
                let (at, font) = (pos2(room.left(), y), theme::medium(size::BODY));
                let (form, cut) = widgets::fitted_text(painter, at, room.width(), &row.form, font.clone(), theme.text);
                is_cut |= cut;
                // What it links alone does not tell whether that is right.
                let left = form.right() + 16.0;
                if left + 60.0 < room.right() {
                    let words = format!("{}{}{}", row.hit.before, row.hit.hit, row.hit.after);
                    widgets::fitted_text(painter, pos2(left, y), room.right() - left, &words, font, theme.text_faint);
                }
            }
        }
        is_cut
    }
}

/// True if a row is this annotation of this article.
fn is_at(row: &Suggestion, (article, id): &(ArticleId, AnnotationId)) -> bool {
    row.id == *id && row.hit.article == *article
}

/// What a key does in the list.
fn act_of(event: &Event) -> Option<Act> {
    match event {
        Event::Key { key, pressed: true, modifiers, .. } if !modifiers.command && !modifiers.alt => {
            let one = |act| (*modifiers == Modifiers::NONE).then_some(act);
            let status = |status| if modifiers.shift { Act::DecideAll(status) } else { Act::Decide(status) };
            match key {
                Key::ArrowDown => one(Act::Step(1)),
                Key::ArrowUp => one(Act::Step(-1)),
                Key::PageDown => one(Act::Step(PAGE.cast_signed())),
                Key::PageUp => one(Act::Step(-PAGE.cast_signed())),
                Key::Home => one(Act::First),
                Key::End => one(Act::Last),
                Key::Enter => one(Act::Go),
                Key::Y => Some(status(Status::Accepted)),
                Key::X => Some(status(Status::Rejected)),
                _ => None,
            }
        }
        Event::Text(text) if text == "/" => Some(Act::Filter),
        _ => None,
    }
}

/// The row as one line of text.
fn name(row: &Suggestion) -> String {
    let words = match row.what {
        What::Span => format!("{}{}{}", row.hit.before, row.hit.hit, row.hit.after),
        What::Relation => row.form.to_string(),
    };
    format!("{} · {} {}: {words} · {}", row.title, row.label, percent(row.score), row.source)
}

/// What a filter looks at: the suggestion alone, not the words around or the title of the article, since whoever filters may
/// accept all that is left.
fn filtered_by(row: &Suggestion) -> String {
    format!("{}: {} · {}", row.label, row.form, row.source)
}

/// A probability in hundredths; nothing where there is none.
pub fn percent(score: Option<f32>) -> String {
    score.map_or_else(String::new, |score| format!("{:.0} %", score * 100.0))
}

fn title(order: Order) -> &'static str {
    match order {
        Order::Article => tr("by article"),
        Order::Doubt => tr("most doubtful first"),
        Order::Label => tr("by label"),
        Order::Disagreement => tr("disagreement first"),
        Order::Random => tr("shuffled"),
    }
}

/// What speaks against a suggestion, in words.
pub fn says(says: &Says) -> String {
    match says {
        Says::Other { source, label, words } => fill(tr("{} says {}: {}"), &[source, label, words]),
        Says::Accepted { label, times } => fill(tr("accepted as {}: {} ×"), &[label, &times.to_string()]),
        Says::Rejected { times } => fill(tr("rejected: {} ×"), &[&times.to_string()]),
    }
}
